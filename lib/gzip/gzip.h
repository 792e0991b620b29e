#ifndef GZIP_GZIP_H
#define GZIP_GZIP_H

#include <stddef.h>

#include "base/buf.h"
#include "base/cc.h"
#include "base/err.h"
#include "base/str.h"

/*
 * HTTP's "gzip" and "deflate" (which is zlib's format) content codings; which
 * of the two it is, is read off the first bytes.
 *
 *	buf_init(&body, 16 << 20);
 *	if (gunzip(wire, &body, e))
 *		return e->code;		// ERR_LIMIT: a bomb; ERR_INVALID
 *
 * or, as the bytes come in:
 *
 *	struct gunzip *g = gunzip_new();
 *
 *	while (read more)
 *		if (gunzip_feed(g, more, &body, e))
 *			goto refuse;
 *	if (gunzip_end(g, e))		// cut short
 *		goto refuse;
 *	gunzip_free(g);
 *
 * Memory: the output budget is the maximum of the buffer, which grows only as
 * output appears; a stream holds about 40 KB besides.
 * Errors: ERR_LIMIT when the output would pass the buffer's maximum,
 * ERR_INVALID when the bytes are not gzip or zlib, are damaged, cut short, or
 * have rubbish behind them.  An error is final.
 * Threads: one object, one thread.
 */
struct gunzip;

struct gunzip *gunzip_new(void) CC_CHECK;

/* Accepts NULL. */
void gunzip_free(struct gunzip *g);

/* Takes the next piece of input and appends what it yields to out. */
int gunzip_feed(struct gunzip *g, struct str in, struct buf *out,
    struct err *e) CC_CHECK CC_NONNULL(1, 3, 4);

/* Fails unless the input so far was whole.  No input at all is not. */
int gunzip_end(struct gunzip *g, struct err *e) CC_CHECK CC_NONNULL(1, 2);

/* All at once: appends the content of in to out. */
int gunzip(struct str in, struct buf *out, struct err *e) CC_CHECK
    CC_NONNULL(2, 3);

/* Appends in, compressed as one gzip member, to out.  level is 1 to 9. */
int gzip(struct str in, int level, struct buf *out, struct err *e) CC_CHECK
    CC_NONNULL(3, 4);

#endif
