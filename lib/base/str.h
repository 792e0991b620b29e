#ifndef BASE_STR_H
#define BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/cc.h"

/*
 * A borrowed slice of bytes: not NUL-terminated, never freed through this
 * struct.  Whoever hands one out says until when it is valid.  p may be NULL
 * only when n is 0; STR_NULL (p == NULL) also means "absent" where a header
 * says so, and differs there from "" (p != NULL, n == 0).
 */
struct str {
	const char *p;
	size_t n;
};

#define STR(lit) ((struct str){ "" lit, sizeof(lit) - 1 })
#define STR_NULL ((struct str){ NULL, 0 })

/* For printf("%.*s", STR_FMT(s)). */
#define STR_FMT(s) (int)(s).n, (s).p ? (s).p : ""

static inline struct str
str_from(const char *cstr)
{
	return cstr ? (struct str){ cstr, strlen(cstr) } : STR_NULL;
}

static inline struct str
str_of(const void *p, size_t n)
{
	return (struct str){ p, n };
}

static inline bool
str_eq(struct str a, struct str b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

static inline bool
str_is(struct str a, const char *cstr)
{
	return str_eq(a, str_from(cstr));
}

static inline bool
str_has_prefix(struct str s, struct str prefix)
{
	return s.n >= prefix.n &&
	    (prefix.n == 0 || memcmp(s.p, prefix.p, prefix.n) == 0);
}

static inline bool
str_has_suffix(struct str s, struct str suffix)
{
	return s.n >= suffix.n && (suffix.n == 0 ||
	    memcmp(s.p + s.n - suffix.n, suffix.p, suffix.n) == 0);
}

/* The bytes of s from i on; empty when i is at or past the end. */
static inline struct str
str_from_index(struct str s, size_t i)
{
	return i < s.n ? str_of(s.p + i, s.n - i) : str_of(s.p + s.n, 0);
}

/* Byte order, shorter first among equals: the order of the key-value store. */
int str_cmp(struct str a, struct str b);

/* ASCII case-insensitive equality. */
bool str_ieq(struct str a, struct str b);

/* Index of byte c at or after from, or SIZE_MAX. */
size_t str_find_byte(struct str s, char c, size_t from);

/* Index of needle at or after from, or SIZE_MAX. */
size_t str_find(struct str s, struct str needle, size_t from);

/* Without leading and trailing ASCII white space. */
struct str str_trim(struct str s);

/*
 * Cuts off what stands before the first sep: returns it and moves *rest behind
 * the separator.  At the end returns the whole rest and sets *rest to
 * STR_NULL.  Loop: while (rest.p) { part = str_cut(&rest, ','); … }
 */
struct str str_cut(struct str *rest, char sep) CC_NONNULL(1);

/* The longest prefix of at most max bytes that ends on a UTF-8 boundary. */
struct str str_utf8_prefix(struct str s, size_t max);

/* Length of the UTF-8 sequence that begins at s.p[i], 0 if it is malformed;
 * i is less than s.n. */
size_t str_utf8_sequence(struct str s, size_t i);

/* True if s is well-formed UTF-8 (RFC 3629: no surrogates, no overlongs). */
bool str_is_utf8(struct str s);

/* The value of a hexadecimal digit of either case, or -1. */
int str_hex_digit(char c);

/* Whole decimal integers; false if empty, with rubbish, or out of range. */
bool str_to_i64(struct str s, int64_t *out) CC_CHECK CC_NONNULL(2);
bool str_to_u64(struct str s, uint64_t *out) CC_CHECK CC_NONNULL(2);

/* A whole finite decimal number as strtod reads it in the C locale. */
bool str_to_double(struct str s, double *out) CC_CHECK CC_NONNULL(2);

#endif
