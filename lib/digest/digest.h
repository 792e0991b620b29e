#ifndef DIGEST_DIGEST_H
#define DIGEST_DIGEST_H

#include <stddef.h>
#include <stdint.h>

#include "base/cc.h"
#include "base/err.h"
#include "insight/summary.h"
#include "model/event.h"
#include "model/run.h"
#include "repo/commit.h"
#include "repo/layout.h"

/*
 * Fills the summary that insights are made of, from a store's rollups or from
 * whole runs.  Both count what repo/contrib.h says a run contributes, and pick
 * the same runs to point at, so both give the same summary.
 *
 *	struct digest *d = digest_new(&week);
 *
 *	if (digest_read(d, snapshot, scope, e))         // from a store
 *		…
 *	if (digest_add_run(d, run, e)) …                // or: for each run
 *	if (digest_close(d, e)) …
 *	if (digest_event(d, created_ns, arena, &ev, e)) …
 *	digest_free(d);
 *
 * Memory: the summary and what it is made from, at most DIGEST_BYTES_MAX;
 * ERR_LIMIT past that.  The summary lives as long as the digest.
 * Threads: one object, one thread.  Errors: as repo/read.h.
 */
enum { DIGEST_BYTES_MAX = 512 << 20 };

struct digest;

/* A digest of the period and of the one before it. */
struct digest *digest_new(const struct period *now) CC_CHECK CC_NONNULL(1);
void digest_free(struct digest *d);

/* Calls fn now and then while the digest reads a store, with how many runs are
 * about done, of how many. */
void digest_watch(struct digest *d, void (*fn)(void *arg, int64_t done,
    int64_t runs), void *arg) CC_NONNULL(1, 2);

/* Reads both periods of a project and environment from one snapshot. */
int digest_read(struct digest *d, struct kv_snapshot *s,
    struct repo_scope scope, struct err *e) CC_CHECK CC_NONNULL(1, 2, 4);

/* Adds a whole run with its verdicts; what its spans cost is set first
 * (digest_price).  Runs outside of both periods count for nothing but the
 * first sight of failures.  run is borrowed for the call. */
int digest_add_run(struct digest *d, const struct run *run, struct err *e)
    CC_CHECK CC_NONNULL(1, 2, 3);

/* Adds a change of a failure's status; others are ignored. */
int digest_add_change(struct digest *d, const struct event *ev, struct err *e)
    CC_CHECK CC_NONNULL(1, 2, 3);

/* Takes the names of topics from an EVENT_TOPICS; the latest counts, others
 * are ignored.  Topics without a name are not in the summary. */
int digest_add_topics(struct digest *d, const struct event *ev,
    struct err *e) CC_CHECK CC_NONNULL(1, 2, 3);

/* Sets what each span of a run cost, as the store does. */
void digest_price(const struct repo_pricer *pricer, struct run *run)
    CC_NONNULL(1, 2);

/* Nothing more comes: sorts and cuts. */
int digest_close(struct digest *d, struct err *e) CC_CHECK CC_NONNULL(1, 2);

/* After digest_close: the insight (insight/report.h), in the arena; project,
 * env and received_ms are left to the caller. */
int digest_event(const struct digest *d, int64_t created_ns, struct arena *a,
    struct event *out, struct err *e) CC_CHECK CC_NONNULL(1, 3, 4, 5);

/* All of it: what a store says about a period. */
int digest_insight(struct kv_snapshot *s, struct repo_scope scope,
    const struct period *p, int64_t created_ns, struct arena *a,
    struct event *out, struct err *e) CC_CHECK CC_NONNULL(1, 3, 5, 6, 7);

/* After digest_close; borrowed from d. */
const struct insight_summary *digest_summary(const struct digest *d)
    CC_NONNULL(1);

#endif
