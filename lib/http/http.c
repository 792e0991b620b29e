#include "http/http.h"

#include <string.h>

static const char *const method_names[HTTP_METHODS + 1] = {
	[HTTP_GET] = "GET",
	[HTTP_HEAD] = "HEAD",
	[HTTP_POST] = "POST",
	[HTTP_PUT] = "PUT",
	[HTTP_PATCH] = "PATCH",
	[HTTP_DELETE] = "DELETE",
	[HTTP_OPTIONS] = "OPTIONS",
	[HTTP_METHODS] = "?",
};

const char *
http_method_name(enum http_method m)
{
	return method_names[m <= HTTP_METHODS ? m : HTTP_METHODS];
}

enum http_method
http_method_parse(struct str name)
{
	int m = 0;

	while (m < HTTP_METHODS && !str_is(name, method_names[m]))
		m++;
	return (enum http_method)m;
}

struct str
http_header(const struct http_request *q, const char *name)
{
	struct str want = str_from(name);

	for (size_t i = 0; i < q->nheaders; i++)
		if (str_ieq(q->headers[i].name, want))
			return q->headers[i].value;
	return STR_NULL;
}

struct str
http_capture(const struct http_request *q, const char *name)
{
	for (size_t i = 0; i < q->ncaptures; i++)
		if (str_is(q->captures[i].name, name))
			return q->captures[i].value;
	return STR_NULL;
}

struct str
http_media_type(const struct http_request *q)
{
	struct str value = http_header(q, "Content-Type");

	if (!value.p)
		return STR_NULL;
	return str_trim(str_cut(&value, ';'));
}

void
http_response_init(struct http_response *r)
{
	*r = (struct http_response){ 0 };
	buf_init(&r->headers, HTTP_RESPONSE_HEADERS_MAX);
	buf_init(&r->body, HTTP_RESPONSE_BODY_MAX);
}

void
http_response_fini(struct http_response *r)
{
	buf_fini(&r->headers);
	buf_fini(&r->body);
}

void
http_response_reset(struct http_response *r)
{
	r->status = 0;
	r->fixed_body = STR_NULL;
	buf_reset(&r->headers);
	buf_reset(&r->body);
}

void
http_respond_header(struct http_response *r, const char *name,
    struct str value)
{
	size_t n = strlen(name);
	char *to = buf_reserve(&r->headers, n + value.n + 2);

	if (!to)
		return;
	memcpy(to, name, n + 1);
	to += n + 1;
	for (size_t i = 0; i < value.n; i++) {
		unsigned char c = (unsigned char)value.p[i];

		*to++ = (char)((c < 0x20 && c != '\t') || c == 0x7f ? '?' : c);
	}
	*to = '\0';
	r->headers.n += n + value.n + 2;
}

bool
http_response_next(const struct http_response *r, size_t *it,
    struct http_pair *h)
{
	const char *p;

	if (*it >= r->headers.n)
		return false;
	p = r->headers.p + *it;
	h->name = str_from(p);
	h->value = str_from(p + h->name.n + 1);
	*it += h->name.n + h->value.n + 2;
	return true;
}

struct str
http_response_header(const struct http_response *r, const char *name)
{
	struct http_pair h;
	size_t it = 0;

	while (http_response_next(r, &it, &h))
		if (str_ieq(h.name, str_from(name)))
			return h.value;
	return STR_NULL;
}

/* Sets the status and type and drops the body there was. */
static void
start(struct http_response *r, int status, const char *content_type)
{
	struct http_pair h;
	size_t it = 0, at = 0;

	while (http_response_next(r, &it, &h)) {
		if (str_ieq(h.name, STR("Content-Type"))) {
			memmove(r->headers.p + at, r->headers.p + it,
			    r->headers.n - it);
			r->headers.n -= it - at;
			break;
		}
		at = it;
	}
	r->status = status;
	r->fixed_body = STR_NULL;
	buf_reset(&r->body);
	http_respond_header(r, "Content-Type", str_from(content_type));
}

void
http_respond_copy(struct http_response *r, int status,
    const char *content_type, struct str body)
{
	start(r, status, content_type);
	buf_add_str(&r->body, body);
}

void
http_respond_json(struct http_response *r, int status, struct str body)
{
	http_respond_copy(r, status, "application/json", body);
}

void
http_respond_text(struct http_response *r, int status, struct str body)
{
	http_respond_copy(r, status, "text/plain; charset=utf-8", body);
}

void
http_respond_buf(struct http_response *r, int status,
    const char *content_type, struct buf *take)
{
	size_t max = r->body.max;
	bool failed = take->failed;

	start(r, status, content_type);
	buf_fini(&r->body);
	buf_init(&r->body, max);
	r->body.cap = take->cap;
	r->body.p = buf_detach(take, &r->body.n);
	r->body.max = MAX_OF(max, r->body.cap);
	r->body.failed = failed;
}

void
http_respond_fixed(struct http_response *r, int status,
    const char *content_type, struct str body)
{
	start(r, status, content_type);
	r->fixed_body = body;
}

/* Appends s as the inside of a JSON string; bytes that are not UTF-8 become
 * '?'. */
static void
add_escaped(struct buf *b, const char *s)
{
	bool utf8 = str_is_utf8(str_from(s));

	for (; *s; s++) {
		unsigned char c = (unsigned char)*s;

		if (c == '"' || c == '\\')
			buf_addf(b, "\\%c", c);
		else if (c < 0x20)
			buf_addf(b, "\\u%04x", c);
		else
			buf_add_byte(b, c >= 0x80 && !utf8 ? '?' : c);
	}
}

void
http_respond_error(struct http_response *r, int status, const char *code,
    const char *message, const char *field)
{
	start(r, status, "application/json");
	buf_add_cstr(&r->body, "{\"error\":{\"code\":\"");
	add_escaped(&r->body, code);
	buf_add_cstr(&r->body, "\",\"message\":\"");
	add_escaped(&r->body, message);
	if (field) {
		buf_add_cstr(&r->body, "\",\"field\":\"");
		add_escaped(&r->body, field);
	}
	buf_add_cstr(&r->body, "\"}}");
}
