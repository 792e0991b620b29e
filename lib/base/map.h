#ifndef BASE_MAP_H
#define BASE_MAP_H

#include <stddef.h>
#include <stdint.h>

#include "base/cc.h"
#include "base/str.h"

/*
 * A hash map from byte strings to pointers (open addressing, keyed hash, so
 * strangers cannot make it slow).  Keys are copied and owned by the map;
 * values are the caller's.
 *
 *	struct map *m = map_new();
 *	void **slot = map_put(m, key);   // *slot is NULL when new
 *	struct thing *t = map_get(m, key);
 *	size_t it = 0;
 *	while (map_next(m, &it, &key, &value)) …   // insertion order
 *	map_free(m, thing_free);
 *
 * Iteration is in insertion order (a deleted key leaves no gap in it).
 * Threads: one object, one thread.
 */
struct map;

struct map *map_new(void) CC_CHECK;

/* Calls free_value, when given, on each value.  Accepts NULL. */
void map_free(struct map *m, void (*free_value)(void *));

size_t map_count(const struct map *m) CC_NONNULL(1);

/* The value, or NULL. */
void *map_get(const struct map *m, struct str key) CC_NONNULL(1);

/* The slot of the key, made if need be (then *slot is NULL); valid until the
 * next put or delete. */
void **map_put(struct map *m, struct str key) CC_NONNULL(1);

/* Removes the key and returns its value, or NULL. */
void *map_delete(struct map *m, struct str key) CC_NONNULL(1);

/* Steps through; start with *it = 0.  Returns 0 at the end.  key and value may
 * be NULL when not wanted. */
int map_next(const struct map *m, size_t *it, struct str *key, void **value)
    CC_NONNULL(1, 2);

#endif
