/* Reading through weir-store gives what reading the kv gives. */
#include "store_help.h"

enum { KEYS = 3000, ROUNDS = 400 };

static struct kv *local;
static uint64_t dice = 7;

static unsigned
roll(unsigned n)
{
	dice = dice * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(dice >> 33) % n;
}

/* Keys of one to three bytes in two families, some values large. */
static void
fill(void)
{
	struct kv_batch *b = kv_batch_new(64 << 20);
	static char big[300000];

	memset(big, 'v', sizeof(big));
	for (int i = 0; i < KEYS; i++) {
		char key[3] = { (char)roll(256), (char)roll(4),
		    (char)roll(256) };

		kv_batch_put(b, i % 2 ? KV_STATE : KV_ROLLUPS,
		    str_of(key, 1 + roll(3)),
		    str_of(big, roll(40) ? roll(100) : roll(sizeof(big))));
	}
	is_int(kv_write(local, b, true, &e), 0, "fill");
	kv_batch_free(b);
}

static struct str
random_key(char key[3])
{
	key[0] = (char)roll(256);
	key[1] = (char)roll(4);
	key[2] = (char)roll(256);
	return str_of(key, roll(4));
}

/* Everything that a scan gave, as one text. */
struct record {
	struct buf b;
	size_t stop_at, n;
};

static int
record_row(void *arg, struct str key, struct str value, struct err *err)
{
	struct record *r = arg;

	(void)err;
	buf_add_be32(&r->b, (uint32_t)key.n);
	buf_add_str(&r->b, key);
	buf_add_be64(&r->b, hash64(value));
	return ++r->n == r->stop_at ? KV_STOP : 0;
}

static bool
same_scan(struct kv_snapshot *a, struct kv_snapshot *b)
{
	char k1[3], k2[3];
	struct kv_range g = { .family = roll(2) ? KV_STATE : KV_ROLLUPS,
	    .from = random_key(k1), .to = random_key(k2),
	    .reverse = roll(2), .keys_only = roll(3) == 0,
	    .is_bulk = roll(4) == 0, .limit = roll(2) ? roll(700) : 0,
	    .max_bytes = roll(3) ? 0 : roll(100000) };
	struct record x = { .stop_at = roll(3) ? 0 : roll(600) }, y = x;
	struct kv_scan_end p, q;
	bool same;

	buf_init(&x.b, 64 << 20);
	buf_init(&y.b, 64 << 20);
	same = kv_scan(a, &g, record_row, &x, &p, &e) == 0 &&
	    kv_scan(b, &g, record_row, &y, &q, &e) == 0 &&
	    str_eq(buf_str(&x.b), buf_str(&y.b)) &&
	    p.n == q.n && p.bytes == q.bytes &&
	    p.is_complete == q.is_complete;
	buf_fini(&x.b);
	buf_fini(&y.b);
	return same;
}

static bool
same_get(struct kv_snapshot *a, struct kv_snapshot *b)
{
	enum kv_family f = roll(2) ? KV_STATE : KV_ROLLUPS;
	bool fa, fb, same;
	struct buf x, y;
	struct str key;
	char k[3];

	do
		key = random_key(k);
	while (key.n == 0);
	buf_init(&x, 1 << 20);
	buf_init(&y, 1 << 20);
	same = kv_get(a, f, key, &x, &fa, &e) == 0 &&
	    kv_get(b, f, key, &y, &fb, &e) == 0 && fa == fb &&
	    str_eq(buf_str(&x), buf_str(&y));
	buf_fini(&x);
	buf_fini(&y);
	return same;
}

/* n keys, many of which are not there, in portions if n is large. */
static bool
same_multi_get(struct kv_snapshot *a, struct kv_snapshot *b, size_t n)
{
	struct arena *arena = arena_new(256 << 20);
	struct str *keys = mem_zalloc(n, sizeof(*keys));
	struct str *x = mem_zalloc(n, sizeof(*x));
	struct str *y = mem_zalloc(n, sizeof(*y));
	char *space = mem_zalloc(n, 3);
	bool same;

	for (size_t i = 0; i < n; i++) {
		random_key(space + 3 * i);
		keys[i] = str_of(space + 3 * i, 1 + roll(3));
	}
	same = kv_multi_get(a, KV_STATE, keys, n, x, arena, &e) == 0 &&
	    kv_multi_get(b, KV_STATE, keys, n, y, arena, &e) == 0;
	for (size_t i = 0; same && i < n; i++)
		same = str_eq(x[i], y[i]) && !x[i].p == !y[i].p;
	free(keys);
	free(x);
	free(y);
	free(space);
	arena_free(arena);
	return same;
}

static void
test_same(void)
{
	struct kv *remote = store_kv(client);
	struct kv_snapshot *s;
	struct store_server_stats st;
	size_t bad[5] = { 0 };

	is_int(kv_snapshot_open(remote, &s, &e), 0, "snapshot");
	for (int i = 0; i < ROUNDS; i++) {
		bad[0] += !same_scan(kv_latest(local), s);
		bad[1] += !same_scan(kv_latest(local), kv_latest(remote));
		bad[2] += !same_get(kv_latest(local), s);
		bad[3] += !same_get(kv_latest(local), kv_latest(remote));
	}
	is_int(bad[0], 0, "scans of a snapshot");
	is_int(bad[1], 0, "scans of the latest");
	is_int(bad[2], 0, "gets of a snapshot");
	is_int(bad[3], 0, "gets of the latest");
	for (size_t n = 1; n < 6000; n = n * 5 + 1)
		bad[4] += !same_multi_get(kv_latest(local), s, n) +
		    !same_multi_get(kv_latest(local), kv_latest(remote), n);
	is_int(bad[4], 0, "many at once");
	kv_snapshot_close(s);
	for (int i = 0; i < 100; i++) {
		store_server_stats(server, &st);
		if (st.snapshots == 0)
			break;
		clock_sleep_ms(10);
	}
	is_int(st.snapshots, 0, "no snapshot is left behind");
}

static void
test_limits(void)
{
	struct kv *remote = store_kv(client);
	struct kv_batch *b = kv_batch_new(1 << 20);
	struct arena *tiny = arena_new(1000);
	struct str keys[] = { STR("k1"), STR("k2") }, values[2];
	static char big[5000];
	struct buf out;
	bool found;

	kv_batch_put(b, KV_INDEX, STR("k1"), str_of(big, sizeof(big)));
	kv_batch_put(b, KV_INDEX, STR("k2"), STR(""));
	is_int(kv_write(local, b, true, &e), 0, "write");
	is_int(kv_write(remote, b, true, &e), ERR_INVALID, "not remotely");
	buf_init(&out, 100);
	is_int(kv_get(kv_latest(remote), KV_INDEX, keys[0], &out, &found,
	    &e), ERR_LIMIT, "larger than the buffer");
	buf_reset(&out);
	is_int(kv_get(kv_latest(remote), KV_INDEX, keys[1], &out, &found,
	    &e), 0, "an empty value");
	ok(found && out.n == 0, "is found");
	is_int(kv_multi_get(kv_latest(remote), KV_INDEX, keys, 2, values,
	    tiny, &e), ERR_LIMIT, "larger than the arena");
	buf_fini(&out);
	arena_free(tiny);
	kv_batch_free(b);
}

static size_t
count_index(struct kv_snapshot *s)
{
	struct kv_range r = { .family = KV_RUNS };
	size_t n = 0;

	return kv_scan(s, &r, count_row, &n, NULL, &e) ? SIZE_MAX : n;
}

static void
test_moment(void)
{
	struct kv_snapshot *before, *lazy, *after;
	struct kv *remote = store_kv(client);
	size_t n = rows_of(local, KV_RUNS);

	is_int(kv_snapshot_open(remote, &before, &e), 0, "before");
	is_int(count_index(before), (long long)n, "before: read");
	is_int(kv_snapshot_open(remote, &lazy, &e), 0, "not read yet");
	is_int(submit_run(client, "moment", "x"), 0, "submit");
	is_int(count_index(before), (long long)n, "before: the same");
	is_int(count_index(lazy), (long long)n + 1, "made at the first read");
	is_int(kv_snapshot_open(remote, &after, &e), 0, "after");
	is_int(count_index(after), (long long)n + 1, "after: one more");
	is_int(count_index(kv_latest(remote)), (long long)n + 1, "latest");
	kv_snapshot_close(before);
	kv_snapshot_close(lazy);
	kv_snapshot_close(after);
}

static void
test_snapshots_end(void)
{
	struct kv_snapshot *s[5];
	struct store_server_stats st;
	struct store_client *other = connect_client();

	for (int i = 0; i < 5; i++)
		is_int(kv_snapshot_open(store_kv(other), &s[i], &e), 0,
		    "open %d costs nothing", i);
	for (int i = 0; i < 4; i++)
		ok(count_index(s[i]) != SIZE_MAX, "read %d", i);
	is_int(count_index(s[4]), -1, "one too many");
	is_int(e.code, ERR_AGAIN, "try again later");
	store_server_stats(server, &st);
	is_int(st.snapshots, 4, "held");
	/* The client falls silent; its snapshots are not closed. */
	clock_sleep_ms(1500);
	store_server_stats(server, &st);
	is_int(st.snapshots, 0, "a silent client's snapshots end");
	is_int(count_index(s[0]), -1, "one that ended");
	is_int(e.code, ERR_AGAIN, "is not made again behind the reader");
	for (int i = 0; i < 5; i++)
		kv_snapshot_close(s[i]);
	store_client_close(other);
}

int
main(void)
{
	struct store_server_options o = { .readers = 2 };

	help_setup();
	local = kv_memory_new();
	start(local, &o);
	fill();
	test_same();
	test_limits();
	test_moment();
	stop();
	o.max_snapshots = 4;
	o.snapshot_idle_ms = 1000;
	start(local, &o);
	test_snapshots_end();
	stop();
	kv_close(local);
	help_end();
	return tap_done();
}
