#ifndef ASK_TIME_H
#define ASK_TIME_H

#include "ask/words.h"

/*
 * Inside lib/ask only: what time phrases are made of.  Times are ms in the
 * asker's local time; days count from 1970-01-01.
 */
enum span_kind {
	SPAN_ROLLING,           /* any length */
	SPAN_CLOCK,             /* an hour from a clock's time */
	SPAN_NOW,
	SPAN_DAY, SPAN_WEEK, SPAN_MONTH, SPAN_QUARTER, SPAN_YEAR,
	SPAN_EVER
};

struct span {
	int64_t from, to;
	enum span_kind kind;
	size_t words;           /* 0: none here */
	bool is_date;           /* of a month that was named */
	bool is_weekday;
};

#define NO_SPAN (struct span){ 0, 0, SPAN_ROLLING, 0, false, false }

static inline struct span
span_of(int64_t from, int64_t to, enum span_kind kind, size_t words)
{
	return (struct span){ from, to, kind, words, false, false };
}

/* The day, week, … that is `back` before that of the day. */
struct span calendar_span(int64_t day, enum span_kind kind, int back,
    size_t words);

/* Words of a phrase. */
size_t words_in(const char *phrase);

/* ms of "hour", "days", …; 0 if it is none; months are 30 days. */
int64_t unit_ms(const char *word);

/* The same of "24h", "7d", "90min", with *n; not of bare seconds. */
int64_t brief_unit(const char *word, int64_t *n);

/* "3 November", "Nov 3rd 2025", "the 12th", "2026-11-03", "October", "Q3",
 * "week 47", "2025". */
struct span date_at(const struct words *w, size_t i, int64_t today);

/* "Monday", "last Friday", "the weekend": the latest that has begun. */
struct span weekday_at(const struct words *w, size_t i, int64_t today);

/* "9am", "14:00", "noon": ms since midnight; the words it takes. */
size_t clock_at(const struct words *w, size_t i, int64_t *ms);

/* 1 to 31 of "3", "3rd"; 0. */
int64_t day_number(const struct words *w, size_t i);

/* That day of the month of ms. */
struct span month_day(int64_t ms, int64_t day);

/* The whole phrase at i, with what stands before it. */
struct span phrase_at(const struct words *w, size_t i, int64_t now);

#endif
