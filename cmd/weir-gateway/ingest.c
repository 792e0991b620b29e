/* Takes events in: parse here, store there, answer when they are on disk. */
#include <pthread.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "daemon/metrics.h"
#include "gateway.h"

enum {
	ARENA_MAX = 64 << 20,   /* for one request's events */
	SUBMIT_TIMEOUT_MS = 20000,
	CLASSES = 6             /* of HTTP statuses */
};

/* Arenas lent to requests while they are parsed, so that a request that waits
 * for the store holds none. */
struct gateway_arenas {
	pthread_mutex_t lock;
	struct arena *v[GATEWAY_ARENAS];
	size_t n;
};

struct gateway_metrics {
	struct metric **requests;       /* endpoint by class */
	struct metric *events, *rejected, *bytes, *ack, *parse;
};

/* A request that waits for the store. */
struct pending {
	struct gateway *gateway;
	const struct intake_endpoint *endpoint;
	struct intake_request in;
	struct repo_key key;
	struct http_exchange *exchange;
	struct http_response ok;
	int64_t began_ns;
};

void
ingest_open(struct gateway *g)
{
	struct gateway_metrics *m = mem_zalloc(1, sizeof(*m));
	size_t n;
	const struct intake_endpoint *table = intake_table(&n);

	m->requests = mem_zalloc(n * CLASSES, sizeof(*m->requests));
	for (size_t i = 0; i < n; i++)
		for (int class = 2; class < CLASSES; class++) {
			char labels[120];

			snprintf(labels, sizeof(labels),
			    "endpoint=\"%s\",class=\"%dxx\"", table[i].name,
			    class);
			m->requests[i * CLASSES + (size_t)class] =
			    metrics_counter("weir_gateway_ingest_total",
			    "Ingest requests answered.", labels);
		}
	m->events = metrics_counter("weir_gateway_events_total",
	    "Events handed to the store and acknowledged.", NULL);
	m->rejected = metrics_counter("weir_gateway_rejected_total",
	    "Items refused while others of their request were taken.", NULL);
	m->bytes = metrics_counter("weir_gateway_body_bytes_total",
	    "Bytes of ingest bodies, decompressed.", NULL);
	m->ack = metrics_histogram("weir_gateway_ack_seconds",
	    "Body received to store's acknowledgement.", NULL, NULL, 0);
	m->parse = metrics_histogram("weir_gateway_parse_seconds",
	    "Body to encoded events.", NULL, NULL, 0);
	g->metrics = m;
	g->arenas = mem_zalloc(1, sizeof(*g->arenas));
	pthread_mutex_init(&g->arenas->lock, NULL);
}

void
ingest_close(struct gateway *g)
{
	for (size_t i = 0; i < g->arenas->n; i++)
		arena_free(g->arenas->v[i]);
	pthread_mutex_destroy(&g->arenas->lock);
	free(g->arenas);
	free(g->metrics->requests);
	free(g->metrics);
}

static struct arena *
borrow_arena(struct gateway *g)
{
	struct arena *a = NULL;

	pthread_mutex_lock(&g->arenas->lock);
	if (g->arenas->n)
		a = g->arenas->v[--g->arenas->n];
	pthread_mutex_unlock(&g->arenas->lock);
	return a ? a : arena_new(ARENA_MAX);
}

static void
return_arena(struct gateway *g, struct arena *a)
{
	arena_reset(a);
	pthread_mutex_lock(&g->arenas->lock);
	if (g->arenas->n < GATEWAY_ARENAS) {
		g->arenas->v[g->arenas->n++] = a;
		a = NULL;
	}
	pthread_mutex_unlock(&g->arenas->lock);
	arena_free(a);
}

static void
count(struct gateway *g, const struct intake_endpoint *p, int status)
{
	size_t n;
	size_t i = (size_t)(p - intake_table(&n));

	metric_add(g->metrics->requests[i * CLASSES +
	    (size_t)MIN_OF(MAX_OF(status / 100, 2), CLASSES - 1)], 1);
}

static void
refuse(struct gateway *g, const struct intake_endpoint *p,
    const struct intake_request *in, int status, const char *code,
    const char *message, struct str field, struct http_response *r)
{
	http_response_reset(r);
	if (status == 401)
		http_respond_header(r, "WWW-Authenticate",
		    STR("Bearer realm=\"weir\""));
	if (status == 503 || status == 429)
		http_respond_header(r, "Retry-After", STR("1"));
	p->refuse(in, status, code, message, field, r);
	count(g, p, status);
}

const struct intake_endpoint *
ingest_find(const struct http_request *q, unsigned key_dialect,
    struct intake_request *in, enum intake_known *known)
{
	const struct intake_endpoint *p;
	size_t prefix;

	*in = (struct intake_request){ .path = q->path, .body = q->body,
		.content_type = http_media_type(q) };
	p = intake_find(q->method, q->path, key_dialect, in, known, &prefix);
	if (p)
		in->path = str_from_index(q->path, prefix);
	return p;
}

bool
ingest_allowed(struct gateway *g, const struct intake_endpoint *p,
    const struct intake_request *in, const struct http_request *q,
    struct repo_key *key, struct http_response *r)
{
	struct err e = ERR_INIT;
	int rc = auth_find(g->auth, q, key, &e);

	if (rc == ERR_AGAIN)
		refuse(g, p, in, 503, "unavailable", e.text, STR_NULL, r);
	else if (rc)
		refuse(g, p, in, 401, "unauthorized", e.text,
		    STR("Authorization"), r);
	else if (!repo_key_allows(key, KEY_INGEST, ingest_env(key)))
		refuse(g, p, in, 403, "forbidden",
		    "Authorization: this key reads, it cannot ingest",
		    STR("Authorization"), r);
	else
		return true;
	return false;
}

enum event_env
ingest_env(const struct repo_key *key)
{
	return key->envs == KEY_DEV ? ENV_DEV : ENV_PROD;
}

/* What the store said, in HTTP. */
static void
refuse_stored(struct gateway *g, const struct intake_endpoint *p,
    const struct intake_request *in, int code, const char *text,
    struct http_response *r)
{
	if (code == ERR_LIMIT)
		refuse(g, p, in, 422, "limit_exceeded", text, STR_NULL, r);
	else if (code == ERR_INVALID)
		refuse(g, p, in, 422, "invalid_request", text, STR_NULL, r);
	else
		refuse(g, p, in, 503, "unavailable", text, STR_NULL, r);
}

static void
answer(struct pending *w, int code, const char *text)
{
	struct gateway *g = w->gateway;

	metric_observe_ns(g->metrics->ack, clock_mono_ns() - w->began_ns);
	if (code) {
		log_warn("submit", "endpoint=%s error=\"%s\"",
		    w->endpoint->name, text);
		refuse_stored(g, w->endpoint, &w->in, code, text, &w->ok);
	} else {
		count(g, w->endpoint, 200);
	}
	http_complete(w->exchange, &w->ok);
	http_response_fini(&w->ok);
	free(w);
}

static void
stored_apart(void *arg, int code, const char *text,
    const struct intake_request *in, const struct intake_result *res)
{
	struct pending *w = arg;

	if (code == 0) {
		http_response_reset(&w->ok);
		w->endpoint->answer(in, res, &w->ok);
		metric_add(w->gateway->metrics->rejected,
		    (int64_t)res->rejected);
		log_warn("submit", "endpoint=%s rejected=%zu error=\"%s\"",
		    w->endpoint->name, res->rejected,
		    res->reason ? res->reason : "");
	}
	answer(w, code, text);
}

static void
stored(void *arg, int code, const char *text)
{
	struct pending *w = arg;

	if ((code != ERR_LIMIT && code != ERR_INVALID) ||
	    !apart_begin(w->gateway, w->endpoint, &w->in, &w->key,
	    stored_apart, w))
		answer(w, code, text);
}

static int
encode(struct intake_result *res, const struct repo_key *key,
    struct buf *out, struct err *e)
{
	for (size_t i = 0; i < res->n; i++) {
		res->events[i].project = str_from(key->project_name);
		res->events[i].env = ingest_env(key);
		event_encode(&res->events[i], out);
		if (out->failed)
			return err_set(e, ERR_LIMIT, "more than %d MB of "
			    "events in one request", STORE_SUBMIT_MAX >> 20);
	}
	return 0;
}

/* Body to encoded events and the answer to give when they are stored. */
static int
take(struct gateway *g, const struct intake_endpoint *p,
    const struct intake_request *in, const struct repo_key *key,
    struct buf *out, struct http_response *ok, struct http_response *r)
{
	struct intake_request q = *in;
	struct intake_result res = { 0 };
	struct err e = ERR_INIT;
	int rc;

	q.arena = borrow_arena(g);
	rc = p->parse(&q, &res, &e);
	if (rc == 0)
		rc = encode(&res, key, out, &e);
	/* What is wrong as a whole, such as text that is no JSON. */
	if (rc && !res.field.p)
		res.field = STR("body");
	if (rc == 0) {
		p->answer(&q, &res, ok);
		metric_add(g->metrics->events, (int64_t)res.n);
		metric_add(g->metrics->rejected, (int64_t)res.rejected);
	} else if (rc == ERR_LIMIT) {
		refuse(g, p, in, 413, "payload_too_large", e.text, res.field,
		    r);
	} else if (str_is(res.field, "Content-Type")) {
		refuse(g, p, in, 415, "unsupported_media_type", e.text,
		    res.field, r);
	} else {
		refuse(g, p, in, 400, "invalid_request", e.text, res.field,
		    r);
	}
	return_arena(g, q.arena);
	return rc;
}

enum http_when
ingest_handle(struct gateway *g, const struct intake_endpoint *p,
    const struct intake_request *in, const struct repo_key *key,
    struct http_exchange *x, struct http_response *r)
{
	struct pending *w = mem_zalloc(1, sizeof(*w));
	struct err e = ERR_INIT;
	struct buf out;
	int rc;

	*w = (struct pending){ .gateway = g, .endpoint = p, .in = *in,
		.key = *key,
		.exchange = x, .began_ns = clock_mono_ns() };
	w->in.received_ms = clock_now_ms();
	http_response_init(&w->ok);
	buf_init(&out, STORE_SUBMIT_MAX);
	metric_add(g->metrics->bytes, (int64_t)in->body.n);
	rc = take(g, p, &w->in, key, &out, &w->ok, r);
	metric_observe_ns(g->metrics->parse, clock_mono_ns() - w->began_ns);
	if (rc == 0 && out.n) {
		rc = store_submit(g->store, &out, SUBMIT_TIMEOUT_MS, stored,
		    w, &e);
		if (rc == 0)
			return HTTP_LATER;
		refuse_stored(g, p, in, rc, e.text, r);
	} else if (rc == 0) {
		/* Nothing to keep: an empty batch. */
		http_response_fini(r);
		*r = w->ok;
		http_response_init(&w->ok);
		count(g, p, 200);
	}
	buf_fini(&out);
	http_response_fini(&w->ok);
	free(w);
	return HTTP_NOW;
}
