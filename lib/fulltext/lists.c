/* Reading the lists of a query's terms. */
#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "fulltext/search_in.h"

/* What may be read for one search, of what it holds at most at a time; a row
 * costs about as much as so many bytes. */
enum { READ_FACTOR = 5, ROW_COST = 512 };

/* Searches that hold more wait for each other, so that the memory of a process
 * does not grow with its threads. */
enum { SMALL_BYTES = 16 << 20 };
static pthread_mutex_t large = PTHREAD_MUTEX_INITIALIZER;

struct load {
	struct search *s;
	struct leaf *leaf;
	struct term_lists *into;        /* NULL: by the key's term (prefix) */
	size_t cap;                     /* of leaf->terms */
	struct str term;                /* of the last row */
	size_t head;                    /* bytes of a key before its term */
};

int
search_spent(struct err *e)
{
	return err_set(e, ERR_LIMIT, "search: too much memory");
}

static uint64_t
count_entries(struct str list)
{
	struct entry x;
	uint64_t n = 0;

	while (entry_next(&list, &x))
		n++;
	return n;
}

static struct term_lists *
add_terms(struct load *l)
{
	struct term_lists *v = arena_more(l->s->arena, l->leaf->terms,
	    l->leaf->nterms, &l->cap, sizeof(*v));

	if (!v)
		return NULL;
	l->leaf->terms = v;
	v += l->leaf->nterms++;
	*v = (struct term_lists){ 0 };
	return v;
}

/* A row of a prefix: of another word than the last, or not. */
static int
switch_word(struct load *l, struct str term, struct err *e)
{
	if (l->into && str_eq(term, l->term))
		return 0;
	if (l->leaf->nterms >= SEARCH_PREFIX_WORDS_MAX)
		return err_set(e, ERR_INVALID, "q: more than %d words begin "
		    "with \"%.*s\": give more of it",
		    SEARCH_PREFIX_WORDS_MAX,
		    STR_FMT(l->leaf->node->terms[0]));
	l->term = arena_str(l->s->arena, term);
	l->into = add_terms(l);
	return l->into && l->term.p ? 0 : search_spent(e);
}

/* Lists of blocks that are not searched any more. */
static void
drop_older(struct search *s)
{
	for (size_t i = 0; i < s->nleaves; i++)
		for (size_t k = 0; k < s->leaves[i].nterms; k++) {
			struct term_lists *t = &s->leaves[i].terms[k];

			while (t->n && t->v[t->n - 1].block < s->first_block) {
				s->held -= t->v[--t->n].bytes.n;
				free((void *)(uintptr_t)t->v[t->n].bytes.p);
			}
		}
}

/*
 * Room for n bytes more: the oldest blocks go, with the lists of all words, so
 * that what is left can be searched exactly.
 */
static int
make_room(struct search *s, uint16_t block, size_t n, struct err *e)
{
	if (!s->is_large && s->held + n > SMALL_BYTES) {
		pthread_mutex_lock(&large);
		s->is_large = true;
	}
	while (s->held + n > s->max_bytes && s->first_block <= block) {
		s->is_partial = true;
		s->first_block++;
		drop_older(s);
	}
	if (s->first_block <= s->last_block)
		return 0;
	return err_set(e, ERR_INVALID, "q: too much has its words: give "
	    "fewer, or more of those that end with *");
}

static int
take_row(void *arg, struct str key, struct str value, struct err *e)
{
	struct load *l = arg;
	struct search *s = l->s;
	struct list *v;
	uint16_t block;

	if (key.n < l->head + 4)
		return text_corrupt("list", e);
	block = be16_get(key.p + key.n - 2);
	s->read += value.n + ROW_COST;
	if (s->read / READ_FACTOR > s->max_bytes)
		return err_set(e, ERR_INVALID, "q: too many words begin so: "
		    "give more of them");
	if (l->leaf->node->kind == QUERY_PREFIX &&
	    switch_word(l, str_of(key.p + l->head, key.n - 3 - l->head), e))
		return e->code;
	if (block < s->first_block || block > s->last_block)
		return 0;
	if (make_room(s, block, value.n, e))
		return e->code;
	if (block < s->first_block)
		return l->leaf->node->kind == QUERY_PREFIX ? 0 : KV_STOP;
	v = arena_more(s->arena, l->into->v, l->into->n, &l->into->cap,
	    sizeof(*v));
	if (!v)
		return search_spent(e);
	l->into->v = v;
	v[l->into->n++] = (struct list){ block, str_of(mem_dup(value.p,
	    value.n), value.n) };
	s->held += value.n;
	return 0;
}

/* The lists of a term in the blocks of the range, latest first. */
static int
load_term(struct load *l, struct str term, struct err *e)
{
	struct kv_range r = { .family = KV_TEXT, .reverse = true };
	struct text_key from, to;

	text_key(&from, l->s->r->scope, 't');
	l->head = from.n;
	text_key_add(&from, term);
	text_key_add(&from, str_of("", 1));
	to = from;
	text_key_u16(&from, (uint16_t)MIN_OF(l->s->first_block, 0xffffu));
	text_key_u16(&to, (uint16_t)l->s->last_block);
	text_key_add(&to, str_of("", 1));       /* behind that block */
	r.from = text_key_str(&from);
	r.to = text_key_str(&to);
	return kv_scan(l->s->kv, &r, take_row, l, NULL, e);
}

static int
load_prefix(struct load *l, struct str prefix, struct err *e)
{
	struct kv_range r = { .family = KV_TEXT, .reverse = true };
	char space[TEXT_KEY_MAX];
	struct text_key from;

	text_key(&from, l->s->r->scope, 't');
	l->head = from.n;
	text_key_add(&from, prefix);
	r.from = text_key_str(&from);
	r.to = kv_prefix_end(r.from, space);
	return kv_scan(l->s->kv, &r, take_row, l, NULL, e);
}

static int
load_leaf(struct search *s, const struct query_node *q, struct err *e)
{
	struct load l = { .s = s };

	l.leaf = arena_more(s->arena, s->leaves, s->nleaves, &s->leaves_cap,
	    sizeof(*l.leaf));
	if (!l.leaf)
		return search_spent(e);
	s->leaves = l.leaf;
	l.leaf += s->nleaves++;
	*l.leaf = (struct leaf){ .node = q };
	if (q->kind == QUERY_PREFIX && load_prefix(&l, q->terms[0], e))
		return e->code;
	/* Beside a prefix, the stem of what was written (query.c). */
	for (size_t i = q->kind == QUERY_PREFIX; i < q->nterms; i++) {
		if (q->kind == QUERY_PREFIX && str_has_prefix(q->terms[i],
		    q->terms[0]))
			continue;
		l.into = add_terms(&l);
		l.term = q->terms[i];
		if (!l.into)
			return search_spent(e);
		if (load_term(&l, q->terms[i], e))
			return e->code;
	}
	return 0;
}

static int
load_all(struct search *s, const struct query_node *q, struct err *e)
{
	if (q->nparts == 0)
		return load_leaf(s, q, e);
	for (size_t i = 0; i < q->nparts; i++)
		if (load_all(s, q->parts[i], e))
			return e->code;
	return 0;
}

/* How much a word says (Lucene's form: never negative). */
static void
weigh(struct search *s, struct term_lists *t)
{
	double n = (double)search_documents(s), df;

	/* Lists know the dead too. */
	df = MIN_OF((double)t->documents, n);
	t->idf = log1p((n - df + 0.5) / (df + 0.5));
}

int
search_load(struct search *s, struct err *e)
{
	if (load_all(s, s->r->query, e))
		return e->code;
	for (size_t i = 0; i < s->nleaves; i++)
		for (size_t k = 0; k < s->leaves[i].nterms; k++) {
			struct term_lists *t = &s->leaves[i].terms[k];

			for (size_t b = 0; b < t->n; b++)
				t->documents += count_entries(t->v[b].bytes);
			weigh(s, t);
		}
	return 0;
}

void
search_unload(struct search *s)
{
	s->first_block = UINT32_MAX;
	drop_older(s);
	if (s->is_large)
		pthread_mutex_unlock(&large);
}
