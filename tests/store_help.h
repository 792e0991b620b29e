#ifndef TESTS_STORE_HELP_H
#define TESTS_STORE_HELP_H

/* What the tests of lib/store share: a store in this process, and events. */
#include <ftw.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/hash.h"
#include "base/mem.h"
#include "kv/kv.h"
#include "store/client.h"
#include "store/server.h"
#include "tap.h"

static char top[64];
static char endpoint[192], news_endpoint[192];
static struct err e;
static struct store_server *server;
static struct store_client *client;

static int
remove_one(const char *path, const struct stat *st, int kind, struct FTW *w)
{
	(void)st, (void)kind, (void)w;
	return remove(path);
}

static void
help_setup(void)
{
	hash_setup();
	snprintf(top, sizeof(top), "/tmp/weir-t-store-XXXXXX");
	if (!mkdtemp(top))
		exit(1);
	snprintf(endpoint, sizeof(endpoint), "ipc://%s/store", top);
	snprintf(news_endpoint, sizeof(news_endpoint), "ipc://%s/news", top);
}

static void
help_end(void)
{
	nftw(top, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static struct store_client *
connect_client(void)
{
	struct store_options o = { .endpoints = { endpoint },
	    .connect_wait_ms = 3000 };
	struct store_client *c;

	if (store_client_open(&o, &c, &e)) {
		printf("Bail out! %s\n", e.text);
		exit(1);
	}
	return c;
}

CC_UNUSED static void
start(struct kv *kv, const struct store_server_options *with)
{
	struct store_server_options o = with ? *with :
	    (struct store_server_options){ .readers = 2 };

	o.kv = kv;
	o.endpoints[0] = endpoint;
	o.publish[0] = news_endpoint;
	if (store_server_open(&o, &server, &e)) {
		printf("Bail out! %s\n", e.text);
		exit(1);
	}
	client = connect_client();
}

CC_UNUSED static void
stop(void)
{
	store_client_close(client);
	ok(store_server_close(server, 5000), "drained");
	client = NULL;
	server = NULL;
}

/* Appends an event about a run: its name is `name`. */
CC_UNUSED static void
add_run(struct buf *b, const char *run, const char *name)
{
	struct arena *a = arena_new(1 << 16);
	struct event_builder eb;
	struct event ev;

	event_begin(&eb, a, EVENT_RUN, str_from(run), str_from(run));
	event_text(&eb, FIELD_RUN_name, str_from(name));
	event_int(&eb, FIELD_RUN_start_ns, INT64_C(1700000000000000000));
	if (!event_end(&eb, &ev))
		exit(1);
	ev.project = STR("demo");
	ev.env = ENV_PROD;
	ev.received_ms = clock_now_ms();
	ev.source = STR("test");
	event_encode(&ev, b);
	arena_free(a);
}

CC_UNUSED static int
submit_run(struct store_client *c, const char *run, const char *name)
{
	struct buf b;
	int rc;

	buf_init(&b, 1 << 16);
	add_run(&b, run, name);
	rc = store_submit_wait(c, &b, 5000, &e);
	buf_fini(&b);
	return rc;
}

CC_UNUSED static int
count_row(void *arg, struct str key, struct str value, struct err *err)
{
	(void)key, (void)value, (void)err;
	++*(size_t *)arg;
	return 0;
}

/* Rows of a family as the kv's latest state has them. */
CC_UNUSED static size_t
rows_of(struct kv *kv, enum kv_family f)
{
	struct kv_range r = { .family = f };
	size_t n = 0;

	if (kv_scan(kv_latest(kv), &r, count_row, &n, NULL, &e)) {
		printf("# %s\n", e.text);
		return SIZE_MAX;
	}
	return n;
}

#endif
