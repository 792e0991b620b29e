#ifndef INTAKE_MESSAGES_H
#define INTAKE_MESSAGES_H

#include "base/arena.h"
#include "base/cc.h"
#include "base/str.h"

/*
 * Finds what was said in the prompts and answers that instrumentations put
 * into one attribute, as JSON of many shapes: OpenAI's and the AI SDK's
 * [{role, content}], the GenAI conventions' [{role, parts}], {system, prompt},
 * {messages}, LangChain's {inputs: {messages: [{kwargs}]}}, or plain text.
 *
 *	struct messages m;
 *
 *	messages_read(attribute, arena, &m);
 *	event_text(&b, FIELD_RUN_user_prompt, m.user);
 *
 * Text parts of one message are joined with a newline.  Memory: borrowed from
 * the text or in the arena; past its budget a text is cut to its first part.
 * Threads: reentrant.
 */
struct messages {
	struct str user;        /* the last one of the user, or STR_NULL */
	struct str assistant;   /* the last one of the assistant with text */
	struct str system;      /* the first one */
	struct str text;        /* text that names no role, the last */
	size_t n;               /* messages with a role */
	bool only_text;         /* nothing but text was in them */
};

/* False if it is no JSON object or array; then it is all m->text. */
bool messages_read(struct str json, struct arena *a, struct messages *m)
    CC_NONNULL(2, 3);

#endif
