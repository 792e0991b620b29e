/* weir score: how likely the last message of each dialogue shows a pattern. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/opts.h"
#include "commands.h"
#include "detect/score.h"
#include "json/json_read.h"

enum { LINE_BYTES_MAX = 64 << 20, MESSAGES_MAX = 1 << 20 };

static bool explain;

static const struct opt options[] = {
	{ "explain", 'e', OPT_FLAG, &explain, 0, 0, NULL,
	    "also print the evidence and the features that weighed most" },
	{ 0 }
};

/* One line of input, in memory that lives until the next line. */
struct dialogue {
	struct arena *arena;
	struct str id;
	struct turn *turns;
	size_t n, cap;
};

static int
add_turn(struct dialogue *d, enum turn_role role, struct str text,
    struct err *e)
{
	if (d->n == MESSAGES_MAX)
		return err_set(e, ERR_LIMIT, "more than %d messages",
		    MESSAGES_MAX);
	d->turns = mem_more(d->turns, d->n, &d->cap, sizeof(*d->turns));
	d->turns[d->n++] = (struct turn){ role, text };
	return 0;
}

/* The text of one part of a content array; other types add nothing. */
static int
read_part(struct json_reader *r, struct buf *out, struct err *e)
{
	struct str key, text;
	int rc;

	if (json_peek(r) == JSON_STRING) {
		if (json_read_string(r, &text, e))
			return e->code;
		buf_add_str(out, text);
		return 0;
	}
	if (json_object(r, e))
		return e->code;
	while ((rc = json_object_next(r, &key, e)) > 0) {
		if (!str_is(key, "text") || json_peek(r) != JSON_STRING)
			continue;
		if (json_read_string(r, &text, e))
			return e->code;
		if (out->n > 0)
			buf_add_byte(out, '\n');
		buf_add_str(out, text);
	}
	return rc;
}

static int
read_content(struct dialogue *d, struct json_reader *r, struct str *text,
    struct err *e)
{
	struct buf b;
	int rc;

	*text = STR_NULL;
	if (json_read_null(r))
		return 0;
	if (json_peek(r) == JSON_STRING)
		return json_read_string(r, text, e);
	if (json_array(r, e))
		return e->code;
	buf_init(&b, LINE_BYTES_MAX);
	while ((rc = json_array_next(r, e)) > 0)
		if ((rc = read_part(r, &b, e)) < 0)
			break;
	if (rc == 0) {
		*text = arena_str(d->arena, buf_str(&b));
		if (b.failed || !text->p)
			rc = err_set(e, ERR_LIMIT, "content is too large");
	}
	buf_fini(&b);
	return rc;
}

static enum turn_role
role_of(struct str s)
{
	if (str_ieq(s, STR("user")) || str_ieq(s, STR("human")))
		return TURN_USER;
	if (str_ieq(s, STR("assistant")) || str_ieq(s, STR("ai")) ||
	    str_ieq(s, STR("agent")) || str_ieq(s, STR("model")))
		return TURN_ASSISTANT;
	if (str_ieq(s, STR("tool")) || str_ieq(s, STR("function")))
		return TURN_TOOL;
	return TURN_SYSTEM;
}

static int
read_message(struct dialogue *d, struct json_reader *r, struct err *e)
{
	struct str key, role = STR_NULL, text = STR_NULL;
	int rc;

	if (json_object(r, e))
		return e->code;
	while ((rc = json_object_next(r, &key, e)) > 0) {
		if (str_is(key, "role"))
			rc = json_read_string(r, &role, e);
		else if (str_is(key, "content"))
			rc = read_content(d, r, &text, e);
		if (rc < 0)
			return err_wrap(e, "%.*s", STR_FMT(key));
	}
	if (rc < 0)
		return rc;
	if (!role.p)
		return err_set(e, ERR_INVALID, "a message has no role");
	return add_turn(d, role_of(role), text, e);
}

static int
read_messages(struct dialogue *d, struct json_reader *r, struct err *e)
{
	int rc;

	d->n = 0;
	if (json_array(r, e))
		return e->code;
	while ((rc = json_array_next(r, e)) > 0)
		if ((rc = read_message(d, r, e)) < 0)
			break;
	return rc;
}

static int
read_id(struct dialogue *d, struct json_reader *r, struct err *e)
{
	struct json_token t;

	if (json_read_value(r, &t, e))
		return e->code;
	d->id = t.type == JSON_STRING ? t.s : t.raw;
	if (d->id.n == 0)
		return err_set(e, ERR_INVALID, "is empty");
	for (size_t i = 0; i < d->id.n; i++)
		if ((unsigned char)d->id.p[i] < ' ')
			return err_set(e, ERR_INVALID,
			    "has a control character");
	return 0;
}

static int
read_line(struct dialogue *d, struct str line, struct err *e)
{
	bool has_messages = false;
	struct json_reader r;
	struct str key;
	int rc;

	arena_reset(d->arena);
	d->id = STR_NULL;
	d->n = 0;
	json_reader_init(&r, line, d->arena, 0);
	if (json_object(&r, e))
		return e->code;
	while ((rc = json_object_next(&r, &key, e)) > 0) {
		if (str_is(key, "id")) {
			rc = read_id(d, &r, e);
		} else if (str_is(key, "messages")) {
			has_messages = true;
			rc = read_messages(d, &r, e);
		}
		if (rc < 0)
			return err_wrap(e, "%.*s", STR_FMT(key));
	}
	if (rc < 0 || json_end(&r, e))
		return e->code;
	if (!d->id.p)
		return err_set(e, ERR_INVALID, "id is missing");
	if (!has_messages)
		return err_set(e, ERR_INVALID, "messages is missing");
	return 0;
}

static void
print_score(FILE *out, struct scorer *s, enum score_pattern p,
    const struct dialogue *d)
{
	struct score_result r = { .score = 0.0 };
	size_t i = d->n;

	scorer_load(s, d->turns, d->n);
	while (i > 0 && d->turns[i - 1].role != score_role(p))
		i--;
	if (i > 0 && explain)
		score_turn(s, p, i - 1, &r);
	else if (i > 0)
		r.score = score_quick(s, p, i - 1);
	fprintf(out, "%.*s\t%.6f", STR_FMT(d->id), r.score);
	if (explain) {
		fprintf(out, "\t%zu-%zu", r.from, r.to);
		for (i = 0; i < r.n_reasons; i++)
			fprintf(out, "%s%s %+.2f", i ? ", " : "\t",
			    r.reasons[i].name, r.reasons[i].weight);
	}
	fputc('\n', out);
}

static int
score_lines(FILE *in, FILE *out, enum score_pattern p)
{
	struct dialogue d = { .arena = arena_new(LINE_BYTES_MAX) };
	struct scorer *s = scorer_new();
	struct err e = ERR_INIT;
	int code = EXIT_DONE;
	uint64_t number = 0;
	char *line = NULL;
	size_t cap = 0;
	ssize_t n;

	while ((n = getline(&line, &cap, in)) >= 0) {
		struct str text = str_trim(str_of(line, (size_t)n));

		number++;
		if (text.n == 0)
			continue;
		if (read_line(&d, text, &e)) {
			fprintf(stderr, "weir score: line %" PRIu64 ": %s\n",
			    number, e.text);
			code = EXIT_FAILED;
			continue;
		}
		print_score(out, s, p, &d);
	}
	if (ferror(in) || fflush(out) || ferror(out)) {
		log_error("score", "error=\"standard input or output failed\"");
		code = EXIT_FAILED;
	}
	free(line);
	free(d.turns);
	arena_free(d.arena);
	scorer_free(s);
	return code;
}

static void
unknown_pattern(const char *name)
{
	struct buf b;
	size_t i;

	buf_init(&b, 4096);
	for (i = 0; i < SCORE_PATTERNS; i++)
		buf_addf(&b, "%s%s", i ? ", " : "",
		    score_name((enum score_pattern)i));
	if (name)
		opts_die("unknown pattern \"%s\"; there are: %.*s", name,
		    STR_FMT(buf_str(&b)));
	opts_die("which pattern? there are: %.*s", STR_FMT(buf_str(&b)));
}

int
cmd_score(int argc, char **argv)
{
	int first = opts_parse(options,
	    "weir score [-e] PATTERN <turns.jsonl", argc, argv);
	enum score_pattern p = SCORE_PATTERNS;

	if (first >= argc)
		unknown_pattern(NULL);
	if (!score_by_name(str_from(argv[first]), &p))
		unknown_pattern(argv[first]);
	if (first + 1 < argc)
		opts_die("unexpected operand \"%s\": dialogues are read from "
		    "standard input", argv[first + 1]);
	return score_lines(stdin, stdout, p);
}
