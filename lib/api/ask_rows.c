/* Answers from lists: runs, failures, sessions, insights. */
#include <stdlib.h>

#include "api/answer.h"
#include "base/clock.h"

enum { SORTED_MAX = REPO_LIMIT_MAX };

static void
put_time(struct json_writer *w, int64_t ms)
{
	char text[CLOCK_ISO_MAX];

	clock_format_iso(ms, text);
	json_put_cstr(w, text);
}

/* ---- runs ---- */

static double
run_value(const struct run_totals *t, enum ask_measure m)
{
	switch (m) {
	case ASK_COST: return (double)t->cost_pico_usd;
	case ASK_TOKENS: return (double)t->total_tokens;
	case ASK_LATENCY: return (double)t->duration_ns;
	case ASK_COUNT:
	case ASK_ERRORS:
	case ASK_ERROR_RATE:
	case ASK_FLAGGED:
	case ASK_MEASURES: break;
	}
	return 0;
}

struct ranked {
	const struct repo_run_row *row;
	double value;
};

static int
by_rank(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;

	if (x->value > y->value || x->value < y->value)
		return x->value > y->value ? -1 : 1;
	return x->row < y->row ? -1 : x->row > y->row;
}

static int
read_runs(struct answer *a, struct repo_runs *runs, struct err *e)
{
	const struct ask_plan *p = a->plan;
	struct repo_filter f = REPO_FILTER_INIT;

	if (p->pattern)
		return repo_pattern_runs(&a->call->view,
		    str_from(p->pattern), p->from_ms, p->to_ms, SORTED_MAX, 0,
		    runs, e);
	f.from_ms = p->from_ms;
	f.to_ms = p->to_ms;
	f.agent = p->agent;
	f.status = p->only_errors ? REPO_ERROR : REPO_ANY;
	f.limit = SORTED_MAX;
	return repo_runs_list(&a->call->view, &f, runs, e);
}

static void
put_run_rows(struct answer *a, const struct ranked *v, size_t n)
{
	static const struct answer_column columns[] = { { "run_id", NULL },
		{ "start_time", NULL }, { "status", NULL },
		{ "agent", NULL }, { "user_id", NULL },
		{ "duration", "ms" }, { "cost", "usd" },
		{ "total_tokens", NULL }, { "user_prompt", NULL },
		{ NULL, NULL } };
	struct json_writer *w = &a->w;

	answer_columns(a, columns);
	for (size_t i = 0; i < n; i++) {
		const struct repo_run_row *row = v[i].row;
		const struct run *run = row->run;

		answer_row(a);
		json_put_str(w, run->base.id);
		put_time(w, row->start_ms);
		json_put_cstr(w, run->status == STATUS_ERROR ? "error" :
		    "ok");
		json_put_str(w, run->agent);
		json_put_str(w, run->user_id);
		json_put_double(w, (double)row->totals.duration_ns / 1e6);
		json_put_double(w,
		    cost_usd_from_pico(row->totals.cost_pico_usd));
		json_put_i64(w, row->totals.total_tokens);
		json_put_str(w, str_utf8_prefix(run->user_prompt, 200));
		answer_row_end(a);
	}
	answer_table_end(a);
}

static void
link_runs(struct answer *a)
{
	const struct ask_plan *p = a->plan;
	struct str range = answer_range(a);

	if (p->pattern)
		answer_link(a, "Runs with the pattern",
		    "/v1/patterns/%s/runs?%.*s", p->pattern, STR_FMT(range));
	else
		answer_link(a, "Runs", "/v1/runs?%.*s%s", STR_FMT(range),
		    p->only_errors ? "&status=error" : "");
}

static void
say_runs(struct answer *a, size_t n, const struct repo_runs *runs,
    bool sorted)
{
	const struct ask_plan *p = a->plan;
	const char *kind = p->only_errors ? "failed runs" : "runs";

	if (n == 0) {
		answer_say(a, "No %s%s%s in this time.", kind,
		    p->pattern ? " with " : "", p->pattern ? p->pattern : "");
		return;
	}
	answer_say(a, "%s%zu %s", runs->has_more ? "More than " : "",
	    runs->n, kind);
	if (p->pattern)
		answer_say(a, " with %s", p->pattern);
	if (sorted)
		answer_say(a, "; the %zu with the %s %s%s follow.", n,
		    p->is_ascending ? "least" : "most",
		    ask_measure_name(p->measure),
		    runs->has_more ? ", of the latest ones looked at," : "");
	else
		answer_say(a, "; the latest %zu follow.", n);
}

int
find_runs(struct answer *a, struct err *e)
{
	const struct ask_plan *p = a->plan;
	struct repo_runs runs;
	struct ranked *v;
	bool sorted = p->measure == ASK_COST || p->measure == ASK_TOKENS ||
	    p->measure == ASK_LATENCY;
	size_t n = 0;

	if (read_runs(a, &runs, e))
		return e->code;
	v = arena_array(a->call->view.arena, runs.n, sizeof(*v));
	if (!v)
		return err_set(e, ERR_LIMIT, "too many runs");
	for (size_t i = 0; i < runs.n; i++) {
		double x = run_value(&runs.v[i].totals, p->measure);

		if (p->pattern && p->agent.p &&
		    !str_eq(p->agent, runs.v[i].run->agent))
			continue;
		v[n++] = (struct ranked){ &runs.v[i],
		    p->is_ascending ? -x : x };
	}
	runs.n = n;
	if (n && sorted)
		qsort(v, n, sizeof(*v), by_rank);
	n = MIN_OF(n, p->limit);
	put_run_rows(a, v, n);
	say_runs(a, n, &runs, sorted);
	link_runs(a);
	for (size_t i = 0; i < n && i < 3; i++)
		answer_link(a, "Run", "/v1/runs/%.*s?source=%s",
		    STR_FMT(answer_escape(a, v[i].row->run->base.id)),
		    event_env_name(a->call->view.scope.env));
	return 0;
}

/* ---- failures ---- */

static void
put_failure_rows(struct answer *a, const struct repo_failure **v, size_t n)
{
	static const struct answer_column columns[] = {
		{ "failure_id", NULL }, { "template", NULL },
		{ "entity_type", NULL }, { "events", NULL },
		{ "runs", NULL }, { "status", NULL },
		{ "first_seen", NULL }, { "last_seen", NULL },
		{ NULL, NULL } };
	struct json_writer *w = &a->w;

	answer_columns(a, columns);
	for (size_t i = 0; i < n; i++) {
		answer_row(a);
		json_put_str(w, v[i]->failure_id);
		json_put_str(w, v[i]->template);
		json_put_str(w, v[i]->entity_type);
		json_put_i64(w, v[i]->events);
		json_put_i64(w, v[i]->runs);
		json_put_cstr(w, v[i]->is_regressed ? "regressed" :
		    repo_failure_status_name(v[i]->status));
		put_time(w, v[i]->first_seen_ms);
		put_time(w, v[i]->last_seen_ms);
		answer_row_end(a);
	}
	answer_table_end(a);
}

int
find_failures(struct answer *a, struct err *e)
{
	const struct ask_plan *p = a->plan;
	const struct repo_failure_query q = { .from_ms = p->from_ms,
	    .to_ms = p->to_ms, .order = BY_EVENTS,
	    .ascending = p->is_ascending, .status = -1,
	    .limit = REPO_LIMIT_MAX };
	const struct repo_failure *v[ASK_LIMIT_MAX];
	struct str range = answer_range(a);
	struct repo_failures f;
	size_t n = 0;

	if (repo_failures_list(&a->call->view, &q, &f, e))
		return e->code;
	for (size_t i = 0; i < f.n && n < p->limit; i++)
		if (!p->only_new || f.v[i].first_seen_ms >= p->from_ms)
			v[n++] = &f.v[i];
	put_failure_rows(a, v, n);
	if (n == 0)
		answer_say(a, "No %sfailures in this time.",
		    p->only_new ? "new " : "");
	else if (!p->only_new)
		answer_say(a, "%zu failure pattern%s. ", f.total,
		    f.total == 1 ? "" : "s");
	for (size_t i = 0; i < n && i < 3; i++)
		answer_say(a, "%s\"%.*s\" (%s%lld time%s in %lld run%s)",
		    i ? ", then " : p->is_ascending ? "Least common: " :
		    p->only_new ? "New: " : "Most common: ",
		    (int)MIN_OF(v[i]->template.n, (size_t)200),
		    v[i]->template.p, v[i]->is_regressed ? "regressed, " : "",
		    (long long)v[i]->events, v[i]->events == 1 ? "" : "s",
		    (long long)v[i]->runs, v[i]->runs == 1 ? "" : "s");
	if (n)
		answer_say(a, ".");
	answer_link(a, "Failures", "/v1/failures?%.*s&order_by=events",
	    STR_FMT(range));
	for (size_t i = 0; i < n && i < 3; i++)
		answer_link(a, "Failure", "/v1/failures/%.*s?%.*s",
		    STR_FMT(answer_escape(a, v[i]->failure_id)),
		    STR_FMT(range));
	return 0;
}

/* ---- sessions ---- */

static void
put_session_row(struct answer *a, const struct repo_session_row *s)
{
	struct json_writer *w = &a->w;

	answer_row(a);
	json_put_str(w, s->session_id);
	json_put_i64(w, s->sum.c[COUNT_RUNS]);
	json_put_i64(w, s->sum.c[COUNT_ERRORS]);
	json_put_double(w, answer_measure(&s->sum, ASK_COST, false));
	put_time(w, s->last_ms);
	json_put_str(w, s->last ? s->last->agent : STR_NULL);
	json_put_str(w, s->last ? s->last->user_id : STR_NULL);
	answer_row_end(a);
}

struct ranked_session {
	const struct repo_session_row *row;
	double value;
};

static int
by_session(const void *a, const void *b)
{
	const struct ranked_session *x = a, *y = b;

	if (x->value > y->value || x->value < y->value)
		return x->value > y->value ? -1 : 1;
	return x->row < y->row ? -1 : x->row > y->row;
}

int
find_sessions(struct answer *a, struct err *e)
{
	static const struct answer_column columns[] = {
		{ "session_id", NULL }, { "runs", NULL }, { "errors", NULL },
		{ "cost", "usd" }, { "last_activity", NULL },
		{ "agent", NULL }, { "user_id", NULL }, { NULL, NULL } };
	const struct ask_plan *p = a->plan;
	struct ranked_session v[SORTED_MAX];
	struct repo_filter f = REPO_FILTER_INIT;
	struct str range = answer_range(a);
	struct repo_sessions s;
	size_t n = 0, all;

	f.from_ms = p->from_ms;
	f.to_ms = p->to_ms;
	f.agent = p->agent;
	f.status = p->only_errors ? REPO_ERROR : REPO_ANY;
	f.limit = SORTED_MAX;
	if (repo_sessions_list(&a->call->view, &f, &s, e))
		return e->code;
	for (size_t i = 0; i < s.n; i++) {
		double x = answer_measure(&s.v[i].sum, p->measure, false);

		v[n++] = (struct ranked_session){ &s.v[i],
		    p->is_ascending ? -x : x };
	}
	if (n)
		qsort(v, n, sizeof(*v), by_session);
	all = n;
	n = MIN_OF(n, p->limit);
	answer_columns(a, columns);
	for (size_t i = 0; i < n; i++)
		put_session_row(a, v[i].row);
	answer_table_end(a);
	answer_say(a, "%s%zu sessions%s in this time.",
	    s.has_more ? "More than " : "", all,
	    p->only_errors ? " with failed runs" : "");
	if (n)
		answer_say(a, " First by %s: %.*s.",
		    ask_measure_name(p->measure),
		    STR_FMT(v[0].row->session_id));
	answer_link(a, "Sessions", "/v1/sessions?%.*s", STR_FMT(range));
	return 0;
}

/* ---- insights ---- */

int
find_insights(struct answer *a, struct err *e)
{
	static const struct answer_column columns[] = {
		{ "insight_id", NULL }, { "period", NULL }, { "from", NULL },
		{ "title", NULL }, { NULL, NULL } };
	struct json_writer *w = &a->w;
	struct repo_insights v;

	if (repo_insights_list(&a->call->view, a->plan->limit, 0, &v, e))
		return e->code;
	answer_columns(a, columns);
	for (size_t i = 0; i < v.n; i++) {
		answer_row(a);
		json_put_str(w, v.v[i]->base.id);
		json_put_str(w, v.v[i]->period);
		put_time(w, floor_div(v.v[i]->from_ns, NS_PER_MS));
		json_put_str(w, v.v[i]->title);
		answer_row_end(a);
	}
	answer_table_end(a);
	if (v.n)
		answer_say(a, "The latest of %zu: %.*s.", v.n,
		    STR_FMT(v.v[0]->title));
	else
		answer_say(a, "There are no insights yet.");
	answer_link(a, "Insights", "/v1/insights?source=%s",
	    event_env_name(a->call->view.scope.env));
	return 0;
}
