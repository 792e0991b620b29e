/*
 * lib/kv over RocksDB: reopening, locks, checkpoints, damage, crashes.  All
 * children are made before this process opens anything (see kv.h).
 */
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "kv_help.h"

static void
test_reopen(void)
{
	struct kv *kv = rocks_open("reopen"), *other;
	char *path = path_of("reopen"), *check = path_of("check");
	struct kv_snapshot *s;

	put(kv, KV_EVENTS, "e", "1");
	kv_batch_clear(batch);
	kv_batch_append(batch, KV_TEXT, STR("l"), STR("x"));
	kv_batch_append(batch, KV_TEXT, STR("l"), STR("y"));
	is_int(kv_write(kv, batch, true, &e), 0, "append");
	is_int(kv_rocks_open(path, NULL, &other, &e), ERR_EXISTS,
	    "a second open is refused");
	ok(strstr(e.text, "in use by another process"), "in words");
	is_int(kv_checkpoint(kv, check, &e), 0, "checkpoint");
	is_int(kv_checkpoint(kv, check, &e), ERR_INVALID,
	    "not into an existing directory");
	put(kv, KV_EVENTS, "e", "2");
	kv_close(kv);
	kv = rocks_open("reopen");
	is_str(get(kv_latest(kv), KV_EVENTS, "e"), "2", "after a close");
	is_int(kv_rocks_open_readonly(check, NULL, &other, &e), 0,
	    "the checkpoint opens");
	is_str(get(kv_latest(other), KV_EVENTS, "e"), "1", "as it was");
	is_str(get(kv_latest(other), KV_TEXT, "l"), "xy", "lists too");
	is_str(get(kv_latest(kv), KV_TEXT, "l"), "xy", "and after a close");
	is_int(kv_snapshot_open(other, &s, &e), 0, "with snapshots");
	is_str(scan(s, (struct kv_range){ .family = KV_EVENTS }, NULL), "e=1;", "scan");
	kv_snapshot_close(s);
	is_int(put(other, KV_EVENTS, "e", "3"), ERR_INVALID, "readonly");
	is_int(kv_compact(other, &e), ERR_INVALID, "no compaction");
	kv_close(other);
	kv_close(kv);
	is_int(kv_rocks_open_readonly(top, NULL, &other, &e), ERR_NOT_FOUND,
	    "no database");
	free(path);
	path = path_of("no/parent");
	is_int(kv_rocks_open(path, NULL, &other, &e), ERR_IO, "no parent");
	free(path);
	free(check);
}

/* Flips bits in the middle of every table file. */
static int
damage_one(const char *path, const struct stat *st, int kind, struct FTW *w)
{
	size_t n = strlen(path);
	char bytes[64];
	int fd;

	(void)kind, (void)w;
	if (n < 4 || strcmp(path + n - 4, ".sst") != 0)
		return 0;
	memset(bytes, 0x5a, sizeof(bytes));
	fd = open(path, O_WRONLY);
	if (fd < 0 || pwrite(fd, bytes, sizeof(bytes), st->st_size / 4) < 0)
		return -1;
	return close(fd);
}

static void
test_damage(void)
{
	struct kv *kv = rocks_open("damage");
	char *path = path_of("damage"), key[20];
	int i;

	kv_batch_clear(batch);
	for (i = 0; i < 2000; i++) {
		snprintf(key, sizeof(key), "%08d", i * 7919);
		kv_batch_put(batch, KV_STATE, str_from(key), str_from(key));
	}
	ok(kv_write(kv, batch, true, &e) == 0 && kv_compact(kv, &e) == 0,
	    "fill");
	kv_close(kv);
	ok(nftw(path, damage_one, 8, FTW_PHYS) == 0, "damage the tables");
	kv = rocks_open("damage");
	ok(kv != NULL, "it opens");
	is_str(scan(kv_latest(kv), (struct kv_range){ .family = KV_STATE }, NULL), "!",
	    "a damaged block is noticed");
	is_int(e.code, ERR_CORRUPT, "as corruption");
	kv_close(kv);
	free(path);
}

/* Writes batches of one row a family and says so, until killed. */
static void
write_forever(int out)
{
	struct kv *kv = rocks_open("crash");
	struct buf b;
	uint32_t i;
	int f;

	buf_init(&b, 100);
	for (i = 0; kv && i < 1000000; i++) {
		kv_batch_clear(batch);
		buf_reset(&b);
		buf_add_be32(&b, i);
		for (f = 0; f < KV_FAMILY_COUNT; f++)
			kv_batch_put(batch, (enum kv_family)f, buf_str(&b),
			    STR("some text to fill the log"));
		if (kv_write(kv, batch, true, &e) ||
		    write(out, &i, sizeof(i)) != sizeof(i))
			break;
	}
	_exit(1);
}

/* Lets a child write and kills it; returns what it has acknowledged. */
static uint32_t
crash(void)
{
	uint32_t i, n = 0;
	pid_t child;
	int p[2];

	if (pipe(p) != 0 || (child = fork()) < 0)
		return 0;
	if (child == 0)
		write_forever(p[1]);
	close(p[1]);
	while (n < 300 && read(p[0], &i, sizeof(i)) == sizeof(i))
		n++;
	kill(child, SIGKILL);
	while (read(p[0], &i, sizeof(i)) == sizeof(i))
		n++;
	waitpid(child, NULL, 0);
	close(p[0]);
	return n;
}

static void
test_after_crash(uint32_t n)
{
	struct kv_scan_end end[KV_FAMILY_COUNT];
	struct kv *kv;
	int f, bad = 0;

	ok(n >= 300, "%u batches acknowledged", n);
	kv = rocks_open("crash");
	for (f = 0; kv && f < KV_FAMILY_COUNT; f++) {
		bad += kv_scan(kv_latest(kv), &(struct kv_range){
		    .family = (enum kv_family)f }, ignore_row, NULL, &end[f],
		    &e) != 0;
		bad += end[f].n != end[0].n;
	}
	ok(kv && bad == 0, "killed: a batch is in all families or in none");
	ok(kv && (end[0].n == n || end[0].n == n + 1),
	    "and every acknowledged one is there");
	kv_close(kv);
}

/* The child waits for our open, then tries its own. */
static void
test_other_process(void)
{
	int go[2], status = 0;
	char *path = path_of("lock");
	struct kv *kv;
	pid_t child;
	char c = 0;

	if (pipe(go) != 0 || (child = fork()) < 0) {
		ok(0, "fork");
		free(path);
		return;
	}
	if (child == 0) {
		close(go[1]);
		if (read(go[0], &c, 1) < 0)
			_exit(2);
		_exit(kv_rocks_open(path, NULL, &kv, &e) == ERR_EXISTS ?
		    0 : 1);
	}
	close(go[0]);
	kv = rocks_open("lock");
	close(go[1]);
	waitpid(child, &status, 0);
	is_int(status, 0, "another process is refused as ERR_EXISTS");
	kv_close(kv);
	free(path);
}

static int
count_row(void *arg, struct str key, struct str value, struct err *err)
{
	size_t *n = arg;

	(void)key, (void)err;
	*n += value.n;
	return 0;
}

/* Bytes of all values from "key" to "key~", or -1. */
static int
bytes_at(struct kv *kv, int key, bool reverse)
{
	char from[16], to[16];
	size_t n = 0;
	struct kv_range r = { .family = KV_EVENTS, .reverse = reverse };

	snprintf(from, sizeof(from), "%05d", key);
	snprintf(to, sizeof(to), "%05d~", key);
	r.from = str_from(from);
	r.to = str_from(to);
	return kv_scan(kv_latest(kv), &r, count_row, &n, NULL, &e) ? -1 :
	    (int)n;
}

/* Values of half a megabyte have blocks of their own: scans of what lies between
 * and beside them see each row once, in both directions, and none that the
 * range leaves out. */
static void
test_large_neighbours(void)
{
	enum { KEYS = 400, EVERY = 40, LARGE = 1 << 19 };
	struct kv *kv = rocks_open("large");
	char *large = mem_zalloc(1, LARGE + 1), key[16];
	int wrong = 0;

	memset(large, 'x', LARGE);
	for (int i = 0; i < KEYS; i += 2)
		for (int j = 0; j < 2; j++) {
			snprintf(key, sizeof(key), "%05d.%d", i, j);
			wrong += put(kv, KV_EVENTS, key,
			    j && i % EVERY == 0 ? large : "v") != 0;
		}
	is_int(wrong, 0, "large values among small ones");
	is_int(kv_compact(kv, &e), 0, "compacted");
	for (int i = 0; i < KEYS; i++) {
		int want = i % 2 ? 0 : i % EVERY == 0 ? LARGE + 1 : 2;

		wrong += bytes_at(kv, i, false) != want;
		wrong += bytes_at(kv, i, true) != want;
	}
	is_int(wrong, 0, "scans beside them");
	kv_close(kv);
	free(large);
}

int
main(void)
{
	uint32_t n;

	help_start();
	n = crash();
	test_other_process();
	test_after_crash(n);
	test_reopen();
	test_damage();
	test_large_neighbours();
	return help_done();
}
