#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

void
buf_init(struct buf *b, size_t max_bytes)
{
	*b = (struct buf){ .max = max_bytes };
}

void
buf_fini(struct buf *b)
{
	free(b->p);
	*b = (struct buf){ 0 };
}

void
buf_reset(struct buf *b)
{
	b->n = 0;
	b->failed = false;
}

char *
buf_reserve(struct buf *b, size_t n)
{
	if (b->failed || n > b->max - b->n) {
		b->failed = true;
		return NULL;
	}
	if (b->cap - b->n < n) {
		size_t want = b->n + n;
		size_t cap = b->cap ? b->cap : 64;

		while (cap < want)
			cap *= 2;
		b->cap = MIN_OF(cap, b->max);
		b->p = mem_grow(b->p, b->cap, 1);
	}
	return b->p + b->n;
}

void
buf_add(struct buf *b, const void *p, size_t n)
{
	char *to;

	if (n == 0)
		return;
	to = buf_reserve(b, n);
	if (!to)
		return;
	memcpy(to, p, n);
	b->n += n;
}

void
buf_add_str(struct buf *b, struct str s)
{
	buf_add(b, s.p, s.n);
}

void
buf_add_cstr(struct buf *b, const char *s)
{
	buf_add(b, s, strlen(s));
}

void
buf_add_byte(struct buf *b, uint8_t c)
{
	buf_add(b, &c, 1);
}

void
buf_addf(struct buf *b, const char *fmt, ...)
{
	va_list ap, again;
	char small[256];
	char *to;
	int n;

	va_start(ap, fmt);
	va_copy(again, ap);
	n = vsnprintf(small, sizeof(small), fmt, ap);
	va_end(ap);
	if (n >= 0 && (size_t)n < sizeof(small)) {
		buf_add(b, small, (size_t)n);
	} else if (n > 0 && (to = buf_reserve(b, (size_t)n + 1))) {
		vsnprintf(to, (size_t)n + 1, fmt, again);
		b->n += (size_t)n;
	}
	va_end(again);
}

void
buf_add_be16(struct buf *b, uint16_t v)
{
	uint8_t u[2] = { (uint8_t)(v >> 8), (uint8_t)v };

	buf_add(b, u, sizeof(u));
}

void
buf_add_be32(struct buf *b, uint32_t v)
{
	uint8_t u[4];

	for (int i = 0; i < 4; i++)
		u[i] = (uint8_t)(v >> (24 - 8 * i));
	buf_add(b, u, sizeof(u));
}

void
buf_add_be64(struct buf *b, uint64_t v)
{
	uint8_t u[8];

	for (int i = 0; i < 8; i++)
		u[i] = (uint8_t)(v >> (56 - 8 * i));
	buf_add(b, u, sizeof(u));
}

char *
buf_detach(struct buf *b, size_t *n)
{
	char *p = b->p;

	*n = b->n;
	b->p = NULL;
	b->n = b->cap = 0;
	b->failed = false;
	return p;
}
