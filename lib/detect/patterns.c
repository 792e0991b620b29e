/* Names, meanings and thresholds of the patterns that are scored. */
#include <assert.h>

#include "detect/score.h"

static const struct pattern {
	const char *name;
	const char *text;
	enum turn_role role;
	double threshold;
} table[SCORE_PATTERNS] = {
	[SCORE_USER_FRUSTRATION] = { "user-frustration",
	    "The user is dissatisfied with how the agent serves them.",
	    TURN_USER, 0.5 },
	[SCORE_USER_CONFUSION] = { "user-confusion",
	    "The user does not understand what the agent said or wants.",
	    TURN_USER, 0.4 },
	[SCORE_TASK_FAILURE] = { "task-failure-reported",
	    "The user says that the task was not done or went wrong.",
	    TURN_USER, 0.45 },
	[SCORE_USER_REPEATS] = { "user-repeats-request",
	    "The user makes an earlier request again.",
	    TURN_USER, 0.5 },
	[SCORE_USER_CORRECTS] = { "user-corrects-agent",
	    "The user corrects what the agent understood or did.",
	    TURN_USER, 0.5 },
	[SCORE_USER_PRAISES] = { "user-praises",
	    "The user thanks or praises the agent.",
	    TURN_USER, 0.5 },
	[SCORE_REFUSAL] = { "refusal",
	    "The agent refuses to do what was asked.",
	    TURN_ASSISTANT, 0.5 },
	[SCORE_EMPTY_ANSWER] = { "empty-or-truncated-answer",
	    "The answer is empty or breaks off.",
	    TURN_ASSISTANT, 0.5 },
	[SCORE_UNGROUNDED] = { "ungrounded-answer",
	    "The answer states what none of its sources says.",
	    TURN_ASSISTANT, 0.5 },
};

const char *
score_name(enum score_pattern p)
{
	assert(p < SCORE_PATTERNS);
	return table[p].name;
}

const char *
score_describe(enum score_pattern p)
{
	assert(p < SCORE_PATTERNS);
	return table[p].text;
}

bool
score_by_name(struct str name, enum score_pattern *out)
{
	size_t i;

	for (i = 0; i < SCORE_PATTERNS; i++)
		if (str_is(name, table[i].name)) {
			*out = (enum score_pattern)i;
			return true;
		}
	return false;
}

enum turn_role
score_role(enum score_pattern p)
{
	assert(p < SCORE_PATTERNS);
	return table[p].role;
}

double
score_threshold(enum score_pattern p)
{
	assert(p < SCORE_PATTERNS);
	return table[p].threshold;
}
