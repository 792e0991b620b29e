#ifndef REPO_RECORD_H
#define REPO_RECORD_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/cc.h"
#include "base/err.h"
#include "kv/kv.h"
#include "model/run.h"
#include "repo/layout.h"

/*
 * Records of KV_EVENTS: the events of one request about one entity.
 *
 *	varint n, n bytes        run id, failure id or insight id
 *	then, until the end:
 *	    varint events        that follow with these:
 *	    signed varint        received_ms
 *	    varint n, n bytes    source
 *	    the events' bodies   (model/event.h)
 *
 * Threads: pure functions, scans as the snapshot.
 */
void record_encode(struct str id, const struct event *const *events, size_t n,
    struct buf *b) CC_NONNULL(4);

/* Events in an array that grows. */
struct record_list {
	struct event *v;
	size_t n, cap;
	struct str id;          /* set by the first record */
};

/*
 * Appends a record's events, with the env, run_id = the id, and texts borrowed
 * from bytes.  ERR_CORRUPT, or ERR_LIMIT past the arena's budget.
 */
int record_decode(struct str bytes, enum event_env env, struct arena *a,
    struct record_list *list, struct err *e) CC_CHECK CC_NONNULL(3, 4, 5);

/* All records of one entity in arrival order, copied into the arena; none is
 * no error (list->n is 0). */
int record_load(struct kv_snapshot *s, struct repo_scope scope,
    enum layout_class c, const struct hash128 *rid, struct arena *a,
    struct record_list *list, struct err *e) CC_CHECK
    CC_NONNULL(1, 4, 5, 6, 7);

/* The value of KV_RUNS: id and head. */
void record_run_encode(const struct run *run, struct buf *b) CC_NONNULL(1, 2);
bool record_run_split(struct str value, struct str *run_id, struct str *head)
    CC_CHECK CC_NONNULL(2, 3);

#endif
