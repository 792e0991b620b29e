#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stddef.h>

#include "base/cc.h"
#include "base/str.h"

/*
 * One arena per request or message: many small allocations, released together
 * by arena_reset.  Sizes in an arena follow what a peer sent, so it has a
 * budget: past it arena_alloc returns NULL, and the caller answers ERR_LIMIT.
 *
 *	struct arena *a = arena_new(16 << 20);
 *	struct span *s = arena_alloc(a, n * sizeof(*s));
 *	if (!s)
 *		return err_set(e, ERR_LIMIT, "request: too much memory");
 *	…
 *	arena_reset(a);         // everything above is gone
 *	arena_free(a);
 *
 * Memory is 16-byte aligned and zeroed.  Reset keeps one block for the next
 * use.  Threads: one object, one thread.
 */
struct arena;

/* max_bytes is the most it will ever hand out between two resets. */
struct arena *arena_new(size_t max_bytes) CC_CHECK;

/* Accepts NULL. */
void arena_free(struct arena *a);

void arena_reset(struct arena *a) CC_NONNULL(1);

/* n zeroed bytes (n == 0 gives a valid pointer), or NULL past the budget. */
void *arena_alloc(struct arena *a, size_t n) CC_CHECK CC_NONNULL(1);

/* n elements of the given size; NULL past the budget or on overflow. */
void *arena_array(struct arena *a, size_t n, size_t size) CC_CHECK
    CC_NONNULL(1);

/* A copy of s in the arena, NUL-terminated for convenience; STR_NULL past the
 * budget (and for STR_NULL itself). */
struct str arena_str(struct arena *a, struct str s) CC_CHECK CC_NONNULL(1);

/* A formatted string in the arena; STR_NULL past the budget. */
struct str arena_printf(struct arena *a, const char *fmt, ...) CC_CHECK
    CC_PRINTF(2, 3) CC_NONNULL(1, 2);

/*
 * Room for one more element in an array that lives in the arena: as mem_more,
 * the old array is abandoned when it grows.  NULL past the budget.
 */
void *arena_more(struct arena *a, void *p, size_t n, size_t *cap, size_t size)
    CC_CHECK CC_NONNULL(1, 4);

/* Bytes handed out since the last reset. */
size_t arena_used(const struct arena *a) CC_NONNULL(1);

#endif
