/* Reader threads: gets and portions of scans. */
#include "base/clock.h"
#include "store/server_in.h"

enum {
	READ_ARENA_MAX = 8 << 20,       /* values of one group of keys */
	GET_GROUP = 64,
	GET_ENOUGH = 4 << 20,           /* bytes of an answer that is cut */
	VALUE_MAX = STORE_ANSWER_MAX - (1 << 20)
};

struct reader {
	struct store_server *s;
	struct arena *request;          /* decoded message */
	struct arena *values;
};

/* Answers nothing or nearly all: the client asks for what is missing. */
struct get {
	struct kv_snapshot *kv;
	const struct store_get *m;
	struct str *values;
	struct buf body;                /* encoded values */
	size_t n;
};

static int
get_one(struct get *g, struct err *e)
{
	struct buf value;
	struct str v;
	bool found;
	int rc;

	buf_init(&value, MIN_OF(g->m->max_bytes, VALUE_MAX));
	rc = kv_get(g->kv, g->m->family, g->m->keys[g->n], &value, &found, e);
	if (rc == 0) {
		v = found ? buf_str(&value) : STR_NULL;
		store_value_encode(v, &g->body);
		g->n++;
	}
	buf_fini(&value);
	return rc;
}

/* A group of keys at once, or one by one if their values are large. */
static int
get_group(struct get *g, struct arena *a, struct err *e)
{
	size_t n = MIN_OF(g->m->n - g->n, GET_GROUP);
	int rc;

	if (n == 1)
		return get_one(g, e);
	arena_reset(a);
	rc = kv_multi_get(g->kv, g->m->family, g->m->keys + g->n, n,
	    g->values, a, e);
	if (rc == ERR_LIMIT)
		return get_one(g, e);
	for (size_t i = 0; rc == 0 && i < n; i++)
		store_value_encode(g->values[i], &g->body);
	if (rc == 0)
		g->n += n;
	return rc;
}

static int
get(struct reader *r, struct kv_snapshot *kv, const struct store_get *m,
    struct buf *out, bool *complete, struct err *e)
{
	struct str values[GET_GROUP];
	struct get g = { .kv = kv, .m = m, .values = values };
	int rc = 0;

	buf_init(&g.body, STORE_ANSWER_MAX);
	while (rc == 0 && g.n < m->n && g.body.n < GET_ENOUGH)
		rc = get_group(&g, r->values, e);
	/* What the first keys gave is worth an answer. */
	if (rc == ERR_LIMIT && g.n > 0)
		rc = 0;
	if (rc == 0) {
		store_values_begin_encode(g.n, out);
		buf_add_str(out, buf_str(&g.body));
		*complete = g.n == m->n;
	}
	buf_fini(&g.body);
	return rc;
}

static int
answer_get(struct reader *r, struct str payload, struct buf *out,
    struct err *e)
{
	struct store_server *s = r->s;
	struct store_get m = { .n = 0 };
	struct snap *x;
	bool complete = true;
	int rc;

	if (store_get_decode(payload, r->request, &m, e) ||
	    snaps_acquire(s->snaps, &m.snap, clock_mono_ms(), &x, e))
		return e->code;
	rc = get(r, snap_kv(x), &m, out, &complete, e);
	snaps_release(s->snaps, x, m.snap.once && (rc || complete),
	    clock_mono_ms());
	return rc;
}

static int
add_row(void *arg, struct str key, struct str value, struct err *e)
{
	struct buf *out = arg;

	store_row_encode(key, value, out);
	if (out->failed)
		return err_set(e, ERR_LIMIT, "store: a value of %zu bytes",
		    value.n);
	return 0;
}

static int
answer_scan(struct reader *r, struct str payload, struct buf *out,
    struct err *e)
{
	struct store_server *s = r->s;
	struct store_scan m = { .snap.id = 0 };
	struct kv_scan_end end = { .n = 0 };
	struct snap *x;
	int rc;

	if (store_scan_decode(payload, &m, e) ||
	    snaps_acquire(s->snaps, &m.snap, clock_mono_ms(), &x, e))
		return e->code;
	rc = kv_scan(snap_kv(x), &m.range, add_row, out, &end, e);
	if (rc == 0)
		store_rows_end_encode(end.is_complete, out);
	snaps_release(s->snaps, x, m.snap.once && (rc || end.is_complete),
	    clock_mono_ms());
	return rc;
}

static void
answer(struct reader *r, struct job *j)
{
	struct str payload = bus_request_payload(j->q);
	struct err e = ERR_INIT;
	struct buf out;
	int rc;

	arena_reset(r->request);
	buf_init(&out, STORE_ANSWER_MAX);
	rc = j->message == STORE_GET ? answer_get(r, payload, &out, &e) :
	    answer_scan(r, payload, &out, &e);
	store_note_read(r->s, rc ? &e : NULL);
	if (rc)
		store_refuse(r->s, j, &e);
	else
		store_reply(r->s, j, &out);
	buf_fini(&out);
}

void *
store_reader_main(void *arg)
{
	struct store_server *s = arg;
	struct reader r = { .s = s, .request = arena_new(1 << 20),
	    .values = arena_new(READ_ARENA_MAX) };
	enum jobs_lane lane;
	struct job *j;

	while ((j = jobs_pop(s->reads)) != NULL) {
		lane = j->lane;
		answer(&r, j);
		jobs_done(s->reads, lane);
	}
	arena_free(r.request);
	arena_free(r.values);
	return NULL;
}
