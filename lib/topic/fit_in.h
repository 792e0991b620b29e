#ifndef TOPIC_FIT_IN_H
#define TOPIC_FIT_IN_H

/* Inside lib/topic only: the parts of topic_fit. */
#include "topic/corpus.h"
#include "topic/model_in.h"

struct fit {
	const struct topic_fit_input *in;
	struct topic_prompt *prompts;   /* in the order of their ids' hashes */
	struct corpus c;
	struct topic_scratch *scratch;
	int32_t *old;                   /* of each document: its topic in the
					 * previous model, or -1 */
	float *dense;                   /* of the first n_graph documents */
	size_t n_graph, d;
	struct topic_model *m;          /* one topic for each label */
};

/* centroid.c: the words of labels 0 … count - 1, as topics without names. */
struct topic_model *fit_model(const struct fit *f, size_t count);

/* name.c: words, and where there is no name yet, names. */
bool fit_name(struct fit *f) CC_CHECK;

/* group.c: parents of topics that are alike; each child's group is its
 * number, or -1.  Returns how many. */
size_t fit_groups(const struct fit *f, int32_t *group_of);

/* match.c: ids and names, from the previous model where it has them; retired
 * topics are added. */
bool fit_match(struct fit *f, const int32_t *group_of, size_t ngroups)
    CC_CHECK;

#endif
