/* weir-insight --stdin. */
#include <stdio.h>
#include <unistd.h>

#include "base/opts.h"
#include "filter/filter.h"
#include "filter/insights.h"
#include "insight.h"
#include "store/pricer.h"

/* Passes the event on and remembers it. */
static int
take(void *arg, const struct event *ev, struct err *e)
{
	if (filter_write_event(stdout, ev, e))
		return e->code;
	return filter_insights_add(arg, ev, e);
}

static int
write_insight(void *arg, const struct event *ev, struct err *e)
{
	return filter_write_event(arg, ev, e);
}

int
insight_filter(const struct period *p, const char *prices, size_t max_bytes)
{
	struct filter_insights_options o = { .period = *p,
		.max_bytes = max_bytes };
	struct filter_insights *f;
	struct store_pricer *pricer;
	struct err e = ERR_INIT;
	int rc = store_pricer_open(prices, &pricer, &e);

	if (rc) {
		fprintf(stderr, "weir-insight: %s\n", e.text);
		return EXIT_USAGE;
	}
	o.pricer = *store_pricer_get(pricer);
	f = filter_insights_new(&o);
	rc = filter_read_events(STDIN_FILENO, take, f, &e);
	if (rc == 0)
		rc = filter_insights_close(f, write_insight, stdout, &e);
	if (rc == 0 && fflush(stdout) != 0)
		rc = err_sys(&e, ERR_IO, "output: write");
	filter_insights_free(f);
	store_pricer_close(pricer);
	if (rc == 0)
		return EXIT_DONE;
	fprintf(stderr, "weir-insight: %s\n", e.text);
	return EXIT_FAILED;
}
