/* What topics are called. */
#include "digest/digest_in.h"
#include "repo/topics.h"

static bool
add_name(struct digest *d, const struct topic *t)
{
	void **slot = map_put(d->topics, t->id);
	struct insight_row *r = arena_alloc(d->arena, sizeof(*r));

	if (!r)
		return false;
	r->label = arena_str(d->arena, t->name);
	if (t->parent.p)
		r->parent = arena_str(d->arena, t->parent);
	r->is_group = t->is_group;
	*slot = r;
	return r->label.p && (!t->parent.p || r->parent.p);
}

int
digest_topics(struct digest *d, const struct topic_model *m, struct err *e)
{
	if (!m || m->generation < d->topics_generation)
		return 0;
	map_free(d->topics, NULL);
	d->topics = map_new();
	d->topics_generation = m->generation;
	for (size_t i = 0; i < m->n; i++)
		if (!add_name(d, &m->v[i]))
			return digest_spent(e);
	return 0;
}

int
digest_add_topics(struct digest *d, const struct event *ev, struct err *e)
{
	struct topic_model *m;
	int rc;

	if (ev->kind != EVENT_TOPICS)
		return 0;
	if (repo_topics_read_event(ev, &m, e))
		return e->code;
	rc = digest_topics(d, m, e);
	topic_model_free(m);
	return rc;
}
