/* Keyed values: a list in the order of arrival, hashed once it is long. */
#include <string.h>

#include "base/hash.h"
#include "model/entity.h"

/* Below this many keys a scan is quicker than hashing. */
enum { INDEX_FROM = 16 };

/* The slot that holds the key, or the free one where it belongs. */
static size_t
slot_of(const struct attrs *l, struct str key)
{
	size_t at = hash_seeded(key) & (l->nslots - 1);

	while (l->slots[at] && !str_eq(l->v[l->slots[at] - 1].key, key))
		at = (at + 1) & (l->nslots - 1);
	return at;
}

static bool
index_all(struct attrs *l, struct arena *a)
{
	l->nslots = 64;
	while (l->nslots < l->cap * 2)
		l->nslots *= 2;
	l->slots = arena_array(a, l->nslots, sizeof(*l->slots));
	if (!l->slots)
		return false;
	for (size_t i = 0; i < l->n; i++)
		l->slots[slot_of(l, l->v[i].key)] = (uint32_t)i + 1;
	return true;
}

/* The place of the key in the list, or l->n. */
static size_t
place_of(const struct attrs *l, struct str key)
{
	size_t i = 0;

	if (l->slots) {
		uint32_t link = l->slots[slot_of(l, key)];

		return link ? link - 1 : l->n;
	}
	while (i < l->n && !str_eq(l->v[i].key, key))
		i++;
	return i;
}

bool
attrs_put(struct attrs *l, struct str key, const struct value *value,
    struct arena *a)
{
	size_t i = place_of(l, key);
	struct attr *v;

	if (i < l->n) {
		l->v[i].value = *value;
		return true;
	}
	v = arena_more(a, l->v, l->n, &l->cap, sizeof(*v));
	if (!v)
		return false;
	l->v = v;
	v[l->n++] = (struct attr){ key, *value };
	if (l->n <= INDEX_FROM)
		return true;
	if (!l->slots || l->n * 2 > l->nslots)
		return index_all(l, a);
	l->slots[slot_of(l, key)] = (uint32_t)l->n;
	return true;
}

/* Empties a slot; those behind it that would not be found move up. */
static void
free_slot(struct attrs *l, size_t hole)
{
	size_t mask = l->nslots - 1;

	for (size_t at = (hole + 1) & mask; l->slots[at];
	    at = (at + 1) & mask) {
		size_t home = hash_seeded(l->v[l->slots[at] - 1].key) & mask;

		if (((at - home) & mask) < ((at - hole) & mask))
			continue;
		l->slots[hole] = l->slots[at];
		hole = at;
	}
	l->slots[hole] = 0;
}

void
attrs_remove(struct attrs *l, struct str key)
{
	size_t i = place_of(l, key), last = l->n - 1;

	if (i == l->n)
		return;
	if (!l->slots) {
		memmove(&l->v[i], &l->v[i + 1], (last - i) * sizeof(*l->v));
	} else {
		free_slot(l, slot_of(l, key));
		if (i != last)
			l->slots[slot_of(l, l->v[last].key)] = (uint32_t)i + 1;
		l->v[i] = l->v[last];
	}
	l->n = last;
}
