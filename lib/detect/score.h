#ifndef DETECT_SCORE_H
#define DETECT_SCORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cc.h"
#include "base/str.h"

/*
 * How likely it is that a message of a conversation shows a behavioural
 * pattern: a small text model (hashed word and character n-grams, phrase
 * classes, dialogue features), with no language model call and no I/O.
 *
 *	struct scorer *s = scorer_new();
 *	struct score_result r;
 *
 *	scorer_load(s, turns, n);
 *	for (i = 0; i < n; i++)
 *		if (turns[i].role == TURN_USER &&
 *		    score_turn(s, SCORE_USER_FRUSTRATION, i, &r))
 *			report(i, r.score, r.from, r.to);
 *	scorer_free(s);
 *
 * A conversation is scanned once by scorer_load; each score_turn after it is
 * a few dozen multiplications.  Scores are probabilities (the reliability
 * table is printed by scripts/eval_score).  The same conversation gives the
 * same scores, whatever was loaded before.  Any bytes are safe; what is not
 * UTF-8 separates words.  A message's score depends on it
 * and on the messages before it, never on those after it.
 *
 * Memory: one scorer holds about 1 KB a turn of the largest conversation
 * loaded, at most SCORE_TURNS_MAX turns; of each message the first and last
 * bytes are read up to a fixed budget.  Threads: one scorer, one thread.
 */
enum score_pattern {
	/* about a user's message */
	SCORE_USER_FRUSTRATION,
	SCORE_USER_CONFUSION,
	SCORE_TASK_FAILURE,
	SCORE_USER_REPEATS,
	SCORE_USER_CORRECTS,
	SCORE_USER_PRAISES,
	/* about an assistant's message */
	SCORE_REFUSAL,
	SCORE_EMPTY_ANSWER,
	SCORE_UNGROUNDED,
	SCORE_PATTERNS
};

enum {
	SCORE_TURNS_MAX = 4096, /* of a longer conversation, the last ones */
	SCORE_REASONS_MAX = 5,
	SCORE_MODEL_VERSION = 1 /* changes with any change of a score */
};

enum turn_role {
	TURN_USER,
	TURN_ASSISTANT,
	TURN_TOOL,              /* a tool's result */
	TURN_SYSTEM
};

struct turn {
	enum turn_role role;
	struct str text;        /* UTF-8; STR_NULL counts as empty */
};

/* One thing that moved a score: what, and by how much in log odds. */
struct score_reason {
	const char *name;       /* static: "repeats an earlier request" */
	double weight;          /* > 0 speaks for the pattern, < 0 against */
};

struct score_result {
	double score;           /* probability, 0..1 */
	double threshold;       /* of this pattern; shown at or above it */
	size_t from, to;        /* evidence: bytes [from, to) of the message */
	size_t n_reasons;
	struct score_reason reasons[SCORE_REASONS_MAX]; /* heaviest first */
};

/* "user-frustration", "user-confusion", "task-failure-reported", … */
const char *score_name(enum score_pattern p);

/* One sentence that says what the pattern means. */
const char *score_describe(enum score_pattern p);

/* False if there is no such pattern. */
bool score_by_name(struct str name, enum score_pattern *out) CC_CHECK
    CC_NONNULL(2);

/* The role that the pattern is about: TURN_USER or TURN_ASSISTANT. */
enum turn_role score_role(enum score_pattern p);

/* The score at or above which a message counts as showing the pattern. */
double score_threshold(enum score_pattern p);

struct scorer *scorer_new(void) CC_CHECK;

/* Accepts NULL. */
void scorer_free(struct scorer *s);

/*
 * Scans a conversation.  Borrows turns and their texts until the next
 * scorer_load or scorer_free.
 */
void scorer_load(struct scorer *s, const struct turn *turns, size_t n)
    CC_NONNULL(1);

/*
 * Fills in *r for turn i of the conversation last loaded; true when r->score
 * is at or above the threshold.  A turn of the wrong role, or one cut off by
 * SCORE_TURNS_MAX, scores 0 with no reasons.
 */
bool score_turn(struct scorer *s, enum score_pattern p, size_t i,
    struct score_result *r) CC_NONNULL(1, 4);

/*
 * Only the score: what score_turn gives, without evidence and reasons, and
 * several times faster.
 */
double score_quick(struct scorer *s, enum score_pattern p, size_t i)
    CC_NONNULL(1);

#endif
