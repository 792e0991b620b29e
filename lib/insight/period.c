#include "insight/period.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"

static const char *const kind_names[] = {
	"daily", "weekly", "monthly", "custom"
};

static const char *const weekdays[] = {
	"monday", "tuesday", "wednesday", "thursday", "friday", "saturday",
	"sunday"
};

/* ---- zones ---- */

static bool
parse_offset(const char *s, int *offset_s)
{
	int h, m, n = 0;
	char sign;

	if (sscanf(s, "%c%2d:%2d%n", &sign, &h, &m, &n) != 3 || s[n] ||
	    n != 6) {
		n = 0;
		if (sscanf(s, "%c%2d%2d%n", &sign, &h, &m, &n) != 3 || s[n] ||
		    n != 5)
			return false;
	}
	if ((sign != '+' && sign != '-') || h < 0 || h > 14 || m < 0 || m > 59)
		return false;
	*offset_s = (h * 3600 + m * 60) * (sign == '-' ? -1 : 1);
	return true;
}

/* The C library takes a name that it cannot find for UTC. */
static bool
is_installed(const char *name)
{
	const char *dir = getenv("TZDIR");
	char path[512];

	if (name[0] == '/' || name[0] == '.' || strstr(name, ".."))
		return false;
	snprintf(path, sizeof(path), "%.400s/%s",
	    dir && dir[0] ? dir : "/usr/share/zoneinfo", name);
	return access(path, R_OK) == 0;
}

int
zone_find(struct zone *z, const char *name, struct err *e)
{
	memset(z, 0, sizeof(*z));
	if (!name || strcmp(name, "UTC") == 0 || strcmp(name, "Z") == 0) {
		snprintf(z->name, sizeof(z->name), "UTC");
		z->is_fixed = 1;
		return 0;
	}
	if (strlen(name) >= ZONE_NAME_MAX)
		return err_set(e, ERR_INVALID, "time zone: name too long");
	snprintf(z->name, sizeof(z->name), "%s", name);
	if (name[0] == '+' || name[0] == '-') {
		z->is_fixed = 1;
		return parse_offset(name, &z->offset_s) ? 0 : err_set(e,
		    ERR_INVALID, "time zone \"%s\": an offset is written "
		    "+hh:mm", name);
	}
	if (!is_installed(name))
		return err_set(e, ERR_NOT_FOUND, "time zone \"%s\" is not in "
		    "this system's tz database (package tzdata); UTC and "
		    "offsets like +02:00 need none", name);
	return 0;
}

static int64_t
offset_ms(const struct zone *z, int64_t ms)
{
	time_t t = (time_t)floor_div(ms, MS_PER_SECOND);
	const char *now;
	struct tm tm;

	if (z->is_fixed)
		return z->offset_s * MS_PER_SECOND;
	now = getenv("TZ");
	if (!now || strcmp(now, z->name) != 0) {
		setenv("TZ", z->name, 1);
		tzset();
	}
	if (!localtime_r(&t, &tm))
		return 0;
	return tm.tm_gmtoff * MS_PER_SECOND;
}

int64_t
zone_local_ms(const struct zone *z, int64_t ms)
{
	return ms + offset_ms(z, ms);
}

int64_t
zone_day_ms(const struct zone *z, int64_t local_day)
{
	int64_t local = local_day * MS_PER_DAY;
	int64_t ms = local - offset_ms(z, local - offset_ms(z, local));

	/* Where clocks skip midnight the day begins behind the gap. */
	while (zone_local_ms(z, ms) < local)
		ms += 15 * MS_PER_MINUTE;
	return ms;
}

/* ---- names ---- */

const char *
period_kind_name(enum period_kind k)
{
	return kind_names[k];
}

int
period_kind_named(struct str s)
{
	for (int i = 0; i < (int)ARRAY_LEN(kind_names); i++)
		if (str_is(s, kind_names[i]))
			return i;
	return -1;
}

int
period_weekday_named(struct str s)
{
	for (int i = 0; i < 7; i++)
		if (str_ieq(s, str_from(weekdays[i])) ||
		    str_ieq(s, str_of(weekdays[i], 3)))
			return i + 1;
	return 0;
}

static void
format_date(int64_t day, char *out, size_t size)
{
	int64_t y;
	int m, d;

	clock_date_from_days(day, &y, &m, &d);
	snprintf(out, size, "%04lld-%02d-%02d", (long long)y, m, d);
}

/* 1 Monday to 7 Sunday; 1970-01-01 was a Thursday. */
static int
weekday_of(int64_t day)
{
	int64_t w = (day + 3) % 7;

	return (int)(w < 0 ? w + 7 : w) + 1;
}

/* The week belongs to the year that holds its Thursday. */
static void
format_iso_week(int64_t monday, char *out, size_t size)
{
	int64_t y, first;
	int m, d;

	clock_date_from_days(monday + 3, &y, &m, &d);
	first = clock_days_from_date(y, 1, 1);
	snprintf(out, size, "%04lld-W%02d", (long long)y,
	    (int)((monday + 3 - first) / 7) + 1);
}

static void
label(struct period *p)
{
	int64_t day = floor_div(zone_local_ms(&p->zone, p->from_ms),
	    MS_PER_DAY);
	char to[CLOCK_ISO_MAX], from[CLOCK_ISO_MAX];

	format_date(day, p->label, sizeof(p->label));
	if (p->kind == PERIOD_WEEKLY && p->first_weekday == 1) {
		format_iso_week(day, p->label, sizeof(p->label));
	} else if (p->kind == PERIOD_MONTHLY) {
		p->label[7] = '\0';
	} else if (p->kind == PERIOD_CUSTOM) {
		clock_format_iso(p->from_ms, from);
		clock_format_iso(p->to_ms, to);
		snprintf(p->label, sizeof(p->label), "%.19sZ/%.19sZ", from,
		    to);
	}
	snprintf(p->id, sizeof(p->id), "%s-%s", kind_names[p->kind],
	    p->label);
}

static void
set_days(struct period *p, int64_t first, int64_t end)
{
	p->from_ms = zone_day_ms(&p->zone, first);
	p->to_ms = zone_day_ms(&p->zone, end);
	label(p);
}

static void
set_month(struct period *p, int64_t day)
{
	int64_t y;
	int m, d;

	clock_date_from_days(day, &y, &m, &d);
	set_days(p, clock_days_from_date(y, m, 1), m == 12 ?
	    clock_days_from_date(y + 1, 1, 1) :
	    clock_days_from_date(y, m + 1, 1));
}

/* ---- periods ---- */

void
period_holding(enum period_kind kind, const struct zone *z,
    int first_weekday, int64_t ms, struct period *out)
{
	struct zone zone = *z;
	int64_t day = floor_div(zone_local_ms(&zone, ms), MS_PER_DAY);

	memset(out, 0, sizeof(*out));
	out->kind = kind;
	out->zone = zone;
	out->first_weekday = first_weekday;
	if (kind == PERIOD_MONTHLY) {
		set_month(out, day);
	} else if (kind == PERIOD_WEEKLY) {
		day -= (weekday_of(day) - first_weekday + 7) % 7;
		set_days(out, day, day + 7);
	} else {
		set_days(out, day, day + 1);
	}
}

/* Whole local days that a custom period has, or 0. */
static int64_t
custom_days(const struct period *p)
{
	int64_t from = zone_local_ms(&p->zone, p->from_ms);
	int64_t to = zone_local_ms(&p->zone, p->to_ms);

	return from % MS_PER_DAY || to % MS_PER_DAY ? 0 :
	    (to - from) / MS_PER_DAY;
}

static void
move_custom(const struct period *p, int direction, struct period *out)
{
	int64_t days = custom_days(p), length = p->to_ms - p->from_ms;
	struct period from = *p;

	*out = from;
	if (days) {
		int64_t day = zone_local_ms(&p->zone, from.from_ms) /
		    MS_PER_DAY + direction * days;

		set_days(out, day, day + days);
		return;
	}
	out->from_ms = from.from_ms + direction * length;
	out->to_ms = from.to_ms + direction * length;
	label(out);
}

void
period_previous(const struct period *p, struct period *out)
{
	if (p->kind == PERIOD_CUSTOM)
		move_custom(p, -1, out);
	else
		period_holding(p->kind, &p->zone, p->first_weekday,
		    p->from_ms - 1, out);
}

void
period_next(const struct period *p, struct period *out)
{
	if (p->kind == PERIOD_CUSTOM)
		move_custom(p, 1, out);
	else
		period_holding(p->kind, &p->zone, p->first_weekday, p->to_ms,
		    out);
}

/* "2026-W47" → the day of its Monday. */
static bool
parse_iso_week(struct str s, int64_t *monday)
{
	int64_t year, week, jan4;

	if (s.n != 8 || s.p[4] != '-' || (s.p[5] != 'W' && s.p[5] != 'w') ||
	    !str_to_i64(str_of(s.p, 4), &year) ||
	    !str_to_i64(str_of(s.p + 6, 2), &week) || year < 1970 ||
	    year > 2105 || week < 1 || week > 53)
		return false;
	/* January 4th is always in week 1. */
	jan4 = clock_days_from_date(year, 1, 4);
	*monday = jan4 - (weekday_of(jan4) - 1) + (week - 1) * 7;
	if (week == 53) {
		int64_t y;
		int m, d;

		clock_date_from_days(*monday + 3, &y, &m, &d);
		return y == year;
	}
	return true;
}

int
period_parse_week(struct str s, const struct zone *z, struct period *out,
    struct err *e)
{
	int64_t monday, ns;

	if (!parse_iso_week(s, &monday)) {
		if (s.n != 10 || !clock_parse_iso(s, &ns) || ns < 0)
			return err_set(e, ERR_INVALID, "week \"%.*s\": "
			    "weeks are written 2026-W47, or as a date in them",
			    (int)MIN_OF(s.n, 40), s.p ? s.p : "");
		monday = ns / NS_PER_MS / MS_PER_DAY;
		monday -= weekday_of(monday) - 1;
	}
	memset(out, 0, sizeof(*out));
	out->kind = PERIOD_WEEKLY;
	out->zone = *z;
	out->first_weekday = 1;
	set_days(out, monday, monday + 7);
	return 0;
}

int
period_custom(int64_t from_ms, int64_t to_ms, const struct zone *z,
    struct period *out, struct err *e)
{
	if (from_ms >= to_ms || from_ms < 0)
		return err_set(e, ERR_INVALID, "the period ends before it "
		    "begins");
	memset(out, 0, sizeof(*out));
	out->kind = PERIOD_CUSTOM;
	out->zone = *z;
	out->first_weekday = 1;
	out->from_ms = from_ms;
	out->to_ms = to_ms;
	label(out);
	return 0;
}

/* A date without a time is local midnight. */
static int
parse_time(const char *option, const char *text, const struct zone *z,
    int64_t *ms, struct err *e)
{
	struct str s = str_trim(str_from(text));
	int64_t ns;

	if (!clock_parse_iso(s, &ns))
		return err_set(e, ERR_INVALID, "--%s: \"%.60s\" is not a time "
		    "(2026-11-23 or 2026-11-23T12:00:00Z)", option, text);
	*ms = floor_div(ns, NS_PER_MS);
	if (s.n == 10)
		*ms = zone_day_ms(z, floor_div(*ms, MS_PER_DAY));
	return 0;
}

int
period_from_options(const char *week, const char *from, const char *to,
    const struct zone *z, struct period *out, struct err *e)
{
	int64_t from_ms, to_ms;

	if (week && !from && !to)
		return period_parse_week(str_from(week), z, out, e) ?
		    err_wrap(e, "--week") : 0;
	if (week || !from || !to)
		return err_set(e, ERR_INVALID, "give either --week, or --from "
		    "and --to");
	if (parse_time("from", from, z, &from_ms, e) ||
	    parse_time("to", to, z, &to_ms, e))
		return e->code;
	return period_custom(from_ms, to_ms, z, out, e) ?
	    err_wrap(e, "--from, --to") : 0;
}

size_t
period_slices(const struct period *p, int64_t *bounds)
{
	int64_t day = floor_div(zone_local_ms(&p->zone, p->from_ms),
	    MS_PER_DAY);
	int64_t days = p->kind == PERIOD_CUSTOM ? custom_days(p) :
	    p->kind == PERIOD_WEEKLY ? 7 : p->kind == PERIOD_DAILY ? 1 :
	    floor_div(zone_local_ms(&p->zone, p->to_ms - 1), MS_PER_DAY) -
	    day + 1;
	size_t n = 8;

	if (days >= 2 && days <= PERIOD_SLICES_MAX) {
		for (int64_t i = 0; i <= days; i++)
			bounds[i] = zone_day_ms(&p->zone, day + i);
		return (size_t)days;
	}
	for (size_t i = 0; i <= n; i++)
		bounds[i] = p->from_ms +
		    (p->to_ms - p->from_ms) * (int64_t)i / (int64_t)n;
	return n;
}
