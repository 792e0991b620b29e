/* The words that tell a topic from the others, as people write them. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "base/mem.h"
#include "topic/fit_in.h"

enum {
	DOCS_MAX = 1500,        /* of one topic that are looked at */
	RUN_MAX = 4,            /* pairs of characters in an unspaced name */
	SURFACES = 4,           /* ways of writing that are counted */
	SURFACE_MAX = TOPIC_NAME_MAX,
	/* A word at the front is written as sentences begin. */
	FRONT = 1, INSIDE = 8
};

/* In at least this part of the prompts, and at least this good beside the best
 * single word, two words are a name. */
static const double pair_share = 0.15, pair_part = 0.4;
/* As good as that beside the best, a second word is added. */
static const double second_part = 0.3;

struct surface {
	char text[SURFACE_MAX + 1];
	size_t n;
	unsigned count;
};

/* A word or some neighbours, in the prompts of one topic. */
struct candidate {
	struct str key;         /* of the map: stems with blanks */
	size_t words;           /* in it */
	size_t docs, last;      /* mass; the last document it was counted in */
	size_t all;             /* mass in the whole corpus */
	double score;
	struct surface v[SURFACES];
	size_t n;
};

struct naming {
	struct fit *f;
	struct map *map;
	size_t docs;            /* of the topic, looked at: their mass */
	size_t doc;             /* number of the one at hand, and its mass */
	uint32_t mass;
	struct candidate **ranked;
	size_t nranked;
};

static void
add_surface(struct candidate *c, struct str s, unsigned weight)
{
	struct surface *to;

	if (s.n > SURFACE_MAX)
		return;
	for (size_t i = 0; i < c->n; i++)
		if (str_eq(str_of(c->v[i].text, c->v[i].n), s)) {
			c->v[i].count += weight;
			return;
		}
	if (c->n == SURFACES)
		return;
	to = &c->v[c->n++];
	memcpy(to->text, s.p, s.n);
	to->n = s.n;
	to->count = weight;
}

static void
count(struct naming *x, struct str key, size_t words, struct str surface,
    unsigned weight)
{
	void **slot = map_put(x->map, key);
	struct candidate *c = *slot;

	if (!c) {
		c = *slot = mem_zalloc(1, sizeof(*c));
		c->words = words;
	}
	if (c->last != x->doc)
		c->docs += x->mass;
	c->last = x->doc;
	add_surface(c, surface, weight);
}

static bool
are_neighbours(const struct term *a, const struct term *b)
{
	return b->place > a->place && b->place - a->place <= 2 &&
	    a->is_unspaced == b->is_unspaced &&
	    (!a->is_unspaced || b->from < a->to) &&
	    !str_eq(a->text, b->text);
}

/*
 * Terms from i on that are a name together: two words, or up to RUN_MAX pairs
 * of characters that overlap, with their key.  False: they are not.
 */
static bool
phrase_at(const struct terms *t, size_t i, size_t n, struct buf *key)
{
	buf_reset(key);
	if (i + n > t->n || (n > 2 && !t->v[i].is_unspaced))
		return false;
	for (size_t k = i; k < i + n; k++) {
		if (k > i && !are_neighbours(&t->v[k - 1], &t->v[k]))
			return false;
		if (k > i)
			buf_add_byte(key, ' ');
		buf_add_str(key, t->v[k].text);
	}
	return true;
}

/* "reset my password" is "reset password"; unspaced text is left whole. */
static struct str
phrase_surface(struct str text, const struct term *a, const struct term *b,
    struct buf *s)
{
	buf_reset(s);
	if (a->is_unspaced)
		return str_of(text.p + a->from, b->to - a->from);
	buf_add(s, text.p + a->from, a->to - a->from);
	buf_add_byte(s, ' ');
	buf_add(s, text.p + b->from, b->to - b->from);
	return buf_str(s);
}

static void
count_doc(struct naming *x, struct str text, struct buf *key,
    struct buf *surface)
{
	const struct terms *t = x->f->scratch->terms;

	terms_read(x->f->scratch->terms, text);
	x->doc++;
	for (size_t i = 0; i < t->n; i++) {
		const struct term *a = &t->v[i];
		unsigned weight = a->place == 1 ? FRONT : INSIDE;

		count(x, a->text, 1, str_of(text.p + a->from,
		    a->to - a->from), weight);
		for (size_t n = 2; n <= RUN_MAX &&
		    phrase_at(t, i, n, key); n++)
			count(x, buf_str(key), n, phrase_surface(text, a,
			    a + n - 1, surface), weight);
	}
}

static void
count_in_all(struct naming *x, struct str key)
{
	struct candidate *c = map_get(x->map, key);

	if (c && c->last != x->doc) {
		c->last = x->doc;
		c->all += x->mass;
	}
}

/* How many of all documents have each candidate. */
static void
count_all(struct naming *x, struct buf *key)
{
	const struct corpus *c = &x->f->c;
	struct terms *t = x->f->scratch->terms;

	for (size_t i = 0; i < c->n; i++) {
		x->doc++;
		x->mass = doc_mass(&c->docs[i]);
		terms_read(t, x->f->prompts[c->docs[i].prompts[0]].text);
		for (size_t k = 0; k < t->n; k++) {
			count_in_all(x, t->v[k].text);
			for (size_t n = 2; n <= RUN_MAX &&
			    phrase_at(t, k, n, key); n++)
				count_in_all(x, buf_str(key));
		}
	}
}

static int
by_score(const void *a, const void *b)
{
	const struct candidate *x = *(struct candidate *const *)a;
	const struct candidate *y = *(struct candidate *const *)b;

	if (x->score != y->score)
		return x->score > y->score ? -1 : 1;
	return str_cmp(x->key, y->key);
}

static void
rank(struct naming *x)
{
	double n_all = (double)x->f->c.mass + 1;
	size_t it = 0;
	struct str key;
	void *v;

	x->ranked = mem_alloc(map_count(x->map) + 1, sizeof(void *));
	while (map_next(x->map, &it, &key, &v)) {
		struct candidate *c = v;
		double share = (double)c->docs / (double)x->docs;
		double all = ((double)c->all + 1) / n_all;

		c->key = key;
		if (c->docs < 2 || c->n == 0 || share <= all)
			continue;
		/* Of two phrases that say the same, the longer. */
		c->score = share * log(share / all) * (c->words > 2 ?
		    1.0 + 0.1 * (double)c->words : 1.0);
		x->ranked[x->nranked++] = c;
	}
	qsort(x->ranked, x->nranked, sizeof(void *), by_score);
}

static bool
belongs(const struct fit *f, const struct topic *t, const struct doc *d)
{
	const struct topic *of = d->label < 0 ? NULL : &f->m->v[d->label];

	return of && (of == t || (t->is_group && of->parent.p &&
	    str_eq(of->parent, t->id)));
}

static void
collect(struct naming *x, const struct topic *t)
{
	const struct corpus *c = &x->f->c;
	struct buf key, surface;
	size_t n = 0;

	buf_init(&key, 4096);
	buf_init(&surface, 4096);
	for (size_t i = 0; i < c->n && n < DOCS_MAX; i++)
		if (belongs(x->f, t, &c->docs[i])) {
			n++;
			x->mass = doc_mass(&c->docs[i]);
			x->docs += x->mass;
			count_doc(x, x->f->prompts[
			    c->docs[i].prompts[0]].text, &key, &surface);
		}
	count_all(x, &key);
	buf_fini(&key);
	buf_fini(&surface);
}

/*
 * The most frequent way of writing, without a capital that only the beginning
 * of a sentence explains ("API" stays).
 */
static struct str
written(const struct candidate *c, struct arena *a)
{
	const struct surface *best = &c->v[0];
	struct str out;
	char *p;

	for (size_t i = 1; i < c->n; i++)
		if (c->v[i].count > best->count ||
		    (c->v[i].count == best->count && str_cmp(
		    str_of(c->v[i].text, c->v[i].n),
		    str_of(best->text, best->n)) > 0))
			best = &c->v[i];
	out = arena_str(a, str_of(best->text, best->n));
	p = (char *)(uintptr_t)out.p;
	if (p && best->count < INSIDE && best->n > 1 && p[0] >= 'A' &&
	    p[0] <= 'Z' && p[1] >= 'a' && p[1] <= 'z')
		p[0] = (char)(p[0] - 'A' + 'a');
	return out;
}

static bool
is_name_taken(const struct fit *f, struct str name)
{
	for (size_t i = 0; i < f->m->n; i++)
		if (f->m->v[i].name.p && str_eq(f->m->v[i].name, name))
			return true;
	return false;
}

/* True for a word that the name has already. */
static bool
is_part(const struct candidate *of, const struct candidate *c)
{
	size_t at = str_find(of->key, c->key, 0);

	return at != SIZE_MAX && (at == 0 || of->key.p[at - 1] == ' ') &&
	    (at + c->key.n == of->key.n || of->key.p[at + c->key.n] == ' ');
}

static struct str
join(struct arena *a, struct str s, const struct candidate *c)
{
	struct str w = written(c, a);

	if (!s.p || !w.p)
		return STR_NULL;
	return s.n + w.n + 2 > TOPIC_NAME_MAX ? s :
	    arena_printf(a, "%.*s, %.*s", STR_FMT(s), STR_FMT(w));
}

static const struct candidate *
best_word(const struct naming *x)
{
	for (size_t i = 0; i < x->nranked; i++)
		if (x->ranked[i]->words == 1)
			return x->ranked[i];
	return NULL;
}

/* The best pair with the best word in it, if it is good enough. */
static const struct candidate *
best_pair(const struct naming *x, const struct candidate *word)
{
	for (size_t i = 0; i < x->nranked; i++) {
		const struct candidate *c = x->ranked[i];

		if (c->words == 1 || !is_part(c, word))
			continue;
		return (double)c->docs >= pair_share * (double)x->docs &&
		    c->score >= pair_part * word->score ? c : NULL;
	}
	return NULL;
}

/* Two neighbours if they are frequent, else the best words. */
static struct str
make_name(const struct naming *x, struct arena *a)
{
	const struct candidate *word = best_word(x), *first;
	struct str name;
	bool added = false;

	if (!word)
		return arena_str(a, STR("?"));
	first = best_pair(x, word);
	if (!first)
		first = word;
	name = written(first, a);
	for (size_t i = 0; name.p && i < x->nranked; i++) {
		const struct candidate *c = x->ranked[i];

		if (c->words > 1 || is_part(first, c))
			continue;
		if (!is_name_taken(x->f, name) && (added || first->words > 1 ||
		    c->score < second_part * word->score))
			break;
		name = join(a, name, c);
		added = true;
	}
	return name;
}

static bool
name_topic(struct fit *f, struct topic *t)
{
	struct naming x = { .f = f, .map = map_new() };
	struct arena *a = f->m->arena;
	bool good = true;

	collect(&x, t);
	rank(&x);
	if (!t->name.p)
		t->name = make_name(&x, a);
	t->nwords = 0;
	for (size_t i = 0; i < x.nranked && t->nwords < TOPIC_WORDS; i++) {
		if (x.ranked[i]->words > 1)
			continue;
		t->words[t->nwords] = written(x.ranked[i], a);
		good = good && t->words[t->nwords++].p;
	}
	free(x.ranked);
	map_free(x.map, free);
	return good && t->name.p;
}

bool
fit_name(struct fit *f)
{
	for (size_t i = 0; i < f->m->n; i++)
		if (!f->m->v[i].is_retired && !name_topic(f, &f->m->v[i]))
			return false;
	return true;
}
