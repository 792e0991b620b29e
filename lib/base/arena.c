#include "base/arena.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

enum { ALIGN = 16, BLOCK = 16 << 10, KEEP_MAX = 256 << 10 };

struct block {
	struct block *next;
	size_t cap;
	size_t n;
	size_t pad;             /* keeps data 16-byte aligned */
	char data[];
};

struct arena {
	struct block *head;     /* newest; the only one with room */
	size_t used;
	size_t max;
};

struct arena *
arena_new(size_t max_bytes)
{
	struct arena *a = mem_zalloc(1, sizeof(*a));

	a->max = max_bytes;
	return a;
}

void
arena_free(struct arena *a)
{
	struct block *b, *next;

	if (!a)
		return;
	for (b = a->head; b; b = next) {
		next = b->next;
		free(b);
	}
	free(a);
}

void
arena_reset(struct arena *a)
{
	struct block *b, *next, *keep = NULL;

	for (b = a->head; b; b = next) {
		next = b->next;
		if (!keep && b->cap <= KEEP_MAX)
			keep = b;
		else
			free(b);
	}
	if (keep) {
		keep->next = NULL;
		keep->n = 0;
	}
	a->head = keep;
	a->used = 0;
}

void *
arena_alloc(struct arena *a, size_t n)
{
	struct block *b = a->head;
	char *p;

	if (n > a->max - a->used)
		return NULL;
	n = (n + ALIGN - 1) & ~(size_t)(ALIGN - 1);
	if (!b || b->cap - b->n < n) {
		size_t cap = b ? MIN_OF(b->cap * 2, KEEP_MAX) : BLOCK;

		cap = MAX_OF(cap, n);
		b = mem_alloc(1, sizeof(*b) + cap);
		b->cap = cap;
		b->n = 0;
		b->next = a->head;
		a->head = b;
	}
	p = b->data + b->n;
	b->n += n;
	a->used = MIN_OF(a->used + n, a->max);
	memset(p, 0, n);
	return p;
}

void *
arena_array(struct arena *a, size_t n, size_t size)
{
	size_t total;

	if (__builtin_mul_overflow(n, size, &total))
		return NULL;
	return arena_alloc(a, total);
}

struct str
arena_str(struct arena *a, struct str s)
{
	char *p;

	if (!s.p)
		return STR_NULL;
	p = arena_alloc(a, s.n + 1);
	if (!p)
		return STR_NULL;
	memcpy(p, s.p, s.n);
	return str_of(p, s.n);
}

struct str
arena_printf(struct arena *a, const char *fmt, ...)
{
	va_list ap;
	char *text = NULL;
	struct str s;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&text, fmt, ap);
	va_end(ap);
	if (n < 0)
		return STR_NULL;
	s = arena_str(a, str_of(text, (size_t)n));
	free(text);
	return s;
}

void *
arena_more(struct arena *a, void *p, size_t n, size_t *cap, size_t size)
{
	size_t want;
	void *q;

	if (n < *cap)
		return p;
	want = *cap ? *cap * 2 : 8;
	q = arena_array(a, want, size);
	if (!q)
		return NULL;
	if (n)
		memcpy(q, p, n * size);
	*cap = want;
	return q;
}

size_t
arena_used(const struct arena *a)
{
	return a->used;
}
