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

/*
 * Sets or replaces one key; false past the arena's budget.  Removing a key that
 * is not there is fine; from a long list it moves the last one into the gap.
 * Both take the same time however many keys a sender makes up.
 */
bool attrs_put(struct attrs *l, struct str key, const struct value *value,
    struct arena *a) CC_CHECK;
void attrs_remove(struct attrs *l, struct str key);

#endif
