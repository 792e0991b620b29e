#include "http/query.h"

/* The byte of the escape at in.p[i], or -1. */
static int
escape_value(struct str in, size_t i)
{
	int high, low;

	if (in.n - i < 3)
		return -1;
	high = str_hex_digit(in.p[i + 1]);
	low = str_hex_digit(in.p[i + 2]);
	return high < 0 || low < 0 ? -1 : high << 4 | low;
}

static bool
needs_decoding(struct str in, bool plus_is_space)
{
	for (size_t i = 0; i < in.n; i++)
		if (in.p[i] == '%' || in.p[i] == '\0' ||
		    (in.p[i] == '+' && plus_is_space))
			return true;
	return false;
}

int
http_percent_decode(struct str in, bool plus_is_space, struct arena *a,
    struct str *out, struct err *e)
{
	char *p;
	size_t n = 0;

	if (!needs_decoding(in, plus_is_space)) {
		*out = in;
		return 0;
	}
	p = arena_alloc(a, in.n);
	if (!p)
		return err_set(e, ERR_LIMIT, "request: too much memory");
	for (size_t i = 0; i < in.n; i++) {
		int c = (unsigned char)in.p[i];

		if (c == '%') {
			c = escape_value(in, i);
			if (c < 0)
				return err_set(e, ERR_INVALID,
				    "'%.*s' is not a percent escape",
				    (int)MIN_OF(in.n - i, 3), in.p + i);
			i += 2;
		} else if (c == '+' && plus_is_space) {
			c = ' ';
		}
		if (c == 0)
			return err_set(e, ERR_INVALID,
			    "a NUL character is not allowed");
		p[n++] = (char)c;
	}
	*out = str_of(p, n);
	return 0;
}

/* Decodes one name=value piece into *h. */
static int
parse_piece(struct http_query_param *h, struct str piece, struct arena *a,
    struct err *e)
{
	enum { SHOWN = 64 };
	struct str value = piece;
	struct str name = str_cut(&value, '=');

	if (http_percent_decode(name, true, a, &h->name, e) ||
	    http_percent_decode(value.p ? value : STR(""), true, a, &h->value,
	    e))
		return err_wrap(e, "query parameter '%.*s'",
		    (int)MIN_OF(name.n, SHOWN), name.p);
	return 0;
}

int
http_query_parse(struct http_query *p, struct str raw, struct arena *a,
    struct err *e)
{
	p->n = 0;
	while (raw.p) {
		struct str piece = str_cut(&raw, '&');

		if (piece.n == 0)
			continue;
		if (p->n == HTTP_QUERY_PARAMS_MAX)
			return err_set(e, ERR_LIMIT,
			    "query: more than %d parameters",
			    HTTP_QUERY_PARAMS_MAX);
		if (parse_piece(&p->params[p->n], piece, a, e))
			return e->code;
		p->n++;
	}
	return 0;
}

struct str
http_query_get(const struct http_query *p, const char *name)
{
	for (size_t i = 0; i < p->n; i++)
		if (str_is(p->params[i].name, name))
			return p->params[i].value;
	return STR_NULL;
}

size_t
http_query_count(const struct http_query *p, const char *name)
{
	size_t n = 0;

	for (size_t i = 0; i < p->n; i++)
		n += str_is(p->params[i].name, name);
	return n;
}
