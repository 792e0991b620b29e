#ifndef MODEL_EVENT_JSON_H
#define MODEL_EVENT_JSON_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "model/event.h"

/*
 * Events as JSON, one object an event, for people and scripts: what `weir cat`
 * prints and `weir pack` reads.
 *
 *	{"kind":"span","project":"demo","env":"prod","run":"r1","id":"s1",
 *	 "received_ms":1795334013008,"dialect":"tcc","type":"tool",
 *	 "name":"search","status":"error","metadata":{"feature":"weather"}}
 *
 * Field names are those of model/fields.h; span types and statuses are words;
 * times are integers in ns.  JSON values appear as JSON; so a text and the
 * JSON string of that text look alike, and reading back gives text.
 * Threads: reentrant.
 */

/* Appends the object, without a newline. */
void event_to_json(const struct event *ev, struct buf *b) CC_NONNULL(1, 2);

/*
 * Reads one object.  Missing envelope members mean: project "default", env
 * "prod", id = run, order 0, received_ms = now_ms, dialect "pack".  Unknown
 * members are refused by name, so that a misspelling is not lost.  Texts live
 * as long as line and arena.
 */
int event_from_json(struct str line, int64_t now_ms, struct arena *a,
    struct event *ev, struct err *e) CC_CHECK CC_NONNULL(3, 4, 5);

#endif
