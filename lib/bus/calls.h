#ifndef BUS_CALLS_H
#define BUS_CALLS_H

#include <pthread.h>
#include <stdatomic.h>

#include "bus/client.h"
#include "bus/sock.h"

/*
 * The insides of a client: client.c has the thread and its sockets, calls.c
 * the table of calls that other threads fill.  Private to the library.
 *
 * A call goes from FREE to SUBMITTED (in the list that callers append to), to
 * WAITING (taken by the thread, no endpoint yet), to SENT, to FREE.  Callers
 * touch calls under the lock only while FREE or SUBMITTED; afterwards they are the
 * thread's.
 */
enum call_state { CALL_FREE, CALL_SUBMITTED, CALL_WAITING, CALL_SENT };

struct call {
	atomic_int state;       /* enum call_state; scans look at any slot */
	uint32_t generation;    /* makes ids of reused slots differ */
	uint16_t type;
	unsigned flags;
	int endpoint;           /* last sent to, or -1 */
	int attempts;
	int64_t deadline_ms;
	int64_t connect_ms;     /* gives up waiting for a connection */
	size_t bytes;
	zmq_msg_t payload;
	void (*done)(void *arg, const struct bus_answer *a);
	void *arg;
	uint32_t next;          /* index + 1 in the list it is in */
};

struct endpoint {
	const char *name;
	void *sock;
	void *monitor;
	bool connected;
	size_t outstanding;
	int64_t avoid_until_ms;
	const char *trouble;    /* why it is not connected, if known */
};

struct bus_client {
	struct bus_client_options o;
	char names[BUS_ENDPOINTS_MAX][SOCK_ENDPOINT_MAX];
	struct endpoint endpoints[BUS_ENDPOINTS_MAX];
	size_t nendpoints;
	void *ctx;
	int wake_fd;
	pthread_t thread;
	bool running;

	pthread_mutex_t lock;   /* guards the next group */
	pthread_cond_t connected_cond;
	struct call *calls;     /* max_calls of them; array never moves */
	uint32_t free_head, submitted_head, submitted_tail;
	size_t nused;           /* slots ever used */
	size_t outstanding, outstanding_bytes;
	size_t connected;
	bool stop;

	uint32_t waiting_head, waiting_tail;    /* the thread's own */
	int64_t next_deadline_ms;               /* of any call; may be early */

	atomic_uint_fast64_t ncalls, nfailed, ntimeouts, nretries,
	    ndisconnects, nmalformed;
};

/* The call of an id that is SENT, or NULL. */
struct call *calls_find(struct bus_client *c, uint64_t id) CC_NONNULL(1);
uint64_t calls_id(const struct bus_client *c, const struct call *k)
    CC_NONNULL(1, 2);

/* Moves what callers submitted behind the waiting calls; true on stop. */
bool calls_collect(struct bus_client *c) CC_NONNULL(1);

/* Appends a call to the waiting list. */
void calls_wait(struct bus_client *c, struct call *k) CC_NONNULL(1, 2);

/* Frees the slot of a call that is in no list, then runs its callback. */
void calls_finish(struct bus_client *c, struct call *k,
    const struct bus_answer *a) CC_NONNULL(1, 2, 3);

/* calls_finish with ERR_AGAIN and the reason. */
void calls_fail(struct bus_client *c, struct call *k, bool maybe_done,
    const char *text) CC_NONNULL(1, 2, 4);

/* The client whose thread this is, if any: bus_call would wait for itself. */
extern _Thread_local const struct bus_client *calls_own_client;

#endif
