/* weir-store from the outside: submit, work, overload, rubbish, restart. */
#include <pthread.h>
#include <stdatomic.h>

#include "bus/client.h"
#include "model/run.h"
#include "repo/key.h"
#include "repo/work.h"
#include "store/admin.h"
#include "store/proto.h"
#include "store_help.h"

enum { LEASE_MS = 1000 };

static struct kv *local;

/* ---- submit ---- */

static void
test_submit(void)
{
	struct store_server_stats st;
	size_t events;
	struct buf b;

	is_int(store_ping(client, 3000, &e), 0, "ping");
	is_int(submit_run(client, "r1", "one"), 0, "submit");
	is_int(rows_of(store_kv(client), KV_RUNS), 1, "read your writes");
	events = rows_of(local, KV_EVENTS);
	is_int(submit_run(client, "r1", "two"), 0, "another patch");
	is_int(rows_of(local, KV_EVENTS), (long long)events + 1, "stored");
	buf_init(&b, 1 << 20);
	add_run(&b, "r2", "x");
	add_run(&b, "r2", "x");
	events = rows_of(local, KV_EVENTS);
	is_int(store_submit_wait(client, &b, 3000, &e), 0, "twice in one");
	is_int(rows_of(local, KV_EVENTS), (long long)events + 1, "is once");
	is_int(store_submit_wait(client, &b, 3000, &e), 0, "nothing at all");
	buf_add_cstr(&b, "rubbish");
	is_int(store_submit_wait(client, &b, 3000, &e), ERR_INVALID,
	    "rubbish");
	add_run(&b, "r3", "good");
	buf_add_byte(&b, 0x9a);
	is_int(store_submit_wait(client, &b, 3000, &e), ERR_INVALID,
	    "an event that ends early");
	ok(strstr(e.text, "event 1"), "named: %s", e.text);
	is_int(rows_of(local, KV_RUNS), 2, "the good one before it: neither");
	buf_fini(&b);
	store_server_stats(server, &st);
	ok(st.commits >= 3 && st.refused == 2, "counted");
}

struct flood {
	atomic_int acked, busy, other;
};

static void
flood_done(void *arg, int code, const char *text)
{
	struct flood *f = arg;

	(void)text;
	atomic_fetch_add(code == 0 ? &f->acked :
	    code == ERR_AGAIN ? &f->busy : &f->other, 1);
}

/* n submits at once; waits for all their ends. */
static void
flood(struct flood *f, int n)
{
	struct buf b;
	char run[32];
	int sent = 0;

	for (int i = 0; i < n; i++) {
		snprintf(run, sizeof(run), "flood-%d", i);
		buf_init(&b, 1 << 16);
		add_run(&b, run, "x");
		sent += store_submit(client, &b, 5000, flood_done, f,
		    &e) == 0;
		buf_fini(&b);
	}
	for (int i = 0; i < 500 && f->acked + f->busy + f->other < sent; i++)
		clock_sleep_ms(10);
	is_int(f->acked + f->busy + f->other, n, "each submit ends once");
}

static void
test_flood(void)
{
	size_t before = rows_of(local, KV_RUNS);
	struct store_server_stats a, z;
	struct flood f = { 0 };

	store_server_stats(server, &a);
	flood(&f, 500);
	store_server_stats(server, &z);
	is_int(f.acked, 500, "all acknowledged");
	is_int(rows_of(local, KV_RUNS), (long long)before + 500, "all there");
	ok(z.commits - a.commits < 500, "in %llu commits",
	    (unsigned long long)(z.commits - a.commits));
}

/* A queue of two: most are refused, what was acknowledged is there. */
static void
test_busy(void)
{
	struct store_server_options o = { .queue_messages = 2 };
	struct kv *kv = kv_memory_new();
	struct flood f = { 0 };

	start(kv, &o);
	flood(&f, 2000);
	ok(f.acked > 0 && f.other == 0, "%d acknowledged, %d refused",
	    f.acked, f.busy);
	is_int(rows_of(kv, KV_RUNS), f.acked, "just those are there");
	stop();
	kv_close(kv);
}

static void
test_write_fails(void)
{
	kv_memory_fail(local, KV_MEMORY_WRITE, 1, ERR_IO);
	is_int(submit_run(client, "io", "x"), ERR_IO, "the disk fails");
	is_int(store_server_check(server, &e), ERR_IO, "not ready");
	is_int(store_ping(client, 3000, &e), ERR_IO, "as a ping says");
	is_int(submit_run(client, "io", "x"), 0, "it works again");
	is_int(store_server_check(server, &e), 0, "ready again");
	is_int(store_ping(client, 3000, &e), 0, "as a ping says");
}

static void
submit_async(struct flood *f, struct buf *b)
{
	is_int(store_submit(client, b, 5000, flood_done, f, &e), 0, "submit");
	buf_fini(b);
}

/* What is too much together is nobody's fault: both may send it again. */
static void
test_company(void)
{
	struct flood f = { 0 };
	char text[1 << 12];
	struct buf b;

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	kv_memory_fail(local, KV_MEMORY_WRITE, 2, ERR_LIMIT);
	/* A group of its own, in whose time the next one gathers. */
	buf_init(&b, STORE_SUBMIT_MAX);
	for (int i = 0; i < 2000; i++) {
		text[i] = 'y';
		add_run(&b, "big", text);
	}
	submit_async(&f, &b);
	for (int i = 0; i < 2; i++) {
		buf_init(&b, 1 << 16);
		add_run(&b, i ? "small" : "little", "x");
		submit_async(&f, &b);
	}
	for (int i = 0; i < 500 && f.acked + f.busy + f.other < 3; i++)
		clock_sleep_ms(10);
	ok(f.acked == 1 && f.busy == 2, "two are to be sent again");
	kv_memory_fail(local, KV_MEMORY_WRITE, 1, ERR_LIMIT);
	is_int(submit_run(client, "alone", "x"), ERR_LIMIT, "alone it is");
	is_int(submit_run(client, "alone", "x"), 0, "it works again");
}

/*
 * Makes the nth operation from now fail, for n = 1, 2, … until none is left
 * to fail: each time the submit says so, and works when sent again.
 */
static void
test_each_failure(enum kv_memory_op op)
{
	struct kv *kv = kv_memory_new();
	int refused = 0, bad = 0, n = 0;
	char run[32];

	start(kv, NULL);
	do {
		snprintf(run, sizeof(run), "fail-%d", ++n);
		kv_memory_fail(kv, op, (unsigned)n, ERR_IO);
		refused += submit_run(client, run, "x") == ERR_IO;
		bad += kv_memory_has_failed(kv) && submit_run(client, run,
		    "x") != 0;
	} while (kv_memory_has_failed(kv) && n < 200);
	kv_memory_fail(kv, op, 0, 0);
	ok(refused > 0 && n < 200, "%d failures, %d refused", n, refused);
	is_int(bad, 0, "sent again, each is stored");
	is_int(rows_of(kv, KV_RUNS), n, "each run is there");
	is_int(rows_of(kv, KV_EVENTS), n, "once");
	stop();
	kv_close(kv);
}

/* ---- rubbish ---- */

static void
test_rubbish(void)
{
	struct bus_client_options o = { .endpoints = { endpoint },
	    .connect_wait_ms = 3000 };
	struct bus_client *c = bus_client_new(&o, &e);
	char junk[64];
	struct buf answer;
	uint16_t status;
	int bad = 0;

	buf_init(&answer, 1 << 20);
	for (unsigned i = 0; i < 600; i++) {
		uint16_t type = i % 3 ? store_type(
		    (enum store_message)(i / 3 % (STORE_MESSAGE_END + 2))) :
		    (uint16_t)(i * 523);

		hash_random(junk, sizeof(junk));
		buf_reset(&answer);
		bad += bus_call(c, type, str_of(junk, i % sizeof(junk)),
		    5000, 0, &status, &answer, &e) != 0 ||
		    (status != STORE_OK && (status != STORE_REFUSED ||
		    store_refusal_decode(buf_str(&answer), &e) >= 0));
	}
	is_int(bad, 0, "each gets a well-formed answer");
	bus_client_free(c);
	buf_fini(&answer);
	is_int(store_ping(client, 3000, &e), 0, "and the store lives on");
}

/* ---- work ---- */

static int
lease(struct store_client *c, size_t max_runs, int64_t wait_ms,
    struct store_leases *l)
{
	struct store_lease_ask ask = { .worker = STR("test"), .version = 2,
	    .max_runs = max_runs, .max_bytes = 1 << 20, .wait_ms = wait_ms };

	return store_lease(c, &ask, l, &e);
}

/* A verdict about the leased run, with one signal. */
static void
judge(const struct store_lease *l, struct buf *b)
{
	struct arena *a = arena_new(1 << 16);
	struct event_builder eb;
	struct event ev[2];

	event_begin(&eb, a, EVENT_VERDICT, l->run_id, STR("1"));
	event_int(&eb, FIELD_VERDICT_version, 1);
	event_int(&eb, FIELD_VERDICT_rev, (int64_t)l->rev);
	ok(event_end(&eb, &ev[0]), "verdict");
	event_begin(&eb, a, EVENT_SIGNAL, l->run_id, STR("1/slug"));
	event_int(&eb, FIELD_SIGNAL_version, 1);
	event_int(&eb, FIELD_SIGNAL_rev, (int64_t)l->rev);
	event_text(&eb, FIELD_SIGNAL_slug, STR("slug"));
	event_num(&eb, FIELD_SIGNAL_score, 0.5);
	ok(event_end(&eb, &ev[1]), "signal");
	for (int i = 0; i < 2; i++) {
		ev[i].project = l->project;
		ev[i].env = l->env;
		ev[i].order = (int64_t)l->rev;
		ev[i].received_ms = clock_now_ms();
		ev[i].source = STR("classify");
		event_encode(&ev[i], b);
	}
	arena_free(a);
}

static int
send_verdict(struct store_client *c, const struct store_lease *l)
{
	struct store_judgement v = { .lease = l->id };
	struct buf b;
	int rc;

	buf_init(&b, 1 << 20);
	judge(l, &b);
	v.events = buf_str(&b);
	rc = store_verdict(c, &v, 1, 3000, &e);
	buf_fini(&b);
	return rc;
}

static size_t
backlog(void)
{
	size_t n = 0;

	if (repo_work_depth(kv_latest(local), 100000, &n, &e))
		return SIZE_MAX;
	return n;
}

/* The leased run as its events say. */
static void
check_bundle(const struct store_lease *l)
{
	struct pack_reader r = pack_reader(l->events);
	struct arena *a = arena_new(1 << 20);
	struct event ev;
	size_t n = 0;

	while (pack_left(&r) && event_decode(&r, a, &ev, &e) == 0)
		n += str_eq(ev.run_id, l->run_id) &&
		    str_is(ev.project, "demo") && ev.env == ENV_PROD;
	ok(n > 0 && pack_left(&r) == 0, "its events");
	arena_free(a);
}

static int
lease_version(int64_t version, struct store_leases *l)
{
	struct store_lease_ask ask = { .worker = STR("test"),
	    .version = version, .max_runs = 10, .max_bytes = 1 << 20 };

	return store_lease(client, &ask, l, &e);
}

/* Judged runs go back into the queue, for a newer classifier only. */
static void
test_reclassify(void)
{
	struct repo_again q = { .scope = { 1, ENV_PROD }, .to_ms = INT64_MAX,
	    .version = 1 };
	struct store_leases l;
	int64_t judged;

	is_int(store_reclassify(client, &q, &e), 0, "nothing is older");
	ok(q.is_done && q.seen > 0 && q.queued == 0, "than version 1");
	judged = q.seen;
	q = (struct repo_again){ .scope = q.scope, .to_ms = INT64_MAX,
	    .version = 2 };
	is_int(store_reclassify(client, &q, &e), 0, "for version 2");
	ok(q.is_done && q.queued == judged && (int64_t)backlog() == judged,
	    "all of them");
	q = (struct repo_again){ .scope = q.scope, .to_ms = INT64_MAX,
	    .version = 2 };
	is_int(store_reclassify(client, &q, &e), 0, "and again");
	ok(q.queued == 0 && (int64_t)backlog() == judged,
	    "those who wait do so once");
	is_int(lease_version(2, &l), 0, "version 2 gets them");
	is_int(l.n, judged, "all");
	for (size_t i = 0; i < l.n; i++)
		ok(send_verdict(client, &l.v[i]) == 0, "verdict");
	store_leases_fini(&l);
	is_int(backlog(), 0, "done");
	is_int(lease_version(1, &l), ERR_DENIED, "version 1 does not");
	q = (struct repo_again){ .scope = q.scope, .from_ms = 5, .to_ms = 5 };
	is_int(store_reclassify(client, &q, &e), ERR_INVALID, "no range");
}

static void
test_work(void)
{
	struct store_leases a, b;
	struct store_lease *l;

	is_int(submit_run(client, "w1", "x"), 0, "submit");
	is_int(backlog(), 1, "one to do");
	is_int(lease(client, 10, 0, &a), 0, "lease");
	is_int(a.n, 1, "one run");
	if (a.n != 1)
		return;
	l = &a.v[0];
	ok(l->id && str_is(l->run_id, "w1") && str_is(l->project, "demo") &&
	    l->env == ENV_PROD && l->rev > 0 && a.timeout_ms == LEASE_MS,
	    "which");
	check_bundle(l);
	is_int(lease(client, 10, 0, &b), 0, "ask again");
	is_int(b.n, 0, "nobody else gets it");
	store_leases_fini(&b);
	is_int(send_verdict(client, l), 0, "verdict");
	is_int(backlog(), 0, "done");
	is_int(send_verdict(client, l), 0, "the verdict again");
	is_int(store_lease_extend(client, &l->id, 1, &e), ERR_NOT_FOUND,
	    "the lease has ended");
	store_leases_fini(&a);
}

static void
test_changed(void)
{
	struct store_leases a, b;

	is_int(submit_run(client, "w2", "x"), 0, "submit");
	is_int(lease(client, 1, 0, &a), 0, "lease");
	is_int(submit_run(client, "w2", "y"), 0, "it changes");
	is_int(a.n == 1 ? send_verdict(client, &a.v[0]) : -1, 0,
	    "a late verdict");
	is_int(backlog(), 1, "it is to be done again");
	is_int(lease(client, 1, 0, &b), 0, "lease again");
	ok(b.n == 1 && b.v[0].rev > a.v[0].rev, "a later revision");
	is_int(b.n == 1 ? send_verdict(client, &b.v[0]) : -1, 0, "verdict");
	is_int(backlog(), 0, "done");
	store_leases_fini(&a);
	store_leases_fini(&b);
}

/* A worker that dies loses its run; one that gives it up at once. */
static void
test_expiry(void)
{
	struct store_client *other = connect_client();
	struct store_leases a, b, c;
	int64_t t0_ms;

	is_int(submit_run(client, "w3", "x"), 0, "submit");
	is_int(lease(other, 1, 0, &a), 0, "a worker leases it");
	ok(a.n == 1, "one");
	store_client_close(other);
	t0_ms = clock_mono_ms();
	is_int(lease(client, 1, 5000, &b), 0, "and dies");
	ok(b.n == 1 && b.v[0].id == a.v[0].id, "another gets it");
	ok(clock_mono_ms() - t0_ms > LEASE_MS / 2, "when the time is over: %lld ms",
	    (long long)(clock_mono_ms() - t0_ms));
	is_int(store_lease_extend(client, &b.v[0].id, 1, &e), 0, "extend");
	is_int(store_lease_abandon(client, &b.v[0].id, 1, &e), 0, "give up");
	is_int(lease(client, 1, 0, &c), 0, "lease");
	ok(c.n == 1, "there again at once");
	is_int(send_verdict(client, &c.v[0]), 0, "verdict");
	is_int(backlog(), 0, "done");
	store_leases_fini(&a);
	store_leases_fini(&b);
	store_leases_fini(&c);
}

/* Who had several runs may have died of one: the others come alone. */
static void
test_alone(void)
{
	struct store_leases l;

	is_int(submit_run(client, "a1", "x"), 0, "one");
	is_int(submit_run(client, "a2", "x"), 0, "two");
	is_int(lease(client, 2, 1000, &l), 0, "lease");
	is_int(l.n, 2, "both");
	store_leases_fini(&l);
	for (int i = 0; i < 2; i++) {
		is_int(lease(client, 2, 5000, &l), 0, "lease");
		ok(l.n == 1 && send_verdict(client, &l.v[0]) == 0, "alone");
		store_leases_fini(&l);
	}
	is_int(backlog(), 0, "done");
}

struct spoil {
	struct kv_batch *batch;
	const char *id;
};

/* Cuts the record of the run's events short. */
static int
spoil_row(void *arg, struct str key, struct str value, struct err *err)
{
	struct spoil *s = arg;

	(void)err;
	if (str_find(value, str_from(s->id), 0) != SIZE_MAX)
		kv_batch_put(s->batch, KV_EVENTS, key,
		    str_of(value.p, value.n - 1));
	return 0;
}

/* A run that cannot be read does not keep the others from being classified. */
static void
test_damage(void)
{
	struct kv_range r = { .family = KV_EVENTS };
	struct spoil s = { kv_batch_new(1 << 16), "damaged" };
	struct store_leases l;

	is_int(submit_run(client, s.id, "x"), 0, "one");
	is_int(submit_run(client, "sound", "x"), 0, "two");
	is_int(kv_scan(kv_latest(local), &r, spoil_row, &s, NULL, &e), 0,
	    "find the record");
	ok(kv_batch_count(s.batch) == 1 &&
	    kv_write(local, s.batch, false, &e) == 0, "damage it");
	kv_batch_free(s.batch);
	is_int(lease(client, 64, 1000, &l), 0, "lease");
	ok(l.n && str_is(l.v[l.n - 1].run_id, "sound"), "the sound one");
	for (size_t i = 0; i < l.n; i++)
		ok(!str_is(l.v[i].run_id, s.id), "not the damaged one");
	store_leases_fini(&l);
}

struct worker {
	struct store_client *c;
	int done;
};

static void *
work(void *arg)
{
	struct worker *w = arg;
	struct store_lease_ask ask = { .worker = STR("w"), .version = 2,
	    .max_runs = 3, .max_bytes = 1 << 20, .wait_ms = 500 };
	struct store_leases l;
	struct err err;

	while (store_lease(w->c, &ask, &l, &err) == 0) {
		struct store_judgement v[3];

		if (l.n == 0) {
			store_leases_fini(&l);
			break;
		}
		for (size_t i = 0; i < l.n; i++)
			v[i] = (struct store_judgement){ .lease = l.v[i].id };
		if (store_verdict(w->c, v, l.n, 3000, &err) == 0)
			w->done += (int)l.n;
		store_leases_fini(&l);
		clock_sleep_ms(1);
	}
	return NULL;
}

static void
test_sharing(void)
{
	struct worker w[2] = { { connect_client(), 0 },
	    { connect_client(), 0 } };
	pthread_t t[2];
	char run[32];

	for (int i = 0; i < 2; i++)
		pthread_create(&t[i], NULL, work, &w[i]);
	for (int i = 0; i < 60; i++) {
		snprintf(run, sizeof(run), "share-%d", i);
		if (submit_run(client, run, "x"))
			ok(0, "submit %d", i);
	}
	for (int i = 0; i < 2; i++) {
		pthread_join(t[i], NULL);
		store_client_close(w[i].c);
	}
	is_int(w[0].done + w[1].done, 60, "two workers do all");
	ok(w[0].done > 0 && w[1].done > 0, "both: %d and %d", w[0].done,
	    w[1].done);
	is_int(backlog(), 0, "nothing is left");
}

static void *
submit_later(void *arg)
{
	(void)arg;
	clock_sleep_ms(300);
	if (submit_run(client, "later", "x"))
		printf("# late submit failed\n");
	return NULL;
}

static void
test_poll(void)
{
	int64_t t0_ms = clock_mono_ms(), ms;
	struct store_client *other = connect_client();
	struct store_leases l;
	pthread_t t;

	is_int(lease(client, 1, 200, &l), 0, "wait for nothing");
	ms = clock_mono_ms() - t0_ms;
	ok(l.n == 0 && ms >= 200 && ms < 2000, "%lld ms", (long long)ms);
	store_leases_fini(&l);
	pthread_create(&t, NULL, submit_later, NULL);
	t0_ms = clock_mono_ms();
	is_int(lease(other, 1, 10000, &l), 0, "wait for something");
	ms = clock_mono_ms() - t0_ms;
	ok(l.n == 1 && ms < 3000, "it comes when it is there: %lld ms",
	    (long long)ms);
	pthread_join(t, NULL);
	if (l.n)
		is_int(send_verdict(other, &l.v[0]), 0, "verdict");
	store_leases_fini(&l);
	store_client_close(other);
}

static void
test_restart(const struct store_server_options *o)
{
	struct store_leases a, b;

	is_int(submit_run(client, "restart", "x"), 0, "submit");
	is_int(lease(client, 1, 0, &a), 0, "lease");
	is_int(a.n, 1, "one run");
	stop();
	start(local, o);
	is_int(lease(client, 1, 2000, &b), 0, "after a restart");
	ok(b.n == 1 && a.n == 1 && b.v[0].id == a.v[0].id,
	    "it is handed out again");
	is_int(a.n ? send_verdict(client, &a.v[0]) : -1, 0,
	    "and a verdict from before counts");
	is_int(backlog(), 0, "done");
	store_leases_fini(&a);
	store_leases_fini(&b);
}

/* ---- news ---- */

static atomic_int heard_events;

static void
heard(void *arg, struct str events, uint64_t missed)
{
	struct pack_reader r = pack_reader(events);
	struct arena *a = arena_new(64 << 20);
	struct err err;
	struct event ev;

	(void)arg, (void)missed;
	while (pack_left(&r) && event_decode(&r, a, &ev, &err) == 0)
		atomic_fetch_add(&heard_events, 1);
	arena_free(a);
}

static void
test_news(void)
{
	const char *at[] = { news_endpoint, NULL };
	struct store_subscriber *s;
	struct buf b;

	is_int(store_subscribe(at, NULL, false, heard, NULL, &s, &e), 0,
	    "subscribe");
	for (int i = 0; i < 300 && !heard_events; i++) {
		submit_run(client, "news", "x");
		clock_sleep_ms(10);
	}
	ok(heard_events > 0, "news of a commit");
	heard_events = 0;
	buf_init(&b, 8 << 20);
	for (int i = 0; i < 10000; i++)
		add_run(&b, "news", i % 2 ? "one" : "two");
	is_int(store_submit_wait(client, &b, 10000, &e), 0, "a large one");
	for (int i = 0; i < 300 && heard_events < 10000; i++)
		clock_sleep_ms(10);
	is_int(heard_events, 10000, "comes in portions, between events");
	buf_fini(&b);
	store_unsubscribe(s);
}

/* ---- operators ---- */

static int
count_key(void *arg, const struct repo_key *k, struct err *err)
{
	(void)k, (void)err;
	++*(int *)arg;
	return 0;
}

static void
test_keys(void)
{
	struct repo_key_spec spec = { .project = STR("demo"),
	    .dialect = DIALECT_TCC, .scope = KEY_READ, .envs = KEY_PROD };
	struct repo_key k, found;
	char secret[REPO_SECRET_SIZE];
	int n = 0;

	is_int(store_key_create(client, &spec, &k, secret, &e), 0, "create");
	is_int(repo_key_find(kv_latest(store_kv(client)), str_from(secret),
	    &found, &e), 0, "find it");
	is_str(found.id, k.id, "the same");
	is_int(repo_key_list(kv_latest(store_kv(client)), count_key, &n, &e),
	    0, "list");
	is_int(n, 1, "one");
	is_int(store_key_revoke(client, str_from(k.id), &k, &e), 0, "revoke");
	ok(k.revoked_ms > 0, "when");
	is_int(store_key_revoke(client, STR("key_none"), &k, &e),
	    ERR_NOT_FOUND, "no such key");
	spec.project = STR("no/such");
	is_int(store_key_create(client, &spec, &k, secret, &e), ERR_INVALID,
	    "a bad name");
}

static void
test_checkpoint(void)
{
	char db[128], dir[128];
	struct store_server_options o = { .checkpoint_dir = dir };
	struct kv *kv, *copy;
	struct buf path;

	snprintf(db, sizeof(db), "%s/db", top);
	snprintf(dir, sizeof(dir), "%s/checkpoints", top);
	if (kv_rocks_open(db, NULL, &kv, &e)) {
		ok(0, "%s", e.text);
		return;
	}
	start(kv, &o);
	is_int(submit_run(client, "cp", "x"), 0, "submit");
	buf_init(&path, 4096);
	is_int(store_checkpoint(client, &path, 5000, &e), 0, "checkpoint");
	is_int(submit_run(client, "cp2", "x"), 0, "submit");
	if (kv_rocks_open_readonly(path.p, NULL, &copy, &e) == 0) {
		is_int(rows_of(copy, KV_RUNS), 1, "as it was");
		kv_close(copy);
	} else {
		ok(0, "%s", e.text);
	}
	is_int(store_checkpoint_drop(client, buf_str(&path), &e), 0, "drop");
	ok(access(path.p, F_OK) != 0, "it is gone");
	is_int(store_checkpoint_drop(client, buf_str(&path), &e), 0, "again");
	is_int(store_checkpoint_drop(client, STR("/etc"), &e), ERR_INVALID,
	    "not one of ours");
	buf_fini(&path);
	stop();
	kv_close(kv);
}

int
main(void)
{
	struct store_server_options o = { .lease_ms = LEASE_MS };

	help_setup();
	local = kv_memory_new();
	start(local, NULL);
	test_submit();
	test_flood();
	test_write_fails();
	test_company();
	test_rubbish();
	test_keys();
	stop();
	kv_close(local);
	local = kv_memory_new();
	start(local, &o);
	test_work();
	test_reclassify();
	test_changed();
	test_expiry();
	test_alone();
	test_sharing();
	test_poll();
	test_restart(&o);
	test_news();
	test_damage();
	stop();
	kv_close(local);
	test_busy();
	test_each_failure(KV_MEMORY_READ);
	test_each_failure(KV_MEMORY_WRITE);
	test_checkpoint();
	help_end();
	return tap_done();
}
