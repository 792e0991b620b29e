#include "store/leases.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/log.h"
#include "base/map.h"
#include "base/mem.h"

struct lease {
	struct repo_work work;
	int64_t received_ms;
	int64_t deadline_ms;    /* INT64_MAX: shelved */
	char worker[64];        /* for the log */
};

struct leases {
	pthread_mutex_t lock;
	int64_t timeout_ms;
	size_t max;
	struct map *held;       /* seq → lease */
	struct map *tries;      /* seq → how often it expired */
	uint64_t *redo;         /* a queue, from redo_first on */
	size_t redo_first, redo_n, redo_cap;
};

struct key {
	char b[8];
};

static struct str
key_of(struct key *k, uint64_t seq)
{
	for (int i = 0; i < 8; i++)
		k->b[i] = (char)(seq >> (56 - 8 * i));
	return str_of(k->b, sizeof(k->b));
}

struct leases *
leases_new(int64_t timeout_ms, size_t max)
{
	struct leases *l = mem_zalloc(1, sizeof(*l));

	pthread_mutex_init(&l->lock, NULL);
	l->timeout_ms = timeout_ms;
	l->max = max;
	l->held = map_new();
	l->tries = map_new();
	return l;
}

void
leases_free(struct leases *l)
{
	if (!l)
		return;
	map_free(l->held, free);
	map_free(l->tries, NULL);
	free(l->redo);
	pthread_mutex_destroy(&l->lock);
	free(l);
}

/* Lock held. */
static struct lease *
find(struct leases *l, uint64_t seq)
{
	struct key k;

	return map_get(l->held, key_of(&k, seq));
}

/* Lock held; NULL if it is held already. */
static struct lease *
add(struct leases *l, const struct repo_work *w)
{
	struct key k;
	struct lease *n;
	void **slot;

	slot = map_put(l->held, key_of(&k, w->seq));
	if (*slot)
		return NULL;
	n = mem_zalloc(1, sizeof(*n));
	n->work = *w;
	*slot = n;
	return n;
}

/* Lock held. */
static void
drop(struct leases *l, uint64_t seq)
{
	struct key k;

	free(map_delete(l->held, key_of(&k, seq)));
}

/* Lock held. */
static void
push_redo(struct leases *l, uint64_t seq)
{
	if (l->redo_first > l->redo_n / 2) {
		l->redo_n -= l->redo_first;
		memmove(l->redo, l->redo + l->redo_first,
		    l->redo_n * sizeof(*l->redo));
		l->redo_first = 0;
	}
	l->redo = mem_more(l->redo, l->redo_n, &l->redo_cap,
	    sizeof(*l->redo));
	l->redo[l->redo_n++] = seq;
}

bool
leases_take(struct leases *l, const struct repo_work *w, struct str worker,
    int64_t received_ms, int64_t now_ms)
{
	struct lease *n = NULL;
	size_t len = MIN_OF(worker.n, sizeof(n->worker) - 1);

	pthread_mutex_lock(&l->lock);
	if (map_count(l->held) < l->max)
		n = add(l, w);
	if (n) {
		n->received_ms = received_ms;
		n->deadline_ms = now_ms + l->timeout_ms;
		memcpy(n->worker, worker.p, len);
	}
	pthread_mutex_unlock(&l->lock);
	return n != NULL;
}

void
leases_shelve(struct leases *l, const struct repo_work *w)
{
	struct lease *n;

	pthread_mutex_lock(&l->lock);
	n = add(l, w);
	if (n)
		n->deadline_ms = INT64_MAX;
	pthread_mutex_unlock(&l->lock);
}

bool
leases_find(struct leases *l, uint64_t seq, struct repo_work *w,
    int64_t *received_ms)
{
	struct lease *n;

	pthread_mutex_lock(&l->lock);
	n = find(l, seq);
	if (n) {
		*w = n->work;
		*received_ms = n->received_ms;
	}
	pthread_mutex_unlock(&l->lock);
	return n != NULL;
}

void
leases_settle(struct leases *l, uint64_t seq)
{
	struct key k;

	pthread_mutex_lock(&l->lock);
	drop(l, seq);
	map_delete(l->tries, key_of(&k, seq));
	pthread_mutex_unlock(&l->lock);
}

bool
leases_extend(struct leases *l, uint64_t seq, int64_t now_ms)
{
	struct lease *n;

	pthread_mutex_lock(&l->lock);
	n = find(l, seq);
	if (n && n->deadline_ms != INT64_MAX)
		n->deadline_ms = now_ms + l->timeout_ms;
	pthread_mutex_unlock(&l->lock);
	return n != NULL;
}

bool
leases_abandon(struct leases *l, uint64_t seq)
{
	struct lease *n;

	pthread_mutex_lock(&l->lock);
	n = find(l, seq);
	if (n) {
		drop(l, seq);
		push_redo(l, seq);
	}
	pthread_mutex_unlock(&l->lock);
	return n != NULL;
}

/* Lock held.  True if the lease that is over was the last that there is. */
static bool
is_spent(struct leases *l, struct lease *x)
{
	struct key k;
	void **tries = map_put(l->tries, key_of(&k, x->work.seq));

	*tries = (void *)((uintptr_t)*tries + 1);
	if ((uintptr_t)*tries < LEASES_TRIES)
		return false;
	map_delete(l->tries, key_of(&k, x->work.seq));
	x->deadline_ms = INT64_MAX;
	log_error("work-shelved", "seq=%llu text=\"%d workers had it and "
	    "were not heard of again\"", (unsigned long long)x->work.seq,
	    LEASES_TRIES);
	return true;
}

size_t
leases_expire(struct leases *l, int64_t now_ms)
{
	size_t it = 0, n = 0, redo = 0;
	void *v;

	pthread_mutex_lock(&l->lock);
	while (map_next(l->held, &it, NULL, &v)) {
		struct lease *x = v;

		if (x->deadline_ms > now_ms)
			continue;
		log_warn("lease-expired", "seq=%llu worker=%s",
		    (unsigned long long)x->work.seq, x->worker);
		n++;
		if (is_spent(l, x))
			continue;
		push_redo(l, x->work.seq);
		redo++;
	}
	/* The map must not change while it is walked. */
	for (size_t i = l->redo_n - redo; i < l->redo_n; i++)
		drop(l, l->redo[i]);
	pthread_mutex_unlock(&l->lock);
	return n;
}

bool
leases_redo(struct leases *l, uint64_t *seq)
{
	bool found;

	pthread_mutex_lock(&l->lock);
	found = l->redo_first < l->redo_n;
	if (found)
		*seq = l->redo[l->redo_first++];
	pthread_mutex_unlock(&l->lock);
	return found;
}

void
leases_again(struct leases *l, uint64_t seq)
{
	pthread_mutex_lock(&l->lock);
	push_redo(l, seq);
	pthread_mutex_unlock(&l->lock);
}

size_t
leases_count(struct leases *l)
{
	size_t n;

	pthread_mutex_lock(&l->lock);
	n = map_count(l->held);
	pthread_mutex_unlock(&l->lock);
	return n;
}

size_t
leases_redo_count(struct leases *l)
{
	size_t n;

	pthread_mutex_lock(&l->lock);
	n = l->redo_n - l->redo_first;
	pthread_mutex_unlock(&l->lock);
	return n;
}
