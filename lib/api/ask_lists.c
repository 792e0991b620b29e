/* Answers from lists: sessions, patterns, feedback, insights. */
#include <stdlib.h>

#include "api/answer.h"
#include "base/clock.h"
#include "detect/detect.h"

/* ---- sessions ---- */

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

/* How long it lasted is what is long about a conversation. */
static double
session_value(const struct ask_plan *p, const struct repo_session_row *s)
{
	const struct figure f = { .sum = s->sum };
	double v = p->measure == ASK_LATENCY ? (double)(s->last_ms -
	    s->first_ms) : figure_value(&f, p->measure, false);

	return p->is_ascending ? -v : v;
}

static void
put_session_row(struct answer *a, const struct repo_session_row *s)
{
	const struct figure f = { .sum = s->sum };
	struct json_writer *w = &a->w;

	answer_row(a);
	json_put_str(w, s->session_id);
	json_put_i64(w, s->sum.c[COUNT_RUNS]);
	json_put_i64(w, s->sum.c[COUNT_ERRORS]);
	json_put_double(w, figure_value(&f, ASK_COST, false));
	answer_put_time(a, s->first_ms);
	answer_put_time(a, s->last_ms);
	json_put_str(w, s->last ? s->last->agent : STR_NULL);
	json_put_str(w, s->last ? s->last->user_id : STR_NULL);
	answer_row_end(a);
}

static struct str
only_name(const struct ask_plan *p, enum ask_dim d)
{
	const struct ask_name *n = ask_name_of(p, d);

	return n && !n->is_part && ask_names_of(p, d) == 1 ? n->text :
	    STR_NULL;
}

/* What the list of sessions cannot filter by. */
static bool
is_filtered(const struct ask_plan *p)
{
	for (size_t i = 0; i < p->nnames; i++)
		if (p->names[i].is_not || p->names[i].is_part ||
		    p->names[i].dim == ASK_DIM_TOOL ||
		    p->names[i].dim == ASK_DIM_MODEL ||
		    ask_names_of(p, p->names[i].dim) > 1)
			return false;
	return (!p->has_where || p->where == ASK_COST ||
	    p->where == ASK_TOKENS || p->where == ASK_LATENCY) &&
	    !p->feedback;
}

/* Of a session it is the sum, and how long it lasted. */
static bool
passes_where(const struct ask_plan *p, const struct repo_session_row *s)
{
	double v = p->where == ASK_COST ? cost_usd_from_pico(
	    s->sum.c[COUNT_COST_PICO_USD]) : p->where == ASK_TOKENS ?
	    (double)s->sum.c[COUNT_TOTAL_TOKENS] :
	    (double)(s->last_ms - s->first_ms) / 1e3;

	return !p->has_where || (p->where_less ? v < p->where_value :
	    v > p->where_value);
}

static void
say_sessions(struct answer *a, const struct ranked_session *v, size_t n,
    bool more)
{
	const struct ask_plan *p = a->plan;

	answer_say(a, "%s", !more ? "" : p->has_where ?
	    "Of the latest 200, " : "More than ");
	answer_say_count(a, (int64_t)n, "session");
	answer_say(a, "%s in this time.", p->status == ASK_ERROR ?
	    " with failed runs" : p->status == ASK_OK ?
	    " with successful runs" : "");
	if (n && p->measure != ASK_NEWEST)
		answer_say(a, " First by %s%s: %.*s.",
		    p->measure == ASK_LATENCY ? "duration" :
		    ask_measure_name(p->measure), more ?
		    ", of the latest ones" : "",
		    STR_FMT(v[0].row->session_id));
	if (!is_filtered(p))
		answer_say(a, " Sessions can be filtered by agent, user, "
		    "organisation and status only: the other conditions are "
		    "not applied.");
}

int
find_sessions(struct answer *a, struct err *e)
{
	static const struct answer_column columns[] = {
		{ "session_id", NULL }, { "runs", NULL }, { "errors", NULL },
		{ "cost", "usd" }, { "first_activity", NULL },
		{ "last_activity", NULL }, { "agent", NULL },
		{ "user_id", NULL }, { NULL, NULL } };
	const struct ask_plan *p = a->plan;
	struct repo_filter f = REPO_FILTER_INIT;
	struct str range = answer_range_names(a);
	struct repo_sessions s;
	struct ranked_session *v;
	size_t n = 0;

	f.from_ms = p->from_ms;
	f.to_ms = p->to_ms;
	f.agent = only_name(p, ASK_DIM_AGENT);
	f.user_id = only_name(p, ASK_DIM_USER);
	f.org_id = only_name(p, ASK_DIM_ORG);
	f.session_id = only_name(p, ASK_DIM_SESSION);
	f.status = p->status == ASK_ERROR ? REPO_ERROR :
	    p->status == ASK_OK ? REPO_OK : REPO_ANY;
	f.limit = REPO_LIMIT_MAX;
	if (repo_sessions_list(&a->call->view, &f, &s, e))
		return e->code;
	v = arena_array(a->call->view.arena, s.n + 1, sizeof(*v));
	if (!v)
		return err_set(e, ERR_LIMIT, "too many sessions");
	for (size_t i = 0; i < s.n; i++)
		if (passes_where(p, &s.v[i]))
			v[n++] = (struct ranked_session){ &s.v[i],
			    session_value(p, &s.v[i]) };
	if (n && p->measure != ASK_NEWEST)
		qsort(v, n, sizeof(*v), by_session);
	answer_columns(a, columns);
	for (size_t i = 0; i < n && i < p->limit; i++)
		put_session_row(a, v[i].row);
	answer_table_end(a);
	say_sessions(a, v, n, s.has_more);
	answer_link(a, "Sessions", "/v1/sessions?%.*s", STR_FMT(range));
	return 0;
}

/* ---- patterns ---- */

struct ranked_pattern {
	const struct repo_metric *now;
	int64_t before;
	double value;
};

static int
by_pattern(const void *a, const void *b)
{
	const struct ranked_pattern *x = a, *y = b;

	if (x->value > y->value || x->value < y->value)
		return x->value > y->value ? -1 : 1;
	return str_cmp(x->now->name, y->now->name);
}

static int64_t
runs_named(const struct repo_patterns *p, struct str slug)
{
	for (size_t i = 0; i < p->m.n; i++)
		if (str_eq(p->m.v[i].name, slug))
			return p->m.v[i].sum.c[COUNT_RUNS];
	return 0;
}

static struct ranked_pattern *
rank_patterns(struct answer *a, const struct repo_patterns *now,
    const struct repo_patterns *then, size_t *n)
{
	const struct ask_plan *p = a->plan;
	struct ranked_pattern *v = arena_array(a->call->view.arena,
	    now->m.n + 1, sizeof(*v));

	*n = 0;
	for (size_t i = 0; v && i < now->m.n; i++) {
		const struct repo_metric *m = &now->m.v[i];
		int64_t was = runs_named(then, m->name);
		double x = (double)m->sum.c[COUNT_RUNS];

		if (p->by_change && now->runs && then->runs)
			x = x / (double)now->runs - (double)was /
			    (double)then->runs;
		if (m->sum.c[COUNT_RUNS])
			v[(*n)++] = (struct ranked_pattern){ m, was,
			    p->is_ascending || p->falls ? -x : x };
	}
	if (*n)
		qsort(v, *n, sizeof(*v), by_pattern);
	return v;
}

static double
share(int64_t part, int64_t whole)
{
	return whole ? (double)part / (double)whole : 0;
}

static void
put_patterns(struct answer *a, const struct ranked_pattern *v, size_t n,
    const struct repo_patterns *now, const struct repo_patterns *then)
{
	static const struct answer_column columns[] = { { "pattern", NULL },
		{ "runs", NULL }, { "share_of_runs", NULL },
		{ "runs_before", NULL }, { "share_before", NULL },
		{ NULL, NULL } };

	answer_columns(a, columns);
	for (size_t i = 0; i < n; i++) {
		int64_t runs = v[i].now->sum.c[COUNT_RUNS];

		answer_row(a);
		json_put_str(&a->w, v[i].now->name);
		json_put_i64(&a->w, runs);
		json_put_double(&a->w, share(runs, now->runs));
		if (a->plan->is_comparison) {
			json_put_i64(&a->w, v[i].before);
			json_put_double(&a->w, share(v[i].before,
			    then->runs));
		} else {
			json_put_null(&a->w);
			json_put_null(&a->w);
		}
		answer_row_end(a);
	}
	answer_table_end(a);
	for (size_t i = 0; i < n && i < 3; i++) {
		int64_t runs = v[i].now->sum.c[COUNT_RUNS];

		answer_say(a, "%s%.*s in ", i ? ", " : "",
		    STR_FMT(v[i].now->name));
		answer_say_count(a, runs, "run");
		if (a->plan->is_comparison)
			answer_say(a, " (%.1f %%, before %.1f %%)",
			    100 * share(runs, now->runs),
			    100 * share(v[i].before, then->runs));
	}
	if (n)
		answer_say(a, ", of ");
	else
		answer_say(a, "No pattern was found in the ");
	answer_say_count(a, now->runs, "run");
	answer_say(a, n ? "." : " of this time.");
}

int
find_patterns(struct answer *a, struct err *e)
{
	const struct ask_plan *p = a->plan;
	struct repo_patterns now, then = { .runs = 0 };
	struct ranked_pattern *v;
	size_t n;

	if (repo_patterns_list(&a->call->view, p->from_ms, p->to_ms, false,
	    &now, e) || (p->is_comparison && repo_patterns_list(
	    &a->call->view, p->compare_from_ms, p->compare_to_ms, false,
	    &then, e)))
		return e->code;
	v = rank_patterns(a, &now, &then, &n);
	if (!v)
		return err_set(e, ERR_LIMIT, "too many patterns");
	put_patterns(a, v, MIN_OF(n, p->limit), &now, &then);
	if (p->nnames)
		answer_say(a, " This is over all runs: patterns are listed "
		    "without names; ask for one of them, such as \"users "
		    "frustrated with …\".");
	answer_link(a, "Patterns", "/v1/patterns?%.*s",
	    STR_FMT(answer_range(a)));
	return 0;
}

/* ---- feedback ---- */

static void
put_thumbs(struct answer *a, const char *period, const struct figure *f)
{
	answer_row(a);
	json_put_cstr(&a->w, period);
	json_put_i64(&a->w, f->sum.c[COUNT_THUMBS_UP]);
	json_put_i64(&a->w, f->sum.c[COUNT_THUMBS_DOWN]);
	json_put_i64(&a->w, f->sum.c[COUNT_FEEDBACK_TEXTS]);
	json_put_i64(&a->w, f->sum.c[COUNT_FEEDBACK_RUNS]);
	answer_row_end(a);
}

static void
say_thumbs(struct answer *a, const struct figure *f)
{
	answer_say(a, "%lld thumbs up, %lld thumbs down, %lld text%s",
	    (long long)f->sum.c[COUNT_THUMBS_UP],
	    (long long)f->sum.c[COUNT_THUMBS_DOWN],
	    (long long)f->sum.c[COUNT_FEEDBACK_TEXTS],
	    f->sum.c[COUNT_FEEDBACK_TEXTS] == 1 ? "" : "s");
}

int
find_feedback(struct answer *a, struct err *e)
{
	static const struct answer_column columns[] = { { "period", NULL },
		{ "thumbs_up", NULL }, { "thumbs_down", NULL },
		{ "texts", NULL }, { "runs", NULL }, { NULL, NULL } };
	const struct ask_plan *p = a->plan;
	struct str range = answer_range(a);
	struct figures now, then = { .v = NULL };

	if (figures_of(a, DIM_TOTAL, p->from_ms, p->to_ms, &now, e))
		return e->code;
	if (p->is_comparison && figures_of(a, DIM_TOTAL, p->compare_from_ms,
	    p->compare_to_ms, &then, e)) {
		figures_fini(&now);
		return e->code;
	}
	answer_columns(a, columns);
	put_thumbs(a, "asked", figures_named(&now, STR(""), 0));
	say_thumbs(a, figures_named(&now, STR(""), 0));
	if (p->is_comparison) {
		put_thumbs(a, "before", figures_named(&then, STR(""), 0));
		answer_say(a, "; before: ");
		say_thumbs(a, figures_named(&then, STR(""), 0));
	}
	answer_say(a, ".");
	answer_table_end(a);
	answer_say_cut(a, &now);
	figures_fini(&now);
	figures_fini(&then);
	answer_link(a, "Feedback", "/v1/feedback?%.*s", STR_FMT(range));
	answer_link(a, "Runs with feedback", "/v1/feedback/runs?%.*s",
	    STR_FMT(range));
	return 0;
}

/* ---- insights ---- */

int
find_insights(struct answer *a, struct err *e)
{
	static const struct answer_column columns[] = {
		{ "insight_id", NULL }, { "period", NULL }, { "from", NULL },
		{ "title", NULL }, { NULL, NULL } };
	const struct ask_plan *p = a->plan;
	struct json_writer *w = &a->w;
	struct repo_insights v;
	size_t n = 0, first = 0;

	if (repo_insights_list(&a->call->view, REPO_LIMIT_MAX, 0, &v, e))
		return e->code;
	answer_columns(a, columns);
	for (size_t i = 0; i < v.n && n < p->limit; i++) {
		/* Of a time that was named: those whose period touches it. */
		if (p->has_time && (floor_div(v.v[i]->to_ns, NS_PER_MS) <=
		    p->from_ms || floor_div(v.v[i]->from_ns, NS_PER_MS) >=
		    p->to_ms))
			continue;
		first = n++ == 0 ? i : first;
		answer_row(a);
		json_put_str(w, v.v[i]->base.id);
		json_put_str(w, v.v[i]->period);
		answer_put_time(a, floor_div(v.v[i]->from_ns, NS_PER_MS));
		json_put_str(w, v.v[i]->title);
		answer_row_end(a);
	}
	answer_table_end(a);
	if (n)
		answer_say(a, "The latest of %zu: %.*s.", n,
		    STR_FMT(v.v[first]->title));
	else
		answer_say(a, v.n ? "No insight is about this time." :
		    "There are no insights yet.");
	answer_link(a, "Insights", "/v1/insights?source=%s",
	    event_env_name(a->call->view.scope.env));
	return 0;
}
