#ifndef KV_KV_LIST_H
#define KV_KV_LIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cc.h"
#include "base/str.h"

/*
 * The data structure of the store in memory: (family, key) in order, each with
 * its versions.  A write makes versions numbered seq + 1, invisible until seq
 * moves on; a reader sees, of each key, the newest version not above the
 * number it began with.
 *
 *	kv_list_set(kv_list_insert(l, f, key), ...);
 *	l->seq++;
 *	n = kv_list_find(l, f, key);
 *	v = n ? kv_node_version(n, l->seq) : NULL;
 *
 * Memory: nodes and versions belong to the list; a node dies only in
 * kv_list_sweep, a version also in kv_list_set.
 * Threads: one at a time; its owner holds a lock.
 */
enum { KV_LIST_HEIGHT = 16 };

struct kv_version {
	struct kv_version *older;
	uint64_t seq;
	bool is_deleted;
	size_t n;
	char p[];
};

struct kv_node {
	struct kv_version *newest;
	struct str key;		/* behind next[] */
	unsigned family;
	int height;
	struct kv_node *next[];
};

struct kv_list {
	struct kv_node *head;	/* before the first key, holds none */
	uint64_t seq;
	uint64_t dice;
	size_t n_nodes;
	size_t n_garbage;	/* about how much a sweep would free */
	size_t sweep_at;	/* when it has become worth it */
};

void kv_list_init(struct kv_list *l) CC_NONNULL(1);
void kv_list_fini(struct kv_list *l) CC_NONNULL(1);

/* The first node at or behind (family, key), or NULL.  It may be of another
 * family. */
struct kv_node *kv_list_find(const struct kv_list *l, unsigned family,
    struct str key) CC_CHECK CC_NONNULL(1);

/* The last node before (family, key), or NULL; as above. */
struct kv_node *kv_list_before(const struct kv_list *l, unsigned family,
    struct str key) CC_CHECK CC_NONNULL(1);

/* The node of exactly that key, or NULL. */
struct kv_node *kv_list_get(const struct kv_list *l, unsigned family,
    struct str key) CC_CHECK CC_NONNULL(1);

/* As kv_list_get, made if need be; a new one has no version: set it now. */
struct kv_node *kv_list_insert(struct kv_list *l, unsigned family,
    struct str key) CC_CHECK CC_NONNULL(1);

/*
 * Gives a node its version seq + 1, in place of one made for it since seq
 * moved, and drops the versions that no reader at or above horizon sees.
 */
void kv_list_set(struct kv_list *l, struct kv_node *n, bool is_deleted,
    struct str value, uint64_t horizon) CC_NONNULL(1, 2);

/* Frees all that no reader at or above horizon sees. */
void kv_list_sweep(struct kv_list *l, uint64_t horizon) CC_NONNULL(1);

/* What a reader at seq sees; NULL: nothing, or a deletion. */
const struct kv_version *kv_node_version(const struct kv_node *n,
    uint64_t seq) CC_CHECK CC_NONNULL(1);

#endif
