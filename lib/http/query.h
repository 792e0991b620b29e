#ifndef HTTP_QUERY_H
#define HTTP_QUERY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/cc.h"
#include "base/err.h"
#include "base/str.h"

/*
 * Percent-encoding and query strings (also form bodies).
 *
 *	struct http_query p;
 *
 *	if (http_query_parse(&p, q->query, q->arena, &e))
 *		return refuse(r, &e);	// "limit: '%zz' is not an escape"
 *	limit = http_query_get(&p, "limit");
 *
 * "+" is a space in queries, not in paths.  Decoded values may hold any byte
 * but NUL, which is refused.  Empty pieces ("a=1&&b=2") are skipped; "a" and
 * "a=" both give the empty value.
 * Memory: the arena's.  Threads: one object, one thread.
 */
enum { HTTP_QUERY_PARAMS_MAX = 64 };

struct http_query_param {
	struct str name;
	struct str value;
};

struct http_query {
	struct http_query_param params[HTTP_QUERY_PARAMS_MAX];
	size_t n;
};

/* ERR_INVALID naming the parameter with a bad escape or a NUL, ERR_LIMIT past
 * 64 parameters or the arena's budget. */
int http_query_parse(struct http_query *p, struct str raw, struct arena *a,
    struct err *e) CC_CHECK CC_NONNULL(1, 3, 4);

/* The first value of that name, or STR_NULL. */
struct str http_query_get(const struct http_query *p, const char *name)
    CC_NONNULL(1, 2);

/* How often the name was given: more than once is for the caller to judge. */
size_t http_query_count(const struct http_query *p, const char *name)
    CC_NONNULL(1, 2);

/* Decodes %xx (and "+" if plus_is_space) into *out; ERR_INVALID on a bad
 * escape or NUL, ERR_LIMIT when the arena is full.  Bytes without escapes are
 * not copied. */
int http_percent_decode(struct str in, bool plus_is_space, struct arena *a,
    struct str *out, struct err *e) CC_CHECK CC_NONNULL(3, 4, 5);

#endif
