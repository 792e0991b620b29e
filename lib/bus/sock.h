#ifndef BUS_SOCK_H
#define BUS_SOCK_H

/*
 * What the files of lib/bus share: the envelope, socket options, the guard at
 * tcp doors and the wake-up descriptor.  Private to the library: nobody else
 * includes zmq.h.
 *
 * On the wire a message is [routing id,] head, payload.  The head:
 *	u8 version, u8 kind, be16 type or status, be64 id
 *	and for news be64 publisher.
 */
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <zmq.h>

#include "base/buf.h"
#include "base/cc.h"
#include "base/err.h"
#include "base/str.h"
#include "bus/keys.h"
#include "bus/server.h"

enum {
	SOCK_VERSION = 1,
	SOCK_HEAD_MAX = 20,
	SOCK_ENDPOINT_MAX = 256,
	SOCK_DEFAULT_MESSAGE = 64 << 20,
	SOCK_DEFAULT_BYTES = 256 << 20,
	SOCK_DEFAULT_COUNT = 4096
};

enum sock_kind {
	SOCK_REQUEST = 1,
	SOCK_ANSWER,
	SOCK_BUSY,
	SOCK_NEWS
};

struct sock_head {
	uint8_t kind;
	uint16_t word;          /* type or status */
	uint64_t id;            /* of the request, or sequence of the news */
	uint64_t publisher;     /* news only */
};

/* Makes a message part of the head. */
void sock_head_put(zmq_msg_t *m, const struct sock_head *h) CC_NONNULL(1, 2);

/* False if the part is not a head of our version of that kind of length. */
bool sock_head_get(zmq_msg_t *m, struct sock_head *h) CC_CHECK CC_NONNULL(1, 2);

/* A message part with a copy of the bytes, or with the buffer's memory. */
void sock_msg_copy(zmq_msg_t *m, struct str s) CC_NONNULL(1);
void sock_msg_take(zmq_msg_t *m, struct buf *take) CC_NONNULL(1, 2);

/* The bytes of a part, borrowed. */
struct str sock_msg_str(zmq_msg_t *m) CC_NONNULL(1);

/*
 * Receives one whole message of exactly n parts without blocking.  1: parts
 * are set and the caller closes them; 0: there is none; -1: one was there
 * with another number of parts, and was dropped.
 */
int sock_recv(void *sock, zmq_msg_t *parts, int n) CC_CHECK CC_NONNULL(1, 2);

/* Sends n parts without blocking and consumes them either way; false when
 * nothing was sent. */
bool sock_send(void *sock, zmq_msg_t *parts, int n) CC_CHECK CC_NONNULL(1, 2);

/* Sets an integer option that cannot fail. */
void sock_set_int(void *sock, int option, int value) CC_NONNULL(1);

/* Options common to all sockets: linger, limits, reconnection, IPv6. */
void sock_tune(void *sock, size_t max_message_bytes, int hwm) CC_NONNULL(1);

/* Makes later tcp connections of a client use the cluster key, if any. */
void sock_secure_client(void *sock, const struct bus_keys *k) CC_NONNULL(1);

/*
 * Checks and binds all endpoints, ipc before tcp since the key options apply
 * to what is bound after them.  Writes the endpoints as bound into out.
 */
int sock_bind_all(void *sock, const char *const *endpoints,
    const struct bus_keys *keys, bool allow_plain,
    char (*out)[SOCK_ENDPOINT_MAX], struct err *e) CC_CHECK
    CC_NONNULL(1, 2, 5, 6);

/* Checks all endpoints of a client or server; ERR_INVALID when none. */
int sock_check_all(const char *const *endpoints, const struct bus_keys *keys,
    bool allow_plain, struct err *e) CC_CHECK CC_NONNULL(1, 4);

/* A context with one I/O thread that does not hang at its end. */
void *sock_context(struct err *e) CC_CHECK CC_NONNULL(1);

/*
 * The guard: answers libzmq's questions about clients of this context and
 * admits those that hold the cluster key.  Start before binding.
 */
struct sock_guard {
	void *sock;
	int stop_fd;
	uint8_t key[32];
	pthread_t thread;
	bool running;
};

int sock_guard_start(struct sock_guard *g, void *ctx, const struct bus_keys *k,
    struct err *e) CC_CHECK CC_NONNULL(1, 2, 3, 4);
void sock_guard_stop(struct sock_guard *g) CC_NONNULL(1);

/* An eventfd: wake makes it readable, clear empties it. */
int sock_wake_new(void) CC_CHECK;
void sock_wake(int fd);
void sock_wake_clear(int fd);

#endif
