#ifndef OTLP_OTLP_JSON_H
#define OTLP_OTLP_JSON_H

#include "json/json_read.h"
#include "otlp/otlp_decode.h"

/*
 * The parts of OTLP/JSON below a span; for lib/otlp only.  Each takes the
 * value the reader stands in front of.  A value of the wrong shape is skipped
 * and reported through otlp_wrong; only what is no JSON at all, or past a
 * budget, is an error.  null means absent everywhere, as proto3's mapping has
 * it.
 */

/* True if key is the name in either of its spellings. */
static inline bool
otlp_key(struct str key, struct str camel, struct str snake)
{
	return str_eq(key, camel) || str_eq(key, snake);
}

/* Skips a value and reports what is wrong with it. */
int otlp_json_wrong(struct otlp_decoder *d, struct json_reader *r,
    const char *why, struct err *e) CC_CHECK;

int otlp_json_text(struct otlp_decoder *d, struct json_reader *r,
    struct str *out, struct err *e) CC_CHECK;

/* A number, a string of one, or {low, high}. */
int otlp_json_u64(struct otlp_decoder *d, struct json_reader *r,
    uint64_t *out, struct err *e) CC_CHECK;

/* A number or the name of a value: names[i] stands for i. */
int otlp_json_enum(struct otlp_decoder *d, struct json_reader *r,
    const char *const *names, int n, int *out, struct err *e) CC_CHECK;

int otlp_json_attrs(struct otlp_decoder *d, struct json_reader *r,
    struct otlp_attrs *attrs, unsigned depth, struct err *e) CC_CHECK;

#endif
