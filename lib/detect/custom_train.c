/*
 * Likeness to labelled examples: logistic regression over the hashed n-grams
 * of detect/text.h.  With at most a hundred examples it is trained in their
 * span, by gradient descent on one weight an example, from the matrix of
 * their inner products; which also makes cross-validation cheap.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "detect/custom_in.h"

enum { BUCKETS = 1 << TEXT_BUCKET_BITS, STEPS = 400 };

static const double rate = 2.0;         /* below the inverse curvature */
static const double strength = 4.0;     /* of the data against the prior */

struct likeness {
	double bias;
	float w[BUCKETS];
};

struct training {
	size_t n;
	const struct custom_example *x;
	struct bucket_list *b;  /* of each example */
	double *k;              /* n * n inner products */
	double alpha[CUSTOM_EXAMPLES_MAX];
	double bias;
};

/* The buckets, each once, in ascending order. */
void
buckets_of(const struct text *t, struct bucket_list *out)
{
	uint64_t seen[BUCKETS / 64] = { 0 };
	size_t n = text_grams(t, 0, t->n, out->v, TEXT_GRAMS_MAX);

	for (size_t i = 0; i < n; i++)
		seen[out->v[i] / 64] |= UINT64_C(1) << out->v[i] % 64;
	out->n = 0;
	for (size_t i = 0; i < BUCKETS / 64; i++)
		for (uint64_t m = seen[i]; m; m &= m - 1)
			out->v[out->n++] = (uint32_t)(i * 64) +
			    (uint32_t)__builtin_ctzll(m);
}

static double
inner(const struct bucket_list *a, const struct bucket_list *b)
{
	size_t i = 0, j = 0, common = 0;

	while (i < a->n && j < b->n) {
		common += a->v[i] == b->v[j];
		if (a->v[i] < b->v[j])
			i++;
		else if (a->v[i] > b->v[j])
			j++;
		else
			i++, j++;
	}
	return common ? (double)common / sqrt((double)a->n * (double)b->n) : 0;
}

static double
sigmoid(double z)
{
	return 1 / (1 + exp(-z));
}

static double
margin(const struct training *t, size_t i)
{
	const double *k = t->k + i * t->n;
	double z = t->bias;

	for (size_t j = 0; j < t->n; j++)
		z += t->alpha[j] * k[j];
	return z;
}

/* Trains on the examples that are not of the fold; both labels weigh the
 * same. */
static void
descend(struct training *t, const int *fold_of, int fold)
{
	double weight[2] = { 0, 0 }, gradient[CUSTOM_EXAMPLES_MAX], n, prior;

	for (size_t i = 0; i < t->n; i++) {
		t->alpha[i] = 0;
		if (fold_of[i] != fold)
			weight[t->x[i].is_positive]++;
	}
	n = weight[0] + weight[1];
	weight[0] = 0.5 / weight[0];
	weight[1] = 0.5 / weight[1];
	prior = 1 / (strength * n);
	t->bias = 0;
	for (int step = 0; step < STEPS; step++) {
		double sum = 0;

		for (size_t i = 0; i < t->n; i++) {
			if (fold_of[i] == fold)
				continue;
			gradient[i] = weight[t->x[i].is_positive] *
			    (sigmoid(margin(t, i)) - t->x[i].is_positive);
			sum += gradient[i];
		}
		for (size_t i = 0; i < t->n; i++)
			if (fold_of[i] != fold)
				t->alpha[i] -= rate * (gradient[i] +
				    prior * t->alpha[i]);
		t->bias -= rate * sum;
	}
}

static void
cross_validate(struct training *t, const int *fold_of,
    struct custom_report *r)
{
	for (size_t fold = 0; fold < r->folds; fold++) {
		descend(t, fold_of, (int)fold);
		for (size_t i = 0; i < t->n; i++) {
			bool found;

			if (fold_of[i] != (int)fold)
				continue;
			found = margin(t, i) >= 0;
			if (t->x[i].is_positive) {
				r->true_positives += found;
				r->false_negatives += !found;
			} else {
				r->false_positives += found;
				r->true_negatives += !found;
			}
		}
	}
	r->precision = (double)r->true_positives /
	    (double)(r->true_positives + r->false_positives);
	r->recall = (double)r->true_positives / (double)r->n_positive;
}

static struct likeness *
weights_of(const struct training *t)
{
	struct likeness *l = mem_zalloc(1, sizeof(*l));

	l->bias = t->bias;
	for (size_t i = 0; i < t->n; i++) {
		const struct bucket_list *b = &t->b[i];
		float w = b->n ? (float)(t->alpha[i] / sqrt((double)b->n)) : 0;

		for (size_t j = 0; j < b->n; j++)
			l->w[b->v[j]] += w;
	}
	return l;
}

static void
prepare(struct training *t)
{
	struct text *text = text_new();

	t->b = mem_zalloc(t->n, sizeof(*t->b));
	t->k = mem_zalloc(t->n * t->n, sizeof(*t->k));
	for (size_t i = 0; i < t->n; i++) {
		text_scan(text, t->x[i].text);
		buckets_of(text, &t->b[i]);
		for (size_t j = 0; j <= i; j++)
			t->k[i * t->n + j] = t->k[j * t->n + i] =
			    inner(&t->b[i], &t->b[j]);
	}
	text_free(text);
}

struct likeness *
likeness_train(const struct custom_def *def, struct custom_report *report)
{
	struct training t = { .n = def->n_examples, .x = def->examples };
	int fold_of[CUSTOM_EXAMPLES_MAX];
	size_t count[2] = { 0, 0 };
	struct likeness *l;

	for (size_t i = 0; i < t.n; i++)
		count[t.x[i].is_positive]++;
	*report = (struct custom_report){ .n_positive = count[1],
		.n_negative = count[0], .precision = NAN, .recall = NAN };
	if (count[0] < CUSTOM_EXAMPLES_MIN || count[1] < CUSTOM_EXAMPLES_MIN)
		return NULL;
	report->is_trained = true;
	report->folds = MIN_OF((size_t)CUSTOM_FOLDS,
	    MIN_OF(count[0], count[1]));
	count[0] = count[1] = 0;
	for (size_t i = 0; i < t.n; i++)
		fold_of[i] = (int)(count[t.x[i].is_positive]++ %
		    report->folds);
	prepare(&t);
	cross_validate(&t, fold_of, report);
	descend(&t, fold_of, -1);
	l = weights_of(&t);
	free(t.k);
	free(t.b);
	return l;
}

void
likeness_free(struct likeness *l)
{
	free(l);
}

double
likeness_score(const struct likeness *l, const struct bucket_list *b)
{
	double z = 0;

	for (size_t i = 0; i < b->n; i++)
		z += (double)l->w[b->v[i]];
	return sigmoid(l->bias + (b->n ? z / sqrt((double)b->n) : 0));
}
