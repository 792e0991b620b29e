/* weir-store: set-up, the bus side, and the end. */
#include "store/server.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/cond.h"
#include "base/log.h"
#include "base/mem.h"
#include "store/server_in.h"

enum {
	BUS_BYTES_MAX = 96 << 20,
	BUS_REQUESTS_MAX = 8192,
	NEWS_HWM = 64,
	COMMIT_STALL_MS = 5000,
	IDS_ARENA_MAX = 1 << 20
};

/* ---- answers ---- */

static void
job_end(struct job *j)
{
	free(j);
}

void
store_reply(struct store_server *s, struct job *j, struct buf *take)
{
	struct err e = ERR_INIT;

	if (take->failed) {
		err_set(&e, ERR_LIMIT, "store: the answer is too large");
		store_refuse(s, j, &e);
		return;
	}
	if (j->q)
		bus_reply_buf(j->q, STORE_OK, take);
	job_end(j);
}

void
store_reply_nil(struct store_server *s, struct job *j)
{
	struct buf b;

	buf_init(&b, 16);
	store_nil_encode(&b);
	store_reply(s, j, &b);
	buf_fini(&b);
}

static void
refuse(struct store_server *s, struct bus_request *q, const struct err *e)
{
	struct buf b;

	atomic_fetch_add(&s->refused, 1);
	metric_add(s->m.refused, 1);
	buf_init(&b, 2 * ERR_TEXT_MAX);
	store_refusal_encode(e, &b);
	bus_reply_buf(q, STORE_REFUSED, &b);
	buf_fini(&b);
}

void
store_refuse(struct store_server *s, struct job *j, const struct err *e)
{
	if (j->q)
		refuse(s, j->q, e);
	job_end(j);
}

static void
note(struct store_server *s, struct err *slot, const struct err *e)
{
	pthread_mutex_lock(&s->lock);
	if (!e || e->code == ERR_IO || e->code == ERR_CORRUPT) {
		if (e && slot->code == 0)
			log_error("disk", "text=\"%s\"", e->text);
		*slot = e ? *e : (struct err)ERR_INIT;
	}
	pthread_mutex_unlock(&s->lock);
}

void
store_note_read(struct store_server *s, const struct err *e)
{
	note(s, &s->read_err, e);
}

void
store_note_write(struct store_server *s, const struct err *e)
{
	note(s, &s->write_err, e);
}

/* ---- requests ---- */

static int
handle_close(struct store_server *s, struct str payload, struct err *e)
{
	struct store_snap m;

	if (store_close_decode(payload, &m, e))
		return e->code;
	snaps_close(s->snaps, &m);
	return 0;
}

static int
handle_ids(struct store_server *s, enum store_message message,
    struct str payload, struct err *e)
{
	struct arena *a = arena_new(IDS_ARENA_MAX);
	int64_t now_ms = clock_mono_ms();
	size_t n, missing = 0;
	uint64_t *ids;
	int rc;

	rc = store_ids_decode(payload, a, &ids, &n, e);
	for (size_t i = 0; rc == 0 && i < n; i++)
		missing += !(message == STORE_EXTEND ?
		    leases_extend(s->leases, ids[i], now_ms) :
		    leases_abandon(s->leases, ids[i]));
	if (rc == 0 && message == STORE_ABANDON)
		store_polls_wake(s);
	if (rc == 0 && missing && message == STORE_EXTEND)
		rc = err_set(e, ERR_NOT_FOUND, "%zu of %zu leases have ended",
		    missing, n);
	arena_free(a);
	return rc;
}

static void
answer_now(struct store_server *s, struct bus_request *q, int rc,
    const struct err *e)
{
	struct buf b;

	if (rc) {
		refuse(s, q, e);
		return;
	}
	buf_init(&b, 16);
	store_nil_encode(&b);
	bus_reply_buf(q, STORE_OK, &b);
	buf_fini(&b);
}

static int
enqueue(struct store_server *s, struct jobs *queue, enum jobs_lane lane,
    enum store_message message, struct bus_request *q, int64_t wait_ms,
    struct err *e)
{
	struct job *j = mem_zalloc(1, sizeof(*j));

	(void)s;
	j->q = q;
	j->message = message;
	j->bytes = bus_request_payload(q).n + sizeof(*j);
	j->arrived_ns = clock_mono_ns();
	j->deadline_ms = j->arrived_ns / NS_PER_MS + wait_ms;
	if (jobs_push(queue, lane, j))
		return 0;
	free(j);
	return err_set(e, ERR_AGAIN, "store: overloaded");
}

/* Looks into the message for what decides where it waits. */
static int
enqueue_scan(struct store_server *s, struct bus_request *q, struct err *e)
{
	enum jobs_lane lane = JOBS_SLOW;
	struct store_scan m = { .snap.id = 0 };

	if (store_scan_decode(bus_request_payload(q), &m, e))
		return e->code;
	if (m.range.limit <= QUICK_ROWS && m.range.max_bytes <= QUICK_BYTES)
		lane = JOBS_QUICK;
	return enqueue(s, s->reads, lane, STORE_SCAN, q, 0, e);
}

static int
enqueue_lease(struct store_server *s, struct bus_request *q, struct err *e)
{
	struct arena *a = arena_new(1 << 12);
	struct store_lease_ask m;
	int rc;

	rc = store_lease_ask_decode(bus_request_payload(q), a, &m, e);
	if (rc == 0)
		rc = enqueue(s, s->work, JOBS_QUICK, STORE_LEASE, q,
		    m.wait_ms, e);
	arena_free(a);
	return rc;
}

/* Hands q to a queue; if it returns a code q is still the caller's. */
static int
handle_later(struct store_server *s, enum store_message m,
    struct bus_request *q, struct err *e)
{
	switch (m) {
	case STORE_SUBMIT:
		if (atomic_load(&s->disk_low))
			return err_set(e, ERR_AGAIN, "store: the disk is "
			    "nearly full");
		return enqueue(s, s->writes, JOBS_QUICK, m, q, 0, e);
	case STORE_VERDICT:
	case STORE_KEY_CREATE:
	case STORE_KEY_REVOKE:
	case STORE_RECLASSIFY:
		return enqueue(s, s->writes, JOBS_QUICK, m, q, 0, e);
	case STORE_GET:
		return enqueue(s, s->reads, JOBS_QUICK, m, q, 0, e);
	case STORE_SCAN:
		return enqueue_scan(s, q, e);
	case STORE_LEASE:
		return enqueue_lease(s, q, e);
	case STORE_CHECKPOINT:
	case STORE_CHECKPOINT_DROP:
		return enqueue(s, s->work, JOBS_QUICK, m, q, 0, e);
	case STORE_PING:
	case STORE_CLOSE:
	case STORE_EXTEND:
	case STORE_ABANDON:
	case STORE_NEWS:
	case STORE_MESSAGE_END:
	default:
		BUG("store: message %d is not for a queue", m);
	}
}

static void
handle(void *arg, struct bus_request *q)
{
	struct store_server *s = arg;
	struct err e = ERR_INIT;
	enum store_message m;

	if (store_type_parse(bus_request_type(q), &m, &e)) {
		refuse(s, q, &e);
		return;
	}
	metric_add(s->m.requests[m], 1);
	if (m == STORE_PING)
		answer_now(s, q, store_nil_decode(bus_request_payload(q),
		    &e) ? e.code : store_server_check(s, &e), &e);
	else if (m == STORE_CLOSE)
		answer_now(s, q, handle_close(s, bus_request_payload(q), &e),
		    &e);
	else if (m == STORE_EXTEND || m == STORE_ABANDON)
		answer_now(s, q, handle_ids(s, m, bus_request_payload(q), &e),
		    &e);
	else if (handle_later(s, m, q, &e))
		refuse(s, q, &e);
}

/* ---- readiness ---- */

bool
store_server_is_failing(struct store_server *s, struct err *why)
{
	struct err w, r;

	pthread_mutex_lock(&s->lock);
	w = s->write_err;
	r = s->read_err;
	pthread_mutex_unlock(&s->lock);
	if (w.code)
		err_set(why, w.code, "writes fail: %s", w.text);
	else if (r.code)
		err_set(why, r.code, "reads fail: %s", r.text);
	else if (atomic_load(&s->write_stopped))
		err_set(why, ERR_AGAIN, "the database stopped writes");
	else
		return false;
	return true;
}

int
store_server_check(void *server, struct err *e)
{
	struct store_server *s = server;
	int64_t since_ms, stall_ms;

	if (store_server_is_failing(s, e))
		return e->code;
	pthread_mutex_lock(&s->lock);
	since_ms = s->commit_since_ms;
	pthread_mutex_unlock(&s->lock);
	stall_ms = since_ms ? clock_mono_ms() - since_ms : 0;
	if (stall_ms > COMMIT_STALL_MS)
		return err_set(e, ERR_AGAIN, "a commit takes %lld ms so far",
		    (long long)stall_ms);
	if (atomic_load(&s->disk_low))
		return err_set(e, ERR_AGAIN, "the disk is nearly full");
	if (atomic_load(&s->draining))
		return err_set(e, ERR_AGAIN, "stopping");
	return 0;
}

/* ---- life ---- */

static void
set_defaults(struct store_server_options *o)
{
	if (o->readers == 0)
		o->readers = 2;
	o->readers = MIN_OF(o->readers, READERS_MAX);
	if (o->queue_messages == 0)
		o->queue_messages = 4096;
	if (o->queue_bytes == 0)
		o->queue_bytes = 32 << 20;
	if (o->max_snapshots == 0)
		o->max_snapshots = 256;
	if (o->snapshot_idle_ms == 0)
		o->snapshot_idle_ms = STORE_SNAPSHOT_IDLE_MS;
	if (o->lease_ms == 0)
		o->lease_ms = 30000;
}

static struct store_server *
server_new(const struct store_server_options *o)
{
	struct store_server *s = mem_zalloc(1, sizeof(*s));

	s->o = *o;
	set_defaults(&s->o);
	pthread_mutex_init(&s->lock, NULL);
	cond_init(&s->tick);
	pthread_mutex_init(&s->polls.lock, NULL);
	s->polls.end = &s->polls.first;
	s->writes = jobs_new(s->o.queue_messages, s->o.queue_bytes, 1);
	s->reads = jobs_new(READ_QUEUE, READ_QUEUE_BYTES,
	    MAX_OF(s->o.readers, 2) - 1);
	s->work = jobs_new(READ_QUEUE, READ_QUEUE_BYTES, 1);
	s->snaps = snaps_new(s->o.kv, s->o.max_snapshots,
	    s->o.snapshot_idle_ms);
	s->leases = leases_new(s->o.lease_ms, LEASES_MAX);
	s->sweeper = store_sweeper_new(s);
	atomic_init(&s->patterns, (uint64_t)clock_now_ms());
	store_metrics_init(&s->m);
	return s;
}

static void
start(pthread_t *t, void *(*body)(void *), struct store_server *s,
    const char *name)
{
	if (pthread_create(t, NULL, body, s))
		BUG("store: cannot start a thread");
	pthread_setname_np(*t, name);
}

static void
start_threads(struct store_server *s)
{
	start(&s->writer, store_writer_main, s, "writer");
	s->has_writer = true;
	start(&s->worker, store_worker_main, s, "work");
	s->has_worker = true;
	start(&s->ticker, store_ticker_main, s, "ticker");
	s->has_ticker = true;
	for (; s->nreaders < s->o.readers; s->nreaders++)
		start(&s->readers[s->nreaders], store_reader_main, s,
		    "reader");
}

static int
open_bus(struct store_server *s, struct err *e)
{
	struct bus_server_options bo = { .keys = s->o.keys,
	    .allow_plain = s->o.allow_plain, .handle = handle, .arg = s,
	    .max_message_bytes = STORE_SUBMIT_MAX + (1 << 20),
	    .max_requests = BUS_REQUESTS_MAX, .max_bytes = BUS_BYTES_MAX };
	struct bus_pub_options po = { .keys = s->o.keys,
	    .allow_plain = s->o.allow_plain, .hwm = NEWS_HWM };

	for (int i = 0; i < BUS_ENDPOINTS_MAX; i++) {
		bo.endpoints[i] = s->o.endpoints[i];
		po.endpoints[i] = s->o.publish[i];
	}
	if (po.endpoints[0]) {
		s->news = bus_publisher_new(&po, e);
		if (!s->news)
			return err_wrap(e, "publish");
	}
	s->bus = bus_server_new(&bo, e);
	if (!s->bus)
		return err_wrap(e, "listen");
	return 0;
}

int
store_server_open(const struct store_server_options *o,
    struct store_server **out, struct err *e)
{
	struct store_server *s;

	if (repo_open(o->kv, e))
		return e->code;
	s = server_new(o);
	start_threads(s);
	if (open_bus(s, e)) {
		store_server_close(s, 0);
		return e->code;
	}
	*out = s;
	return 0;
}

static void
stop_threads(struct store_server *s)
{
	jobs_stop(s->writes);
	jobs_stop(s->reads);
	jobs_stop(s->work);
	if (s->has_worker)
		pthread_join(s->worker, NULL);
	for (size_t i = 0; i < s->nreaders; i++)
		pthread_join(s->readers[i], NULL);
	if (s->has_writer)
		pthread_join(s->writer, NULL);
	store_polls_expire(s, 0, true);
	pthread_mutex_lock(&s->lock);
	s->stop_ticker = true;
	pthread_cond_signal(&s->tick);
	pthread_mutex_unlock(&s->lock);
	if (s->has_ticker)
		pthread_join(s->ticker, NULL);
}

bool
store_server_close(struct store_server *s, int64_t timeout_ms)
{
	bool all = true;

	if (!s)
		return true;
	atomic_store(&s->draining, true);
	store_polls_expire(s, 0, true);
	if (s->bus)
		all = bus_server_drain(s->bus, timeout_ms);
	stop_threads(s);
	bus_server_free(s->bus);
	bus_publisher_free(s->news);
	snaps_free(s->snaps);
	leases_free(s->leases);
	store_sweeper_free(s->sweeper);
	jobs_free(s->writes);
	jobs_free(s->reads);
	jobs_free(s->work);
	pthread_mutex_destroy(&s->polls.lock);
	pthread_cond_destroy(&s->tick);
	pthread_mutex_destroy(&s->lock);
	free(s);
	return all;
}

const char *
store_server_endpoint(const struct store_server *s, size_t i)
{
	return bus_server_endpoint(s->bus, i);
}

void
store_server_stats(struct store_server *s, struct store_server_stats *out)
{
	*out = (struct store_server_stats){
		.commits = atomic_load(&s->commits),
		.acked = atomic_load(&s->acked),
		.refused = atomic_load(&s->refused),
		.snapshots = snaps_count(s->snaps),
		.leases = leases_count(s->leases)
	};
	jobs_count(s->writes, &out->queued, &out->queued_bytes);
	pthread_mutex_lock(&s->polls.lock);
	out->polls = s->polls.n;
	pthread_mutex_unlock(&s->polls.lock);
}
