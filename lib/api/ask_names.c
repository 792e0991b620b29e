/* Answers that are sums by name: breakdowns, changes, how many there are. */
#include <stdlib.h>

#include "api/answer.h"

struct ranked {
	const struct figure *now, *then;
	double value;
};

static int
by_value(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;

	if (x->value > y->value || x->value < y->value)
		return x->value > y->value ? -1 : 1;
	return str_cmp(x->now->name, y->now->name);
}

/* All buckets of a name in one. */
static int
sum_names(struct answer *a, const struct figures *f, struct figures *out,
    struct err *e)
{
	static const struct figure none = { .sum = ROLLUP_INIT };

	*out = (struct figures){ .of_calls = f->of_calls };
	out->v = arena_array(a->call->view.arena, f->n, sizeof(*out->v));
	if (!out->v)
		return err_set(e, ERR_LIMIT, "too many names");
	out->map = map_new();           /* so that sums are freed */
	for (size_t i = 0; i < f->n; i++) {
		struct figure *x;

		if (i == 0 || !str_eq(f->v[i].name, f->v[i - 1].name)) {
			out->v[out->n] = none;
			out->v[out->n++].name = f->v[i].name;
		}
		x = &out->v[out->n - 1];
		rollup_merge(&x->sum, &f->v[i].sum, 1);
		x->base += f->v[i].base;
		if (f->v[i].example.n)
			x->example = f->v[i].example;
	}
	return 0;
}

/* Who has none of what is asked for is no answer. */
static bool
counts(const struct answer *a, const struct figure *x,
    const struct figures *f)
{
	const struct ask_plan *p = a->plan;
	bool any = x->sum.c[f->of_calls ? COUNT_CALLS : COUNT_RUNS] > 0;

	if (p->compares_names)
		return true;
	return p->is_ascending || p->by_change || p->measure == ASK_NUMBER ?
	    any : any && figure_value(x, p->measure, f->of_calls) > 0;
}

/* Of nothing it is 0; the others are of nothing not known. */
static bool
is_sum(enum ask_measure m)
{
	return m == ASK_COUNT || m == ASK_ERRORS || m == ASK_COST ||
	    m == ASK_TOKENS || m == ASK_INPUT_TOKENS ||
	    m == ASK_OUTPUT_TOKENS || m == ASK_TOOL_CALLS ||
	    m == ASK_TOOL_ERRORS || m == ASK_THUMBS_UP ||
	    m == ASK_THUMBS_DOWN;
}

static struct ranked *
rank(struct answer *a, const struct figures *now, const struct figures *then,
    size_t *n, struct err *e)
{
	const struct ask_plan *p = a->plan;
	struct ranked *v = arena_array(a->call->view.arena, now->n + 1,
	    sizeof(*v));

	*n = 0;
	if (!v) {
		(void)err_set(e, ERR_LIMIT, "too many names");
		return NULL;
	}
	for (size_t i = 0; i < now->n; i++) {
		const struct figure *x = &now->v[i];
		const struct figure *y = figures_named(then, x->name, 0);
		double value = figure_value(x, p->measure, now->of_calls);

		if (!counts(a, x, now))
			continue;
		if (p->by_change)
			value -= figure_value(y, p->measure, now->of_calls);
		if (p->is_ascending || p->falls)
			value = -value;
		/* What did not move that way, or has nothing to be compared
		 * with, has not risen or fallen. */
		if (p->by_change && (!(value > 0) || (!is_sum(p->measure) &&
		    y->sum.c[now->of_calls ? COUNT_CALLS : COUNT_RUNS] == 0)))
			continue;
		v[(*n)++] = (struct ranked){ x, y, value };
	}
	if (*n)
		qsort(v, *n, sizeof(*v), by_value);
	return v;
}

static const char *
path_of(enum ask_subject s)
{
	return s == ASK_TOOLS ? "/v1/tools" : s == ASK_MODELS ? "/v1/models" :
	    s == ASK_AGENTS ? "/v1/metrics" : "/v1/sessions";
}

static void
say_names(struct answer *a, const struct ranked *v, size_t n, bool calls)
{
	const struct ask_plan *p = a->plan;

	if (n == 0 && p->by_change)
		answer_say(a, "Of no %s it %s in this time.",
		    answer_one(p->subject), p->falls ? "fell" : "rose");
	else if (n == 0)
		answer_say(a, p->pattern ? "No %s has a run with %s in this "
		    "time." : "No %s with that in this time.",
		    answer_one(p->subject), p->pattern);
	for (size_t i = 0; i < n && (i < 3 || p->compares_names); i++) {
		answer_say(a, "%s%.*s", i ? "; then " : "",
		    v[i].now->name.n ? (int)MIN_OF(v[i].now->name.n,
		    (size_t)200) : 9, v[i].now->name.n ? v[i].now->name.p :
		    "(no name)");
		answer_say(a, p->pattern && p->measure == ASK_COUNT ? " (" :
		    ": ");
		answer_say_figure(a, v[i].now, p->measure, calls);
		if (p->pattern && p->measure == ASK_COUNT)
			answer_say(a, ")");
		if (p->is_comparison)
			answer_say_change(a, v[i].now, v[i].then, p->measure,
			    calls);
	}
	if (n)
		answer_say(a, ".");
}

static void
put_names(struct answer *a, const struct ranked *v, size_t n,
    const struct figures *f, const int64_t *edges, size_t nedges)
{
	const struct ask_plan *p = a->plan;
	bool series = nedges > 2;

	answer_open_table(a, answer_one(p->subject), f->of_calls, series,
	    p->is_comparison);
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k + 1 < (series ? nedges : 2); k++) {
			answer_row(a);
			json_put_str(&a->w, v[i].now->name);
			answer_put_cells(a, series ? figures_named(f,
			    v[i].now->name, k) : v[i].now, f->of_calls,
			    series ? edges[k] : -1,
			    p->is_comparison ? v[i].then : NULL);
		}
	answer_table_end(a);
}

/* How many names there were in a bucket. */
static size_t
number_in(const struct answer *a, const struct figures *f, size_t bucket)
{
	size_t n = 0;

	for (size_t i = 0; i < f->n; i++)
		n += f->v[i].bucket == bucket && f->v[i].name.n &&
		    counts(a, &f->v[i], f);
	return n;
}

static void
put_numbers_of(struct answer *a, const struct figures *f,
    const int64_t *edges, size_t nedges)
{
	const struct answer_column columns[] = { { "from", NULL },
		{ answer_one(a->plan->subject), NULL }, { NULL, NULL } };

	answer_columns(a, columns);
	for (size_t i = 0; i + 1 < nedges; i++) {
		answer_row(a);
		answer_put_time(a, edges[i]);
		json_put_u64(&a->w, number_in(a, f, i));
		answer_row_end(a);
	}
	answer_table_end(a);
}

static void
say_number(struct answer *a, size_t n, const struct figures *then)
{
	const struct ask_plan *p = a->plan;

	answer_say_count(a, (int64_t)n, answer_one(p->subject));
	if (p->pattern)
		answer_say(a, p->pattern_not ? " without %s" : " with %s",
		    p->pattern);
	answer_say(a, p->status == ASK_ERROR ? " had failed runs in this "
	    "time" : " had runs in this time");
	if (p->is_comparison)
		answer_say(a, ", before %zu", number_in(a, then, 0));
	answer_say(a, ".");
}

static int
find_names(struct answer *a, const int64_t *edges, size_t nedges,
    const struct figures *f, const struct figures *then, struct err *e)
{
	const struct ask_plan *p = a->plan;
	struct figures sums;
	struct ranked *v;
	size_t n;

	if (sum_names(a, f, &sums, e))
		return e->code;
	v = rank(a, &sums, then, &n, e);
	if (v) {
		if (p->measure == ASK_NUMBER)
			say_number(a, n, then);
		n = MIN_OF(n, p->limit);
		if (p->measure == ASK_NUMBER && p->group)
			put_numbers_of(a, f, edges, nedges);
		else
			put_names(a, v, n, f, edges, nedges);
		if (p->measure != ASK_NUMBER)
			say_names(a, v, n, f->of_calls);
		answer_say_cut(a, f);
	}
	figures_fini(&sums);
	answer_link_figures(a, path_of(p->subject));
	return e->code;
}

int
find_breakdown(struct answer *a, struct err *e)
{
	const struct ask_plan *p = a->plan;
	enum repo_dim dim = answer_dim(p->subject);
	struct figures f, then = { .v = NULL };
	int64_t *edges;
	size_t n;

	if (answer_split(a, &edges, &n, e) || figures_read(a, dim, edges, n, &f,
	    e))
		return e->code;
	if (!p->is_comparison || figures_of(a, dim, p->compare_from_ms,
	    p->compare_to_ms, &then, e) == 0)
		(void)find_names(a, edges, n, &f, &then, e);
	figures_fini(&f);
	figures_fini(&then);
	return e->code;
}
