#ifndef KV_KV_H
#define KV_KV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cc.h"
#include "base/err.h"
#include "base/str.h"

struct arena;
struct buf;

/*
 * The narrow seam to the storage engine: an ordered map of bytes to bytes in a
 * few families, with atomic batches, snapshots, ordered scans and checkpoints.
 * RocksDB stands behind it in weir-store, an ordered map in memory in tests;
 * kv_backend.h says how to put a third thing there.
 *
 *	struct kv *kv;
 *	struct kv_snapshot *s;
 *	struct kv_batch *b = kv_batch_new(16 << 20);
 *	bool found;
 *
 *	if (kv_rocks_open("/var/lib/weir/db", NULL, &kv, e))
 *		return err_wrap(e, "start");
 *	kv_batch_put(b, KV_STATE, STR("answer"), STR("42"));
 *	if (kv_write(kv, b, true, e))
 *		return err_wrap(e, "commit");
 *	if (kv_snapshot_open(kv, &s, e))
 *		return err_wrap(e, "read");
 *	rc = kv_get(s, KV_STATE, STR("answer"), &value, &found, e);
 *	kv_snapshot_close(s);
 *	kv_batch_free(b);
 *	kv_close(kv);
 *
 * Keys are compared as unsigned bytes, a prefix before what it is a prefix of
 * (str_cmp).  A key has 1 to KV_KEY_MAX bytes, a value any number.
 *
 * Threads: kv_write, kv_compact and kv_clear_range are for one thread at a
 * time.  Reads run beside them in any number of threads, a snapshot in one
 * thread at a time.  Never fork after kv_rocks_open: a child that opens a
 * database of its own hangs.
 *
 * Errors: ERR_IO the disk failed; ERR_CORRUPT stored bytes are damaged, stop;
 * ERR_LIMIT a buffer or arena given by the caller is too small; ERR_AGAIN the
 * engine is busy; ERR_INVALID this kind of store cannot do that.
 */
struct kv;

/* The families; the set is fixed when a database is made. */
enum kv_family {
	KV_DEFAULT,	/* schema version, counters */
	KV_EVENTS,	/* the truth: accepted patches, written once */
	KV_RUNS,	/* folded heads of runs */
	KV_INDEX,	/* orders and filters to run ids */
	KV_ROLLUPS,	/* counters by time bucket */
	KV_WORK,	/* what the classifiers still have to see */
	KV_STATE,	/* failures, insights and other small documents */
	KV_KEYS,	/* API key hashes, projects */
	KV_TEXT,	/* the full-text index; the family for kv_batch_append */
	KV_FAMILY_COUNT
};

enum { KV_KEY_MAX = 1024 };

/* "default", "events", ...: as in metrics. */
const char *kv_family_name(enum kv_family f);

/* ---- open and close ---- */

/* A field that is 0 means its default. */
struct kv_rocks_options {
	size_t cache_bytes;	/* decompressed blocks, indexes, filters: 32 MB */
	size_t write_bytes;	/* all write buffers together: 32 MB */
	int max_open_files;	/* 256 */
};

/*
 * Opens the database in directory path for reading and writing; makes it if
 * there is none (mode 0700, its parent must exist).  o may be NULL.
 * ERR_EXISTS: another process has it open.  ERR_INVALID: it holds families
 * that this version does not know.
 */
int kv_rocks_open(const char *path, const struct kv_rocks_options *o,
    struct kv **out, struct err *e) CC_CHECK CC_NONNULL(1, 3, 4);

/*
 * Opens a checkpoint, for reading only, by any number of processes.  Not for a
 * directory that somebody writes to: files vanish under the reader.
 * ERR_NOT_FOUND: there is no database.
 */
int kv_rocks_open_readonly(const char *path, const struct kv_rocks_options *o,
    struct kv **out, struct err *e) CC_CHECK CC_NONNULL(1, 3, 4);

/* An empty store in memory, gone with kv_close. */
struct kv *kv_memory_new(void) CC_CHECK;

/* Every snapshot must be closed before (BUG otherwise).  Accepts NULL. */
void kv_close(struct kv *kv);

/* ---- write ---- */

/*
 * A list of changes, applied in their order and all or none.  A change that
 * would pass max_bytes, or whose key is empty or too long, is not added and
 * makes kv_write answer ERR_LIMIT, until kv_batch_clear.
 */
struct kv_batch;

struct kv_batch *kv_batch_new(size_t max_bytes) CC_CHECK;
void kv_batch_free(struct kv_batch *b);

/* Empties it; keeps the memory. */
void kv_batch_clear(struct kv_batch *b) CC_NONNULL(1);

/* Keys and values are copied. */
void kv_batch_put(struct kv_batch *b, enum kv_family f, struct str key,
    struct str value) CC_NONNULL(1);
void kv_batch_delete(struct kv_batch *b, enum kv_family f, struct str key)
    CC_NONNULL(1);

/*
 * Adds value behind what key holds, or makes it if there is no such key,
 * without reading it: for lists that grow at their end.  Only in KV_TEXT (BUG
 * elsewhere).
 */
void kv_batch_append(struct kv_batch *b, enum kv_family f, struct str key,
    struct str value) CC_NONNULL(1);

/*
 * Deletes from <= key < to; an empty from is the first key, an empty to is
 * behind the last.  For rare and large removals: reads near the range pay for
 * it until the engine has compacted it away.
 */
void kv_batch_delete_range(struct kv_batch *b, enum kv_family f,
    struct str from, struct str to) CC_NONNULL(1);

/* Bytes held (keys, values and some per change); changes held. */
size_t kv_batch_bytes(const struct kv_batch *b) CC_NONNULL(1);
size_t kv_batch_count(const struct kv_batch *b) CC_NONNULL(1);

/*
 * Applies the batch, which stays as it is.  With sync it is on disk when this
 * returns 0; without, it is visible at once and on disk with the next synced
 * write.  After an error nothing of it is visible.
 */
int kv_write(struct kv *kv, const struct kv_batch *b, bool sync,
    struct err *e) CC_CHECK CC_NONNULL(1, 2, 4);

/* ---- read ---- */

/* The store as it was at one moment between two writes. */
struct kv_snapshot;

int kv_snapshot_open(struct kv *kv, struct kv_snapshot **out, struct err *e)
    CC_CHECK CC_NONNULL(1, 2, 3);

/* Accepts NULL and what kv_latest returned (which it leaves alone). */
void kv_snapshot_close(struct kv_snapshot *s);

/*
 * A view of the store that moves with it: each call sees all writes that
 * returned before it, a scan those before it began.  Owned by kv, free of
 * charge: what the single writer reads through.
 */
struct kv_snapshot *kv_latest(struct kv *kv) CC_NONNULL(1) CC_CHECK;

/*
 * Replaces the content of out with the value of key and sets *found; if there
 * is none, *found is false and out is empty.  ERR_LIMIT: the value is larger
 * than out may become.
 */
int kv_get(struct kv_snapshot *s, enum kv_family f, struct str key,
    struct buf *out, bool *found, struct err *e)
    CC_CHECK CC_NONNULL(1, 4, 5, 6);

/*
 * The values of n keys, in one go: values[i] lives in the arena, and is
 * STR_NULL if there is no keys[i] (an empty value has p != NULL).
 */
int kv_multi_get(struct kv_snapshot *s, enum kv_family f,
    const struct str *keys, size_t n, struct str *values, struct arena *a,
    struct err *e) CC_CHECK CC_NONNULL(1, 6, 7);

/* What to scan.  Zero fields mean: no bound, forwards, no limit. */
struct kv_range {
	enum kv_family family;
	struct str from;	/* inclusive; empty: the first key */
	struct str to;		/* exclusive; empty: behind the last key */
	bool reverse;		/* from the highest key below `to` downwards */
	bool keys_only;		/* value is empty in the callback */
	bool is_bulk;		/* long: read ahead, leave the cache alone */
	size_t limit;		/* rows */
	size_t max_bytes;	/* ends with the row that reaches it */
};

/* How a scan ended. */
struct kv_scan_end {
	size_t n;		/* rows given to the callback */
	size_t bytes;		/* of their keys and values */
	bool is_complete;	/* ran off the range: nothing is left */
};

enum { KV_STOP = 1 };

/*
 * One row; key and value are borrowed for the call.  Returns 0 to go on,
 * KV_STOP to end the scan behind this row, or an error code set in *e, which
 * ends it too and is what kv_scan returns.  May read and write the same kv.
 */
typedef int kv_scan_fn(void *arg, struct str key, struct str value,
    struct err *e);

/*
 * Calls fn for each row of the range in order.  end may be NULL.  If it is
 * not complete, go on from the last row with from = kv_key_after(key), or with
 * to = key in reverse.
 */
int kv_scan(struct kv_snapshot *s, const struct kv_range *r, kv_scan_fn *fn,
    void *arg, struct kv_scan_end *end, struct err *e)
    CC_CHECK CC_NONNULL(1, 2, 3, 6);

/*
 * The upper bound of a prefix: the first key behind all that begin with it,
 * written to space, which has room for prefix.n bytes.  Empty (that is, no
 * bound) if the prefix is empty or all 0xff.
 */
struct str kv_prefix_end(struct str prefix, char *space);

/* The next possible key, written to space: room for key.n + 1 bytes. */
struct str kv_key_after(struct str key, char *space) CC_NONNULL(2);

/* ---- care ---- */

/*
 * Makes directory dir, on the same filesystem, into a copy that
 * kv_rocks_open_readonly opens: hard links and the tail of the log, no flush,
 * some milliseconds.  dir must not exist.  ERR_INVALID in memory.
 */
int kv_checkpoint(struct kv *kv, const char *dir, struct err *e)
    CC_CHECK CC_NONNULL(1, 2, 3);

/* Deletes a range for good: synced, and its space given back. */
int kv_clear_range(struct kv *kv, enum kv_family f, struct str from,
    struct str to, struct err *e) CC_CHECK CC_NONNULL(1, 5);

/* Rewrites all of it to its smallest form; takes as long as that takes. */
int kv_compact(struct kv *kv, struct err *e) CC_CHECK CC_NONNULL(1, 2);

struct kv_stats {
	uint64_t disk_bytes;		/* all files, the log included */
	uint64_t memtable_bytes;	/* write buffers */
	uint64_t cache_bytes;		/* block cache in use */
	uint64_t table_bytes;		/* readers of open files */
	uint64_t pending_compaction_bytes;	/* estimate */
	uint64_t background_errors;	/* since open: not ready if > 0 */
	uint64_t delayed_write_bytes_per_s;	/* 0: writes are not slowed */
	bool is_write_stopped;		/* not ready */
	uint64_t n_snapshots;		/* open now */
	uint64_t n_keys[KV_FAMILY_COUNT];	/* estimates */
};

/* For /metrics and /ready; some tens of microseconds.  Any thread. */
int kv_stats(struct kv *kv, struct kv_stats *out, struct err *e)
    CC_CHECK CC_NONNULL(1, 2, 3);

/* ---- tests ---- */

enum kv_memory_op { KV_MEMORY_WRITE, KV_MEMORY_READ };

/*
 * Makes the nth such operation from now (1: the next; 0: none) fail once with
 * code, changing nothing.  A read is a snapshot_open, get, multi_get or scan.
 * Only for what kv_memory_new returned.
 */
void kv_memory_fail(struct kv *kv, enum kv_memory_op op, unsigned nth,
    int code) CC_NONNULL(1);

/* True if the armed failure has happened: loops run until it did not. */
bool kv_memory_has_failed(const struct kv *kv) CC_NONNULL(1);

#endif
