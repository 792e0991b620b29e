#include "fulltext/audit.h"

#include <stdlib.h>

#include "base/map.h"
#include "base/mem.h"
#include "fulltext/keys.h"
#include "fulltext/posting.h"

/* The numbers of a scope. */
struct numbers {
	struct str scope;       /* borrowed from the map */
	uint64_t *sums;
	uint8_t *known;         /* enum known */
	size_t n;
};

enum known { UNKNOWN, LIVE, DEAD, SKIPPED };

struct audit {
	size_t scope_n;
	struct map *scopes;
	struct numbers **v;     /* the same, in their order */
	size_t n, cap;
};

struct audit *
audit_new(size_t scope_n)
{
	struct audit *a = mem_zalloc(1, sizeof(*a));

	a->scope_n = scope_n;
	a->scopes = map_new();
	return a;
}

void
audit_free(struct audit *a)
{
	if (!a)
		return;
	for (size_t i = 0; i < a->n; i++) {
		free((void *)(uintptr_t)a->v[i]->scope.p);
		free(a->v[i]->sums);
		free(a->v[i]->known);
		free(a->v[i]);
	}
	map_free(a->scopes, NULL);
	free(a->v);
	free(a);
}

static int
numbers_of(struct audit *a, struct kv_snapshot *s, struct str scope,
    struct numbers **out, struct err *e)
{
	struct numbers *x = map_get(a->scopes, scope);
	struct text_sums sums;

	*out = x;
	if (x)
		return 0;
	if (text_sums_read(s, scope, &sums, e))
		return e->code;
	x = mem_zalloc(1, sizeof(*x));
	x->scope = str_of(mem_dup(scope.p, scope.n), scope.n);
	x->n = sums.next;
	x->sums = mem_zalloc(x->n + 1, sizeof(*x->sums));
	x->known = mem_zalloc(x->n + 1, 1);
	a->v = mem_more(a->v, a->n, &a->cap, sizeof(struct numbers *));
	a->v[a->n++] = x;
	*map_put(a->scopes, scope) = *out = x;
	return 0;
}

static uint64_t
hash_of(struct str term, struct str posting)
{
	uint64_t v[2] = { hash64(term), hash64(posting) };

	return hash64(str_of(v, sizeof(v)));
}

/* The number that the id has; UINT32_MAX: none. */
static int
number_of(struct audit *a, struct kv_snapshot *s, struct str scope,
    const struct hash128 *id, struct numbers **x, uint32_t *number,
    struct err *e)
{
	struct text_key k;
	struct buf b;
	bool found;
	int rc;

	*number = UINT32_MAX;
	if (numbers_of(a, s, scope, x, e))
		return e->code;
	text_key(&k, scope, 'i');
	text_key_add(&k, str_of(id->b, HASH128_SIZE));
	buf_init(&b, 64);
	rc = kv_get(s, KV_TEXT, text_key_str(&k), &b, &found, e);
	if (rc == 0 && found) {
		*number = b.n == 16 ? be32_get(b.p) : UINT32_MAX;
		if (*number >= (*x)->n)
			rc = text_corrupt("a document's number", e);
	}
	buf_fini(&b);
	return rc;
}

int
audit_add(struct audit *a, struct kv_snapshot *s, struct str scope,
    const struct hash128 *id, struct str bytes, struct err *e)
{
	struct str term, posting;
	struct document_reader r;
	struct numbers *x;
	uint32_t number;
	int rc;

	if (number_of(a, s, scope, id, &x, &number, e))
		return e->code;
	if (number == UINT32_MAX)
		return 0;
	x->known[number] = LIVE;
	rc = document_open(&r, bytes, e);
	while (rc >= 0 && (rc = document_next(&r, &term, &posting, e)) == 1)
		x->sums[number] += hash_of(term, posting);
	return rc;
}

int
audit_skip(struct audit *a, struct kv_snapshot *s, struct str scope,
    const struct hash128 *id, struct err *e)
{
	struct numbers *x;
	uint32_t number;

	if (number_of(a, s, scope, id, &x, &number, e))
		return e->code;
	if (number != UINT32_MAX)
		x->known[number] = SKIPPED;
	return 0;
}

static int
take_list(struct audit *a, struct kv_snapshot *s, struct str key,
    struct str list, struct err *e)
{
	struct str scope = str_of(key.p, a->scope_n), term;
	uint32_t high = (uint32_t)be16_get(key.p + key.n - 2) << 16;
	struct numbers *x;
	struct entry entry;

	if (numbers_of(a, s, scope, &x, e))
		return e->code;
	term = str_of(key.p + a->scope_n + 1, key.n - a->scope_n - 4);
	while (entry_next(&list, &entry)) {
		uint32_t number = high | entry.low;

		if (number >= x->n)
			return text_corrupt("a posting's number", e);
		x->sums[number] -= hash_of(term, entry.posting);
	}
	return list.n ? text_corrupt("a list", e) : 0;
}

/* What died may have postings. */
static int
take_dead(struct audit *a, struct kv_snapshot *s, struct str key,
    struct str list, struct err *e)
{
	uint32_t high = (uint32_t)be16_get(key.p + key.n - 2) << 16;
	struct numbers *x;

	if (numbers_of(a, s, str_of(key.p, a->scope_n), &x, e))
		return e->code;
	for (size_t i = 0; i + 2 <= list.n; i += 2) {
		uint32_t number = high | be16_get(list.p + i);

		if (number >= x->n)
			return text_corrupt("a dead number", e);
		/* The number of a document is not dead. */
		x->sums[number] = x->known[number] == UNKNOWN ? 0 : 1;
		x->known[number] = DEAD;
	}
	return 0;
}

struct reading {
	struct audit *a;
	struct kv_snapshot *s;
	char kind;
	int (*take)(struct audit *a, struct kv_snapshot *s, struct str key,
	    struct str list, struct err *e);
};

static int
take_row(void *arg, struct str key, struct str value, struct err *e)
{
	struct reading *r = arg;

	if (key.n < r->a->scope_n + 3 || key.p[r->a->scope_n] != r->kind)
		return 0;
	return r->take(r->a, r->s, key, value, e);
}

int
audit_lists(struct audit *a, struct kv_snapshot *s, struct err *e)
{
	struct kv_range all = { .family = KV_TEXT, .is_bulk = true };
	struct reading lists = { a, s, 't', take_list };
	struct reading dead = { a, s, 'x', take_dead };

	if (kv_scan(s, &all, take_row, &lists, NULL, e))
		return e->code;
	return kv_scan(s, &all, take_row, &dead, NULL, e);
}

bool
audit_next(const struct audit *a, struct audit_walk *it, struct str *scope,
    uint32_t *number)
{
	for (; it->scope < a->n; it->scope++, it->number = 0) {
		const struct numbers *x = a->v[it->scope];

		while (it->number < x->n) {
			size_t i = it->number++;

			if (x->sums[i] == 0 || x->known[i] == SKIPPED)
				continue;
			*scope = x->scope;
			*number = (uint32_t)i;
			return true;
		}
	}
	return false;
}
