/* What users ask about: how often, and how they fare. */
#include <math.h>

#include "insight/report_in.h"

/* Too few runs for any test to find something. */
enum { RUNS_MIN = 8, NAME_SHOWN = 80 };

static struct str
name_of(struct builder *b, const struct insight_row *r)
{
	return builder_text(b, "\"%.*s\"", (int)MIN_OF(r->label.n,
	    (size_t)NAME_SHOWN), r->label.p);
}

static struct candidate *
add(struct builder *b, enum insight_kind kind, const struct insight_row *r)
{
	return builder_add(b, kind, INSIGHT_TOPIC, r->name);
}

static void
link_runs(struct builder *b, struct candidate *c, bool errors_only)
{
	struct run_filter f = { .dim = INSIGHT_TOPIC, .name = c->claim.name,
		.errors_only = errors_only };

	claim_link(&c->claim, &b->s->recent, &f);
}

/* Neither good nor bad: more of it may be either. */
static void
share(struct builder *b, const struct insight_row *r)
{
	const struct insight_counts *t = b->s->dims[INSIGHT_TOTAL].v[0].c;
	struct candidate *c = add(b, CLAIM_TOPIC_SHARE, r);

	candidate_rate(c, r->c[BEFORE].runs, t[BEFORE].conversational,
	    r->c[NOW].runs, t[NOW].conversational, 1);
	c->claim.severity = c->claim.now >= 0.05 &&
	    c->claim.now >= 2 * c->claim.before ? SEVERITY_MEDIUM :
	    SEVERITY_LOW;
	c->claim.is_good = c->claim.now < c->claim.before;
	c->claim.title = r->c[BEFORE].runs ? builder_text(b,
	    "Users ask %s about %.*s: %.*s of conversations (%.*s)",
	    c->claim.now > c->claim.before ? "more" : "less",
	    STR_FMT(name_of(b, r)),
	    STR_FMT(builder_value(b, "rate", c->claim.now)),
	    STR_FMT(builder_change(b, c->claim.before, c->claim.now))) :
	    builder_text(b, "Users began to ask about %.*s: %.*s of "
	    "conversations", STR_FMT(name_of(b, r)),
	    STR_FMT(builder_value(b, "rate", c->claim.now)));
	link_runs(b, c, false);
}

static void
judge(struct candidate *c, int64_t runs)
{
	bool is_worse = c->claim.now > c->claim.before;

	c->claim.is_good = !is_worse;
	c->claim.severity = !is_worse ? SEVERITY_LOW : runs >= 10 &&
	    c->claim.now >= 0.1 && c->claim.now >= 2 * c->claim.before ?
	    SEVERITY_HIGH : SEVERITY_MEDIUM;
}

static void
failures(struct builder *b, const struct insight_row *r)
{
	struct candidate *c = add(b, CLAIM_ERROR_RATE, r);

	candidate_rate(c, r->c[BEFORE].errors, r->c[BEFORE].runs,
	    r->c[NOW].errors, r->c[NOW].runs, 1);
	judge(c, r->c[NOW].errors);
	c->claim.title = builder_text(b,
	    "Topic %.*s: failure rate %s to %.*s (%.*s)",
	    STR_FMT(name_of(b, r)),
	    c->claim.now > c->claim.before ? "rose" : "fell",
	    STR_FMT(builder_value(b, "rate", c->claim.now)),
	    STR_FMT(builder_change(b, c->claim.before, c->claim.now)));
	link_runs(b, c, true);
}

static const struct insight_runs *
frustrated_runs(const struct builder *b)
{
	for (size_t i = 0; i < b->s->npatterns; i++)
		if (str_is(b->s->patterns[i].slug, "user-frustration"))
			return &b->s->patterns[i].latest;
	return &b->s->recent;
}

static void
frustration(struct builder *b, const struct insight_row *r)
{
	struct run_filter f = { .dim = INSIGHT_TOPIC, .name = r->name };
	struct candidate *c = add(b, CLAIM_SIGNAL_RATE, r);

	c->claim.pattern = STR("user-frustration");
	candidate_rate(c, r->c[BEFORE].frustrated, r->c[BEFORE].runs,
	    r->c[NOW].frustrated, r->c[NOW].runs, 1);
	judge(c, r->c[NOW].frustrated);
	c->claim.title = builder_text(b,
	    "Topic %.*s: user frustration %s to %.*s (%lld runs)",
	    STR_FMT(name_of(b, r)),
	    c->claim.now > c->claim.before ? "rose" : "fell",
	    STR_FMT(builder_value(b, "rate", c->claim.now)),
	    (long long)r->c[NOW].frustrated);
	claim_link(&c->claim, frustrated_runs(b), &f);
}

void
claims_topics(struct builder *b)
{
	const struct insight_rows *rows = &b->s->dims[INSIGHT_TOPIC];

	for (size_t i = 0; i < rows->n; i++) {
		const struct insight_row *r = &rows->v[i];

		/* Its children say it already. */
		if (r->is_group ||
		    r->c[BEFORE].runs + r->c[NOW].runs < RUNS_MIN)
			continue;
		share(b, r);
		if (r->c[BEFORE].errors + r->c[NOW].errors)
			failures(b, r);
		if (r->c[BEFORE].frustrated + r->c[NOW].frustrated)
			frustration(b, r);
	}
}
