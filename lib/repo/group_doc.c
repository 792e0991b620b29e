/* Kinds that belong to a project and not to a run: a failure's status,
 * insights, custom patterns, topics.  Rare and small: folded anew from all events at each change. */
#include <string.h>

#include "base/clock.h"
#include "base/hash.h"
#include "model/run.h"
#include "repo/group.h"

static int
spent(struct err *e)
{
	return err_set(e, ERR_LIMIT, "group: too much for the memory given");
}

static enum layout_class
class_of(enum event_kind kind)
{
	return kind == EVENT_INSIGHT ? CLASS_INSIGHT :
	    kind == EVENT_PATTERN ? CLASS_PATTERN :
	    kind == EVENT_TOPICS ? CLASS_TOPICS : CLASS_FAILURE;
}

static int
find(struct repo_commit *c, struct repo_scope scope, const struct event *ev,
    struct group_doc **out, struct err *e)
{
	struct layout_key k;
	struct hash128 rid = hash128(ev->id);
	struct group_doc *d;

	layout_event_prefix(&k, scope, class_of(ev->kind), &rid);
	d = map_get(c->docs, layout_str(&k));
	if (!d) {
		d = arena_alloc(c->arena, sizeof(*d));
		if (!d)
			return spent(e);
		d->class = class_of(ev->kind);
		d->scope = scope;
		d->rid = rid;
		d->id = arena_str(c->arena, ev->id);
		d->project = arena_str(c->arena, ev->project);
		if (!d->id.p || !d->project.p)
			return spent(e);
		if (record_load(c->latest, scope, d->class, &rid, c->arena,
		    &d->stored, e))
			return e->code;
		*map_put(c->docs, layout_str(&k)) = d;
	}
	*out = d;
	if (d->request != c->request) {
		d->request = c->request;
		d->mark_n = d->events.n;
	}
	return 0;
}

int
group_doc_event(struct repo_commit *c, struct repo_scope scope,
    const struct event *ev, struct err *e)
{
	struct group_doc *d;
	bool seen = false;

	if (ev->id.n == 0 || ev->id.n > EVENT_ID_MAX)
		return err_set(e, ERR_INVALID, "%s: id is %s",
		    event_kind_def(ev->kind)->name,
		    ev->id.n ? "too long" : "missing");
	if (find(c, scope, ev, &d, e))
		return e->code;
	for (size_t i = 0; i < d->stored.n && !seen; i++)
		seen = d->stored.v[i].hash == ev->hash;
	for (size_t i = 0; i < d->events.n && !seen; i++)
		seen = d->events.v[i].event->hash == ev->hash;
	if (seen) {
		c->stats.events_seen++;
		return 0;
	}
	return accepted_add(&d->events, ev, c->seq, c->arena) ? 0 : spent(e);
}

void
group_doc_rollback(struct repo_commit *c, struct group_doc *d)
{
	(void)c;
	d->events.n = d->mark_n;
}

/* Stable, and quick on what is nearly sorted. */
static void
sort_by_order(struct event *v, size_t n)
{
	for (size_t i = 1; i < n; i++) {
		struct event ev = v[i];
		size_t j = i;

		for (; j > 0 && v[j - 1].order > ev.order; j--)
			v[j] = v[j - 1];
		v[j] = ev;
	}
}

static void
add_field(struct event_builder *b, const void *entity,
    const struct field_def *def)
{
	const void *member = (const char *)entity + def->offset;

	switch (def->type) {
	case FIELD_TEXT:
		event_text(b, def->number, *(const struct str *)member);
		return;
	case FIELD_BOOL:
		event_bool(b, def->number, *(const bool *)member);
		return;
	case FIELD_INT:
		event_int(b, def->number, *(const int64_t *)member);
		return;
	case FIELD_NUM:
		event_num(b, def->number, *(const double *)member);
		return;
	case FIELD_ANY:
		event_value(b, def->number, *(const struct value *)member);
		return;
	case FIELD_KEYED:
		break;
	}
	BUG("field %s is keyed", def->name);
}

static bool
encode(const struct entity *entity, enum event_kind kind,
    struct repo_scope scope, struct arena *a, struct buf *out)
{
	const struct kind_def *def = event_kind_def(kind);
	struct event_builder b;
	struct event ev;

	event_begin(&b, a, kind, STR(""), entity->id);
	b.event.env = scope.env;
	b.event.order = entity->order;
	for (size_t i = 0; i < def->nfields; i++)
		if (entity->has >> def->fields[i].number & 1)
			add_field(&b, entity, &def->fields[i]);
	if (!event_end(&b, &ev))
		return false;
	event_encode(&ev, out);
	return !out->failed;
}

/* Where an insight stands in time. */
static void
time_key(struct layout_key *k, struct repo_scope scope,
    const struct insight *v, const struct hash128 *rid)
{
	layout_state(k, scope, 'I', STR(""));
	layout_add_be64(k, (uint64_t)(INT64_MAX -
	    layout_clamp_ms(floor_div(v->to_ns, NS_PER_MS))));
	layout_add(k, str_of(rid->b, sizeof(rid->b)));
}

int
doc_read(struct str value, struct arena *a, enum event_kind kind,
    void *entity, struct err *e)
{
	struct pack_reader r = pack_reader(value);
	struct event ev;

	if (event_decode(&r, a, &ev, e) || pack_end(&r, e))
		return e->code == ERR_LIMIT ? e->code :
		    err_set(e, ERR_CORRUPT, "state: not a record");
	if (ev.kind != kind)
		return err_set(e, ERR_CORRUPT, "state: of another kind");
	((struct entity *)entity)->id = ev.id;
	return entity_overlay(entity, &ev, a) ? 0 : spent(e);
}

static int
put_insight(struct kv_batch *b, struct repo_scope scope, struct str id,
    const struct insight *v, struct str old, struct arena *a, struct err *e)
{
	struct hash128 rid = hash128(id);
	struct layout_key k;
	struct insight before = { 0 };

	if (old.p) {
		if (doc_read(old, a, EVENT_INSIGHT, &before, e))
			return e->code;
		time_key(&k, scope, &before, &rid);
		kv_batch_delete(b, KV_STATE, layout_str(&k));
	}
	time_key(&k, scope, v, &rid);
	kv_batch_put(b, KV_STATE, layout_str(&k), id);
	return 0;
}

int
doc_put(struct kv_batch *b, struct repo_scope scope, struct str id,
    struct event *events, size_t n, struct str old, struct arena *a,
    struct err *e)
{
	union {
		struct entity base;
		struct failure_change change;
		struct insight insight;
		struct pattern_doc pattern;
		struct topics_doc topics;
	} v;
	enum event_kind kind = events[0].kind;
	struct layout_key k;
	struct buf out;
	int rc = 0;

	memset(&v, 0, sizeof(v));
	v.base.id = id;
	sort_by_order(events, n);
	for (size_t i = 0; i < n; i++) {
		if (events[i].kind != kind)
			return err_set(e, ERR_CORRUPT, "state: mixed kinds");
		if (!entity_overlay(&v, &events[i], a))
			return spent(e);
		/* A change without a time of its own happens when it comes. */
		if (kind == EVENT_FAILURE_CHANGE && !event_get(&events[i],
		    FIELD_FAILURE_CHANGE_time_ns)) {
			v.change.time_ns = NS_PER_MS *
			    layout_clamp_ms(events[i].received_ms);
			v.base.has |= (uint64_t)1 <<
			    FIELD_FAILURE_CHANGE_time_ns;
		}
	}
	buf_init(&out, EVENT_BYTES_MAX * 2);
	if (!encode(&v.base, kind, scope, a, &out))
		rc = spent(e);
	else if (kind == EVENT_INSIGHT)
		rc = put_insight(b, scope, id, &v.insight, old, a, e);
	if (rc == 0) {
		layout_state(&k, scope, (char)class_of(kind), id);
		kv_batch_put(b, KV_STATE, layout_str(&k), buf_str(&out));
	}
	buf_fini(&out);
	return rc;
}

int
group_doc_write(struct repo_commit *c, struct group_doc *d, struct err *e)
{
	size_t n = d->stored.n + d->events.n;
	struct event *all = arena_array(c->arena, n, sizeof(*all));
	struct str old = STR_NULL;
	struct layout_key k;
	bool found;

	if (d->events.n == 0)
		return 0;
	if (!all)
		return spent(e);
	if (d->stored.n)
		memcpy(all, d->stored.v, d->stored.n * sizeof(*all));
	for (size_t i = 0; i < d->events.n; i++)
		all[d->stored.n + i] = *d->events.v[i].event;
	layout_state(&k, d->scope, (char)d->class, d->id);
	if (kv_get(c->latest, KV_STATE, layout_str(&k), &c->scratch, &found, e))
		return e->code;
	if (found) {
		old = arena_str(c->arena, buf_str(&c->scratch));
		if (!old.p)
			return spent(e);
	}
	if (doc_put(c->batch, d->scope, d->id, all, n, old, c->arena, e))
		return e->code;
	c->stats.patterns_written += d->class == CLASS_PATTERN ||
	    d->class == CLASS_TOPICS;
	return accepted_write(c, d->class, d->scope, &d->rid, d->id,
	    &d->events, e);
}
