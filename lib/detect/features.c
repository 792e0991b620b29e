/* Turns of a conversation as counts, margins and word sets. */
#include "detect/features.h"

#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "detect/answer.h"
#include "detect/weights.h"

enum {
	COUNT_MAX = 3,          /* more of a class adds nothing */
	NEGATION_REACH = 3,     /* words between "not" and what it negates */
	PHRASE_MAX = 12         /* tokens */
};

#define NAME_(id, name, text) name,
#define TEXT_(id, name, text) text,

static const char *const feature_names[] = {
	FEATURE_USER_CLASSES(NAME_)
	FEATURE_AGENT_CLASSES(NAME_)
	FEATURE_OTHERS(NAME_)
};

static const char *const feature_texts[] = {
	FEATURE_USER_CLASSES(TEXT_)
	FEATURE_AGENT_CLASSES(TEXT_)
	FEATURE_OTHERS(TEXT_)
};

const char *
features_name(size_t id)
{
	return id < FEATURE_N ? feature_names[id] : NULL;
}

const char *
features_text(size_t id)
{
	return id < FEATURE_N ? feature_texts[id] : NULL;
}

const char *
features_class_name(size_t class)
{
	if (class == CLASS_STOPWORD)
		return "stopword";
	return class < CLASS_STOPWORD ? feature_names[class] : NULL;
}

void
features_init(struct features *f)
{
	f->turn = NULL;
	f->n = f->cap = 0;
	f->text = text_new();
}

void
features_fini(struct features *f)
{
	free(f->turn);
	text_free(f->text);
	f->turn = NULL;
	f->text = NULL;
}

static bool
is_agent_class(uint8_t class)
{
	return class >= CLASS_A_APOLOGY && class < CLASS_STOPWORD;
}

static bool
is_complaint(uint8_t class)
{
	return class == CLASS_NEG || class == CLASS_STRONG ||
	    class == CLASS_SVCNEG;
}

/* Where the search for key begins. */
static size_t
phrase_slot(uint32_t key)
{
	return key & (WEIGHTS_PHRASE_SLOTS - 1);
}

struct match_state {
	const struct text *text;
	struct feature_match *out;
	size_t n, max;
	size_t negator;         /* token after the last negator, 0 for none */
	bool agent;
};

static bool
is_negated(const struct match_state *m, size_t from)
{
	size_t i;

	if (m->negator == 0 || from < m->negator ||
	    from - m->negator > NEGATION_REACH)
		return false;
	for (i = m->negator; i <= from; i++)
		if (m->text->token[i].after_stop ||
		    m->text->token[i].kind == TEXT_MARK)
			return false;
	return true;
}

static void
match_add(struct match_state *m, uint8_t class, size_t from, size_t to)
{
	bool agent = is_agent_class(class);

	if (class != CLASS_STOPWORD && agent != m->agent)
		return;
	if ((class == CLASS_NO_START || class == CLASS_YES_START) && from > 0)
		return;
	if (class == CLASS_NEGATOR)
		m->negator = to;
	if (m->n == m->max)
		return;
	m->out[m->n++] = (struct feature_match){ (uint16_t)from,
		(uint16_t)to, class, (class == CLASS_PRAISE ||
		is_complaint(class)) && is_negated(m, from) };
}

/* Classes of the phrase with this key; true if longer ones begin so. */
static bool
match_key(struct match_state *m, uint32_t key, size_t from, size_t to)
{
	size_t i = phrase_slot(key);
	bool more = false;

	for (; weights_phrase_class[i] != WEIGHTS_NONE;
	    i = (i + 1) & (WEIGHTS_PHRASE_SLOTS - 1)) {
		if (weights_phrase_key[i] != key)
			continue;
		if (weights_phrase_class[i] == WEIGHTS_PREFIX)
			more = true;
		else
			match_add(m, weights_phrase_class[i], from, to);
	}
	return more;
}

size_t
features_match(const struct text *t, bool agent, struct feature_match *out,
    size_t max)
{
	struct match_state m = { .text = t, .out = out, .max = max,
		.agent = agent };
	size_t i, j;

	for (i = 0; i < t->n; i++) {
		uint32_t key = TEXT_PHRASE_SEED;

		for (j = i; j < t->n && j < i + PHRASE_MAX; j++) {
			key = text_phrase_add(key, t->token[j].hash);
			if (!match_key(&m, key, i, j + 1))
				break;
		}
	}
	return m.n;
}

void
features_heads(const struct text *t, size_t from, size_t to,
    uint32_t *scratch, float *head)
{
	size_t n = text_grams(t, from, to, scratch, TEXT_GRAMS_MAX), i;
	int32_t s0 = 0, s1 = 0, s2 = 0, s3 = 0;
	float norm = n ? 1.0f / sqrtf((float)n) : 0.0f;

	for (i = 0; i < n; i++) {
		uint32_t w = weights_gram[scratch[i]];

		s0 += (int8_t)(w & 0xff);
		s1 += (int8_t)(w >> 8 & 0xff);
		s2 += (int8_t)(w >> 16 & 0xff);
		s3 += (int8_t)(w >> 24);
	}
	head[0] = (float)s0 * norm * weights_head_scale[0];
	head[1] = (float)s1 * norm * weights_head_scale[1];
	head[2] = (float)s2 * norm * weights_head_scale[2];
	head[3] = (float)s3 * norm * weights_head_scale[3];
	for (i = 0; i < HEAD_N; i++)
		head[i] = fmaxf(-4.0f, fminf(4.0f,
		    head[i] + weights_head_bias[i]));
}

float
features_agent(const struct text *t, uint32_t *scratch)
{
	size_t n = text_grams(t, 0, FEATURE_AGENT_TOKENS, scratch,
	    TEXT_GRAMS_MAX), i;
	int32_t sum = 0;
	float z;

	for (i = 0; i < n; i++)
		sum += weights_agent[scratch[i] >>
		    (TEXT_BUCKET_BITS - WEIGHTS_AGENT_BITS)];
	z = weights_agent_bias[0] + (n ? weights_agent_scale[0] *
	    (float)sum / sqrtf((float)n) : 0.0f);
	return fmaxf(-3.0f, fminf(3.0f, z));
}

static uint8_t
cut8(size_t n)
{
	return n < 255 ? (uint8_t)n : 255;
}

static void
count_matches(struct feature_turn *k, const struct feature_match *m,
    size_t n, uint64_t *stop)
{
	size_t i;

	for (i = 0; i < n; i++) {
		uint8_t *c = &k->count[m[i].class];

		if (m[i].class == CLASS_STOPWORD) {
			stop[m[i].from / 64] |= 1ull << m[i].from % 64;
			continue;
		}
		if (m[i].negated)
			c = m[i].class == CLASS_PRAISE ? &k->negated_praise :
			    &k->negated_neg;
		if (*c < COUNT_MAX)
			++*c;
	}
}

static int
compare_u32(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

/* The set of words that carry content, sorted, without repeats. */
static void
collect_content(struct feature_turn *k, const struct text *t,
    const uint64_t *stop)
{
	size_t i, n = 0, m = 0;

	for (i = 0; i < t->n && n < FEATURE_CONTENT_MAX; i++) {
		const struct text_token *w = &t->token[i];

		if (stop[i / 64] >> i % 64 & 1)
			continue;
		if (w->kind == TEXT_WORD || w->kind == TEXT_NUMBER)
			k->content[n++] = w->raw;
		else if (w->kind == TEXT_CHAR && i > 0 &&
		    w[-1].kind == TEXT_CHAR)
			k->content[n++] = text_phrase_add(w[-1].hash, w->hash);
	}
	qsort(k->content, n, sizeof(k->content[0]), compare_u32);
	for (i = 0; i < n; i++)
		if (m == 0 || k->content[m - 1] != k->content[i])
			k->content[m++] = k->content[i];
	k->n_content = (uint16_t)m;
}

static void
load_turn(struct features *f, struct feature_turn *k, const struct turn *t)
{
	uint64_t stop[TEXT_TOKENS_MAX / 64] = { 0 };
	struct text *x = f->text;
	size_t n, i;

	memset(k, 0, offsetof(struct feature_turn, content));
	k->role = t->role;
	if (t->role != TURN_USER && t->role != TURN_ASSISTANT)
		return;
	text_scan(x, t->text);
	n = features_match(x, t->role == TURN_ASSISTANT, f->match,
	    FEATURE_MATCHES_MAX);
	count_matches(k, f->match, n, stop);
	collect_content(k, x, stop);
	k->n_words = (uint16_t)x->n_words;
	k->n_tokens = (uint16_t)x->n;
	k->n_question = cut8(x->n_question);
	k->n_exclaim = cut8(x->n_exclaim);
	k->n_caps = cut8(x->n_caps);
	k->n_stretched = cut8(x->n_stretched);
	k->n_ellipsis = cut8(x->n_ellipsis);
	for (i = 0; i < x->n; i++) {
		k->n_number += x->token[i].kind == TEXT_NUMBER &&
		    k->n_number < COUNT_MAX;
		k->n_handle += x->token[i].kind == TEXT_HANDLE &&
		    k->n_handle < COUNT_MAX;
		if (i + 12 >= x->n && x->token[i].kind == TEXT_MARK &&
		    x->norm[x->token[i].norm] == '?')
			k->asks = true;
	}
	if (t->role == TURN_USER)
		features_heads(x, 0, x->n, f->gram, k->head);
	else
		k->refusal = (float)answer_refusal(x, f->match, n, NULL);
	if (t->role == TURN_ASSISTANT && x->n > 0)
		k->agent = features_agent(x, f->gram);
}

void
features_load(struct features *f, const struct turn *turns, size_t n)
{
	uint32_t n_users = 0;
	size_t i;

	if (n > SCORE_TURNS_MAX)
		n = SCORE_TURNS_MAX;
	if (n > f->cap) {
		f->cap = n < 64 ? 64 : n;
		f->turn = mem_grow(f->turn, f->cap, sizeof(*f->turn));
	}
	for (i = 0; i < n; i++) {
		load_turn(f, &f->turn[i], &turns[i]);
		f->turn[i].n_users = n_users;
		n_users += turns[i].role == TURN_USER;
	}
	f->n = n;
}
