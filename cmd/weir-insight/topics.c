#include "topics.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/map.h"
#include "base/mem.h"
#include "daemon/daemon.h"
#include "daemon/metrics.h"
#include "repo/commit.h"
#include "repo/key.h"
#include "repo/topics.h"
#include "store/admin.h"

enum { ARENA_MAX = 256 << 20, SUBMIT_TIMEOUT_MS = 10000, PASSES = 3 };

/* What is known about one project and environment. */
struct watch {
	char name[REPO_PROJECT_MAX + 1];
	struct repo_scope scope;
	bool is_read;           /* the model's figures, below */
	int64_t generation;     /* 0: there is none */
	int64_t fitted;         /* prompts that it was made from */
	int64_t day;            /* number of the last run's day then */
	int64_t tried;          /* conversations at the last attempt */
	/* Runs that have to be classified again. */
	struct repo_again again;
	int passes;             /* left; 0: none */
	bool again_queued;      /* this pass put any into the queue */
};

struct topics {
	struct store_client *store;
	struct arena *arena;
	struct map *watches;
	char seen[64];          /* the store's last number at the last look */
	size_t seen_n;
	struct metric *made, *failed, *seconds;
};

struct topics *
topics_new(struct store_client *store)
{
	struct topics *t = mem_zalloc(1, sizeof(*t));

	t->store = store;
	t->arena = arena_new(ARENA_MAX);
	t->watches = map_new();
	t->made = metrics_counter("weir_topics_models_total",
	    "Topic models made.", NULL);
	t->failed = metrics_counter("weir_topics_failed_total",
	    "Topic models that could not be made.", NULL);
	t->seconds = metrics_histogram("weir_topics_seconds",
	    "Time to make one topic model.", NULL, NULL, 0);
	return t;
}

void
topics_free(struct topics *t)
{
	if (!t)
		return;
	map_free(t->watches, free);
	arena_free(t->arena);
	free(t);
}

/* ---- which projects there are ---- */

static int
add_watch(void *arg, struct str name, uint32_t number, struct err *e)
{
	static const enum event_env envs[] = { ENV_PROD, ENV_DEV };
	struct topics *t = arg;

	(void)e;
	for (size_t i = 0; i < ARRAY_LEN(envs); i++) {
		char key[32];
		struct watch *w;
		void **slot;

		snprintf(key, sizeof(key), "%u %d", (unsigned)number,
		    (int)envs[i]);
		slot = map_put(t->watches, str_from(key));
		if (*slot)
			continue;
		w = *slot = mem_zalloc(1, sizeof(*w));
		memcpy(w->name, name.p, MIN_OF(name.n, sizeof(w->name) - 1));
		w->scope.project = number;
		w->scope.env = envs[i];
	}
	return 0;
}

/* True if something was written since the last look. */
static int
has_moved(struct topics *t, bool *moved, struct err *e)
{
	struct kv_snapshot *s = kv_latest(store_kv(t->store));
	struct buf b;
	bool found;
	int rc;

	buf_init(&b, sizeof(t->seen));
	rc = kv_get(s, KV_DEFAULT, STR("seq"), &b, &found, e);
	if (rc == 0) {
		*moved = b.n != t->seen_n ||
		    memcmp(b.n ? b.p : "", t->seen, b.n) != 0;
		t->seen_n = b.n;
		memcpy(t->seen, b.n ? b.p : "", b.n);
	}
	buf_fini(&b);
	return rc;
}

/* ---- one of them ---- */

static void
note_model(struct watch *w, const struct topic_model *m)
{
	w->is_read = true;
	w->generation = m ? m->generation : 0;
	w->fitted = m ? m->prompts : 0;
	w->day = m ? floor_div(m->to_ms - 1, MS_PER_DAY) : 0;
}

static void
begin_again(struct watch *w, int64_t from_ms, int64_t to_ms, int passes)
{
	w->passes = passes;
	w->again_queued = false;
	w->again = (struct repo_again){ .scope = w->scope,
		.from_ms = from_ms, .to_ms = to_ms,
		.topics = w->generation };
}

static int
read_model(struct watch *w, const struct repo_view *v, int64_t latest,
    struct err *e)
{
	struct topic_model *m;
	int rc = repo_topics_model(v, &m, e);

	/* One of another version of weir is replaced. */
	if (rc == ERR_INVALID || rc == ERR_LIMIT)
		m = NULL;
	else if (rc)
		return rc;
	note_model(w, m);
	/* Who kept this model before us may not have come to an end. */
	if (m)
		begin_again(w, MAX_OF(0, latest + 1 -
		    REPO_TOPICS_DAYS * MS_PER_DAY), latest + 1, 1);
	topic_model_free(m);
	e->code = 0;
	return 0;
}

/* Conversations of the days that a model is made from, on whole minutes. */
static int
count_conversations(const struct repo_view *v, int64_t latest, int64_t *out,
    struct err *e)
{
	struct repo_metrics_query q = { .dim = DIM_TOTAL };
	struct repo_metrics m;

	q.to_ms = (latest / MS_PER_MINUTE + 1) * MS_PER_MINUTE;
	q.from_ms = MAX_OF(0, q.to_ms - REPO_TOPICS_DAYS * MS_PER_DAY);
	if (repo_metrics(v, &q, &m, e))
		return e->code;
	*out = m.v[0].sum.c[COUNT_CONVERSATIONAL];
	return 0;
}

static bool
is_due(const struct watch *w, int64_t latest, int64_t conversations)
{
	if (conversations < TOPIC_FIT_MIN)
		return false;
	/* Those so far may have said nothing. */
	if (!w->generation)
		return conversations > w->tried + w->tried / 5;
	if (w->fitted < TOPIC_PROMPTS_MAX / 2 &&
	    conversations >= 2 * MAX_OF(w->fitted, w->tried))
		return true;
	return floor_div(latest, MS_PER_DAY) > w->day;
}

static int
submit(struct topics *t, const struct watch *w, const struct repo_view *v,
    struct repo_topic_fit *f, int64_t now_ms, struct err *e)
{
	struct repo_topics_change by = { str_from(w->name), STR("insight"),
		f->previous, now_ms };
	struct buf b;
	int rc;

	buf_init(&b, STORE_SUBMIT_MAX);
	rc = repo_topics_put(v, f->model, &by, &b, e);
	if (rc == 0)
		rc = store_submit_wait(t->store, &b, SUBMIT_TIMEOUT_MS, e);
	buf_fini(&b);
	return rc;
}

static int
make_model(struct topics *t, struct watch *w, const struct repo_view *v,
    int64_t now_ms, struct err *e)
{
	int64_t started = clock_mono_ns();
	struct repo_topic_fit f;
	int rc = repo_topics_fit(v, now_ms, &f, e);

	if (rc == 0 && f.model)
		rc = submit(t, w, v, &f, now_ms, e);
	if (rc == 0 && f.model) {
		note_model(w, f.model);
		begin_again(w, f.from_ms, f.to_ms, PASSES);
		metric_add(t->made, 1);
		metric_observe_ns(t->seconds, clock_mono_ns() - started);
		log_info("topics", "project=%s env=%s prompts=%lld topics=%zu "
		    "ms=%lld", w->name, event_env_name(w->scope.env),
		    (long long)f.model->prompts, f.model->n,
		    (long long)((clock_mono_ns() - started) / NS_PER_MS));
	}
	topic_model_free(f.model);
	/* The sample's memory is not kept until tomorrow. */
	arena_free(t->arena);
	t->arena = arena_new(ARENA_MAX);
	return rc;
}

static int
look_at(struct topics *t, struct watch *w, struct kv_snapshot *s,
    int64_t now_ms, struct err *e)
{
	struct repo_view v = { s, w->scope, t->arena };
	int64_t latest, conversations = 0;

	arena_reset(t->arena);
	if (repo_latest_ms(&v, now_ms, &latest, e))
		return e->code;
	if (latest == 0)
		return 0;
	if ((!w->is_read && read_model(w, &v, latest, e)) ||
	    count_conversations(&v, latest, &conversations, e))
		return e->code;
	if (!is_due(w, latest, conversations))
		return 0;
	w->tried = conversations;
	w->day = floor_div(latest, MS_PER_DAY);
	return make_model(t, w, &v, now_ms, e);
}

/*
 * Some of the runs that an older model has judged.  One that was being judged
 * while the model changed is found by another pass.
 */
static int
go_on_again(struct topics *t, struct watch *w, struct err *e)
{
	struct repo_again *q = &w->again;

	for (int i = 0; i < TOPICS_AGAIN_PORTIONS && !q->is_done; i++) {
		int64_t before = q->queued;

		if (store_reclassify(t->store, q, e))
			return e->code;
		w->again_queued |= q->queued > before;
		if (q->seen >= TOPICS_AGAIN_MAX)
			q->is_done = true;
	}
	if (!q->is_done)
		return 0;
	w->passes = w->again_queued ? w->passes - 1 : 0;
	w->again_queued = false;
	*q = (struct repo_again){ .scope = w->scope, .from_ms = q->from_ms,
		.to_ms = q->to_ms, .topics = q->topics };
	return 0;
}

static int
look_at_all(struct topics *t, int64_t now_ms, struct err *e)
{
	struct kv_snapshot *s;
	size_t it = 0;
	void *v;
	int rc = 0;

	if (repo_project_list(kv_latest(store_kv(t->store)), add_watch, t, e) ||
	    kv_snapshot_open(store_kv(t->store), &s, e))
		return e->code;
	while (rc != ERR_AGAIN && !daemon_stopping() &&
	    map_next(t->watches, &it, NULL, &v)) {
		struct err mine = ERR_INIT;

		if (look_at(t, v, s, now_ms, &mine) == 0)
			continue;
		metric_add(t->failed, 1);
		*e = mine;
		rc = mine.code;
	}
	kv_snapshot_close(s);
	return rc;
}

int
topics_look(struct topics *t, int64_t now_ms, struct err *e)
{
	size_t it = 0;
	bool moved;
	void *v;
	int rc;

	if (has_moved(t, &moved, e))
		return e->code;
	rc = moved ? look_at_all(t, now_ms, e) : 0;
	/* What failed is tried again. */
	if (rc)
		t->seen_n = 0;
	while (map_next(t->watches, &it, NULL, &v) && !daemon_stopping()) {
		struct watch *w = v;
		struct err mine = ERR_INIT;

		if (!w->passes || go_on_again(t, w, &mine) == 0)
			continue;
		*e = mine;
		rc = mine.code;
	}
	return rc;
}
