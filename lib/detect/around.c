/* What only shows beside other runs: far above the usual, and left alone. */
#include "base/clock.h"
#include "detect/verdict.h"

/*
 * Far above: more than three times what 95 in 100 runs stay below, and by an
 * amount that somebody would notice.
 */
enum { TIMES = 3 };
static const int64_t notice_us = 250000;
static const int64_t notice_pico_usd = INT64_C(1000000000);     /* $0.001 */

static struct str
duration_text(struct arena *a, int64_t us)
{
	double s = (double)us / 1e6;

	if (s < 1)
		return arena_printf(a, "%.0f ms", s * 1000);
	if (s < 120)
		return arena_printf(a, "%.1f s", s);
	return s < 7200 ? arena_printf(a, "%.1f min", s / 60) :
	    arena_printf(a, "%.1f h", s / 3600);
}

static struct str
cost_text(struct arena *a, int64_t pico)
{
	double usd = cost_usd_from_pico(pico);

	return usd < 1 ? arena_printf(a, "$%.4f", usd) :
	    arena_printf(a, "$%.2f", usd);
}

/* From which value on it is an outlier; INT64_MAX: none is. */
static int64_t
limit_of(int64_t p95, int64_t notice)
{
	if (p95 < 0 || p95 > INT64_MAX / TIMES - notice)
		return INT64_MAX;
	return MAX_OF(p95 * TIMES, p95 + notice);
}

/* Half at the limit, and towards 1 far above. */
static double
excess(int64_t value, int64_t limit)
{
	return 1.0 - 0.5 * (double)limit / (double)value;
}

static void
detect_latency(struct verdict_builder *b, const struct detect_usual *u)
{
	struct finding f = { .slug = "latency-outlier", .threshold = 0.5 };
	int64_t limit = limit_of(u->p95_us, notice_us), took;
	struct str took_text, usual_text;
	struct run_totals t;

	run_totals(b->run, &t);
	took = t.duration_ns / 1000;
	if (!t.ended || u->ended < DETECT_USUAL_RUNS || took <= limit)
		return;
	f.score = excess(took, limit);
	took_text = duration_text(b->arena, took);
	usual_text = duration_text(b->arena, u->p95_us);
	f.figures = arena_printf(b->arena, "duration_ms=%lld p95_ms=%lld "
	    "runs=%lld days=%d", (long long)(took / 1000),
	    (long long)(u->p95_us / 1000), (long long)u->ended,
	    DETECT_USUAL_DAYS);
	f.reason = arena_printf(b->arena, "took %.*s; 95 %% of %lld runs of "
	    "this agent in the %d days before took at most %.*s",
	    STR_FMT(took_text), (long long)u->ended, DETECT_USUAL_DAYS,
	    STR_FMT(usual_text));
	verdict_add_signal(b, &f);
}

static void
detect_cost(struct verdict_builder *b, const struct detect_usual *u,
    int64_t cost)
{
	struct finding f = { .slug = "cost-outlier", .threshold = 0.5 };
	int64_t limit = limit_of(u->p95_cost_pico_usd, notice_pico_usd);
	struct str cost_is, usual_is;

	if (u->priced < DETECT_USUAL_RUNS || cost <= limit)
		return;
	f.score = excess(cost, limit);
	cost_is = cost_text(b->arena, cost);
	usual_is = cost_text(b->arena, u->p95_cost_pico_usd);
	f.figures = arena_printf(b->arena, "cost_usd=%.6f p95_usd=%.6f "
	    "runs=%lld days=%d", cost_usd_from_pico(cost),
	    cost_usd_from_pico(u->p95_cost_pico_usd), (long long)u->priced,
	    DETECT_USUAL_DAYS);
	f.reason = arena_printf(b->arena, "cost %.*s; 95 %% of %lld runs of "
	    "this agent in the %d days before cost at most %.*s",
	    STR_FMT(cost_is), (long long)u->priced, DETECT_USUAL_DAYS,
	    STR_FMT(usual_is));
	verdict_add_signal(b, &f);
}

void
detect_outliers(struct verdict_builder *b, const struct detect_input *in)
{
	if (!in->usual)
		return;
	detect_latency(b, in->usual);
	detect_cost(b, in->usual, in->cost_pico_usd);
}

/* ---- left alone ---- */

void
detect_abandoned(struct verdict_builder *b, const struct detect_input *in)
{
	struct finding f = { .slug = "abandoned-session", .threshold = 0.5,
		.role = "user", .message = b->run->user_prompt,
		.to = b->run->user_prompt.n };
	const char *end = bad_end(b->run, b->bad_end);
	struct run_totals t;

	if (!end || !b->run->conversational || !b->run->session_id.n)
		return;
	run_totals(b->run, &t);
	if (in->now_ms - t.start_ms < DETECT_ABANDONED_WAIT_MS ||
	    (in->next_ms && in->next_ms - t.start_ms < DETECT_ABANDONED_MS))
		return;
	f.score = end == b->bad_end ? 0.5 + b->bad_score / 2 : 0.8;
	f.reason = arena_printf(b->arena, "%s (%s), and nobody wrote again "
	    "within %d hours", bad_end_text(end), end,
	    (int)(DETECT_ABANDONED_MS / MS_PER_HOUR));
	verdict_add_signal(b, &f);
}
