#ifndef STORE_ADMIN_H
#define STORE_ADMIN_H

#include "base/cc.h"
#include "base/err.h"
#include "base/str.h"
#include "repo/key.h"
#include "store/client.h"

/*
 * What operators ask of a running weir-store.  With the store stopped the
 * same is done on the database itself (repo/key.h, kv/kv.h), as are a reindex
 * and a compaction, which need it alone.  Keys are listed through store_kv.
 *
 *	struct buf path;
 *
 *	buf_init(&path, PATH_MAX);
 *	if (store_checkpoint(c, &path, 60000, e))
 *		return e->code;
 *	kv_rocks_open_readonly(path…);
 *	…
 *	store_checkpoint_drop(c, buf_str(&path), e);
 *
 * Errors and threads: as store/client.h.
 */

/*
 * A consistent copy of the database by hard links, in a directory of the
 * store's machine whose absolute path is appended to path, with a NUL behind
 * it that is not counted.  The store removes it after an hour, or when seven
 * newer ones were made.
 */
int store_checkpoint(struct store_client *c, struct buf *path,
    int64_t timeout_ms, struct err *e) CC_CHECK CC_NONNULL(1, 2, 4);

/* Removes a checkpoint that is no longer read; done already is fine. */
int store_checkpoint_drop(struct store_client *c, struct str path,
    struct err *e) CC_CHECK CC_NONNULL(1, 3);

/* As repo_commit_again and repo_commit_write: one portion of runs goes back
 * into the work queue.  To be called until q->is_done. */
int store_reclassify(struct store_client *c, struct repo_again *q,
    struct err *e) CC_CHECK CC_NONNULL(1, 2, 3);

/* As repo_key_create and repo_key_revoke. */
int store_key_create(struct store_client *c, const struct repo_key_spec *spec,
    struct repo_key *out, char secret[REPO_SECRET_SIZE], struct err *e)
    CC_CHECK CC_NONNULL(1, 2, 3, 4, 5);
int store_key_revoke(struct store_client *c, struct str id,
    struct repo_key *out, struct err *e) CC_CHECK CC_NONNULL(1, 3, 4);

#endif
