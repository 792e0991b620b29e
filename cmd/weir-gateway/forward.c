/* Passes on to weir-query what is not ingest. */
#include <stdlib.h>

#include "base/log.h"
#include "base/mem.h"
#include "gateway.h"
#include "http/wire.h"

enum {
	TYPE_HTTP = 1,          /* weir-query answers only this */
	TIMEOUT_MS = 15000,
	ALLOW_MAX = 128,
	MESSAGE_MAX = GATEWAY_FORWARD_MAX + (64 << 10)
};

struct forwarded {
	struct http_exchange *exchange;
	bool shared;
	bool is_safe;           /* may be repeated */
};

static void
unavailable(const struct forwarded *f, const struct bus_answer *a,
    struct http_response *r)
{
	/* What may have been done must not be repeated unasked. */
	if (a->maybe_done && !f->is_safe) {
		http_respond_error(r, 502, "bad_gateway",
		    "weir-query did not answer; it may have done it", NULL);
		return;
	}
	http_respond_header(r, "Retry-After", STR("1"));
	http_respond_error(r, 503, "unavailable",
	    "weir-query cannot be reached", NULL);
}

/* The path takes POST here, which weir-query does not know. */
static void
allow_post(struct http_response *r)
{
	struct str allow = http_response_header(r, "Allow");
	char text[ALLOW_MAX];

	if (allow.n && str_find(allow, STR("POST"), 0) != SIZE_MAX)
		return;
	snprintf(text, sizeof(text), "%.*s%sPOST", STR_FMT(allow),
	    allow.n ? ", " : "OPTIONS, ");
	if (r->status == 204) {
		http_response_reset(r);
		r->status = 204;
		http_respond_header(r, "Allow", str_from(text));
		return;
	}
	http_response_reset(r);
	http_respond_header(r, "Allow", str_from(text));
	http_respond_error(r, 405, "method_not_allowed",
	    "the path does not take this method", NULL);
}

static void
answered(void *arg, const struct bus_answer *a)
{
	struct forwarded *f = arg;
	struct err e = ERR_INIT;
	struct http_response r;

	http_response_init(&r);
	if (a->code) {
		log_warn("forward", "error=\"%s\"", a->text);
		unavailable(f, a, &r);
	} else if (http_wire_get_response(&r, a->payload, &e)) {
		log_error("forward", "error=\"%s\"", e.text);
		http_response_reset(&r);
		http_respond_error(&r, 502, "bad_gateway",
		    "weir-query answered what is not an answer", NULL);
	} else if (f->shared && (r.status == 404 || r.status == 405 ||
	    r.status == 204)) {
		allow_post(&r);
	}
	http_complete(f->exchange, &r);
	http_response_fini(&r);
	free(f);
}

enum http_when
forward_handle(struct gateway *g, const struct http_request *q, bool shared,
    struct http_exchange *x, struct http_response *r)
{
	struct forwarded *f;
	struct err e = ERR_INIT;
	struct buf b;
	int rc;

	if (!g->query) {
		http_respond_error(r, 404, "not_found",
		    "there is no such path", NULL);
		return HTTP_NOW;
	}
	f = mem_zalloc(1, sizeof(*f));
	*f = (struct forwarded){ .exchange = x, .shared = shared,
		.is_safe = q->method == HTTP_GET || q->method == HTTP_HEAD ||
		    q->method == HTTP_OPTIONS };
	buf_init(&b, MESSAGE_MAX);
	http_wire_put_request(&b, q);
	rc = b.failed ? err_set(&e, ERR_LIMIT, "request too large") :
	    bus_call_async_buf(g->query, TYPE_HTTP, &b, TIMEOUT_MS,
	    f->is_safe ? BUS_IDEMPOTENT : 0, answered, f, &e);
	if (rc == 0)
		return HTTP_LATER;
	if (rc == ERR_LIMIT) {
		http_respond_error(r, 413, "payload_too_large", e.text, NULL);
	} else {
		http_respond_header(r, "Retry-After", STR("1"));
		http_respond_error(r, 503, "unavailable", e.text, NULL);
	}
	buf_fini(&b);
	free(f);
	return HTTP_NOW;
}

int
gateway_query_check(void *arg, struct err *e)
{
	const struct gateway *g = arg;

	if (!g->query || bus_client_connected(g->query))
		return 0;
	return err_set(e, ERR_AGAIN, "no weir-query is connected");
}
