#ifndef OTLP_OTLP_H
#define OTLP_OTLP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/cc.h"
#include "base/err.h"
#include "base/str.h"

/*
 * OpenTelemetry traces: decodes an ExportTraceServiceRequest, from protobuf or
 * from OTLP/JSON, into one neutral form.
 *
 *	struct otlp_request req;
 *
 *	if (otlp_decode_json(body, NULL, arena, &req, e))
 *		return e->code;		// ERR_INVALID, ERR_LIMIT
 *	for (size_t i = 0; i < req.n; i++)
 *		for (size_t j = 0; j < req.v[i].n; j++)
 *			for (size_t k = 0; k < req.v[i].v[j].n; k++)
 *				take(&req.v[i], &req.v[i].v[j],
 *				    &req.v[i].v[j].v[k]);
 *	otlp_put_response_json(&answer, req.n_rejected, req.reason);
 *
 * A span that is wrong in itself (ids, types, too many attributes) has its
 * `rejected` set and does not spoil its neighbours; the request as a whole is
 * refused only when its bytes make no sense or a budget is exceeded.
 *
 * JSON: ids are hexadecimal (base64 ids have the wrong length: rejected);
 * 64-bit numbers as strings, as numbers or as {low, high}; both lowerCamelCase
 * and snake_case names; unknown members are skipped; bytesValue is base64.
 * An intValue beyond int64 becomes a double, one that is no number a string.
 * Strings are valid UTF-8: in protobuf, bytes that are not become U+FFFD.
 * An absent text is STR_NULL.
 *
 * Memory: everything is in the arena or borrowed from the body; both must
 * outlive the request.  Threads: one call, one thread; no globals.
 */
enum otlp_type {
	OTLP_NONE,       /* an empty AnyValue */
	OTLP_STRING,
	OTLP_BOOL,
	OTLP_INT,
	OTLP_DOUBLE,
	OTLP_BYTES,
	OTLP_ARRAY,
	OTLP_KVLIST
};

struct otlp_attr;

struct otlp_attrs {
	struct otlp_attr *v;
	size_t n;
};

struct otlp_value {
	enum otlp_type type;
	union {
		struct str s;                  /* OTLP_STRING, OTLP_BYTES */
		bool b;
		int64_t i;
		double d;                      /* may be NaN or infinite */
		struct {
			struct otlp_value *v;
			size_t n;
		} array;
		struct otlp_attrs kvlist;
	};
};

struct otlp_attr {
	struct str key;
	struct otlp_value value;
};

struct otlp_event {
	struct str name;
	uint64_t time_ns;
	struct otlp_attrs attrs;
};

enum otlp_kind {
	OTLP_KIND_UNSET,
	OTLP_KIND_INTERNAL,
	OTLP_KIND_SERVER,
	OTLP_KIND_CLIENT,
	OTLP_KIND_PRODUCER,
	OTLP_KIND_CONSUMER
};

enum otlp_status {
	OTLP_STATUS_UNSET,
	OTLP_STATUS_OK,
	OTLP_STATUS_ERROR
};

struct otlp_span {
	const char *rejected;       /* why (a static text), or NULL */
	uint8_t trace_id[16];
	uint8_t span_id[8];
	uint8_t parent_span_id[8];
	bool has_parent;
	bool ends_before_start;     /* allowed, but look twice */
	int kind;                   /* enum otlp_kind, or unknown to us */
	int status;                 /* enum otlp_status, or unknown to us */
	struct str status_message;
	struct str name;
	uint64_t start_ns;          /* Unix time; 0: absent */
	uint64_t end_ns;
	struct otlp_attrs attrs;
	struct otlp_event *events;
	size_t n_events;
	size_t n_links;
};

struct otlp_scope_spans {
	struct str name;
	struct str version;
	struct otlp_attrs attrs;
	struct str schema_url;
	struct otlp_span *v;
	size_t n;
};

struct otlp_resource_spans {
	struct otlp_attrs attrs;    /* of the resource */
	struct str schema_url;
	struct otlp_scope_spans *v;
	size_t n;
};

struct otlp_request {
	struct otlp_resource_spans *v;
	size_t n;
	size_t n_spans;             /* rejected ones included */
	size_t n_rejected;
	const char *reason;         /* of the first rejected span, or NULL */
};

/*
 * All of these are ours, never the peer's; 0 means the default.  Past the
 * limits on attributes and values a span is rejected; where there is no span
 * to reject (in a resource or scope) the request is, with ERR_LIMIT.
 */
struct otlp_limits {
	unsigned max_spans;         /* a request, default 10,000: ERR_LIMIT */
	unsigned max_attrs;         /* a span or event, 4,096: span rejected */
	unsigned max_events;        /* a span, 1,024: span rejected */
	unsigned max_depth;         /* of a value, 32, at most 64: as above */
};

/* limits may be NULL for the defaults.  *req is set whatever the outcome. */
int otlp_decode_protobuf(struct str body, const struct otlp_limits *limits,
    struct arena *a, struct otlp_request *req, struct err *e) CC_CHECK
    CC_NONNULL(3, 4, 5);
int otlp_decode_json(struct str body, const struct otlp_limits *limits,
    struct arena *a, struct otlp_request *req, struct err *e) CC_CHECK
    CC_NONNULL(3, 4, 5);

/* The value of the last attribute with that key, or NULL. */
const struct otlp_value *otlp_attr_get(const struct otlp_attrs *attrs,
    struct str key) CC_NONNULL(1);

/*
 * The value as JSON text: bytes as base64, NaN and infinities as the strings
 * "NaN", "Infinity", "-Infinity", an empty value as null.
 */
void otlp_value_to_json(struct buf *out, const struct otlp_value *v)
    CC_NONNULL(1, 2);

/* The attributes as one JSON object. */
void otlp_attrs_to_json(struct buf *out, const struct otlp_attrs *attrs)
    CC_NONNULL(1, 2);

/*
 * An ExportTraceServiceResponse.  With rejected == 0 and no message its
 * partial_success is left empty; message may be NULL.
 */
void otlp_put_response_json(struct buf *out, size_t rejected,
    const char *message) CC_NONNULL(1);
void otlp_put_response_protobuf(struct buf *out, size_t rejected,
    const char *message) CC_NONNULL(1);

/* A google.rpc.Status: the body of a refusal.  code is gRPC's: 3 invalid,
 * 7 denied, 8 exhausted, 14 unavailable, 16 unauthenticated. */
void otlp_put_status_json(struct buf *out, int code, const char *message)
    CC_NONNULL(1, 3);
void otlp_put_status_protobuf(struct buf *out, int code, const char *message)
    CC_NONNULL(1, 3);

#endif
