/*
 * The messages between weir-store and its clients: the first byte chooses one,
 * the rest is its payload.  What is read can be written again, and reads back
 * as the same bytes.
 */
#include <string.h>

#include "fuzz/fuzz.h"
#include "store/proto.h"
#include "store/proto_key.h"

static struct arena *arena;
static struct buf out;
static struct err e;

/* What was written reads back and is written the same. */
#define STABLE(again) do { \
	struct buf first = out; \
	buf_init(&out, 1 << 20); \
	again; \
	MUST(str_eq(buf_str(&out), buf_str(&first))); \
	buf_fini(&first); \
} while (0)

static int
get(struct str in)
{
	struct store_get m;

	if (store_get_decode(in, arena, &m, &e))
		return 0;
	store_get_encode(&m, &out);
	return 1;
}

static int
scan(struct str in)
{
	struct store_scan m = { .snap.id = 0 };

	if (store_scan_decode(in, &m, &e))
		return 0;
	MUST(m.range.limit && m.range.limit <= STORE_CHUNK_ROWS);
	store_scan_encode(&m, &out);
	return 1;
}

static int
snap(struct str in)
{
	struct store_snap m;

	if (store_close_decode(in, &m, &e))
		return 0;
	store_close_encode(&m, &out);
	return 1;
}

static int
values(struct str in)
{
	struct str *v;
	size_t n;

	if (store_values_decode(in, arena, &v, &n, &e))
		return 0;
	store_values_begin_encode(n, &out);
	for (size_t i = 0; i < n; i++)
		store_value_encode(v[i], &out);
	return 1;
}

static int
rows(struct str in)
{
	struct store_rows r = { .r = pack_reader(in) };
	struct str key, value;
	bool complete;
	int rc;

	while ((rc = store_rows_next(&r, &key, &value, &complete, &e)) ==
	    STORE_ROW)
		store_row_encode(key, value, &out);
	if (rc)
		return 0;
	store_rows_end_encode(complete, &out);
	return 1;
}

static int
ask(struct str in)
{
	struct store_lease_ask m;

	if (store_lease_ask_decode(in, arena, &m, &e))
		return 0;
	MUST(m.wait_ms >= 0 && m.wait_ms <= STORE_WAIT_MAX_MS);
	store_lease_ask_encode(&m, &out);
	return 1;
}

static int
leases(struct str in)
{
	struct store_lease *v;
	int64_t timeout_ms;
	uint64_t patterns;
	size_t n;

	if (store_leases_decode(in, arena, &timeout_ms, &patterns, &v, &n,
	    &e))
		return 0;
	store_leases_begin_encode(timeout_ms, patterns, n, &out);
	for (size_t i = 0; i < n; i++)
		store_lease_encode(&v[i], &out);
	return 1;
}

static int
ids(struct str in)
{
	uint64_t *v;
	size_t n;

	if (store_ids_decode(in, arena, &v, &n, &e))
		return 0;
	store_ids_encode(v, n, &out);
	return 1;
}

static int
verdict(struct str in)
{
	struct store_judgement *v;
	size_t n;

	if (store_verdict_decode(in, arena, &v, &n, &e))
		return 0;
	store_verdict_encode(v, n, &out);
	return 1;
}

static int
text(struct str in)
{
	struct str s;

	if (store_text_decode(in, 64, &s, &e))
		return 0;
	MUST(s.n <= 64);
	store_text_encode(s, &out);
	return 1;
}

static int
refusal(struct str in)
{
	struct err got = ERR_INIT;

	MUST(store_refusal_decode(in, &got) < 0 && got.code < 0);
	store_refusal_encode(&got, &out);
	return 0;
}

static int
key_spec(struct str in)
{
	struct repo_key_spec m;

	if (store_key_spec_decode(in, &m, &e))
		return 0;
	store_key_spec_encode(&m, &out);
	return 1;
}

static int
key(struct str in)
{
	char secret[REPO_SECRET_SIZE];
	struct repo_key k;

	if (store_key_decode(in, &k, secret, &e))
		return 0;
	store_key_encode(&k, secret, &out);
	return 1;
}

static int
again(struct str in)
{
	struct repo_again m;

	if (store_again_decode(in, &m, &e))
		return 0;
	store_again_encode(&m, &out);
	return 1;
}

static int (*const kinds[])(struct str) = {
	get, scan, snap, values, rows, ask, leases, ids, verdict, text,
	refusal, key_spec, key, again
};

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct str in = n ? str_of(p + 1, n - 1) : STR("");
	int (*kind)(struct str) = kinds[n ? p[0] % ARRAY_LEN(kinds) : 0];

	if (n > 1 << 16)
		return 0;
	arena = arena_new(4 << 20);
	buf_init(&out, 1 << 20);
	if (kind(in))
		STABLE(MUST(kind(buf_str(&first))));
	buf_fini(&out);
	arena_free(arena);
	return 0;
}
