#include "http/exchange.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"

void
conn_set_phase(struct http_exchange *x, enum conn_phase phase, size_t bytes)
{
	pthread_mutex_lock(&x->server->lock);
	x->conn->phase = phase;
	x->conn->since_ms = clock_mono_ms();
	x->conn->bytes = bytes;
	pthread_mutex_unlock(&x->server->lock);
}

/* The peer's address without a port; v4 addresses that came in on a v6 socket
 * are written as v4. */
static void
format_peer(const struct sockaddr *sa, char *out)
{
	union {
		const struct sockaddr *any;
		const struct sockaddr_in *v4;
		const struct sockaddr_in6 *v6;
	} u = { sa };

	snprintf(out, HTTP_PEER_MAX, "unix");
	if (!sa)
		return;
	if (sa->sa_family == AF_INET)
		inet_ntop(AF_INET, &u.v4->sin_addr, out, HTTP_PEER_MAX);
	else if (sa->sa_family != AF_INET6)
		return;
	else if (IN6_IS_ADDR_V4MAPPED(&u.v6->sin6_addr))
		inet_ntop(AF_INET, &u.v6->sin6_addr.s6_addr[12], out,
		    HTTP_PEER_MAX);
	else
		inet_ntop(AF_INET6, &u.v6->sin6_addr, out, HTTP_PEER_MAX);
}

static void
conn_open(struct http_server *s, struct MHD_Connection *c, void **context)
{
	const union MHD_ConnectionInfo *fd, *address;
	struct http_conn *n = mem_zalloc(1, sizeof(*n));

	fd = MHD_get_connection_info(c, MHD_CONNECTION_INFO_CONNECTION_FD);
	address = MHD_get_connection_info(c,
	    MHD_CONNECTION_INFO_CLIENT_ADDRESS);
	n->fd = fd ? fd->connect_fd : -1;
	n->since_ms = clock_mono_ms();
	format_peer(address ? address->client_addr : NULL, n->peer);
	*context = n;
	pthread_mutex_lock(&s->lock);
	n->next = s->conns;
	if (n->next)
		n->next->prev = n;
	s->conns = n;
	s->nconns++;
	pthread_mutex_unlock(&s->lock);
}

static void
conn_close(struct http_server *s, struct http_conn *n)
{
	pthread_mutex_lock(&s->lock);
	if (n->prev)
		n->prev->next = n->next;
	else
		s->conns = n->next;
	if (n->next)
		n->next->prev = n->prev;
	s->nconns--;
	pthread_mutex_unlock(&s->lock);
	arena_free(n->spare);
	free(n);
}

void
conn_notify(void *cls, struct MHD_Connection *c, void **context,
    enum MHD_ConnectionNotificationCode what)
{
	if (what == MHD_CONNECTION_NOTIFY_STARTED) {
		conn_open(cls, c, context);
	} else if (*context) {
		conn_close(cls, *context);
		*context = NULL;
	}
}
