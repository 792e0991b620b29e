#include "store/jobs.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>

#include "base/mem.h"

enum { QUICK_IN_A_ROW = 7 };

struct lane {
	struct job *first, **end;
};

struct jobs {
	pthread_mutex_t lock;
	pthread_cond_t cond;
	struct lane lanes[JOBS_LANES];
	size_t max_jobs, max_bytes, max_slow;
	size_t n, bytes;
	size_t slow_running;
	unsigned quick_in_a_row;
	bool stopped;
};

struct jobs *
jobs_new(size_t max_jobs, size_t max_bytes, size_t max_slow)
{
	struct jobs *s = mem_zalloc(1, sizeof(*s));

	pthread_mutex_init(&s->lock, NULL);
	pthread_cond_init(&s->cond, NULL);
	s->max_jobs = max_jobs;
	s->max_bytes = max_bytes;
	s->max_slow = max_slow;
	for (int i = 0; i < JOBS_LANES; i++)
		s->lanes[i].end = &s->lanes[i].first;
	return s;
}

void
jobs_free(struct jobs *s)
{
	if (!s)
		return;
	assert(s->n == 0);
	pthread_cond_destroy(&s->cond);
	pthread_mutex_destroy(&s->lock);
	free(s);
}

/* Lock held. */
static void
append(struct jobs *s, enum jobs_lane lane, struct job *j)
{
	j->lane = lane;
	j->next = NULL;
	*s->lanes[lane].end = j;
	s->lanes[lane].end = &j->next;
	s->n++;
	s->bytes += j->bytes;
	pthread_cond_signal(&s->cond);
}

bool
jobs_push(struct jobs *s, enum jobs_lane lane, struct job *j)
{
	bool fits;

	pthread_mutex_lock(&s->lock);
	/* One that is larger than the whole queue still gets in alone. */
	fits = !s->stopped && s->n < s->max_jobs &&
	    (s->n == 0 || s->bytes + j->bytes <= s->max_bytes);
	if (fits)
		append(s, lane, j);
	pthread_mutex_unlock(&s->lock);
	return fits;
}

void
jobs_push_always(struct jobs *s, enum jobs_lane lane, struct job *j)
{
	pthread_mutex_lock(&s->lock);
	append(s, lane, j);
	pthread_mutex_unlock(&s->lock);
}

/* Lock held; false if no lane has a job that may run now. */
static bool
choose(struct jobs *s, enum jobs_lane *lane)
{
	bool quick = s->lanes[JOBS_QUICK].first != NULL;
	bool slow = s->lanes[JOBS_SLOW].first != NULL &&
	    s->slow_running < s->max_slow;

	if (!quick && !slow)
		return false;
	if (slow && (!quick || s->quick_in_a_row >= QUICK_IN_A_ROW)) {
		*lane = JOBS_SLOW;
		s->quick_in_a_row = 0;
	} else {
		*lane = JOBS_QUICK;
		s->quick_in_a_row += slow;
	}
	return true;
}

/* Lock held. */
static struct job *
take(struct jobs *s, enum jobs_lane lane)
{
	struct job *j = s->lanes[lane].first;

	s->lanes[lane].first = j->next;
	if (!j->next)
		s->lanes[lane].end = &s->lanes[lane].first;
	j->next = NULL;
	s->n--;
	s->bytes -= j->bytes;
	if (s->stopped && s->n == 0)
		pthread_cond_broadcast(&s->cond);
	return j;
}

struct job *
jobs_pop(struct jobs *s)
{
	struct job *j = NULL;
	enum jobs_lane lane;

	pthread_mutex_lock(&s->lock);
	while (!choose(s, &lane)) {
		if (s->stopped && s->n == 0)
			goto out;
		pthread_cond_wait(&s->cond, &s->lock);
	}
	j = take(s, lane);
	s->slow_running += lane == JOBS_SLOW;
out:
	pthread_mutex_unlock(&s->lock);
	return j;
}

struct job *
jobs_pop_many(struct jobs *s, size_t max_jobs, size_t max_bytes)
{
	struct job *first, **end;
	size_t n = 1, bytes;
	enum jobs_lane lane;

	first = jobs_pop(s);
	if (!first)
		return NULL;
	end = &first->next;
	bytes = first->bytes;
	pthread_mutex_lock(&s->lock);
	while (n < max_jobs && choose(s, &lane) &&
	    bytes + s->lanes[lane].first->bytes <= max_bytes) {
		*end = take(s, lane);
		bytes += (*end)->bytes;
		end = &(*end)->next;
		n++;
	}
	pthread_mutex_unlock(&s->lock);
	return first;
}

void
jobs_done(struct jobs *s, enum jobs_lane lane)
{
	if (lane != JOBS_SLOW)
		return;
	pthread_mutex_lock(&s->lock);
	s->slow_running--;
	pthread_cond_signal(&s->cond);
	pthread_mutex_unlock(&s->lock);
}

void
jobs_stop(struct jobs *s)
{
	pthread_mutex_lock(&s->lock);
	s->stopped = true;
	pthread_cond_broadcast(&s->cond);
	pthread_mutex_unlock(&s->lock);
}

void
jobs_count(struct jobs *s, size_t *n, size_t *bytes)
{
	pthread_mutex_lock(&s->lock);
	*n = s->n;
	*bytes = s->bytes;
	pthread_mutex_unlock(&s->lock);
}
