/* A skip list: short, ordered both ways, and no rebalancing to get wrong. */
#include "kv/kv_list.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

enum { SWEEP_MIN = 256 };

static int
key_cmp(const struct kv_node *n, unsigned family, struct str key)
{
	if (n->family != family)
		return n->family < family ? -1 : 1;
	return str_cmp(n->key, key);
}

/* On every level, the last node before (family, key); the head counts. */
static void
find_before(const struct kv_list *l, unsigned family, struct str key,
    struct kv_node *prev[KV_LIST_HEIGHT])
{
	struct kv_node *at = l->head;
	int i;

	for (i = KV_LIST_HEIGHT - 1; i >= 0; i--) {
		while (at->next[i] && key_cmp(at->next[i], family, key) < 0)
			at = at->next[i];
		prev[i] = at;
	}
}

struct kv_node *
kv_list_find(const struct kv_list *l, unsigned family, struct str key)
{
	struct kv_node *prev[KV_LIST_HEIGHT];

	find_before(l, family, key, prev);
	return prev[0]->next[0];
}

struct kv_node *
kv_list_before(const struct kv_list *l, unsigned family, struct str key)
{
	struct kv_node *prev[KV_LIST_HEIGHT];

	find_before(l, family, key, prev);
	return prev[0] == l->head ? NULL : prev[0];
}

struct kv_node *
kv_list_get(const struct kv_list *l, unsigned family, struct str key)
{
	struct kv_node *n = kv_list_find(l, family, key);

	return n && key_cmp(n, family, key) == 0 ? n : NULL;
}

static struct kv_node *
node_new(unsigned family, struct str key, int height)
{
	size_t links = sizeof(struct kv_node *) * (size_t)height;
	struct kv_node *n = mem_zalloc(1, sizeof(*n) + links + key.n);
	char *p = (char *)n + sizeof(*n) + links;

	n->family = family;
	n->height = height;
	n->key = str_of(p, key.n);
	if (key.n)
		memcpy(p, key.p, key.n);
	return n;
}

/* A quarter of the nodes of a level reaches the next. */
static int
roll_height(struct kv_list *l)
{
	int h = 1;

	l->dice = l->dice * 6364136223846793005u + 1442695040888963407u;
	while (h < KV_LIST_HEIGHT && (l->dice >> (64 - 2 * h) & 3) == 0)
		h++;
	return h;
}

struct kv_node *
kv_list_insert(struct kv_list *l, unsigned family, struct str key)
{
	struct kv_node *prev[KV_LIST_HEIGHT], *n;
	int i;

	find_before(l, family, key, prev);
	n = prev[0]->next[0];
	if (n && key_cmp(n, family, key) == 0)
		return n;
	n = node_new(family, key, roll_height(l));
	for (i = 0; i < n->height; i++) {
		n->next[i] = prev[i]->next[i];
		prev[i]->next[i] = n;
	}
	l->n_nodes++;
	return n;
}

static void
versions_free(struct kv_version *v)
{
	struct kv_version *older;

	for (; v; v = older) {
		older = v->older;
		free(v);
	}
}

/* Frees the versions that nobody sees; true if the node itself is dead. */
static bool
node_trim(struct kv_node *n, uint64_t horizon)
{
	struct kv_version *v = n->newest;

	while (v && v->seq > horizon)
		v = v->older;
	if (v) {
		versions_free(v->older);
		v->older = NULL;
	}
	return n->newest->is_deleted && n->newest->seq <= horizon;
}

void
kv_list_set(struct kv_list *l, struct kv_node *n, bool is_deleted,
    struct str value, uint64_t horizon)
{
	struct kv_version *v = mem_alloc(1, sizeof(*v) + value.n);
	struct kv_version *old = n->newest;

	v->seq = l->seq + 1;
	v->is_deleted = is_deleted;
	v->n = value.n;
	if (value.n)
		memcpy(v->p, value.p, value.n);
	v->older = old;
	if (old && old->seq == v->seq) {
		v->older = old->older;
		free(old);
	}
	n->newest = v;
	node_trim(n, horizon);
	if (is_deleted || v->older)
		l->n_garbage++;
}

void
kv_list_sweep(struct kv_list *l, uint64_t horizon)
{
	struct kv_node *prev[KV_LIST_HEIGHT], *n, *next;
	int i;

	for (i = 0; i < KV_LIST_HEIGHT; i++)
		prev[i] = l->head;
	for (n = l->head->next[0]; n; n = next) {
		bool is_dead = node_trim(n, horizon);

		next = n->next[0];
		for (i = 0; i < n->height; i++) {
			if (is_dead)
				prev[i]->next[i] = n->next[i];
			else
				prev[i] = n;
		}
		if (is_dead) {
			versions_free(n->newest);
			free(n);
			l->n_nodes--;
		}
	}
	l->n_garbage = 0;
	l->sweep_at = SWEEP_MIN + l->n_nodes / 2;
}

const struct kv_version *
kv_node_version(const struct kv_node *n, uint64_t seq)
{
	const struct kv_version *v = n->newest;

	while (v && v->seq > seq)
		v = v->older;
	return v && !v->is_deleted ? v : NULL;
}

void
kv_list_init(struct kv_list *l)
{
	*l = (struct kv_list){ .sweep_at = SWEEP_MIN };
	l->head = node_new(0, STR_NULL, KV_LIST_HEIGHT);
}

void
kv_list_fini(struct kv_list *l)
{
	struct kv_node *n, *next;

	for (n = l->head; n; n = next) {
		next = n->next[0];
		versions_free(n->newest);
		free(n);
	}
}
