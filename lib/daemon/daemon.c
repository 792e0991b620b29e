#include "daemon/daemon.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/hash.h"
#include "base/log.h"
#include "base/mem.h"
#include "daemon/metrics.h"
#include "http/route.h"
#include "http/server.h"

enum {
	CHECKS_MAX = 16,
	ADMIN_STOP_MS = 200,
	METRICS_MAX = 4 << 20,
	REPEAT_MS = 500         /* signals so close are one wish */
};

static struct {
	bool started;
	bool supervised;        /* --die-with-parent */
	int64_t ready_fd;
	struct http_server *admin;
	int signal_fd;
	int stop_fd;
	pthread_t signals;
	atomic_bool ready, stopping;
	atomic_int_fast64_t stall_ms, beat_ms;
	int64_t started_ms;

	pthread_mutex_t lock;   /* guards the rest */
	struct {
		const char *name;
		int (*check)(void *arg, struct err *e);
		void *arg;
	} checks[CHECKS_MAX];
	size_t nchecks;
	bool quiet;             /* checks are not called any more */
} self = { .lock = PTHREAD_MUTEX_INITIALIZER };

/* ---- the admin port ---- */

static void
get_health(void *arg, struct http_request *q, struct http_response *r)
{
	int64_t stall = atomic_load(&self.stall_ms);
	int64_t late = clock_mono_ms() - atomic_load(&self.beat_ms);

	(void)arg;
	(void)q;
	if (stall && late > stall) {
		char text[80];

		snprintf(text, sizeof(text), "the loop was last seen %lld ms "
		    "ago\n", (long long)late);
		http_respond_text(r, 503, str_from(text));
		return;
	}
	http_respond_text(r, 200, STR("ok\n"));
}

static void
get_ready(void *arg, struct http_request *q, struct http_response *r)
{
	struct buf b;

	(void)arg;
	(void)q;
	buf_init(&b, 16 << 10);
	if (!atomic_load(&self.ready))
		buf_add_cstr(&b, "starting\n");
	if (atomic_load(&self.stopping))
		buf_add_cstr(&b, "stopping\n");
	pthread_mutex_lock(&self.lock);
	for (size_t i = 0; i < self.nchecks && !self.quiet; i++) {
		struct err e = ERR_INIT;

		if (self.checks[i].check(self.checks[i].arg, &e))
			buf_addf(&b, "%s: %s\n", self.checks[i].name, e.text);
	}
	pthread_mutex_unlock(&self.lock);
	if (b.n)
		http_respond_text(r, 503, buf_str(&b));
	else
		http_respond_text(r, 200, STR("ready\n"));
	buf_fini(&b);
}

static void
get_metrics(void *arg, struct http_request *q, struct http_response *r)
{
	struct buf b;

	(void)arg;
	(void)q;
	buf_init(&b, METRICS_MAX);
	metrics_render(&b);
	http_respond_buf(r, 200, "text/plain; version=0.0.4; charset=utf-8",
	    &b);
}

static enum http_when
handle_admin(void *arg, struct http_exchange *x, struct http_request *q,
    struct http_response *r)
{
	static const struct http_route table[] = {
		{ HTTP_GET, "/health", get_health, 0 },
		{ HTTP_GET, "/ready", get_ready, 0 },
		{ HTTP_GET, "/metrics", get_metrics, 0 },
	};

	(void)x;
	http_route_serve(table, ARRAY_LEN(table), arg, q, r,
	    http_respond_error);
	return HTTP_NOW;
}

static void
start_admin(const char *address)
{
	struct http_server_options o = {
		.listen = address, .threads = 1, .max_connections = 32,
		.idle_ms = 30000, .max_body_bytes = 1024,
		.max_drain_bytes = 1 << 20, .handle = handle_admin,
	};
	struct err e = ERR_INIT;

	self.admin = http_server_new(&o, &e);
	if (self.admin)
		return;
	if (e.code == ERR_INVALID)
		opts_die("--admin: %s", e.text);
	log_error("start", "error=\"admin port: %s\"", e.text);
	exit(e.code == ERR_EXISTS ? EXIT_AGAIN : EXIT_FAILED);
}

/* ---- signals ---- */

static void
ask_for_end(const char *why)
{
	uint64_t one = 1;

	if (atomic_exchange(&self.stopping, true))
		return;
	log_info("stop", "why=%s", why);
	if (write(self.stop_fd, &one, sizeof(one)) != sizeof(one))
		BUG("stop_fd: %s", strerror(errno));
}

static void *
signals_main(void *arg)
{
	struct signalfd_siginfo info;
	int64_t first_ms = 0;
	ssize_t n;

	(void)arg;
	for (;;) {
		n = read(self.signal_fd, &info, sizeof(info));
		if (n < 0 && errno == EINTR)
			continue;
		if (n != sizeof(info))
			BUG("signalfd: %s", strerror(errno));
		if (self.supervised && first_ms)
			continue;
		if (first_ms && clock_mono_ms() - first_ms > REPEAT_MS) {
			log_warn("stop", "why=\"second signal\" drained=no");
			_exit(EXIT_FAILED);
		}
		if (!first_ms)
			first_ms = clock_mono_ms();
		ask_for_end(info.ssi_signo == SIGTERM ? "SIGTERM" : "SIGINT");
	}
}

/* The thread is never joined: a second signal must end even a stuck drain. */
static void
start_signals(void)
{
	sigset_t set;

	signal(SIGPIPE, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	/* A terminal interrupts all of its processes; the supervisor among
	 * them stops the others in their order. */
	if (self.supervised)
		signal(SIGINT, SIG_IGN);
	else
		sigaddset(&set, SIGINT);
	if (pthread_sigmask(SIG_BLOCK, &set, NULL))
		BUG("pthread_sigmask");
	self.signal_fd = signalfd(-1, &set, SFD_CLOEXEC);
	self.stop_fd = eventfd(0, EFD_CLOEXEC);
	if (self.signal_fd < 0 || self.stop_fd < 0)
		BUG("signalfd: %s", strerror(errno));
	if (pthread_create(&self.signals, NULL, signals_main, NULL))
		BUG("pthread_create");
}

void
daemon_child_signals(void)
{
	sigset_t none;

	signal(SIGPIPE, SIG_DFL);
	signal(SIGHUP, SIG_DFL);
	signal(SIGINT, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/* ---- life ---- */

/* The parent may have ended before the kernel knew of our wish. */
static void
follow_parent(void)
{
	pid_t parent = getppid();

	if (prctl(PR_SET_PDEATHSIG, SIGTERM))
		BUG("prctl: %s", strerror(errno));
	if (getppid() != parent) {
		log_error("start", "error=\"--die-with-parent: the parent is "
		    "gone\"");
		exit(EXIT_AGAIN);
	}
}

static double
uptime_seconds(void *arg)
{
	(void)arg;
	return (double)(clock_mono_ms() - self.started_ms) / 1000;
}

void
daemon_start(const char *name, const struct daemon_options *o)
{
	const char *word = o->log_level ? o->log_level : "info";
	int level = log_level_parse(word);

	if (self.started)
		BUG("daemon_start called twice");
	if (level < 0)
		opts_die("--log-level: '%s' is not debug, info, warn or error",
		    word);
	log_setup(name, (enum log_level)level);
	hash_setup();
	self.started = true;
	self.started_ms = clock_mono_ms();
	self.ready_fd = o->ready_fd;
	self.supervised = o->die_with_parent;
	if (o->die_with_parent)
		follow_parent();
	start_signals();
	metrics_gauge_fn("weir_uptime_seconds", "Since the process started.",
	    NULL, uptime_seconds, NULL);
	if (o->admin)
		start_admin(o->admin);
	log_info("start", "pid=%d admin=%s", (int)getpid(),
	    self.admin ? http_server_address(self.admin) : "none");
}

void
daemon_check(const char *name, int (*check)(void *arg, struct err *e),
    void *arg)
{
	pthread_mutex_lock(&self.lock);
	if (self.nchecks == CHECKS_MAX)
		BUG("more than %d readiness checks", CHECKS_MAX);
	self.checks[self.nchecks].name = name;
	self.checks[self.nchecks].check = check;
	self.checks[self.nchecks].arg = arg;
	self.nchecks++;
	pthread_mutex_unlock(&self.lock);
}

void
daemon_busy(void)
{
	int fd = (int)self.ready_fd;

	if (fd > 0 && !atomic_load(&self.ready) && write(fd, ".", 1) != 1)
		log_warn("busy", "error=\"--ready-fd %d: %s\"", fd,
		    strerror(errno));
}

void
daemon_ready(void)
{
	int fd = (int)self.ready_fd;

	atomic_store(&self.ready, true);
	log_info("ready", "ms=%lld",
	    (long long)(clock_mono_ms() - self.started_ms));
	if (fd <= 0)
		return;
	if (write(fd, "\n", 1) != 1)
		log_warn("ready", "error=\"--ready-fd %d: %s\"", fd,
		    strerror(errno));
	if (fd > STDERR_FILENO)
		close(fd);
}

/* The lock waits for a check that is running now. */
static void
hush(void)
{
	pthread_mutex_lock(&self.lock);
	self.quiet = true;
	pthread_mutex_unlock(&self.lock);
	metrics_freeze();
}

bool
daemon_wait_ms(int64_t timeout_ms)
{
	struct pollfd p = { .fd = self.stop_fd, .events = POLLIN };
	int64_t end = clock_mono_ms() + timeout_ms;

	while (!atomic_load(&self.stopping)) {
		int64_t left = end - clock_mono_ms();

		if (left <= 0)
			return false;
		poll(&p, 1, (int)MIN_OF(left, INT64_C(60000)));
	}
	hush();
	return true;
}

void
daemon_wait(void)
{
	while (!daemon_wait_ms(MS_PER_DAY))
		continue;
}

bool
daemon_stopping(void)
{
	if (!atomic_load(&self.stopping))
		return false;
	hush();
	return true;
}

int
daemon_stop_fd(void)
{
	return self.stop_fd;
}

void
daemon_promise_beat(int64_t stall_ms)
{
	daemon_beat();
	atomic_store(&self.stall_ms, stall_ms);
}

void
daemon_beat(void)
{
	atomic_store(&self.beat_ms, clock_mono_ms());
}

int
daemon_finish(int code)
{
	hush();
	http_server_stop(self.admin, ADMIN_STOP_MS);
	self.admin = NULL;
	log_info("end", "code=%d", code);
	return code;
}
