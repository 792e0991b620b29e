#ifndef STORE_SNAPS_H
#define STORE_SNAPS_H

#include <stddef.h>
#include <stdint.h>

#include "base/cc.h"
#include "base/err.h"
#include "kv/kv.h"
#include "store/proto.h"

/*
 * The snapshots that remote readers hold.  A client names its own, and says
 * at the first read that it is to be made; it goes when the client closes it,
 * or was not used for a while: clients die without saying so.
 *
 *	struct snap *x;
 *
 *	if (snaps_acquire(t, &m.snap, now_ms, &x, e))
 *		return e->code;
 *	rc = kv_get(snap_kv(x), …);
 *	snaps_release(t, x, m.snap.once, now_ms);
 *
 * One read at a time uses a snapshot; a second gets ERR_AGAIN, as does who
 * asks for one that is gone, or for one more than there may be.
 * Times are monotonic ms.  Threads: any.
 */
struct snaps;
struct snap;

struct snaps *snaps_new(struct kv *kv, size_t max, int64_t idle_ms) CC_CHECK;

/* None may be acquired. */
void snaps_free(struct snaps *t);

int snaps_acquire(struct snaps *t, const struct store_snap *m, int64_t now_ms,
    struct snap **out, struct err *e) CC_CHECK;
struct kv_snapshot *snap_kv(const struct snap *x) CC_CHECK;
void snaps_release(struct snaps *t, struct snap *x, bool close,
    int64_t now_ms);

/* Harmless if there is no such snapshot. */
void snaps_close(struct snaps *t, const struct store_snap *m);

/* Closes those that were idle too long; returns how many. */
size_t snaps_expire(struct snaps *t, int64_t now_ms);

size_t snaps_count(struct snaps *t) CC_CHECK;

#endif
