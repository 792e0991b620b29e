#ifndef API_AUTH_H
#define API_AUTH_H

#include "base/cc.h"
#include "base/err.h"
#include "http/http.h"
#include "kv/kv.h"
#include "repo/key.h"

/*
 * Inside lib/api only: whose request it is.  Keys that were found are
 * remembered for API_KEY_TTL_MS, at most API_KEYS_MAX of them; keys that were
 * not are looked up each time, so that a new key works at once.
 * Threads: any.
 */
struct api_auth;

struct api_auth *api_auth_new(void) CC_CHECK;
void api_auth_free(struct api_auth *a);

/* ERR_DENIED: no key, none that exists, or a revoked one. */
int api_auth_find(struct api_auth *a, const struct http_request *q,
    struct kv_snapshot *s, struct repo_key *out, struct err *e) CC_CHECK
    CC_NONNULL(1, 2, 3, 4, 5);

#endif
