#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cc.h"
#include "base/str.h"

/*
 * A growing byte buffer with a maximum (curl's dynbuf law: every buffer is
 * created with its limit).  An append that would pass the maximum adds nothing
 * and sets `failed`, which stays set: append freely, look once at the end.
 *
 *	struct buf b;
 *
 *	buf_init(&b, 1 << 20);
 *	buf_addf(&b, "%d items", n);
 *	if (b.failed)
 *		return err_set(e, ERR_LIMIT, "answer too large");
 *	send(buf_str(&b));
 *	buf_fini(&b);
 *
 * p is owned by the buffer; pointers into it die with the next append.
 * Threads: one object, one thread.
 */
struct buf {
	char *p;
	size_t n;
	size_t cap;
	size_t max;
	bool failed;
};

void buf_init(struct buf *b, size_t max_bytes) CC_NONNULL(1);
void buf_fini(struct buf *b) CC_NONNULL(1);

/* Empties it and clears failed; keeps the memory. */
void buf_reset(struct buf *b) CC_NONNULL(1);

void buf_add(struct buf *b, const void *p, size_t n) CC_NONNULL(1);
void buf_add_str(struct buf *b, struct str s) CC_NONNULL(1);
void buf_add_cstr(struct buf *b, const char *s) CC_NONNULL(1, 2);
void buf_add_byte(struct buf *b, uint8_t c) CC_NONNULL(1);
void buf_addf(struct buf *b, const char *fmt, ...) CC_PRINTF(2, 3)
    CC_NONNULL(1, 2);

/* Big-endian integers: their byte order is their numeric order in keys. */
void buf_add_be16(struct buf *b, uint16_t v) CC_NONNULL(1);
void buf_add_be32(struct buf *b, uint32_t v) CC_NONNULL(1);
void buf_add_be64(struct buf *b, uint64_t v) CC_NONNULL(1);

/* Room for n more bytes at the end, or NULL when past the maximum. */
char *buf_reserve(struct buf *b, size_t n) CC_NONNULL(1) CC_CHECK;

/* The content, borrowed until the next change. */
static inline struct str
buf_str(const struct buf *b)
{
	return str_of(b->p ? b->p : "", b->n);
}

/* Hands the memory over (free(3) it) and leaves the buffer empty. */
char *buf_detach(struct buf *b, size_t *n) CC_NONNULL(1, 2) CC_CHECK;

static inline uint16_t
be16_get(const void *p)
{
	const uint8_t *u = p;

	return (uint16_t)(u[0] << 8 | u[1]);
}

static inline uint32_t
be32_get(const void *p)
{
	const uint8_t *u = p;

	return (uint32_t)u[0] << 24 | (uint32_t)u[1] << 16 |
	    (uint32_t)u[2] << 8 | u[3];
}

static inline uint64_t
be64_get(const void *p)
{
	const uint8_t *u = p;

	return (uint64_t)be32_get(u) << 32 | be32_get(u + 4);
}

#endif
