#include "bus/calls.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"

_Thread_local const struct bus_client *calls_own_client;

static uint32_t
index_of(const struct bus_client *c, const struct call *k)
{
	return (uint32_t)(k - c->calls);
}

uint64_t
calls_id(const struct bus_client *c, const struct call *k)
{
	return (uint64_t)k->generation << 32 | index_of(c, k);
}

struct call *
calls_find(struct bus_client *c, uint64_t id)
{
	uint32_t i = (uint32_t)id;
	struct call *k;

	if (i >= c->o.max_calls)
		return NULL;
	k = &c->calls[i];
	return k->state == CALL_SENT && k->generation == id >> 32 ? k : NULL;
}

static void
append(struct bus_client *c, uint32_t *head, uint32_t *tail, struct call *k)
{
	uint32_t link = index_of(c, k) + 1;

	k->next = 0;
	if (*tail)
		c->calls[*tail - 1].next = link;
	else
		*head = link;
	*tail = link;
}

void
calls_wait(struct bus_client *c, struct call *k)
{
	k->state = CALL_WAITING;
	append(c, &c->waiting_head, &c->waiting_tail, k);
	c->next_deadline_ms = MIN_OF(c->next_deadline_ms,
	    MIN_OF(k->deadline_ms, k->connect_ms));
}

bool
calls_collect(struct bus_client *c)
{
	uint32_t link;
	bool stop;

	pthread_mutex_lock(&c->lock);
	link = c->submitted_head;
	c->submitted_head = 0;
	c->submitted_tail = 0;
	stop = c->stop;
	pthread_mutex_unlock(&c->lock);
	while (link) {
		struct call *k = &c->calls[link - 1];

		link = k->next;
		calls_wait(c, k);
	}
	return stop;
}

void
calls_finish(struct bus_client *c, struct call *k, const struct bus_answer *a)
{
	void (*done)(void *, const struct bus_answer *) = k->done;
	void *arg = k->arg;

	if (k->state == CALL_SENT)
		c->endpoints[k->endpoint].outstanding--;
	zmq_msg_close(&k->payload);
	pthread_mutex_lock(&c->lock);
	c->outstanding--;
	c->outstanding_bytes -= k->bytes;
	k->state = CALL_FREE;
	k->generation++;
	k->next = c->free_head;
	c->free_head = index_of(c, k) + 1;
	pthread_mutex_unlock(&c->lock);
	done(arg, a);
}

void
calls_fail(struct bus_client *c, struct call *k, bool maybe_done,
    const char *text)
{
	struct bus_answer a = {
		.code = ERR_AGAIN, .maybe_done = maybe_done, .text = text,
		.payload = STR(""),
	};

	atomic_fetch_add(&c->nfailed, 1);
	calls_finish(c, k, &a);
}

/* Takes a slot under the lock; NULL with *e when there is no room. */
static struct call *
reserve(struct bus_client *c, size_t bytes, struct err *e)
{
	struct call *k;

	if (c->stop) {
		err_set(e, ERR_AGAIN, "bus: shutting down");
		return NULL;
	}
	if (c->outstanding >= c->o.max_calls ||
	    c->outstanding_bytes + bytes > c->o.max_bytes) {
		err_set(e, ERR_AGAIN, "bus: %zu calls and %zu bytes are "
		    "outstanding already", c->outstanding,
		    c->outstanding_bytes);
		return NULL;
	}
	if (c->free_head) {
		k = &c->calls[c->free_head - 1];
		c->free_head = k->next;
	} else {
		k = &c->calls[c->nused++];
	}
	c->outstanding++;
	c->outstanding_bytes += bytes;
	return k;
}

struct ask {
	uint16_t type;
	unsigned flags;
	int64_t timeout_ms;
	struct str payload;
	struct buf *take;       /* if set, in place of payload */
	void (*done)(void *arg, const struct bus_answer *a);
	void *arg;
};

static int
submit(struct bus_client *c, const struct ask *q, struct err *e)
{
	size_t bytes = q->take ? q->take->n : q->payload.n;
	int64_t now = clock_mono_ms();
	zmq_msg_t copy;
	struct call *k;

	if (bytes > c->o.max_message_bytes)
		return err_set(e, ERR_LIMIT, "bus: payload of %zu bytes, "
		    "limit %zu", bytes, c->o.max_message_bytes);
	if (q->take && q->take->failed)
		return err_set(e, ERR_LIMIT, "bus: payload past %zu bytes",
		    q->take->max);
	if (!q->take)
		sock_msg_copy(&copy, q->payload);
	pthread_mutex_lock(&c->lock);
	k = reserve(c, bytes, e);
	if (!k) {
		pthread_mutex_unlock(&c->lock);
		if (!q->take)
			zmq_msg_close(&copy);
		return e->code;
	}
	if (q->take)
		sock_msg_take(&copy, q->take);
	zmq_msg_init(&k->payload);
	zmq_msg_move(&k->payload, &copy);
	zmq_msg_close(&copy);
	k->state = CALL_SUBMITTED;
	k->type = q->type;
	k->flags = q->flags;
	k->endpoint = -1;
	k->attempts = 0;
	k->deadline_ms = now + q->timeout_ms;
	k->connect_ms = now + MAX_OF(c->o.connect_wait_ms, 0);
	k->bytes = bytes;
	k->done = q->done;
	k->arg = q->arg;
	if (!c->submitted_head && calls_own_client != c)
		sock_wake(c->wake_fd);
	append(c, &c->submitted_head, &c->submitted_tail, k);
	pthread_mutex_unlock(&c->lock);
	atomic_fetch_add(&c->ncalls, 1);
	return 0;
}

int
bus_call_async(struct bus_client *c, uint16_t type, struct str payload,
    int64_t timeout_ms, unsigned flags,
    void (*done)(void *arg, const struct bus_answer *a), void *arg,
    struct err *e)
{
	struct ask q = { type, flags, timeout_ms, payload, NULL, done, arg };

	return submit(c, &q, e);
}

int
bus_call_async_buf(struct bus_client *c, uint16_t type, struct buf *take,
    int64_t timeout_ms, unsigned flags,
    void (*done)(void *arg, const struct bus_answer *a), void *arg,
    struct err *e)
{
	struct ask q = { type, flags, timeout_ms, STR_NULL, take, done, arg };

	return submit(c, &q, e);
}

struct waiter {
	pthread_mutex_t lock;
	pthread_cond_t cond;
	bool over;
	int code;
	uint16_t status;
	struct buf *answer;
	struct err err;
};

static void
wake_waiter(void *arg, const struct bus_answer *a)
{
	struct waiter *w = arg;

	pthread_mutex_lock(&w->lock);
	w->code = a->code;
	w->status = a->status;
	if (a->code) {
		err_set(&w->err, a->code, "bus: %s", a->text);
	} else {
		buf_add_str(w->answer, a->payload);
		if (w->answer->failed)
			w->code = err_set(&w->err, ERR_LIMIT, "bus: answer of "
			    "%zu bytes, room for %zu", a->payload.n,
			    w->answer->max - w->answer->n);
	}
	w->over = true;
	pthread_cond_signal(&w->cond);
	pthread_mutex_unlock(&w->lock);
}

int
bus_call(struct bus_client *c, uint16_t type, struct str payload,
    int64_t timeout_ms, unsigned flags, uint16_t *status, struct buf *answer,
    struct err *e)
{
	struct waiter w = { .answer = answer, .err = ERR_INIT };
	int rc;

	assert(calls_own_client != c);
	pthread_mutex_init(&w.lock, NULL);
	pthread_cond_init(&w.cond, NULL);
	rc = bus_call_async(c, type, payload, timeout_ms, flags, wake_waiter,
	    &w, e);
	if (rc == 0) {
		pthread_mutex_lock(&w.lock);
		while (!w.over)
			pthread_cond_wait(&w.cond, &w.lock);
		pthread_mutex_unlock(&w.lock);
		rc = w.code;
		if (rc)
			*e = w.err;
		else
			*status = w.status;
	}
	pthread_cond_destroy(&w.cond);
	pthread_mutex_destroy(&w.lock);
	return rc;
}
