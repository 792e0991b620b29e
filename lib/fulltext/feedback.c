#include "fulltext/feedback.h"

#include <math.h>
#include <stdlib.h>

#include "base/map.h"
#include "fulltext/keys.h"
#include "fulltext/posting.h"
#include "fulltext/search_in.h"
#include "words/words.h"

enum { CANDIDATES = 200 };      /* whose frequency is looked up */

struct candidate {
	struct str term;
	double weight;
};

static int
by_weight(const void *a, const void *b)
{
	const struct candidate *x = a, *y = b;

	if (x->weight > y->weight || x->weight < y->weight)
		return x->weight > y->weight ? -1 : 1;
	return str_cmp(x->term, y->term);
}

/* Adds what one document says about its words. */
static int
read_document(struct map *m, const struct feedback_document *d, double share,
    struct arena *a, struct err *e)
{
	struct document_reader r;
	struct str term, posting;
	int rc = document_open(&r, d->bytes, e);

	if (rc)
		return rc;
	while ((rc = document_next(&r, &term, &posting, e)) == 1) {
		struct candidate *c;
		void **slot;

		if (term.p[0] == '\1' || term.n < 2 || words_is_stop(term))
			continue;
		slot = map_put(m, term);
		c = *slot;
		if (!c && !(c = *slot = arena_alloc(a, sizeof(*c))))
			return search_spent(e);
		c->term = term;
		c->weight += share * posting_count(posting, 0xff) /
		    (double)MAX_OF(r.words, 1u);
	}
	return rc;
}

static int
count_row(void *arg, struct str key, struct str value, struct err *e)
{
	struct entry x;

	(void)key, (void)e;
	while (entry_next(&value, &x))
		++*(uint64_t *)arg;
	return 0;
}

/* How much the word says. */
static int
idf_of(struct kv_snapshot *s, struct str scope, struct str term,
    uint64_t documents, double *idf, struct err *e)
{
	struct kv_range r = { .family = KV_TEXT };
	uint64_t entries = 0;
	char space[TEXT_KEY_MAX];
	struct text_key k;
	double df;

	text_key(&k, scope, 't');
	text_key_add(&k, term);
	text_key_add(&k, str_of("", 1));
	r.from = text_key_str(&k);
	r.to = kv_prefix_end(r.from, space);
	if (kv_scan(s, &r, count_row, &entries, NULL, e))
		return e->code;
	df = (double)MIN_OF(entries, documents);
	*idf = log1p(((double)documents - df + 0.5) / (df + 0.5));
	return 0;
}

/* The best words, by weight; *n of them. */
static int
choose(struct kv_snapshot *s, struct str scope, const struct map *m,
    struct arena *a, struct candidate **out, size_t *n, struct err *e)
{
	struct candidate *v = arena_array(a, map_count(m), sizeof(*v));
	struct text_sums sums;
	double idf = 0;
	size_t it = 0;
	void *c;

	*n = 0;
	if (!v)
		return search_spent(e);
	while (map_next(m, &it, NULL, &c))
		v[(*n)++] = *(struct candidate *)c;
	qsort(v, *n, sizeof(*v), by_weight);
	*n = MIN_OF(*n, (size_t)CANDIDATES);
	if (text_sums_read(s, scope, &sums, e))
		return e->code;
	for (size_t i = 0; i < *n; i++) {
		if (idf_of(s, scope, v[i].term, sums.documents, &idf, e))
			return e->code;
		v[i].weight *= idf;
	}
	qsort(v, *n, sizeof(*v), by_weight);
	*n = MIN_OF(*n, (size_t)FEEDBACK_TERMS);
	*out = v;
	return 0;
}

static int
widen(const struct candidate *v, size_t n, struct arena *a,
    struct query_node **q, struct err *e)
{
	size_t own = (*q)->nparts ? (*q)->nparts : 1;
	struct query_node *wide = arena_alloc(a, sizeof(*wide));
	struct query_node **parts = arena_array(a, own + n, sizeof(*parts));
	double sum = 0;

	if (!wide || !parts)
		return search_spent(e);
	for (size_t i = 0; i < n; i++)
		sum += v[i].weight;
	*wide = (struct query_node){ .kind = QUERY_OR, .fields = 0xff,
		.parts = parts };
	for (size_t i = 0; i < own; i++) {
		parts[wide->nparts] = (*q)->nparts ? (*q)->parts[i] : *q;
		parts[wide->nparts++]->weight = 1 / (double)own;
	}
	for (size_t i = 0; i < n && sum > 0; i++) {
		struct query_node *leaf = arena_alloc(a, sizeof(*leaf));
		struct str *term = arena_alloc(a, sizeof(*term));

		if (!leaf || !term)
			return search_spent(e);
		*term = v[i].term;
		*leaf = (struct query_node){ .kind = QUERY_TERM,
			.fields = 0xff, .terms = term, .nterms = 1,
			.weight = v[i].weight / sum };
		parts[wide->nparts++] = leaf;
	}
	*q = wide;
	return 0;
}

int
query_feedback(struct kv_snapshot *s, struct str scope,
    const struct feedback_document *docs, size_t n, struct arena *a,
    struct query_node **q, struct err *e)
{
	struct map *m = map_new();
	struct candidate *v = NULL;
	double sum = 0;
	size_t nv = 0;
	int rc = 0;

	n = MIN_OF(n, (size_t)FEEDBACK_DOCUMENTS);
	for (size_t i = 0; i < n; i++)
		sum += docs[i].score;
	for (size_t i = 0; i < n && rc == 0 && sum > 0; i++)
		rc = read_document(m, &docs[i], docs[i].score / sum, a, e);
	if (rc == 0)
		rc = choose(s, scope, m, a, &v, &nv, e);
	map_free(m, NULL);
	return rc ? rc : widen(v, nv, a, q, e);
}
