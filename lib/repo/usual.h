#ifndef REPO_USUAL_H
#define REPO_USUAL_H

#include "detect/detect.h"
#include "repo/read.h"

/*
 * What the runs of an agent usually take and cost: over the
 * DETECT_USUAL_DAYS whole UTC days before a run's own, so that all runs of a
 * day are measured by the same, and none by itself.
 *
 *	struct repo_usuals *usuals = repo_usuals_new();
 *	const struct detect_usual *u;
 *
 *	if (repo_usuals_get(usuals, &view, run->agent, start_ms,
 *	    clock_mono_ms(), &u, e))
 *		return e->code;
 *	… detect_input.usual = u …
 *	repo_usuals_free(usuals);
 *
 * Threads, errors: as repo/read.h.
 */
int repo_usual(const struct repo_view *v, struct str agent, int64_t run_ms,
    struct detect_usual *out, struct err *e) CC_CHECK CC_NONNULL(1, 4, 5);

/* What the sum of the agent's rollups of those days says. */
void repo_usual_of(const struct rollup *sum, struct detect_usual *out)
    CC_NONNULL(1, 2);

/* First and last day that count for a run, half-open; false: there are none. */
bool repo_usual_days(int64_t run_ms, int64_t *from_ms, int64_t *to_ms)
    CC_CHECK CC_NONNULL(2, 3);

/*
 * Remembers REPO_USUALS_MAX of them, each for REPO_USUALS_MS: late data count
 * that much later.  The view's arena is not used.
 */
enum { REPO_USUALS_MAX = 1024, REPO_USUALS_MS = 60000 };

struct repo_usuals;

struct repo_usuals *repo_usuals_new(void) CC_CHECK;
void repo_usuals_free(struct repo_usuals *u);

/* *out is valid until the next call; runs is 0 for an agent without name. */
int repo_usuals_get(struct repo_usuals *u, const struct repo_view *v,
    struct str agent, int64_t run_ms, int64_t mono_ms,
    const struct detect_usual **out, struct err *e) CC_CHECK
    CC_NONNULL(1, 2, 6, 7);

#endif
