#include "bus/pubsub.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/hash.h"
#include "base/log.h"
#include "base/mem.h"
#include "bus/sock.h"

enum { HWM = 1024 };

struct bus_publisher {
	void *ctx;
	void *sock;
	struct sock_guard guard;
	uint64_t id;            /* random: tells a restart from a gap */
	pthread_mutex_t lock;   /* guards sock and sequence */
	uint64_t sequence;
};

struct bus_subscriber {
	struct bus_sub_options o;
	void *ctx;
	void *sock;
	int wake_fd;
	pthread_t thread;
	bool running;
	struct {
		uint64_t publisher, sequence;
	} seen[BUS_ENDPOINTS_MAX];      /* the latest publishers */
	size_t nseen;                   /* ever */
};

static int
publisher_open(struct bus_publisher *p, const struct bus_pub_options *o,
    struct err *e)
{
	char bound[BUS_ENDPOINTS_MAX][SOCK_ENDPOINT_MAX];

	p->ctx = sock_context(e);
	if (!p->ctx)
		return ERR_IO;
	if (o->keys && sock_guard_start(&p->guard, p->ctx, o->keys, e))
		return e->code;
	p->sock = zmq_socket(p->ctx, ZMQ_PUB);
	if (!p->sock)
		return err_set(e, ERR_IO, "bus: socket: %s",
		    zmq_strerror(errno));
	/* Subscribers send only their subscription. */
	sock_tune(p->sock, 1024, o->hwm ? o->hwm : HWM);
	return sock_bind_all(p->sock, o->endpoints, o->keys, o->allow_plain,
	    bound, e);
}

struct bus_publisher *
bus_publisher_new(const struct bus_pub_options *o, struct err *e)
{
	struct bus_publisher *p;

	if (sock_check_all(o->endpoints, o->keys, o->allow_plain, e))
		return NULL;
	p = mem_zalloc(1, sizeof(*p));
	hash_random(&p->id, sizeof(p->id));
	pthread_mutex_init(&p->lock, NULL);
	if (publisher_open(p, o, e)) {
		bus_publisher_free(p);
		return NULL;
	}
	return p;
}

void
bus_publish(struct bus_publisher *p, uint16_t type, struct str payload)
{
	struct sock_head h = { SOCK_NEWS, type, 0, p->id };
	zmq_msg_t parts[2];

	sock_msg_copy(&parts[1], payload);
	pthread_mutex_lock(&p->lock);
	h.id = ++p->sequence;
	sock_head_put(&parts[0], &h);
	if (!sock_send(p->sock, parts, 2))
		log_warn("bus-publish", "error=\"%s\"", zmq_strerror(errno));
	pthread_mutex_unlock(&p->lock);
}

void
bus_publisher_free(struct bus_publisher *p)
{
	if (!p)
		return;
	if (p->sock)
		zmq_close(p->sock);
	sock_guard_stop(&p->guard);
	if (p->ctx)
		zmq_ctx_term(p->ctx);
	pthread_mutex_destroy(&p->lock);
	free(p);
}

/* Fills in what was missed since the message before. */
static void
judge(struct bus_subscriber *s, const struct sock_head *h, struct bus_news *n)
{
	size_t known = MIN_OF(s->nseen, ARRAY_LEN(s->seen));
	size_t i = 0;

	while (i < known && s->seen[i].publisher != h->publisher)
		i++;
	if (i == known) {
		i = s->nseen++ % ARRAY_LEN(s->seen);
		s->seen[i].publisher = h->publisher;
		n->first = true;
	} else if (h->id > s->seen[i].sequence) {
		n->missed = h->id - s->seen[i].sequence - 1;
	}
	s->seen[i].sequence = h->id;
}

static void *
subscriber_main(void *arg)
{
	struct bus_subscriber *s = arg;
	zmq_pollitem_t items[] = {
		{ NULL, s->wake_fd, ZMQ_POLLIN, 0 },
		{ s->sock, 0, ZMQ_POLLIN, 0 }
	};

	for (;;) {
		zmq_msg_t parts[2];
		struct sock_head h;
		int rc;

		if (zmq_poll(items, 2, -1) < 0 && errno != EINTR)
			BUG("zmq_poll: %s", zmq_strerror(errno));
		if (items[0].revents)
			return NULL;
		rc = sock_recv(s->sock, parts, 2);
		if (rc != 1)
			continue;
		if (sock_head_get(&parts[0], &h) && h.kind == SOCK_NEWS) {
			struct bus_news n = {
				.type = h.word,
				.payload = sock_msg_str(&parts[1]),
			};

			judge(s, &h, &n);
			s->o.heard(s->o.arg, &n);
		}
		zmq_msg_close(&parts[0]);
		zmq_msg_close(&parts[1]);
	}
}

static int
subscriber_open(struct bus_subscriber *s, struct err *e)
{
	s->ctx = sock_context(e);
	if (!s->ctx)
		return ERR_IO;
	s->sock = zmq_socket(s->ctx, ZMQ_SUB);
	if (!s->sock)
		return err_set(e, ERR_IO, "bus: socket: %s",
		    zmq_strerror(errno));
	sock_tune(s->sock, s->o.max_message_bytes ? s->o.max_message_bytes :
	    SOCK_DEFAULT_MESSAGE, s->o.hwm ? s->o.hwm : HWM);
	if (zmq_setsockopt(s->sock, ZMQ_SUBSCRIBE, "", 0))
		BUG("zmq subscribe: %s", zmq_strerror(errno));
	/* ipc first: the key options apply to what is connected after. */
	for (int tcp = 0; tcp < 2; tcp++) {
		if (tcp)
			sock_secure_client(s->sock, s->o.keys);
		for (size_t i = 0; s->o.endpoints[i]; i++)
			if ((strncmp(s->o.endpoints[i], "tcp", 3) == 0) == tcp
			    && zmq_connect(s->sock, s->o.endpoints[i]))
				return err_set(e, ERR_INVALID,
				    "connect %s: %s", s->o.endpoints[i],
				    zmq_strerror(errno));
	}
	if (pthread_create(&s->thread, NULL, subscriber_main, s))
		BUG("pthread_create");
	s->running = true;
	return 0;
}

struct bus_subscriber *
bus_subscriber_new(const struct bus_sub_options *o, struct err *e)
{
	struct bus_subscriber *s;

	assert(o->heard);
	if (sock_check_all(o->endpoints, o->keys, o->allow_plain, e))
		return NULL;
	s = mem_zalloc(1, sizeof(*s));
	s->o = *o;
	s->wake_fd = sock_wake_new();
	if (subscriber_open(s, e)) {
		bus_subscriber_free(s);
		return NULL;
	}
	s->o.keys = NULL;
	return s;
}

void
bus_subscriber_free(struct bus_subscriber *s)
{
	if (!s)
		return;
	sock_wake(s->wake_fd);
	if (s->running)
		pthread_join(s->thread, NULL);
	if (s->sock)
		zmq_close(s->sock);
	if (s->ctx)
		zmq_ctx_term(s->ctx);
	close(s->wake_fd);
	free(s);
}
