#include "gzip/gzip.h"

#include <assert.h>
#include <limits.h>
#include <stdlib.h>
#include <zlib.h>

#include "base/mem.h"

enum {
	AUTO_DETECT = 15 + 32,  /* windowBits: gzip or zlib, by its header */
	GZIP_FORMAT = 15 + 16,
	STEP = 32 << 10         /* output room offered at a time */
};

struct gunzip {
	z_stream z;
	bool started;           /* a member has begun */
	bool ended;             /* the last member begun is complete */
	bool is_gzip;           /* so further members may follow */
	struct err failed;
};

struct gunzip *
gunzip_new(void)
{
	struct gunzip *g = mem_zalloc(1, sizeof(*g));

	if (inflateInit2(&g->z, AUTO_DETECT) != Z_OK)
		BUG("zlib: inflateInit2 refused");
	return g;
}

void
gunzip_free(struct gunzip *g)
{
	if (!g)
		return;
	inflateEnd(&g->z);
	free(g);
}

static int
fail(struct gunzip *g, struct err *e)
{
	g->failed = *e;
	return e->code;
}

/*
 * Inflates once into the free end of out.  When out is full, one more byte of
 * room elsewhere tells "exactly full" from "too much".
 */
static int
inflate_step(struct gunzip *g, struct buf *out, struct err *e)
{
	size_t room = MIN_OF(out->max - out->n, (size_t)STEP);
	Bytef spare, *to = &spare;
	int rc;

	if (room) {
		to = (Bytef *)buf_reserve(out, room);
		assert(to);
	}
	g->z.next_out = to;
	g->z.avail_out = room ? (uInt)room : 1;
	rc = inflate(&g->z, Z_NO_FLUSH);
	if (room) {
		out->n += room - g->z.avail_out;
	} else if (g->z.avail_out == 0) {
		err_set(e, ERR_LIMIT, "gzip: inflates to more than %zu bytes",
		    out->max);
		return fail(g, e);
	}
	if (rc == Z_STREAM_END) {
		g->ended = true;
	} else if (rc == Z_MEM_ERROR) {
		BUG("zlib: out of memory");
	} else if (rc != Z_OK && rc != Z_BUF_ERROR) {
		err_set(e, ERR_INVALID, "gzip: %s",
		    g->z.msg ? g->z.msg : "damaged");
		return fail(g, e);
	}
	return 0;
}

/* Behind a complete member only another gzip member may follow. */
static int
next_member(struct gunzip *g, struct err *e)
{
	if (!g->is_gzip || g->z.next_in[0] != 0x1f) {
		err_set(e, ERR_INVALID, "gzip: rubbish behind the end");
		return fail(g, e);
	}
	if (inflateReset2(&g->z, GZIP_FORMAT) != Z_OK)
		BUG("zlib: inflateReset2 refused");
	g->ended = false;
	return 0;
}

static int
feed(struct gunzip *g, struct buf *out, struct err *e)
{
	if (!g->started && g->z.avail_in) {
		g->started = true;
		g->is_gzip = g->z.next_in[0] == 0x1f;
	}
	while (g->z.avail_in) {
		if (g->ended && next_member(g, e))
			return e->code;
		/* Output that fills its room may not be all of it. */
		do {
			if (inflate_step(g, out, e))
				return e->code;
		} while (!g->ended && g->z.avail_out == 0);
	}
	return 0;
}

int
gunzip_feed(struct gunzip *g, struct str in, struct buf *out, struct err *e)
{
	if (g->failed.code) {
		*e = g->failed;
		return e->code;
	}
	assert(!out->failed);
	while (in.n) {
		uInt n = (uInt)MIN_OF(in.n, (size_t)UINT_MAX);

		/* zlib's input pointer lacks its const. */
		g->z.next_in = (z_const Bytef *)(uintptr_t)in.p;
		g->z.avail_in = n;
		if (feed(g, out, e))
			return e->code;
		in = str_from_index(in, n);
	}
	return 0;
}

int
gunzip_end(struct gunzip *g, struct err *e)
{
	if (g->failed.code) {
		*e = g->failed;
		return e->code;
	}
	if (!g->ended) {
		err_set(e, ERR_INVALID, "gzip: cut short");
		return fail(g, e);
	}
	return 0;
}

int
gunzip(struct str in, struct buf *out, struct err *e)
{
	struct gunzip *g = gunzip_new();
	int rc = gunzip_feed(g, in, out, e);

	if (rc == 0)
		rc = gunzip_end(g, e);
	gunzip_free(g);
	return rc;
}

/* Compresses what z holds into room bytes at the end of out. */
static int
deflate_all(z_stream *z, struct buf *out, struct err *e)
{
	size_t room = deflateBound(z, z->avail_in);
	char *to;

	/* The bound may pass the maximum while the result would not. */
	room = MIN_OF(room, out->max - out->n);
	to = room ? buf_reserve(out, room) : NULL;
	if (!to)
		return err_set(e, ERR_LIMIT, "gzip: no room");
	z->next_out = (Bytef *)to;
	z->avail_out = (uInt)room;
	if (deflate(z, Z_FINISH) != Z_STREAM_END)
		return err_set(e, ERR_LIMIT, "gzip: more than %zu bytes",
		    out->max);
	out->n += room - z->avail_out;
	return 0;
}

int
gzip(struct str in, int level, struct buf *out, struct err *e)
{
	z_stream z = { 0 };
	int rc;

	assert(level >= 1 && level <= 9);
	if (in.n > UINT_MAX / 2)
		return err_set(e, ERR_LIMIT, "gzip: %zu bytes at once", in.n);
	if (deflateInit2(&z, level, Z_DEFLATED, GZIP_FORMAT, 8,
	    Z_DEFAULT_STRATEGY) != Z_OK)
		BUG("zlib: deflateInit2 refused");
	z.next_in = (z_const Bytef *)(uintptr_t)in.p;
	z.avail_in = (uInt)in.n;
	rc = deflate_all(&z, out, e);
	deflateEnd(&z);
	return rc;
}
