/* weir-store: the one process that writes the database. */
#include <errno.h>
#include <limits.h>
#include <malloc.h>
#include <stdio.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/opts.h"
#include "daemon/daemon.h"
#include "kv/kv.h"
#include "repo/verify.h"
#include "store/pricer.h"
#include "store/server.h"

enum {
	DRAIN_MS = 20000,
	WATCH_MS = 1000,
	FAILING_MS = 10000      /* writes fail so long: start anew */
};

static struct daemon_options common;
static const char *data;
static const char *listen_at[BUS_ENDPOINTS_MAX + 1];
static const char *publish_at[BUS_ENDPOINTS_MAX + 1];
static const char *bus_keys;
static bool allow_plain;
static const char *prices;
static int64_t cache_bytes, write_bytes;
static int64_t min_free_bytes = 256 << 20;
static int64_t readers = 2;
static int64_t lease_seconds = 30;
static int64_t max_snapshots = 256;

static const struct opt table[] = {
	{ "data", 'd', OPT_TEXT, &data, 0, 0, "DIR",
	    "where everything is kept; made if need be" },
	{ "listen", 'l', OPT_LIST, listen_at, 0, BUS_ENDPOINTS_MAX,
	    "ENDPOINT", "serve here (default ipc://DIR/run/store.sock)" },
	{ "publish", 0, OPT_LIST, publish_at, 0, BUS_ENDPOINTS_MAX,
	    "ENDPOINT", "publish commits here (default ipc://DIR/run/news.sock)" },
	{ "bus-keys", 0, OPT_TEXT, &bus_keys, 0, 0, "FILE",
	    "cluster key; needed for tcp" },
	{ "allow-plain", 0, OPT_FLAG, &allow_plain, 0, 0, NULL,
	    "tcp on loopback without a key" },
	{ "prices", 0, OPT_TEXT, &prices, 0, 0, "FILE",
	    "token prices that go before the built-in ones" },
	{ "cache-bytes", 0, OPT_BYTES, &cache_bytes, 1 << 20,
	    INT64_C(1) << 40, "SIZE", "block cache (default 32M)" },
	{ "write-bytes", 0, OPT_BYTES, &write_bytes, 1 << 20,
	    INT64_C(1) << 34, "SIZE", "write buffers (default 32M)" },
	{ "min-free-bytes", 0, OPT_BYTES, &min_free_bytes, 0,
	    INT64_C(1) << 50, "SIZE",
	    "refuse events when less disk is free (default 256M)" },
	{ "readers", 0, OPT_INT, &readers, 1, 16, "N",
	    "threads that answer reads (default 2)" },
	{ "lease-seconds", 0, OPT_INT, &lease_seconds, 1, 3600, "N",
	    "how long a classifier may take (default 30)" },
	{ "max-snapshots", 0, OPT_INT, &max_snapshots, 1, 65536, "N",
	    "snapshots held for readers (default 256)" },
	DAEMON_OPTS(common),
	{ 0 }
};

struct store {
	struct bus_keys keys;
	struct store_pricer *pricer;
	struct kv *kv;
	struct store_server *server;
	char db[PATH_MAX], run[PATH_MAX], checkpoints[PATH_MAX];
	char listen_default[PATH_MAX + 16], publish_default[PATH_MAX + 16];
};

/* One line for a person, whatever the log level. */
static int
fail(const struct err *e)
{
	fprintf(stderr, "weir-store: %s\n", e->text);
	switch (e->code) {
	case ERR_EXISTS:
	case ERR_AGAIN:
		return EXIT_AGAIN;
	case ERR_INVALID:
	case ERR_DENIED:
	case ERR_LIMIT:
		return EXIT_USAGE;
	default:
		return EXIT_FAILED;
	}
}

static int
join(char *out, size_t size, const char *prefix, const char *name,
    struct err *e)
{
	int n = snprintf(out, size, "%s%s/%s", prefix, data, name);

	if (n < 0 || (size_t)n >= size)
		return err_set(e, ERR_INVALID, "--data: the path is too long");
	return 0;
}

static int
make_dir(const char *path, struct err *e)
{
	if (mkdir(path, 0700) && errno != EEXIST)
		return err_sys(e, ERR_IO, "cannot make directory %s", path);
	return 0;
}

static int
make_place(struct store *s, struct err *e)
{
	if (join(s->db, sizeof(s->db), "", "db", e) ||
	    join(s->run, sizeof(s->run), "", "run", e) ||
	    join(s->checkpoints, sizeof(s->checkpoints), "", "checkpoints",
	    e) ||
	    join(s->listen_default, sizeof(s->listen_default), "ipc://",
	    "run/store.sock", e) ||
	    join(s->publish_default, sizeof(s->publish_default), "ipc://",
	    "run/news.sock", e) ||
	    make_dir(data, e) || make_dir(s->run, e))
		return e->code;
	return 0;
}

static int
open_kv(struct store *s, struct err *e)
{
	struct kv_rocks_options o = { .cache_bytes = (size_t)cache_bytes,
	    .write_bytes = (size_t)write_bytes };

	if (kv_rocks_open(s->db, &o, &s->kv, e) == 0)
		return 0;
	if (e->code == ERR_EXISTS)
		return err_set(e, ERR_EXISTS, "data directory %s is in use "
		    "by another weir-store", data);
	return e->code;
}

static void
migrating(void *arg, uint64_t runs, uint64_t events)
{
	(void)arg;
	log_info("migrate", "runs=%llu events=%llu",
	    (unsigned long long)runs, (unsigned long long)events);
	daemon_busy();
}

/* The data may have been written by an older weir. */
static int
migrate(struct store *s, struct err *e)
{
	bool done;

	if (repo_migrate(s->kv, store_pricer_get(s->pricer), migrating, NULL,
	    &done, e))
		return err_wrap(e, "migrate");
	if (done)
		log_info("migrated", "data=%s", data);
	return 0;
}

static int
open_server(struct store *s, struct err *e)
{
	struct store_server_options o = { .kv = s->kv,
	    .pricer = store_pricer_get(s->pricer),
	    .keys = bus_keys ? &s->keys : NULL, .allow_plain = allow_plain,
	    .checkpoint_dir = s->checkpoints, .disk_path = data,
	    .min_free_bytes = (uint64_t)min_free_bytes,
	    .readers = (size_t)readers, .lease_ms = lease_seconds * 1000,
	    .max_snapshots = (size_t)max_snapshots };

	if (!listen_at[0])
		listen_at[0] = s->listen_default;
	if (!publish_at[0])
		publish_at[0] = s->publish_default;
	for (int i = 0; i < BUS_ENDPOINTS_MAX; i++) {
		o.endpoints[i] = listen_at[i];
		o.publish[i] = publish_at[i];
	}
	return store_server_open(&o, &s->server, e);
}

static int
open_all(struct store *s, struct err *e)
{
	if (bus_keys && bus_keys_load(&s->keys, bus_keys, e))
		return err_wrap(e, "--bus-keys");
	if (store_pricer_open(prices, &s->pricer, e) || make_place(s, e) ||
	    open_kv(s, e) || migrate(s, e))
		return e->code;
	return open_server(s, e);
}

/*
 * Until the end is asked for.  RocksDB does not always recover from a failed
 * write; opening it again does, so whoever supervises is asked for that.
 */
static int
serve(struct store *s)
{
	int64_t good_ms = clock_mono_ms();
	struct err e = ERR_INIT;

	while (!daemon_wait_ms(WATCH_MS)) {
		if (!store_server_is_failing(s->server, &e)) {
			good_ms = clock_mono_ms();
		} else if (clock_mono_ms() - good_ms > FAILING_MS) {
			log_error("stop", "why=\"%s\"", e.text);
			return EXIT_AGAIN;
		}
	}
	return EXIT_DONE;
}

static void
close_all(struct store *s)
{
	if (!store_server_close(s->server, DRAIN_MS))
		log_warn("drain", "complete=no");
	kv_close(s->kv);
	store_pricer_close(s->pricer);
	bus_keys_wipe(&s->keys);
}

int
main(int argc, char **argv)
{
	static struct store s;
	struct err e = ERR_INIT;
	int code;

	if (opts_parse(table, "weir-store --data DIR [options]", argc,
	    argv) != argc)
		opts_die("unexpected operand");
	if (!data)
		opts_die("--data is missing");
	/* Many threads, each with little: two heaps keep the memory small. */
	mallopt(M_ARENA_MAX, 2);
	daemon_start("weir-store", &common);
	if (open_all(&s, &e)) {
		code = fail(&e);
		close_all(&s);
		return daemon_finish(code);
	}
	daemon_check("store", store_server_check, s.server);
	log_info("start", "data=%s listen=%s", data,
	    store_server_endpoint(s.server, 0));
	daemon_ready();
	code = serve(&s);
	close_all(&s);
	return daemon_finish(code);
}
