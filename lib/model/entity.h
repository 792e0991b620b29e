#ifndef MODEL_ENTITY_H
#define MODEL_ENTITY_H

#include "model/run.h"

/*
 * Inside lib/model only: how the fold and the head's decoder put entities
 * into a run.
 */

/* A new entity of the kind, which must not be there yet; NULL past the
 * arena's budget. */
struct entity *run_entity_add(struct run *run, enum event_kind kind,
    struct str id, struct arena *a) CC_CHECK;

#endif
