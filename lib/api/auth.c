#include "api/auth.h"

#include <pthread.h>
#include <stdlib.h>

#include "api/api.h"
#include "base/clock.h"
#include "base/hash.h"
#include "base/map.h"
#include "base/mem.h"

struct known {
	struct repo_key key;
	int64_t until_ms;       /* monotonic */
};

struct api_auth {
	pthread_mutex_t lock;
	struct map *known;      /* by hash of the secret */
};

struct api_auth *
api_auth_new(void)
{
	struct api_auth *a = mem_zalloc(1, sizeof(*a));

	pthread_mutex_init(&a->lock, NULL);
	a->known = map_new();
	return a;
}

void
api_auth_free(struct api_auth *a)
{
	if (!a)
		return;
	map_free(a->known, free);
	pthread_mutex_destroy(&a->lock);
	free(a);
}

static bool
recall(struct api_auth *a, struct str id, struct repo_key *out)
{
	const struct known *k;
	bool found;

	pthread_mutex_lock(&a->lock);
	k = map_get(a->known, id);
	found = k && k->until_ms > clock_mono_ms();
	if (found)
		*out = k->key;
	pthread_mutex_unlock(&a->lock);
	return found;
}

static void
remember(struct api_auth *a, struct str id, const struct repo_key *key)
{
	void **slot;

	pthread_mutex_lock(&a->lock);
	if (map_count(a->known) >= API_KEYS_MAX) {
		map_free(a->known, free);
		a->known = map_new();
	}
	slot = map_put(a->known, id);
	if (!*slot)
		*slot = mem_zalloc(1, sizeof(struct known));
	*(struct known *)*slot = (struct known){ *key,
	    clock_mono_ms() + API_KEY_TTL_MS };
	pthread_mutex_unlock(&a->lock);
}

static struct str
bearer(const struct http_request *q)
{
	struct str h = http_header(q, "Authorization");

	if (h.n < 7 || !str_ieq(str_of(h.p, 7), STR("Bearer ")))
		return STR_NULL;
	return str_trim(str_from_index(h, 7));
}

int
api_auth_find(struct api_auth *a, const struct http_request *q,
    struct kv_snapshot *s, struct repo_key *out, struct err *e)
{
	uint8_t hash[HASH_SECRET_SIZE];
	struct str secret = bearer(q), id = str_of(hash, sizeof(hash));

	if (secret.n == 0)
		return err_set(e, ERR_DENIED,
		    "send a key: Authorization: Bearer tcc_key_...");
	hash_secret(secret, hash);
	if (!recall(a, id, out)) {
		int rc = repo_key_find(s, secret, out, e);

		if (rc == ERR_NOT_FOUND)
			return err_set(e, ERR_DENIED, "no such key");
		if (rc)
			return rc;
		remember(a, id, out);
	}
	if (out->revoked_ms)
		return err_set(e, ERR_DENIED, "this key was revoked");
	return 0;
}
