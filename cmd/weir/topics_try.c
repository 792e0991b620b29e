/* weir topics try: topics of the prompts in a file, without a store. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/hash.h"
#include "base/opts.h"
#include "commands.h"
#include "filter/filter.h"
#include "json/json_read.h"
#include "out.h"
#include "topic/topic.h"
#include "topics.h"
#include "where.h"

enum { LINE_BYTES_MAX = 1 << 20, ARENA_MAX = 64 << 20, NAME_SHOWN = 200 };

static const struct opt table[] = { { 0 } };

struct prompts {
	struct topic_prompt v[TOPIC_PROMPTS_MAX];
	size_t n;
	struct arena *arena;
};

static int
read_line(struct prompts *p, struct str line, struct topic_prompt *out,
    struct err *e)
{
	struct json_reader r;
	struct str key;
	int rc;

	*out = (struct topic_prompt){ .id = STR_NULL, .text = STR_NULL };
	json_reader_init(&r, line, p->arena, 0);
	if (json_object(&r, e))
		return e->code;
	while ((rc = json_object_next(&r, &key, e)) > 0) {
		struct str *to = str_is(key, "id") ? &out->id :
		    str_is(key, "text") ? &out->text : NULL;

		if (to && json_read_string(&r, to, e))
			return err_wrap(e, "%.*s", STR_FMT(key));
	}
	if (rc < 0 || json_end(&r, e))
		return e->code;
	return out->id.p && out->text.p ? 0 : err_set(e, ERR_INVALID,
	    "a prompt has an id and a text");
}

static int
take(void *arg, struct str line, size_t number, struct err *e)
{
	struct prompts *p = arg;
	struct topic_prompt x;

	if (str_trim(line).n == 0)
		return 0;
	if (p->n == TOPIC_PROMPTS_MAX)
		return err_set(e, ERR_LIMIT, "line %zu: over %d prompts",
		    number, TOPIC_PROMPTS_MAX);
	if (read_line(p, line, &x, e))
		return err_wrap(e, "line %zu", number);
	x.id = arena_str(p->arena, x.id);
	x.text = arena_str(p->arena, str_utf8_prefix(x.text, TOPIC_TEXT_MAX));
	if (!x.id.p || !x.text.p)
		return err_set(e, ERR_LIMIT, "line %zu: too much text", number);
	p->v[p->n++] = x;
	return 0;
}

static void
print(const struct prompts *p, const struct topic_model *m)
{
	struct topic_scratch *s = topic_scratch_new();
	struct topic_hit hit;

	for (size_t i = 0; i < p->n; i++) {
		out_text(p->v[i].id, NAME_SHOWN);
		if (topic_assign(m, p->v[i].text, s, &hit)) {
			const struct topic *t = &m->v[hit.topic];

			printf("\t%.*s%s%.*s\t", STR_FMT(t->parent),
			    t->parent.p ? "/" : "", STR_FMT(t->id));
			out_text(t->name, NAME_SHOWN);
			putchar('\n');
		} else {
			printf("\t-\t-\n");
		}
	}
	topic_scratch_free(s);
}

int
topics_try(int argc, char **argv)
{
	struct prompts *p = calloc(1, sizeof(*p));
	struct topic_fit_input in = { .n = 0 };
	struct topic_model *m = NULL;
	struct err e = ERR_INIT;
	int first, fd, rc;

	first = opts_parse(table, "weir topics try FILE.jsonl", argc, argv);
	if (argc - first != 1)
		opts_die("takes one operand: FILE.jsonl, or - for standard "
		    "input");
	if (!p)
		return EXIT_FAILED;
	hash_setup();
	fd = strcmp(argv[first], "-") == 0 ? STDIN_FILENO :
	    open(argv[first], O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		opts_die("%s cannot be read", argv[first]);
	p->arena = arena_new(ARENA_MAX);
	rc = filter_read_lines(fd, LINE_BYTES_MAX, take, p, &e);
	in.prompts = p->v;
	in.n = p->n;
	in.now_ms = clock_now_ms();
	if (rc == 0)
		rc = topic_fit(&in, &m, &e);
	if (rc == 0)
		print(p, m);
	topic_model_free(m);
	arena_free(p->arena);
	free(p);
	return rc ? where_fail(argv[0], &e) : out_finish(argv[0]);
}
