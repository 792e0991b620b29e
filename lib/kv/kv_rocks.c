/* The operations of kv.h in terms of RocksDB's C API. */
#include "kv/kv_rocks.h"

#include <assert.h>
#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/mem.h"

enum { GET_AT_ONCE = 64, BULK_READAHEAD = 1 << 20 };

static struct kv_rocks *
rocks_of(struct kv *kv)
{
	assert(kv->ops == &kv_rocks_ops || kv->ops == &kv_rocks_readonly_ops);
	return (struct kv_rocks *)kv;
}

static struct kv_rocks_snapshot *
snapshot_of(struct kv_snapshot *s)
{
	(void)rocks_of(s->kv);
	return (struct kv_rocks_snapshot *)s;
}

/* ---- writes ---- */

/* No key has more than KV_KEY_MAX bytes, so all are below this one. */
static struct str
behind_all(char space[KV_KEY_MAX + 1])
{
	memset(space, 0xff, KV_KEY_MAX + 1);
	return str_of(space, KV_KEY_MAX + 1);
}

static void
add_op(struct kv_rocks *r, rocksdb_writebatch_t *to, const struct kv_op *op)
{
	rocksdb_column_family_handle_t *f = r->families[op->family];
	char space[KV_KEY_MAX + 1];
	struct str end = op->value;

	switch (op->kind) {
	case KV_OP_PUT:
		rocksdb_writebatch_put_cf(to, f, op->key.p, op->key.n,
		    op->value.p, op->value.n);
		break;
	case KV_OP_APPEND:
		rocksdb_writebatch_merge_cf(to, f, op->key.p, op->key.n,
		    op->value.p, op->value.n);
		break;
	case KV_OP_DELETE:
		rocksdb_writebatch_delete_cf(to, f, op->key.p, op->key.n);
		break;
	case KV_OP_DELETE_RANGE:
		if (end.n == 0)
			end = behind_all(space);
		rocksdb_writebatch_delete_range_cf(to, f, op->key.p,
		    op->key.n, end.p, end.n);
		break;
	}
}

static int
rocks_write(struct kv *kv, const struct kv_batch *b, bool sync,
    struct err *e)
{
	struct kv_rocks *r = rocks_of(kv);
	rocksdb_writebatch_t *to;
	struct kv_op op;
	char *error = NULL;
	size_t at = 0;

	if (kv_batch_count(b) == 0) {
		if (sync)
			rocksdb_flush_wal(r->db, 1, &error);
		return kv_rocks_error(error, "sync", e);
	}
	to = rocksdb_writebatch_create();
	while (kv_batch_next(b, &at, &op))
		add_op(r, to, &op);
	rocksdb_write(r->db, sync ? r->write_sync : r->write_lazy, to, &error);
	rocksdb_writebatch_destroy(to);
	return kv_rocks_error(error, "write", e);
}

/* ---- reads ---- */

static int
rocks_snapshot_open(struct kv *kv, struct kv_snapshot **out, struct err *e)
{
	struct kv_rocks *r = rocks_of(kv);
	struct kv_rocks_snapshot *s = mem_zalloc(1, sizeof(*s));

	(void)e;
	s->base.kv = kv;
	s->at = rocksdb_create_snapshot(r->db);
	s->read = rocksdb_readoptions_create();
	rocksdb_readoptions_set_snapshot(s->read, s->at);
	atomic_fetch_add(&r->n_snapshots, 1);
	*out = &s->base;
	return 0;
}

static void
rocks_snapshot_close(struct kv_snapshot *base)
{
	struct kv_rocks *r = rocks_of(base->kv);
	struct kv_rocks_snapshot *s = snapshot_of(base);

	rocksdb_readoptions_destroy(s->read);
	rocksdb_release_snapshot(r->db, s->at);
	atomic_fetch_sub(&r->n_snapshots, 1);
	free(s);
}

static int
rocks_get(struct kv_snapshot *s, enum kv_family f, struct str key,
    struct buf *out, bool *found, struct err *e)
{
	struct kv_rocks *r = rocks_of(s->kv);
	rocksdb_pinnableslice_t *v;
	char *error = NULL;
	const char *p;
	size_t n;

	v = rocksdb_get_pinned_cf(r->db, snapshot_of(s)->read, r->families[f],
	    key.p, key.n, &error);
	if (error)
		return kv_rocks_error(error, "get", e);
	if (!v)
		return 0;
	p = rocksdb_pinnableslice_value(v, &n);
	buf_add(out, p, n);
	rocksdb_pinnableslice_destroy(v);
	if (out->failed)
		return err_set(e, ERR_LIMIT,
		    "kv: a value of %zu bytes, limit %zu", n, out->max);
	*found = true;
	return 0;
}

/* Copies one answer; always frees it. */
static int
take_value(rocksdb_pinnableslice_t *take_v, char *take_error,
    struct str *value, struct arena *a, struct err *e)
{
	const char *p;
	size_t n;
	int rc;

	rc = kv_rocks_error(take_error, "multi-get", e);
	if (!take_v)
		return rc;
	p = rocksdb_pinnableslice_value(take_v, &n);
	*value = arena_str(a, str_of(n ? p : "", n));
	rocksdb_pinnableslice_destroy(take_v);
	if (rc == 0 && !value->p)
		rc = err_set(e, ERR_LIMIT, "kv: the values are too large");
	return rc;
}

static int
get_some(struct kv_snapshot *s, enum kv_family f, const struct str *keys,
    size_t n, struct str *values, struct arena *a, struct err *e)
{
	struct kv_rocks *r = rocks_of(s->kv);
	rocksdb_pinnableslice_t *got[GET_AT_ONCE];
	char *errors[GET_AT_ONCE];
	const char *p[GET_AT_ONCE];
	size_t sizes[GET_AT_ONCE], i;
	struct err ignored = ERR_INIT;
	int rc = 0;

	for (i = 0; i < n; i++) {
		p[i] = keys[i].p;
		sizes[i] = keys[i].n;
	}
	rocksdb_batched_multi_get_cf(r->db, snapshot_of(s)->read,
	    r->families[f], n, p, sizes, got, errors, false);
	for (i = 0; i < n; i++) {
		if (rc)		/* the first error stands; free the rest */
			(void)take_value(got[i], errors[i], &values[i], a,
			    &ignored);
		else
			rc = take_value(got[i], errors[i], &values[i], a, e);
	}
	return rc;
}

static int
rocks_multi_get(struct kv_snapshot *s, enum kv_family f,
    const struct str *keys, size_t n, struct str *values, struct arena *a,
    struct err *e)
{
	size_t i, some;
	int rc;

	for (i = 0; i < n; i += some) {
		some = MIN_OF(n - i, (size_t)GET_AT_ONCE);
		rc = get_some(s, f, keys + i, some, values + i, a, e);
		if (rc)
			return rc;
	}
	return 0;
}

/* The bounds are borrowed from the range for as long as the scan lasts. */
static rocksdb_readoptions_t *
scan_options(struct kv_snapshot *s, const struct kv_range *r)
{
	rocksdb_readoptions_t *o = rocksdb_readoptions_create();

	if (snapshot_of(s)->at)
		rocksdb_readoptions_set_snapshot(o, snapshot_of(s)->at);
	if (r->from.n)
		rocksdb_readoptions_set_iterate_lower_bound(o, r->from.p,
		    r->from.n);
	if (r->to.n)
		rocksdb_readoptions_set_iterate_upper_bound(o, r->to.p,
		    r->to.n);
	if (r->is_bulk) {
		rocksdb_readoptions_set_fill_cache(o, 0);
		rocksdb_readoptions_set_readahead_size(o, BULK_READAHEAD);
	}
	return o;
}

static int
scan_rows(rocksdb_iterator_t *it, const struct kv_range *r, kv_scan_fn *fn,
    void *arg, struct kv_scan_end *end, struct err *e)
{
	struct str key, value = STR("");
	char *error = NULL;
	int rc;

	while (rocksdb_iter_valid(it)) {
		key.p = rocksdb_iter_key(it, &key.n);
		if (!r->keys_only)
			value.p = rocksdb_iter_value(it, &value.n);
		rc = kv_scan_row(r, fn, arg, key, value, end, e);
		if (rc)
			return rc == KV_STOP ? 0 : rc;
		if (r->reverse)
			rocksdb_iter_prev(it);
		else
			rocksdb_iter_next(it);
	}
	rocksdb_iter_get_error(it, &error);
	end->is_complete = !error;
	return kv_rocks_error(error, "scan", e);
}

static int
rocks_scan(struct kv_snapshot *s, const struct kv_range *r, kv_scan_fn *fn,
    void *arg, struct kv_scan_end *end, struct err *e)
{
	struct kv_rocks *k = rocks_of(s->kv);
	rocksdb_readoptions_t *o = scan_options(s, r);
	rocksdb_iterator_t *it;
	int rc;

	it = rocksdb_create_iterator_cf(k->db, o, k->families[r->family]);
	if (r->reverse)
		rocksdb_iter_seek_to_last(it);
	else
		rocksdb_iter_seek_to_first(it);
	rc = scan_rows(it, r, fn, arg, end, e);
	rocksdb_iter_destroy(it);
	rocksdb_readoptions_destroy(o);
	return rc;
}

/* ---- care ---- */

static int
rocks_checkpoint(struct kv *kv, const char *dir, struct err *e)
{
	rocksdb_checkpoint_t *c;
	char *error = NULL;

	c = rocksdb_checkpoint_object_create(rocks_of(kv)->db, &error);
	if (error)
		return kv_rocks_error(error, "checkpoint", e);
	rocksdb_checkpoint_create(c, dir, UINT64_MAX, &error);
	rocksdb_checkpoint_object_destroy(c);
	return kv_rocks_error(error, "checkpoint", e);
}

static uint64_t
property(struct kv_rocks *r, const char *name)
{
	uint64_t v = 0;

	return rocksdb_property_int(r->db, name, &v) == 0 ? v : 0;
}

static uint64_t
family_property(struct kv_rocks *r, int f, const char *name)
{
	uint64_t v = 0;

	return rocksdb_property_int_cf(r->db, r->families[f], name, &v) == 0 ?
	    v : 0;
}

/* The C call has no error to return: background errors are counted instead. */
static int
rocks_compact(struct kv *kv, enum kv_family f, struct str from,
    struct str to, struct err *e)
{
	struct kv_rocks *r = rocks_of(kv);
	rocksdb_compactoptions_t *o = rocksdb_compactoptions_create();
	uint64_t before = property(r, "rocksdb.background-errors");

	rocksdb_compactoptions_set_exclusive_manual_compaction(o, 0);
	rocksdb_compactoptions_set_bottommost_level_compaction(o, 3);
	rocksdb_compact_range_cf_opt(r->db, r->families[f], o,
	    from.n ? from.p : NULL, from.n, to.n ? to.p : NULL, to.n);
	rocksdb_compactoptions_destroy(o);
	if (property(r, "rocksdb.background-errors") > before)
		return err_set(e, ERR_IO, "kv: compaction of %s failed",
		    kv_family_name(f));
	return 0;
}

static int
disk_bytes(const char *path, uint64_t *out, struct err *e)
{
	struct dirent *entry;
	struct stat st;
	DIR *d;

	d = opendir(path);
	if (!d)
		return err_sys(e, ERR_IO, "kv: list %s", path);
	while ((entry = readdir(d)) != NULL) {
		/* A file may go between the two calls: that is no error. */
		if (fstatat(dirfd(d), entry->d_name, &st, 0) == 0 &&
		    S_ISREG(st.st_mode))
			*out += (uint64_t)st.st_size;
	}
	closedir(d);
	return 0;
}

static int
rocks_stats(struct kv *kv, struct kv_stats *out, struct err *e)
{
	struct kv_rocks *r = rocks_of(kv);
	int f;

	for (f = 0; f < KV_FAMILY_COUNT; f++) {
		out->n_keys[f] = family_property(r, f,
		    "rocksdb.estimate-num-keys");
		out->memtable_bytes += family_property(r, f,
		    "rocksdb.size-all-mem-tables");
		out->table_bytes += family_property(r, f,
		    "rocksdb.estimate-table-readers-mem");
		out->pending_compaction_bytes += family_property(r, f,
		    "rocksdb.estimate-pending-compaction-bytes");
	}
	out->cache_bytes = rocksdb_cache_get_usage(r->cache);
	out->background_errors = property(r, "rocksdb.background-errors");
	out->delayed_write_bytes_per_s =
	    property(r, "rocksdb.actual-delayed-write-rate");
	out->is_write_stopped = property(r, "rocksdb.is-write-stopped") > 0;
	out->n_snapshots = atomic_load(&r->n_snapshots);
	return disk_bytes(r->path, &out->disk_bytes, e);
}

static void
rocks_close(struct kv *kv)
{
	struct kv_rocks *r = rocks_of(kv);

	if (atomic_load(&r->n_snapshots))
		BUG("kv: closed with a snapshot open");
	rocksdb_cancel_all_background_work(r->db, 1);
	kv_rocks_free(r);
}

const struct kv_ops kv_rocks_ops = {
	.name = "rocks",
	.close = rocks_close,
	.snapshot_open = rocks_snapshot_open,
	.snapshot_close = rocks_snapshot_close,
	.get = rocks_get,
	.multi_get = rocks_multi_get,
	.scan = rocks_scan,
	.write = rocks_write,
	.checkpoint = rocks_checkpoint,
	.compact = rocks_compact,
	.stats = rocks_stats,
};

const struct kv_ops kv_rocks_readonly_ops = {
	.name = "checkpoint",
	.close = rocks_close,
	.snapshot_open = rocks_snapshot_open,
	.snapshot_close = rocks_snapshot_close,
	.get = rocks_get,
	.multi_get = rocks_multi_get,
	.scan = rocks_scan,
	.stats = rocks_stats,
};
