#ifndef FILTER_RUNS_H
#define FILTER_RUNS_H

#include "base/arena.h"
#include "base/err.h"
#include "detect/detect.h"
#include "model/event.h"
#include "model/run.h"
#include "repo/commit.h"

/*
 * The runs of a stream of events, gathered in memory: what stands in for the
 * store when a stage runs as a filter.
 *
 *	struct filter_runs *runs = filter_runs_new(max_bytes, n, &pricer);
 *
 *	… filter_runs_add(runs, &ev, e) for each event …
 *	if (filter_runs_close(runs, e))
 *		return e->code;
 *	for (size_t i = 0; i < filter_runs_count(runs); i++)
 *		filter_runs_get(runs, i, arena, &view, e);
 *
 * Memory: the encoded events, at most max_bytes in all; ERR_LIMIT past that.
 * Threads: one object, one thread.
 */
struct filter_runs;

/* A run with what surrounds it; borrowed from the arena and the object. */
struct filter_run {
	struct str project;
	enum event_env env;
	struct run *run;                /* folded from all its events */
	/* Runs of its session that began before it, oldest first, at most
	 * n_earlier_max of filter_runs_new; heads. */
	const struct run *const *earlier;
	size_t n_earlier;
	/* With a pricer: what the run cost, what is usual for its agent among
	 * the runs of the stream (repo/usual.h; lives as long as the object),
	 * and when the next run of its session began, or 0. */
	int64_t cost_pico_usd;
	const struct detect_usual *usual;
	int64_t next_ms;
};

/* pricer (borrowed) may be NULL: then usual is, too. */
struct filter_runs *filter_runs_new(size_t max_bytes, size_t n_earlier_max,
    const struct repo_pricer *pricer) CC_CHECK;
void filter_runs_free(struct filter_runs *f);

/* Keeps a copy of an event of a run; others are ignored. */
int filter_runs_add(struct filter_runs *f, const struct event *ev,
    struct err *e) CC_CHECK CC_NONNULL(1, 2, 3);

/* No more events come: finds out which runs form sessions. */
int filter_runs_close(struct filter_runs *f, struct err *e) CC_CHECK
    CC_NONNULL(1, 2);

/* Runs in the order in which they first appeared. */
size_t filter_runs_count(const struct filter_runs *f) CC_NONNULL(1);
int filter_runs_get(const struct filter_runs *f, size_t i, struct arena *a,
    struct filter_run *out, struct err *e) CC_CHECK CC_NONNULL(1, 3, 4, 5);

/* What a verdict on it is a function of, at a time (0: too early to say that a
 * session was abandoned).  Borrowed from r. */
struct detect_input filter_run_input(const struct filter_run *r,
    int64_t now_ms) CC_NONNULL(1);

#endif
