#ifndef REPO_DELTA_H
#define REPO_DELTA_H

#include <stddef.h>

#include "base/arena.h"
#include "base/cc.h"
#include "base/err.h"
#include "kv/kv.h"
#include "repo/contrib.h"
#include "repo/layout.h"

/*
 * Changes to rollup records, gathered so that each record is read and written
 * once a group.
 *
 *	struct delta *d = delta_new();
 *
 *	delta_add(d, scope, &old, -1);
 *	delta_add(d, scope, &new, 1);
 *	delta_write(d, snapshot, batch, arena, e);
 *	delta_clear(d);
 *
 * Threads: one object, one thread.
 */
struct delta;

struct delta *delta_new(void) CC_CHECK;
void delta_free(struct delta *d);
void delta_clear(struct delta *d) CC_NONNULL(1);

/* Adds (sign 1) or takes out (-1) what a run contributes. */
void delta_add(struct delta *d, struct repo_scope scope,
    const struct contribs *list, int sign) CC_NONNULL(1, 3);

/* Records touched. */
size_t delta_count(const struct delta *d) CC_NONNULL(1);

/* Lays the changes over the records that s holds and puts the results into
 * the batch; a record that becomes zero is deleted. */
int delta_write(struct delta *d, struct kv_snapshot *s, struct kv_batch *b,
    struct arena *a, struct err *e) CC_CHECK CC_NONNULL(1, 2, 3, 4, 5);

#endif
