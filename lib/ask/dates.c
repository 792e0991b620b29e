/* Dates, weekdays, clocks and units. */
#include "ask/time.h"
#include "base/clock.h"

static const char *const months[] = { "january", "february", "march",
	"april", "may", "june", "july", "august", "september", "october",
	"november", "december" };
static const char *const weekdays[] = { "monday", "tuesday", "wednesday",
	"thursday", "friday", "saturday", "sunday" };

/* 0 is Monday; 1970-01-01 was a Thursday. */
static int64_t
weekday_of(int64_t day)
{
	return day + 3 - 7 * floor_div(day + 3, 7);
}

static int64_t
month_index(int64_t day)
{
	int64_t year;
	int month, mday;

	clock_date_from_days(day, &year, &month, &mday);
	return year * 12 + month - 1;
}

static int64_t
month_first(int64_t index)
{
	return clock_days_from_date(floor_div(index, 12),
	    (int)(index - 12 * floor_div(index, 12)) + 1, 1);
}

static struct span
days(int64_t from, int64_t to, enum span_kind kind, size_t words)
{
	return span_of(from * MS_PER_DAY, to * MS_PER_DAY, kind, words);
}

struct span
calendar_span(int64_t day, enum span_kind kind, int back, size_t words)
{
	int64_t monday = day - weekday_of(day) - 7 * (int64_t)back;
	int64_t m = month_index(day), n = 1;

	switch (kind) {
	case SPAN_DAY:
		return days(day - back, day - back + 1, kind, words);
	case SPAN_WEEK:
		return days(monday, monday + 7, kind, words);
	case SPAN_QUARTER:
		n = 3;
		break;
	case SPAN_YEAR:
		n = 12;
		break;
	case SPAN_MONTH:
	case SPAN_ROLLING:
	case SPAN_CLOCK:
	case SPAN_NOW:
	case SPAN_EVER:
		break;
	}
	m = n * floor_div(m, n) - n * back;
	return days(month_first(m), month_first(m + n), kind, words);
}

size_t
words_in(const char *phrase)
{
	size_t n = 1;

	for (; *phrase; phrase++)
		n += *phrase == ' ';
	return n;
}

int64_t
unit_ms(const char *word)
{
	static const struct { const char *name; int64_t ms; } units[] = {
		{ "minute", MS_PER_MINUTE }, { "min", MS_PER_MINUTE },
		{ "hour", MS_PER_HOUR }, { "hr", MS_PER_HOUR },
		{ "day", MS_PER_DAY }, { "week", 7 * MS_PER_DAY },
		{ "fortnight", 14 * MS_PER_DAY },
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

int64_t
brief_unit(const char *word, int64_t *n)
{
	static const struct { const char *name; int64_t ms; } units[] = {
		{ "m", MS_PER_MINUTE }, { "min", MS_PER_MINUTE },
		{ "mins", MS_PER_MINUTE }, { "h", MS_PER_HOUR },
		{ "hr", MS_PER_HOUR }, { "hrs", MS_PER_HOUR },
		{ "d", MS_PER_DAY }, { "w", 7 * MS_PER_DAY },
		{ "mo", 30 * MS_PER_DAY }, { "y", 365 * MS_PER_DAY } };
	size_t digits = strspn(word, "0123456789");

	if (digits == 0 || digits > 6 || !str_to_i64(str_of(word, digits), n) ||
	    *n == 0)
		return 0;
	for (size_t i = 0; i < ARRAY_LEN(units); i++)
		if (strcmp(word + digits, units[i].name) == 0)
			return units[i].ms;
	return 0;
}

/* 0 to 11; -1.  "may", "mar" and "sun" are words of their own as well. */
static int
month_at(const struct words *w, size_t i)
{
	if (i >= w->n || w->v[i].kind == WORD_QUOTED)
		return -1;
	for (int m = 0; m < 12; m++)
		if (strcmp(w->v[i].low, months[m]) == 0 ||
		    (strlen(w->v[i].low) == 3 &&
		    strncmp(w->v[i].low, months[m], 3) == 0) ||
		    (m == 8 && strcmp(w->v[i].low, "sept") == 0))
			return m;
	return -1;
}

int64_t
day_number(const struct words *w, size_t i)
{
	const char *low;
	size_t digits;
	int64_t n;

	if (i >= w->n || w->v[i].kind == WORD_QUOTED)
		return 0;
	low = w->v[i].low;
	digits = strspn(low, "0123456789");
	if (digits < 1 || digits > 2 || !str_to_i64(str_of(low, digits), &n) ||
	    n < 1 || n > 31)
		return 0;
	if (low[digits] && strcmp(low + digits, "st") &&
	    strcmp(low + digits, "nd") && strcmp(low + digits, "rd") &&
	    strcmp(low + digits, "th"))
		return 0;
	return n;
}

static int64_t
year_at(const struct words *w, size_t i)
{
	return i < w->n && w->v[i].kind == WORD_NUMBER &&
	    w->v[i].value >= 2000 && w->v[i].value < 2100 ? w->v[i].value : 0;
}

struct span
month_day(int64_t ms, int64_t day)
{
	int64_t index = month_index(floor_div(ms, MS_PER_DAY));
	int64_t first = month_first(index);
	int64_t last = month_first(index + 1) - 1;
	struct span s;

	day = MIN_OF(first + day - 1, last);
	s = days(day, day + 1, SPAN_DAY, 1);
	s.is_date = true;
	return s;
}

static bool
has_day(int64_t month, int64_t day)
{
	return month_first(month) + day <= month_first(month + 1);
}

/* A month, of the year said or the latest that has begun; and a day of it.
 * A day that there is not, 30 February, is not another one. */
static struct span
in_month(int month, int64_t day, int64_t year, int64_t today, size_t words)
{
	int64_t now = month_index(today);
	int64_t index = year ? year * 12 + month :
	    now - (now - month) % 12;
	struct span s;

	if (day && !year && month_first(index) + day - 1 > today)
		index -= 12;
	/* 29 February is of the latest leap year. */
	for (int i = 0; i < 8 && !year && !has_day(index, day); i++)
		index -= 12;
	if (!has_day(index, day))
		return NO_SPAN;
	s = day ? month_day(month_first(index) * MS_PER_DAY, day) :
	    days(month_first(index), month_first(index + 1), SPAN_MONTH, 0);
	s.words = words;
	s.is_date = day != 0;
	return s;
}

static struct span
named_month(const struct words *w, size_t i, int64_t today)
{
	int month = month_at(w, i);
	size_t k = i + 1;
	int64_t day = 0, year;

	if (month < 0)
		return NO_SPAN;
	if (day_number(w, k + words_are(w, k, "the")) && !year_at(w, k)) {
		k += words_are(w, k, "the");
		day = day_number(w, k++);
	}
	year = year_at(w, k);
	k += year != 0;
	/* "may" is a verb as well, and "mar", "dec" could be anything. */
	if (!day && !year && month == 4 && !(i > 0 &&
	    (words_are(w, i - 1, "in") || words_are(w, i - 1, "since") ||
	    words_are(w, i - 1, "last") || words_are(w, i - 1, "of"))))
		return NO_SPAN;
	return in_month(month, day, year, today, k - i);
}

/* "3 November", "3rd of November 2025", "the 12th" */
static struct span
numbered_day(const struct words *w, size_t i, int64_t today)
{
	size_t k = i + words_are(w, i, "the");
	int64_t day = day_number(w, k), year;
	int month;
	struct span s;

	if (!day)
		return NO_SPAN;
	k++;
	month = month_at(w, k + words_are(w, k, "of"));
	if (month >= 0) {
		k += words_are(w, k, "of") + 1u;
		year = year_at(w, k);
		return in_month(month, day, year, today, k - i +
		    (year != 0));
	}
	/* A bare number is a number. */
	if (w->v[k - 1].kind == WORD_NUMBER)
		return NO_SPAN;
	s = month_day(today * MS_PER_DAY, day);
	if (s.from > today * MS_PER_DAY)
		s = month_day((month_first(month_index(today)) - 1) *
		    MS_PER_DAY, day);
	s.words = k - i;
	return s;
}

static bool
two_digits(const char *p, int *out)
{
	if (p[0] < '0' || p[0] > '9' || p[1] < '0' || p[1] > '9')
		return false;
	*out = (p[0] - '0') * 10 + p[1] - '0';
	return true;
}

/* "2026-11-03", "2026-11" */
static struct span
iso_date(const struct words *w, size_t i)
{
	const char *low = w->v[i].low;
	size_t n = strlen(low);
	int64_t year, ns;
	int month;

	if (n < 7 || low[4] != '-' || !str_to_i64(str_of(low, 4), &year) ||
	    year < 1970 || year > 2105 || !two_digits(low + 5, &month) ||
	    month < 1 || month > 12)
		return NO_SPAN;
	if (n == 7)
		return in_month(month - 1, 0, year, 0, 1);
	if (!clock_parse_iso(w->v[i].text, &ns))
		return NO_SPAN;
	if (n == 10) {
		struct span s = days(floor_div(ns, NS_PER_MS * MS_PER_DAY),
		    floor_div(ns, NS_PER_MS * MS_PER_DAY) + 1, SPAN_DAY, 1);

		s.is_date = true;
		return s;
	}
	return span_of(floor_div(ns, NS_PER_MS), floor_div(ns, NS_PER_MS) +
	    MS_PER_HOUR, SPAN_CLOCK, 1);
}

static struct span
iso_date_at(const struct words *w, size_t i)
{
	return i < w->n ? iso_date(w, i) : NO_SPAN;
}

/* "week 47", "W47", "2026-W47": of ISO's weeks, the latest that has begun. */
static struct span
iso_week(const struct words *w, size_t i, int64_t today)
{
	const char *low = w->v[i].low;
	int64_t year = 0, number = 0, first;
	size_t words = 1;
	int month, mday;

	if (words_are(w, i, "week") && i + 1 < w->n &&
	    w->v[i + 1].kind == WORD_NUMBER) {
		number = w->v[i + 1].value;
		words = 2;
	} else if (strlen(low) == 8 && low[4] == '-' && low[5] == 'w') {
		if (!str_to_i64(str_of(low, 4), &year) ||
		    !str_to_i64(str_from(low + 6), &number) || year < 1971 ||
		    year > 2105)
			return NO_SPAN;
	} else if (low[0] != 'w' || strlen(low) > 3 ||
	    !str_to_i64(str_from(low + 1), &number)) {
		return NO_SPAN;
	}
	if (number < 1 || number > 53)
		return NO_SPAN;
	/* Few years have a week 53; the week is in its Thursday's year. */
	for (int64_t back = 0; back < 8; back++) {
		int64_t y, thursday;

		clock_date_from_days(today, &y, &month, &mday);
		y = year ? year : y - back;
		/* The week of 4 January is the first. */
		first = clock_days_from_date(y, 1, 4);
		first += 7 * (number - 1) - weekday_of(first);
		clock_date_from_days(first + 3, &thursday, &month, &mday);
		if (thursday == y && (year || first <= today))
			return days(first, first + 7, SPAN_WEEK, words);
	}
	return NO_SPAN;
}

/* "Q3", "Q3 2025", "third quarter" */
static struct span
quarter(const struct words *w, size_t i, int64_t today)
{
	static const char *const nth[] = { "first quarter", "second quarter",
		"third quarter", "fourth quarter" };
	const char *low = w->v[i].low;
	int64_t q = 0, year, now = month_index(today), index;
	size_t k = i + 1;

	if (low[0] == 'q' && low[1] >= '1' && low[1] <= '4' && !low[2])
		q = low[1] - '0';
	for (int64_t n = 0; n < 4; n++)
		if (words_are(w, i, nth[n])) {
			q = n + 1;
			k = i + 2;
		}
	if (!q)
		return NO_SPAN;
	year = year_at(w, k);
	index = year ? year * 12 + 3 * (q - 1) :
	    now - (now - 3 * (q - 1)) % 12;
	return calendar_span(month_first(index), SPAN_QUARTER, 0,
	    k - i + (year != 0));
}

/* "week of 2 November", "the week of the 9th" */
static struct span
week_of(const struct words *w, size_t i, int64_t today)
{
	size_t k = i + 2 + words_are(w, i + 2, "the");
	struct span s;

	if (!words_are(w, i, "week of"))
		return NO_SPAN;
	if (!(s = iso_date_at(w, k)).words &&
	    !(s = numbered_day(w, k, today)).words &&
	    !(s = named_month(w, k, today)).words)
		return NO_SPAN;
	if (s.kind != SPAN_DAY)
		return NO_SPAN;
	return calendar_span(floor_div(s.from, MS_PER_DAY), SPAN_WEEK, 0,
	    k - i + s.words);
}

/* "first half of November", "second half of 2025" */
static struct span
half_of(const struct words *w, size_t i, int64_t today)
{
	bool first = words_are(w, i, "first half of");
	struct span s;
	int64_t middle;

	if (!first && !words_are(w, i, "second half of"))
		return NO_SPAN;
	s = named_month(w, i + 3, today);
	if (!s.words || s.kind != SPAN_MONTH)
		return NO_SPAN;
	middle = s.from + 15 * MS_PER_DAY;
	return span_of(first ? s.from : middle, first ? middle : s.to,
	    SPAN_ROLLING, 3 + s.words);
}

struct span
date_at(const struct words *w, size_t i, int64_t today)
{
	struct span s;

	if ((s = week_of(w, i, today)).words ||
	    (s = half_of(w, i, today)).words)
		return s;

	if ((s = iso_date(w, i)).words || (s = iso_week(w, i, today)).words ||
	    (s = quarter(w, i, today)).words ||
	    (s = numbered_day(w, i, today)).words)
		return s;
	/* "last October" is the latest, too */
	if (words_are(w, i, "last") &&
	    (s = named_month(w, i + 1, today)).words) {
		s.words++;
		return s;
	}
	if ((s = named_month(w, i, today)).words)
		return s;
	if (year_at(w, i) && i > 0 && (words_are(w, i - 1, "in") ||
	    words_are(w, i - 1, "of") || words_are(w, i - 1, "since")))
		return calendar_span(clock_days_from_date(year_at(w, i), 1,
		    1), SPAN_YEAR, 0, 1);
	return NO_SPAN;
}

struct span
weekday_at(const struct words *w, size_t i, int64_t today)
{
	bool last = words_are(w, i, "last");
	size_t k = i + (last || words_are(w, i, "this") ||
	    words_are(w, i, "the") || words_are(w, i, "past"));
	struct span s;

	if (words_are(w, k, "weekend")) {
		int64_t back = weekday_of(today) + 2;

		back = back > 6 ? back - 7 : back;
		return days(today - back, today - back + 2, SPAN_DAY,
		    k + 1 - i);
	}
	for (int64_t d = 0; d < 7 && k < w->n; d++) {
		size_t n = strlen(weekdays[d]);
		const char *low = w->v[k].low;
		int64_t back = weekday_of(today) - d;

		if (strcmp(low, weekdays[d]) != 0 && !(strlen(low) >= 3 &&
		    strlen(low) <= 5 && d != 5 && d != 6 &&
		    strncmp(low, weekdays[d], MIN_OF(strlen(low), n)) == 0))
			continue;
		back += back < 0 || (back == 0 && last) ? 7 : 0;
		s = days(today - back, today - back + 1, SPAN_DAY,
		    k + 1 - i);
		s.is_weekday = true;
		return s;
	}
	return NO_SPAN;
}

size_t
clock_at(const struct words *w, size_t i, int64_t *ms)
{
	int64_t hour = -1, minute = 0;
	const char *low, *rest;
	size_t digits, words = 1;

	if (i >= w->n || w->v[i].kind == WORD_QUOTED || w->v[i].is_money)
		return 0;
	low = w->v[i].low;
	if (words_are(w, i, "noon") || words_are(w, i, "midnight")) {
		*ms = words_are(w, i, "noon") ? MS_PER_DAY / 2 : 0;
		return 1;
	}
	digits = strspn(low, "0123456789");
	if (digits < 1 || digits > 2 ||
	    !str_to_i64(str_of(low, digits), &hour))
		return 0;
	rest = low + digits;
	if (*rest == ':') {
		int m;

		if (!two_digits(rest + 1, &m))
			return 0;
		minute = m;
		rest += 3;
	} else if (*rest == '\0' && !words_are(w, i + 1, "am") &&
	    !words_are(w, i + 1, "pm") && !words_are(w, i + 1, "o'clock")) {
		return 0;
	}
	if (*rest == '\0' && (words_are(w, i + 1, "am") ||
	    words_are(w, i + 1, "pm"))) {
		rest = w->v[i + 1].low;
		words = 2;
	}
	if (*rest && strcmp(rest, "am") && strcmp(rest, "pm") &&
	    strcmp(rest, "h"))
		return 0;
	if (*rest == 'p' && hour < 12)
		hour += 12;
	if (*rest == 'a' && hour == 12)
		hour = 0;
	if (hour > 23 || minute > 59 || (*rest == 'h' && low[digits] != ':'))
		return 0;
	*ms = hour * MS_PER_HOUR + minute * MS_PER_MINUTE;
	return words;
}
