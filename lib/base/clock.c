#include "base/clock.h"

#include <errno.h>
#include <stdio.h>
#include <time.h>

static int64_t
read_ns(clockid_t id)
{
	struct timespec t;

	clock_gettime(id, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

int64_t
clock_now_ns(void)
{
	return read_ns(CLOCK_REALTIME);
}

int64_t
clock_now_ms(void)
{
	return clock_now_ns() / NS_PER_MS;
}

int64_t
clock_mono_ns(void)
{
	return read_ns(CLOCK_MONOTONIC);
}

int64_t
clock_mono_ms(void)
{
	return clock_mono_ns() / NS_PER_MS;
}

void
clock_sleep_ms(int64_t ms)
{
	struct timespec t = { ms / 1000, (long)(ms % 1000) * 1000000 };

	while (nanosleep(&t, &t) != 0 && errno == EINTR)
		;
}

/* Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms". */
int64_t
clock_days_from_date(int64_t year, int month, int day)
{
	int64_t y = year - (month <= 2);
	int64_t era = floor_div(y, 400);
	int64_t yoe = y - era * 400;
	int64_t doy = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
	int64_t doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;

	return era * 146097 + doe - 719468;
}

void
clock_date_from_days(int64_t days, int64_t *year, int *month, int *day)
{
	int64_t z = days + 719468;
	int64_t era = floor_div(z, 146097);
	int64_t doe = z - era * 146097;
	int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	int64_t mp = (5 * doy + 2) / 153;

	*day = (int)(doy - (153 * mp + 2) / 5 + 1);
	*month = (int)(mp < 10 ? mp + 3 : mp - 9);
	*year = yoe + era * 400 + (*month <= 2);
}

void
clock_format_iso(int64_t ms, char *out)
{
	int64_t lowest = clock_days_from_date(0, 1, 1) * MS_PER_DAY;
	int64_t highest = clock_days_from_date(10000, 1, 1) * MS_PER_DAY - 1;
	int64_t days, rest, year;
	int month, day;

	ms = ms < lowest ? lowest : ms > highest ? highest : ms;
	days = floor_div(ms, MS_PER_DAY);
	rest = ms - days * MS_PER_DAY;
	clock_date_from_days(days, &year, &month, &day);
	snprintf(out, CLOCK_ISO_MAX, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ",
	    (int)year, month, day, (int)(rest / MS_PER_HOUR),
	    (int)(rest / MS_PER_MINUTE % 60), (int)(rest / 1000 % 60),
	    (int)(rest % 1000));
}

/* Takes exactly n digits off the front. */
static bool
take_digits(struct str *s, size_t n, int *out)
{
	int v = 0;

	if (s->n < n)
		return false;
	for (size_t i = 0; i < n; i++) {
		if (s->p[i] < '0' || s->p[i] > '9')
			return false;
		v = v * 10 + (s->p[i] - '0');
	}
	*s = str_from_index(*s, n);
	*out = v;
	return true;
}

static bool
take_byte(struct str *s, char c)
{
	if (s->n == 0 || s->p[0] != c)
		return false;
	*s = str_from_index(*s, 1);
	return true;
}

static bool
take_fraction(struct str *s, int64_t *ns)
{
	int64_t scale = 100000000;
	size_t digits = 0;

	while (s->n && s->p[0] >= '0' && s->p[0] <= '9') {
		if (digits++ < 9) {
			*ns += (s->p[0] - '0') * scale;
			scale /= 10;
		}
		*s = str_from_index(*s, 1);
	}
	return digits > 0;
}

/* Z, ±hh:mm, ±hhmm, ±hh or nothing; seconds east of UTC. */
static bool
take_zone(struct str *s, int *offset_seconds)
{
	int sign, hours, minutes = 0;

	*offset_seconds = 0;
	if (s->n == 0 || take_byte(s, 'Z') || take_byte(s, 'z'))
		return true;
	sign = s->p[0] == '-' ? -1 : 1;
	if (!take_byte(s, '+') && !take_byte(s, '-'))
		return false;
	if (!take_digits(s, 2, &hours))
		return false;
	if (s->n) {
		(void)take_byte(s, ':');
		if (!take_digits(s, 2, &minutes))
			return false;
	}
	*offset_seconds = sign * (hours * 3600 + minutes * 60);
	return hours < 24 && minutes < 60;
}

static int
days_in_month(int year, int month)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30,
		31 };
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return days[month - 1] + (month == 2 && leap);
}

static bool
take_time(struct str *s, int64_t *ns)
{
	int hour, minute, second = 0;
	int64_t fraction = 0;

	if (!take_digits(s, 2, &hour) || !take_byte(s, ':') ||
	    !take_digits(s, 2, &minute))
		return false;
	if (take_byte(s, ':')) {
		if (!take_digits(s, 2, &second))
			return false;
		if ((take_byte(s, '.') || take_byte(s, ',')) &&
		    !take_fraction(s, &fraction))
			return false;
	}
	if (hour > 23 || minute > 59 || second > 60)
		return false;
	*ns = ((hour * 60 + minute) * 60 + second) * INT64_C(1000000000) +
	    fraction;
	return true;
}

bool
clock_parse_iso(struct str s, int64_t *ns)
{
	int year, month, day, offset = 0;
	int64_t of_day = 0;

	if (!take_digits(&s, 4, &year) || !take_byte(&s, '-') ||
	    !take_digits(&s, 2, &month) || !take_byte(&s, '-') ||
	    !take_digits(&s, 2, &day))
		return false;
	if (year < 1678 || year > 2261 || month < 1 || month > 12 || day < 1 ||
	    day > days_in_month(year, month))
		return false;
	if (s.n) {
		if (!take_byte(&s, 'T') && !take_byte(&s, 't') &&
		    !take_byte(&s, ' '))
			return false;
		if (!take_time(&s, &of_day) || !take_zone(&s, &offset) || s.n)
			return false;
	}
	*ns = clock_days_from_date(year, month, day) * MS_PER_DAY * NS_PER_MS +
	    of_day - (int64_t)offset * 1000000000;
	return true;
}
