/* Evaluating a query over one block of documents. */
#include <stdlib.h>
#include <string.h>

#include "fulltext/search_in.h"

struct eval {
	struct search *s;
	uint16_t block;
	size_t leaf;            /* the next one, in the order of the query */
};

static struct str
list_in(const struct term_lists *t, uint16_t block)
{
	for (size_t i = 0; i < t->n; i++)
		if (t->v[i].block == block)
			return t->v[i].bytes;
	return STR_NULL;
}

static struct match *
room(struct search *s, size_t n)
{
	return arena_array(s->block_arena, n, sizeof(struct match));
}

static float
bm25(const struct search *s, double idf, unsigned count, uint8_t length)
{
	double tf = count;

	return (float)(idf * tf * 2.2 / (tf + s->norm[length]));
}

/* ---- leaves ---- */

/* No list has more entries than bytes / 4, nor than a block. */
static size_t
at_most(struct str list)
{
	return MIN_OF(list.n / 4, (size_t)BLOCK_SIZE);
}

static int
match_term(struct eval *x, const struct term_lists *t,
    const struct query_node *q, struct matches *out, struct err *e)
{
	double idf = t->idf * (q->weight > 0 ? q->weight : 1);
	struct str list = list_in(t, x->block);
	uint8_t fields = q->fields;
	struct entry entry;

	out->n = 0;
	out->v = room(x->s, at_most(list));
	if (!out->v)
		return search_spent(e);
	while (out->n < BLOCK_SIZE && entry_next(&list, &entry)) {
		unsigned count = fields == 0xff && entry.posting.n >= 2 ?
		    (uint8_t)entry.posting.p[1] :
		    posting_count(entry.posting, fields);

		if (count)
			out->v[out->n++] = (struct match){ entry.low,
			    bm25(x->s, idf, count, entry.length) };
	}
	return 0;
}

/* Keywords match or do not; they say nothing about relevance. */
static int
match_keyword(struct eval *x, const struct leaf *l, struct matches *out,
    struct err *e)
{
	const struct query_node *q = l->node;
	struct str list = list_in(&l->terms[0], x->block);
	struct entry entry;

	*out = (struct matches){ room(x->s, at_most(list)), 0 };
	if (!out->v)
		return search_spent(e);
	while (out->n < BLOCK_SIZE && entry_next(&list, &entry))
		if (!q->is_exact || keyword_has(entry.posting, q->hash,
		    q->is_folded))
			out->v[out->n++] = (struct match){ entry.low, 0 };
	return 0;
}

static int
unite(struct search *s, const struct matches *a, const struct matches *b,
    struct matches *out, struct err *e)
{
	struct match *v = room(s, a->n + b->n);
	size_t i = 0, k = 0, n = 0;

	if (!v)
		return search_spent(e);
	while (i < a->n || k < b->n) {
		if (k == b->n || (i < a->n && a->v[i].low < b->v[k].low)) {
			v[n++] = a->v[i++];
		} else if (i == a->n || b->v[k].low < a->v[i].low) {
			v[n++] = b->v[k++];
		} else {
			v[n] = a->v[i++];
			v[n++].score += b->v[k++].score;
		}
	}
	*out = (struct matches){ v, n };
	return 0;
}

static void
intersect(struct matches *a, const struct matches *b)
{
	size_t n = 0, k = 0;

	for (size_t i = 0; i < a->n; i++) {
		while (k < b->n && b->v[k].low < a->v[i].low)
			k++;
		if (k == b->n)
			break;
		if (b->v[k].low != a->v[i].low)
			continue;
		a->v[n] = a->v[i];
		a->v[n++].score += b->v[k].score;
	}
	a->n = n;
}

static void
subtract(struct matches *a, const struct matches *b)
{
	size_t n = 0, k = 0;

	for (size_t i = 0; i < a->n; i++) {
		while (k < b->n && b->v[k].low < a->v[i].low)
			k++;
		if (k == b->n || b->v[k].low != a->v[i].low)
			a->v[n++] = a->v[i];
	}
	a->n = n;
}

/* The best word of each document: by a table of all of a block's documents, so
 * that many words cost no more than their lists. */
static int
match_prefix(struct eval *x, const struct leaf *l, struct matches *out,
    struct err *e)
{
	struct search *s = x->s;
	struct entry entry;
	size_t n = 0;

	if (!s->best && !(s->best = arena_array(s->arena, BLOCK_SIZE,
	    sizeof(*s->best))))
		return search_spent(e);
	for (size_t i = 0; i < l->nterms; i++) {
		struct str list = list_in(&l->terms[i], x->block);

		while (entry_next(&list, &entry)) {
			unsigned count = posting_count(entry.posting,
			    l->node->fields);
			float v = count ? bm25(s, l->terms[i].idf, count,
			    entry.length) : 0;

			n += v > 0 && s->best[entry.low] <= 0;
			if (v > s->best[entry.low])
				s->best[entry.low] = v;
		}
	}
	*out = (struct matches){ room(s, n), 0 };
	if (!out->v)
		return search_spent(e);
	for (unsigned low = 0; n && low < BLOCK_SIZE; low++)
		if (s->best[low] > 0) {
			out->v[out->n++] = (struct match){ (uint16_t)low,
			    s->best[low] };
			s->best[low] = 0;
		}
	return 0;
}

/* ---- phrases ---- */

/* Positions of a word in one field. */
struct positions {
	uint32_t v[POSTING_FIELD_MAX];
	size_t n, at;
};

/* Asked in ascending order. */
static bool
stands_at(struct positions *p, uint32_t position)
{
	while (p->at < p->n && p->v[p->at] < position)
		p->at++;
	if (p->at == p->n)
		return p->n == POSTING_FIELD_MAX;
	return p->v[p->at] == position;
}

/* How often the words stand one behind the other in one field: tried where the
 * rarest of them is. */
static unsigned
count_in_field(const struct entry *at, size_t n, unsigned field)
{
	struct positions words[QUERY_LEAVES_MAX + 1];
	size_t rarest = 0;
	unsigned count = 0;

	for (size_t i = 0; i < n; i++) {
		words[i].at = 0;
		words[i].n = posting_positions(at[i].posting, field,
		    words[i].v, POSTING_FIELD_MAX);
		if (words[i].n == 0)
			return 0;
		if (words[i].n < words[rarest].n)
			rarest = i;
	}
	for (size_t k = 0; k < words[rarest].n; k++) {
		uint32_t p = words[rarest].v[k];
		bool all = p >= rarest;

		for (size_t i = 0; i < n && all; i++)
			all = i == rarest || stands_at(&words[i],
			    p - (uint32_t)rarest + (uint32_t)i);
		count += all;
	}
	return count;
}

static unsigned
count_phrase(const struct entry *at, size_t n, uint8_t fields)
{
	unsigned sum = 0;

	/* Only fields that have all of the words. */
	for (size_t i = 0; i < n; i++)
		fields &= at[i].posting.n ? (uint8_t)at[i].posting.p[0] : 0;
	for (unsigned f = 0; fields >> f; f++)
		if (fields >> f & 1)
			sum += count_in_field(at, n, f);
	return sum;
}

static int
match_phrase(struct eval *x, const struct leaf *l, struct matches *out,
    struct err *e)
{
	struct str lists[QUERY_LEAVES_MAX + 1];
	struct entry at[QUERY_LEAVES_MAX + 1];
	double idf = 0;
	size_t n = l->nterms;

	*out = (struct matches){ 0 };
	for (size_t i = 0; i < n; i++) {
		lists[i] = list_in(&l->terms[i], x->block);
		idf += l->terms[i].idf;
		if (!lists[i].n)
			return 0;
	}
	out->v = room(x->s, at_most(lists[0]));
	if (!out->v)
		return search_spent(e);
	for (size_t i = 1; i < n; i++)
		if (!entry_next(&lists[i], &at[i]))
			return 0;
	while (out->n < BLOCK_SIZE && entry_next(&lists[0], &at[0])) {
		bool all = true;
		unsigned count;

		for (size_t i = 1; i < n; i++) {
			while (at[i].low < at[0].low)
				if (!entry_next(&lists[i], &at[i]))
					return 0;
			all = all && at[i].low == at[0].low;
		}
		count = all ? count_phrase(at, n, l->node->fields) : 0;
		if (count)
			out->v[out->n++] = (struct match){ at[0].low,
			    bm25(x->s, idf, count, at[0].length) };
	}
	return 0;
}

/* ---- the tree ---- */

static int
match_leaf(struct eval *x, struct matches *out, struct err *e)
{
	const struct leaf *l = &x->s->leaves[x->leaf++];

	if (l->node->kind == QUERY_PHRASE)
		return match_phrase(x, l, out, e);
	if (l->node->kind == QUERY_PREFIX)
		return match_prefix(x, l, out, e);
	if (l->node->is_keyword)
		return match_keyword(x, l, out, e);
	return match_term(x, &l->terms[0], l->node, out, e);
}

static int
match_node(struct eval *x, const struct query_node *q, struct matches *out,
    struct err *e)
{
	struct matches part;

	if (q->nparts == 0)
		return match_leaf(x, out, e);
	for (size_t i = 0; i < q->nparts; i++) {
		if (match_node(x, q->parts[i], i ? &part : out, e))
			return e->code;
		if (i == 0)
			continue;
		if (q->kind == QUERY_AND)
			intersect(out, &part);
		else if (q->kind == QUERY_NOT)
			subtract(out, &part);
		else if (unite(x->s, out, &part, out, e))
			return e->code;
	}
	return 0;
}

int
search_match(struct search *s, uint16_t block, struct matches *out,
    struct err *e)
{
	struct eval x = { s, block, 0 };

	arena_reset(s->block_arena);
	return match_node(&x, s->r->query, out, e);
}
