/* Failures: new, back, growing, gone. */
#include <math.h>

#include "insight/report_in.h"

enum { TEMPLATE_SHOWN = 140 };

static struct str
shown(const struct insight_failure *f)
{
	return str_utf8_prefix(f->template, TEMPLATE_SHOWN);
}

/* By how many runs it is seen in. */
static enum insight_severity
weigh(int64_t runs, int64_t all)
{
	if (runs >= 20 || (runs >= 3 && runs * 20 >= all))
		return SEVERITY_HIGH;
	return runs >= 3 || runs * 100 >= all ? SEVERITY_MEDIUM :
	    SEVERITY_LOW;
}

static struct candidate *
add(struct builder *b, enum insight_kind kind,
    const struct insight_failure *f)
{
	const struct insight_counts *t = b->s->dims[INSIGHT_TOTAL].v[0].c;
	struct run_filter any = { .dim = INSIGHT_TOTAL };
	struct candidate *c = builder_add(b, kind, INSIGHT_TOTAL,
	    f->failure_id);

	candidate_rate(c, f->runs[BEFORE], t[BEFORE].runs, f->runs[NOW],
	    t[NOW].runs, 1);
	c->claim.failure_id = f->failure_id;
	claim_link(&c->claim, &f->latest, &any);
	return c;
}

static void
state_fact(struct builder *b, enum insight_kind kind,
    const struct insight_failure *f)
{
	struct candidate *c = add(b, kind, f);
	int64_t all = b->s->dims[INSIGHT_TOTAL].v[0].c[NOW].runs;

	c->claim.is_fact = true;
	c->claim.severity = weigh(f->runs[NOW], all);
	c->weight = 1 + (double)f->runs[NOW];
	if (kind == CLAIM_FAILURE_NEW) {
		c->claim.title = builder_text(b, "New failure in %lld run%s: "
		    "%.*s", (long long)f->runs[NOW], f->runs[NOW] == 1 ? "" :
		    "s", STR_FMT(shown(f)));
		return;
	}
	/* Somebody said that this was fixed. */
	if (c->claim.severity == SEVERITY_LOW)
		c->claim.severity = SEVERITY_MEDIUM;
	c->claim.title = builder_text(b, "Regressed%s%.*s: back in %lld "
	    "run%s: %.*s", f->resolved_in.n ? ", was resolved in " : "",
	    STR_FMT(f->resolved_in), (long long)f->runs[NOW],
	    f->runs[NOW] == 1 ? "" : "s", STR_FMT(shown(f)));
}

static void
test_share(struct builder *b, const struct insight_failure *f)
{
	bool worse = f->runs[NOW] > f->runs[BEFORE];
	struct candidate *c = add(b, worse ? CLAIM_FAILURE_GROWING :
	    CLAIM_FAILURE_GONE, f);
	int64_t all = b->s->dims[INSIGHT_TOTAL].v[0].c[NOW].runs;
	double before = c->claim.before, now = c->claim.now;

	c->claim.is_good = !worse;
	c->claim.severity = worse ? weigh(f->runs[NOW], all) : SEVERITY_LOW;
	c->is_large = worse ? f->runs[NOW] >= 3 && now >= 1.5 * before :
	    f->runs[NOW] == 0 && f->runs[BEFORE] >= 3;
	c->weight = fabs((double)(f->runs[NOW] - f->runs[BEFORE]));
	c->claim.title = worse ?
	    builder_text(b, "Growing failure, %lld runs after %lld: %.*s",
	    (long long)f->runs[NOW], (long long)f->runs[BEFORE],
	    STR_FMT(shown(f))) :
	    builder_text(b, "Failure gone, %lld runs before: %.*s",
	    (long long)f->runs[BEFORE], STR_FMT(shown(f)));
}

void
claims_failures(struct builder *b)
{
	int64_t from = b->s->period[NOW].from_ms;

	for (size_t i = 0; i < b->s->nfailures; i++) {
		const struct insight_failure *f = &b->s->failures[i];

		if (f->is_ignored)
			continue;
		if (f->events[NOW] && f->first_seen_ms >= from)
			state_fact(b, CLAIM_FAILURE_NEW, f);
		else if (f->is_back)
			state_fact(b, CLAIM_FAILURE_BACK, f);
		else if (f->runs[NOW] != f->runs[BEFORE])
			test_share(b, f);
	}
}
