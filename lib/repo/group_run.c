/* Runs in a group: loading, applying, going back, writing. */
#include <string.h>

#include "base/hash.h"
#include "repo/group.h"
#include "repo/read.h"

/* Heads that may be larger than this are encoded to see. */
enum { HEAD_SURE = 8 << 20, ENTITY_OVERHEAD = 64 };

static int
spent(struct err *e)
{
	return err_set(e, ERR_LIMIT, "group: too much for the memory given");
}

/* Texts of another arena than the caller's. */
static bool
copy_id(struct repo_commit *c, struct str s, struct str *out)
{
	*out = arena_str(c->arena, s.p ? s : STR(""));
	return out->p != NULL;
}

/* What the stored head says, before anything is laid over it. */
static int
remember_old(struct repo_commit *c, struct group_run *t, struct err *e)
{
	struct run_totals totals;

	if (!contribs_of(t->run, c->arena, &t->old_contribs) ||
	    !entries_of(t->scope, &t->rid, t->run, c->arena, &t->old_entries))
		return spent(e);
	run_totals(t->run, &totals);
	t->old_ms = repo_run_ms(&totals);
	t->old_session = t->run->session_id;
	t->old_prompt = t->run->user_prompt;
	t->old_response = t->run->response;
	t->old_conversational = t->run->conversational;
	return 0;
}

static int
load(struct repo_commit *c, struct group_run *t, const struct layout_key *k,
    struct err *e)
{
	struct str value, run_id;
	bool found;

	if (kv_get(c->latest, KV_RUNS, layout_str(k), &c->scratch, &found, e))
		return err_wrap(e, "run");
	if (!found) {
		t->run = run_new(c->arena, t->run_id);
		return t->run ? 0 : spent(e);
	}
	value = arena_str(c->arena, buf_str(&c->scratch));
	if (!value.p)
		return spent(e);
	if (!record_run_split(value, &run_id, &t->old_head))
		return err_set(e, ERR_CORRUPT, "run: not a record");
	if (!str_eq(run_id, t->run_id))
		return err_set(e, ERR_INVALID,
		    "run: its id has the hash of another one");
	t->head_bound = t->old_head.n;
	if (run_head_decode(t->old_head, t->run_id, c->arena, &t->run, e))
		return e->code;
	return remember_old(c, t, e);
}

static int
make(struct repo_commit *c, struct repo_scope scope, const struct event *ev,
    struct group_run **out, struct err *e)
{
	struct group_run *t = arena_alloc(c->arena, sizeof(*t));
	struct layout_key k;
	int rc;

	if (!t || !copy_id(c, ev->run_id, &t->run_id) ||
	    !copy_id(c, ev->project, &t->project))
		return spent(e);
	t->scope = scope;
	t->rid = hash128(ev->run_id);
	layout_run(&k, scope, &t->rid);
	*out = map_get(c->runs, layout_str(&k));
	if (*out)
		return str_eq((*out)->run_id, t->run_id) ? 0 :
		    err_set(e, ERR_INVALID,
		    "run: its id has the hash of another one");
	rc = load(c, t, &k, e);
	if (rc)
		return rc;
	*map_put(c->runs, layout_str(&k)) = t;
	*out = t;
	return 0;
}

/* The run of the event, with what the request found noted. */
static int
find(struct repo_commit *c, struct repo_scope scope, const struct event *ev,
    struct group_run **out, struct err *e)
{
	struct group_run *t = c->last_run, **v;

	if (ev->run_id.n == 0)
		return err_set(e, ERR_INVALID, "%s: run_id is missing",
		    event_kind_def(ev->kind)->name);
	if (!t || !scope_eq(t->scope, scope) ||
	    !str_eq(t->run_id, ev->run_id)) {
		if (make(c, scope, ev, &t, e))
			return e->code;
		c->last_run = t;
	}
	*out = t;
	if (t->request == c->request)
		return 0;
	v = arena_more(c->arena, c->touched, c->ntouched, &c->touched_cap,
	    sizeof(struct group_run *));
	if (!v)
		return spent(e);
	c->touched = v;
	v[c->ntouched++] = t;
	t->request = c->request;
	t->mark_n = t->events.n;
	t->mark_bound = t->head_bound;
	t->mark_changed = t->is_changed;
	t->mark_has_verdict = t->has_verdict;
	return 0;
}

int
group_run_event(struct repo_commit *c, struct repo_scope scope,
    const struct event *ev, struct err *e)
{
	struct group_run *t = NULL;
	int rc;

	if (find(c, scope, ev, &t, e))
		return e->code;
	rc = run_apply(t->run, ev, c->arena, e);
	if (rc < 0)
		return err_wrap(e, "run %.*s", (int)MIN_OF(t->run_id.n, 100),
		    t->run_id.p);
	if (rc == RUN_SEEN) {
		c->stats.events_seen++;
		return 0;
	}
	if (rc == RUN_REFOLD)
		t->needs_refold = true;
	if (!accepted_add(&t->events, ev, c->seq, c->arena))
		return spent(e);
	t->head_bound += ev->body.n + ENTITY_OVERHEAD;
	if (ev->kind == EVENT_VERDICT || ev->kind == EVENT_SIGNAL ||
	    ev->kind == EVENT_FAILURE) {
		t->has_verdict = true;
	} else {
		t->is_changed = true;
	}
	return 0;
}

static int64_t
int_of(const struct event *ev, unsigned field)
{
	const struct value *v = event_get(ev, field);

	return v && v->type == VALUE_INT ? v->i : 0;
}

int
group_run_judged(struct repo_commit *c, struct repo_scope scope,
    const struct event *ev, uint64_t seq, bool *judged, struct err *e)
{
	const struct verdict *v;
	struct group_run *t = NULL;

	*judged = false;
	if (ev->kind != EVENT_VERDICT ||
	    int_of(ev, FIELD_VERDICT_pass) != (int64_t)seq)
		return 0;
	if (find(c, scope, ev, &t, e))
		return e->code;
	v = run_verdict_of(t->run, int_of(ev, FIELD_VERDICT_version));
	*judged = v && v->pass == (int64_t)seq &&
	    v->rev == int_of(ev, FIELD_VERDICT_rev);
	return 0;
}

/* Folds the run anew from everything stored and accepted. */
static int
refold(struct repo_commit *c, struct group_run *t, struct err *e)
{
	struct record_list list = { 0 };

	if (record_load(c->latest, t->scope, CLASS_RUN, &t->rid, c->arena,
	    &list, e))
		return err_wrap(e, "run %.*s: folding anew",
		    (int)MIN_OF(t->run_id.n, 100), t->run_id.p);
	for (size_t i = 0; i < t->events.n; i++) {
		struct event *v = arena_more(c->arena, list.v, list.n,
		    &list.cap, sizeof(*v));

		if (!v)
			return spent(e);
		list.v = v;
		v[list.n++] = *t->events.v[i].event;
	}
	t->needs_refold = false;
	c->stats.runs_refolded++;
	return run_fold(list.v, list.n, t->run_id, c->arena, &t->run, e);
}

int
group_run_settle(struct repo_commit *c, struct group_run *t, struct err *e)
{
	if (t->needs_refold && refold(c, t, e))
		return e->code;
	if (t->head_bound <= HEAD_SURE)
		return 0;
	buf_reset(&c->scratch);
	run_head_encode(t->run, &c->scratch);
	if (c->scratch.failed)
		return err_set(e, ERR_LIMIT,
		    "run %.*s: more than %d bytes without its contents",
		    (int)MIN_OF(t->run_id.n, 100), t->run_id.p,
		    EVENT_BYTES_MAX);
	t->head_bound = c->scratch.n;
	return 0;
}

/* Lays the first n accepted events over the stored head again. */
static int
rebuild(struct repo_commit *c, struct group_run *t, struct err *e)
{
	t->run = run_new(c->arena, t->run_id);
	if (!t->run)
		return spent(e);
	if (t->old_head.p && run_head_decode(t->old_head, t->run_id, c->arena,
	    &t->run, e))
		return e->code;
	for (size_t i = 0; i < t->events.n; i++) {
		int rc = run_apply(t->run, t->events.v[i].event, c->arena, e);

		if (rc < 0)
			return rc;
		if (rc == RUN_REFOLD)
			return refold(c, t, e);
	}
	return 0;
}

int
group_run_rollback(struct repo_commit *c, struct group_run *t, struct err *e)
{
	t->events.n = t->mark_n;
	t->head_bound = t->mark_bound;
	t->is_changed = t->mark_changed;
	t->has_verdict = t->mark_has_verdict;
	t->needs_refold = false;
	return rebuild(c, t, e);
}

static void
set_cost(struct span *s, int64_t pico, enum cost_source source)
{
	const uint64_t bits = (uint64_t)1 << FIELD_SPAN_cost_pico_usd |
	    (uint64_t)1 << FIELD_SPAN_cost_source;

	s->cost_pico_usd = pico;
	s->cost_source = source;
	if (source == COST_NONE)
		s->base.has &= ~bits;
	else
		s->base.has |= bits;
}

static void
price_span(const struct repo_pricer *p, const struct run *run, struct span *s)
{
	struct repo_usage u = {
		.model = span_model(s), .provider = s->provider,
		.time_ms = (ENTITY_HAS(s, SPAN, start_ns) ? s->start_ns :
		    run->start_ns) / 1000000,
		.input_tokens = s->input_tokens,
		.cached_tokens = s->cached_tokens,
		.cache_write_tokens = s->cache_write_tokens,
		.output_tokens = s->output_tokens,
	};
	int64_t pico;

	if (!span_is_billed(s))
		set_cost(s, 0, COST_NONE);
	else if (ENTITY_HAS(s, SPAN, cost_usd))
		set_cost(s, cost_pico_from_usd(s->cost_usd), COST_SENDER);
	else if (u.input_tokens <= 0 && u.cached_tokens <= 0 &&
	    u.cache_write_tokens <= 0 && u.output_tokens <= 0)
		set_cost(s, 0, COST_NONE);
	else if (p->cost && p->cost(p->arg, &u, &pico))
		set_cost(s, pico, COST_TABLE);
	else
		set_cost(s, 0, COST_UNPRICED);
}

void
group_price(const struct repo_pricer *p, struct run *run)
{
	for (size_t i = 0; i < run_count(run, EVENT_SPAN); i++)
		price_span(p, run, run_span(run, i));
}

int
group_run_write(struct repo_commit *c, struct group_run *t, struct err *e)
{
	struct contribs contribs;
	struct entries entries;
	struct layout_key k;

	if (t->events.n == 0)
		return 0;
	group_price(&c->pricer, t->run);
	t->rev = t->run->rev;
	buf_reset(&c->scratch);
	record_run_encode(t->run, &c->scratch);
	if (c->scratch.failed)
		return err_set(e, ERR_LIMIT, "run: head too large");
	layout_run(&k, t->scope, &t->rid);
	kv_batch_put(c->batch, KV_RUNS, layout_str(&k), buf_str(&c->scratch));
	if (!contribs_of(t->run, c->arena, &contribs) ||
	    !entries_of(t->scope, &t->rid, t->run, c->arena, &entries))
		return spent(e);
	entries_diff(&t->old_entries, &entries, c->batch);
	delta_add(c->delta, t->scope, &t->old_contribs, -1);
	delta_add(c->delta, t->scope, &contribs, 1);
	c->stats.runs_written++;
	return accepted_write(c, CLASS_RUN, t->scope, &t->rid, t->run_id,
	    &t->events, e);
}
