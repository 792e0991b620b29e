/* Topics of one agent: no rollup has both, so its runs are read. */
#include <stdlib.h>

#include "base/clock.h"
#include "repo/contrib.h"
#include "repo/hits.h"
#include "repo/topics_in.h"

enum { SCRATCH_MAX = 128 << 20 };

struct counting {
	const struct repo_view *v;
	const struct repo_metrics_query *q;
	struct repo_metrics *out;
	struct rollup *all;
	struct arena *scratch;
	size_t cap;
	int64_t runs;
};

static void
add(struct rollup *r, const struct contrib *c)
{
	for (int i = 0; i < ROLLUP_COUNTERS; i++)
		r->c[i] += c->c[i];
}

static struct repo_metric *
metric_of(struct counting *x, struct str name)
{
	struct repo_metrics *m = x->out;
	struct repo_metric *v;

	for (size_t i = 0; i < m->n; i++)
		if (str_eq(m->v[i].name, name))
			return &m->v[i];
	v = arena_more(x->v->arena, m->v, m->n, &x->cap, sizeof(*v));
	if (!v)
		return NULL;
	m->v = v;
	v += m->n;
	*v = (struct repo_metric){ .name = arena_str(x->v->arena, name) };
	v->days = m->ndays ? arena_array(x->v->arena, m->ndays,
	    sizeof(*v->days)) : NULL;
	if (!v->name.p || (m->ndays && !v->days))
		return NULL;
	m->n++;
	return v;
}

static int
count_run(struct counting *x, const struct repo_run_row *row, struct err *e)
{
	struct contribs list;

	if (!contribs_of(row->run, x->scratch, &list))
		return read_spent(e);
	for (size_t i = 0; i < list.n; i++) {
		const struct contrib *c = &list.v[i];
		struct repo_metric *m;

		if (c->dim == DIM_TOTAL)
			add(x->all, c);
		if (c->dim != DIM_TOPIC)
			continue;
		m = metric_of(x, c->name);
		if (!m)
			return read_spent(e);
		add(&m->sum, c);
		if (m->days)
			add(&m->days[(c->ms - x->out->day_ms[0]) /
			    MS_PER_DAY], c);
	}
	return 0;
}

static int
count_page(struct counting *x, const struct hit *hits, size_t n,
    struct err *e)
{
	struct repo_run_row rows[HITS_PAGE];
	size_t step = HITS_PAGE, got = 0;

	for (size_t at = 0; at < n; at += got) {
		if (rows_load_some(x->v, x->scratch, hits + at, n - at, &step,
		    rows, &got, e))
			return e->code;
		for (size_t i = 0; i < got; i++) {
			/* Another agent may have its hash. */
			if (!rows[i].run ||
			    !str_eq(rows[i].run->agent, x->q->name))
				continue;
			if (count_run(x, &rows[i], e))
				return e->code;
		}
	}
	return 0;
}

static int
count_all(struct counting *x, struct err *e)
{
	struct hit page[HITS_PAGE];
	struct hits h;
	size_t n;

	hits_open(&h, x->v, INDEX_AGENT, x->q->name, x->q->from_ms,
	    x->q->to_ms);
	while (!h.is_done) {
		if (hits_next(&h, HITS_PAGE, page, &n, e))
			return e->code;
		x->runs += (int64_t)n;
		if (x->runs > REPO_TOPICS_AGENT_RUNS)
			return err_set(e, ERR_LIMIT, "range: the agent has "
			    "more than %d runs in it and in the one before",
			    REPO_TOPICS_AGENT_RUNS);
		if (count_page(x, page, n, e))
			return e->code;
	}
	return 0;
}

int
topics_of_agent(const struct repo_view *v, struct str agent,
    const struct repo_metrics_query *q, struct repo_metrics *out,
    struct rollup *all, struct err *e)
{
	struct repo_metrics_query days = *q;
	struct counting x = { .v = v, .q = &days, .out = out, .all = all };
	struct repo_metrics m = { 0 };
	int rc;

	*out = (struct repo_metrics){ .n = 0 };
	*all = (struct rollup)ROLLUP_INIT;
	days.dim = DIM_TOTAL;
	days.name = STR_NULL;
	if (range_check(q->from_ms, q->to_ms, e) ||
	    (q->by_day && repo_metrics(v, &days, &m, e)))
		return e->code;
	out->day_ms = m.day_ms;
	out->ndays = m.ndays;
	days.name = agent;
	x.scratch = arena_new(SCRATCH_MAX);
	rc = count_all(&x, e);
	arena_free(x.scratch);
	return rc;
}
