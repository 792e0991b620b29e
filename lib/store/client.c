#include "store/client.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/hash.h"
#include "base/mem.h"
#include "store/client_in.h"

enum { ACK_MAX = 1 << 16, READ_TIMEOUT_MS = 5000 };

int
store_client_open(const struct store_options *o, struct store_client **out,
    struct err *e)
{
	struct bus_client_options bo = {
		.keys = o->keys,
		.allow_plain = o->allow_plain,
		.max_message_bytes = STORE_ANSWER_MAX + (1 << 20),
		.max_bytes = o->max_bytes ? o->max_bytes : 128 << 20,
		.connect_wait_ms = o->connect_wait_ms
	};
	struct store_client *c = mem_zalloc(1, sizeof(*c));

	for (size_t i = 0; i < BUS_ENDPOINTS_MAX; i++)
		bo.endpoints[i] = o->endpoints[i];
	c->bus = bus_client_new(&bo, e);
	if (!c->bus) {
		free(c);
		return err_wrap(e, "store client");
	}
	hash_random(&c->id, sizeof(c->id));
	atomic_init(&c->next_snap, 1);
	c->read_timeout_ms = o->read_timeout_ms ? o->read_timeout_ms :
	    READ_TIMEOUT_MS;
	store_remote_init(c);
	*out = c;
	return 0;
}

void
store_client_close(struct store_client *c)
{
	if (!c)
		return;
	bus_client_free(c->bus);
	free(c);
}

struct kv *
store_kv(struct store_client *c)
{
	return &c->remote.base;
}

/* What an answer's status and payload say. */
static int
judge(uint16_t status, struct str payload, struct err *e)
{
	if (status == STORE_OK)
		return 0;
	if (status == STORE_REFUSED)
		return store_refusal_decode(payload, e);
	return err_set(e, ERR_INVALID, "store: answer with status %u",
	    (unsigned)status);
}

int
store_call(struct store_client *c, enum store_message m, struct str payload,
    int64_t timeout_ms, unsigned flags, struct buf *answer, struct err *e)
{
	size_t before = answer->n;
	uint16_t status;

	if (bus_call(c->bus, store_type(m), payload, timeout_ms, flags,
	    &status, answer, e))
		return err_wrap(e, "store: %s",
		    store_message_name((unsigned)m));
	return judge(status, str_from_index(buf_str(answer), before), e);
}

int
store_call_nil(struct store_client *c, enum store_message m,
    struct str payload, int64_t timeout_ms, unsigned flags, struct err *e)
{
	struct buf answer;
	int rc;

	buf_init(&answer, ACK_MAX);
	rc = store_call(c, m, payload, timeout_ms, flags, &answer, e);
	if (rc == 0)
		rc = store_nil_decode(buf_str(&answer), e);
	buf_fini(&answer);
	return rc;
}

int
store_ping(struct store_client *c, int64_t timeout_ms, struct err *e)
{
	struct buf b;
	int rc;

	buf_init(&b, 16);
	store_nil_encode(&b);
	rc = store_call_nil(c, STORE_PING, buf_str(&b), timeout_ms,
	    BUS_IDEMPOTENT, e);
	buf_fini(&b);
	return rc;
}

struct submit {
	store_submit_fn *done;
	void *arg;
};

static void
submit_done(void *arg, const struct bus_answer *a)
{
	struct submit *s = arg;
	struct err e = ERR_INIT;
	int rc;

	if (a->code) {
		s->done(s->arg, a->code, a->text ? a->text : "no answer");
	} else {
		rc = judge(a->status, a->payload, &e);
		if (rc == 0)
			rc = store_nil_decode(a->payload, &e);
		s->done(s->arg, rc, e.text);
	}
	free(s);
}

int
store_submit(struct store_client *c, struct buf *take, int64_t timeout_ms,
    store_submit_fn *done, void *arg, struct err *e)
{
	struct submit *s;

	if (take->failed || take->n > STORE_SUBMIT_MAX)
		return err_set(e, ERR_LIMIT, "submit: more than %d bytes of "
		    "events", STORE_SUBMIT_MAX);
	s = mem_alloc(1, sizeof(*s));
	*s = (struct submit){ .done = done, .arg = arg };
	if (bus_call_async_buf(c->bus, store_type(STORE_SUBMIT), take,
	    timeout_ms, BUS_IDEMPOTENT, submit_done, s, e)) {
		free(s);
		return err_wrap(e, "submit");
	}
	return 0;
}

struct waiter {
	pthread_mutex_t lock;
	pthread_cond_t cond;
	bool done;
	struct err *e;
	int rc;
};

static void
wait_done(void *arg, int code, const char *text)
{
	struct waiter *w = arg;

	pthread_mutex_lock(&w->lock);
	w->rc = code;
	if (code)
		err_set(w->e, code, "%s", text);
	w->done = true;
	pthread_cond_signal(&w->cond);
	pthread_mutex_unlock(&w->lock);
}

int
store_submit_wait(struct store_client *c, struct buf *take,
    int64_t timeout_ms, struct err *e)
{
	struct waiter w = { .lock = PTHREAD_MUTEX_INITIALIZER,
	    .cond = PTHREAD_COND_INITIALIZER, .e = e };
	int rc;

	/* Once it is sent the callback may write to w.rc at any time. */
	rc = store_submit(c, take, timeout_ms, wait_done, &w, e);
	if (rc) {
		buf_reset(take);
		return rc;
	}
	pthread_mutex_lock(&w.lock);
	while (!w.done)
		pthread_cond_wait(&w.cond, &w.lock);
	pthread_mutex_unlock(&w.lock);
	pthread_mutex_destroy(&w.lock);
	pthread_cond_destroy(&w.cond);
	return w.rc;
}
