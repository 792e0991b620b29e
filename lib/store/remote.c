/* The store's contents behind kv_backend.h. */
#include <stdlib.h>

#include "base/mem.h"
#include "store/client_in.h"

/*
 * The first portions of a scan are small: most readers stop after a page.
 * Each later one is PORTION_GROWTH times larger, up to what the store allows.
 */
enum {
	PORTION_ROWS = 256,
	PORTION_BYTES = 64 << 10,
	PORTION_GROWTH = 4,
	REQUEST_MAX = 4 << 20,
	VALUES_ARENA_MAX = 1 << 20
};

struct remote_snap {
	struct kv_snapshot base;        /* first: kv_backend.h */
	uint64_t id;
	bool opened;                    /* a read of it succeeded */
	bool tried;                     /* the store may have made it */
};

static struct store_client *
client_of(const struct kv *kv)
{
	/* remote is the first member of the client, base of remote. */
	return (struct store_client *)(uintptr_t)kv;
}

/*
 * How to name the snapshot in a request.  Reads through kv_latest name a new
 * one that the store closes with the last portion.
 */
static struct store_snap
snap_of(struct kv_snapshot *s)
{
	struct store_client *c = client_of(s->kv);
	struct remote_snap *r = (struct remote_snap *)s;

	if (s == s->kv->latest)
		return (struct store_snap){ .client = c->id, .open = true,
		    .once = true, .id = atomic_fetch_add(&c->next_snap, 1) };
	r->tried = true;
	return (struct store_snap){ .client = c->id, .id = r->id,
	    .open = !r->opened };
}

static void
mark_opened(struct kv_snapshot *s, struct store_snap *m)
{
	m->open = false;
	if (s != s->kv->latest)
		((struct remote_snap *)s)->opened = true;
}

static void
ignore_answer(void *arg, const struct bus_answer *a)
{
	(void)arg;
	(void)a;
}

/* If it gets lost the store closes the snapshot when it has been idle. */
static void
close_remote(struct store_client *c, const struct store_snap *m)
{
	struct err e = ERR_INIT;
	struct buf b;

	buf_init(&b, 64);
	store_close_encode(m, &b);
	if (bus_call_async(c->bus, store_type(STORE_CLOSE), buf_str(&b),
	    c->read_timeout_ms, 0, ignore_answer, NULL, &e)) {
		/* Too much outstanding: the store's idle timer does it. */
	}
	buf_fini(&b);
}

static int
remote_snapshot_open(struct kv *kv, struct kv_snapshot **out, struct err *e)
{
	struct store_client *c = client_of(kv);
	struct remote_snap *r = mem_zalloc(1, sizeof(*r));

	(void)e;
	r->base.kv = kv;
	r->id = atomic_fetch_add(&c->next_snap, 1);
	*out = &r->base;
	return 0;
}

static void
remote_snapshot_close(struct kv_snapshot *s)
{
	struct remote_snap *r = (struct remote_snap *)s;
	struct store_client *c = client_of(s->kv);

	if (r->tried)
		close_remote(c, &(struct store_snap){ .client = c->id,
		    .id = r->id });
	free(r);
}

/* One round trip: as many values as the store gives at once, at least one. */
static int
get_some(struct kv_snapshot *s, const struct store_get *m, struct arena *a,
    struct buf *answer, struct str **values, size_t *n, struct err *e)
{
	struct store_client *c = client_of(s->kv);
	struct buf q;
	int rc;

	buf_init(&q, REQUEST_MAX);
	store_get_encode(m, &q);
	buf_reset(answer);
	arena_reset(a);
	rc = q.failed ? err_set(e, ERR_LIMIT, "get: keys too large") :
	    store_call(c, STORE_GET, buf_str(&q), c->read_timeout_ms,
	    BUS_IDEMPOTENT, answer, e);
	buf_fini(&q);
	if (rc == 0)
		rc = store_values_decode(buf_str(answer), a, values, n, e);
	if (rc == 0 && (*n == 0 || *n > m->n))
		rc = err_set(e, ERR_INVALID, "store: %zu values for %zu keys",
		    *n, m->n);
	return rc;
}

static int
remote_get(struct kv_snapshot *s, enum kv_family f, struct str key,
    struct buf *out, bool *found, struct err *e)
{
	struct store_get m = { .snap = snap_of(s), .family = f, .keys = &key,
	    .n = 1, .max_bytes = out->max };
	struct arena *a = arena_new(VALUES_ARENA_MAX);
	struct buf answer;
	struct str *v;
	size_t n;
	int rc;

	buf_init(&answer, STORE_ANSWER_MAX);
	rc = get_some(s, &m, a, &answer, &v, &n, e);
	if (rc == 0) {
		mark_opened(s, &m.snap);
		*found = v[0].p != NULL;
		if (*found)
			buf_add_str(out, v[0]);
		if (out->failed)
			rc = err_set(e, ERR_LIMIT, "kv: a value of %zu bytes, "
			    "limit %zu", v[0].n, out->max);
	}
	buf_fini(&answer);
	arena_free(a);
	return rc;
}

/* keys[*at…]: one round trip; *at moves on. */
static int
multi_get_step(struct kv_snapshot *s, struct store_get *m,
    const struct str *keys, size_t n, struct str *values, size_t *at,
    struct arena *a, struct arena *scratch, struct buf *answer, struct err *e)
{
	struct str *v;
	size_t got;

	m->keys = (struct str *)(uintptr_t)(keys + *at);
	m->n = MIN_OF(n - *at, STORE_GET_KEYS_MAX);
	if (get_some(s, m, scratch, answer, &v, &got, e))
		return e->code;
	mark_opened(s, &m->snap);
	for (size_t i = 0; i < got; i++) {
		if (!v[i].p)
			continue;
		values[*at + i] = arena_str(a, v[i]);
		if (!values[*at + i].p)
			return err_set(e, ERR_LIMIT, "kv: the values of %zu "
			    "keys are too large", n);
	}
	*at += got;
	return 0;
}

static int
remote_multi_get(struct kv_snapshot *s, enum kv_family f,
    const struct str *keys, size_t n, struct str *values, struct arena *a,
    struct err *e)
{
	struct store_get m = { .snap = snap_of(s), .family = f,
	    .max_bytes = STORE_ANSWER_MAX };
	struct arena *scratch = arena_new(VALUES_ARENA_MAX);
	struct buf answer;
	size_t at = 0;
	int rc = 0;

	/* The store cannot know that this request is not the last one. */
	if (n > STORE_GET_KEYS_MAX)
		m.snap.once = false;
	buf_init(&answer, STORE_ANSWER_MAX);
	while (rc == 0 && at < n)
		rc = multi_get_step(s, &m, keys, n, values, &at, a, scratch,
		    &answer, e);
	if (s == s->kv->latest && (rc || !m.snap.once))
		close_remote(client_of(s->kv), &m.snap);
	buf_fini(&answer);
	arena_free(scratch);
	return rc;
}

struct scan {
	struct kv_snapshot *s;
	const struct kv_range *r;
	kv_scan_fn *fn;
	void *arg;
	struct kv_scan_end *end;
	struct store_scan m;            /* the next request */
	struct buf last;                /* where it goes on */
	size_t rows, bytes;             /* of the next portion */
	bool more;                      /* the store holds the snapshot open */
};

static void
scan_plan(struct scan *sc)
{
	const struct kv_range *r = sc->r;
	size_t rows = MIN_OF(sc->rows, STORE_CHUNK_ROWS);
	size_t bytes = MIN_OF(sc->bytes, STORE_CHUNK_BYTES);

	if (r->limit)
		rows = MIN_OF(r->limit - sc->end->n, STORE_CHUNK_ROWS);
	if (r->max_bytes)
		bytes = MIN_OF(r->max_bytes - sc->end->bytes,
		    STORE_CHUNK_BYTES);
	sc->m.range.limit = rows;
	sc->m.range.max_bytes = bytes;
	sc->rows = rows * PORTION_GROWTH;
	sc->bytes = bytes * PORTION_GROWTH;
}

static void
scan_resume(struct scan *sc, struct str key)
{
	buf_reset(&sc->last);
	buf_add_str(&sc->last, key);
	if (!sc->r->reverse)
		buf_add_byte(&sc->last, 0);
	*(sc->r->reverse ? &sc->m.range.to : &sc->m.range.from) =
	    buf_str(&sc->last);
}

/* 0: ask for more; KV_STOP: over; or an error code. */
static int
scan_rows(struct scan *sc, struct str answer, struct err *e)
{
	struct store_rows rows = { .r = pack_reader(answer) };
	struct str key = STR_NULL, value;
	bool complete = false;
	int rc;

	sc->more = true;
	while ((rc = store_rows_next(&rows, &key, &value, &complete, e)) ==
	    STORE_ROW) {
		rc = kv_scan_row(sc->r, sc->fn, sc->arg, key, value, sc->end,
		    e);
		if (rc)
			return rc;
	}
	if (rc)
		return rc;
	if (complete) {
		sc->more = false;
		sc->end->is_complete = true;
		return KV_STOP;
	}
	if (!key.p)
		return err_set(e, ERR_INVALID, "store: a portion of no rows");
	scan_resume(sc, key);
	return 0;
}

static int
scan_step(struct scan *sc, struct err *e)
{
	struct store_client *c = client_of(sc->s->kv);
	struct buf q, answer;
	int rc;

	buf_init(&q, REQUEST_MAX);
	buf_init(&answer, STORE_ANSWER_MAX);
	scan_plan(sc);
	store_scan_encode(&sc->m, &q);
	rc = store_call(c, STORE_SCAN, buf_str(&q), c->read_timeout_ms,
	    BUS_IDEMPOTENT, &answer, e);
	buf_fini(&q);
	if (rc == 0) {
		mark_opened(sc->s, &sc->m.snap);
		rc = scan_rows(sc, buf_str(&answer), e);
	}
	buf_fini(&answer);
	return rc;
}

static int
remote_scan(struct kv_snapshot *s, const struct kv_range *r, kv_scan_fn *fn,
    void *arg, struct kv_scan_end *end, struct err *e)
{
	struct scan sc = { .s = s, .r = r, .fn = fn, .arg = arg, .end = end,
	    .m = { .snap = snap_of(s), .range = *r },
	    .rows = r->is_bulk ? STORE_CHUNK_ROWS : PORTION_ROWS,
	    .bytes = r->is_bulk ? STORE_CHUNK_BYTES : PORTION_BYTES };
	int rc;

	buf_init(&sc.last, KV_KEY_MAX + 1);
	while ((rc = scan_step(&sc, e)) == 0)
		continue;
	if (s == s->kv->latest && (sc.more || rc != KV_STOP))
		close_remote(client_of(s->kv), &sc.m.snap);
	buf_fini(&sc.last);
	return rc == KV_STOP ? 0 : rc;
}

/* The client owns it. */
static void
remote_close(struct kv *kv)
{
	(void)kv;
	BUG("kv: the store client's kv is closed with the client");
}

static const struct kv_ops remote_ops = {
	.name = "remote",
	.close = remote_close,
	.snapshot_open = remote_snapshot_open,
	.snapshot_close = remote_snapshot_close,
	.get = remote_get,
	.multi_get = remote_multi_get,
	.scan = remote_scan
};

void
store_remote_init(struct store_client *c)
{
	c->remote.base = (struct kv){ .ops = &remote_ops,
	    .latest = &c->remote.latest };
	c->remote.latest.kv = &c->remote.base;
}
