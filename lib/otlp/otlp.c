#include "otlp/otlp.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "json/json_write.h"
#include "otlp/otlp_decode.h"

enum { DEPTH_MAX = 64 };

static unsigned
or_default(unsigned limit, unsigned otherwise)
{
	return limit ? limit : otherwise;
}

void
otlp_decoder_init(struct otlp_decoder *d, const struct otlp_limits *l,
    struct arena *a, struct otlp_request *req)
{
	static const struct otlp_limits none;

	if (!l)
		l = &none;
	assert(l->max_depth <= DEPTH_MAX);
	*req = (struct otlp_request){ 0 };
	*d = (struct otlp_decoder){
		.arena = a,
		.req = req,
		.limits = {
			.max_spans = or_default(l->max_spans, 10000),
			.max_attrs = or_default(l->max_attrs, 4096),
			.max_events = or_default(l->max_events, 1024),
			.max_depth = or_default(l->max_depth, 32)
		}
	};
}

int
otlp_charge_spans(struct otlp_decoder *d, size_t n, struct err *e)
{
	if (n > d->limits.max_spans - d->req->n_spans)
		return err_set(e, ERR_LIMIT, "more than %u spans in a request",
		    d->limits.max_spans);
	d->req->n_spans += n;
	return 0;
}

int
otlp_charge_groups(struct otlp_decoder *d, size_t n, struct err *e)
{
	if (n > d->limits.max_spans - d->n_groups)
		return err_set(e, ERR_LIMIT, "more than %u resources and "
		    "scopes in a request", d->limits.max_spans);
	d->n_groups += n;
	return 0;
}

int
otlp_wrong(struct otlp_decoder *d, int code, const char *why, struct err *e)
{
	if (!d->span)
		return err_set(e, code, "%s", why);
	if (!d->span->rejected)
		d->span->rejected = why;
	return 0;
}

int
otlp_no_memory(struct err *e)
{
	return err_set(e, ERR_LIMIT, "past the memory budget of a request");
}

int
otlp_text(struct otlp_decoder *d, struct str s, struct str *out,
    struct err *e)
{
	size_t n = 0, i = 0;
	char *p;

	*out = s;
	if (str_is_utf8(s))
		return 0;
	p = arena_array(d->arena, s.n, 3);
	if (!p)
		return otlp_no_memory(e);
	while (i < s.n) {
		size_t len = str_utf8_sequence(s, i);

		if (len) {
			memcpy(p + n, s.p + i, len);
			n += len;
			i += len;
		} else {
			memcpy(p + n, "\xef\xbf\xbd", 3);
			n += 3;
			i++;
		}
	}
	*out = str_of(p, n);
	return 0;
}

static void
finish_span(struct otlp_request *req, struct otlp_span *s)
{
	static const uint8_t zero[16];

	if (!s->rejected && memcmp(s->trace_id, zero, 16) == 0)
		s->rejected = "trace id is missing or all zero";
	if (!s->rejected && memcmp(s->span_id, zero, 8) == 0)
		s->rejected = "span id is missing or all zero";
	/* Some SDKs write a root's absent parent as zeros. */
	if (memcmp(s->parent_span_id, zero, 8) == 0)
		s->has_parent = false;
	s->ends_before_start = s->end_ns && s->end_ns < s->start_ns;
	if (!s->rejected)
		return;
	req->n_rejected++;
	if (!req->reason)
		req->reason = s->rejected;
}

void
otlp_decoder_finish(struct otlp_decoder *d)
{
	struct otlp_request *req = d->req;

	for (size_t i = 0; i < req->n; i++) {
		struct otlp_resource_spans *rs = &req->v[i];

		for (size_t j = 0; j < rs->n; j++)
			for (size_t k = 0; k < rs->v[j].n; k++)
				finish_span(req, &rs->v[j].v[k]);
	}
}

const struct otlp_value *
otlp_attr_get(const struct otlp_attrs *attrs, struct str key)
{
	for (size_t i = attrs->n; i > 0; i--)
		if (str_eq(attrs->v[i - 1].key, key))
			return &attrs->v[i - 1].value;
	return NULL;
}

static void
put_base64(struct buf *out, struct str s)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "abcdefghijklmnopqrstuvwxyz0123456789+/";

	buf_add_byte(out, '"');
	for (size_t i = 0; i < s.n; i += 3) {
		size_t left = s.n - i;
		unsigned v = (unsigned)(uint8_t)s.p[i] << 16;
		char four[4];

		if (left > 1)
			v |= (unsigned)(uint8_t)s.p[i + 1] << 8;
		if (left > 2)
			v |= (uint8_t)s.p[i + 2];
		four[0] = digits[v >> 18];
		four[1] = digits[v >> 12 & 63];
		four[2] = left > 1 ? digits[v >> 6 & 63] : '=';
		four[3] = left > 2 ? digits[v & 63] : '=';
		buf_add(out, four, 4);
	}
	buf_add_byte(out, '"');
}

static void
put_double(struct buf *out, double d)
{
	struct json_writer w;

	if (isnan(d)) {
		buf_add_cstr(out, "\"NaN\"");
	} else if (isinf(d)) {
		buf_add_cstr(out, d > 0 ? "\"Infinity\"" : "\"-Infinity\"");
	} else {
		json_writer_init(&w, out);
		json_put_double(&w, d);
	}
}

void
otlp_value_to_json(struct buf *out, const struct otlp_value *v)
{
	switch (v->type) {
	case OTLP_NONE:
		buf_add_cstr(out, "null");
		break;
	case OTLP_STRING:
		json_quote(out, v->s);
		break;
	case OTLP_BOOL:
		buf_add_cstr(out, v->b ? "true" : "false");
		break;
	case OTLP_INT:
		buf_addf(out, "%lld", (long long)v->i);
		break;
	case OTLP_DOUBLE:
		put_double(out, v->d);
		break;
	case OTLP_BYTES:
		put_base64(out, v->s);
		break;
	case OTLP_ARRAY:
		buf_add_byte(out, '[');
		for (size_t i = 0; i < v->array.n; i++) {
			if (i)
				buf_add_byte(out, ',');
			otlp_value_to_json(out, &v->array.v[i]);
		}
		buf_add_byte(out, ']');
		break;
	case OTLP_KVLIST:
		otlp_attrs_to_json(out, &v->kvlist);
		break;
	}
}

void
otlp_attrs_to_json(struct buf *out, const struct otlp_attrs *attrs)
{
	buf_add_byte(out, '{');
	for (size_t i = 0; i < attrs->n; i++) {
		if (i)
			buf_add_byte(out, ',');
		json_quote(out, attrs->v[i].key);
		buf_add_byte(out, ':');
		otlp_value_to_json(out, &attrs->v[i].value);
	}
	buf_add_byte(out, '}');
}
