/* Answers that are sums: totals and their series; tables of figures. */
#include "api/answer.h"
#include "base/clock.h"
#include "detect/detect.h"

/* ---- rows of figures ---- */

static void
put_numbers(struct answer *a, const struct figure *f, bool of_calls)
{
	struct json_writer *w = &a->w;
	const int64_t *n = f->sum.c;

	json_put_i64(w, n[of_calls ? COUNT_CALLS : COUNT_RUNS]);
	json_put_i64(w, n[COUNT_ERRORS]);
	json_put_double(w, figure_value(f, ASK_ERROR_RATE, of_calls));
	json_put_double(w, figure_value(f, ASK_COST, of_calls));
	json_put_i64(w, n[COUNT_TOTAL_TOKENS]);
	json_put_double(w, figure_value(f, ASK_LATENCY_P50, of_calls));
	json_put_double(w, figure_value(f, ASK_LATENCY_P95, of_calls));
}

/* Measures that are not in every table have a column of their own. */
static bool
is_common(enum ask_measure m)
{
	return m == ASK_COUNT || m == ASK_NEWEST || m == ASK_NUMBER ||
	    m == ASK_ERRORS || m == ASK_ERROR_RATE || m == ASK_COST ||
	    m == ASK_TOKENS || m == ASK_LATENCY || m == ASK_LATENCY_P50 ||
	    m == ASK_LATENCY_P95;
}

static const char *
unit_of(enum ask_measure m)
{
	return m == ASK_COST_PER_RUN ? "usd" : m == ASK_LATENCY_AVG ||
	    m == ASK_LATENCY_P99 || m == ASK_FIRST_TOKEN ? "ms" : NULL;
}

/* Of a pattern, only how many runs show it and of how many is meant. */
void
answer_open_table(struct answer *a, const char *first, bool of_calls,
    bool series, bool before)
{
	const struct ask_plan *p = a->plan;
	struct answer_column v[16] = { { first, NULL } };
	size_t n = 1;

	if (series)
		v[n++] = (struct answer_column){ "from", NULL };
	v[n++] = (struct answer_column){ of_calls ? "calls" : "runs", NULL };
	if (p->pattern) {
		v[n++] = (struct answer_column){ "of_runs", NULL };
		v[n++] = (struct answer_column){ "share", NULL };
	} else {
		v[n++] = (struct answer_column){ "errors", NULL };
		v[n++] = (struct answer_column){ "error_rate", NULL };
		v[n++] = (struct answer_column){ "cost", "usd" };
		v[n++] = (struct answer_column){ "total_tokens", NULL };
		v[n++] = (struct answer_column){ "p50", "ms" };
		v[n++] = (struct answer_column){ "p95", "ms" };
	}
	if (!is_common(p->measure) && p->measure != ASK_SHARE)
		v[n++] = (struct answer_column){ ask_measure_name(p->measure),
		    unit_of(p->measure) };
	if (before)
		v[n++] = (struct answer_column){ "before", NULL };
	if (p->pattern)
		v[n++] = (struct answer_column){ "latest_run_id", NULL };
	v[n] = (struct answer_column){ NULL, NULL };
	answer_columns(a, v);
}

/* The cells that open_table promised, from the second on. */
void
answer_put_cells(struct answer *a, const struct figure *f, bool of_calls,
    int64_t from_ms, const struct figure *before)
{
	const struct ask_plan *p = a->plan;

	if (from_ms >= 0)
		answer_put_time(a, from_ms);
	if (p->pattern) {
		json_put_i64(&a->w, f->sum.c[COUNT_RUNS]);
		json_put_i64(&a->w, f->base);
		json_put_double(&a->w, figure_value(f, ASK_SHARE, false));
	} else {
		put_numbers(a, f, of_calls);
	}
	if (!is_common(p->measure) && p->measure != ASK_SHARE)
		json_put_double(&a->w, figure_value(f, p->measure, of_calls));
	if (before)
		json_put_double(&a->w, figure_value(before, p->measure,
		    of_calls));
	if (p->pattern)
		json_put_str(&a->w, f->example.n ? f->example : STR_NULL);
	answer_row_end(a);
}

void
answer_link_figures(struct answer *a, const char *path)
{
	struct str range = answer_range(a);

	if (a->plan->pattern && strcmp(a->plan->pattern, "any") != 0)
		answer_link(a, "Runs with the pattern",
		    "/v1/patterns/%s/runs?%.*s", a->plan->pattern,
		    STR_FMT(range));
	answer_link(a, "More", "%s?%.*s", path, STR_FMT(range));
}

/* ---- series ---- */

static int
find_series(struct answer *a, const int64_t *edges, size_t n, struct err *e)
{
	const struct ask_plan *p = a->plan;
	struct figures f;
	size_t best = 0;

	if (figures_read(a, DIM_TOTAL, edges, n, &f, e))
		return e->code;
	answer_open_table(a, "period", f.of_calls, true, false);
	for (size_t i = 0; i + 1 < n; i++) {
		const struct figure *x = figures_named(&f, STR(""), i);

		if (figure_value(x, p->measure, f.of_calls) > figure_value(
		    figures_named(&f, STR(""), best), p->measure,
		    f.of_calls))
			best = i;
		answer_row(a);
		json_put_cstr(&a->w, ask_group_name(p->group));
		answer_put_cells(a, x, f.of_calls, edges[i], NULL);
	}
	answer_table_end(a);
	if (n > 1) {
		char iso[CLOCK_ISO_MAX];

		clock_format_iso(edges[best] + a->tz_minutes * MS_PER_MINUTE,
		    iso);
		answer_say(a, "%zu %ss; most in the one from %.16s: ", n - 1,
		    ask_group_name(p->group), iso);
		answer_say_figure(a, figures_named(&f, STR(""), best),
		    p->measure, f.of_calls);
		answer_say(a, "; in the last one: ");
		answer_say_figure(a, figures_named(&f, STR(""), n - 2),
		    p->measure, f.of_calls);
		answer_say(a, ".");
	}
	answer_say_cut(a, &f);
	figures_fini(&f);
	answer_link_figures(a, "/v1/metrics");
	return 0;
}

/* Edges of the group; without any if there would be too many. */
int
answer_split(struct answer *a, int64_t **edges, size_t *n, struct err *e)
{
	if (answer_edges(a, edges, n, e))
		return e->code;
	if (*n)
		return 0;
	answer_say(a, "There are over %d %ss in this time, so it is not "
	    "split. ", ANSWER_BUCKETS_MAX, ask_group_name(a->plan->group));
	*edges = arena_array(a->call->view.arena, 2, sizeof(**edges));
	if (!*edges)
		return err_set(e, ERR_LIMIT, "too many periods");
	(*edges)[0] = a->plan->from_ms;
	(*edges)[1] = a->plan->to_ms;
	*n = 2;
	return 0;
}

/* ---- totals ---- */

static void
say_share(struct answer *a, const struct figure *f, bool about_user)
{
	answer_say(a, "%lld of %lld %sruns (%.1f %%)",
	    (long long)f->sum.c[COUNT_RUNS], (long long)f->base,
	    about_user ? "conversational " : "",
	    100 * figure_value(f, ASK_SHARE, false));
}

static void
say_pattern(struct answer *a, const struct figure *x, const struct figure *y)
{
	const struct ask_plan *p = a->plan;
	const struct detect_pattern *d =
	    detect_pattern_by_slug(str_from(p->pattern));
	bool about_user = answer_is_about_user(p);

	answer_say(a, "%s%s: ", p->pattern_not ? "Without " : "",
	    d ? d->name : strcmp(p->pattern, "any") == 0 ? "Any pattern" :
	    p->pattern);
	say_share(a, x, about_user);
	if (p->is_comparison) {
		answer_say(a, ", before ");
		say_share(a, y, about_user);
	}
	answer_say(a, ".");
}

static void
say_totals(struct answer *a, const struct figures *now,
    const struct figures *then)
{
	const struct ask_plan *p = a->plan;
	const struct figure *x = figures_named(now, STR(""), 0);
	const struct figure *y = figures_named(then, STR(""), 0);
	bool calls = now->of_calls;

	if (x->sum.c[calls ? COUNT_CALLS : COUNT_RUNS] == 0 && !p->pattern &&
	    !p->is_comparison) {
		answer_say(a, "There were no %s in this time.", calls ?
		    "calls" : "runs");
		return;
	}
	if (p->pattern) {
		say_pattern(a, x, y);
		return;
	}
	answer_say_figure(a, x, p->measure, calls);
	if (!p->is_comparison) {
		answer_say(a, ".");
		return;
	}
	answer_say_change(a, x, y, p->measure, calls);
	answer_say(a, ".");
	if (p->measure != ASK_COUNT)
		return;
	answer_say(a, " Errors: ");
	answer_say_figure(a, x, ASK_ERRORS, calls);
	answer_say_change(a, x, y, ASK_ERROR_RATE, calls);
	answer_say(a, ". Cost: ");
	answer_say_figure(a, x, ASK_COST, calls);
	answer_say_change(a, x, y, ASK_COST, calls);
	answer_say(a, ".");
}

static int
find_runs_per_user(struct answer *a, struct err *e)
{
	const struct ask_plan *p = a->plan;
	int64_t runs = 0, users = 0;
	struct figures f;

	if (figures_of(a, DIM_USER, p->from_ms, p->to_ms, &f, e))
		return e->code;
	for (size_t i = 0; i < f.n; i++) {
		runs += f.v[i].sum.c[COUNT_RUNS];
		users += f.v[i].sum.c[COUNT_RUNS] > 0;
	}
	answer_say(a, "%.2f runs a user: ", users ? (double)runs /
	    (double)users : 0);
	answer_say_count(a, runs, "run");
	answer_say(a, " of ");
	answer_say_count(a, users, "user");
	answer_say(a, ". Runs without a user are not counted.");
	answer_say_cut(a, &f);
	figures_fini(&f);
	return 0;
}

int
find_totals(struct answer *a, struct err *e)
{
	const struct ask_plan *p = a->plan;
	struct figures now, then = { .v = NULL };
	int64_t *edges;
	size_t n;

	if (p->measure == ASK_RUNS_PER_USER)
		return find_runs_per_user(a, e);
	if (p->group && answer_split(a, &edges, &n, e))
		return e->code;
	if (p->group)
		return find_series(a, edges, n, e);
	if (figures_of(a, DIM_TOTAL, p->from_ms, p->to_ms, &now, e))
		return e->code;
	if (p->is_comparison && figures_of(a, DIM_TOTAL, p->compare_from_ms,
	    p->compare_to_ms, &then, e)) {
		figures_fini(&now);
		return e->code;
	}
	answer_open_table(a, "period", now.of_calls, false, false);
	answer_row(a);
	json_put_cstr(&a->w, "asked");
	answer_put_cells(a, figures_named(&now, STR(""), 0), now.of_calls,
	    -1, NULL);
	if (p->is_comparison) {
		answer_row(a);
		json_put_cstr(&a->w, "before");
		answer_put_cells(a, figures_named(&then, STR(""), 0),
		    now.of_calls, -1, NULL);
	}
	answer_table_end(a);
	say_totals(a, &now, &then);
	answer_say_cut(a, then.is_cut ? &then : &now);
	figures_fini(&now);
	figures_fini(&then);
	answer_link_figures(a, "/v1/metrics");
	return 0;
}
