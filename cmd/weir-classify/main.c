/* weir-classify: reads runs, finds failures and signals. */
#include <stdio.h>

#include "base/hash.h"
#include "base/log.h"
#include "base/opts.h"
#include "classify.h"
#include "daemon/daemon.h"
#include "store/connect.h"

static struct daemon_options common;
static struct store_connect where;
static bool is_filter;
static const char *patterns_file, *prices_file, *topics_file;
static int64_t batch_runs = 64;
static int64_t max_bytes = INT64_C(512) << 20;

static const struct opt table[] = {
	STORE_CONNECT_OPTS(where),
	{ "batch", 0, OPT_INT, &batch_runs, 1, STORE_LEASE_RUNS_MAX, "N",
	    "runs taken at a time (default 64)" },
	{ "stdin", 0, OPT_FLAG, &is_filter, 0, 0, NULL,
	    "filter: events on stdin, with verdicts on stdout; no store" },
	{ "max-bytes", 0, OPT_BYTES, &max_bytes, 1 << 20,
	    INT64_C(1) << 40, "SIZE",
	    "as a filter, the most events to hold (default 512M)" },
	{ "patterns", 0, OPT_TEXT, &patterns_file, 0, 0, "FILE",
	    "as a filter, custom patterns to look for: a JSON object a line" },
	{ "prices", 0, OPT_TEXT, &prices_file, 0, 0, "FILE",
	    "as a filter, token prices that go before the built-in ones" },
	{ "topics", 0, OPT_TEXT, &topics_file, 0, 0, "FILE",
	    "as a filter, topics of projects whose events hold none" },
	DAEMON_OPTS(common),
	{ 0 }
};

static int
serve(void)
{
	struct store_client *client;
	int code;

	daemon_start("weir-classify", &common);
	client = store_connect(&where);
	daemon_check("store", store_connect_check, client);
	daemon_ready();
	code = classify_serve(client, (size_t)batch_runs);
	store_client_close(client);
	return daemon_finish(code);
}

int
main(int argc, char **argv)
{
	if (opts_parse(table, "weir-classify --store ENDPOINT | --stdin", argc,
	    argv) != argc)
		opts_die("takes no operands");
	if (is_filter) {
		hash_setup();
		log_setup("weir-classify", LOG_INFO);
		return classify_filter((size_t)max_bytes, patterns_file,
		    topics_file, prices_file);
	}
	if (patterns_file)
		opts_die("--patterns is for --stdin: weir patterns makes those "
		    "of a store");
	if (prices_file)
		opts_die("--prices is for --stdin: weir-store prices what it "
		    "stores");
	if (topics_file)
		opts_die("--topics is for --stdin: weir topics makes those "
		    "of a store");
	if (!where.options.endpoints[0])
		opts_die("--store is missing (or --stdin to be a filter)");
	return serve();
}
