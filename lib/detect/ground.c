/* Whether an answer says what its sources say: overlap, not understanding. */
#include <math.h>

#include "detect/features.h"
#include "detect/weights.h"

enum { NEVER = UINT16_MAX };

#define GROUND_TEXT_(id, text) text,

static const char *const ground_texts[] = { FEATURE_GROUND(GROUND_TEXT_) };

const char *
features_ground_text(size_t id)
{
	return id < GROUND_N ? ground_texts[id] : NULL;
}

static size_t
find(const struct ground *g, uint32_t key)
{
	size_t i = key & (GROUND_SLOTS - 1);

	while (g->stamp[i] == g->now && g->key[i] != key)
		i = (i + 1) & (GROUND_SLOTS - 1);
	return i;
}

static void
add(struct ground *g, uint32_t key, uint16_t turn, bool user)
{
	size_t i = find(g, key);

	if (g->stamp[i] != g->now) {
		if (g->n >= GROUND_SLOTS / 2)
			return;
		g->n++;
		g->key[i] = key;
		g->stamp[i] = g->now;
		g->source[i] = g->user[i] = NEVER;
	}
	if (user && g->user[i] == NEVER)
		g->user[i] = turn;
	if (!user && g->source[i] == NEVER)
		g->source[i] = turn;
}

static uint32_t
gram(const struct text_token *k, size_t n)
{
	uint32_t h = TEXT_PHRASE_SEED + (uint32_t)n;
	size_t i;

	for (i = 0; i < n; i++)
		h = text_phrase_add(h, k[i].raw);
	return h;
}

static void
add_text(struct ground *g, const struct text *t, uint16_t turn, bool user)
{
	size_t i, n;

	for (i = 0; i < t->n; i++)
		for (n = 1; n <= 3 && i + n <= t->n; n++)
			add(g, gram(&t->token[i], n), turn, user);
}

void
ground_load(struct ground *g, struct text *scratch, const struct turn *turns,
    size_t n)
{
	const size_t window = TEXT_HEAD_BYTES + TEXT_TAIL_BYTES;
	size_t i, at;

	if (++g->now == 0) {
		memset(g->stamp, 0, sizeof(g->stamp));
		g->now = 1;
	}
	g->n = 0;
	for (i = 0; i < n && i < NEVER; i++) {
		struct str s = turns[i].text;

		if (turns[i].role == TURN_ASSISTANT)
			continue;
		if (s.n > GROUND_BYTES_MAX)
			s.n = GROUND_BYTES_MAX;
		for (at = 0; at < s.n; at += window) {
			text_scan(scratch, str_of(s.p + at,
			    MIN_OF(window, s.n - at)));
			add_text(g, scratch, (uint16_t)i,
			    turns[i].role == TURN_USER);
		}
	}
}

static bool
seen(const struct ground *g, uint32_t key, size_t before, bool user)
{
	size_t i = find(g, key);

	return g->stamp[i] == g->now &&
	    (user ? g->user[i] : g->source[i]) < before;
}

struct tally {
	unsigned words, new_words, echo, numbers, names, new_names;
	unsigned pairs, new_pairs, triples, new_triples, run, best;
};

static void
count_token(const struct ground *g, const struct text *t, size_t k,
    size_t before, bool stop, struct tally *c)
{
	const struct text_token *w = &t->token[k];
	uint32_t one = gram(w, 1);
	bool old = seen(g, one, before, false);

	c->run = old ? c->run + 1 : 0;
	c->best = MAX_OF(c->best, c->run);
	if (!stop && w->kind <= TEXT_CHAR) {
		c->words++;
		c->new_words += !old;
		c->echo += !old && seen(g, one, before, true);
		c->numbers += w->kind == TEXT_NUMBER && !old &&
		    !seen(g, one, before, true);
		if (w->first_cap && !w->after_stop) {
			c->names++;
			c->new_names += !old;
		}
	}
	if (k + 2 <= t->n) {
		c->pairs++;
		c->new_pairs += !seen(g, gram(w, 2), before, false);
	}
	if (k + 3 <= t->n) {
		c->triples++;
		c->new_triples += !seen(g, gram(w, 3), before, false);
	}
}

static float
share(unsigned part, unsigned whole)
{
	return whole ? (float)part / (float)whole : 0.0f;
}

static bool
has_sources(const struct turn *turns, size_t i)
{
	while (i-- > 0)
		if (turns[i].role >= TURN_TOOL && turns[i].text.n > 0)
			return true;
	return false;
}

bool
ground_features(const struct ground *g, struct text *scratch,
    const struct turn *turns, size_t i, float *x)
{
	struct feature_match m[FEATURE_MATCHES_MAX];
	bool stop[TEXT_TOKENS_MAX] = { false };
	struct tally c = { 0 };
	unsigned social = 0;
	size_t n, k;

	memset(x, 0, GROUND_N * sizeof(x[0]));
	text_scan(scratch, turns[i].text);
	if (scratch->n_words == 0 || !has_sources(turns, i))
		return false;
	n = features_match(scratch, true, m, FEATURE_MATCHES_MAX);
	for (k = 0; k < n; k++) {
		if (m[k].class == CLASS_STOPWORD)
			stop[m[k].from] = true;
		social += m[k].class == CLASS_A_SOCIAL;
	}
	for (k = 0; k < scratch->n; k++)
		count_token(g, scratch, k, i, stop[k], &c);
	x[GROUND_NEW_WORDS] = share(c.new_words, c.words);
	x[GROUND_NEW_PAIRS] = share(c.new_pairs, c.pairs);
	x[GROUND_NEW_TRIPLES] = share(c.new_triples, c.triples);
	x[GROUND_NEW_NUMBERS] = fminf(2.0f, (float)c.numbers);
	x[GROUND_NEW_NAMES] = fminf(2.0f, (float)c.new_names) * 0.5f;
	x[GROUND_LENGTH] = log1pf((float)scratch->n_words) / 3.0f;
	x[GROUND_OPINION] = fminf(2.0f, (float)social);
	x[GROUND_ASKS] = scratch->n_question > 0;
	x[GROUND_RUN] = share(c.best, (unsigned)scratch->n);
	x[GROUND_ECHO] = share(c.echo, c.words);
	x[GROUND_CONTENT] = share(c.words, (unsigned)scratch->n_words);
	x[GROUND_SHORT] = scratch->n_words <= 3;
	return true;
}
