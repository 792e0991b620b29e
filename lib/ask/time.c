/* Time phrases: "yesterday", "last 3 days", "since Tuesday", "in October". */
#include "ask/words.h"
#include "base/clock.h"

enum span_kind { SPAN_DAYS, SPAN_WEEK, SPAN_MONTH };

struct span_of_time {
	int64_t from, to;
	enum span_kind kind;
	size_t words;           /* 0: none here */
};

static const char *const months[] = { "january", "february", "march",
	"april", "may", "june", "july", "august", "september", "october",
	"november", "december" };
static const char *const weekdays[] = { "monday", "tuesday", "wednesday",
	"thursday", "friday", "saturday", "sunday" };

static int64_t
day_of(int64_t ms)
{
	return floor_div(ms, MS_PER_DAY);
}

/* 0 is Monday; 1970-01-01 was a Thursday. */
static int64_t
weekday_of(int64_t day)
{
	return day + 3 - 7 * floor_div(day + 3, 7);
}

/* The first day of the month that is `back` months before that of day. */
static int64_t
month_start(int64_t day, int64_t back)
{
	int64_t year, index;
	int month, mday;

	clock_date_from_days(day, &year, &month, &mday);
	index = year * 12 + month - 1 - back;
	return clock_days_from_date(floor_div(index, 12),
	    (int)(index - 12 * floor_div(index, 12)) + 1, 1);
}

static struct span_of_time
days(int64_t from, int64_t to, enum span_kind kind, size_t words)
{
	return (struct span_of_time){ from * MS_PER_DAY, to * MS_PER_DAY,
	    kind, words };
}

/* Milliseconds of a unit, 0 if it is none; months are 30 days. */
static int64_t
unit_ms(const char *word)
{
	static const struct { const char *name; int64_t ms; } units[] = {
		{ "minute", MS_PER_MINUTE }, { "hour", MS_PER_HOUR },
		{ "day", MS_PER_DAY }, { "week", 7 * MS_PER_DAY },
		{ "month", 30 * MS_PER_DAY }, { "quarter", 91 * MS_PER_DAY },
		{ "year", 365 * MS_PER_DAY } };

	for (size_t i = 0; i < ARRAY_LEN(units); i++) {
		size_t n = strlen(units[i].name);

		if (strncmp(word, units[i].name, n) == 0 &&
		    (word[n] == '\0' || strcmp(word + n, "s") == 0))
			return units[i].ms;
	}
	return 0;
}

/* "last 3 days", "past two weeks", "past hour": until now. */
static struct span_of_time
rolling(const struct words *w, size_t i, int64_t now)
{
	static const char *const numbers[] = { "one", "two", "three", "four",
		"five", "six", "seven" };
	struct span_of_time none = { 0 };
	bool past = words_are(w, i, "past") || words_are(w, i, "last");
	int64_t n = 0, unit;

	if (!past || i + 1 >= w->n)
		return none;
	if (w->v[i + 1].kind == WORD_NUMBER)
		n = w->v[i + 1].value;
	for (size_t k = 0; k < ARRAY_LEN(numbers); k++)
		if (words_are(w, i + 1, numbers[k]))
			n = (int64_t)k + 1;
	if (n > 0 && n <= 100000 && i + 2 < w->n &&
	    (unit = unit_ms(w->v[i + 2].low)) != 0)
		return (struct span_of_time){ now - n * unit, now, SPAN_DAYS,
		    3 };
	unit = unit_ms(w->v[i + 1].low);
	if (n == 0 && unit)
		return (struct span_of_time){ now - unit, now, SPAN_DAYS, 2 };
	return none;
}

/* A month or a weekday by name: the latest one that has begun. */
static struct span_of_time
named(const struct words *w, size_t i, int64_t today)
{
	int64_t year;
	int month, mday;

	clock_date_from_days(today, &year, &month, &mday);
	for (int m = 0; m < 12; m++)
		if (words_are(w, i, months[m])) {
			int64_t back = month - 1 - m;

			back += back < 0 ? 12 : 0;
			return days(month_start(today, back),
			    month_start(today, back - 1), SPAN_MONTH, 1);
		}
	for (int64_t d = 0; d < 7; d++)
		if (words_are(w, i, weekdays[d])) {
			int64_t back = weekday_of(today) - d;

			back += back < 0 ? 7 : 0;
			return days(today - back, today - back + 1, SPAN_DAYS,
			    1);
		}
	return (struct span_of_time){ 0 };
}

static struct span_of_time
phrase_at(const struct words *w, size_t i, int64_t now)
{
	int64_t today = day_of(now - 1);
	int64_t monday = today - weekday_of(today);
	int64_t first = month_start(today, 0);
	struct span_of_time s;

	if (words_are(w, i, "today"))
		return days(today, today + 1, SPAN_DAYS, 1);
	if (words_are(w, i, "yesterday"))
		return days(today - 1, today, SPAN_DAYS, 1);
	if (words_are(w, i, "this week"))
		return days(monday, monday + 7, SPAN_WEEK, 2);
	if (words_are(w, i, "last week") || words_are(w, i, "previous week"))
		return days(monday - 7, monday, SPAN_WEEK, 2);
	if (words_are(w, i, "this month"))
		return days(first, month_start(today, -1), SPAN_MONTH, 2);
	if (words_are(w, i, "last month") ||
	    words_are(w, i, "previous month"))
		return days(month_start(today, 1), first, SPAN_MONTH, 2);
	if (words_are(w, i, "all time"))
		return (struct span_of_time){ 0, now, SPAN_DAYS, 2 };
	if (words_are(w, i, "ever"))
		return (struct span_of_time){ 0, now, SPAN_DAYS, 1 };
	if (words_are(w, i, "since") && i + 1 < w->n) {
		s = phrase_at(w, i + 1, now);
		s.to = now;
		s.kind = SPAN_DAYS;
		s.words += s.words ? 1 : 0;
		return s;
	}
	s = named(w, i, today);
	/* "may" is a verb as well, unless "in" stands before it. */
	if (s.words && words_are(w, i, "may") &&
	    !(i > 0 && (words_are(w, i - 1, "in") ||
	    words_are(w, i - 1, "since"))))
		s.words = 0;
	return s.words ? s : rolling(w, i, now);
}

/* The period before, of the same kind. */
static struct span_of_time
before(const struct span_of_time *s)
{
	struct span_of_time b = *s;
	int64_t length = s->to - s->from;

	if (s->kind == SPAN_MONTH) {
		b.from = month_start(day_of(s->from), 1) * MS_PER_DAY;
		b.to = s->from;
	} else {
		b.from = s->from - length;
		b.to = s->from;
	}
	return b;
}

static void
set_comparison(struct ask_plan *p, struct span_of_time a,
    struct span_of_time b, int64_t now)
{
	struct span_of_time late = a.from >= b.from ? a : b;
	struct span_of_time early = a.from >= b.from ? b : a;

	/* What has only begun is compared with as much of the other. */
	if (late.to > now) {
		late.to = now;
		if (late.kind == early.kind)
			early.to = MIN_OF(early.to,
			    early.from + (late.to - late.from));
	}
	p->from_ms = late.from;
	p->to_ms = late.to;
	p->compare_from_ms = MAX_OF(early.from, 0);
	p->compare_to_ms = MAX_OF(early.to, 1);
}

void
words_time(struct words *w, const struct ask_context *c, struct ask_plan *p)
{
	struct span_of_time found[2] = { { 0 }, { 0 } };
	int64_t now = c->now_ms + 1;
	size_t n = 0;

	for (size_t i = 0; i < w->n && n < 2; i++) {
		struct span_of_time s = phrase_at(w, i, now);

		if (!s.words)
			continue;
		found[n++] = s;
		for (size_t k = 0; k < s.words; k++)
			w->v[i + k].kind = WORD_TIME;
		i += s.words - 1;
	}
	p->has_time = n > 0;
	if (n == 0)
		found[0] = (struct span_of_time){ now - 7 * MS_PER_DAY, now,
		    SPAN_DAYS, 0 };
	p->is_comparison |= n == 2;
	if (p->is_comparison) {
		set_comparison(p, found[0],
		    n == 2 ? found[1] : before(&found[0]), now);
	} else {
		p->from_ms = found[0].from;
		p->to_ms = MIN_OF(found[0].to, now);
	}
	p->from_ms = MAX_OF(p->from_ms, 0);
	p->to_ms = MAX_OF(p->to_ms, p->from_ms + 1);
}
