#ifndef TOPIC_MODEL_IN_H
#define TOPIC_MODEL_IN_H

/* Inside lib/topic only: a model under construction. */
#include "topic/terms.h"
#include "topic/topic.h"

enum { MODEL_ARENA_MAX = 16 << 20 };

/* Of a unit vector's length, and of likeness. */
enum { TOPIC_SCALE = 10000 };

struct topic_posting {
	uint32_t topic;
	int32_t weight;
};

struct topic_scratch {
	struct terms *terms;
	int64_t sums[TOPIC_MAX];
	uint32_t seen[TERMS_MAX];
};

struct topic_model *model_new(void);

/* Indexes the terms, once all is there; false past the arena's budget. */
bool model_index(struct topic_model *m) CC_CHECK;

/* SIZE_MAX for a word that the model does not know. */
size_t model_term(const struct topic_model *m, struct str text);

#endif
