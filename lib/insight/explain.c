/* Where a change of cost and latency comes from: terms that add up. */
#include <math.h>
#include <stdlib.h>

#include "insight/report_in.h"

/* ---- cost by model and agent ---- */

static int
compare_costs(const void *a, const void *b)
{
	const struct insight_cost_part *x = a, *y = b;
	uint64_t dx = (uint64_t)llabs(x->now_pico - x->before_pico);
	uint64_t dy = (uint64_t)llabs(y->now_pico - y->before_pico);

	if (dx != dy)
		return dx > dy ? -1 : 1;
	return str_cmp(x->name, y->name);
}

/* Calls, or runs where only the run itself reports its usage. */
static double
calls_of(const struct insight_counts *c)
{
	return (double)(c->calls ? c->calls : c->runs);
}

static struct insight_cost_part
part_of(struct str name, const struct insight_counts *c, double growth)
{
	struct insight_cost_part p = { .name = name,
		.before_pico = c[BEFORE].cost_pico_usd,
		.now_pico = c[NOW].cost_pico_usd };
	double k0 = calls_of(&c[BEFORE]), k1 = calls_of(&c[NOW]);
	double c0 = (double)p.before_pico, c1 = (double)p.now_pico;

	if (growth <= 0) {
		/* No run before: all of it is new volume. */
		p.volume_pico = p.now_pico - p.before_pico;
		return p;
	}
	p.volume_pico = llround(c0 * (growth - 1));
	/* A model that was not there before has no price to compare with. */
	p.price_pico = k0 > 0 && k1 > 0 ? llround(c1 - k1 * (c0 / k0)) : 0;
	p.mix_pico = p.now_pico - p.before_pico - p.volume_pico -
	    p.price_pico;
	return p;
}

/* Names of a dimension, and what no name of it accounts for. */
static struct insight_cost_part *
cost_parts(struct builder *b, enum insight_dim dim, size_t *n)
{
	const struct insight_rows *rows = &b->s->dims[dim];
	const struct insight_counts *t = b->s->dims[INSIGHT_TOTAL].v[0].c;
	struct insight_counts rest[PERIODS] = { t[BEFORE], t[NOW] };
	double growth = t[BEFORE].runs ? (double)t[NOW].runs /
	    (double)t[BEFORE].runs : 0;
	struct insight_cost_part *v = arena_array(b->arena, rows->n + 1,
	    sizeof(*v));

	*n = 0;
	if (!v) {
		b->failed = true;
		return NULL;
	}
	for (size_t i = 0; i < rows->n; i++) {
		const struct insight_counts *c = rows->v[i].c;

		for (int p = 0; p < PERIODS; p++) {
			rest[p].cost_pico_usd -= c[p].cost_pico_usd;
			if (dim == INSIGHT_AGENT)
				rest[p].runs -= c[p].runs;
		}
		if (c[BEFORE].cost_pico_usd || c[NOW].cost_pico_usd)
			v[(*n)++] = part_of(rows->v[i].name, c, growth);
	}
	rest[BEFORE].calls = rest[NOW].calls = 0;
	if (rest[BEFORE].cost_pico_usd || rest[NOW].cost_pico_usd)
		v[(*n)++] = part_of(STR("(other)"), rest, growth);
	qsort(v, *n, sizeof(*v), compare_costs);
	return v;
}

void
explain_cost(struct builder *b)
{
	struct insight_report *out = b->out;

	out->costs = cost_parts(b, INSIGHT_MODEL, &out->ncosts);
	out->agent_costs = cost_parts(b, INSIGHT_AGENT, &out->nagent_costs);
}

/* ---- latency by agent ---- */

static int
compare_latencies(const void *a, const void *b)
{
	const struct insight_latency_part *x = a, *y = b;
	double dx = fabs(x->mix_ms + x->speed_ms);
	double dy = fabs(y->mix_ms + y->speed_ms);

	if (dx != dy)
		return dx > dy ? -1 : 1;
	return str_cmp(x->name, y->name);
}

static double
mean_ms(const struct insight_counts *c)
{
	return c->ended ? (double)c->duration_us / (double)c->ended / 1000 :
	    0;
}

static struct insight_latency_part
latency_of(struct str name, const struct insight_counts *c,
    const struct insight_counts *t)
{
	double w0 = ratio_of(c[BEFORE].ended, t[BEFORE].ended);
	double w1 = ratio_of(c[NOW].ended, t[NOW].ended);
	struct insight_latency_part p = { .name = name,
		.before_ms = mean_ms(&c[BEFORE]), .now_ms = mean_ms(&c[NOW]) };
	double base = c[BEFORE].ended ? p.before_ms : p.now_ms;

	/* Shares count as distances from the old mean, so that an agent that
	 * is as fast as the others does not move it. */
	p.mix_ms = (w1 - w0) * (base - mean_ms(&t[BEFORE]));
	p.speed_ms = c[BEFORE].ended ? w1 * (p.now_ms - p.before_ms) : 0;
	return p;
}

void
explain_latency(struct builder *b)
{
	const struct insight_rows *rows = &b->s->dims[INSIGHT_AGENT];
	const struct insight_counts *t = b->s->dims[INSIGHT_TOTAL].v[0].c;
	struct insight_counts rest[PERIODS] = { t[BEFORE], t[NOW] };
	struct insight_latency_part *v = arena_array(b->arena, rows->n + 1,
	    sizeof(*v));
	size_t n = 0;

	if (!v) {
		b->failed = true;
		return;
	}
	if (!t[BEFORE].ended || !t[NOW].ended)
		return;
	for (size_t i = 0; i < rows->n; i++) {
		const struct insight_counts *c = rows->v[i].c;

		for (int p = 0; p < PERIODS; p++) {
			rest[p].ended -= c[p].ended;
			rest[p].duration_us -= c[p].duration_us;
		}
		if (c[BEFORE].ended || c[NOW].ended)
			v[n++] = latency_of(rows->v[i].name, c, t);
	}
	if (rest[BEFORE].ended || rest[NOW].ended)
		v[n++] = latency_of(STR("(other)"), rest, t);
	qsort(v, n, sizeof(*v), compare_latencies);
	b->out->latencies = v;
	b->out->nlatencies = n;
}

/* ---- the mean run's time, by what it does ---- */

static int
compare_times(const void *a, const void *b)
{
	const struct insight_time_part *x = a, *y = b;
	double dx = fabs(x->now_ms - x->before_ms);
	double dy = fabs(y->now_ms - y->before_ms);

	if (dx != dy)
		return dx > dy ? -1 : 1;
	if (x->dim != y->dim)
		return x->dim < y->dim ? -1 : 1;
	return str_cmp(x->name, y->name);
}

static double
ms_a_run(const struct insight_counts *c, const struct insight_counts *t)
{
	return (double)c->duration_us / (double)t->ended / 1000;
}

void
explain_times(struct builder *b)
{
	static const enum insight_dim of[] = { INSIGHT_TOOL, INSIGHT_MODEL };
	const struct insight_rows *dims = b->s->dims;
	const struct insight_counts *t = dims[INSIGHT_TOTAL].v[0].c;
	struct insight_time_part rest = { .dim = INSIGHT_TOTAL,
		.name = STR("(rest)"), .before_ms = mean_ms(&t[BEFORE]),
		.now_ms = mean_ms(&t[NOW]) }, *v;
	size_t n = 0;

	v = arena_array(b->arena, dims[INSIGHT_TOOL].n +
	    dims[INSIGHT_MODEL].n + 1, sizeof(*v));
	if (!v) {
		b->failed = true;
		return;
	}
	if (!t[BEFORE].ended || !t[NOW].ended)
		return;
	for (size_t d = 0; d < ARRAY_LEN(of); d++)
		for (size_t i = 0; i < dims[of[d]].n; i++) {
			const struct insight_row *r = &dims[of[d]].v[i];

			if (!r->c[BEFORE].duration_us &&
			    !r->c[NOW].duration_us)
				continue;
			v[n] = (struct insight_time_part){ of[d], r->name,
				ms_a_run(&r->c[BEFORE], &t[BEFORE]),
				ms_a_run(&r->c[NOW], &t[NOW]) };
			rest.before_ms -= v[n].before_ms;
			rest.now_ms -= v[n++].now_ms;
		}
	v[n++] = rest;
	qsort(v, n, sizeof(*v), compare_times);
	b->out->times = v;
	b->out->ntimes = n;
}
