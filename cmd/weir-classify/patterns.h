#ifndef WEIR_CLASSIFY_PATTERNS_H
#define WEIR_CLASSIFY_PATTERNS_H

#include <stdint.h>

#include "detect/custom.h"
#include "detect/detect.h"
#include "model/event.h"
#include "store/client.h"
#include "topic/topic.h"

/*
 * The custom patterns and topics in force, by project and environment: read
 * from the store when a lease says that something changed, and kept compiled.  So a run
 * that was leased after a change is judged with it.
 *
 *	struct patterns *p = patterns_new(store);
 *
 *	if (patterns_get(p, leases.patterns, l->project, l->env, &f, e))
 *		return e->code;
 *	detector_use(detector, f.set);
 *
 * Memory: the sets of PATTERNS_SCOPES scopes.  Threads: one.
 */
enum { PATTERNS_SCOPES = 8 };

struct patterns;

struct patterns *patterns_new(struct store_client *store) CC_CHECK;
void patterns_free(struct patterns *p);

/* What a project and environment are judged with; valid until the next call. */
struct patterns_in_force {
	const struct custom_set *set;           /* NULL: none */
	const struct topic_model *topics;       /* NULL: none yet */
};
int patterns_get(struct patterns *p, uint64_t number, struct str project,
    enum event_env env, struct patterns_in_force *out, struct err *e)
    CC_CHECK;

/*
 * Sets the topic that a conversational run's prompt has in the model, if any
 * (topic/topic.h); m may be NULL.
 */
void patterns_set_topic(struct detect_input *in, const struct topic_model *m,
    struct topic_scratch *s, struct arena *a);

/* All definitions of a file, a JSON object a line, whether enabled or not; to
 * be freed by the caller. */
int patterns_read_file(const char *path, struct custom_set **out,
    struct err *e) CC_CHECK;

#endif
