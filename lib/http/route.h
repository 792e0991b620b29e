#ifndef HTTP_ROUTE_H
#define HTTP_ROUTE_H

#include <stddef.h>

#include "base/cc.h"
#include "http/http.h"

/*
 * Finds the handler of a request in one table.
 *
 *	static const struct http_route table[] = {
 *		{ HTTP_GET, "/v1/runs", list_runs, 0 },
 *		{ HTTP_GET, "/v1/runs/:id", get_run, 0 },
 *		{ HTTP_GET, "/assets/+", get_asset, 0 },
 *	};
 *	http_route_serve(table, ARRAY_LEN(table), arg, q, r,
 *	    http_respond_error);
 *
 * A pattern is compared segment by segment, literally; ":name" matches one
 * non-empty segment and captures it decoded; a last "+" matches the rest (one
 * segment or more) and captures it under the name "+", undecoded.  Rows are
 * tried in order, so literal rows stand before ":name" rows.  HEAD is served
 * by GET rows; OPTIONS answers 204 with Allow, unless a row names it.
 * `tag` is the caller's (a scope, a body limit, …).
 */
typedef void http_handler(void *arg, struct http_request *q,
    struct http_response *r);

struct http_route {
	enum http_method method;
	const char *pattern;
	http_handler *handle;
	int tag;
};

enum { HTTP_ALLOW_MAX = 64 };

/* "GET, HEAD, POST" of the rows that match a path. */
struct http_allow {
	char text[HTTP_ALLOW_MAX];
};

/*
 * The row, with q->captures set; or NULL with *status 404, 405 or 204
 * (OPTIONS) and *allow filled for the latter two; or 400 when a captured
 * segment has a bad escape (then *e says which).
 */
const struct http_route *http_route_find(const struct http_route *table,
    size_t n, struct http_request *q, int *status, struct http_allow *allow,
    struct err *e) CC_CHECK CC_NONNULL(1, 3, 4, 5, 6);

/* Finds and calls, or answers 404, 405, 204 or 400. */
void http_route_serve(const struct http_route *table, size_t n, void *arg,
    struct http_request *q, struct http_response *r, http_render_error *render)
    CC_NONNULL(1, 4, 5, 6);

#endif
