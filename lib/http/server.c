#include "http/server.h"

#include <assert.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/cond.h"
#include "base/log.h"
#include "base/mem.h"
#include "http/exchange.h"

enum {
	BACKLOG = 511,
	SWEEP_MS = 500,
	STOP_STEP_MS = 5,
	FORCE_MS = 1000,        /* for answers to be sent, at a forced stop */
	POOL_EXTRA = 16 << 10,  /* room beside the header, a connection */
	POOL_STEP = 8 << 10
};

void
server_unref(struct http_server *s)
{
	if (atomic_fetch_sub(&s->refs, 1) > 1)
		return;
	pthread_cond_destroy(&s->changed);
	pthread_cond_destroy(&s->sweep_cond);
	pthread_mutex_destroy(&s->lock);
	free(s);
}

static void
set_defaults(struct http_server_options *o)
{
	if (!o->threads)
		o->threads = 2;
	if (!o->max_connections)
		o->max_connections = 1024;
	if (!o->idle_ms)
		o->idle_ms = 60000;
	if (!o->body_ms)
		o->body_ms = 30000;
	if (!o->min_bytes_per_second)
		o->min_bytes_per_second = 4096;
	if (!o->max_header_bytes)
		o->max_header_bytes = 16 << 10;
	if (!o->max_body_bytes)
		o->max_body_bytes = 16 << 20;
	if (!o->max_total_body_bytes)
		o->max_total_body_bytes = 128 << 20;
	if (!o->max_drain_bytes)
		o->max_drain_bytes = 64 << 20;
	if (!o->max_arena_bytes)
		o->max_arena_bytes = 64 << 20;
	if (!o->retry_after_seconds)
		o->retry_after_seconds = 1;
	if (!o->render)
		o->render = http_respond_error;
}

/* ---- listening ---- */

static int
listen_on(int fd, const struct sockaddr *sa, socklen_t n, const char *name,
    struct err *e)
{
	if (bind(fd, sa, n) || listen(fd, BACKLOG))
		return err_sys(e, errno == EADDRINUSE ? ERR_EXISTS : ERR_IO,
		    "listen on %s", name);
	return 0;
}

/* A socket file left by a dead process is removed, a living one respected. */
static int
listen_unix(struct http_server *s, const char *path, struct err *e)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	struct str p = str_from(path);
	struct stat st;

	if (p.n == 0 || p.n >= sizeof(un.sun_path))
		return err_set(e, ERR_INVALID, "unix:%s: not a path of 1 to "
		    "%zu bytes", path, sizeof(un.sun_path) - 1);
	memcpy(un.sun_path, p.p, p.n);
	s->listen_fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC |
	    SOCK_NONBLOCK, 0);
	if (s->listen_fd < 0)
		return err_sys(e, ERR_IO, "socket");
	if (connect(s->listen_fd, (struct sockaddr *)&un, sizeof(un)) == 0 ||
	    errno == EAGAIN)
		return err_set(e, ERR_EXISTS, "unix:%s: another process is "
		    "listening there", path);
	if (lstat(path, &st) == 0 && S_ISSOCK(st.st_mode))
		unlink(path);
	if (listen_on(s->listen_fd, (struct sockaddr *)&un, sizeof(un),
	    s->o.listen, e))
		return e->code;
	snprintf(s->address, sizeof(s->address), "unix:%s", path);
	s->unix_path = s->address + strlen("unix:");
	return 0;
}

static void
note_address(struct http_server *s)
{
	struct sockaddr_storage ss;
	socklen_t n = sizeof(ss);
	char host[64], port[8];

	if (getsockname(s->listen_fd, (struct sockaddr *)&ss, &n) ||
	    getnameinfo((struct sockaddr *)&ss, n, host, sizeof(host), port,
	    sizeof(port), NI_NUMERICHOST | NI_NUMERICSERV))
		BUG("address of the listening socket");
	snprintf(s->address, sizeof(s->address),
	    ss.ss_family == AF_INET6 ? "[%s]:%s" : "%s:%s", host, port);
}

/* Splits "HOST:PORT" and "[V6]:PORT" into C strings. */
static bool
split_address(const char *text, char *host, size_t host_size, char *port,
    size_t port_size)
{
	const char *colon = strrchr(text, ':');
	struct str h;
	int64_t number;

	if (!colon || !str_to_i64(str_from(colon + 1), &number) ||
	    number < 0 || number > 65535)
		return false;
	h = str_of(text, (size_t)(colon - text));
	if (h.n > 2 && h.p[0] == '[' && h.p[h.n - 1] == ']')
		h = str_of(h.p + 1, h.n - 2);
	else if (str_find_byte(h, ':', 0) != SIZE_MAX)
		return false;
	if (h.n == 0 || h.n >= host_size)
		return false;
	snprintf(host, host_size, "%.*s", STR_FMT(h));
	snprintf(port, port_size, "%d", (int)number);
	return true;
}

static int
listen_tcp(struct http_server *s, struct err *e)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM,
	    .ai_flags = AI_PASSIVE | AI_NUMERICSERV }, *list;
	char host[128], port[8];
	int rc, one = 1;

	if (!split_address(s->o.listen, host, sizeof(host), port,
	    sizeof(port)))
		return err_set(e, ERR_INVALID, "%s: not HOST:PORT, "
		    "[IPv6]:PORT or unix:PATH", s->o.listen);
	rc = getaddrinfo(host, port, &hints, &list);
	if (rc)
		return err_set(e, ERR_INVALID, "%s: %s", s->o.listen,
		    gai_strerror(rc));
	s->listen_fd = socket(list->ai_family, SOCK_STREAM | SOCK_CLOEXEC |
	    SOCK_NONBLOCK, 0);
	if (s->listen_fd < 0) {
		freeaddrinfo(list);
		return err_sys(e, ERR_IO, "socket");
	}
	setsockopt(s->listen_fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	rc = listen_on(s->listen_fd, list->ai_addr, list->ai_addrlen,
	    s->o.listen, e);
	freeaddrinfo(list);
	if (rc == 0)
		note_address(s);
	return rc;
}

/* ---- the sweeper ---- */

static bool
is_overdue(const struct http_server *s, const struct http_conn *n,
    int64_t now)
{
	int64_t spent = now - n->since_ms;
	int64_t grant = (int64_t)(n->bytes * 1000 /
	    s->o.min_bytes_per_second);

	switch (n->phase) {
	case CONN_IDLE:
		return spent > s->o.idle_ms;
	case CONN_BODY:
		return spent > s->o.body_ms + grant;
	case CONN_SENDING:
		return spent > s->o.idle_ms + grant;
	case CONN_HANDLING:
		break;
	}
	return false;
}

/* Shuts sockets down under the lock: conn_notify takes connections off the
 * list before their descriptors are closed and reused. */
static void
sweep(struct http_server *s, bool all)
{
	int64_t now = clock_mono_ms();

	for (struct http_conn *n = s->conns; n; n = n->next) {
		if (n->shut || (!all && !is_overdue(s, n, now)))
			continue;
		n->shut = true;
		if (n->fd >= 0)
			shutdown(n->fd, SHUT_RDWR);
	}
}

static void *
sweeper_main(void *arg)
{
	struct http_server *s = arg;
	int64_t next = clock_mono_ms() + SWEEP_MS;

	pthread_mutex_lock(&s->lock);
	while (!s->stop_sweeper) {
		if (clock_mono_ms() < next) {
			cond_wait_until(&s->sweep_cond, &s->lock, next);
			continue;
		}
		sweep(s, false);
		next = clock_mono_ms() + SWEEP_MS;
	}
	pthread_mutex_unlock(&s->lock);
	return NULL;
}

/* ---- life ---- */

__attribute__((format(printf, 2, 0))) static void
log_mhd(void *arg, const char *fmt, va_list ap)
{
	char text[256];

	(void)arg;
	vsnprintf(text, sizeof(text), fmt, ap);
	text[strcspn(text, "\n")] = '\0';
	log_debug("http", "text=\"%s\"", text);
}

static int
start_mhd(struct http_server *s, struct err *e)
{
	const struct http_server_options *o = &s->o;
	struct MHD_OptionItem more[] = {
		{ MHD_OPTION_THREAD_POOL_SIZE, o->threads, NULL },
		{ MHD_OPTION_PER_IP_CONNECTION_LIMIT,
		    o->max_connections_per_peer, NULL },
		/* The sweeper is exact; this catches what it does not see. */
		{ MHD_OPTION_CONNECTION_TIMEOUT, o->idle_ms / 1000 + 1, NULL },
		{ MHD_OPTION_CONNECTION_MEMORY_LIMIT,
		    (intptr_t)o->max_header_bytes + POOL_EXTRA, NULL },
		{ MHD_OPTION_CONNECTION_MEMORY_INCREMENT, POOL_STEP, NULL },
		{ MHD_OPTION_END, 0, NULL }
	};

	if (o->threads == 1)
		more[0] = (struct MHD_OptionItem){
			MHD_OPTION_LISTEN_BACKLOG_SIZE, BACKLOG, NULL };
	s->mhd = MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD |
	    MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ITC | MHD_USE_TURBO |
	    MHD_USE_ERROR_LOG, 0, NULL, NULL, exchange_access, s,
	    MHD_OPTION_EXTERNAL_LOGGER, log_mhd, s,
	    MHD_OPTION_LISTEN_SOCKET, s->listen_fd,
	    MHD_OPTION_CONNECTION_LIMIT, (unsigned)o->max_connections,
	    MHD_OPTION_URI_LOG_CALLBACK, exchange_begin, s,
	    MHD_OPTION_NOTIFY_COMPLETED, exchange_end, s,
	    MHD_OPTION_NOTIFY_CONNECTION, conn_notify, s,
	    MHD_OPTION_UNESCAPE_CALLBACK, exchange_unescape, s,
	    MHD_OPTION_ARRAY, more, MHD_OPTION_END);
	if (!s->mhd)
		return err_set(e, ERR_IO, "%s: libmicrohttpd did not start",
		    s->address);
	return 0;
}

static int
server_open(struct http_server *s, struct err *e)
{
	static const char prefix[] = "unix:";
	int rc;

	if (strncmp(s->o.listen, prefix, strlen(prefix)) == 0)
		rc = listen_unix(s, s->o.listen + strlen(prefix), e);
	else
		rc = listen_tcp(s, e);
	if (rc == 0)
		rc = start_mhd(s, e);
	if (rc)
		return rc;
	if (pthread_create(&s->sweeper, NULL, sweeper_main, s))
		BUG("pthread_create");
	s->sweeping = true;
	return 0;
}

struct http_server *
http_server_new(const struct http_server_options *o, struct err *e)
{
	struct http_server *s;

	assert(o->listen && o->handle);
	assert(o->max_header_bytes <= 48 << 10);
	s = mem_zalloc(1, sizeof(*s));
	s->o = *o;
	s->listen_fd = -1;
	set_defaults(&s->o);
	atomic_store(&s->refs, 1);
	pthread_mutex_init(&s->lock, NULL);
	cond_init(&s->changed);
	cond_init(&s->sweep_cond);
	if (server_open(s, e)) {
		if (s->listen_fd >= 0)
			close(s->listen_fd);
		if (s->unix_path)
			unlink(s->unix_path);
		server_unref(s);
		return NULL;
	}
	return s;
}

const char *
http_server_address(const struct http_server *s)
{
	return s->address;
}

void
http_server_stats(struct http_server *s, struct http_server_stats *st)
{
	pthread_mutex_lock(&s->lock);
	st->connections = s->nconns;
	st->in_flight = s->nexchanges;
	pthread_mutex_unlock(&s->lock);
	st->requests = atomic_load(&s->requests);
	st->refused = atomic_load(&s->refused);
	st->body_bytes = atomic_load(&s->body_bytes);
}

/* True when no exchange is left; the lock is held. */
static bool
wait_exchanges(struct http_server *s, int64_t end_ms)
{
	while (s->nexchanges && clock_mono_ms() < end_ms)
		cond_wait_until(&s->changed, &s->lock, end_ms);
	return s->nexchanges == 0;
}

/*
 * Answers for those who have not; http_complete only marks the connection for
 * its thread, so the lock may be held across it.
 */
static void
force_end(struct http_server *s)
{
	log_warn("http-stop", "unfinished=%zu", s->nexchanges);
	for (struct http_exchange *x = s->exchanges; x; x = x->next)
		exchange_abandon(x);
	if (wait_exchanges(s, clock_mono_ms() + FORCE_MS))
		return;
	sweep(s, true);
	/* Handlers that have not returned yet may still suspend. */
	while (s->nexchanges) {
		for (struct http_exchange *x = s->exchanges; x; x = x->next)
			exchange_abandon(x);
		cond_wait_until(&s->changed, &s->lock,
		    clock_mono_ms() + STOP_STEP_MS);
	}
}

void
http_server_stop(struct http_server *s, int64_t timeout_ms)
{
	if (!s)
		return;
	atomic_store(&s->stopping, true);
	MHD_quiesce_daemon(s->mhd);
	close(s->listen_fd);
	if (s->unix_path)
		unlink(s->unix_path);
	pthread_mutex_lock(&s->lock);
	if (!wait_exchanges(s, clock_mono_ms() + timeout_ms))
		force_end(s);
	s->stop_sweeper = true;
	pthread_cond_signal(&s->sweep_cond);
	pthread_mutex_unlock(&s->lock);
	while (atomic_load(&s->completing))
		clock_sleep_ms(1);
	pthread_join(s->sweeper, NULL);
	MHD_stop_daemon(s->mhd);
	server_unref(s);
}
