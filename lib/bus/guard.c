#include "bus/sock.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/hash.h"
#include "base/log.h"

/*
 * ZAP (ZeroMQ RFC 27): for each client that wants in, libzmq sends version,
 * request id, domain, address, identity, mechanism and credentials to this
 * well-known address and acts on the status that comes back.
 */
enum {
	ASK_PARTS = 7,
	ASK_ID = 1,
	ASK_ADDRESS = 3,
	ASK_MECHANISM = 5,
	ASK_CREDENTIALS = 6,
	REPLY_PARTS = 6
};

static void
answer(struct sock_guard *g, zmq_msg_t *ask)
{
	struct str mechanism = sock_msg_str(&ask[ASK_MECHANISM]);
	struct str key = sock_msg_str(&ask[ASK_CREDENTIALS]);
	bool good = str_is(mechanism, "CURVE") && key.n == sizeof(g->key) &&
	    hash_equal(key.p, g->key, sizeof(g->key));
	zmq_msg_t r[REPLY_PARTS];

	if (!good) {
		struct str from = sock_msg_str(&ask[ASK_ADDRESS]);

		log_warn("bus-refused",
		    "peer=%.*s reason=\"not our cluster key\"", STR_FMT(from));
	}
	sock_msg_copy(&r[0], STR("1.0"));
	sock_msg_copy(&r[1], sock_msg_str(&ask[ASK_ID]));
	sock_msg_copy(&r[2], good ? STR("200") : STR("400"));
	sock_msg_copy(&r[3], good ? STR("OK") : STR("not our cluster key"));
	sock_msg_copy(&r[4], STR_NULL);
	sock_msg_copy(&r[5], STR_NULL);
	if (!sock_send(g->sock, r, REPLY_PARTS))
		log_warn("bus-guard", "error=\"%s\"", zmq_strerror(errno));
}

static void *
guard_main(void *arg)
{
	struct sock_guard *g = arg;
	zmq_pollitem_t items[] = {
		{ g->sock, 0, ZMQ_POLLIN, 0 },
		{ NULL, g->stop_fd, ZMQ_POLLIN, 0 }
	};

	for (;;) {
		zmq_msg_t ask[ASK_PARTS];

		if (zmq_poll(items, 2, -1) < 0 && errno != EINTR)
			BUG("zmq_poll: %s", zmq_strerror(errno));
		if (items[1].revents)
			return NULL;
		while (sock_recv(g->sock, ask, ASK_PARTS) == 1) {
			answer(g, ask);
			for (int i = 0; i < ASK_PARTS; i++)
				zmq_msg_close(&ask[i]);
		}
	}
}

int
sock_guard_start(struct sock_guard *g, void *ctx, const struct bus_keys *k,
    struct err *e)
{
	if (!zmq_z85_decode(g->key, k->public_key))
		return err_set(e, ERR_INVALID, "bus: malformed public key");
	g->sock = zmq_socket(ctx, ZMQ_REP);
	if (!g->sock)
		return err_set(e, ERR_IO, "bus: socket: %s",
		    zmq_strerror(errno));
	sock_set_int(g->sock, ZMQ_LINGER, 0);
	if (zmq_bind(g->sock, "inproc://zeromq.zap.01"))
		BUG("zap bind: %s", zmq_strerror(errno));
	g->stop_fd = sock_wake_new();
	if (pthread_create(&g->thread, NULL, guard_main, g))
		BUG("pthread_create");
	g->running = true;
	return 0;
}

void
sock_guard_stop(struct sock_guard *g)
{
	if (g->running) {
		sock_wake(g->stop_fd);
		pthread_join(g->thread, NULL);
		close(g->stop_fd);
	}
	if (g->sock)
		zmq_close(g->sock);
	*g = (struct sock_guard){ 0 };
}
