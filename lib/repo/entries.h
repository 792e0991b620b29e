#ifndef REPO_ENTRIES_H
#define REPO_ENTRIES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/cc.h"
#include "kv/kv.h"
#include "model/run.h"
#include "repo/layout.h"

/*
 * The index entries of one run: a pure function of its head.  The writer puts
 * and deletes the difference between the old and the new set.
 */
struct entry {
	struct str key;
	struct str value;
};

struct entries {
	struct entry *v;        /* ascending by key, each key once */
	size_t n, cap;
};

/* False past the arena's budget. */
bool entries_of(struct repo_scope scope, const struct hash128 *rid,
    const struct run *run, struct arena *a, struct entries *out) CC_CHECK
    CC_NONNULL(2, 3, 4, 5);

/* Adds to the batch what turns old into new. */
void entries_diff(const struct entries *old, const struct entries *new,
    struct kv_batch *b) CC_NONNULL(1, 2, 3);

#endif
