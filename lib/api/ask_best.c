/*
 * The runs with the most of something, without looking at all of them: what a
 * day, hour or minute has in sum, or its longest, is a bound for each run in
 * it.  Periods are opened best bound first, until no bound is above the worst
 * run that is kept.
 */
#include "api/answer.h"
#include "base/clock.h"

enum { PERIODS_MAX = 20000, FEW_RUNS = 40 };

struct period {
	int64_t from, to, runs;
	double bound;
};

struct search {
	struct answer *a;
	struct period *v;       /* a heap, the greatest bound on top */
	size_t n;
};

/* More than any run of the period has, in the unit of answer_best_fn. */
static double
bound_of(const struct rollup *r, enum ask_measure m)
{
	const int64_t *c = r->c;

	switch ((int)m) {
	case ASK_COST:
	case ASK_COST_PER_RUN: return (double)c[COUNT_COST_PICO_USD];
	case ASK_TOKENS:
	case ASK_TOKENS_PER_RUN:
	case ASK_INPUT_TOKENS:
	case ASK_OUTPUT_TOKENS: return (double)c[COUNT_TOTAL_TOKENS];
	default:
		/* A sketch is right within a hundredth. */
		return (double)sketch_quantile(&r->duration_us, 1) * 1011 +
		    2000;
	}
}

bool
answer_has_bounds(const struct ask_plan *p)
{
	return !p->is_ascending && (p->measure == ASK_COST ||
	    p->measure == ASK_COST_PER_RUN || p->measure == ASK_TOKENS ||
	    p->measure == ASK_TOKENS_PER_RUN ||
	    p->measure == ASK_INPUT_TOKENS ||
	    p->measure == ASK_OUTPUT_TOKENS || (p->measure >= ASK_LATENCY &&
	    p->measure <= ASK_LATENCY_P99));
}

static void
push(struct search *s, struct period p)
{
	size_t i = s->n++;

	for (; i > 0 && s->v[(i - 1) / 2].bound < p.bound; i = (i - 1) / 2)
		s->v[i] = s->v[(i - 1) / 2];
	s->v[i] = p;
}

static struct period
pop(struct search *s)
{
	struct period top = s->v[0], last = s->v[--s->n];
	size_t i = 0, c;

	for (; (c = 2 * i + 1) < s->n; i = c) {
		c += c + 1 < s->n && s->v[c + 1].bound > s->v[c].bound;
		if (last.bound >= s->v[c].bound)
			break;
		s->v[i] = s->v[c];
	}
	s->v[i] = last;
	return top;
}

static int
add_period(struct search *s, int64_t from, int64_t to, struct err *e)
{
	const struct repo_metrics_query q = { .from_ms = from, .to_ms = to,
	    .dim = DIM_TOTAL };
	struct repo_metrics m;

	if (repo_metrics(&s->a->call->view, &q, &m, e))
		return e->code;
	if (m.n == 0 || m.v[0].sum.c[COUNT_RUNS] == 0)
		return 0;
	if (s->n == PERIODS_MAX)
		return err_set(e, ERR_LIMIT, "too many periods");
	push(s, (struct period){ from, to, m.v[0].sum.c[COUNT_RUNS],
	    bound_of(&m.v[0].sum, s->a->plan->measure) });
	return 0;
}

/* In whole days, hours or minutes, and what is cut off at the ends. */
static int
split(struct search *s, int64_t from, int64_t to, int64_t unit,
    struct err *e)
{
	while (from < to) {
		int64_t next = MIN_OF(to, from - from % unit + unit);

		if (add_period(s, from, next, e))
			return e->code;
		from = next;
	}
	return 0;
}

static int64_t
unit_below(int64_t length)
{
	return length > 40 * MS_PER_DAY ? 40 * MS_PER_DAY :
	    length > MS_PER_DAY ? MS_PER_DAY : length > MS_PER_HOUR ?
	    MS_PER_HOUR : MS_PER_MINUTE;
}

int
answer_best(struct answer *a, int (*fn)(void *arg,
    const struct repo_run_row *row, struct err *e), double (*worst)(void *),
    void *arg, bool *is_cut, struct err *e)
{
	const struct ask_plan *p = a->plan;
	struct search s = { a, arena_array(a->call->view.arena, PERIODS_MAX,
	    sizeof(struct period)), 0 };

	*is_cut = false;
	if (!s.v)
		return err_set(e, ERR_LIMIT, "too many periods");
	if (add_period(&s, p->from_ms, p->to_ms, e))
		return e->code;
	while (s.n) {
		struct period top = pop(&s);

		if (top.bound < worst(arg))
			break;
		if (clock_mono_ms() > a->deadline) {
			*is_cut = true;
			break;
		}
		if (top.to - top.from <= MS_PER_MINUTE ||
		    top.runs <= FEW_RUNS ? repo_runs_each(&a->call->view,
		    top.from, top.to, fn, arg, e) : split(&s, top.from,
		    top.to, unit_below(top.to - top.from), e))
			return e->code;
	}
	return 0;
}
