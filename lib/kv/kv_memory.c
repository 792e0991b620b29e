/*
 * The double, over kv_list: a snapshot is a sequence number.  One lock, never
 * held while a callback runs, so that a callback may do what it may with
 * RocksDB.
 */
#include "kv/kv.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/mem.h"
#include "kv/kv_backend.h"
#include "kv/kv_list.h"

struct snapshot {
	struct kv_snapshot base;
	uint64_t seq;			/* UINT64_MAX: kv_latest */
	struct snapshot *prev, *next;	/* in order of seq */
};

struct fault {
	unsigned nth;
	int code;
	enum kv_memory_op op;
	bool has_failed;
};

struct memory {
	struct kv base;
	struct snapshot latest;
	pthread_mutex_t lock;
	struct kv_list list;
	struct snapshot *oldest, *youngest;
	uint64_t n_snapshots;
	struct fault fault;
};

static const struct kv_ops memory_ops;

static struct memory *
memory_of(struct kv *kv)
{
	assert(kv->ops == &memory_ops);
	return (struct memory *)kv;
}

static struct snapshot *
snapshot_of(struct kv_snapshot *s)
{
	assert(s->kv->ops == &memory_ops);
	return (struct snapshot *)s;
}

/* Counts down to the armed failure; 0 or its code.  Lock held. */
static int
fault_hit(struct memory *m, enum kv_memory_op op, struct err *e)
{
	struct fault *f = &m->fault;

	if (f->nth == 0 || f->op != op || --f->nth > 0)
		return 0;
	f->has_failed = true;
	return err_set(e, f->code, "kv: memory: %s fails as the test asked",
	    op == KV_MEMORY_WRITE ? "write" : "read");
}

/* No reader, now or later, asks for a moment before this. */
static uint64_t
horizon(const struct memory *m)
{
	return m->oldest ? m->oldest->seq : m->list.seq;
}

/* ---- writes ---- */

static void
delete_range(struct memory *m, unsigned family, struct str from,
    struct str to)
{
	struct kv_node *n = kv_list_find(&m->list, family, from);

	for (; n && n->family == family; n = n->next[0]) {
		if (to.n && str_cmp(n->key, to) >= 0)
			return;
		if (!n->newest->is_deleted)
			kv_list_set(&m->list, n, true, STR(""),
			    horizon(m));
	}
}

static void
append(struct memory *m, const struct kv_op *op)
{
	struct kv_node *n = kv_list_insert(&m->list, op->family, op->key);
	const struct kv_version *v = n->newest;
	struct buf b;

	buf_init(&b, SIZE_MAX / 2);
	if (v && !v->is_deleted)
		buf_add(&b, v->p, v->n);
	buf_add_str(&b, op->value);
	kv_list_set(&m->list, n, false, buf_str(&b), horizon(m));
	buf_fini(&b);
}

static void
apply(struct memory *m, const struct kv_op *op)
{
	struct kv_node *n;

	switch (op->kind) {
	case KV_OP_PUT:
		n = kv_list_insert(&m->list, op->family, op->key);
		kv_list_set(&m->list, n, false, op->value, horizon(m));
		break;
	case KV_OP_APPEND:
		append(m, op);
		break;
	case KV_OP_DELETE:
		n = kv_list_get(&m->list, op->family, op->key);
		if (n && !n->newest->is_deleted)
			kv_list_set(&m->list, n, true, STR(""),
			    horizon(m));
		break;
	case KV_OP_DELETE_RANGE:
		delete_range(m, op->family, op->key, op->value);
		break;
	}
}

static int
memory_write(struct kv *kv, const struct kv_batch *b, bool sync,
    struct err *e)
{
	struct memory *m = memory_of(kv);
	struct kv_op op;
	size_t at = 0;
	int rc;

	(void)sync;
	pthread_mutex_lock(&m->lock);
	rc = fault_hit(m, KV_MEMORY_WRITE, e);
	if (rc == 0) {
		while (kv_batch_next(b, &at, &op))
			apply(m, &op);
		m->list.seq++;
		if (m->list.n_garbage >= m->list.sweep_at)
			kv_list_sweep(&m->list, horizon(m));
	}
	pthread_mutex_unlock(&m->lock);
	return rc;
}

/* ---- reads ---- */

static void
pin(struct memory *m, struct snapshot *s)
{
	s->base.kv = &m->base;
	s->seq = m->list.seq;
	s->prev = m->youngest;
	s->next = NULL;
	*(m->youngest ? &m->youngest->next : &m->oldest) = s;
	m->youngest = s;
}

static void
unpin(struct memory *m, struct snapshot *s)
{
	*(s->prev ? &s->prev->next : &m->oldest) = s->next;
	*(s->next ? &s->next->prev : &m->youngest) = s->prev;
}

static int
memory_snapshot_open(struct kv *kv, struct kv_snapshot **out, struct err *e)
{
	struct memory *m = memory_of(kv);
	struct snapshot *s;
	int rc;

	pthread_mutex_lock(&m->lock);
	rc = fault_hit(m, KV_MEMORY_READ, e);
	if (rc == 0) {
		s = mem_zalloc(1, sizeof(*s));
		pin(m, s);
		m->n_snapshots++;
		*out = &s->base;
	}
	pthread_mutex_unlock(&m->lock);
	return rc;
}

static void
memory_snapshot_close(struct kv_snapshot *base)
{
	struct memory *m = memory_of(base->kv);
	struct snapshot *s = snapshot_of(base);

	pthread_mutex_lock(&m->lock);
	unpin(m, s);
	m->n_snapshots--;
	pthread_mutex_unlock(&m->lock);
	free(s);
}

/* Lock held. */
static const struct kv_version *
lookup(const struct memory *m, uint64_t seq, enum kv_family f, struct str key)
{
	const struct kv_node *n = kv_list_get(&m->list, f, key);

	return n ? kv_node_version(n, seq) : NULL;
}

static int
memory_get(struct kv_snapshot *s, enum kv_family f, struct str key,
    struct buf *out, bool *found, struct err *e)
{
	struct memory *m = memory_of(s->kv);
	const struct kv_version *v;
	int rc;

	pthread_mutex_lock(&m->lock);
	rc = fault_hit(m, KV_MEMORY_READ, e);
	v = rc ? NULL : lookup(m, snapshot_of(s)->seq, f, key);
	if (v) {
		buf_add(out, v->p, v->n);
		if (out->failed)
			rc = err_set(e, ERR_LIMIT,
			    "kv: a value of %zu bytes, limit %zu", v->n,
			    out->max);
		else
			*found = true;
	}
	pthread_mutex_unlock(&m->lock);
	return rc;
}

static int
memory_multi_get(struct kv_snapshot *s, enum kv_family f,
    const struct str *keys, size_t n, struct str *values, struct arena *a,
    struct err *e)
{
	struct memory *m = memory_of(s->kv);
	const struct kv_version *v;
	size_t i;
	int rc;

	pthread_mutex_lock(&m->lock);
	rc = fault_hit(m, KV_MEMORY_READ, e);
	for (i = 0; rc == 0 && i < n; i++) {
		v = lookup(m, snapshot_of(s)->seq, f, keys[i]);
		if (!v)
			continue;
		values[i] = arena_str(a, str_of(v->p, v->n));
		if (!values[i].p)
			rc = err_set(e, ERR_LIMIT,
			    "kv: the values of %zu keys are too large", n);
	}
	pthread_mutex_unlock(&m->lock);
	return rc;
}

/*
 * The row where the scan stands or the next one it can see: copied to row
 * (key first), so that the lock can go.  False at the end.
 */
static bool
scan_copy(struct memory *m, const struct kv_range *r, uint64_t seq,
    const struct buf *last, struct buf *row, size_t *key_n)
{
	struct str from = last->n ? buf_str(last) : r->reverse ? r->to : r->from;
	unsigned family = r->family;
	const struct kv_version *v;
	struct kv_node *n;

	if (r->reverse && from.n == 0)
		n = kv_list_before(&m->list, family + 1, from);
	else if (r->reverse)
		n = kv_list_before(&m->list, family, from);
	else
		n = kv_list_find(&m->list, family, from);
	for (; n && n->family == family; n = r->reverse ?
	    kv_list_before(&m->list, family, n->key) : n->next[0]) {
		if (r->reverse && str_cmp(n->key, r->from) < 0)
			return false;
		if (!r->reverse && r->to.n && str_cmp(n->key, r->to) >= 0)
			return false;
		v = kv_node_version(n, seq);
		if (!v)
			continue;
		buf_reset(row);
		buf_add_str(row, n->key);
		buf_add(row, v->p, v->n);
		*key_n = n->key.n;
		return true;
	}
	return false;
}

static int
memory_scan(struct kv_snapshot *s, const struct kv_range *r, kv_scan_fn *fn,
    void *arg, struct kv_scan_end *end, struct err *e)
{
	struct memory *m = memory_of(s->kv);
	struct snapshot here = { .base.kv = NULL };
	struct buf row, last;
	uint64_t seq;
	size_t key_n;
	int rc;

	buf_init(&row, SIZE_MAX / 2);
	buf_init(&last, 2 * KV_KEY_MAX);
	pthread_mutex_lock(&m->lock);
	rc = fault_hit(m, KV_MEMORY_READ, e);
	pin(m, &here);
	seq = MIN_OF(snapshot_of(s)->seq, here.seq);
	while (rc == 0) {
		if (!scan_copy(m, r, seq, &last, &row, &key_n)) {
			end->is_complete = true;
			break;
		}
		pthread_mutex_unlock(&m->lock);
		buf_reset(&last);
		buf_add(&last, row.p, key_n);
		if (!r->reverse)
			buf_add_byte(&last, 0);
		rc = kv_scan_row(r, fn, arg, str_of(row.p, key_n),
		    str_of(row.p + key_n, row.n - key_n), end, e);
		pthread_mutex_lock(&m->lock);
	}
	unpin(m, &here);
	pthread_mutex_unlock(&m->lock);
	buf_fini(&row);
	buf_fini(&last);
	return rc == KV_STOP ? 0 : rc;
}

/* ---- care ---- */

static int
memory_compact(struct kv *kv, enum kv_family f, struct str from,
    struct str to, struct err *e)
{
	struct memory *m = memory_of(kv);

	(void)f, (void)from, (void)to, (void)e;
	pthread_mutex_lock(&m->lock);
	kv_list_sweep(&m->list, horizon(m));
	pthread_mutex_unlock(&m->lock);
	return 0;
}

static int
memory_stats(struct kv *kv, struct kv_stats *out, struct err *e)
{
	struct memory *m = memory_of(kv);
	const struct kv_version *v;
	struct kv_node *n;

	(void)e;
	pthread_mutex_lock(&m->lock);
	for (n = m->list.head->next[0]; n; n = n->next[0]) {
		out->n_keys[n->family] += !n->newest->is_deleted;
		out->memtable_bytes += sizeof(*n) + n->key.n;
		for (v = n->newest; v; v = v->older)
			out->memtable_bytes += sizeof(*v) + v->n;
	}
	out->n_snapshots = m->n_snapshots;
	pthread_mutex_unlock(&m->lock);
	return 0;
}

static void
memory_close(struct kv *kv)
{
	struct memory *m = memory_of(kv);

	if (m->oldest)
		BUG("kv: closed with a snapshot open");
	kv_list_fini(&m->list);
	pthread_mutex_destroy(&m->lock);
	free(m);
}

static const struct kv_ops memory_ops = {
	.name = "memory",
	.close = memory_close,
	.snapshot_open = memory_snapshot_open,
	.snapshot_close = memory_snapshot_close,
	.get = memory_get,
	.multi_get = memory_multi_get,
	.scan = memory_scan,
	.write = memory_write,
	.compact = memory_compact,
	.stats = memory_stats,
};

struct kv *
kv_memory_new(void)
{
	struct memory *m = mem_zalloc(1, sizeof(*m));

	m->base.ops = &memory_ops;
	m->base.latest = &m->latest.base;
	m->latest.base.kv = &m->base;
	m->latest.seq = UINT64_MAX;
	kv_list_init(&m->list);
	pthread_mutex_init(&m->lock, NULL);
	return &m->base;
}

void
kv_memory_fail(struct kv *kv, enum kv_memory_op op, unsigned nth, int code)
{
	struct memory *m = memory_of(kv);

	pthread_mutex_lock(&m->lock);
	m->fault = (struct fault){ .nth = nth, .code = code, .op = op };
	pthread_mutex_unlock(&m->lock);
}

bool
kv_memory_has_failed(const struct kv *kv)
{
	assert(kv->ops == &memory_ops);
	return ((const struct memory *)kv)->fault.has_failed;
}
