#include <string.h>

#include "otlp/otlp_decode.h"
#include "otlp/protobuf.h"

/*
 * A message met twice in a singular field is merged into what is there, as
 * protobuf has it: scalars are overwritten, repeated fields appended.  So
 * every list is grown before it is filled, by the count of a first pass.
 */
static int
grow(struct otlp_decoder *d, void *list, size_t n, size_t more, size_t size,
    struct err *e)
{
	void *old, *all;

	if (more == 0)
		return 0;
	memcpy(&old, list, sizeof(old));
	all = arena_array(d->arena, n + more, size);
	if (!all)
		return otlp_no_memory(e);
	if (n)
		memcpy(all, old, n * size);
	memcpy(list, &all, sizeof(all));
	return 0;
}

static int
take_text(struct otlp_decoder *d, const struct pb_reader *r,
    const struct pb_field *f, struct str *out, struct err *e)
{
	if (pb_want(r, f, PB_BYTES, e))
		return e->code;
	return otlp_text(d, f->bytes, out, e);
}

static int
take_u64(const struct pb_reader *r, const struct pb_field *f,
    enum pb_wire wire, uint64_t *out, struct err *e)
{
	if (pb_want(r, f, wire, e))
		return e->code;
	*out = f->v;
	return 0;
}

static int take_value(struct otlp_decoder *d, struct pb_reader r,
    struct otlp_value *v, unsigned depth, struct err *e);
static int take_attrs(struct otlp_decoder *d, struct pb_reader r,
    uint32_t number, struct otlp_attrs *attrs, unsigned depth, struct err *e);

static int
take_array(struct otlp_decoder *d, struct pb_reader r, struct otlp_value *v,
    unsigned depth, struct err *e)
{
	size_t n[PB_COUNTED];
	struct pb_field f;
	int rc;

	if (pb_count(r, n, e) || grow(d, &v->array.v, v->array.n, n[1],
	    sizeof(*v->array.v), e))
		return e->code;
	while ((rc = pb_next(&r, &f, e)) > 0) {
		if (f.number != 1)
			continue;
		if (pb_want(&r, &f, PB_BYTES, e) || take_value(d,
		    pb_enter(&r, &f), &v->array.v[v->array.n++], depth, e))
			return e->code;
	}
	return rc;
}

/* An array or a list of keys and values, one level down. */
static int
take_nested(struct otlp_decoder *d, struct pb_reader r, enum otlp_type type,
    struct otlp_value *v, unsigned depth, struct err *e)
{
	if (v->type != type)
		*v = (struct otlp_value){ .type = type };
	if (depth == d->limits.max_depth)
		return otlp_wrong(d, ERR_LIMIT, "value is nested too deep", e);
	if (type == OTLP_ARRAY)
		return take_array(d, r, v, depth + 1, e);
	return take_attrs(d, r, 1, &v->kvlist, depth + 1, e);
}

static int
take_value_field(struct otlp_decoder *d, const struct pb_reader *r,
    const struct pb_field *f, struct otlp_value *v, unsigned depth,
    struct err *e)
{
	static const enum pb_wire wires[] = { PB_BYTES, PB_BYTES, PB_VARINT,
	    PB_VARINT, PB_FIXED64, PB_BYTES, PB_BYTES, PB_BYTES };

	if (f->number >= ARRAY_LEN(wires))
		return 0;
	if (pb_want(r, f, wires[f->number], e))
		return e->code;
	switch (f->number) {
	case 1:
		v->type = OTLP_STRING;
		return otlp_text(d, f->bytes, &v->s, e);
	case 2:
		v->type = OTLP_BOOL;
		v->b = f->v != 0;
		return 0;
	case 3:
		v->type = OTLP_INT;
		v->i = (int64_t)f->v;
		return 0;
	case 4:
		v->type = OTLP_DOUBLE;
		memcpy(&v->d, &f->v, sizeof(v->d));
		return 0;
	case 5:
		return take_nested(d, pb_enter(r, f), OTLP_ARRAY, v, depth, e);
	case 6:
		return take_nested(d, pb_enter(r, f), OTLP_KVLIST, v, depth,
		    e);
	default:
		v->type = OTLP_BYTES;
		v->s = f->bytes;
		return 0;
	}
}

static int
take_value(struct otlp_decoder *d, struct pb_reader r, struct otlp_value *v,
    unsigned depth, struct err *e)
{
	struct pb_field f;
	int rc;

	while ((rc = pb_next(&r, &f, e)) > 0)
		if (take_value_field(d, &r, &f, v, depth, e))
			return e->code;
	return rc;
}

static int
take_attr(struct otlp_decoder *d, struct pb_reader r, struct otlp_attr *a,
    unsigned depth, struct err *e)
{
	struct pb_field f;
	int rc;

	while ((rc = pb_next(&r, &f, e)) > 0) {
		if (f.number == 1 && take_text(d, &r, &f, &a->key, e))
			return e->code;
		if (f.number == 2 && (pb_want(&r, &f, PB_BYTES, e) ||
		    take_value(d, pb_enter(&r, &f), &a->value, depth, e)))
			return e->code;
	}
	return rc;
}

/* All attributes of a message, which are its fields of that number. */
static int
take_attrs(struct otlp_decoder *d, struct pb_reader r, uint32_t number,
    struct otlp_attrs *attrs, unsigned depth, struct err *e)
{
	size_t n[PB_COUNTED];
	struct pb_field f;
	int rc;

	if (pb_count(r, n, e))
		return e->code;
	if (n[number] > d->limits.max_attrs)
		return otlp_wrong(d, ERR_LIMIT, "too many attributes", e);
	if (grow(d, &attrs->v, attrs->n, n[number], sizeof(*attrs->v), e))
		return e->code;
	while ((rc = pb_next(&r, &f, e)) > 0) {
		if (f.number != number)
			continue;
		if (pb_want(&r, &f, PB_BYTES, e) || take_attr(d,
		    pb_enter(&r, &f), &attrs->v[attrs->n++], depth, e))
			return e->code;
	}
	return rc;
}

static int
take_event(struct otlp_decoder *d, struct pb_reader r, struct otlp_event *ev,
    struct err *e)
{
	struct pb_reader fields = r;
	struct pb_field f;
	int rc;

	while ((rc = pb_next(&r, &f, e)) > 0) {
		if (f.number == 1 &&
		    take_u64(&r, &f, PB_FIXED64, &ev->time_ns, e))
			return e->code;
		if (f.number == 2 && take_text(d, &r, &f, &ev->name, e))
			return e->code;
	}
	if (rc)
		return rc;
	return take_attrs(d, fields, 3, &ev->attrs, 0, e);
}

static int
take_events(struct otlp_decoder *d, struct pb_reader r, size_t n,
    struct otlp_span *s, struct err *e)
{
	struct pb_field f;
	int rc;

	if (n > d->limits.max_events)
		return otlp_wrong(d, ERR_LIMIT, "too many events", e);
	if (grow(d, &s->events, s->n_events, n, sizeof(*s->events), e))
		return e->code;
	while ((rc = pb_next(&r, &f, e)) > 0) {
		if (f.number != 11)
			continue;
		if (pb_want(&r, &f, PB_BYTES, e) || take_event(d,
		    pb_enter(&r, &f), &s->events[s->n_events++], e))
			return e->code;
	}
	return rc;
}

static int
take_status(struct otlp_decoder *d, struct pb_reader r, struct otlp_span *s,
    struct err *e)
{
	struct pb_field f;
	uint64_t v = 0;
	int rc;

	while ((rc = pb_next(&r, &f, e)) > 0) {
		if (f.number == 2 &&
		    take_text(d, &r, &f, &s->status_message, e))
			return e->code;
		if (f.number == 3) {
			if (take_u64(&r, &f, PB_VARINT, &v, e))
				return e->code;
			s->status = (int32_t)v;
		}
	}
	return rc;
}

static int
take_id(struct otlp_decoder *d, const struct pb_reader *r,
    const struct pb_field *f, uint8_t *id, size_t size, const char *wrong,
    struct err *e)
{
	if (pb_want(r, f, PB_BYTES, e))
		return e->code;
	if (f->bytes.n != size)
		return otlp_wrong(d, ERR_INVALID, wrong, e);
	memcpy(id, f->bytes.p, size);
	return 0;
}

static int
take_parent(struct otlp_decoder *d, const struct pb_reader *r,
    const struct pb_field *f, struct otlp_span *s, struct err *e)
{
	if (pb_want(r, f, PB_BYTES, e))
		return e->code;
	s->has_parent = f->bytes.n > 0;
	if (!s->has_parent) {
		memset(s->parent_span_id, 0, sizeof(s->parent_span_id));
		return 0;
	}
	return take_id(d, r, f, s->parent_span_id, 8,
	    "parent span id is not 8 bytes", e);
}

static int
take_span_field(struct otlp_decoder *d, const struct pb_reader *r,
    const struct pb_field *f, struct otlp_span *s, struct err *e)
{
	uint64_t v = 0;
	int rc;

	switch (f->number) {
	case 1:
		return take_id(d, r, f, s->trace_id, 16,
		    "trace id is not 16 bytes", e);
	case 2:
		return take_id(d, r, f, s->span_id, 8,
		    "span id is not 8 bytes", e);
	case 4:
		return take_parent(d, r, f, s, e);
	case 5:
		return take_text(d, r, f, &s->name, e);
	case 6:
		rc = take_u64(r, f, PB_VARINT, &v, e);
		if (rc == 0)
			s->kind = (int32_t)v;
		return rc;
	case 7:
		return take_u64(r, f, PB_FIXED64, &s->start_ns, e);
	case 8:
		return take_u64(r, f, PB_FIXED64, &s->end_ns, e);
	case 13:
		s->n_links++;
		return pb_want(r, f, PB_BYTES, e);
	case 15:
		if (pb_want(r, f, PB_BYTES, e))
			return e->code;
		return take_status(d, pb_enter(r, f), s, e);
	default:
		return 0;
	}
}

static int
take_span(struct otlp_decoder *d, struct pb_reader r, struct otlp_span *s,
    struct err *e)
{
	struct pb_reader fields = r;
	size_t n[PB_COUNTED];
	struct pb_field f;
	int rc;

	d->span = s;
	while ((rc = pb_next(&r, &f, e)) > 0)
		if (take_span_field(d, &r, &f, s, e))
			return e->code;
	if (rc || pb_count(fields, n, e) ||
	    take_attrs(d, fields, 9, &s->attrs, 0, e) ||
	    take_events(d, fields, n[11], s, e))
		return e->code;
	d->span = NULL;
	return 0;
}

static int
take_scope(struct otlp_decoder *d, struct pb_reader r,
    struct otlp_scope_spans *ss, struct err *e)
{
	struct pb_reader fields = r;
	struct pb_field f;
	int rc;

	while ((rc = pb_next(&r, &f, e)) > 0) {
		if (f.number == 1 && take_text(d, &r, &f, &ss->name, e))
			return e->code;
		if (f.number == 2 && take_text(d, &r, &f, &ss->version, e))
			return e->code;
	}
	if (rc)
		return rc;
	return take_attrs(d, fields, 3, &ss->attrs, 0, e);
}

static int
take_scope_spans(struct otlp_decoder *d, struct pb_reader r,
    struct otlp_scope_spans *ss, struct err *e)
{
	size_t n[PB_COUNTED];
	struct pb_field f;
	int rc;

	if (pb_count(r, n, e) || otlp_charge_spans(d, n[2], e) ||
	    grow(d, &ss->v, ss->n, n[2], sizeof(*ss->v), e))
		return e->code;
	while ((rc = pb_next(&r, &f, e)) > 0) {
		if (f.number < 1 || f.number > 3)
			continue;
		if (pb_want(&r, &f, PB_BYTES, e))
			return e->code;
		if (f.number == 1)
			rc = take_scope(d, pb_enter(&r, &f), ss, e);
		else if (f.number == 2)
			rc = take_span(d, pb_enter(&r, &f), &ss->v[ss->n++],
			    e);
		else
			rc = take_text(d, &r, &f, &ss->schema_url, e);
		if (rc)
			return rc;
	}
	return rc;
}

static int
take_resource_spans(struct otlp_decoder *d, struct pb_reader r,
    struct otlp_resource_spans *rs, struct err *e)
{
	size_t n[PB_COUNTED];
	struct pb_field f;
	int rc;

	if (pb_count(r, n, e) || otlp_charge_groups(d, n[2], e) ||
	    grow(d, &rs->v, rs->n, n[2], sizeof(*rs->v), e))
		return e->code;
	while ((rc = pb_next(&r, &f, e)) > 0) {
		if (f.number < 1 || f.number > 3)
			continue;
		if (pb_want(&r, &f, PB_BYTES, e))
			return e->code;
		if (f.number == 1)
			rc = take_attrs(d, pb_enter(&r, &f), 1, &rs->attrs, 0,
			    e);
		else if (f.number == 2)
			rc = take_scope_spans(d, pb_enter(&r, &f),
			    &rs->v[rs->n++], e);
		else
			rc = take_text(d, &r, &f, &rs->schema_url, e);
		if (rc)
			return rc;
	}
	return rc;
}

static int
take_request(struct otlp_decoder *d, struct pb_reader r, struct err *e)
{
	struct otlp_request *req = d->req;
	size_t n[PB_COUNTED];
	struct pb_field f;
	int rc;

	if (pb_count(r, n, e) || otlp_charge_groups(d, n[1], e) ||
	    grow(d, &req->v, req->n, n[1], sizeof(*req->v), e))
		return e->code;
	while ((rc = pb_next(&r, &f, e)) > 0) {
		if (f.number != 1)
			continue;
		if (pb_want(&r, &f, PB_BYTES, e) || take_resource_spans(d,
		    pb_enter(&r, &f), &req->v[req->n++], e))
			return e->code;
	}
	return rc;
}

int
otlp_decode_protobuf(struct str body, const struct otlp_limits *limits,
    struct arena *a, struct otlp_request *req, struct err *e)
{
	struct otlp_decoder d;
	struct pb_reader r;

	otlp_decoder_init(&d, limits, a, req);
	pb_reader_init(&r, body);
	if (take_request(&d, r, e))
		return err_wrap(e, "otlp");
	otlp_decoder_finish(&d);
	return 0;
}
