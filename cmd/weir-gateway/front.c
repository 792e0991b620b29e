/* What a request is: ingest, a question to this process, or the read API's. */
#include <pthread.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"
#include "gateway.h"

enum { PING_MS = 500, REMEMBER_MS = 500 };

/* The last answer of the store to "are you well?": asked by strangers, so not
 * passed on more than twice a second. */
struct gateway_ready {
	pthread_mutex_t lock;
	int64_t until_ms;
	struct err e;
};

void
gateway_open(struct gateway *g)
{
	g->auth = auth_new(store_kv(g->store));
	g->ready = mem_zalloc(1, sizeof(*g->ready));
	pthread_mutex_init(&g->ready->lock, NULL);
	ingest_open(g);
}

void
gateway_close(struct gateway *g)
{
	ingest_close(g);
	pthread_mutex_destroy(&g->ready->lock);
	free(g->ready);
	auth_free(g->auth);
}

static void
answer_ready(struct gateway *g, struct http_response *r)
{
	struct err e = ERR_INIT;

	pthread_mutex_lock(&g->ready->lock);
	if (g->ready->until_ms < clock_mono_ms()) {
		g->ready->e = (struct err)ERR_INIT;
		if (store_ping(g->store, PING_MS, &g->ready->e) == 0)
			(void)!gateway_query_check(g, &g->ready->e);
		g->ready->until_ms = clock_mono_ms() + REMEMBER_MS;
	}
	e = g->ready->e;
	pthread_mutex_unlock(&g->ready->lock);
	if (e.code == 0) {
		http_respond_json(r, 200, STR("{\"status\":\"ready\"}"));
		return;
	}
	http_respond_header(r, "Retry-After", STR("1"));
	http_respond_error(r, 503, "unavailable", e.text, NULL);
}

/* /health and /ready, for load balancers that see only this door. */
static bool
answer_probe(struct gateway *g, const struct http_request *q,
    struct http_response *r)
{
	bool health = str_is(q->path, "/health");

	if (!health && !str_is(q->path, "/ready"))
		return false;
	if (q->method != HTTP_GET && q->method != HTTP_HEAD) {
		http_respond_header(r, "Allow", STR("GET, HEAD"));
		http_respond_error(r, 405, "method_not_allowed",
		    "the path does not take this method", NULL);
	} else if (health) {
		http_respond_json(r, 200, STR("{\"status\":\"ok\"}"));
	} else {
		answer_ready(g, r);
	}
	return true;
}

/* An ingest path by a method it does not take. */
static void
answer_method(const struct http_request *q, struct http_response *r)
{
	http_respond_header(r, "Allow", STR("OPTIONS, POST"));
	if (q->method == HTTP_OPTIONS)
		r->status = 204;
	else
		http_respond_error(r, 405, "method_not_allowed",
		    "the path takes POST", NULL);
}

/* Who may not send is told before the body is read. */
void
gateway_begin(void *arg, struct http_request *q, struct http_response *r,
    size_t *max_body_bytes)
{
	struct gateway *g = arg;
	struct intake_request in;
	enum intake_known known;
	const struct intake_endpoint *p = ingest_find(q, INTAKE_KEY_UNKNOWN,
	    &in, &known);
	struct repo_key key;

	if (p)
		(void)!ingest_allowed(g, p, &in, q, &key, r);
	else
		*max_body_bytes = MIN_OF(*max_body_bytes,
		    (size_t)GATEWAY_FORWARD_MAX);
}

enum http_when
gateway_handle(void *arg, struct http_exchange *x, struct http_request *q,
    struct http_response *r)
{
	struct gateway *g = arg;
	const struct intake_endpoint *p;
	struct intake_request in;
	enum intake_known known;
	struct repo_key key;

	if (answer_probe(g, q, r))
		return HTTP_NOW;
	p = ingest_find(q, INTAKE_KEY_UNKNOWN, &in, &known);
	if (p && !ingest_allowed(g, p, &in, q, &key, r))
		return HTTP_NOW;
	if (p)
		p = ingest_find(q, key.dialect, &in, &known);
	if (p)
		return ingest_handle(g, p, &in, &key, x, r);
	if (known != INTAKE_OTHER_METHOD)
		return forward_handle(g, q, known == INTAKE_SHARED, x, r);
	answer_method(q, r);
	return HTTP_NOW;
}
