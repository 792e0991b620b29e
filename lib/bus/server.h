#ifndef BUS_SERVER_H
#define BUS_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/cc.h"
#include "base/err.h"
#include "base/str.h"
#include "bus/keys.h"

/*
 * Answers requests that bus clients send over ipc or tcp.
 *
 *	static void
 *	handle(void *arg, struct bus_request *q)
 *	{
 *		if (bus_request_type(q) != TYPE_ECHO)
 *			bus_reply(q, STATUS_UNKNOWN, STR_NULL);
 *		else
 *			bus_reply(q, 0, bus_request_payload(q));
 *	}
 *
 *	struct bus_server_options o = {
 *		.endpoints = { "ipc:///run/weir/store" }, .handle = handle,
 *	};
 *	struct bus_server *s = bus_server_new(&o, &e);
 *	…
 *	bus_server_drain(s, 5000);
 *	bus_server_free(s);
 *
 * The handler runs on the server's one thread: it may answer at once, or keep
 * the request and answer it later from any thread.  Each request is answered
 * exactly once; bus_reply consumes it.
 *
 * A request delivered here may have been sent before (a client that saw its
 * connection die retries what it marked idempotent): the bus never holds the
 * only copy of anything and promises no exactly-once.
 *
 * Memory: requests held at once are limited in number and bytes; beyond that
 * the sender gets "busy" (ERR_AGAIN at its side) without the handler seeing
 * anything.  A reply to a client that stopped reading is dropped, as is a
 * reply to one that left.  Frames that are not ours are counted and dropped.
 * Threads: one internal thread (two with keys); bus_server_new, _drain and
 * _free from one thread, bus_reply from any.
 */
enum { BUS_ENDPOINTS_MAX = 16 };

struct bus_server;
struct bus_request;

struct bus_server_options {
	const char *endpoints[BUS_ENDPOINTS_MAX + 1]; /* NULL-terminated */
	const struct bus_keys *keys;    /* needed for tcp; copied */
	bool allow_plain;               /* tcp on loopback without keys */
	size_t max_message_bytes;       /* per request; 0: 64 MiB */
	size_t max_requests;            /* held at once; 0: 4096 */
	size_t max_bytes;               /* of those; 0: 256 MiB */
	int hwm;                        /* messages queued a peer; 0: 4096 */
	void (*handle)(void *arg, struct bus_request *q);
	void *arg;
};

struct bus_server_stats {
	uint64_t requests;      /* given to the handler */
	uint64_t busy;          /* refused: too many held, or draining */
	uint64_t malformed;     /* dropped: not our envelope */
	uint64_t undelivered;   /* replies whose client was gone or stuck */
	size_t held;            /* now with the handler's side */
	size_t held_bytes;
};

/* NULL and *e on failure (ERR_INVALID, ERR_DENIED, ERR_IO, ERR_EXISTS when
 * the address is in use). */
struct bus_server *bus_server_new(const struct bus_server_options *o,
    struct err *e) CC_CHECK CC_NONNULL(1, 2);

/* The i-th endpoint as bound: tcp://127.0.0.1:* shows its port.  Borrowed
 * until free; NULL past the end. */
const char *bus_server_endpoint(const struct bus_server *s, size_t i)
    CC_NONNULL(1);

/*
 * From now on new requests get "busy"; waits until all held requests are
 * answered, or timeout_ms.  True if all were.  bus_server_free then gives the
 * answers up to a second to reach their peers.
 */
bool bus_server_drain(struct bus_server *s, int64_t timeout_ms) CC_NONNULL(1);

/* Stops the thread and closes the sockets.  Requests still held may be
 * answered afterwards; the answers go nowhere.  Accepts NULL. */
void bus_server_free(struct bus_server *s);

void bus_server_stats(const struct bus_server *s, struct bus_server_stats *st)
    CC_NONNULL(1, 2);

uint16_t bus_request_type(const struct bus_request *q) CC_NONNULL(1);

/* Borrowed until the request is answered. */
struct str bus_request_payload(const struct bus_request *q) CC_NONNULL(1);

/* Answers and consumes q.  The payload is copied (it may be q's own). */
void bus_reply(struct bus_request *q, uint16_t status, struct str payload)
    CC_NONNULL(1);

/* As bus_reply, and takes the buffer's memory without a copy, leaving it
 * empty. */
void bus_reply_buf(struct bus_request *q, uint16_t status, struct buf *take)
    CC_NONNULL(1, 3);

#endif
