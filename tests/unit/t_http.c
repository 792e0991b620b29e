#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "gzip/gzip.h"
#include "http/http.h"
#include "http/query.h"
#include "http/route.h"
#include "http/server.h"
#include "http/wire.h"
#include "tap.h"

/* ---- pure parts ---- */

static void
test_query(void)
{
	struct arena *a = arena_new(1 << 20);
	struct err e = ERR_INIT;
	struct http_query p;
	char many[65 * 4 + 1];

	is_int(http_query_parse(&p, STR("a=1&b=x%20y+z&&c&d=&a=2&%C3%A9=1"), a,
	    &e), 0, "query: parsed");
	is_int(p.n, 6, "query: six");
	ok(str_is(http_query_get(&p, "a"), "1"), "query: first value");
	is_int(http_query_count(&p, "a"), 2, "query: duplicates seen");
	ok(str_is(http_query_get(&p, "b"), "x y z"), "query: decoded");
	ok(str_is(http_query_get(&p, "c"), "") && http_query_get(&p, "c").p,
	    "query: bare name");
	ok(!http_query_get(&p, "zz").p, "query: absent");
	ok(str_is(http_query_get(&p, "\xc3\xa9"), "1"), "query: UTF-8 name");
	is_int(http_query_parse(&p, STR("limit=%zz"), a, &e), ERR_INVALID,
	    "query: bad escape");
	ok(strstr(e.text, "limit") && strstr(e.text, "%zz"),
	    "query: names it: %s", e.text);
	is_int(http_query_parse(&p, STR("x=%4"), a, &e), ERR_INVALID,
	    "query: cut escape");
	is_int(http_query_parse(&p, STR("x=%00"), a, &e), ERR_INVALID,
	    "query: NUL");
	is_int(http_query_parse(&p, STR(""), a, &e), 0, "query: empty");
	is_int(p.n, 0, "query: none");
	is_int(http_query_parse(&p, STR_NULL, a, &e), 0, "query: absent");
	for (int i = 0; i < 65; i++)
		memcpy(many + i * 4, "a=1&", 4);
	is_int(http_query_parse(&p, str_of(many, 64 * 4), a, &e), 0,
	    "query: 64");
	is_int(http_query_parse(&p, str_of(many, 65 * 4), a, &e), ERR_LIMIT,
	    "query: 65");
	arena_free(a);
}

static void
no_handler(void *arg, struct http_request *q, struct http_response *r)
{
	(void)arg;
	http_respond_json(r, 200, http_capture(q, "id"));
}

static const struct http_route table[] = {
	{ HTTP_GET, "/", no_handler, 0 },
	{ HTTP_GET, "/v1/runs", no_handler, 1 },
	{ HTTP_POST, "/v1/runs", no_handler, 2 },
	{ HTTP_GET, "/v1/runs/latest", no_handler, 3 },
	{ HTTP_GET, "/v1/runs/:id", no_handler, 4 },
	{ HTTP_DELETE, "/v1/runs/:id", no_handler, 5 },
	{ HTTP_GET, "/v1/runs/:id/steps/:step", no_handler, 6 },
	{ HTTP_GET, "/assets/+", no_handler, 7 },
};

static void
test_route(void)
{
	static const struct {
		enum http_method m;
		const char *path;
		int status;     /* 0: found */
		int tag;
		const char *name, *value, *allow;
	} rows[] = {
		{ HTTP_GET, "/", 0, 0, NULL, NULL, NULL },
		{ HTTP_GET, "/v1/runs", 0, 1, NULL, NULL, NULL },
		{ HTTP_HEAD, "/v1/runs", 0, 1, NULL, NULL, NULL },
		{ HTTP_POST, "/v1/runs", 0, 2, NULL, NULL, NULL },
		{ HTTP_GET, "/v1/runs/", 404, 0, NULL, NULL, NULL },
		{ HTTP_GET, "/v1/runs/latest", 0, 3, NULL, NULL, NULL },
		{ HTTP_GET, "/v1/runs/a%2Fb%20c", 0, 4, "id", "a/b c", NULL },
		{ HTTP_GET, "/v1/runs/a+b", 0, 4, "id", "a+b", NULL },
		{ HTTP_DELETE, "/v1/runs/x", 0, 5, "id", "x", NULL },
		{ HTTP_GET, "/v1/runs/x/steps/y", 0, 6, "step", "y", NULL },
		{ HTTP_GET, "/v1/runs/x/steps", 404, 0, NULL, NULL, NULL },
		{ HTTP_GET, "/v1/runs/%zz", 400, 0, NULL, NULL, NULL },
		{ HTTP_GET, "/v1/runs/%00", 400, 0, NULL, NULL, NULL },
		{ HTTP_GET, "/assets/a/b.js", 0, 7, "+", "a/b.js", NULL },
		{ HTTP_GET, "/assets/", 404, 0, NULL, NULL, NULL },
		{ HTTP_GET, "/assets", 404, 0, NULL, NULL, NULL },
		{ HTTP_GET, "v1/runs", 404, 0, NULL, NULL, NULL },
		{ HTTP_GET, "", 404, 0, NULL, NULL, NULL },
		{ HTTP_GET, "//", 404, 0, NULL, NULL, NULL },
		{ HTTP_PUT, "/v1/runs", 405, 0, NULL, NULL,
		    "GET, HEAD, POST, OPTIONS" },
		{ HTTP_METHODS, "/v1/runs", 405, 0, NULL, NULL,
		    "GET, HEAD, POST, OPTIONS" },
		{ HTTP_OPTIONS, "/v1/runs/x", 204, 0, NULL, NULL,
		    "GET, HEAD, DELETE, OPTIONS" },
	};
	struct arena *a = arena_new(1 << 16);

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct http_request q = { .method = rows[i].m,
		    .path = str_from(rows[i].path), .arena = a };
		struct http_allow allow = { "" };
		struct err e = ERR_INIT;
		int status = 0;
		const struct http_route *t = http_route_find(table,
		    ARRAY_LEN(table), &q, &status, &allow, &e);

		if (rows[i].status) {
			ok(!t, "route: %s not found", rows[i].path);
			is_int(status, rows[i].status, "route: %s status",
			    rows[i].path);
			if (rows[i].allow)
				is_str(allow.text, rows[i].allow,
				    "route: %s allows", rows[i].path);
			continue;
		}
		ok(t && t->tag == rows[i].tag, "route: %s %s",
		    http_method_name(rows[i].m), rows[i].path);
		if (rows[i].name)
			ok(str_is(http_capture(&q, rows[i].name),
			    rows[i].value), "route: %s captures %s",
			    rows[i].path, rows[i].value);
	}
	{
		struct http_request q = { .method = HTTP_PUT,
		    .path = STR("/v1/runs"), .arena = a };
		struct http_response r;

		http_response_init(&r);
		http_route_serve(table, ARRAY_LEN(table), NULL, &q, &r,
		    http_respond_error);
		is_int(r.status, 405, "route: served 405");
		ok(str_is(http_response_header(&r, "allow"),
		    "GET, HEAD, POST, OPTIONS"), "route: with Allow");
		http_response_fini(&r);
	}
	arena_free(a);
}

static void
test_wire(void)
{
	static const struct http_pair headers[] = {
		{ { "Content-Type", 12 }, { "text/plain; charset=x", 21 } },
		{ { "X-Empty", 7 }, { "", 0 } },
	};
	struct http_request q = { .method = HTTP_PUT, .path = STR("/a/b"),
	    .query = STR("x=1"), .headers = headers, .nheaders = 2,
	    .body = str_of("a\0b", 3), .peer = STR("127.0.0.1") }, got;
	struct http_response r, back;
	struct arena *a = arena_new(1 << 16);
	struct err e = ERR_INIT;
	struct buf b;
	size_t bad = 0;
	char *copy;

	buf_init(&b, 1 << 16);
	http_wire_put_request(&b, &q);
	is_int(http_wire_get_request(&got, buf_str(&b), a, &e), 0,
	    "wire: request");
	ok(got.method == HTTP_PUT && str_is(got.path, "/a/b") &&
	    str_is(got.query, "x=1") && str_eq(got.body, q.body) &&
	    str_is(got.peer, "127.0.0.1") && got.nheaders == 2,
	    "wire: same request");
	ok(str_is(http_media_type(&got), "text/plain"), "wire: media type");
	ok(str_is(http_header(&got, "x-empty"), ""), "wire: header, any case");
	for (size_t n = 0; n < b.n; n++) {
		/* Exact copies, so that a sanitiser sees a read past them. */
		copy = mem_dup(b.p, n);
		bad += http_wire_get_request(&got, str_of(copy, n), a, &e) !=
		    ERR_INVALID;
		free(copy);
		arena_reset(a);
	}
	is_int(bad, 0, "wire: every cut request is refused");
	buf_add_byte(&b, 0);
	is_int(http_wire_get_request(&got, buf_str(&b), a, &e), ERR_INVALID,
	    "wire: leftover refused");
	buf_reset(&b);
	http_response_init(&r);
	http_response_init(&back);
	http_respond_header(&r, "X-A", STR("1\r\nX-Evil: 2"));
	http_respond_json(&r, 201, STR("{}"));
	http_respond_json(&r, 202, STR("[]"));
	http_wire_put_response(&b, &r);
	is_int(http_wire_get_response(&back, buf_str(&b), &e), 0,
	    "wire: response");
	ok(back.status == 202 && str_is(buf_str(&back.body), "[]") &&
	    str_is(http_response_header(&back, "content-type"),
	    "application/json"), "wire: same response");
	ok(str_is(http_response_header(&back, "X-A"), "1??X-Evil: 2"),
	    "wire: header values cannot split");
	bad = 0;
	for (size_t n = 0; n < b.n; n++) {
		copy = mem_dup(b.p, n);
		bad += http_wire_get_response(&back, str_of(copy, n), &e) !=
		    ERR_INVALID;
		free(copy);
	}
	is_int(bad, 0, "wire: every cut response is refused");
	buf_reset(&b);
	http_respond_error(&r, 400, "bad", "say \"no\"\n\xff", "f\\g");
	ok(str_is(buf_str(&r.body), "{\"error\":{\"code\":\"bad\",\"message\":"
	    "\"say \\\"no\\\"\\u000a?\",\"field\":\"f\\\\g\"}}"),
	    "error body: %.*s", STR_FMT(buf_str(&r.body)));
	http_response_fini(&r);
	http_response_fini(&back);
	buf_fini(&b);
	arena_free(a);
}

/* ---- the server ---- */

static struct {
	pthread_mutex_t lock;
	struct http_exchange *x[64];
	int n;
} later = { .lock = PTHREAD_MUTEX_INITIALIZER };

static void
complete(struct http_exchange *x, const char *text)
{
	struct http_response r;

	http_response_init(&r);
	http_respond_text(&r, 200, str_from(text));
	http_complete(x, &r);
	http_response_fini(&r);
}

static void *
complete_soon(void *arg)
{
	clock_sleep_ms(30);
	complete(arg, "soon");
	return NULL;
}

static enum http_when
handle(void *arg, struct http_exchange *x, struct http_request *q,
    struct http_response *r)
{
	struct buf b;
	pthread_t t;

	(void)arg;
	if (str_is(q->path, "/early")) {
		complete(x, "early");
		return HTTP_LATER;
	}
	if (str_is(q->path, "/soon")) {
		pthread_create(&t, NULL, complete_soon, x);
		pthread_detach(t);
		return HTTP_LATER;
	}
	if (str_is(q->path, "/hold")) {
		pthread_mutex_lock(&later.lock);
		later.x[later.n++] = x;
		pthread_mutex_unlock(&later.lock);
		return HTTP_LATER;
	}
	if (str_is(q->path, "/fixed")) {
		http_respond_fixed(r, 200, "text/html", STR("<p>"));
		return HTTP_NOW;
	}
	if (str_is(q->path, "/none"))
		return HTTP_NOW;
	buf_init(&b, 1 << 20);
	buf_addf(&b, "%s %.*s ?%.*s peer=%.*s h=%.*s n=%zu body=%.*s",
	    http_method_name(q->method), STR_FMT(q->path), STR_FMT(q->query),
	    STR_FMT(q->peer), STR_FMT(http_header(q, "x-test")), q->body.n,
	    (int)MIN_OF(q->body.n, 40), q->body.p);
	http_respond_buf(r, 200, "text/plain", &b);
	return HTTP_NOW;
}

static void
begin(void *arg, struct http_request *q, struct http_response *r,
    size_t *max_body_bytes)
{
	(void)arg;
	if (str_is(q->path, "/denied"))
		http_respond_error(r, 401, "unauthorized", "who are you?",
		    NULL);
	if (str_is(q->path, "/small"))
		*max_body_bytes = 10;
}

static int
dial(const char *address)
{
	struct sockaddr_in in = { .sin_family = AF_INET };
	struct timeval wait = { 5, 0 };
	const char *colon = strrchr(address, ':');
	int64_t port = 0;
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (!str_to_i64(str_from(colon + 1), &port))
		return -1;
	in.sin_port = htons((uint16_t)port);
	in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait));
	if (connect(fd, (struct sockaddr *)&in, sizeof(in))) {
		close(fd);
		return -1;
	}
	return fd;
}

static void
put(int fd, const char *p, size_t n)
{
	while (n) {
		ssize_t rc = send(fd, p, n, MSG_NOSIGNAL);

		if (rc <= 0)
			return;
		p += rc;
		n -= (size_t)rc;
	}
}

static void
say(int fd, const char *text)
{
	put(fd, text, strlen(text));
}

/* Reads until the peer closes or n bytes with the wanted text are there. */
static char *
get(int fd, const char *until)
{
	static char out[200000];
	size_t n = 0;

	out[0] = '\0';
	while (n + 1 < sizeof(out) && !(until && strstr(out, until))) {
		ssize_t rc = recv(fd, out + n, sizeof(out) - 1 - n, 0);

		if (rc <= 0)
			break;
		n += (size_t)rc;
		out[n] = '\0';
	}
	return out;
}

/* One request on a connection of its own. */
static char *
ask_n(const char *address, const char *p, size_t n)
{
	int fd = dial(address);
	char *out;

	put(fd, p, n);
	out = get(fd, NULL);
	close(fd);
	return out;
}

static char *
ask(const char *address, const char *text)
{
	return ask_n(address, text, strlen(text));
}

static struct http_server *
serve(struct http_server_options o)
{
	struct err e = ERR_INIT;
	struct http_server *s;

	if (!o.listen)
		o.listen = "127.0.0.1:0";
	o.handle = handle;
	s = http_server_new(&o, &e);
	if (!s)
		printf("# serve: %s\n", e.text);
	return s;
}

#define CLOSE "Host: x\r\nConnection: close\r\n"

/* A proxy in front could read these otherwise: what follows is not answered. */
static void
test_framing(const char *at)
{
	static const char *const doubtful[] = {
		"Content-Length: 4\r\nTransfer-Encoding: chunked",
		"Transfer-Encoding: chunked\r\nContent-Length: 5",
		"Content-Length: 0\r\nContent-Length: 5",
		"Content-Length : 5",
		"Transfer-Encoding: xchunked",
		"Transfer-Encoding: chunked, identity",
		"Transfer-Encoding: identity\r\nTransfer-Encoding: chunked",
	};
	struct buf b;
	char *r;

	buf_init(&b, 1 << 10);
	for (size_t i = 0; i < sizeof(doubtful) / sizeof(*doubtful); i++) {
		buf_reset(&b);
		buf_addf(&b, "POST /p HTTP/1.1\r\nHost: x\r\n%s\r\n\r\n"
		    "0\r\n\r\nGET /next HTTP/1.1\r\nHost: x\r\n\r\n",
		    doubtful[i]);
		r = ask_n(at, b.p, b.n);
		ok(strstr(r, " 400 ") && strstr(r, "invalid_framing") &&
		    !strstr(r, "GET /next"), "framing: doubtful %zu", i);
	}
	buf_fini(&b);
}

static void
test_basics(const char *at)
{
	char *r, *line;
	int fd;

	r = ask(at, "GET /a%2Fb/%zz?x=%20&y HTTP/1.1\r\nX-Test: hi\r\n" CLOSE
	    "\r\n");
	ok(strstr(r, "200 OK") && strstr(r, "GET /a%2Fb/%zz ?x=%20&y "
	    "peer=127.0.0.1 h=hi n=0"), "basics: raw path and query");
	ok(strstr(r, "Content-Type: text/plain"), "basics: content type");
	r = ask(at, "HEAD / HTTP/1.1\r\n" CLOSE "\r\n");
	line = strstr(r, "\r\n\r\n");
	ok(line && line[4] == '\0' && strstr(r, "Content-Length: "),
	    "basics: HEAD has a length and no body");
	r = ask(at, "GET /fixed HTTP/1.0\r\n\r\n");
	ok(strstr(r, "<p>"), "basics: fixed body, HTTP/1.0");
	r = ask(at, "POST /p HTTP/1.1\r\n" CLOSE "Content-Length: 5\r\n\r\n"
	    "hello");
	ok(strstr(r, "n=5 body=hello"), "basics: body");
	r = ask(at, "POST /p HTTP/1.1\r\n" CLOSE "Transfer-Encoding: chunked"
	    "\r\n\r\n3\r\nabc\r\n4;x=y\r\ndefg\r\n0\r\n\r\n");
	ok(strstr(r, "n=7 body=abcdefg"), "basics: chunked");
	r = ask(at, "GET /none HTTP/1.1\r\n" CLOSE "\r\n");
	ok(strstr(r, " 500 ") && strstr(r, "\"internal\""),
	    "basics: a handler that answers nothing");
	fd = dial(at);
	say(fd, "GET /1 HTTP/1.1\r\nHost: x\r\n\r\n");
	ok(strstr(get(fd, "n=0 body="), "GET /1"), "keep-alive: first");
	say(fd, "POST /2 HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nab");
	ok(strstr(get(fd, "body=ab"), "POST /2"), "keep-alive: second");
	say(fd, "GET /3 HTTP/1.1\r\nHost: x\r\n\r\nGET /4 HTTP/1.1\r\n"
	    "Host: x\r\n\r\n");
	ok(strstr(get(fd, "GET /4"), "GET /4"), "keep-alive: pipelined");
	close(fd);
}

static void
test_refusals(const char *at)
{
	static const char bomb_head[] = "POST /z HTTP/1.1\r\n" CLOSE
	    "Content-Encoding: gzip\r\n";
	char *zeros = mem_zalloc(4 << 20, 1), *r, *long_head;
	struct err e = ERR_INIT;
	struct buf b, m;
	int fd;

	r = ask(at, "BREW /pot HTTP/1.1\r\n" CLOSE "\r\n");
	ok(strstr(r, " 405 ") && strstr(r, "Allow: GET"), "refuse: method");
	r = ask(at, "GET http HTTP/1.1\r\n" CLOSE "\r\n");
	ok(strstr(r, " 400 "), "refuse: path");
	r = ask(at, "POST /p HTTP/1.1\r\n" CLOSE
	    "Content-Encoding: br\r\nContent-Length: 2\r\n\r\nab");
	ok(strstr(r, " 415 ") && strstr(r, "unsupported_encoding"),
	    "refuse: encoding");
	r = ask(at, "GET /denied HTTP/1.1\r\n" CLOSE "\r\n");
	ok(strstr(r, " 401 "), "refuse: by begin");
	r = ask(at, "POST /small HTTP/1.1\r\n" CLOSE
	    "Content-Length: 11\r\n\r\n12345678901");
	ok(strstr(r, " 413 "), "refuse: begin's own limit");

	/* Over the limit: the whole body goes out first, then the answer, and
	 * the connection lives. */
	buf_init(&b, 8 << 20);
	buf_addf(&b, "POST /p HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n"
	    "\r\n", 3 << 20);
	buf_add(&b, zeros, 3 << 20);
	fd = dial(at);
	put(fd, b.p, b.n);
	r = get(fd, "}}");
	ok(strstr(r, " 413 ") && strstr(r, "payload_too_large"),
	    "refuse: Content-Length");
	say(fd, "GET /next HTTP/1.1\r\nHost: x\r\n\r\n");
	ok(strstr(get(fd, "body="), "GET /next"), "refuse: and goes on");
	close(fd);
	buf_reset(&b);
	buf_addf(&b, "POST /p HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: "
	    "chunked\r\n\r\n%x\r\n", 2 << 20);
	buf_add(&b, zeros, 2 << 20);
	buf_add_cstr(&b, "\r\n0\r\n\r\n");
	fd = dial(at);
	put(fd, b.p, b.n);
	ok(strstr(get(fd, "}}"), " 413 "), "refuse: chunked too large");
	close(fd);
	fd = dial(at);
	say(fd, "POST /p HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n"
	    "Content-Length: 3000000\r\n\r\n");
	r = get(fd, "}}");
	ok(strstr(r, " 413 ") && !strstr(r, "100 Continue"),
	    "refuse: before the client begins");
	close(fd);
	fd = dial(at);
	say(fd, "POST /p HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n"
	    "Content-Length: 2\r\n\r\n");
	ok(strstr(get(fd, "\r\n\r\n"), "100 Continue"), "expect: go on");
	say(fd, "ab");
	ok(strstr(get(fd, "body=ab"), "body=ab"), "expect: answered");
	close(fd);
	r = ask(at, "POST /p HTTP/1.1\r\n" CLOSE
	    "Content-Length: 99999999999999999999999\r\n\r\n");
	ok(!*r || strstr(r, " 4"), "refuse: absurd length");
	r = ask(at, "POST /p HTTP/1.1\r\n" CLOSE
	    "Content-Length: 1000000000000\r\n\r\n");
	ok(strstr(r, " 413 "), "refuse: terabyte announced");

	/* Compression. */
	buf_init(&m, 8 << 20);
	ok(gzip(STR("hello gzip"), 6, &m, &e) == 0, "gzip: made");
	buf_reset(&b);
	buf_addf(&b, "%sContent-Length: %zu\r\n\r\n", bomb_head, m.n);
	buf_add_str(&b, buf_str(&m));
	ok(strstr(ask_n(at, b.p, b.n), "n=10 body=hello gzip"),
	    "gzip: decoded");
	b.p[b.n - 6] ^= 0x55;
	r = ask_n(at, b.p, b.n);
	ok(strstr(r, " 400 ") && strstr(r, "invalid_body"), "gzip: damaged");
	buf_reset(&m);
	ok(gzip(str_of(zeros, 4 << 20), 6, &m, &e) == 0, "gzip: bomb made");
	buf_reset(&b);
	buf_addf(&b, "%sContent-Length: %zu\r\n\r\n", bomb_head, m.n);
	buf_add_str(&b, buf_str(&m));
	ok(strstr(ask_n(at, b.p, b.n), " 413 "), "gzip: bomb of %zu bytes",
	    m.n);

	/* Headers. */
	buf_reset(&b);
	buf_add_cstr(&b, "GET / HTTP/1.1\r\n" CLOSE);
	for (int i = 0; i < 105; i++)
		buf_addf(&b, "X-%d: y\r\n", i);
	buf_add_cstr(&b, "\r\n");
	ok(strstr(ask_n(at, b.p, b.n), " 431 "), "refuse: 107 headers");
	long_head = mem_alloc(100000, 1);
	memset(long_head, 'h', 100000);
	buf_reset(&b);
	buf_addf(&b, "GET / HTTP/1.1\r\n" CLOSE "X: %.*s\r\n\r\n", 20000,
	    long_head);
	ok(strstr(ask_n(at, b.p, b.n), " 431 "), "refuse: 20 KB of header");
	buf_reset(&b);
	buf_addf(&b, "GET / HTTP/1.1\r\n" CLOSE "X: %.*s\r\n\r\n", 99000,
	    long_head);
	r = ask_n(at, b.p, b.n);
	ok(!*r || strstr(r, " 4"), "refuse: 99 KB of header: %.30s", r);
	buf_reset(&b);
	buf_addf(&b, "GET /%.*s HTTP/1.1\r\n" CLOSE "\r\n", 99000, long_head);
	r = ask_n(at, b.p, b.n);
	ok(!*r || strstr(r, " 4"), "refuse: 99 KB of path: %.30s", r);
	free(long_head);

	/* Not HTTP. */
	for (int i = 0; i < 4; i++) {
		static const struct str junk[] = {
			{ "\r\n\r\n\r\n", 6 }, { "\0\1\2\3\r\n\r\n", 8 },
			{ "GET\r\n\r\n", 7 },
			{ "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: "
			    "chunked\r\n\r\nzz\r\n", 60 },
		};

		fd = dial(at);
		put(fd, junk[i].p, junk[i].n);
		shutdown(fd, SHUT_WR);
		get(fd, NULL);
		close(fd);
	}
	r = ask(at, "GET /alive HTTP/1.1\r\n" CLOSE "\r\n");
	ok(strstr(r, "GET /alive"), "refuse: lives on");
	free(zeros);
	buf_fini(&b);
	buf_fini(&m);
}

struct many {
	const char *at;
	const char *path;
	const char *want;
	int bad;
};

static void *
ask_many(void *arg)
{
	struct many *m = arg;
	int fd = dial(m->at);
	char text[200], out[2000];

	for (int i = 0; i < 30; i++) {
		size_t n = 0;

		snprintf(text, sizeof(text), "POST %s HTTP/1.1\r\nHost: x\r\n"
		    "Content-Length: 3\r\n\r\nabc", m->path);
		put(fd, text, strlen(text));
		out[0] = '\0';
		while (!strstr(out, m->want)) {
			ssize_t rc = recv(fd, out + n, sizeof(out) - 1 - n, 0);

			if (rc <= 0) {
				m->bad++;
				break;
			}
			n += (size_t)rc;
			out[n] = '\0';
		}
	}
	close(fd);
	return NULL;
}

static void
test_later(const char *at)
{
	struct many m[8];
	pthread_t t[8];
	int bad = 0;

	ok(strstr(ask(at, "GET /early HTTP/1.1\r\n" CLOSE "\r\n"), "early"),
	    "later: completed before the handler returned");
	ok(strstr(ask(at, "GET /soon HTTP/1.1\r\n" CLOSE "\r\n"), "soon"),
	    "later: completed by another thread");
	for (int i = 0; i < 8; i++) {
		m[i] = (struct many){ at, i % 2 ? "/soon" : "/early",
		    i % 2 ? "soon" : "early", 0 };
		pthread_create(&t[i], NULL, ask_many, &m[i]);
	}
	for (int i = 0; i < 8; i++) {
		pthread_join(t[i], NULL);
		bad += m[i].bad;
	}
	is_int(bad, 0, "later: eight connections, thirty requests each");
}

static void
test_slow(void)
{
	struct http_server *s = serve((struct http_server_options){
	    .idle_ms = 300, .body_ms = 300, .min_bytes_per_second = 1000 });
	const char *at = http_server_address(s);
	int idle = dial(at), head = dial(at), body = dial(at);
	int64_t start = clock_mono_ms();
	struct http_server_stats st;
	int gone = 0;

	say(head, "GET / HTTP/1.1\r\nX: ");
	say(body, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n"
	    "\r\n");
	for (int i = 0; i < 30 && gone < 2; i++) {
		char c;

		gone = 0;
		say(head, "x");
		say(body, "x");
		clock_sleep_ms(100);
		gone += recv(head, &c, 1, MSG_DONTWAIT) == 0;
		gone += recv(body, &c, 1, MSG_DONTWAIT) == 0;
	}
	ok(clock_mono_ms() - start < 2500, "slow: tricklers cut off in time");
	is_str(get(idle, NULL), "", "slow: idle closed");
	clock_sleep_ms(50);
	http_server_stats(s, &st);
	is_int(st.connections, 0, "slow: none left");
	is_int(st.in_flight, 0, "slow: nothing in flight");
	is_int(st.body_bytes, 0, "slow: no bytes held");
	close(idle);
	close(head);
	close(body);
	http_server_stop(s, 1000);
}

static void
test_overload(void)
{
	struct http_server *s = serve((struct http_server_options){
	    .max_total_body_bytes = 100000, .max_body_bytes = 90000,
	    .retry_after_seconds = 7 });
	const char *at = http_server_address(s);
	char *body = mem_zalloc(80000, 1), head[200];
	int one = dial(at), two;
	struct http_server_stats st;
	char *r;

	snprintf(head, sizeof(head), "POST /p HTTP/1.1\r\n" CLOSE
	    "Content-Length: 80001\r\n\r\n");
	put(one, head, strlen(head));
	put(one, body, 80000);
	for (int i = 0; i < 200; i++) {
		http_server_stats(s, &st);
		if (st.body_bytes >= 80000)
			break;
		clock_sleep_ms(5);
	}
	ok(st.body_bytes >= 80000, "overload: one body held");
	two = dial(at);
	put(two, head, strlen(head));
	put(two, body, 80000);
	say(two, "x");
	r = get(two, "}}");
	ok(strstr(r, " 503 ") && strstr(r, "Retry-After: 7") &&
	    strstr(r, "overloaded"), "overload: the other is refused");
	say(one, "x");
	ok(strstr(get(one, "n=80001"), "n=80001"), "overload: the first is "
	    "answered");
	close(one);
	close(two);
	clock_sleep_ms(30);
	http_server_stats(s, &st);
	is_int(st.body_bytes, 0, "overload: all released");
	http_server_stop(s, 1000);
	free(body);
}

static void *
stop_main(void *arg)
{
	http_server_stop(arg, 200);
	return NULL;
}

static bool
wait_held(int n)
{
	for (int i = 0; i < 400; i++) {
		int have;

		pthread_mutex_lock(&later.lock);
		have = later.n;
		pthread_mutex_unlock(&later.lock);
		if (have >= n)
			return true;
		clock_sleep_ms(5);
	}
	return false;
}

static void
test_stop(void)
{
	struct http_server *s = serve((struct http_server_options){ 0 });
	const char *at = http_server_address(s);
	char address[100];
	int64_t start;
	pthread_t t;
	int fd, other;

	snprintf(address, sizeof(address), "%s", at);
	fd = dial(at);
	other = dial(at);
	say(fd, "GET /hold HTTP/1.1\r\nHost: x\r\n\r\n");
	say(other, "GET /hold HTTP/1.1\r\nHost: x\r\n\r\n");
	ok(wait_held(2), "stop: two held");
	pthread_create(&t, NULL, stop_main, s);
	clock_sleep_ms(50);
	ok(dial(address) < 0, "stop: no new connections");
	complete(later.x[0], "in time");
	start = clock_mono_ms();
	{
		char *a = mem_strdup(get(fd, NULL)), *b = get(other, NULL);
		bool first = strstr(a, "in time") != NULL;

		ok(first || strstr(b, "in time"), "stop: one finished");
		ok(strstr(first ? b : a, " 503 ") &&
		    strstr(first ? b : a, "Retry-After"),
		    "stop: the other got 503");
		ok(strstr(first ? a : b, "Connection: close"),
		    "stop: connections are closed");
		free(a);
	}
	pthread_join(t, NULL);
	ok(clock_mono_ms() - start < 2000, "stop: in time");
	complete(later.x[1], "too late");
	ok(true, "stop: a late completion is harmless");
	later.n = 0;
	close(fd);
	close(other);
}

static void
test_listen(void)
{
	struct http_server *s, *u;
	struct err e = ERR_INIT;
	struct http_server_options o = { .handle = handle };
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	static const char *const bad[] = { "", "nonsense", "127.0.0.1",
	    "127.0.0.1:x", "127.0.0.1:99999", "::1:80", ":80", "unix:" };
	char path[] = "/tmp/t_http.XXXXXX/s";
	int fd;

	path[18] = '\0';
	if (!mkdtemp(path))
		return;
	path[18] = '/';
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		o.listen = bad[i];
		ok(!http_server_new(&o, &e) && e.code == ERR_INVALID,
		    "listen: '%s': %s", bad[i], e.text);
	}
	s = serve((struct http_server_options){ .threads = 1 });
	ok(s && !strstr(http_server_address(s), ":0"), "listen: port known");
	o.listen = http_server_address(s);
	ok(!http_server_new(&o, &e) && e.code == ERR_EXISTS,
	    "listen: in use: %s", e.text);
	ok(strstr(ask(http_server_address(s), "GET /one HTTP/1.1\r\n" CLOSE
	    "\r\n"), "GET /one"), "listen: one thread");
	http_server_stop(s, 100);
	o.listen = mem_printf("unix:%s", path);
	s = http_server_new(&o, &e);
	ok(s != NULL, "listen: unix socket");
	u = http_server_new(&o, &e);
	ok(!u && e.code == ERR_EXISTS, "listen: unix in use: %s", e.text);
	snprintf(un.sun_path, sizeof(un.sun_path), "%s", path);
	fd = socket(AF_UNIX, SOCK_STREAM, 0);
	ok(connect(fd, (struct sockaddr *)&un, sizeof(un)) == 0,
	    "listen: unix connect");
	say(fd, "GET /u HTTP/1.1\r\n" CLOSE "\r\n");
	ok(strstr(get(fd, NULL), "peer=unix"), "listen: unix answers");
	close(fd);
	http_server_stop(s, 100);
	ok(access(path, F_OK) != 0, "listen: unix socket removed");
	path[18] = '\0';
	rmdir(path);
	free((void *)(uintptr_t)o.listen);
}

int
main(void)
{
	struct http_server *s;
	struct http_server_stats st;
	const char *at;

	log_setup("t_http", LOG_ERROR + 1);
	alarm(120);
	test_query();
	test_route();
	test_wire();
	s = serve((struct http_server_options){ .max_body_bytes = 1 << 20,
	    .max_drain_bytes = 8 << 20, .begin = begin });
	at = http_server_address(s);
	test_basics(at);
	test_framing(at);
	test_refusals(at);
	test_later(at);
	clock_sleep_ms(30);
	http_server_stats(s, &st);
	is_int(st.in_flight, 0, "nothing in flight");
	is_int(st.body_bytes, 0, "no bytes held");
	http_server_stop(s, 1000);
	test_slow();
	test_overload();
	test_stop();
	test_listen();
	return tap_done();
}
