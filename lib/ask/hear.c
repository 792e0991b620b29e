/* Words, one by one, into what was heard. */
#include "ask/hear.h"

static bool
is_generic(const struct words *w, size_t i)
{
	static const char *const articles[] = { "the", "a", "an", "that",
		"this", "its" };

	/* "spent on models" */
	if (i > 0 && words_are(w, i - 1, "on"))
		return true;
	if (w->v[i].is_plural || i == 0)
		return false;
	for (size_t k = 0; k < ARRAY_LEN(articles); k++)
		if (words_are(w, i - 1, articles[k]))
			return true;
	return false;
}

/* What is named outright wins over "used" and what "slowest" implies. */
static void
hear_measure(struct heard *h, enum ask_measure m, bool is_said)
{
	if (h->has_measure && !(is_said && m != ASK_COUNT &&
	    (h->measure == ASK_COUNT || h->has_extreme)))
		return;
	if (h->has_measure && h->measure != ASK_COUNT && !is_said)
		return;
	h->measure = m;
	h->has_measure = true;
}

static void
hear_noun(struct heard *h, const struct words *w, size_t i)
{
	enum ask_subject s = (enum ask_subject)w->v[i].value;

	h->subjects[s] = true;
	if (s == ASK_TOTALS)
		return;
	if (i > 0 && w->v[i - 1].kind == WORD_PER && s == ASK_RUNS) {
		/* "agents by runs" are ordered by how many. */
		hear_measure(h, ASK_COUNT, true);
	} else if (i > 0 && w->v[i - 1].kind == WORD_PER) {
		h->by = h->by ? h->by : s;
	} else if (is_generic(w, i)) {
		h->mentioned = h->mentioned ? h->mentioned : s;
	} else if (!h->head || (h->head_is_who && s != ASK_USERS)) {
		h->head = s;
		h->head_is_who = words_are(w, i, "who") ||
		    words_are(w, i, "people") || words_are(w, i, "whom") ||
		    words_are(w, i, "person");
	}
}

/* A number beside what is ordered or counted is how many are wanted. */
static bool
is_limit(const struct words *w, size_t i)
{
	enum word_kind before = i > 0 ? w->v[i - 1].kind : WORD_STOP;
	enum word_kind after = i + 1 < w->n ? w->v[i + 1].kind : WORD_STOP;
	int64_t n = words_number(&w->v[i]);

	return n > 0 && n <= ASK_LIMIT_MAX && (before == WORD_MOST ||
	    before == WORD_LEAST || before == WORD_LIST ||
	    before == WORD_RECENT ||
	    after == WORD_MOST || after == WORD_LEAST ||
	    after == WORD_EXTREME || after == WORD_EXTREME_LEAST ||
	    after == WORD_SUBJECT || after == WORD_FAIL ||
	    after == WORD_LIST || after == WORD_RECENT);
}

/* What stands behind a word of negation is turned round, if that can be. */
static bool
turn_round(struct words *w, size_t i, struct ask_plan *p)
{
	size_t k = i + 1;

	while (k < w->n && (w->v[k].kind == WORD_STOP ||
	    w->v[k].kind == WORD_TAKEN || words_are(w, k, "any")))
		k++;
	if (k >= w->n)
		return false;
	if (w->v[k].kind == WORD_PATTERN && !p->pattern) {
		p->pattern = w->v[k].slug;
		p->pattern_not = true;
	} else if (w->v[k].kind == WORD_FAIL) {
		p->status = ASK_OK;
	} else if (w->v[k].kind == WORD_SUBJECT && !p->has_where &&
	    w->v[k].value == ASK_TOOLS) {
		/* "without tool calls" */
		p->has_where = p->where_less = true;
		p->where = ASK_TOOL_CALLS;
		p->where_value = 1;
	} else if (w->v[k].kind == WORD_STATE &&
	    w->v[k].value == ASK_RESOLVED) {
		p->state = ASK_ACTIVE;
	} else {
		return false;
	}
	w->v[k].kind = WORD_TAKEN;
	return true;
}

static void
ignore(struct ask_plan *p, struct heard *h, const struct word *x)
{
	p->ignored[p->nignored++] = x->text;
	h->unknown++;
	h->known--;
}

/* "the most expensive day": one period of several. */
static void
hear_unit(struct ask_plan *p, const struct words *w, size_t i)
{
	static const struct { const char *unit; enum ask_group group; } v[] = {
		{ "hour", ASK_BY_HOUR }, { "day", ASK_BY_DAY },
		{ "week", ASK_BY_WEEK }, { "month", ASK_BY_MONTH } };
	enum word_kind before = WORD_STOP;

	for (size_t k = i; k > 0 && before == WORD_STOP; k--)
		if (w->v[k - 1].kind != WORD_TAKEN)
			before = w->v[k - 1].kind;
		else if (k < 2)
			break;
	for (size_t k = 0; k < ARRAY_LEN(v) && !p->group; k++)
		if (words_are(w, i, v[k].unit) && (before == WORD_EXTREME ||
		    before == WORD_EXTREME_LEAST || before == WORD_MOST ||
		    before == WORD_LEAST))
			p->group = v[k].group;
}

static void
hear_flag(struct heard *h, struct ask_plan *p, const struct word *x)
{
	switch ((int)x->kind) {
	case WORD_FAIL:
		h->has_fail = h->fails[x->value] = true;
		break;
	case WORD_STATISTIC:
		h->has_statistic = x->value != STAT_TOTAL || h->has_statistic;
		h->statistic = h->has_statistic && x->value != STAT_TOTAL &&
		    h->statistic == 0 ? (enum statistic)x->value :
		    h->statistic;
		break;
	case WORD_PATTERN:
		p->pattern = p->pattern ? p->pattern : x->slug;
		break;
	case WORD_STATE:
		p->state = (enum ask_state)x->value;
		h->state = x->text;
		break;
	case WORD_STATUS:
		p->status = (enum ask_status)x->value;
		break;
	case WORD_THUMBS:
		h->thumbs = (int)x->value;
		break;
	case WORD_GROUP:
		p->group = (enum ask_group)x->value;
		break;
	case WORD_ABOUT: h->has_open_about = true; break;
	case WORD_COMPARE: h->has_compare = true; break;
	case WORD_WHY: h->has_why = true; break;
	case WORD_RATE: h->has_rate = true; break;
	case WORD_RECENT: h->has_list = h->has_recent = true; break;
	case WORD_LIST: h->has_list = true; break;
	case WORD_WHICH: h->has_which = true; break;
	case WORD_HOW_MANY: h->has_how_many = true; break;
	case WORD_ASK: h->has_ask = true; break;
	case WORD_MOST: h->has_most = true; break;
	case WORD_LEAST: h->is_least = true; break;
	case WORD_FUTURE: h->has_future = true; break;
	default: break;
	}
}

static void
hear_ordering(struct heard *h, const struct word *x)
{
	bool least = x->kind == WORD_EXTREME_LEAST ||
	    x->kind == WORD_CHANGE_LEAST;
	bool change = x->kind == WORD_CHANGE || x->kind == WORD_CHANGE_LEAST;

	h->has_change |= change;
	h->falls |= change && least;
	h->is_least |= least && !change;
	if (x->value == ASK_MEASURES)
		return;
	hear_measure(h, (enum ask_measure)x->value, false);
	h->has_extreme |= !change;
}

/* Orders stand at the beginning, perhaps behind "please". */
static bool
is_order(const struct words *w)
{
	for (size_t i = 0; i < w->n; i++)
		if (w->v[i].kind != WORD_POLITE &&
		    w->v[i].kind != WORD_STOP && w->v[i].kind != WORD_TAKEN)
			return w->v[i].kind == WORD_ORDER;
	return false;
}

void
words_hear(struct words *w, struct ask_plan *p, struct heard *h)
{
	*h = (struct heard){ .has_order = is_order(w) };
	if (w->n && words_are(w, 0, "where")) {
		h->head = ASK_RUNS;
		h->has_list = true;
	}
	for (size_t i = 0; i < w->n; i++) {
		struct word *x = &w->v[i];

		if (words_number(x) && x->kind != WORD_TAKEN &&
		    is_limit(w, i)) {
			p->limit = (size_t)words_number(x);
			p->has_limit = true;
			continue;
		}
		h->known += x->kind != WORD_STOP && x->kind != WORD_TAKEN &&
		    x->kind != WORD_ORDER && x->kind != WORD_POLITE;
		if (x->kind == WORD_FAIL && x->value != FAIL_VERB)
			h->fail_is_head |= i > 0 && !h->head &&
			    w->v[i - 1].kind == WORD_WHICH;
		switch ((int)x->kind) {
		case WORD_STOP:
			hear_unit(p, w, i);
			break;
		case WORD_UNKNOWN:
		case WORD_NUMBER:
		case WORD_QUOTED:
			ignore(p, h, x);
			break;
		case WORD_NOT:
			if (!turn_round(w, i, p))
				ignore(p, h, x);
			break;
		case WORD_SUBJECT:
			hear_noun(h, w, i);
			break;
		case WORD_MEASURE:
			hear_measure(h, (enum ask_measure)x->value, true);
			break;
		case WORD_EXTREME:
		case WORD_EXTREME_LEAST:
		case WORD_CHANGE:
		case WORD_CHANGE_LEAST:
			hear_ordering(h, x);
			break;
		default:
			hear_flag(h, p, x);
		}
	}
}
