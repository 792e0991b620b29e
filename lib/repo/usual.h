#ifndef REPO_USUAL_H
#define REPO_USUAL_H

#include <stdbool.h>

#include "repo/read.h"

/*
 * What the runs of an agent usually take, and which run is far above it:
 * latency and cost outliers.
 *
 *	struct repo_usual u;
 *
 *	if (repo_usual(&view, run->agent, row.start_ms, &u, e)) …
 *	if (repo_is_slow(&u, &row.totals)) …
 *
 * Usual is what the REPO_USUAL_DAYS whole UTC days before the run's own day
 * say; with fewer than REPO_USUAL_RUNS runs in them nothing is unusual.  A
 * late run changes what was usual, so this is no part of a verdict: it is
 * decided when it is asked, from the same store always the same.
 *
 * Threads, errors, ownership: as repo/read.h.
 */
enum { REPO_USUAL_DAYS = 7, REPO_USUAL_RUNS = 30 };

struct repo_usual {
	int64_t runs;           /* 0: the agent is new, or has no name */
	int64_t ended;          /* of which the duration is known */
	int64_t p50_us, p95_us;
	int64_t mean_cost_pico_usd;
};

int repo_usual(const struct repo_view *v, struct str agent, int64_t run_ms,
    struct repo_usual *out, struct err *e) CC_CHECK CC_NONNULL(1, 4, 5);

/* It took more than three times the 95th percentile. */
bool repo_is_slow(const struct repo_usual *u, const struct run_totals *t)
    CC_NONNULL(1, 2);

/* It cost more than ten times the mean. */
bool repo_is_dear(const struct repo_usual *u, const struct run_totals *t)
    CC_NONNULL(1, 2);

#endif
