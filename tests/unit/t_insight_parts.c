/* lib/insight's parts: periods, statistics, gate, pages. */
#include <math.h>
#include <stdlib.h>

#include "base/clock.h"
#include "insight/gate.h"
#include "insight/period.h"
#include "insight/render.h"
#include "insight/stats.h"
#include "tap.h"

static void
near(double got, double want, const char *name)
{
	if (!ok(fabs(got - want) < 2e-4, "%s", name))
		printf("# got %.6f, want %.6f\n", got, want);
}

/* ---- periods ---- */

static const char *
iso(int64_t ms)
{
	static char out[CLOCK_ISO_MAX];

	clock_format_iso(ms, out);
	return out;
}

static void
weeks(void)
{
	static const struct { const char *week, *from; } table[] = {
		{ "2026-W47", "2026-11-16T00:00:00.000Z" },
		{ "2026-W01", "2025-12-29T00:00:00.000Z" },
		{ "2026-W53", "2026-12-28T00:00:00.000Z" },
		{ "2020-W53", "2020-12-28T00:00:00.000Z" },
		{ "2021-W01", "2021-01-04T00:00:00.000Z" },
		{ "1970-W01", "1969-12-29T00:00:00.000Z" },
	};
	static const char *const bad[] = { "2026-W54", "2025-W53", "2026-W00",
		"2026W47", "2026-47", "", "last", "2026-W4x", "2026-02-30" };
	struct err e = ERR_INIT;
	struct period p, q;
	struct zone utc;

	ok(zone_find(&utc, NULL, &e) == 0, "UTC");
	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		ok(period_parse_week(str_from(table[i].week), &utc, &p, &e) ==
		    0, "%s %s", table[i].week, e.text);
		is_str(iso(p.from_ms), table[i].from, "its Monday");
		is_str(p.label, table[i].week, "its name");
		period_previous(&p, &q);
		is_int(q.to_ms, p.from_ms, "the week before");
		period_next(&q, &q);
		is_str(q.id, p.id, "and back");
	}
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		is_int(period_parse_week(str_from(bad[i]), &utc, &p, &e),
		    ERR_INVALID, "\"%s\" is no week", bad[i]);
	ok(period_parse_week(STR("2026-11-18"), &utc, &p, &e) == 0, "a date");
	is_str(p.id, "weekly-2026-W47", "means its week");
	period_holding(PERIOD_WEEKLY, &utc, 3, p.from_ms, &p);
	is_str(p.id, "weekly-2026-11-11", "weeks from Wednesday");
	period_holding(PERIOD_MONTHLY, &utc, 1, p.from_ms, &p);
	is_str(p.label, "2026-11", "month");
	is_int(period_slices(&p, (int64_t[PERIOD_SLICES_MAX + 1]){ 0 }), 30,
	    "its days");
	period_previous(&p, &q);
	is_str(q.id, "monthly-2026-10", "the month before");
}

static void
zones(void)
{
	int64_t bounds[PERIOD_SLICES_MAX + 1];
	struct err e = ERR_INIT;
	struct period p, q;
	struct zone z;

	ok(zone_find(&z, "-05:30", &e) == 0, "an offset");
	is_int(z.offset_s, -19800, "in seconds");
	ok(period_parse_week(STR("2026-W47"), &z, &p, &e) == 0, "a week");
	is_str(iso(p.from_ms), "2026-11-16T05:30:00.000Z", "begins there");
	is_int(zone_find(&z, "+25:00", &e), ERR_INVALID, "no such offset");
	is_int(zone_find(&z, "Mars/Olympus", &e), ERR_NOT_FOUND,
	    "no such place");
	is_int(zone_find(&z, "../../etc/passwd", &e), ERR_NOT_FOUND,
	    "no way out");
	e = (struct err)ERR_INIT;
	if (zone_find(&z, "Europe/Berlin", &e)) {
		printf("# no tz database here: %s\n", e.text);
		return;
	}
	ok(period_parse_week(STR("2026-W43"), &z, &p, &e) == 0, "the week "
	    "when clocks go back");
	is_int(p.to_ms - p.from_ms, 169 * MS_PER_HOUR, "has 169 hours");
	is_int(period_slices(&p, bounds), 7, "and seven days");
	is_int(bounds[7] - bounds[6], 25 * MS_PER_HOUR, "the last has 25");
	period_previous(&p, &q);
	is_int(q.to_ms - q.from_ms, 168 * MS_PER_HOUR, "not the week before");
	ok(period_from_options(NULL, "2026-07-01", "2026-07-04", &z, &p,
	    &e) == 0, "dates");
	is_str(iso(p.from_ms), "2026-06-30T22:00:00.000Z", "local midnight");
	period_previous(&p, &q);
	is_str(iso(q.from_ms), "2026-06-27T22:00:00.000Z", "three days back");
	is_int(period_from_options("2026-W47", "2026-07-01", NULL, &z, &p,
	    &e), ERR_INVALID, "a week and a start");
	is_int(period_from_options(NULL, "2026-07-04", "2026-07-01", &z, &p,
	    &e), ERR_INVALID, "upside down");
}

/* ---- statistics ---- */

static void
tests(void)
{
	double a[7] = { 10, 11, 10, 9, 10, 11, 10 }, b[7], ratio, above;
	double p[4] = { 0.01, 0.04, 0.03, 0.005 }, q[4];
	struct sketch x = SKETCH_INIT, y = SKETCH_INIT;

	near(stats_proportions(3, 4, 1, 4, 1), 0.4857, "Fisher 3/4, 1/4");
	near(stats_proportions(8, 10, 1, 6, 1), 0.03497, "Fisher 8/10, 1/6");
	near(stats_proportions(0, 0, 1, 6, 1), 1, "nothing before");
	near(stats_proportions(5, 4, 1, 6, 1), 1, "more than all");
	near(stats_proportions(100, 1000, 150, 1000, 1), 0.000886,
	    "Yates 100, 150 of 1000");
	ok(stats_proportions(100, 1000, 150, 1000, 4) > 0.05,
	    "wider when rates vary anyhow");
	near(stats_counts(10, 20), 0.09874, "10 and 20 events");
	near(stats_counts(0, 0), 1, "no events");
	near(stats_student_tails(2, 10), 0.07339, "t 2, 10 degrees");
	near(stats_student_tails(-2.776, 4), 0.05, "t -2.776, 4 degrees");
	near(stats_normal_tails(1.96), 0.05, "z 1.96");
	for (int i = 0; i < 7; i++)
		b[i] = a[i] * (i < 3 ? 1 : 2);
	ok(stats_levels(a, b, 7, &ratio) < 0.02 && ratio > 1.4,
	    "a step within the week");
	ok(stats_levels(a, a, 7, &ratio) == 1, "the same week");
	near(ratio, 1, "ratio");
	ok(stats_dispersion((int64_t[]){ 1, 9, 1, 9 },
	    (int64_t[]){ 20, 20, 20, 20 }, 4) > 3, "dispersed");
	near(stats_dispersion((int64_t[]){ 5, 5 }, (int64_t[]){ 20, 20 }, 2),
	    1, "even");
	for (int i = 1; i <= 50; i++) {
		sketch_add(&x, i, 1);
		sketch_add(&y, i + 13, 1);
	}
	near(stats_samples(&x, &y, &above), 0.0000075, "shifted samples");
	ok(above > 0.7 && above < 0.8, "chance to be above: %.3f", above);
	ok(stats_samples(&x, &x, &above) == 1 && above == 0.5, "themselves");
	stats_adjust(p, 4, q);
	near(q[0], 0.02, "q of .01");
	near(q[1], 0.04, "q of .04");
	near(q[2], 0.04, "q of .03");
	near(q[3], 0.02, "q of .005");
	sketch_fini(&x);
	sketch_fini(&y);
}

/* ---- gate ---- */

static bool
value(void *arg, struct str name, double *v)
{
	(void)arg;
	*v = str_is(name, "one") ? 1 : str_is(name, "rate") ? 0.05 : 0;
	return str_is(name, "one") || str_is(name, "rate") ||
	    str_is(name, "none");
}

static void
gate(void)
{
	static const struct { const char *text; double want; } good[] = {
		{ "1", 1 }, { "one > 0 || none > 0", 1 },
		{ "one>0&&none>0", 0 }, { "rate >= 5%", 1 },
		{ "rate == 0.05", 1 }, { "!(one == 1)", 0 }, { "!!one", 1 },
		{ "1 + 2 * 3 - 4 / 2", 5 }, { "(1 + 2) * 3", 9 },
		{ "-one < none", 1 }, { "one / none", 0 }, { "1e2", 100 },
		{ "1 < 2 && 2 < 3 || none", 1 }, { "  one  ", 1 },
		{ "one != 1", 0 }, { "10-2-3", 5 },
	};
	static const struct { const char *text; int code; } bad[] = {
		{ "", ERR_INVALID }, { "one >", ERR_INVALID },
		{ "one two", ERR_INVALID }, { "(one", ERR_INVALID },
		{ "one)", ERR_INVALID }, { "nobody > 1", ERR_NOT_FOUND },
		{ "1x", ERR_INVALID }, { "one = 1", ERR_INVALID },
		{ "one & one", ERR_INVALID }, { "$", ERR_INVALID },
	};
	struct err e = ERR_INIT;
	char deep[GATE_BYTES_MAX + 2];
	double v;

	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		is_int(gate_eval(str_from(good[i].text), value, NULL, &v,
		    &e), 0, "%s", good[i].text);
		near(v, good[i].want, "its value");
	}
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		is_int(gate_eval(str_from(bad[i].text), value, NULL, &v, &e),
		    bad[i].code, "\"%s\": %s", bad[i].text, e.text);
	memset(deep, '(', sizeof(deep));
	is_int(gate_eval(str_of(deep, 4000), value, NULL, &v, &e), ERR_LIMIT,
	    "deep");
	memset(deep, '!', sizeof(deep));
	is_int(gate_eval(str_of(deep, 4000), value, NULL, &v, &e), ERR_LIMIT,
	    "deep unary");
	is_int(gate_eval(str_of(deep, sizeof(deep)), value, NULL, &v, &e),
	    ERR_LIMIT, "long");
}

/* ---- pages ---- */

static void
pages(void)
{
	struct str body = STR("{\"title\":\"<script>x</script> & *bold*\","
	    "\"text\":\"a | b\",\"severity\":\"low\",\"values\":{\"runs\":3},"
	    "\"metrics\":[{\"label\":\"Runs\",\"unit\":\"count\",\"before\":0,"
	    "\"now\":3,\"change\":null,\"significant\":true}],\"claims\":"
	    "[{\"title\":\"t\",\"text\":\"x\",\"severity\":\"high\","
	    "\"quotes\":[{\"text\":\"<b>no\",\"user_id\":\"u1\"}],\"links\":"
	    "{\"runs\":[\"r1\"],\"sessions\":[],\"failures\":[]}}],\"cost\":"
	    "{\"models\":[]},\"failures\":[]}");
	struct arena *a = arena_new(1 << 20);
	struct err e = ERR_INIT;
	struct buf b;
	double v = 0;

	buf_init(&b, 1 << 20);
	is_int(insight_render(&(struct insight_page){ .body = body,
	    .format = RENDER_HTML }, a, &b, &e), 0, "HTML %s",
	    e.text);
	ok(str_find(buf_str(&b), STR("<script"), 0) == SIZE_MAX &&
	    str_find(buf_str(&b), STR("&lt;script&gt;"), 0) != SIZE_MAX &&
	    str_find(buf_str(&b), STR("<b>"), 0) == SIZE_MAX, "is escaped");
	ok(str_find(buf_str(&b), STR("r1"), 0) != SIZE_MAX, "links runs");
	buf_reset(&b);
	is_int(insight_render(&(struct insight_page){ .body = body,
	    .source = "dev" }, a, &b, &e), 0,
	    "Markdown");
	ok(str_find(buf_str(&b), STR("\\<script\\>"), 0) != SIZE_MAX &&
	    str_find(buf_str(&b), STR("\\*bold\\*"), 0) != SIZE_MAX &&
	    str_find(buf_str(&b), STR("| Runs | 0 | 3 | - | yes |"), 0) !=
	    SIZE_MAX, "is escaped, with its table");
	ok(insight_value(body, STR("runs"), &v) && v == 3, "a value");
	ok(!insight_value(body, STR("walks"), &v), "no such value");
	is_int(insight_render(&(struct insight_page){ .body = STR("{") }, a,
	    &b, &e), ERR_INVALID,
	    "not a body");
	buf_fini(&b);
	arena_free(a);
}

int
main(void)
{
	weeks();
	zones();
	tests();
	gate();
	pages();
	return tap_done();
}
