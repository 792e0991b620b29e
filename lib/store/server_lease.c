/* Handing out work: the worker thread, and polls that wait for it. */
#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "model/run.h"
#include "repo/usual.h"
#include "store/server_in.h"

enum {
	SCAN_MAX = 64,
	BUNDLE_ARENA_MAX = 192 << 20,
	ASK_ARENA_MAX = 1 << 12,
	NEWEST_MS = 120000      /* twice the longest wait for work */
};

struct worker {
	struct store_server *s;
	struct arena *ask_arena, *arena;        /* arena: one run */
	struct repo_usuals *usuals;
	uint64_t next;          /* entries before it were handed out */
	int64_t newest;         /* classifier version that asked lately */
	int64_t newest_ms;      /* monotonic: when it last did */
};

/* ---- polls ---- */

static uint64_t
arrivals(struct store_server *s)
{
	uint64_t n;

	pthread_mutex_lock(&s->polls.lock);
	n = s->polls.arrivals;
	pthread_mutex_unlock(&s->polls.lock);
	return n;
}

/*
 * Puts a job that found nothing aside.  False if work arrived since `seen`,
 * the poll's time is over or too many wait.
 */
static bool
park(struct store_server *s, struct job *j, uint64_t seen)
{
	struct polls *p = &s->polls;
	bool parked;

	pthread_mutex_lock(&p->lock);
	parked = p->arrivals == seen && p->n < POLLS_MAX &&
	    !atomic_load(&s->draining) && clock_mono_ms() < j->deadline_ms;
	if (parked) {
		j->next = NULL;
		*p->end = j;
		p->end = &j->next;
		p->n++;
	}
	pthread_mutex_unlock(&p->lock);
	return parked;
}

/* Lock held. */
static struct job *
unpark(struct polls *p, struct job **at)
{
	struct job *j = *at;

	*at = j->next;
	if (!j->next)
		p->end = at;
	p->n--;
	return j;
}

void
store_polls_wake(struct store_server *s)
{
	struct polls *p = &s->polls;

	pthread_mutex_lock(&p->lock);
	p->arrivals++;
	if (p->first)
		jobs_push_always(s->work, JOBS_QUICK, unpark(p, &p->first));
	pthread_mutex_unlock(&p->lock);
}

static void
answer_empty(struct store_server *s, struct job *j)
{
	struct buf b;

	buf_init(&b, 64);
	store_leases_begin_encode(s->o.lease_ms, atomic_load(&s->patterns), 0,
	    &b);
	store_reply(s, j, &b);
	buf_fini(&b);
}

void
store_polls_expire(struct store_server *s, int64_t now_ms, bool all)
{
	struct polls *p = &s->polls;
	struct job *over = NULL, *j;

	pthread_mutex_lock(&p->lock);
	for (struct job **at = &p->first; *at;) {
		if (!all && (*at)->deadline_ms > now_ms) {
			at = &(*at)->next;
			continue;
		}
		j = unpark(p, at);
		j->next = over;
		over = j;
	}
	pthread_mutex_unlock(&p->lock);
	while ((j = over) != NULL) {
		over = j->next;
		answer_empty(s, j);
	}
}

/* ---- leases ---- */

/* Tells the writer to take an entry away whose run is gone. */
static void
discard(struct store_server *s, const struct repo_work *work)
{
	struct job *j = mem_zalloc(1, sizeof(*j));

	j->work = *work;
	j->bytes = sizeof(*j);
	j->arrived_ns = clock_mono_ns();
	if (!jobs_push(s->writes, JOBS_QUICK, j))
		free(j);
}

static int64_t
newest_received_ms(const struct repo_bundle *b)
{
	int64_t ms = 0;

	for (size_t i = 0; i < b->nevents; i++)
		ms = MAX_OF(ms, b->events[i].received_ms);
	return ms;
}

/* The lease of a loaded run, appended to out. */
static int
encode_bundle(struct worker *w, const struct repo_work *work,
    const struct repo_bundle *b, const struct detect_usual *usual,
    int64_t now_ms, struct buf *out, struct err *e)
{
	struct store_lease l = { .id = work->seq, .project = b->project,
	    .env = work->scope.env, .run_id = b->run_id, .rev = b->rev,
	    .nturns = b->nearlier, .usual = *usual,
	    .cost_pico_usd = b->cost_pico_usd, .next_ms = b->next_ms,
	    .now_ms = now_ms };
	struct buf events, heads;
	size_t *ends;
	int rc = 0;

	buf_init(&events, STORE_ANSWER_MAX);
	buf_init(&heads, STORE_LEASE_BYTES_MAX);
	for (size_t i = 0; i < b->nevents; i++)
		event_encode(&b->events[i], &events);
	l.events = buf_str(&events);
	l.turns = arena_array(w->arena, l.nturns, sizeof(*l.turns));
	ends = arena_array(w->arena, l.nturns, sizeof(*ends));
	if (!l.turns || !ends)
		l.nturns = 0;
	for (size_t i = 0; i < l.nturns; i++) {
		run_head_encode(b->earlier[i], &heads);
		ends[i] = heads.n;
	}
	for (size_t i = 0, from = 0; i < l.nturns; from = ends[i++])
		l.turns[i] = (struct store_turn){
		    .run_id = b->earlier[i]->base.id,
		    .head = str_of(heads.p + from, ends[i] - from) };
	if (!events.failed && !heads.failed)
		store_lease_encode(&l, out);
	if (events.failed || heads.failed || out->failed)
		rc = err_set(e, ERR_LIMIT, "run too large to classify");
	buf_fini(&events);
	buf_fini(&heads);
	return rc;
}

struct answer {
	const struct store_lease_ask *ask;
	struct kv_snapshot *kv;
	struct buf body;                /* encoded leases */
	size_t n;
	bool is_full;
	struct err err;                 /* why it could not be filled */
};

/* What to do about a run that could not be put into the answer: true if its
 * entry is dealt with. */
static bool
offer_failed(struct store_server *s, struct answer *a,
    const struct repo_work *work, const struct err *e)
{
	store_note_read(s, e);
	a->body.failed = false;
	if (e->code == ERR_NOT_FOUND) {
		discard(s, work);
		return true;
	}
	/* It would stand in the way of all others for ever. */
	if (e->code == ERR_CORRUPT || (e->code == ERR_LIMIT && a->n == 0)) {
		log_error("work-shelved", "seq=%llu text=\"%s\"",
		    (unsigned long long)work->seq, e->text);
		leases_shelve(s->leases, work);
		return true;
	}
	/* Large behind others: it comes first in the next answer. */
	a->is_full = true;
	a->err = *e;
	return false;
}

/* Appends the lease of an entry to the answer. */
static int
load(struct worker *w, struct answer *a, const struct repo_work *work,
    struct repo_bundle *b, struct err *e)
{
	struct repo_view v = { a->kv, work->scope, w->arena };
	int64_t now_ms = clock_now_ms();
	const struct detect_usual *usual;

	arena_reset(w->arena);
	return repo_work_load(a->kv, work, w->arena, b, e) ||
	    repo_work_next(a->kv, work, now_ms, b, e) ||
	    repo_usuals_get(w->usuals, &v, b->head->agent, b->run_ms,
	    clock_mono_ms(), &usual, e) ||
	    encode_bundle(w, work, b, usual, now_ms, &a->body, e) ?
	    e->code : 0;
}

/* Leases one entry; false if it is to be offered again. */
static bool
offer(struct worker *w, struct answer *a, const struct repo_work *work)
{
	struct store_server *s = w->s;
	struct err e = ERR_INIT;
	struct repo_bundle b;
	size_t before = a->body.n;

	if (leases_count(s->leases) >= LEASES_MAX) {
		a->is_full = true;
		return false;
	}
	if (load(w, a, work, &b, &e)) {
		a->body.n = before;
		return offer_failed(s, a, work, &e);
	}
	if (leases_take(s->leases, work, a->ask->worker,
	    newest_received_ms(&b), clock_mono_ms()))
		a->n++;
	else
		a->body.n = before;
	a->is_full = a->n >= a->ask->max_runs ||
	    a->body.n >= a->ask->max_bytes;
	return true;
}

/* Entries whose lease ended without a verdict: each alone, so that one which
 * kills its worker takes no others along. */
static int
fill_redo(struct worker *w, struct answer *a, struct err *e)
{
	size_t left = leases_redo_count(w->s->leases), n;
	struct repo_work work;
	uint64_t seq;

	while (!a->is_full && left-- && leases_redo(w->s->leases, &seq)) {
		if (repo_work_scan(a->kv, seq, &work, 1, &n, e)) {
			leases_again(w->s->leases, seq);
			return e->code;
		}
		if (n == 0 || work.seq != seq)
			leases_settle(w->s->leases, seq);
		else if (!offer(w, a, &work))
			leases_again(w->s->leases, seq);
		a->is_full |= a->n > 0;
	}
	return 0;
}

static int
fill(struct worker *w, struct answer *a, struct err *e)
{
	struct repo_work work[SCAN_MAX];
	size_t n;

	if (fill_redo(w, a, e))
		return e->code;
	while (!a->is_full) {
		if (repo_work_scan(a->kv, w->next, work, SCAN_MAX, &n, e))
			return e->code;
		if (n == 0)
			return 0;
		for (size_t i = 0; i < n && !a->is_full; i++)
			if (offer(w, a, &work[i]))
				w->next = work[i].seq + 1;
	}
	return 0;
}

static void
reply(struct worker *w, struct job *j, const struct answer *a)
{
	struct store_server *s = w->s;
	bool more = a->is_full;
	struct buf b;

	buf_init(&b, STORE_ANSWER_MAX + (1 << 10));
	store_leases_begin_encode(s->o.lease_ms, atomic_load(&s->patterns),
	    a->n, &b);
	buf_add_str(&b, buf_str(&a->body));
	store_reply(s, j, &b);
	buf_fini(&b);
	if (more)
		store_polls_wake(s);
}

/* True if the job is answered or parked; false: look again. */
static bool
try_answer(struct worker *w, struct job *j,
    const struct store_lease_ask *ask)
{
	struct store_server *s = w->s;
	uint64_t seen = arrivals(s);
	struct answer a = { .ask = ask };
	struct err e = ERR_INIT;
	bool done = true;
	int rc;

	buf_init(&a.body, STORE_ANSWER_MAX);
	rc = kv_snapshot_open(s->o.kv, &a.kv, &e);
	if (rc == 0) {
		rc = fill(w, &a, &e);
		kv_snapshot_close(a.kv);
	}
	store_note_read(s, rc ? &e : NULL);
	if (rc)
		a.err = e;
	if (a.n > 0)
		reply(w, j, &a);
	else if (a.err.code)
		store_refuse(s, j, &a.err);
	else if (park(s, j, seen))
		done = true;
	else if (arrivals(s) != seen)
		done = false;
	else
		answer_empty(s, j);
	buf_fini(&a.body);
	return done;
}

/*
 * Only the newest classifier gets work: what an older one says about a run
 * would not count beside it.  If the newest is not heard of any more, the
 * others work again.
 */
static int
check_version(struct worker *w, int64_t version, struct err *e)
{
	int64_t now_ms = clock_mono_ms();

	if (version > w->newest || now_ms - w->newest_ms > NEWEST_MS) {
		/* Entries that an older one could not settle. */
		if (version > w->newest)
			w->next = 0;
		w->newest = version;
	}
	if (version < w->newest)
		return err_set(e, ERR_DENIED, "classifier version %lld: "
		    "version %lld is at work", (long long)version,
		    (long long)w->newest);
	w->newest_ms = now_ms;
	return 0;
}

static void
answer_lease(struct worker *w, struct job *j)
{
	struct store_lease_ask ask;
	struct err e = ERR_INIT;

	arena_reset(w->ask_arena);
	if (store_lease_ask_decode(bus_request_payload(j->q), w->ask_arena,
	    &ask, &e) || check_version(w, ask.version, &e)) {
		store_refuse(w->s, j, &e);
		return;
	}
	while (!try_answer(w, j, &ask))
		continue;
}

void *
store_worker_main(void *arg)
{
	struct store_server *s = arg;
	struct worker w = { .s = s, .ask_arena = arena_new(ASK_ARENA_MAX),
	    .arena = arena_new(BUNDLE_ARENA_MAX),
	    .usuals = repo_usuals_new() };
	struct job *j;

	while ((j = jobs_pop(s->work)) != NULL) {
		if (j->message == STORE_CHECKPOINT)
			store_answer_checkpoint(s, j);
		else if (j->message == STORE_CHECKPOINT_DROP)
			store_answer_checkpoint_drop(s, j);
		else
			answer_lease(&w, j);
	}
	arena_free(w.ask_arena);
	arena_free(w.arena);
	repo_usuals_free(w.usuals);
	return NULL;
}
