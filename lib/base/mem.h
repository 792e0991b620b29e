#ifndef BASE_MEM_H
#define BASE_MEM_H

#include <stddef.h>

#include "base/cc.h"

/*
 * Allocation for sizes that we choose: never returns NULL, aborts when memory
 * is exhausted.  A size that a peer chooses is checked against a budget before
 * it comes here.  Release with free(3).
 */

/* n * size zeroed bytes; aborts on overflow of the product. */
void *mem_zalloc(size_t n, size_t size) CC_CHECK;

/* n * size uninitialised bytes. */
void *mem_alloc(size_t n, size_t size) CC_CHECK;

/* Resizes p (NULL is fine) to n * size bytes; the old pointer is gone. */
void *mem_grow(void *p, size_t n, size_t size) CC_CHECK;

/* A copy of n bytes with a NUL behind them (which n does not count). */
char *mem_dup(const void *p, size_t n) CC_CHECK;

/* A copy of a C string. */
char *mem_strdup(const char *s) CC_CHECK CC_NONNULL(1);

/* A formatted C string. */
char *mem_printf(const char *fmt, ...) CC_CHECK CC_PRINTF(1, 2);

/*
 * Makes room for one more element in a growing array: *cap doubles when
 * *n == *cap.  Use: v = mem_more(v, n, &cap, sizeof(*v)); v[n++] = x;
 */
void *mem_more(void *p, size_t n, size_t *cap, size_t size) CC_CHECK;

#endif
