/* Runs one by one, for what rollups do not count together. */
#include "api/answer.h"
#include "base/clock.h"
#include "detect/detect.h"

/* ---- filters ---- */

static bool
has_call(const struct ask_plan *p, const struct run *run, enum ask_dim d)
{
	bool any = false, taken_out = false;

	for (size_t i = 0; i < run_count(run, EVENT_SPAN); i++) {
		const struct span *s = run_span(run, i);
		struct str name = d == ASK_DIM_TOOL ? s->name : span_model(s);

		if (d == ASK_DIM_TOOL ? s->type != SPAN_TOOL :
		    !span_is_billed(s) || !name.n)
			continue;
		if (ask_name_passes(p, d, name))
			any = true;
		else
			taken_out = true;
	}
	if (d == ASK_DIM_MODEL && !any && !taken_out && run->model.n)
		any = ask_name_passes(p, d, run->model);
	/* "not of search": no call of it, and none at all is fine. */
	return ask_names_of(p, d) ? any : !taken_out;
}

static bool
has_names(const struct ask_plan *p, enum ask_dim d)
{
	for (size_t i = 0; i < p->nnames; i++)
		if (p->names[i].dim == d)
			return true;
	return false;
}

static bool
passes_names(const struct ask_plan *p, const struct run *run)
{
	const struct { enum ask_dim dim; struct str name; } v[] = {
		{ ASK_DIM_RUN, run->base.id }, { ASK_DIM_AGENT, run->agent },
		{ ASK_DIM_USER, run->user_id }, { ASK_DIM_ORG, run->org_id },
		{ ASK_DIM_SESSION, run->session_id } };

	for (size_t i = 0; i < ARRAY_LEN(v); i++)
		if (!ask_name_passes(p, v[i].dim, v[i].name))
			return false;
	return (!has_names(p, ASK_DIM_TOOL) ||
	    has_call(p, run, ASK_DIM_TOOL)) &&
	    (!has_names(p, ASK_DIM_MODEL) || has_call(p, run, ASK_DIM_MODEL));
}

static bool
passes_where(const struct ask_plan *p, const struct run_totals *t)
{
	double v = p->where == ASK_COST ? cost_usd_from_pico(
	    t->cost_pico_usd) : p->where == ASK_TOKENS ?
	    (double)t->total_tokens : p->where == ASK_TOOL_CALLS ?
	    (double)t->tool_calls : (double)t->duration_ns / 1e9;

	/* What has not ended has no duration yet. */
	if (p->where == ASK_LATENCY && !t->ended)
		return false;
	return p->where_less ? v < p->where_value : v > p->where_value;
}

static bool
has_feedback(const struct run *run, int wanted)
{
	for (size_t i = 0; i < run_count(run, EVENT_SCORE); i++) {
		bool text;
		int thumbs;

		if (repo_score_feedback(run_score(run, i), &thumbs, &text) &&
		    thumbs == wanted)
			return true;
	}
	return false;
}

bool
answer_passes(const struct ask_plan *p, const struct repo_run_row *row)
{
	if (p->status && row->totals.is_error != (p->status == ASK_ERROR))
		return false;
	if (p->has_where && !passes_where(p, &row->totals))
		return false;
	return passes_names(p, row->run) &&
	    (!p->feedback || has_feedback(row->run, p->feedback));
}

/* Custom patterns are looked for in conversations only. */
bool
answer_is_about_user(const struct ask_plan *p)
{
	const struct detect_pattern *d =
	    detect_pattern_by_slug(str_from(p->pattern));

	return p->pattern && strcmp(p->pattern, "any") != 0 &&
	    (!d || d->is_about_user);
}

bool
answer_shows(const struct ask_plan *p, const struct run *run)
{
	bool any = strcmp(p->pattern ? p->pattern : "any", "any") == 0;
	bool shows = false;

	if (!p->pattern)
		return true;
	for (size_t i = 0; i < run_count(run, EVENT_SIGNAL) && !shows; i++)
		shows = run_signal_is_current(run, run_signal(run, i)) &&
		    (any || str_is(run_signal(run, i)->slug, p->pattern));
	return shows != p->pattern_not;
}

/* ---- slices ---- */

enum { SLICE_RUNS = 5000 };
#define SLICE_MS (64 * MS_PER_DAY)

static int
count_runs(struct answer *a, int64_t from_ms, int64_t to_ms, int64_t *n,
    struct err *e)
{
	const struct repo_metrics_query q = { .from_ms = from_ms,
	    .to_ms = to_ms, .dim = DIM_TOTAL };
	struct repo_metrics m;

	if (repo_metrics(&a->call->view, &q, &m, e))
		return e->code;
	*n = m.n ? m.v[0].sum.c[COUNT_RUNS] : 0;
	return 0;
}

/*
 * The beginning of the slice that ends at `to`: as far back as there are not
 * too many runs, on a whole minute.  *length is what to try first, and next
 * time.
 */
static int
slice_start(struct answer *a, int64_t from_ms, int64_t to, int64_t *length,
    int64_t *out, int64_t *runs, struct err *e)
{
	for (;;) {
		int64_t from = to - *length;

		from -= from % MS_PER_MINUTE;
		*out = MAX_OF(from, from_ms);
		if (count_runs(a, *out, to, runs, e))
			return e->code;
		if (*runs <= SLICE_RUNS || *length <= MS_PER_MINUTE)
			break;
		*length = MAX_OF(*length / (*runs / SLICE_RUNS + 1),
		    MS_PER_MINUTE);
	}
	if (*runs < SLICE_RUNS / 4)
		*length = MIN_OF(*length * 4, SLICE_MS);
	return 0;
}

int
answer_walk(struct answer *a, int64_t from_ms, int64_t to_ms,
    int (*fn)(void *arg, const struct repo_run_row *row, struct err *e),
    bool (*done)(void *arg), void *arg, struct answer_walk *out,
    struct err *e)
{
	int64_t length = SLICE_MS, to = to_ms, from, runs = 0;

	*out = (struct answer_walk){ .since_ms = to };
	while (to > from_ms) {
		/* The first slice is read in any case. */
		if (out->runs && clock_mono_ms() > a->deadline) {
			out->is_cut = true;
			break;
		}
		if (slice_start(a, from_ms, to, &length, &from, &runs, e) ||
		    (runs && repo_runs_each(&a->call->view, from, to, fn,
		    arg, e)))
			return e->code;
		out->runs += runs;
		out->since_ms = to = from;
		if (done && done(arg))
			break;
	}
	return 0;
}
