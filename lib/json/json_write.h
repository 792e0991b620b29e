#ifndef JSON_JSON_WRITE_H
#define JSON_JSON_WRITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/cc.h"
#include "base/str.h"

/*
 * Writes JSON into a buffer, no tree.  Commas and colons are put by the
 * writer; a wrong order of calls (a value without its key, a close too many)
 * is our bug and aborts.
 *
 *	struct json_writer w;
 *
 *	json_writer_init(&w, &b);
 *	json_put_object(&w);
 *	json_member_str(&w, "name", name);
 *	json_put_key(&w, "ids");
 *	json_put_array(&w);
 *	json_put_i64(&w, 42);
 *	json_put_array_end(&w);
 *	json_put_object_end(&w);
 *	if (!json_writer_done(&w))
 *		return err_set(e, ERR_LIMIT, "answer too large");
 *
 * Memory: the buffer is the caller's; when it is full the rest is dropped and
 * json_writer_done says false.
 * Threads: one object, one thread.
 */
enum { JSON_WRITE_DEPTH_MAX = 512 };

/* Fields are private. */
struct json_writer {
	struct buf *out;
	unsigned depth;
	bool some;       /* the open container has a member */
	bool key;        /* a key stands there without its value */
	bool done;       /* the outermost value is complete */
	uint64_t in_object[JSON_WRITE_DEPTH_MAX / 64];
};

void json_writer_init(struct json_writer *w, struct buf *out)
    CC_NONNULL(1, 2);

/* True if nothing was lost; asserts that exactly one value is complete. */
bool json_writer_done(const struct json_writer *w) CC_CHECK CC_NONNULL(1);

void json_put_object(struct json_writer *w) CC_NONNULL(1);
void json_put_object_end(struct json_writer *w) CC_NONNULL(1);
void json_put_array(struct json_writer *w) CC_NONNULL(1);
void json_put_array_end(struct json_writer *w) CC_NONNULL(1);

void json_put_key(struct json_writer *w, const char *key) CC_NONNULL(1, 2);
void json_put_key_str(struct json_writer *w, struct str key) CC_NONNULL(1);

/* Escapes; bytes that are not UTF-8 become U+FFFD; STR_NULL becomes null. */
void json_put_str(struct json_writer *w, struct str s) CC_NONNULL(1);
void json_put_cstr(struct json_writer *w, const char *s) CC_NONNULL(1);
void json_put_i64(struct json_writer *w, int64_t v) CC_NONNULL(1);
void json_put_u64(struct json_writer *w, uint64_t v) CC_NONNULL(1);

/* The shortest text that reads back as v; NaN and infinities become null. */
void json_put_double(struct json_writer *w, double v) CC_NONNULL(1);
void json_put_bool(struct json_writer *w, bool v) CC_NONNULL(1);
void json_put_null(struct json_writer *w) CC_NONNULL(1);

/* raw is one valid JSON value, trusted and copied as it is; STR_NULL: null. */
void json_put_raw(struct json_writer *w, struct str raw) CC_NONNULL(1);

/* Lower-case hexadecimal of n bytes, as a string. */
void json_put_hex(struct json_writer *w, const void *p, size_t n)
    CC_NONNULL(1);

/* Key and value in one call. */
void json_member_str(struct json_writer *w, const char *key, struct str s)
    CC_NONNULL(1, 2);
void json_member_cstr(struct json_writer *w, const char *key, const char *s)
    CC_NONNULL(1, 2);
void json_member_i64(struct json_writer *w, const char *key, int64_t v)
    CC_NONNULL(1, 2);
void json_member_u64(struct json_writer *w, const char *key, uint64_t v)
    CC_NONNULL(1, 2);
void json_member_double(struct json_writer *w, const char *key, double v)
    CC_NONNULL(1, 2);
void json_member_bool(struct json_writer *w, const char *key, bool v)
    CC_NONNULL(1, 2);
void json_member_null(struct json_writer *w, const char *key)
    CC_NONNULL(1, 2);
/* An array of texts. */
void json_member_strs(struct json_writer *w, const char *key,
    const struct str *v, size_t n) CC_NONNULL(1, 2);
void json_member_raw(struct json_writer *w, const char *key, struct str raw)
    CC_NONNULL(1, 2);

/* Appends s as a JSON string with its quotes, outside any writer. */
void json_quote(struct buf *out, struct str s) CC_NONNULL(1);

#endif
