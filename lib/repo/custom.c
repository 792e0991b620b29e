#include "repo/custom.h"

#include <stdio.h>

#include "base/clock.h"
#include "detect/detect.h"
#include "repo/group.h"
#include "repo/hits.h"

enum { DEFINITION_MAX = 2 << 20 };

/* ---- reading ---- */

struct listing {
	const struct repo_view *view;
	struct repo_customs *out;
	size_t cap;
};

static int
read_doc(const struct repo_view *view, struct str value,
    struct repo_custom *out, struct err *e)
{
	struct pattern_doc d = { .deleted = false };
	struct str copy = arena_str(view->arena, value);

	if (!copy.p)
		return read_spent(e);
	if (doc_read(copy, view->arena, EVENT_PATTERN, &d, e))
		return e->code;
	*out = (struct repo_custom){ .slug = arena_str(view->arena,
	    d.base.id), .revision = d.base.order,
	    .is_enabled = d.enabled && !d.deleted, .is_deleted = d.deleted,
	    .created_ms = floor_div(d.created_ns, NS_PER_MS),
	    .changed_ms = floor_div(d.changed_ns, NS_PER_MS) };
	if (ENTITY_HAS(&d, PATTERN, definition))
		out->definition = d.definition.s;
	return out->slug.p ? 0 : read_spent(e);
}

static int
list_row(void *arg, struct str key, struct str value, struct err *e)
{
	struct listing *l = arg;
	struct repo_custom *v = arena_more(l->view->arena, l->out->v,
	    l->out->n, &l->cap, sizeof(*v));

	(void)key;
	if (!v)
		return read_spent(e);
	l->out->v = v;
	if (read_doc(l->view, value, &v[l->out->n], e))
		return e->code;
	l->out->generation = MAX_OF(l->out->generation,
	    v[l->out->n].revision);
	l->out->n++;
	return 0;
}

int
repo_custom_list(const struct repo_view *v, struct repo_customs *out,
    struct err *e)
{
	struct listing l = { v, out, 0 };
	struct kv_range r = { .family = KV_STATE };
	struct layout_key from, to;

	*out = (struct repo_customs){ .n = 0 };
	layout_state(&from, v->scope, CLASS_PATTERN, STR(""));
	layout_state(&to, v->scope, CLASS_PATTERN + 1, STR(""));
	r.from = layout_str(&from);
	r.to = layout_str(&to);
	return kv_scan(v->snapshot, &r, list_row, &l, NULL, e);
}

static int
no_such(struct str slug, struct err *e)
{
	return err_set(e, ERR_NOT_FOUND, "there is no pattern %.*s",
	    (int)MIN_OF(slug.n, 100), slug.p ? slug.p : "");
}

/* NULL if it never was. */
static const struct repo_custom *
find(const struct repo_customs *all, struct str slug)
{
	for (size_t i = 0; i < all->n; i++)
		if (str_eq(all->v[i].slug, slug))
			return &all->v[i];
	return NULL;
}

int
repo_custom_get(const struct repo_view *v, struct str slug,
    struct repo_custom *out, struct err *e)
{
	struct str key, doc = STR_NULL;
	struct layout_key k;

	if (slug.n == 0 || slug.n > CUSTOM_SLUG_MAX)
		return no_such(slug, e);
	layout_state(&k, v->scope, CLASS_PATTERN, slug);
	key = layout_str(&k);
	if (kv_multi_get(v->snapshot, KV_STATE, &key, 1, &doc, v->arena, e))
		return e->code;
	if (!doc.p)
		return no_such(slug, e);
	if (read_doc(v, doc, out, e))
		return e->code;
	return out->is_deleted ? no_such(slug, e) : 0;
}

int
repo_custom_def(const struct repo_view *v, const struct repo_custom *c,
    struct custom_def *def, struct err *e)
{
	struct str field;

	*def = (struct custom_def)CUSTOM_DEF_INIT;
	if (custom_def_parse(def, c->definition, v->arena, &field, e))
		return err_wrap(e, "pattern %.*s", STR_FMT(c->slug));
	def->slug = c->slug;
	def->enabled = c->is_enabled;
	def->revision = c->revision;
	return 0;
}

static bool
add_one(const struct repo_view *v, const struct repo_custom *c,
    struct custom_set *set)
{
	struct err e = ERR_INIT;
	struct custom_def def;
	struct custom *p;

	return repo_custom_def(v, c, &def, &e) == 0 &&
	    custom_new(&def, c->revision, &p, &e) == 0 &&
	    custom_set_add(set, p);
}

int
repo_custom_set(const struct repo_view *v, struct custom_set **out,
    size_t *refused, struct err *e)
{
	struct repo_customs all;

	*out = NULL;
	*refused = 0;
	if (repo_custom_list(v, &all, e))
		return e->code;
	if (all.n == 0)
		return 0;
	*out = custom_set_new(all.generation);
	for (size_t i = 0; i < all.n; i++)
		if (all.v[i].is_enabled)
			*refused += !add_one(v, &all.v[i], *out);
	return 0;
}

/* ---- changing ---- */

static int
add_event(const struct repo_view *v, const struct repo_customs *all,
    struct event_builder *b, const struct repo_custom_change *by,
    struct buf *out, struct err *e)
{
	struct event ev;

	b->event.project = by->project;
	b->event.env = v->scope.env;
	b->event.received_ms = by->now_ms;
	b->event.source = by->source;
	b->event.order = MAX_OF(by->now_ms, all->generation + 1);
	event_int(b, FIELD_PATTERN_changed_ns, by->now_ms * NS_PER_MS);
	if (!event_end(b, &ev))
		return read_spent(e);
	event_encode(&ev, out);
	return out->failed ? err_set(e, ERR_LIMIT, "pattern: too large") : 0;
}

static int
put_def(const struct repo_view *v, const struct repo_customs *all,
    const struct custom_def *def, int64_t created_ms,
    const struct repo_custom_change *by, struct buf *out, struct err *e)
{
	struct event_builder b;
	struct json_writer w;
	struct str text;
	struct buf json;

	buf_init(&json, DEFINITION_MAX);
	json_writer_init(&w, &json);
	json_put_object(&w);
	custom_def_write(def, &w);
	json_put_object_end(&w);
	text = json_writer_done(&w) ? arena_str(v->arena, buf_str(&json)) :
	    STR_NULL;
	buf_fini(&json);
	if (!text.p)
		return read_spent(e);
	event_begin(&b, v->arena, EVENT_PATTERN, STR(""), def->slug);
	event_json(&b, FIELD_PATTERN_definition, text);
	event_bool(&b, FIELD_PATTERN_enabled, def->enabled);
	event_bool(&b, FIELD_PATTERN_deleted, false);
	event_int(&b, FIELD_PATTERN_created_ns, created_ms * NS_PER_MS);
	return add_event(v, all, &b, by, out, e);
}

static bool
is_taken(const struct repo_customs *all, struct str slug)
{
	const struct repo_custom *c = find(all, slug);

	return detect_pattern_by_slug(slug) || (c && !c->is_deleted);
}

/* "refund", "refund-2", "refund-3", … */
static int
free_slug(const struct repo_view *v, const struct repo_customs *all,
    struct custom_def *def, struct err *e)
{
	struct str base = def->slug;

	for (int i = 2; is_taken(all, def->slug); i++) {
		int digits = snprintf(NULL, 0, "-%d", i);
		size_t n = MIN_OF(base.n, (size_t)(CUSTOM_SLUG_MAX - digits));

		while (n > 1 && base.p[n - 1] == '-')
			n--;
		def->slug = arena_printf(v->arena, "%.*s-%d", (int)n, base.p,
		    i);
		if (!def->slug.p)
			return read_spent(e);
	}
	return 0;
}

int
repo_custom_create(const struct repo_view *v, struct custom_def *def,
    const struct repo_custom_change *by, struct buf *out, struct str *field,
    struct err *e)
{
	bool has_slug = def->slug.p != NULL;
	struct repo_customs all;
	size_t n = 0;

	if (custom_def_check(def, v->arena, field, e) ||
	    repo_custom_list(v, &all, e))
		return e->code;
	*field = STR("slug");
	if (has_slug && is_taken(&all, def->slug))
		return err_set(e, ERR_EXISTS, "slug: there is a pattern %.*s",
		    STR_FMT(def->slug));
	if (free_slug(v, &all, def, e))
		return e->code;
	*field = STR_NULL;
	for (size_t i = 0; i < all.n; i++)
		n += !all.v[i].is_deleted;
	if (n >= CUSTOM_SET_MAX)
		return err_set(e, ERR_EXISTS, "there are %d patterns already",
		    CUSTOM_SET_MAX);
	return put_def(v, &all, def, by->now_ms, by, out, e);
}

/* The pattern as it is, to be changed. */
static int
find_own(const struct repo_view *v, struct str slug,
    struct repo_customs *all, const struct repo_custom **out, struct err *e)
{
	if (detect_pattern_by_slug(slug))
		return err_set(e, ERR_DENIED,
		    "%.*s is built in and cannot be changed or deleted",
		    STR_FMT(slug));
	if (repo_custom_list(v, all, e))
		return e->code;
	*out = find(all, slug);
	return !*out || (*out)->is_deleted ? no_such(slug, e) : 0;
}

int
repo_custom_change(const struct repo_view *v, struct str slug,
    struct str json, const struct repo_custom_change *by, struct buf *out,
    struct str *field, struct err *e)
{
	const struct repo_custom *old;
	struct repo_customs all;
	struct custom_def def;

	*field = STR_NULL;
	if (find_own(v, slug, &all, &old, e) ||
	    repo_custom_def(v, old, &def, e) ||
	    custom_def_parse(&def, json, v->arena, field, e))
		return e->code;
	if (!str_eq(def.slug, slug)) {
		*field = STR("slug");
		return err_set(e, ERR_INVALID, "slug: cannot be changed");
	}
	if (def.revision != old->revision) {
		*field = STR("revision");
		return err_set(e, ERR_EXISTS,
		    "revision: the pattern is at revision %lld",
		    (long long)old->revision);
	}
	if (custom_def_check(&def, v->arena, field, e))
		return e->code;
	*field = STR_NULL;
	return put_def(v, &all, &def, old->created_ms, by, out, e);
}

int
repo_custom_delete(const struct repo_view *v, struct str slug,
    const struct repo_custom_change *by, struct buf *out, struct err *e)
{
	const struct repo_custom *old;
	struct repo_customs all;
	struct event_builder b;

	if (find_own(v, slug, &all, &old, e))
		return e->code;
	event_begin(&b, v->arena, EVENT_PATTERN, STR(""), slug);
	event_null(&b, FIELD_PATTERN_definition);
	event_bool(&b, FIELD_PATTERN_enabled, false);
	event_bool(&b, FIELD_PATTERN_deleted, true);
	return add_event(v, &all, &b, by, out, e);
}
