#ifndef FILTER_INSIGHTS_H
#define FILTER_INSIGHTS_H

#include <stddef.h>

#include "base/cc.h"
#include "base/err.h"
#include "filter/runs.h"
#include "insight/period.h"
#include "model/event.h"
#include "repo/commit.h"

/*
 * Insights of a stream of events: one for each project and environment with
 * runs in it.
 *
 *	struct filter_insights_options o = { .period = week,
 *	    .pricer = store_pricer_get(prices), .max_bytes = 512 << 20 };
 *	struct filter_insights *f = filter_insights_new(&o);
 *
 *	… filter_insights_add(f, &ev, e) for each event …
 *	rc = filter_insights_close(f, write_insight, out, e);
 *	filter_insights_free(f);
 *
 * Memory: as filter/runs.h, and lib/digest's.  Threads: one object, one
 * thread.
 */
struct filter_insights;

struct filter_insights_options {
	struct period period;
	struct repo_pricer pricer;
	size_t max_bytes;
	/* Lays a verdict over a run that has none; NULL: it stays without. */
	int (*judge)(void *arg, const struct filter_run *r, struct arena *a,
	    struct err *e);
	void *judge_arg;
	size_t n_earlier;       /* turns that judge is shown */
	/* Told of each run that is done; NULL: nobody is. */
	void (*watch)(void *arg, size_t done, size_t runs);
	void *watch_arg;
};

struct filter_insights *filter_insights_new(
    const struct filter_insights_options *o) CC_CHECK CC_NONNULL(1);
/* Accepts NULL. */
void filter_insights_free(struct filter_insights *f);

int filter_insights_add(struct filter_insights *f, const struct event *ev,
    struct err *e) CC_CHECK CC_NONNULL(1, 2, 3);

/*
 * No more events come: calls take with each insight, in the order in which
 * projects first appeared.  Made as of the period's end, so that the same
 * input gives the same bytes.
 */
int filter_insights_close(struct filter_insights *f, int (*take)(void *arg,
    const struct event *ev, struct err *e), void *arg, struct err *e) CC_CHECK
    CC_NONNULL(1, 2, 4);

#endif
