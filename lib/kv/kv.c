/* Dispatch to the backends, batches, and what is the same for all of them. */
#include "kv/kv.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "kv/kv_backend.h"

static const char *const family_names[KV_FAMILY_COUNT] = {
	"default", "events", "runs", "index", "rollups", "work", "state",
	"keys", "text"
};

const char *
kv_family_name(enum kv_family f)
{
	assert((unsigned)f < KV_FAMILY_COUNT);
	return family_names[f];
}

void
kv_close(struct kv *kv)
{
	if (kv)
		kv->ops->close(kv);
}

/* ---- batches ---- */

struct kv_batch {
	struct buf b;		/* op_head, key, value; again */
	size_t n;
	bool has_bad_key;
};

struct op_head {
	uint8_t kind;
	uint8_t family;
	uint16_t key_n;
	uint32_t value_n;
};

struct kv_batch *
kv_batch_new(size_t max_bytes)
{
	struct kv_batch *b = mem_zalloc(1, sizeof(*b));

	buf_init(&b->b, max_bytes);
	return b;
}

void
kv_batch_free(struct kv_batch *b)
{
	if (!b)
		return;
	buf_fini(&b->b);
	free(b);
}

void
kv_batch_clear(struct kv_batch *b)
{
	buf_reset(&b->b);
	b->n = 0;
	b->has_bad_key = false;
}

static void
batch_add(struct kv_batch *b, enum kv_op_kind kind, enum kv_family f,
    struct str key, struct str value)
{
	struct op_head h = { .kind = (uint8_t)kind, .family = (uint8_t)f,
	    .key_n = (uint16_t)key.n, .value_n = (uint32_t)value.n };
	char *p;

	assert((unsigned)f < KV_FAMILY_COUNT);
	if (value.n > UINT32_MAX) {
		b->b.failed = true;
		return;
	}
	p = buf_reserve(&b->b, sizeof(h) + key.n + value.n);
	if (!p)
		return;
	memcpy(p, &h, sizeof(h));
	if (key.n)
		memcpy(p + sizeof(h), key.p, key.n);
	if (value.n)
		memcpy(p + sizeof(h) + key.n, value.p, value.n);
	b->b.n += sizeof(h) + key.n + value.n;
	b->n++;
}

void
kv_batch_put(struct kv_batch *b, enum kv_family f, struct str key,
    struct str value)
{
	if (key.n == 0 || key.n > KV_KEY_MAX)
		b->has_bad_key = true;
	else
		batch_add(b, KV_OP_PUT, f, key, value);
}

void
kv_batch_append(struct kv_batch *b, enum kv_family f, struct str key,
    struct str value)
{
	if (f != KV_TEXT)
		BUG("kv: no lists in %s", kv_family_name(f));
	if (key.n == 0 || key.n > KV_KEY_MAX)
		b->has_bad_key = true;
	else
		batch_add(b, KV_OP_APPEND, f, key, value);
}

void
kv_batch_delete(struct kv_batch *b, enum kv_family f, struct str key)
{
	if (key.n == 0 || key.n > KV_KEY_MAX)
		b->has_bad_key = true;
	else
		batch_add(b, KV_OP_DELETE, f, key, STR(""));
}

void
kv_batch_delete_range(struct kv_batch *b, enum kv_family f, struct str from,
    struct str to)
{
	if (from.n > KV_KEY_MAX || to.n > KV_KEY_MAX)
		b->has_bad_key = true;
	else if (to.n == 0 || str_cmp(from, to) < 0)
		batch_add(b, KV_OP_DELETE_RANGE, f, from, to);
}

size_t
kv_batch_bytes(const struct kv_batch *b)
{
	return b->b.n;
}

size_t
kv_batch_count(const struct kv_batch *b)
{
	return b->n;
}

bool
kv_batch_next(const struct kv_batch *b, size_t *at, struct kv_op *op)
{
	struct op_head h;
	const char *p;

	if (*at >= b->b.n)
		return false;
	p = b->b.p + *at;
	memcpy(&h, p, sizeof(h));
	op->kind = h.kind;
	op->family = h.family;
	op->key = str_of(p + sizeof(h), h.key_n);
	op->value = str_of(p + sizeof(h) + h.key_n, h.value_n);
	*at += sizeof(h) + h.key_n + h.value_n;
	return true;
}

/* ---- what a backend may lack ---- */

static int
cannot(const struct kv *kv, const char *what, struct err *e)
{
	return err_set(e, ERR_INVALID, "kv: a store of kind %s cannot %s",
	    kv->ops->name, what);
}

int
kv_write(struct kv *kv, const struct kv_batch *b, bool sync, struct err *e)
{
	if (!kv->ops->write)
		return cannot(kv, "be written to", e);
	if (b->has_bad_key)
		return err_set(e, ERR_LIMIT,
		    "kv: a key of the batch is empty or over %d bytes",
		    KV_KEY_MAX);
	if (b->b.failed)
		return err_set(e, ERR_LIMIT,
		    "kv: the batch would pass %zu bytes", b->b.max);
	return kv->ops->write(kv, b, sync, e);
}

int
kv_checkpoint(struct kv *kv, const char *dir, struct err *e)
{
	if (!kv->ops->checkpoint)
		return cannot(kv, "make checkpoints", e);
	return kv->ops->checkpoint(kv, dir, e);
}

int
kv_compact(struct kv *kv, struct err *e)
{
	int f, rc;

	if (!kv->ops->compact)
		return cannot(kv, "compact", e);
	for (f = 0; f < KV_FAMILY_COUNT; f++) {
		rc = kv->ops->compact(kv, (enum kv_family)f, STR_NULL,
		    STR_NULL, e);
		if (rc)
			return rc;
	}
	return 0;
}

int
kv_clear_range(struct kv *kv, enum kv_family f, struct str from,
    struct str to, struct err *e)
{
	struct kv_batch *b;
	int rc;

	if (!kv->ops->compact)
		return cannot(kv, "be written to", e);
	b = kv_batch_new(4 * KV_KEY_MAX);
	kv_batch_delete_range(b, f, from, to);
	rc = kv_write(kv, b, true, e);
	if (rc == 0 && kv_batch_count(b) > 0)
		rc = kv->ops->compact(kv, f, from, to, e);
	kv_batch_free(b);
	return rc;
}

int
kv_stats(struct kv *kv, struct kv_stats *out, struct err *e)
{
	memset(out, 0, sizeof(*out));
	return kv->ops->stats ? kv->ops->stats(kv, out, e) : 0;
}

/* ---- reads ---- */

int
kv_snapshot_open(struct kv *kv, struct kv_snapshot **out, struct err *e)
{
	return kv->ops->snapshot_open(kv, out, e);
}

void
kv_snapshot_close(struct kv_snapshot *s)
{
	if (s && s != s->kv->latest)
		s->kv->ops->snapshot_close(s);
}

struct kv_snapshot *
kv_latest(struct kv *kv)
{
	return kv->latest;
}

int
kv_get(struct kv_snapshot *s, enum kv_family f, struct str key,
    struct buf *out, bool *found, struct err *e)
{
	assert((unsigned)f < KV_FAMILY_COUNT);
	buf_reset(out);
	*found = false;
	return s->kv->ops->get(s, f, key, out, found, e);
}

int
kv_multi_get(struct kv_snapshot *s, enum kv_family f, const struct str *keys,
    size_t n, struct str *values, struct arena *a, struct err *e)
{
	size_t i;

	assert((unsigned)f < KV_FAMILY_COUNT);
	for (i = 0; i < n; i++)
		values[i] = STR_NULL;
	return n ? s->kv->ops->multi_get(s, f, keys, n, values, a, e) : 0;
}

int
kv_scan(struct kv_snapshot *s, const struct kv_range *r, kv_scan_fn *fn,
    void *arg, struct kv_scan_end *end, struct err *e)
{
	struct kv_scan_end local;

	assert((unsigned)r->family < KV_FAMILY_COUNT);
	if (!end)
		end = &local;
	memset(end, 0, sizeof(*end));
	if (r->to.n && str_cmp(r->from, r->to) >= 0) {
		end->is_complete = true;
		return 0;
	}
	return s->kv->ops->scan(s, r, fn, arg, end, e);
}

int
kv_scan_row(const struct kv_range *r, kv_scan_fn *fn, void *arg,
    struct str key, struct str value, struct kv_scan_end *end, struct err *e)
{
	int rc;

	if (r->keys_only)
		value = STR("");
	end->n++;
	end->bytes += key.n + value.n;
	rc = fn(arg, key, value, e);
	if (rc)
		return rc;
	if (r->limit && end->n >= r->limit)
		return KV_STOP;
	if (r->max_bytes && end->bytes >= r->max_bytes)
		return KV_STOP;
	return 0;
}

struct str
kv_prefix_end(struct str prefix, char *space)
{
	size_t n = prefix.n;

	while (n && (uint8_t)prefix.p[n - 1] == 0xff)
		n--;
	if (n == 0)
		return STR_NULL;
	memcpy(space, prefix.p, n);
	space[n - 1] = (char)((uint8_t)space[n - 1] + 1);
	return str_of(space, n);
}

struct str
kv_key_after(struct str key, char *space)
{
	if (key.n)
		memmove(space, key.p, key.n);
	space[key.n] = '\0';
	return str_of(space, key.n + 1);
}
