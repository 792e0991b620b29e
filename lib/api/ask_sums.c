/* Answers from rollups: totals, breakdowns, patterns, feedback. */
#include <stdlib.h>

#include "api/answer.h"
#include "base/clock.h"
#include "base/map.h"
#include "detect/detect.h"

enum { GROUPED_RUNS_MAX = 2000 };

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

static const struct rollup *
find_name(const struct repo_metrics *m, struct str name)
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
		    find_name(&then, now.v[i].name), 0 };
	for (size_t i = 0; i < then.n; i++)
		if (find_name(&now, then.v[i].name)->c[COUNT_CALLS] == 0)
			v[n++] = (struct change){ then.v[i].name,
			    find_name(&now, then.v[i].name), &then.v[i].sum,
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

static int find_pattern_names(struct answer *a, struct err *e);

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
		    find_name(&then, now.v[i].name),
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

/* ---- patterns ---- */

struct group {
	int64_t runs;
	struct str example;     /* run id */
	struct str name;
};

static int
by_group(const void *a, const void *b)
{
	const struct group *x = *(struct group *const *)a;
	const struct group *y = *(struct group *const *)b;

	if (x->runs != y->runs)
		return x->runs > y->runs ? -1 : 1;
	return str_cmp(x->name, y->name);
}

static struct str
name_of(enum ask_subject s, const struct run *run)
{
	return s == ASK_USERS ? run->user_id : s == ASK_ORGS ? run->org_id :
	    run->agent;
}

/* Counts the runs that show the pattern; *n is how many were read. */
static int
group_runs(struct answer *a, struct map *groups, size_t *n, bool *all,
    struct err *e)
{
	const struct ask_plan *p = a->plan;
	struct arena *arena = a->call->view.arena;
	struct repo_runs runs = { .has_more = true };

	for (*n = 0; runs.has_more && *n < GROUPED_RUNS_MAX; *n += runs.n) {
		if (repo_pattern_runs(&a->call->view, str_from(p->pattern),
		    p->from_ms, p->to_ms, REPO_LIMIT_MAX, *n, &runs, e))
			return e->code;
		for (size_t i = 0; i < runs.n; i++) {
			const struct run *run = runs.v[i].run;
			struct str name = name_of(p->subject, run);
			struct group *g;
			void **slot;

			if (!name.n || (p->agent.p &&
			    !str_eq(p->agent, run->agent)))
				continue;
			slot = map_put(groups, name);
			if (!*slot && !(*slot = arena_alloc(arena,
			    sizeof(*g))))
				return err_set(e, ERR_LIMIT, "too many");
			g = *slot;
			if (g->runs++ == 0)
				*g = (struct group){ 1, run->base.id, name };
		}
		if (runs.n == 0)
			break;
	}
	*all = !runs.has_more;
	return 0;
}

static int
put_groups(struct answer *a, const struct map *groups, size_t *n,
    struct err *e)
{
	static const struct answer_column columns[] = { { "name", NULL },
		{ "runs", NULL }, { "latest_run_id", NULL }, { NULL, NULL } };
	struct group **v = arena_array(a->call->view.arena,
	    map_count(groups), sizeof(*v));
	size_t it = 0;
	void *g;

	*n = 0;
	if (!v)
		return err_set(e, ERR_LIMIT, "too many");
	while (map_next(groups, &it, NULL, &g))
		v[(*n)++] = g;
	if (*n)
		qsort(v, *n, sizeof(struct group *), by_group);
	*n = MIN_OF(*n, a->plan->limit);
	answer_columns(a, columns);
	for (size_t i = 0; i < *n; i++) {
		answer_row(a);
		json_put_str(&a->w, v[i]->name);
		json_put_i64(&a->w, v[i]->runs);
		json_put_str(&a->w, v[i]->example);
		answer_row_end(a);
		if (i < 3)
			answer_say(a, "%s%.*s (%lld runs)",
			    i ? ", " : "", STR_FMT(v[i]->name),
			    (long long)v[i]->runs);
	}
	answer_table_end(a);
	return 0;
}

/* Whom a pattern concerns: from the runs that show it. */
static int
find_pattern_names(struct answer *a, struct err *e)
{
	const struct ask_plan *p = a->plan;
	struct map *groups = map_new();
	struct str range = answer_range(a);
	size_t read = 0, n = 0;
	bool all = true;
	int rc = group_runs(a, groups, &read, &all, e);

	if (!rc)
		rc = put_groups(a, groups, &n, e);
	map_free(groups, NULL);
	if (rc)
		return rc;
	if (n == 0)
		answer_say(a, "No %s has a run with %s in this time",
		    dims[p->subject].one, p->pattern);
	answer_say(a, ".");
	if (!all)
		answer_say(a, " Counted over the latest %zu runs with the "
		    "pattern.", read);
	answer_link(a, "Runs with the pattern", "/v1/patterns/%s/runs?%.*s",
	    p->pattern, STR_FMT(range));
	return 0;
}

static int64_t
pattern_runs(const struct repo_patterns *p, const char *slug)
{
	return find_name(&p->m, str_from(slug))->c[COUNT_RUNS];
}

static int
patterns_of(struct answer *a, int64_t from, int64_t to,
    struct repo_patterns *out, struct err *e)
{
	return repo_patterns_list(&a->call->view, from, to, false, out, e);
}

/* Slugs by runs, most first; few, so simply. */
static int
by_pattern(const void *a, const void *b)
{
	const struct repo_metric *x = a, *y = b;
	int64_t m = x->sum.c[COUNT_RUNS], n = y->sum.c[COUNT_RUNS];

	return m != n ? (m > n ? -1 : 1) : str_cmp(x->name, y->name);
}

static void
say_one_pattern(struct answer *a, const struct repo_patterns *now,
    const struct repo_patterns *then)
{
	const struct ask_plan *p = a->plan;
	const struct detect_pattern *d =
	    detect_pattern_by_slug(str_from(p->pattern));
	bool about_user = d && d->is_about_user;
	long long n = pattern_runs(now, p->pattern);
	long long of = about_user ? now->conversational_runs : now->runs;

	answer_say(a, "%s: %lld of %lld %sruns (%.1f %%)",
	    d ? d->name : p->pattern, n, of,
	    about_user ? "conversational " : "",
	    of ? 100.0 * (double)n / (double)of : 0);
	if (p->is_comparison) {
		long long m = pattern_runs(then, p->pattern);
		long long was = about_user ? then->conversational_runs :
		    then->runs;

		answer_say(a, ", before %lld of %lld (%.1f %%)", m, was,
		    was ? 100.0 * (double)m / (double)was : 0);
	}
	answer_say(a, ".");
}

int
find_patterns(struct answer *a, struct err *e)
{
	static const struct answer_column columns[] = { { "pattern", NULL },
		{ "runs", NULL }, { "share_of_runs", NULL },
		{ "runs_before", NULL }, { NULL, NULL } };
	const struct ask_plan *p = a->plan;
	struct repo_patterns now, then = { 0 };
	struct str range = answer_range(a);
	size_t said = 0;

	if (patterns_of(a, p->from_ms, p->to_ms, &now, e) ||
	    (p->is_comparison && patterns_of(a, p->compare_from_ms,
	    p->compare_to_ms, &then, e)))
		return e->code;
	if (now.m.n)
		qsort(now.m.v, now.m.n, sizeof(*now.m.v), by_pattern);
	answer_columns(a, columns);
	for (size_t i = 0; i < now.m.n; i++) {
		const struct repo_metric *m = &now.m.v[i];
		long long n = m->sum.c[COUNT_RUNS];

		if ((p->pattern && !str_is(m->name, p->pattern)) || n == 0)
			continue;
		answer_row(a);
		json_put_str(&a->w, m->name);
		json_put_i64(&a->w, n);
		json_put_double(&a->w, (double)n / (double)now.runs);
		if (p->is_comparison)
			json_put_i64(&a->w,
			    find_name(&then.m, m->name)->c[COUNT_RUNS]);
		else
			json_put_null(&a->w);
		answer_row_end(a);
		if (!p->pattern && said < 3)
			answer_say(a, "%s%.*s in %lld runs",
			    said++ ? ", " : "", STR_FMT(m->name), n);
	}
	answer_table_end(a);
	if (p->pattern)
		say_one_pattern(a, &now, &then);
	else if (said)
		answer_say(a, ", of %lld runs.", (long long)now.runs);
	else
		answer_say(a, "No pattern was found in the %lld runs of this "
		    "time.", (long long)now.runs);
	answer_link(a, "Patterns", "/v1/patterns?%.*s", STR_FMT(range));
	if (p->pattern)
		answer_link(a, "Runs with the pattern",
		    "/v1/patterns/%s/runs?%.*s", p->pattern, STR_FMT(range));
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
