#include "repo/commit.h"

#include <stdlib.h>

#include "base/mem.h"
#include "fulltext/document.h"
#include "repo/group.h"
#include "repo/key.h"

enum {
	ARENA_MAX = 256 << 20,
	ARENA_FULL = 96 << 20,  /* no further request is taken */
	BYTES_FULL = 48 << 20,
	/* Of documents: the index entries of a word are up to thirty times
	 * as large as what a document says about it. */
	TEXT_FULL = 2 << 20,
	BATCH_MAX = 384 << 20,
	PROJECTS_MAX = 4096     /* remembered */
};

struct repo_commit *
repo_commit_new(struct kv *kv, const struct repo_pricer *pricer)
{
	struct repo_commit *c = mem_zalloc(1, sizeof(*c));

	c->kv = kv;
	c->latest = kv_latest(kv);
	if (pricer)
		c->pricer = *pricer;
	c->batch = kv_batch_new(BATCH_MAX);
	c->delta = delta_new();
	c->arena = arena_new(ARENA_MAX);
	c->projects = map_new();
	c->text_writer = fulltext_writer_new();
	buf_init(&c->scratch, EVENT_BYTES_MAX * 4);
	repo_commit_begin(c);
	return c;
}

void
repo_commit_now(struct repo_commit *c, int64_t now_ms)
{
	c->now_ms = now_ms;
}

static void
drop(struct repo_commit *c)
{
	map_free(c->runs, NULL);
	map_free(c->docs, NULL);
	map_free(c->work, NULL);
	c->runs = c->docs = c->work = NULL;
}

void
repo_commit_free(struct repo_commit *c)
{
	if (!c)
		return;
	drop(c);
	map_free(c->projects, NULL);
	kv_batch_free(c->batch);
	delta_free(c->delta);
	arena_free(c->arena);
	fulltext_writer_free(c->text_writer);
	buf_fini(&c->scratch);
	free(c);
}

void
repo_commit_begin(struct repo_commit *c)
{
	drop(c);
	for (size_t i = 0; i < c->nprojects; i++)
		map_delete(c->projects, c->new_projects[i].name);
	c->runs = map_new();
	c->docs = map_new();
	c->work = map_new();
	arena_reset(c->arena);
	kv_batch_clear(c->batch);
	delta_clear(c->delta);
	c->last_run = NULL;
	c->touched = NULL;
	c->ntouched = c->touched_cap = 0;
	c->new_projects = NULL;
	c->nprojects = c->projects_cap = 0;
	c->dones = NULL;
	c->ndones = c->dones_cap = 0;
	c->texts = NULL;
	c->ntexts = c->texts_cap = 0;
	fulltext_begin(c->text_writer);
	c->bytes = c->requests = c->text_bytes = 0;
	c->is_broken = false;
}

bool
accepted_add(struct accepted_list *l, const struct event *ev, uint64_t seq,
    struct arena *a)
{
	struct accepted *v = arena_more(a, l->v, l->n, &l->cap, sizeof(*v));

	if (!v)
		return false;
	l->v = v;
	v[l->n++] = (struct accepted){ ev, seq };
	return true;
}

int
accepted_write(struct repo_commit *c, enum layout_class class,
    struct repo_scope scope, const struct hash128 *rid, struct str id,
    const struct accepted_list *l, struct err *e)
{
	const struct event **events = arena_array(c->arena, l->n,
	    sizeof(*events));
	struct layout_key k;

	if (!events)
		return err_set(e, ERR_LIMIT, "group: too many events");
	for (size_t i = 0, j; i < l->n; i = j) {
		for (j = i; j < l->n && l->v[j].seq == l->v[i].seq; j++)
			events[j] = l->v[j].event;
		buf_reset(&c->scratch);
		record_encode(id, events + i, j - i, &c->scratch);
		if (c->scratch.failed)
			return err_set(e, ERR_LIMIT, "group: record too large");
		layout_event(&k, scope, class, rid, l->v[i].seq);
		kv_batch_put(c->batch, KV_EVENTS, layout_str(&k),
		    buf_str(&c->scratch));
		c->stats.event_bytes += c->scratch.n;
	}
	c->stats.events_stored += l->n;
	return 0;
}

int
group_project(struct repo_commit *c, struct str name, uint32_t *number,
    struct err *e)
{
	uintptr_t known = (uintptr_t)map_get(c->projects, name);
	struct group_project *v;
	struct err missing = ERR_INIT;
	int rc;

	if (known) {
		*number = (uint32_t)(known - 1);
		return 0;
	}
	if (!repo_project_is_valid(name))
		return err_set(e, ERR_INVALID,
		    "project: a name has 1 to %d of A-Z a-z 0-9 . _ -",
		    REPO_PROJECT_MAX);
	rc = repo_project_find(c->latest, name, number, &missing);
	if (rc == ERR_NOT_FOUND) {
		v = arena_more(c->arena, c->new_projects, c->nprojects,
		    &c->projects_cap, sizeof(*v));
		if (!v)
			return err_set(e, ERR_LIMIT,
			    "group: too many projects");
		c->new_projects = v;
		if (c->nprojects)
			*number = v[c->nprojects - 1].number + 1;
		else if (schema_next_project(c->latest, number, e))
			return e->code;
		v[c->nprojects++] = (struct group_project){
		    arena_str(c->arena, name), *number };
		if (!v[c->nprojects - 1].name.p)
			return err_set(e, ERR_LIMIT, "group: out of memory");
	} else if (rc) {
		*e = missing;
		return rc;
	}
	if (map_count(c->projects) >= PROJECTS_MAX && c->nprojects == 0) {
		map_free(c->projects, NULL);
		c->projects = map_new();
	}
	*map_put(c->projects, name) = (void *)((uintptr_t)*number + 1);
	return 0;
}

static int
add_event(struct repo_commit *c, const struct event *ev, struct err *e)
{
	struct repo_scope scope = { 0, ev->env };

	if (!ev->body.p)
		BUG("an event that was not decoded");
	if (group_project(c, ev->project, &scope.project, e))
		return e->code;
	if (ev->kind > EVENT_FAILURE)
		return group_doc_event(c, scope, ev, e);
	return group_run_event(c, scope, ev, e);
}

/* Ends the request: folds what is left to fold, checks sizes. */
static int
settle(struct repo_commit *c, struct err *e)
{
	for (size_t i = 0; i < c->ntouched; i++)
		if (group_run_settle(c, c->touched[i], e))
			return e->code;
	return 0;
}

/* Takes the request out again. */
static void
rollback(struct repo_commit *c, size_t nprojects)
{
	struct err e = ERR_INIT;
	size_t it = 0;
	void *v;

	for (size_t i = 0; i < c->ntouched; i++)
		if (group_run_rollback(c, c->touched[i], &e))
			c->is_broken = true;
	while (map_next(c->docs, &it, NULL, &v))
		if (((struct group_doc *)v)->request == c->request)
			group_doc_rollback(c, v);
	while (c->nprojects > nprojects)
		map_delete(c->projects, c->new_projects[--c->nprojects].name);
	c->last_run = NULL;
}

static bool
add_done(struct repo_commit *c, struct repo_scope scope,
    const struct hash128 *rid, uint64_t seq, int64_t version)
{
	struct group_done *v = arena_more(c->arena, c->dones, c->ndones,
	    &c->dones_cap, sizeof(*v));

	if (!v)
		return false;
	c->dones = v;
	v[c->ndones++] = (struct group_done){ scope, *rid, seq,
	    version };
	return true;
}

/* Who judged. */
static int64_t
version_of(const struct event *events, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct value *v = events[i].kind == EVENT_VERDICT ?
		    event_get(&events[i], FIELD_VERDICT_version) : NULL;

		if (v && v->type == VALUE_INT)
			return v->i;
	}
	return INT64_MAX;
}

/* Work that is done by this request. */
static int
note_done(struct repo_commit *c, const struct event *events, size_t n,
    uint64_t work_seq, struct err *e)
{
	struct repo_scope scope = { 0, ENV_PROD };
	struct hash128 rid;

	if (!work_seq || n == 0)
		return 0;
	scope.env = events[0].env;
	if (group_project(c, events[0].project, &scope.project, e))
		return e->code;
	rid = hash128(events[0].run_id);
	return add_done(c, scope, &rid, work_seq, version_of(events, n)) ? 0 :
	    err_set(e, ERR_LIMIT, "group: out of memory");
}

/*
 * Two workers that had one lease may have been told different things (the
 * time, what is usual): the first counts, not the sum of both.
 */
static int
is_judged(struct repo_commit *c, const struct event *verdict,
    uint64_t work_seq, bool *judged, struct err *e)
{
	struct repo_scope scope = { 0, verdict->env };

	if (group_project(c, verdict->project, &scope.project, e))
		return e->code;
	return group_run_judged(c, scope, verdict, work_seq, judged, e);
}

static int
add_events(struct repo_commit *c, const struct event *events, size_t n,
    uint64_t work_seq, struct err *e)
{
	bool judged = false;

	if (work_seq && n && is_judged(c, &events[0], work_seq, &judged, e))
		return e->code;
	for (size_t i = 0; i < n && !judged; i++)
		if (add_event(c, &events[i], e))
			return e->code;
	if (settle(c, e))
		return e->code;
	return note_done(c, events, n, work_seq, e);
}

int
repo_commit_events(struct repo_commit *c, const struct event *events, size_t n,
    uint64_t work_seq, struct err *e)
{
	size_t nprojects = c->nprojects;
	int rc;

	if (c->is_broken || (c->requests > 0 && (c->bytes > BYTES_FULL ||
	    arena_used(c->arena) > ARENA_FULL)))
		return err_set(e, ERR_AGAIN, "the group is full");
	if (c->seq == 0 && schema_seq(c->latest, &c->seq, e))
		return e->code;
	c->request++;
	c->seq++;
	c->ntouched = 0;
	rc = add_events(c, events, n, work_seq, e);
	if (rc) {
		rollback(c, nprojects);
		if (rc == ERR_LIMIT && c->requests > 0 &&
		    arena_used(c->arena) > ARENA_FULL)
			return err_set(e, ERR_AGAIN, "the group is full");
		c->stats.requests_refused++;
		return rc;
	}
	for (size_t i = 0; i < n; i++)
		c->bytes += events[i].body.n;
	c->requests++;
	c->stats.requests++;
	return 0;
}

int
repo_commit_document(struct repo_commit *c, const struct event *of,
    struct str document, uint64_t work_seq, struct err *e)
{
	struct repo_scope scope = { 0, of->env };
	struct group_text *v;

	if (document_check(document, e) ||
	    group_project(c, of->project, &scope.project, e))
		return e->code;
	if (c->is_broken || (c->ntexts > 0 &&
	    (arena_used(c->arena) > ARENA_FULL ||
	    c->text_bytes + document.n > TEXT_FULL)))
		return err_set(e, ERR_AGAIN, "the group is full");
	v = arena_more(c->arena, c->texts, c->ntexts, &c->texts_cap,
	    sizeof(*v));
	if (!v)
		return err_set(e, ERR_AGAIN, "the group is full");
	c->texts = v;
	v += c->ntexts;
	*v = (struct group_text){ scope, hash128(of->run_id), work_seq,
	    arena_str(c->arena, document) };
	if (!v->document.p)
		return err_set(e, ERR_AGAIN, "the group is full");
	c->ntexts++;
	c->text_bytes += document.n;
	return 0;
}

int
repo_commit_work_done(struct repo_commit *c, struct repo_scope scope,
    const struct hash128 *rid, uint64_t seq, struct err *e)
{
	return add_done(c, scope, rid, seq, INT64_MAX) ? 0 :
	    err_set(e, ERR_AGAIN, "the group is full");
}

/* Everything that the group changes, into the batch. */
static int
fill(struct repo_commit *c, struct err *e)
{
	size_t it = 0;
	void *v;

	if (c->seq == 0 && schema_seq(c->latest, &c->seq, e))
		return e->code;
	while (map_next(c->runs, &it, NULL, &v))
		if (group_run_write(c, v, e))
			return e->code;
	it = 0;
	while (map_next(c->docs, &it, NULL, &v))
		if (group_doc_write(c, v, e))
			return e->code;
	if (group_work_write(c, e) || group_text_write(c, e))
		return e->code;
	c->stats.rollups_written += delta_count(c->delta);
	if (delta_write(c->delta, c->latest, c->batch, c->arena, e))
		return e->code;
	for (size_t i = 0; i < c->nprojects; i++)
		schema_put_project(c->batch, c->new_projects[i].name,
		    c->new_projects[i].number);
	if (kv_batch_count(c->batch) > 0)
		schema_put_seq(c->batch, c->seq);
	return 0;
}

int
repo_commit_write(struct repo_commit *c, bool sync, struct err *e)
{
	struct repo_commit_stats before = c->stats;
	int rc = c->is_broken ?
	    err_set(e, ERR_AGAIN, "group: broken by a request of it") :
	    fill(c, e);

	if (rc == 0 && kv_batch_count(c->batch) > 0)
		rc = kv_write(c->kv, c->batch, sync, e);
	kv_batch_clear(c->batch);
	delta_clear(c->delta);
	c->is_broken = true;
	if (rc) {
		repo_commit_begin(c);
		c->stats = before;
		return err_wrap(e, "commit");
	}
	c->nprojects = 0;
	c->stats.groups++;
	return 0;
}

bool
repo_commit_changes(const struct repo_commit *c, size_t *it,
    struct repo_change *out)
{
	size_t nruns = map_count(c->runs), at;
	void *v;

	while (*it < nruns) {
		const struct group_run *t;

		if (!map_next(c->runs, it, NULL, &v))
			break;
		t = v;
		if (t->events.n == 0)
			continue;
		*out = (struct repo_change){ CLASS_RUN, t->scope, t->project,
		    t->run_id, t->rid, t->rev, t->work_seq, !t->old_head.p,
		    t->has_verdict };
		return true;
	}
	for (at = *it - nruns; map_next(c->docs, &at, NULL, &v);) {
		const struct group_doc *d = v;

		*it = at + nruns;
		if (d->events.n == 0)
			continue;
		*out = (struct repo_change){ .class = d->class,
		    .scope = d->scope, .project = d->project, .id = d->id,
		    .rid = d->rid };
		return true;
	}
	*it = SIZE_MAX;
	return false;
}

const struct repo_commit_stats *
repo_commit_stats(const struct repo_commit *c)
{
	return &c->stats;
}
