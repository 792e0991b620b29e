/* weir-insight: what changed, period by period. */
#include <stdio.h>

#include "base/clock.h"
#include "base/hash.h"
#include "base/log.h"
#include "base/opts.h"
#include "daemon/daemon.h"
#include "insight.h"
#include "store/connect.h"

static struct daemon_options common;
static struct store_connect where;
static bool is_filter;
static const char *zone_name, *weekday = "monday", *kind = "weekly";
static const char *week, *from, *to, *prices;
static int64_t catch_up = 4, interval_s = 5;
static int64_t max_bytes = INT64_C(512) << 20;
static struct wording_options wording = WORDING_OPTIONS_INIT;

static const struct opt table[] = {
	STORE_CONNECT_OPTS(where),
	{ "timezone", 0, OPT_TEXT, &zone_name, 0, 0, "NAME",
	    "where days begin: UTC, +02:00 or Europe/Berlin (default UTC)" },
	{ "weekday", 0, OPT_TEXT, &weekday, 0, 0, "DAY",
	    "first day of weeks (default monday)" },
	{ "period", 0, OPT_TEXT, &kind, 0, 0, "KIND",
	    "daily, weekly or monthly, or several with commas between them "
	    "(default weekly)" },
	WORDING_OPTS(wording),
	{ "catch-up", 0, OPT_INT, &catch_up, 1, CATCH_UP_MAX, "N",
	    "closed periods that get an insight (default 4)" },
	{ "interval", 0, OPT_INT, &interval_s, 1, 86400, "SECONDS",
	    "time between two looks for late data (default 5)" },
	{ "stdin", 0, OPT_FLAG, &is_filter, 0, 0, NULL,
	    "filter: events on stdin, with insights on stdout; no store" },
	{ "week", 0, OPT_TEXT, &week, 0, 0, "WEEK",
	    "as a filter, the week: 2026-W47, or a date in it" },
	{ "from", 0, OPT_TEXT, &from, 0, 0, "TIME",
	    "as a filter, the start of the period, ISO 8601" },
	{ "to", 0, OPT_TEXT, &to, 0, 0, "TIME",
	    "as a filter, its end" },
	{ "prices", 0, OPT_TEXT, &prices, 0, 0, "FILE",
	    "as a filter, token prices that go before the built-in ones" },
	{ "max-bytes", 0, OPT_BYTES, &max_bytes, 1 << 20, INT64_C(1) << 40,
	    "SIZE", "as a filter, the most events to hold (default 512M)" },
	DAEMON_OPTS(common),
	{ 0 }
};

static int
run_filter(const struct zone *zone)
{
	struct err e = ERR_INIT;
	struct period p;

	if (period_from_options(week, from, to, zone, &p, &e))
		opts_die("%s", e.text);
	hash_setup();
	log_setup("weir-insight", LOG_INFO);
	return insight_filter(&p, prices, (size_t)max_bytes);
}

static void
read_kinds(struct insight_schedule *s)
{
	struct str rest = str_from(kind);

	while (rest.p) {
		int k = period_kind_named(str_trim(str_cut(&rest, ',')));

		if (k < 0 || k == PERIOD_CUSTOM)
			opts_die("--period: daily, weekly or monthly, not "
			    "\"%s\"", kind);
		for (size_t i = 0; i < s->nkinds; i++)
			if (s->kinds[i] == (enum period_kind)k)
				opts_die("--period: one of \"%s\" is there "
				    "twice", kind);
		s->kinds[s->nkinds++] = (enum period_kind)k;
	}
}

static int
serve(const struct zone *zone)
{
	struct insight_schedule s = { .zone = *zone, .catch_up = catch_up,
		.interval_ms = interval_s * MS_PER_SECOND };
	struct store_client *client;
	struct err e = ERR_INIT;
	int code;

	s.first_weekday = period_weekday_named(str_from(weekday));
	if (!s.first_weekday)
		opts_die("--weekday: \"%s\" is not a day of the week",
		    weekday);
	read_kinds(&s);
	if (wording_open(&wording, daemon_stopping, &s.wording, &e))
		opts_die("%s", e.text);
	daemon_start("weir-insight", &common);
	client = store_connect(&where);
	daemon_check("store", store_connect_check, client);
	daemon_ready();
	code = insight_serve(client, &s);
	store_client_close(client);
	wording_close(s.wording);
	return daemon_finish(code);
}

int
main(int argc, char **argv)
{
	struct err e = ERR_INIT;
	struct zone zone;

	if (opts_parse(table, "weir-insight --store ENDPOINT | --stdin --week "
	    "WEEK", argc, argv) != argc)
		opts_die("takes no operands");
	if (zone_find(&zone, zone_name, &e))
		opts_die("%s", e.text);
	if (is_filter && wording.url)
		opts_die("--wording-url: a filter uses its own words");
	if (is_filter)
		return run_filter(&zone);
	if (week || from || to)
		opts_die("--week, --from and --to are for --stdin; "
		    "\"weir insight\" asks the store");
	if (!where.options.endpoints[0])
		opts_die("--store is missing (or --stdin to be a filter)");
	return serve(&zone);
}
