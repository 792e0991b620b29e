/* A model as JSON, and its memory. */
#include <stdlib.h>

#include "base/map.h"
#include "base/mem.h"
#include "json/json_read.h"
#include "topic/model_in.h"

struct topic_model *
model_new(void)
{
	struct topic_model *m = mem_zalloc(1, sizeof(*m));

	m->arena = arena_new(MODEL_ARENA_MAX);
	return m;
}

void
topic_model_free(struct topic_model *m)
{
	if (!m)
		return;
	map_free(m->by_term, NULL);
	arena_free(m->arena);
	free(m);
}

const struct topic *
topic_by_id(const struct topic_model *m, struct str id)
{
	for (size_t i = 0; i < m->n; i++)
		if (str_eq(m->v[i].id, id))
			return &m->v[i];
	return NULL;
}

size_t
model_term(const struct topic_model *m, struct str text)
{
	size_t i = (size_t)map_get(m->by_term, text);

	return i ? i - 1 : SIZE_MAX;
}

static bool
is_given(const struct topic *t)
{
	return !t->is_group && !t->is_retired;
}

static bool
index_postings(struct topic_model *m)
{
	size_t total = 0;

	m->posting_ends = arena_array(m->arena, m->nterms + 1,
	    sizeof(*m->posting_ends));
	if (!m->posting_ends)
		return false;
	for (size_t i = 0; i < m->n; i++)
		for (size_t k = 0; is_given(&m->v[i]) &&
		    k < m->v[i].nweights; k++)
			m->posting_ends[m->v[i].weights[k].term]++;
	for (size_t t = 0; t < m->nterms; t++) {
		size_t count = m->posting_ends[t];

		m->posting_ends[t] = total;
		total += count;
	}
	m->postings = arena_array(m->arena, total + 1, sizeof(*m->postings));
	if (!m->postings)
		return false;
	for (size_t i = 0; i < m->n; i++)
		for (size_t k = 0; is_given(&m->v[i]) &&
		    k < m->v[i].nweights; k++) {
			struct topic_weight w = m->v[i].weights[k];

			m->postings[m->posting_ends[w.term]++] =
			    (struct topic_posting){ (uint32_t)i, w.weight };
		}
	return true;
}

bool
model_index(struct topic_model *m)
{
	map_free(m->by_term, NULL);
	m->by_term = map_new();
	for (size_t i = 0; i < m->nterms; i++)
		*map_put(m->by_term, m->terms[i].text) = (void *)(i + 1);
	return index_postings(m);
}

/* ---- writing ---- */

static void
put_topic(struct json_writer *w, const struct topic *t)
{
	json_put_object(w);
	json_member_str(w, "id", t->id);
	json_member_str(w, "name", t->name);
	json_member_str(w, "parent", t->parent);
	json_member_bool(w, "group", t->is_group);
	json_member_bool(w, "retired", t->is_retired);
	json_member_i64(w, "born_ms", t->born_ms);
	json_member_i64(w, "seen_ms", t->seen_ms);
	json_member_i64(w, "prompts", t->prompts);
	json_member_i64(w, "threshold", t->threshold);
	json_member_strs(w, "words", t->words, t->nwords);
	json_member_strs(w, "examples", t->examples, t->nexamples);
	json_put_key(w, "weights");
	json_put_array(w);
	for (size_t i = 0; i < t->nweights; i++) {
		json_put_array(w);
		json_put_i64(w, t->weights[i].term);
		json_put_i64(w, t->weights[i].weight);
		json_put_array_end(w);
	}
	json_put_array_end(w);
	json_put_object_end(w);
}

void
topic_model_write(const struct topic_model *m, struct json_writer *w)
{
	json_member_i64(w, "generation", m->generation);
	json_member_i64(w, "prompts", m->prompts);
	json_member_i64(w, "assigned", m->assigned);
	json_member_i64(w, "from_ms", m->from_ms);
	json_member_i64(w, "to_ms", m->to_ms);
	json_member_i64(w, "unknown_idf", m->unknown_idf);
	json_put_key(w, "terms");
	json_put_array(w);
	for (size_t i = 0; i < m->nterms; i++) {
		json_put_array(w);
		json_put_str(w, m->terms[i].text);
		json_put_i64(w, m->terms[i].idf);
		json_put_array_end(w);
	}
	json_put_array_end(w);
	json_put_key(w, "topics");
	json_put_array(w);
	for (size_t i = 0; i < m->n; i++)
		put_topic(w, &m->v[i]);
	json_put_array_end(w);
}

/* ---- reading ---- */

static int
spent(struct err *e)
{
	return err_set(e, ERR_LIMIT, "topics: too large");
}

/* A whole number within bounds. */
static int
read_number(struct json_reader *r, int64_t min, int64_t max, int64_t *v,
    struct err *e)
{
	if (json_read_i64(r, v, e))
		return e->code;
	return *v < min || *v > max ? err_set(e, ERR_INVALID,
	    "%lld is not in %lld to %lld", (long long)*v, (long long)min,
	    (long long)max) : 0;
}

static int
read_text(struct topic_model *m, struct json_reader *r, size_t max,
    struct str *out, struct err *e)
{
	struct str s;

	if (json_read_null(r)) {
		*out = STR_NULL;
		return 0;
	}
	if (json_read_string(r, &s, e))
		return e->code;
	if (s.n > max)
		return err_set(e, ERR_LIMIT, "over %zu bytes", max);
	*out = arena_str(m->arena, s);
	return out->p ? 0 : spent(e);
}

/* [text or index, number] */
static int
read_pair(struct json_reader *r, struct err *e)
{
	int rc = json_array_next(r, e);

	if (rc == 0)
		return err_set(e, ERR_INVALID, "a pair has two elements");
	return rc < 0 ? rc : 0;
}

static int
read_pair_end(struct json_reader *r, struct err *e)
{
	int rc = json_array_next(r, e);

	return rc > 0 ? err_set(e, ERR_INVALID, "a pair has two elements") :
	    rc;
}

static int
read_term(struct topic_model *m, struct json_reader *r,
    struct topic_term *t, struct err *e)
{
	if (json_array(r, e) || read_pair(r, e) ||
	    read_text(m, r, TERM_BYTES_MAX, &t->text, e) || read_pair(r, e) ||
	    read_number(r, 1, 100 * 1000, &t->idf, e) || read_pair_end(r, e))
		return e->code;
	return t->text.n ? 0 : err_set(e, ERR_INVALID, "an empty term");
}

static int
read_terms(struct topic_model *m, struct json_reader *r, struct err *e)
{
	size_t cap = 0;
	int rc;

	if (m->terms)
		return err_set(e, ERR_INVALID, "given twice");
	if (json_array(r, e))
		return e->code;
	while ((rc = json_array_next(r, e)) > 0) {
		if (m->nterms == TOPIC_TERMS_MAX)
			return err_set(e, ERR_LIMIT, "over %d terms",
			    TOPIC_TERMS_MAX);
		m->terms = arena_more(m->arena, m->terms, m->nterms, &cap,
		    sizeof(*m->terms));
		if (!m->terms)
			return spent(e);
		if (read_term(m, r, &m->terms[m->nterms], e))
			return e->code;
		m->nterms++;
	}
	return rc;
}

static int
read_weights(struct topic_model *m, struct json_reader *r, struct topic *t,
    struct err *e)
{
	size_t cap = 0;
	int rc;

	t->weights = NULL;
	t->nweights = 0;
	if (json_array(r, e))
		return e->code;
	while ((rc = json_array_next(r, e)) > 0) {
		int64_t term, weight;

		if (t->nweights == TOPIC_WEIGHTS_MAX)
			return err_set(e, ERR_LIMIT, "over %d weights",
			    TOPIC_WEIGHTS_MAX);
		if (json_array(r, e) || read_pair(r, e) ||
		    read_number(r, 0, TOPIC_TERMS_MAX, &term, e) ||
		    read_pair(r, e) ||
		    read_number(r, 1, TOPIC_SCALE, &weight, e) ||
		    read_pair_end(r, e))
			return e->code;
		if (t->nweights && term <= t->weights[t->nweights - 1].term)
			return err_set(e, ERR_INVALID,
			    "terms are not in ascending order");
		t->weights = arena_more(m->arena, t->weights, t->nweights,
		    &cap, sizeof(*t->weights));
		if (!t->weights)
			return spent(e);
		t->weights[t->nweights++] = (struct topic_weight){
		    (uint32_t)term, (int32_t)weight };
	}
	return rc;
}

static int
read_strings(struct topic_model *m, struct json_reader *r, struct str *v,
    size_t max, size_t bytes, size_t *n, struct err *e)
{
	int rc;

	*n = 0;
	if (json_array(r, e))
		return e->code;
	while ((rc = json_array_next(r, e)) > 0) {
		if (*n == max)
			return err_set(e, ERR_LIMIT, "over %zu elements", max);
		if (read_text(m, r, bytes, &v[*n], e))
			return e->code;
		(*n)++;
	}
	return rc;
}

static int
read_member(struct topic_model *m, struct json_reader *r, struct str key,
    struct topic *t, struct err *e)
{
	if (str_is(key, "id"))
		return read_text(m, r, TOPIC_ID_SIZE - 1, &t->id, e);
	if (str_is(key, "name"))
		return read_text(m, r, TOPIC_NAME_MAX, &t->name, e);
	if (str_is(key, "parent"))
		return read_text(m, r, TOPIC_ID_SIZE - 1, &t->parent, e);
	if (str_is(key, "group"))
		return json_read_bool(r, &t->is_group, e);
	if (str_is(key, "retired"))
		return json_read_bool(r, &t->is_retired, e);
	if (str_is(key, "born_ms"))
		return json_read_i64(r, &t->born_ms, e);
	if (str_is(key, "seen_ms"))
		return json_read_i64(r, &t->seen_ms, e);
	if (str_is(key, "prompts"))
		return read_number(r, 0, INT32_MAX, &t->prompts, e);
	if (str_is(key, "threshold"))
		return read_number(r, 0, TOPIC_SCALE, &t->threshold, e);
	if (str_is(key, "words"))
		return read_strings(m, r, t->words, TOPIC_WORDS,
		    TOPIC_NAME_MAX, &t->nwords, e);
	if (str_is(key, "examples"))
		return read_strings(m, r, t->examples, TOPIC_EXAMPLES,
		    TOPIC_RUN_ID_MAX, &t->nexamples, e);
	if (str_is(key, "weights"))
		return read_weights(m, r, t, e);
	return 0;
}

static bool
is_id(struct str s)
{
	if (s.n != TOPIC_ID_SIZE - 1 || !str_has_prefix(s, STR("t_")))
		return false;
	for (size_t i = 2; i < s.n; i++)
		if (str_hex_digit(s.p[i]) < 0)
			return false;
	return true;
}

static int
read_topic(struct topic_model *m, struct json_reader *r, struct topic *t,
    struct err *e)
{
	struct str key;
	int rc;

	if (json_object(r, e))
		return e->code;
	while ((rc = json_object_next(r, &key, e)) > 0)
		if (read_member(m, r, key, t, e))
			return err_wrap(e, "%.*s",
			    (int)MIN_OF(key.n, 50), key.p);
	if (rc < 0)
		return rc;
	if (!is_id(t->id) || (t->parent.p && !is_id(t->parent)))
		return err_set(e, ERR_INVALID, "id: not one of a topic");
	if (topic_by_id(m, t->id))
		return err_set(e, ERR_INVALID, "id: given twice");
	return t->name.n ? 0 : err_set(e, ERR_INVALID, "name: missing");
}

static int
read_topics(struct topic_model *m, struct json_reader *r, struct err *e)
{
	int rc;

	if (m->v)
		return err_set(e, ERR_INVALID, "given twice");
	m->v = arena_array(m->arena, TOPIC_MAX, sizeof(*m->v));
	if (!m->v)
		return spent(e);
	if (json_array(r, e))
		return e->code;
	while ((rc = json_array_next(r, e)) > 0) {
		if (m->n == TOPIC_MAX)
			return err_set(e, ERR_LIMIT, "over %d", TOPIC_MAX);
		if (read_topic(m, r, &m->v[m->n], e))
			return err_wrap(e, "%zu", m->n);
		m->n++;
	}
	return rc;
}

static int
read_model(struct topic_model *m, struct json_reader *r, struct err *e)
{
	struct str key;
	int rc;

	if (json_object(r, e))
		return e->code;
	while ((rc = json_object_next(r, &key, e)) > 0) {
		int64_t *number = str_is(key, "generation") ? &m->generation :
		    str_is(key, "prompts") ? &m->prompts :
		    str_is(key, "assigned") ? &m->assigned :
		    str_is(key, "from_ms") ? &m->from_ms :
		    str_is(key, "to_ms") ? &m->to_ms : NULL;

		rc = 0;
		if (number)
			rc = json_read_i64(r, number, e);
		else if (str_is(key, "unknown_idf"))
			rc = read_number(r, 0, 100 * 1000, &m->unknown_idf, e);
		else if (str_is(key, "terms"))
			rc = read_terms(m, r, e);
		else if (str_is(key, "topics"))
			rc = read_topics(m, r, e);
		if (rc < 0)
			return err_wrap(e, "%.*s", (int)MIN_OF(key.n, 50),
			    key.p);
	}
	return rc < 0 ? rc : json_end(r, e);
}

/* Weights point at terms, parents at groups. */
static int
check(const struct topic_model *m, struct err *e)
{
	for (size_t i = 0; i < m->n; i++) {
		const struct topic *t = &m->v[i], *p;

		if (t->nweights &&
		    t->weights[t->nweights - 1].term >= m->nterms)
			return err_set(e, ERR_INVALID,
			    "topics: %zu: weights: no such term", i);
		if (!t->parent.p)
			continue;
		p = topic_by_id(m, t->parent);
		if (!p || !p->is_group || t->is_group)
			return err_set(e, ERR_INVALID,
			    "topics: %zu: parent: no group", i);
	}
	return 0;
}

int
topic_model_read(struct str json, struct topic_model **out, struct err *e)
{
	struct topic_model *m = model_new();
	struct json_reader r;
	int rc;

	*out = NULL;
	json_reader_init(&r, json, m->arena, 0);
	rc = json.n > TOPIC_JSON_MAX ? err_set(e, ERR_LIMIT, "over %d bytes",
	    TOPIC_JSON_MAX) : read_model(m, &r, e);
	if (rc == 0)
		rc = check(m, e);
	if (rc == 0 && !model_index(m))
		rc = spent(e);
	if (rc == 0) {
		*out = m;
		return 0;
	}
	topic_model_free(m);
	return err_wrap(e, "topics");
}
