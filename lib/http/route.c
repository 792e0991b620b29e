#include "http/route.h"

#include <assert.h>
#include <string.h>

#include "http/query.h"

/* Cuts the next segment off a path that starts with '/'. */
static struct str
next_segment(struct str *rest)
{
	struct str s = str_from_index(*rest, 1);
	size_t end = str_find_byte(s, '/', 0);

	if (end == SIZE_MAX)
		end = s.n;
	*rest = str_from_index(s, end);
	return str_of(s.p, end);
}

/* Adds a capture, still encoded. */
static void
capture(struct http_request *q, struct str name, struct str value)
{
	assert(q->ncaptures < HTTP_CAPTURES_MAX);
	q->captures[q->ncaptures++] = (struct http_pair){ name, value };
}

static bool
matches(const char *pattern, struct http_request *q)
{
	struct str want = str_from(pattern), have = q->path;

	q->ncaptures = 0;
	if (have.n == 0 || have.p[0] != '/')
		return false;
	while (want.n && have.n) {
		struct str before = have;
		struct str w = next_segment(&want), h = next_segment(&have);

		if (str_is(w, "+")) {
			capture(q, w, str_from_index(before, 1));
			return before.n > 1;
		}
		if (w.n && w.p[0] == ':') {
			if (h.n == 0)
				return false;
			capture(q, str_from_index(w, 1), h);
		} else if (!str_eq(w, h)) {
			return false;
		}
	}
	return want.n == 0 && have.n == 0;
}

static int
decode_captures(struct http_request *q, struct err *e)
{
	for (size_t i = 0; i < q->ncaptures; i++) {
		struct http_pair *h = &q->captures[i];

		if (str_is(h->name, "+"))
			continue;
		if (http_percent_decode(h->value, false, q->arena, &h->value,
		    e))
			return err_wrap(e, "path, %.*s", STR_FMT(h->name));
	}
	return 0;
}

static void
list_methods(unsigned methods, struct http_allow *allow)
{
	size_t n = 0;

	allow->text[0] = '\0';
	for (int m = 0; m < HTTP_METHODS; m++)
		if (methods & 1u << m)
			n += (size_t)snprintf(allow->text + n,
			    sizeof(allow->text) - n, "%s%s", n ? ", " : "",
			    http_method_name((enum http_method)m));
	assert(n < sizeof(allow->text));
}

const struct http_route *
http_route_find(const struct http_route *table, size_t n,
    struct http_request *q, int *status, struct http_allow *allow,
    struct err *e)
{
	enum http_method method = q->method;
	unsigned methods = 0;

	for (size_t i = 0; i < n; i++) {
		const struct http_route *t = &table[i];

		if (!matches(t->pattern, q))
			continue;
		if (t->method == method ||
		    (t->method == HTTP_GET && method == HTTP_HEAD)) {
			*status = 400;
			return decode_captures(q, e) ? NULL : t;
		}
		methods |= 1u << t->method;
	}
	q->ncaptures = 0;
	*status = 404;
	if (!methods)
		return NULL;
	if (methods & 1u << HTTP_GET)
		methods |= 1u << HTTP_HEAD;
	methods |= 1u << HTTP_OPTIONS;
	list_methods(methods, allow);
	*status = method == HTTP_OPTIONS ? 204 : 405;
	return NULL;
}

void
http_route_serve(const struct http_route *table, size_t n, void *arg,
    struct http_request *q, struct http_response *r, http_render_error *render)
{
	struct err e = ERR_INIT;
	struct http_allow allow;
	const struct http_route *t;
	int status;

	t = http_route_find(table, n, q, &status, &allow, &e);
	if (t) {
		t->handle(arg, q, r);
		return;
	}
	switch (status) {
	case 400:
		render(r, 400, "invalid_path", e.text, NULL);
		break;
	case 204:
		http_respond_header(r, "Allow", str_from(allow.text));
		r->status = 204;
		break;
	case 405:
		http_respond_header(r, "Allow", str_from(allow.text));
		render(r, 405, "method_not_allowed",
		    "this path does not take that method", NULL);
		break;
	default:
		render(r, 404, "not_found", "there is nothing at this path",
		    NULL);
		break;
	}
}
