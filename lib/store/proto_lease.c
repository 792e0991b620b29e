#include <inttypes.h>
#include <string.h>

#include "pack/pack.h"
#include "store/proto.h"
#include "store/proto_in.h"

enum { TURNS_MAX = 1024 };

void
store_lease_ask_encode(const struct store_lease_ask *m, struct buf *b)
{
	pack_array(b, 5);
	pack_str(b, m->worker);
	pack_i64(b, m->version);
	pack_u64(b, m->max_runs);
	pack_u64(b, m->max_bytes);
	pack_i64(b, m->wait_ms);
}

static int
ask_read(struct pack_reader *r, struct arena *a, struct store_lease_ask *m,
    struct err *e)
{
	uint64_t runs, bytes, wait;
	struct str worker;

	if (store_proto_array(r, 5, e) ||
	    store_proto_str(r, STORE_WORKER_NAME_MAX, &worker, e) ||
	    pack_read_i64(r, &m->version, e) ||
	    store_proto_u64(r, STORE_LEASE_RUNS_MAX, &runs, e) ||
	    store_proto_u64(r, STORE_LEASE_BYTES_MAX, &bytes, e) ||
	    store_proto_u64(r, STORE_WAIT_MAX_MS, &wait, e) || pack_end(r, e))
		return e->code;
	if (runs == 0)
		return err_set(e, ERR_INVALID, "no runs asked for");
	m->worker = arena_str(a, worker);
	if (!m->worker.p)
		return err_set(e, ERR_LIMIT, "too much memory");
	m->max_runs = runs;
	m->max_bytes = bytes;
	m->wait_ms = (int64_t)wait;
	return 0;
}

int
store_lease_ask_decode(struct str payload, struct arena *a,
    struct store_lease_ask *m, struct err *e)
{
	struct pack_reader r = pack_reader(payload);

	if (ask_read(&r, a, m, e))
		return store_proto_fail("lease", e);
	return 0;
}

void
store_leases_begin_encode(int64_t timeout_ms, uint64_t patterns, size_t n,
    struct buf *b)
{
	pack_array(b, 3);
	pack_i64(b, timeout_ms);
	pack_u64(b, patterns);
	pack_array(b, (uint32_t)n);
}

static void
usual_encode(const struct detect_usual *u, struct buf *b)
{
	pack_array(b, 7);
	pack_i64(b, u->runs);
	pack_i64(b, u->ended);
	pack_i64(b, u->p50_us);
	pack_i64(b, u->p95_us);
	pack_i64(b, u->priced);
	pack_i64(b, u->mean_cost_pico_usd);
	pack_i64(b, u->p95_cost_pico_usd);
}

static int
usual_read(struct pack_reader *r, struct detect_usual *u, struct err *e)
{
	return store_proto_array(r, 7, e) || pack_read_i64(r, &u->runs, e) ||
	    pack_read_i64(r, &u->ended, e) ||
	    pack_read_i64(r, &u->p50_us, e) ||
	    pack_read_i64(r, &u->p95_us, e) ||
	    pack_read_i64(r, &u->priced, e) ||
	    pack_read_i64(r, &u->mean_cost_pico_usd, e) ||
	    pack_read_i64(r, &u->p95_cost_pico_usd, e) ? e->code : 0;
}

void
store_lease_encode(const struct store_lease *m, struct buf *b)
{
	pack_array(b, 11);
	pack_u64(b, m->id);
	pack_str(b, m->project);
	pack_u64(b, m->env);
	pack_str(b, m->run_id);
	pack_u64(b, m->rev);
	pack_bin(b, m->events);
	pack_array(b, (uint32_t)m->nturns);
	for (size_t i = 0; i < m->nturns; i++) {
		pack_array(b, 2);
		pack_str(b, m->turns[i].run_id);
		pack_bin(b, m->turns[i].head);
	}
	usual_encode(&m->usual, b);
	pack_i64(b, m->cost_pico_usd);
	pack_i64(b, m->next_ms);
	pack_i64(b, m->now_ms);
}

static int
turns_read(struct pack_reader *r, struct arena *a, struct store_lease *m,
    struct err *e)
{
	uint32_t n;

	if (pack_read_array(r, &n, e))
		return e->code;
	if (n > TURNS_MAX)
		return err_set(e, ERR_INVALID, "%" PRIu32 " turns", n);
	m->nturns = n;
	m->turns = arena_array(a, n, sizeof(*m->turns));
	if (!m->turns)
		return err_set(e, ERR_LIMIT, "too much memory");
	for (uint32_t i = 0; i < n; i++)
		if (store_proto_array(r, 2, e) ||
		    store_proto_str(r, EVENT_ID_MAX, &m->turns[i].run_id, e) ||
		    pack_read_bin(r, &m->turns[i].head, e))
			return e->code;
	return 0;
}

static int
lease_read(struct pack_reader *r, struct arena *a, struct store_lease *m,
    struct err *e)
{
	uint64_t env;

	if (store_proto_array(r, 11, e) || pack_read_u64(r, &m->id, e) ||
	    store_proto_str(r, EVENT_NAME_MAX, &m->project, e) ||
	    store_proto_u64(r, ENV_PROD, &env, e) ||
	    store_proto_str(r, EVENT_ID_MAX, &m->run_id, e) ||
	    pack_read_u64(r, &m->rev, e) || pack_read_bin(r, &m->events, e) ||
	    turns_read(r, a, m, e) || usual_read(r, &m->usual, e) ||
	    pack_read_i64(r, &m->cost_pico_usd, e) ||
	    pack_read_i64(r, &m->next_ms, e) ||
	    pack_read_i64(r, &m->now_ms, e))
		return e->code;
	if (env < ENV_DEV || m->id == 0)
		return err_set(e, ERR_INVALID, "not a lease");
	m->env = (enum event_env)env;
	return 0;
}

static int
leases_read(struct pack_reader *r, struct arena *a, int64_t *timeout_ms,
    uint64_t *patterns, struct store_lease **v, size_t *count, struct err *e)
{
	struct store_lease *l;
	uint32_t n;

	if (store_proto_array(r, 3, e) || pack_read_i64(r, timeout_ms, e) ||
	    pack_read_u64(r, patterns, e) ||
	    pack_read_array(r, &n, e))
		return e->code;
	if (n > STORE_LEASE_RUNS_MAX)
		return err_set(e, ERR_INVALID, "%" PRIu32 " runs", n);
	l = arena_array(a, n, sizeof(*l));
	if (!l)
		return err_set(e, ERR_LIMIT, "too much memory");
	for (uint32_t i = 0; i < n; i++)
		if (lease_read(r, a, &l[i], e))
			return e->code;
	*v = l;
	*count = n;
	return pack_end(r, e);
}

int
store_leases_decode(struct str payload, struct arena *a, int64_t *timeout_ms,
    uint64_t *patterns, struct store_lease **v, size_t *n, struct err *e)
{
	struct pack_reader r = pack_reader(payload);

	if (leases_read(&r, a, timeout_ms, patterns, v, n, e))
		return store_proto_fail("leases", e);
	return 0;
}

void
store_ids_encode(const uint64_t *ids, size_t n, struct buf *b)
{
	pack_array(b, (uint32_t)n);
	for (size_t i = 0; i < n; i++)
		pack_u64(b, ids[i]);
}

static int
ids_read(struct pack_reader *r, struct arena *a, uint64_t **ids,
    size_t *count, struct err *e)
{
	uint64_t *v;
	uint32_t n;

	if (pack_read_array(r, &n, e))
		return e->code;
	if (n > STORE_LEASE_IDS_MAX)
		return err_set(e, ERR_INVALID, "%" PRIu32 " ids", n);
	v = arena_array(a, n, sizeof(*v));
	if (!v)
		return err_set(e, ERR_LIMIT, "too much memory");
	for (uint32_t i = 0; i < n; i++)
		if (pack_read_u64(r, &v[i], e))
			return e->code;
	*ids = v;
	*count = n;
	return 0;
}

int
store_ids_decode(struct str payload, struct arena *a, uint64_t **ids,
    size_t *n, struct err *e)
{
	struct pack_reader r = pack_reader(payload);

	if (ids_read(&r, a, ids, n, e) || pack_end(&r, e))
		return store_proto_fail("lease ids", e);
	return 0;
}

void
store_verdict_encode(const struct store_judgement *v, size_t n, struct buf *b)
{
	pack_array(b, (uint32_t)n);
	for (size_t i = 0; i < n; i++) {
		pack_array(b, 3);
		pack_u64(b, v[i].lease);
		pack_bin(b, v[i].events);
		pack_bin(b, v[i].document);
	}
}

static int
verdict_read(struct pack_reader *r, struct arena *a,
    struct store_judgement **v, size_t *count, struct err *e)
{
	struct store_judgement *j;
	uint32_t n;

	if (pack_read_array(r, &n, e))
		return e->code;
	if (n > STORE_LEASE_IDS_MAX)
		return err_set(e, ERR_INVALID, "%" PRIu32 " leases", n);
	j = arena_array(a, n, sizeof(*j));
	if (!j)
		return err_set(e, ERR_LIMIT, "too much memory");
	for (uint32_t i = 0; i < n; i++)
		if (store_proto_array(r, 3, e) ||
		    pack_read_u64(r, &j[i].lease, e) ||
		    pack_read_bin(r, &j[i].events, e) ||
		    pack_read_bin(r, &j[i].document, e))
			return e->code;
	*v = j;
	*count = n;
	return pack_end(r, e);
}

int
store_verdict_decode(struct str payload, struct arena *a,
    struct store_judgement **v, size_t *n, struct err *e)
{
	struct pack_reader r = pack_reader(payload);

	if (verdict_read(&r, a, v, n, e))
		return store_proto_fail("verdict", e);
	return 0;
}

void
store_again_encode(const struct repo_again *m, struct buf *b)
{
	pack_array(b, 13);
	pack_u64(b, m->scope.project);
	pack_u64(b, m->scope.env);
	pack_i64(b, m->from_ms);
	pack_i64(b, m->to_ms);
	pack_i64(b, m->version);
	pack_i64(b, m->patterns);
	pack_i64(b, m->topics);
	pack_bool(b, m->has_last);
	pack_i64(b, m->last_ms);
	pack_bin(b, str_of((const char *)m->last.b, HASH128_SIZE));
	pack_i64(b, m->seen);
	pack_i64(b, m->queued);
	pack_bool(b, m->is_done);
}

static int
again_read(struct pack_reader *r, struct repo_again *m, struct err *e)
{
	uint64_t project, env;
	struct str last;

	if (store_proto_array(r, 13, e) ||
	    store_proto_u64(r, UINT32_MAX, &project, e) ||
	    store_proto_u64(r, ENV_PROD, &env, e) ||
	    pack_read_i64(r, &m->from_ms, e) ||
	    pack_read_i64(r, &m->to_ms, e) ||
	    pack_read_i64(r, &m->version, e) ||
	    pack_read_i64(r, &m->patterns, e) ||
	    pack_read_i64(r, &m->topics, e) ||
	    pack_read_bool(r, &m->has_last, e) ||
	    pack_read_i64(r, &m->last_ms, e) || pack_read_bin(r, &last, e) ||
	    pack_read_i64(r, &m->seen, e) ||
	    pack_read_i64(r, &m->queued, e) ||
	    pack_read_bool(r, &m->is_done, e) || pack_end(r, e))
		return e->code;
	if (env < ENV_DEV || last.n != HASH128_SIZE)
		return err_set(e, ERR_INVALID, "not a range of runs");
	m->scope = (struct repo_scope){ (uint32_t)project,
	    (enum event_env)env };
	memcpy(m->last.b, last.p, HASH128_SIZE);
	return 0;
}

int
store_again_decode(struct str payload, struct repo_again *m, struct err *e)
{
	struct pack_reader r = pack_reader(payload);

	*m = (struct repo_again){ .is_done = false };
	if (again_read(&r, m, e))
		return store_proto_fail("reclassify", e);
	return 0;
}
