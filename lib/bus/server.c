#include "bus/server.h"

#include <assert.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "bus/sock.h"

enum {
	REQUEST_MAGIC = 0x42515231,
	BATCH = 256,            /* messages read before replies are sent */
	DRAIN_STEP_MS = 5
};

struct bus_request {
	uint32_t magic;
	uint16_t type;
	uint16_t status;
	uint64_t id;
	struct bus_server *server;
	size_t bytes;
	zmq_msg_t peer;
	zmq_msg_t payload;      /* of the request, then of the answer */
	struct bus_request *next;
};

struct bus_server {
	struct bus_server_options o;
	char bound[BUS_ENDPOINTS_MAX][SOCK_ENDPOINT_MAX];
	size_t nbound;
	void *ctx;
	void *router;
	struct sock_guard guard;
	int wake_fd;
	pthread_t thread;
	bool running;

	pthread_mutex_t lock;   /* guards the next four */
	struct bus_request *replies, **replies_end;
	bool stop;
	bool dead;

	atomic_bool draining;
	atomic_size_t refs;     /* one for the owner, one a request */
	atomic_size_t held, held_bytes;
	atomic_uint_fast64_t requests, busy, malformed, undelivered;
};

/* The server whose thread this is, if any. */
static _Thread_local const struct bus_server *own_server;

static void
server_unref(struct bus_server *s)
{
	if (atomic_fetch_sub(&s->refs, 1) > 1)
		return;
	pthread_mutex_destroy(&s->lock);
	free(s);
}

static void
request_free(struct bus_request *q)
{
	struct bus_server *s = q->server;

	atomic_fetch_sub(&s->held, 1);
	atomic_fetch_sub(&s->held_bytes, q->bytes);
	zmq_msg_close(&q->peer);
	zmq_msg_close(&q->payload);
	q->magic = 0;
	free(q);
	server_unref(s);
}

/* Logs the first, second, fourth, eighth … time. */
static void
note_malformed(struct bus_server *s)
{
	uint64_t n = atomic_fetch_add(&s->malformed, 1) + 1;

	if ((n & (n - 1)) == 0)
		log_warn("bus-malformed", "endpoint=%s total=%llu",
		    s->bound[0], (unsigned long long)n);
}

static bool
is_full(struct bus_server *s, size_t bytes)
{
	return atomic_load(&s->draining) ||
	    atomic_load(&s->held) >= s->o.max_requests ||
	    atomic_load(&s->held_bytes) + bytes > s->o.max_bytes;
}

static void
send_busy(struct bus_server *s, zmq_msg_t *peer, uint64_t id)
{
	struct sock_head h = { SOCK_BUSY, 0, id, 0 };
	zmq_msg_t parts[3];

	atomic_fetch_add(&s->busy, 1);
	zmq_msg_init(&parts[0]);
	zmq_msg_move(&parts[0], peer);
	sock_head_put(&parts[1], &h);
	zmq_msg_init(&parts[2]);
	if (!sock_send(s->router, parts, 3))
		atomic_fetch_add(&s->undelivered, 1);
}

/* Consumes the parts of one request. */
static void
take_request(struct bus_server *s, zmq_msg_t *parts)
{
	struct sock_head h;
	struct bus_request *q;
	size_t bytes = zmq_msg_size(&parts[2]);

	if (!sock_head_get(&parts[1], &h) || h.kind != SOCK_REQUEST) {
		note_malformed(s);
	} else if (is_full(s, bytes)) {
		send_busy(s, &parts[0], h.id);
	} else {
		q = mem_zalloc(1, sizeof(*q));
		q->magic = REQUEST_MAGIC;
		q->type = h.word;
		q->id = h.id;
		q->server = s;
		q->bytes = bytes;
		zmq_msg_init(&q->peer);
		zmq_msg_move(&q->peer, &parts[0]);
		zmq_msg_init(&q->payload);
		zmq_msg_move(&q->payload, &parts[2]);
		atomic_fetch_add(&s->refs, 1);
		atomic_fetch_add(&s->held, 1);
		atomic_fetch_add(&s->held_bytes, bytes);
		atomic_fetch_add(&s->requests, 1);
		s->o.handle(s->o.arg, q);
	}
	for (int i = 0; i < 3; i++)
		zmq_msg_close(&parts[i]);
}

static void
take_requests(struct bus_server *s)
{
	for (int i = 0; i < BATCH; i++) {
		zmq_msg_t parts[3];
		int rc = sock_recv(s->router, parts, 3);

		if (rc == 0)
			return;
		if (rc < 0)
			note_malformed(s);
		else
			take_request(s, parts);
	}
}

static void
send_reply(struct bus_server *s, struct bus_request *q)
{
	struct sock_head h = { SOCK_ANSWER, q->status, q->id, 0 };
	zmq_msg_t parts[3];

	zmq_msg_init(&parts[0]);
	zmq_msg_move(&parts[0], &q->peer);
	sock_head_put(&parts[1], &h);
	zmq_msg_init(&parts[2]);
	zmq_msg_move(&parts[2], &q->payload);
	if (!sock_send(s->router, parts, 3))
		atomic_fetch_add(&s->undelivered, 1);
}

/* Takes the queue of replies; sets *stop. */
static struct bus_request *
take_replies(struct bus_server *s, bool *stop)
{
	struct bus_request *list;

	pthread_mutex_lock(&s->lock);
	list = s->replies;
	s->replies = NULL;
	s->replies_end = &s->replies;
	*stop = s->stop;
	pthread_mutex_unlock(&s->lock);
	return list;
}

static bool
send_replies(struct bus_server *s)
{
	bool stop;
	struct bus_request *q = take_replies(s, &stop);

	while (q) {
		struct bus_request *next = q->next;

		send_reply(s, q);
		request_free(q);
		q = next;
	}
	return !stop;
}

static void *
server_main(void *arg)
{
	struct bus_server *s = arg;
	zmq_pollitem_t items[] = {
		{ s->router, 0, ZMQ_POLLIN, 0 },
		{ NULL, s->wake_fd, ZMQ_POLLIN, 0 }
	};

	own_server = s;
	do {
		if (zmq_poll(items, 2, -1) < 0 && errno != EINTR)
			BUG("zmq_poll: %s", zmq_strerror(errno));
		if (items[1].revents)
			sock_wake_clear(s->wake_fd);
		if (items[0].revents)
			take_requests(s);
	} while (send_replies(s));
	return NULL;
}

static int
server_open(struct bus_server *s, struct err *e)
{
	s->ctx = sock_context(e);
	if (!s->ctx)
		return e->code;
	if (s->o.keys && sock_guard_start(&s->guard, s->ctx, s->o.keys, e))
		return e->code;
	s->router = zmq_socket(s->ctx, ZMQ_ROUTER);
	if (!s->router)
		return err_set(e, ERR_IO, "bus: socket: %s",
		    zmq_strerror(errno));
	sock_tune(s->router, s->o.max_message_bytes, s->o.hwm);
	sock_set_int(s->router, ZMQ_ROUTER_MANDATORY, 1);
	if (sock_bind_all(s->router, s->o.endpoints, s->o.keys,
	    s->o.allow_plain, s->bound, e))
		return e->code;
	while (s->o.endpoints[s->nbound])
		s->nbound++;
	if (pthread_create(&s->thread, NULL, server_main, s))
		BUG("pthread_create");
	s->running = true;
	return 0;
}

struct bus_server *
bus_server_new(const struct bus_server_options *o, struct err *e)
{
	struct bus_server *s;

	assert(o->handle);
	if (sock_check_all(o->endpoints, o->keys, o->allow_plain, e))
		return NULL;
	s = mem_zalloc(1, sizeof(*s));
	s->o = *o;
	if (!s->o.max_message_bytes)
		s->o.max_message_bytes = SOCK_DEFAULT_MESSAGE;
	if (!s->o.max_requests)
		s->o.max_requests = SOCK_DEFAULT_COUNT;
	if (!s->o.max_bytes)
		s->o.max_bytes = SOCK_DEFAULT_BYTES;
	if (!s->o.hwm)
		s->o.hwm = SOCK_DEFAULT_COUNT;
	s->replies_end = &s->replies;
	s->wake_fd = sock_wake_new();
	atomic_store(&s->refs, 1);
	pthread_mutex_init(&s->lock, NULL);
	if (server_open(s, e)) {
		bus_server_free(s);
		return NULL;
	}
	/* The keys were used above and are the caller's to wipe. */
	s->o.keys = NULL;
	return s;
}

const char *
bus_server_endpoint(const struct bus_server *s, size_t i)
{
	return i < s->nbound ? s->bound[i] : NULL;
}

bool
bus_server_drain(struct bus_server *s, int64_t timeout_ms)
{
	int64_t end = clock_mono_ms() + timeout_ms;

	atomic_store(&s->draining, true);
	while (atomic_load(&s->held)) {
		if (clock_mono_ms() >= end)
			return false;
		clock_sleep_ms(DRAIN_STEP_MS);
	}
	return true;
}

void
bus_server_free(struct bus_server *s)
{
	struct bus_request *q;
	bool stop;

	if (!s)
		return;
	pthread_mutex_lock(&s->lock);
	s->stop = true;
	pthread_mutex_unlock(&s->lock);
	sock_wake(s->wake_fd);
	if (s->running)
		pthread_join(s->thread, NULL);
	pthread_mutex_lock(&s->lock);
	s->dead = true;
	pthread_mutex_unlock(&s->lock);
	q = take_replies(s, &stop);
	while (q) {
		struct bus_request *next = q->next;

		request_free(q);
		q = next;
	}
	/* The guard must be there for handshakes until the door is closed. */
	if (s->router)
		zmq_close(s->router);
	sock_guard_stop(&s->guard);
	if (s->ctx)
		zmq_ctx_term(s->ctx);
	close(s->wake_fd);
	server_unref(s);
}

void
bus_server_stats(const struct bus_server *s, struct bus_server_stats *st)
{
	*st = (struct bus_server_stats){
		.requests = atomic_load(&s->requests),
		.busy = atomic_load(&s->busy),
		.malformed = atomic_load(&s->malformed),
		.undelivered = atomic_load(&s->undelivered),
		.held = atomic_load(&s->held),
		.held_bytes = atomic_load(&s->held_bytes),
	};
}

static void
check_request(const struct bus_request *q)
{
	if (q->magic != REQUEST_MAGIC)
		BUG("not a bus request (answered twice?)");
}

uint16_t
bus_request_type(const struct bus_request *q)
{
	check_request(q);
	return q->type;
}

/* zmq_msg_data wants a pointer to what is not const, and changes nothing. */
static struct str
part_str(const zmq_msg_t *m)
{
	union {
		const zmq_msg_t *in;
		zmq_msg_t *out;
	} u = { m };

	return sock_msg_str(u.out);
}

struct str
bus_request_payload(const struct bus_request *q)
{
	check_request(q);
	return part_str(&q->payload);
}

/* Queues the answer, now in q->payload, and wakes the server's thread. */
static void
enqueue(struct bus_request *q)
{
	struct bus_server *s = q->server;
	bool wake;

	q->next = NULL;
	pthread_mutex_lock(&s->lock);
	if (s->dead) {
		pthread_mutex_unlock(&s->lock);
		request_free(q);
		return;
	}
	/* A queue that is not empty has been announced already; the server's
	 * own thread looks at it before it sleeps. */
	wake = !s->replies && own_server != s;
	*s->replies_end = q;
	s->replies_end = &q->next;
	if (wake)
		sock_wake(s->wake_fd);
	pthread_mutex_unlock(&s->lock);
}

void
bus_reply(struct bus_request *q, uint16_t status, struct str payload)
{
	zmq_msg_t m;

	check_request(q);
	sock_msg_copy(&m, payload);
	zmq_msg_move(&q->payload, &m);
	zmq_msg_close(&m);
	q->status = status;
	q->magic = 0;
	enqueue(q);
}

void
bus_reply_buf(struct bus_request *q, uint16_t status, struct buf *take)
{
	zmq_msg_t m;

	check_request(q);
	sock_msg_take(&m, take);
	zmq_msg_move(&q->payload, &m);
	zmq_msg_close(&m);
	q->status = status;
	q->magic = 0;
	enqueue(q);
}
