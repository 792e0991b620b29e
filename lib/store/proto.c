#include "store/proto.h"

#include <inttypes.h>

#include "pack/pack.h"
#include "store/proto_in.h"

static const char *const names[STORE_MESSAGE_END] = {
	[STORE_PING] = "ping",
	[STORE_SUBMIT] = "submit",
	[STORE_GET] = "get",
	[STORE_SCAN] = "scan",
	[STORE_CLOSE] = "close",
	[STORE_LEASE] = "lease",
	[STORE_VERDICT] = "verdict",
	[STORE_EXTEND] = "extend",
	[STORE_ABANDON] = "abandon",
	[STORE_CHECKPOINT] = "checkpoint",
	[STORE_CHECKPOINT_DROP] = "checkpoint_drop",
	[STORE_KEY_CREATE] = "key_create",
	[STORE_KEY_REVOKE] = "key_revoke",
	[STORE_RECLASSIFY] = "reclassify"
};

const char *
store_message_name(unsigned message)
{
	return message < STORE_MESSAGE_END ? names[message] : NULL;
}

int
store_type_parse(uint16_t type, enum store_message *message, struct err *e)
{
	unsigned version = type >> 8, m = type & 0xff;

	if (version != STORE_PROTO_VERSION)
		return err_set(e, ERR_INVALID, "store protocol version %u; "
		    "this store speaks %d", version, STORE_PROTO_VERSION);
	if (!store_message_name(m))
		return err_set(e, ERR_INVALID, "unknown store message %u", m);
	*message = (enum store_message)m;
	return 0;
}

int
store_proto_fail(const char *what, struct err *e)
{
	if (e->code == ERR_AGAIN)
		e->code = ERR_INVALID;
	return err_wrap(e, "%s", what);
}

int
store_proto_array(struct pack_reader *r, uint32_t want, struct err *e)
{
	uint32_t n;

	if (pack_read_array(r, &n, e))
		return e->code;
	if (n != want)
		return err_set(e, ERR_INVALID, "%" PRIu32 " fields, not %"
		    PRIu32, n, want);
	return 0;
}

int
store_proto_u64(struct pack_reader *r, uint64_t max, uint64_t *v,
    struct err *e)
{
	if (pack_read_u64(r, v, e))
		return e->code;
	if (*v > max)
		return err_set(e, ERR_INVALID, "%" PRIu64 ", at most %" PRIu64,
		    *v, max);
	return 0;
}

int
store_proto_str(struct pack_reader *r, size_t max, struct str *s,
    struct err *e)
{
	if (pack_read_str(r, s, e))
		return e->code;
	if (s->n > max)
		return err_set(e, ERR_INVALID, "text of %zu bytes, at most %zu",
		    s->n, max);
	return 0;
}

/* A key, or a bound of a range: which is empty, or one byte longer. */
static int
read_key(struct pack_reader *r, size_t min, size_t max, struct str *key,
    struct err *e)
{
	if (pack_read_bin(r, key, e))
		return e->code;
	if (key->n < min || key->n > max)
		return err_set(e, ERR_INVALID, "key of %zu bytes", key->n);
	return 0;
}

void
store_refusal_encode(const struct err *e, struct buf *b)
{
	pack_array(b, 2);
	pack_i64(b, e->code);
	pack_cstr(b, e->text);
}

int
store_refusal_decode(struct str payload, struct err *out)
{
	struct pack_reader r = pack_reader(payload);
	struct err e = ERR_INIT;
	struct str text;
	int64_t code;

	if (store_proto_array(&r, 2, &e) || pack_read_i64(&r, &code, &e) ||
	    store_proto_str(&r, ERR_TEXT_MAX, &text, &e) || pack_end(&r, &e))
		return err_set(out, ERR_INVALID, "store: refused without "
		    "saying why: %s", e.text);
	if (code >= 0 || code < ERR_EXISTS)
		return err_set(out, ERR_INVALID, "store: refused with code %"
		    PRIi64, code);
	return err_set(out, (int)code, "%.*s", STR_FMT(text));
}

void
store_nil_encode(struct buf *b)
{
	pack_nil(b);
}

int
store_nil_decode(struct str payload, struct err *e)
{
	struct pack_reader r = pack_reader(payload);

	if (pack_read_nil(&r, e) || pack_end(&r, e))
		return store_proto_fail("message", e);
	return 0;
}

void
store_text_encode(struct str s, struct buf *b)
{
	pack_str(b, s);
}

int
store_text_decode(struct str payload, size_t max_bytes, struct str *s,
    struct err *e)
{
	struct pack_reader r = pack_reader(payload);

	if (store_proto_str(&r, max_bytes, s, e) || pack_end(&r, e))
		return store_proto_fail("message", e);
	return 0;
}

enum { SNAP_OPEN = 1, SNAP_ONCE = 2, SNAP_FLAGS = 3 };

static void
snap_encode(const struct store_snap *m, struct buf *b)
{
	pack_u64(b, m->client);
	pack_u64(b, m->id);
	pack_u64(b, (m->open ? SNAP_OPEN : 0) | (m->once ? SNAP_ONCE : 0));
}

static int
snap_decode(struct pack_reader *r, struct store_snap *m, struct err *e)
{
	uint64_t flags;

	if (pack_read_u64(r, &m->client, e) || pack_read_u64(r, &m->id, e) ||
	    store_proto_u64(r, SNAP_FLAGS, &flags, e))
		return err_wrap(e, "snapshot");
	m->open = flags & SNAP_OPEN;
	m->once = flags & SNAP_ONCE;
	return 0;
}

static int
family_decode(struct pack_reader *r, enum kv_family *f, struct err *e)
{
	uint64_t v;

	if (store_proto_u64(r, KV_FAMILY_COUNT - 1, &v, e))
		return err_wrap(e, "family");
	*f = (enum kv_family)v;
	return 0;
}

void
store_get_encode(const struct store_get *m, struct buf *b)
{
	pack_array(b, 6);
	snap_encode(&m->snap, b);
	pack_u64(b, m->family);
	pack_u64(b, m->max_bytes);
	pack_array(b, (uint32_t)m->n);
	for (size_t i = 0; i < m->n; i++)
		pack_bin(b, m->keys[i]);
}

static int
get_read(struct pack_reader *r, struct arena *a, struct store_get *m,
    struct err *e)
{
	uint32_t n;

	if (store_proto_array(r, 6, e) || snap_decode(r, &m->snap, e) ||
	    family_decode(r, &m->family, e) ||
	    pack_read_u64(r, &m->max_bytes, e) || pack_read_array(r, &n, e))
		return e->code;
	if (n == 0 || n > STORE_GET_KEYS_MAX)
		return err_set(e, ERR_INVALID, "%" PRIu32 " keys", n);
	m->n = n;
	m->keys = arena_array(a, n, sizeof(*m->keys));
	if (!m->keys)
		return err_set(e, ERR_LIMIT, "too much memory");
	for (size_t i = 0; i < n; i++)
		if (read_key(r, 1, KV_KEY_MAX, &m->keys[i], e))
			return e->code;
	return pack_end(r, e);
}

int
store_get_decode(struct str payload, struct arena *a, struct store_get *m,
    struct err *e)
{
	struct pack_reader r = pack_reader(payload);

	if (get_read(&r, a, m, e))
		return store_proto_fail("get", e);
	return 0;
}

enum { SCAN_REVERSE = 1, SCAN_KEYS = 2, SCAN_BULK = 4, SCAN_FLAGS = 7 };

void
store_scan_encode(const struct store_scan *m, struct buf *b)
{
	const struct kv_range *g = &m->range;

	pack_array(b, 9);
	snap_encode(&m->snap, b);
	pack_u64(b, g->family);
	pack_bin(b, g->from);
	pack_bin(b, g->to);
	pack_u64(b, (g->reverse ? SCAN_REVERSE : 0) |
	    (g->keys_only ? SCAN_KEYS : 0) | (g->is_bulk ? SCAN_BULK : 0));
	pack_u64(b, g->limit);
	pack_u64(b, g->max_bytes);
}

static int
scan_read(struct pack_reader *r, struct store_scan *m, struct err *e)
{
	struct kv_range *g = &m->range;
	uint64_t flags, limit, max_bytes;

	if (store_proto_array(r, 9, e) || snap_decode(r, &m->snap, e) ||
	    family_decode(r, &g->family, e) ||
	    read_key(r, 0, KV_KEY_MAX + 1, &g->from, e) ||
	    read_key(r, 0, KV_KEY_MAX + 1, &g->to, e) ||
	    store_proto_u64(r, SCAN_FLAGS, &flags, e) ||
	    store_proto_u64(r, STORE_CHUNK_ROWS, &limit, e) ||
	    store_proto_u64(r, STORE_CHUNK_BYTES, &max_bytes, e))
		return e->code;
	if (limit == 0 || max_bytes == 0)
		return err_set(e, ERR_INVALID, "no limit");
	g->reverse = flags & SCAN_REVERSE;
	g->keys_only = flags & SCAN_KEYS;
	g->is_bulk = flags & SCAN_BULK;
	g->limit = limit;
	g->max_bytes = max_bytes;
	return pack_end(r, e);
}

int
store_scan_decode(struct str payload, struct store_scan *m, struct err *e)
{
	struct pack_reader r = pack_reader(payload);

	if (scan_read(&r, m, e))
		return store_proto_fail("scan", e);
	return 0;
}

void
store_close_encode(const struct store_snap *m, struct buf *b)
{
	pack_array(b, 3);
	snap_encode(m, b);
}

int
store_close_decode(struct str payload, struct store_snap *m, struct err *e)
{
	struct pack_reader r = pack_reader(payload);

	if (store_proto_array(&r, 3, e) || snap_decode(&r, m, e) ||
	    pack_end(&r, e))
		return store_proto_fail("close", e);
	return 0;
}

void
store_values_begin_encode(size_t n, struct buf *b)
{
	pack_array(b, (uint32_t)n);
}

void
store_value_encode(struct str value, struct buf *b)
{
	if (value.p)
		pack_bin(b, value);
	else
		pack_nil(b);
}

static int
values_read(struct pack_reader *r, struct arena *a, struct str **values,
    size_t *count, struct err *e)
{
	enum pack_type type;
	struct str *v;
	uint32_t n;

	if (pack_read_array(r, &n, e))
		return e->code;
	if (n > STORE_GET_KEYS_MAX)
		return err_set(e, ERR_INVALID, "%" PRIu32 " values", n);
	v = arena_array(a, n, sizeof(*v));
	if (!v)
		return err_set(e, ERR_LIMIT, "too much memory");
	for (uint32_t i = 0; i < n; i++) {
		if (pack_peek(r, &type, e))
			return e->code;
		if (type == PACK_NIL) {
			v[i] = STR_NULL;
			if (pack_read_nil(r, e))
				return e->code;
		} else if (pack_read_bin(r, &v[i], e)) {
			return e->code;
		}
	}
	*values = v;
	*count = n;
	return pack_end(r, e);
}

int
store_values_decode(struct str payload, struct arena *a, struct str **values,
    size_t *n, struct err *e)
{
	struct pack_reader r = pack_reader(payload);

	if (values_read(&r, a, values, n, e))
		return store_proto_fail("values", e);
	return 0;
}

void
store_row_encode(struct str key, struct str value, struct buf *b)
{
	pack_bin(b, key);
	pack_bin(b, value);
}

void
store_rows_end_encode(bool complete, struct buf *b)
{
	pack_bool(b, complete);
}

int
store_rows_next(struct store_rows *rows, struct str *key, struct str *value,
    bool *complete, struct err *e)
{
	enum pack_type type;

	if (pack_peek(&rows->r, &type, e))
		return store_proto_fail("rows", e);
	if (type == PACK_BOOL) {
		if (pack_read_bool(&rows->r, complete, e) ||
		    pack_end(&rows->r, e))
			return store_proto_fail("rows", e);
		return 0;
	}
	if (read_key(&rows->r, 1, KV_KEY_MAX, key, e) ||
	    pack_read_bin(&rows->r, value, e))
		return store_proto_fail("rows", e);
	return STORE_ROW;
}
