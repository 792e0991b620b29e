#ifndef REPO_REBUILD_H
#define REPO_REBUILD_H

#include "model/run.h"
#include "repo/verify.h"

/*
 * Inside lib/repo only: derives everything from the events of one store and
 * writes it into another, or the same.
 */
struct rebuild {
	struct kv_snapshot *from;
	struct kv *to;                  /* its derived families are empty */
	struct repo_pricer pricer;
	repo_progress_fn *progress;     /* may be NULL */
	bool all_work;                  /* every run has to be in the queue */
	/* Called for a run that is not in from's work queue, and has to be: its
	 * rev has no verdict. */
	int (*unqueued)(struct rebuild *r, struct kv_batch *b,
	    struct repo_scope scope, const struct hash128 *rid,
	    struct err *e);
	/* Called for a run that is there, or need not be; may be NULL. */
	int (*settled)(struct rebuild *r, struct repo_scope scope,
	    const struct hash128 *rid, const struct run *run, bool is_queued,
	    struct err *e);
	void *arg;
	uint64_t runs, events;
};

int rebuild_all(struct rebuild *r, struct err *e) CC_CHECK CC_NONNULL(1, 2);

#endif
