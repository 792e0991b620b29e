/* Which topic is which of the previous model. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/map.h"
#include "base/mem.h"
#include "topic/fit_in.h"

/* Less alike than this is another topic. */
static const double same_min = 0.3;

struct pair {
	size_t new, old;
	double alike;
};

struct pairs {
	struct pair *v;
	size_t n, cap;
};

static int
by_likeness(const void *a, const void *b)
{
	const struct pair *x = a, *y = b;

	if (x->alike != y->alike)
		return x->alike > y->alike ? -1 : 1;
	if (x->old != y->old)
		return x->old < y->old ? -1 : 1;
	return x->new < y->new ? -1 : x->new > y->new;
}

static void
add_pair(struct pairs *p, size_t new, size_t old, double alike)
{
	if (alike < same_min)
		return;
	p->v = mem_more(p->v, p->n, &p->cap, sizeof(*p->v));
	p->v[p->n++] = (struct pair){ new, old, alike };
}

static double
length(const struct topic *t)
{
	double sum = 0;

	for (size_t i = 0; i < t->nweights; i++)
		sum += (double)t->weights[i].weight *
		    (double)t->weights[i].weight;
	return sqrt(sum);
}

static double
cosine(const struct topic_model *m, const struct topic *t,
    const struct topic_model *old, const struct topic *o)
{
	double sum = 0, lengths = length(t) * length(o);
	size_t k = 0;
	int32_t *of = mem_zalloc(m->nterms + 1, sizeof(*of));

	for (size_t i = 0; i < t->nweights; i++)
		of[t->weights[i].term] = t->weights[i].weight;
	for (; k < o->nweights; k++) {
		size_t term = model_term(m,
		    old->terms[o->weights[k].term].text);

		if (term != SIZE_MAX)
			sum += (double)of[term] *
			    (double)o->weights[k].weight;
	}
	free(of);
	return lengths > 0 ? sum / lengths : 0;
}

/* Prompts that each pair shares, and that each old topic has. */
struct shared {
	double both[TOPIC_MAX][TOPIC_MAX];
	double old[TOPIC_MAX];
};

static void
count_shared(const struct fit *f, struct shared *s)
{
	for (size_t i = 0; i < f->c.n; i++) {
		const struct doc *d = &f->c.docs[i];

		if (f->old[i] < 0)
			continue;
		s->old[f->old[i]] += (double)d->nprompts;
		if (d->label >= 0)
			s->both[d->label][f->old[i]] += (double)d->nprompts;
	}
}

static double
likeness(const struct fit *f, const struct shared *s, size_t new, size_t old)
{
	const struct topic *t = &f->m->v[new], *o = &f->in->previous->v[old];
	double words = cosine(f->m, t, f->in->previous, o);
	double both = s->both[new][old], mean, part;

	/* What was given to no prompt can share none. */
	if (o->is_retired)
		return 0.7 * words;
	mean = 2 * both / ((double)t->prompts + s->old[old] + 1);
	part = 0.8 * both / (s->old[old] + 1);
	return 0.5 * MAX_OF(mean, part) + 0.5 * words;
}

static void
keep_identity(struct topic_model *m, struct topic *t, const struct topic *o)
{
	t->id = arena_str(m->arena, o->id);
	t->name = arena_str(m->arena, o->name);
	t->born_ms = MIN_OF(t->born_ms, o->born_ms);
	t->seen_ms = MAX_OF(t->seen_ms, o->seen_ms);
}

/* The likest first; taken[i] says which old ones are used. */
static void
choose(struct fit *f, struct pairs *p, size_t first, bool *taken)
{
	const struct topic_model *old = f->in->previous;

	if (p->n)
		qsort(p->v, p->n, sizeof(*p->v), by_likeness);
	for (size_t i = 0; i < p->n; i++) {
		struct topic *t = &f->m->v[first + p->v[i].new];

		if (taken[p->v[i].old] || t->id.p)
			continue;
		taken[p->v[i].old] = true;
		keep_identity(f->m, t, &old->v[p->v[i].old]);
	}
}

static void
match_topics(struct fit *f, size_t n, bool *taken)
{
	const struct topic_model *old = f->in->previous;
	struct shared *s = mem_zalloc(1, sizeof(*s));
	struct pairs p = { .n = 0 };

	count_shared(f, s);
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < old->n; k++)
			if (!old->v[k].is_group)
				add_pair(&p, i, k, likeness(f, s, i, k));
	choose(f, &p, 0, taken);
	free(p.v);
	free(s);
}

/* Groups are alike by the prompts of the topics that they share. */
static double
group_likeness(const struct topic_model *m, const struct topic *g,
    const struct topic_model *old, const struct topic *o)
{
	double both = 0, all = 0;

	for (size_t i = 0; i < m->n; i++) {
		const struct topic *t = &m->v[i];
		const struct topic *was = t->id.p && !t->is_group ?
		    topic_by_id(old, t->id) : NULL;
		bool here = t->parent.p && t->parent.p == g->words[0].p;
		bool there = was && was->parent.p &&
		    str_eq(was->parent, o->id);

		both += here && there ? (double)t->prompts : 0;
		all += here || there ? (double)t->prompts : 0;
	}
	return all > 0 ? both / all : 0;
}

static void
match_groups(struct fit *f, size_t first, size_t n, bool *taken)
{
	const struct topic_model *old = f->in->previous;
	struct pairs p = { .n = 0 };

	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < old->n; k++)
			if (old->v[k].is_group)
				add_pair(&p, i, k, group_likeness(f->m,
				    &f->m->v[first + i], old, &old->v[k]));
	choose(f, &p, first, taken);
	free(p.v);
}

/* ---- new ids ---- */

static bool
is_used(const struct fit *f, struct str id)
{
	return topic_by_id(f->m, id) ||
	    (f->in->previous && topic_by_id(f->in->previous, id));
}

/* From when and with which words it was born. */
static bool
give_id(struct fit *f, struct topic *t)
{
	struct str seed = arena_printf(f->m->arena, "%lld%s",
	    (long long)t->born_ms, t->is_group ? " group" : "");

	for (size_t i = 0; i < t->nexamples && seed.p; i++)
		seed = arena_printf(f->m->arena, "%.*s %.*s", STR_FMT(seed),
		    STR_FMT(t->examples[i]));
	for (int salt = 0; seed.p; salt++) {
		uint64_t h = hash64(seed) + (uint64_t)salt;
		struct str id = arena_printf(f->m->arena, "t_%016llx",
		    (unsigned long long)h);

		if (!id.p)
			return false;
		if (is_used(f, id))
			continue;
		t->id = id;
		return true;
	}
	return false;
}

/* ---- groups as topics ---- */

static void
add_to_group(struct topic *g, const struct topic *t)
{
	if (!g->prompts || t->born_ms < g->born_ms)
		g->born_ms = t->born_ms;
	if (!g->prompts || t->seen_ms > g->seen_ms)
		g->seen_ms = t->seen_ms;
	g->prompts += t->prompts;
	if (g->nexamples < TOPIC_EXAMPLES && t->nexamples)
		g->examples[g->nexamples++] = t->examples[0];
}

/*
 * Until groups have ids, the parent of a topic is a mark: the first word of
 * the group.
 */
static bool
add_groups(struct fit *f, const int32_t *group_of, size_t n)
{
	size_t first = f->m->n;

	for (size_t g = 0; g < n; g++) {
		struct topic *t = &f->m->v[f->m->n++];

		t->is_group = true;
		t->words[0] = arena_str(f->m->arena, STR("?"));
		if (!t->words[0].p)
			return false;
	}
	for (size_t i = 0; i < first; i++) {
		struct topic *t = &f->m->v[i], *g;

		if (group_of[i] < 0)
			continue;
		g = &f->m->v[first + (size_t)group_of[i]];
		t->parent = g->words[0];
		add_to_group(g, t);
	}
	return true;
}

static void
name_parents(struct fit *f, const int32_t *group_of, size_t first)
{
	for (size_t i = 0; i < first; i++)
		f->m->v[i].parent = group_of[i] < 0 ? STR_NULL :
		    f->m->v[first + (size_t)group_of[i]].id;
	for (size_t i = first; i < f->m->n; i++)
		f->m->v[i].words[0] = STR_NULL;
}

/* ---- what is gone ---- */

/* A word that nobody said lately. */
static size_t
remember(struct topic_model *m, const struct topic_term *t)
{
	struct topic_term *to = &m->terms[m->nterms];

	if (m->nterms == TOPIC_TERMS_MAX)
		return SIZE_MAX;
	*to = (struct topic_term){ arena_str(m->arena, t->text), t->idf };
	if (!to->text.p)
		return SIZE_MAX;
	*map_put(m->by_term, to->text) = (void *)++m->nterms;
	return m->nterms - 1;
}

static bool
copy_weights(struct topic_model *m, struct topic *t,
    const struct topic_model *old, const struct topic *o)
{
	t->weights = arena_array(m->arena, o->nweights, sizeof(*t->weights));
	if (!t->weights)
		return false;
	t->nweights = 0;
	for (size_t i = 0; i < o->nweights; i++) {
		size_t term = model_term(m,
		    old->terms[o->weights[i].term].text);
		size_t at = t->nweights;

		if (term == SIZE_MAX)
			term = remember(m, &old->terms[o->weights[i].term]);
		if (term == SIZE_MAX)
			continue;
		for (; at > 0 && t->weights[at - 1].term > term; at--)
			t->weights[at] = t->weights[at - 1];
		t->weights[at] = (struct topic_weight){ (uint32_t)term,
		    o->weights[i].weight };
		t->nweights++;
	}
	return true;
}

static bool
copy_texts(struct topic_model *m, struct str *v, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		v[i] = arena_str(m->arena, v[i].p ? v[i] : STR(""));
		if (!v[i].p)
			return false;
	}
	return true;
}

static bool
retire(struct fit *f, const struct topic *o)
{
	struct topic *t = &f->m->v[f->m->n];

	*t = *o;
	t->is_retired = true;
	t->parent = STR_NULL;
	t->prompts = 0;
	f->m->n++;
	return copy_texts(f->m, &t->id, 1) && copy_texts(f->m, &t->name, 1) &&
	    copy_texts(f->m, t->words, t->nwords) &&
	    copy_texts(f->m, t->examples, t->nexamples) &&
	    copy_weights(f->m, t, f->in->previous, o);
}

/* Those that were seen last, if there is not room for all. */
static bool
keep_retired(struct fit *f, bool *taken)
{
	const struct topic_model *old = f->in->previous;

	while (f->m->n < TOPIC_MAX) {
		const struct topic *last = NULL;

		for (size_t k = 0; k < old->n; k++)
			if (!taken[k] && (!last ||
			    old->v[k].seen_ms > last->seen_ms))
				last = &old->v[k];
		if (!last || f->in->now_ms - last->seen_ms >= TOPIC_RETIRED_MS)
			break;
		taken[last - old->v] = true;
		if (!retire(f, last))
			return false;
	}
	return true;
}

bool
fit_match(struct fit *f, const int32_t *group_of, size_t ngroups)
{
	bool taken[TOPIC_MAX] = { false };
	size_t first = f->m->n;

	if (f->in->previous)
		match_topics(f, first, taken);
	if (!add_groups(f, group_of, ngroups))
		return false;
	if (f->in->previous)
		match_groups(f, first, ngroups, taken);
	for (size_t i = 0; i < f->m->n; i++)
		if (!f->m->v[i].id.p && !give_id(f, &f->m->v[i]))
			return false;
	name_parents(f, group_of, first);
	return !f->in->previous || keep_retired(f, taken);
}
