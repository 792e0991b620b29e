#ifndef PACK_PACK_H
#define PACK_PACK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

/*
 * MessagePack (https://github.com/msgpack/msgpack/blob/master/spec.md).
 *
 * Reading is our own pull reader: msgpack-c 4.0.0 reserves 2 GB for five
 * hostile bytes; here an announced count is checked against the bytes that
 * remain (an element takes one byte at least) before anyone acts on it.
 * Writing goes through msgpack-c into a struct buf.
 *
 *	struct pack_reader r = pack_reader(bytes);
 *	uint32_t n;
 *
 *	if (pack_read_map(&r, &n, e))
 *		return e->code;
 *	while (n--) {
 *		if (pack_read_u64(&r, &key, e) || pack_read_str(&r, &s, e))
 *			return e->code;
 *		…
 *	}
 *	return pack_end(&r, e);         // leftover bytes are an error
 *
 * Strings are borrowed from the input.  Readers fail with ERR_INVALID on a
 * wrong type or malformed bytes and ERR_AGAIN when the input ends inside a
 * value (a stream reader fetches more and starts the value again).
 * Threads: one reader, one thread.
 */
struct pack_reader {
	const uint8_t *p;
	const uint8_t *end;
};

enum pack_type {
	PACK_NIL, PACK_BOOL, PACK_INT, PACK_UINT, PACK_DOUBLE, PACK_STR,
	PACK_BIN, PACK_ARRAY, PACK_MAP, PACK_EXT
};

static inline struct pack_reader
pack_reader(struct str s)
{
	return (struct pack_reader){ (const uint8_t *)s.p,
		(const uint8_t *)s.p + s.n };
}

/* Bytes not yet read. */
static inline size_t
pack_left(const struct pack_reader *r)
{
	return (size_t)(r->end - r->p);
}

/* The type of the next value; ERR_AGAIN at the end of the input. */
int pack_peek(const struct pack_reader *r, enum pack_type *type, struct err *e)
    CC_CHECK;

int pack_read_nil(struct pack_reader *r, struct err *e) CC_CHECK;
int pack_read_bool(struct pack_reader *r, bool *v, struct err *e) CC_CHECK;

/* Any integer form whose value fits. */
int pack_read_i64(struct pack_reader *r, int64_t *v, struct err *e) CC_CHECK;
int pack_read_u64(struct pack_reader *r, uint64_t *v, struct err *e) CC_CHECK;

/* float32, float64 or an integer. */
int pack_read_double(struct pack_reader *r, double *v, struct err *e) CC_CHECK;

int pack_read_str(struct pack_reader *r, struct str *s, struct err *e) CC_CHECK;
int pack_read_bin(struct pack_reader *r, struct str *s, struct err *e) CC_CHECK;
int pack_read_ext(struct pack_reader *r, int8_t *type, struct str *s,
    struct err *e) CC_CHECK;

/* Element counts, checked against the bytes that remain. */
int pack_read_array(struct pack_reader *r, uint32_t *n, struct err *e) CC_CHECK;
int pack_read_map(struct pack_reader *r, uint32_t *n, struct err *e) CC_CHECK;

/* Steps over one value of any type and depth up to PACK_DEPTH_MAX. */
enum { PACK_DEPTH_MAX = 32 };
int pack_skip(struct pack_reader *r, struct err *e) CC_CHECK;

/* ERR_INVALID when bytes are left over. */
int pack_end(const struct pack_reader *r, struct err *e) CC_CHECK;

void pack_nil(struct buf *b);
void pack_bool(struct buf *b, bool v);
void pack_i64(struct buf *b, int64_t v);
void pack_u64(struct buf *b, uint64_t v);
void pack_double(struct buf *b, double v);
void pack_str(struct buf *b, struct str s);
void pack_cstr(struct buf *b, const char *s);
void pack_bin(struct buf *b, struct str s);
void pack_ext(struct buf *b, int8_t type, struct str s);
void pack_array(struct buf *b, uint32_t n);
void pack_map(struct buf *b, uint32_t n);

#endif
