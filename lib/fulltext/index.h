#ifndef FULLTEXT_INDEX_H
#define FULLTEXT_INDEX_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/cc.h"
#include "base/err.h"
#include "base/hash.h"
#include "base/str.h"
#include "kv/kv.h"

/*
 * Writing the full-text index, in the family KV_TEXT.
 *
 *	struct fulltext_writer *w = fulltext_writer_new();
 *
 *	fulltext_begin(w);
 *	if (document_check(bytes, e) ||
 *	    fulltext_put(w, scope, &rid, start_ms, bytes, e))
 *		… this document is refused
 *	if (fulltext_write(w, kv_latest(kv), batch, e)) …
 *	kv_write(kv, batch, …)
 *
 * A document has an id, of which there is one in a scope, and a time.  Each
 * time its content changes it gets the next number; the one it had is dead.
 * A document put again with the same content and time changes nothing.
 *
 * Layout, integers big-endian, keys begin with the scope; a block is the upper
 * half of a document's number:
 *	't' | term | 0 | block u16      → the list of its postings (posting.h)
 *	'n' | number u32                → id 16 bytes | time u64 (ms)
 *	'i' | id                        → number u32 | fingerprint u64 |
 *	                                  words u32
 *	'w' | block u16                 → (low u16 | time 48 bits) …
 *	'x' | block u16                 → low u16 …: numbers that died
 *	'b' | block u16                 → least and greatest time, u64 each
 *	's'                             → next number u32 | documents u64 |
 *	                                  words u64
 * Lists grow by kv_batch_append; numbers ascend, so they are in order.
 *
 * Why so: a store that merges (LSM) takes appends without reading, so that a
 * new document costs a few bytes for each of its words; a list by blocks of
 * 65,536 documents is read in few, long, compressed pieces; and times by block
 * let a search skip what is outside of its range.
 *
 * Threads: one object, one thread, the one that writes to the kv.
 */
enum { FULLTEXT_SCOPE_MAX = 16, FULLTEXT_GROUP_BYTES_MAX = 128 << 20 };

struct fulltext_writer;

struct fulltext_writer *fulltext_writer_new(void) CC_CHECK;
/* Accepts NULL. */
void fulltext_writer_free(struct fulltext_writer *w);

/* Drops what was not written. */
void fulltext_begin(struct fulltext_writer *w) CC_NONNULL(1);

/*
 * Notes a document that document_check has taken (copied); the last one of an
 * id wins.  Times before 1970 count as 1970.  ERR_LIMIT: the group is full.
 */
int fulltext_put(struct fulltext_writer *w, struct str scope,
    const struct hash128 *id, int64_t ms, struct str document, struct err *e)
    CC_CHECK CC_NONNULL(1, 3, 6);

/* Notes that there is no such document any more. */
int fulltext_remove(struct fulltext_writer *w, struct str scope,
    const struct hash128 *id, struct err *e) CC_CHECK CC_NONNULL(1, 3, 4);

/* Adds all that was noted to the batch; now is the store as the batch will
 * find it. */
int fulltext_write(struct fulltext_writer *w, struct kv_snapshot *now,
    struct kv_batch *batch, struct err *e) CC_CHECK CC_NONNULL(1, 2, 3, 4);

/* What the index has of an id. */
enum fulltext_state {
	FULLTEXT_NO_INDEX,      /* nothing of this scope was ever indexed */
	FULLTEXT_MISSING,
	FULLTEXT_OTHER,         /* another content or time */
	FULLTEXT_SAME
};
int fulltext_check(struct kv_snapshot *s, struct str scope,
    const struct hash128 *id, int64_t ms, struct str document,
    enum fulltext_state *out, struct err *e) CC_CHECK CC_NONNULL(1, 3, 6, 7);

/* Since fulltext_writer_new. */
struct fulltext_stats {
	uint64_t documents;     /* that got a number */
	uint64_t unchanged;     /* put again as they were */
	uint64_t postings;
};
const struct fulltext_stats *fulltext_writer_stats(
    const struct fulltext_writer *w) CC_NONNULL(1);

#endif
