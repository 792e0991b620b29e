#include "pack/pack.h"

#include <string.h>

/* Makes sure that n bytes remain. */
static int
need(const struct pack_reader *r, size_t n, struct err *e)
{
	if (pack_left(r) >= n)
		return 0;
	return err_set(e, ERR_AGAIN, "msgpack: input ends inside a value");
}

static int
wrong(const struct pack_reader *r, const char *want, struct err *e)
{
	return err_set(e, ERR_INVALID, "msgpack: byte 0x%02x is not %s",
	    r->p[0], want);
}

/* The big-endian number of size 1, 2, 4 or 8 behind the tag byte. */
static uint64_t
number(const uint8_t *p, size_t size)
{
	uint64_t v = 0;

	for (size_t i = 0; i < size; i++)
		v = v << 8 | p[i];
	return v;
}

int
pack_peek(const struct pack_reader *r, enum pack_type *type, struct err *e)
{
	uint8_t c;

	if (need(r, 1, e))
		return e->code;
	c = r->p[0];
	if (c <= 0x7f || (c >= 0xcc && c <= 0xcf))
		*type = PACK_UINT;
	else if (c >= 0xe0 || (c >= 0xd0 && c <= 0xd3))
		*type = PACK_INT;
	else if ((c >= 0x80 && c <= 0x8f) || c == 0xde || c == 0xdf)
		*type = PACK_MAP;
	else if ((c >= 0x90 && c <= 0x9f) || c == 0xdc || c == 0xdd)
		*type = PACK_ARRAY;
	else if ((c >= 0xa0 && c <= 0xbf) || (c >= 0xd9 && c <= 0xdb))
		*type = PACK_STR;
	else if (c >= 0xc4 && c <= 0xc6)
		*type = PACK_BIN;
	else if ((c >= 0xc7 && c <= 0xc9) || (c >= 0xd4 && c <= 0xd8))
		*type = PACK_EXT;
	else if (c == 0xca || c == 0xcb)
		*type = PACK_DOUBLE;
	else if (c == 0xc2 || c == 0xc3)
		*type = PACK_BOOL;
	else if (c == 0xc0)
		*type = PACK_NIL;
	else
		return wrong(r, "msgpack", e);
	return 0;
}

int
pack_read_nil(struct pack_reader *r, struct err *e)
{
	if (need(r, 1, e))
		return e->code;
	if (r->p[0] != 0xc0)
		return wrong(r, "nil", e);
	r->p++;
	return 0;
}

int
pack_read_bool(struct pack_reader *r, bool *v, struct err *e)
{
	if (need(r, 1, e))
		return e->code;
	if (r->p[0] != 0xc2 && r->p[0] != 0xc3)
		return wrong(r, "a boolean", e);
	*v = *r->p++ == 0xc3;
	return 0;
}

/*
 * One integer of any form: *negative tells whether *v is the two's complement
 * of a negative number.
 */
static int
read_integer(struct pack_reader *r, uint64_t *v, bool *negative, struct err *e)
{
	uint8_t c;
	size_t size;

	if (need(r, 1, e))
		return e->code;
	c = r->p[0];
	*negative = false;
	if (c <= 0x7f || c >= 0xe0) {
		*v = c <= 0x7f ? c : (uint64_t)(int64_t)(int8_t)c;
		*negative = c >= 0xe0;
		r->p++;
		return 0;
	}
	if (c < 0xcc || c > 0xd3)
		return wrong(r, "an integer", e);
	size = (size_t)1 << (c & 3);
	if (need(r, 1 + size, e))
		return e->code;
	*v = number(r->p + 1, size);
	if (c >= 0xd0) {
		unsigned shift = 64 - 8 * (unsigned)size;
		int64_t s = (int64_t)(*v << shift) >> shift;

		*v = (uint64_t)s;
		*negative = s < 0;
	}
	r->p += 1 + size;
	return 0;
}

int
pack_read_i64(struct pack_reader *r, int64_t *v, struct err *e)
{
	struct pack_reader start = *r;
	uint64_t u;
	bool negative;

	if (read_integer(r, &u, &negative, e))
		return e->code;
	if (!negative && u > INT64_MAX) {
		*r = start;
		return err_set(e, ERR_INVALID, "msgpack: integer too large");
	}
	*v = (int64_t)u;
	return 0;
}

int
pack_read_u64(struct pack_reader *r, uint64_t *v, struct err *e)
{
	struct pack_reader start = *r;
	bool negative;

	if (read_integer(r, v, &negative, e))
		return e->code;
	if (negative) {
		*r = start;
		return err_set(e, ERR_INVALID, "msgpack: integer is negative");
	}
	return 0;
}

int
pack_read_double(struct pack_reader *r, double *v, struct err *e)
{
	enum pack_type type;

	if (pack_peek(r, &type, e))
		return e->code;
	if (type == PACK_INT || type == PACK_UINT) {
		uint64_t u;
		bool negative;

		if (read_integer(r, &u, &negative, e))
			return e->code;
		*v = negative ? (double)(int64_t)u : (double)u;
		return 0;
	}
	if (type != PACK_DOUBLE)
		return wrong(r, "a number", e);
	if (r->p[0] == 0xca) {
		uint32_t bits;
		float f;

		if (need(r, 5, e))
			return e->code;
		bits = (uint32_t)number(r->p + 1, 4);
		memcpy(&f, &bits, sizeof(f));
		*v = (double)f;
		r->p += 5;
	} else {
		uint64_t bits;

		if (need(r, 9, e))
			return e->code;
		bits = number(r->p + 1, 8);
		memcpy(v, &bits, sizeof(*v));
		r->p += 9;
	}
	return 0;
}

/* Takes a head of 1 + size bytes whose number is a byte length. */
static int
take_bytes(struct pack_reader *r, size_t size, size_t extra, struct str *s,
    struct err *e)
{
	uint64_t n;

	if (need(r, 1 + size, e))
		return e->code;
	n = number(r->p + 1, size) + extra;
	if (n > pack_left(r) - 1 - size)
		return err_set(e, ERR_AGAIN,
		    "msgpack: input ends inside a value");
	*s = str_of(r->p + 1 + size, (size_t)n);
	r->p += 1 + size + n;
	return 0;
}

int
pack_read_str(struct pack_reader *r, struct str *s, struct err *e)
{
	uint8_t c;

	if (need(r, 1, e))
		return e->code;
	c = r->p[0];
	if (c >= 0xa0 && c <= 0xbf)
		return take_bytes(r, 0, c & 0x1f, s, e);
	if (c >= 0xd9 && c <= 0xdb)
		return take_bytes(r, (size_t)1 << (c - 0xd9), 0, s, e);
	return wrong(r, "a string", e);
}

int
pack_read_bin(struct pack_reader *r, struct str *s, struct err *e)
{
	if (need(r, 1, e))
		return e->code;
	if (r->p[0] < 0xc4 || r->p[0] > 0xc6)
		return wrong(r, "bytes", e);
	return take_bytes(r, (size_t)1 << (r->p[0] - 0xc4), 0, s, e);
}

int
pack_read_ext(struct pack_reader *r, int8_t *type, struct str *s,
    struct err *e)
{
	uint8_t c;
	int rc;

	if (need(r, 1, e))
		return e->code;
	c = r->p[0];
	/* The type byte stands before the data: read both, then split. */
	if (c >= 0xd4 && c <= 0xd8)
		rc = take_bytes(r, 0, ((size_t)1 << (c - 0xd4)) + 1, s, e);
	else if (c >= 0xc7 && c <= 0xc9)
		rc = take_bytes(r, (size_t)1 << (c - 0xc7), 1, s, e);
	else
		return wrong(r, "an extension", e);
	if (rc)
		return rc;
	*type = (int8_t)s->p[0];
	*s = str_from_index(*s, 1);
	return 0;
}

/* A count of elements that take at least `least` bytes each. */
static int
take_count(struct pack_reader *r, size_t size, uint32_t fixed, size_t least,
    uint32_t *n, struct err *e)
{
	uint64_t v = fixed;

	if (need(r, 1 + size, e))
		return e->code;
	if (size)
		v = number(r->p + 1, size);
	if (v * least > pack_left(r) - 1 - size)
		return err_set(e, ERR_AGAIN,
		    "msgpack: %llu elements announced, %zu bytes left",
		    (unsigned long long)v, pack_left(r) - 1 - size);
	*n = (uint32_t)v;
	r->p += 1 + size;
	return 0;
}

int
pack_read_array(struct pack_reader *r, uint32_t *n, struct err *e)
{
	uint8_t c;

	if (need(r, 1, e))
		return e->code;
	c = r->p[0];
	if (c >= 0x90 && c <= 0x9f)
		return take_count(r, 0, c & 0x0f, 1, n, e);
	if (c == 0xdc || c == 0xdd)
		return take_count(r, c == 0xdc ? 2 : 4, 0, 1, n, e);
	return wrong(r, "an array", e);
}

int
pack_read_map(struct pack_reader *r, uint32_t *n, struct err *e)
{
	uint8_t c;

	if (need(r, 1, e))
		return e->code;
	c = r->p[0];
	if (c >= 0x80 && c <= 0x8f)
		return take_count(r, 0, c & 0x0f, 2, n, e);
	if (c == 0xde || c == 0xdf)
		return take_count(r, c == 0xde ? 2 : 4, 0, 2, n, e);
	return wrong(r, "a map", e);
}

static int
skip_scalar(struct pack_reader *r, enum pack_type type, struct err *e)
{
	struct str s;
	uint64_t u;
	int8_t ext;
	double d;
	bool b;

	switch (type) {
	case PACK_NIL: return pack_read_nil(r, e);
	case PACK_BOOL: return pack_read_bool(r, &b, e);
	case PACK_INT:
	case PACK_UINT: return read_integer(r, &u, &b, e);
	case PACK_DOUBLE: return pack_read_double(r, &d, e);
	case PACK_STR: return pack_read_str(r, &s, e);
	case PACK_BIN: return pack_read_bin(r, &s, e);
	case PACK_EXT: return pack_read_ext(r, &ext, &s, e);
	case PACK_ARRAY:
	case PACK_MAP: break;
	}
	BUG("not a scalar: %d", (int)type);
}

int
pack_skip(struct pack_reader *r, struct err *e)
{
	/* Values still owed at each open level; the last level is open. */
	uint64_t owed[PACK_DEPTH_MAX + 1];
	size_t depth = 0;

	owed[0] = 1;
	for (;;) {
		enum pack_type type;
		uint32_t n;

		while (owed[depth] == 0) {
			if (depth == 0)
				return 0;
			depth--;
		}
		owed[depth]--;
		if (pack_peek(r, &type, e))
			return e->code;
		if (type != PACK_ARRAY && type != PACK_MAP) {
			if (skip_scalar(r, type, e))
				return e->code;
			continue;
		}
		if (depth == PACK_DEPTH_MAX)
			return err_set(e, ERR_INVALID,
			    "msgpack: nested deeper than %d", PACK_DEPTH_MAX);
		if (type == PACK_ARRAY ? pack_read_array(r, &n, e) :
		    pack_read_map(r, &n, e))
			return e->code;
		owed[++depth] = type == PACK_MAP ? (uint64_t)n * 2 : n;
	}
}

int
pack_end(const struct pack_reader *r, struct err *e)
{
	if (pack_left(r) == 0)
		return 0;
	return err_set(e, ERR_INVALID, "msgpack: %zu bytes left over",
	    pack_left(r));
}
