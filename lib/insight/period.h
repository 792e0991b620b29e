#ifndef INSIGHT_PERIOD_H
#define INSIGHT_PERIOD_H

#include <stddef.h>
#include <stdint.h>

#include "base/cc.h"
#include "base/err.h"
#include "base/str.h"

/*
 * Days, weeks and months of a time zone, and the period before.
 *
 *	struct zone z;
 *	struct period week, before;
 *
 *	if (zone_find(&z, "Europe/Berlin", e) ||
 *	    period_parse_week(STR("2026-W47"), &z, &week, e))
 *		return e->code;
 *	period_previous(&week, &before);
 *	… week.from_ms, week.to_ms, week.label …
 *
 * Zones are "UTC", a fixed offset "+02:00", or a name of the system's tz
 * database (/usr/share/zoneinfo, or TZDIR; Debian package tzdata).  A name
 * that is not there is an error, never silently UTC.  Days begin at local
 * midnight, so that the one in which clocks change has 23 or 25 hours.
 *
 * Weeks are ISO 8601 ("2026-W47", Monday first); with another first weekday
 * they are named after the day that they begin with ("2026-11-18").
 *
 * Threads: named zones go through the C library's one zone of the process
 * (tzset), so all calls for those come from one thread; UTC and fixed offsets
 * from any.  Sources: ISO 8601-1:2019, 5.4; POSIX tzset.
 */
enum {
	ZONE_NAME_MAX = 64, PERIOD_LABEL_MAX = 64, PERIOD_ID_MAX = 96,
	PERIOD_SLICES_MAX = 31
};

struct zone {
	char name[ZONE_NAME_MAX];
	int offset_s;           /* east of UTC, when it is fixed */
	int is_fixed;
};

enum period_kind {
	PERIOD_DAILY, PERIOD_WEEKLY, PERIOD_MONTHLY, PERIOD_CUSTOM
};

/* [from_ms, to_ms) */
struct period {
	enum period_kind kind;
	struct zone zone;
	int first_weekday;      /* 1 Monday to 7 Sunday */
	int64_t from_ms, to_ms;
	char label[PERIOD_LABEL_MAX];   /* "2026-W47", "2026-11-23", "2026-11" */
	char id[PERIOD_ID_MAX];         /* "weekly-2026-W47" */
};

/* ERR_NOT_FOUND: there is no such zone; NULL is UTC. */
int zone_find(struct zone *z, const char *name, struct err *e) CC_CHECK
    CC_NONNULL(1, 3);

/* Local wall time as if it were UTC, and the instant of a local midnight. */
int64_t zone_local_ms(const struct zone *z, int64_t ms) CC_NONNULL(1);
int64_t zone_day_ms(const struct zone *z, int64_t local_day) CC_NONNULL(1);

/* "daily", "weekly", "monthly", "custom". */
const char *period_kind_name(enum period_kind k);
/* -1 for another word. */
int period_kind_named(struct str s);
/* "monday" or "mon" → 1, …; 0 for another word. */
int period_weekday_named(struct str s);

/* The day, week or month that holds the instant (not PERIOD_CUSTOM). */
void period_holding(enum period_kind kind, const struct zone *z,
    int first_weekday, int64_t ms, struct period *out) CC_NONNULL(2, 5);

/* The one right before, and right behind.  A custom one of whole local days
 * moves by days, another by its length. */
void period_previous(const struct period *p, struct period *out)
    CC_NONNULL(1, 2);
void period_next(const struct period *p, struct period *out)
    CC_NONNULL(1, 2);

/* "2026-W47", or a date: the week that it begins or lies in. */
int period_parse_week(struct str s, const struct zone *z, struct period *out,
    struct err *e) CC_CHECK CC_NONNULL(2, 3, 4);

/* Any range; ERR_INVALID unless from_ms < to_ms. */
int period_custom(int64_t from_ms, int64_t to_ms, const struct zone *z,
    struct period *out, struct err *e) CC_CHECK CC_NONNULL(3, 4, 5);

/*
 * What --week, --from and --to say (NULL: not given): a week, or two ISO 8601
 * times.  ERR_INVALID names the option.
 */
int period_from_options(const char *week, const char *from, const char *to,
    const struct zone *z, struct period *out, struct err *e) CC_CHECK
    CC_NONNULL(4, 5, 6);

/*
 * Parts of a period whose differences show how much it varies by itself: its
 * days if there are 2 to PERIOD_SLICES_MAX, else eighths.  bounds holds
 * PERIOD_SLICES_MAX + 1; returns their number less one.
 */
size_t period_slices(const struct period *p, int64_t *bounds)
    CC_NONNULL(1, 2);

#endif
