#ifndef REPO_KEY_H
#define REPO_KEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cc.h"
#include "base/err.h"
#include "base/hash.h"
#include "kv/kv.h"
#include "repo/commit.h"
#include "repo/layout.h"

/*
 * API keys and projects.  A key's secret is shown once, when it is made; the
 * store keeps its BLAKE2b-256.
 *
 *	struct repo_key_spec spec = { .project = STR("demo"),
 *	    .dialect = DIALECT_TCC, .scope = KEY_INGEST, .envs = KEY_PROD };
 *	struct repo_key key;
 *	char secret[REPO_SECRET_SIZE];
 *
 *	repo_key_create(kv, &spec, clock_now_ms(), &key, secret, e);
 *	…
 *	if (repo_key_find(snapshot, str_from(bearer), &key, e) ||
 *	    key.revoked_ms || !repo_key_allows(&key, KEY_READ, ENV_PROD))
 *		… 401 or 403
 *
 * Threads: create and revoke in the writing thread, the others as their
 * snapshot.
 */
enum repo_dialect {
	DIALECT_TCC,            /* tcc_prod_…, dev_…; tcc_key_… to read */
	DIALECT_LANGFUSE,       /* sk-lf-…, and the public pk-lf-… */
	DIALECT_AGENTOPS,       /* a UUID */
	DIALECT_AGENTTRACE,     /* sk-at-… */
	DIALECT_KONTEXT,        /* ory_at_… */
	DIALECT_END
};

enum repo_key_scope { KEY_INGEST = 1, KEY_READ = 2, KEY_ALL = 3 };

/* Bits; equal to enum event_env. */
enum repo_key_envs { KEY_DEV = 1, KEY_PROD = 2, KEY_DEV_PROD = 3 };

enum { REPO_SECRET_SIZE = 64, REPO_KEY_ID_SIZE = 24 };

struct repo_key_spec {
	struct str project;     /* made if there is none of that name */
	enum repo_dialect dialect;
	enum repo_key_scope scope;
	enum repo_key_envs envs;
};

struct repo_key {
	char id[REPO_KEY_ID_SIZE];              /* "key_" and 16 hex digits */
	char project_name[REPO_PROJECT_MAX + 1];
	uint32_t project;
	enum repo_dialect dialect;
	enum repo_key_scope scope;
	enum repo_key_envs envs;
	char public_id[REPO_SECRET_SIZE];       /* Langfuse: pk-lf-… */
	int64_t created_ms;
	int64_t revoked_ms;                     /* 0: valid */
};

/* "tcc", …; "ingest", "read", "all"; "dev", "prod", "all".  The readers are
 * false for other words. */
const char *repo_dialect_name(enum repo_dialect d);
bool repo_dialect_named(struct str s, enum repo_dialect *out) CC_CHECK;
const char *repo_key_scope_name(enum repo_key_scope s);
bool repo_key_scope_named(struct str s, enum repo_key_scope *out) CC_CHECK;
const char *repo_key_envs_name(enum repo_key_envs v);
bool repo_key_envs_named(struct str s, enum repo_key_envs *out) CC_CHECK;

/* Makes, stores (synced) and shows a key.  ERR_INVALID: a bad project name. */
int repo_key_create(struct kv *kv, const struct repo_key_spec *spec,
    int64_t now_ms, struct repo_key *out, char secret[REPO_SECRET_SIZE],
    struct err *e) CC_CHECK CC_NONNULL(1, 2, 4, 5, 6);

/* ERR_NOT_FOUND: no key has this secret.  A revoked key is found. */
int repo_key_find(struct kv_snapshot *s, struct str secret,
    struct repo_key *out, struct err *e) CC_CHECK CC_NONNULL(1, 3, 4);

/* Calls fn for each key, in order of ids. */
int repo_key_list(struct kv_snapshot *s,
    int (*fn)(void *arg, const struct repo_key *k, struct err *e), void *arg,
    struct err *e) CC_CHECK CC_NONNULL(1, 2, 4);

/* ERR_NOT_FOUND: no such id.  Revoking twice keeps the first time. */
int repo_key_revoke(struct kv *kv, struct str id, int64_t now_ms,
    struct repo_key *out, struct err *e) CC_CHECK CC_NONNULL(1, 4, 5);

/* True if a valid key may do this in the environment. */
bool repo_key_allows(const struct repo_key *k, enum repo_key_scope what,
    enum event_env env) CC_NONNULL(1);

/* Names are 1 to REPO_PROJECT_MAX of A-Z a-z 0-9 . _ - */
bool repo_project_is_valid(struct str name);

/* ERR_NOT_FOUND: no such project. */
int repo_project_find(struct kv_snapshot *s, struct str name,
    uint32_t *number, struct err *e) CC_CHECK CC_NONNULL(1, 3, 4);
int repo_project_name(struct kv_snapshot *s, uint32_t number,
    char name[REPO_PROJECT_MAX + 1], struct err *e) CC_CHECK
    CC_NONNULL(1, 3, 4);

/* Calls fn for each project, in order of names. */
int repo_project_list(struct kv_snapshot *s,
    int (*fn)(void *arg, struct str name, uint32_t number, struct err *e),
    void *arg, struct err *e) CC_CHECK CC_NONNULL(1, 2, 4);

#endif
