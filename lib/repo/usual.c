#include "repo/usual.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/hash.h"
#include "base/mem.h"

enum { ARENA_MAX = 64 << 20 };

struct slot {
	struct repo_scope scope;
	struct hash128 agent;
	int64_t day_ms;
	int64_t until_ms;       /* monotonic; 0: free */
	struct detect_usual usual;
};

struct repo_usuals {
	struct arena *arena;
	struct detect_usual none;
	struct slot v[REPO_USUALS_MAX];
};

bool
repo_usual_days(int64_t run_ms, int64_t *from_ms, int64_t *to_ms)
{
	*to_ms = rollup_bucket_ms(LEVEL_DAY, layout_clamp_ms(run_ms));
	*from_ms = MAX_OF(*to_ms - DETECT_USUAL_DAYS * MS_PER_DAY, 0);
	return *from_ms < *to_ms;
}

void
repo_usual_of(const struct rollup *sum, struct detect_usual *out)
{
	*out = (struct detect_usual){ .runs = sum->c[COUNT_RUNS] };
	if (out->runs <= 0)
		return;
	out->ended = sum->c[COUNT_ENDED];
	out->p50_us = sketch_quantile(&sum->duration_us, 0.50);
	out->p95_us = sketch_quantile(&sum->duration_us, 0.95);
	out->priced = sketch_count(&sum->cost_pico_usd);
	out->mean_cost_pico_usd = sum->c[COUNT_COST_PICO_USD] / out->runs;
	out->p95_cost_pico_usd = sketch_quantile(&sum->cost_pico_usd, 0.95);
}

int
repo_usual(const struct repo_view *v, struct str agent, int64_t run_ms,
    struct detect_usual *out, struct err *e)
{
	struct repo_metrics_query q = { .dim = DIM_AGENT, .name = agent };
	struct repo_metrics m;

	*out = (struct detect_usual){ .runs = 0 };
	if (!agent.n || !repo_usual_days(run_ms, &q.from_ms, &q.to_ms))
		return 0;
	if (repo_metrics(v, &q, &m, e))
		return e->code;
	if (m.n)
		repo_usual_of(&m.v[0].sum, out);
	return 0;
}

struct repo_usuals *
repo_usuals_new(void)
{
	struct repo_usuals *u = mem_zalloc(1, sizeof(*u));

	u->arena = arena_new(ARENA_MAX);
	return u;
}

void
repo_usuals_free(struct repo_usuals *u)
{
	if (!u)
		return;
	arena_free(u->arena);
	free(u);
}

static bool
is_it(const struct slot *s, struct repo_scope scope,
    const struct hash128 *agent, int64_t day_ms, int64_t mono_ms)
{
	return s->until_ms > mono_ms && s->day_ms == day_ms &&
	    scope_eq(s->scope, scope) &&
	    memcmp(s->agent.b, agent->b, HASH128_SIZE) == 0;
}

int
repo_usuals_get(struct repo_usuals *u, const struct repo_view *v,
    struct str agent, int64_t run_ms, int64_t mono_ms,
    const struct detect_usual **out, struct err *e)
{
	int64_t from_ms, day_ms;
	struct repo_view mine = { v->snapshot, v->scope, u->arena };
	struct hash128 h = hash128(agent);
	struct slot *s;
	uint32_t at;

	*out = &u->none;
	if (!agent.n || !repo_usual_days(run_ms, &from_ms, &day_ms))
		return 0;
	memcpy(&at, h.b, sizeof(at));
	at += (uint32_t)(day_ms / MS_PER_DAY) + v->scope.project * 31 +
	    (uint32_t)v->scope.env;
	s = &u->v[at % REPO_USUALS_MAX];
	if (!is_it(s, v->scope, &h, day_ms, mono_ms)) {
		s->until_ms = 0;
		arena_reset(u->arena);
		if (repo_usual(&mine, agent, run_ms, &s->usual, e))
			return e->code;
		s->scope = v->scope;
		s->agent = h;
		s->day_ms = day_ms;
		s->until_ms = mono_ms + REPO_USUALS_MS;
	}
	*out = &s->usual;
	return 0;
}
