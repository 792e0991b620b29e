#ifndef DETECT_TEMPLATE_H
#define DETECT_TEMPLATE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/cc.h"
#include "base/str.h"

/*
 * Failures: which errors are the same error.
 *
 * An error message is turned into a template, its text with whatever varies
 * from one occurrence to the next masked as <*>, and the failure id is a hash
 * of the entity type and that template.  Both are pure functions: no state is
 * learnt, so that replays, restarts, arrival order and the number of workers
 * never change an id.
 *
 *	struct template t;
 *	char id[FAILURE_ID_SIZE];
 *
 *	template_of(STR("order #W12 not found at /srv/a.db"), &t);
 *	→ t.text = "order #<*> not found at <*>"
 *	failure_id(STR("tool_call"), template_str(&t), id);
 *	→ id = "f_" and 16 hex digits
 *
 * What is masked: numbers with their units, dates and times, identifiers that
 * hold digits, hex, addresses, hosts, URLs, paths, e-mail addresses, short
 * quoted strings, booleans, values of key=value, names that follow a noun such
 * as "user" or "function" when they look like names, and runs and lists of all
 * these.  What is kept: words, in any script, and names of exceptions and of
 * constants.  Before that the message proper is picked out of a JSON object,
 * a Python traceback, a stack trace or an HTML error page.
 *
 * Properties (tests/unit/t_template.c and tests/fuzz/f_template.c):
 * template_of(template) == template; the text is well-formed UTF-8 without
 * control characters, at most TEMPLATE_MAX bytes; any bytes are accepted; time
 * is linear in the length of the message, of which a bounded part is masked.
 * Threads: reentrant; nothing is allocated.
 */
enum {
	TEMPLATE_MAX = 200,     /* bytes of a template */
	FAILURE_ID_SIZE = 19    /* "f_", 16 hex digits and a NUL */
};

struct template {
	char text[TEMPLATE_MAX + 1];    /* NUL-terminated */
	size_t n;
};

static inline struct str
template_str(const struct template *t)
{
	return str_of(t->text, t->n);
}

void template_of(struct str message, struct template *out) CC_NONNULL(2);

/*
 * The id of the failure of an entity type ("run", "tool_call", …) with this
 * template: NUL-terminated text.  hash_setup must have been called.
 */
void failure_id(struct str entity_type, struct str template,
    char out[FAILURE_ID_SIZE]) CC_NONNULL(3);

/*
 * True if a tool's result is an error in disguise: {"error": …},
 * {"status": "error", "message": …}, {"ok": false}, "Error: …", a traceback,
 * "HTTP 502 Bad Gateway", "permission denied" and their like.  *message is
 * then the part of text that says what happened (a JSON string without its
 * quotes, its escapes left alone), borrowed from text; untouched otherwise.
 */
bool template_is_error(struct str text, struct str *message) CC_CHECK
    CC_NONNULL(2);

#endif
