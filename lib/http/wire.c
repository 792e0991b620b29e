#include "http/wire.h"

#include <string.h>

enum { VERSION = 1 };

static void
put_str(struct buf *b, struct str s)
{
	buf_add_be32(b, (uint32_t)s.n);
	buf_add_str(b, s);
}

void
http_wire_put_request(struct buf *b, const struct http_request *q)
{
	buf_add_byte(b, VERSION);
	buf_add_byte(b, (uint8_t)q->method);
	put_str(b, q->path);
	put_str(b, q->query);
	buf_add_be16(b, (uint16_t)q->nheaders);
	for (size_t i = 0; i < q->nheaders; i++) {
		put_str(b, q->headers[i].name);
		put_str(b, q->headers[i].value);
	}
	put_str(b, q->body);
	put_str(b, q->peer);
}

void
http_wire_put_response(struct buf *b, const struct http_response *r)
{
	struct http_pair h;
	size_t it = 0;
	uint16_t n = 0;

	buf_add_byte(b, VERSION);
	buf_add_be16(b, (uint16_t)r->status);
	while (http_response_next(r, &it, &h))
		n++;
	buf_add_be16(b, n);
	it = 0;
	while (http_response_next(r, &it, &h)) {
		put_str(b, h.name);
		put_str(b, h.value);
	}
	put_str(b, r->fixed_body.p ? r->fixed_body : buf_str(&r->body));
	if (r->headers.failed || r->body.failed)
		b->failed = true;
}

/* A reader that remembers its first failure: look once at the end. */
struct reader {
	struct str rest;
	bool failed;
};

static const char *
take(struct reader *d, size_t n)
{
	const char *p = d->rest.p;

	if (d->failed || d->rest.n < n) {
		d->failed = true;
		return NULL;
	}
	d->rest = str_from_index(d->rest, n);
	return p;
}

static unsigned
take_u8(struct reader *d)
{
	const char *p = take(d, 1);

	return p ? (unsigned char)*p : 0;
}

static unsigned
take_u16(struct reader *d)
{
	const char *p = take(d, 2);

	return p ? be16_get(p) : 0;
}

static struct str
take_str(struct reader *d)
{
	const char *p = take(d, 4);
	size_t n = p ? be32_get(p) : 0;

	p = take(d, n);
	return p ? str_of(p, n) : STR("");
}

static int
malformed(struct err *e, const char *what)
{
	return err_set(e, ERR_INVALID, "not a %s in wire form", what);
}

int
http_wire_get_request(struct http_request *q, struct str m, struct arena *a,
    struct err *e)
{
	struct reader d = { m, false };
	struct http_pair *headers;
	unsigned method;

	*q = (struct http_request){ .arena = a };
	if (take_u8(&d) != VERSION)
		return malformed(e, "request");
	method = take_u8(&d);
	q->path = take_str(&d);
	q->query = take_str(&d);
	q->nheaders = take_u16(&d);
	if (d.failed || method > HTTP_METHODS)
		return malformed(e, "request");
	q->method = (enum http_method)method;
	if (q->nheaders > HTTP_HEADERS_MAX)
		return err_set(e, ERR_LIMIT, "%zu headers, limit %d",
		    q->nheaders, HTTP_HEADERS_MAX);
	headers = arena_array(a, q->nheaders, sizeof(*headers));
	if (!headers)
		return err_set(e, ERR_LIMIT, "request: too much memory");
	for (size_t i = 0; i < q->nheaders; i++) {
		headers[i].name = take_str(&d);
		headers[i].value = take_str(&d);
	}
	q->headers = headers;
	q->body = take_str(&d);
	q->peer = take_str(&d);
	if (d.failed || d.rest.n)
		return malformed(e, "request");
	return 0;
}

/* Header names go to http_respond_header as C strings. */
static bool
add_header(struct http_response *r, struct str name, struct str value)
{
	char text[256];

	if (name.n == 0 || name.n >= sizeof(text) ||
	    memchr(name.p, '\0', name.n))
		return false;
	memcpy(text, name.p, name.n);
	text[name.n] = '\0';
	http_respond_header(r, text, value);
	return true;
}

int
http_wire_get_response(struct http_response *r, struct str m, struct err *e)
{
	struct reader d = { m, false };
	unsigned n;

	http_response_reset(r);
	if (take_u8(&d) != VERSION)
		return malformed(e, "response");
	r->status = (int)take_u16(&d);
	n = take_u16(&d);
	for (unsigned i = 0; i < n && !d.failed; i++) {
		struct str name = take_str(&d), value = take_str(&d);

		if (d.failed || !add_header(r, name, value))
			return malformed(e, "response");
	}
	buf_add_str(&r->body, take_str(&d));
	if (d.failed || d.rest.n || r->status < 100 || r->status > 999)
		return malformed(e, "response");
	if (r->headers.failed || r->body.failed)
		return err_set(e, ERR_LIMIT, "response too large");
	return 0;
}
