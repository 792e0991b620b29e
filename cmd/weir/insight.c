/* weir insight: what changed in a period, on demand, as a page or a gate. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/hash.h"
#include "base/opts.h"
#include "commands.h"
#include "digest/digest.h"
#include "insight/gate.h"
#include "insight/render.h"
#include "insight_file.h"
#include "insight_show.h"
#include "out.h"
#include "repo/key.h"
#include "where.h"

enum { ARENA_BYTES = 256 << 20, EVENT_BYTES = 32 << 20 };

static struct where where;
static const char *project, *env, *week, *from, *to, *zone_name;
static const char *format = "markdown", *fail_on, *prices;
static bool save;

static const struct opt table[] = {
	WHERE_OPTS(where),
	{ "project", 'p', OPT_TEXT, &project, 0, 0, "NAME",
	    "whose data (not needed when there is one project)" },
	{ "env", 'e', OPT_TEXT, &env, 0, 0, "ENV",
	    "dev or prod (default prod)" },
	{ "week", 0, OPT_TEXT, &week, 0, 0, "WEEK",
	    "2026-W47, or a date in it (default: the last whole week)" },
	{ "from", 0, OPT_TEXT, &from, 0, 0, "TIME",
	    "start of another period, ISO 8601" },
	{ "to", 0, OPT_TEXT, &to, 0, 0, "TIME", "its end" },
	{ "timezone", 0, OPT_TEXT, &zone_name, 0, 0, "NAME",
	    "where days begin: UTC, +02:00, Europe/Berlin (default UTC)" },
	{ "format", 0, OPT_TEXT, &format, 0, 0, "FORMAT",
	    "markdown, html or json (default markdown)" },
	{ "fail-on", 0, OPT_TEXT, &fail_on, 0, 0, "EXPR",
	    "exit 1 when this is true: 'new_failures>0 || cost_usd>10'" },
	{ "save", 0, OPT_FLAG, &save, 0, 0, NULL,
	    "also keep it in the store" },
	{ "prices", 0, OPT_TEXT, &prices, 0, 0, "FILE",
	    "for a FILE of events: token prices before the built-in ones" },
	{ 0 }
};

static struct period
chosen_period(void)
{
	struct err e = ERR_INIT;
	struct zone zone;
	struct period p, open;

	if (zone_find(&zone, zone_name, &e))
		opts_die("--timezone: %s", e.text);
	if (!week && !from && !to) {
		period_holding(PERIOD_WEEKLY, &zone, 1, clock_now_ms(),
		    &open);
		period_previous(&open, &p);
		return p;
	}
	if (period_from_options(week, from, to, &zone, &p, &e))
		opts_die("%s", e.text);
	return p;
}

/* ---- one insight ---- */

struct shown {
	int n;
	bool has_failed;        /* the gate's expression was true */
};

static bool
gate_value(void *arg, struct str name, double *v)
{
	const struct str *body = arg;

	return insight_value(*body, name, v);
}

static int
show(void *arg, const struct event *ev, struct err *e)
{
	struct shown *s = arg;
	const struct value *v = event_get(ev, FIELD_INSIGHT_body);
	struct str body = v->s;
	double result = 0;

	if (fail_on && gate_eval(str_from(fail_on), gate_value, &body,
	    &result, e)) {
		/* A mistake in the expression, not in the data. */
		fprintf(stderr, "weir insight: --fail-on: %s\n", e->text);
		exit(EXIT_USAGE);
	}
	if (result != 0) {
		s->has_failed = true;
		fprintf(stderr, "weir insight: %.*s: %s\n", STR_FMT(ev->id),
		    fail_on);
	}
	if (s->n++ && strcmp(format, "markdown") == 0)
		printf("\n");
	return insight_show(body, STR_NULL, format, e);
}

/* ---- from a store ---- */

static int
keep(const struct event *made, struct repo_scope scope, struct kv_snapshot *s,
    struct err *e)
{
	char name[REPO_PROJECT_MAX + 1];
	struct event ev = *made;
	struct buf b;
	int rc;

	if (repo_project_name(s, scope.project, name, e))
		return e->code;
	ev.project = str_from(name);
	ev.env = scope.env;
	ev.received_ms = clock_now_ms();
	buf_init(&b, EVENT_BYTES);
	event_encode(&ev, &b);
	rc = where_submit(&where, &b, e);
	buf_fini(&b);
	return rc;
}

static int
from_store(const char *command, const struct period *p, struct shown *shown)
{
	struct err e = ERR_INIT;
	struct kv_snapshot *s = NULL;
	struct arena *a = arena_new(ARENA_BYTES);
	struct event ev;
	int rc;

	where_open(&where, save ? WHERE_WRITE : WHERE_READ);
	rc = kv_snapshot_open(where.kv, &s, &e);
	if (rc == 0) {
		struct repo_scope scope = where_scope(s, project, env);

		rc = digest_insight(s, scope, p, clock_now_ns(), a, &ev, &e);
		if (rc == 0)
			rc = show(shown, &ev, &e);
		if (rc == 0 && save)
			rc = keep(&ev, scope, s, &e);
	}
	kv_snapshot_close(s);
	arena_free(a);
	where_close(&where);
	return rc ? where_fail(command, &e) : EXIT_DONE;
}

int
cmd_insight(int argc, char **argv)
{
	struct shown shown = { 0 };
	struct period p;
	int first = opts_parse(table, "weir insight --data DIR [--week WEEK] | "
	    "weir insight [--week WEEK] FILE.jsonl", argc, argv);
	int code;

	if (!insight_is_format(format))
		opts_die("--format: '%s' is not markdown, html or json",
		    format);
	if (argc - first > 1)
		opts_die("takes one file of events at most");
	hash_setup();
	p = chosen_period();
	if (first < argc)
		code = insight_file(argv[first], &p, prices, show, &shown);
	else
		code = from_store(argv[0], &p, &shown);
	if (code == EXIT_DONE)
		code = out_finish(argv[0]);
	return code == EXIT_DONE && shown.has_failed ? EXIT_FAILED : code;
}
