#ifndef REPO_CONTRIB_H
#define REPO_CONTRIB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/cc.h"
#include "model/run.h"
#include "repo/rollup.h"

/*
 * What one run adds to the rollups: a pure function of its head, so that the
 * writer can take an old contribution out, and readers can count the runs of
 * a part of a minute.
 *
 *	struct contribs list;
 *
 *	if (!contribs_of(run, arena, &list))
 *		return err_set(e, ERR_LIMIT, "run: too large");
 *	for (i = 0; i < list.n; i++)
 *		… list.v[i].c[COUNT_RUNS] …
 *
 * Names are borrowed from the run.
 */
struct contrib {
	enum repo_dim dim;
	struct str name;
	int64_t ms;             /* decides the buckets; clamped */
	int64_t c[ROLLUP_COUNTERS];
	int64_t *durations_us;
	size_t ndurations, durations_cap;
	int64_t *firsts_us;
	size_t nfirsts, firsts_cap;
	struct str label;       /* for LEVEL_ALL */
};

struct contribs {
	struct contrib *v;
	size_t n, cap;
};

/* False past the arena's budget. */
bool contribs_of(const struct run *run, struct arena *a, struct contribs *out)
    CC_CHECK CC_NONNULL(1, 2, 3);

/* r += sign * c, without the label. */
void contrib_add(struct rollup *r, const struct contrib *c, int sign)
    CC_NONNULL(1, 2);

/* When a failure occurred: its own time, else the run's start. */
int64_t failure_hit_ms(const struct failure_hit *f, int64_t run_ms)
    CC_NONNULL(1);

#endif
