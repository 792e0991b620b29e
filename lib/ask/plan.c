/* From words to a plan. */
#include "ask/words.h"
#include "base/clock.h"

/* What was heard, before it is weighed. */
struct heard {
	bool subjects[ASK_SUBJECTS];
	bool measures[ASK_MEASURES];
	bool fail, most, least, rate, why, is_new, list, how_many, thumbs;
	bool extreme, extreme_least;
	enum ask_measure extreme_of;
	const char *pattern;
	int64_t number;
};

static void
hear_word(struct heard *h, const struct word *w)
{
	switch (w->kind) {
	case WORD_SUBJECT:
		h->subjects[w->value] = true;
		break;
	case WORD_MEASURE:
		h->measures[w->value] = true;
		break;
	case WORD_EXTREME:
	case WORD_EXTREME_LEAST:
		*(w->kind == WORD_EXTREME ? &h->extreme :
		    &h->extreme_least) = true;
		h->extreme_of = (enum ask_measure)w->value;
		h->measures[w->value] = true;
		break;
	case WORD_PATTERN:
		h->pattern = h->pattern ? h->pattern : w->slug;
		break;
	case WORD_NUMBER:
		h->number = w->value;
		break;
	case WORD_FAIL: h->fail = true; break;
	case WORD_MOST: h->most = true; break;
	case WORD_LEAST: h->least = true; break;
	case WORD_RATE: h->rate = true; break;
	case WORD_WHY: h->why = true; break;
	case WORD_NEW: h->is_new = true; break;
	case WORD_LIST: h->list = true; break;
	case WORD_HOW_MANY: h->how_many = true; break;
	case WORD_UNKNOWN:
	case WORD_STOP:
	case WORD_COMPARE:
	case WORD_TIME:
		break;
	}
}

static bool
breaks_down(const struct heard *h, enum ask_subject *out)
{
	static const enum ask_subject order[] = { ASK_TOOLS, ASK_MODELS,
		ASK_ORGS, ASK_USERS, ASK_SESSIONS, ASK_AGENTS };

	for (size_t i = 0; i < ARRAY_LEN(order); i++)
		if (h->subjects[order[i]]) {
			*out = order[i];
			return true;
		}
	return false;
}

static bool
any_measure(const struct heard *h, enum ask_measure *out)
{
	static const enum ask_measure order[] = { ASK_COST, ASK_TOKENS,
		ASK_LATENCY, ASK_ERROR_RATE, ASK_COUNT };

	for (size_t i = 0; i < ARRAY_LEN(order); i++)
		if (h->measures[order[i]]) {
			*out = order[i];
			return true;
		}
	return false;
}

/* Errors of whatever is asked about, or groups of errors. */
static void
plan_errors(struct ask_plan *p, const struct heard *h)
{
	p->measure = h->rate ? ASK_ERROR_RATE : ASK_ERRORS;
	if (h->subjects[ASK_RUNS] && !h->rate && !h->how_many) {
		p->subject = ASK_RUNS;
		p->only_errors = true;
	} else if (breaks_down(h, &p->subject)) {
		p->only_errors = p->subject == ASK_SESSIONS;
	} else if (h->rate || (h->how_many && h->subjects[ASK_RUNS]) ||
	    (p->is_comparison && !h->is_new)) {
		p->subject = ASK_TOTALS;
	} else {
		p->subject = ASK_FAILURES;
		p->measure = ASK_COUNT;
		p->only_new = h->is_new;
	}
}

static void
plan_pattern(struct ask_plan *p, const struct heard *h)
{
	p->pattern = h->pattern;
	p->measure = ASK_FLAGGED;
	if (h->subjects[ASK_ORGS] || h->subjects[ASK_USERS] ||
	    h->subjects[ASK_AGENTS]) {
		(void)breaks_down(h, &p->subject);
		if (p->subject == ASK_TOOLS || p->subject == ASK_MODELS ||
		    p->subject == ASK_SESSIONS)
			p->subject = ASK_RUNS;
	} else if (h->how_many || h->rate || p->is_comparison) {
		p->subject = ASK_PATTERNS;
	} else {
		p->subject = ASK_RUNS;
	}
}

static void
plan_rest(struct ask_plan *p, const struct heard *h)
{
	bool measured = any_measure(h, &p->measure);

	if (h->subjects[ASK_FEEDBACK]) {
		p->subject = ASK_FEEDBACK;
	} else if (h->subjects[ASK_INSIGHTS]) {
		p->subject = ASK_INSIGHTS;
	} else if (h->subjects[ASK_PATTERNS]) {
		p->subject = ASK_PATTERNS;
	} else if (h->subjects[ASK_RUNS] && !h->how_many &&
	    !p->is_comparison && (h->list || h->extreme ||
	    h->extreme_least || h->most || h->least || !measured)) {
		p->subject = ASK_RUNS;
	} else if (breaks_down(h, &p->subject)) {
		return;
	} else if (measured || h->subjects[ASK_TOTALS] ||
	    h->subjects[ASK_RUNS]) {
		p->subject = ASK_TOTALS;
	} else if (p->is_comparison && p->has_time) {
		p->subject = ASK_TOTALS;
	}
}

/* Users and organisations are counted by whole days. */
static void
widen_to_days(struct ask_plan *p)
{
	int64_t *from[] = { &p->from_ms, &p->compare_from_ms };

	for (size_t i = 0; i < ARRAY_LEN(from); i++)
		*from[i] -= *from[i] % MS_PER_DAY;
}

static void
decide(struct ask_plan *p, const struct heard *h)
{
	if (h->pattern)
		plan_pattern(p, h);
	else if (h->fail && !h->subjects[ASK_FEEDBACK])
		plan_errors(p, h);
	else
		plan_rest(p, h);
	if (!p->pattern && (p->subject == ASK_USERS ||
	    p->subject == ASK_ORGS))
		widen_to_days(p);
	/* "reliable" is few errors, "most reliable" too. */
	p->is_ascending = h->least || h->extreme_least;
	p->wants_reason = h->why && p->subject == ASK_TOTALS;
	if (h->number > 0 && h->number <= ASK_LIMIT_MAX)
		p->limit = (size_t)h->number;
}

/* Names that people give agents look like words, so they are looked for
 * before the vocabulary is. */
static void
find_agent(struct ask_plan *p, struct words *w, const struct ask_context *c)
{
	for (size_t i = 0; i < w->n; i++)
		for (size_t k = 0; k < c->nagents; k++) {
			struct word *x = &w->v[i];
			bool beside = (i > 0 &&
			    words_are(w, i - 1, "agent")) ||
			    words_are(w, i + 1, "agent");
			bool same = str_ieq(x->text, c->agents[k]);
			bool begins = beside && x->text.n >= 3 &&
			    x->kind == WORD_UNKNOWN &&
			    c->agents[k].n > x->text.n && str_ieq(x->text,
			    str_of(c->agents[k].p, x->text.n));

			if (!(same && (beside || x->kind == WORD_UNKNOWN)) &&
			    !begins)
				continue;
			p->agent = c->agents[k];
			x->kind = WORD_STOP;
			if (i > 0 && words_are(w, i - 1, "agent"))
				w->v[i - 1].kind = WORD_STOP;
			if (words_are(w, i + 1, "agent"))
				w->v[i + 1].kind = WORD_STOP;
			return;
		}
}

/* Phrases whose words alone mean something else. */
static void
read_phrases(struct words *w)
{
	for (size_t i = 0; i < w->n; i++) {
		struct word *x = &w->v[i];

		if (words_are(w, i, "task failure") ||
		    words_are(w, i, "task failures") ||
		    words_are(w, i, "failed task") ||
		    words_are(w, i, "not solved")) {
			x->kind = w->v[i + 1].kind = WORD_PATTERN;
			x->slug = w->v[i + 1].slug = "task-failure-reported";
		}
		if (words_are(w, i, "same arguments") ||
		    words_are(w, i, "same args")) {
			x->kind = w->v[i + 1].kind = WORD_PATTERN;
			x->slug = w->v[i + 1].slug = "tool-loop";
		}
		if (words_are(w, i, "failure patterns") ||
		    words_are(w, i, "failure pattern") ||
		    words_are(w, i, "error patterns") ||
		    words_are(w, i, "error pattern"))
			w->v[i + 1].kind = WORD_FAIL;
	}
}

void
ask_parse(struct ask_plan *p, struct str question,
    const struct ask_context *c)
{
	struct heard h = { 0 };
	struct words w;

	*p = (struct ask_plan){ .limit = ASK_LIMIT_DEFAULT };
	words_split(&w, question);
	find_agent(p, &w, c);
	read_phrases(&w);
	for (size_t i = 0; i < w.n; i++)
		p->is_comparison |= w.v[i].kind == WORD_COMPARE ||
		    w.v[i].kind == WORD_WHY;
	words_time(&w, c, p);
	for (size_t i = 0; i < w.n; i++) {
		hear_word(&h, &w.v[i]);
		if (w.v[i].kind == WORD_UNKNOWN)
			p->ignored[p->nignored++] = w.v[i].text;
	}
	decide(p, &h);
}
