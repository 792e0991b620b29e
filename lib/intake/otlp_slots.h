#ifndef INTAKE_OTLP_SLOTS_H
#define INTAKE_OTLP_SLOTS_H

#include <stddef.h>

#include "base/cc.h"
#include "base/str.h"

/*
 * Inside lib/intake: the span attributes that mean something to us.  Each
 * instrumentation has its own word for the same thing; a slot is the thing,
 * and its names are ranked, 0 first.
 */
enum otlp_slot {
	SLOT_NONE,
	SLOT_TCC_TYPE,
	SLOT_OPENINFERENCE_KIND,
	SLOT_OPERATION,
	SLOT_TRACELOOP_KIND,
	SLOT_REQUEST_TYPE,
	SLOT_AI_OPERATION,
	SLOT_AI_OPERATION_NAME,
	SLOT_FUNCTION_ID,
	SLOT_PROVIDER,
	SLOT_MODEL_REQUESTED,
	SLOT_MODEL_USED,
	SLOT_FINISH,
	SLOT_TOOLS,
	SLOT_TOOL_NAME,
	SLOT_TOOL_ID,
	SLOT_TOOL_ARGS,
	SLOT_TOOL_RESULT,
	SLOT_INPUT,
	SLOT_SYSTEM,
	SLOT_TEXT,
	SLOT_OBJECT,
	SLOT_TOOL_CALLS,
	SLOT_OUTPUT,
	SLOT_TOKENS_UNCACHED,
	SLOT_TOKENS_INPUT,
	SLOT_TOKENS_CACHED,
	SLOT_TOKENS_CACHE_WRITE,
	SLOT_TOKENS_OUTPUT,
	SLOT_TOKENS_REASONING,
	SLOT_COST,
	SLOT_FIRST_CHUNK_MS,
	SLOT_FIRST_CHUNK_S,
	SLOT_SESSION,
	SLOT_USER,
	SLOT_AGENT_NAME,
	SLOT_METADATA,
	SLOT_TOTAL,
	SLOTS
};

struct otlp_slot_name {
	unsigned char n;        /* length of the key */
	const char *key;
	enum otlp_slot slot;
	unsigned char rank;
};

/* The row of a key, or NULL. */
const struct otlp_slot_name *otlp_slot_find(struct str key);

/* All rows in the order in which the search needs them: by length, then by
 * bytes. */
const struct otlp_slot_name *otlp_slot_names(size_t *n) CC_NONNULL(1);

#endif
