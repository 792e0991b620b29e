/* What is tested: the whole, failures, and each name. */
#include <math.h>
#include <string.h>

#include "insight/report_in.h"
#include "insight/stats.h"

const char *const insight_slugs[] = {
	"user-frustration", "user-confusion", "task-failure-reported",
	"user-repeats-request", "user-corrects-agent", "user-praises",
	"refusal", "empty-or-truncated-answer", "ungrounded-answer",
	"tool-error-ignored", "tool-loop", "latency-outlier", "cost-outlier",
	"abandoned-session", NULL
};

/* Only after 25 hours does a session count as abandoned (detect/detect.h). */
#define SLOW_SLUG "abandoned-session"

bool
pattern_is_about_user(struct str slug)
{
	return str_has_prefix(slug, STR("user-")) ||
	    str_is(slug, "task-failure-reported") || str_is(slug, SLOW_SLUG);
}

/*
 * Of a period that has just closed the last day is not judged yet: that it
 * shows fewer than the one before says nothing.
 */
static bool
is_too_early(struct str slug, double before, double now)
{
	return str_is(slug, SLOW_SLUG) && now <= before;
}

bool
pattern_is_good(struct str slug)
{
	return str_is(slug, "user-praises");
}

struct str
pattern_title(struct builder *b, struct str slug)
{
	struct str s = arena_str(b->arena, slug);
	char *p = (char *)(uintptr_t)s.p;

	if (!s.p) {
		b->failed = true;
		return STR("");
	}
	for (size_t i = 0; i < s.n; i++)
		if (p[i] == '-')
			p[i] = ' ';
	if (s.n && p[0] >= 'a' && p[0] <= 'z')
		p[0] = (char)(p[0] - 'a' + 'A');
	return s;
}

static const struct insight_row *
total(const struct builder *b)
{
	return &b->s->dims[INSIGHT_TOTAL].v[0];
}

/* Severity of something that got worse (or better) by a tested amount. */
static void
judge(struct candidate *c, bool is_worse, bool is_grave)
{
	c->claim.is_good = !is_worse;
	c->claim.severity = !is_worse ? SEVERITY_LOW :
	    is_grave ? SEVERITY_HIGH : SEVERITY_MEDIUM;
}

/* ---- series of slices ---- */

enum { RUNS, ERRORS, TOOL_CALLS, TOOL_ERRORS, COST, TOKENS, CALLS };

static int64_t
pick(const struct insight_counts *c, int what)
{
	switch (what) {
	case RUNS: return c->runs;
	case ERRORS: return c->errors;
	case TOOL_CALLS: return c->tool_calls;
	case TOOL_ERRORS: return c->tool_errors;
	case COST: return c->cost_pico_usd;
	case CALLS: return c->calls;
	default: return c->total_tokens;
	}
}

static double
dispersion(const struct builder *b, const struct insight_row *r, int k, int n)
{
	int64_t ks[PERIOD_SLICES_MAX], ns[PERIOD_SLICES_MAX];

	if (!r->slices[BEFORE])
		return 1;
	for (size_t i = 0; i < b->s->nslices; i++) {
		ks[i] = pick(&r->slices[BEFORE][i], k);
		ns[i] = pick(&r->slices[BEFORE][i], n);
	}
	return stats_dispersion(ks, ns, b->s->nslices);
}

/* what of r, divided by the runs of per (NULL: not divided). */
static void
series(const struct builder *b, const struct insight_row *r, int what,
    const struct insight_row *per, int p, double *out)
{
	for (size_t i = 0; i < b->s->nslices; i++) {
		double n = per ? (double)per->slices[p][i].runs : 1;

		out[i] = n > 0 ? (double)pick(&r->slices[p][i], what) / n : 0;
	}
}

static void
test_levels(const struct builder *b, struct candidate *c,
    const struct insight_row *r, int what, const struct insight_row *per)
{
	double before[PERIOD_SLICES_MAX], now[PERIOD_SLICES_MAX];

	series(b, r, what, per, BEFORE, before);
	series(b, r, what, per, NOW, now);
	candidate_levels(c, before, now, b->s->nslices);
}

/* ---- the whole ---- */

static struct candidate *
metric(struct builder *b, enum insight_kind kind, const char *name,
    const char *label, const char *unit, double before, double now)
{
	struct candidate *c = builder_add(b, kind, INSIGHT_TOTAL,
	    builder_text(b, "%s", name));

	c->claim.before = before;
	c->claim.now = now;
	c->claim.unit = builder_text(b, "%s", unit);
	if (b->out->nmetrics < INSIGHT_METRICS_MAX)
		b->out->metrics[b->out->nmetrics++] = (struct insight_metric){
			c->claim.name, builder_text(b, "%s", label),
			c->claim.unit, before, now, 0, 1, 1, false };
	return c;
}

static void
measure_volume(struct builder *b)
{
	const struct insight_row *t = total(b);
	int64_t n0 = t->c[BEFORE].runs, n1 = t->c[NOW].runs;
	struct candidate *c = metric(b, CLAIM_VOLUME, "runs", "Runs", "count",
	    (double)n0, (double)n1);
	struct run_filter f = { .dim = INSIGHT_TOTAL };

	test_levels(b, c, t, RUNS, NULL);
	if (n0 == 0)
		c->claim.p = 1;
	c->claim.p = fmax(c->claim.p, stats_counts(n0, n1));
	judge(c, n1 < n0, false);
	c->claim.title = builder_text(b, "Traffic %s: %.*s runs (%.*s)",
	    n1 < n0 ? "fell" : "rose",
	    STR_FMT(builder_value(b, "count", (double)n1)),
	    STR_FMT(builder_change(b, (double)n0, (double)n1)));
	claim_link(&c->claim, &b->s->recent, &f);
}

static void
measure_rate(struct builder *b, enum insight_kind kind, const char *name,
    const char *label, int k, int n, bool errors_only)
{
	const struct insight_row *t = total(b);
	struct candidate *c;
	struct run_filter f = { .dim = INSIGHT_TOTAL,
		.errors_only = errors_only, .tool_failed = k == TOOL_ERRORS };
	int64_t k0 = pick(&t->c[BEFORE], k), n0 = pick(&t->c[BEFORE], n);
	int64_t k1 = pick(&t->c[NOW], k), n1 = pick(&t->c[NOW], n);

	c = metric(b, kind, name, label, "rate", ratio_of(k0, n0),
	    ratio_of(k1, n1));
	candidate_rate(c, k0, n0, k1, n1, dispersion(b, t, k, n));
	judge(c, c->claim.now > c->claim.before,
	    c->claim.now >= 0.05 && c->claim.now >= 2 * c->claim.before);
	c->claim.title = builder_text(b, "%s %s to %.*s (%.*s)", label,
	    c->claim.now > c->claim.before ? "rose" : "fell",
	    STR_FMT(builder_value(b, "rate", c->claim.now)),
	    STR_FMT(builder_change(b, c->claim.before, c->claim.now)));
	claim_link(&c->claim, &b->s->recent, &f);
}

static void
measure_level(struct builder *b, enum insight_kind kind, const char *name,
    const char *label, const char *unit, int what, bool per_run)
{
	const struct insight_row *t = total(b);
	double scale = what == COST ? 1e-12 : 1;
	double v0 = (double)pick(&t->c[BEFORE], what) * scale;
	double v1 = (double)pick(&t->c[NOW], what) * scale;
	struct run_filter f = { .dim = INSIGHT_TOTAL, .pick = PICK_DEAREST };
	struct candidate *c;

	if (per_run) {
		v0 = t->c[BEFORE].runs ? v0 / (double)t->c[BEFORE].runs : 0;
		v1 = t->c[NOW].runs ? v1 / (double)t->c[NOW].runs : 0;
	}
	c = metric(b, kind, name, label, unit, v0, v1);
	test_levels(b, c, t, what, per_run ? t : NULL);
	if (v0 <= 0)
		c->claim.p = 1;
	judge(c, v1 > v0, what == COST && v1 >= 1.5 * v0);
	if (what == TOKENS)
		c->claim.severity = SEVERITY_LOW;
	c->claim.title = builder_text(b, "%s %s to %.*s (%.*s)", label,
	    v1 > v0 ? "rose" : "fell", STR_FMT(builder_value(b, unit, v1)),
	    STR_FMT(builder_change(b, v0, v1)));
	claim_link(&c->claim, &b->s->recent, &f);
}

static void
measure_latency(struct builder *b)
{
	const struct insight_row *t = total(b);
	struct run_filter f = { .dim = INSIGHT_TOTAL, .pick = PICK_SLOWEST };
	double p0 = (double)sketch_quantile(&t->duration_us[BEFORE], 0.5);
	double p1 = (double)sketch_quantile(&t->duration_us[NOW], 0.5);
	struct candidate *c = metric(b, CLAIM_LATENCY, "latency_p50_ms",
	    "Median run time", "ms", p0 / 1000, p1 / 1000);

	candidate_latency(c, &t->duration_us[BEFORE], &t->duration_us[NOW]);
	judge(c, c->claim.effect > 0, c->claim.now >= 2 * c->claim.before);
	c->claim.title = builder_text(b, "Runs take %s: median %.*s (%.*s)",
	    c->claim.effect > 0 ? "longer" : "less time",
	    STR_FMT(builder_value(b, "ms", c->claim.now)),
	    STR_FMT(builder_change(b, c->claim.before, c->claim.now)));
	claim_link(&c->claim, &b->s->recent, &f);
}

static void
measure_feedback(struct builder *b)
{
	const struct insight_counts *x = &total(b)->c[BEFORE];
	const struct insight_counts *y = &total(b)->c[NOW];
	int64_t n0 = x->thumbs_up + x->thumbs_down;
	int64_t n1 = y->thumbs_up + y->thumbs_down;
	struct run_filter f = { .dim = INSIGHT_TOTAL, .disliked_only = true };
	struct candidate *c = metric(b, CLAIM_FEEDBACK, "thumbs_down_rate",
	    "Thumbs down", "rate", ratio_of(x->thumbs_down, n0),
	    ratio_of(y->thumbs_down, n1));

	candidate_rate(c, x->thumbs_down, n0, y->thumbs_down, n1, 1);
	judge(c, c->claim.now > c->claim.before, false);
	c->claim.title = builder_text(b, "Thumbs down %s to %.*s of feedback "
	    "(%lld of %lld)", c->claim.now > c->claim.before ? "rose" :
	    "fell", STR_FMT(builder_value(b, "rate", c->claim.now)),
	    (long long)y->thumbs_down, (long long)n1);
	claim_link(&c->claim, &b->s->recent, &f);
}

/* Runs, or conversations, among which a pattern is looked for. */
static int64_t
base_of(const struct insight_counts *c, struct str slug)
{
	return pattern_is_about_user(slug) ? c->conversational : c->runs;
}

static const struct insight_runs *
runs_of_pattern(const struct builder *b, struct str slug)
{
	static const struct insight_runs none;

	for (size_t i = 0; i < b->s->npatterns; i++)
		if (str_eq(b->s->patterns[i].slug, slug))
			return &b->s->patterns[i].latest;
	return &none;
}

static void
measure_pattern(struct builder *b, const struct insight_row *r)
{
	const struct insight_counts *t = total(b)->c;
	struct str label = pattern_title(b, r->name);
	struct run_filter f = { .dim = INSIGHT_TOTAL };
	int64_t n0 = base_of(&t[BEFORE], r->name);
	int64_t n1 = base_of(&t[NOW], r->name);
	double before = ratio_of(r->c[BEFORE].runs, n0);
	double now = ratio_of(r->c[NOW].runs, n1);
	struct candidate *c;

	if (is_too_early(r->name, before, now))
		return;
	c = metric(b, CLAIM_SIGNAL_RATE, builder_text(b, "%.*s",
	    STR_FMT(r->name)).p, label.p, "rate", before, now);
	c->claim.dim = INSIGHT_PATTERN;
	c->claim.name = c->claim.pattern = r->name;
	candidate_rate(c, r->c[BEFORE].runs, n0, r->c[NOW].runs, n1, 1);
	judge(c, (c->claim.now > c->claim.before) != pattern_is_good(r->name),
	    c->claim.now >= 0.05 && c->claim.now >= 2 * c->claim.before);
	c->claim.title = builder_text(b, "%.*s %s to %.*s of %s (%.*s)",
	    STR_FMT(label), c->claim.now > c->claim.before ? "rose" : "fell",
	    STR_FMT(builder_value(b, "rate", c->claim.now)),
	    pattern_is_about_user(r->name) ? "conversations" : "runs",
	    STR_FMT(builder_change(b, c->claim.before, c->claim.now)));
	claim_link(&c->claim, runs_of_pattern(b, r->name), &f);
}

void
claims_metrics(struct builder *b)
{
	const struct insight_rows *patterns = &b->s->dims[INSIGHT_PATTERN];

	measure_volume(b);
	measure_rate(b, CLAIM_ERROR_RATE, "failure_rate", "Failure rate",
	    ERRORS, RUNS, true);
	measure_rate(b, CLAIM_ERROR_RATE, "tool_error_rate",
	    "Tool error rate", TOOL_ERRORS, TOOL_CALLS, false);
	measure_level(b, CLAIM_COST, "cost_usd", "Cost", "usd", COST, false);
	measure_level(b, CLAIM_COST, "cost_per_run_usd", "Cost per run",
	    "usd", COST, true);
	measure_level(b, CLAIM_TOKENS, "tokens_per_run", "Tokens per run",
	    "count", TOKENS, true);
	measure_latency(b);
	measure_feedback(b);
	for (size_t i = 0; i < MIN_OF(patterns->n,
	    (size_t)INSIGHT_PATTERNS_MAX); i++)
		measure_pattern(b, &patterns->v[i]);
}

/* ---- agents, models, tools, users, organisations ---- */

static struct str
subject(struct builder *b, enum insight_dim dim, struct str name)
{
	const char *what = insight_dim_name(dim);

	/* It begins a title. */
	return builder_text(b, "%c%s %.*s", what[0] - 'a' + 'A', what + 1,
	    (int)MIN_OF(name.n, 120), name.p);
}

static void
name_errors(struct builder *b, enum insight_dim dim,
    const struct insight_row *r)
{
	int n = dim == INSIGHT_TOOL || dim == INSIGHT_MODEL ? CALLS : RUNS;
	struct run_filter f = { .dim = dim, .name = r->name,
		.errors_only = n == RUNS, .tool_failed = true };
	struct candidate *c = builder_add(b, CLAIM_ERROR_RATE, dim, r->name);
	int64_t k0 = r->c[BEFORE].errors, k1 = r->c[NOW].errors;
	const struct insight_counts *t = total(b)->c;
	const struct rate_part one = { { k0, k1 },
		{ r->c[BEFORE].runs, r->c[NOW].runs } };
	const struct rate_part all = { { t[BEFORE].errors, t[NOW].errors },
		{ t[BEFORE].runs, t[NOW].runs } };

	candidate_rate(c, k0, pick(&r->c[BEFORE], n), k1,
	    pick(&r->c[NOW], n), dispersion(b, r, ERRORS, n));
	c->is_large = c->is_large && (n == CALLS ||
	    !candidate_is_like_the_rest(b, &one, &all, STR("failure_rate")));
	judge(c, c->claim.now > c->claim.before, c->claim.now >= 0.1 &&
	    c->claim.now >= 2 * c->claim.before && k1 >= 10);
	c->claim.title = builder_text(b, "%.*s: %s rate %s to %.*s (%.*s)",
	    STR_FMT(subject(b, dim, r->name)), n == CALLS ? "error" :
	    "failure", c->claim.now > c->claim.before ? "rose" : "fell",
	    STR_FMT(builder_value(b, "rate", c->claim.now)),
	    STR_FMT(builder_change(b, c->claim.before, c->claim.now)));
	claim_link(&c->claim, &b->s->recent, &f);
}

static void
name_latency(struct builder *b, enum insight_dim dim,
    const struct insight_row *r)
{
	struct run_filter f = { .dim = dim, .name = r->name,
		.pick = PICK_SLOWEST };
	struct candidate *c = builder_add(b, CLAIM_LATENCY, dim, r->name);

	candidate_latency(c, &r->duration_us[BEFORE], &r->duration_us[NOW]);
	judge(c, c->claim.effect > 0, c->claim.now >= 3 * c->claim.before);
	c->claim.title = builder_text(b, "%.*s became %s: median %.*s (%.*s)",
	    STR_FMT(subject(b, dim, r->name)), c->claim.effect > 0 ?
	    "slower" : "faster", STR_FMT(builder_value(b, "ms",
	    c->claim.now)), STR_FMT(builder_change(b, c->claim.before,
	    c->claim.now)));
	claim_link(&c->claim, &b->s->recent, &f);
}

/* Cost of a model for each run of all, so that traffic does not count; a
 * tenth of all cost must have moved. */
static void
name_cost(struct builder *b, const struct insight_row *r)
{
	const struct insight_row *t = total(b);
	double whole = (double)MAX_OF(t->c[BEFORE].cost_pico_usd,
	    t->c[NOW].cost_pico_usd);
	double v0 = (double)r->c[BEFORE].cost_pico_usd;
	double v1 = (double)r->c[NOW].cost_pico_usd;
	struct run_filter f = { .dim = INSIGHT_MODEL, .name = r->name,
		.pick = PICK_DEAREST };
	struct candidate *c;

	if (v0 + v1 <= 0)
		return;
	c = builder_add(b, CLAIM_COST_MODEL, INSIGHT_MODEL, r->name);
	test_levels(b, c, r, COST, t);
	c->is_large = c->is_large && fabs(v1 - v0) >= whole / 10;
	c->claim.before = v0 * 1e-12;
	c->claim.now = v1 * 1e-12;
	c->claim.unit = STR("usd");
	judge(c, c->claim.effect > 0, v1 - v0 >= whole / 3);
	c->claim.title = builder_text(b, "%.*s cost %.*s (%.*s)",
	    STR_FMT(subject(b, INSIGHT_MODEL, r->name)),
	    STR_FMT(builder_value(b, "usd", c->claim.now)),
	    STR_FMT(builder_change(b, v0, v1)));
	claim_link(&c->claim, &b->s->recent, &f);
}

static const struct insight_row *
row_named(const struct insight_rows *rows, struct str name)
{
	for (size_t i = 0; i < rows->n; i++)
		if (str_eq(rows->v[i].name, name))
			return &rows->v[i];
	return NULL;
}

static bool
signal_is_everywhere(const struct builder *b, const struct insight_pair *p,
    const struct insight_row *r)
{
	const struct insight_row *runs = row_named(
	    &b->s->dims[INSIGHT_PATTERN], p->slug);
	struct rate_part one, all;

	for (int i = 0; runs && i < PERIODS; i++) {
		one.k[i] = p->runs[i];
		one.n[i] = base_of(&r->c[i], p->slug);
		all.k[i] = runs->c[i].runs;
		all.n[i] = base_of(&total(b)->c[i], p->slug);
	}
	return runs && candidate_is_like_the_rest(b, &one, &all, p->slug);
}

static void
name_signal(struct builder *b, enum insight_dim dim,
    const struct insight_pair *p)
{
	const struct insight_row *r = row_named(&b->s->dims[dim], p->name);
	struct run_filter f = { .dim = dim, .name = p->name };
	struct candidate *c;

	if (!r || is_too_early(p->slug, ratio_of(p->runs[BEFORE],
	    base_of(&r->c[BEFORE], p->slug)), ratio_of(p->runs[NOW],
	    base_of(&r->c[NOW], p->slug))))
		return;
	c = builder_add(b, CLAIM_SIGNAL_RATE, dim, p->name);
	c->claim.pattern = p->slug;
	candidate_rate(c, p->runs[BEFORE], base_of(&r->c[BEFORE], p->slug),
	    p->runs[NOW], base_of(&r->c[NOW], p->slug), 1);
	c->is_large = c->is_large && !signal_is_everywhere(b, p, r);
	judge(c, (c->claim.now > c->claim.before) != pattern_is_good(p->slug),
	    p->runs[NOW] >= 5 && c->claim.now >= 0.1 &&
	    c->claim.now >= 2 * c->claim.before);
	c->claim.title = builder_text(b, "%.*s: %.*s %s to %.*s (%lld runs)",
	    STR_FMT(subject(b, dim, p->name)),
	    STR_FMT(pattern_title(b, p->slug)),
	    c->claim.now > c->claim.before ? "rose" : "fell",
	    STR_FMT(builder_value(b, "rate", c->claim.now)),
	    (long long)p->runs[NOW]);
	claim_link(&c->claim, runs_of_pattern(b, p->slug), &f);
}

void
claims_names(struct builder *b)
{
	static const enum insight_dim by[] = { INSIGHT_AGENT, INSIGHT_MODEL,
		INSIGHT_TOOL, INSIGHT_USER, INSIGHT_ORG };

	for (size_t d = 0; d < ARRAY_LEN(by); d++) {
		const struct insight_rows *rows = &b->s->dims[by[d]];

		for (size_t i = 0; i < rows->n; i++) {
			const struct insight_row *r = &rows->v[i];

			/* Too few runs for any test to find something. */
			if (r->c[BEFORE].runs + r->c[NOW].runs < 8)
				continue;
			if (r->c[BEFORE].errors + r->c[NOW].errors)
				name_errors(b, by[d], r);
			if (by[d] <= INSIGHT_TOOL)
				name_latency(b, by[d], r);
			if (by[d] == INSIGHT_MODEL)
				name_cost(b, r);
		}
		for (size_t i = 0; i < b->s->npairs[by[d]]; i++)
			if (b->s->pairs[by[d]][i].runs[BEFORE] +
			    b->s->pairs[by[d]][i].runs[NOW] >= 4)
				name_signal(b, by[d], &b->s->pairs[by[d]][i]);
	}
}
