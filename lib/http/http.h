#ifndef HTTP_HTTP_H
#define HTTP_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/cc.h"
#include "base/err.h"
#include "base/str.h"

/*
 * A request and a response, whatever carried them: the server (http/server.h),
 * the bus (http/wire.h) or a test.  A handler is a function from one to the
 * other:
 *
 *	static void
 *	get_run(void *arg, struct http_request *q, struct http_response *r)
 *	{
 *		struct str id = http_capture(q, "id");
 *		…
 *		http_respond_json(r, 200, body);
 *	}
 *
 * Everything in a request is borrowed until the request has been answered;
 * q->arena is for the handler's own needs and dies with it.  A response owns
 * its bytes: http_response_init, _fini.
 * Threads: one object, one thread at a time.
 */
enum http_method {
	HTTP_GET,
	HTTP_HEAD,
	HTTP_POST,
	HTTP_PUT,
	HTTP_PATCH,
	HTTP_DELETE,
	HTTP_OPTIONS,
	HTTP_METHODS            /* how many there are; also "any other" */
};

enum {
	HTTP_HEADERS_MAX = 100,
	HTTP_CAPTURES_MAX = 8,
	HTTP_RESPONSE_BODY_MAX = 64 << 20,
	HTTP_RESPONSE_HEADERS_MAX = 8 << 10
};

struct http_pair {
	struct str name;
	struct str value;
};

struct http_request {
	enum http_method method;
	struct str path;        /* as sent: still percent-encoded */
	struct str query;       /* behind the '?', as sent; may be empty */
	const struct http_pair *headers;
	size_t nheaders;
	struct str body;        /* content encoding already undone */
	struct str peer;        /* "127.0.0.1", "unix", …: no port */
	struct arena *arena;
	struct http_pair captures[HTTP_CAPTURES_MAX];   /* by http_route_find */
	size_t ncaptures;
};

struct http_response {
	int status;
	struct buf headers;     /* by http_respond_header: name NUL value NUL */
	struct buf body;
	struct str fixed_body;  /* if .p: sent instead; lives for ever */
};

/* "GET" …; "?" for HTTP_METHODS.  Parsing is case-sensitive as HTTP is. */
const char *http_method_name(enum http_method m);
enum http_method http_method_parse(struct str name);

/* The first header of that name (any case) or STR_NULL. */
struct str http_header(const struct http_request *q, const char *name)
    CC_NONNULL(1, 2);

/* A path capture by name, decoded, or STR_NULL. */
struct str http_capture(const struct http_request *q, const char *name)
    CC_NONNULL(1, 2);

/*
 * The media type of the Content-Type header without parameters ("application/
 * json"), or STR_NULL.
 */
struct str http_media_type(const struct http_request *q) CC_NONNULL(1);

void http_response_init(struct http_response *r) CC_NONNULL(1);
void http_response_fini(struct http_response *r) CC_NONNULL(1);

/* Empties it for another try; keeps memory. */
void http_response_reset(struct http_response *r) CC_NONNULL(1);

/*
 * Adds a header.  Values with control characters would split the answer: they
 * are replaced by '?'.  Content-Length and Connection are the server's.
 */
void http_respond_header(struct http_response *r, const char *name,
    struct str value) CC_NONNULL(1, 2);

/* Steps through headers; start with *it = 0; false at the end. */
bool http_response_next(const struct http_response *r, size_t *it,
    struct http_pair *h) CC_NONNULL(1, 2, 3);

/* The first response header of that name, any case, or STR_NULL. */
struct str http_response_header(const struct http_response *r,
    const char *name) CC_NONNULL(1, 2);

/* Each sets the status and replaces the body; headers added before stay. */
void http_respond_json(struct http_response *r, int status, struct str body)
    CC_NONNULL(1);
void http_respond_text(struct http_response *r, int status, struct str body)
    CC_NONNULL(1);
void http_respond_copy(struct http_response *r, int status,
    const char *content_type, struct str body) CC_NONNULL(1, 3);

/* Takes the buffer's memory, leaving it empty. */
void http_respond_buf(struct http_response *r, int status,
    const char *content_type, struct buf *take) CC_NONNULL(1, 3, 4);

/* A body that is never freed, such as a compiled-in page. */
void http_respond_fixed(struct http_response *r, int status,
    const char *content_type, struct str body) CC_NONNULL(1, 3);

/*
 * How an error that the library itself finds is rendered.  field may be NULL;
 * code is a word ("payload_too_large").  Headers such as Allow or Retry-After
 * are already in the response.
 */
typedef void http_render_error(struct http_response *r, int status,
    const char *code, const char *message, const char *field);

/* {"error":{"code":…,"message":…,"field":…}} */
http_render_error http_respond_error;

#endif
