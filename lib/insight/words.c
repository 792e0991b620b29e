/* Title and text: what a person would forward; and the values of the gate. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "insight/report_in.h"
#include "insight/stats.h"

enum { TEXT_MAX = 6000, SENTENCES = 4 };

/* ---- values ---- */

static void
value(struct builder *b, struct str name, double v)
{
	if (b->out->nvalues < INSIGHT_VALUES_MAX)
		b->out->values[b->out->nvalues++] =
		    (struct insight_value){ name, v };
}

static void
value_pair(struct builder *b, const char *name, double before, double now)
{
	value(b, builder_text(b, "%s", name), now);
	value(b, builder_text(b, "%s_before", name), before);
}

static const struct insight_row *
pattern_row(const struct builder *b, struct str slug)
{
	const struct insight_rows *r = &b->s->dims[INSIGHT_PATTERN];

	for (size_t i = 0; i < r->n; i++)
		if (str_eq(r->v[i].name, slug))
			return &r->v[i];
	return NULL;
}

static void
value_pattern(struct builder *b, const char *slug)
{
	static const struct { const char *slug, *name; } shorter[] = {
		{ "user-frustration", "frustration_rate" },
		{ "user-confusion", "confusion_rate" },
		{ "task-failure-reported", "task_failure_rate" },
	};
	const struct insight_row *r = pattern_row(b, str_from(slug));
	const struct insight_counts *t = b->s->dims[INSIGHT_TOTAL].v[0].c;
	char name[64];
	double v[PERIODS] = { 0 };

	for (int p = 0; p < PERIODS && r; p++)
		v[p] = ratio_of(r->c[p].runs, pattern_is_about_user(
		    str_from(slug)) ? t[p].conversational : t[p].runs);
	snprintf(name, sizeof(name), "%s_rate", slug);
	for (char *c = name; *c; c++)
		if (*c == '-')
			*c = '_';
	value_pair(b, name, v[BEFORE], v[NOW]);
	for (size_t i = 0; i < ARRAY_LEN(shorter); i++)
		if (strcmp(slug, shorter[i].slug) == 0)
			value_pair(b, shorter[i].name, v[BEFORE], v[NOW]);
}

static void
value_claims(struct builder *b)
{
	double n[CLAIM_TOPIC_SHARE + 1] = { 0 }, high = 0, medium = 0, active = 0;

	for (size_t i = 0; i < b->n; i++) {
		const struct insight_claim *c = &b->v[i].claim;

		if (c->is_fact || (b->v[i].is_large && c->q < INSIGHT_FDR))
			n[c->kind]++;
	}
	for (size_t i = 0; i < b->out->nclaims; i++) {
		high += b->out->claims[i].severity == SEVERITY_HIGH;
		medium += b->out->claims[i].severity == SEVERITY_MEDIUM;
	}
	for (size_t i = 0; i < b->s->nfailures; i++)
		active += b->s->failures[i].events[NOW] > 0;
	value(b, STR("new_failures"), n[CLAIM_FAILURE_NEW]);
	value(b, STR("regressed_failures"), n[CLAIM_FAILURE_BACK]);
	value(b, STR("growing_failures"), n[CLAIM_FAILURE_GROWING]);
	value(b, STR("gone_failures"), n[CLAIM_FAILURE_GONE]);
	value(b, STR("active_failures"), active);
	value(b, STR("claims"), (double)b->out->nclaims);
	value(b, STR("high_claims"), high);
	value(b, STR("medium_claims"), medium);
}

void
report_values(struct builder *b)
{
	static const struct { const char *name; double q; } quantiles[] = {
		{ "latency_p50_ms", 0.5 }, { "latency_p95_ms", 0.95 },
		{ "latency_p99_ms", 0.99 },
	};
	const struct insight_row *t = &b->s->dims[INSIGHT_TOTAL].v[0];
	const struct insight_counts *x = &t->c[BEFORE], *y = &t->c[NOW];

	value_pair(b, "runs", (double)x->runs, (double)y->runs);
	value_pair(b, "failed_runs", (double)x->errors, (double)y->errors);
	value_pair(b, "failure_rate", ratio_of(x->errors, x->runs),
	    ratio_of(y->errors, y->runs));
	value_pair(b, "tool_calls", (double)x->tool_calls,
	    (double)y->tool_calls);
	value_pair(b, "tool_error_rate",
	    ratio_of(x->tool_errors, x->tool_calls),
	    ratio_of(y->tool_errors, y->tool_calls));
	value_pair(b, "conversational", (double)x->conversational,
	    (double)y->conversational);
	value_pair(b, "flagged_rate", ratio_of(x->flagged, x->runs),
	    ratio_of(y->flagged, y->runs));
	value_pair(b, "cost_usd", (double)x->cost_pico_usd * 1e-12,
	    (double)y->cost_pico_usd * 1e-12);
	value_pair(b, "cost_per_run_usd",
	    x->runs ? (double)x->cost_pico_usd * 1e-12 / (double)x->runs : 0,
	    y->runs ? (double)y->cost_pico_usd * 1e-12 / (double)y->runs : 0);
	value_pair(b, "unpriced_steps", (double)x->unpriced,
	    (double)y->unpriced);
	value_pair(b, "tokens", (double)x->total_tokens,
	    (double)y->total_tokens);
	value_pair(b, "latency_mean_ms",
	    ratio_of(x->duration_us, x->ended) / 1000,
	    ratio_of(y->duration_us, y->ended) / 1000);
	for (size_t i = 0; i < ARRAY_LEN(quantiles); i++)
		value_pair(b, quantiles[i].name,
		    (double)sketch_quantile(&t->duration_us[BEFORE],
		    quantiles[i].q) / 1000,
		    (double)sketch_quantile(&t->duration_us[NOW],
		    quantiles[i].q) / 1000);
	value_pair(b, "thumbs_up", (double)x->thumbs_up,
	    (double)y->thumbs_up);
	value_pair(b, "thumbs_down", (double)x->thumbs_down,
	    (double)y->thumbs_down);
	value_claims(b);
	for (size_t i = 0; insight_slugs[i]; i++)
		value_pattern(b, insight_slugs[i]);
}

/* ---- words ---- */

static struct str
volume_words(struct builder *b)
{
	const struct insight_counts *t = b->s->dims[INSIGHT_TOTAL].v[0].c;
	struct str runs = builder_value(b, "count", (double)t[NOW].runs);
	struct str rate = builder_value(b, "rate", ratio_of(t[NOW].errors,
	    t[NOW].runs));
	struct str cost = builder_value(b, "usd",
	    (double)t[NOW].cost_pico_usd * 1e-12);

	/* Of nothing there is no rate. */
	if (t[BEFORE].runs == 0)
		return builder_text(b, "%.*s run%s, failure rate %.*s, cost "
		    "%.*s.", STR_FMT(runs), t[NOW].runs == 1 ? "" : "s",
		    STR_FMT(rate), STR_FMT(cost));
	return builder_text(b, "%.*s run%s (%.*s), failure rate %.*s (was "
	    "%.*s), cost %.*s (was %.*s).", STR_FMT(runs),
	    t[NOW].runs == 1 ? "" : "s",
	    STR_FMT(builder_change(b, (double)t[BEFORE].runs,
	    (double)t[NOW].runs)), STR_FMT(rate),
	    STR_FMT(builder_value(b, "rate", ratio_of(t[BEFORE].errors,
	    t[BEFORE].runs))), STR_FMT(cost),
	    STR_FMT(builder_value(b, "usd",
	    (double)t[BEFORE].cost_pico_usd * 1e-12)));
}

/* "+$3.20" */
static struct str
signed_usd(struct builder *b, int64_t pico)
{
	struct str s = builder_value(b, "usd", (double)pico * 1e-12);

	return builder_text(b, "%s%.*s", pico >= 0 ? "+" : "", STR_FMT(s));
}

static struct str
cost_words(struct builder *b)
{
	int64_t volume = 0, mix = 0, price = 0;
	const struct insight_cost_part *top = b->out->costs;

	for (size_t i = 0; i < b->out->ncosts; i++) {
		volume += b->out->costs[i].volume_pico;
		mix += b->out->costs[i].mix_pico;
		price += b->out->costs[i].price_pico;
	}
	if (!b->out->ncosts)
		return STR("");
	return builder_text(b, "Of the change, %.*s comes from the number of "
	    "runs, %.*s from which models they call how often, %.*s from what "
	    "a call costs; %.*s moved most (%.*s).",
	    STR_FMT(signed_usd(b, volume)), STR_FMT(signed_usd(b, mix)),
	    STR_FMT(signed_usd(b, price)),
	    (int)MIN_OF(top->name.n, 100), top->name.p,
	    STR_FMT(signed_usd(b, top->now_pico - top->before_pico)));
}

static struct str
latency_words(struct builder *b)
{
	const struct insight_latency_part *top = b->out->latencies;
	const struct insight_time_part *part = b->out->times;

	if (!b->out->nlatencies || !b->out->ntimes)
		return STR("");
	return builder_text(b, "Agent %.*s explains most of the change of the "
	    "mean: %+.0f ms by its share of runs, %+.0f ms by how long they "
	    "take. Of what runs do, %s%.*s moved most: %+.0f ms a run.",
	    (int)MIN_OF(top->name.n, 100), top->name.p, top->mix_ms,
	    top->speed_ms, part->dim == INSIGHT_TOOL ? "tool " :
	    part->dim == INSIGHT_MODEL ? "model " : "what is neither tool "
	    "nor model ", (int)MIN_OF(part->name.n, 100), part->name.p,
	    part->now_ms - part->before_ms);
}

static void
claim_words(struct builder *b, struct insight_claim *c)
{
	struct str unit = c->unit.n ? c->unit : STR("count"), more = STR("");
	struct str now, before;
	char u[16];

	snprintf(u, sizeof(u), "%.*s", STR_FMT(unit));
	now = builder_value(b, u, c->now);
	before = builder_value(b, u, c->before);
	if (c->kind == CLAIM_COST)
		more = cost_words(b);
	else if (c->kind == CLAIM_LATENCY && c->dim == INSIGHT_TOTAL)
		more = latency_words(b);
	else if (c->kind == CLAIM_FAILURE_NEW)
		more = STR("Never seen before.");
	if (c->is_fact)
		c->text = builder_text(b, "%.*s of runs%s%.*s", STR_FMT(now),
		    more.n ? ". " : ".", STR_FMT(more));
	else
		c->text = builder_text(b, "%.*s, was %.*s the %s before "
		    "(q %s %.2g).%s%.*s", STR_FMT(now), STR_FMT(before),
		    period_noun(b->s), c->q < 1e-9 ? "<" : "=",
		    fmax(c->q, 1e-9), more.n ? " " : "", STR_FMT(more));
}

static struct str
first_words(struct builder *b)
{
	return builder_text(b, "Nothing ran the %s before, so that there is "
	    "nothing to compare with.", period_noun(b->s));
}

static void
quiet_words(struct builder *b)
{
	const struct insight_counts *t = b->s->dims[INSIGHT_TOTAL].v[0].c;
	const char *noun = period_noun(b->s);

	if (t[NOW].runs == 0) {
		b->out->title = builder_text(b, "Nothing ran (%s)",
		    b->s->period[NOW].label);
		b->out->text = builder_text(b, "No run began this %s%s.", noun,
		    t[BEFORE].runs ? ", some did before" : "");
		return;
	}
	if (t[BEFORE].runs == 0) {
		b->out->title = builder_text(b, "A first %s: %s", noun,
		    b->s->period[NOW].label);
		b->out->text = builder_text(b, "%.*s %.*s",
		    STR_FMT(volume_words(b)), STR_FMT(first_words(b)));
		return;
	}
	b->out->title = builder_text(b, "A quiet %s: %s", noun,
	    b->s->period[NOW].label);
	b->out->text = builder_text(b, "A quiet %s: nothing changed beyond "
	    "what chance explains. %.*s", noun, STR_FMT(volume_words(b)));
}

void
report_words(struct builder *b)
{
	struct insight_report *r = b->out;
	struct buf text;
	size_t n = MIN_OF(r->nclaims, (size_t)SENTENCES);

	for (size_t i = 0; i < r->nclaims; i++)
		claim_words(b, &r->claims[i]);
	if (r->is_quiet) {
		quiet_words(b);
		return;
	}
	r->title = r->nclaims == 1 ? r->claims[0].title :
	    builder_text(b, "%.*s; %zu more change%s",
	    STR_FMT(r->claims[0].title), r->nclaims - 1,
	    r->nclaims == 2 ? "" : "s");
	buf_init(&text, TEXT_MAX);
	buf_add_str(&text, volume_words(b));
	if (b->s->dims[INSIGHT_TOTAL].v[0].c[BEFORE].runs == 0)
		buf_addf(&text, " %.*s", STR_FMT(first_words(b)));
	for (size_t i = 0; i < n; i++)
		buf_addf(&text, " %.*s.", STR_FMT(r->claims[i].title));
	if (r->nclaims > n)
		buf_addf(&text, " And %zu more.", r->nclaims - n);
	r->text = arena_str(b->arena, buf_str(&text));
	b->failed = b->failed || !r->text.p || text.failed;
	buf_fini(&text);
}
