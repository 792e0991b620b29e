/* A summary from whole runs: what the filter has in place of a store. */
#include <string.h>

#include "base/clock.h"
#include "digest/digest_in.h"
#include "repo/contrib.h"
#include "repo/read.h"

enum { RUN_BYTES_MAX = 256 << 20 };

/* The period that holds ms, or -1, and the slice in it. */
static int
find_period(const struct digest *d, int64_t ms, size_t *slice)
{
	for (int p = 0; p < PERIODS; p++) {
		if (ms < d->s.period[p].from_ms || ms >= d->s.period[p].to_ms)
			continue;
		for (*slice = 0; *slice + 1 < d->nbounds[p]; ++*slice)
			if (ms < d->bounds[p][*slice + 1])
				break;
		return p;
	}
	return -1;
}

/* -1: not a dimension of insights. */
static int
insight_dim_of(enum repo_dim dim)
{
	switch (dim) {
	case DIM_TOTAL: return INSIGHT_TOTAL;
	case DIM_AGENT: return INSIGHT_AGENT;
	case DIM_MODEL: return INSIGHT_MODEL;
	case DIM_TOOL: return INSIGHT_TOOL;
	case DIM_PATTERN: return INSIGHT_PATTERN;
	case DIM_USER: return INSIGHT_USER;
	case DIM_ORG: return INSIGHT_ORG;
	case DIM_TOPIC: return INSIGHT_TOPIC;
	case DIM_SESSION:
	case DIM_FAILURE:
	case DIM_PATTERN_AGENT:
		break;
	}
	return -1;
}

/* One occurrence; a run is in the list of those to point at once, at its
 * latest. */
static int
add_failure(struct digest *d, const struct run *run, const struct contrib *c,
    struct err *e)
{
	struct failure_cell *f = digest_failure(d, c->name);
	size_t nul = str_find_byte(c->label, '\0', 0), slice;
	int p = find_period(d, c->ms, &slice);
	int64_t *times;

	if (!f)
		return digest_spent(e);
	if (!f->f.template.p) {
		f->f.entity_type = arena_str(d->arena, str_of(c->label.p,
		    MIN_OF(nul, c->label.n)));
		f->f.template = arena_str(d->arena,
		    str_from_index(c->label, nul + 1));
	}
	f->f.first_seen_ms = MIN_OF(f->f.first_seen_ms, c->ms);
	times = arena_more(d->arena, f->times_ms, f->ntimes, &f->times_cap,
	    sizeof(*times));
	if (!times)
		return digest_spent(e);
	f->times_ms = times;
	times[f->ntimes++] = c->ms;
	if (p < 0)
		return 0;
	f->f.events[p] += c->c[COUNT_CALLS];
	f->f.runs[p] += c->c[COUNT_RUNS];
	if (p != NOW)
		return 0;
	if (f->hits.n && str_eq(f->hits.v[f->hits.n - 1].run.run_id,
	    run->base.id)) {
		f->hits.v[f->hits.n - 1].ms = MAX_OF(c->ms,
		    f->hits.v[f->hits.n - 1].ms);
		return 0;
	}
	return digest_card(d, &f->hits, run, c->ms, STR("")) ? 0 :
	    digest_spent(e);
}

static int
add_contrib(struct digest *d, const struct run *run, const struct contrib *c,
    struct err *e)
{
	int dim = insight_dim_of(c->dim), p;
	struct cell *cell;
	size_t slice = 0;

	if (c->dim == DIM_FAILURE)
		return add_failure(d, run, c, e);
	p = find_period(d, c->ms, &slice);
	if (dim < 0 || p < 0)
		return 0;
	cell = digest_cell(d, (enum insight_dim)dim, c->name);
	if (!cell)
		return digest_spent(e);
	contrib_add(&cell->sum[p], c, 1);
	if (cell->slices[p])
		digest_count(&cell->slices[p][slice], c->c);
	if (dim == INSIGHT_PATTERN)
		return digest_pattern_run(d, p, c->name, run, c->ms, e);
	return 0;
}

int
digest_add_run(struct digest *d, const struct run *run, struct err *e)
{
	struct arena *a = arena_new(RUN_BYTES_MAX);
	struct contribs list;
	int rc = 0;

	if (!contribs_of(run, a, &list))
		rc = digest_spent(e);
	for (size_t i = 0; i < list.n && rc == 0; i++) {
		const struct contrib *c = &list.v[i];

		rc = add_contrib(d, run, c, e);
		if (rc == 0 && c->dim == DIM_TOTAL &&
		    c->ms >= d->s.period[NOW].from_ms &&
		    c->ms < d->s.period[NOW].to_ms &&
		    !digest_card(d, &d->recent, run, c->ms, STR("")))
			rc = digest_spent(e);
	}
	arena_free(a);
	return rc;
}

int
digest_add_change(struct digest *d, const struct event *ev, struct err *e)
{
	struct failure_change *c;
	struct failure_cell *f;
	void **slot;

	if (ev->kind != EVENT_FAILURE_CHANGE || !ev->id.n)
		return 0;
	slot = map_put(d->changes, ev->id);
	c = *slot;
	if (!c)
		c = *slot = arena_alloc(d->arena, sizeof(*c));
	f = digest_failure(d, ev->id);
	if (!c || !f || !entity_overlay(c, ev, d->arena))
		return digest_spent(e);
	/* Texts are borrowed from an event that goes away. */
	f->f.is_ignored = str_is(c->status, "ignored");
	f->resolved_ms = !str_is(c->status, "resolved") ? 0 :
	    ENTITY_HAS(c, FAILURE_CHANGE, time_ns) ?
	    floor_div(c->time_ns, NS_PER_MS) : ev->received_ms;
	if (c->resolved_in.n)
		f->f.resolved_in = arena_str(d->arena, c->resolved_in);
	c->status = arena_str(d->arena, c->status);
	c->resolved_in = arena_str(d->arena, c->resolved_in);
	c->note = STR_NULL;
	return 0;
}
