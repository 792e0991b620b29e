#ifndef REPO_SWEEP_H
#define REPO_SWEEP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cc.h"
#include "base/err.h"
#include "base/hash.h"
#include "kv/kv.h"
#include "model/run.h"
#include "repo/commit.h"
#include "repo/layout.h"
#include "repo/read.h"

/*
 * Runs that become an abandoned session by nothing but time (detect/detect.h):
 * a walk over the runs of a scope, oldest first, that stays
 * DETECT_ABANDONED_WAIT_MS behind the present and finds those whose verdict is
 * to be given again.
 *
 *	struct repo_sweep s;
 *
 *	if (repo_sweep_open(snapshot, scope, &s, e)) …     // once
 *	if (repo_sweep_next(snapshot, now_ms, arena, &s, e)) …
 *	if (s.seen && (repo_commit_sweep(commit, &s, e) ||
 *	    repo_commit_write(commit, false, e)))
 *		… next time from where it was: open it again
 *
 * The place that was reached is written with the marks of the runs, so that
 * none is left out whatever is killed when.  Every run passes once after its
 * 25 hours; one that arrives behind the walk is judged by its own lease, which
 * knows the time; one that is queued or leased as the walk passes is queued
 * anew, since that lease may have been given before its hours were over.
 *
 * Threads: one object, one thread; as the snapshot.
 */
enum { REPO_SWEEP_ROWS = 500 };

struct repo_sweep {
	struct repo_scope scope;
	bool has_last;                  /* the last run looked at */
	int64_t last_ms;
	struct hash128 last;
	/* The portion that repo_sweep_next found. */
	struct hash128 rid[REPO_SWEEP_ROWS];    /* to be judged again */
	size_t n;
	size_t seen;                    /* runs looked at */
	bool is_done;                   /* there were no more */
};

/* Where the walk over the scope is. */
int repo_sweep_open(struct kv_snapshot *s, struct repo_scope scope,
    struct repo_sweep *out, struct err *e) CC_CHECK CC_NONNULL(1, 3, 4);

/*
 * Looks at the next portion.  If the clock was set back behind the last place,
 * the walk goes on from the present: what was judged too early is looked at
 * again in time.  A run that is damaged or too large for the arena counts as to
 * be judged: whoever leases it says so.  The arena is reset for each run.
 */
int repo_sweep_next(struct kv_snapshot *s, int64_t now_ms, struct arena *a,
    struct repo_sweep *sweep, struct err *e) CC_CHECK
    CC_NONNULL(1, 3, 4, 5);

/* Adds the marks and the place to the group, which holds nothing else. */
int repo_commit_sweep(struct repo_commit *c, const struct repo_sweep *s,
    struct err *e) CC_CHECK CC_NONNULL(1, 2, 3);

/* True if its current verdict has an abandoned session.  A head will do. */
bool repo_run_is_abandoned(const struct run *run) CC_NONNULL(1);

/* What the session's last run ended with if that verdict says that it was
 * abandoned (detect_bad_end), or NULL; also if row->last is not the last. */
const char *repo_session_abandoned(const struct repo_session_row *row)
    CC_NONNULL(1);

/*
 * When the run after this one in its session began, 0 if it is the last.  h8
 * is the hash64 of the session's id: two sessions with one hash count as one.
 */
int repo_session_next(struct kv_snapshot *s, struct repo_scope scope,
    uint64_t h8, int64_t ms, const struct hash128 *rid, int64_t *next_ms,
    struct err *e) CC_CHECK CC_NONNULL(1, 5, 6, 7);

#endif
