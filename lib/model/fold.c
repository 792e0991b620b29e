/* The fold: events laid over a run. */
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "model/entity.h"
#include "model/run.h"

struct run *
run_new(struct arena *a, struct str run_id)
{
	struct run *run = arena_alloc(a, sizeof(*run));

	if (run) {
		run->base.id = run_id;
		run->env = ENV_PROD;
	}
	return run;
}

static struct entity *
list_at(const struct run *run, enum event_kind kind, size_t i)
{
	struct entity **v = run->lists[kind].v;

	return v[i];
}

struct span *
run_span(const struct run *run, size_t i)
{
	return (struct span *)list_at(run, EVENT_SPAN, i);
}

struct score *
run_score(const struct run *run, size_t i)
{
	return (struct score *)list_at(run, EVENT_SCORE, i);
}

struct verdict *
run_verdict_at(const struct run *run, size_t i)
{
	return (struct verdict *)list_at(run, EVENT_VERDICT, i);
}

struct signal_hit *
run_signal(const struct run *run, size_t i)
{
	return (struct signal_hit *)list_at(run, EVENT_SIGNAL, i);
}

struct failure_hit *
run_failure(const struct run *run, size_t i)
{
	return (struct failure_hit *)list_at(run, EVENT_FAILURE, i);
}

/* Below this many entities a scan is quicker than hashing. */
enum { INDEX_FROM = 16 };

static bool
list_index(struct entity_list *l, struct arena *a)
{
	struct entity **v = l->v;

	l->nslots = 64;
	while (l->nslots < l->cap * 2)
		l->nslots *= 2;
	l->slots = arena_array(a, l->nslots, sizeof(*l->slots));
	if (!l->slots)
		return false;
	for (size_t i = 0; i < l->n; i++) {
		size_t at = hash_seeded(v[i]->id) & (l->nslots - 1);

		while (l->slots[at])
			at = (at + 1) & (l->nslots - 1);
		l->slots[at] = (uint32_t)i + 1;
	}
	return true;
}

static struct entity *
list_find(const struct entity_list *l, struct str id)
{
	struct entity **v = l->v;

	if (!l->slots) {
		for (size_t i = 0; i < l->n; i++)
			if (str_eq(v[i]->id, id))
				return v[i];
		return NULL;
	}
	for (size_t at = hash_seeded(id) & (l->nslots - 1); l->slots[at];
	    at = (at + 1) & (l->nslots - 1))
		if (str_eq(v[l->slots[at] - 1]->id, id))
			return v[l->slots[at] - 1];
	return NULL;
}

struct entity *
run_entity_add(struct run *run, enum event_kind kind, struct str id,
    struct arena *a)
{
	struct entity_list *l = &run->lists[kind];
	struct entity *entity = arena_alloc(a, event_kind_def(kind)->size);
	struct entity **v = arena_more(a, l->v, l->n, &l->cap, sizeof(*v));

	if (!entity || !v)
		return NULL;
	entity->id = id;
	l->v = v;
	v[l->n++] = entity;
	if (l->n > INDEX_FROM) {
		if (!l->slots || l->n * 2 > l->nslots) {
			if (!list_index(l, a))
				return NULL;
		} else {
			size_t at = hash_seeded(id) & (l->nslots - 1);

			while (l->slots[at])
				at = (at + 1) & (l->nslots - 1);
			l->slots[at] = (uint32_t)l->n;
		}
	}
	return entity;
}

struct span *
run_span_by_id(const struct run *run, struct str id)
{
	return (struct span *)list_find(&run->lists[EVENT_SPAN], id);
}

/* Sets, replaces or (null) removes one key. */
static bool
overlay_key(struct attrs *attrs, const struct field *f, struct arena *a)
{
	if (f->value.type != VALUE_NULL)
		return attrs_put(attrs, f->key, &f->value, a);
	attrs_remove(attrs, f->key);
	return true;
}

static void
overlay_scalar(void *member, enum field_type type, const struct value *v)
{
	bool clear = v->type == VALUE_NULL;

	switch (type) {
	case FIELD_TEXT:
		*(struct str *)member = clear ? STR_NULL : v->s;
		return;
	case FIELD_BOOL:
		*(bool *)member = clear ? false : v->b;
		return;
	case FIELD_INT:
		*(int64_t *)member = clear ? 0 : v->i;
		return;
	case FIELD_NUM:
		*(double *)member = clear ? 0 : v->d;
		return;
	case FIELD_ANY:
		*(struct value *)member = *v;
		return;
	case FIELD_KEYED:
		*(struct attrs *)member = (struct attrs){ 0 };
		return;
	}
}

bool
entity_overlay(void *entity, const struct event *ev, struct arena *a)
{
	struct entity *base = entity;

	for (size_t i = 0; i < ev->nfields; i++) {
		const struct field *f = &ev->fields[i];
		const struct field_def *def = event_field(ev->kind, f->number);
		uint64_t bit = (uint64_t)1 << f->number;
		char *member = (char *)entity + def->offset;

		if (def->type == FIELD_KEYED && f->key.p) {
			if (!overlay_key((void *)member, f, a))
				return false;
			base->has |= bit;
			continue;
		}
		overlay_scalar(member, def->type, &f->value);
		if (f->value.type == VALUE_NULL)
			base->has &= ~bit;
		else
			base->has |= bit;
	}
	if (ev->order > base->order)
		base->order = ev->order;
	return true;
}

static bool
was_seen(const struct entity *entity, uint64_t hash)
{
	for (size_t i = 0; i < entity->nseen; i++)
		if (entity->seen[i] == hash)
			return true;
	return false;
}

/*
 * Remembers the hash.  The list is sorted until it is full, so that it does
 * not show in which order few patches came; from then on the oldest of
 * RUN_SEEN_MAX is forgotten, and a head carries the list as it is, so that
 * folding through heads forgets the same ones as folding in one go.
 */
static bool
remember(struct entity *entity, uint64_t hash, struct arena *a)
{
	uint64_t *seen;
	size_t at;

	if (entity->nseen == RUN_SEEN_MAX) {
		memmove(entity->seen, entity->seen + 1,
		    (RUN_SEEN_MAX - 1) * sizeof(*entity->seen));
		entity->seen[RUN_SEEN_MAX - 1] = hash;
		return true;
	}
	seen = arena_more(a, entity->seen, entity->nseen, &entity->seen_cap,
	    sizeof(*seen));
	if (!seen)
		return false;
	entity->seen = seen;
	for (at = entity->nseen++; at > 0 && seen[at - 1] > hash; at--)
		seen[at] = seen[at - 1];
	seen[at] = hash;
	return true;
}

static int
spent(struct err *e)
{
	return err_set(e, ERR_LIMIT, "run: too large to fold in memory");
}

static bool
is_verdict_kind(enum event_kind kind)
{
	return kind == EVENT_VERDICT || kind == EVENT_SIGNAL ||
	    kind == EVENT_FAILURE;
}

/* The entity that the event speaks about, made when it is new. */
static int
find_entity(struct run *run, const struct event *ev, struct arena *a,
    struct entity **out, struct err *e)
{
	struct entity_list *list;

	if (ev->kind == EVENT_RUN) {
		*out = &run->base;
		return 0;
	}
	if (ev->kind > EVENT_FAILURE)
		return err_set(e, ERR_INVALID, "run: a %s is not part of a run",
		    event_kind_def(ev->kind)->name);
	list = &run->lists[ev->kind];
	*out = list_find(list, ev->id);
	if (*out)
		return 0;
	if (list->n >= RUN_SPANS_MAX)
		return err_set(e, ERR_LIMIT,
		    "run: more than %d %ss in one run", RUN_SPANS_MAX,
		    event_kind_def(ev->kind)->name);
	*out = run_entity_add(run, ev->kind, ev->id, a);
	return *out ? 0 : spent(e);
}

/* True if the event's field, 0 when absent, has this value. */
static bool
says(const struct event *ev, unsigned number, int64_t value)
{
	const struct value *v = event_get(ev, number);

	return (v && v->type == VALUE_INT ? v->i : 0) == value;
}

/*
 * A signal or failure of another verdict than the one before says all of it
 * anew.  So what a head forgets about those whose verdict is gone does not
 * matter when they come back.
 */
static void
begin_anew(struct entity *entity, const struct event *ev)
{
	const struct signal_hit *s = (const struct signal_hit *)entity;
	const struct failure_hit *f = (const struct failure_hit *)entity;
	bool is_signal = ev->kind == EVENT_SIGNAL;
	struct str id = entity->id;

	if (is_signal ? says(ev, FIELD_SIGNAL_rev, s->rev) &&
	    says(ev, FIELD_SIGNAL_pass, s->pass) :
	    says(ev, FIELD_FAILURE_rev, f->rev) &&
	    says(ev, FIELD_FAILURE_pass, f->pass))
		return;
	memset(entity, 0, event_kind_def(ev->kind)->size);
	entity->id = id;
}

int
run_apply(struct run *run, const struct event *ev, struct arena *a,
    struct err *e)
{
	struct entity *entity;

	if (find_entity(run, ev, a, &entity, e))
		return e->code;
	if (was_seen(entity, ev->hash))
		return RUN_SEEN;
	if (entity->nseen > 0 && ev->order < entity->order)
		return RUN_REFOLD;
	if (ev->kind == EVENT_SIGNAL || ev->kind == EVENT_FAILURE)
		begin_anew(entity, ev);
	if (entity->nseen == 0)
		entity->order = ev->order;
	if (!entity_overlay(entity, ev, a) || !remember(entity, ev->hash, a))
		return spent(e);
	if (run->received_ms == 0 || ev->received_ms < run->received_ms)
		run->received_ms = ev->received_ms;
	run->env = ev->env;
	if (!is_verdict_kind(ev->kind))
		run->rev++;
	return RUN_APPLIED;
}

/* Merge sort by order: stable, so that equal orders keep arrival order. */
static void
sort_events(struct event *v, size_t n, struct event *tmp)
{
	size_t half = n / 2, i = 0, j = half, k = 0;

	if (n < 2)
		return;
	sort_events(v, half, tmp);
	sort_events(v + half, n - half, tmp);
	while (i < half && j < n)
		tmp[k++] = v[j].order < v[i].order ? v[j++] : v[i++];
	while (i < half)
		tmp[k++] = v[i++];
	while (j < n)
		tmp[k++] = v[j++];
	memcpy(v, tmp, n * sizeof(*v));
}

int
run_fold(struct event *events, size_t n, struct str run_id, struct arena *a,
    struct run **out, struct err *e)
{
	struct event *tmp = arena_array(a, n, sizeof(*tmp));
	struct run *run = run_new(a, run_id);

	if (!tmp || !run)
		return spent(e);
	sort_events(events, n, tmp);
	for (size_t i = 0; i < n; i++) {
		int rc = run_apply(run, &events[i], a, e);

		if (rc < 0)
			return rc;
		if (rc == RUN_REFOLD)
			BUG("sorted events are out of order");
	}
	*out = run;
	return 0;
}

static bool
is_later(const struct verdict *a, const struct verdict *b)
{
	if (a->version != b->version)
		return a->version > b->version;
	return a->rev != b->rev ? a->rev > b->rev : a->pass > b->pass;
}

const struct verdict *
run_verdict(const struct run *run)
{
	const struct verdict *best = NULL;

	for (size_t i = 0; i < run_count(run, EVENT_VERDICT); i++)
		if (!best || is_later(run_verdict_at(run, i), best))
			best = run_verdict_at(run, i);
	return best;
}

const struct verdict *
run_verdict_of(const struct run *run, int64_t version)
{
	const struct verdict *best = NULL;

	for (size_t i = 0; i < run_count(run, EVENT_VERDICT); i++) {
		const struct verdict *v = run_verdict_at(run, i);

		if (v->version == version && (!best || is_later(v, best)))
			best = v;
	}
	return best;
}

bool
run_signal_is_current(const struct run *run, const struct signal_hit *s)
{
	const struct verdict *v = run_verdict(run);

	return v && s->version == v->version && s->rev == v->rev &&
	    s->pass == v->pass;
}

bool
run_failure_is_current(const struct run *run, const struct failure_hit *f)
{
	const struct verdict *v = run_verdict(run);

	return v && f->version == v->version && f->rev == v->rev &&
	    f->pass == v->pass;
}

int64_t
verdict_order(uint64_t rev, uint64_t pass)
{
	enum { PASS_BITS = 42, REV_BITS = 21 };
	uint64_t max_rev = ((uint64_t)1 << REV_BITS) - 1;
	uint64_t max_pass = ((uint64_t)1 << PASS_BITS) - 1;

	return (int64_t)(MIN_OF(rev, max_rev) << PASS_BITS |
	    MIN_OF(pass, max_pass));
}
