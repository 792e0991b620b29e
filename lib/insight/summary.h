#ifndef INSIGHT_SUMMARY_H
#define INSIGHT_SUMMARY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"
#include "insight/period.h"
#include "sketch/sketch.h"

/*
 * What happened in a period and in the one before, as insights compare them.
 * lib/digest fills it, from a store or from runs in memory; both ways give the
 * same summary.  Plain data: everything is borrowed from whoever filled it.
 */
enum { BEFORE, NOW, PERIODS };

enum insight_dim {
	INSIGHT_TOTAL,          /* one row, of all runs */
	INSIGHT_AGENT, INSIGHT_MODEL, INSIGHT_TOOL, INSIGHT_PATTERN,
	INSIGHT_USER, INSIGHT_ORG,
	INSIGHT_TOPIC,          /* by id; those that a model has a name for */
	INSIGHT_DIMS
};

/* Meanings are those of repo/rollup.h. */
struct insight_counts {
	int64_t runs, calls, errors, ended, duration_us;
	int64_t total_tokens, cost_pico_usd, unpriced;
	int64_t steps, tool_calls, tool_errors;
	int64_t conversational, flagged;
	int64_t thumbs_up, thumbs_down, feedback_texts;
	int64_t frustrated, task_failed;
};

struct insight_row {
	struct str name;
	struct insight_counts c[PERIODS];
	struct sketch duration_us[PERIODS];
	/* Of each slice of the periods; NULL for patterns, users, orgs. */
	struct insight_counts *slices[PERIODS];
	/* Of a topic: what it is called, the id of its parent or STR_NULL, and
	 * whether it is one. */
	struct str label, parent;
	bool is_group;
};

/* Rows with the most runs in both periods; ties by name. */
struct insight_rows {
	struct insight_row *v;
	size_t n;
	size_t dropped;                 /* rows beyond INSIGHT_ROWS_MAX */
};

/* Runs with a pattern, by agent, user or organisation. */
struct insight_pair {
	struct str slug, name;
	int64_t runs[PERIODS];
};

/* A run to point at. */
struct insight_run {
	struct str run_id, session_id, agent, user_id, org_id;
	struct str quote;               /* the user's words, if it has any */
	struct str prompt;              /* in the list of recent ones */
	struct str topic, topic_parent; /* ids */
	struct str model;               /* the dearest */
	struct str tools;               /* "\nname\n!name\n": ! marks one that failed */
	int64_t start_ms, duration_us, cost_pico_usd;
	bool is_error;
	bool is_disliked;               /* thumbs down, */
	struct str complaint;           /* with these words, in the list of
					 * recent ones */
};

struct insight_runs {
	struct insight_run *v;
	size_t n;
};

struct insight_failure {
	struct str failure_id, entity_type, template;
	int64_t runs[PERIODS], events[PERIODS];
	int64_t first_seen_ms;
	bool is_ignored;
	bool is_back;                   /* came back after a resolution, in NOW */
	struct str resolved_in;
	struct insight_runs latest;     /* at most INSIGHT_LINKS */
};

struct insight_pattern {
	struct str slug;
	struct insight_runs latest;     /* at most INSIGHT_PATTERN_RUNS */
};

enum {
	INSIGHT_ROWS_MAX = 100,
	INSIGHT_FAILURES_MAX = 200,
	INSIGHT_PATTERNS_MAX = 40,
	INSIGHT_LINKS = 5,
	INSIGHT_PATTERN_RUNS = 1000,
	INSIGHT_PAIR_RUNS = 5000,       /* of a period: with more, no pairs */
	INSIGHT_RECENT_RUNS = 1000
};

struct insight_summary {
	struct period period[PERIODS];
	size_t nslices;                 /* pairs of slices of equal rank */
	struct insight_rows dims[INSIGHT_DIMS];
	struct insight_pair *pairs[INSIGHT_DIMS];       /* AGENT, USER, ORG */
	size_t npairs[INSIGHT_DIMS];
	struct insight_failure *failures;       /* most events in NOW first */
	size_t nfailures;
	struct insight_pattern *patterns;       /* by slug */
	size_t npatterns;
	struct insight_runs recent;     /* latest of NOW, newest first */
};

#endif
