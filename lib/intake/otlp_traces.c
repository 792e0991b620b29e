/* POST /v1/traces, /v1/otel-steps. */
#include "intake/otlp_traces.h"

#include "intake/otlp_node.h"
#include "json/json_write.h"

static bool
is_protobuf(const struct intake_request *q)
{
	if (str_ieq(q->content_type, STR("application/json")))
		return false;
	if (str_has_suffix(q->content_type, STR("protobuf")))
		return true;
	return q->body.n > 0 && q->body.p[0] != '{';
}

static int
decode(const struct intake_request *q, struct intake_result *out,
    struct otlp_request *req, struct err *e)
{
	struct str type = q->content_type;

	if (type.n && !str_ieq(type, STR("application/json")) &&
	    !str_has_suffix(type, STR("protobuf")) &&
	    !str_ieq(type, STR("application/octet-stream")) &&
	    !str_ieq(type, STR("text/plain"))) {
		out->field = STR("Content-Type");
		return err_set(e, ERR_INVALID, "Content-Type: expected "
		    "application/x-protobuf or application/json");
	}
	return is_protobuf(q) ?
	    otlp_decode_protobuf(q->body, NULL, q->arena, req, e) :
	    otlp_decode_json(q->body, NULL, q->arena, req, e);
}

static void
reject(struct intake_result *out, size_t n, const char *reason)
{
	out->rejected += n;
	if (!out->reason)
		out->reason = reason;
}

/* Times beyond 2262 do not fit; such a span is wrong in itself. */
static bool
has_sane_times(const struct otlp_span *s)
{
	return s->start_ns <= INT64_MAX && s->end_ns <= INT64_MAX;
}

static int
add_node(struct otlp_mapping *m, const struct otlp_resource_spans *rs,
    const struct otlp_scope_spans *ss, const struct otlp_span *s,
    struct err *e)
{
	struct otlp_node *n = &m->v[m->n];

	if (s->rejected)
		return 0;
	if (!has_sane_times(s)) {
		reject(m->out, 1, "time out of range");
		return 0;
	}
	n->resource = rs;
	n->scope = ss;
	n->span = s;
	m->n++;
	return otlp_node_read(n, m->q->arena, e);
}

static int
collect(struct otlp_mapping *m, const struct otlp_request *req,
    struct err *e)
{
	m->v = arena_array(m->q->arena, req->n_spans, sizeof(*m->v));
	if (!m->v)
		return err_set(e, ERR_LIMIT, "request: too much memory");
	for (size_t i = 0; i < req->n; i++)
		for (size_t j = 0; j < req->v[i].n; j++)
			for (size_t k = 0; k < req->v[i].v[j].n; k++)
				if (add_node(m, &req->v[i], &req->v[i].v[j],
				    &req->v[i].v[j].v[k], e))
					return e->code;
	return 0;
}

/* An agent's span that nobody above it in the request speaks for, in a trace
 * that names no run. */
static bool
speaks_for_run(const struct otlp_mapping *m, const struct otlp_node *n)
{
	size_t steps = 0;

	if (n->type != SPAN_AGENT || n->names_run)
		return false;
	while (n->parent != NO_NODE && steps++ < m->n) {
		n = &m->v[n->parent];
		if (n->type == SPAN_AGENT)
			return false;
	}
	return true;
}

static int
emit_node(struct otlp_mapping *m, struct otlp_node *n, struct err *e)
{
	if (m->steps_only && n->type == SPAN_SPAN)
		n->type = SPAN_GENERATION;
	if (n->is_run)
		return otlp_put_run(m, n, e);
	if (speaks_for_run(m, n) && otlp_put_run_content(m, n, e))
		return e->code;
	return otlp_put_span(m, n, e);
}

static int
emit(struct otlp_mapping *m, struct err *e)
{
	for (size_t i = 0; i < m->n_runs; i++)
		if (!m->runs[i].own && m->runs[i].identity.said &&
		    otlp_put_run_identity(m, &m->runs[i], e))
			return e->code;
	for (size_t i = 0; i < m->n; i++)
		if (emit_node(m, &m->v[i], e))
			return e->code;
	m->out->accepted = m->n;
	return 0;
}

static int
parse(const struct intake_request *q, bool steps_only,
    struct intake_result *out, struct err *e)
{
	struct otlp_mapping m = { .q = q, .out = out,
		.steps_only = steps_only };
	struct otlp_request req;

	*out = (struct intake_result){ 0 };
	if (decode(q, out, &req, e))
		return e->code;
	if (req.n_rejected)
		reject(out, req.n_rejected, req.reason);
	if (collect(&m, &req, e) || otlp_tree_resolve(&m, e) || emit(&m, e)) {
		out->n = 0;
		return e->code;
	}
	return 0;
}

int
otlp_traces_parse(const struct intake_request *q, struct intake_result *out,
    struct err *e)
{
	return parse(q, false, out, e);
}

int
otlp_steps_parse(const struct intake_request *q, struct intake_result *out,
    struct err *e)
{
	return parse(q, true, out, e);
}

void
otlp_answer(const struct intake_request *q, const struct intake_result *r,
    struct http_response *response)
{
	bool pb = is_protobuf(q);
	struct buf b;

	buf_init(&b, 4096);
	if (pb)
		otlp_put_response_protobuf(&b, r->rejected, r->reason);
	else
		otlp_put_response_json(&b, r->rejected, r->reason);
	http_respond_copy(response, 200, pb ? "application/x-protobuf" :
	    "application/json", buf_str(&b));
	buf_fini(&b);
}

/* gRPC's code for an HTTP status. */
static int
rpc_code(int status)
{
	switch (status) {
	case 401: return 16;
	case 403: return 7;
	case 413: return 8;
	case 429: return 8;
	case 503: return 14;
	case 500: return 13;
	default: return 3;
	}
}

/* In JSON, google.rpc.Status and the house envelope in one object: each
 * reader finds its own members. */
static void
put_both(struct buf *b, int status, const char *code, const char *message,
    struct str field)
{
	struct json_writer w;

	json_writer_init(&w, b);
	json_put_object(&w);
	json_member_i64(&w, "code", rpc_code(status));
	json_member_cstr(&w, "message", message);
	json_put_key(&w, "error");
	json_put_object(&w);
	json_member_cstr(&w, "code", code);
	json_member_cstr(&w, "message", message);
	if (field.p)
		json_member_str(&w, "field", field);
	json_put_object_end(&w);
	json_put_object_end(&w);
}

void
otlp_refuse(const struct intake_request *q, int status, const char *code,
    const char *message, struct str field, struct http_response *response)
{
	bool pb = str_has_suffix(q->content_type, STR("protobuf"));
	struct buf b;

	buf_init(&b, 8192);
	if (pb)
		otlp_put_status_protobuf(&b, rpc_code(status), message);
	else
		put_both(&b, status, code, message, field);
	http_respond_copy(response, status, pb ? "application/x-protobuf" :
	    "application/json", buf_str(&b));
	buf_fini(&b);
}
