/* The parts of lib/store that need no server: messages, leases, snapshots,
 * queues. */
#include <pthread.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/hash.h"
#include "base/mem.h"
#include "store/jobs.h"
#include "store/leases.h"
#include "store/proto.h"
#include "store/proto_key.h"
#include "store/snaps.h"
#include "tap.h"

static struct arena *arena;
static struct err e;

/* ---- messages ---- */



static int
as_get(struct str p)
{
	struct store_get m;

	return store_get_decode(p, arena, &m, &e);
}

static int
as_scan(struct str p)
{
	struct store_scan m = { .snap.id = 0 };

	return store_scan_decode(p, &m, &e);
}

static int
as_ask(struct str p)
{
	struct store_lease_ask m;

	return store_lease_ask_decode(p, arena, &m, &e);
}

static int
as_leases(struct str p)
{
	struct store_lease *v;
	uint64_t patterns;
	int64_t ms;
	size_t n;

	return store_leases_decode(p, arena, &ms, &patterns, &v, &n, &e);
}

static int
as_verdict(struct str p)
{
	struct store_judgement *v;
	size_t n;

	return store_verdict_decode(p, arena, &v, &n, &e);
}

static int
as_key(struct str p)
{
	char secret[REPO_SECRET_SIZE];
	struct repo_key k;

	return store_key_decode(p, &k, secret, &e);
}

/* Whole it is read; cut anywhere, or with a byte behind it, it is not. */
static void
check_cuts(const char *name, int (*decode)(struct str), struct buf *b)
{
	size_t bad = 0, n = b->n;
	char *exact;

	is_int(decode(buf_str(b)), 0, "%s: whole", name);
	for (size_t i = 0; i < n; i++) {
		exact = mem_dup(b->p, i);
		bad += decode(str_of(exact, i)) != ERR_INVALID;
		free(exact);
	}
	is_int(bad, 0, "%s: cut short", name);
	buf_add_byte(b, 0xc0);
	is_int(decode(buf_str(b)), ERR_INVALID, "%s: left over", name);
	buf_fini(b);
	arena_reset(arena);
}

static void
test_reads(void)
{
	struct str keys[] = { STR("a"), STR("bc") };
	struct store_get g = { .snap = { 1, 2, true, false },
	    .family = KV_RUNS, .max_bytes = 1 << 20, .keys = keys, .n = 2 };
	struct store_scan s = { .snap = { UINT64_MAX, 7, false, true },
	    .range = { .family = KV_INDEX, .from = STR("x"), .reverse = true,
	    .limit = 10, .max_bytes = 100 } }, back = { .snap.id = 0 };
	struct buf b;

	buf_init(&b, 1 << 16);
	store_get_encode(&g, &b);
	check_cuts("get", as_get, &b);
	buf_init(&b, 1 << 16);
	store_scan_encode(&s, &b);
	is_int(store_scan_decode(buf_str(&b), &back, &e), 0, "scan");
	ok(back.snap.client == UINT64_MAX && back.snap.id == 7 &&
	    back.snap.once && !back.snap.open && back.range.reverse &&
	    !back.range.keys_only && str_is(back.range.from, "x") &&
	    back.range.to.n == 0 && back.range.limit == 10,
	    "scan: the same comes out");
	check_cuts("scan", as_scan, &b);
	buf_init(&b, 1 << 16);
	s.range.limit = STORE_CHUNK_ROWS + 1;
	store_scan_encode(&s, &b);
	is_int(as_scan(buf_str(&b)), ERR_INVALID, "scan: too many rows");
	buf_fini(&b);
}

static void
test_work_messages(void)
{
	struct store_lease_ask ask = { .worker = STR("w"), .version = 3,
	    .max_runs = 5, .max_bytes = 10, .wait_ms = 100 };
	struct store_turn turn = { .run_id = STR("r0"), .head = STR("h") };
	struct store_lease l = { .id = 9, .project = STR("p"),
	    .env = ENV_PROD, .run_id = STR("r1"), .rev = 4,
	    .events = STR("e"), .turns = &turn, .nturns = 1,
	    .usual = { 1, 2, 3, 4, 5, 6, 7 }, .cost_pico_usd = 8,
	    .next_ms = 9, .now_ms = 10 }, *read;
	struct store_judgement v[] = { { 9, STR("events"), STR("doc") },
	    { 10, STR(""), STR("") } };
	struct repo_key k = { .id = "key_1", .project_name = "demo",
	    .project = 1, .dialect = DIALECT_TCC, .scope = KEY_READ,
	    .envs = KEY_PROD, .created_ms = 5 };
	uint64_t patterns;
	struct buf b;
	int64_t ms;
	size_t n;

	buf_init(&b, 1 << 16);
	store_lease_ask_encode(&ask, &b);
	check_cuts("ask", as_ask, &b);
	buf_init(&b, 1 << 16);
	store_leases_begin_encode(30000, 7, 2, &b);
	store_lease_encode(&l, &b);
	store_lease_encode(&l, &b);
	ok(store_leases_decode(buf_str(&b), arena, &ms, &patterns, &read, &n,
	    &e) == 0 && n == 2 && ms == 30000 && patterns == 7 &&
	    memcmp(&read[1].usual, &l.usual, sizeof(l.usual)) == 0 &&
	    read[1].cost_pico_usd == 8 && read[1].next_ms == 9 &&
	    read[1].now_ms == 10 && read[1].nturns == 1,
	    "a lease says what surrounds the run");
	check_cuts("leases", as_leases, &b);
	buf_init(&b, 1 << 16);
	store_verdict_encode(v, 2, &b);
	check_cuts("verdict", as_verdict, &b);
	buf_init(&b, 1 << 16);
	store_key_encode(&k, "secret", &b);
	check_cuts("key", as_key, &b);
}

static void
test_types(void)
{
	enum store_message m;
	struct err in = ERR_INIT, out = ERR_INIT;
	struct buf b;

	is_int(store_type_parse(store_type(STORE_SCAN), &m, &e), 0, "type");
	is_int(m, STORE_SCAN, "type: which");
	is_int(store_type_parse(STORE_SCAN | 9 << 8, &m, &e), ERR_INVALID,
	    "type: another version");
	ok(strstr(e.text, "version 9"), "type: in words");
	is_int(store_type_parse(store_type(STORE_MESSAGE_END), &m, &e),
	    ERR_INVALID, "type: no such message");
	is_int(store_type_parse(store_type(STORE_NEWS), &m, &e),
	    ERR_INVALID, "type: not a request");
	err_set(&in, ERR_LIMIT, "too large");
	buf_init(&b, 100);
	store_refusal_encode(&in, &b);
	is_int(store_refusal_decode(buf_str(&b), &out), ERR_LIMIT, "refusal");
	is_str(out.text, "too large", "refusal: text");
	is_int(store_refusal_decode(STR("\xc0"), &out), ERR_INVALID,
	    "refusal: nonsense");
	buf_fini(&b);
}

/* ---- leases ---- */

static struct repo_work
work_of(uint64_t seq)
{
	return (struct repo_work){ .seq = seq };
}

static void
test_leases(void)
{
	struct leases *l = leases_new(100, 3);
	struct repo_work w[5], got;
	int64_t received_ms;
	uint64_t seq;

	for (unsigned i = 0; i < 5; i++)
		w[i] = work_of(i + 1);
	ok(leases_take(l, &w[0], STR("a"), 77, 1000), "take");
	ok(!leases_take(l, &w[0], STR("b"), 77, 1000), "not twice");
	ok(leases_take(l, &w[1], STR("b"), 78, 1050), "another");
	ok(leases_find(l, 1, &got, &received_ms) && received_ms == 77,
	    "find");
	is_int(leases_expire(l, 1099), 0, "not yet");
	ok(leases_extend(l, 1, 1090), "extend");
	is_int(leases_expire(l, 1160), 1, "one expires");
	ok(!leases_extend(l, 2, 1160), "it is gone");
	ok(leases_redo(l, &seq) && seq == 2, "and for another");
	ok(!leases_redo(l, &seq), "once");
	ok(leases_abandon(l, 1) && !leases_abandon(l, 1), "abandon");
	leases_again(l, 5);
	is_int(leases_redo_count(l), 2, "two to do again");
	ok(leases_redo(l, &seq) && seq == 1 && leases_redo(l, &seq) &&
	    seq == 5, "in that order");
	leases_shelve(l, &w[2]);
	ok(leases_take(l, &w[3], STR("a"), 0, 0) &&
	    leases_take(l, &w[4], STR("a"), 0, 0) &&
	    !leases_take(l, &w[0], STR("a"), 0, 0), "no more than that");
	is_int(leases_expire(l, INT64_MAX - 1), 2, "the shelf does not expire");
	leases_settle(l, 3);
	leases_settle(l, 3);
	is_int(leases_count(l), 0, "settled");
	leases_free(l);
	l = leases_new(100, 3);
	for (int i = 0; i < LEASES_TRIES; i++) {
		ok(leases_take(l, &w[0], STR("a"), 0, 0), "take");
		is_int(leases_expire(l, 200), 1, "another worker died");
		is_int(leases_redo(l, &seq), i + 1 < LEASES_TRIES, "again?");
	}
	ok(!leases_take(l, &w[0], STR("a"), 0, 0) && leases_count(l) == 1,
	    "no more of them");
	leases_settle(l, 1);
	ok(leases_take(l, &w[0], STR("a"), 0, 0), "until it is settled");
	leases_free(l);
}

/* ---- snapshots ---- */

static void
test_snaps(void)
{
	struct kv *kv = kv_memory_new();
	struct snaps *t = snaps_new(kv, 2, 100);
	struct store_snap a = { 1, 1, true, false }, b = { 1, 2, true, false },
	    c = { 2, 1, true, false }, gone = { 3, 1, false, false };
	struct snap *x, *y;

	is_int(snaps_acquire(t, &gone, 0, &x, &e), ERR_AGAIN, "never made");
	is_int(snaps_acquire(t, &a, 0, &x, &e), 0, "made");
	is_int(snaps_acquire(t, &a, 0, &y, &e), ERR_AGAIN, "in use");
	is_int(snaps_acquire(t, &b, 0, &y, &e), 0, "another");
	is_int(snaps_acquire(t, &c, 0, &y, &e), ERR_AGAIN, "too many");
	snaps_close(t, &a);
	is_int(snaps_count(t), 2, "closing waits for the reader");
	snaps_release(t, x, false, 10);
	is_int(snaps_count(t), 1, "closed when released");
	is_int(snaps_expire(t, 1000), 0, "one in use does not expire");
	is_int(snaps_acquire(t, &c, 20, &x, &e), 0, "room again");
	snaps_release(t, x, false, 20);
	is_int(snaps_expire(t, 120), 0, "idle, but not long enough");
	is_int(snaps_expire(t, 121), 1, "idle too long");
	c.open = false;
	is_int(snaps_acquire(t, &c, 130, &x, &e), ERR_AGAIN, "it is gone");
	snaps_close(t, &c);
	is_int(snaps_count(t), 1, "closing it again is harmless");
	b.open = false;
	is_int(snaps_acquire(t, &b, 140, &x, &e), ERR_AGAIN, "still in use");
	snaps_close(t, &b);
	kv_memory_fail(kv, KV_MEMORY_READ, 1, ERR_IO);
	is_int(snaps_acquire(t, &a, 0, &x, &e), ERR_IO, "the kv fails");
	/* y is b, acquired above. */
	is_int(snaps_count(t), 1, "nothing is left behind");
	snaps_release(t, y, false, 150);
	is_int(snaps_count(t), 0, "all closed");
	snaps_free(t);
	kv_close(kv);
}

/* ---- queues ---- */

static struct job *
job_of(size_t bytes)
{
	struct job *j = mem_zalloc(1, sizeof(*j));

	j->bytes = bytes;
	return j;
}

static void
test_limits(void)
{
	struct jobs *s = jobs_new(3, 100, 1);
	struct job *j = job_of(1000), *over = job_of(1);
	size_t n, bytes;

	ok(jobs_push(s, JOBS_QUICK, j), "a large one gets in alone");
	ok(!jobs_push(s, JOBS_QUICK, over), "and nothing behind it");
	free(jobs_pop(s));
	for (int i = 0; i < 3; i++)
		ok(jobs_push(s, JOBS_QUICK, job_of(10)), "%d", i);
	ok(!jobs_push(s, JOBS_QUICK, over), "too many");
	jobs_count(s, &n, &bytes);
	ok(n == 3 && bytes == 30, "counted");
	j = jobs_pop_many(s, 10, 20);
	ok(j && j->next && !j->next->next, "two at once, by bytes");
	free(j->next);
	free(j);
	jobs_stop(s);
	ok(!jobs_push(s, JOBS_QUICK, over), "stopped");
	free(jobs_pop(s));
	ok(jobs_pop(s) == NULL, "empty and over");
	free(over);
	jobs_free(s);
}

static void
test_lanes(void)
{
	struct jobs *s = jobs_new(100, 1000, 1);
	unsigned slow_at = 0, n = 0;
	struct job *j;

	for (int i = 0; i < 20; i++)
		ok(jobs_push(s, i < 2 ? JOBS_SLOW : JOBS_QUICK, job_of(1)),
		    "push %d", i);
	jobs_stop(s);
	while (n < 19 && (j = jobs_pop(s)) != NULL) {
		n++;
		if (j->lane == JOBS_SLOW && !slow_at)
			slow_at = n;
		free(j);
	}
	is_int(slow_at, 8, "a slow one gets every eighth turn");
	jobs_done(s, JOBS_SLOW);
	j = jobs_pop(s);
	ok(j && j->lane == JOBS_SLOW, "the second only when the first ended");
	free(j);
	ok(!jobs_pop(s), "all done");
	jobs_free(s);
}

static void *
drain(void *arg)
{
	struct jobs *s = arg;
	enum jobs_lane lane;
	struct job *j;

	while ((j = jobs_pop(s)) != NULL) {
		lane = j->lane;
		free(j);
		jobs_done(s, lane);
	}
	return NULL;
}

static void
test_threads(void)
{
	struct jobs *s = jobs_new(100, 1000, 2);
	pthread_t t[3];
	unsigned pushed = 0;

	for (int i = 0; i < 3; i++)
		pthread_create(&t[i], NULL, drain, s);
	for (int i = 0; i < 3000; i++) {
		struct job *j = job_of(1);

		if (jobs_push(s, i % 3 ? JOBS_SLOW : JOBS_QUICK, j))
			pushed++;
		else
			free(j);
	}
	jobs_stop(s);
	for (int i = 0; i < 3; i++)
		pthread_join(t[i], NULL);
	ok(pushed > 0, "%u jobs went through three threads", pushed);
	jobs_free(s);
}

int
main(void)
{
	hash_setup();
	arena = arena_new(1 << 20);
	test_types();
	test_reads();
	test_work_messages();
	test_leases();
	test_snaps();
	test_limits();
	test_lanes();
	test_threads();
	arena_free(arena);
	return tap_done();
}
