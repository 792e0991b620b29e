/*
 * Time phrases.  A point is a day, a part of a day, a week, a month or the
 * like; a range has two of them; since and before make ranges of one.
 * Everything is in the asker's local time, until the plan is set.
 */
#include "ask/time.h"
#include "base/clock.h"

const char words_of_time[] =
    "today yesterday tonight morning afternoon evening night noon midnight"
    " minute hour day week month quarter year weekend monday tuesday"
    " wednesday thursday friday saturday sunday january february march april"
    " june july august september october november december this last past"
    " previous current since until before after between from during ago"
    " half half-hour fortnight recently one two three four five six seven"
    " eight nine ten eleven twelve";

/* A period in words: "last 3 days", "past two weeks", "past hour", "24h". */
static struct span
rolling(const struct words *w, size_t i, int64_t now)
{
	bool said = words_are(w, i, "past") || words_are(w, i, "last") ||
	    words_are(w, i, "previous");
	size_t k = i + said;
	int64_t n, unit;

	if (k >= w->n)
		return NO_SPAN;
	unit = brief_unit(w->v[k].low, &n);
	if (unit && n <= 100000)
		return span_of(now - n * unit, now, SPAN_ROLLING,
		    k + 1 - i);
	/* "last half an hour", "past quarter of an hour", "couple of days" */
	if (said && (words_are(w, k, "half an hour") ||
	    words_are(w, k, "half hour")))
		return span_of(now - MS_PER_HOUR / 2, now, SPAN_ROLLING,
		    k - i + (words_are(w, k, "half hour") ? 2 : 3));
	if (said && words_are(w, k, "quarter of an hour"))
		return span_of(now - MS_PER_HOUR / 4, now, SPAN_ROLLING,
		    k - i + 4);
	if (said && words_are(w, k, "couple of") && k + 2 < w->n &&
	    (unit = unit_ms(w->v[k + 2].low)) != 0)
		return span_of(now - 2 * unit, now, SPAN_ROLLING, k - i + 3);
	n = words_number(&w->v[k]);
	if (n == 0 && said && words_are(w, k, "few"))
		n = 3;
	if (n > 0 && n <= 100000 && k + 1 < w->n && said &&
	    (unit = unit_ms(w->v[k + 1].low)) != 0)
		return span_of(now - n * unit, now, SPAN_ROLLING,
		    k + 2 - i);
	unit = unit_ms(w->v[k].low);
	if (said && unit && (words_are(w, i, "past") ||
	    unit < 7 * MS_PER_DAY))
		return span_of(now - unit, now, SPAN_ROLLING, 2);
	return NO_SPAN;
}

/* "this week", "last month", "previous quarter", "month to date". */
static struct span
calendar(const struct words *w, size_t i, int64_t today)
{
	static const struct {
		const char *phrase;
		enum span_kind kind;
		int back;
	} rows[] = {
		{ "today", SPAN_DAY, 0 }, { "this day", SPAN_DAY, 0 },
		{ "day before yesterday", SPAN_DAY, 2 },
		{ "yesterday", SPAN_DAY, 1 },
		{ "previous day", SPAN_DAY, 1 },
		{ "this week", SPAN_WEEK, 0 },
		{ "current week", SPAN_WEEK, 0 },
		{ "week to date", SPAN_WEEK, 0 }, { "wtd", SPAN_WEEK, 0 },
		{ "last week", SPAN_WEEK, 1 },
		{ "previous week", SPAN_WEEK, 1 },
		{ "week before last", SPAN_WEEK, 2 },
		{ "this month", SPAN_MONTH, 0 },
		{ "current month", SPAN_MONTH, 0 },
		{ "month to date", SPAN_MONTH, 0 }, { "mtd", SPAN_MONTH, 0 },
		{ "last month", SPAN_MONTH, 1 },
		{ "previous month", SPAN_MONTH, 1 },
		{ "month before last", SPAN_MONTH, 2 },
		{ "this quarter", SPAN_QUARTER, 0 },
		{ "current quarter", SPAN_QUARTER, 0 },
		{ "quarter to date", SPAN_QUARTER, 0 },
		{ "qtd", SPAN_QUARTER, 0 },
		{ "last quarter", SPAN_QUARTER, 1 },
		{ "previous quarter", SPAN_QUARTER, 1 },
		{ "this year", SPAN_YEAR, 0 },
		{ "current year", SPAN_YEAR, 0 },
		{ "year to date", SPAN_YEAR, 0 }, { "ytd", SPAN_YEAR, 0 },
		{ "last year", SPAN_YEAR, 1 },
		{ "previous year", SPAN_YEAR, 1 },
	};

	for (size_t k = 0; k < ARRAY_LEN(rows); k++)
		if (words_are(w, i, rows[k].phrase))
			return calendar_span(today, rows[k].kind,
			    rows[k].back, words_in(rows[k].phrase));
	return NO_SPAN;
}

/* "3 days ago", "a week ago", "two hours ago". */
static struct span
ago(const struct words *w, size_t i, int64_t now)
{
	int64_t n, unit, day;

	if (i + 2 >= w->n || !words_are(w, i + 2, "ago"))
		return NO_SPAN;
	n = words_are(w, i, "a") || words_are(w, i, "an") ? 1 :
	    words_number(&w->v[i]);
	unit = unit_ms(w->v[i + 1].low);
	if (n <= 0 || n > 100000 || !unit)
		return NO_SPAN;
	if (unit < MS_PER_DAY)
		return span_of(now - n * unit, now, SPAN_ROLLING, 3);
	day = floor_div(now - 1, MS_PER_DAY) - n * unit / MS_PER_DAY;
	if (unit == 7 * MS_PER_DAY)
		return calendar_span(floor_div(now - 1, MS_PER_DAY),
		    SPAN_WEEK, (int)MIN_OF(n, (int64_t)10000), 3);
	return span_of(day * MS_PER_DAY, (day + 1) * MS_PER_DAY, SPAN_DAY, 3);
}

/* Parts of days; of the day that follows or stands before, or today. */
static struct span
day_part(const struct words *w, size_t i, int64_t today)
{
	static const struct {
		const char *phrase;
		int from, to;
	} rows[] = {
		{ "this morning", 6, 12 }, { "this afternoon", 12, 18 },
		{ "this evening", 18, 24 }, { "tonight", 20, 24 },
		{ "last night", -4, 6 }, { "overnight", -4, 6 },
		{ "last evening", -6, 0 },
		{ "yesterday morning", -18, -12 },
		{ "yesterday afternoon", -12, -6 },
		{ "yesterday evening", -6, 0 },
		{ "yesterday night", -4, 6 },
	};
	int64_t base = today * MS_PER_DAY;

	for (size_t k = 0; k < ARRAY_LEN(rows); k++)
		if (words_are(w, i, rows[k].phrase))
			return span_of(base + rows[k].from * MS_PER_HOUR,
			    base + rows[k].to * MS_PER_HOUR, SPAN_ROLLING,
			    words_in(rows[k].phrase));
	if (words_are(w, i, "right now") || words_are(w, i, "at the moment"))
		return span_of(-1, -1, SPAN_NOW,
		    words_are(w, i, "right now") ? 2 : 3);
	return NO_SPAN;
}

static struct span
base_at(const struct words *w, size_t i, int64_t now)
{
	int64_t today = floor_div(now - 1, MS_PER_DAY);
	struct span s;

	if (i >= w->n || w->v[i].kind == WORD_QUOTED)
		return NO_SPAN;
	if ((s = day_part(w, i, today)).words) {
		if (s.kind == SPAN_NOW)
			s.from = now - MS_PER_HOUR, s.to = now;
		return s;
	}
	if ((s = ago(w, i, now)).words || (s = rolling(w, i, now)).words ||
	    (s = calendar(w, i, today)).words)
		return s;
	if (words_are(w, i, "all time") || words_are(w, i, "of all time"))
		return span_of(0, now, SPAN_EVER, words_are(w, i, "of all "
		    "time") ? 3 : 2);
	if (words_are(w, i, "ever"))
		return span_of(0, now, SPAN_EVER, 1);
	if (words_are(w, i, "recently") || words_are(w, i, "lately"))
		return span_of(now - 7 * MS_PER_DAY, now, SPAN_ROLLING, 1);
	if ((s = date_at(w, i, today)).words)
		return s;
	return weekday_at(w, i, today);
}

/* A clock's time, of today or of the day named beside it. */
static struct span
clocked_at(const struct words *w, size_t i, int64_t now)
{
	int64_t today = floor_div(now - 1, MS_PER_DAY) * MS_PER_DAY, ms;
	size_t n = clock_at(w, i, &ms);
	struct span s, day;

	if (n) {
		s = span_of(today + ms, today + ms + MS_PER_HOUR,
		    SPAN_CLOCK, n);
		day = base_at(w, i + n + words_are(w, i + n, "on"), now);
		if (day.words && day.kind == SPAN_DAY) {
			s.from = day.from + ms;
			s.to = s.from + MS_PER_HOUR;
			s.words += day.words + words_are(w, i + n, "on");
		}
		return s;
	}
	s = base_at(w, i, now);
	if (s.kind == SPAN_DAY && s.words && (words_are(w, i + s.words,
	    "at")) && (n = clock_at(w, i + s.words + 1, &ms)) != 0)
		return span_of(s.from + ms, s.from + ms + MS_PER_HOUR,
		    SPAN_CLOCK, s.words + 1 + n);
	return s;
}

/* A point with the little words before it. */
static struct span
point_at(const struct words *w, size_t i, int64_t now)
{
	static const char *const small[] = { "on", "in", "at", "during",
		"over", "the", "of", "for", "within" };
	size_t k = i;
	struct span s;

	for (bool more = true; more && k < i + 2;) {
		s = clocked_at(w, k, now);
		if (s.words) {
			s.words += k - i;
			return s;
		}
		more = false;
		for (size_t m = 0; m < ARRAY_LEN(small); m++)
			more |= words_are(w, k, small[m]);
		k += more;
	}
	s = clocked_at(w, k, now);
	s.words += s.words ? k - i : 0;
	return s;
}

static bool
joins(const struct words *w, size_t i, bool after_between)
{
	static const char *const joiners[] = { "to", "until", "till",
		"through", "thru", "-" };

	if (after_between && words_are(w, i, "and"))
		return true;
	for (size_t k = 0; k < ARRAY_LEN(joiners); k++)
		if (words_are(w, i, joiners[k]))
			return true;
	return false;
}

/* Two points: from the beginning of one to the end of the other. */
static struct span
range_at(const struct words *w, size_t i, int64_t now)
{
	bool between = words_are(w, i, "between");
	bool from = words_are(w, i, "from");
	size_t k = i + (between || from), from_at = k;
	struct span a = point_at(w, k, now), b;
	int64_t day;

	/* "between 1 and 15 November" */
	if (!a.words && (between || from) && k < w->n)
		a.words = (day = day_number(w, k)) != 0;
	if (!a.words || !joins(w, k + a.words, between))
		return NO_SPAN;
	k += a.words + 1;
	b = point_at(w, k, now);
	if (!b.words)
		return NO_SPAN;
	if (a.to == 0) {
		if (!b.is_date)
			return NO_SPAN;
		a = month_day(b.from, day_number(w, from_at));
	}
	/* Weekdays are the latest ones that have begun. */
	if (a.from > b.from && a.is_weekday)
		a.from -= 7 * MS_PER_DAY;
	return span_of(MIN_OF(a.from, b.from),
	    b.kind == SPAN_CLOCK ? b.from : b.to, SPAN_ROLLING,
	    k + b.words - i);
}

/* "since Monday", "after 2pm", "from the 12th on": until now. */
static struct span
since_at(const struct words *w, size_t i, int64_t now)
{
	bool after = words_are(w, i, "after"), from = words_are(w, i, "from");
	struct span s;

	if (!after && !from && !words_are(w, i, "since") &&
	    !words_are(w, i, "starting"))
		return NO_SPAN;
	s = point_at(w, i + 1, now);
	/* "since the deploy on Monday" */
	for (size_t k = 2; !s.words && !from && k <= 4; k++)
		if (words_are(w, i + k, "on") || words_are(w, i + k, "at")) {
			s = point_at(w, i + k, now);
			s.words += s.words ? k - 1 : 0;
			after = false;
		}
	if (!s.words)
		return s;
	s.words++;
	if (from) {
		/* "runs from yesterday" are of that day. */
		if (!words_are(w, i + s.words, "on") &&
		    !words_are(w, i + s.words, "onwards"))
			return s;
		s.words++;
	}
	if (after && s.kind != SPAN_CLOCK)
		s.from = s.to;
	s.to = MAX_OF(now, s.from);
	s.kind = SPAN_ROLLING;
	return s;
}

/* "before noon", "until Tuesday": of the day, or of seven days. */
static struct span
until_at(const struct words *w, size_t i, int64_t now)
{
	struct span s;

	if (!words_are(w, i, "before") && !words_are(w, i, "until"))
		return NO_SPAN;
	s = point_at(w, i + 1, now);
	if (!s.words)
		return s;
	s.to = s.from;
	s.from = s.kind == SPAN_CLOCK ? MS_PER_DAY * floor_div(s.to - 1,
	    MS_PER_DAY) : s.to - 7 * MS_PER_DAY;
	s.kind = SPAN_ROLLING;
	s.words++;
	return s;
}

struct span
phrase_at(const struct words *w, size_t i, int64_t now)
{
	struct span s;

	if ((s = range_at(w, i, now)).words ||
	    (s = since_at(w, i, now)).words || (s = until_at(w, i, now)).words)
		return s;
	return point_at(w, i, now);
}
