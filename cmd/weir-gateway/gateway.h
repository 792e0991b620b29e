#ifndef WEIR_GATEWAY_GATEWAY_H
#define WEIR_GATEWAY_GATEWAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bus/client.h"
#include "http/server.h"
#include "intake/intake.h"
#include "repo/key.h"
#include "store/client.h"

/*
 * The front door: main.c has options and wiring, front.c decides what a
 * request is, auth.c whose it is, ingest.c takes events in, forward.c passes
 * the rest on to weir-query, stdin.c does the first of these without a server.
 * Requests are handled on the HTTP server's threads; answers that wait for the
 * store or weir-query are completed on those clients' threads.
 */

/* ---- auth.c ---- */

/*
 * Looks keys up in the store and remembers the answers, yes and no, for a
 * second: a revoked key is refused a second later, and a flood of wrong keys
 * costs the store little.
 */
struct auth;

struct auth *auth_new(struct kv *kv) CC_CHECK CC_NONNULL(1);
void auth_free(struct auth *a);

/*
 * The key that the request's Authorization header names.  ERR_DENIED: none, or
 * none that is valid (401).  ERR_AGAIN: the store cannot be asked (503).
 */
int auth_find(struct auth *a, const struct http_request *q,
    struct repo_key *out, struct err *e) CC_CHECK CC_NONNULL(1, 2, 3, 4);

/* ---- the gateway ---- */

enum {
	GATEWAY_FORWARD_MAX = 992 << 10,        /* body of a request not ingest */
	GATEWAY_ARENAS = 16                     /* kept for parsing */
};

struct gateway {
	struct store_client *store;
	struct bus_client *query;       /* NULL: no read API behind this door */
	struct auth *auth;
	struct gateway_metrics *metrics;
	struct gateway_arenas *arenas;
	struct gateway_ready *ready;
};

void gateway_open(struct gateway *g) CC_NONNULL(1);

/* After the server, the store's and the query's clients are closed. */
void gateway_close(struct gateway *g) CC_NONNULL(1);

/* For http_server_options: arg is the struct gateway. */
http_server_handler gateway_handle;
void gateway_begin(void *arg, struct http_request *q,
    struct http_response *r, size_t *max_body_bytes);

/* For daemon_check: arg is the struct gateway. */
int gateway_query_check(void *arg, struct err *e);

/* ---- ingest.c ---- */

/* The endpoint of an ingest request, or NULL with *known; fills *in. */
const struct intake_endpoint *ingest_find(const struct http_request *q,
    unsigned key_dialect, struct intake_request *in,
    enum intake_known *known) CC_CHECK CC_NONNULL(1, 3, 4);

/* True, or false with the refusal in r. */
bool ingest_allowed(struct gateway *g, const struct intake_endpoint *p,
    const struct intake_request *in, const struct http_request *q,
    struct repo_key *key, struct http_response *r) CC_CHECK
    CC_NONNULL(1, 2, 3, 4, 5, 6);

enum http_when ingest_handle(struct gateway *g,
    const struct intake_endpoint *p, const struct intake_request *in,
    const struct repo_key *key, struct http_exchange *x,
    struct http_response *r) CC_CHECK CC_NONNULL(1, 2, 3, 4, 5, 6);

/* Where events of a key go: a key for both environments means prod. */
enum event_env ingest_env(const struct repo_key *key) CC_NONNULL(1);

void ingest_open(struct gateway *g) CC_NONNULL(1);
void ingest_close(struct gateway *g) CC_NONNULL(1);

/* ---- apart.c ---- */

/* code as of store_submit_fn; r counts what was refused.  All is borrowed. */
typedef void apart_done(void *arg, int code, const char *text,
    const struct intake_request *in, const struct intake_result *r);

/*
 * After the store refused a request as a whole: hands in its runs one after
 * the other, so that one which is over a limit does not cost those beside it.
 * False, and done is not called, if the endpoint's answer cannot tell of parts
 * or there is just one run.  in and key must last until done, which may run
 * before this returns.
 */
bool apart_begin(struct gateway *g, const struct intake_endpoint *p,
    const struct intake_request *in, const struct repo_key *key,
    apart_done *done, void *arg) CC_CHECK CC_NONNULL(1, 2, 3, 4, 5, 6);

/* ---- forward.c ---- */

/* shared: the path also takes POST here, which belongs in an Allow header. */
enum http_when forward_handle(struct gateway *g, const struct http_request *q,
    bool shared, struct http_exchange *x, struct http_response *r) CC_CHECK
    CC_NONNULL(1, 2, 4, 5);

/* ---- stdin.c ---- */

/* Reads bodies, writes events; returns the exit code. */
int gateway_filter(const char *as, const char *project, const char *env,
    size_t max_bytes) CC_CHECK;

#endif
