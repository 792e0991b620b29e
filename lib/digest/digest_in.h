#ifndef DIGEST_DIGEST_IN_H
#define DIGEST_DIGEST_IN_H

#include "base/arena.h"
#include "base/hash.h"
#include "base/map.h"
#include "digest/digest.h"
#include "repo/read.h"
#include "repo/rollup.h"

/*
 * Inside lib/digest only: a summary under construction.  digest_repo.c and
 * digest_runs.c fill the same cells, digest.c makes the summary of them.
 */
enum { PAIR_RUNS_MAX = INSIGHT_PAIR_RUNS, FAILURES_READ_MAX = 1000 };

/* A name of a dimension. */
struct cell {
	struct str name;
	struct rollup sum[PERIODS];
	struct insight_counts *slices[PERIODS];
};

/* A run to point at, with what decides its place. */
struct card {
	struct insight_run run;
	int64_t ms;
	struct hash128 rid;
};

struct cards {
	struct card *v;
	size_t n, cap;
};

struct pattern_cell {
	struct str slug;
	struct cards latest;            /* in NOW */
	bool is_cut[PERIODS];           /* too many to count in pairs */
	int64_t runs[PERIODS];
};

struct failure_cell {
	struct insight_failure f;
	struct cards hits;              /* in NOW */
	int64_t resolved_ms;            /* 0: not resolved */
	/* Of runs only: first occurrences behind the resolution need all. */
	int64_t *times_ms;
	size_t ntimes, times_cap;
};

struct digest {
	struct arena *arena;
	struct insight_summary s;
	int64_t bounds[PERIODS][PERIOD_SLICES_MAX + 1];
	size_t nbounds[PERIODS];
	struct map *cells[INSIGHT_DIMS];
	struct map *pairs[INSIGHT_DIMS];        /* slug NUL name → pair */
	struct map *patterns, *failures, *changes;
	struct cards recent;
	struct map *topics;             /* id → struct insight_row: names */
	int64_t topics_generation;
	void (*watch)(void *arg, int64_t done, int64_t runs);
	void *watch_arg;
	int64_t steps, steps_done;      /* of reading a store */
};

/* The cell of a name, made if need be; NULL past the budget. */
struct cell *digest_cell(struct digest *d, enum insight_dim dim,
    struct str name) CC_CHECK;
struct failure_cell *digest_failure(struct digest *d, struct str id) CC_CHECK;
struct pattern_cell *digest_pattern(struct digest *d, struct str slug)
    CC_CHECK;

/* to += r, without its sketches. */
void digest_count(struct insight_counts *to, const int64_t *c);

/* Adds what is shown of the run; quote and model are looked for.  False past
 * the budget. */
bool digest_card(struct digest *d, struct cards *list, const struct run *run,
    int64_t ms, struct str quote) CC_CHECK;

/* Counts a run with the pattern by agent, user and organisation, and keeps it
 * to point at. */
int digest_pattern_run(struct digest *d, int period, struct str slug,
    const struct run *run, int64_t ms, struct err *e) CC_CHECK;

/* Users and organisations of both periods, from the store. */
int digest_people(struct digest *d, struct repo_view *v, struct err *e)
    CC_CHECK;

/* So many steps of reading are done. */
void digest_step(struct digest *d, int64_t n);

/* Names of topics, from a model (NULL: none) or its event. */
struct topic_model;
int digest_topics(struct digest *d, const struct topic_model *m,
    struct err *e) CC_CHECK;

int digest_spent(struct err *e);

#endif
