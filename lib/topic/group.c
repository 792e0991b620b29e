/* Topics that are alike belong together. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "topic/fit_in.h"

/* Two topics are alike if their centres are, by their mean cosine; and no
 * group holds more than this part of all prompts. */
static const double alike_min = 0.18;
static const double share_max = 0.6;

struct merge {
	size_t n;               /* topics */
	double *alike;          /* n by n: sums over pairs of members */
	size_t *members;        /* 0: merged into another */
	double *prompts;
	int32_t *of;            /* of each topic */
};

static void
centres(const struct fit *f, double *v)
{
	for (size_t i = 0; i < f->n_graph; i++) {
		const struct doc *d = &f->c.docs[i];

		for (size_t j = 0; d->label >= 0 && j < f->d; j++)
			v[(size_t)d->label * f->d + j] +=
			    (double)f->dense[i * f->d + j];
	}
	for (size_t l = 0; l < f->m->n; l++) {
		double sum = 0;

		for (size_t j = 0; j < f->d; j++)
			sum += v[l * f->d + j] * v[l * f->d + j];
		for (size_t j = 0; sum > 0 && j < f->d; j++)
			v[l * f->d + j] /= sqrt(sum);
	}
}

static void
start(struct merge *g, const struct fit *f)
{
	double *v = mem_zalloc(g->n * f->d + 1, sizeof(*v));

	centres(f, v);
	for (size_t a = 0; a < g->n; a++) {
		g->members[a] = 1;
		g->of[a] = (int32_t)a;
		for (size_t b = 0; b < g->n; b++)
			for (size_t j = 0; j < f->d; j++)
				g->alike[a * g->n + b] += v[a * f->d + j] *
				    v[b * f->d + j];
	}
	for (size_t i = 0; i < f->c.n; i++)
		if (f->c.docs[i].label >= 0)
			g->prompts[f->c.docs[i].label] +=
			    (double)f->c.docs[i].nprompts;
	free(v);
}

/* Merges the two that are most alike; false if none are. */
static bool
merge_two(struct merge *g, double prompts)
{
	double best = alike_min;
	size_t x = 0, y = 0;

	for (size_t a = 0; a < g->n; a++)
		for (size_t b = a + 1; b < g->n; b++) {
			double mean;

			if (!g->members[a] || !g->members[b] ||
			    g->prompts[a] + g->prompts[b] >
			    share_max * prompts)
				continue;
			mean = g->alike[a * g->n + b] /
			    (double)(g->members[a] * g->members[b]);
			if (mean <= best)
				continue;
			best = mean;
			x = a;
			y = b;
		}
	if (x == y)
		return false;
	for (size_t k = 0; k < g->n; k++) {
		g->alike[x * g->n + k] += g->alike[y * g->n + k];
		g->alike[k * g->n + x] = g->alike[x * g->n + k];
	}
	g->members[x] += g->members[y];
	g->prompts[x] += g->prompts[y];
	g->members[y] = 0;
	for (size_t k = 0; k < g->n; k++)
		if (g->of[k] == (int32_t)y)
			g->of[k] = (int32_t)x;
	return true;
}

size_t
fit_groups(const struct fit *f, int32_t *group_of)
{
	struct merge g = { .n = f->m->n };
	int32_t number[TOPIC_MAX];
	size_t n = 0;

	g.alike = mem_zalloc(g.n * g.n + 1, sizeof(*g.alike));
	g.members = mem_zalloc(g.n + 1, sizeof(*g.members));
	g.prompts = mem_zalloc(g.n + 1, sizeof(*g.prompts));
	g.of = mem_zalloc(g.n + 1, sizeof(*g.of));
	start(&g, f);
	while (merge_two(&g, (double)f->c.prompts))
		;
	memset(number, 0xff, sizeof(number));
	for (size_t a = 0; a < g.n; a++)
		if (g.members[a] > 1 && f->m->n + n < TOPIC_MAX)
			number[a] = (int32_t)n++;
	for (size_t a = 0; a < g.n; a++)
		group_of[a] = number[g.of[a]];
	free(g.alike);
	free(g.members);
	free(g.prompts);
	free(g.of);
	return n;
}
