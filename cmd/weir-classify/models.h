#ifndef WEIR_CLASSIFY_MODELS_H
#define WEIR_CLASSIFY_MODELS_H

#include "model/event.h"
#include "topic/topic.h"

/*
 * The topic models of a stream, by project and environment: the latest event
 * of each, or one from a file for all that have none.
 *
 *	struct models *m = models_new();
 *
 *	if (models_read_file(m, "topics.json", e) || models_add(m, ev, e))
 *		return e->code;
 *	patterns_set_topic(&in, models_get(m, project, env), scratch, arena);
 *
 * Memory: MODELS_MAX models.  Threads: one.
 */
enum { MODELS_MAX = 64 };

struct models;

struct models *models_new(void) CC_CHECK;
/* Accepts NULL. */
void models_free(struct models *m);

/* Remembers an EVENT_TOPICS.  ERR_LIMIT: too many projects. */
int models_add(struct models *m, const struct event *ev, struct err *e)
    CC_CHECK;

/* A definition as JSON, as `weir topics export` writes it. */
int models_read_file(struct models *m, const char *path, struct err *e)
    CC_CHECK;

/* NULL: none. */
const struct topic_model *models_get(const struct models *m,
    struct str project, enum event_env env);

#endif
