#ifndef HTTP_WIRE_H
#define HTTP_WIRE_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/cc.h"
#include "base/err.h"
#include "http/http.h"

/*
 * A request or response as one message, so that one process can pass it to
 * another.
 *
 *	http_wire_put_request(&b, q);
 *	…bus…
 *	if (http_wire_get_request(&q2, payload, arena, &e))
 *
 * Layout: version byte 1, then fields in struct order: u8 method or u16
 * status, strings as be32 length + bytes, headers as be16 count and pairs.
 * Lengths are checked against the bytes that remain; leftovers are an error.
 */

/* Appends; captures are not sent.  b->failed tells of an overrun. */
void http_wire_put_request(struct buf *b, const struct http_request *q)
    CC_NONNULL(1, 2);
void http_wire_put_response(struct buf *b, const struct http_response *r)
    CC_NONNULL(1, 2);

/* Fills *q with slices of m (valid as long as m) and the arena; ERR_INVALID
 * on bytes that are not a request, ERR_LIMIT on too many headers. */
int http_wire_get_request(struct http_request *q, struct str m,
    struct arena *a, struct err *e) CC_CHECK CC_NONNULL(1, 3, 4);

/* r is initialised by the caller; bytes are copied into it. */
int http_wire_get_response(struct http_response *r, struct str m,
    struct err *e) CC_CHECK CC_NONNULL(1, 3);

#endif
