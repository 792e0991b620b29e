#include "store/admin.h"

#include <limits.h>

#include "store/client_in.h"
#include "store/proto_key.h"

enum { SMALL_MAX = 1 << 14 };

int
store_checkpoint(struct store_client *c, struct buf *path,
    int64_t timeout_ms, struct err *e)
{
	struct buf q, answer;
	struct str s;
	int rc;

	buf_init(&q, 16);
	buf_init(&answer, SMALL_MAX);
	store_nil_encode(&q);
	rc = store_call(c, STORE_CHECKPOINT, buf_str(&q), timeout_ms, 0,
	    &answer, e);
	if (rc == 0)
		rc = store_text_decode(buf_str(&answer), PATH_MAX, &s, e);
	if (rc == 0) {
		buf_add_str(path, s);
		buf_add_byte(path, 0);
		if (path->failed)
			rc = err_set(e, ERR_LIMIT, "checkpoint: long path");
		else
			path->n--;
	}
	buf_fini(&q);
	buf_fini(&answer);
	return rc;
}

int
store_checkpoint_drop(struct store_client *c, struct str path, struct err *e)
{
	struct buf q;
	int rc;

	buf_init(&q, SMALL_MAX);
	store_text_encode(path, &q);
	rc = q.failed ? err_set(e, ERR_LIMIT, "checkpoint: long path") :
	    store_call_nil(c, STORE_CHECKPOINT_DROP, buf_str(&q),
	    c->read_timeout_ms, BUS_IDEMPOTENT, e);
	buf_fini(&q);
	return rc;
}

int
store_key_create(struct store_client *c, const struct repo_key_spec *spec,
    struct repo_key *out, char secret[REPO_SECRET_SIZE], struct err *e)
{
	struct buf q, answer;
	int rc;

	buf_init(&q, SMALL_MAX);
	buf_init(&answer, SMALL_MAX);
	store_key_spec_encode(spec, &q);
	rc = q.failed ? err_set(e, ERR_LIMIT, "key: long project name") :
	    store_call(c, STORE_KEY_CREATE, buf_str(&q), c->read_timeout_ms,
	    0, &answer, e);
	if (rc == 0)
		rc = store_key_decode(buf_str(&answer), out, secret, e);
	buf_fini(&q);
	buf_fini(&answer);
	return rc;
}

int
store_key_revoke(struct store_client *c, struct str id, struct repo_key *out,
    struct err *e)
{
	struct buf q, answer;
	int rc;

	buf_init(&q, SMALL_MAX);
	buf_init(&answer, SMALL_MAX);
	store_text_encode(id, &q);
	rc = q.failed ? err_set(e, ERR_NOT_FOUND, "no such key") :
	    store_call(c, STORE_KEY_REVOKE, buf_str(&q), c->read_timeout_ms,
	    BUS_IDEMPOTENT, &answer, e);
	if (rc == 0)
		rc = store_key_decode(buf_str(&answer), out, NULL, e);
	buf_fini(&q);
	buf_fini(&answer);
	return rc;
}

int
store_reclassify(struct store_client *c, struct repo_again *q, struct err *e)
{
	struct buf ask, answer;
	int rc;

	buf_init(&ask, SMALL_MAX);
	buf_init(&answer, SMALL_MAX);
	store_again_encode(q, &ask);
	rc = store_call(c, STORE_RECLASSIFY, buf_str(&ask), c->read_timeout_ms,
	    BUS_IDEMPOTENT, &answer, e);
	if (rc == 0)
		rc = store_again_decode(buf_str(&answer), q, e);
	buf_fini(&ask);
	buf_fini(&answer);
	return rc;
}
