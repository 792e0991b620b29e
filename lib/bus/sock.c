#include "bus/sock.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/log.h"

enum {
	HEAD_SIZE = 12,
	LINGER_MS = 1000,
	RECONNECT_MS = 20,
	RECONNECT_MAX_MS = 500,
	HEARTBEAT_MS = 2000,
	HEARTBEAT_TIMEOUT_MS = 6000,
	HANDSHAKE_MS = 5000
};

void
sock_head_put(zmq_msg_t *m, const struct sock_head *h)
{
	uint8_t raw[SOCK_HEAD_MAX];
	struct buf b = { .p = (char *)raw, .cap = sizeof(raw),
	    .max = sizeof(raw) };

	buf_add_byte(&b, SOCK_VERSION);
	buf_add_byte(&b, h->kind);
	buf_add_be16(&b, h->word);
	buf_add_be64(&b, h->id);
	if (h->kind == SOCK_NEWS)
		buf_add_be64(&b, h->publisher);
	sock_msg_copy(m, buf_str(&b));
}

bool
sock_head_get(zmq_msg_t *m, struct sock_head *h)
{
	struct str s = sock_msg_str(m);

	if (s.n < HEAD_SIZE || (uint8_t)s.p[0] != SOCK_VERSION)
		return false;
	h->kind = (uint8_t)s.p[1];
	h->word = be16_get(s.p + 2);
	h->id = be64_get(s.p + 4);
	h->publisher = 0;
	if (h->kind != SOCK_NEWS)
		return s.n == HEAD_SIZE;
	if (s.n != SOCK_HEAD_MAX)
		return false;
	h->publisher = be64_get(s.p + HEAD_SIZE);
	return true;
}

void
sock_msg_copy(zmq_msg_t *m, struct str s)
{
	if (zmq_msg_init_size(m, s.n))
		BUG("zmq_msg_init_size %zu", s.n);
	if (s.n)
		memcpy(zmq_msg_data(m), s.p, s.n);
}

static void
free_taken(void *p, void *hint)
{
	(void)hint;
	free(p);
}

void
sock_msg_take(zmq_msg_t *m, struct buf *take)
{
	size_t n;
	char *p = buf_detach(take, &n);

	if (n == 0) {
		free(p);
		zmq_msg_init(m);
		return;
	}
	if (zmq_msg_init_data(m, p, n, free_taken, NULL))
		BUG("zmq_msg_init_data %zu", n);
}

struct str
sock_msg_str(zmq_msg_t *m)
{
	return str_of(zmq_msg_data(m), zmq_msg_size(m));
}

/* Receives one part, over interruptions; -1 when there is none. */
static int
recv_part(void *sock, zmq_msg_t *m)
{
	int rc;

	zmq_msg_init(m);
	do
		rc = zmq_msg_recv(m, sock, ZMQ_DONTWAIT);
	while (rc < 0 && errno == EINTR);
	if (rc < 0) {
		zmq_msg_close(m);
		return -1;
	}
	return zmq_msg_more(m) ? 1 : 0;
}

int
sock_recv(void *sock, zmq_msg_t *parts, int n)
{
	int got = 0, more = 1;

	while (more == 1 && got < n) {
		more = recv_part(sock, &parts[got]);
		if (more < 0)
			break;
		got++;
	}
	if (got == n && more == 0)
		return 1;
	for (int i = 0; i < got; i++)
		zmq_msg_close(&parts[i]);
	if (got == 0)
		return 0;
	while (more == 1) {
		zmq_msg_t rest;

		more = recv_part(sock, &rest);
		if (more >= 0)
			zmq_msg_close(&rest);
	}
	return -1;
}

bool
sock_send(void *sock, zmq_msg_t *parts, int n)
{
	int i;

	for (i = 0; i < n; i++) {
		int rc;

		do
			rc = zmq_msg_send(&parts[i], sock, ZMQ_DONTWAIT |
			    (i + 1 < n ? ZMQ_SNDMORE : 0));
		while (rc < 0 && errno == EINTR);
		if (rc < 0)
			break;
	}
	for (int k = i; k < n; k++)
		zmq_msg_close(&parts[k]);
	return i == n;
}

void
sock_set_int(void *sock, int option, int value)
{
	if (zmq_setsockopt(sock, option, &value, sizeof(value)))
		BUG("zmq option %d = %d: %s", option, value,
		    zmq_strerror(errno));
}

void
sock_tune(void *sock, size_t max_message_bytes, int hwm)
{
	int64_t max = (int64_t)max_message_bytes;

	if (zmq_setsockopt(sock, ZMQ_MAXMSGSIZE, &max, sizeof(max)))
		BUG("zmq max message size: %s", zmq_strerror(errno));
	sock_set_int(sock, ZMQ_SNDHWM, hwm);
	sock_set_int(sock, ZMQ_RCVHWM, hwm);
	sock_set_int(sock, ZMQ_LINGER, LINGER_MS);
	sock_set_int(sock, ZMQ_RECONNECT_IVL, RECONNECT_MS);
	sock_set_int(sock, ZMQ_RECONNECT_IVL_MAX, RECONNECT_MAX_MS);
	sock_set_int(sock, ZMQ_HANDSHAKE_IVL, HANDSHAKE_MS);
}

/*
 * The kernel tells when an ipc peer dies; a tcp peer can vanish without a
 * word, so those are asked for a sign of life.
 */
static void
tune_tcp(void *sock)
{
	sock_set_int(sock, ZMQ_IPV6, 1);
	sock_set_int(sock, ZMQ_HEARTBEAT_IVL, HEARTBEAT_MS);
	sock_set_int(sock, ZMQ_HEARTBEAT_TIMEOUT, HEARTBEAT_TIMEOUT_MS);
}

static void
set_text(void *sock, int option, const char *text)
{
	if (zmq_setsockopt(sock, option, text, strlen(text)))
		BUG("zmq option %d: %s", option, zmq_strerror(errno));
}

void
sock_secure_client(void *sock, const struct bus_keys *k)
{
	tune_tcp(sock);
	if (!k)
		return;
	set_text(sock, ZMQ_CURVE_SERVERKEY, k->public_key);
	set_text(sock, ZMQ_CURVE_PUBLICKEY, k->public_key);
	set_text(sock, ZMQ_CURVE_SECRETKEY, k->secret_key);
}

/* A domain makes libzmq refuse everybody while no guard answers. */
static void
secure_server(void *sock, const struct bus_keys *k)
{
	tune_tcp(sock);
	if (!k)
		return;
	sock_set_int(sock, ZMQ_CURVE_SERVER, 1);
	set_text(sock, ZMQ_CURVE_PUBLICKEY, k->public_key);
	set_text(sock, ZMQ_CURVE_SECRETKEY, k->secret_key);
	set_text(sock, ZMQ_ZAP_DOMAIN, "weir");
}

int
sock_check_all(const char *const *endpoints, const struct bus_keys *keys,
    bool allow_plain, struct err *e)
{
	if (!endpoints[0])
		return err_set(e, ERR_INVALID, "bus: no endpoint given");
	for (size_t i = 0; endpoints[i]; i++)
		if (bus_endpoint_check(endpoints[i], keys, allow_plain, e))
			return e->code;
	return 0;
}

static bool
is_ipc(const char *endpoint)
{
	return strncmp(endpoint, "ipc://", 6) == 0;
}

/* libzmq unlinks what it finds at an ipc path, be it a living server's. */
static bool
is_ipc_alive(const char *endpoint)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	struct str path = str_from(endpoint + 6);
	bool alive;
	int fd;

	if (path.n >= sizeof(to.sun_path))
		return false;
	memcpy(to.sun_path, path.p, path.n);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return false;
	alive = connect(fd, (struct sockaddr *)&to, sizeof(to)) == 0;
	close(fd);
	return alive;
}

static int
bind_one(void *sock, const char *endpoint, char *out, struct err *e)
{
	size_t n = SOCK_ENDPOINT_MAX;

	if (is_ipc(endpoint) && is_ipc_alive(endpoint))
		return err_set(e, ERR_EXISTS,
		    "%s: another process is listening there", endpoint);
	if (zmq_bind(sock, endpoint)) {
		int code = errno == EADDRINUSE ? ERR_EXISTS : ERR_IO;

		return err_set(e, code, "bind %s: %s", endpoint,
		    zmq_strerror(errno));
	}
	if (zmq_getsockopt(sock, ZMQ_LAST_ENDPOINT, out, &n))
		BUG("zmq last endpoint: %s", zmq_strerror(errno));
	return 0;
}

int
sock_bind_all(void *sock, const char *const *endpoints,
    const struct bus_keys *keys, bool allow_plain,
    char (*out)[SOCK_ENDPOINT_MAX], struct err *e)
{
	if (sock_check_all(endpoints, keys, allow_plain, e))
		return e->code;
	for (size_t i = 0; endpoints[i]; i++)
		if (is_ipc(endpoints[i]) &&
		    bind_one(sock, endpoints[i], out[i], e))
			return e->code;
	secure_server(sock, keys);
	for (size_t i = 0; endpoints[i]; i++)
		if (!is_ipc(endpoints[i]) &&
		    bind_one(sock, endpoints[i], out[i], e))
			return e->code;
	return 0;
}

void *
sock_context(struct err *e)
{
	void *ctx = zmq_ctx_new();

	if (!ctx) {
		err_set(e, ERR_IO, "bus: new context: %s",
		    zmq_strerror(errno));
		return NULL;
	}
	zmq_ctx_set(ctx, ZMQ_BLOCKY, 0);
	return ctx;
}

int
sock_wake_new(void)
{
	int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);

	if (fd < 0)
		BUG("eventfd: %s", strerror(errno));
	return fd;
}

void
sock_wake(int fd)
{
	uint64_t one = 1;
	ssize_t rc = write(fd, &one, sizeof(one));

	/* EAGAIN means the counter is full: the reader is awake already. */
	assert(rc == sizeof(one) || errno == EAGAIN);
}

void
sock_wake_clear(int fd)
{
	uint64_t n;
	ssize_t rc = read(fd, &n, sizeof(n));

	(void)rc;
}
