#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "topic/model_in.h"

struct topic_scratch *
topic_scratch_new(void)
{
	struct topic_scratch *s = mem_zalloc(1, sizeof(*s));

	s->terms = terms_new();
	return s;
}

void
topic_scratch_free(struct topic_scratch *s)
{
	if (!s)
		return;
	terms_free(s->terms);
	free(s);
}

/* True the first time; a prompt's words are few. */
static bool
is_first(struct topic_scratch *s, size_t i)
{
	const struct term *v = s->terms->v;

	for (size_t k = 0; k < i; k++)
		if (str_eq(v[k].text, v[i].text))
			return false;
	return true;
}

static void
add_term(const struct topic_model *m, size_t term, int64_t *sums)
{
	size_t from = term ? m->posting_ends[term - 1] : 0;

	for (size_t i = from; i < m->posting_ends[term]; i++)
		sums[m->postings[i].topic] += m->terms[term].idf *
		    m->postings[i].weight;
}

bool
topic_assign(const struct topic_model *m, struct str text,
    struct topic_scratch *s, struct topic_hit *out)
{
	int64_t norm = 0;
	bool found = false;

	terms_read(s->terms, text);
	memset(s->sums, 0, m->n * sizeof(*s->sums));
	for (size_t i = 0; i < s->terms->n; i++) {
		size_t term;
		int64_t idf;

		if (!is_first(s, i))
			continue;
		term = model_term(m, s->terms->v[i].text);
		idf = term == SIZE_MAX ? m->unknown_idf : m->terms[term].idf;
		norm += idf * idf;
		if (term != SIZE_MAX)
			add_term(m, term, s->sums);
	}
	for (size_t i = 0; i < m->n; i++) {
		/* Whole numbers below 2^53, so these doubles are exact but
		 * for the last division. */
		int64_t score = s->sums[i] <= 0 ? 0 :
		    (int64_t)((double)s->sums[i] / sqrt((double)norm));

		if (score <= 0 || score < m->v[i].threshold ||
		    (found && score <= out->score))
			continue;
		*out = (struct topic_hit){ i, score };
		found = true;
	}
	return found;
}

struct str
topic_path(const struct topic_model *m, size_t topic, struct arena *a)
{
	const struct topic *t = &m->v[topic];

	return t->parent.p ? arena_printf(a, "%.*s/%.*s", STR_FMT(t->parent),
	    STR_FMT(t->id)) : arena_str(a, t->id);
}

static bool
is_part(struct str s)
{
	return s.n == TOPIC_ID_SIZE - 1 && str_has_prefix(s, STR("t_"));
}

bool
topic_path_split(struct str path, struct str *parent, struct str *id)
{
	struct str rest = path;

	*parent = STR_NULL;
	*id = str_cut(&rest, '/');
	if (rest.p) {
		*parent = *id;
		*id = rest;
	}
	return is_part(*id) && (!parent->p || is_part(*parent));
}
