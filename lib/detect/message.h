#ifndef DETECT_MESSAGE_H
#define DETECT_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/cc.h"
#include "base/str.h"

/*
 * The message proper inside what a program reported: the "message" of a JSON
 * object (or of the dict that Python prints), also behind a prefix as in
 * `Error code: 429 - {'error': {'message': …}}`; the last line of a Python
 * traceback; the title of an HTML page; else the first line.
 * For detect/template.h only.  Threads: pure functions.
 */
enum { MESSAGE_MAX = 8192 };

/* Borrowed from text or from space, of which it uses MESSAGE_MAX bytes. */
struct str message_pick(struct str text, char *space) CC_NONNULL(2);

/*
 * The human message of a JSON object, the most telling member first, looking
 * into nested objects: the text between the quotes, escapes and all, borrowed
 * from object; STR_NULL if there is none.  *size, when not NULL, is the length
 * of the object with its braces (all of it if it is cut off).
 */
struct str message_of_object(struct str object, size_t *size);

/* Steps through the members of an object: start with *at = 0.  key and value
 * are raw, with their quotes.  Lenient: single quotes and a missing end pass. */
bool message_member(struct str object, size_t *at, struct str *key,
    struct str *value) CC_CHECK CC_NONNULL(2, 3, 4);

/* The last line of a Python traceback in text, or STR_NULL. */
struct str message_traceback(struct str text);

/* s without the pair of quotes around it, if it has one. */
struct str message_unquoted(struct str s);

#endif
