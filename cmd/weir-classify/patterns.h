#ifndef WEIR_CLASSIFY_PATTERNS_H
#define WEIR_CLASSIFY_PATTERNS_H

#include <stdint.h>

#include "detect/custom.h"
#include "model/event.h"
#include "store/client.h"

/*
 * The custom patterns in force, by project and environment: read from the
 * store when a lease says that something changed, and kept compiled.  So a run
 * that was leased after a change is judged with it.
 *
 *	struct patterns *p = patterns_new(store);
 *
 *	if (patterns_get(p, leases.patterns, l->project, l->env, &set, e))
 *		return e->code;
 *	detector_use(detector, set);
 *
 * Memory: the sets of PATTERNS_SCOPES scopes.  Threads: one.
 */
enum { PATTERNS_SCOPES = 8 };

struct patterns;

struct patterns *patterns_new(struct store_client *store) CC_CHECK;
void patterns_free(struct patterns *p);

/* *out, NULL for no patterns, is valid until the next call. */
int patterns_get(struct patterns *p, uint64_t number, struct str project,
    enum event_env env, const struct custom_set **out, struct err *e) CC_CHECK;

/* All definitions of a file, a JSON object a line, whether enabled or not; to
 * be freed by the caller. */
int patterns_read_file(const char *path, struct custom_set **out,
    struct err *e) CC_CHECK;

#endif
