#include "base/cond.h"

#include <time.h>

#include "base/clock.h"

void
cond_init(pthread_cond_t *c)
{
	pthread_condattr_t attr;

	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(c, &attr);
	pthread_condattr_destroy(&attr);
}

bool
cond_wait_until(pthread_cond_t *c, pthread_mutex_t *lock, int64_t end_ms)
{
	struct timespec end = {
		.tv_sec = end_ms / MS_PER_SECOND,
		.tv_nsec = end_ms % MS_PER_SECOND * NS_PER_MS,
	};

	return pthread_cond_timedwait(c, lock, &end) == 0;
}
