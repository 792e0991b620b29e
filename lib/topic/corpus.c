#include "topic/corpus.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/map.h"
#include "base/mem.h"

/* Words of more than this part of all documents say nothing. */
static const double df_max = 0.6;

static uint32_t
term_index(struct vocabulary *v, struct str text)
{
	void **slot = map_put(v->by_text, text);

	if (*slot)
		return (uint32_t)((size_t)*slot - 1);
	if (v->n == v->cap) {
		v->cap = v->cap ? v->cap * 2 : 1024;
		v->text = mem_grow(v->text, v->cap, sizeof(*v->text));
		v->df = mem_grow(v->df, v->cap, sizeof(*v->df));
	}
	v->text[v->n] = str_of(mem_dup(text.p, text.n), text.n);
	v->df[v->n] = 0;
	*slot = (void *)++v->n;
	return (uint32_t)(v->n - 1);
}

static int
compare_u32(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

static size_t
unique_u32(uint32_t *v, size_t n)
{
	size_t m = 0;

	qsort(v, n, sizeof(*v), compare_u32);
	for (size_t i = 0; i < n; i++)
		if (i == 0 || v[i] != v[m - 1])
			v[m++] = v[i];
	return m;
}

static struct doc *
doc_of(struct corpus *c, const uint32_t *terms, size_t n)
{
	void **slot = map_put(c->by_terms, str_of(terms, n * sizeof(*terms)));
	struct doc *d;

	if (*slot)
		return &c->docs[(size_t)*slot - 1];
	c->docs = mem_more(c->docs, c->n, &c->cap, sizeof(*c->docs));
	d = &c->docs[c->n++];
	*slot = (void *)c->n;
	*d = (struct doc){ .n = n, .label = -1 };
	d->terms = mem_alloc(n + 1, sizeof(*terms));
	memcpy(d->terms, terms, n * sizeof(*terms));
	return d;
}

static void
add_prompt(struct corpus *c, struct terms *t, struct str text, size_t i)
{
	uint32_t terms[TERMS_MAX];
	struct doc *d;
	size_t n;

	terms_read(t, text);
	if (t->n == 0)
		return;
	for (size_t k = 0; k < t->n; k++)
		terms[k] = term_index(&c->vocabulary, t->v[k].text);
	n = unique_u32(terms, t->n);
	d = doc_of(c, terms, n);
	d->prompts = mem_more(d->prompts, d->nprompts, &d->prompts_cap,
	    sizeof(*d->prompts));
	d->prompts[d->nprompts++] = (uint32_t)i;
	c->prompts++;
}

uint32_t
doc_mass(const struct doc *d)
{
	uint32_t mass = 1;

	for (size_t n = d->nprompts; n > 1; n /= 2)
		mass++;
	return mass;
}

int32_t
corpus_idf(const struct corpus *c, size_t df)
{
	return (int32_t)lround(1000.0 * (1.0 +
	    log((double)(c->mass + 1) / (double)(df + 1))));
}

static void
count_df(struct corpus *c)
{
	for (size_t i = 0; i < c->n; i++) {
		const struct doc *d = &c->docs[i];
		uint32_t mass = doc_mass(d);

		c->mass += mass;
		for (size_t k = 0; k < d->n; k++)
			c->vocabulary.df[d->terms[k]] += mass;
	}
}

static void
weigh(struct corpus *c)
{
	struct vocabulary *v = &c->vocabulary;

	v->idf = mem_zalloc(v->n + 1, sizeof(*v->idf));
	for (size_t i = 0; i < v->n; i++)
		if (v->df[i] >= 2 && (double)v->df[i] <= MAX_OF(4.0,
		    df_max * (double)c->mass))
			v->idf[i] = corpus_idf(c, v->df[i]);
	for (size_t i = 0; i < c->n; i++) {
		struct doc *d = &c->docs[i];
		double sum = 0;

		for (size_t k = 0; k < d->n; k++) {
			double x = v->idf[d->terms[k]];

			sum += x * x;
		}
		d->norm = sqrt(sum);
	}
}

void
corpus_build(struct corpus *c, const struct topic_prompt *prompts, size_t n,
    struct terms *t)
{
	*c = (struct corpus){ .n = 0 };
	c->vocabulary.by_text = map_new();
	c->by_terms = map_new();
	for (size_t i = 0; i < n; i++)
		add_prompt(c, t, prompts[i].text, i);
	count_df(c);
	weigh(c);
}

void
corpus_fini(struct corpus *c)
{
	for (size_t i = 0; i < c->n; i++) {
		free(c->docs[i].terms);
		free(c->docs[i].prompts);
	}
	for (size_t i = 0; i < c->vocabulary.n; i++)
		free((void *)(uintptr_t)c->vocabulary.text[i].p);
	free(c->docs);
	free(c->vocabulary.text);
	free(c->vocabulary.df);
	free(c->vocabulary.idf);
	map_free(c->vocabulary.by_text, NULL);
	map_free(c->by_terms, NULL);
}

/* ---- latent semantic analysis ---- */

enum { ROUNDS = 5 };

/* Numbers in -1 … 1 that belong to the word, whatever else there is. */
static void
seed_row(float *row, size_t d, struct str text)
{
	uint64_t x = hash64(text);

	for (size_t j = 0; j < d; j++) {
		x = x * UINT64_C(6364136223846793005) +
		    UINT64_C(1442695040888963407);
		row[j] = (float)((double)(x >> 33) / (double)(1u << 30) - 1.0);
	}
}

/* Row of the document: its words' rows, weighed. */
static void
project(const struct corpus *c, const struct doc *doc, const float *v,
    size_t d, float *out)
{
	memset(out, 0, d * sizeof(*out));
	if (doc->norm <= 0)
		return;
	for (size_t k = 0; k < doc->n; k++) {
		uint32_t t = doc->terms[k];
		float x = (float)(c->vocabulary.idf[t] / doc->norm);
		const float *row = v + (size_t)t * d;

		if (x == 0.0f)
			continue;
		for (size_t j = 0; j < d; j++)
			out[j] += x * row[j];
	}
}

/* y = X' X v */
static void
multiply(const struct corpus *c, size_t n, const float *v, size_t d, float *y)
{
	float *row = mem_alloc(d, sizeof(*row));

	memset(y, 0, c->vocabulary.n * d * sizeof(*y));
	for (size_t i = 0; i < n; i++) {
		const struct doc *doc = &c->docs[i];

		if (doc->norm <= 0)
			continue;
		project(c, doc, v, d, row);
		for (size_t k = 0; k < doc->n; k++) {
			uint32_t t = doc->terms[k];
			float x = (float)(c->vocabulary.idf[t] / doc->norm);
			float *to = y + (size_t)t * d;

			for (size_t j = 0; j < d; j++)
				to[j] += x * row[j];
		}
	}
	free(row);
}

static double
column_dot(const float *y, size_t m, size_t d, size_t a, size_t b)
{
	double sum = 0;

	for (size_t i = 0; i < m; i++)
		sum += (double)y[i * d + a] * (double)y[i * d + b];
	return sum;
}

/* Gram and Schmidt, twice, since single floats forget. */
static void
orthonormalise(float *y, size_t m, size_t d)
{
	for (size_t j = 0; j < d; j++) {
		double norm;

		for (int round = 0; round < 2; round++)
			for (size_t k = 0; k < j; k++) {
				float x = (float)column_dot(y, m, d, j, k);

				for (size_t i = 0; i < m; i++)
					y[i * d + j] -= x * y[i * d + k];
			}
		norm = sqrt(column_dot(y, m, d, j, j));
		for (size_t i = 0; i < m; i++)
			y[i * d + j] = norm > 1e-6 ?
			    (float)(y[i * d + j] / norm) : 0.0f;
	}
}

static void
normalise(float *row, size_t d)
{
	double sum = 0;

	for (size_t j = 0; j < d; j++)
		sum += (double)row[j] * (double)row[j];
	if (sum <= 0)
		return;
	for (size_t j = 0; j < d; j++)
		row[j] = (float)(row[j] / sqrt(sum));
}

float *
corpus_lsa(const struct corpus *c, size_t n, size_t d)
{
	size_t m = c->vocabulary.n;
	float *v = mem_zalloc(m * d + 1, sizeof(*v));
	float *y = mem_alloc(m * d + 1, sizeof(*y)), *swap;
	float *out = mem_zalloc(n * d + 1, sizeof(*out));

	for (size_t i = 0; i < m; i++)
		if (c->vocabulary.idf[i])
			seed_row(v + i * d, d, c->vocabulary.text[i]);
	for (int i = 0; i < ROUNDS; i++) {
		multiply(c, n, v, d, y);
		orthonormalise(y, m, d);
		swap = v, v = y, y = swap;
	}
	for (size_t i = 0; i < n; i++) {
		project(c, &c->docs[i], v, d, out + i * d);
		normalise(out + i * d, d);
	}
	free(v);
	free(y);
	return out;
}
