#include <pthread.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/hash.h"
#include "base/mem.h"
#include "daemon/metrics.h"
#include "gateway.h"

enum {
	SETS = 256, WAYS = 4,
	REMEMBER_MS = 1000,
	DOWN_MS = 250           /* the store did not answer: do not ask again */
};

struct entry {
	uint8_t hash[HASH_SECRET_SIZE];
	int64_t until_ms;
	bool known;
	struct repo_key key;
};

struct auth {
	struct kv *kv;
	struct metric *lookups;
	pthread_mutex_t lock;
	struct entry sets[SETS][WAYS];
	int64_t down_until_ms;
};

struct auth *
auth_new(struct kv *kv)
{
	struct auth *a = mem_zalloc(1, sizeof(*a));

	a->kv = kv;
	a->lookups = metrics_counter("weir_gateway_key_lookups_total",
	    "API keys looked up in the store.", NULL);
	pthread_mutex_init(&a->lock, NULL);
	return a;
}

void
auth_free(struct auth *a)
{
	if (!a)
		return;
	pthread_mutex_destroy(&a->lock);
	free(a);
}

/* The hash of a secret is uniform: its first byte picks the set. */
static bool
recall(struct auth *a, const uint8_t *hash, int64_t now_ms,
    struct entry *out)
{
	struct entry *set = a->sets[hash[0]];

	for (int i = 0; i < WAYS; i++)
		if (set[i].until_ms > now_ms &&
		    hash_equal(set[i].hash, hash, HASH_SECRET_SIZE)) {
			*out = set[i];
			return true;
		}
	return false;
}

static void
remember(struct auth *a, const struct entry *entry)
{
	struct entry *set = a->sets[entry->hash[0]], *oldest = set;

	for (int i = 0; i < WAYS; i++) {
		if (hash_equal(set[i].hash, entry->hash, HASH_SECRET_SIZE)) {
			oldest = &set[i];
			break;
		}
		if (set[i].until_ms < oldest->until_ms)
			oldest = &set[i];
	}
	*oldest = *entry;
}

static int
ask(struct auth *a, struct str secret, struct entry *entry, struct err *e)
{
	int rc = repo_key_find(kv_latest(a->kv), secret, &entry->key, e);

	metric_add(a->lookups, 1);
	if (rc && rc != ERR_NOT_FOUND)
		return err_set(e, ERR_AGAIN, "the store cannot be reached");
	entry->known = rc == 0 && !entry->key.revoked_ms;
	return 0;
}

static int
find(struct auth *a, struct str secret, struct entry *entry, struct err *e)
{
	int64_t now_ms = clock_mono_ms();
	uint8_t hash[HASH_SECRET_SIZE];
	bool is_known, is_down;

	hash_secret(secret, hash);
	pthread_mutex_lock(&a->lock);
	is_known = recall(a, hash, now_ms, entry);
	is_down = a->down_until_ms > now_ms;
	pthread_mutex_unlock(&a->lock);
	if (is_known)
		return 0;
	if (is_down)
		return err_set(e, ERR_AGAIN, "the store cannot be reached");
	if (ask(a, secret, entry, e)) {
		pthread_mutex_lock(&a->lock);
		a->down_until_ms = clock_mono_ms() + DOWN_MS;
		pthread_mutex_unlock(&a->lock);
		return e->code;
	}
	memcpy(entry->hash, hash, sizeof(hash));
	entry->until_ms = now_ms + REMEMBER_MS;
	pthread_mutex_lock(&a->lock);
	remember(a, entry);
	pthread_mutex_unlock(&a->lock);
	return 0;
}

/* The token of "Bearer TOKEN", or STR_NULL. */
static struct str
bearer(const struct http_request *q)
{
	struct str s = http_header(q, "authorization"), scheme;

	if (!s.p)
		return STR_NULL;
	scheme = str_cut(&s, ' ');
	if (!str_ieq(scheme, STR("Bearer")) || !s.p)
		return STR_NULL;
	s = str_trim(s);
	return s.n ? s : STR_NULL;
}

int
auth_find(struct auth *a, const struct http_request *q, struct repo_key *out,
    struct err *e)
{
	struct entry entry = { .known = false };
	struct str secret = bearer(q);

	if (!secret.p)
		return err_set(e, ERR_DENIED, "Authorization: expected "
		    "'Bearer KEY'");
	/* No key of ours is longer: do not bother the store. */
	if (secret.n < REPO_SECRET_SIZE && find(a, secret, &entry, e))
		return e->code;
	if (!entry.known)
		return err_set(e, ERR_DENIED, "Authorization: unknown or "
		    "revoked key");
	*out = entry.key;
	return 0;
}
