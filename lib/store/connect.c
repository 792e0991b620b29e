#include "store/connect.h"

enum { PING_TIMEOUT_MS = 1000 };

struct store_client *
store_connect(const struct store_connect *o)
{
	struct store_options options = o->options;
	struct store_client *client;
	struct bus_keys keys;
	struct err e = ERR_INIT;

	if (!options.endpoints[0])
		opts_die("--store is missing");
	if (o->bus_keys_file) {
		if (bus_keys_load(&keys, o->bus_keys_file, &e))
			opts_die("--bus-keys: %s", e.text);
		options.keys = &keys;
	}
	if (store_client_open(&options, &client, &e))
		opts_die("--store: %s", e.text);
	return client;
}

int
store_connect_check(void *arg, struct err *e)
{
	return store_ping(arg, PING_TIMEOUT_MS, e);
}
