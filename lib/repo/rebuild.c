#include "repo/rebuild.h"

#include <string.h>

#include "base/hash.h"
#include "repo/group.h"

enum {
	ARENA_MAX = 512 << 20,
	BATCH_MAX = 256 << 20,
	FLUSH_BYTES = 8 << 20,
	FLUSH_RECORDS = 20000,
	PROGRESS_RUNS = 10000
};

/* The entity whose records are being gathered. */
struct walk {
	struct rebuild *r;
	struct arena *arena;            /* of the entity */
	struct arena *flush_arena;
	struct kv_batch *batch;
	struct delta *delta;
	struct buf value;
	struct layout_key prefix;       /* n == 0: none */
	struct record_list list;
};

static int
spent(struct err *e)
{
	return err_set(e, ERR_LIMIT, "rebuild: a run is too large");
}

static int
flush(struct walk *w, struct err *e)
{
	int rc;

	arena_reset(w->flush_arena);
	rc = delta_write(w->delta, kv_latest(w->r->to), w->batch,
	    w->flush_arena, e);
	if (rc == 0)
		rc = kv_write(w->r->to, w->batch, false, e);
	kv_batch_clear(w->batch);
	delta_clear(w->delta);
	return rc;
}

static bool
is_finished(const struct run *run)
{
	for (size_t i = 0; i < run_count(run, EVENT_VERDICT); i++)
		if ((uint64_t)run_verdict_at(run, i)->rev == run->rev)
			return true;
	return false;
}

static int
check_queue(struct walk *w, struct repo_scope scope,
    const struct hash128 *rid, const struct run *run, struct err *e)
{
	bool finished = is_finished(run) && !w->r->all_work, found;
	struct layout_key k = { 0 };

	layout_add_byte(&k, 'r');
	layout_add(&k, str_of(w->prefix.b, LAYOUT_SCOPE_SIZE));
	layout_add(&k, str_of(rid->b, HASH128_SIZE));
	buf_reset(&w->value);
	if (kv_get(w->r->from, KV_WORK, layout_str(&k), &w->value, &found, e))
		return e->code;
	if (!found && !finished)
		return w->r->unqueued(w->r, w->batch, scope, rid, e);
	return w->r->settled ? w->r->settled(w->r, scope, rid, run, found,
	    e) : 0;
}

static int
put_run(struct walk *w, struct repo_scope scope, const struct hash128 *rid,
    struct err *e)
{
	struct contribs contribs;
	struct entries entries, none = { 0 };
	struct layout_key k;
	struct run *run;

	if (run_fold(w->list.v, w->list.n, w->list.id, w->arena, &run, e))
		return e->code;
	group_price(&w->r->pricer, run);
	buf_reset(&w->value);
	record_run_encode(run, &w->value);
	if (w->value.failed || !contribs_of(run, w->arena, &contribs) ||
	    !entries_of(scope, rid, run, w->arena, &entries))
		return spent(e);
	layout_run(&k, scope, rid);
	kv_batch_put(w->batch, KV_RUNS, layout_str(&k), buf_str(&w->value));
	entries_diff(&none, &entries, w->batch);
	delta_add(w->delta, scope, &contribs, 1);
	w->r->runs++;
	if (w->r->progress && w->r->runs % PROGRESS_RUNS == 0)
		w->r->progress(w->r->arg, w->r->runs, w->r->events);
	return check_queue(w, scope, rid, run, e);
}

/* The entity is complete: derives what follows from it. */
static int
finish(struct walk *w, struct err *e)
{
	struct repo_scope scope;
	struct hash128 rid;
	int rc;

	if (w->prefix.n == 0 || w->list.n == 0)
		return 0;
	if (!layout_read_scope(layout_str(&w->prefix), &scope))
		return err_set(e, ERR_CORRUPT, "events: not a key");
	memcpy(rid.b, w->prefix.b + LAYOUT_SCOPE_SIZE + 1, HASH128_SIZE);
	w->r->events += w->list.n;
	if (w->prefix.b[LAYOUT_SCOPE_SIZE] == CLASS_RUN)
		rc = put_run(w, scope, &rid, e);
	else
		rc = doc_put(w->batch, scope, w->list.id, w->list.v,
		    w->list.n, STR_NULL, w->arena, e);
	if (rc == 0 && (kv_batch_bytes(w->batch) > FLUSH_BYTES ||
	    delta_count(w->delta) > FLUSH_RECORDS))
		rc = flush(w, e);
	return rc;
}

static int
event_row(void *arg, struct str key, struct str value, struct err *e)
{
	struct walk *w = arg;
	struct str copy, prefix = str_of(key.p,
	    MIN_OF(key.n, (size_t)LAYOUT_EVENT_PREFIX));
	struct repo_scope scope;

	if (key.n != LAYOUT_EVENT_PREFIX + 8 ||
	    !layout_read_scope(key, &scope))
		return err_set(e, ERR_CORRUPT, "events: not a key");
	if (!str_eq(prefix, layout_str(&w->prefix))) {
		if (finish(w, e))
			return e->code;
		w->prefix.n = 0;
		layout_add(&w->prefix, prefix);
		w->list = (struct record_list){ 0 };
		arena_reset(w->arena);
	}
	copy = arena_str(w->arena, value);
	if (!copy.p)
		return spent(e);
	return record_decode(copy, scope.env, w->arena, &w->list, e);
}

int
rebuild_all(struct rebuild *r, struct err *e)
{
	struct kv_range range = { .family = KV_EVENTS, .is_bulk = true };
	struct walk w = { .r = r };
	int rc;

	w.arena = arena_new(ARENA_MAX);
	w.flush_arena = arena_new(ARENA_MAX);
	w.batch = kv_batch_new(BATCH_MAX);
	w.delta = delta_new();
	buf_init(&w.value, EVENT_BYTES_MAX * 2);
	rc = kv_scan(r->from, &range, event_row, &w, NULL, e);
	if (rc == 0)
		rc = finish(&w, e);
	if (rc == 0)
		rc = flush(&w, e);
	if (rc == 0 && r->progress)
		r->progress(r->arg, r->runs, r->events);
	buf_fini(&w.value);
	delta_free(w.delta);
	kv_batch_free(w.batch);
	arena_free(w.flush_arena);
	arena_free(w.arena);
	return rc;
}
