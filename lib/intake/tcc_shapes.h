#ifndef INTAKE_TCC_SHAPES_H
#define INTAKE_TCC_SHAPES_H

#include <stddef.h>

#include "base/str.h"
#include "model/event.h"

/*
 * Inside lib/intake: the members that a run, step and tool call of
 * /v1/custom may have (contract A4), how each is read, and where it goes.
 * Threads: constants.
 */
enum tcc_how {
	HOW_TYPE,       /* was read already */
	HOW_RUN_ID,
	HOW_ID,         /* of the step or tool call */
	HOW_START,
	HOW_TIME,
	HOW_STATUS,
	HOW_TEXT,
	HOW_BOOL,
	HOW_COUNT,
	HOW_COST,
	HOW_BODY,       /* text, or an object or array as JSON */
	HOW_ANY,        /* text, or whatever JSON */
	HOW_PROMPT,
	HOW_TTFT,
	HOW_SESSION,
	HOW_CONVERSATIONAL,
	HOW_METADATA,
	HOW_ATTRIBUTES
};

struct tcc_member {
	const char *name;
	enum tcc_how how;
	unsigned field;
};

struct tcc_shape {
	const char *type;
	enum event_kind kind;
	int span_type;
	const char *id;         /* the member that must be there */
	const struct tcc_member *members;
	size_t n;
	unsigned metadata, attributes;
};

/* The shape of a type, or NULL. */
const struct tcc_shape *tcc_shape(struct str type);

#endif
