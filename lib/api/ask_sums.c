/* Answers from rollups: totals, breakdowns, feedback. */
#include <stdlib.h>

#include "api/answer.h"
#include "base/clock.h"

static const struct answer_column totals_columns[] = {
	{ "period", NULL }, { "runs", NULL }, { "errors", NULL },
	{ "error_rate", NULL }, { "cost", "usd" }, { "total_tokens", NULL },
	{ "p50", "ms" }, { "p95", "ms" }, { "flagged_runs", NULL },
	{ NULL, NULL }
};

static void
put_numbers(struct answer *a, const struct rollup *r, bool of_calls)
{
	struct json_writer *w = &a->w;

	json_put_i64(w, r->c[of_calls ? COUNT_CALLS : COUNT_RUNS]);
	json_put_i64(w, r->c[COUNT_ERRORS]);
	json_put_double(w, answer_measure(r, ASK_ERROR_RATE, of_calls));
	json_put_double(w, answer_measure(r, ASK_COST, of_calls));
	json_put_i64(w, r->c[COUNT_TOTAL_TOKENS]);
	json_put_double(w,
	    (double)sketch_quantile(&r->duration_us, 0.5) / 1e3);
	json_put_double(w, answer_measure(r, ASK_LATENCY, of_calls));
}

static void
put_period(struct answer *a, const char *name, const struct rollup *r)
{
	answer_row(a);
	json_put_cstr(&a->w, name);
	put_numbers(a, r, false);
	json_put_i64(&a->w, r->c[COUNT_FLAGGED]);
	answer_row_end(a);
}

struct change {
	struct str name;
	const struct rollup *now, *then;
	double delta;
};

static int
by_delta(const void *a, const void *b)
{
	double x = ((const struct change *)a)->delta;
	double y = ((const struct change *)b)->delta;

	x = x < 0 ? -x : x;
	y = y < 0 ? -y : y;
	return x > y ? -1 : x < y;
}

static int
breakdown(struct answer *a, enum repo_dim dim, int64_t from, int64_t to,
    struct repo_metrics *m, struct err *e)
{
	struct repo_metrics_query q = { .from_ms = from, .to_ms = to,
	    .dim = dim };

	/* These are kept by whole days, and nothing has begun yet that is to
	 * come: the rest of today is free of charge. */
	if ((dim == DIM_USER || dim == DIM_ORG) && to % MS_PER_DAY &&
	    to > a->call->now_ms)
		q.to_ms += MS_PER_DAY - to % MS_PER_DAY;
	return repo_metrics(&a->call->view, &q, m, e);
}

const struct rollup *
answer_named(const struct repo_metrics *m, struct str name)
{
	static const struct rollup none = ROLLUP_INIT;

	for (size_t i = 0; i < m->n; i++)
		if (str_eq(m->v[i].name, name))
			return &m->v[i].sum;
	return &none;
}

/* Which model moved the cost or the tokens most: the parts add up. */
static int
say_reason(struct answer *a, struct err *e)
{
	const struct ask_plan *p = a->plan;
	enum ask_measure m = p->measure == ASK_TOKENS ? ASK_TOKENS : ASK_COST;
	struct repo_metrics now, then;
	struct change *v;
	size_t n = 0;

	if (p->measure != ASK_COST && p->measure != ASK_TOKENS)
		return 0;
	if (breakdown(a, DIM_MODEL, p->from_ms, p->to_ms, &now, e) ||
	    breakdown(a, DIM_MODEL, p->compare_from_ms, p->compare_to_ms,
	    &then, e))
		return e->code;
	v = arena_array(a->call->view.arena, now.n + then.n, sizeof(*v));
	if (!v)
		return err_set(e, ERR_LIMIT, "too many models");
	for (size_t i = 0; i < now.n; i++)
		v[n++] = (struct change){ now.v[i].name, &now.v[i].sum,
		    answer_named(&then, now.v[i].name), 0 };
	for (size_t i = 0; i < then.n; i++)
		if (answer_named(&now, then.v[i].name)->c[COUNT_CALLS] == 0)
			v[n++] = (struct change){ then.v[i].name,
			    answer_named(&now, then.v[i].name), &then.v[i].sum,
			    0 };
	for (size_t i = 0; i < n; i++)
		v[i].delta = answer_measure(v[i].now, m, true) -
		    answer_measure(v[i].then, m, true);
	if (n)
		qsort(v, n, sizeof(*v), by_delta);
	for (size_t i = 0; i < n && i < 3; i++) {
		answer_say(a, "%s%.*s: ", i ? "; " : " Model by model: ",
		    STR_FMT(v[i].name));
		answer_say_measure(a, v[i].now, m, true);
		answer_say(a, ", before ");
		answer_say_measure(a, v[i].then, m, true);
	}
	answer_say(a, n ? "." : " No model was called.");
	return 0;
}

int
find_totals(struct answer *a, struct err *e)
{
	const struct ask_plan *p = a->plan;
	struct str range = answer_range(a);
	struct rollup now, then;

	if (answer_rollup(a, p->from_ms, p->to_ms, &now, e) ||
	    (p->is_comparison && answer_rollup(a, p->compare_from_ms,
	    p->compare_to_ms, &then, e)))
		return e->code;
	answer_columns(a, totals_columns);
	put_period(a, "asked", &now);
	if (p->is_comparison)
		put_period(a, "before", &then);
	answer_table_end(a);
	answer_link(a, "Metrics", "/v1/metrics?%.*s", STR_FMT(range));
	answer_link(a, "Failures", "/v1/failures?%.*s&order_by=events",
	    STR_FMT(range));
	if (now.c[COUNT_RUNS] == 0)
		answer_say(a, "There were no runs in this time.");
	else
		answer_say_measure(a, &now, p->measure, false);
	if (p->is_comparison) {
		answer_say_change(a, &now, &then, p->measure, false);
		answer_say(a, ".");
		if (p->measure == ASK_COUNT) {
			answer_say(a, " Errors: ");
			answer_say_measure(a, &now, ASK_ERRORS, false);
			answer_say_change(a, &now, &then, ASK_ERROR_RATE,
			    false);
			answer_say(a, ". Cost: ");
			answer_say_measure(a, &now, ASK_COST, false);
			answer_say_change(a, &now, &then, ASK_COST, false);
			answer_say(a, ".");
		}
		return p->wants_reason ? say_reason(a, e) : 0;
	}
	if (now.c[COUNT_RUNS])
		answer_say(a, ".");
	return 0;
}

/* ---- breakdowns ---- */

static const struct {
	enum repo_dim dim;
	const char *one, *path;
	bool of_calls;
} dims[ASK_SUBJECTS] = {
	[ASK_TOOLS] = { DIM_TOOL, "tool", "/v1/tools", true },
	[ASK_MODELS] = { DIM_MODEL, "model", "/v1/models", true },
	[ASK_AGENTS] = { DIM_AGENT, "agent", "/v1/metrics", false },
	[ASK_USERS] = { DIM_USER, "user", "/v1/sessions", false },
	[ASK_ORGS] = { DIM_ORG, "organisation", "/v1/sessions", false },
};

static int
by_value(const void *a, const void *b)
{
	const struct change *x = a, *y = b;

	if (x->delta > y->delta || x->delta < y->delta)
		return x->delta > y->delta ? -1 : 1;
	return str_cmp(x->name, y->name);
}

static void
put_names(struct answer *a, const struct change *v, size_t n)
{
	bool of_calls = dims[a->plan->subject].of_calls;
	const struct answer_column columns[] = {
		{ dims[a->plan->subject].one, NULL },
		{ of_calls ? "calls" : "runs", NULL }, { "errors", NULL },
		{ "error_rate", NULL }, { "cost", "usd" },
		{ "total_tokens", NULL }, { "p50", "ms" }, { "p95", "ms" },
		{ NULL, NULL } };

	answer_columns(a, columns);
	for (size_t i = 0; i < n; i++) {
		answer_row(a);
		json_put_str(&a->w, v[i].name);
		put_numbers(a, v[i].now, of_calls);
		answer_row_end(a);
	}
	answer_table_end(a);
}

static void
say_names(struct answer *a, const struct change *v, size_t n)
{
	const struct ask_plan *p = a->plan;
	bool of_calls = dims[p->subject].of_calls;

	for (size_t i = 0; i < n && i < 3; i++) {
		answer_say(a, "%s%.*s: ", i ? "; then " : "",
		    STR_FMT(v[i].name));
		answer_say_measure(a, v[i].now, p->measure, of_calls);
		if (p->is_comparison)
			answer_say_change(a, v[i].now, v[i].then, p->measure,
			    of_calls);
	}
	answer_say(a, ".");
	if (p->agent.p && p->subject != ASK_AGENTS)
		answer_say(a, " This is over all agents: it is not counted "
		    "by agent.");
}

int
find_breakdown(struct answer *a, struct err *e)
{
	const struct ask_plan *p = a->plan;
	bool of_calls = dims[p->subject].of_calls;
	struct repo_metrics now, then = { 0 };
	struct str range = answer_range(a);
	struct change *v;
	size_t n = 0;

	if (p->pattern)
		return find_pattern_names(a, e);
	if (breakdown(a, dims[p->subject].dim, p->from_ms, p->to_ms, &now,
	    e) || (p->is_comparison && breakdown(a, dims[p->subject].dim,
	    p->compare_from_ms, p->compare_to_ms, &then, e)))
		return e->code;
	v = arena_array(a->call->view.arena, now.n, sizeof(*v));
	if (!v)
		return err_set(e, ERR_LIMIT, "too many names");
	for (size_t i = 0; i < now.n; i++) {
		double x = answer_measure(&now.v[i].sum, p->measure,
		    of_calls);

		/* Who has none of what is asked for is no answer. */
		if (!p->is_ascending && p->measure != ASK_COUNT && !(x > 0))
			continue;
		v[n++] = (struct change){ now.v[i].name, &now.v[i].sum,
		    answer_named(&then, now.v[i].name),
		    p->is_ascending ? -x : x };
	}
	if (n)
		qsort(v, n, sizeof(*v), by_value);
	n = MIN_OF(n, p->limit);
	put_names(a, v, n);
	if (n == 0)
		answer_say(a, "No %s with that in this time.",
		    dims[p->subject].one);
	else
		say_names(a, v, n);
	answer_link(a, "More", "%s?%.*s", dims[p->subject].path,
	    STR_FMT(range));
	return 0;
}

/* ---- feedback ---- */

static void
put_thumbs(struct answer *a, const char *period, const struct rollup *r)
{
	answer_row(a);
	json_put_cstr(&a->w, period);
	json_put_i64(&a->w, r->c[COUNT_THUMBS_UP]);
	json_put_i64(&a->w, r->c[COUNT_THUMBS_DOWN]);
	json_put_i64(&a->w, r->c[COUNT_FEEDBACK_TEXTS]);
	json_put_i64(&a->w, r->c[COUNT_FEEDBACK_RUNS]);
	answer_row_end(a);
}

static void
say_thumbs(struct answer *a, const struct rollup *r)
{
	answer_say(a, "%lld thumbs up, %lld thumbs down, %lld texts",
	    (long long)r->c[COUNT_THUMBS_UP],
	    (long long)r->c[COUNT_THUMBS_DOWN],
	    (long long)r->c[COUNT_FEEDBACK_TEXTS]);
}

int
find_feedback(struct answer *a, struct err *e)
{
	static const struct answer_column columns[] = { { "period", NULL },
		{ "thumbs_up", NULL }, { "thumbs_down", NULL },
		{ "texts", NULL }, { "runs", NULL }, { NULL, NULL } };
	const struct ask_plan *p = a->plan;
	struct str range = answer_range(a);
	struct rollup now, then;

	if (answer_rollup(a, p->from_ms, p->to_ms, &now, e) ||
	    (p->is_comparison && answer_rollup(a, p->compare_from_ms,
	    p->compare_to_ms, &then, e)))
		return e->code;
	answer_columns(a, columns);
	put_thumbs(a, "asked", &now);
	say_thumbs(a, &now);
	if (p->is_comparison) {
		put_thumbs(a, "before", &then);
		answer_say(a, "; before: ");
		say_thumbs(a, &then);
	}
	answer_say(a, ".");
	answer_table_end(a);
	answer_link(a, "Feedback", "/v1/feedback?%.*s", STR_FMT(range));
	answer_link(a, "Runs with feedback", "/v1/feedback/runs?%.*s",
	    STR_FMT(range));
	return 0;
}
