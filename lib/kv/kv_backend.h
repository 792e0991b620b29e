#ifndef KV_KV_BACKEND_H
#define KV_KV_BACKEND_H

#include "kv/kv.h"

/*
 * How to put another store behind kv.h (here RocksDB and memory; elsewhere a
 * reader over the message bus).  A backend embeds the two bases as the first
 * members of its own structs, fills them in, and hands out their addresses:
 *
 *	struct remote {
 *		struct kv base;
 *		struct kv_snapshot latest;
 *		...
 *	};
 *
 *	r->base = (struct kv){ .ops = &remote_ops, .latest = &r->latest };
 *	r->latest.kv = &r->base;
 *	return &r->base;
 *
 * kv.c checks arguments before it calls: written keys have 1 to KV_KEY_MAX
 * bytes, families are in the set, ranges are not empty (from < to where both
 * are given), the batch has not failed, n > 0, out buffers are empty, *found
 * is false.  A NULL operation is answered with ERR_INVALID by kv.c; only close,
 * snapshot_open, snapshot_close, get, multi_get and scan are required.
 * Contracts are those of kv.h.
 */
struct kv_ops {
	const char *name;	/* "rocks": for messages */
	void (*close)(struct kv *kv);

	int (*snapshot_open)(struct kv *kv, struct kv_snapshot **out,
	    struct err *e);
	/* Never called with kv->latest. */
	void (*snapshot_close)(struct kv_snapshot *s);
	int (*get)(struct kv_snapshot *s, enum kv_family f, struct str key,
	    struct buf *out, bool *found, struct err *e);
	/* values are all STR_NULL on entry. */
	int (*multi_get)(struct kv_snapshot *s, enum kv_family f,
	    const struct str *keys, size_t n, struct str *values,
	    struct arena *a, struct err *e);
	/* end is never NULL and is zeroed on entry. */
	int (*scan)(struct kv_snapshot *s, const struct kv_range *r,
	    kv_scan_fn *fn, void *arg, struct kv_scan_end *end,
	    struct err *e);

	int (*write)(struct kv *kv, const struct kv_batch *b, bool sync,
	    struct err *e);
	int (*checkpoint)(struct kv *kv, const char *dir, struct err *e);
	/* Gives back the space of a range that was deleted; both ends may be
	 * empty, which means all of the family. */
	int (*compact)(struct kv *kv, enum kv_family f, struct str from,
	    struct str to, struct err *e);
	/* Adds what it knows; *out is zeroed on entry. */
	int (*stats)(struct kv *kv, struct kv_stats *out, struct err *e);
};

struct kv {
	const struct kv_ops *ops;
	struct kv_snapshot *latest;
};

struct kv_snapshot {
	struct kv *kv;
};

enum kv_op_kind {
	KV_OP_PUT, KV_OP_APPEND, KV_OP_DELETE, KV_OP_DELETE_RANGE
};

/* One change of a batch, borrowed from it. */
struct kv_op {
	enum kv_op_kind kind;
	enum kv_family family;
	struct str key;		/* or from, maybe empty, of a range */
	struct str value;	/* or to, maybe empty, of a range */
};

/* Walks a batch: *at starts as 0; false at the end. */
bool kv_batch_next(const struct kv_batch *b, size_t *at, struct kv_op *op)
    CC_CHECK CC_NONNULL(1, 2, 3);

/*
 * Gives one row to fn and keeps the accounts of a scan.  Returns 0 to go on,
 * KV_STOP when the scan is over by limit, max_bytes or fn, or fn's error.
 */
int kv_scan_row(const struct kv_range *r, kv_scan_fn *fn, void *arg,
    struct str key, struct str value, struct kv_scan_end *end,
    struct err *e) CC_CHECK CC_NONNULL(1, 2, 6, 7);

#endif
