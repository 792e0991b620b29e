/*
 * weir-insight beside weir-store: each closed period of each project has an
 * insight, and late data and verdicts bring it up to date.
 */
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/hash.h"
#include "base/log.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/opts.h"
#include "daemon/daemon.h"
#include "daemon/metrics.h"
#include "digest/digest.h"
#include "insight.h"
#include "insight/report.h"
#include "insight/reword.h"
#include "repo/key.h"
#include "repo/read.h"
#include "topics.h"

enum {
	ARENA_MAX = 256 << 20,
	SUBMIT_TIMEOUT_MS = 10000,
	/* While data streams in, an insight is made no more often than this. */
	BUSY_MS = 5 * 60000,
	/* A language model that does not answer is asked again, later and
	 * later. */
	AGAIN_FIRST_MS = 60000,
	AGAIN_MAX_MS = 60 * 60000,
	WATCHES_MAX = 10000
};

/* What is known about one insight. */
struct watch {
	uint64_t seen, made;    /* fingerprints of its data; 0: none */
	int64_t made_ms;        /* monotonic */
	bool is_worded;         /* the language model had its say */
	int64_t ask_ms, pause_ms;       /* when to ask it, monotonic */
};

struct target {
	char name[REPO_PROJECT_MAX + 1];
	struct repo_scope scope;
};

struct keeper {
	struct store_client *store;
	const struct insight_schedule *o;
	struct arena *arena;
	struct map *watches;    /* scope and period → struct watch */
	int64_t newest_ms[INSIGHT_KINDS_MAX];   /* starts of the newest
						 * closed periods */
	int64_t ask_ms;         /* the next time to ask a model; 0: none */
	char seen[64];          /* the store's last number at the last look */
	size_t seen_n;
	bool is_settled;        /* and all insights were as of then */
	struct target *targets;
	size_t n, cap;
	struct metric *made, *same, *failed, *seconds;
	struct metric *worded, *refused, *unanswered;
};

static int
add_target(void *arg, struct str name, uint32_t number, struct err *e)
{
	static const enum event_env envs[] = { ENV_PROD, ENV_DEV };
	struct keeper *k = arg;

	(void)e;
	for (size_t i = 0; i < ARRAY_LEN(envs); i++) {
		struct target *t;

		k->targets = mem_more(k->targets, k->n, &k->cap,
		    sizeof(*k->targets));
		t = &k->targets[k->n++];
		memset(t, 0, sizeof(*t));
		memcpy(t->name, name.p, MIN_OF(name.n, sizeof(t->name) - 1));
		t->scope.project = number;
		t->scope.env = envs[i];
	}
	return 0;
}

static int
list_targets(struct keeper *k, struct err *e)
{
	k->n = 0;
	return repo_project_list(kv_latest(store_kv(k->store)), add_target, k,
	    e);
}

/*
 * A few numbers that change whenever runs, verdicts, feedback or failures of
 * the two periods do; 0: there is no run.
 */
static int
fingerprint(struct keeper *k, struct kv_snapshot *s, struct repo_scope scope,
    const struct period *p, uint64_t *out, struct err *e)
{
	struct repo_view v = { s, scope, k->arena };
	struct repo_metrics_query q = { .dim = DIM_TOTAL };
	struct repo_failure_query fq = { .order = BY_EVENTS, .status = -1,
		.limit = REPO_LIMIT_MAX };
	struct repo_failures failures = { 0 };
	struct repo_metrics m = { 0 }, topics = { 0 };
	struct period before;
	struct buf b;

	period_previous(p, &before);
	q.from_ms = fq.from_ms = before.from_ms;
	q.to_ms = fq.to_ms = p->to_ms;
	arena_reset(k->arena);
	*out = 0;
	if (repo_metrics(&v, &q, &m, e))
		return e->code;
	if (m.n == 0 || m.v[0].sum.c[COUNT_RUNS] == 0)
		return 0;
	q.dim = DIM_TOPIC;
	if (repo_failures_list(&v, &fq, &failures, e) ||
	    repo_metrics(&v, &q, &topics, e))
		return e->code;
	buf_init(&b, 1 << 20);
	buf_add(&b, m.v[0].sum.c, sizeof(m.v[0].sum.c));
	for (size_t i = 0; i < topics.n; i++) {
		buf_add_str(&b, topics.v[i].name);
		buf_addf(&b, " %lld\n",
		    (long long)topics.v[i].sum.c[COUNT_RUNS]);
	}
	for (size_t i = 0; i < failures.n; i++) {
		const struct repo_failure *f = &failures.v[i];

		buf_add_str(&b, f->failure_id);
		buf_addf(&b, " %lld %d %d\n", (long long)f->events,
		    (int)f->status, f->is_regressed);
	}
	*out = hash64(buf_str(&b)) | 1;
	buf_fini(&b);
	return 0;
}

/* True if the store has this insight with the same content. */
static int
is_stored(struct keeper *k, struct kv_snapshot *s, struct repo_scope scope,
    const struct event *ev, bool *same, struct err *e)
{
	struct repo_view v = { s, scope, k->arena };
	struct insight *old;
	const struct value *body = event_get(ev, FIELD_INSIGHT_body);
	int rc = repo_insight_get(&v, ev->id, &old, e);

	*same = false;
	if (rc == ERR_NOT_FOUND)
		return 0;
	if (rc)
		return rc;
	*same = old->body.type == VALUE_JSON && str_eq(old->body.s, body->s);
	return 0;
}

static int
submit(struct keeper *k, const struct target *t, struct event *ev,
    struct err *e)
{
	struct buf b;
	int rc;

	ev->project = str_from(t->name);
	ev->env = t->scope.env;
	ev->received_ms = clock_now_ms();
	buf_init(&b, STORE_SUBMIT_MAX);
	event_encode(ev, &b);
	if (b.failed)
		rc = err_set(e, ERR_LIMIT, "insight: too large");
	else
		rc = store_submit_wait(k->store, &b, SUBMIT_TIMEOUT_MS, e);
	buf_fini(&b);
	return rc;
}

static int
make_insight(struct keeper *k, struct kv_snapshot *s, const struct target *t,
    const struct period *p, struct err *e)
{
	int64_t started = clock_mono_ns();
	struct event ev;
	bool same;

	arena_reset(k->arena);
	if (digest_insight(s, t->scope, p, clock_now_ns(), k->arena, &ev, e) ||
	    is_stored(k, s, t->scope, &ev, &same, e))
		return e->code;
	metric_observe_ns(k->seconds, clock_mono_ns() - started);
	if (same) {
		metric_add(k->same, 1);
		return 0;
	}
	if (submit(k, t, &ev, e))
		return e->code;
	metric_add(k->made, 1);
	log_info("insight", "id=%s project=%s env=%s ms=%lld", p->id, t->name,
	    event_env_name(t->scope.env),
	    (long long)((clock_mono_ns() - started) / NS_PER_MS));
	return 0;
}

/* ---- other words ---- */

/* The stored insight; *needed unless the model was asked about it before. */
static int
needs_words(struct keeper *k, const struct target *t, const struct period *p,
    const struct insight **out, bool *needed, struct err *e)
{
	struct repo_view v = { kv_latest(store_kv(k->store)), t->scope,
		k->arena };
	struct reworded old = { .is_shown = false };
	struct insight *i;

	arena_reset(k->arena);
	if (repo_insight_get(&v, str_from(p->id), &i, e))
		return e->code;
	*out = i;
	*needed = i->body.type == VALUE_JSON && (i->wording.type !=
	    VALUE_JSON || !reword_read(i->body.s, i->wording.s, k->arena,
	    &old) || !old.is_answered || !str_eq(old.model,
	    wording_model(k->o->wording)));
	return 0;
}

static int
submit_words(struct keeper *k, const struct target *t, const struct insight *i,
    struct str record, struct err *e)
{
	struct event_builder eb;
	struct event ev;

	if (i->wording.type == VALUE_JSON && str_eq(i->wording.s, record))
		return 0;
	event_begin(&eb, k->arena, EVENT_INSIGHT, STR(""), i->base.id);
	eb.event.source = STR("insight");
	eb.event.order = clock_now_ns();
	event_json(&eb, FIELD_INSIGHT_wording, record);
	if (!event_end(&eb, &ev))
		return err_set(e, ERR_LIMIT, "wording: too large");
	return submit(k, t, &ev, e);
}

/* Asks the model about an insight that is stored; what it says follows. */
static int
word(struct keeper *k, const struct target *t, const struct period *p,
    struct watch *w, struct err *e)
{
	const struct insight *i = NULL;
	struct err no = ERR_INIT;
	struct buf record;
	bool needed = false;
	int rc, said;

	if (needs_words(k, t, p, &i, &needed, e))
		return e->code;
	w->is_worded = !needed;
	if (!needed)
		return 0;
	buf_init(&record, INSIGHT_BODY_MAX);
	said = wording_ask(k->o->wording, i->body.s, k->arena, &record, &no);
	w->is_worded = said == 0 || said == ERR_INVALID;
	if (!w->is_worded) {
		w->pause_ms = MIN_OF(MAX_OF(2 * w->pause_ms, AGAIN_FIRST_MS),
		    AGAIN_MAX_MS);
		w->ask_ms = clock_mono_ms() + w->pause_ms;
	}
	metric_add(said == 0 ? k->worded : w->is_worded ? k->refused :
	    k->unanswered, 1);
	if (said)
		log_warn("wording", "id=%s project=%s %s=\"%s\"", p->id,
		    t->name, w->is_worded ? "refused" : "error", no.text);
	rc = record.failed ? err_set(e, ERR_LIMIT, "wording: too large") :
	    submit_words(k, t, i, buf_str(&record), e);
	buf_fini(&record);
	return rc;
}

static int
word_when_due(struct keeper *k, const struct target *t,
    const struct period *p, struct watch *w, struct err *e)
{
	int rc = 0;

	if (!k->o->wording || w->is_worded || daemon_stopping())
		return 0;
	if (clock_mono_ms() >= w->ask_ms)
		rc = word(k, t, p, w, e);
	if (!w->is_worded && (!k->ask_ms || w->ask_ms < k->ask_ms))
		k->ask_ms = MAX_OF(w->ask_ms, 1);
	return rc;
}

/* ---- what is due ---- */

static struct watch *
watch_of(struct keeper *k, const struct target *t, const struct period *p)
{
	char key[PERIOD_ID_MAX + 32];
	void **slot;

	snprintf(key, sizeof(key), "%u %d %s", (unsigned)t->scope.project,
	    (int)t->scope.env, p->id);
	slot = map_put(k->watches, str_from(key));
	if (!*slot)
		*slot = mem_zalloc(1, sizeof(struct watch));
	return *slot;
}

/* Makes it when its data changed and then stood still for one look (or has
 * been changing for long). */
static int
look_at(struct keeper *k, const struct target *t, const struct period *p,
    struct err *e)
{
	struct watch *w = watch_of(k, t, p);
	struct kv_snapshot *s;
	uint64_t print, last = w->seen;
	int64_t now = clock_mono_ms();
	int rc;

	if (kv_snapshot_open(store_kv(k->store), &s, e))
		return e->code;
	rc = fingerprint(k, s, t->scope, p, &print, e);
	if (rc == 0 && print && print != w->made &&
	    (print == last || !w->made || now - w->made_ms >= BUSY_MS)) {
		rc = make_insight(k, s, t, p, e);
		if (rc == 0) {
			w->made = print;
			w->made_ms = now;
			w->is_worded = false;
			w->ask_ms = w->pause_ms = 0;
		}
	}
	if (rc == 0)
		w->seen = print;
	if (rc || print != w->made)
		k->is_settled = false;
	kv_snapshot_close(s);
	if (rc == 0 && w->made)
		rc = word_when_due(k, t, p, w, e);
	return rc;
}

/* True if nothing was written since all insights were made. */
static int
is_idle(struct keeper *k, bool *idle, struct err *e)
{
	struct kv_snapshot *s = kv_latest(store_kv(k->store));
	struct buf b;
	bool found;
	int rc;

	buf_init(&b, sizeof(k->seen));
	rc = kv_get(s, KV_DEFAULT, STR("seq"), &b, &found, e);
	if (rc == 0) {
		*idle = k->is_settled && b.n == k->seen_n &&
		    memcmp(b.n ? b.p : "", k->seen, b.n) == 0;
		k->seen_n = b.n;
		memcpy(k->seen, b.n ? b.p : "", b.n);
	}
	buf_fini(&b);
	return rc;
}

/* The closed periods of each kind, the newest first; true if there are others
 * than at the last look. */
static bool
list_periods(struct keeper *k, int64_t now_ms, struct period *p, size_t *n)
{
	bool new = false;

	*n = 0;
	for (size_t kind = 0; kind < k->o->nkinds; kind++) {
		struct period *first = &p[*n], at;

		period_holding(k->o->kinds[kind], &k->o->zone,
		    k->o->first_weekday, now_ms, &at);
		for (int64_t i = 0; i < k->o->catch_up; i++) {
			period_previous(&at, &p[*n]);
			at = p[(*n)++];
		}
		new = new || first->from_ms != k->newest_ms[kind];
		k->newest_ms[kind] = first->from_ms;
	}
	if (new && map_count(k->watches) > WATCHES_MAX) {
		map_free(k->watches, free);
		k->watches = map_new();
	}
	return new;
}

/* All of them, oldest first, so that newer ones come last. */
static int
look(struct keeper *k, int64_t now_ms, struct err *e)
{
	static struct period p[INSIGHT_KINDS_MAX * CATCH_UP_MAX];
	bool idle, new;
	size_t n;
	int rc = 0;

	new = list_periods(k, now_ms, p, &n);
	k->is_settled = k->is_settled && !new;
	if (is_idle(k, &idle, e))
		return e->code;
	if (idle && (!k->ask_ms || clock_mono_ms() < k->ask_ms))
		return 0;
	k->is_settled = true;
	k->ask_ms = 0;
	if (list_targets(k, e))
		return e->code;
	for (size_t t = 0; t < k->n; t++)
		for (size_t i = n; i-- > 0;) {
			struct err mine = ERR_INIT;

			if (daemon_stopping())
				return 0;
			if (look_at(k, &k->targets[t], &p[i], &mine) == 0)
				continue;
			/* One project's trouble is not the others'. */
			metric_add(k->failed, 1);
			k->is_settled = false;
			*e = mine;
			rc = mine.code;
			if (rc == ERR_AGAIN)
				return rc;
		}
	return rc;
}

int
insight_serve(struct store_client *store,
    const struct insight_schedule *schedule)
{
	struct keeper k = { .store = store, .o = schedule };
	struct topics *topics = topics_new(store);

	k.arena = arena_new(ARENA_MAX);
	k.watches = map_new();
	k.made = metrics_counter("weir_insight_written_total",
	    "Insights written to the store.", NULL);
	k.same = metrics_counter("weir_insight_unchanged_total",
	    "Insights that were made again and had not changed.", NULL);
	k.failed = metrics_counter("weir_insight_failed_total",
	    "Insights that could not be made.", NULL);
	k.seconds = metrics_histogram("weir_insight_seconds",
	    "Time to make one insight.", NULL, NULL, 0);
	k.worded = metrics_counter("weir_insight_wording_total",
	    "What came of asking the language model.", "outcome=\"shown\"");
	k.refused = metrics_counter("weir_insight_wording_total",
	    "What came of asking the language model.",
	    "outcome=\"refused\"");
	k.unanswered = metrics_counter("weir_insight_wording_total",
	    "What came of asking the language model.",
	    "outcome=\"unanswered\"");
	while (!daemon_stopping()) {
		struct err e = ERR_INIT;

		if (look(&k, clock_now_ms(), &e))
			log_warn("insight", "error=\"%s\"", e.text);
		e = (struct err)ERR_INIT;
		if (topics_look(topics, clock_now_ms(), &e))
			log_warn("topics", "error=\"%s\"", e.text);
		if (daemon_wait_ms(schedule->interval_ms))
			break;
	}
	map_free(k.watches, free);
	free(k.targets);
	topics_free(topics);
	arena_free(k.arena);
	return EXIT_DONE;
}
