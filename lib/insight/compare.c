/* From a summary to a report. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "insight/report_in.h"
#include "insight/stats.h"

static const char *const severities[] = { "low", "medium", "high" };
static const char *const kinds[] = {
	"failure_new", "failure_regressed", "failure_growing", "failure_gone",
	"volume", "error_rate", "signal_rate", "cost", "cost_model",
	"latency", "feedback", "tokens", "topic_share"
};
static const char *const dims[] = {
	"total", "agent", "model", "tool", "pattern", "user", "organisation",
	"topic"
};

const char *
insight_severity_name(enum insight_severity s)
{
	return severities[s];
}

const char *
insight_kind_name(enum insight_kind k)
{
	return kinds[k];
}

const char *
insight_dim_name(enum insight_dim d)
{
	return dims[d];
}

const char *
period_noun(const struct insight_summary *s)
{
	static const char *const nouns[] = { "day", "week", "month",
		"period" };

	return nouns[s->period[NOW].kind];
}

/*
 * Shares of the families of tests: what is asked first is not drowned by a
 * hundred users.
 */
enum family { HEADLINES, FAILURES, NAMES };

static const double shares[NAMES + INSIGHT_DIMS] = {
	[HEADLINES] = 4, [FAILURES] = 2,
	[NAMES + INSIGHT_AGENT] = 2, [NAMES + INSIGHT_MODEL] = 2,
	[NAMES + INSIGHT_TOOL] = 2, [NAMES + INSIGHT_TOPIC] = 2,
	[NAMES + INSIGHT_USER] = 1, [NAMES + INSIGHT_ORG] = 1
};

static size_t
family_of(const struct insight_claim *c)
{
	if (c->failure_id.p)
		return FAILURES;
	return c->dim == INSIGHT_TOTAL || c->dim == INSIGHT_PATTERN ?
	    HEADLINES : (size_t)NAMES + c->dim;
}

/*
 * The false discovery rate is that of all tests together.  A test's p counts
 * divided by its weight; weights of a family add up to its share of the tests.
 */
static void
adjust(struct builder *b)
{
	double *p = mem_zalloc(2 * b->n + 2, sizeof(*p)), *q = p + b->n + 1;
	double in[ARRAY_LEN(shares)] = { 0 }, all = 0;
	size_t n = 0, k = 0;

	for (size_t i = 0; i < b->n; i++)
		if (!b->v[i].claim.is_fact) {
			in[family_of(&b->v[i].claim)]++;
			n++;
		}
	for (size_t i = 0; i < ARRAY_LEN(shares); i++)
		all += in[i] > 0 ? shares[i] : 0;
	for (size_t i = 0; i < b->n; i++) {
		const struct insight_claim *c = &b->v[i].claim;
		size_t f = family_of(c);

		if (!c->is_fact)
			p[k++] = fmin(1, c->p * in[f] * all /
			    ((double)n * shares[f]));
	}
	k = 0;
	stats_adjust(p, n, q);
	for (size_t i = 0; i < b->n; i++)
		if (!b->v[i].claim.is_fact)
			b->v[i].claim.q = q[k++];
	free(p);
}

static bool
is_claim(const struct candidate *c)
{
	return c->claim.is_fact ||
	    (c->is_large && c->claim.q < INSIGHT_FDR);
}

static int
compare(const void *a, const void *b)
{
	const struct candidate *x = *(const struct candidate *const *)a;
	const struct candidate *y = *(const struct candidate *const *)b;

	if (x->claim.severity != y->claim.severity)
		return x->claim.severity > y->claim.severity ? -1 : 1;
	if (x->claim.is_good != y->claim.is_good)
		return x->claim.is_good ? 1 : -1;
	if (x->claim.kind != y->claim.kind)
		return x->claim.kind < y->claim.kind ? -1 : 1;
	if (x->weight != y->weight)
		return x->weight > y->weight ? -1 : 1;
	/* What is left of the order is that of the summary. */
	return x < y ? -1 : x > y;
}

/* Metrics were the first candidates, in their order. */
static void
finish_metrics(struct builder *b)
{
	for (size_t i = 0; i < b->out->nmetrics; i++) {
		struct insight_metric *m = &b->out->metrics[i];

		m->p = b->v[i].claim.p;
		m->effect = b->v[i].claim.effect;
		m->q = b->v[i].claim.q;
		m->is_significant = is_claim(&b->v[i]);
	}
}

static void
choose(struct builder *b)
{
	const struct candidate **v = mem_zalloc(b->n + 1, sizeof(*v));
	struct insight_report *out = b->out;
	size_t n = 0;

	for (size_t i = 0; i < b->n; i++)
		if (is_claim(&b->v[i]))
			v[n++] = &b->v[i];
	qsort(v, n, sizeof(*v), compare);
	out->nclaims = MIN_OF(n, (size_t)INSIGHT_CLAIMS_MAX);
	out->claims = arena_array(b->arena, out->nclaims + 1,
	    sizeof(*out->claims));
	if (!out->claims) {
		b->failed = true;
		out->nclaims = 0;
	}
	for (size_t i = 0; i < out->nclaims; i++) {
		out->claims[i] = v[i]->claim;
		if (!v[i]->claim.is_good &&
		    v[i]->claim.severity > out->severity)
			out->severity = v[i]->claim.severity;
	}
	out->is_quiet = out->nclaims == 0;
	free(v);
}

/* Against nothing nothing rises, and of nothing there is no rate; but that all
 * traffic is gone is a change. */
static void
forget_tests(struct builder *b)
{
	for (size_t i = 0; i < b->n; i++) {
		struct candidate *c = &b->v[i];

		if (c->claim.kind == CLAIM_VOLUME &&
		    c->claim.before > 0)
			continue;
		c->claim.p = 1;
		c->is_large = false;
	}
}

int
insight_compare(const struct insight_summary *s, struct arena *a,
    struct insight_report *out, struct err *e)
{
	struct builder b = { .s = s, .arena = a, .out = out };

	memset(out, 0, sizeof(*out));
	out->s = s;
	claims_metrics(&b);
	claims_failures(&b);
	if (s->dims[INSIGHT_TOTAL].v[0].c[NOW].runs &&
	    s->dims[INSIGHT_TOTAL].v[0].c[BEFORE].runs) {
		claims_names(&b);
		claims_topics(&b);
	} else {
		forget_tests(&b);
	}
	explain_cost(&b);
	explain_latency(&b);
	explain_times(&b);
	if (b.failed)
		return err_set(e, ERR_LIMIT, "insight: too much to say");
	adjust(&b);
	finish_metrics(&b);
	choose(&b);
	report_values(&b);
	report_words(&b);
	return b.failed ? err_set(e, ERR_LIMIT, "insight: too much to say") :
	    0;
}
