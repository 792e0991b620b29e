/* weir-gateway --stdin: bodies in, events out, no server and no store. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/opts.h"
#include "filter/filter.h"
#include "gateway.h"
#include "intake/otlp_traces.h"
#include "intake/tcc.h"
#include "json/json_read.h"

enum { ARENA_MAX = 256 << 20 };

struct filter {
	struct str content_type;
	intake_parse *parse;    /* NULL: TCC's, by the body */
	struct str project;
	enum event_env env;
	struct arena *arena;
};

static const struct {
	const char *name;
	const char *content_type;
	intake_parse *parse;
} dialects[] = {
	{ "tcc", "application/json", NULL },
	{ "otlp", "application/json", otlp_traces_parse },
	{ "otlp-protobuf", "application/x-protobuf", otlp_traces_parse },
};

static int
take_body(struct filter *f, struct str body, struct err *e)
{
	struct intake_request q = { .body = body, .arena = f->arena,
		.content_type = f->content_type,
		.received_ms = clock_now_ms() };
	intake_parse *parse = f->parse;
	struct intake_result res;
	struct str raw;

	arena_reset(f->arena);
	if (!parse)
		parse = json_find(body, STR("runId"), &raw) &&
		    !json_find(body, STR("type"), &raw) ?
		    tcc_feedback_parse : tcc_custom_parse;
	if (parse(&q, &res, e))
		return e->code;
	for (size_t i = 0; i < res.n; i++) {
		res.events[i].project = f->project;
		res.events[i].env = f->env;
		if (filter_write_event(stdout, &res.events[i], e))
			return e->code;
	}
	if (res.rejected)
		fprintf(stderr, "weir-gateway: %zu rejected: %s\n",
		    res.rejected, res.reason);
	return 0;
}

static int
take_line(void *arg, struct str line, size_t number, struct err *e)
{
	if (str_trim(line).n == 0)
		return 0;
	if (take_body(arg, line, e))
		return err_wrap(e, "line %zu", number);
	return 0;
}

/* Protobuf has no lines: the whole input is one body. */
static int
take_all(struct filter *f, size_t max_bytes, struct err *e)
{
	struct buf b;
	ssize_t n;
	int rc;

	buf_init(&b, max_bytes);
	do {
		char *p = buf_reserve(&b, 64 << 10);

		if (!p) {
			buf_fini(&b);
			return err_set(e, ERR_LIMIT, "input: more than %zu "
			    "bytes", max_bytes);
		}
		n = read(STDIN_FILENO, p, 64 << 10);
		if (n > 0)
			b.n += (size_t)n;
	} while (n > 0);
	rc = n < 0 ? err_sys(e, ERR_IO, "input: read") :
	    take_body(f, buf_str(&b), e);
	buf_fini(&b);
	return rc;
}

static void
choose(struct filter *f, const char *as)
{
	for (size_t i = 0; as && i < ARRAY_LEN(dialects); i++)
		if (strcmp(as, dialects[i].name) == 0) {
			f->content_type = str_from(dialects[i].content_type);
			f->parse = dialects[i].parse;
			return;
		}
	opts_die("--as: expected tcc, otlp or otlp-protobuf");
}

int
gateway_filter(const char *as, const char *project, const char *env,
    size_t max_bytes)
{
	struct filter f = { .project = str_from(project) };
	struct err e = ERR_INIT;
	int rc;

	choose(&f, as);
	if (!repo_project_is_valid(f.project))
		opts_die("--project: a name has 1 to %d letters, digits, "
		    "'.', '_' or '-'", REPO_PROJECT_MAX);
	if (strcmp(env, "dev") == 0)
		f.env = ENV_DEV;
	else if (strcmp(env, "prod") == 0)
		f.env = ENV_PROD;
	else
		opts_die("--env: expected dev or prod");
	f.arena = arena_new(ARENA_MAX);
	rc = strcmp(as, "otlp-protobuf") == 0 ? take_all(&f, max_bytes, &e) :
	    filter_read_lines(STDIN_FILENO, max_bytes, take_line, &f, &e);
	if (rc == 0 && fflush(stdout) != 0)
		rc = err_sys(&e, ERR_IO, "output: write");
	arena_free(f.arena);
	if (rc == 0)
		return EXIT_DONE;
	fprintf(stderr, "weir-gateway: %s\n", e.text);
	return EXIT_FAILED;
}
