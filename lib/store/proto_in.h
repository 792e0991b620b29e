#ifndef STORE_PROTO_IN_H
#define STORE_PROTO_IN_H

#include "base/err.h"
#include "base/str.h"
#include "pack/pack.h"

/*
 * Inside the codecs of lib/store only: bounded readers.
 */

/* Names the message in the text; an input that ends early is ERR_INVALID, as
 * a message comes whole. */
int store_proto_fail(const char *what, struct err *e);

/* An array of exactly `want` elements. */
int store_proto_array(struct pack_reader *r, uint32_t want, struct err *e)
    CC_CHECK;

/* A number of at most max. */
int store_proto_u64(struct pack_reader *r, uint64_t max, uint64_t *v,
    struct err *e) CC_CHECK;

/* A text of at most max bytes. */
int store_proto_str(struct pack_reader *r, size_t max, struct str *s,
    struct err *e) CC_CHECK;

#endif
