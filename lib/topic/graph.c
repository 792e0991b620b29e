/* Neighbours of prompts, and the communities that they form. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "topic/corpus.h"

/* Part of the words' own cosine in the likeness of two prompts. */
static const float word_part = 0.7f;
/* Less alike than this are no neighbours. */
static const float alike_min = 0.15f;

/* Documents by word, ascending. */
struct inverted {
	uint32_t *docs;
	size_t *ends;           /* of each word's documents */
};

static void
invert(struct inverted *v, const struct corpus *c, size_t n)
{
	size_t m = c->vocabulary.n, total = 0;

	v->ends = mem_zalloc(m + 1, sizeof(*v->ends));
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < c->docs[i].n; k++)
			v->ends[c->docs[i].terms[k]]++;
	for (size_t t = 0; t < m; t++) {
		size_t count = v->ends[t];

		v->ends[t] = total;
		total += count;
	}
	v->docs = mem_alloc(total + 1, sizeof(*v->docs));
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < c->docs[i].n; k++)
			v->docs[v->ends[c->docs[i].terms[k]]++] = (uint32_t)i;
}

static void
add_words(const struct corpus *c, const struct inverted *inv,
    const struct doc *d, float *alike)
{
	for (size_t k = 0; k < d->n; k++) {
		uint32_t t = d->terms[k];
		size_t from = t ? inv->ends[t - 1] : 0;
		double idf = c->vocabulary.idf[t];

		if (idf <= 0)
			continue;
		for (size_t i = from; i < inv->ends[t]; i++) {
			uint32_t j = inv->docs[i];

			alike[j] += word_part * (float)(idf / d->norm *
			    (idf / c->docs[j].norm));
		}
	}
}

static float
dot(const float *a, const float *b, size_t d)
{
	float s[4] = { 0 };
	size_t i = 0;

	for (; i + 4 <= d; i += 4) {
		s[0] += a[i] * b[i];
		s[1] += a[i + 1] * b[i + 1];
		s[2] += a[i + 2] * b[i + 2];
		s[3] += a[i + 3] * b[i + 3];
	}
	for (; i < d; i++)
		s[0] += a[i] * b[i];
	return (s[0] + s[1]) + (s[2] + s[3]);
}

/* Keeps the k best, descending; of equal ones the first. */
static void
keep(uint32_t *to, float *weight, size_t k, uint32_t j, float w)
{
	size_t at = k;

	if (w < alike_min || w <= weight[k - 1])
		return;
	while (at > 0 && weight[at - 1] < w)
		at--;
	memmove(to + at + 1, to + at, (k - 1 - at) * sizeof(*to));
	memmove(weight + at + 1, weight + at, (k - 1 - at) * sizeof(*weight));
	to[at] = j;
	weight[at] = w;
}

void
graph_build(struct graph *g, const struct corpus *c, const float *dense,
    size_t n, size_t d, size_t k)
{
	float *alike = mem_alloc(n + 1, sizeof(*alike));
	struct inverted inv;

	*g = (struct graph){ .n = n, .k = k };
	g->to = mem_alloc(n * k + 1, sizeof(*g->to));
	g->weight = mem_zalloc(n * k + 1, sizeof(*g->weight));
	memset(g->to, 0xff, n * k * sizeof(*g->to));
	invert(&inv, c, n);
	for (size_t i = 0; i < n; i++) {
		if (c->docs[i].norm <= 0)
			continue;
		for (size_t j = 0; j < n; j++)
			alike[j] = (1.0f - word_part) *
			    dot(dense + i * d, dense + j * d, d);
		add_words(c, &inv, &c->docs[i], alike);
		for (size_t j = 0; j < n; j++)
			if (j != i)
				keep(g->to + i * k, g->weight + i * k, k,
				    (uint32_t)j, alike[j]);
	}
	free(inv.docs);
	free(inv.ends);
	free(alike);
}

void
graph_favour(struct graph *g, const int32_t *labels, float factor)
{
	for (size_t i = 0; i < g->n; i++)
		for (size_t j = i * g->k; j < (i + 1) * g->k; j++)
			if (g->to[j] != UINT32_MAX && labels[i] >= 0 &&
			    labels[i] == labels[g->to[j]])
				g->weight[j] *= factor;
}

void
graph_fini(struct graph *g)
{
	free(g->to);
	free(g->weight);
}

/* ---- communities ---- */

struct edge {
	uint32_t from, to;
	double weight;
};

/* A graph with both directions of each edge, sorted; loops hold what is inside
 * of a community. */
struct net {
	size_t n, nedges;
	struct edge *edges;
	size_t *ends;           /* of each node's edges */
	double *degree;
	double total;           /* of all degrees */
};

static int
compare_edges(const void *a, const void *b)
{
	const struct edge *x = a, *y = b;

	if (x->from != y->from)
		return x->from < y->from ? -1 : 1;
	return x->to < y->to ? -1 : x->to > y->to;
}

/* Sorts edges, adds up equal ones, and counts. */
static void
net_close(struct net *t)
{
	size_t m = 0;

	qsort(t->edges, t->nedges, sizeof(*t->edges), compare_edges);
	for (size_t i = 0; i < t->nedges; i++) {
		if (m && compare_edges(&t->edges[m - 1], &t->edges[i]) == 0)
			t->edges[m - 1].weight += t->edges[i].weight;
		else
			t->edges[m++] = t->edges[i];
	}
	t->nedges = m;
	t->ends = mem_zalloc(t->n + 1, sizeof(*t->ends));
	t->degree = mem_zalloc(t->n + 1, sizeof(*t->degree));
	for (size_t i = 0; i < m; i++) {
		t->ends[t->edges[i].from] = i + 1;
		t->degree[t->edges[i].from] += t->edges[i].weight;
		t->total += t->edges[i].weight;
	}
	for (size_t i = 1; i < t->n; i++)
		t->ends[i] = MAX_OF(t->ends[i], t->ends[i - 1]);
}

static void
net_of_graph(struct net *t, const struct graph *g)
{
	*t = (struct net){ .n = g->n };
	t->edges = mem_alloc(g->n * g->k * 2 + 1, sizeof(*t->edges));
	for (size_t i = 0; i < g->n; i++)
		for (size_t j = i * g->k; j < (i + 1) * g->k; j++) {
			struct edge e = { (uint32_t)i, g->to[j],
				(double)g->weight[j] };

			if (g->to[j] == UINT32_MAX)
				break;
			t->edges[t->nedges++] = e;
			t->edges[t->nedges++] = (struct edge){ e.to, e.from,
				e.weight };
		}
	net_close(t);
}

static void
net_of_communities(struct net *t, const struct net *of, const int32_t *label,
    size_t n)
{
	*t = (struct net){ .n = n, .nedges = of->nedges };
	t->edges = mem_alloc(of->nedges + 1, sizeof(*t->edges));
	for (size_t i = 0; i < of->nedges; i++)
		t->edges[i] = (struct edge){
		    (uint32_t)label[of->edges[i].from],
		    (uint32_t)label[of->edges[i].to], of->edges[i].weight };
	net_close(t);
}

static void
net_fini(struct net *t)
{
	free(t->edges);
	free(t->ends);
	free(t->degree);
}

struct moving {
	const struct net *t;
	double resolution;
	int32_t *label;
	double *sum;            /* degrees by community */
	double *links;          /* of the node to each community */
	int32_t *near;          /* communities that it has links to */
};

/* Puts the node where it adds most; true if that is elsewhere. */
static bool
move(struct moving *m, size_t i)
{
	const struct net *t = m->t;
	int32_t was = m->label[i], best = was;
	double gain = -1;
	size_t n = 0;

	m->near[n++] = was;
	for (size_t k = i ? t->ends[i - 1] : 0; k < t->ends[i]; k++) {
		int32_t l = m->label[t->edges[k].to];

		if (t->edges[k].to == i)
			continue;
		if (m->links[l] <= 0 && l != was)
			m->near[n++] = l;
		m->links[l] += t->edges[k].weight;
	}
	m->sum[was] -= t->degree[i];
	for (size_t k = 0; k < n; k++) {
		int32_t l = m->near[k];
		double g = m->links[l] - m->resolution * t->degree[i] *
		    m->sum[l] / t->total;

		/* It stays unless another is better. */
		if (k == 0 || g > gain + 1e-9) {
			gain = g;
			best = l;
		}
	}
	for (size_t k = 0; k < n; k++)
		m->links[m->near[k]] = 0;
	m->sum[best] += t->degree[i];
	m->label[i] = best;
	return best != was;
}

/* Numbers labels by first appearance; returns how many there are. */
static size_t
compact(int32_t *label, size_t n)
{
	int32_t *new = mem_alloc(n + 1, sizeof(*new)), count = 0;

	memset(new, 0xff, (n + 1) * sizeof(*new));
	for (size_t i = 0; i < n; i++) {
		if (new[label[i]] < 0)
			new[label[i]] = count++;
		label[i] = new[label[i]];
	}
	free(new);
	return (size_t)count;
}

enum { SWEEPS_MAX = 30, LEVELS_MAX = 12 };

/* Where everybody begins: alone, or with the first of the same start. */
static void
begin(const struct net *t, const int32_t *start, int32_t *label)
{
	int32_t *first = mem_alloc(t->n + 1, sizeof(*first));

	memset(first, 0xff, (t->n + 1) * sizeof(*first));
	for (size_t i = 0; i < t->n; i++) {
		label[i] = (int32_t)i;
		if (!start || start[i] < 0 || (size_t)start[i] >= t->n)
			continue;
		if (first[start[i]] < 0)
			first[start[i]] = (int32_t)i;
		label[i] = first[start[i]];
	}
	free(first);
}

static size_t
move_all(const struct net *t, double resolution, const int32_t *start,
    int32_t *label)
{
	struct moving m = { .t = t, .resolution = resolution, .label = label };
	bool moved = t->total > 0;

	m.sum = mem_zalloc(t->n + 1, sizeof(*m.sum));
	m.links = mem_zalloc(t->n + 1, sizeof(*m.links));
	m.near = mem_alloc(t->n + 1, sizeof(*m.near));
	begin(t, start, label);
	for (size_t i = 0; i < t->n; i++)
		m.sum[label[i]] += t->degree[i];
	for (int sweep = 0; moved && sweep < SWEEPS_MAX; sweep++) {
		moved = false;
		for (size_t i = 0; i < t->n; i++)
			moved = move(&m, i) || moved;
	}
	free(m.sum);
	free(m.links);
	free(m.near);
	return compact(label, t->n);
}

void
graph_communities(const struct graph *g, double resolution,
    const int32_t *start, int32_t *labels, size_t *count)
{
	int32_t *label = mem_alloc(g->n + 1, sizeof(*label));
	struct net t, next;

	for (size_t i = 0; i < g->n; i++)
		labels[i] = (int32_t)i;
	*count = g->n;
	net_of_graph(&t, g);
	for (int level = 0; level < LEVELS_MAX; level++) {
		size_t n = move_all(&t, resolution, level ? NULL : start,
		    label);

		for (size_t i = 0; i < g->n; i++)
			labels[i] = label[labels[i]];
		*count = n;
		if (n == t.n)
			break;
		net_of_communities(&next, &t, label, n);
		net_fini(&t);
		t = next;
	}
	net_fini(&t);
	free(label);
}
