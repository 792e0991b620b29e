/* Metrics of runs, models, tools and feedback, all from rollups. */
#include <stdlib.h>

#include "api/call.h"

static int
query(struct api_call *c, enum repo_dim dim, struct str name,
    struct repo_metrics *m, struct err *e)
{
	const struct repo_metrics_query q = {
		.from_ms = c->params.from_ms, .to_ms = c->params.to_ms,
		.dim = dim, .name = name, .by_day = can_have_days(c),
		.tz_minutes = c->params.tz_offset_minutes,
	};

	return repo_metrics(&c->view, &q, m, e);
}

/* Of all runs, or of one agent's: exactly one, if only of zeros. */
static int
query_runs(struct api_call *c, struct repo_metrics *m,
    struct repo_metric *out, struct err *e)
{
	static const struct rollup none = ROLLUP_INIT;
	enum repo_dim dim = c->params.agent.p ? DIM_AGENT : DIM_TOTAL;

	if (query(c, dim, c->params.agent, m, e))
		return e->code;
	*out = (struct repo_metric){ .sum = none };
	if (m->n > 0)
		*out = m->v[0];
	else
		m->ndays = 0;
	return 0;
}

/* Member "series": an array by day, or null if the range is too long. */
static void
put_series(struct api_call *c, const struct repo_metrics *m,
    const struct repo_metric *of,
    void (*put)(struct json_writer *w, const struct rollup *r))
{
	struct json_writer *w = &c->json;

	json_put_key(w, "series");
	if (!can_have_days(c)) {
		json_put_null(w);
		return;
	}
	json_put_array(w);
	for (size_t i = 0; i < m->ndays; i++) {
		json_put_object(w);
		put_day(w, m->day_ms[i], c->params.tz_offset_minutes);
		put(w, &of->days[i]);
		json_put_object_end(w);
	}
	json_put_array_end(w);
}

/* Totals of all runs in the range and their series of days. */
static int
put_totals(struct api_call *c,
    void (*put_counts)(struct json_writer *, const struct rollup *),
    struct err *e)
{
	struct json_writer *w = &c->json;
	struct repo_metrics m;
	struct repo_metric all;

	if (query_runs(c, &m, &all, e))
		return e->code;
	put_data(c);
	json_put_object(w);
	json_put_key(w, "totals");
	json_put_object(w);
	put_counts(w, &all.sum);
	json_put_object_end(w);
	put_series(c, &m, &all, put_counts);
	json_put_object_end(w);
	put_data_end(c);
	return 0;
}

int
metrics_get(struct api_call *c, struct err *e)
{
	return put_totals(c, put_run_counts, e);
}

/* ---- models and tools ---- */

static int
by_calls(const void *a, const void *b)
{
	const struct repo_metric *x = a, *y = b;
	int64_t m = x->sum.c[COUNT_CALLS], n = y->sum.c[COUNT_CALLS];

	if (m != n)
		return m > n ? -1 : 1;
	return str_cmp(x->name, y->name);
}

static void
put_calls(struct json_writer *w, const struct rollup *r)
{
	const int64_t *n = r->c;

	json_member_i64(w, "calls", n[COUNT_CALLS]);
	json_member_i64(w, "errors", n[COUNT_ERRORS]);
	put_rate(w, "error_rate", n[COUNT_ERRORS], n[COUNT_CALLS]);
	json_member_i64(w, "run_count", n[COUNT_RUNS]);
	put_latency(w, "latency_ms", &r->duration_us, n[COUNT_ENDED],
	    n[COUNT_DURATION_US]);
}

static void
put_model_counts(struct json_writer *w, const struct rollup *r)
{
	put_calls(w, r);
	put_latency(w, "ttft_ms", &r->first_token_us,
	    r->c[COUNT_FIRST_TOKENS], r->c[COUNT_FIRST_TOKEN_US]);
	put_usage_rollup(w, r);
}

static int
put_breakdown(struct api_call *c, enum repo_dim dim, const char *name,
    void (*put)(struct json_writer *w, const struct rollup *r),
    struct err *e)
{
	struct json_writer *w = &c->json;
	struct repo_metrics m;
	size_t from, to;

	if (query(c, dim, STR_NULL, &m, e))
		return e->code;
	if (m.n)
		qsort(m.v, m.n, sizeof(*m.v), by_calls);
	list_window(c, m.n, &from, &to);
	put_list(c);
	for (size_t i = from; i < to; i++) {
		json_put_object(w);
		json_member_str(w, name, m.v[i].name);
		put(w, &m.v[i].sum);
		put_series(c, &m, &m.v[i], put);
		json_put_object_end(w);
	}
	put_list_end(c, to < m.n, (int64_t)m.n);
	return 0;
}

int
models_list(struct api_call *c, struct err *e)
{
	return put_breakdown(c, DIM_MODEL, "model", put_model_counts, e);
}

int
tools_list(struct api_call *c, struct err *e)
{
	return put_breakdown(c, DIM_TOOL, "tool_name", put_calls, e);
}

/* ---- feedback ---- */

static void
put_feedback_counts(struct json_writer *w, const struct rollup *r)
{
	const int64_t *n = r->c;
	int64_t up = n[COUNT_THUMBS_UP], down = n[COUNT_THUMBS_DOWN];

	json_member_i64(w, "run_count", n[COUNT_RUNS]);
	json_member_i64(w, "feedback_runs", n[COUNT_FEEDBACK_RUNS]);
	put_rate(w, "feedback_rate", n[COUNT_FEEDBACK_RUNS], n[COUNT_RUNS]);
	json_member_i64(w, "thumbs_up", up);
	json_member_i64(w, "thumbs_down", down);
	put_rate(w, "thumbs_up_rate", up, up + down);
	json_member_i64(w, "texts", n[COUNT_FEEDBACK_TEXTS]);
}

int
feedback_get(struct api_call *c, struct err *e)
{
	return put_totals(c, put_feedback_counts, e);
}

int
feedback_runs(struct api_call *c, struct err *e)
{
	struct repo_runs runs;

	if (repo_feedback_runs(&c->view, c->params.from_ms, c->params.to_ms,
	    c->params.limit, c->params.offset, &runs, e))
		return e->code;
	return put_run_list(c, &runs, e);
}
