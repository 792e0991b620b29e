/* What the documents of a label have in common. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "topic/fit_in.h"

struct ranked {
	uint32_t term;
	double weight;
};

static int
by_weight(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;

	if (x->weight != y->weight)
		return x->weight > y->weight ? -1 : 1;
	return x->term < y->term ? -1 : x->term > y->term;
}

static int
by_term(const void *a, const void *b)
{
	const struct topic_weight *x = a, *y = b;

	return x->term < y->term ? -1 : x->term > y->term;
}

static size_t
sum_label(const struct fit *f, int32_t label, double *sum,
    struct ranked *terms)
{
	const struct corpus *c = &f->c;
	size_t n = 0;

	for (size_t i = 0; i < c->n; i++) {
		const struct doc *d = &c->docs[i];

		if (d->label != label || d->norm <= 0)
			continue;
		for (size_t k = 0; k < d->n; k++) {
			uint32_t t = d->terms[k];
			double x = c->vocabulary.idf[t];

			if (x <= 0)
				continue;
			if (sum[t] <= 0)
				terms[n++].term = t;
			sum[t] += doc_mass(d) * x / d->norm;
		}
	}
	for (size_t i = 0; i < n; i++) {
		terms[i].weight = sum[terms[i].term];
		sum[terms[i].term] = 0;
	}
	qsort(terms, n, sizeof(*terms), by_weight);
	return MIN_OF(n, (size_t)TOPIC_WEIGHTS_MAX);
}

/* number: how the terms of the model follow from those of the vocabulary. */
static bool
add_topic(struct topic_model *m, const struct ranked *v,
    size_t n, const uint32_t *number)
{
	struct topic *t = &m->v[m->n++];
	double norm = 0;

	for (size_t i = 0; i < n; i++)
		norm += v[i].weight * v[i].weight;
	t->weights = arena_array(m->arena, n, sizeof(*t->weights));
	if (!t->weights)
		return false;
	for (size_t i = 0; i < n; i++) {
		int32_t w = (int32_t)lround(TOPIC_SCALE * v[i].weight /
		    sqrt(norm));

		if (w > 0)
			t->weights[t->nweights++] = (struct topic_weight){
			    number[v[i].term], w };
	}
	qsort(t->weights, t->nweights, sizeof(*t->weights), by_term);
	return true;
}

static int
by_df(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;

	if (x->weight != y->weight)
		return x->weight > y->weight ? -1 : 1;
	return x->term < y->term ? -1 : x->term > y->term;
}

/*
 * The words that the model knows: the most frequent, so that what is common is
 * not taken for something strange.  number[t] is UINT32_MAX for the others.
 */
static bool
choose_terms(const struct fit *f, struct topic_model *m, uint32_t *number)
{
	const struct vocabulary *v = &f->c.vocabulary;
	struct ranked *r = mem_alloc(v->n + 1, sizeof(*r));
	size_t n = 0;

	for (size_t t = 0; t < v->n; t++) {
		number[t] = UINT32_MAX;
		/* A word of too many prompts is known, and says little. */
		if (v->df[t] >= 2)
			r[n++] = (struct ranked){ (uint32_t)t, v->df[t] };
	}
	qsort(r, n, sizeof(*r), by_df);
	n = MIN_OF(n, (size_t)TOPIC_TERMS_MAX);
	/* With room for the words of what is gone. */
	m->terms = arena_array(m->arena, TOPIC_TERMS_MAX, sizeof(*m->terms));
	for (size_t i = 0; m->terms && i < n; i++) {
		uint32_t t = r[i].term;

		number[t] = (uint32_t)i;
		m->terms[i] = (struct topic_term){
		    arena_str(m->arena, v->text[t]), v->idf[t] ? v->idf[t] :
		    corpus_idf(&f->c, v->df[t]) };
		if (!m->terms[i].text.p)
			m->terms = NULL;
		m->nterms++;
	}
	free(r);
	return m->terms != NULL;
}

/* Words that the model cannot know are not weighed. */
static size_t
only_known(struct ranked *v, size_t n, const uint32_t *number)
{
	size_t m = 0;

	for (size_t i = 0; i < n; i++)
		if (number[v[i].term] != UINT32_MAX)
			v[m++] = v[i];
	return m;
}

struct topic_model *
fit_model(const struct fit *f, size_t count)
{
	struct topic_model *m = model_new();
	size_t n = f->c.vocabulary.n;
	uint32_t *number = mem_alloc(n + 1, sizeof(*number));
	double *sum = mem_zalloc(n + 1, sizeof(*sum));
	struct ranked *terms = mem_alloc(n + 1, sizeof(*terms));
	bool good = choose_terms(f, m, number);

	m->unknown_idf = corpus_idf(&f->c, 1) * 2 / 3;
	m->v = arena_array(m->arena, TOPIC_MAX, sizeof(*m->v));
	good = good && m->v;
	for (size_t l = 0; good && l < count; l++) {
		size_t k = sum_label(f, (int32_t)l, sum, terms);

		k = only_known(terms, k, number);
		good = add_topic(m, terms, k, number);
	}
	free(number);
	free(sum);
	free(terms);
	if (good && model_index(m))
		return m;
	topic_model_free(m);
	return NULL;
}
