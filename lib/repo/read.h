#ifndef REPO_READ_H
#define REPO_READ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/cc.h"
#include "base/err.h"
#include "kv/kv.h"
#include "model/run.h"
#include "repo/layout.h"
#include "repo/rollup.h"

/*
 * Reading: runs, sessions, metrics, failures, patterns, feedback, insights of
 * one project and environment, from any snapshot (RocksDB, memory, or over the
 * bus; each call takes few round trips).
 *
 *	struct repo_view v = { snapshot, { key.project, ENV_PROD }, arena };
 *	struct repo_filter f = REPO_FILTER_INIT;
 *	struct repo_runs runs;
 *
 *	f.from_ms = from; f.to_ms = to; f.agent = STR("support");
 *	if (repo_runs_list(&v, &f, &runs, e)) …
 *	for (size_t i = 0; i < runs.n; i++)
 *		show(runs.v[i].run, &runs.v[i].totals);
 *
 * Time ranges are half-open, [from_ms, to_ms), and speak of the run's start
 * (repo_run_ms), for failures of the occurrence.  Exact: a range's metrics are
 * the sums over the runs that a list with the same range shows.
 *
 * Ownership: results live in the view's arena.  Threads: as the snapshot and
 * arena.  Errors: ERR_LIMIT a limit or offset too high, or the arena is spent;
 * ERR_INVALID an empty or upside-down range; ERR_NOT_FOUND; ERR_IO;
 * ERR_CORRUPT.
 */
enum { REPO_LIMIT_MAX = 200, REPO_OFFSET_MAX = 100000 };

struct repo_view {
	struct kv_snapshot *snapshot;
	struct repo_scope scope;
	struct arena *arena;
};

enum repo_status_filter { REPO_ANY, REPO_OK /* not error */, REPO_ERROR };

/* Absent texts (STR_NULL) do not filter; the others must be equal. */
struct repo_filter {
	struct str agent, user_id, org_id, session_id;
	enum repo_status_filter status;
	int64_t from_ms, to_ms;
	size_t limit;           /* 1 to REPO_LIMIT_MAX */
	size_t offset;          /* up to REPO_OFFSET_MAX */
};

#define REPO_FILTER_INIT { STR_NULL, STR_NULL, STR_NULL, STR_NULL, \
    REPO_ANY, 0, LAYOUT_TIME_MAX_MS, 50, 0 }

/* ---- runs ---- */

/* A run as lists show it: its head (texts are previews, no inputs). */
struct repo_run_row {
	struct run *run;
	struct run_totals totals;
	int64_t start_ms;       /* repo_run_ms: what ranges and orders use */
};

struct repo_runs {
	struct repo_run_row *v;         /* newest first */
	size_t n;
	bool has_more;
};

/* The start that everything is ordered and bucketed by: totals.start_ms,
 * clamped to 1970..2106. */
int64_t repo_run_ms(const struct run_totals *t);

int repo_runs_list(const struct repo_view *v, const struct repo_filter *f,
    struct repo_runs *out, struct err *e) CC_CHECK CC_NONNULL(1, 2, 3, 4);

/* The whole run, folded from its events, with the costs of its spans. */
int repo_run_get(const struct repo_view *v, struct str run_id,
    struct run **out, struct err *e) CC_CHECK CC_NONNULL(1, 3, 4);

/* Only its head. */
int repo_run_head(const struct repo_view *v, struct str run_id,
    struct run **out, struct err *e) CC_CHECK CC_NONNULL(1, 3, 4);

/* Its events in arrival order, with run_id (project is STR_NULL). */
int repo_run_events(const struct repo_view *v, struct str run_id,
    struct event **out, size_t *n, struct err *e) CC_CHECK
    CC_NONNULL(1, 3, 4, 5);

/*
 * Calls fn for the head of each run that starts in the range, oldest first,
 * however many there are: for bulk readers.  fn returns 0 or KV_STOP or an
 * error; row lives until it returns (in an arena of its own).
 */
int repo_runs_each(const struct repo_view *v, int64_t from_ms, int64_t to_ms,
    int (*fn)(void *arg, const struct repo_run_row *row, struct err *e),
    void *arg, struct err *e) CC_CHECK CC_NONNULL(1, 4, 6);

/* ---- sessions ---- */

struct repo_session_row {
	struct str session_id;
	struct rollup sum;      /* over all its runs, in range or not */
	int64_t first_ms;       /* start of its first and last run */
	int64_t last_ms;
	struct run *last;       /* head of the last run (in range, if listed):
	                         * agent, user, org, prompt */
};

struct repo_sessions {
	struct repo_session_row *v;     /* latest activity in range first */
	size_t n;
	bool has_more;
};

/* Sessions that have a run in the range that passes the filter. */
int repo_sessions_list(const struct repo_view *v, const struct repo_filter *f,
    struct repo_sessions *out, struct err *e) CC_CHECK CC_NONNULL(1, 2, 3, 4);

struct repo_session {
	struct repo_session_row row;
	struct run **runs;      /* whole, oldest first */
	size_t nruns;
	bool has_more;          /* there are later ones */
};

/* ERR_NOT_FOUND: no run has this session id. */
int repo_session_get(const struct repo_view *v, struct str session_id,
    size_t limit, size_t offset, struct repo_session *out, struct err *e)
    CC_CHECK CC_NONNULL(1, 5, 6);

/* ---- metrics ---- */

struct repo_metrics_query {
	int64_t from_ms, to_ms;
	enum repo_dim dim;      /* not DIM_SESSION or DIM_FAILURE */
	struct str name;        /* STR_NULL: all names of the dimension */
	bool by_day;            /* also a series of days */
	int tz_minutes;         /* days begin at this offset east of UTC */
};

struct repo_metric {
	struct str name;
	struct rollup sum;      /* over the range */
	struct rollup *days;    /* by_day: repo_metrics.ndays of them */
};

struct repo_metrics {
	struct repo_metric *v;  /* ascending by name; DIM_TOTAL: exactly one */
	size_t n;
	int64_t *day_ms;        /* by_day: start of each day, from the one */
	size_t ndays;           /* of from_ms to the one of to_ms - 1 */
};

enum { REPO_DAYS_MAX = 400 };

/*
 * The series has the edges of the range cut off as the sum has.  ERR_LIMIT: a
 * series of more than REPO_DAYS_MAX days.  Cost: some records for each bucket,
 * and the runs of cut minutes one by one; ranges on whole minutes have none.
 * Users and organisations are cheap for whole UTC days only.
 */
int repo_metrics(const struct repo_view *v, const struct repo_metrics_query *q,
    struct repo_metrics *out, struct err *e) CC_CHECK CC_NONNULL(1, 2, 3, 4);

/* ---- failures ---- */

enum repo_failure_status {
	FAILURE_ACTIVE, FAILURE_RESOLVED, FAILURE_IGNORED
};

/*
 * A resolved failure that occurs after its resolution is active again, and
 * regressed: by the times of the occurrences, so that late data from before
 * do not reopen it, whenever they come.  An ignored one stays ignored.
 */
struct repo_failure {
	struct str failure_id;
	struct str entity_type;         /* "run", "tool_call", … */
	struct str template;
	enum repo_failure_status status;
	bool is_regressed;              /* was resolved and came back */
	int64_t regressed_events;       /* since the resolution */
	int64_t regressed_ms;           /* the first of them, or 0 */
	struct str regressed_run;       /* id of the run it was in */
	int64_t changed_ms;             /* of the last status change, or 0 */
	struct str resolved_in;         /* from that change */
	struct str note;
	int64_t events, runs;           /* in the range */
	int64_t total_events, total_runs;       /* ever */
	int64_t first_seen_ms, last_seen_ms;    /* ever */
};

enum repo_failure_order { BY_LAST_SEEN, BY_FIRST_SEEN, BY_EVENTS };

struct repo_failure_query {
	int64_t from_ms, to_ms;         /* only those that occurred in it */
	enum repo_failure_order order;
	bool ascending;
	struct str entity_type;         /* STR_NULL: any */
	int status;                     /* enum repo_failure_status; -1: any */
	size_t limit, offset;
};

struct repo_failures {
	struct repo_failure *v;
	size_t n;
	size_t total;                   /* that pass the filter */
};

int repo_failures_list(const struct repo_view *v,
    const struct repo_failure_query *q, struct repo_failures *out,
    struct err *e) CC_CHECK CC_NONNULL(1, 2, 3, 4);

/* Someone or something that a failure touched. */
struct repo_count {
	struct str name;
	int64_t count;                  /* of runs */
};

enum { REPO_DETAIL_RUNS = 200 };

struct repo_failure_detail {
	struct repo_failure failure;
	struct repo_run_row *runs;      /* latest occurrence first */
	int64_t *run_ms;                /* when it occurred in each */
	size_t nruns;
	bool has_more;                  /* more than REPO_DETAIL_RUNS */
	/* Counted over those runs, most frequent first; tools: those that
	 * failed so, of a failure of runs those that the runs called. */
	struct repo_count *agents, *users, *orgs, *models, *tools;
	size_t nagents, nusers, norgs, nmodels, ntools;
	int64_t *day_ms;                /* UTC days of the range, and events; */
	int64_t *day_events;            /* if it is long, of the days seen */
	size_t ndays;
};

/* The range is for events, runs, and days. */
int repo_failure_get(const struct repo_view *v, struct str failure_id,
    int64_t from_ms, int64_t to_ms, struct repo_failure_detail *out,
    struct err *e) CC_CHECK CC_NONNULL(1, 5, 6);

/* Runs with an occurrence in the range, latest occurrence first. */
int repo_failure_runs(const struct repo_view *v, struct str failure_id,
    int64_t from_ms, int64_t to_ms, size_t limit, size_t offset,
    struct repo_runs *out, struct err *e) CC_CHECK CC_NONNULL(1, 7, 8);

/* Occurrences in the range. */
int repo_failure_count(const struct repo_view *v, struct str failure_id,
    int64_t from_ms, int64_t to_ms, int64_t *events, struct err *e) CC_CHECK
    CC_NONNULL(1, 5, 6);

const char *repo_failure_status_name(enum repo_failure_status s);
/* -1 for an unknown word. */
int repo_failure_status_named(struct str s);

/* ---- patterns and feedback ---- */

struct repo_patterns {
	struct repo_metrics m;          /* by slug; COUNT_RUNS is what counts */
	int64_t runs;                   /* all runs of the range */
	int64_t conversational_runs;
	int64_t flagged_runs;           /* with any signal */
	struct repo_metrics agents;     /* all runs, by agent */
	struct repo_metrics by_agent;   /* by slug, NUL, agent */
	bool too_many_agents;           /* for the memory given: none listed */
};

int repo_patterns_list(const struct repo_view *v, int64_t from_ms,
    int64_t to_ms, bool by_day, struct repo_patterns *out, struct err *e)
    CC_CHECK CC_NONNULL(1, 5, 6);

/* Newest first; the signals are in each run's head. */
int repo_pattern_runs(const struct repo_view *v, struct str slug,
    int64_t from_ms, int64_t to_ms, size_t limit, size_t offset,
    struct repo_runs *out, struct err *e) CC_CHECK CC_NONNULL(1, 7, 8);

/* Feedback metrics are COUNT_THUMBS_UP, … of repo_metrics. */
int repo_feedback_runs(const struct repo_view *v, int64_t from_ms,
    int64_t to_ms, size_t limit, size_t offset, struct repo_runs *out,
    struct err *e) CC_CHECK CC_NONNULL(1, 6, 7);

/* What a score says as feedback: thumbs (1, -1 or 0) and whether it has text.
 * False if it is not feedback: its name is not "feedback". */
bool repo_score_feedback(const struct score *s, int *thumbs, bool *has_text)
    CC_NONNULL(1, 2, 3);

/* ---- insights ---- */

struct repo_insights {
	struct insight **v;     /* latest end first; id is v[i]->base.id */
	size_t n;
	bool has_more;
};

int repo_insights_list(const struct repo_view *v, size_t limit, size_t offset,
    struct repo_insights *out, struct err *e) CC_CHECK CC_NONNULL(1, 4, 5);

int repo_insight_get(const struct repo_view *v, struct str id,
    struct insight **out, struct err *e) CC_CHECK CC_NONNULL(1, 3, 4);

#endif
