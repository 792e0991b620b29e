/* Slots that take the words behind them: thresholds, and text to look for. */
#include "ask/words.h"

/* ---- thresholds ---- */

/* "1", "$1.50", "100k", "30s", "2min"; and what unit it has in itself. */
static bool
read_amount(const struct word *x, double *value, const char **unit)
{
	size_t n = strspn(x->low, "0123456789.");

	if (n == 0 || !str_to_double(str_of(x->low, n), value))
		return false;
	*unit = x->low + n;
	if (strcmp(*unit, "k") == 0 || strcmp(*unit, "m") == 0) {
		*value *= **unit == 'k' ? 1e3 : 1e6;
		*unit = "";
	}
	return true;
}

static bool
unit_of(const char *unit, enum ask_measure *m, double *factor)
{
	static const struct {
		const char *name;
		enum ask_measure measure;
		double factor;
	} units[] = {
		{ "usd", ASK_COST, 1 }, { "dollar", ASK_COST, 1 },
		{ "dollars", ASK_COST, 1 }, { "cents", ASK_COST, 0.01 },
		{ "cent", ASK_COST, 0.01 }, { "token", ASK_TOKENS, 1 },
		{ "tokens", ASK_TOKENS, 1 }, { "ms", ASK_LATENCY, 0.001 },
		{ "milliseconds", ASK_LATENCY, 0.001 },
		{ "s", ASK_LATENCY, 1 }, { "sec", ASK_LATENCY, 1 },
		{ "secs", ASK_LATENCY, 1 }, { "second", ASK_LATENCY, 1 },
		{ "seconds", ASK_LATENCY, 1 }, { "min", ASK_LATENCY, 60 },
		{ "mins", ASK_LATENCY, 60 }, { "minute", ASK_LATENCY, 60 },
		{ "minutes", ASK_LATENCY, 60 }, { "hour", ASK_LATENCY, 3600 },
		{ "hours", ASK_LATENCY, 3600 },
		{ "tool", ASK_TOOL_CALLS, 1 }, { "calls", ASK_TOOL_CALLS, 1 },
	};

	for (size_t i = 0; i < ARRAY_LEN(units); i++)
		if (strcmp(unit, units[i].name) == 0) {
			*m = units[i].measure;
			*factor = units[i].factor;
			return true;
		}
	return false;
}

/* The measure that the words before the threshold speak of. */
static bool
measure_before(struct words *w, size_t i, enum ask_measure *m)
{
	for (size_t k = 1; k <= 2 && k <= i; k++) {
		struct word *x = &w->v[i - k];

		if (x->kind == WORD_MEASURE) {
			if (x->value == ASK_COST || x->value == ASK_TOKENS ||
			    x->value == ASK_LATENCY)
				*m = (enum ask_measure)x->value;
			x->kind = WORD_TAKEN;
			return *m != ASK_COUNT;
		}
		if (x->kind != WORD_STOP && x->kind != WORD_TAKEN)
			break;
	}
	return false;
}

/* "slower than search" compares names; "more than" says nothing then. */
static void
no_threshold(struct words *w, size_t i)
{
	struct word *x = &w->v[i];
	size_t k = i + 1;

	while (k < w->n && w->v[k].kind == WORD_TAKEN)
		k++;
	/* "more than 5 of them" does not ask for five. */
	if (k < w->n && words_number(&w->v[k])) {
		w->v[k].kind = WORD_UNKNOWN;
		w->v[k].low[0] = '\0';
	}
	x->kind = x->value == ASK_MEASURES ? WORD_STOP :
	    x->kind == WORD_MORE ? WORD_CHANGE : WORD_CHANGE_LEAST;
}

void
words_where(struct words *w, struct ask_plan *p)
{
	for (size_t i = 0; i < w->n; i++) {
		enum ask_measure m = ASK_COUNT, said =
		    w->v[i].value == ASK_MEASURES ? ASK_COUNT :
		    (enum ask_measure)w->v[i].value;
		const char *unit = "";
		double value, factor = 1;
		size_t k = i + 1, took = 1;

		if (w->v[i].kind != WORD_MORE && w->v[i].kind != WORD_LESS)
			continue;
		while (k < w->n && w->v[k].kind == WORD_TAKEN)
			k++;            /* the rest of "more than" */
		if (k >= w->n || !read_amount(&w->v[k], &value, &unit)) {
			no_threshold(w, i);
			continue;
		}
		if (*unit == '\0' && k + 1 < w->n) {
			unit = w->v[k + 1].low;
			if (strcmp(unit, "k") == 0 && k + 2 < w->n) {
				value *= 1000;
				unit = w->v[k + 2].low;
				took++;
			}
			took += unit_of(unit, &m, &factor);
		} else {
			(void)unit_of(unit, &m, &factor);
		}
		if (w->v[k].is_money)
			m = ASK_COST;
		if (!measure_before(w, i, &said) && m == ASK_COUNT &&
		    said == ASK_COUNT) {
			no_threshold(w, i);
			continue;
		}
		p->has_where = true;
		p->where = m == ASK_COUNT ? said : m;
		p->where_less = w->v[i].kind == WORD_LESS;
		p->where_value = value * factor;
		words_take(w, i, k - i + took);
	}
}

/* ---- text ---- */

static bool
ends_object(const struct words *w, size_t i)
{
	static const char *const ends[] = { "in", "on", "since", "from", "by",
		"per", "with", "for", "during", "at", "where", "that", "which",
		"sorted", "ordered", "when", "who", "most", "more", "than",
		"and", "or" };

	if (w->v[i].kind == WORD_TAKEN)
		return true;
	for (size_t k = 0; k < ARRAY_LEN(ends); k++)
		if (words_are(w, i, ends[k]))
			return true;
	return false;
}

static bool
is_article(const struct words *w, size_t i)
{
	static const char *const articles[] = { "a", "an", "the", "their",
		"our", "my", "his", "her", "its", "that", "of", "us", "to" };

	for (size_t k = 0; k < ARRAY_LEN(articles); k++)
		if (words_are(w, i, articles[k]))
			return true;
	return false;
}

static void
take_text(struct words *w, size_t i, size_t n, struct ask_plan *p)
{
	const struct word *last = &w->v[i + n - 1];

	p->is_phrase = n == 1 && w->v[i].kind == WORD_QUOTED;
	p->text = str_of(w->v[i].text.p,
	    (size_t)(last->text.p + last->text.n - w->v[i].text.p));
	words_take(w, i, n);
}

/* The words behind an introduction, up to what begins something else. */
static bool
take_object(struct words *w, size_t i, const struct ask_context *c,
    struct ask_plan *p)
{
	size_t k = i, n = 0;

	while (k < w->n && (is_article(w, k) ||
	    w->v[k].kind == WORD_ABOUT))
		k++;
	if (k >= w->n || words_name_at(w, k, c) ||
	    (w->v[k].kind == WORD_SUBJECT && words_name_at(w, k + 1, c)))
		return false;
	if (w->v[k].kind == WORD_QUOTED) {
		take_text(w, k, 1, p);
		return true;
	}
	while (k + n < w->n && !ends_object(w, k + n)) {
		n++;
		if (w->v[k + n - 1].ends_clause)
			break;
	}
	while (n > 0 && w->v[k + n - 1].kind == WORD_STOP)
		n--;
	if (n == 0)
		return false;
	take_text(w, k, n, p);
	return true;
}

/* Who speaks: users before it, or the agent. */
static enum ask_field
field_before(const struct words *w, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if ((w->v[k].kind == WORD_SUBJECT &&
		    (w->v[k].value == ASK_USERS ||
		    w->v[k].value == ASK_ORGS)) || w->v[k].kind == WORD_ASK)
			return ASK_IN_PROMPT;
	return ASK_ANY_FIELD;
}

/* "search for runs about X", "show me runs about X": of an introduction whose
 * object is a subject the next one counts. */
static bool
introduces(const struct words *w, size_t i)
{
	size_t k = i + w->v[i].length;

	if (w->v[i].kind == WORD_LIST)
		return (words_are(w, i, "search for") ||
		    words_are(w, i, "look for") ||
		    words_are(w, i, "searching for")) &&
		    i + 2 < w->n && w->v[i + 2].kind != WORD_SUBJECT &&
		    w->v[i + 2].kind != WORD_FAIL &&
		    w->v[i + 2].kind != WORD_EXTREME &&
		    w->v[i + 2].kind != WORD_MOST &&
		    w->v[i + 2].kind != WORD_STOP &&
		    w->v[i + 2].kind != WORD_STATUS;
	if (w->v[i].kind != WORD_ABOUT)
		return false;
	while (k < w->n && w->v[k].kind == WORD_STOP)
		k++;
	return k < w->n;
}

/* "timeout errors", "the connection refused error": of what kind. */
void
words_error_text(struct words *w, struct ask_plan *p)
{
	for (size_t i = 1; i < w->n && !p->text.p; i++) {
		size_t from = i;

		if (w->v[i].kind != WORD_FAIL || w->v[i].value == FAIL_VERB)
			continue;
		while (from > 0 && (w->v[from - 1].kind == WORD_UNKNOWN ||
		    w->v[from - 1].kind == WORD_FAIL_TEXT ||
		    (w->v[from - 1].kind == WORD_PATTERN && from > 1 &&
		    w->v[from - 2].kind == WORD_UNKNOWN)) &&
		    !w->v[from - 1].ends_clause)
			from--;
		if (from == i)
			continue;
		take_text(w, from, i - from, p);
		p->field = ASK_IN_ERROR;
	}
}

/* "timeouts", alone: the errors of that kind. */
void
words_fail_text(struct words *w, struct ask_plan *p)
{
	for (size_t i = 0; i < w->n; i++) {
		if (w->v[i].kind != WORD_FAIL_TEXT)
			continue;
		if (!p->text.p) {
			take_text(w, i, w->v[i].length, p);
			p->field = ASK_IN_ERROR;
		}
		w->v[i].kind = WORD_FAIL;
		w->v[i].value = FAIL_FAILURE;
	}
}

void
words_text(struct words *w, const struct ask_context *c, struct ask_plan *p)
{
	for (size_t i = 0; i < w->n && !p->text.p; i++) {
		size_t next = i + w->v[i].length;

		if (!introduces(w, i))
			continue;
		if (!take_object(w, next, c, p))
			continue;
		p->field = field_before(w, i);
		/* "complained about X": X is what is asked for. */
		for (size_t k = 0; k < i; k++)
			if (w->v[k].slug && strcmp(w->v[k].slug,
			    "user-frustration") == 0 &&
			    (k + 1 == i || w->v[k + 1].kind == WORD_STOP))
				w->v[k].kind = WORD_TAKEN;
		w->v[i].kind = WORD_TAKEN;
	}
	for (size_t i = 0; i < w->n; i++) {
		if (w->v[i].kind == WORD_QUOTED && !p->text.p &&
		    !words_name_at(w, i, c))
			take_text(w, i, 1, p);
		if (w->v[i].kind == WORD_IN)
			p->field = (enum ask_field)w->v[i].value;
	}
}
