#ifndef API_ANSWER_H
#define API_ANSWER_H

/*
 * Inside lib/api only: an answer to a question while it is put together.  The
 * find_… parts look things up, say it in `text`, and lay it out in the table;
 * ask.c reads the question and writes the response.
 *
 * Figures are exact.  They come from rollups if these have what is asked for;
 * else runs are walked, newest first, until the deadline: what was counted is
 * then exact from a moment on, and answer_say_cut says from which.
 */
#include "api/call.h"
#include "ask/ask.h"
#include "base/map.h"

enum {
	ANSWER_NAMES_MAX = 20000,       /* that are counted in a walk */
	ANSWER_BUCKETS_MAX = 400        /* of a series */
};

struct answer {
	struct api_call *call;
	const struct ask_plan *plan;
	int tz_minutes;
	int64_t deadline;               /* clock_mono_ms */
	struct buf text;
	struct buf table;               /* JSON, empty if there is none */
	struct json_writer w;           /* into table */
	struct buf links;               /* JSON, members of an array */
};

/* ---- the table ---- */

/* Columns are {name, unit} pairs, a NULL name ends them; then rows. */
struct answer_column {
	const char *name, *unit;
};
void answer_columns(struct answer *a, const struct answer_column *v);
void answer_row(struct answer *a);
void answer_row_end(struct answer *a);
void answer_table_end(struct answer *a);

/* A cell: ISO 8601, or null for 0. */
void answer_put_time(struct answer *a, int64_t ms);

/* ---- words ---- */

void answer_say(struct answer *a, const char *fmt, ...) CC_PRINTF(2, 3);

/* "3 runs", "1 run" */
void answer_say_count(struct answer *a, int64_t n, const char *one);

/* path is a format for what stands behind /v1 */
void answer_link(struct answer *a, const char *title, const char *fmt, ...)
    CC_PRINTF(3, 4);

/* An id as a path segment; "" past the arena's budget. */
struct str answer_escape(struct answer *a, struct str id);

/* The range of the plan as query parameters, with source; and with those of
 * its names that lists of runs and sessions can filter by. */
struct str answer_range(struct answer *a);
struct str answer_range_names(struct answer *a);

/* ---- figures ---- */

/* Something counted: a rollup, and of how many runs it is a part. */
struct figure {
	struct str name;
	size_t bucket;
	struct rollup sum;
	int64_t base;           /* runs that could show the pattern */
	struct str example;     /* id of the latest run */
};

struct figures {
	struct figure *v;       /* by name, then bucket; in the arena */
	size_t n, cap;
	bool of_calls;          /* calls of tools or models, not runs */
	bool is_cut;            /* only what started since: */
	int64_t since_ms;
	int64_t runs_read;      /* in a walk */
	struct map *map;        /* in a walk */
};

/*
 * What passes the plan's filters between edges[0] and edges[n - 1], in n - 1
 * buckets, by name of dim; DIM_TOTAL: one without a name (its calls, if the
 * plan names a tool or model).  End with figures_fini.
 */
int figures_read(struct answer *a, enum repo_dim dim, const int64_t *edges,
    size_t n, struct figures *out, struct err *e) CC_CHECK;
int figures_of(struct answer *a, enum repo_dim dim, int64_t from_ms,
    int64_t to_ms, struct figures *out, struct err *e) CC_CHECK;
void figures_fini(struct figures *f);

/* The figure of that name (and bucket), or one of nothing. */
const struct figure *figures_named(const struct figures *f, struct str name,
    size_t bucket);

/* Its value in the plan's measure; how that is said: "12 of 40 calls failed
 * (30.0 %)", "$1.20 for 3 runs", …; ", up 20.0 % against … before". */
double figure_value(const struct figure *f, enum ask_measure m,
    bool of_calls);
void answer_say_figure(struct answer *a, const struct figure *f,
    enum ask_measure m, bool of_calls);
void answer_say_change(struct answer *a, const struct figure *now,
    const struct figure *then, enum ask_measure m, bool of_calls);

/* " Counted over the runs since …", if a walk was cut. */
void answer_say_cut(struct answer *a, const struct figures *f);

/* Edges of the plan's buckets, in the arena; *n is 0 if there are too many. */
int answer_edges(struct answer *a, int64_t **edges, size_t *n, struct err *e)
    CC_CHECK;
/* The same; too many are not split, which is said. */
int answer_split(struct answer *a, int64_t **edges, size_t *n, struct err *e)
    CC_CHECK;

/* The columns that suit the plan's measure: first (its name), from (of a
 * series), figures, before. */
void answer_open_table(struct answer *a, const char *first, bool of_calls,
    bool series, bool before);
/* Those cells, and the end of the row, behind the first; from_ms < 0 and
 * before NULL: there are no such columns. */
void answer_put_cells(struct answer *a, const struct figure *f,
    bool of_calls, int64_t from_ms, const struct figure *before);
void answer_link_figures(struct answer *a, const char *path);

/* ---- walks ---- */

/* True if the run passes all of the plan's filters; without the pattern. */
bool answer_passes(const struct ask_plan *p, const struct repo_run_row *row);
/* Whether only conversations can show the plan's pattern. */
bool answer_is_about_user(const struct ask_plan *p);
/* True if it shows the pattern of the plan, or there is none. */
bool answer_shows(const struct ask_plan *p, const struct run *run);

struct answer_walk {
	int64_t runs;           /* read */
	bool is_cut;
	int64_t since_ms;       /* all that started from here on was read */
};

/*
 * Calls fn for all runs in [from_ms, to_ms), slice by slice, the newest slice
 * first (and its oldest run first), until the deadline or until done(arg) is
 * true between slices (done may be NULL).
 */
int answer_walk(struct answer *a, int64_t from_ms, int64_t to_ms,
    int (*fn)(void *arg, const struct repo_run_row *row, struct err *e),
    bool (*done)(void *arg), void *arg, struct answer_walk *out,
    struct err *e) CC_CHECK;

/* Whether a run's measure is bounded by what is kept of its period. */
bool answer_has_bounds(const struct ask_plan *p);

/*
 * Calls fn for runs of the plan's time, those that may have most of its
 * measure first, until none that is left can have more than worst(arg): in
 * ns, pico-USD or tokens, negative while fewer than wanted are kept.
 */
int answer_best(struct answer *a, int (*fn)(void *arg,
    const struct repo_run_row *row, struct err *e), double (*worst)(void *),
    void *arg, bool *is_cut, struct err *e) CC_CHECK;

/* ---- parts ---- */

/* Looks up what the plan asks for. */
int answer_find(struct answer *a, struct err *e) CC_CHECK;

typedef int answer_part(struct answer *a, struct err *e);
answer_part find_totals, find_reason, find_breakdown, find_runs,
    find_failures, find_sessions, find_patterns, find_feedback,
    find_insights, find_topics, find_text;

/* Dimension of the subject: DIM_TOTAL if it has none. */
enum repo_dim answer_dim(enum ask_subject s);

/* "tool", "organisation", … */
const char *answer_one(enum ask_subject s);

/* A table of runs, and links to the first of them. */
void answer_put_runs(struct answer *a, const struct repo_run_row *v, size_t n);

/* Member "plan". */
void answer_put_plan(struct json_writer *w, const struct ask_plan *p,
    const struct ask_context *c);

#endif
