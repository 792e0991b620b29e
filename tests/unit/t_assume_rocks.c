/*
 * What lib/kv takes for granted about RocksDB's C API.  When the distribution
 * moves, the line that fails says which assumption to look at again.  The
 * faults of secondaries are pinned too: they are why reads go through the
 * writer, and may stop being so.
 */
#include <dirent.h>
#include <ftw.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <rocksdb/c.h>

#include "base/mem.h"
#include "base/str.h"
#include "tap.h"

static char top[200];

static int
remove_one(const char *path, const struct stat *st, int kind, struct FTW *w)
{
	(void)st, (void)kind, (void)w;
	return remove(path);
}

static char *
path_of(const char *name)
{
	return mem_printf("%s/%s", top, name);
}

/* True if error holds part; frees it. */
static bool
says(char *error, const char *part)
{
	bool yes = error && strstr(error, part);

	if (!yes)
		printf("# said: %s\n", error ? error : "nothing");
	rocksdb_free(error);
	return yes;
}

static rocksdb_options_t *
options(const char *text, char **error)
{
	rocksdb_options_t *base = rocksdb_options_create();
	rocksdb_options_t *o = rocksdb_options_create();

	rocksdb_get_options_from_string(base, text, o, error);
	rocksdb_options_destroy(base);
	return o;
}

static rocksdb_t *
open_db(const char *path)
{
	char *error = NULL;
	rocksdb_options_t *o = options("create_if_missing=true;"
	    "compression=kZSTD;info_log_level=WARN_LEVEL", &error);
	rocksdb_t *db = rocksdb_open(o, path, &error);

	rocksdb_options_destroy(o);
	ok(db && !error, "open with zstd");
	return db;
}

static void
put(rocksdb_t *db, const char *key, const char *value, bool sync)
{
	rocksdb_writeoptions_t *w = rocksdb_writeoptions_create();
	char *error = NULL;

	rocksdb_writeoptions_set_sync(w, sync);
	rocksdb_put(db, w, key, strlen(key), value, strlen(value), &error);
	rocksdb_writeoptions_destroy(w);
	if (error)
		ok(0, "put: %s", error);
}

static bool
has(rocksdb_t *db, const char *key, const char *value)
{
	rocksdb_readoptions_t *r = rocksdb_readoptions_create();
	char *error = NULL, *v;
	bool yes;
	size_t n;

	v = rocksdb_get(db, r, key, strlen(key), &n, &error);
	rocksdb_readoptions_destroy(r);
	if (value)
		yes = v && str_eq(str_of(v, n), str_from(value));
	else
		yes = !v && !error;
	rocksdb_free(v);
	rocksdb_free(error);
	return yes;
}

static void
test_options(void)
{
	char *error = NULL;

	rocksdb_options_destroy(options("no_such_option=1", &error));
	ok(says(error, "Invalid argument: "), "an unknown option is refused");
	error = NULL;
	rocksdb_options_destroy(options("bottommost_compression_opts="
	    "{enabled=true;level=3;max_dict_bytes=16K;"
	    "zstd_max_train_bytes=256K;max_dict_buffer_bytes=4M}", &error));
	ok(!error, "nested options are known");
}

static void
test_open(void)
{
	char *path = path_of("open"), *error = NULL;
	rocksdb_t *db = open_db(path);
	rocksdb_options_t *o = rocksdb_options_create();
	rocksdb_column_family_handle_t *h;

	ok(!rocksdb_open(o, path, &error), "a second open fails");
	ok(says(error, "lock hold by current process"), "in these words");
	error = NULL;
	h = rocksdb_create_column_family(db, o, "stranger", &error);
	rocksdb_column_family_handle_destroy(h);
	rocksdb_close(db);
	ok(!rocksdb_open(o, path, &error), "unknown family: refused");
	ok(says(error, "Invalid argument: Column families not opened"),
	    "in these words");
	rocksdb_options_destroy(o);
	free(path);
}

static void
test_properties(rocksdb_t *db)
{
	static const char *const names[] = {
		"rocksdb.background-errors", "rocksdb.is-write-stopped",
		"rocksdb.actual-delayed-write-rate",
		"rocksdb.estimate-num-keys", "rocksdb.size-all-mem-tables",
		"rocksdb.estimate-table-readers-mem",
		"rocksdb.estimate-pending-compaction-bytes"
	};
	uint64_t v;
	size_t i;

	for (i = 0; i < ARRAY_LEN(names); i++)
		ok(rocksdb_property_int(db, names[i], &v) == 0, "%s",
		    names[i]);
}

/* Later entries of a batch win, deleted ranges included. */
static void
test_batch_order(rocksdb_t *db)
{
	rocksdb_writebatch_t *b = rocksdb_writebatch_create();
	rocksdb_writeoptions_t *w = rocksdb_writeoptions_create();
	char *error = NULL;

	rocksdb_writebatch_put(b, "r1", 2, "x", 1);
	rocksdb_writebatch_delete_range(b, "r", 1, "s", 1);
	rocksdb_writebatch_put(b, "r2", 2, "y", 1);
	rocksdb_write(db, w, b, &error);
	ok(!error && has(db, "r1", NULL) && has(db, "r2", "y"),
	    "a batch applies in order");
	rocksdb_writebatch_destroy(b);
	rocksdb_writeoptions_destroy(w);
}

/* Seeking to either end stops at the bounds, not at the ends of all. */
static void
test_bounds(rocksdb_t *db)
{
	rocksdb_readoptions_t *r = rocksdb_readoptions_create();
	rocksdb_iterator_t *it;
	const char *k;
	size_t n;

	put(db, "b1", "", false);
	put(db, "b2", "", false);
	put(db, "b3", "", false);
	rocksdb_readoptions_set_iterate_lower_bound(r, "b2", 2);
	rocksdb_readoptions_set_iterate_upper_bound(r, "b3", 2);
	it = rocksdb_create_iterator(db, r);
	rocksdb_iter_seek_to_last(it);
	k = rocksdb_iter_valid(it) ? rocksdb_iter_key(it, &n) : NULL;
	ok(k && str_is(str_of(k, n), "b2"), "last below the upper bound");
	rocksdb_iter_seek_to_first(it);
	k = rocksdb_iter_valid(it) ? rocksdb_iter_key(it, &n) : NULL;
	ok(k && str_is(str_of(k, n), "b2"), "first at the lower bound");
	rocksdb_iter_prev(it);
	ok(!rocksdb_iter_valid(it), "nothing before it");
	rocksdb_iter_destroy(it);
	rocksdb_readoptions_destroy(r);
}

/* Files in dir whose name ends so. */
static int
count_files(const char *dir, const char *suffix)
{
	struct dirent *entry;
	DIR *d = opendir(dir);
	int n = 0;

	while (d && (entry = readdir(d)) != NULL)
		n += str_has_suffix(str_from(entry->d_name),
		    str_from(suffix));
	if (d)
		closedir(d);
	return n;
}

static void
test_checkpoint(rocksdb_t *db)
{
	char *dir = path_of("checkpoint"), *error = NULL;
	rocksdb_options_t *o = rocksdb_options_create();
	rocksdb_checkpoint_t *c;
	rocksdb_t *copy;

	put(db, "unflushed", "1", false);
	c = rocksdb_checkpoint_object_create(db, &error);
	rocksdb_checkpoint_create(c, dir, UINT64_MAX, &error);
	rocksdb_checkpoint_object_destroy(c);
	ok(!error && count_files(dir, ".sst") == 0 &&
	    count_files(dir, ".log") == 1, "no flush: the log is copied");
	copy = rocksdb_open_for_read_only(o, dir, 0, &error);
	ok(copy && has(copy, "unflushed", "1"), "and read");
	if (copy)
		rocksdb_close(copy);
	rocksdb_options_destroy(o);
	free(dir);
}

static void
flush(rocksdb_t *db)
{
	rocksdb_flushoptions_t *f = rocksdb_flushoptions_create();
	char *error = NULL;

	rocksdb_flush(db, f, &error);
	rocksdb_flushoptions_destroy(f);
	rocksdb_free(error);
}

/*
 * Upstream #14444, #15051: overwritten, flushed, caught up, and still the old
 * value.  If this fails, secondaries have become worth another look.
 */
static void
test_secondary(void)
{
	char *path = path_of("primary"), *at = path_of("secondary");
	char *error = NULL;
	rocksdb_t *db = open_db(path), *second;
	rocksdb_options_t *o = options("max_open_files=-1", &error);

	put(db, "k", "old", true);
	second = rocksdb_open_as_secondary(o, path, at, &error);
	rocksdb_try_catch_up_with_primary(second, &error);
	ok(!error && has(second, "k", "old"), "a secondary reads");
	put(db, "k", "new", true);
	flush(db);
	rocksdb_try_catch_up_with_primary(second, &error);
	ok(!error && has(db, "k", "new") && has(second, "k", "old"),
	    "a secondary is stale after a flush");
	rocksdb_close(second);
	rocksdb_close(db);
	rocksdb_options_destroy(o);
	free(path);
	free(at);
}

static char log_path[300];

static int
find_log(const char *path, const struct stat *st, int kind, struct FTW *w)
{
	(void)kind, (void)w;
	if (str_has_suffix(str_from(path), STR(".log")) && st->st_size > 0)
		snprintf(log_path, sizeof(log_path), "%s", path);
	return 0;
}

/* A record torn by a crash is dropped, what stands before it is kept. */
static void
test_torn_log(void)
{
	char *path = path_of("torn");
	rocksdb_t *db = open_db(path);
	struct stat st;

	put(db, "whole", "1", true);
	put(db, "torn", "1", true);
	rocksdb_close(db);
	ok(nftw(path, find_log, 8, FTW_PHYS) == 0 &&
	    stat(log_path, &st) == 0 &&
	    truncate(log_path, st.st_size - 3) == 0, "cut the log");
	db = open_db(path);
	ok(db && has(db, "whole", "1") && has(db, "torn", NULL),
	    "the torn record is gone, the one before is there");
	if (db)
		rocksdb_close(db);
	free(path);
}

int
main(void)
{
	const char *tmp = getenv("TMPDIR");
	rocksdb_t *db;
	char *path;

	snprintf(top, sizeof(top), "%s/t_assume.XXXXXX", tmp ? tmp : "/tmp");
	if (!mkdtemp(top))
		return 1;
	path = path_of("db");
	test_options();
	test_open();
	db = open_db(path);
	test_properties(db);
	test_batch_order(db);
	test_bounds(db);
	test_checkpoint(db);
	rocksdb_close(db);
	test_secondary();
	test_torn_log();
	nftw(top, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	free(path);
	return tap_done();
}
