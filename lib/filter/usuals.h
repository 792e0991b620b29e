#ifndef FILTER_USUALS_H
#define FILTER_USUALS_H

#include "base/arena.h"
#include "base/err.h"
#include "detect/detect.h"
#include "model/run.h"

/*
 * Inside lib/filter only: what repo/usual.h is to a store, for the runs of a
 * stream.
 *
 *	struct filter_usuals *u = filter_usuals_new();
 *
 *	… filter_usuals_add(u, project, env, run, arena, e) for each run …
 *	usual = filter_usuals_get(u, project, env, run->agent, run_ms);
 *	filter_usuals_free(u);
 *
 * Memory: a rollup for each agent and day.  Threads: one object, one thread.
 */
struct filter_usuals;

struct filter_usuals *filter_usuals_new(void) CC_CHECK;
void filter_usuals_free(struct filter_usuals *u);

/* ERR_LIMIT past the arena's budget, which is for the call alone. */
int filter_usuals_add(struct filter_usuals *u, struct str project,
    enum event_env env, const struct run *run, struct arena *a,
    struct err *e) CC_CHECK CC_NONNULL(1, 4, 5, 6);

/* Once all are added; lives as long as the object. */
const struct detect_usual *filter_usuals_get(struct filter_usuals *u,
    struct str project, enum event_env env, struct str agent, int64_t run_ms)
    CC_NONNULL(1);

#endif
