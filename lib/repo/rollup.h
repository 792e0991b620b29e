#ifndef REPO_ROLLUP_H
#define REPO_ROLLUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/cc.h"
#include "base/err.h"
#include "base/str.h"
#include "repo/layout.h"
#include "sketch/sketch.h"

/*
 * Rollups: counters and latency sketches by dimension, name and time bucket.
 * Everything is an integer, and addition wraps at 64 bits, so that taking a
 * run's old contribution out and putting its new one in is exact.
 *
 *	struct rollup r = ROLLUP_INIT;
 *
 *	rollup_decode(&r, value, e);
 *	rollup_merge(&r, &delta, 1);
 *	if (rollup_is_zero(&r)) … delete the record
 *	rollup_fini(&r);
 *
 * Threads: one object, one thread.
 */
enum repo_dim {
	DIM_TOTAL = 't',        /* all runs; the name is empty */
	DIM_AGENT = 'a',        /* runs by agent */
	DIM_MODEL = 'm',        /* billed spans by model */
	DIM_TOOL = 'l',         /* tool calls by tool name */
	DIM_USER = 'u',         /* runs by user id */
	DIM_ORG = 'o',          /* runs by organisation id */
	DIM_SESSION = 's',      /* runs by session id; LEVEL_ALL only */
	DIM_PATTERN = 'p',      /* runs by signal slug */
	DIM_FAILURE = 'f',      /* occurrences by failure id, at their time */
	DIM_PATTERN_AGENT = 'w',        /* runs by slug, NUL,
	                         * agent */
	DIM_TOPIC = 'q'         /* runs by topic id, of children and parents */
};

/* Minutes, hours and days are UTC; users and organisations have days only. */
enum repo_level {
	LEVEL_MINUTE = 'M', LEVEL_HOUR = 'H', LEVEL_DAY = 'D', LEVEL_ALL = 'A'
};

/* What is counted: of runs, or (model, tool) of calls, or of occurrences. */
enum rollup_counter {
	COUNT_RUNS,             /* runs (model, tool, failure: runs with any) */
	COUNT_CALLS,            /* model: spans; tool: calls; failure: events */
	COUNT_ERRORS,           /* runs, or calls, that failed */
	COUNT_ENDED,            /* of which the duration is known */
	COUNT_DURATION_US,      /* their sum */
	COUNT_INPUT_TOKENS,
	COUNT_CACHED_TOKENS,
	COUNT_CACHE_WRITE_TOKENS,
	COUNT_OUTPUT_TOKENS,
	COUNT_REASONING_TOKENS,
	COUNT_TOTAL_TOKENS,
	COUNT_COST_PICO_USD,
	COUNT_UNPRICED,         /* spans with tokens and no known price */
	COUNT_STEPS,
	COUNT_TOOL_CALLS,
	COUNT_TOOL_ERRORS,
	COUNT_CONVERSATIONAL,   /* runs */
	COUNT_FLAGGED,          /* runs with a signal */
	COUNT_FEEDBACK_RUNS,
	COUNT_THUMBS_UP,
	COUNT_THUMBS_DOWN,
	COUNT_FEEDBACK_TEXTS,
	COUNT_FIRST_TOKENS,     /* model: spans with a time to first token */
	COUNT_FIRST_TOKEN_US,   /* their sum */
	COUNT_FRUSTRATED,       /* runs with user-frustration */
	COUNT_TASK_FAILED,      /* runs with task-failure-reported */
	ROLLUP_COUNTERS
};

struct rollup {
	int64_t c[ROLLUP_COUNTERS];
	struct sketch duration_us;      /* runs, or calls */
	struct sketch first_token_us;   /* model */
	struct sketch cost_pico_usd;    /* agent: of runs with a cost */
	struct str label;       /* failure, LEVEL_ALL: "entity_type\0template";
	                         * owned, not counted; STR_NULL elsewhere */
};

#define ROLLUP_INIT { { 0 }, SKETCH_INIT, SKETCH_INIT, SKETCH_INIT, \
    { NULL, 0 } }

void rollup_fini(struct rollup *r) CC_NONNULL(1);

/* to += sign * from (sign 1 or -1); takes a copy of a label it lacks. */
void rollup_merge(struct rollup *to, const struct rollup *from, int sign)
    CC_NONNULL(1, 2);

/* No counter, no bucket; the label is not looked at. */
bool rollup_is_zero(const struct rollup *r) CC_NONNULL(1);

/* Canonical: equal rollups give equal bytes. */
void rollup_encode(const struct rollup *r, struct buf *b) CC_NONNULL(1, 2);

/* Adds an encoded rollup to *r. */
int rollup_decode(struct rollup *r, struct str bytes, struct err *e) CC_CHECK
    CC_NONNULL(1, 3);

/* ms at which the bucket of the level that holds ms starts (0 for all). */
int64_t rollup_bucket_ms(enum repo_level level, int64_t ms);

/* Length of a bucket in ms; 0 for LEVEL_ALL. */
int64_t rollup_level_ms(enum repo_level level);

/* The name as it is in keys: itself, or if it is longer than LAYOUT_NAME_MAX
 * its beginning and its hash, in space. */
struct str rollup_name(struct str name, char space[LAYOUT_NAME_MAX])
    CC_NONNULL(2);

/* The key of a record. */
void rollup_key(struct layout_key *k, struct repo_scope s, enum repo_dim dim,
    enum repo_level level, int64_t bucket_ms, struct str name);

/* True if the dim keeps records of this level. */
bool rollup_has_level(enum repo_dim dim, enum repo_level level);

#endif
