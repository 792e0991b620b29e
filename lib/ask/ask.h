#ifndef ASK_ASK_H
#define ASK_ASK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/cc.h"
#include "base/str.h"

/*
 * A question in English becomes a plan: what to look at, by what to order it,
 * of which time.  Rules and a vocabulary, no model; words that nothing is
 * known about are kept and shown, so that the asker sees what was not
 * understood.
 *
 *	struct ask_plan p;
 *
 *	ask_parse(&p, STR("Which tool failed most last week?"), &context);
 *	if (!p.subject)
 *		… offer ask_example(0), …
 *
 * A pure function of the question and the context: the time is given.  Weeks
 * begin on Monday, days at midnight, both in UTC.  Sums by user or organisation
 * begin at midnight in any case, since they are kept by day.
 * Memory: a plan borrows from the question and the context.
 * Threads: reentrant.
 */
enum ask_subject {
	ASK_NOTHING,            /* not understood */
	ASK_TOTALS,             /* the numbers of all runs */
	ASK_RUNS,               /* single runs */
	ASK_FAILURES,
	ASK_TOOLS,
	ASK_MODELS,
	ASK_AGENTS,
	ASK_USERS,
	ASK_ORGS,
	ASK_SESSIONS,
	ASK_PATTERNS,
	ASK_FEEDBACK,
	ASK_INSIGHTS,
	ASK_SUBJECTS
};

enum ask_measure {
	ASK_COUNT,              /* runs, calls or events */
	ASK_ERRORS,
	ASK_ERROR_RATE,
	ASK_COST,
	ASK_TOKENS,
	ASK_LATENCY,
	ASK_FLAGGED,            /* runs with a pattern */
	ASK_MEASURES
};

enum { ASK_WORDS_MAX = 200, ASK_LIMIT_MAX = 100, ASK_LIMIT_DEFAULT = 10 };

struct ask_context {
	int64_t now_ms;
	/* Names that a question may mention; may be none. */
	const struct str *agents;
	size_t nagents;
};

struct ask_plan {
	enum ask_subject subject;
	enum ask_measure measure;
	bool is_ascending;
	bool only_errors;       /* runs, sessions: that failed */
	bool only_new;          /* failures: first seen in the range */
	bool wants_reason;      /* "why": what explains the change */
	size_t limit;
	int64_t from_ms, to_ms;
	bool has_time;          /* said, not assumed (the last seven days) */
	bool is_comparison;     /* with [compare_from_ms, compare_to_ms) */
	int64_t compare_from_ms, compare_to_ms;
	const char *pattern;    /* slug, or NULL; static */
	struct str agent;       /* or STR_NULL */
	struct str ignored[ASK_WORDS_MAX];
	size_t nignored;
};

void ask_parse(struct ask_plan *p, struct str question,
    const struct ask_context *c) CC_NONNULL(1, 3);

/* Appends the plan in words: "tools by errors, most first, 10 of them, from
 * … to …". */
void ask_describe(const struct ask_plan *p, struct buf *b) CC_NONNULL(1, 2);

/* "tools", "error rate", …; "" for ASK_NOTHING. */
const char *ask_subject_name(enum ask_subject s);
const char *ask_measure_name(enum ask_measure m);

/* Questions that are understood: i from 0, NULL behind the last. */
const char *ask_example(size_t i);

/* The n examples that share most with the question, best first. */
size_t ask_nearest(struct str question, const char **out, size_t n)
    CC_NONNULL(2);

#endif
