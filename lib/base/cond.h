#ifndef BASE_COND_H
#define BASE_COND_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/cc.h"

/*
 * Condition variables that wait by the monotonic clock, so that nobody sleeps
 * for hours because the wall clock was set back.
 *
 *	cond_init(&q->more);
 *	…
 *	while (!q->n && cond_wait_until(&q->more, &q->lock, end_ms))
 *		continue;
 *
 * pthread_cond_signal, _broadcast and _destroy are used as they are.
 */
void cond_init(pthread_cond_t *c) CC_NONNULL(1);

/* The lock is held.  False once clock_mono_ms() is at end_ms. */
bool cond_wait_until(pthread_cond_t *c, pthread_mutex_t *lock,
    int64_t end_ms) CC_NONNULL(1, 2);

#endif
