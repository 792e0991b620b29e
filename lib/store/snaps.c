#include "store/snaps.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>

#include "base/map.h"
#include "base/mem.h"

struct snap {
	struct kv_snapshot *kv;
	uint64_t name[2];       /* client, id: the key in the map */
	int64_t used_ms;
	bool busy;
	bool closing;           /* to be closed when it is released */
};

struct snaps {
	pthread_mutex_t lock;
	struct kv *kv;
	size_t max;
	int64_t idle_ms;
	struct map *map;
};

struct snaps *
snaps_new(struct kv *kv, size_t max, int64_t idle_ms)
{
	struct snaps *t = mem_zalloc(1, sizeof(*t));

	pthread_mutex_init(&t->lock, NULL);
	t->kv = kv;
	t->max = max;
	t->idle_ms = idle_ms;
	t->map = map_new();
	return t;
}

static void
snap_free(void *v)
{
	struct snap *x = v;

	assert(!x->busy);
	kv_snapshot_close(x->kv);
	free(x);
}

void
snaps_free(struct snaps *t)
{
	if (!t)
		return;
	map_free(t->map, snap_free);
	pthread_mutex_destroy(&t->lock);
	free(t);
}

static struct str
name_of(const uint64_t name[2])
{
	return str_of(name, 2 * sizeof(name[0]));
}

/* Lock held. */
static int
open_new(struct snaps *t, const uint64_t name[2], struct snap **out,
    struct err *e)
{
	struct kv_snapshot *kv;
	struct snap *x;

	if (map_count(t->map) >= t->max)
		return err_set(e, ERR_AGAIN, "store: %zu snapshots are open",
		    t->max);
	if (kv_snapshot_open(t->kv, &kv, e))
		return e->code;
	x = mem_zalloc(1, sizeof(*x));
	x->kv = kv;
	memcpy(x->name, name, sizeof(x->name));
	*map_put(t->map, name_of(name)) = x;
	*out = x;
	return 0;
}

int
snaps_acquire(struct snaps *t, const struct store_snap *m, int64_t now_ms,
    struct snap **out, struct err *e)
{
	uint64_t name[2] = { m->client, m->id };
	struct snap *x;
	int rc = 0;

	pthread_mutex_lock(&t->lock);
	x = map_get(t->map, name_of(name));
	if (x && (x->busy || x->closing))
		rc = err_set(e, ERR_AGAIN, "store: the snapshot is in use");
	else if (!x && !m->open)
		rc = err_set(e, ERR_AGAIN, "store: the snapshot is gone; "
		    "start the read again");
	else if (!x)
		rc = open_new(t, name, &x, e);
	if (rc == 0) {
		x->busy = true;
		x->used_ms = now_ms;
		*out = x;
	}
	pthread_mutex_unlock(&t->lock);
	return rc;
}

struct kv_snapshot *
snap_kv(const struct snap *x)
{
	return x->kv;
}

/* Lock held. */
static void
drop(struct snaps *t, struct snap *x)
{
	map_delete(t->map, name_of(x->name));
	snap_free(x);
}

void
snaps_release(struct snaps *t, struct snap *x, bool close, int64_t now_ms)
{
	pthread_mutex_lock(&t->lock);
	x->busy = false;
	x->used_ms = now_ms;
	if (close || x->closing)
		drop(t, x);
	pthread_mutex_unlock(&t->lock);
}

void
snaps_close(struct snaps *t, const struct store_snap *m)
{
	uint64_t name[2] = { m->client, m->id };
	struct snap *x;

	pthread_mutex_lock(&t->lock);
	x = map_get(t->map, name_of(name));
	if (x && x->busy)
		x->closing = true;
	else if (x)
		drop(t, x);
	pthread_mutex_unlock(&t->lock);
}

/* Lock held; NULL if none is idle. */
static struct snap *
find_idle(struct snaps *t, int64_t now_ms)
{
	size_t it = 0;
	void *v;

	while (map_next(t->map, &it, NULL, &v)) {
		struct snap *x = v;

		if (!x->busy && now_ms - x->used_ms > t->idle_ms)
			return x;
	}
	return NULL;
}

size_t
snaps_expire(struct snaps *t, int64_t now_ms)
{
	struct snap *x;
	size_t n = 0;

	pthread_mutex_lock(&t->lock);
	while ((x = find_idle(t, now_ms)) != NULL) {
		drop(t, x);
		n++;
	}
	pthread_mutex_unlock(&t->lock);
	return n;
}

size_t
snaps_count(struct snaps *t)
{
	size_t n;

	pthread_mutex_lock(&t->lock);
	n = map_count(t->map);
	pthread_mutex_unlock(&t->lock);
	return n;
}
