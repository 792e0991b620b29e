#include "http/exchange.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "gzip/gzip.h"

enum { EXCHANGE_MAGIC = 0x48545831 };

static struct http_exchange *
exchange_cast(void *p)
{
	struct http_exchange *x = p;

	if (!x || x->magic != EXCHANGE_MAGIC)
		BUG("not an HTTP exchange");
	return x;
}

/* ---- life of an exchange ---- */

void *
exchange_begin(void *cls, const char *uri, struct MHD_Connection *c)
{
	const union MHD_ConnectionInfo *info;
	struct http_server *s = cls;
	struct http_exchange *x = mem_zalloc(1, sizeof(*x));

	info = MHD_get_connection_info(c, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
	assert(info && info->socket_context);
	x->magic = EXCHANGE_MAGIC;
	x->server = s;
	x->connection = c;
	x->conn = info->socket_context;
	x->uri = mem_strdup(uri);
	x->arena = x->conn->spare;
	x->conn->spare = NULL;
	if (!x->arena)
		x->arena = arena_new(s->o.max_arena_bytes);
	http_response_init(&x->response);
	atomic_store(&x->refs, 1);
	atomic_fetch_add(&s->refs, 1);
	pthread_mutex_lock(&s->lock);
	x->next = s->exchanges;
	if (x->next)
		x->next->prev = x;
	s->exchanges = x;
	s->nexchanges++;
	pthread_mutex_unlock(&s->lock);
	return x;
}

void
exchange_ref(struct http_exchange *x)
{
	atomic_fetch_add(&x->refs, 1);
}

void
exchange_unref(struct http_exchange *x)
{
	struct http_server *s = x->server;

	if (atomic_fetch_sub(&x->refs, 1) > 1)
		return;
	atomic_fetch_sub(&s->body_bytes, x->accounted);
	x->magic = 0;
	free(x->uri);
	buf_fini(&x->body);
	http_response_fini(&x->response);
	arena_free(x->arena);
	free(x);
	server_unref(s);
}

void
exchange_end(void *cls, struct MHD_Connection *c, void **context,
    enum MHD_RequestTerminationCode how)
{
	struct http_server *s = cls;
	struct http_exchange *x;

	(void)c;
	(void)how;
	if (!*context)
		return;
	x = exchange_cast(*context);
	*context = NULL;
	conn_set_phase(x, CONN_IDLE, 0);
	/* Nobody else looks at it any more: the next request may use it. */
	if (atomic_load(&x->refs) == 1 && !x->conn->spare) {
		arena_reset(x->arena);
		x->conn->spare = x->arena;
		x->arena = NULL;
	}
	pthread_mutex_lock(&s->lock);
	if (x->prev)
		x->prev->next = x->next;
	else
		s->exchanges = x->next;
	if (x->next)
		x->next->prev = x->prev;
	s->nexchanges--;
	pthread_cond_broadcast(&s->changed);
	pthread_mutex_unlock(&s->lock);
	exchange_unref(x);
}

/* Paths and queries stay as sent: http/route.h and http/query.h decode. */
size_t
exchange_unescape(void *cls, struct MHD_Connection *c, char *s)
{
	(void)cls;
	(void)c;
	return strlen(s);
}

/* ---- answering ---- */

static struct MHD_Response *
make_body(struct http_response *r)
{
	union {
		const char *in;
		void *out;
	} fixed = { r->fixed_body.p };
	size_t n;
	char *p;

	if (r->fixed_body.p)
		return MHD_create_response_from_buffer(r->fixed_body.n,
		    fixed.out, MHD_RESPMEM_PERSISTENT);
	p = buf_detach(&r->body, &n);
	if (n)
		return MHD_create_response_from_buffer_with_free_callback(n, p,
		    free);
	free(p);
	fixed.in = "";
	return MHD_create_response_from_buffer(0, fixed.out,
	    MHD_RESPMEM_PERSISTENT);
}

/* Hands x->response to libmicrohttpd. */
static enum MHD_Result
queue(struct http_exchange *x)
{
	struct http_response *r = &x->response;
	struct MHD_Response *m;
	enum MHD_Result rc;
	struct http_pair h;
	size_t it = 0;

	if (r->body.failed || r->headers.failed || r->status < 200 ||
	    r->status > 599) {
		log_error("http-response", "status=%d overrun=%d", r->status,
		    r->body.failed || r->headers.failed);
		http_response_reset(r);
		x->server->o.render(r, 500, "internal",
		    "the answer could not be made", NULL);
	}
	conn_set_phase(x, CONN_SENDING,
	    r->fixed_body.p ? r->fixed_body.n : r->body.n);
	x->phase = EXCHANGE_QUEUED;
	m = make_body(r);
	if (!m)
		return MHD_NO;
	while (http_response_next(r, &it, &h))
		if (MHD_add_response_header(m, h.name.p, h.value.p) != MHD_YES)
			log_warn("http-response", "header=%s", h.name.p);
	if (x->is_last || atomic_load(&x->server->stopping))
		(void)!MHD_add_response_header(m, "Connection", "close");
	rc = MHD_queue_response(x->connection, (unsigned)r->status, m);
	MHD_destroy_response(m);
	return rc;
}

/* The part of a request that an answer of the server is about. */
static const char *
blamed(int status, const char *code)
{
	if (status == 413 || strcmp(code, "invalid_body") == 0)
		return "body";
	return status == 415 ? "Content-Encoding" : NULL;
}

static void
render_refusal(struct http_exchange *x, int status, const char *code,
    const char *message)
{
	struct http_server *s = x->server;
	char seconds[16];

	atomic_fetch_add(&s->refused, 1);
	http_response_reset(&x->response);
	if (status == 503) {
		snprintf(seconds, sizeof(seconds), "%d",
		    s->o.retry_after_seconds);
		http_respond_header(&x->response, "Retry-After",
		    str_from(seconds));
	}
	if (status == 405)
		http_respond_header(&x->response, "Allow", STR(
		    "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"));
	s->o.render(&x->response, status, code, message,
	    blamed(status, code));
}

/* From now on what comes is thrown away; the answer follows the body. */
static void
refuse(struct http_exchange *x, int status, const char *code,
    const char *message)
{
	render_refusal(x, status, code, message);
	x->phase = EXCHANGE_DISCARD;
	buf_fini(&x->body);
	atomic_fetch_sub(&x->server->body_bytes, x->accounted);
	x->accounted = 0;
}

/* ---- the header ---- */

struct collect {
	struct http_exchange *x;
	size_t n;               /* seen */
	bool full;              /* the arena is */
};

static enum MHD_Result
add_header(void *cls, enum MHD_ValueKind kind, const char *name,
    size_t name_n, const char *value, size_t value_n)
{
	struct collect *w = cls;
	struct http_exchange *x = w->x;
	struct http_pair *h;

	(void)kind;
	x->header_bytes += name_n + value_n + 4;
	if (w->n++ >= HTTP_HEADERS_MAX ||
	    x->header_bytes > x->server->o.max_header_bytes)
		return MHD_YES;
	h = &x->headers[x->request.nheaders++];
	h->name = arena_str(x->arena, str_of(name, name_n));
	h->value = arena_str(x->arena, str_of(value ? value : "", value_n));
	w->full |= !h->name.p || !h->value.p;
	return MHD_YES;
}

/* Copies the header, so that the request may outlive the connection. */
static bool
take_header(struct http_exchange *x, const char *method)
{
	struct http_request *q = &x->request;
	struct str uri = str_from(x->uri);
	struct collect w = { x, 0, false };

	q->method = http_method_parse(str_from(method));
	q->path = str_cut(&uri, '?');
	q->query = uri.p ? uri : STR("");
	q->arena = x->arena;
	q->peer = arena_str(x->arena, str_from(x->conn->peer));
	x->header_bytes = strlen(x->uri) + strlen(method) + 12;
	x->headers = arena_array(x->arena, HTTP_HEADERS_MAX,
	    sizeof(*x->headers));
	if (!x->headers)
		return false;
	MHD_get_connection_values_n(x->connection, MHD_HEADER_KIND,
	    add_header, &w);
	q->headers = x->headers;
	return !w.full && w.n <= HTTP_HEADERS_MAX &&
	    x->header_bytes <= x->server->o.max_header_bytes;
}

static bool
take_encoding(struct http_exchange *x)
{
	struct str coding = http_header(&x->request, "Content-Encoding");

	coding = str_trim(coding);
	if (coding.n == 0 || str_ieq(coding, STR("identity")))
		return true;
	x->compressed = str_ieq(coding, STR("gzip")) ||
	    str_ieq(coding, STR("x-gzip")) || str_ieq(coding, STR("deflate"));
	return x->compressed;
}

/*
 * Where this request ends must be said once and in one way: a proxy in front
 * might read it otherwise, and take the rest for another client's request.
 * libmicrohttpd takes "Length : 5" for a header of another name.
 */
static bool
is_framed(const struct http_request *q)
{
	size_t nframes = 0;

	for (size_t i = 0; i < q->nheaders; i++) {
		struct str name = q->headers[i].name;
		bool coded = str_ieq(name, STR("Transfer-Encoding"));

		if (name.n != str_trim(name).n || (coded &&
		    !str_ieq(str_trim(q->headers[i].value), STR("chunked"))))
			return false;
		nframes += coded || str_ieq(name, STR("Content-Length"));
	}
	return nframes <= 1;
}

static bool
is_stopping(const struct http_server *s)
{
	return atomic_load(&s->stopping);
}

/* Refuses what the header alone condemns; announced is the Content-Length. */
static void
judge_header(struct http_exchange *x, bool fits, uint64_t announced)
{
	struct http_server *s = x->server;

	if (!fits)
		refuse(x, 431, "headers_too_large",
		    "the request header is too large");
	else if (x->is_last)
		refuse(x, 400, "invalid_framing", "one Content-Length, or "
		    "Transfer-Encoding: chunked, is expected");
	else if (x->request.method == HTTP_METHODS)
		refuse(x, 405, "method_not_allowed",
		    "this method is not known here");
	else if (x->request.path.n == 0 || x->request.path.p[0] != '/')
		refuse(x, 400, "invalid_path", "the path must begin with /");
	else if (is_stopping(s))
		refuse(x, 503, "stopping", "the server is stopping");
	else if (!take_encoding(x))
		refuse(x, 415, "unsupported_encoding",
		    "Content-Encoding must be gzip, deflate or identity");
	if (x->phase == EXCHANGE_DISCARD)
		return;
	if (s->o.begin) {
		s->o.begin(s->o.arg, &x->request, &x->response,
		    &x->body_limit);
		if (x->response.status) {
			x->phase = EXCHANGE_DISCARD;
			return;
		}
	}
	if (announced > x->body_limit)
		refuse(x, 413, "payload_too_large", "the body is too large");
}

static enum MHD_Result
start(struct http_exchange *x, const char *method)
{
	struct http_server *s = x->server;
	uint64_t announced = 0;
	struct str length, expect;
	bool fits;

	atomic_fetch_add(&s->requests, 1);
	x->phase = EXCHANGE_BODY;
	x->body_limit = s->o.max_body_bytes;
	fits = take_header(x, method);
	x->is_last = !fits || !is_framed(&x->request);
	length = http_header(&x->request, "Content-Length");
	expect = http_header(&x->request, "Expect");
	if (length.p && !str_to_u64(length, &announced))
		announced = UINT64_MAX;
	judge_header(x, fits, announced);
	buf_init(&x->body, x->body_limit);
	conn_set_phase(x, CONN_BODY, 0);
	/* The client has not begun, or would go on for too long: libmicrohttpd
	 * answers and closes. */
	if (x->phase == EXCHANGE_DISCARD && ((fits && x->is_last) ||
	    str_ieq(expect, STR("100-continue")) ||
	    announced > s->o.max_drain_bytes))
		return queue(x);
	return MHD_YES;
}

/* ---- the body ---- */

static void
account(struct http_exchange *x)
{
	size_t now = x->body.cap;

	if (now >= x->accounted)
		atomic_fetch_add(&x->server->body_bytes, now - x->accounted);
	else
		atomic_fetch_sub(&x->server->body_bytes, x->accounted - now);
	x->accounted = now;
}

static void
refuse_full(struct http_exchange *x)
{
	refuse(x, 503, "overloaded",
	    "too many requests are being received; try again shortly");
}

static void
take_body(struct http_exchange *x, const char *data, size_t n)
{
	struct http_server *s = x->server;

	if (atomic_load(&s->body_bytes) - x->accounted + x->body.n + n >
	    s->o.max_total_body_bytes) {
		refuse_full(x);
		return;
	}
	buf_add(&x->body, data, n);
	if (x->body.failed) {
		refuse(x, 413, "payload_too_large", "the body is too large");
		return;
	}
	account(x);
	pthread_mutex_lock(&s->lock);
	x->conn->bytes += n;
	pthread_mutex_unlock(&s->lock);
}

/* Undoes the content coding; refuses and returns false when it cannot. */
static bool
decode_body(struct http_exchange *x)
{
	struct http_server *s = x->server;
	size_t held = atomic_load(&s->body_bytes);
	size_t room = held < s->o.max_total_body_bytes ?
	    s->o.max_total_body_bytes - held : 0;
	struct err e = ERR_INIT;
	struct buf plain;
	int rc;

	buf_init(&plain, MIN_OF(x->body_limit, room));
	rc = gunzip(buf_str(&x->body), &plain, &e);
	if (rc) {
		buf_fini(&plain);
		if (rc != ERR_LIMIT)
			refuse(x, 400, "invalid_body", e.text);
		else if (room < x->body_limit)
			refuse_full(x);
		else
			refuse(x, 413, "payload_too_large",
			    "the body is too large when decompressed");
		return false;
	}
	buf_fini(&x->body);
	x->body = plain;
	account(x);
	return true;
}

/* ---- handling ---- */

static enum MHD_Result
handle(struct http_exchange *x)
{
	struct http_server *s = x->server;
	int running = STATE_RUNNING;

	if (x->compressed && !decode_body(x))
		return queue(x);
	x->request.body = buf_str(&x->body);
	x->phase = EXCHANGE_HANDLED;
	conn_set_phase(x, CONN_HANDLING, 0);
	/* The completer's hold; it may be released before we return. */
	exchange_ref(x);
	if (s->o.handle(s->o.arg, x, &x->request, &x->response) == HTTP_NOW) {
		exchange_unref(x);
		return queue(x);
	}
	MHD_suspend_connection(x->connection);
	if (!atomic_compare_exchange_strong(&x->state, &running,
	    STATE_SUSPENDED))
		MHD_resume_connection(x->connection);
	return MHD_YES;
}

void
http_complete(struct http_exchange *x, struct http_response *take)
{
	struct http_server *s = exchange_cast(x)->server;

	if (!atomic_exchange(&x->answered, true)) {
		http_response_fini(&x->response);
		x->response = *take;
		http_response_init(take);
		/* A stop waits for this count before it ends libmicrohttpd. */
		atomic_fetch_add(&s->completing, 1);
		if (atomic_exchange(&x->state, STATE_COMPLETED) ==
		    STATE_SUSPENDED)
			MHD_resume_connection(x->connection);
		atomic_fetch_sub(&s->completing, 1);
	} else {
		http_response_reset(take);
	}
	exchange_unref(x);
}

void
exchange_abandon(struct http_exchange *x)
{
	struct http_response r;

	if (atomic_load(&x->state) != STATE_SUSPENDED)
		return;
	http_response_init(&r);
	http_respond_header(&r, "Retry-After", STR("1"));
	x->server->o.render(&r, 503, "stopping",
	    "the server stopped before the answer was there", NULL);
	/* http_complete releases a hold; the completer keeps its own. */
	exchange_ref(x);
	http_complete(x, &r);
	http_response_fini(&r);
}

enum MHD_Result
exchange_access(void *cls, struct MHD_Connection *c, const char *url,
    const char *method, const char *version, const char *data, size_t *size,
    void **context)
{
	struct http_exchange *x = exchange_cast(*context);

	(void)cls;
	(void)c;
	(void)url;
	(void)version;
	switch (x->phase) {
	case EXCHANGE_NEW:
		return start(x, method);
	case EXCHANGE_BODY:
		if (*size == 0)
			return handle(x);
		take_body(x, data, *size);
		*size = 0;
		return MHD_YES;
	case EXCHANGE_DISCARD:
		if (*size == 0)
			return queue(x);
		x->discarded += *size;
		*size = 0;
		return x->discarded <= x->server->o.max_drain_bytes ?
		    MHD_YES : MHD_NO;
	case EXCHANGE_HANDLED:
		return atomic_load(&x->state) == STATE_COMPLETED ? queue(x) :
		    MHD_YES;
	case EXCHANGE_QUEUED:
		break;
	}
	return MHD_YES;
}
