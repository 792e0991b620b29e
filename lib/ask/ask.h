#ifndef ASK_ASK_H
#define ASK_ASK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/cc.h"
#include "base/str.h"

/*
 * A question in English becomes a plan: what to look at, of which agents,
 * tools, models and users, by what to order it, of which time, compared with
 * what.  Rules and a vocabulary, no model; words that nothing is known about
 * are kept and shown, so that the asker sees what was not understood.
 *
 *	struct ask_plan p;
 *
 *	ask_parse(&p, STR("Which tool failed most last week?"), &context);
 *	if (!p.subject)
 *		… offer ask_example(0), …
 *
 * How: words are split and misspelt ones put right; then each slot takes what
 * is its own, in this order: time, vocabulary (phrases before words),
 * thresholds, text to search for, names.  What is left over is ignored, and
 * said to be; plan.c weighs what was heard.  A question that orders something
 * done, or is about the future, has no plan.
 *
 * A pure function of the question and the context: the time is given.  Weeks
 * begin on Monday, days at midnight in the asker's time zone.
 * Memory: a plan borrows from the question and the context.
 * Threads: reentrant.
 */
enum ask_subject {
	ASK_NOTHING,            /* not understood */
	ASK_TOTALS,             /* figures over all runs, or calls */
	ASK_RUNS,               /* single runs */
	ASK_FAILURES,
	ASK_TOOLS,
	ASK_MODELS,
	ASK_AGENTS,
	ASK_USERS,
	ASK_ORGS,
	ASK_SESSIONS,
	ASK_PATTERNS,
	ASK_TOPICS,
	ASK_FEEDBACK,
	ASK_INSIGHTS,
	ASK_SUBJECTS
};

enum ask_measure {
	ASK_COUNT,              /* runs, calls or events */
	ASK_NEWEST,             /* of lists: no measure, newest first */
	ASK_NUMBER,             /* how many of the subject there are */
	ASK_ERRORS,
	ASK_ERROR_RATE,
	ASK_COST,
	ASK_COST_PER_RUN,
	ASK_TOKENS,
	ASK_TOKENS_PER_RUN,
	ASK_INPUT_TOKENS,
	ASK_OUTPUT_TOKENS,
	ASK_LATENCY,            /* no statistic named */
	ASK_LATENCY_AVG,
	ASK_LATENCY_P50,
	ASK_LATENCY_P95,
	ASK_LATENCY_P99,
	ASK_FIRST_TOKEN,
	ASK_SHARE,              /* of runs, that show the pattern */
	ASK_RUNS_PER_USER,
	ASK_TOOL_CALLS,
	ASK_TOOL_ERRORS,
	ASK_TOOL_CALLS_PER_RUN,
	ASK_THUMBS_UP,
	ASK_THUMBS_DOWN,
	ASK_MEASURES
};

enum ask_group {
	ASK_NO_GROUP, ASK_BY_HOUR, ASK_BY_DAY, ASK_BY_WEEK, ASK_BY_MONTH
};

/* What a name is the name of. */
enum ask_dim {
	ASK_DIM_RUN, ASK_DIM_AGENT, ASK_DIM_TOOL, ASK_DIM_MODEL, ASK_DIM_USER,
	ASK_DIM_ORG, ASK_DIM_SESSION, ASK_DIMS
};

enum ask_status { ASK_ANY_STATUS, ASK_ERROR, ASK_OK };

enum ask_state {                /* of failures */
	ASK_ANY_STATE, ASK_NEW, ASK_REGRESSED, ASK_ACTIVE, ASK_RESOLVED,
	ASK_IGNORED
};

enum ask_field {                /* that text is looked for in */
	ASK_ANY_FIELD, ASK_IN_PROMPT, ASK_IN_RESPONSE, ASK_IN_ERROR,
	ASK_IN_TOOL
};

enum {
	ASK_WORDS_MAX = 200,
	ASK_LIMIT_MAX = 100,
	ASK_LIMIT_DEFAULT = 10,
	ASK_NAMES_MAX = 8,      /* in one question */
	ASK_CORRECTED_MAX = 8
};

struct ask_names {
	const struct str *v;
	size_t n;
};

struct ask_context {
	int64_t now_ms;
	int tz_minutes;         /* the asker's time, east of UTC */
	struct ask_names names[ASK_DIMS];       /* that are known */
	const char *const *patterns;            /* slugs of custom patterns */
	size_t npatterns;
};

struct ask_name {
	enum ask_dim dim;
	struct str text;
	bool is_part;           /* any name that has this part: "claude" */
	bool is_not;            /* all others */
	bool is_known;          /* in the context */
};

struct ask_plan {
	enum ask_subject subject;
	enum ask_measure measure;
	enum ask_group group;
	struct ask_name names[ASK_NAMES_MAX];
	size_t nnames;
	enum ask_status status; /* of runs, sessions */
	enum ask_state state;
	int feedback;           /* 1 or -1: runs with it */
	const char *pattern;    /* slug (static, or of the context), "any",
				 * or NULL */
	bool pattern_not;       /* runs without it */
	bool has_where;         /* only runs whose measure is beyond */
	bool where_less;
	enum ask_measure where; /* ASK_COST, _TOKENS, _LATENCY, _TOOL_CALLS */
	double where_value;     /* USD, tokens, seconds */
	struct str text;        /* or STR_NULL */
	bool is_phrase;         /* it was quoted: just so */
	enum ask_field field;
	bool is_ascending;
	bool by_change;         /* comparison: ordered by it */
	bool falls;             /* … what fell first */
	bool wants_reason;      /* "why": what explains the change */
	size_t limit;
	bool has_limit;         /* said, not assumed */
	int64_t from_ms, to_ms;
	bool has_time;          /* said, not assumed (the last seven days) */
	bool is_ever;           /* all time */
	bool is_comparison;     /* with [compare_from_ms, compare_to_ms) */
	int64_t compare_from_ms, compare_to_ms;
	bool compares_names;    /* of the filter, with each other */
	const char *refused;    /* why there is no plan, or NULL */
	struct str ignored[ASK_WORDS_MAX];
	size_t nignored;
	struct {
		struct str from;
		struct str to;  /* static */
	} corrected[ASK_CORRECTED_MAX];
	size_t ncorrected;
};

void ask_parse(struct ask_plan *p, struct str question,
    const struct ask_context *c) CC_NONNULL(1, 3);

/* The question's words and quotations as they stand, at most max of them: what
 * may be a name, for who makes the context. */
size_t ask_words(struct str question, struct str *out, size_t max)
    CC_NONNULL(2);

/* Appends the plan in words: "tools by errors, most first, 10 of them, from
 * … to …", in the time zone. */
void ask_describe(const struct ask_plan *p, int tz_minutes, struct buf *b)
    CC_NONNULL(1, 3);

/* Appends the plan in the one-line form of tests/fixtures/questions.tsv. */
void ask_print(const struct ask_plan *p, const struct ask_context *c,
    struct buf *b) CC_NONNULL(1, 2, 3);

/* "tools", "error rate", …; "" for ASK_NOTHING. */
const char *ask_subject_name(enum ask_subject s);
const char *ask_measure_name(enum ask_measure m);
const char *ask_group_name(enum ask_group g);
const char *ask_dim_name(enum ask_dim d);
const char *ask_state_name(enum ask_state s);
const char *ask_field_name(enum ask_field f);

/* What subjects have names of: ASK_DIMS if it has none. */
enum ask_dim ask_dim_of(enum ask_subject s);
enum ask_subject ask_subject_of(enum ask_dim d);

/* The first name of the dimension that must be, or NULL; how many. */
const struct ask_name *ask_name_of(const struct ask_plan *p,
    enum ask_dim d) CC_NONNULL(1);
size_t ask_names_of(const struct ask_plan *p, enum ask_dim d) CC_NONNULL(1);

/* Whether the plan's names of the dimension let this one pass. */
bool ask_name_passes(const struct ask_plan *p, enum ask_dim d,
    struct str name) CC_NONNULL(1);

/* Whether this name is what the asker named. */
bool ask_name_is(const struct ask_name *n, struct str name) CC_NONNULL(1);

/* Questions that are understood: i from 0, NULL behind the last. */
const char *ask_example(size_t i);

/* The n examples that share most with the question, best first. */
size_t ask_nearest(struct str question, const char **out, size_t n)
    CC_NONNULL(2);

#endif
