#ifndef BUS_CLIENT_H
#define BUS_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/cc.h"
#include "base/err.h"
#include "base/str.h"
#include "bus/keys.h"
#include "bus/server.h"

/*
 * Sends requests to one or more bus servers that can do the same work.
 *
 *	struct bus_client_options o = {
 *		.endpoints = { "ipc:///run/weir/store" },
 *	};
 *	struct bus_client *c = bus_client_new(&o, &e);
 *	struct buf answer;
 *	uint16_t status;
 *
 *	buf_init(&answer, 1 << 20);
 *	if (bus_call(c, TYPE_ECHO, STR("hi"), 1000, 0, &status, &answer, &e))
 *		…
 *	bus_client_free(c);
 *
 * A call ends in exactly one callback, on the client's own thread: with the
 * server's status and payload, or with ERR_AGAIN when it timed out, the
 * connection died, no server could be reached, or the server was busy.
 * `maybe_done` then says whether the server may have seen it.
 *
 * Choice: the connected endpoint with the fewest calls outstanding; one that
 * let a call time out is avoided for a second.  With no endpoint connected a
 * call waits for one, connect_wait_ms at most.  A call marked BUS_IDEMPOTENT
 * whose connection died or whose server was busy goes to another endpoint
 * while its time lasts.
 *
 * Connections are made and remade in the background, so that clients may
 * start before servers.  Nothing queues up for a dead peer.
 * Memory: calls outstanding are limited in number and bytes.  An answer longer
 * than max_message_bytes ends the connection, and with it the calls on it: set
 * it no lower than what the server may say.
 * Threads: one internal thread; all calls from any thread, but bus_call never
 * from a callback (it would wait for itself).
 */
struct bus_client;

struct bus_client_options {
	const char *endpoints[BUS_ENDPOINTS_MAX + 1]; /* NULL-terminated */
	const struct bus_keys *keys;    /* needed for tcp; copied */
	bool allow_plain;               /* tcp on loopback without keys */
	size_t max_message_bytes;       /* per answer; 0: 64 MiB */
	size_t max_calls;               /* outstanding; 0: 4096 */
	size_t max_bytes;               /* of their payloads; 0: 256 MiB */
	int64_t connect_wait_ms;        /* 0: 1000; negative: do not wait */
};

enum bus_call_flag {
	BUS_IDEMPOTENT = 1      /* may be sent again to another endpoint */
};

struct bus_answer {
	int code;               /* 0, or ERR_AGAIN */
	uint16_t status;        /* the server's word, when code is 0 */
	struct str payload;     /* borrowed for the callback */
	bool maybe_done;        /* code != 0: the server may have acted */
	const char *text;       /* code != 0: why, in words; borrowed */
};

struct bus_client_stats {
	uint64_t calls;
	uint64_t failed;        /* ended in ERR_AGAIN */
	uint64_t timeouts;      /* of those */
	uint64_t retries;
	uint64_t disconnects;
	uint64_t malformed;     /* answers dropped */
	size_t outstanding;
	size_t connected;       /* endpoints */
};

struct bus_client *bus_client_new(const struct bus_client_options *o,
    struct err *e) CC_CHECK CC_NONNULL(1, 2);

/* Ends outstanding calls (callbacks with ERR_AGAIN) and the thread; no call
 * may be made from other threads any more.  Accepts NULL. */
void bus_client_free(struct bus_client *c);

/* Endpoints with a live connection now. */
size_t bus_client_connected(struct bus_client *c) CC_NONNULL(1);

/* Waits until at least one endpoint is connected; false after timeout_ms. */
bool bus_client_wait(struct bus_client *c, int64_t timeout_ms) CC_NONNULL(1);

void bus_client_stats(struct bus_client *c, struct bus_client_stats *st)
    CC_NONNULL(1, 2);

/*
 * Starts a call; the payload is copied.  ERR_AGAIN when too many calls or
 * bytes are outstanding (the callback is then never called), ERR_LIMIT when
 * the payload alone is past max_message_bytes.  The callback may start other
 * calls.
 */
int bus_call_async(struct bus_client *c, uint16_t type, struct str payload,
    int64_t timeout_ms, unsigned flags,
    void (*done)(void *arg, const struct bus_answer *a), void *arg,
    struct err *e) CC_CHECK CC_NONNULL(1, 6, 8);

/* As bus_call_async, and takes the buffer's memory without a copy, leaving it
 * empty; on error the buffer is untouched. */
int bus_call_async_buf(struct bus_client *c, uint16_t type, struct buf *take,
    int64_t timeout_ms, unsigned flags,
    void (*done)(void *arg, const struct bus_answer *a), void *arg,
    struct err *e) CC_CHECK CC_NONNULL(1, 3, 6, 8);

/*
 * Calls and waits.  0 with *status set and the answer appended to *answer, or
 * ERR_AGAIN, or ERR_LIMIT when the answer does not fit in the buffer.
 */
int bus_call(struct bus_client *c, uint16_t type, struct str payload,
    int64_t timeout_ms, unsigned flags, uint16_t *status, struct buf *answer,
    struct err *e) CC_CHECK CC_NONNULL(1, 6, 7, 8);

#endif
