#include "bus/client.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/cond.h"
#include "base/log.h"
#include "base/mem.h"
#include "bus/calls.h"

enum {
	BATCH = 256,
	ATTEMPTS_MAX = 5,
	AVOID_MS = 1000,        /* after a timeout */
	RETRY_SEND_MS = 5,
	CONNECT_WAIT_MS = 1000,
	MONITORED = ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_DISCONNECTED |
	    ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL |
	    ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL |
	    ZMQ_EVENT_HANDSHAKE_FAILED_AUTH
};

static void
set_connected(struct bus_client *c, struct endpoint *p, bool connected)
{
	if (p->connected == connected)
		return;
	p->connected = connected;
	pthread_mutex_lock(&c->lock);
	c->connected += connected ? 1 : (size_t)-1;
	pthread_cond_broadcast(&c->connected_cond);
	pthread_mutex_unlock(&c->lock);
}

/* The endpoint for the next call, or NULL: see the header. */
static struct endpoint *
choose(struct bus_client *c, const struct call *k, int64_t now)
{
	struct endpoint *best = NULL;
	bool best_good = false;

	for (size_t i = 0; i < c->nendpoints; i++) {
		struct endpoint *p = &c->endpoints[i];
		bool good = p->avoid_until_ms <= now && k->endpoint != (int)i;

		if (!p->connected)
			continue;
		if (!best || good > best_good || (good == best_good &&
		    p->outstanding < best->outstanding)) {
			best = p;
			best_good = good;
		}
	}
	return best;
}

/* False when the call could not be sent now. */
static bool
send_call(struct bus_client *c, struct call *k, int64_t now)
{
	struct endpoint *p = choose(c, k, now);
	struct sock_head h = { SOCK_REQUEST, k->type, 0, 0 };
	zmq_msg_t parts[2];

	if (!p)
		return false;
	h.id = calls_id(c, k);
	sock_head_put(&parts[0], &h);
	zmq_msg_init(&parts[1]);
	zmq_msg_copy(&parts[1], &k->payload);
	if (!sock_send(p->sock, parts, 2))
		return false;
	if (!(k->flags & BUS_IDEMPOTENT)) {
		/* It will not be sent again: let libzmq free it. */
		zmq_msg_close(&k->payload);
		zmq_msg_init(&k->payload);
	}
	k->state = CALL_SENT;
	k->endpoint = (int)(p - c->endpoints);
	k->attempts++;
	p->outstanding++;
	c->next_deadline_ms = MIN_OF(c->next_deadline_ms, k->deadline_ms);
	return true;
}

static void
send_waiting(struct bus_client *c)
{
	int64_t now = clock_mono_ms();

	while (c->waiting_head) {
		struct call *k = &c->calls[c->waiting_head - 1];
		uint32_t next = k->next;

		if (!send_call(c, k, now))
			return;
		c->waiting_head = next;
		if (!next)
			c->waiting_tail = 0;
	}
}

/* A call that is SENT goes back to the waiting list, if it may. */
static bool
try_again(struct bus_client *c, struct call *k)
{
	int64_t now = clock_mono_ms();

	if (!(k->flags & BUS_IDEMPOTENT) || k->attempts >= ATTEMPTS_MAX ||
	    k->deadline_ms <= now)
		return false;
	c->endpoints[k->endpoint].outstanding--;
	k->connect_ms = now + MAX_OF(c->o.connect_wait_ms, 0);
	atomic_fetch_add(&c->nretries, 1);
	calls_wait(c, k);
	return true;
}

static void
take_answer(struct bus_client *c, zmq_msg_t *parts)
{
	struct bus_answer a = { 0 };
	struct sock_head h;
	struct call *k;

	if (!sock_head_get(&parts[0], &h) ||
	    (h.kind != SOCK_ANSWER && h.kind != SOCK_BUSY)) {
		atomic_fetch_add(&c->nmalformed, 1);
		return;
	}
	/* None: it timed out, and this is the late answer. */
	k = calls_find(c, h.id);
	if (!k)
		return;
	if (h.kind == SOCK_BUSY) {
		if (c->connected < 2 || !try_again(c, k))
			calls_fail(c, k, false, "the server is busy");
		return;
	}
	a.status = h.word;
	a.payload = sock_msg_str(&parts[1]);
	calls_finish(c, k, &a);
}

/* True when there may be more. */
static bool
take_answers(struct bus_client *c, struct endpoint *p)
{
	for (int i = 0; i < BATCH; i++) {
		zmq_msg_t parts[2];
		int rc = sock_recv(p->sock, parts, 2);

		if (rc == 0)
			return false;
		if (rc < 0) {
			atomic_fetch_add(&c->nmalformed, 1);
			continue;
		}
		take_answer(c, parts);
		zmq_msg_close(&parts[0]);
		zmq_msg_close(&parts[1]);
	}
	return true;
}

/* Answers that came before the end still count; then the rest fails. */
static void
lose_endpoint(struct bus_client *c, struct endpoint *p)
{
	int index = (int)(p - c->endpoints);

	atomic_fetch_add(&c->ndisconnects, 1);
	log_info("bus-disconnected", "endpoint=%s outstanding=%zu", p->name,
	    p->outstanding);
	set_connected(c, p, false);
	while (take_answers(c, p))
		continue;
	for (size_t i = 0; p->outstanding && i < c->o.max_calls; i++) {
		struct call *k = &c->calls[i];

		if (k->state == CALL_SENT && k->endpoint == index &&
		    !try_again(c, k))
			calls_fail(c, k, true, "the connection was lost");
	}
}

static void
take_event(struct bus_client *c, struct endpoint *p, unsigned event)
{
	switch (event) {
	case ZMQ_EVENT_HANDSHAKE_SUCCEEDED:
		log_debug("bus-connected", "endpoint=%s", p->name);
		p->trouble = NULL;
		p->avoid_until_ms = 0;
		set_connected(c, p, true);
		break;
	case ZMQ_EVENT_DISCONNECTED:
		if (p->connected)
			lose_endpoint(c, p);
		else if (!p->trouble)
			p->trouble = "the server hung up during the "
			    "handshake (another cluster key?)";
		break;
	case ZMQ_EVENT_HANDSHAKE_FAILED_AUTH:
		p->trouble = "the server refused our cluster key";
		break;
	default:
		p->trouble = "the handshake failed (another cluster key, or "
		    "not a weir process?)";
		break;
	}
}

static void
take_events(struct bus_client *c, struct endpoint *p)
{
	zmq_msg_t parts[2];

	/* Part one: u16 event and u32 value in the machine's byte order. */
	while (sock_recv(p->monitor, parts, 2) == 1) {
		uint16_t event;

		memcpy(&event, zmq_msg_data(&parts[0]), sizeof(event));
		zmq_msg_close(&parts[0]);
		zmq_msg_close(&parts[1]);
		take_event(c, p, event);
	}
}

static const char *
trouble_text(struct bus_client *c)
{
	for (size_t i = 0; i < c->nendpoints; i++)
		if (c->endpoints[i].trouble)
			return c->endpoints[i].trouble;
	return "no server could be reached";
}

static void
expire_sent(struct bus_client *c, int64_t now)
{
	for (size_t i = 0; i < c->o.max_calls; i++) {
		struct call *k = &c->calls[i];

		if (k->state != CALL_SENT)
			continue;
		if (k->deadline_ms > now) {
			c->next_deadline_ms = MIN_OF(c->next_deadline_ms,
			    k->deadline_ms);
			continue;
		}
		c->endpoints[k->endpoint].avoid_until_ms = now + AVOID_MS;
		atomic_fetch_add(&c->ntimeouts, 1);
		calls_fail(c, k, true, "no answer in time");
	}
}

static void
expire_waiting(struct bus_client *c, int64_t now)
{
	uint32_t link = c->waiting_head;

	c->waiting_head = 0;
	c->waiting_tail = 0;
	while (link) {
		struct call *k = &c->calls[link - 1];

		link = k->next;
		if (k->deadline_ms <= now) {
			atomic_fetch_add(&c->ntimeouts, 1);
			calls_fail(c, k, k->attempts > 0,
			    "no server took it in time");
		} else if (k->connect_ms <= now && !c->connected) {
			calls_fail(c, k, k->attempts > 0, trouble_text(c));
		} else {
			if (c->connected)
				k->connect_ms = k->deadline_ms;
			calls_wait(c, k);
		}
	}
}

static int
poll_timeout(struct bus_client *c)
{
	int64_t left;

	if (c->waiting_head && c->connected)
		return RETRY_SEND_MS;
	if (c->next_deadline_ms == INT64_MAX)
		return -1;
	left = c->next_deadline_ms - clock_mono_ms();
	return (int)MAX_OF(0, MIN_OF(left, 60000));
}

/* c->connected is written by this thread only, so it reads it unlocked. */
static void
client_step(struct bus_client *c, zmq_pollitem_t *items)
{
	int64_t now;

	if (zmq_poll(items, (int)(1 + 2 * c->nendpoints), poll_timeout(c)) < 0
	    && errno != EINTR)
		BUG("zmq_poll: %s", zmq_strerror(errno));
	if (items[0].revents)
		sock_wake_clear(c->wake_fd);
	for (size_t i = 0; i < c->nendpoints; i++) {
		if (items[1 + 2 * i].revents)
			take_answers(c, &c->endpoints[i]);
		if (items[2 + 2 * i].revents)
			take_events(c, &c->endpoints[i]);
	}
	now = clock_mono_ms();
	if (now >= c->next_deadline_ms) {
		c->next_deadline_ms = INT64_MAX;
		expire_sent(c, now);
		expire_waiting(c, now);
	}
}

/* Ends every call at shutdown. */
static void
fail_all(struct bus_client *c)
{
	for (size_t i = 0; i < c->o.max_calls; i++) {
		struct call *k = &c->calls[i];

		if (k->state == CALL_SENT || k->state == CALL_WAITING)
			calls_fail(c, k, k->attempts > 0,
			    "this process is shutting down");
	}
}

static void *
client_main(void *arg)
{
	struct bus_client *c = arg;
	zmq_pollitem_t items[1 + 2 * BUS_ENDPOINTS_MAX] = {
		{ NULL, c->wake_fd, ZMQ_POLLIN, 0 }
	};

	calls_own_client = c;
	for (size_t i = 0; i < c->nendpoints; i++) {
		items[1 + 2 * i] = (zmq_pollitem_t){ c->endpoints[i].sock, 0,
		    ZMQ_POLLIN, 0 };
		items[2 + 2 * i] = (zmq_pollitem_t){ c->endpoints[i].monitor,
		    0, ZMQ_POLLIN, 0 };
	}
	while (!calls_collect(c)) {
		send_waiting(c);
		client_step(c, items);
	}
	fail_all(c);
	return NULL;
}

static int
endpoint_open(struct bus_client *c, struct endpoint *p, const char *name,
    struct err *e)
{
	char address[64];
	size_t i = c->nendpoints++;

	snprintf(c->names[i], sizeof(c->names[i]), "%s", name);
	p->name = c->names[i];
	p->sock = zmq_socket(c->ctx, ZMQ_DEALER);
	p->monitor = zmq_socket(c->ctx, ZMQ_PAIR);
	if (!p->sock || !p->monitor)
		return err_set(e, ERR_IO, "bus: socket: %s",
		    zmq_strerror(errno));
	/* Our own limits are in calls and bytes: libzmq's must not bite. */
	sock_tune(p->sock, c->o.max_message_bytes, (int)c->o.max_calls + 1);
	sock_set_int(p->sock, ZMQ_IMMEDIATE, 1);
	sock_set_int(p->monitor, ZMQ_LINGER, 0);
	if (strncmp(name, "tcp://", 6) == 0)
		sock_secure_client(p->sock, c->o.keys);
	snprintf(address, sizeof(address), "inproc://monitor-%zu", i);
	if (zmq_socket_monitor(p->sock, address, MONITORED) ||
	    zmq_connect(p->monitor, address))
		BUG("zmq monitor: %s", zmq_strerror(errno));
	if (zmq_connect(p->sock, name))
		return err_set(e, ERR_INVALID, "connect %s: %s", name,
		    zmq_strerror(errno));
	return 0;
}

static int
client_open(struct bus_client *c, struct err *e)
{
	c->ctx = sock_context(e);
	if (!c->ctx)
		return ERR_IO;
	for (size_t i = 0; c->o.endpoints[i]; i++)
		if (endpoint_open(c, &c->endpoints[i], c->o.endpoints[i], e))
			return e->code;
	if (pthread_create(&c->thread, NULL, client_main, c))
		BUG("pthread_create");
	c->running = true;
	return 0;
}

struct bus_client *
bus_client_new(const struct bus_client_options *o, struct err *e)
{
	struct bus_client *c;

	if (sock_check_all(o->endpoints, o->keys, o->allow_plain, e))
		return NULL;
	assert(o->max_calls <= 1 << 20);
	c = mem_zalloc(1, sizeof(*c));
	c->o = *o;
	if (!c->o.max_message_bytes)
		c->o.max_message_bytes = SOCK_DEFAULT_MESSAGE;
	if (!c->o.max_calls)
		c->o.max_calls = SOCK_DEFAULT_COUNT;
	if (!c->o.max_bytes)
		c->o.max_bytes = SOCK_DEFAULT_BYTES;
	if (!c->o.connect_wait_ms)
		c->o.connect_wait_ms = CONNECT_WAIT_MS;
	c->calls = mem_zalloc(c->o.max_calls, sizeof(*c->calls));
	c->next_deadline_ms = INT64_MAX;
	c->wake_fd = sock_wake_new();
	pthread_mutex_init(&c->lock, NULL);
	cond_init(&c->connected_cond);
	if (client_open(c, e)) {
		bus_client_free(c);
		return NULL;
	}
	c->o.keys = NULL;
	return c;
}

void
bus_client_free(struct bus_client *c)
{
	if (!c)
		return;
	pthread_mutex_lock(&c->lock);
	c->stop = true;
	pthread_mutex_unlock(&c->lock);
	sock_wake(c->wake_fd);
	if (c->running)
		pthread_join(c->thread, NULL);
	for (size_t i = 0; i < c->nendpoints; i++) {
		struct endpoint *p = &c->endpoints[i];

		if (p->sock) {
			zmq_socket_monitor(p->sock, NULL, 0);
			sock_set_int(p->sock, ZMQ_LINGER, 0);
			zmq_close(p->sock);
		}
		if (p->monitor)
			zmq_close(p->monitor);
	}
	if (c->ctx)
		zmq_ctx_term(c->ctx);
	close(c->wake_fd);
	pthread_cond_destroy(&c->connected_cond);
	pthread_mutex_destroy(&c->lock);
	free(c->calls);
	free(c);
}

size_t
bus_client_connected(struct bus_client *c)
{
	size_t n;

	pthread_mutex_lock(&c->lock);
	n = c->connected;
	pthread_mutex_unlock(&c->lock);
	return n;
}

bool
bus_client_wait(struct bus_client *c, int64_t timeout_ms)
{
	int64_t end_ms = clock_mono_ms() + timeout_ms;
	bool up;

	pthread_mutex_lock(&c->lock);
	while (!c->connected &&
	    cond_wait_until(&c->connected_cond, &c->lock, end_ms))
		continue;
	up = c->connected > 0;
	pthread_mutex_unlock(&c->lock);
	return up;
}

void
bus_client_stats(struct bus_client *c, struct bus_client_stats *st)
{
	pthread_mutex_lock(&c->lock);
	st->outstanding = c->outstanding;
	st->connected = c->connected;
	pthread_mutex_unlock(&c->lock);
	st->calls = atomic_load(&c->ncalls);
	st->failed = atomic_load(&c->nfailed);
	st->timeouts = atomic_load(&c->ntimeouts);
	st->retries = atomic_load(&c->nretries);
	st->disconnects = atomic_load(&c->ndisconnects);
	st->malformed = atomic_load(&c->nmalformed);
}
