/* weir-gateway: the front door. */
#include <malloc.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/hash.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/opts.h"
#include "daemon/daemon.h"
#include "daemon/metrics.h"
#include "gateway.h"
#include "store/connect.h"

enum {
	DRAIN_MS = 25000,
	SCRATCH_BYTES = 1 << 20,        /* headers of one request */
	STORE_BYTES = 64 << 20,         /* handed in and not acknowledged */
	READ_TIMEOUT_MS = 2000
};

static struct daemon_options common;
static struct store_connect where;
static const char *listen_at = "127.0.0.1:4318";
static const char *address_file;
static const char *query_at[BUS_ENDPOINTS_MAX + 1];
static int64_t max_body_bytes = 9 << 20;
static int64_t max_total_bytes = 64 << 20;
static int64_t max_connections = 1024;
static int64_t threads = 2;
static bool is_filter;
static const char *filter_as, *project = "default", *env = "prod";

static const struct opt table[] = {
	STORE_CONNECT_OPTS(where),
	{ "query", 'q', OPT_LIST, query_at, 0, BUS_ENDPOINTS_MAX, "ENDPOINT",
	    "where weir-query answers: ipc://PATH or tcp://HOST:PORT" },
	{ "listen", 'l', OPT_TEXT, &listen_at, 0, 0, "HOST:PORT",
	    "serve HTTP here (default 127.0.0.1:4318)" },
	{ "address-file", 0, OPT_TEXT, &address_file, 0, 0, "FILE",
	    "write the bound HOST:PORT there" },
	{ "max-body-bytes", 0, OPT_BYTES, &max_body_bytes, 1 << 10,
	    256 << 20, "SIZE", "largest body, decompressed (default 9M)" },
	{ "max-total-bytes", 0, OPT_BYTES, &max_total_bytes, 1 << 20,
	    INT64_C(1) << 40, "SIZE", "bodies held at once (default 64M)" },
	{ "max-connections", 0, OPT_INT, &max_connections, 1, 1 << 20, "N",
	    "connections at once (default 1024)" },
	{ "threads", 't', OPT_INT, &threads, 1, 64, "N",
	    "HTTP threads (default 2)" },
	{ "stdin", 0, OPT_FLAG, &is_filter, 0, 0, NULL,
	    "filter: bodies on stdin, events on stdout; no server" },
	{ "as", 0, OPT_TEXT, &filter_as, 0, 0, "DIALECT",
	    "of the bodies: tcc, otlp or otlp-protobuf" },
	{ "project", 0, OPT_TEXT, &project, 0, 0, "NAME",
	    "of the events (default \"default\")" },
	{ "env", 0, OPT_TEXT, &env, 0, 0, "ENV",
	    "of the events: dev or prod (default prod)" },
	DAEMON_OPTS(common),
	{ 0 }
};

static struct bus_client *
open_query(void)
{
	struct bus_keys keys;
	struct bus_client_options o = {
		.keys = where.bus_keys_file ? &keys : NULL,
		.allow_plain = where.options.allow_plain,
		.max_message_bytes = HTTP_RESPONSE_BODY_MAX + (1 << 20),
		.max_calls = 1024 };
	struct err e = ERR_INIT;
	struct bus_client *c;

	if (!query_at[0])
		return NULL;
	if (where.bus_keys_file &&
	    bus_keys_load(&keys, where.bus_keys_file, &e))
		opts_die("--bus-keys: %s", e.text);
	for (size_t i = 0; query_at[i]; i++)
		o.endpoints[i] = query_at[i];
	c = bus_client_new(&o, &e);
	if (!c)
		opts_die("--query: %s", e.text);
	if (where.bus_keys_file)
		bus_keys_wipe(&keys);
	return c;
}

static struct http_server *
open_server(struct gateway *g, struct err *e)
{
	const struct http_server_options o = {
		.listen = listen_at, .threads = (int)threads,
		.max_connections = (int)max_connections,
		.max_body_bytes = (size_t)max_body_bytes,
		.max_total_body_bytes = (size_t)max_total_bytes,
		.max_arena_bytes = SCRATCH_BYTES,
		.handle = gateway_handle, .begin = gateway_begin, .arg = g,
	};

	return http_server_new(&o, e);
}

/* Whole or not at all, so that who waits for it may read it at once. */
static int
write_address(const char *address, struct err *e)
{
	char *temporary;
	FILE *f;
	int rc = 0;

	if (!address_file)
		return 0;
	temporary = mem_printf("%s.new", address_file);
	f = fopen(temporary, "w");
	if (!f || fprintf(f, "%s\n", address) < 0 || fclose(f) != 0 ||
	    rename(temporary, address_file) != 0)
		rc = err_sys(e, ERR_IO, "--address-file %s", address_file);
	free(temporary);
	return rc;
}

/* /metrics may be asked while the server goes away. */
static struct http_server *watched;
static pthread_mutex_t watched_lock = PTHREAD_MUTEX_INITIALIZER;

static void
watch(struct http_server *s)
{
	pthread_mutex_lock(&watched_lock);
	watched = s;
	pthread_mutex_unlock(&watched_lock);
}

static struct http_server_stats
watch_stats(void)
{
	struct http_server_stats st = { 0 };

	pthread_mutex_lock(&watched_lock);
	if (watched)
		http_server_stats(watched, &st);
	pthread_mutex_unlock(&watched_lock);
	return st;
}

static double
in_flight(void *arg)
{
	(void)arg;
	return (double)watch_stats().in_flight;
}

static double
connections(void *arg)
{
	(void)arg;
	return (double)watch_stats().connections;
}

static double
body_bytes(void *arg)
{
	(void)arg;
	return (double)watch_stats().body_bytes;
}

static void
open_metrics(void)
{
	metrics_gauge_fn("weir_gateway_requests_in_flight",
	    "Requests being received or answered.", NULL, in_flight, NULL);
	metrics_gauge_fn("weir_gateway_connections", "Connections open.",
	    NULL, connections, NULL);
	metrics_gauge_fn("weir_gateway_body_bytes",
	    "Bytes of bodies held.", NULL, body_bytes, NULL);
}

static int
exit_code(const struct err *e)
{
	fprintf(stderr, "weir-gateway: %s\n", e->text);
	if (e->code == ERR_EXISTS || e->code == ERR_AGAIN)
		return EXIT_AGAIN;
	return e->code == ERR_INVALID ? EXIT_USAGE : EXIT_FAILED;
}

static int
serve(struct gateway *g)
{
	struct err e = ERR_INIT;
	struct http_server *s = open_server(g, &e);
	int code = EXIT_DONE;

	if (!s)
		return exit_code(&e);
	watch(s);
	open_metrics();
	log_info("listen", "address=%s", http_server_address(s));
	if (write_address(http_server_address(s), &e)) {
		code = exit_code(&e);
	} else {
		daemon_ready();
		daemon_wait();
	}
	watch(NULL);
	http_server_stop(s, DRAIN_MS);
	if (address_file)
		(void)unlink(address_file);
	return code;
}

static int
run(void)
{
	struct gateway g = { 0 };
	int code;

	daemon_start("weir-gateway", &common);
	where.options.max_bytes = STORE_BYTES;
	where.options.read_timeout_ms = READ_TIMEOUT_MS;
	g.store = store_connect(&where);
	g.query = open_query();
	gateway_open(&g);
	daemon_check("store", store_connect_check, g.store);
	daemon_check("query", gateway_query_check, &g);
	code = serve(&g);
	bus_client_free(g.query);
	store_client_close(g.store);
	gateway_close(&g);
	return daemon_finish(code);
}

int
main(int argc, char **argv)
{
	if (opts_parse(table, "weir-gateway --store ENDPOINT | --stdin --as "
	    "DIALECT", argc, argv) != argc)
		opts_die("takes no operands");
	/* Few threads, each with little: two heaps keep the memory small. */
	mallopt(M_ARENA_MAX, 2);
	if (is_filter) {
		hash_setup();
		log_setup("weir-gateway", LOG_INFO);
		return gateway_filter(filter_as, project, env,
		    (size_t)max_body_bytes);
	}
	if (!where.options.endpoints[0])
		opts_die("--store is missing (or --stdin to be a filter)");
	return run();
}
