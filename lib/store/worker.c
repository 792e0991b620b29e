/* Leases and verdicts, seen from the classifier. */
#include "store/client_in.h"

enum { LEASES_ARENA_MAX = 8 << 20, IDS_MAX = 1 << 20 };

int
store_lease(struct store_client *c, const struct store_lease_ask *ask,
    struct store_leases *out, struct err *e)
{
	struct store_lease_ask m = *ask;
	struct buf q;
	int rc;

	m.max_runs = MIN_OF(m.max_runs, STORE_LEASE_RUNS_MAX);
	m.max_bytes = MIN_OF(m.max_bytes, STORE_LEASE_BYTES_MAX);
	m.wait_ms = MIN_OF(MAX_OF(m.wait_ms, 0), STORE_WAIT_MAX_MS);
	m.worker.n = MIN_OF(m.worker.n, STORE_WORKER_NAME_MAX);
	*out = (struct store_leases){ .arena = arena_new(LEASES_ARENA_MAX) };
	buf_init(&out->bytes, STORE_ANSWER_MAX);
	buf_init(&q, 1 << 12);
	store_lease_ask_encode(&m, &q);
	rc = store_call(c, STORE_LEASE, buf_str(&q),
	    m.wait_ms + c->read_timeout_ms, 0, &out->bytes, e);
	buf_fini(&q);
	if (rc == 0)
		rc = store_leases_decode(buf_str(&out->bytes), out->arena,
		    &out->timeout_ms, &out->patterns, &out->v, &out->n, e);
	if (rc)
		store_leases_fini(out);
	return rc;
}

void
store_leases_fini(struct store_leases *l)
{
	buf_fini(&l->bytes);
	arena_free(l->arena);
	*l = (struct store_leases){ .n = 0 };
}

int
store_verdict(struct store_client *c, const struct store_judgement *v,
    size_t n, int64_t timeout_ms, struct err *e)
{
	struct buf q;
	int rc;

	buf_init(&q, STORE_SUBMIT_MAX);
	if (n <= STORE_LEASE_IDS_MAX)
		store_verdict_encode(v, n, &q);
	if (n > STORE_LEASE_IDS_MAX || q.failed)
		rc = err_set(e, ERR_LIMIT, "verdict: %zu runs, at most %d in "
		    "%d bytes", n, STORE_LEASE_IDS_MAX, STORE_SUBMIT_MAX);
	else
		rc = store_call_nil(c, STORE_VERDICT, buf_str(&q), timeout_ms,
		    BUS_IDEMPOTENT, e);
	buf_fini(&q);
	return rc;
}

static int
call_ids(struct store_client *c, enum store_message m,
    const uint64_t *leases, size_t n, struct err *e)
{
	struct buf q;
	int rc;

	if (n > STORE_LEASE_IDS_MAX)
		return err_set(e, ERR_LIMIT, "%zu leases", n);
	buf_init(&q, IDS_MAX);
	store_ids_encode(leases, n, &q);
	rc = store_call_nil(c, m, buf_str(&q), c->read_timeout_ms,
	    BUS_IDEMPOTENT, e);
	buf_fini(&q);
	return rc;
}

int
store_lease_extend(struct store_client *c, const uint64_t *leases, size_t n,
    struct err *e)
{
	return call_ids(c, STORE_EXTEND, leases, n, e);
}

int
store_lease_abandon(struct store_client *c, const uint64_t *leases, size_t n,
    struct err *e)
{
	return call_ids(c, STORE_ABANDON, leases, n, e);
}
