#ifndef API_API_H
#define API_API_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/cc.h"
#include "base/err.h"
#include "http/http.h"
#include "kv/kv.h"
#include "repo/read.h"

/*
 * The read API: The Context Company's paths, parameters and semantics over
 * what lib/repo reads.  Response bodies are weir's own, described by the
 * OpenAPI document that GET /openapi.json serves.
 *
 *	struct api_options o = { .kv = store_kv(client), .submit = submit,
 *	    .arg = client };
 *	struct api *api = api_new(&o);
 *
 *	route = api_serve(api, q, r);
 *	count(route, r->status);
 *	…
 *	api_free(api);
 *
 * One table (api/routes.h) says which paths there are, what a key must be
 * allowed, which parameters are taken and what comes back; routing, 405,
 * the checks and the OpenAPI document follow from it.  The same paths work
 * under /tcc.
 *
 * Answers: one thing is {"data":{…}}; a list is {"data":[…],"pagination":
 * {"limit","offset","has_more"[,"total"]}}; both carry "range" when asked for
 * one.  What is absent is null.  Errors are {"error":{"code","message"
 * [,"field"]}}.  All reads of a request see one snapshot.
 *
 * Keys: a request needs a valid key that may read, in the environment that
 * `source` names (default prod), else 401 or 403; changes need scope all.
 * Keys that were found are remembered for API_KEY_TTL_MS, so a revoked one
 * may work that much longer.
 *
 * Threads: api_serve from any, at once; _new and _free from one.
 */
struct api;

enum {
	API_KEY_TTL_MS = 1000,
	API_KEYS_MAX = 4096,            /* remembered */
	API_BODY_MAX = 256 << 10,       /* of a request that has one */
	API_QUESTION_MAX = 1000,        /* bytes of a question */
	API_ASK_MS = 2000
};

struct api_options {
	struct kv *kv;                  /* borrowed */
	/* Hands in encoded events; 0 once they are visible.  NULL: changes
	 * are refused.  Leaves the buffer empty. */
	int (*submit)(void *arg, struct buf *take, struct err *e);
	void *arg;
	int64_t (*now_ms)(void);        /* NULL: clock_now_ms */
	int64_t ask_ms;                 /* for counting run by run in one
	                                 * question; 0: API_ASK_MS */
};

struct api *api_new(const struct api_options *o) CC_CHECK CC_NONNULL(1);

/* Accepts NULL. */
void api_free(struct api *a);

/* Answers; returns the route's pattern, for metrics, or "none". */
const char *api_serve(struct api *a, struct http_request *q,
    struct http_response *r) CC_NONNULL(1, 2, 3);

/*
 * Appends what POST /v1/insight-search answers to the question, without HTTP
 * and without a key: for the command line.
 */
int api_ask(const struct repo_view *v, struct str query, int tz_minutes,
    int64_t now_ms, struct buf *out, struct err *e) CC_CHECK
    CC_NONNULL(1, 5, 6);

/* The OpenAPI document; *b is initialised by the caller. */
void api_openapi(struct buf *b) CC_NONNULL(1);

#endif
