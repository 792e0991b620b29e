#ifndef INSIGHT_REPORT_IN_H
#define INSIGHT_REPORT_IN_H

#include "insight/report.h"

/*
 * Inside lib/insight only.  A candidate is a change that was tested; those
 * that pass become claims.
 */
struct candidate {
	struct insight_claim claim;
	bool is_large;
	double weight;                  /* orders claims of one severity */
};

struct builder {
	const struct insight_summary *s;
	struct arena *arena;
	struct insight_report *out;
	struct candidate *v;
	size_t n, cap;
	bool failed;                    /* the arena is spent */
};

/* A text in the arena; "" past the budget, with failed set. */
struct str builder_text(struct builder *b, const char *fmt, ...)
    CC_PRINTF(2, 3);

/* A new candidate, never NULL: past the budget a scratch one. */
struct candidate *builder_add(struct builder *b, enum insight_kind kind,
    enum insight_dim dim, struct str name);

/* "12.3 %", "$1.20", "850 ms", "1,234" for a value of the unit ("rate",
 * "usd", "ms", "count", "number"); and the change in words. */
struct str builder_value(struct builder *b, const char *unit, double v);
struct str builder_change(struct builder *b, double before, double now);

/* A tested rate, level and latency; each fills before, now, p, effect. */
void candidate_rate(struct candidate *c, int64_t k0, int64_t n0, int64_t k1,
    int64_t n1, double dispersion);
void candidate_levels(struct candidate *c, const double *before,
    const double *now, size_t n);
void candidate_latency(struct candidate *c, const struct sketch *before,
    const struct sketch *now);

/*
 * When the whole (of which a metric of that name was tested) moved, a name is
 * worth saying only if its rate stands out from everybody else's, where it is
 * the higher one: else each agent in turn would be said to have what all have.
 */
struct rate_part {
	int64_t k[PERIODS], n[PERIODS];         /* k of n runs */
};
bool candidate_is_like_the_rest(const struct builder *b,
    const struct rate_part *one, const struct rate_part *all,
    struct str metric);

/* Points at runs of the list that pass; quotes those with words. */
struct run_filter {
	enum insight_dim dim;           /* TOTAL: any */
	struct str name;
	bool errors_only;
	bool tool_failed;
	bool disliked_only;             /* quotes what was said about it */
	enum { PICK_LATEST, PICK_DEAREST, PICK_SLOWEST } pick;
};
void claim_link(struct insight_claim *c, const struct insight_runs *from,
    const struct run_filter *f);

/* Fills the claim's list. */
void claim_list(struct builder *b, struct insight_claim *c);

/* "the week before", "the day before" … and "this week" … */
const char *period_noun(const struct insight_summary *s);

/* True for patterns that only conversations can show. */
bool pattern_is_about_user(struct str slug);
bool pattern_is_good(struct str slug);
struct str pattern_title(struct builder *b, struct str slug);
extern const char *const insight_slugs[];

/* The parts of a report. */
void claims_metrics(struct builder *b);
void claims_failures(struct builder *b);
void claims_names(struct builder *b);
void claims_topics(struct builder *b);
void explain_cost(struct builder *b);
void explain_latency(struct builder *b);
void explain_times(struct builder *b);
void report_values(struct builder *b);
void report_words(struct builder *b);

static inline double
ratio_of(int64_t k, int64_t n)
{
	return n > 0 ? (double)k / (double)n : 0;
}

#endif
