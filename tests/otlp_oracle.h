#ifndef TESTS_OTLP_ORACLE_H
#define TESTS_OTLP_ORACLE_H

#include <stdio.h>
#include <string.h>

#include "otlp/otlp_decode.h"
#include "otlp/protobuf.h"
#include "trace.pb-c.h"

/*
 * Holds our protobuf decoder against protobuf-c's generated one, which has no
 * limit on nesting: so a text is scanned before it may see it.
 */
enum oracle_message {
	M_NONE, M_REQUEST, M_RESOURCE_SPANS, M_SCOPE_SPANS, M_RESOURCE,
	M_SCOPE, M_SPAN, M_EVENT, M_STATUS, M_KEY_VALUE, M_VALUE,
	M_ARRAY, M_LIST
};

struct oracle_scan {
	unsigned depth;          /* the deepest */
	bool merges;             /* a singular message occurs twice */
};

static inline enum oracle_message
oracle_child(enum oracle_message m, uint32_t field, bool *singular)
{
	static const struct {
		enum oracle_message parent;
		uint32_t field;
		enum oracle_message child;
		bool singular;
	} all[] = {
		{ M_REQUEST, 1, M_RESOURCE_SPANS, false },
		{ M_RESOURCE_SPANS, 1, M_RESOURCE, true },
		{ M_RESOURCE_SPANS, 2, M_SCOPE_SPANS, false },
		{ M_SCOPE_SPANS, 1, M_SCOPE, true },
		{ M_SCOPE_SPANS, 2, M_SPAN, false },
		{ M_RESOURCE, 1, M_KEY_VALUE, false },
		{ M_SCOPE, 3, M_KEY_VALUE, false },
		{ M_SPAN, 9, M_KEY_VALUE, false },
		{ M_SPAN, 11, M_EVENT, false },
		{ M_SPAN, 15, M_STATUS, true },
		{ M_EVENT, 3, M_KEY_VALUE, false },
		{ M_KEY_VALUE, 2, M_VALUE, true },
		{ M_VALUE, 5, M_ARRAY, true },
		{ M_VALUE, 6, M_LIST, true },
		{ M_ARRAY, 1, M_VALUE, false },
		{ M_LIST, 1, M_KEY_VALUE, false }
	};

	for (size_t i = 0; i < ARRAY_LEN(all); i++)
		if (all[i].parent == m && all[i].field == field) {
			*singular = all[i].singular;
			return all[i].child;
		}
	*singular = false;
	return M_NONE;
}

/* False when it is not even a sequence of fields, or 200 deep. */
static bool
oracle_scan(struct pb_reader r, enum oracle_message m, unsigned depth,
    struct oracle_scan *s)
{
	uint32_t seen = 0;
	struct pb_field f;
	struct err e;
	bool singular;
	int rc;

	s->depth = MAX_OF(s->depth, depth);
	if (depth == 200)
		return false;
	while ((rc = pb_next(&r, &f, &e)) > 0) {
		enum oracle_message child = oracle_child(m, f.number,
		    &singular);

		/* The alternatives of a value replace one another. */
		if (m == M_VALUE && f.number <= 7)
			singular = true;
		if (singular) {
			uint32_t bit = m == M_VALUE ? 1 : 1u << f.number;

			s->merges |= (seen & bit) != 0;
			seen |= bit;
		}
		if (child && f.wire == PB_BYTES &&
		    !oracle_scan(pb_enter(&r, &f), child, depth + 1, s))
			return false;
	}
	return rc == 0;
}

static inline bool
oracle_same_bytes(struct str ours, ProtobufCBinaryData theirs)
{
	return str_eq(ours, str_of(theirs.data, theirs.len));
}

static bool
oracle_same_text(struct str ours, const char *theirs)
{
	struct arena *a = arena_new(64 << 20);
	struct otlp_decoder d = { .arena = a };
	struct str repaired;
	struct err e;
	bool same;

	/* Theirs ends at the first NUL, and is not repaired. */
	ours.n = strnlen(ours.n ? ours.p : "", ours.n);
	same = otlp_text(&d, str_from(theirs), &repaired, &e) == 0 &&
	    str_eq(ours, repaired);
	arena_free(a);
	return same;
}

static bool oracle_same_attrs(const struct otlp_attrs *ours,
    Otlp__KeyValue **theirs, size_t n);

static bool
oracle_same_value(const struct otlp_value *ours, const Otlp__AnyValue *theirs)
{
	if (!theirs || theirs->value_case == OTLP__ANY_VALUE__VALUE__NOT_SET)
		return ours->type == OTLP_NONE;
	switch (ours->type) {
	case OTLP_STRING:
		return theirs->value_case ==
		    OTLP__ANY_VALUE__VALUE_STRING_VALUE &&
		    oracle_same_text(ours->s, theirs->string_value);
	case OTLP_BOOL:
		return theirs->value_case ==
		    OTLP__ANY_VALUE__VALUE_BOOL_VALUE &&
		    ours->b == !!theirs->bool_value;
	case OTLP_INT:
		return theirs->value_case ==
		    OTLP__ANY_VALUE__VALUE_INT_VALUE &&
		    ours->i == theirs->int_value;
	case OTLP_DOUBLE:
		return theirs->value_case ==
		    OTLP__ANY_VALUE__VALUE_DOUBLE_VALUE &&
		    memcmp(&ours->d, &theirs->double_value, 8) == 0;
	case OTLP_BYTES:
		return theirs->value_case ==
		    OTLP__ANY_VALUE__VALUE_BYTES_VALUE &&
		    oracle_same_bytes(ours->s, theirs->bytes_value);
	case OTLP_KVLIST:
		return theirs->value_case ==
		    OTLP__ANY_VALUE__VALUE_KVLIST_VALUE && oracle_same_attrs(
		    &ours->kvlist, theirs->kvlist_value->values,
		    theirs->kvlist_value->n_values);
	case OTLP_ARRAY:
		if (theirs->value_case !=
		    OTLP__ANY_VALUE__VALUE_ARRAY_VALUE ||
		    ours->array.n != theirs->array_value->n_values)
			return false;
		for (size_t i = 0; i < ours->array.n; i++)
			if (!oracle_same_value(&ours->array.v[i],
			    theirs->array_value->values[i]))
				return false;
		return true;
	case OTLP_NONE:
		break;
	}
	return false;
}

static bool
oracle_same_attrs(const struct otlp_attrs *ours, Otlp__KeyValue **theirs,
    size_t n)
{
	if (ours->n != n)
		return false;
	for (size_t i = 0; i < n; i++)
		if (!oracle_same_text(ours->v[i].key, theirs[i]->key) ||
		    !oracle_same_value(&ours->v[i].value, theirs[i]->value))
			return false;
	return true;
}

static inline bool
oracle_same_events(const struct otlp_span *s, const Otlp__Span *t)
{
	if (s->n_events != t->n_events)
		return false;
	for (size_t i = 0; i < s->n_events; i++)
		if (s->events[i].time_ns != t->events[i]->time_unix_nano ||
		    !oracle_same_text(s->events[i].name,
		    t->events[i]->name) ||
		    !oracle_same_attrs(&s->events[i].attrs,
		    t->events[i]->attributes, t->events[i]->n_attributes))
			return false;
	return true;
}

static inline bool
oracle_same_id(const uint8_t *ours, size_t size, ProtobufCBinaryData theirs,
    bool rejected)
{
	if (theirs.len != size)
		return rejected || (size == 8 && theirs.len == 0);
	return rejected || memcmp(ours, theirs.data, size) == 0;
}

static inline bool
oracle_same_span(const struct otlp_span *s, const Otlp__Span *t)
{
	bool rejected = s->rejected != NULL;

	if (rejected && strstr(s->rejected, "too "))
		return true;
	if (!oracle_same_id(s->trace_id, 16, t->trace_id, rejected) ||
	    !oracle_same_id(s->span_id, 8, t->span_id, rejected) ||
	    !oracle_same_id(s->parent_span_id, 8, t->parent_span_id,
	    rejected))
		return false;
	return oracle_same_text(s->name, t->name) &&
	    s->kind == (int)t->kind &&
	    s->start_ns == t->start_time_unix_nano &&
	    s->end_ns == t->end_time_unix_nano &&
	    s->n_links == t->n_links &&
	    s->status == (t->status ? (int)t->status->code : 0) &&
	    oracle_same_text(s->status_message,
	    t->status ? t->status->message : "") &&
	    oracle_same_attrs(&s->attrs, t->attributes, t->n_attributes) &&
	    oracle_same_events(s, t);
}

static inline bool
oracle_same_scope(const struct otlp_scope_spans *s, const Otlp__ScopeSpans *t)
{
	if (s->n != t->n_spans ||
	    !oracle_same_text(s->schema_url, t->schema_url) ||
	    !oracle_same_text(s->name, t->scope ? t->scope->name : "") ||
	    !oracle_same_text(s->version, t->scope ? t->scope->version : "") ||
	    !oracle_same_attrs(&s->attrs, t->scope ? t->scope->attributes
	    : NULL, t->scope ? t->scope->n_attributes : 0))
		return false;
	for (size_t i = 0; i < s->n; i++)
		if (!oracle_same_span(&s->v[i], t->spans[i]))
			return false;
	return true;
}

static inline bool
oracle_same_request(const struct otlp_request *req,
    const Otlp__ExportTraceServiceRequest *t)
{
	if (req->n != t->n_resource_spans)
		return false;
	for (size_t i = 0; i < req->n; i++) {
		const struct otlp_resource_spans *rs = &req->v[i];
		const Otlp__ResourceSpans *u = t->resource_spans[i];

		if (rs->n != u->n_scope_spans ||
		    !oracle_same_text(rs->schema_url, u->schema_url) ||
		    !oracle_same_attrs(&rs->attrs, u->resource
		    ? u->resource->attributes : NULL,
		    u->resource ? u->resource->n_attributes : 0))
			return false;
		for (size_t j = 0; j < rs->n; j++)
			if (!oracle_same_scope(&rs->v[j], u->scope_spans[j]))
				return false;
	}
	return true;
}

/* We do not look inside what is too deep or too many; the oracle does. */
static inline bool
oracle_not_all_read(const struct otlp_request *req)
{
	for (size_t i = 0; i < req->n; i++)
		for (size_t j = 0; j < req->v[i].n; j++)
			for (size_t k = 0; k < req->v[i].v[j].n; k++) {
				const char *why =
				    req->v[i].v[j].v[k].rejected;

				if (why && strstr(why, "too "))
					return true;
			}
	return false;
}

/*
 * NULL, or how the two disagree about a body.  req and rc are what our decoder
 * made of it.
 */
__attribute__((unused)) static const char *
oracle_disagrees(struct str body, const struct otlp_request *req, int rc)
{
	Otlp__ExportTraceServiceRequest *theirs;
	struct oracle_scan scan = { 0, false };
	const char *how = NULL;
	struct pb_reader r;
	bool framed;

	if (rc == ERR_LIMIT || (rc == 0 && oracle_not_all_read(req)))
		return NULL;
	pb_reader_init(&r, body);
	framed = oracle_scan(r, M_REQUEST, 0, &scan);
	if (!framed && rc == 0 && scan.depth < 200)
		return "we accept what is no sequence of fields";
	if (!framed)
		return NULL;
	theirs = otlp__export_trace_service_request__unpack(NULL, body.n,
	    (const uint8_t *)body.p);
	if (rc == 0 && !theirs)
		how = "we accept, protobuf-c does not";
	else if (rc && theirs)
		how = "protobuf-c accepts, we do not";
	else if (rc == 0 && !scan.merges && !oracle_same_request(req, theirs))
		how = "the contents differ";
	if (theirs)
		otlp__export_trace_service_request__free_unpacked(theirs,
		    NULL);
	return how;
}

#endif
