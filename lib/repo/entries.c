#include "repo/entries.h"

#include <stdlib.h>

#include "base/hash.h"
#include "repo/contrib.h"
#include "repo/read.h"
#include "repo/topics.h"

struct builder {
	struct repo_scope scope;
	const struct hash128 *rid;
	struct arena *a;
	struct entries *out;
	int64_t ms;
};

static bool
add_key(struct builder *b, const struct layout_key *k, struct str value)
{
	struct entry *v = arena_more(b->a, b->out->v, b->out->n, &b->out->cap,
	    sizeof(*v));

	if (!v)
		return false;
	b->out->v = v;
	v += b->out->n++;
	v->key = arena_str(b->a, layout_str(k));
	v->value = arena_str(b->a, value);
	return v->key.p && v->value.p;
}

static bool
add(struct builder *b, enum layout_index kind, struct str name)
{
	struct layout_key k;

	layout_index(&k, b->scope, kind, name, b->ms, b->rid);
	return add_key(b, &k, STR(""));
}

/* Absent names have no entry. */
static bool
add_named(struct builder *b, enum layout_index kind, struct str name)
{
	return name.n == 0 || add(b, kind, name);
}

static bool
add_time(struct builder *b, const struct run *run, bool is_error)
{
	struct layout_key k, v = { 0 };

	layout_add_byte(&v, (uint8_t)((is_error ? INDEX_IS_ERROR : 0) |
	    (run->conversational ? INDEX_IS_CONVERSATIONAL : 0)));
	if (run->session_id.n)
		layout_add_be64(&v, hash64(run->session_id));
	layout_index(&k, b->scope, INDEX_TIME, STR_NULL, b->ms, b->rid);
	return add_key(b, &k, layout_str(&v));
}

static bool
add_verdict(struct builder *b, const struct run *run)
{
	struct str parent, topic;

	for (size_t i = 0; i < run_count(run, EVENT_SIGNAL); i++) {
		const struct signal_hit *s = run_signal(run, i);

		if (run_signal_is_current(run, s) &&
		    !add_named(b, INDEX_PATTERN, s->slug))
			return false;
	}
	if (run_topic(run, &parent, &topic) &&
	    (!add_named(b, INDEX_TOPIC, topic) ||
	    !add_named(b, INDEX_TOPIC, parent)))
		return false;
	for (size_t i = 0; i < run_count(run, EVENT_FAILURE); i++) {
		const struct failure_hit *f = run_failure(run, i);
		struct layout_key k;

		if (!f->failure_id.n || !run_failure_is_current(run, f))
			continue;
		layout_index(&k, b->scope, INDEX_FAILURE, f->failure_id,
		    failure_hit_ms(f, b->ms), b->rid);
		layout_add_be64(&k, hash64(f->base.id));
		if (!add_key(b, &k, STR("")))
			return false;
	}
	return true;
}

static bool
has_feedback(const struct run *run)
{
	for (size_t i = 0; i < run_count(run, EVENT_SCORE); i++) {
		bool text;
		int thumbs;

		if (repo_score_feedback(run_score(run, i), &thumbs, &text))
			return true;
	}
	return false;
}

static int
compare(const void *a, const void *b)
{
	return str_cmp(((const struct entry *)a)->key,
	    ((const struct entry *)b)->key);
}

bool
entries_of(struct repo_scope scope, const struct hash128 *rid,
    const struct run *run, struct arena *a, struct entries *out)
{
	struct builder b = { scope, rid, a, out, 0 };
	struct run_totals t;
	size_t n = 0;

	*out = (struct entries){ 0 };
	run_totals(run, &t);
	b.ms = repo_run_ms(&t);
	if (!add_time(&b, run, t.is_error) ||
	    !add_named(&b, INDEX_AGENT, run->agent) ||
	    !add_named(&b, INDEX_USER, run->user_id) ||
	    !add_named(&b, INDEX_ORG, run->org_id) ||
	    !add_named(&b, INDEX_SESSION, run->session_id) ||
	    (t.is_error && !add(&b, INDEX_ERROR, STR_NULL)) ||
	    (has_feedback(run) && !add(&b, INDEX_FEEDBACK, STR_NULL)) ||
	    !add_verdict(&b, run))
		return false;
	qsort(out->v, out->n, sizeof(*out->v), compare);
	for (size_t i = 0; i < out->n; i++)
		if (i == 0 || !str_eq(out->v[i].key, out->v[n - 1].key))
			out->v[n++] = out->v[i];
	out->n = n;
	return true;
}

void
entries_diff(const struct entries *old, const struct entries *new,
    struct kv_batch *b)
{
	size_t i = 0, j = 0;

	while (i < old->n || j < new->n) {
		int rc = i == old->n ? 1 : j == new->n ? -1 :
		    str_cmp(old->v[i].key, new->v[j].key);

		if (rc < 0) {
			kv_batch_delete(b, KV_INDEX, old->v[i++].key);
			continue;
		}
		if (rc > 0 || !str_eq(old->v[i].value, new->v[j].value))
			kv_batch_put(b, KV_INDEX, new->v[j].key,
			    new->v[j].value);
		i += rc == 0;
		j++;
	}
}
