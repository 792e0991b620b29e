#include "repo/delta.h"

#include <stdlib.h>

#include "base/map.h"
#include "base/mem.h"

struct delta {
	struct map *map;        /* key of the record → struct rollup */
	struct buf out;
};

enum { ROLLUP_BYTES_MAX = 1 << 20 };

struct delta *
delta_new(void)
{
	struct delta *d = mem_zalloc(1, sizeof(*d));

	d->map = map_new();
	buf_init(&d->out, ROLLUP_BYTES_MAX);
	return d;
}

static void
rollup_free(void *r)
{
	rollup_fini(r);
	free(r);
}

void
delta_free(struct delta *d)
{
	if (!d)
		return;
	map_free(d->map, rollup_free);
	buf_fini(&d->out);
	free(d);
}

void
delta_clear(struct delta *d)
{
	map_free(d->map, rollup_free);
	d->map = map_new();
}

size_t
delta_count(const struct delta *d)
{
	return map_count(d->map);
}

static void
add_level(struct delta *d, struct repo_scope scope, const struct contrib *c,
    enum repo_level level, int sign)
{
	struct layout_key k;
	struct rollup *r;
	void **slot;

	rollup_key(&k, scope, c->dim, level, rollup_bucket_ms(level, c->ms),
	    c->name);
	slot = map_put(d->map, layout_str(&k));
	if (!*slot) {
		*slot = mem_alloc(1, sizeof(*r));
		*(struct rollup *)*slot = (struct rollup)ROLLUP_INIT;
	}
	r = *slot;
	contrib_add(r, c, sign);
	if (level == LEVEL_ALL && c->label.p && !r->label.p)
		r->label = str_of(mem_dup(c->label.p, c->label.n), c->label.n);
}

void
delta_add(struct delta *d, struct repo_scope scope,
    const struct contribs *list, int sign)
{
	static const enum repo_level levels[] = {
		LEVEL_MINUTE, LEVEL_HOUR, LEVEL_DAY, LEVEL_ALL
	};

	for (size_t i = 0; i < list->n; i++)
		for (size_t j = 0; j < ARRAY_LEN(levels); j++)
			if (rollup_has_level(list->v[i].dim, levels[j]))
				add_level(d, scope, &list->v[i], levels[j],
				    sign);
}

static int
write_one(struct delta *d, struct str key, const struct rollup *change,
    struct str stored, struct kv_batch *b, struct err *e)
{
	struct rollup sum = ROLLUP_INIT;
	int rc = 0;

	if (stored.p && (rc = rollup_decode(&sum, stored, e)))
		goto out;
	rollup_merge(&sum, change, 1);
	if (rollup_is_zero(&sum)) {
		if (stored.p)
			kv_batch_delete(b, KV_ROLLUPS, key);
		goto out;
	}
	buf_reset(&d->out);
	rollup_encode(&sum, &d->out);
	if (d->out.failed)
		rc = err_set(e, ERR_CORRUPT, "rollup: too large");
	else
		kv_batch_put(b, KV_ROLLUPS, key, buf_str(&d->out));
out:
	rollup_fini(&sum);
	return rc;
}

int
delta_write(struct delta *d, struct kv_snapshot *s, struct kv_batch *b,
    struct arena *a, struct err *e)
{
	size_t n = map_count(d->map), it = 0, i = 0;
	struct str *keys = arena_array(a, n, sizeof(*keys));
	struct str *values = arena_array(a, n, sizeof(*values));
	struct rollup **changes = arena_array(a, n, sizeof(*changes));
	struct str key;
	void *value;

	if (!keys || !values || !changes)
		return err_set(e, ERR_LIMIT, "rollups: too many in one group");
	while (map_next(d->map, &it, &key, &value)) {
		if (rollup_is_zero(value))
			continue;
		keys[i] = key;
		changes[i++] = value;
	}
	if (i == 0)
		return 0;
	if (kv_multi_get(s, KV_ROLLUPS, keys, i, values, a, e))
		return err_wrap(e, "rollups");
	for (size_t j = 0; j < i; j++)
		if (write_one(d, keys[j], changes[j], values[j], b, e))
			return e->code;
	return 0;
}
