/* weir-query: answers the read API, from weir-store's snapshots. */
#include <stdlib.h>

#include "base/log.h"
#include "base/opts.h"
#include "daemon/daemon.h"
#include "query.h"
#include "store/connect.h"

enum { DRAIN_MS = 10000, SUBMIT_MS = 5000, HELD_MAX = 1024 };

static struct daemon_options common;
static struct store_connect where;
static const char *bus[BUS_ENDPOINTS_MAX + 1];
static const char *listen_at;
static int64_t threads = 4;

static const struct opt table[] = {
	STORE_CONNECT_OPTS(where),
	{ "bus", 'b', OPT_LIST, bus, 0, BUS_ENDPOINTS_MAX, "ENDPOINT",
	    "answer gateways at ipc://PATH or tcp://HOST:PORT" },
	{ "listen", 'l', OPT_TEXT, &listen_at, 0, 0, "HOST:PORT",
	    "answer HTTP as well" },
	{ "threads", 't', OPT_INT, &threads, 1, 64, "N",
	    "requests answered at a time, of each kind (default 4)" },
	DAEMON_OPTS(common),
	{ 0 }
};

static int
submit(void *arg, struct buf *take, struct err *e)
{
	return store_submit_wait(arg, take, SUBMIT_MS, e);
}

/* An address in use may be free later; other mistakes stay. */
static void
give_up(const char *option, const struct err *e)
{
	if (e->code != ERR_EXISTS)
		opts_die("%s: %s", option, e->text);
	log_error("open", "option=%s why=\"%s\"", option, e->text);
	exit(EXIT_AGAIN);
}

static struct bus_server *
open_bus(struct query_pool *pool)
{
	struct bus_keys keys;
	struct bus_server_options o = {
		.allow_plain = where.options.allow_plain,
		.max_message_bytes = 1 << 20, .max_requests = HELD_MAX,
		.max_bytes = 64 << 20, .handle = query_pool_handle,
		.arg = pool,
	};
	struct err e = ERR_INIT;
	struct bus_server *s;

	for (size_t i = 0; bus[i]; i++)
		o.endpoints[i] = bus[i];
	if (where.bus_keys_file) {
		if (bus_keys_load(&keys, where.bus_keys_file, &e))
			opts_die("--bus-keys: %s", e.text);
		o.keys = &keys;
	}
	s = bus_server_new(&o, &e);
	if (!s)
		give_up("--bus", &e);
	return s;
}

static struct http_server *
open_http(struct api *api)
{
	const struct http_server_options o = {
		.listen = listen_at, .threads = (int)threads,
		.max_body_bytes = API_BODY_MAX, .handle = query_http_handle,
		.arg = api,
	};
	struct err e = ERR_INIT;
	struct http_server *s = http_server_new(&o, &e);

	if (!s)
		give_up("--listen", &e);
	log_info("listen", "address=%s", http_server_address(s));
	return s;
}

static int
serve(struct store_client *store)
{
	const struct api_options o = { .kv = store_kv(store),
	    .submit = submit, .arg = store };
	struct api *api = api_new(&o);
	struct query_pool *pool = query_pool_new(api, (size_t)threads);
	struct bus_server *server = NULL;
	struct http_server *http = NULL;

	if (bus[0])
		server = open_bus(pool);
	if (listen_at)
		http = open_http(api);
	daemon_ready();
	daemon_wait();
	http_server_stop(http, DRAIN_MS);
	if (server)
		bus_server_drain(server, DRAIN_MS);
	query_pool_free(pool);
	bus_server_free(server);
	api_free(api);
	return EXIT_DONE;
}

int
main(int argc, char **argv)
{
	struct store_client *store;
	int code;

	if (opts_parse(table, "weir-query --store ENDPOINT --bus ENDPOINT",
	    argc, argv) != argc)
		opts_die("takes no operands");
	if (!bus[0] && !listen_at)
		opts_die("--bus is missing (or --listen)");
	daemon_start("weir-query", &common);
	store = store_connect(&where);
	daemon_check("store", store_connect_check, store);
	code = serve(store);
	store_client_close(store);
	return daemon_finish(code);
}
