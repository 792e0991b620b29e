#include "up_check.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/opts.h"
#include "where.h"

enum {
	ORPHANS_MS = 30000,     /* longer than any process drains */
	DATABASE_MS = 10000,    /* a command that has it open ends soon */
	QUIET_MS = 500,         /* waiting that needs no words */
	PAUSE_MS = 10,
	HOST_MAX = 256
};

static void CC_NORETURN CC_PRINTF(2, 3)
give_up(int code, const char *fmt, ...)
{
	va_list ap;

	fputs("weir up: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	exit(code);
}

static void
check_alone(const struct place *p)
{
	struct err e = ERR_INIT;
	char file[PLACE_PATH_MAX];

	switch (place_lock_take(place_lock_file(p, file), &e)) {
	case 0:
		return;
	case ERR_EXISTS:
		give_up(EXIT_AGAIN, "data directory %s is in use by another "
		    "weir up (%s)", p->data, e.text);
	default:
		give_up(EXIT_FAILED, "%s", e.text);
	}
}

/* Children get the descriptor, and with it this lock, which they hold until
 * the last of them has ended. */
static int
wait_orphans(const struct place *p)
{
	int64_t began = clock_mono_ms(), waited;
	char file[PLACE_PATH_MAX];
	bool has_said = false;
	int fd;

	fd = open(place_file(p, "processes", file), O_RDWR | O_CREAT |
	    O_CLOEXEC, 0600);
	if (fd < 0)
		give_up(EXIT_FAILED, "%s: %s", file, strerror(errno));
	while (flock(fd, LOCK_EX | LOCK_NB) != 0) {
		waited = clock_mono_ms() - began;
		if (waited > ORPHANS_MS)
			give_up(EXIT_AGAIN, "processes that an earlier weir "
			    "up started in %s are still running", p->data);
		if (waited > QUIET_MS && !has_said)
			fprintf(stderr, "weir up: waiting for the processes "
			    "of an earlier weir up to end\n");
		has_said = waited > QUIET_MS;
		clock_sleep_ms(PAUSE_MS);
	}
	return fd;
}

static void
check_database(const struct place *p)
{
	int64_t began = clock_mono_ms();

	while (where_is_open(p)) {
		if (clock_mono_ms() - began > DATABASE_MS)
			give_up(EXIT_AGAIN, "the database of %s is in use by "
			    "another program, perhaps a weir-store", p->data);
		clock_sleep_ms(PAUSE_MS);
	}
}

static void
try_address(const struct addrinfo *a, const char *listen_at)
{
	int one = 1, fd = socket(a->ai_family, a->ai_socktype | SOCK_CLOEXEC,
	    a->ai_protocol);

	if (fd < 0)
		give_up(EXIT_FAILED, "socket: %s", strerror(errno));
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(fd, a->ai_addr, a->ai_addrlen) == 0 && listen(fd, 1) == 0) {
		close(fd);
		return;
	}
	if (errno == EADDRINUSE)
		give_up(EXIT_AGAIN, "%s is in use by another program; choose "
		    "another address with --listen", listen_at);
	give_up(EXIT_USAGE, "--listen: %s: %s", listen_at, strerror(errno));
}

/* Here, since the gateway starts last and would be started again and again. */
static void
check_address(const char *listen_at)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM,
	    .ai_flags = AI_PASSIVE | AI_NUMERICSERV };
	const char *colon = strrchr(listen_at, ':');
	struct addrinfo *found;
	char host[HOST_MAX];
	size_t n;
	int rc;

	if (!colon || colon == listen_at || (size_t)(colon - listen_at) >=
	    sizeof(host))
		give_up(EXIT_USAGE, "--listen: '%s' is not HOST:PORT",
		    listen_at);
	n = (size_t)(colon - listen_at);
	memcpy(host, listen_at, n);
	host[n] = '\0';
	if (host[0] == '[' && host[n - 1] == ']') {
		memmove(host, host + 1, n - 2);
		host[n - 2] = '\0';
	}
	rc = getaddrinfo(host, colon + 1, &hints, &found);
	if (rc != 0)
		give_up(EXIT_USAGE, "--listen: %s: %s", listen_at,
		    gai_strerror(rc));
	try_address(found, listen_at);
	freeaddrinfo(found);
}

int
up_check(const struct place *p, const char *listen_at)
{
	int fd;

	check_alone(p);
	fd = wait_orphans(p);
	check_database(p);
	check_address(listen_at);
	return fd;
}
