#ifndef JSON_JSON_READ_H
#define JSON_JSON_READ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/cc.h"
#include "base/err.h"
#include "base/str.h"

/*
 * Pulls values out of a complete JSON text (strict RFC 8259), no tree.  The
 * reader stands in front of a value; reading a value moves it behind.
 *
 *	struct json_reader r;
 *	struct str key, name = STR_NULL;
 *	int64_t tokens = 0;
 *	int rc;
 *
 *	json_reader_init(&r, body, arena, 0);
 *	if (json_object(&r, e))
 *		return e->code;
 *	while ((rc = json_object_next(&r, &key, e)) > 0) {
 *		if (str_is(key, "name"))
 *			rc = json_read_string(&r, &name, e);
 *		else if (str_is(key, "tokens"))
 *			rc = json_read_i64(&r, &tokens, e);
 *		if (rc < 0)
 *			return err_wrap(e, "%.*s", STR_FMT(key));
 *	}
 *	if (rc < 0 || json_end(&r, e))
 *		return e->code;
 *
 * A member or element that is not read is skipped by the next call.  Of two
 * members with one key the later is seen last, so assignment lets it win.
 *
 * Integers stay exact (int64, else uint64, else double); the raw text is in
 * the token.  A number too large for a double becomes the largest one, so no
 * infinity ever comes out.  Strings are checked UTF-8; \u0000 is kept; a lone
 * surrogate escape becomes U+FFFD.
 *
 * Memory: a string without escapes is borrowed from the text, one with escapes
 * lives in the arena (ERR_LIMIT past its budget).  The arena may be NULL when
 * no string is read, only skipped: its budget is then none at all.
 * Errors: ERR_INVALID, or ERR_LIMIT for depth and arena; the text names the
 * byte offset.  When a json_read_… meets a value of another type it fails and
 * leaves the value unread, so it may be skipped or read otherwise; every other
 * error is final and is repeated by all later calls.
 * Threads: one object, one thread.
 */
enum json_type {
	JSON_NULL,
	JSON_BOOL,
	JSON_INT,        /* fits int64: in i */
	JSON_UINT,       /* fits only uint64: in u */
	JSON_DOUBLE,     /* has a fraction or exponent, or fits neither: in d */
	JSON_STRING,
	JSON_OBJECT,     /* as a token: its opening brace */
	JSON_ARRAY,
	JSON_OBJECT_END, /* from here on: tokens only */
	JSON_ARRAY_END,
	JSON_KEY,
	JSON_END         /* the text is complete */
};

enum {
	JSON_DEPTH_DEFAULT = 64,
	JSON_DEPTH_MAX = 512
};

struct json_token {
	enum json_type type;
	bool b;
	int64_t i;
	uint64_t u;
	double d;        /* set for every number */
	struct str s;    /* JSON_STRING, JSON_KEY: un-escaped */
	struct str raw;  /* the value as it stood in the text */
};

/* Fields are private. */
struct json_reader {
	struct str text;
	size_t pos;
	struct arena *arena;
	unsigned depth;
	unsigned max_depth;
	int state;
	struct err failed;
	uint64_t in_object[JSON_DEPTH_MAX / 64];
};

/* max_depth 0 means JSON_DEPTH_DEFAULT; it is ours, at most JSON_DEPTH_MAX. */
void json_reader_init(struct json_reader *r, struct str text, struct arena *a,
    unsigned max_depth) CC_NONNULL(1);

/*
 * The next token, depth first: values, keys, the two container ends, and
 * JSON_END (again and again) when the text is complete.
 */
int json_next(struct json_reader *r, struct json_token *t, struct err *e)
    CC_CHECK CC_NONNULL(1, 2, 3);

/*
 * The type of the value the reader stands in front of, judged by its first
 * byte: JSON_INT stands for any number.  JSON_END if no value begins here.
 */
enum json_type json_peek(struct json_reader *r) CC_NONNULL(1);

/* Enters an object or an array; fails on any other value. */
int json_object(struct json_reader *r, struct err *e) CC_CHECK
    CC_NONNULL(1, 2);
int json_array(struct json_reader *r, struct err *e) CC_CHECK CC_NONNULL(1, 2);

/*
 * 1: there is a member (element), and the reader stands in front of its value;
 * 0: there was none left, the container is closed; negative: an error.
 */
int json_object_next(struct json_reader *r, struct str *key, struct err *e)
    CC_CHECK CC_NONNULL(1, 2, 3);
int json_array_next(struct json_reader *r, struct err *e) CC_CHECK
    CC_NONNULL(1, 2);

/*
 * The whole next value: a scalar decoded, an object or array skipped (checked)
 * with its text in t->raw.
 */
int json_read_value(struct json_reader *r, struct json_token *t,
    struct err *e) CC_CHECK CC_NONNULL(1, 2, 3);

/* Skips (and checks) the next value; its text in *raw unless raw is NULL. */
int json_skip_value(struct json_reader *r, struct str *raw, struct err *e)
    CC_CHECK CC_NONNULL(1, 3);

/*
 * One scalar of the wanted type.  json_read_i64 also takes 3.0 and 1e3, exact
 * integers up to 2^53; json_read_double takes any number.
 */
int json_read_string(struct json_reader *r, struct str *s, struct err *e)
    CC_CHECK CC_NONNULL(1, 2, 3);
int json_read_i64(struct json_reader *r, int64_t *v, struct err *e) CC_CHECK
    CC_NONNULL(1, 2, 3);
int json_read_double(struct json_reader *r, double *v, struct err *e) CC_CHECK
    CC_NONNULL(1, 2, 3);
int json_read_bool(struct json_reader *r, bool *v, struct err *e) CC_CHECK
    CC_NONNULL(1, 2, 3);

/* Consumes a null if that is what comes next; says whether it did. */
bool json_read_null(struct json_reader *r) CC_NONNULL(1);

/* Fails unless one whole value was read and only white space follows. */
int json_end(struct json_reader *r, struct err *e) CC_CHECK CC_NONNULL(1, 2);

/* How far the reader got, for messages. */
size_t json_offset(const struct json_reader *r) CC_NONNULL(1);

/* Fails unless text is exactly one valid value.  max_depth as above. */
int json_check(struct str text, unsigned max_depth, struct err *e) CC_CHECK
    CC_NONNULL(3);

/* Decodes raw, one whole value, as json_read_value does. */
int json_decode(struct str raw, struct arena *a, struct json_token *t,
    struct err *e) CC_CHECK CC_NONNULL(3, 4);

/*
 * Finds a member of the object raw (case-sensitive, the last of equal keys):
 * true, and its text in *out.  False if raw is no valid object or lacks it.
 *
 *	if (json_find(raw, STR("usage"), &raw) &&
 *	    json_find(raw, STR("input_tokens"), &raw)) …
 */
bool json_find(struct str raw, struct str key, struct str *out) CC_CHECK
    CC_NONNULL(3);

/* As json_find, for a string member: un-escaped into the arena if need be. */
bool json_find_string(struct str raw, struct str key, struct arena *a,
    struct str *out) CC_CHECK CC_NONNULL(4);

/* Appends the value raw to out without insignificant white space. */
int json_minify(struct str raw, struct buf *out, struct err *e) CC_CHECK
    CC_NONNULL(2, 3);

#endif
