#ifndef STORE_CONNECT_H
#define STORE_CONNECT_H

#include "base/opts.h"
#include "bus/keys.h"
#include "store/client.h"

/*
 * The options by which every process says where its store is, and the start
 * that follows from them: one place for names, help and mistakes.
 *
 *	static struct store_connect where;
 *	static const struct opt table[] = { STORE_CONNECT_OPTS(where), … };
 *
 *	…
 *	struct store_client *store = store_connect(&where);
 */
struct store_connect {
	struct store_options options;   /* endpoints are filled by --store */
	const char *bus_keys_file;
};

#define STORE_CONNECT_OPTS(o) \
	{ "store", 's', OPT_LIST, (o).options.endpoints, 0, \
	    BUS_ENDPOINTS_MAX, "ENDPOINT", \
	    "where weir-store listens: ipc://PATH or tcp://HOST:PORT" }, \
	{ "bus-keys", 0, OPT_TEXT, &(o).bus_keys_file, 0, 0, "FILE", \
	    "the cluster's keys, needed for tcp" }, \
	{ "allow-plain", 0, OPT_FLAG, &(o).options.allow_plain, 0, 0, NULL, \
	    "let tcp on loopback do without keys" }

/*
 * Opens the client.  A missing --store, unreadable keys or endpoints that
 * cannot be used end the process with EXIT_USAGE and a line naming the option.
 */
struct store_client *store_connect(const struct store_connect *o) CC_CHECK
    CC_NONNULL(1);

/* For daemon_check: arg is the struct store_client. */
int store_connect_check(void *arg, struct err *e);

#endif
