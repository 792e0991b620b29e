#include "otlp/otlp_json.h"

#include "base/hash.h"

/*
 * Calls take on each element of the array in front of the reader, which must
 * be there or null.  A span is rejected, a request refused, for another value.
 */
static int
each(struct otlp_decoder *d, struct json_reader *r, const char *wrong,
    int (*take)(struct otlp_decoder *, struct json_reader *, void *,
    struct err *), void *into, struct err *e)
{
	int rc;

	if (json_read_null(r))
		return 0;
	if (json_peek(r) != JSON_ARRAY)
		return otlp_json_wrong(d, r, wrong, e);
	if (json_array(r, e))
		return e->code;
	while ((rc = json_array_next(r, e)) > 0)
		if (take(d, r, into, e))
			return e->code;
	return rc;
}

struct list {
	void *v;
	size_t n;
	size_t cap;
};

/* Room for one more element in a list in the arena. */
static void *
more(struct otlp_decoder *d, struct list *l, size_t size)
{
	l->v = arena_more(d->arena, l->v, l->n, &l->cap, size);
	return l->v ? (char *)l->v + l->n++ * size : NULL;
}

static int
take_id(struct otlp_decoder *d, struct json_reader *r, uint8_t *id,
    size_t size, bool *present, const char *wrong, struct err *e)
{
	struct json_token t;

	if (json_read_value(r, &t, e))
		return e->code;
	memset(id, 0, size);
	*present = false;
	if (t.type == JSON_NULL || (t.type == JSON_STRING && t.s.n == 0))
		return 0;
	*present = true;
	if (t.type != JSON_STRING || !hex_decode(t.s, id, size))
		return otlp_wrong(d, ERR_INVALID, wrong, e);
	return 0;
}

static int
take_event(struct otlp_decoder *d, struct json_reader *r, void *into,
    struct err *e)
{
	struct list *events = into;
	struct otlp_event *ev;
	struct str key;
	int rc;

	if (events->n == d->limits.max_events)
		return otlp_json_wrong(d, r, "too many events", e);
	if (json_peek(r) != JSON_OBJECT)
		return otlp_json_wrong(d, r, "event is no object", e);
	ev = more(d, events, sizeof(*ev));
	if (!ev)
		return otlp_no_memory(e);
	*ev = (struct otlp_event){ .name = STR_NULL };
	if (json_object(r, e))
		return e->code;
	while ((rc = json_object_next(r, &key, e)) > 0) {
		if (str_is(key, "name"))
			rc = otlp_json_text(d, r, &ev->name, e);
		else if (otlp_key(key, STR("timeUnixNano"),
		    STR("time_unix_nano")))
			rc = otlp_json_u64(d, r, &ev->time_ns, e);
		else if (str_is(key, "attributes"))
			rc = otlp_json_attrs(d, r, &ev->attrs, 0, e);
		if (rc < 0)
			return rc;
	}
	return rc;
}

static int
take_link(struct otlp_decoder *d, struct json_reader *r, void *into,
    struct err *e)
{
	size_t *n = into;

	if (json_peek(r) != JSON_OBJECT)
		return otlp_json_wrong(d, r, "link is no object", e);
	++*n;
	return json_skip_value(r, NULL, e);
}

static int
take_status(struct otlp_decoder *d, struct json_reader *r,
    struct otlp_span *s, struct err *e)
{
	static const char *const names[] = { "STATUS_CODE_UNSET",
	    "STATUS_CODE_OK", "STATUS_CODE_ERROR" };
	struct str key;
	int rc;

	if (json_read_null(r))
		return 0;
	if (json_peek(r) != JSON_OBJECT)
		return otlp_json_wrong(d, r, "status is no object", e);
	if (json_object(r, e))
		return e->code;
	while ((rc = json_object_next(r, &key, e)) > 0) {
		if (str_is(key, "code"))
			rc = otlp_json_enum(d, r, names, ARRAY_LEN(names),
			    &s->status, e);
		else if (str_is(key, "message"))
			rc = otlp_json_text(d, r, &s->status_message, e);
		if (rc < 0)
			return rc;
	}
	return rc;
}

static int
take_events(struct otlp_decoder *d, struct json_reader *r,
    struct otlp_span *s, struct err *e)
{
	struct list events = { NULL, 0, 0 };

	if (each(d, r, "events is no array", take_event, &events, e))
		return e->code;
	s->events = events.v;
	s->n_events = events.n;
	return 0;
}

/* What identifies and names a span; 1 if the key is none of these. */
static int
take_span_identity(struct otlp_decoder *d, struct json_reader *r,
    struct str key, struct otlp_span *s, struct err *e)
{
	static const char *const kinds[] = { "SPAN_KIND_UNSPECIFIED",
	    "SPAN_KIND_INTERNAL", "SPAN_KIND_SERVER", "SPAN_KIND_CLIENT",
	    "SPAN_KIND_PRODUCER", "SPAN_KIND_CONSUMER" };
	bool present;

	if (otlp_key(key, STR("traceId"), STR("trace_id")))
		return take_id(d, r, s->trace_id, 16, &present,
		    "trace id is not 32 hexadecimal digits", e);
	if (otlp_key(key, STR("spanId"), STR("span_id")))
		return take_id(d, r, s->span_id, 8, &present,
		    "span id is not 16 hexadecimal digits", e);
	if (otlp_key(key, STR("parentSpanId"), STR("parent_span_id")))
		return take_id(d, r, s->parent_span_id, 8, &s->has_parent,
		    "parent span id is not 16 hexadecimal digits", e);
	if (str_is(key, "name"))
		return otlp_json_text(d, r, &s->name, e);
	if (str_is(key, "kind"))
		return otlp_json_enum(d, r, kinds, ARRAY_LEN(kinds), &s->kind,
		    e);
	return 1;
}

static int
take_span_member(struct otlp_decoder *d, struct json_reader *r,
    struct str key, struct otlp_span *s, struct err *e)
{
	int rc = take_span_identity(d, r, key, s, e);

	if (rc <= 0)
		return rc;
	if (otlp_key(key, STR("startTimeUnixNano"),
	    STR("start_time_unix_nano")))
		return otlp_json_u64(d, r, &s->start_ns, e);
	if (otlp_key(key, STR("endTimeUnixNano"), STR("end_time_unix_nano")))
		return otlp_json_u64(d, r, &s->end_ns, e);
	if (str_is(key, "attributes"))
		return otlp_json_attrs(d, r, &s->attrs, 0, e);
	if (str_is(key, "events"))
		return take_events(d, r, s, e);
	if (str_is(key, "status"))
		return take_status(d, r, s, e);
	if (str_is(key, "links")) {
		s->n_links = 0;
		return each(d, r, "links is no array", take_link, &s->n_links,
		    e);
	}
	return 0;
}

static int
take_span(struct otlp_decoder *d, struct json_reader *r, void *into,
    struct err *e)
{
	struct otlp_span *s;
	struct str key;
	int rc;

	if (otlp_charge_spans(d, 1, e))
		return e->code;
	s = more(d, into, sizeof(*s));
	if (!s)
		return otlp_no_memory(e);
	*s = (struct otlp_span){ .rejected = NULL };
	d->span = s;
	if (json_peek(r) != JSON_OBJECT) {
		rc = otlp_json_wrong(d, r, "span is no object", e);
		d->span = NULL;
		return rc;
	}
	if (json_object(r, e))
		return e->code;
	while ((rc = json_object_next(r, &key, e)) > 0)
		if (take_span_member(d, r, key, s, e))
			return e->code;
	d->span = NULL;
	return rc;
}

static int
take_scope(struct otlp_decoder *d, struct json_reader *r,
    struct otlp_scope_spans *ss, struct err *e)
{
	struct str key;
	int rc;

	if (json_read_null(r))
		return 0;
	if (json_object(r, e))
		return e->code;
	while ((rc = json_object_next(r, &key, e)) > 0) {
		if (str_is(key, "name"))
			rc = otlp_json_text(d, r, &ss->name, e);
		else if (str_is(key, "version"))
			rc = otlp_json_text(d, r, &ss->version, e);
		else if (str_is(key, "attributes"))
			rc = otlp_json_attrs(d, r, &ss->attrs, 0, e);
		if (rc < 0)
			return rc;
	}
	return rc;
}

static int
take_scope_spans(struct otlp_decoder *d, struct json_reader *r, void *into,
    struct err *e)
{
	struct otlp_scope_spans *ss;
	struct list spans = { NULL, 0, 0 };
	struct str key;
	int rc;

	if (otlp_charge_groups(d, 1, e))
		return e->code;
	ss = more(d, into, sizeof(*ss));
	if (!ss)
		return otlp_no_memory(e);
	*ss = (struct otlp_scope_spans){ .n = 0 };
	if (json_object(r, e))
		return e->code;
	while ((rc = json_object_next(r, &key, e)) > 0) {
		if (str_is(key, "scope"))
			rc = take_scope(d, r, ss, e);
		else if (str_is(key, "spans"))
			rc = each(d, r, "spans is no array", take_span,
			    &spans, e);
		else if (otlp_key(key, STR("schemaUrl"), STR("schema_url")))
			rc = otlp_json_text(d, r, &ss->schema_url, e);
		if (rc < 0)
			return rc;
	}
	ss->v = spans.v;
	ss->n = spans.n;
	return rc;
}

static int
take_resource(struct otlp_decoder *d, struct json_reader *r,
    struct otlp_resource_spans *rs, struct err *e)
{
	struct str key;
	int rc;

	if (json_read_null(r))
		return 0;
	if (json_object(r, e))
		return e->code;
	while ((rc = json_object_next(r, &key, e)) > 0)
		if (str_is(key, "attributes") &&
		    otlp_json_attrs(d, r, &rs->attrs, 0, e))
			return e->code;
	return rc;
}

static int
take_resource_spans(struct otlp_decoder *d, struct json_reader *r,
    void *into, struct err *e)
{
	struct otlp_resource_spans *rs;
	struct list scopes = { NULL, 0, 0 };
	struct str key;
	int rc;

	if (otlp_charge_groups(d, 1, e))
		return e->code;
	rs = more(d, into, sizeof(*rs));
	if (!rs)
		return otlp_no_memory(e);
	*rs = (struct otlp_resource_spans){ .n = 0 };
	if (json_object(r, e))
		return e->code;
	while ((rc = json_object_next(r, &key, e)) > 0) {
		if (str_is(key, "resource"))
			rc = take_resource(d, r, rs, e);
		else if (otlp_key(key, STR("scopeSpans"), STR("scope_spans")))
			rc = each(d, r, "scopeSpans is no array",
			    take_scope_spans, &scopes, e);
		else if (otlp_key(key, STR("schemaUrl"), STR("schema_url")))
			rc = otlp_json_text(d, r, &rs->schema_url, e);
		if (rc < 0)
			return rc;
	}
	rs->v = scopes.v;
	rs->n = scopes.n;
	return rc;
}

static int
take_request(struct otlp_decoder *d, struct json_reader *r, struct err *e)
{
	struct list resources = { NULL, 0, 0 };
	struct str key;
	int rc;

	if (json_object(r, e))
		return e->code;
	while ((rc = json_object_next(r, &key, e)) > 0)
		if (otlp_key(key, STR("resourceSpans"),
		    STR("resource_spans")) &&
		    each(d, r, "resourceSpans is no array",
		    take_resource_spans, &resources, e))
			return e->code;
	if (rc || json_end(r, e))
		return e->code;
	d->req->v = resources.v;
	d->req->n = resources.n;
	return 0;
}

int
otlp_decode_json(struct str body, const struct otlp_limits *limits,
    struct arena *a, struct otlp_request *req, struct err *e)
{
	struct otlp_decoder d;
	struct json_reader r;

	otlp_decoder_init(&d, limits, a, req);
	/* Each level of a value takes three of JSON. */
	json_reader_init(&r, body, a, JSON_DEPTH_MAX);
	if (take_request(&d, &r, e))
		return err_wrap(e, "otlp");
	otlp_decoder_finish(&d);
	return 0;
}
