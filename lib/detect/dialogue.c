/* How a user's turn relates to the turns before it. */
#include <math.h>

#include "detect/features.h"

enum { LOOK_BACK = 6 };         /* earlier turns of a role that are compared */

/* What features_user gathers about the turns before. */
struct context {
	const struct feature_turn *me;
	const struct feature_turn *agent;       /* the answer before, or NULL */
	const struct feature_turn *asked;       /* the user's turn before that */
	size_t n_users;                         /* user turns before */
	bool silent;                            /* agent said nothing in between */
	float repeat_last, repeat_any, contained, agent_repeats;
	bool repeat_exact, agent_same;
	float mood, mood_max, trouble, agent_trouble;
};

static size_t
common(const struct feature_turn *a, const struct feature_turn *b)
{
	size_t i = 0, j = 0, n = 0;

	while (i < a->n_content && j < b->n_content) {
		if (a->content[i] == b->content[j])
			n++, i++, j++;
		else if (a->content[i] < b->content[j])
			i++;
		else
			j++;
	}
	return n;
}

/* Dice coefficient of the content words; 0 if there are too few to tell. */
static float
alike(const struct feature_turn *a, const struct feature_turn *b)
{
	if (a->n_content == 0 || b->n_content == 0 ||
	    a->n_content + b->n_content < 4)
		return 0.0f;
	return 2.0f * (float)common(a, b) /
	    (float)(a->n_content + b->n_content);
}

/* The share of a's content words that b has too. */
static float
contained(const struct feature_turn *a, const struct feature_turn *b)
{
	return a->n_content == 0 ? 0.0f :
	    (float)common(a, b) / (float)a->n_content;
}

static bool
same(const struct feature_turn *a, const struct feature_turn *b)
{
	return a->n_content > 0 && a->n_content == b->n_content &&
	    a->n_tokens == b->n_tokens &&
	    common(a, b) == a->n_content;
}

static float
sharpness(const struct feature_turn *t)
{
	float h = t->head[HEAD_SERVICE] * 0.7f + t->head[HEAD_EMOTION] * 0.3f;

	return h;
}

static bool
is_trouble(const struct feature_turn *t)
{
	const uint8_t *c = t->count;

	return c[CLASS_CORRECT] + c[CLASS_STRONG] + c[CLASS_NOHELP] +
	    c[CLASS_ALREADY] + c[CLASS_PROFANE] + t->negated_praise +
	    c[CLASS_CONFUSED] > 0;
}

static bool
is_agent_trouble(const struct feature_turn *t)
{
	const uint8_t *c = t->count;

	return c[CLASS_A_APOLOGY] + c[CLASS_A_NORESULT] +
	    c[CLASS_A_ASKREPEAT] + c[CLASS_A_REFUSE] > 0;
}

static void
look_back(const struct features *f, size_t i, struct context *c)
{
	size_t n_agents = 0, j;

	for (j = i; j-- > 0 && c->n_users <= LOOK_BACK;) {
		const struct feature_turn *t = &f->turn[j];

		if (t->role == TURN_ASSISTANT) {
			if (t->n_tokens == 0)
				continue;
			if (c->n_users == 0 && !c->agent)
				c->agent = t;
			else if (c->agent && n_agents < LOOK_BACK) {
				n_agents++;
				c->agent_repeats = fmaxf(c->agent_repeats,
				    alike(c->agent, t));
				c->agent_same |= same(c->agent, t);
				c->agent_trouble +=
				    is_agent_trouble(t) ? 1.0f : 0.0f;
			}
			continue;
		}
		if (t->role != TURN_USER)
			continue;
		c->n_users++;
		if (c->n_users == 1)
			c->asked = t;
		if (c->n_users > LOOK_BACK)
			break;
		if (c->n_users == 1)
			c->repeat_last = alike(c->me, t);
		c->repeat_any = fmaxf(c->repeat_any, alike(c->me, t));
		c->contained = fmaxf(c->contained, contained(c->me, t));
		c->repeat_exact |= same(c->me, t) && c->me->n_words > 2;
		c->mood += sharpness(t);
		c->mood_max = c->n_users == 1 ? sharpness(t) :
		    fmaxf(c->mood_max, sharpness(t));
		c->trouble += is_trouble(t) ? 1.0f : 0.0f;
	}
	c->silent = c->n_users > 0 && !c->agent;
	c->n_users = c->me->n_users;
}

static float
level(unsigned n)
{
	return n == 0 ? 0.0f : n == 1 ? 1.0f : n == 2 ? 1.4f : 1.7f;
}

static void
wording(const struct feature_turn *t, float *x)
{
	size_t k;

	for (k = 0; k < CLASS_A_APOLOGY; k++)
		x[k] = level(t->count[k]);
	x[FEATURE_NEGATED_PRAISE] = level(t->negated_praise);
	x[FEATURE_NEGATED_NEG] = level(t->negated_neg);
	x[FEATURE_SHORT] = t->n_words > 0 && t->n_words <= 2;
	x[FEATURE_LENGTH] = log1pf((float)t->n_words) / 3.0f;
	x[FEATURE_LONG] = t->n_words > 35;
	x[FEATURE_QUESTION] = t->n_question > 0;
	x[FEATURE_QUESTIONS] = t->n_question > 1;
	x[FEATURE_EXCLAIM] = level(t->n_exclaim);
	x[FEATURE_CAPS] = t->n_words < 3 ? 0.0f :
	    fminf(1.0f, 2.0f * (float)t->n_caps / (float)t->n_words);
	x[FEATURE_STRETCHED] = t->n_stretched > 0;
	x[FEATURE_ELLIPSIS] = t->n_ellipsis > 0;
	x[FEATURE_NUMBER] = level(t->n_number);
	x[FEATURE_HANDLE] = t->n_handle > 0;
	x[FEATURE_ONLY_MARKS] = t->n_words == 0 && t->n_tokens > 0;
	x[FEATURE_EMOTION] = t->head[HEAD_EMOTION];
	x[FEATURE_CONFUSION] = t->head[HEAD_CONFUSION];
	x[FEATURE_SERVICE] = t->head[HEAD_SERVICE];
	x[FEATURE_GOOD] = t->head[HEAD_GOOD];
}

/* Kinds of complaint in one message. */
static unsigned
complaints(const struct feature_turn *t)
{
	const uint8_t *c = t->count;

	return (c[CLASS_STRONG] > 0) + (c[CLASS_PROFANE] > 0) +
	    (c[CLASS_NEG] > 0) + (c[CLASS_WAIT] > 0) + (c[CLASS_AGAIN] > 0) +
	    (c[CLASS_ALREADY] > 0) + (c[CLASS_NOHELP] > 0) +
	    (c[CLASS_FAILREPORT] > 0) + (c[CLASS_HUMAN] > 0) +
	    (c[CLASS_QUIT] > 0) + (t->negated_praise > 0);
}

static void
agent_said(const struct context *c, float *x)
{
	const struct feature_turn *a = c->agent, *t = c->me;
	const uint8_t *k = a->count;
	bool no = t->count[CLASS_NO_START] > 0;
	bool asks = a->asks;
	bool closing = k[CLASS_A_ANYTHING] > 0;
	bool failed = k[CLASS_A_NORESULT] + k[CLASS_A_CANNOT] > 0;
	size_t i;

	for (i = CLASS_A_APOLOGY; i < CLASS_STOPWORD; i++)
		x[i] = level(k[i]);
	x[FEATURE_ECHO] = alike(t, a);
	x[FEATURE_AGENT_REPEATS] = c->agent_repeats;
	x[FEATURE_AGENT_SAME] = c->agent_same;
	x[FEATURE_AGENT_ASKS] = asks;
	x[FEATURE_AGENT_WORDING] = a->agent;
	x[FEATURE_AGENT_LENGTH] = log1pf((float)a->n_words) / 3.0f;
	x[FEATURE_AGENT_OFF] = c->asked && !asks && !closing &&
	    c->asked->n_content >= 2 && a->n_content >= 2 ?
	    1.0f - fminf(1.0f, 2.0f * alike(a, c->asked)) : 0.0f;
	x[FEATURE_NO_AFTER_OFFER] = no && k[CLASS_A_OFFER] > 0 && !closing;
	x[FEATURE_NO_AFTER_ASK] = no && asks && !closing &&
	    k[CLASS_A_OFFER] == 0;
	x[FEATURE_NO_AFTER_SAY] = no && !asks && !closing;
	x[FEATURE_NO_CLOSING] = no && closing;
	x[FEATURE_ANSWERS] = asks && !no && t->n_words <= 6 &&
	    t->n_question == 0;
	x[FEATURE_AFTER_NORESULT] = failed &&
	    t->count[CLASS_DOUBT] + t->count[CLASS_SETTLE] > 0;
	x[FEATURE_NEG_AFTER_SORRY] = k[CLASS_A_APOLOGY] > 0 &&
	    complaints(t) > 0;
	x[FEATURE_REPEAT_ASKED] = k[CLASS_A_ASKREPEAT] > 0 ?
	    c->repeat_any : 0.0f;
	x[FEATURE_CORRECT_DONE] = t->count[CLASS_CORRECT] > 0 &&
	    k[CLASS_A_SUCCESS] > 0;
	x[FEATURE_ASKS_BACK] = asks && t->n_question > 0;
}

void
features_user(const struct features *f, size_t i, float *x)
{
	struct context c = { .me = &f->turn[i] };
	const uint8_t *k = c.me->count;
	bool alone;

	memset(x, 0, FEATURE_N * sizeof(x[0]));
	look_back(f, i, &c);
	wording(c.me, x);
	if (c.agent)
		agent_said(&c, x);
	alone = c.n_users == 0 && !c.agent;
	x[FEATURE_FIRST] = c.n_users == 0;
	x[FEATURE_ALONE] = alone;
	if (c.n_users == 0)
		x[FEATURE_FIRST_FAIL] = level(k[CLASS_FAILREPORT]);
	x[FEATURE_TURNS] = log1pf((float)c.n_users) / 3.0f;
	x[FEATURE_REPEAT_LAST] = c.repeat_last;
	x[FEATURE_REPEAT_ANY] = c.repeat_any;
	x[FEATURE_REPEAT_EXACT] = c.repeat_exact;
	x[FEATURE_CONTAINED] = c.contained;
	x[FEATURE_AGENT_EMPTY] = c.silent;
	if (c.n_users > 0) {
		x[FEATURE_MOOD] = c.mood / (float)(c.n_users < LOOK_BACK ?
		    c.n_users : LOOK_BACK);
		x[FEATURE_MOOD_MAX] = c.mood_max;
	}
	x[FEATURE_TROUBLE] = level((unsigned)c.trouble);
	x[FEATURE_AGENT_TROUBLE] = level((unsigned)c.agent_trouble);
	x[FEATURE_THANKS_NEG] = k[CLASS_THANKS] > 0 && complaints(c.me) > 0;
	x[FEATURE_THANKS_ONLY] = k[CLASS_THANKS] + k[CLASS_PRAISE] > 0 &&
	    complaints(c.me) == 0 && k[CLASS_CORRECT] == 0;
	x[FEATURE_REQUEST_ONLY] = k[CLASS_REQUEST] > 0 &&
	    complaints(c.me) == 0 && k[CLASS_CORRECT] + k[CLASS_DOUBT] +
	    k[CLASS_NO_START] == 0;
	if (alone) {
		x[FEATURE_EMOTION_ALONE] = c.me->head[HEAD_EMOTION];
		x[FEATURE_CONFUSION_ALONE] = c.me->head[HEAD_CONFUSION];
		x[FEATURE_GOOD_ALONE] = c.me->head[HEAD_GOOD];
		x[FEATURE_SERVICE_ALONE] = c.me->head[HEAD_SERVICE];
	}
	x[FEATURE_SHORT_ASK] = c.me->n_question > 0 && c.me->n_words <= 5;
	x[FEATURE_NEG_COUNT] = level(complaints(c.me));
	if (complaints(c.me) > 3)
		x[FEATURE_NEG_COUNT] = 2.2f;
}
