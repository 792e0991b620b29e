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
#include "json/json_read.h"
#include "out.h"
#include "progress.h"
#include "repo/key.h"
#include "where.h"
#include "wording/wording.h"

enum { ARENA_BYTES = 256 << 20, EVENT_BYTES = 32 << 20 };

static struct where where;
static const char *project, *env, *week, *from, *to, *zone_name;
static const char *format = "markdown", *fail_on, *prices;
static const char *kind = "weekly", *weekday = "monday";
static struct wording_options wording_options = WORDING_OPTIONS_INIT;
static struct wording *wording;
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
	{ "period", 0, OPT_TEXT, &kind, 0, 0, "KIND",
	    "without these, the last whole day, week or month: daily, weekly "
	    "(default), monthly" },
	{ "weekday", 0, OPT_TEXT, &weekday, 0, 0, "DAY",
	    "first day of that week (default monday)" },
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
	WORDING_OPTS(wording_options),
	{ 0 }
};

static struct period
chosen_period(void)
{
	struct err e = ERR_INIT;
	struct zone zone;
	struct period p, open;
	int k = period_kind_named(str_from(kind));
	int first = period_weekday_named(str_from(weekday));

	if (zone_find(&zone, zone_name, &e))
		opts_die("--timezone: %s", e.text);
	if (k < 0 || k == PERIOD_CUSTOM)
		opts_die("--period: daily, weekly or monthly, not \"%s\"",
		    kind);
	if (!first)
		opts_die("--weekday: \"%s\" is not a day of the week",
		    weekday);
	if (!week && !from && !to) {
		period_holding((enum period_kind)k, &zone, first,
		    clock_now_ms(), &open);
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
	struct buf record;      /* of other words, for the last one */
};

static bool
gate_value(void *arg, struct str name, double *v)
{
	const struct str *body = arg;

	return insight_value(*body, name, v);
}

/* What an expression may speak about; all but … _before, which go without
 * saying. */
static void
print_names(struct str body)
{
	struct arena *a = arena_new(1 << 20);
	struct err e = ERR_INIT;
	struct json_reader r;
	struct str raw, key;

	fprintf(stderr, "weir insight: values are");
	if (json_find(body, STR("values"), &raw)) {
		json_reader_init(&r, raw, a, 0);
		if (json_object(&r, &e) == 0)
			while (json_object_next(&r, &key, &e) > 0)
				if (!str_has_suffix(key, STR("_before")))
					fprintf(stderr, " %.*s",
					    STR_FMT(key));
	}
	fprintf(stderr, ", and most of them with _before behind it\n");
	arena_free(a);
}

/* Other words, if that is wished; ours if there are none. */
static void
ask_words(struct shown *s, struct str body)
{
	struct err e = ERR_INIT;
	struct arena *a;

	buf_reset(&s->record);
	if (!wording)
		return;
	a = arena_new(ARENA_BYTES);
	if (wording_ask(wording, body, a, &s->record, &e))
		fprintf(stderr, "weir insight: in our own words, as the "
		    "model's %s: %s\n", e.code == ERR_INVALID ?
		    "were refused" : "did not come", e.text);
	arena_free(a);
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
		if (e->code == ERR_NOT_FOUND)
			print_names(body);
		exit(EXIT_USAGE);
	}
	if (result != 0) {
		s->has_failed = true;
		fprintf(stderr, "weir insight: %.*s: %s\n", STR_FMT(ev->id),
		    fail_on);
	}
	if (s->n++ && strcmp(format, "markdown") == 0)
		printf("\n");
	ask_words(s, body);
	return insight_show(body, buf_str(&s->record), format, e);
}

/* ---- from a store ---- */

/* The insight, and other words for it if there are any. */
static int
keep(const struct event *made, struct str record, struct repo_scope scope,
    struct kv_snapshot *s, struct arena *a, struct err *e)
{
	char name[REPO_PROJECT_MAX + 1];
	struct event_builder eb;
	struct event ev[2] = { *made };
	size_t n = 1;
	struct buf b;
	int rc;

	if (repo_project_name(s, scope.project, name, e))
		return e->code;
	if (record.n) {
		event_begin(&eb, a, EVENT_INSIGHT, STR(""), made->id);
		eb.event.source = made->source;
		eb.event.order = made->order;
		event_json(&eb, FIELD_INSIGHT_wording, record);
		if (!event_end(&eb, &ev[n++]))
			return err_set(e, ERR_LIMIT, "wording: too large");
	}
	buf_init(&b, EVENT_BYTES);
	for (size_t i = 0; i < n; i++) {
		ev[i].project = str_from(name);
		ev[i].env = scope.env;
		ev[i].received_ms = clock_now_ms();
		event_encode(&ev[i], &b);
	}
	rc = where_submit(&where, &b, e);
	buf_fini(&b);
	return rc;
}

static void
watch(void *arg, int64_t done, int64_t runs)
{
	struct progress *p = arg;

	p->expected = runs;
	progress_draw(p, done, runs && done == runs);
	/* Once. */
	p->is_shown = p->is_shown && done < runs;
}

static int
read_insight(struct kv_snapshot *s, struct repo_scope scope,
    const struct period *p, struct arena *a, struct event *ev, struct err *e)
{
	struct progress progress = progress_of(0);
	struct digest *d = digest_new(p);
	int rc;

	digest_watch(d, watch, &progress);
	rc = digest_read(d, s, scope, e);
	if (rc == 0)
		rc = digest_close(d, e);
	if (rc == 0)
		rc = digest_event(d, clock_now_ns(), a, ev, e);
	digest_free(d);
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

		rc = read_insight(s, scope, p, a, &ev, &e);
		if (rc == 0)
			rc = show(shown, &ev, &e);
		if (rc == 0 && save)
			rc = keep(&ev, buf_str(&shown->record), scope, s, a,
			    &e);
	}
	kv_snapshot_close(s);
	arena_free(a);
	where_close(&where);
	return rc ? where_fail(command, &e) : EXIT_DONE;
}

/* A file without runs says nothing, which must not open a gate. */
static int
from_file(const char *file, const struct period *p, struct shown *shown)
{
	int code = insight_file(file, p, prices, show, shown);

	if (code != EXIT_DONE || shown->n)
		return code;
	fprintf(stderr, "weir insight: there is no run in %s\n", file);
	return fail_on ? EXIT_FAILED : EXIT_DONE;
}

int
cmd_insight(int argc, char **argv)
{
	struct shown shown = { 0 };
	struct err e = ERR_INIT;
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
	buf_init(&shown.record, EVENT_BYTES);
	if (wording_open(&wording_options, NULL, &wording, &e))
		opts_die("%s", e.text);
	p = chosen_period();
	if (p.from_ms <= clock_now_ms() && clock_now_ms() < p.to_ms)
		fprintf(stderr, "weir insight: %s is not over: so far, "
		    "against the whole one before\n", p.label);
	if (first < argc)
		code = from_file(argv[first], &p, &shown);
	else
		code = from_store(argv[0], &p, &shown);
	if (code == EXIT_DONE)
		code = out_finish(argv[0]);
	wording_close(wording);
	buf_fini(&shown.record);
	return code == EXIT_DONE && shown.has_failed ? EXIT_FAILED : code;
}
