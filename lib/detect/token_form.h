#ifndef DETECT_TOKEN_FORM_H
#define DETECT_TOKEN_FORM_H

#include <stdbool.h>
#include <stddef.h>

#include "base/cc.h"
#include "base/str.h"

/*
 * The forms of things that vary, each recognised at byte i of s: how many
 * bytes it takes there, or 0.  For detect/token.h only.
 *
 * Each looks ahead a bounded distance or no further than it takes, so that a
 * scan of a text stays linear.  Threads: pure functions.
 */

/* "<*>", as a template prints it. */
size_t form_placeholder(struct str s, size_t i);

/* A quoted string of at most a few words: "…", '…', `…` and typographic. */
size_t form_quoted(struct str s, size_t i);

/* scheme://… */
size_t form_url(struct str s, size_t i);

/* /a/b, ./a, ../a, ~/a, C:\a, \\host\a, and a/b.c, a1/b, a/b/c. */
size_t form_path(struct str s, size_t i);

/* Groups of hex digits with colons: MAC, IPv6, some serial numbers. */
size_t form_groups(struct str s, size_t i);

/*
 * A word: letters and digits of any script, joined by dots, hyphens and a few
 * other marks between them.  *mask: it is variable by its form (holds digits,
 * is a host, a file, an e-mail address, a qualified name, long hex).
 */
size_t form_word(struct str s, size_t i, bool *mask) CC_NONNULL(3);

/* A name without digits that could be a key: letters, _, -, . and no space. */
bool form_is_plain_name(struct str s);

/* Bytes of the UTF-8 character at the start of s; 0 if malformed or empty. */
size_t form_char_size(struct str s);

#endif
