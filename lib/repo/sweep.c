#include "repo/sweep.h"

#include <string.h>

#include "base/clock.h"
#include "detect/detect.h"
#include "repo/group.h"

enum { PLACE_SIZE = 8 + HASH128_SIZE };

static void
place_key(struct layout_key *k, struct repo_scope scope)
{
	struct layout_key s;

	layout_scope(&s, scope);
	k->n = 0;
	layout_add(k, STR("sweep"));
	layout_add(k, layout_str(&s));
}

int
repo_sweep_open(struct kv_snapshot *s, struct repo_scope scope,
    struct repo_sweep *out, struct err *e)
{
	struct layout_key k;
	struct buf b;
	bool found;
	int rc;

	*out = (struct repo_sweep){ .scope = scope };
	place_key(&k, scope);
	buf_init(&b, 64);
	rc = kv_get(s, KV_DEFAULT, layout_str(&k), &b, &found, e);
	if (rc == 0 && found && b.n != PLACE_SIZE)
		rc = err_set(e, ERR_CORRUPT, "sweep: not a place");
	if (rc == 0 && found) {
		out->has_last = true;
		out->last_ms = INT64_MAX - (int64_t)be64_get(b.p);
		memcpy(out->last.b, b.p + 8, HASH128_SIZE);
	}
	buf_fini(&b);
	return rc;
}

/* ---- one run ---- */

static int
next_row(void *arg, struct str key, struct str value, struct err *e)
{
	struct hash128 rid;

	(void)value;
	if (!layout_read_index(key, INDEX_SESSION, arg, &rid))
		return err_set(e, ERR_CORRUPT, "index: not a session's key");
	return 0;
}

int
repo_session_next(struct kv_snapshot *s, struct repo_scope scope, uint64_t h8,
    int64_t ms, const struct hash128 *rid, int64_t *next_ms, struct err *e)
{
	struct kv_range r = { .family = KV_INDEX, .reverse = true,
		.keys_only = true, .limit = 1 };
	struct layout_key from, to;

	*next_ms = 0;
	layout_index_h8(&to, scope, INDEX_SESSION, h8, ms, rid);
	from = to;
	from.n = layout_index_prefix_size(INDEX_SESSION);
	r.from = layout_str(&from);
	r.to = layout_str(&to);
	return kv_scan(s, &r, next_row, next_ms, NULL, e);
}

/* A run in INDEX_TIME that is of a session's conversation. */
struct candidate {
	int64_t ms;
	struct hash128 rid;
	uint64_t session;               /* h8 */
	bool is_turn;                   /* it is of a conversation */
};

struct portion {
	struct candidate v[REPO_SWEEP_ROWS];
	size_t n;
};

static int
time_row(void *arg, struct str key, struct str value, struct err *e)
{
	struct portion *p = arg;
	struct candidate *c = &p->v[p->n];

	*c = (struct candidate){ .is_turn = value.n == 9 &&
		(value.p[0] & INDEX_IS_CONVERSATIONAL) };
	if (!layout_read_index(key, INDEX_TIME, &c->ms, &c->rid))
		return err_set(e, ERR_CORRUPT, "index: not a time's key");
	if (c->is_turn)
		c->session = be64_get(value.p + 1);
	p->n++;
	return 0;
}

/* True if the run has an entry in the work queue. */
static int
is_queued(struct kv_snapshot *s, struct repo_scope scope,
    const struct hash128 *rid, struct buf *b, bool *queued, struct err *e)
{
	struct layout_key k = { 0 }, run;

	layout_run(&run, scope, rid);
	layout_add_byte(&k, 'r');
	layout_add(&k, layout_str(&run));
	return kv_get(s, KV_WORK, layout_str(&k), b, queued, e);
}

bool
repo_run_is_abandoned(const struct run *run)
{
	for (size_t i = 0; i < run_count(run, EVENT_SIGNAL); i++)
		if (str_is(run_signal(run, i)->slug, "abandoned-session") &&
		    run_signal_is_current(run, run_signal(run, i)))
			return true;
	return false;
}

const char *
repo_session_abandoned(const struct repo_session_row *row)
{
	struct run_totals t;

	if (!row->last)
		return NULL;
	run_totals(row->last, &t);
	/* In a list it may be the last of the range only. */
	return repo_run_ms(&t) == row->last_ms &&
	    repo_run_is_abandoned(row->last) ? detect_bad_end(row->last) :
	    NULL;
}

/* True if its verdict says something else than it should by now. */
static int
is_wrong(struct kv_snapshot *s, struct repo_scope scope,
    const struct candidate *c, struct arena *a, bool *wrong, struct err *e)
{
	struct str key, value, id, head;
	struct layout_key k;
	struct run *run;
	int64_t next_ms;
	bool last;

	*wrong = false;
	if (repo_session_next(s, scope, c->session, c->ms, &c->rid, &next_ms,
	    e))
		return e->code;
	last = !next_ms || next_ms - c->ms >= DETECT_ABANDONED_MS;
	layout_run(&k, scope, &c->rid);
	key = layout_str(&k);
	arena_reset(a);
	if (kv_multi_get(s, KV_RUNS, &key, 1, &value, a, e))
		return e->code;
	if (!value.p)
		return 0;
	if (!record_run_split(value, &id, &head))
		return err_set(e, ERR_CORRUPT, "run: not a record");
	if (run_head_decode(head, id, a, &run, e))
		return e->code;
	*wrong = repo_run_is_abandoned(run) != (last && detect_bad_end(run));
	return 0;
}

/* ---- a portion ---- */

static int
scan(struct kv_snapshot *s, const struct repo_sweep *w, int64_t to_ms,
    struct portion *p, struct err *e)
{
	struct kv_range r = { .family = KV_INDEX, .reverse = true,
		.limit = REPO_SWEEP_ROWS };
	char end[sizeof(((struct layout_key *)0)->b)];
	struct layout_key from, to;

	/* Keys hold the time reversed: the oldest run is the last. */
	layout_index(&from, w->scope, INDEX_TIME, STR_NULL, to_ms, NULL);
	layout_index_prefix(&to, w->scope, INDEX_TIME, STR_NULL);
	r.from = layout_str(&from);
	r.to = kv_prefix_end(layout_str(&to), end);
	if (w->has_last) {
		layout_index(&to, w->scope, INDEX_TIME, STR_NULL, w->last_ms,
		    &w->last);
		r.to = layout_str(&to);
	}
	if (str_cmp(r.from, r.to) >= 0)
		return 0;
	return kv_scan(s, &r, time_row, p, NULL, e);
}

static int
judge(struct kv_snapshot *s, const struct candidate *c, struct arena *a,
    struct buf *b, struct repo_sweep *w, struct err *e)
{
	bool again;
	int rc;

	if (!c->is_turn)
		return 0;
	rc = is_queued(s, w->scope, &c->rid, b, &again, e);
	if (rc == 0 && !again)
		rc = is_wrong(s, w->scope, c, a, &again, e);
	/* A run that cannot be read must not hold up all that follow. */
	if (rc == ERR_CORRUPT || rc == ERR_LIMIT) {
		*e = (struct err)ERR_INIT;
		rc = 0;
		again = true;
	}
	if (rc == 0 && again)
		w->rid[w->n++] = c->rid;
	return rc;
}

int
repo_sweep_next(struct kv_snapshot *s, int64_t now_ms, struct arena *a,
    struct repo_sweep *w, struct err *e)
{
	int64_t to_ms = layout_clamp_ms(now_ms - DETECT_ABANDONED_WAIT_MS);
	struct portion p = { .n = 0 };
	struct buf b;
	int rc;

	w->n = w->seen = 0;
	if (w->has_last && w->last_ms > to_ms) {
		w->last_ms = MAX_OF(to_ms - 1, 0);
		memset(w->last.b, 0, HASH128_SIZE);
	}
	rc = scan(s, w, to_ms, &p, e);
	buf_init(&b, 64);
	for (size_t i = 0; i < p.n && rc == 0; i++)
		rc = judge(s, &p.v[i], a, &b, w, e);
	buf_fini(&b);
	if (rc)
		return rc;
	w->seen = p.n;
	w->is_done = p.n < REPO_SWEEP_ROWS;
	if (p.n) {
		w->has_last = true;
		w->last_ms = p.v[p.n - 1].ms;
		w->last = p.v[p.n - 1].rid;
	}
	return 0;
}

int
repo_commit_sweep(struct repo_commit *c, const struct repo_sweep *s,
    struct err *e)
{
	struct layout_key k, place = { 0 };

	(void)e;
	for (size_t i = 0; i < s->n; i++)
		group_work_mark(c, s->scope, &s->rid[i]);
	place_key(&k, s->scope);
	layout_add_be64(&place, (uint64_t)(INT64_MAX - s->last_ms));
	layout_add(&place, str_of(s->last.b, HASH128_SIZE));
	kv_batch_put(c->batch, KV_DEFAULT, layout_str(&k), layout_str(&place));
	return 0;
}
