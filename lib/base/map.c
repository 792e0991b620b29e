#include "base/map.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/mem.h"

struct entry {
	char *key;              /* NULL when deleted */
	size_t n;
	uint64_t hash;
	void *value;
};

struct map {
	struct entry *entries;  /* in insertion order */
	size_t n;               /* used, deleted ones included */
	size_t cap;
	size_t live;
	uint32_t *slots;        /* index + 1 into entries; 0 is free */
	size_t nslots;          /* power of two */
};

struct map *
map_new(void)
{
	return mem_zalloc(1, sizeof(struct map));
}

void
map_free(struct map *m, void (*free_value)(void *))
{
	if (!m)
		return;
	for (size_t i = 0; i < m->n; i++) {
		if (m->entries[i].key && free_value)
			free_value(m->entries[i].value);
		free(m->entries[i].key);
	}
	free(m->entries);
	free(m->slots);
	free(m);
}

size_t
map_count(const struct map *m)
{
	return m->live;
}

/* The entry with the key, or NULL; a deleted entry keeps its slot. */
static struct entry *
lookup(const struct map *m, struct str key, uint64_t hash)
{
	if (m->nslots == 0)
		return NULL;
	for (size_t i = hash & (m->nslots - 1); m->slots[i];
	    i = (i + 1) & (m->nslots - 1)) {
		struct entry *e = &m->entries[m->slots[i] - 1];

		if (e->key && e->hash == hash &&
		    str_eq(str_of(e->key, e->n), key))
			return e;
	}
	return NULL;
}

void *
map_get(const struct map *m, struct str key)
{
	struct entry *e = lookup(m, key, hash_seeded(key));

	return e ? e->value : NULL;
}

/* Drops deleted entries and builds the slots anew with room to spare. */
static void
rebuild(struct map *m)
{
	size_t live = 0;

	for (size_t i = 0; i < m->n; i++)
		if (m->entries[i].key)
			m->entries[live++] = m->entries[i];
	m->n = live;
	m->nslots = 16;
	while (m->nslots < live * 4)
		m->nslots *= 2;
	free(m->slots);
	m->slots = mem_zalloc(m->nslots, sizeof(*m->slots));
	for (size_t i = 0; i < m->n; i++) {
		size_t at = m->entries[i].hash & (m->nslots - 1);

		while (m->slots[at])
			at = (at + 1) & (m->nslots - 1);
		m->slots[at] = (uint32_t)i + 1;
	}
}

void **
map_put(struct map *m, struct str key)
{
	uint64_t hash = hash_seeded(key);
	struct entry *e = lookup(m, key, hash);
	size_t at;

	if (e)
		return &e->value;
	if (m->n * 2 >= m->nslots)
		rebuild(m);
	m->entries = mem_more(m->entries, m->n, &m->cap, sizeof(*e));
	e = &m->entries[m->n++];
	*e = (struct entry){ mem_dup(key.p, key.n), key.n, hash, NULL };
	at = hash & (m->nslots - 1);
	while (m->slots[at])
		at = (at + 1) & (m->nslots - 1);
	m->slots[at] = (uint32_t)m->n;
	m->live++;
	return &e->value;
}

void *
map_delete(struct map *m, struct str key)
{
	struct entry *e = lookup(m, key, hash_seeded(key));
	void *value;

	if (!e)
		return NULL;
	value = e->value;
	free(e->key);
	e->key = NULL;
	e->value = NULL;
	m->live--;
	return value;
}

int
map_next(const struct map *m, size_t *it, struct str *key, void **value)
{
	while (*it < m->n) {
		const struct entry *e = &m->entries[(*it)++];

		if (!e->key)
			continue;
		if (key)
			*key = str_of(e->key, e->n);
		if (value)
			*value = e->value;
		return 1;
	}
	return 0;
}
