#ifndef KV_KV_ROCKS_H
#define KV_KV_ROCKS_H

#include <stdatomic.h>

#include <rocksdb/c.h>

#include "kv/kv_backend.h"

/*
 * Shared by the two halves of the RocksDB backend, kv_rocks_open.c (options,
 * opening, errors) and kv_rocks.c (the operations), and by nobody else: this
 * is the one header that knows the engine.
 */
struct kv_rocks_snapshot {
	struct kv_snapshot base;
	const rocksdb_snapshot_t *at;	/* NULL: kv_latest */
	rocksdb_readoptions_t *read;
};

struct kv_rocks {
	struct kv base;
	struct kv_rocks_snapshot latest;
	rocksdb_t *db;
	rocksdb_column_family_handle_t *families[KV_FAMILY_COUNT];
	rocksdb_cache_t *cache;
	rocksdb_writeoptions_t *write_sync, *write_lazy;
	atomic_ulong n_snapshots;
	char *path;
};

extern const struct kv_ops kv_rocks_ops, kv_rocks_readonly_ops;

/*
 * Takes a text that the C API returned through errptr, frees it, and sets *e;
 * doing says what was tried.  Returns the code, 0 if take_text is NULL.
 */
int kv_rocks_error(char *take_text, const char *doing, struct err *e)
    CC_NONNULL(2, 3);

/* Undoes what open did, in as far as it came. */
void kv_rocks_free(struct kv_rocks *r) CC_NONNULL(1);

#endif
