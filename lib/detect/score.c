/* Features to probabilities, with the span and the reasons behind them. */
#include "detect/score.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "detect/answer.h"
#include "detect/features.h"
#include "detect/weights.h"

enum { NO_TURN = -1 };

struct scorer {
	struct features f;
	const struct turn *turns;       /* borrowed */
	size_t n, skipped;              /* skipped: cut off by the maximum */
	size_t cached;                  /* turn whose features are in x */
	bool has_cached, has_ground;
	float x[FEATURE_N];
	struct ground *ground;          /* NULL until first asked for */
};

struct scorer *
scorer_new(void)
{
	struct scorer *s = mem_zalloc(1, sizeof(*s));

	features_init(&s->f);
	return s;
}

void
scorer_free(struct scorer *s)
{
	if (!s)
		return;
	features_fini(&s->f);
	free(s->ground);
	free(s);
}

void
scorer_load(struct scorer *s, const struct turn *turns, size_t n)
{
	s->skipped = n > SCORE_TURNS_MAX ? n - SCORE_TURNS_MAX : 0;
	s->turns = turns ? turns + s->skipped : NULL;
	s->n = n - s->skipped;
	s->has_cached = s->has_ground = false;
	features_load(&s->f, s->turns, s->n);
}

static double
logistic(double z)
{
	return 1.0 / (1.0 + exp(-z));
}

static double
dot(const float *w, const float *x, size_t n)
{
	float a = 0.0f, b = 0.0f;
	size_t i;

	for (i = 0; i + 1 < n; i += 2) {
		a += w[i] * x[i];
		b += w[i + 1] * x[i + 1];
	}
	if (i < n)
		a += w[i] * x[i];
	return (double)(a + b + w[n]);
}

static const float *
user_features(struct scorer *s, size_t i)
{
	if (!s->has_cached || s->cached != i) {
		features_user(&s->f, i, s->x);
		s->cached = i;
		s->has_cached = true;
	}
	return s->x;
}

static bool
ground_of(struct scorer *s, size_t i, float *x)
{
	if (!s->ground)
		s->ground = mem_zalloc(1, sizeof(*s->ground));
	if (!s->has_ground)
		ground_load(s->ground, s->f.text, s->turns, s->n);
	s->has_ground = true;
	return ground_features(s->ground, s->f.text, s->turns, i, x);
}

/* Index into what is kept, or NO_TURN when the pattern is not about it. */
static ptrdiff_t
turn_index(const struct scorer *s, enum score_pattern p, size_t i)
{
	assert(p < SCORE_PATTERNS);
	if (i < s->skipped || i - s->skipped >= s->n)
		return NO_TURN;
	i -= s->skipped;
	return s->turns[i].role == score_role(p) ? (ptrdiff_t)i : NO_TURN;
}

double
score_quick(struct scorer *s, enum score_pattern p, size_t i)
{
	ptrdiff_t k = turn_index(s, p, i);
	float x[GROUND_N];

	if (k < 0)
		return 0.0;
	if (p <= SCORE_USER_PRAISES) {
		if (s->f.turn[k].n_tokens == 0)
			return 0.0;
		return logistic(dot(weights_user[p],
		    user_features(s, (size_t)k), FEATURE_N));
	}
	if (p == SCORE_REFUSAL)
		return (double)s->f.turn[k].refusal;
	if (p == SCORE_EMPTY_ANSWER)
		return answer_truncated(s->turns[k].text, NULL);
	if (!ground_of(s, (size_t)k, x))
		return 0.0;
	return logistic(dot(weights_ground, x, GROUND_N));
}

/* Keeps the heaviest by absolute weight. */
static void
add_reason(struct score_result *r, const char *name, double weight)
{
	size_t i = r->n_reasons;

	if (fabs(weight) < 0.05)
		return;
	if (i == SCORE_REASONS_MAX) {
		if (fabs(r->reasons[--i].weight) >= fabs(weight))
			return;
	} else {
		r->n_reasons++;
	}
	while (i > 0 && fabs(r->reasons[i - 1].weight) < fabs(weight)) {
		r->reasons[i] = r->reasons[i - 1];
		i--;
	}
	r->reasons[i] = (struct score_reason){ name, weight };
}

/* What each token adds to the log odds: its phrases and its n-grams. */
static void
weigh_tokens(struct scorer *s, const float *w, float *add)
{
	struct text *t = s->f.text;
	float head[HEAD_N], base[HEAD_N], share;
	size_t n, i, k;

	memset(add, 0, t->n * sizeof(add[0]));
	n = features_match(t, false, s->f.match, FEATURE_MATCHES_MAX);
	for (i = 0; i < n; i++) {
		const struct feature_match *m = &s->f.match[i];
		float v;

		if (m->class == CLASS_STOPWORD)
			continue;
		v = !m->negated ? w[m->class] : m->class == CLASS_PRAISE ?
		    w[FEATURE_NEGATED_PRAISE] : w[FEATURE_NEGATED_NEG];
		for (k = m->from; k < m->to; k++)
			add[k] += v / (float)(m->to - m->from);
	}
	features_heads(t, 0, 0, s->f.gram, base);
	share = 1.0f / sqrtf((float)t->n + 1.0f);
	for (i = 0; i < t->n; i++) {
		features_heads(t, i > 0 ? i - 1 : 0, i + 1, s->f.gram, head);
		for (k = 0; k < HEAD_N; k++)
			add[i] += share * w[FEATURE_EMOTION + k] *
			    (head[k] - base[k]);
	}
}

/* The stretch of tokens with the largest sum; ends are token borders. */
static void
find_span(struct scorer *s, enum score_pattern p, size_t i,
    struct score_result *r)
{
	float add[TEXT_TOKENS_MAX], sum = 0.0f, best = 0.0f;
	struct text *t = s->f.text;
	size_t k, from = 0;

	text_scan(t, s->turns[i].text);
	weigh_tokens(s, weights_user[p], add);
	r->from = 0;
	r->to = s->turns[i].text.n;
	for (k = 0; k < t->n; k++) {
		if (sum <= 0.0f) {
			sum = 0.0f;
			from = k;
		}
		sum += add[k];
		if (sum > best) {
			best = sum;
			r->from = t->token[from].from;
			r->to = t->token[k].to;
		}
	}
}

static void
explain_user(struct scorer *s, enum score_pattern p, size_t i,
    struct score_result *r)
{
	const float *x = user_features(s, i), *w = weights_user[p];
	size_t k;

	for (k = 0; k < FEATURE_N; k++)
		if (x[k] != 0.0f)
			add_reason(r, features_text(k),
			    (double)(w[k] * (x[k] - weights_mean[k])));
	if (s->f.turn[i].n_tokens > 0)
		find_span(s, p, i, r);
}

static void
explain_ground(struct scorer *s, size_t i, struct score_result *r)
{
	float x[GROUND_N];
	size_t k;

	if (!ground_of(s, i, x))
		return;
	for (k = 0; k < GROUND_N; k++)
		add_reason(r, features_ground_text(k),
		    (double)(weights_ground[k] * x[k]));
}

static void
explain_refusal(struct scorer *s, size_t i, struct score_result *r)
{
	const struct text *t = s->f.text;
	size_t n, at;

	text_scan(s->f.text, s->turns[i].text);
	n = features_match(t, true, s->f.match, FEATURE_MATCHES_MAX);
	answer_refusal(t, s->f.match, n, &at);
	if (at == n)
		return;
	r->from = t->token[s->f.match[at].from].from;
	r->to = t->token[s->f.match[at].to - 1].to;
	add_reason(r, "wording of a refusal", 1.0);
}

bool
score_turn(struct scorer *s, enum score_pattern p, size_t i,
    struct score_result *r)
{
	ptrdiff_t k = turn_index(s, p, i);
	const char *why = NULL;

	*r = (struct score_result){ .threshold = score_threshold(p) };
	if (k < 0)
		return false;
	r->score = score_quick(s, p, i);
	r->to = s->turns[k].text.n;
	if (p <= SCORE_USER_PRAISES)
		explain_user(s, p, (size_t)k, r);
	else if (p == SCORE_REFUSAL)
		explain_refusal(s, (size_t)k, r);
	else if (p == SCORE_EMPTY_ANSWER)
		answer_truncated(s->turns[k].text, &why);
	else
		explain_ground(s, (size_t)k, r);
	if (why)
		add_reason(r, why, 1.0);
	return r->score >= r->threshold;
}
