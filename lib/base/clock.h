#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/cc.h"
#include "base/str.h"

/*
 * Time.  Wall-clock instants are int64_t since the Unix epoch, in ms or ns as
 * the name says, UTC.  Deadlines use the monotonic clock.
 */
enum { CLOCK_ISO_MAX = 40 };

#define MS_PER_SECOND INT64_C(1000)
#define MS_PER_MINUTE INT64_C(60000)
#define MS_PER_HOUR INT64_C(3600000)
#define MS_PER_DAY INT64_C(86400000)
#define NS_PER_MS INT64_C(1000000)

/* Wall clock. */
int64_t clock_now_ms(void);
int64_t clock_now_ns(void);

/* Monotonic clock, for deadlines and durations only. */
int64_t clock_mono_ms(void);
int64_t clock_mono_ns(void);

void clock_sleep_ms(int64_t ms);

/*
 * "2026-11-23T12:00:00.000Z".  Years 0000 to 9999; an instant outside is
 * clamped.  out holds CLOCK_ISO_MAX bytes.
 */
void clock_format_iso(int64_t ms, char *out) CC_NONNULL(2);

/*
 * Reads ISO 8601 / RFC 3339 into ns: "2026-11-23", "…T12:00", "…T12:00:00",
 * with up to nine digits of fraction, and Z, ±hh:mm, ±hhmm or nothing (UTC).
 * A space may stand for the T.  False if it is none of these or not a date;
 * years before 1678 and after 2261 do not fit in ns and are refused.
 */
bool clock_parse_iso(struct str s, int64_t *ns) CC_CHECK CC_NONNULL(2);

/* Days since the epoch of a proleptic Gregorian date, and back. */
int64_t clock_days_from_date(int64_t year, int month, int day);
void clock_date_from_days(int64_t days, int64_t *year, int *month, int *day)
    CC_NONNULL(2, 3, 4);

/* From an instant to a later one: 0 if it is not later, and never beyond
 * INT64_MAX, however far apart a sender puts them. */
static inline int64_t
clock_between(int64_t from, int64_t to)
{
	uint64_t n = (uint64_t)to - (uint64_t)from;

	return to <= from ? 0 : n > INT64_MAX ? INT64_MAX : (int64_t)n;
}

/* floor(a / b) for b > 0: buckets before 1970 do not fold onto later ones. */
static inline int64_t
floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

#endif
