/* The writing thread: group commit, acknowledgements, news. */
#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "store/server_in.h"

/*
 * A group is what has queued up, within these bounds: large enough that the
 * fsync is shared, small enough that its memory and its delay stay bounded.
 */
enum {
	GROUP_JOBS = 1000,
	GROUP_BYTES = 4 << 20,
	GROUP_EVENTS = 1000,
	ARENA_MAX = 128 << 20
};

/* Events of one request, borrowed from its payload, for the news. */
struct part {
	struct part *next;
	const struct event *events;
	size_t n;
	struct str bytes;
};

struct writer {
	struct store_server *s;
	struct repo_commit *commit;
	struct arena *arena;            /* lives as long as a group */
	struct job *touched, **touched_end;     /* jobs with parts in it */
	struct part *parts, **parts_end;
	size_t nevents;
	struct repo_commit_stats before;
};

static void
group_begin(struct writer *w)
{
	repo_commit_begin(w->commit);
	repo_commit_now(w->commit, clock_now_ms());
	arena_reset(w->arena);
	w->touched = NULL;
	w->touched_end = &w->touched;
	w->parts = NULL;
	w->parts_end = &w->parts;
	w->nevents = 0;
}

static void
touch(struct writer *w, struct job *j)
{
	if (j->is_touched)
		return;
	j->is_touched = true;
	j->next = NULL;
	*w->touched_end = j;
	w->touched_end = &j->next;
}

/* ---- after the disk has it ---- */

static void
publish(struct writer *w, struct str bytes)
{
	if (bytes.n == 0 || bytes.n > STORE_NEWS_MAX)
		return;
	bus_publish(w->s->news, store_type(STORE_NEWS), bytes);
	metric_add(w->s->m.news, 1);
}

/* Cut between events; each event ends where its body ends. */
static void
publish_part(struct writer *w, const struct part *p)
{
	const char *from = p->bytes.p, *to = from;

	for (size_t i = 0; i < p->n; i++) {
		const char *end = p->events[i].body.p + p->events[i].body.n;

		if ((size_t)(end - from) > STORE_NEWS_MAX) {
			publish(w, str_of(from, (size_t)(to - from)));
			from = to;
		}
		to = end;
	}
	publish(w, str_of(from, (size_t)(to - from)));
}

static void
settle(struct writer *w, const struct job *j)
{
	struct store_server *s = w->s;
	int64_t received_ms, now_ms = clock_now_ms();
	struct repo_work work;

	for (size_t i = 0; i < j->nverdicts; i++) {
		if (!leases_find(s->leases, j->verdicts[i].lease, &work,
		    &received_ms))
			continue;
		leases_settle(s->leases, work.seq);
		metric_observe(s->m.classify_seconds,
		    (double)(now_ms - received_ms) / 1000);
	}
}

static void
answer(struct writer *w, struct job *j)
{
	struct store_server *s = w->s;

	if (j->err.code == 0 && j->message == STORE_VERDICT)
		settle(w, j);
	free(j->verdicts);
	j->verdicts = NULL;
	if (j->err.code) {
		store_refuse(s, j, &j->err);
		return;
	}
	atomic_fetch_add(&s->acked, 1);
	metric_observe_ns(s->m.ack_seconds, clock_mono_ns() - j->arrived_ns);
	store_reply_nil(s, j);
}

static void
answer_touched(struct writer *w, int rc, const struct err *e)
{
	struct job *next;

	for (struct job *j = w->touched; j; j = next) {
		next = j->next;
		j->is_touched = false;
		if (rc && j->err.code == 0)
			j->err = *e;
		if (j->is_complete)
			answer(w, j);
	}
}

static void
count(struct writer *w)
{
	const struct repo_commit_stats *st = repo_commit_stats(w->commit);
	struct store_metrics *m = &w->s->m;

	metric_add(m->events,
	    (int64_t)(st->events_stored - w->before.events_stored));
	metric_add(m->event_bytes,
	    (int64_t)(st->event_bytes - w->before.event_bytes));
	if (st->work_added != w->before.work_added)
		store_polls_wake(w->s);
	w->before = *st;
}

static void
set_commit_since(struct store_server *s, int64_t ms)
{
	pthread_mutex_lock(&s->lock);
	s->commit_since_ms = ms;
	pthread_mutex_unlock(&s->lock);
}

/* Writes the group and tells everybody in it. */
static void
group_end(struct writer *w)
{
	struct store_server *s = w->s;
	struct err e = ERR_INIT;
	int64_t t0_ns;
	int rc;

	if (!w->touched)
		return;
	t0_ns = clock_mono_ns();
	set_commit_since(s, t0_ns / NS_PER_MS);
	rc = repo_commit_write(w->commit, true, &e);
	/* Too much together: sent again, each has another chance. */
	if (rc == ERR_LIMIT && w->touched->next)
		e.code = rc = ERR_AGAIN;
	set_commit_since(s, 0);
	store_note_write(s, rc ? &e : NULL);
	if (rc) {
		metric_add(s->m.commit_failures, 1);
	} else {
		atomic_fetch_add(&s->commits, 1);
		/* Before anybody hears that the pattern has changed. */
		if (repo_commit_stats(w->commit)->patterns_written !=
		    w->before.patterns_written)
			atomic_fetch_add(&s->patterns, 1);
		metric_add(s->m.commits, 1);
		metric_observe_ns(s->m.commit_seconds,
		    clock_mono_ns() - t0_ns);
		for (struct part *p = w->parts; s->news && p; p = p->next)
			publish_part(w, p);
	}
	answer_touched(w, rc, &e);
	count(w);
	group_begin(w);
}

/* ---- into the group ---- */

static int
decode(struct writer *w, struct str bytes, struct event **out, size_t *n,
    struct err *e)
{
	struct pack_reader r = pack_reader(bytes);
	struct event *v = NULL;
	size_t cap = 0;

	*n = 0;
	while (pack_left(&r)) {
		v = arena_more(w->arena, v, *n, &cap, sizeof(*v));
		if (!v)
			return err_set(e, ERR_LIMIT, "too much memory");
		if (event_decode(&r, w->arena, &v[*n], e)) {
			if (e->code == ERR_AGAIN)
				e->code = ERR_INVALID;
			return err_wrap(e, "event %zu", *n);
		}
		(*n)++;
	}
	*out = v;
	return 0;
}

/* One attempt at adding one request to the open group. */
static int
try_add(struct writer *w, const struct store_judgement *q, struct err *e)
{
	struct part *p = arena_alloc(w->arena, sizeof(*p));
	struct event *v = NULL;
	size_t n;

	if (!p)
		return err_set(e, ERR_LIMIT, "too much memory");
	if (decode(w, q->events, &v, &n, e))
		return e->code;
	if (n && q->document.n &&
	    repo_commit_document(w->commit, &v[0], q->document, q->lease, e))
		return e->code;
	if (n && repo_commit_events(w->commit, v, n, q->lease, e))
		return e->code;
	*p = (struct part){ .events = v, .n = n, .bytes = q->events };
	*w->parts_end = p;
	w->parts_end = &p->next;
	w->nevents += n;
	return 0;
}

/*
 * Adds one request (a submission is a judgement without lease), in a new group
 * if the open one is full or its memory is spent: only a request that fails
 * alone is refused.
 */
static int
add(struct writer *w, struct job *j, const struct store_judgement *q,
    struct err *e)
{
	int rc;

	/* What refused requests left in the arena must not refuse others. */
	if (!w->touched)
		group_begin(w);
	rc = try_add(w, q, e);
	if ((rc == ERR_AGAIN || rc == ERR_LIMIT) && w->touched) {
		group_end(w);
		*e = (struct err)ERR_INIT;
		rc = try_add(w, q, e);
	}
	if (rc == ERR_AGAIN)
		e->code = rc = ERR_LIMIT;
	if (rc == 0)
		touch(w, j);
	return rc;
}

/* A verdict without events takes the work entry away. */
static int
add_silent(struct writer *w, struct job *j, const struct repo_work *work,
    struct err *e)
{
	int rc;

	rc = repo_commit_work_done(w->commit, work->scope, &work->rid,
	    work->seq, e);
	if (rc == ERR_AGAIN && w->touched) {
		group_end(w);
		*e = (struct err)ERR_INIT;
		rc = repo_commit_work_done(w->commit, work->scope,
		    &work->rid, work->seq, e);
	}
	if (rc == 0)
		touch(w, j);
	return rc;
}

static int
add_judgement(struct writer *w, struct job *j,
    const struct store_judgement *v, struct err *e)
{
	struct repo_work work;
	int64_t received_ms;

	if (v->events.n)
		return add(w, j, v, e);
	if (!leases_find(w->s->leases, v->lease, &work, &received_ms))
		return 0;
	return add_silent(w, j, &work, e);
}

/*
 * The list of judgements outlives the group, which may end in the middle; the
 * events stay in the payload.
 */
static int
decode_verdict(struct job *j, struct err *e)
{
	struct arena *a = arena_new(1 << 20);
	struct store_judgement *v;
	size_t n;
	int rc;

	rc = store_verdict_decode(bus_request_payload(j->q), a, &v, &n, e);
	if (rc == 0) {
		j->verdicts = mem_alloc(n + 1, sizeof(*v));
		if (n)
			memcpy(j->verdicts, v, n * sizeof(*v));
		j->nverdicts = n;
	}
	arena_free(a);
	return rc;
}

static void
add_verdict(struct writer *w, struct job *j)
{
	struct err e = ERR_INIT;

	if (decode_verdict(j, &j->err))
		return;
	for (size_t i = 0; i < j->nverdicts; i++) {
		if (add_judgement(w, j, &j->verdicts[i], &e) == 0)
			continue;
		log_warn("verdict-refused", "lease=%llu code=%s",
		    (unsigned long long)j->verdicts[i].lease,
		    err_word(e.code));
		if (j->err.code == 0)
			j->err = e;
		e = (struct err)ERR_INIT;
	}
}

static void
add_job(struct writer *w, struct job *j)
{
	struct err e = ERR_INIT;

	if (!j->q) {
		if (add_silent(w, j, &j->work, &e))
			log_warn("work-kept", "seq=%llu code=%s",
			    (unsigned long long)j->work.seq,
			    err_word(e.code));
	} else if (j->message == STORE_VERDICT) {
		add_verdict(w, j);
	} else if (add(w, j, &(struct store_judgement){
	    .events = bus_request_payload(j->q) }, &e)) {
		store_note_write(w->s, &e);
		j->err = e;
	}
	j->is_complete = true;
	if (!j->is_touched)
		answer(w, j);
	else if (w->nevents >= GROUP_EVENTS)
		group_end(w);
}

/* Keys are written by their own synced batch. */
static bool
is_key_job(const struct job *j)
{
	return j->message == STORE_KEY_CREATE ||
	    j->message == STORE_KEY_REVOKE;
}

/* A portion of a range of runs goes back into the queue, in its own batch. */
static void
reclassify(struct writer *w, struct job *j)
{
	struct err e = ERR_INIT;
	struct repo_again q;
	struct buf out;

	group_begin(w);
	if (store_again_decode(bus_request_payload(j->q), &q, &e) ||
	    repo_commit_again(w->commit, &q, &e) ||
	    repo_commit_write(w->commit, true, &e)) {
		store_note_write(w->s, &e);
		store_refuse(w->s, j, &e);
	} else {
		store_note_write(w->s, NULL);
		buf_init(&out, 1 << 10);
		store_again_encode(&q, &out);
		store_reply(w->s, j, &out);
		buf_fini(&out);
	}
	count(w);
	group_begin(w);
}

static void
sweep(struct writer *w, struct job *j)
{
	struct err e = ERR_INIT;

	if (store_sweeper_write(j->sweep, w->commit, &e))
		store_note_write(w->s, &e);
	free(j);
	count(w);
	group_begin(w);
}

void *
store_writer_main(void *arg)
{
	struct store_server *s = arg;
	struct writer w = { .s = s,
	    .commit = repo_commit_new(s->o.kv, s->o.pricer),
	    .arena = arena_new(ARENA_MAX) };
	struct job *j, *next;

	group_begin(&w);
	while ((j = jobs_pop_many(s->writes, GROUP_JOBS, GROUP_BYTES))) {
		for (; j; j = next) {
			next = j->next;
			if (is_key_job(j)) {
				group_end(&w);
				store_answer_key(s, j);
			} else if (j->message == STORE_RECLASSIFY) {
				group_end(&w);
				reclassify(&w, j);
			} else if (j->sweep) {
				group_end(&w);
				sweep(&w, j);
			} else {
				add_job(&w, j);
			}
		}
		group_end(&w);
	}
	repo_commit_free(w.commit);
	arena_free(w.arena);
	return NULL;
}
