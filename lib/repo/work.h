#ifndef REPO_WORK_H
#define REPO_WORK_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/cc.h"
#include "base/err.h"
#include "kv/kv.h"
#include "model/run.h"
#include "repo/layout.h"

/*
 * The work queue: runs that changed since their last verdict, oldest first.
 * A run has one entry at most; each change gives it a new seq, at the end.
 * Who leases what is kept in memory by weir-store; an entry goes away when
 * its verdict is committed (repo/commit.h).
 *
 *	repo_work_scan(s, 0, work, ARRAY_LEN(work), &n, e);
 *	repo_work_load(s, &work[0], arena, &bundle, e);
 *	… encode bundle, send it to a classifier …
 *
 * Threads: as the snapshot.
 */
struct repo_work {
	uint64_t seq;
	struct repo_scope scope;
	struct hash128 rid;
};

/* Up to max entries with seq >= from_seq. */
int repo_work_scan(struct kv_snapshot *s, uint64_t from_seq,
    struct repo_work *out, size_t max, size_t *n, struct err *e) CC_CHECK
    CC_NONNULL(1, 3, 5, 6);

/* Entries in the queue, counted up to max (for /metrics). */
int repo_work_depth(struct kv_snapshot *s, size_t max, size_t *n,
    struct err *e) CC_CHECK CC_NONNULL(1, 3, 4);

/* What a classifier needs to read one run. */
struct repo_bundle {
	struct str project;     /* name */
	struct str run_id;
	uint64_t rev;           /* its verdict says this rev */
	struct event *events;   /* all of the run, in arrival order; with */
	size_t nevents;         /* project and run_id, ready for event_encode */
	struct run **earlier;   /* heads of up to REPO_EARLIER_MAX runs */
	size_t nearlier;        /* before it in the session, oldest first; */
	                        /* their prompts and responses are previews */
	struct run *head;       /* its own, as stored */
	int64_t run_ms;         /* when it began: repo_run_ms */
	int64_t cost_pico_usd;
	int64_t next_ms;        /* when the next run of its session began; 0:
				 * none did, or it is too early to ask */
};

/* ERR_NOT_FOUND: the run is gone (take the entry away).  ERR_LIMIT: larger
 * than the arena.  Everything lives in the arena. */
int repo_work_load(struct kv_snapshot *s, const struct repo_work *w,
    struct arena *a, struct repo_bundle *out, struct err *e) CC_CHECK
    CC_NONNULL(1, 2, 3, 4, 5);

/*
 * Sets b->next_ms if it can matter by now: the run belongs to a conversation
 * and began DETECT_ABANDONED_WAIT_MS before now_ms.
 */
int repo_work_next(struct kv_snapshot *s, const struct repo_work *w,
    int64_t now_ms, struct repo_bundle *b, struct err *e) CC_CHECK
    CC_NONNULL(1, 2, 4, 5);

#endif
