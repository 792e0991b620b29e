#ifndef DETECT_WEIGHTS_H
#define DETECT_WEIGHTS_H

#include <stdint.h>

#include "detect/features.h"
#include "detect/text.h"

/*
 * What scripts/train_text learned: constants only, generated into weights.c.
 * weights.NOTICE names the data they were learned from.
 */
enum {
	WEIGHTS_PHRASE_BITS = 14,
	WEIGHTS_PHRASE_SLOTS = 1 << WEIGHTS_PHRASE_BITS,
	WEIGHTS_AGENT_BITS = 13,
	WEIGHTS_PREFIX = 254,   /* longer phrases begin like this */
	WEIGHTS_NONE = 255      /* empty slot */
};

/* Four signed bytes a bucket, one for each enum feature_head. */
extern const uint32_t weights_gram[1 << TEXT_BUCKET_BITS];

/* Log odds = bias + scale * (sum of bytes) / sqrt(number of grams). */
extern const float weights_head_scale[HEAD_N];
extern const float weights_head_bias[HEAD_N];

/* One signed byte a bucket (the high bits of one) for agents' messages. */
extern const int8_t weights_agent[1 << WEIGHTS_AGENT_BITS];
extern const float weights_agent_scale[1];
extern const float weights_agent_bias[1];

/*
 * Phrases by text_phrase_add over their tokens, open addressing from the low
 * bits, equal keys next to each other; each proper prefix of a phrase is there
 * too, as WEIGHTS_PREFIX.
 */
extern const uint32_t weights_phrase_key[WEIGHTS_PHRASE_SLOTS];
extern const uint8_t weights_phrase_class[WEIGHTS_PHRASE_SLOTS];

/* Log odds of each pattern about a user's message; [FEATURE_N] is the bias. */
extern const float weights_user[FEATURE_USER_PATTERNS][FEATURE_N + 1];

/* The mean of each feature over plain turns: reasons are told against it. */
extern const float weights_mean[FEATURE_N];

/* Log odds that an answer is not grounded; the last one is the bias. */
extern const float weights_ground[GROUND_N + 1];

#endif
