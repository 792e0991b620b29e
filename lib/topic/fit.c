#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/hash.h"
#include "base/mem.h"
#include "topic/fit_in.h"

enum {
	DIMENSIONS = 96,
	NEIGHBOURS = 10,
	ROUNDS = 3,
	SCORE_MIN = 1500        /* of TOPIC_SCALE: no topic asks for less */
};

/* How fine topics are, and how much those of the same old topic hold
 * together. */
static const double resolution = 2.0;
static const float favour = 1.5f;
/* A prompt belongs to a topic if it scores this part of the mean. */
static const double near_part = 0.45;

struct order {
	uint64_t hash;
	const struct topic_prompt *prompt;
};

static int
compare_order(const void *a, const void *b)
{
	const struct order *x = a, *y = b;

	if (x->hash != y->hash)
		return x->hash < y->hash ? -1 : 1;
	return str_cmp(x->prompt->id, y->prompt->id);
}

/* So that neither their order nor their number favours any. */
static struct topic_prompt *
shuffled(const struct topic_fit_input *in)
{
	struct topic_prompt *out = mem_alloc(in->n + 1, sizeof(*out));
	struct order *o = mem_alloc(in->n + 1, sizeof(*o));

	for (size_t i = 0; i < in->n; i++)
		o[i] = (struct order){ hash64(in->prompts[i].id),
			&in->prompts[i] };
	qsort(o, in->n, sizeof(*o), compare_order);
	for (size_t i = 0; i < in->n; i++)
		out[i] = *o[i].prompt;
	free(o);
	return out;
}

static struct str
doc_text(const struct fit *f, const struct doc *d)
{
	return f->prompts[d->prompts[0]].text;
}

static void
label_old(struct fit *f)
{
	struct topic_hit hit;

	f->old = mem_alloc(f->c.n + 1, sizeof(*f->old));
	for (size_t i = 0; i < f->c.n; i++)
		f->old[i] = f->in->previous && topic_assign(f->in->previous,
		    doc_text(f, &f->c.docs[i]), f->scratch, &hit) ?
		    (int32_t)hit.topic : -1;
}

/* ---- labels ---- */

struct size {
	int32_t label;
	size_t n;
};

static int
by_size(const void *a, const void *b)
{
	const struct size *x = a, *y = b;

	if (x->n != y->n)
		return x->n > y->n ? -1 : 1;
	return x->label < y->label ? -1 : x->label > y->label;
}

static size_t
size_min(const struct fit *f)
{
	return (size_t)MAX_OF(5.0, sqrt((double)f->c.prompts) / 3);
}

/* Numbers labels anew, largest first, without those that are too small. */
static size_t
sift(struct fit *f, size_t count)
{
	struct size *v = mem_zalloc(count + 1, sizeof(*v));
	int32_t *new = mem_alloc(count + 1, sizeof(*new));
	size_t n = 0;

	for (size_t l = 0; l < count; l++)
		v[l].label = (int32_t)l;
	for (size_t i = 0; i < f->c.n; i++)
		if (f->c.docs[i].label >= 0)
			v[f->c.docs[i].label].n += f->c.docs[i].nprompts;
	qsort(v, count, sizeof(*v), by_size);
	for (size_t l = 0; l < count; l++)
		new[v[l].label] = v[l].n >= size_min(f) &&
		    n < TOPIC_LIVE_MAX ? (int32_t)n++ : -1;
	for (size_t i = 0; i < f->c.n; i++)
		if (f->c.docs[i].label >= 0)
			f->c.docs[i].label = new[f->c.docs[i].label];
	free(v);
	free(new);
	return n;
}

static bool
has_small(const struct fit *f, size_t count)
{
	size_t n[TOPIC_MAX] = { 0 };

	for (size_t i = 0; i < f->c.n; i++)
		if (f->c.docs[i].label >= 0)
			n[f->c.docs[i].label] += f->c.docs[i].nprompts;
	for (size_t l = 0; l < count; l++)
		if (n[l] < size_min(f))
			return true;
	return false;
}

/*
 * Topics of a model that knew at least half as many prompts are begun with;
 * one that knew few was too coarse to be.
 */
static bool
is_mature(const struct fit *f)
{
	const struct topic_model *old = f->in->previous;

	return old && 2 * old->prompts >= (int64_t)f->c.prompts;
}

static size_t
communities(struct fit *f)
{
	int32_t *labels;
	struct graph g;
	size_t count;

	f->n_graph = MIN_OF(f->c.n, (size_t)TOPIC_GRAPH_MAX);
	f->d = MIN_OF((size_t)DIMENSIONS, f->n_graph / 6 + 2);
	f->dense = corpus_lsa(&f->c, f->n_graph, f->d);
	graph_build(&g, &f->c, f->dense, f->n_graph, f->d,
	    MIN_OF((size_t)NEIGHBOURS, f->n_graph / 8 + 2));
	graph_favour(&g, f->old, favour);
	labels = mem_alloc(f->n_graph + 1, sizeof(*labels));
	graph_communities(&g, resolution, is_mature(f) ? f->old : NULL,
	    labels, &count);
	for (size_t i = 0; i < f->n_graph; i++)
		f->c.docs[i].label = labels[i];
	graph_fini(&g);
	free(labels);
	return count;
}

/* Gives each document to the topic that it is nearest to. */
static void
give(struct fit *f)
{
	for (size_t i = 0; i < f->c.n; i++) {
		struct doc *d = &f->c.docs[i];
		struct topic_hit hit;

		d->label = -1;
		d->score = 0;
		if (!topic_assign(f->m, doc_text(f, d), f->scratch, &hit))
			continue;
		d->label = (int32_t)hit.topic;
		d->score = hit.score;
	}
}

/* From what the documents of each topic score. */
static void
set_thresholds(struct fit *f)
{
	double sum[TOPIC_MAX] = { 0 }, n[TOPIC_MAX] = { 0 };

	for (size_t i = 0; i < f->c.n; i++) {
		const struct doc *d = &f->c.docs[i];

		if (d->label < 0)
			continue;
		sum[d->label] += (double)d->score;
		n[d->label]++;
	}
	for (size_t l = 0; l < f->m->n; l++)
		f->m->v[l].threshold = MAX_OF((int64_t)SCORE_MIN,
		    n[l] > 0 ? (int64_t)(near_part * sum[l] / n[l]) : 0);
}

/* The words of the labels decide anew about the labels, some times. */
static int
settle(struct fit *f, size_t count, struct err *e)
{
	for (int round = 0; round < ROUNDS; round++) {
		count = sift(f, count);
		topic_model_free(f->m);
		f->m = fit_model(f, count);
		if (!f->m)
			return err_set(e, ERR_LIMIT, "topics: too large");
		give(f);
		set_thresholds(f);
		give(f);
	}
	/* What has become too small goes, with another model of the rest. */
	return has_small(f, count) ? settle(f, count, e) : 0;
}

/* ---- figures ---- */

struct best {
	const struct doc *v[TOPIC_EXAMPLES];
	size_t n;
};

/* The most central ones, with different words. */
static void
consider(struct best *b, const struct doc *d)
{
	size_t at = b->n;

	while (at > 0 && b->v[at - 1]->score < d->score)
		at--;
	if (at == TOPIC_EXAMPLES)
		return;
	if (b->n < TOPIC_EXAMPLES)
		b->n++;
	memmove(b->v + at + 1, b->v + at, (b->n - 1 - at) * sizeof(*b->v));
	b->v[at] = d;
}

static void
note_times(const struct fit *f, const struct doc *d, struct topic *t)
{
	for (size_t k = 0; k < d->nprompts; k++) {
		int64_t ms = f->prompts[d->prompts[k]].ms;

		if (!t->prompts || ms < t->born_ms)
			t->born_ms = ms;
		if (!t->prompts || ms > t->seen_ms)
			t->seen_ms = ms;
		t->prompts++;
	}
}

static bool
figures(struct fit *f)
{
	struct best best[TOPIC_MAX] = { { .n = 0 } };

	f->m->prompts = (int64_t)f->c.prompts;
	for (size_t i = 0; i < f->c.n; i++) {
		const struct doc *d = &f->c.docs[i];

		if (d->label < 0)
			continue;
		f->m->assigned += (int64_t)d->nprompts;
		note_times(f, d, &f->m->v[d->label]);
		consider(&best[d->label], d);
	}
	for (size_t i = 0; i < f->in->n; i++) {
		int64_t ms = f->in->prompts[i].ms;

		if (i == 0 || ms < f->m->from_ms)
			f->m->from_ms = ms;
		if (i == 0 || ms >= f->m->to_ms)
			f->m->to_ms = ms + 1;
	}
	for (size_t l = 0; l < f->m->n; l++)
		for (size_t k = 0; k < best[l].n; k++) {
			struct str id = f->prompts[
			    best[l].v[k]->prompts[0]].id;
			struct topic *t = &f->m->v[l];

			if (id.n > TOPIC_RUN_ID_MAX)
				continue;
			id = arena_str(f->m->arena, id);
			if (!id.p)
				return false;
			t->examples[t->nexamples++] = id;
		}
	return true;
}

/* Without data for another, the model stays. */
static int
same_again(const struct topic_fit_input *in, struct topic_model **out,
    struct err *e)
{
	struct json_writer w;
	struct buf b;
	int rc;

	buf_init(&b, TOPIC_JSON_MAX);
	json_writer_init(&w, &b);
	json_put_object(&w);
	if (in->previous)
		topic_model_write(in->previous, &w);
	json_put_object_end(&w);
	rc = json_writer_done(&w) ? topic_model_read(buf_str(&b), out, e) :
	    err_set(e, ERR_LIMIT, "topics: too large");
	buf_fini(&b);
	return rc;
}

static int
run(struct fit *f, struct err *e)
{
	int32_t group_of[TOPIC_MAX];
	size_t ngroups;

	label_old(f);
	if (settle(f, communities(f), e))
		return e->code;
	ngroups = fit_groups(f, group_of);
	if (!figures(f) || !fit_match(f, group_of, ngroups) || !fit_name(f) ||
	    !model_index(f->m))
		return err_set(e, ERR_LIMIT, "topics: too large");
	return 0;
}

int
topic_fit(const struct topic_fit_input *in, struct topic_model **out,
    struct err *e)
{
	struct fit f = { .in = in };
	int rc;

	if (in->n > TOPIC_PROMPTS_MAX)
		return err_set(e, ERR_LIMIT, "topics: over %d prompts",
		    TOPIC_PROMPTS_MAX);
	f.scratch = topic_scratch_new();
	f.prompts = shuffled(in);
	corpus_build(&f.c, f.prompts, in->n, f.scratch->terms);
	rc = f.c.prompts < TOPIC_FIT_MIN ? same_again(in, &f.m, e) :
	    run(&f, e);
	if (rc) {
		topic_model_free(f.m);
		f.m = NULL;
	}
	*out = f.m;
	corpus_fini(&f.c);
	free(f.old);
	free(f.dense);
	free(f.prompts);
	topic_scratch_free(f.scratch);
	return rc;
}
