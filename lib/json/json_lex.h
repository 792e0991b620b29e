#ifndef JSON_JSON_LEX_H
#define JSON_JSON_LEX_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"
#include "json/json_read.h"

/*
 * What the files of lib/json share: the two lexical elements that take work,
 * strings and numbers, and the complaint about a type.  On failure *i is the offset of the offending byte and *why a
 * static text that follows "expected" or names the fault.
 */

/*
 * *i stands behind the opening quote and moves behind the closing one;
 * *escaped says whether there is a backslash between them.
 */
bool json_lex_string(struct str text, size_t *i, bool *escaped,
    const char **why) CC_CHECK;

/*
 * *i stands on the first byte and moves behind the number.  Fills type, i, u
 * and d of t; t may be NULL when only the syntax matters.
 */
bool json_lex_number(struct str text, size_t *i, struct json_token *t,
    const char **why) CC_CHECK;

/*
 * Un-escapes what json_lex_string accepted (without its quotes); out has room
 * for inner.n bytes.  Returns how many were written.
 */
size_t json_unescape(struct str inner, char *out);

/*
 * Fails because the value at hand is not `wanted`: the value stays unread.  If
 * there is no value at all, the failure is final.
 */
int json_mismatch(struct json_reader *r, const char *wanted, struct err *e)
    CC_CHECK;

#endif
