#include "repo/usual.h"

#include "base/clock.h"

enum { SLOW_TIMES = 3, DEAR_TIMES = 10 };

int
repo_usual(const struct repo_view *v, struct str agent, int64_t run_ms,
    struct repo_usual *out, struct err *e)
{
	int64_t day_ms = rollup_bucket_ms(LEVEL_DAY, layout_clamp_ms(run_ms));
	struct repo_metrics_query q = { .to_ms = day_ms, .dim = DIM_AGENT,
		.name = agent };
	const struct rollup *sum;
	struct repo_metrics m;

	*out = (struct repo_usual){ .runs = 0 };
	q.from_ms = MAX_OF(day_ms - REPO_USUAL_DAYS * MS_PER_DAY, 0);
	if (!agent.n || q.from_ms >= q.to_ms)
		return 0;
	if (repo_metrics(v, &q, &m, e))
		return e->code;
	if (m.n == 0 || m.v[0].sum.c[COUNT_RUNS] <= 0)
		return 0;
	sum = &m.v[0].sum;
	out->runs = sum->c[COUNT_RUNS];
	out->ended = sum->c[COUNT_ENDED];
	out->p50_us = sketch_quantile(&sum->duration_us, 0.50);
	out->p95_us = sketch_quantile(&sum->duration_us, 0.95);
	out->mean_cost_pico_usd = sum->c[COUNT_COST_PICO_USD] / out->runs;
	return 0;
}

bool
repo_is_slow(const struct repo_usual *u, const struct run_totals *t)
{
	return t->ended && u->ended >= REPO_USUAL_RUNS && u->p95_us > 0 &&
	    t->duration_ns / 1000 / SLOW_TIMES > u->p95_us;
}

bool
repo_is_dear(const struct repo_usual *u, const struct run_totals *t)
{
	return u->runs >= REPO_USUAL_RUNS && u->mean_cost_pico_usd > 0 &&
	    t->cost_pico_usd / DEAR_TIMES > u->mean_cost_pico_usd;
}
