/* From time phrases to the plan's periods: one, or two set against each
 * other. */
#include "ask/time.h"
#include "base/clock.h"

static struct span
before(const struct span *s, int64_t now)
{
	int64_t today = floor_div(s->from, MS_PER_DAY);
	struct span b = *s;

	if (s->kind == SPAN_MONTH || s->kind == SPAN_QUARTER ||
	    s->kind == SPAN_YEAR)
		return calendar_span(today, s->kind, 1, 0);
	b.from = s->from - (s->to - s->from);
	b.to = s->from;
	/* Until now is until the millisecond after. */
	if (s->to == now)
		b.from++;
	return b;
}

static void
set_comparison(struct ask_plan *p, struct span a, struct span b, int64_t now)
{
	struct span late = a.from >= b.from ? a : b;
	struct span early = a.from >= b.from ? b : a;

	/* What has only begun is compared with as much of the other. */
	if (late.to > now) {
		late.to = now;
		if (late.kind == early.kind)
			early.to = MIN_OF(early.to,
			    early.from + (late.to - late.from));
	}
	p->from_ms = late.from;
	p->to_ms = late.to;
	p->compare_from_ms = early.from;
	p->compare_to_ms = early.to;
}

/* "compare this week with last", "week over week" */
static struct span
again(const struct words *w, size_t i, const struct span *first, int64_t now)
{
	static const struct {
		const char *unit;
		enum span_kind kind;
	} units[] = { { "day", SPAN_DAY }, { "week", SPAN_WEEK },
		{ "month", SPAN_MONTH }, { "quarter", SPAN_QUARTER },
		{ "year", SPAN_YEAR } };
	struct span s = NO_SPAN;
	char phrase[40];

	for (size_t k = 0; k < ARRAY_LEN(units); k++) {
		snprintf(phrase, sizeof(phrase), "%s over %s",
		    units[k].unit, units[k].unit);
		if (!words_are(w, i, phrase)) {
			snprintf(phrase, sizeof(phrase), "%s on %s",
			    units[k].unit, units[k].unit);
			if (!words_are(w, i, phrase))
				continue;
		}
		s.kind = units[k].kind;
		s.words = 3;
		return s;
	}
	if (first && first->words && (words_are(w, i, "last") ||
	    words_are(w, i, "previous")) && (i + 1 == w->n ||
	    w->v[i].ends_clause || words_are(w, i + 1, "one"))) {
		s = before(first, now);
		s.words = 1 + words_are(w, i + 1, "one");
	}
	return s;
}

static void
to_utc(struct ask_plan *p, int64_t zone)
{
	int64_t *v[] = { &p->from_ms, &p->to_ms, &p->compare_from_ms,
		&p->compare_to_ms };

	for (size_t i = 0; i < ARRAY_LEN(v); i++)
		*v[i] = MAX_OF(*v[i] - zone, 0);
	p->to_ms = MAX_OF(p->to_ms, p->from_ms + 1);
	if (p->is_comparison)
		p->compare_to_ms = MAX_OF(p->compare_to_ms,
		    p->compare_from_ms + 1);
	else
		p->compare_from_ms = p->compare_to_ms = 0;
}

/* Takes up to two phrases; returns how many. */
static size_t
find_spans(struct words *w, struct span found[2], int64_t now,
    struct ask_plan *p)
{
	size_t n = 0;

	for (size_t i = 0; i < w->n && n < 2; i++) {
		struct span s = again(w, i, n ? &found[0] : NULL,
		    now);

		if (s.words == 3 && s.to == 0) {
			found[n++] = calendar_span(floor_div(now - 1,
			    MS_PER_DAY), s.kind, 0, 3);
			p->is_comparison = true;
			words_take(w, i, 3);
			i += 2;
			continue;
		}
		if (!s.words)
			s = phrase_at(w, i, now);
		if (!s.words)
			continue;
		/* What is still to come has no figures. */
		if (s.from >= now) {
			p->refused = "it is about the future";
			s.from = now - 1;
			s.to = now;
		}
		found[n++] = s;
		words_take(w, i, s.words);
		i += s.words - 1;
	}
	return n;
}

/* True if two periods are set against each other, not just both named. */
static bool
sets_against(const struct words *w)
{
	static const char *const against[] = { "compare", "compared", "vs",
		"versus", "than", "against", "comparing", "comparison" };

	for (size_t i = 0; i < w->n; i++)
		for (size_t k = 0; k < ARRAY_LEN(against); k++)
			if (words_are(w, i, against[k]))
				return true;
	return false;
}

/* True if a time phrase stands right behind such a word: "than last week". */
static bool
sets_before(const struct words *w)
{
	for (size_t i = 1; i < w->n; i++)
		if (w->v[i].kind == WORD_TAKEN &&
		    w->v[i - 1].kind != WORD_TAKEN &&
		    (words_are(w, i - 1, "than") || words_are(w, i - 1, "vs") ||
		    words_are(w, i - 1, "versus") ||
		    words_are(w, i - 1, "against") || (i > 1 &&
		    words_are(w, i - 2, "compared") &&
		    (words_are(w, i - 1, "to") ||
		    words_are(w, i - 1, "with")))))
			return true;
	return false;
}

/* "Monday this week" is the narrower, "Monday and Tuesday" both. */
static size_t
unite(struct span v[2])
{
	if (v[0].from <= v[1].from && v[0].to >= v[1].to)
		v[0] = v[1];
	else if (v[0].to == v[1].from)
		v[0].to = v[1].to;
	else if (v[1].from > v[0].from || v[1].to < v[0].to)
		return 2;
	return 1;
}

void
words_time(struct words *w, const struct ask_context *c, struct ask_plan *p)
{
	struct span found[2] = { NO_SPAN, NO_SPAN };
	int64_t now = c->now_ms + 1 + c->tz_minutes * MS_PER_MINUTE;
	bool against = sets_against(w);
	size_t n = find_spans(w, found, now, p);

	if (n == 2 && !against && !p->is_comparison)
		n = unite(found);
	/* "cost vs last month" is of this one. */
	if (n == 1 && against && sets_before(w) &&
	    found[0].kind >= SPAN_DAY && found[0].kind <= SPAN_YEAR &&
	    found[0].to <= now) {
		found[1] = found[0];
		found[0] = calendar_span(floor_div(now - 1, MS_PER_DAY),
		    found[1].kind, 0, 0);
		n = 2;
	}
	p->has_time = n > 0;
	p->is_ever = n > 0 && found[0].kind == SPAN_EVER;
	p->is_comparison |= n == 2;
	if (n == 0)
		found[0] = span_of(now - 7 * MS_PER_DAY, now, SPAN_ROLLING,
		    0);
	set_comparison(p, found[0], n == 2 ? found[1] : before(&found[0],
	    now), now);
}

void
words_time_end(const struct ask_context *c, struct ask_plan *p)
{
	to_utc(p, c->tz_minutes * MS_PER_MINUTE);
}
