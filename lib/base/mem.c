#include "base/mem.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"

static size_t
product(size_t n, size_t size)
{
	size_t total;

	if (__builtin_mul_overflow(n, size, &total))
		BUG("allocation of %zu * %zu bytes overflows", n, size);
	return total ? total : 1;
}

static void *
checked(void *p, size_t n)
{
	if (!p)
		BUG("out of memory allocating %zu bytes", n);
	return p;
}

void *
mem_zalloc(size_t n, size_t size)
{
	size_t total = product(n, size);

	return checked(calloc(1, total), total);
}

void *
mem_alloc(size_t n, size_t size)
{
	size_t total = product(n, size);

	return checked(malloc(total), total);
}

void *
mem_grow(void *p, size_t n, size_t size)
{
	size_t total = product(n, size);

	return checked(realloc(p, total), total);
}

char *
mem_dup(const void *p, size_t n)
{
	char *s = mem_alloc(n + 1, 1);

	if (n)
		memcpy(s, p, n);
	s[n] = '\0';
	return s;
}

char *
mem_strdup(const char *s)
{
	return mem_dup(s, strlen(s));
}

char *
mem_printf(const char *fmt, ...)
{
	va_list ap;
	char *s = NULL;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&s, fmt, ap);
	va_end(ap);
	if (n < 0)
		BUG("out of memory formatting");
	return s;
}

void *
mem_more(void *p, size_t n, size_t *cap, size_t size)
{
	if (n < *cap)
		return p;
	*cap = *cap ? *cap * 2 : 8;
	return mem_grow(p, *cap, size);
}
