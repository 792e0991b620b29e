#ifndef WEIR_SCRATCH_H
#define WEIR_SCRATCH_H

#include "kv/kv.h"
#include "place.h"

/*
 * A database for the time of one command, DIR/scratch.XXXXXX, on the disk of
 * the data: what is compared with it may be larger than memory.
 */

/* Its path goes into dir[PLACE_PATH_MAX].  What commands that were killed left
 * behind is removed. */
int scratch_open(const struct place *p, char *dir, struct kv **out,
    struct err *e) CC_CHECK CC_NONNULL(1, 2, 3, 4);

/* Removes it.  Accepts NULL. */
void scratch_close(struct kv *kv, const char *dir);

#endif
