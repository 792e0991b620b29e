/* Change detection: quiet series stay quiet, planted changes are found, only
 * the past counts; and the lines of a series. */
#include <math.h>
#include <stdlib.h>

#include "base/clock.h"
#include "insight/changes.h"
#include "insight/series.h"
#include "tap.h"

static uint64_t state = 88172645463325252u;

static double
uniform(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (double)(state >> 11) / 9007199254740992.0;
}

static double
normal(void)
{
	return sqrt(-2 * log(uniform() + 1e-300)) *
	    cos(6.283185307179586 * uniform());
}

enum { DAYS = 3 * 365, PLANT = 500 };

/* Counts a day with weekends; factor from PLANT on. */
static void
days(double *v, double factor, bool once)
{
	for (int i = 0; i < DAYS; i++) {
		double mean = (i % 7 < 5 ? 200 : 80) * exp(0.05 * normal());

		if (i == PLANT || (i > PLANT && !once))
			mean *= factor;
		v[i] = fmax(0, round(mean + sqrt(mean) * normal()));
	}
}

/* Alarms; the first is in *first, or -1. */
static int
alarms(const double *v, int n, int64_t step_ns, double *scores, int *first)
{
	struct changes *c = changes_new();
	int count = 0;

	*first = -1;
	for (int i = 0; i < n; i++) {
		double s = changes_add(c, 1420416000000000000 + i * step_ns,
		    v[i]);

		if (!(s >= 0 && s <= 1))
			ok(0, "score %f at %d", s, i);
		if (scores)
			scores[i] = s;
		if (s >= CHANGES_ALARM && i > 60 && count++ == 0)
			*first = i;
	}
	changes_free(c);
	return count;
}

static void
counts(void)
{
	static const struct { double factor; bool once; } plants[] = {
		{ 1.6, false }, { 0.5, false }, { 2.5, true },
	};
	static double v[DAYS];
	int first, quiet = 0;

	for (int i = 0; i < 10; i++) {
		days(v, 1, true);
		quiet += alarms(v, DAYS, MS_PER_DAY * NS_PER_MS, NULL, &first);
	}
	printf("# %d false alarms in 30 quiet years\n", quiet);
	ok(quiet <= 3, "quiet years are quiet");
	for (size_t p = 0; p < ARRAY_LEN(plants); p++) {
		int found = 0, total = 0;

		for (int i = 0; i < 10; i++) {
			days(v, plants[p].factor, plants[p].once);
			total += alarms(v, DAYS, MS_PER_DAY * NS_PER_MS, NULL,
			    &first);
			found += first >= PLANT && first < PLANT + 7;
		}
		ok(found >= 9, "times %.1f%s: %d of 10 found, %d alarms",
		    plants[p].factor, plants[p].once ? " once" : "", found,
		    total);
		ok(total <= 30, "one change is not many alarms");
	}
}

static void
only_the_past(void)
{
	static double v[DAYS], a[DAYS], b[DAYS];
	int first;
	bool same = true;

	days(v, 1.6, false);
	(void)alarms(v, DAYS, 300000000000, a, &first);
	for (int i = 700; i < DAYS; i++)
		v[i] = i % 2 ? 1e300 : -1e300;
	(void)alarms(v, DAYS, 300000000000, b, &first);
	for (int i = 0; i < 700; i++)
		same = same && a[i] == b[i];
	ok(same, "what comes later changes no score");
	for (int i = 0; i < DAYS; i++)
		v[i] = 7;
	is_int(alarms(v, DAYS, 0, NULL, &first), 0,
	    "a constant, at one and the same time");
	for (int i = 0; i < DAYS; i++)
		v[i] = sin(i * 6.283185307179586 / 288) + 1e-3 * normal();
	v[900] += 0.5;
	(void)alarms(v, DAYS, 300000000000, NULL, &first);
	is_int(first, 900, "off the profile of the day");
}

/* Series that are unkind. */
static void
odd(void)
{
	static double v[DAYS], a[DAYS];
	struct changes *c = changes_new();
	int first, n, late = 0;

	for (int i = 0; i < DAYS; i++)
		v[i] = i < 600 ? 7 : 9;
	n = alarms(v, DAYS, 300000000000, NULL, &first);
	ok(first == 600 && n <= 3, "a constant that steps: alarms at %d, %d "
	    "in all", first, n);
	for (int i = 0; i < DAYS; i++)
		v[i] = normal() + (i == 300 || i == 800 ? 1e9 : 0);
	(void)alarms(v, DAYS, 300000000000, a, &first);
	ok(first == 300 && a[800] >= CHANGES_ALARM, "a monster does not hide "
	    "the next one: %.2f, %.2f", a[300], a[800]);
	for (int i = 0; i < DAYS; i++)
		v[i] = i % 40 == 39 ? 50 + normal() : normal();
	n = alarms(v, DAYS, 300000000000, NULL, &first);
	ok(n <= 10, "spikes that are usual: %d alarms", n);
	/* Gaps of hours, twice the same time, one step back. */
	n = 0;
	for (int i = 0; i < DAYS; i++) {
		int64_t at = i * INT64_C(300000000000);

		if (i % 50 < 12)
			continue;
		at -= i % 50 == 13 ? INT64_C(300000000000) :
		    i % 50 == 14 ? INT64_C(900000000000) : 0;
		n += changes_add(c, at, normal() + (i >= 800 ? 8 : 0)) >=
		    CHANGES_ALARM && i < 800 && i > 60;
		late = n;
	}
	changes_free(c);
	ok(late <= 2, "gaps and jumps in time: %d false alarms", late);
	c = changes_new();
	for (int i = 0; i < 200; i++)
		(void)changes_add(c, i % 2 ? INT64_MAX : INT64_MIN,
		    i % 3 ? 1e308 : -1e308);
	changes_free(c);
	ok(1, "the ends of time and of numbers");
}

static void
lines(void)
{
	static const struct {
		const char *line;
		int number, rc;
		int64_t s;
		double value;
		const char *text;
	} table[] = {
		{ "2015-02-26 21:42:53,2", 5, 0, 1424986973, 2,
		    "2015-02-26 21:42:53,2" },
		{ "2015-02-26T21:42:53Z, 2.5 ,x", 5, 0, 1424986973, 2.5,
		    "2015-02-26T21:42:53Z, 2.5 " },
		{ "\"1424986973\",\"-1e3\"\r", 5, 0, 1424986973, -1000,
		    "\"1424986973\",\"-1e3\"" },
		{ "1424986973000,1", 1, 0, 1424986973, 1, "1424986973000,1" },
		{ "timestamp,value", 1, 0, 0, 0, "timestamp,value" },
		{ "timestamp,value", 2, ERR_INVALID, 0, 0, "" },
		{ "", 2, 0, 0, 0, "" }, { "  \r", 2, 0, 0, 0, "" },
		{ "no comma", 1, ERR_INVALID, 0, 0, "" },
		{ "yesterday,1", 2, ERR_INVALID, 0, 0, "" },
		{ "1424986973,inf", 2, ERR_INVALID, 0, 0, "" },
		{ "1424986973,NaN", 2, 0, 1424986973, 0, "1424986973,NaN" },
		{ "1424986973,", 2, 0, 1424986973, 0, "1424986973," },
		{ "now,", 2, ERR_INVALID, 0, 0, "" },
		{ "1e300,1", 2, ERR_INVALID, 0, 0, "" },
	};

	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		struct err e = ERR_INIT;
		struct series_point p;
		int rc = series_parse(str_from(table[i].line),
		    (size_t)table[i].number, &p, &e);

		is_int(rc, table[i].rc, "\"%s\" %s", table[i].line, e.text);
		if (rc)
			continue;
		ok(str_is(p.text, table[i].text), "its text");
		if (p.is_header)
			continue;
		is_int(p.ns / 1000000000, table[i].s, "its time");
		ok(p.value == table[i].value, "its value");
	}
}

int
main(void)
{
	counts();
	only_the_past();
	odd();
	lines();
	return tap_done();
}
