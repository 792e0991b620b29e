/* The work queue's part of a group. */
#include "base/clock.h"
#include "base/hash.h"
#include "detect/detect.h"
#include "repo/group.h"
#include "repo/read.h"
#include "repo/sweep.h"

/*
 * A run in time for the one before it: no classifier has been told that
 * nothing follows that one, as it waits DETECT_ABANDONED_WAIT_MS for what comes
 * within DETECT_ABANDONED_MS.  Half of the hour between is for clocks that are
 * set.
 */
#define LATE_MS ((DETECT_ABANDONED_WAIT_MS - DETECT_ABANDONED_MS) / 2)

/* The side record of a run: its entry's seq. */
static void
side_key(struct layout_key *k, struct repo_scope scope,
    const struct hash128 *rid)
{
	struct layout_key run;

	layout_run(&run, scope, rid);
	k->n = 0;
	layout_add_byte(k, 'r');
	layout_add(k, layout_str(&run));
}

static void
entry_key(struct layout_key *k, uint64_t seq)
{
	k->n = 0;
	layout_add_byte(k, 'q');
	layout_add_be64(k, seq);
}

int
group_work_seq(struct repo_commit *c, struct repo_scope scope,
    const struct hash128 *rid, uint64_t *seq, struct err *e)
{
	struct layout_key k;
	bool found;

	*seq = 0;
	side_key(&k, scope, rid);
	if (kv_get(c->latest, KV_WORK, layout_str(&k), &c->scratch, &found, e))
		return e->code;
	if (found && c->scratch.n != 8)
		return err_set(e, ERR_CORRUPT, "work: not a record");
	if (found)
		*seq = be64_get(c->scratch.p);
	return 0;
}

void
group_work_mark(struct repo_commit *c, struct repo_scope scope, const struct hash128 *rid)
{
	struct layout_key k;

	layout_run(&k, scope, rid);
	*map_put(c->work, layout_str(&k)) = c;
}

struct later {
	struct repo_commit *c;
	struct repo_scope scope;
};

static int
later_row(void *arg, struct str key, struct str value, struct err *e)
{
	struct later *l = arg;
	struct hash128 rid;
	int64_t ms;

	(void)value;
	if (!layout_read_index(key, INDEX_SESSION, &ms, &rid))
		return err_set(e, ERR_CORRUPT, "index: not a session's key");
	group_work_mark(l->c, l->scope, &rid);
	return 0;
}

/* Marks the runs that follow in a session. */
static int
mark_later(struct repo_commit *c, const struct group_run *t,
    struct str session, int64_t ms, struct err *e)
{
	struct later l = { c, t->scope };
	struct kv_range r = { .family = KV_INDEX, .reverse = true,
		.keys_only = true, .limit = REPO_EARLIER_MAX };
	struct layout_key from, to;

	if (!session.n)
		return 0;
	layout_index_prefix(&from, t->scope, INDEX_SESSION, session);
	layout_index(&to, t->scope, INDEX_SESSION, session, ms, &t->rid);
	r.from = layout_str(&from);
	r.to = layout_str(&to);
	return kv_scan(c->latest, &r, later_row, &l, NULL, e);
}

static bool
same_preview(struct str a, struct str b)
{
	return str_eq(str_utf8_prefix(a, HEAD_PREVIEW_BYTES),
	    str_utf8_prefix(b, HEAD_PREVIEW_BYTES));
}

struct before {
	struct hash128 rid;
	int64_t ms;
	bool found;
};

static int
before_row(void *arg, struct str key, struct str value, struct err *e)
{
	struct before *b = arg;

	(void)value;
	if (!layout_read_index(key, INDEX_SESSION, &b->ms, &b->rid))
		return err_set(e, ERR_CORRUPT, "index: not a session's key");
	b->found = true;
	return 0;
}

/* Marks the run if its verdict, or one that is under way, may say that its
 * session was abandoned. */
static int
mark_abandoned(struct repo_commit *c, struct repo_scope scope,
    const struct hash128 *rid, struct err *e)
{
	struct str key, value, id, head;
	struct layout_key k;
	struct run *run;
	uint64_t seq;

	if (group_work_seq(c, scope, rid, &seq, e))
		return e->code;
	if (seq) {
		group_work_mark(c, scope, rid);
		return 0;
	}
	layout_run(&k, scope, rid);
	key = layout_str(&k);
	if (kv_multi_get(c->latest, KV_RUNS, &key, 1, &value, c->arena, e))
		return e->code;
	if (!value.p)
		return 0;
	if (!record_run_split(value, &id, &head))
		return err_set(e, ERR_CORRUPT, "run: not a record");
	if (run_head_decode(head, id, c->arena, &run, e))
		return e->code;
	if (repo_run_is_abandoned(run))
		group_work_mark(c, scope, rid);
	return 0;
}

/*
 * The run before a place in a session, where this one came to be or from which
 * it went: what follows that run is not what it was.
 */
static int
mark_before(struct repo_commit *c, const struct group_run *t,
    struct str session, int64_t ms, bool went, struct err *e)
{
	struct kv_range r = { .family = KV_INDEX, .keys_only = true,
		.limit = 1 };
	char after[sizeof(((struct layout_key *)0)->b) + 1];
	char end[sizeof(((struct layout_key *)0)->b)];
	struct before b = { .found = false };
	struct layout_key own, prefix;

	if (!session.n || (c->now_ms && c->now_ms - ms < LATE_MS))
		return 0;
	layout_index(&own, t->scope, INDEX_SESSION, session, ms, &t->rid);
	layout_index_prefix(&prefix, t->scope, INDEX_SESSION, session);
	r.from = kv_key_after(layout_str(&own), after);
	r.to = kv_prefix_end(layout_str(&prefix), end);
	if (kv_scan(c->latest, &r, before_row, &b, NULL, e))
		return e->code;
	if (!b.found || ms - b.ms >= DETECT_ABANDONED_MS)
		return 0;
	if (!went)
		return mark_abandoned(c, t->scope, &b.rid, e);
	group_work_mark(c, t->scope, &b.rid);
	return 0;
}

/* Marks the run if it has to be classified, and those that it influences. */
static int
mark_changed(struct repo_commit *c, const struct group_run *t, struct err *e)
{
	const struct run *run = t->run;
	struct run_totals totals;
	bool same_session = str_eq(t->old_session, run->session_id);
	int64_t ms;

	if (!t->is_changed)
		return 0;
	group_work_mark(c, t->scope, &t->rid);
	run_totals(run, &totals);
	ms = repo_run_ms(&totals);
	if (!t->old_head.p || !same_session || ms != t->old_ms) {
		if (mark_before(c, t, run->session_id, ms, false, e) ||
		    (t->old_head.p && mark_before(c, t, t->old_session,
		    t->old_ms, true, e)))
			return e->code;
	}
	if (t->old_head.p && same_session && ms == t->old_ms &&
	    same_preview(t->old_prompt, run->user_prompt) &&
	    same_preview(t->old_response, run->response) &&
	    t->old_conversational == run->conversational)
		return 0;
	if (mark_later(c, t, run->session_id, t->old_head.p && same_session ?
	    MIN_OF(ms, t->old_ms) : ms, e))
		return e->code;
	return same_session ? 0 :
	    mark_later(c, t, t->old_session, t->old_ms, e);
}

static bool
is_marked(struct repo_commit *c, struct repo_scope scope,
    const struct hash128 *rid)
{
	struct layout_key k;

	layout_run(&k, scope, rid);
	return map_get(c->work, layout_str(&k)) != NULL;
}

/* Takes an entry away: whatever its seq is (0), or if it is this one. */
static int
take_away(struct repo_commit *c, struct repo_scope scope,
    const struct hash128 *rid, uint64_t seq, struct err *e)
{
	struct layout_key k;
	uint64_t now;

	if (is_marked(c, scope, rid))
		return 0;
	if (group_work_seq(c, scope, rid, &now, e))
		return e->code;
	if (now == 0 || (seq && now != seq))
		return 0;
	entry_key(&k, now);
	kv_batch_delete(c->batch, KV_WORK, layout_str(&k));
	side_key(&k, scope, rid);
	kv_batch_delete(c->batch, KV_WORK, layout_str(&k));
	c->stats.work_removed++;
	return 0;
}

static int
give_entry(struct repo_commit *c, struct str run_key, struct err *e)
{
	struct group_run *t = map_get(c->runs, run_key);
	struct layout_key k, value = { 0 };
	struct repo_scope scope;
	struct hash128 rid;
	uint64_t now = 0;

	if (!layout_read_scope(run_key, &scope))
		BUG("a run's key without scope");
	memcpy(rid.b, run_key.p + LAYOUT_SCOPE_SIZE, HASH128_SIZE);
	/* A run that was not there has no entry. */
	if (!(t && t->events.n && !t->old_head.p) &&
	    group_work_seq(c, scope, &rid, &now, e))
		return e->code;
	if (now) {
		entry_key(&k, now);
		kv_batch_delete(c->batch, KV_WORK, layout_str(&k));
	} else {
		c->stats.work_added++;
	}
	c->seq++;
	if (t)
		t->work_seq = c->seq;
	entry_key(&k, c->seq);
	kv_batch_put(c->batch, KV_WORK, layout_str(&k), run_key);
	layout_add_be64(&value, c->seq);
	side_key(&k, scope, &rid);
	kv_batch_put(c->batch, KV_WORK, layout_str(&k), layout_str(&value));
	return 0;
}

/* An older classifier than one that spoke before leaves the work to it. */
static bool
is_outdated(struct repo_commit *c, const struct group_done *d)
{
	const struct verdict *best;
	const struct group_run *t;
	struct layout_key k;

	layout_run(&k, d->scope, &d->rid);
	t = map_get(c->runs, layout_str(&k));
	best = t ? run_verdict(t->run) : NULL;
	return best && best->version > d->version;
}

int
group_work_write(struct repo_commit *c, struct err *e)
{
	struct str key;
	size_t it = 0;
	void *v;

	while (map_next(c->runs, &it, NULL, &v))
		if (mark_changed(c, v, e))
			return e->code;
	for (size_t i = 0; i < c->ndones; i++)
		if (!is_outdated(c, &c->dones[i]) &&
		    take_away(c, c->dones[i].scope, &c->dones[i].rid,
		    c->dones[i].seq, e))
			return e->code;
	it = 0;
	while (map_next(c->work, &it, &key, NULL))
		if (give_entry(c, key, e))
			return e->code;
	return 0;
}
