#ifndef BUS_PUBSUB_H
#define BUS_PUBSUB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cc.h"
#include "base/err.h"
#include "base/str.h"
#include "bus/keys.h"
#include "bus/server.h"

/*
 * News: one process publishes, any number listen.  A subscriber that is slow,
 * late or away loses messages, so what is published must also be readable
 * elsewhere: `missed` tells it to go and look there.
 *
 *	struct bus_pub_options po = { .endpoints = { "ipc:///run/weir/news" } };
 *	struct bus_publisher *p = bus_publisher_new(&po, &e);
 *	bus_publish(p, TYPE_COMMIT, payload);
 *
 *	static void
 *	heard(void *arg, const struct bus_news *n)
 *	…
 *	struct bus_sub_options so = { .endpoints = { "ipc:///run/weir/news" },
 *	    .heard = heard };
 *	struct bus_subscriber *s = bus_subscriber_new(&so, &e);
 *
 * Keys and allow_plain are as in bus/server.h.
 * Threads: bus_publish from any thread; `heard` runs on the subscriber's own
 * thread, and while it runs messages queue up to hwm.
 */
struct bus_publisher;
struct bus_subscriber;

struct bus_pub_options {
	const char *endpoints[BUS_ENDPOINTS_MAX + 1];
	const struct bus_keys *keys;
	bool allow_plain;
	int hwm;                /* messages kept a subscriber; 0: 1024 */
};

struct bus_news {
	uint16_t type;
	struct str payload;     /* borrowed for the callback */
	uint64_t missed;        /* messages lost since the one before */
	bool first;             /* of this publisher process: what came before
				 * is unknown */
};

struct bus_sub_options {
	const char *endpoints[BUS_ENDPOINTS_MAX + 1];
	const struct bus_keys *keys;
	bool allow_plain;
	size_t max_message_bytes;       /* 0: 64 MiB */
	int hwm;                        /* 0: 1024 */
	void (*heard)(void *arg, const struct bus_news *n);
	void *arg;
};

struct bus_publisher *bus_publisher_new(const struct bus_pub_options *o,
    struct err *e) CC_CHECK CC_NONNULL(1, 2);

/* Never blocks; the payload is copied. */
void bus_publish(struct bus_publisher *p, uint16_t type, struct str payload)
    CC_NONNULL(1);

/* Accepts NULL. */
void bus_publisher_free(struct bus_publisher *p);

struct bus_subscriber *bus_subscriber_new(const struct bus_sub_options *o,
    struct err *e) CC_CHECK CC_NONNULL(1, 2);

/* Accepts NULL.  Not from the callback. */
void bus_subscriber_free(struct bus_subscriber *s);

#endif
