#ifndef API_ANSWER_H
#define API_ANSWER_H

/*
 * Inside lib/api only: an answer to a question while it is put together.  The
 * parts of ask_find.c look things up, say it in `text`, and lay it out in the
 * table; ask.c reads the question and writes the response.
 */
#include "api/call.h"
#include "ask/ask.h"

struct answer {
	struct api_call *call;
	const struct ask_plan *plan;
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

/* ---- words ---- */

void answer_say(struct answer *a, const char *fmt, ...) CC_PRINTF(2, 3);

/* path is a format for what stands behind /v1 */
void answer_link(struct answer *a, const char *title, const char *fmt, ...)
    CC_PRINTF(3, 4);

/* An id as a path segment; "" past the arena's budget. */
struct str answer_escape(struct answer *a, struct str id);

/* The range of the plan as query parameters, with source. */
struct str answer_range(struct answer *a);

/* A rollup's value in the measure; calls: of tools and models. */
double answer_measure(const struct rollup *r, enum ask_measure m,
    bool of_calls);

/* "12 of 40 calls (30.0 %)", "$1.20", … */
void answer_say_measure(struct answer *a, const struct rollup *r,
    enum ask_measure m, bool of_calls);

/* ", up 20.0 % from …" */
void answer_say_change(struct answer *a, const struct rollup *now,
    const struct rollup *then, enum ask_measure m, bool of_calls);

/* Looks up what the plan asks for. */
int answer_find(struct answer *a, struct err *e) CC_CHECK;

/* The sum of that name, or one of nothing. */
const struct rollup *answer_named(const struct repo_metrics *m,
    struct str name);

typedef int answer_part(struct answer *a, struct err *e);
answer_part find_totals, find_breakdown, find_runs, find_failures,
    find_sessions, find_patterns, find_pattern_names, find_feedback,
    find_insights;

/* The rollup of all runs, or of the plan's agent, over a range. */
int answer_rollup(struct answer *a, int64_t from_ms, int64_t to_ms,
    struct rollup *out, struct err *e) CC_CHECK;

#endif
