#ifndef DETECT_TOKEN_H
#define DETECT_TOKEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cc.h"
#include "base/str.h"

/*
 * The words of an error message, for detect/template.h only.
 *
 * token_split cuts a message into words, placeholders and punctuation, and
 * already makes a placeholder of every piece that is variable by its own form
 * (a number, an address, a path, a short quoted string …).  mask_context
 * (detect/mask.h) then looks at neighbours.
 *
 * Tokens borrow from the message.  Threads: reentrant, nothing is allocated.
 */
enum token_kind {
	TOKEN_WORD,     /* kept as it is */
	TOKEN_MASK,     /* printed as <*> */
	TOKEN_PUNCT     /* one or more equal ASCII marks, or one wide one */
};

enum { TOKEN_LIST_MAX = 400, TOKEN_TEXT_MAX = 4096 };

struct token {
	struct str s;
	enum token_kind kind;
	bool space;     /* white space stands before it */
	bool unit;      /* a mask that took in its unit: 5 ms, 3 KB */
};

struct token_list {
	struct token t[TOKEN_LIST_MAX];
	size_t n;
};

/* At most TOKEN_LIST_MAX tokens of the first TOKEN_TEXT_MAX bytes. */
void token_split(struct str text, struct token_list *out) CC_NONNULL(2);

/* True for a punctuation token of the single character c. */
static inline bool
token_is(const struct token *t, char c)
{
	return t->kind == TOKEN_PUNCT && t->s.n == 1 && t->s.p[0] == c;
}

/* Length of the letter, digit or underscore at the start of s in bytes, 0 if
 * there is none; *digit tells digits (of any script) from letters. */
size_t token_letter(struct str s, bool *digit) CC_NONNULL(2);

/* True for a word that names a thing in code or a system, not in a language:
 * snake_case, camelCase, dotted.name. */
bool token_is_identifier(struct str s);

/* True for the name of an exception (…Error, …Exception) or of a constant
 * (ALL_CAPS), or a dotted name that ends in one: it says what happened. */
bool token_is_telling(struct str s);

/* True for a key whose value says what happened: error, code, reason, …. */
bool token_is_telling_key(struct str key);

#endif
