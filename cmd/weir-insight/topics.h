#ifndef WEIR_INSIGHT_TOPICS_H
#define WEIR_INSIGHT_TOPICS_H

#include <stdint.h>

#include "store/client.h"

/*
 * Keeps the topic models of all projects (repo/topics.h):
 *
 *   the first one as soon as there are TOPIC_FIT_MIN conversations,
 *   the next whenever there are twice as many as it was made from,
 *   and then once a day, when a run of a later day (UTC) has come.
 *
 * After each, the runs of the days that it was made from are classified again,
 * newest first, some with each look.
 *
 *	struct topics *t = topics_new(store);
 *
 *	while (… each interval …)
 *		if (topics_look(t, clock_now_ms(), e))
 *			log_warn(…);
 *	topics_free(t);
 *
 * Threads: one.
 */
enum {
	/* Runs that are classified again after a model, at most. */
	TOPICS_AGAIN_MAX = 50000,
	/* Portions (REPO_AGAIN_PORTION) with each look. */
	TOPICS_AGAIN_PORTIONS = 4
};

struct topics;

struct topics *topics_new(struct store_client *store) CC_CHECK;
/* Accepts NULL. */
void topics_free(struct topics *t);

/* One project's trouble is not the others': the error is of the last. */
int topics_look(struct topics *t, int64_t now_ms, struct err *e) CC_CHECK;

#endif
