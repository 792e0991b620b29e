#ifndef STORE_LEASES_H
#define STORE_LEASES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cc.h"
#include "base/str.h"
#include "repo/work.h"

/*
 * Who works on what, in memory only: a restart forgets it, and the work queue
 * on disk hands everything out again.  A lease is named by the seq of its
 * work entry, so that a verdict is right even when nobody remembers the lease.
 *
 *	struct leases *l = leases_new(30000, 8192);
 *
 *	if (leases_take(l, &work, worker, newest_ms, now_ms)) …
 *	leases_settle(l, seq);
 *	if (leases_expire(l, now_ms)) … leases_redo(l, &seq)
 *
 * Times are monotonic ms but for received_ms.  Threads: any.
 */
struct leases;

enum { LEASES_TRIES = 3 };

struct leases *leases_new(int64_t timeout_ms, size_t max) CC_CHECK;
void leases_free(struct leases *l);

/* False if it is held already, or too many are.  received_ms is when the
 * newest event of the run was received. */
bool leases_take(struct leases *l, const struct repo_work *w,
    struct str worker, int64_t received_ms, int64_t now_ms) CC_CHECK;

/* Nobody gets this entry until the next start: it cannot be worked on. */
void leases_shelve(struct leases *l, const struct repo_work *w);

/* Copies what a lease is about; false if there is no such lease. */
bool leases_find(struct leases *l, uint64_t seq, struct repo_work *w,
    int64_t *received_ms) CC_CHECK;

/* Ends a lease, if there is one. */
void leases_settle(struct leases *l, uint64_t seq);

/* False if there is no such lease. */
bool leases_extend(struct leases *l, uint64_t seq, int64_t now_ms) CC_CHECK;

/* The entry is for another worker now.  False if there is no such lease. */
bool leases_abandon(struct leases *l, uint64_t seq) CC_CHECK;

/*
 * The same for all whose time is over; how many that were.  One to which this
 * happens LEASES_TRIES times is shelved: it may be what its workers die of.
 */
size_t leases_expire(struct leases *l, int64_t now_ms) CC_CHECK;

/* An entry that was abandoned or has expired, in that order; each once.  It
 * may be settled by now: if nothing is left of it, leases_settle says so. */
bool leases_redo(struct leases *l, uint64_t *seq) CC_CHECK;
/* Puts one back that could not be handed out. */
void leases_again(struct leases *l, uint64_t seq);

/* Leases held; entries that wait to be handed out once more. */
size_t leases_count(struct leases *l) CC_CHECK;
size_t leases_redo_count(struct leases *l) CC_CHECK;

#endif
