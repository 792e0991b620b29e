/* Answers that are lists of runs. */
#include <stdlib.h>

#include "api/answer.h"
#include "base/clock.h"

enum { PATTERN_RUNS_MAX = 20000, WHOLE_RUNS_MAX = 1000 };

/* The best of what was offered, worst on top: a heap.  Ids are copied, rows
 * live only as long as they are looked at. */
struct kept {
	double value;
	int64_t start_ms;
	size_t n;
	char id[EVENT_ID_MAX];
};

struct keeper {
	struct answer *a;
	struct kept *v;
	size_t n, max;
	int64_t passed;         /* runs that are what is asked for */
	int64_t read;
	bool is_cut;
	bool is_best;           /* only those that may be were looked at */
	int64_t since_ms;
	struct arena *scratch;  /* of whole runs, or NULL: not needed */
	int64_t whole;
	bool whole_cut;
};

static bool
is_worse(const struct kept *x, const struct kept *y)
{
	if (x->value < y->value || x->value > y->value)
		return x->value < y->value;
	if (x->start_ms != y->start_ms)
		return x->start_ms < y->start_ms;
	return str_cmp(str_of(x->id, x->n), str_of(y->id, y->n)) > 0;
}

static void
swap_kept(struct kept *x, struct kept *y)
{
	struct kept t = *x;

	*x = *y;
	*y = t;
}

static void
sift_down(struct keeper *k, size_t i)
{
	for (;;) {
		size_t worst = i;

		for (size_t c = 2 * i + 1; c <= 2 * i + 2 && c < k->n; c++)
			if (is_worse(&k->v[c], &k->v[worst]))
				worst = c;
		if (worst == i)
			return;
		swap_kept(&k->v[i], &k->v[worst]);
		i = worst;
	}
}

static void
sift_up(struct keeper *k, size_t i)
{
	while (i > 0 && is_worse(&k->v[i], &k->v[(i - 1) / 2])) {
		swap_kept(&k->v[i], &k->v[(i - 1) / 2]);
		i = (i - 1) / 2;
	}
}

static int
by_rank(const void *a, const void *b)
{
	return is_worse(a, b) ? 1 : is_worse(b, a) ? -1 : 0;
}

static double
value_of(const struct ask_plan *p, const struct repo_run_row *row)
{
	const struct run_totals *t = &row->totals;
	double v = (double)row->start_ms;

	switch (p->measure) {
	case ASK_COST:
	case ASK_COST_PER_RUN:
		v = (double)t->cost_pico_usd;
		break;
	case ASK_TOKENS:
	case ASK_TOKENS_PER_RUN:
		v = (double)t->total_tokens;
		break;
	case ASK_INPUT_TOKENS:
		v = (double)(t->total_tokens - t->output_tokens);
		break;
	case ASK_OUTPUT_TOKENS:
		v = (double)t->output_tokens;
		break;
	case ASK_LATENCY:
	case ASK_LATENCY_AVG:
	case ASK_LATENCY_P50:
	case ASK_LATENCY_P95:
	case ASK_LATENCY_P99:
		v = (double)t->duration_ns;
		break;
	case ASK_TOOL_CALLS:
	case ASK_TOOL_CALLS_PER_RUN:
		v = (double)t->tool_calls;
		break;
	case ASK_ERRORS:
	case ASK_ERROR_RATE:
	case ASK_TOOL_ERRORS:
		v = (double)t->tool_errors;
		break;
	case ASK_COUNT:
	case ASK_NEWEST:
	case ASK_NUMBER:
	case ASK_FIRST_TOKEN:
	case ASK_SHARE:
	case ASK_RUNS_PER_USER:
	case ASK_THUMBS_UP:
	case ASK_THUMBS_DOWN:
	case ASK_MEASURES:
		break;
	}
	return p->is_ascending ? -v : v;
}

static bool
is_by_time(const struct ask_plan *p)
{
	return p->measure == ASK_NEWEST || p->measure == ASK_COUNT;
}

/* ---- a pattern of a tool ---- */

static struct str
input_of(const struct span *s)
{
	return s->input.type == VALUE_TEXT || s->input.type == VALUE_JSON ?
	    s->input.s : STR("");
}

/* A call of the tool that was made before with the same arguments. */
static bool
repeats_call(const struct ask_plan *p, const struct run *run)
{
	for (size_t i = 0; i < run_count(run, EVENT_SPAN); i++) {
		const struct span *x = run_span(run, i);

		if (x->type != SPAN_TOOL || !ask_name_passes(p, ASK_DIM_TOOL,
		    x->name))
			continue;
		for (size_t k = 0; k < i; k++) {
			const struct span *y = run_span(run, k);

			if (y->type == SPAN_TOOL && str_eq(x->name, y->name) &&
			    str_eq(input_of(x), input_of(y)))
				return true;
		}
	}
	return false;
}

static bool
signal_is_of_tool(const struct ask_plan *p, const struct run *run)
{
	for (size_t i = 0; i < run_count(run, EVENT_SIGNAL); i++) {
		const struct signal_hit *s = run_signal(run, i);
		const struct span *call;

		if (!str_is(s->slug, p->pattern) ||
		    !run_signal_is_current(run, s))
			continue;
		call = run_span_by_id(run, s->span_id);
		return call && ask_name_passes(p, ASK_DIM_TOOL, call->name);
	}
	return false;
}

/* The heads of runs do not say which tool a pattern is about: whole runs do. */
static int
is_about_tool(struct keeper *k, struct str run_id, bool *out, struct err *e)
{
	const struct ask_plan *p = k->a->plan;
	struct repo_view v = k->a->call->view;
	struct run *run;

	*out = true;
	if (!k->scratch)
		return 0;
	if (k->whole++ >= WHOLE_RUNS_MAX ||
	    clock_mono_ms() > k->a->deadline) {
		k->whole_cut = true;
		return KV_STOP;
	}
	arena_reset(k->scratch);
	v.arena = k->scratch;
	if (repo_run_get(&v, run_id, &run, e))
		return e->code;
	*out = strcmp(p->pattern, "tool-loop") == 0 ? repeats_call(p, run) :
	    signal_is_of_tool(p, run);
	return 0;
}

/* ---- collecting ---- */

static int
offer(void *arg, const struct repo_run_row *row, struct err *e)
{
	struct keeper *k = arg;
	struct kept *x;
	struct kept new = { value_of(k->a->plan, row), row->start_ms,
	    MIN_OF(row->run->base.id.n, (size_t)EVENT_ID_MAX), "" };
	bool about;
	int rc;

	k->read++;
	if (!answer_passes(k->a->plan, row) ||
	    !answer_shows(k->a->plan, row->run))
		return 0;
	rc = is_about_tool(k, row->run->base.id, &about, e);
	if (rc || !about)
		return rc;
	k->passed++;
	memcpy(new.id, row->run->base.id.p, new.n);
	if (k->n < k->max) {
		k->v[k->n++] = new;
		sift_up(k, k->n - 1);
		return 0;
	}
	x = &k->v[0];
	if (!is_worse(x, &new))
		return 0;
	*x = new;
	sift_down(k, 0);
	return 0;
}

/* Older slices have nothing newer. */
static bool
has_enough(void *arg)
{
	const struct keeper *k = arg;

	return k->n == k->max && k->a->plan->measure == ASK_NEWEST &&
	    !k->a->plan->is_ascending;
}

static double
worst_kept(void *arg)
{
	const struct keeper *k = arg;

	return k->n < k->max ? -1 : k->v[0].value;
}

/* The pattern's own index is quicker than all runs. */
static int
collect_pattern(struct keeper *k, struct err *e)
{
	const struct ask_plan *p = k->a->plan;
	struct arena *page = arena_new(64 << 20);
	struct repo_view v = k->a->call->view;
	struct repo_runs runs = { .has_more = true };
	int rc = 0;

	v.arena = page;
	while (rc == 0 && runs.has_more && !k->is_cut) {
		arena_reset(page);
		rc = repo_pattern_runs(&v, str_from(p->pattern), p->from_ms,
		    p->to_ms, REPO_LIMIT_MAX, (size_t)k->read, &runs, e);
		for (size_t i = 0; i < runs.n && rc == 0; i++) {
			k->since_ms = runs.v[i].start_ms;
			rc = offer(k, &runs.v[i], e);
		}
		if (runs.n == 0)
			break;
		k->is_cut = runs.has_more && (k->read >= PATTERN_RUNS_MAX ||
		    clock_mono_ms() > k->a->deadline);
	}
	arena_free(page);
	if (rc == KV_STOP)
		k->is_cut = true;
	return rc == KV_STOP ? 0 : rc;
}

static int
collect(struct keeper *k, struct err *e)
{
	const struct ask_plan *p = k->a->plan;
	struct answer_walk walk;

	if (p->pattern && !p->pattern_not && strcmp(p->pattern, "any") != 0)
		return collect_pattern(k, e);
	if (answer_has_bounds(p)) {
		k->is_best = true;
		return answer_best(k->a, offer, worst_kept, k, &k->is_cut,
		    e);
	}
	if (answer_walk(k->a, p->from_ms, p->to_ms, offer, has_enough, k,
	    &walk, e))
		return e->code;
	k->is_cut = walk.is_cut || walk.since_ms > p->from_ms;
	k->since_ms = walk.since_ms;
	return 0;
}

/* ---- showing ---- */

void
answer_put_runs(struct answer *a, const struct repo_run_row *v, size_t n)
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
		const struct run *run = v[i].run;

		answer_row(a);
		json_put_str(w, run->base.id);
		answer_put_time(a, v[i].start_ms);
		json_put_cstr(w, v[i].totals.is_error ? "error" : "ok");
		json_put_str(w, run->agent);
		json_put_str(w, run->user_id);
		json_put_double(w, (double)v[i].totals.duration_ns / 1e6);
		json_put_double(w,
		    cost_usd_from_pico(v[i].totals.cost_pico_usd));
		json_put_i64(w, v[i].totals.total_tokens);
		json_put_str(w, str_utf8_prefix(run->user_prompt, 200));
		answer_row_end(a);
	}
	answer_table_end(a);
	for (size_t i = 0; i < n && i < 3; i++)
		answer_link(a, "Run", "/v1/runs/%.*s?source=%s",
		    STR_FMT(answer_escape(a, v[i].run->base.id)),
		    event_env_name(a->call->view.scope.env));
}

static int
load_rows(struct keeper *k, struct repo_run_row **out, struct err *e)
{
	const struct repo_view *v = &k->a->call->view;
	struct repo_run_row *rows = arena_array(v->arena, k->n + 1,
	    sizeof(*rows));

	if (!rows)
		return err_set(e, ERR_LIMIT, "too many runs");
	for (size_t i = 0; i < k->n; i++) {
		struct str id = arena_str(v->arena, str_of(k->v[i].id,
		    k->v[i].n));

		if (repo_run_head(v, id, &rows[i].run, e))
			return e->code;
		run_totals(rows[i].run, &rows[i].totals);
		rows[i].start_ms = repo_run_ms(&rows[i].totals);
	}
	*out = rows;
	return 0;
}

static void
say_kind(struct answer *a, int64_t n, bool at_least)
{
	const struct ask_plan *p = a->plan;

	answer_say(a, "%s%lld %s%s", at_least ? "At least " : "",
	    (long long)n, p->status == ASK_ERROR ? "failed run" :
	    p->status == ASK_OK ? "successful run" : "run",
	    n == 1 ? "" : "s");
	if (p->pattern)
		answer_say(a, p->pattern_not ? " without %s" : " with %s",
		    strcmp(p->pattern, "any") == 0 ? "a pattern" :
		    p->pattern);
	if (p->pattern && ask_name_of(p, ASK_DIM_TOOL))
		answer_say(a, " in calls of %.*s",
		    STR_FMT(ask_name_of(p, ASK_DIM_TOOL)->text));
}

static void
say_runs(struct answer *a, const struct keeper *k)
{
	const struct ask_plan *p = a->plan;
	char since[CLOCK_ISO_MAX];
	bool stopped = k->is_cut && has_enough((void *)(uintptr_t)k);

	if (k->is_best && k->passed) {
		answer_say(a, "The %zu with the most %s: see the table.",
		    k->n, p->measure == ASK_LATENCY ? "time" :
		    ask_measure_name(p->measure));
		if (k->is_cut)
			answer_say(a, " There may be others with more: going "
			    "on would take too long.");
		return;
	}
	say_kind(a, k->passed, k->is_cut || k->whole_cut);
	if (k->passed == 0)
		answer_say(a, " in this time.");
	else if (is_by_time(p))
		answer_say(a, "; the %s %zu:", p->is_ascending ? "first" :
		    "latest", k->n);
	else
		answer_say(a, "; the %zu with the %s %s:", k->n,
		    p->is_ascending ? "least" : "most",
		    p->measure == ASK_LATENCY ? "time" :
		    ask_measure_name(p->measure));
	if (k->passed && k->n)
		answer_say(a, " see the table.");
	if (!k->is_cut || stopped)
		return;
	clock_format_iso(k->since_ms, since);
	answer_say(a, " Of the latest %lld runs looked at, those since "
	    "%.16sZ; the rest of the time was not gone through.",
	    (long long)k->read, since);
}

int
find_runs(struct answer *a, struct err *e)
{
	const struct ask_plan *p = a->plan;
	bool about_tool = p->pattern && !p->pattern_not &&
	    ask_name_of(p, ASK_DIM_TOOL);
	struct keeper k = { .a = a, .max = p->limit,
	    .v = arena_array(a->call->view.arena, p->limit,
	    sizeof(struct kept)) };
	struct str range = answer_range_names(a);
	struct repo_run_row *rows = NULL;

	if (!k.v)
		return err_set(e, ERR_LIMIT, "too many runs");
	if (about_tool)
		k.scratch = arena_new(256 << 20);
	if (collect(&k, e) == 0) {
		if (k.n)
			qsort(k.v, k.n, sizeof(*k.v), by_rank);
		(void)load_rows(&k, &rows, e);
	}
	arena_free(k.scratch);
	if (e->code)
		return e->code;
	say_runs(a, &k);
	if (p->pattern && strcmp(p->pattern, "any") != 0)
		answer_link(a, "Runs with the pattern",
		    "/v1/patterns/%s/runs?%.*s", p->pattern,
		    STR_FMT(answer_range(a)));
	else
		answer_link(a, "Runs", "/v1/runs?%.*s%s", STR_FMT(range),
		    p->status == ASK_ERROR ? "&status=error" :
		    p->status == ASK_OK ? "&status=ok" : "");
	answer_put_runs(a, rows, k.n);
	return 0;
}
