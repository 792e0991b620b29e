#ifndef HTTP_SERVER_H
#define HTTP_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cc.h"
#include "base/err.h"
#include "http/http.h"

/*
 * An HTTP/1.1 server: a few threads with epoll, bounded in every direction.
 *
 *	static enum http_when
 *	handle(void *arg, struct http_exchange *x, struct http_request *q,
 *	    struct http_response *r)
 *	{
 *		http_respond_json(r, 200, STR("{}"));
 *		return HTTP_NOW;
 *	}
 *
 *	struct http_server_options o = { .listen = "127.0.0.1:0",
 *	    .handle = handle };
 *	struct http_server *s = http_server_new(&o, &e);
 *	printf("%s\n", http_server_address(s));
 *	…
 *	http_server_stop(s, 5000);
 *
 * The handler runs on a server thread once the whole body is there and
 * decoded.  It either fills r and returns HTTP_NOW, or returns HTTP_LATER and
 * someone calls http_complete exactly once, from any thread, even before the
 * handler has returned.  Meanwhile the connection is suspended and costs no
 * thread; q stays valid until http_complete.
 *
 * What the server answers by itself, through `render`: 400 (path that does
 * not start with a slash, bad compressed body, a length that is said twice or
 * in an unknown way; then the connection is closed), 405 (unknown method), 413
 * (body over max_body_bytes, compressed or not), 415 (unknown
 * Content-Encoding), 431 (headers over max_header_bytes or more than
 * HTTP_HEADERS_MAX), 503 with Retry-After (bodies of all connections over
 * max_total_body_bytes, or stopping).  Requests that are not HTTP at all are
 * refused by libmicrohttpd in its own words, and the connection is closed.
 * A body that is refused is read and thrown away up to max_drain_bytes, so
 * that clients which write before they read do get the answer; with
 * "Expect: 100-continue", or when more than that is announced, the answer
 * comes at once and the connection is closed.
 *
 * Time limits: idle_ms covers the wait for a request and all of its header;
 * body_ms plus a second for each min_bytes_per_second covers its body,
 * however busily it trickles.
 * Threads: as said; _new, _stop from one thread.
 */
struct http_server;
struct http_exchange;

enum http_when {
	HTTP_NOW,               /* the response is filled */
	HTTP_LATER              /* http_complete will be called */
};

typedef enum http_when http_server_handler(void *arg, struct http_exchange *x,
    struct http_request *q, struct http_response *r);

struct http_server_options {
	const char *listen;     /* "HOST:PORT", "[::1]:PORT", "unix:PATH" */
	int threads;            /* 0: 2 */
	int max_connections;    /* 0: 1024 */
	int max_connections_per_peer;   /* 0: no limit beyond the above */
	int64_t idle_ms;        /* 0: 60000 */
	int64_t body_ms;        /* 0: 30000 */
	size_t min_bytes_per_second;    /* 0: 4096 */
	size_t max_header_bytes;        /* 0: 16 KiB; at most 48 KiB */
	size_t max_body_bytes;          /* 0: 16 MiB, after decoding as well */
	size_t max_total_body_bytes;    /* 0: 128 MiB */
	size_t max_drain_bytes;         /* 0: 64 MiB */
	size_t max_arena_bytes;         /* q->arena; 0: 64 MiB */
	int retry_after_seconds;        /* of a 503; 0: 1 */
	http_render_error *render;      /* NULL: http_respond_error */
	http_server_handler *handle;
	/*
	 * Optional, before the body is read: non-zero status in r refuses
	 * the request early; *max_body_bytes may be lowered or raised for
	 * this request.  q->body is empty yet.
	 */
	void (*begin)(void *arg, struct http_request *q,
	    struct http_response *r, size_t *max_body_bytes);
	void *arg;
};

struct http_server_stats {
	uint64_t requests;      /* header read */
	uint64_t refused;       /* answered by the server itself */
	size_t connections;     /* now */
	size_t in_flight;       /* requests now */
	size_t body_bytes;      /* held now */
};

/* NULL and *e on failure; ERR_EXISTS when the address is in use. */
struct http_server *http_server_new(const struct http_server_options *o,
    struct err *e) CC_CHECK CC_NONNULL(1, 2);

/* "127.0.0.1:4318", "[::1]:4318", "unix:/path": with the real port.  Borrowed
 * until stop. */
const char *http_server_address(const struct http_server *s) CC_NONNULL(1);

/* Answers; takes the contents of *take, leaving it initialised and empty. */
void http_complete(struct http_exchange *x, struct http_response *take)
    CC_NONNULL(1, 2);

void http_server_stats(struct http_server *s, struct http_server_stats *st)
    CC_NONNULL(1, 2);

/*
 * Stops listening, lets requests in flight finish for at most timeout_ms, then
 * answers 503 to those that still wait (their late http_complete does
 * nothing), closes and frees.  Accepts NULL.
 */
void http_server_stop(struct http_server *s, int64_t timeout_ms);

#endif
