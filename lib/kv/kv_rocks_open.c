/*
 * Options are strings because the C API lacks setters for half of them.  Their
 * sizes are small on purpose: the store shares a machine with what it watches.
 */
#include "kv/kv_rocks.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"

enum {
	MB = 1 << 20,
	CACHE_BYTES = 32 * MB,
	WRITE_BYTES = 32 * MB,
	OPEN_FILES = 256,
	BLOOM_BITS = 10,
	/* BlockBasedTableOptions::kBinarySearchWithFirstKey: c.h has no name. */
	INDEX_WITH_FIRST_KEY = 3
};

/*
 * The write-ahead log is read again at each start and is a fixed price in disk
 * space, hence its small maximum.  The engine's own log keeps warnings only,
 * and its periodic statistics are off: they wake an idle process.
 */
static const char db_text[] =
    "create_if_missing=true;create_missing_column_families=true;"
    "max_background_jobs=2;max_total_wal_size=32M;"
    "bytes_per_sync=1M;max_manifest_file_size=4M;"
    "info_log_level=WARN_LEVEL;max_log_file_size=1M;keep_log_file_num=2;"
    "stats_dump_period_sec=0;stats_persist_period_sec=0;"
    "skip_stats_update_on_db_open=true;table_cache_numshardbits=2;";

static const char family_text[] =
    "arena_block_size=256K;max_write_buffer_number=3;"
    "level_compaction_dynamic_level_bytes=true;"
    "target_file_size_base=16M;max_bytes_for_level_base=64M;"
    "compression=kZSTD;compression_opts={level=1};"
    "bottommost_compression=kZSTD;";

/*
 * A dictionary helps where many rows resemble each other and are larger than
 * a few words; it is sampled from the first blocks of each file.
 */
static const char dictionary_text[] =
    "bottommost_compression_opts={enabled=true;level=3;max_dict_bytes=16K;"
    "zstd_max_train_bytes=256K;max_dict_buffer_bytes=4M};";

static const char plain_text[] =
    "bottommost_compression_opts={enabled=true;level=3};";

static const struct family_traits {
	const char *text;
	size_t buffer_bytes;
	bool has_point_reads;	/* worth a Bloom filter */
	bool has_large;		/* values of megabytes among small ones */
	bool has_lists;		/* that grow by kv_batch_append */
} traits[KV_FAMILY_COUNT] = {
	[KV_DEFAULT] = { plain_text, 1 * MB, false, false, false },
	[KV_EVENTS] = { dictionary_text, 8 * MB, true, true, false },
	[KV_RUNS] = { dictionary_text, 4 * MB, true, false, false },
	[KV_INDEX] = { plain_text, 4 * MB, false, false, false },
	[KV_ROLLUPS] = { plain_text, 4 * MB, true, false, false },
	[KV_WORK] = { plain_text, 4 * MB, false, false, false },
	[KV_STATE] = { plain_text, 4 * MB, true, false, false },
	[KV_KEYS] = { plain_text, 1 * MB, true, false, false },
	[KV_TEXT] = { plain_text, 8 * MB, true, true, true },
};

/* ---- errors ---- */

static const struct {
	const char *part;
	int code;
} codes[] = {
	{ "While lock file: ", ERR_EXISTS },
	{ "lock hold by current process", ERR_EXISTS },
	{ "Corruption: ", ERR_CORRUPT },
	{ "Invalid argument: ", ERR_INVALID },
	{ "Not implemented: ", ERR_INVALID },
	{ "Resource busy: ", ERR_AGAIN },
	{ "Operation failed. Try again.", ERR_AGAIN },
};

int
kv_rocks_error(char *take_text, const char *doing, struct err *e)
{
	int code = ERR_IO;
	size_t i;

	if (!take_text)
		return 0;
	for (i = 0; i < ARRAY_LEN(codes); i++) {
		if (strstr(take_text, codes[i].part)) {
			code = codes[i].code;
			break;
		}
	}
	err_set(e, code, "kv: %s: %s", doing, take_text);
	rocksdb_free(take_text);
	return code;
}

/* ---- options ---- */

static rocksdb_options_t *
parse(const char *text, struct err *e)
{
	rocksdb_options_t *base = rocksdb_options_create();
	rocksdb_options_t *o = rocksdb_options_create();
	char *error = NULL;

	rocksdb_get_options_from_string(base, text, o, &error);
	rocksdb_options_destroy(base);
	if (kv_rocks_error(error, "options", e)) {
		rocksdb_options_destroy(o);
		return NULL;
	}
	return o;
}

/* Indexes and filters live in the cache, so that the cache bounds them. */
static void
set_table(rocksdb_options_t *o, rocksdb_cache_t *cache,
    const struct family_traits *f)
{
	rocksdb_block_based_table_options_t *t =
	    rocksdb_block_based_options_create();

	rocksdb_block_based_options_set_block_cache(t, cache);
	rocksdb_block_based_options_set_block_size(t, 16 << 10);
	/*
	 * A value of megabytes gets a block of its own, and a scan that ends
	 * before it does not read it: neighbours must not pay for it.
	 */
	rocksdb_block_based_options_set_block_size_deviation(t, 90);
	if (f->has_large)
		rocksdb_block_based_options_set_index_type(t,
		    INDEX_WITH_FIRST_KEY);
	rocksdb_block_based_options_set_format_version(t, 5);
	rocksdb_block_based_options_set_cache_index_and_filter_blocks(t, 1);
	rocksdb_block_based_options_set_cache_index_and_filter_blocks_with_high_priority(t, 1);
	rocksdb_block_based_options_set_pin_l0_filter_and_index_blocks_in_cache(t, 1);
	if (f->has_point_reads)	/* t takes the policy */
		rocksdb_block_based_options_set_filter_policy(t,
		    rocksdb_filterpolicy_create_bloom_full(BLOOM_BITS));
	rocksdb_options_set_block_based_table_factory(o, t);
	rocksdb_block_based_options_destroy(t);
}

/* ---- lists: the merge operator that appends ---- */

static void
lists_free(void *state)
{
	(void)state;
}

static const char *
lists_name(void *state)
{
	(void)state;
	return "weir.append";
}

/* The engine frees the result with free(3). */
static char *
concatenate(const char *first, size_t first_n, const char *const *parts,
    const size_t *sizes, int n, unsigned char *good, size_t *out_n)
{
	size_t total = first_n, at = first_n;
	char *out;

	for (int i = 0; i < n; i++)
		total += sizes[i];
	out = mem_alloc(1, total ? total : 1);
	if (first_n)
		memcpy(out, first, first_n);
	for (int i = 0; i < n; at += sizes[i++])
		if (sizes[i])
			memcpy(out + at, parts[i], sizes[i]);
	*good = 1;
	*out_n = total;
	return out;
}

static char *
lists_full(void *state, const char *key, size_t key_n, const char *first,
    size_t first_n, const char *const *parts, const size_t *sizes, int n,
    unsigned char *good, size_t *out_n)
{
	(void)state, (void)key, (void)key_n;
	return concatenate(first, first ? first_n : 0, parts, sizes, n, good,
	    out_n);
}

static char *
lists_partial(void *state, const char *key, size_t key_n,
    const char *const *parts, const size_t *sizes, int n,
    unsigned char *good, size_t *out_n)
{
	(void)state, (void)key, (void)key_n;
	return concatenate(NULL, 0, parts, sizes, n, good, out_n);
}

static rocksdb_options_t *
family_options(struct kv_rocks *r, const struct family_traits *f,
    struct err *e)
{
	rocksdb_options_t *o;
	char *text;

	text = mem_printf("%s%swrite_buffer_size=%zu;", family_text, f->text,
	    f->buffer_bytes);
	o = parse(text, e);
	free(text);
	if (!o)
		return NULL;
	set_table(o, r->cache, f);
	if (f->has_lists)	/* o takes the operator */
		rocksdb_options_set_merge_operator(o,
		    rocksdb_mergeoperator_create(NULL, lists_free, lists_full,
		    lists_partial, NULL, lists_name));
	return o;
}

static rocksdb_options_t *
db_options(const struct kv_rocks_options *o, struct err *e)
{
	rocksdb_options_t *parsed;
	char *text;

	text = mem_printf("%sdb_write_buffer_size=%zu;max_open_files=%d;",
	    db_text, o->write_bytes ? o->write_bytes : (size_t)WRITE_BYTES,
	    o->max_open_files ? o->max_open_files : OPEN_FILES);
	parsed = parse(text, e);
	free(text);
	return parsed;
}

/* Few shards: each is a cache of its own and must hold whole blocks. */
static rocksdb_cache_t *
cache_new(size_t size)
{
	rocksdb_lru_cache_options_t *o = rocksdb_lru_cache_options_create();
	rocksdb_cache_t *c;

	rocksdb_lru_cache_options_set_capacity(o, size);
	rocksdb_lru_cache_options_set_num_shard_bits(o, 2);
	c = rocksdb_cache_create_lru_opts(o);
	rocksdb_lru_cache_options_destroy(o);
	return c;
}

/* ---- open ---- */

static int
open_families(struct kv_rocks *r, bool readonly, rocksdb_options_t *db,
    rocksdb_options_t *const *families, struct err *e)
{
	const char *names[KV_FAMILY_COUNT];
	char *error = NULL;
	int i, rc;

	for (i = 0; i < KV_FAMILY_COUNT; i++)
		names[i] = kv_family_name((enum kv_family)i);
	if (readonly)
		r->db = rocksdb_open_for_read_only_column_families(db, r->path,
		    KV_FAMILY_COUNT, names,
		    (const rocksdb_options_t *const *)families, r->families,
		    0, &error);
	else
		r->db = rocksdb_open_column_families(db, r->path,
		    KV_FAMILY_COUNT, names,
		    (const rocksdb_options_t *const *)families, r->families,
		    &error);
	rc = kv_rocks_error(error, r->path, e);
	if (rc == ERR_EXISTS)
		return err_set(e, rc,
		    "data directory %s is in use by another process", r->path);
	return rc;
}

static int
open_db(struct kv_rocks *r, bool readonly, const struct kv_rocks_options *o,
    struct err *e)
{
	rocksdb_options_t *db, *families[KV_FAMILY_COUNT] = { NULL };
	int i, rc = ERR_INVALID;

	db = db_options(o, e);
	for (i = 0; db && i < KV_FAMILY_COUNT; i++) {
		families[i] = family_options(r, &traits[i], e);
		if (!families[i])
			break;
	}
	if (i == KV_FAMILY_COUNT)
		rc = open_families(r, readonly, db, families, e);
	for (i = 0; i < KV_FAMILY_COUNT; i++)
		if (families[i])
			rocksdb_options_destroy(families[i]);
	if (db)
		rocksdb_options_destroy(db);
	return rc;
}

void
kv_rocks_free(struct kv_rocks *r)
{
	int i;

	for (i = 0; r->db && i < KV_FAMILY_COUNT; i++)
		rocksdb_column_family_handle_destroy(r->families[i]);
	if (r->db)
		rocksdb_close(r->db);
	if (r->latest.read)
		rocksdb_readoptions_destroy(r->latest.read);
	if (r->write_sync)
		rocksdb_writeoptions_destroy(r->write_sync);
	if (r->write_lazy)
		rocksdb_writeoptions_destroy(r->write_lazy);
	rocksdb_cache_destroy(r->cache);
	free(r->path);
	free(r);
}

static int
open_any(const char *path, bool readonly, const struct kv_rocks_options *o,
    struct kv **out, struct err *e)
{
	static const struct kv_rocks_options defaults = { 0 };
	struct kv_rocks *r = mem_zalloc(1, sizeof(*r));
	int rc;

	if (!o)
		o = &defaults;
	r->path = mem_strdup(path);
	r->cache = cache_new(o->cache_bytes ? o->cache_bytes : CACHE_BYTES);
	rc = open_db(r, readonly, o, e);
	if (rc) {
		kv_rocks_free(r);
		return rc;
	}
	r->base.ops = readonly ? &kv_rocks_readonly_ops : &kv_rocks_ops;
	r->base.latest = &r->latest.base;
	r->latest.base.kv = &r->base;
	r->latest.read = rocksdb_readoptions_create();
	r->write_lazy = rocksdb_writeoptions_create();
	r->write_sync = rocksdb_writeoptions_create();
	rocksdb_writeoptions_set_sync(r->write_sync, 1);
	*out = &r->base;
	return 0;
}

/* A new name is on disk only when the directory that holds it is. */
static int
sync_parent(const char *path, struct err *e)
{
	char *copy = mem_strdup(path);
	int fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int rc = 0;

	if (fd < 0 || fsync(fd) != 0)
		rc = err_sys(e, ERR_IO, "sync the parent of %s", path);
	if (fd >= 0)
		close(fd);
	free(copy);
	return rc;
}

static int
make_directory(const char *path, struct err *e)
{
	if (mkdir(path, 0700) == 0)
		return sync_parent(path, e);
	if (errno != EEXIST)
		return err_sys(e, ERR_IO, "make data directory %s", path);
	return 0;
}

int
kv_rocks_open(const char *path, const struct kv_rocks_options *o,
    struct kv **out, struct err *e)
{
	int rc = make_directory(path, e);

	return rc ? rc : open_any(path, false, o, out, e);
}

int
kv_rocks_open_readonly(const char *path, const struct kv_rocks_options *o,
    struct kv **out, struct err *e)
{
	char *current = mem_printf("%s/CURRENT", path);
	int rc;

	rc = access(current, F_OK);
	free(current);
	if (rc != 0)
		return err_set(e, ERR_NOT_FOUND, "no database in %s", path);
	return open_any(path, true, o, out, e);
}
