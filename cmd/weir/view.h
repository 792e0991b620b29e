#ifndef WEIR_VIEW_H
#define WEIR_VIEW_H

#include "json/json_write.h"
#include "repo/read.h"
#include "where.h"

/*
 * What the commands that read one project and environment share: options,
 * a snapshot, a time range, and how a run is shown.
 *
 *	static struct view view;
 *	static const struct opt table[] = { VIEW_OPTS(view), … };
 *
 *	…opts_parse…
 *	view_open(&view, WHERE_READ);
 *	rc = repo_runs_list(&view.repo, &f, &runs, &e);
 *	…
 *	view_close(&view);
 *
 * Mistakes end the process, as in where.h.  Threads: one command, one thread.
 */
struct view {
	struct where where;
	const char *project, *env, *range;
	bool as_json;
	/* Set by view_open. */
	struct repo_view repo;
	int64_t from_ms, to_ms;         /* of --range, default all time */
};

#define VIEW_OPTS(v) \
	WHERE_OPTS((v).where), \
	{ "project", 'p', OPT_TEXT, &(v).project, 0, 0, "NAME", \
	    "whose data (not needed when there is one project)" }, \
	{ "env", 'e', OPT_TEXT, &(v).env, 0, 0, "ENV", \
	    "dev or prod (default prod)" }, \
	{ "range", 'r', OPT_TEXT, &(v).range, 0, 0, "RANGE", \
	    "the last 30m, 6h, 7d, 2w, 1M (30 days); or FROM..TO as dates" }, \
	{ "json", 'j', OPT_FLAG, &(v).as_json, 0, 0, NULL, \
	    "print a JSON object a line" }

/* As view_open, of commands that take no range. */
#define VIEW_OPTS_NO_RANGE(v) \
	WHERE_OPTS((v).where), \
	{ "project", 'p', OPT_TEXT, &(v).project, 0, 0, "NAME", \
	    "whose data (not needed when there is one project)" }, \
	{ "env", 'e', OPT_TEXT, &(v).env, 0, 0, "ENV", \
	    "dev or prod (default prod)" }, \
	{ "json", 'j', OPT_FLAG, &(v).as_json, 0, 0, NULL, \
	    "print a JSON object a line" }

void view_open(struct view *v, enum where_use use);
void view_close(struct view *v);

/* Name of the project, in the view's arena. */
struct str view_project(const struct view *v);

/* "$0.0123"; "$0.0123?" when spans without a known price are in it. */
const char *view_cost(int64_t pico_usd, int64_t unpriced, char out[32]);

/* "user-frustration, …" of the run's current verdict, in the arena. */
struct str view_signals(const struct run *run, struct arena *a);

/* JSON members that rows of runs and the run itself have in common. */
void view_put_run(struct json_writer *w, const struct run *run,
    const struct run_totals *t);

/* An ISO time, or null for 0. */
void view_put_ms(struct json_writer *w, const char *key, int64_t ms);

#endif
