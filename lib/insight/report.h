#ifndef INSIGHT_REPORT_H
#define INSIGHT_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/cc.h"
#include "base/err.h"
#include "insight/summary.h"
#include "model/event.h"

/*
 * Two periods → what changed.  A pure function: the same summary gives the
 * same report, and the same report the same bytes.
 *
 *	struct insight_report r;
 *	struct event ev;
 *
 *	if (insight_compare(summary, arena, &r, e) ||
 *	    insight_event(&r, created_ns, arena, &ev, e))
 *		return e->code;
 *
 * A claim is made when its test finds the change (Benjamini-Hochberg over all
 * tests of the report: q below INSIGHT_FDR; weighted, Genovese, Roeder and
 * Wasserman 2006, so that headlines, failures, agents, models, tools, users
 * and organisations each have a share) and the change is large enough to
 * matter.  Tests: rates by stats_proportions, with the dispersion that the
 * period before shows between its days; volume, cost and tokens by
 * stats_levels over matching days, volume also by stats_counts; latency by
 * stats_samples on the latency sketches.  Large enough: a rate by Cohen's h of
 * 0.1, and half as much again for a failure; a level by 15 %; latency by 10 %
 * in the median or p95 and a chance of 0.56 to be slower.  That a failure is
 * new, or came back after it was resolved, is a fact and needs no test.
 *
 * Signals are broken down by agent, user and organisation unless a pattern has
 * more than INSIGHT_PAIR_RUNS runs in one of the periods.  Names beyond the
 * INSIGHT_ROWS_MAX busiest of a kind are not tested one by one.
 *
 * Cost is taken apart by model into terms that add up exactly: volume (as many
 * calls and cost a run as before, for the new number of runs), mix (calls a
 * run, at the old cost a call), price (cost a call), and by agent likewise,
 * with runs for calls.  Mean latency of runs is taken apart by agent: mix (who
 * runs) and speed (how long theirs take), and by what runs do: time in each
 * tool and model, and the rest, which is less than nothing where calls overlap.
 *
 * Body of the event, JSON:
 *	version, id, period, label, timezone, from, to, before {from, to},
 *	title, text, severity ("high", "medium", "low"), quiet,
 *	values {name: number}           what `--fail-on` speaks about
 *	metrics [{name, label, unit, before, now, change, effect, p, q,
 *	    significant}]
 *	claims [{kind, severity, good, title, text, dim, name, pattern, before,
 *	    now, effect, p, q, quotes [{text, run_id, user_id}],
 *	    links {runs, sessions, failures}}]
 *	cost {before_usd, now_usd, volume_usd, mix_usd, price_usd,
 *	    models [{name, before_usd, now_usd, volume_usd, mix_usd, price_usd}],
 *	    agents [the same]}
 *	latency {before_ms, now_ms, agents [{name, before_ms, now_ms, mix_ms,
 *	    speed_ms}], parts [{dim, name, before_ms, now_ms}]}
 *	failures [{failure_id, entity_type, template, runs_before, runs_now,
 *	    events_before, events_now, is_new, is_back}]
 *	top {agents, models, tools, users, orgs: [{name, runs_before, runs_now,
 *	    errors_before, errors_now, cost_usd_before, cost_usd_now}]}
 * change is now / before - 1, null when before is 0; p and q are null for
 * facts; quotes are the users' own words, at most 200 bytes.
 *
 * Memory: in the arena, names borrowed from the summary.  Threads: pure.
 */
enum {
	INSIGHT_VERSION = 1, INSIGHT_CLAIMS_MAX = 40, INSIGHT_QUOTES = 3,
	INSIGHT_METRICS_MAX = 64, INSIGHT_VALUES_MAX = 128,
	INSIGHT_BODY_MAX = 4 << 20
};
#define INSIGHT_FDR 0.05

enum insight_severity { SEVERITY_LOW, SEVERITY_MEDIUM, SEVERITY_HIGH };

enum insight_kind {
	CLAIM_FAILURE_NEW, CLAIM_FAILURE_BACK, CLAIM_FAILURE_GROWING,
	CLAIM_FAILURE_GONE, CLAIM_VOLUME, CLAIM_ERROR_RATE, CLAIM_SIGNAL_RATE,
	CLAIM_COST, CLAIM_COST_MODEL, CLAIM_LATENCY, CLAIM_FEEDBACK,
	CLAIM_TOKENS, CLAIM_TOPIC_SHARE
};

struct insight_quote {
	struct str text, run_id, user_id;
};

struct insight_claim {
	enum insight_kind kind;
	enum insight_severity severity;
	bool is_good;
	bool is_fact;                   /* p and q say nothing */
	struct str title, text;
	enum insight_dim dim;
	struct str name;                /* of the agent, failure id, … */
	struct str pattern;             /* slug, for signals */
	struct str unit;
	double before, now, effect, p, q;
	struct insight_quote quotes[INSIGHT_QUOTES];
	size_t nquotes;
	struct str runs[INSIGHT_LINKS], sessions[INSIGHT_LINKS];
	size_t nruns, nsessions;
	struct str failure_id;          /* or STR_NULL */
};

struct insight_metric {
	struct str name, label, unit;
	double before, now, effect, p, q;
	bool is_significant;
};

struct insight_cost_part {
	struct str name;
	int64_t before_pico, now_pico, volume_pico, mix_pico, price_pico;
};

struct insight_latency_part {
	struct str name;
	double before_ms, now_ms, mix_ms, speed_ms;
};

/* What the mean run spends in a tool, a model, or elsewhere (TOTAL). */
struct insight_time_part {
	enum insight_dim dim;
	struct str name;
	double before_ms, now_ms;
};

struct insight_value {
	struct str name;
	double v;
};

struct insight_report {
	const struct insight_summary *s;
	struct str title, text;
	enum insight_severity severity;
	bool is_quiet;
	struct insight_claim *claims;   /* gravest first */
	size_t nclaims;
	struct insight_metric metrics[INSIGHT_METRICS_MAX];
	size_t nmetrics;
	struct insight_cost_part *costs;        /* largest change first */
	size_t ncosts;
	struct insight_cost_part *agent_costs;
	size_t nagent_costs;
	struct insight_latency_part *latencies;
	size_t nlatencies;
	struct insight_time_part *times;
	size_t ntimes;
	struct insight_value values[INSIGHT_VALUES_MAX];
	size_t nvalues;
};

int insight_compare(const struct insight_summary *s, struct arena *a,
    struct insight_report *out, struct err *e) CC_CHECK
    CC_NONNULL(1, 2, 3, 4);

/* The body, as above. */
void insight_body(const struct insight_report *r, struct buf *b)
    CC_NONNULL(1, 2);

/*
 * EVENT_INSIGHT with the period's id; project, env and received_ms are left
 * to the caller.  created_ns is the order too, so that a later insight of the
 * same period wins.
 */
int insight_event(const struct insight_report *r, int64_t created_ns,
    struct arena *a, struct event *out, struct err *e) CC_CHECK
    CC_NONNULL(1, 3, 4, 5);

const char *insight_severity_name(enum insight_severity s);
const char *insight_kind_name(enum insight_kind k);
const char *insight_dim_name(enum insight_dim d);

#endif
