/* weir ask: questions in English. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/api.h"
#include "ask/ask.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/opts.h"
#include "commands.h"
#include "json/json_read.h"
#include "out.h"
#include "view.h"

enum { ANSWER_MAX = 16 << 20, TABLE_COLUMNS_MAX = 16, LIST_MAX = 1000 };

static struct view view;
static bool only_plans;
static const char *now_text, *agents, *tools, *models, *users, *orgs;
static int64_t tz_minutes;

static const struct opt table[] = {
	VIEW_OPTS_NO_RANGE(view),
	{ "tz", 't', OPT_INT, &tz_minutes, -840, 840, "MINUTES",
	    "days begin this many minutes east of UTC" },
	{ "now", 0, OPT_TEXT, &now_text, 0, 0, "TIME",
	    "ask as if it were this time" },
	{ "plan", 0, OPT_FLAG, &only_plans, 0, 0, NULL,
	    "only print how each line of standard input is understood" },
	{ "agents", 0, OPT_TEXT, &agents, 0, 0, "LIST",
	    "with --plan: names that are known, with commas" },
	{ "tools", 0, OPT_TEXT, &tools, 0, 0, "LIST", "the same of tools" },
	{ "models", 0, OPT_TEXT, &models, 0, 0, "LIST", "of models" },
	{ "users", 0, OPT_TEXT, &users, 0, 0, "LIST", "of users" },
	{ "orgs", 0, OPT_TEXT, &orgs, 0, 0, "LIST", "of organisations" },
	{ 0 }
};

static int64_t
read_now(void)
{
	int64_t ns;

	if (!now_text)
		return clock_now_ms();
	if (!clock_parse_iso(str_from(now_text), &ns) || ns < 0)
		opts_die("--now: '%s' is no time", now_text);
	return floor_div(ns, NS_PER_MS);
}

/* ---- plans only ---- */

static size_t
read_list(const char *text, struct str *v)
{
	struct str rest = str_from(text);
	size_t n = 0;

	while (rest.n && n < LIST_MAX)
		v[n++] = str_cut(&rest, ',');
	return n;
}

static int
print_plans(const char *command)
{
	static struct str names[ASK_DIMS][LIST_MAX];
	const char *lists[ASK_DIMS] = { [ASK_DIM_AGENT] = agents,
	    [ASK_DIM_TOOL] = tools, [ASK_DIM_MODEL] = models,
	    [ASK_DIM_USER] = users, [ASK_DIM_ORG] = orgs };
	struct ask_context c = { .now_ms = read_now(),
	    .tz_minutes = (int)tz_minutes };
	struct ask_plan p;
	char *line = NULL;
	size_t cap = 0;
	ssize_t n;
	struct buf b;

	for (int d = 0; d < ASK_DIMS; d++)
		c.names[d] = (struct ask_names){ names[d],
		    read_list(lists[d], names[d]) };
	buf_init(&b, 1 << 16);
	while ((n = getline(&line, &cap, stdin)) > 0) {
		ask_parse(&p, str_trim(str_of(line, (size_t)n)), &c);
		ask_print(&p, &c, &b);
		out_line(&b);
	}
	buf_fini(&b);
	free(line);
	return out_finish(command);
}

/* ---- an answer, for people ---- */

static void
print_wrapped(struct str s)
{
	struct buf b;

	buf_init(&b, ANSWER_MAX);
	out_clean(&b, s, ANSWER_MAX);
	out_line(&b);
	buf_fini(&b);
}

/* What a value is in a table: money and rates with few digits. */
static void
add_cell(struct table *t, const struct json_token *v)
{
	switch ((int)v->type) {
	case JSON_STRING:
		table_add(t, v->s);
		break;
	case JSON_NULL:
		table_add(t, STR("-"));
		break;
	case JSON_DOUBLE:
		table_addf(t, v->d >= 1000 || v->d <= -1000 ? "%.0f" :
		    "%.4g", v->d);
		break;
	default:
		table_add(t, v->raw);
	}
}

static int
read_heads(struct json_reader *r, char **heads, size_t *n, struct err *e)
{
	struct str key, name;
	int rc;

	*n = 0;
	if (json_array(r, e))
		return e->code;
	while ((rc = json_array_next(r, e)) > 0) {
		if (json_object(r, e))
			return e->code;
		while ((rc = json_object_next(r, &key, e)) > 0)
			if (str_is(key, "name") && *n < TABLE_COLUMNS_MAX) {
				if (json_read_string(r, &name, e))
					return e->code;
				heads[(*n)++] = mem_printf("%.*s",
				    STR_FMT(name));
			}
		if (rc < 0)
			return e->code;
	}
	return rc;
}

static int
read_rows(struct json_reader *r, struct table *t, size_t *n, struct err *e)
{
	struct json_token v;
	int rc;

	*n = 0;
	if (json_array(r, e))
		return e->code;
	while ((rc = json_array_next(r, e)) > 0) {
		if (json_array(r, e))
			return e->code;
		while ((rc = json_array_next(r, e)) > 0) {
			if (json_read_value(r, &v, e))
				return e->code;
			add_cell(t, &v);
		}
		if (rc < 0)
			return e->code;
		(*n)++;
	}
	return rc;
}

/* Columns come before rows. */
static int
print_table(struct json_reader *r, struct err *e)
{
	char *heads[TABLE_COLUMNS_MAX];
	struct table *t = NULL;
	size_t n = 0, rows = 0;
	struct str key;
	int rc;

	if (json_peek(r) != JSON_OBJECT)
		return 0;
	if (json_object(r, e))
		return e->code;
	while ((rc = json_object_next(r, &key, e)) > 0) {
		if (str_is(key, "columns")) {
			rc = read_heads(r, heads, &n, e);
			t = table_new((const char *const *)heads, n);
		} else if (str_is(key, "rows") && t) {
			rc = read_rows(r, t, &rows, e);
		}
		if (rc < 0)
			break;
	}
	if (t && rc >= 0 && rows) {
		putchar('\n');
		table_print(t);
	}
	if (t)
		table_free(t);
	for (size_t i = 0; i < n; i++)
		free(heads[i]);
	return rc;
}

static int
print_links(struct json_reader *r, struct err *e)
{
	struct str key, title = STR(""), path = STR("");
	int rc;

	if (json_array(r, e))
		return e->code;
	while ((rc = json_array_next(r, e)) > 0) {
		if (json_object(r, e))
			return e->code;
		while ((rc = json_object_next(r, &key, e)) > 0)
			if ((str_is(key, "title") && json_read_string(r,
			    &title, e)) || (str_is(key, "path") &&
			    json_read_string(r, &path, e)))
				return e->code;
		if (rc < 0)
			return e->code;
		printf("%.*s: %.*s\n", STR_FMT(title), STR_FMT(path));
	}
	return rc;
}

static int
print_suggestions(struct json_reader *r, struct err *e)
{
	bool any = false;
	struct str s;
	int rc;

	if (json_array(r, e))
		return e->code;
	while ((rc = json_array_next(r, e)) > 0) {
		if (json_read_string(r, &s, e))
			return e->code;
		printf("%s  %.*s\n", any ? "" : "\nYou could ask:\n",
		    STR_FMT(s));
		any = true;
	}
	return rc;
}

static int
print_plan(struct json_reader *r, struct err *e)
{
	struct str key, text;
	int rc;

	if (json_object(r, e))
		return e->code;
	while ((rc = json_object_next(r, &key, e)) > 0)
		if (str_is(key, "text")) {
			if (json_read_string(r, &text, e))
				return e->code;
			printf("\nUnderstood as: ");
			print_wrapped(text);
		}
	return rc;
}

/* The members come in the order in which they are printed. */
static int
print_answer(struct str json, struct err *e)
{
	struct json_reader r;
	struct str key, text;
	int rc;

	json_reader_init(&r, json, view.repo.arena, 0);
	if (json_object(&r, e) || json_object_next(&r, &key, e) < 0 ||
	    json_object(&r, e))
		return e->code;
	while ((rc = json_object_next(&r, &key, e)) > 0) {
		if (str_is(key, "answer")) {
			if (json_read_string(&r, &text, e))
				return e->code;
			print_wrapped(text);
		} else if (str_is(key, "plan")) {
			rc = print_plan(&r, e);
		} else if (str_is(key, "table")) {
			rc = print_table(&r, e);
		} else if (str_is(key, "links")) {
			putchar('\n');
			rc = print_links(&r, e);
		} else if (str_is(key, "suggestions")) {
			rc = print_suggestions(&r, e);
		}
		if (rc < 0)
			return e->code;
	}
	return rc;
}

static int
answer(struct str question, struct err *e)
{
	struct buf b;

	buf_init(&b, ANSWER_MAX);
	if (api_ask(&view.repo, question, (int)tz_minutes, read_now(), &b,
	    e) == 0) {
		if (view.as_json)
			out_line(&b);
		else
			(void)print_answer(buf_str(&b), e);
	}
	buf_fini(&b);
	return e->code;
}

int
cmd_ask(int argc, char **argv)
{
	struct err e = ERR_INIT;
	struct buf q;
	int first = opts_parse(table, "weir ask --data DIR [options] "
	    "QUESTION", argc, argv);

	if (only_plans) {
		if (first < argc)
			opts_die("--plan takes no operand: it reads questions "
			    "from standard input");
		return print_plans(argv[0]);
	}
	if (first == argc)
		opts_die("needs a question, like \"%s\"", ask_example(0));
	buf_init(&q, API_QUESTION_MAX + 1);
	for (int i = first; i < argc; i++)
		buf_addf(&q, "%s%s", i > first ? " " : "", argv[i]);
	if (q.failed)
		opts_die("the question is over %d bytes", API_QUESTION_MAX);
	view_open(&view, WHERE_READ);
	(void)answer(buf_str(&q), &e);
	view_close(&view);
	buf_fini(&q);
	return e.code ? where_fail(argv[0], &e) : out_finish(argv[0]);
}
