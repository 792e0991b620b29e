/*
 * lib/kv: one contract, two stores: by example, and random work compared with
 * a model.
 */
#include "base/arena.h"
#include "kv_help.h"

/* ---- the contract by example ---- */

static void
test_basics(struct kv *kv, const char *who)
{
	struct kv_snapshot *s, *now = kv_latest(kv);

	is_int(put(kv, KV_STATE, "k", "one"), 0, "%s: put", who);
	is_str(get(now, KV_STATE, "k"), "one", "%s: latest", who);
	is_str(get(now, KV_KEYS, "k"), "-", "%s: families are apart", who);
	is_int(kv_snapshot_open(kv, &s, &e), 0, "%s: snapshot", who);
	is_int(put(kv, KV_STATE, "k", "two"), 0, "%s: overwrite", who);
	is_str(get(s, KV_STATE, "k"), "one", "%s: a snapshot stays", who);
	is_str(get(now, KV_STATE, "k"), "two", "%s: latest moves", who);
	is_int(put(kv, KV_STATE, "empty", ""), 0, "%s: empty value", who);
	is_str(get(now, KV_STATE, "empty"), "", "%s: is found", who);
	is_str(get(s, KV_STATE, "empty"), "-", "%s: not in the past", who);
	kv_snapshot_close(s);
	kv_snapshot_close(now);
	kv_batch_clear(batch);
	kv_batch_put(batch, KV_STATE, STR("k"), STR("three"));
	kv_batch_delete(batch, KV_STATE, STR("k"));
	kv_batch_put(batch, KV_STATE, STR("l"), STR("x"));
	kv_batch_delete_range(batch, KV_STATE, STR("l"), STR("m"));
	kv_batch_put(batch, KV_STATE, STR("lz"), STR("y"));
	kv_batch_delete_range(batch, KV_STATE, STR("z"), STR("a"));
	is_int(kv_batch_count(batch), 5, "%s: an empty range is no op", who);
	is_int(kv_write(kv, batch, false, &e), 0, "%s: write", who);
	is_str(scan(now, (struct kv_range){ .family = KV_STATE }, NULL), "empty=;lz=y;",
	    "%s: a batch applies in order", who);
	kv_batch_clear(batch);
	is_int(kv_write(kv, batch, true, &e), 0, "%s: empty batch", who);
}

static void
append(struct kv *kv, const char *key, const char *value)
{
	kv_batch_clear(batch);
	kv_batch_append(batch, KV_TEXT, str_from(key), str_from(value));
	is_int(kv_write(kv, batch, false, &e), 0, "append");
}

static void
test_append(struct kv *kv, const char *who)
{
	struct kv_snapshot *s, *now = kv_latest(kv);

	append(kv, "l", "one");
	append(kv, "l", ",two");
	is_str(get(now, KV_TEXT, "l"), "one,two", "%s: a list grows", who);
	is_int(kv_snapshot_open(kv, &s, &e), 0, "%s: snapshot", who);
	append(kv, "l", ",three");
	is_str(get(s, KV_TEXT, "l"), "one,two", "%s: not in the past", who);
	is_int(kv_compact(kv, &e), 0, "%s: compact", who);
	append(kv, "l", "");
	append(kv, "l", ",four");
	is_str(get(now, KV_TEXT, "l"), "one,two,three,four",
	    "%s: over a compaction", who);
	is_str(get(s, KV_TEXT, "l"), "one,two", "%s: nor then", who);
	kv_snapshot_close(s);
	kv_batch_clear(batch);
	kv_batch_append(batch, KV_TEXT, STR("l"), STR("gone"));
	kv_batch_delete(batch, KV_TEXT, STR("l"));
	kv_batch_append(batch, KV_TEXT, STR("l"), STR("a"));
	kv_batch_append(batch, KV_TEXT, STR("l"), STR("b"));
	kv_batch_put(batch, KV_TEXT, STR("m"), STR("c"));
	kv_batch_append(batch, KV_TEXT, STR("m"), STR("d"));
	is_int(kv_write(kv, batch, true, &e), 0, "%s: write", who);
	is_str(scan(now, (struct kv_range){ .family = KV_TEXT }, NULL),
	    "l=ab;m=cd;", "%s: in the order of the batch", who);
	is_int(kv_clear_range(kv, KV_TEXT, STR_NULL, STR_NULL, &e), 0,
	    "%s: clear", who);
	is_str(get(now, KV_TEXT, "l"), "-", "%s: gone", who);
	append(kv, "l", "new");
	is_str(get(now, KV_TEXT, "l"), "new", "%s: begins anew", who);
}

/* Random appends to some lists, with snapshots and compactions between. */
static void
test_append_much(struct kv *kv, const char *who)
{
	enum { LISTS = 5, ROUNDS = 3000 };
	struct kv_snapshot *s = NULL;
	struct buf want[LISTS], then[LISTS];
	char key[8], text[16];
	size_t bad = 0;

	for (int i = 0; i < LISTS; i++) {
		buf_init(&want[i], 1 << 20);
		buf_init(&then[i], 1 << 20);
	}
	for (int i = 0; i < ROUNDS; i++) {
		int k = i * 7919 % LISTS;

		snprintf(key, sizeof(key), "much%d", k);
		snprintf(text, sizeof(text), "%d.", i);
		buf_add_cstr(&want[k], text);
		kv_batch_clear(batch);
		kv_batch_append(batch, KV_TEXT, str_from(key),
		    str_from(text));
		bad += kv_write(kv, batch, false, &e) != 0;
		if (i == ROUNDS / 3) {
			bad += kv_snapshot_open(kv, &s, &e) != 0;
			for (int j = 0; j < LISTS; j++)
				buf_add_str(&then[j], buf_str(&want[j]));
		}
		if (i % 1000 == 999)
			bad += kv_compact(kv, &e) != 0;
	}
	for (int i = 0; i < LISTS; i++) {
		buf_add_byte(&want[i], 0);
		buf_add_byte(&then[i], 0);
		snprintf(key, sizeof(key), "much%d", i);
		bad += strcmp(get(kv_latest(kv), KV_TEXT, key),
		    want[i].p) != 0;
		bad += strcmp(get(s, KV_TEXT, key), then[i].p) != 0;
		buf_fini(&want[i]);
		buf_fini(&then[i]);
	}
	kv_snapshot_close(s);
	is_int(bad, 0, "%s: long lists", who);
}

static void
test_limits(struct kv *kv, const char *who)
{
	static char big[KV_KEY_MAX + 1];
	struct kv_batch *small = kv_batch_new(64);
	struct buf b;
	bool found = true;

	memset(big, 0xff, sizeof(big));
	kv_batch_put(small, KV_DEFAULT, STR("k"), STR("v"));
	kv_batch_put(small, KV_DEFAULT, STR("l"), str_of(big, 100));
	is_int(kv_write(kv, small, true, &e), ERR_LIMIT, "%s: budget", who);
	is_str(get(kv_latest(kv), KV_DEFAULT, "k"), "-",
	    "%s: and nothing is written", who);
	kv_batch_clear(small);
	kv_batch_put(small, KV_DEFAULT, STR(""), STR("v"));
	is_int(kv_write(kv, small, true, &e), ERR_LIMIT, "%s: empty key", who);
	kv_batch_free(small);
	kv_batch_clear(batch);
	kv_batch_put(batch, KV_DEFAULT, str_of(big, KV_KEY_MAX), STR("v"));
	is_int(kv_write(kv, batch, true, &e), 0, "%s: longest key", who);
	kv_batch_put(batch, KV_DEFAULT, str_of(big, sizeof(big)), STR("v"));
	is_int(kv_write(kv, batch, true, &e), ERR_LIMIT, "%s: longer", who);
	buf_init(&b, 3);
	is_int(put(kv, KV_DEFAULT, "four", "1234"), 0, "%s: put", who);
	is_int(kv_get(kv_latest(kv), KV_DEFAULT, STR("four"), &b, &found, &e),
	    ERR_LIMIT, "%s: a value larger than the buffer", who);
	is_int(found, 0, "%s: is not found", who);
	buf_fini(&b);
	is_int(kv_clear_range(kv, KV_DEFAULT, STR_NULL, STR_NULL, &e), 0,
	    "%s: clear all", who);
	is_str(scan(kv_latest(kv), (struct kv_range){ .family = KV_DEFAULT }, NULL), "",
	    "%s: the longest key too", who);
}

static void
test_scan(struct kv *kv, const char *who)
{
	struct kv_snapshot *s = kv_latest(kv);
	struct kv_scan_end end;
	struct seen stop = { .stop_at = 2 }, fail = { .fail = ERR_CORRUPT };

	put(kv, KV_INDEX, "a", "1");
	put(kv, KV_INDEX, "ab", "2");
	put(kv, KV_INDEX, "b", "3");
	put(kv, KV_INDEX, "c", "4");
	put(kv, KV_ROLLUPS, "a", "other");
#define SCAN(...) \
	scan(s, (struct kv_range){ .family = KV_INDEX, __VA_ARGS__ }, \
	    &end)
	is_str(SCAN(.limit = 0), "a=1;ab=2;b=3;c=4;", "%s: all", who);
	ok(end.is_complete && end.n == 4 && end.bytes == 9, "%s: end", who);
	is_str(SCAN(.reverse = true), "c=4;b=3;ab=2;a=1;", "%s: reverse", who);
	is_str(SCAN(.from = STR("ab"), .to = STR("c")), "ab=2;b=3;",
	    "%s: from is inside, to is not", who);
	is_str(SCAN(.from = STR("ab"), .to = STR("c"), .reverse = true),
	    "b=3;ab=2;", "%s: and in reverse", who);
	is_str(SCAN(.limit = 2), "a=1;ab=2;", "%s: limit", who);
	ok(!end.is_complete && end.n == 2, "%s: not complete", who);
	is_str(SCAN(.max_bytes = 3), "a=1;ab=2;", "%s: max_bytes", who);
	is_str(SCAN(.max_bytes = 1), "a=1;", "%s: at least one row", who);
	is_str(SCAN(.keys_only = true, .is_bulk = true), "a=;ab=;b=;c=;",
	    "%s: keys only", who);
	is_str(SCAN(.from = STR("c"), .to = STR("b")), "", "%s: empty", who);
	ok(end.is_complete, "%s: and complete", who);
	is_str(SCAN(.from = STR("x")), "", "%s: behind all", who);
#undef SCAN
	buf_init(&stop.text, 1000);
	is_int(kv_scan(s, &(struct kv_range){ .family = KV_INDEX }, see, &stop, &end,
	    &e), 0, "%s: stopped", who);
	ok(end.n == 2 && !end.is_complete, "%s: by the callback", who);
	buf_init(&fail.text, 1000);
	is_int(kv_scan(s, &(struct kv_range){ .family = KV_INDEX }, see, &fail, NULL,
	    &e), ERR_CORRUPT, "%s: its error comes back", who);
	buf_fini(&stop.text);
	buf_fini(&fail.text);
}

static void
test_multi_get(struct kv *kv, const char *who)
{
	enum { N = 150 };
	struct arena *a = arena_new(1 << 16), *tiny = arena_new(64);
	struct str keys[N], values[N];
	size_t i, bad = 0;

	kv_batch_clear(batch);
	for (i = 0; i < N; i++) {
		keys[i] = arena_printf(a, "m%zu", i * 7919 % N);
		if (i % 3)
			kv_batch_put(batch, KV_RUNS, keys[i],
			    i % 5 ? keys[i] : STR(""));
	}
	is_int(kv_write(kv, batch, true, &e), 0, "%s: write", who);
	is_int(kv_multi_get(kv_latest(kv), KV_RUNS, keys, N, values, a, &e), 0,
	    "%s: multi-get", who);
	for (i = 0; i < N; i++) {
		if (i % 3 == 0)
			bad += values[i].p != NULL;
		else
			bad += !values[i].p || !str_eq(values[i],
			    i % 5 ? keys[i] : STR(""));
	}
	is_int(bad, 0, "%s: values in the order of the keys", who);
	is_int(kv_multi_get(kv_latest(kv), KV_RUNS, keys, N, values, tiny,
	    &e), ERR_LIMIT, "%s: small arena", who);
	is_int(kv_multi_get(kv_latest(kv), KV_RUNS, keys, 0, values, a, &e),
	    0, "%s: no keys", who);
	arena_free(a);
	arena_free(tiny);
}

struct mover {
	struct kv *kv;
	size_t n;
};

/* Deletes each row it sees and adds one that the scan must not see. */
static int
move(void *arg, struct str key, struct str value, struct err *err)
{
	struct mover *m = arg;
	char space[8];

	(void)value;
	m->n++;
	kv_batch_clear(batch);
	kv_batch_delete(batch, KV_WORK, key);
	kv_batch_put(batch, KV_WORK, kv_key_after(key, space), STR("new"));
	return kv_write(m->kv, batch, false, err);
}

static void
test_write_in_scan(struct kv *kv, const char *who)
{
	struct mover m = { .kv = kv };

	put(kv, KV_WORK, "1", "");
	put(kv, KV_WORK, "2", "");
	is_int(kv_scan(kv_latest(kv), &(struct kv_range){ .family = KV_WORK }, move, &m,
	    NULL, &e), 0, "%s: writing in a callback", who);
	is_int(m.n, 2, "%s: a scan sees one moment", who);
}

static void
test_stats(struct kv *kv, const char *who)
{
	struct kv_snapshot *s;
	struct kv_stats st;

	is_int(kv_compact(kv, &e), 0, "%s: compact", who);
	is_int(kv_snapshot_open(kv, &s, &e), 0, "%s: snapshot", who);
	is_int(kv_stats(kv, &st, &e), 0, "%s: stats", who);
	ok(st.n_snapshots == 1 && !st.is_write_stopped &&
	    st.background_errors == 0 && st.memtable_bytes > 0 &&
	    st.n_keys[KV_INDEX] == 4, "%s: plausible", who);
	kv_snapshot_close(s);
}

/* ---- the contract against a model ---- */

enum { N_KEYS = 39, N_FAMILIES = 3, N_SNAPSHOTS = 4 };

struct model {
	int v[N_FAMILIES][N_KEYS];	/* 0: absent */
};

static const enum kv_family used[N_FAMILIES] = {
	KV_DEFAULT, KV_EVENTS, KV_KEYS
};
static char key_text[N_KEYS][3];
static struct str key_of[N_KEYS];
static uint64_t dice;

static unsigned
roll(unsigned n)
{
	dice = dice * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(dice >> 33) % n;
}

/* All words of 1 to 3 letters out of three, in order. */
static void
make_keys(void)
{
	static const char letters[3] = { '\0', 'a', '\xff' };
	int a, b, c, n = 0;

	for (a = 0; a < 3; a++) {
		key_of[n++] = str_of(letters + a, 1);
		for (b = 0; b < 3; b++) {
			for (c = -1; c < 3; c++) {
				char *p = key_text[n];

				p[0] = letters[a];
				p[1] = letters[b];
				p[2] = c < 0 ? 0 : letters[c];
				key_of[n++] = str_of(p, c < 0 ? 2 : 3);
			}
		}
	}
	ok(n == N_KEYS, "the number of keys");
	for (a = 1; a < n; a++)
		if (str_cmp(key_of[a - 1], key_of[a]) >= 0)
			ok(0, "keys in order");
}

static void
random_op(struct model *m)
{
	int f = (int)roll(N_FAMILIES), k = (int)roll(N_KEYS), to, v;
	char text[20];

	switch (roll(8)) {
	case 0:
		to = (int)roll(N_KEYS + 1);
		kv_batch_delete_range(batch, used[f], key_of[k],
		    to < N_KEYS ? key_of[to] : STR_NULL);
		for (; k < to; k++)
			m->v[f][k] = 0;
		break;
	case 1:
	case 2:
		kv_batch_delete(batch, used[f], key_of[k]);
		m->v[f][k] = 0;
		break;
	default:
		v = m->v[f][k] = 1 + (int)roll(1000000);
		snprintf(text, sizeof(text), "%d", v);
		kv_batch_put(batch, used[f], key_of[k], str_from(text));
		break;
	}
}

struct expect {
	const struct model *m;
	struct kv_range r;
	int f, at;
	size_t bad, n;
	char last[8];
	size_t last_n;
};

/* Moves x->at to the next row that the model has in the range; false: none. */
static bool
expect_next(struct expect *x)
{
	for (;; ) {
		x->at += x->r.reverse ? -1 : 1;
		if (x->at < 0 || x->at >= N_KEYS)
			return false;
		if (x->m->v[x->f][x->at] &&
		    str_cmp(key_of[x->at], x->r.from) >= 0 &&
		    (!x->r.to.n || str_cmp(key_of[x->at], x->r.to) < 0))
			return true;
	}
}

static int
expect_row(void *arg, struct str key, struct str value, struct err *err)
{
	struct expect *x = arg;
	uint64_t v;

	(void)err;
	if (!expect_next(x) || !str_eq(key, key_of[x->at]) ||
	    !str_to_u64(value, &v) || (int)v != x->m->v[x->f][x->at])
		x->bad++;
	x->n++;
	memcpy(x->last, key.p, key.n);
	x->last_n = key.n;
	return 0;
}

/* A random range, read in random pages from where the last one ended. */
static size_t
check_scan(struct kv_snapshot *s, const struct model *m)
{
	struct expect x = { .m = m };
	struct kv_scan_end end;
	char space[8];
	unsigned to = roll(N_KEYS + 1);

	x.f = (int)roll(N_FAMILIES);
	x.r = (struct kv_range){ .family = used[x.f],
	    .from = roll(3) ? key_of[roll(N_KEYS)] : STR_NULL,
	    .to = to < N_KEYS ? key_of[to] : STR_NULL,
	    .reverse = roll(2), .limit = roll(5) };
	x.at = x.r.reverse ? N_KEYS : -1;
	do {
		struct kv_range page = x.r;

		if (x.last_n && x.r.reverse)
			page.to = str_of(x.last, x.last_n);
		else if (x.last_n)
			page.from = kv_key_after(str_of(x.last, x.last_n),
			    space);
		if (kv_scan(s, &page, expect_row, &x, &end, &e))
			return x.bad + 1;
	} while (!end.is_complete);
	return x.bad + expect_next(&x);
}

static size_t
check_gets(struct kv_snapshot *s, const struct model *m)
{
	struct arena *a = arena_new(1 << 16);
	struct str values[N_KEYS];
	size_t bad = 0;
	uint64_t v;
	int f = (int)roll(N_FAMILIES), i;

	if (kv_multi_get(s, used[f], key_of, N_KEYS, values, a, &e))
		bad++;
	for (i = 0; i < N_KEYS; i++) {
		if (!values[i].p)
			v = 0;
		else if (!str_to_u64(values[i], &v))
			bad++;
		bad += (int)v != m->v[f][i];
	}
	arena_free(a);
	return bad;
}

static void
test_model(struct kv *kv, const char *who, unsigned rounds)
{
	struct model now = { { { 0 } } }, then[N_SNAPSHOTS];
	struct kv_snapshot *snaps[N_SNAPSHOTS] = { NULL };
	unsigned i, k;
	size_t bad = 0;

	dice = 42;
	for (i = 0; i < rounds; i++) {
		kv_batch_clear(batch);
		for (k = roll(6); k > 0; k--)
			random_op(&now);
		bad += kv_write(kv, batch, roll(20) == 0, &e) != 0;
		k = roll(N_SNAPSHOTS);
		if (roll(10) == 0) {
			kv_snapshot_close(snaps[k]);
			then[k] = now;
			bad += kv_snapshot_open(kv, &snaps[k], &e) != 0;
		}
		if (roll(rounds / 4) == 0)
			bad += kv_compact(kv, &e) != 0;
		if (snaps[k])
			bad += check_scan(snaps[k], &then[k]) +
			    check_gets(snaps[k], &then[k]);
		bad += check_scan(kv_latest(kv), &now) +
		    check_gets(kv_latest(kv), &now);
	}
	for (k = 0; k < N_SNAPSHOTS; k++)
		kv_snapshot_close(snaps[k]);
	is_int(bad, 0, "%s: %u random rounds agree with the model", who,
	    rounds);
}

static void
test_contract(struct kv *kv, const char *who)
{
	test_basics(kv, who);
	test_append(kv, who);
	test_append_much(kv, who);
	test_limits(kv, who);
	test_scan(kv, who);
	test_multi_get(kv, who);
	test_write_in_scan(kv, who);
	test_stats(kv, who);
	ok(kv_clear_range(kv, KV_EVENTS, STR_NULL, STR_NULL, &e) == 0 &&
	    kv_clear_range(kv, KV_KEYS, STR_NULL, STR_NULL, &e) == 0 &&
	    kv_clear_range(kv, KV_DEFAULT, STR_NULL, STR_NULL, &e) == 0,
	    "%s: clear", who);
	test_model(kv, who, 4000);
	kv_close(kv);
}

/* ---- each alone ---- */

static void
test_keys(void)
{
	char space[8];

	ok(str_is(kv_prefix_end(STR("ab"), space), "ac"), "prefix end");
	ok(str_is(kv_prefix_end(STR("a\xff\xff"), space), "b"), "carries");
	ok(kv_prefix_end(STR("\xff\xff"), space).n == 0, "no end");
	ok(kv_prefix_end(STR_NULL, space).n == 0, "all");
	ok(str_eq(kv_key_after(STR("a"), space), STR("a\0")), "key after");
	is_str(kv_family_name(KV_ROLLUPS), "rollups", "family name");
}

/* Some work with each kind of call; the first error comes back. */
static int
work(struct kv *kv)
{
	struct kv_snapshot *s;
	struct arena *a = arena_new(1000);
	struct str key = STR("k"), value;
	struct buf b;
	bool found;
	int rc;

	buf_init(&b, 100);
	rc = put(kv, KV_RUNS, "k", "v");
	if (rc == 0)
		rc = kv_snapshot_open(kv, &s, &e);
	if (rc == 0) {
		rc = kv_get(s, KV_RUNS, key, &b, &found, &e);
		if (rc == 0)
			rc = kv_multi_get(s, KV_RUNS, &key, 1, &value, a, &e);
		if (rc == 0)
			rc = kv_scan(s, &(struct kv_range){ .family = KV_RUNS },
			    ignore_row, NULL, NULL, &e);
		kv_snapshot_close(s);
	}
	buf_fini(&b);
	arena_free(a);
	return rc;
}

static void
test_memory(void)
{
	struct kv *kv = kv_memory_new();
	unsigned nth;
	int rc;

	for (nth = 1; ; nth++) {
		kv_memory_fail(kv, KV_MEMORY_READ, nth, ERR_IO);
		rc = work(kv);
		if (!kv_memory_has_failed(kv))
			break;
		is_int(rc, ERR_IO, "read %u fails", nth);
	}
	ok(rc == 0 && nth == 5, "four reads");
	kv_memory_fail(kv, KV_MEMORY_WRITE, 1, ERR_AGAIN);
	is_int(put(kv, KV_RUNS, "k", "w"), ERR_AGAIN, "a write fails");
	is_str(get(kv_latest(kv), KV_RUNS, "k"), "v", "and changes nothing");
	is_int(put(kv, KV_RUNS, "k", "w"), 0, "once");
	is_int(kv_checkpoint(kv, "/nowhere", &e), ERR_INVALID,
	    "no checkpoint of memory");
	kv_close(kv);
	kv_close(NULL);
}

int
main(void)
{
	help_start();
	make_keys();
	test_keys();
	test_contract(kv_memory_new(), "memory");
	test_contract(rocks_open("contract"), "rocks");
	test_memory();
	return help_done();
}
