/* weir up: runs every process of weir on one machine. */
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/hash.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/opts.h"
#include "child.h"
#include "commands.h"
#include "daemon/daemon.h"
#include "daemon/metrics.h"
#include "place.h"
#include "up_check.h"
#include "wording/wording.h"

enum {
	WORKERS_MAX = 64,
	CHILDREN_MAX = WORKERS_MAX + 4,
	START_TIMEOUT_MS = 60000,
	/* Longer than any process takes to drain by itself. */
	STOP_TIMEOUT_MS = 30000,
	FAILURES_MAX = 3,
	FILES_MAX = 65536
};

/* The order of start; the reverse is the order of stop. */
enum stage { STAGE_STORE, STAGE_WORKERS, STAGE_GATEWAY, STAGES };

struct supervisor {
	struct place place;
	struct child children[CHILDREN_MAX];
	enum stage stage_of[CHILDREN_MAX];
	int n;
	int child_fd;           /* readable when a child has ended */
	int processes_fd;       /* inherited by every child */
	bool is_stopping;
	bool is_announced;
	int code;               /* of the program's exit */
	atomic_int n_ready;     /* for the admin port */
	char bin[PATH_MAX];     /* directory of the programs */
};

static const char *data = NULL;
static const char *listen_at = "127.0.0.1:4318";
static const char *prices = NULL;
static struct daemon_options daemon_options = { .log_level = "warn" };
static const char *timezone_name = NULL;
static const char *period, *weekday;
static struct wording_options wording = WORDING_OPTIONS_INIT;
static int64_t workers = 1;
static int64_t cache_bytes = 0;

static const struct opt table[] = {
	{ "data", 'd', OPT_TEXT, &data, 0, 0, "DIR",
	    "where everything is kept; made if need be" },
	{ "listen", 'l', OPT_TEXT, &listen_at, 0, 0, "HOST:PORT",
	    "address of the front door (default 127.0.0.1:4318)" },
	{ "workers", 'w', OPT_INT, &workers, 0, WORKERS_MAX, "N",
	    "classifiers (default 1; 0: none on this machine)" },
	{ "prices", 0, OPT_TEXT, &prices, 0, 0, "FILE",
	    "token prices that go before the built-in ones" },
	{ "cache-bytes", 0, OPT_BYTES, &cache_bytes, 1 << 20,
	    INT64_C(1) << 40, "SIZE", "block cache of the store" },
	{ "timezone", 0, OPT_TEXT, &timezone_name, 0, 0, "NAME",
	    "time zone of insights (default UTC)" },
	{ "insight-period", 0, OPT_TEXT, &period, 0, 0, "KIND",
	    "of insights: daily, weekly, monthly, or several with commas "
	    "between them (default weekly)" },
	{ "insight-weekday", 0, OPT_TEXT, &weekday, 0, 0, "DAY",
	    "first day of their weeks (default monday)" },
	WORDING_OPTS(wording),
	{ "log-level", 0, OPT_TEXT, &daemon_options.log_level, 0, 0, "LEVEL",
	    "debug, info, warn or error (default warn)" },
	{ "admin", 0, OPT_TEXT, &daemon_options.admin, 0, 0, "ADDRESS",
	    "own /health, /ready, /metrics (default unix:DIR/run/up.admin)" },
	{ 0 }
};

static struct child *
add_child(struct supervisor *s, enum stage stage, const char *name,
    const char *program)
{
	struct child *c = &s->children[s->n];
	char path[PATH_MAX + 64];

	snprintf(path, sizeof(path), "%s/%s", s->bin, program);
	child_init(c, name, path);
	c->keep_fd = s->processes_fd;
	child_arg2(c, "--admin", place_admin(&s->place, name, path));
	child_arg2(c, "--log-level", daemon_options.log_level);
	s->stage_of[s->n++] = stage;
	return c;
}

static void
plan_insights(struct child *c)
{
	const struct { const char *name, *value; } options[] = {
		{ "--timezone", timezone_name }, { "--period", period },
		{ "--weekday", weekday }, { "--wording-url", wording.url },
		{ "--wording-model", wording.model },
		{ "--wording-key-file", wording.key_file },
	};
	char number[32];

	for (size_t i = 0; i < ARRAY_LEN(options); i++)
		if (options[i].value)
			child_arg2(c, options[i].name, options[i].value);
	snprintf(number, sizeof(number), "%lld", (long long)wording.timeout_s);
	if (wording.url)
		child_arg2(c, "--wording-timeout", number);
}

static void
plan_children(struct supervisor *s)
{
	char store[PLACE_PATH_MAX], query[PLACE_PATH_MAX];
	char news[PLACE_PATH_MAX], file[PLACE_PATH_MAX], number[32];
	struct child *c;

	place_endpoint(&s->place, "store", store);
	place_endpoint(&s->place, "query", query);
	place_endpoint(&s->place, "news", news);
	c = add_child(s, STAGE_STORE, "store", "weir-store");
	child_arg2(c, "--data", s->place.data);
	child_arg2(c, "--listen", store);
	child_arg2(c, "--publish", news);
	if (prices)
		child_arg2(c, "--prices", prices);
	if (cache_bytes) {
		snprintf(number, sizeof(number), "%lld",
		    (long long)cache_bytes);
		child_arg2(c, "--cache-bytes", number);
	}
	c = add_child(s, STAGE_WORKERS, "query", "weir-query");
	child_arg2(c, "--store", store);
	child_arg2(c, "--bus", query);
	c = add_child(s, STAGE_WORKERS, "insight", "weir-insight");
	child_arg2(c, "--store", store);
	plan_insights(c);
	for (int64_t i = 1; i <= workers; i++) {
		snprintf(number, sizeof(number), "classify-%lld",
		    (long long)i);
		c = add_child(s, STAGE_WORKERS, number, "weir-classify");
		child_arg2(c, "--store", store);
	}
	c = add_child(s, STAGE_GATEWAY, "gateway", "weir-gateway");
	child_arg2(c, "--store", store);
	child_arg2(c, "--query", query);
	child_arg2(c, "--listen", listen_at);
	child_arg2(c, "--address-file",
	    place_file(&s->place, "address", file));
}

static void
find_programs(struct supervisor *s)
{
	ssize_t n = readlink("/proc/self/exe", s->bin, sizeof(s->bin) - 1);
	char *slash;

	if (n <= 0)
		opts_die("cannot find my own program");
	s->bin[n] = '\0';
	slash = strrchr(s->bin, '/');
	*slash = '\0';
}

static void
count_ready(struct supervisor *s)
{
	int n = 0;

	for (int i = 0; i < s->n; i++)
		n += s->children[i].is_ready;
	atomic_store(&s->n_ready, n);
}

static int
check_ready(void *arg, struct err *e)
{
	struct supervisor *s = arg;
	int n = atomic_load(&s->n_ready);

	return n == s->n ? 0 : err_set(e, ERR_AGAIN, "%d of %d are ready", n,
	    s->n);
}

static bool
stage_is_ready(const struct supervisor *s, enum stage stage)
{
	for (int i = 0; i < s->n; i++)
		if (s->stage_of[i] == stage && !s->children[i].is_ready)
			return false;
	return true;
}

/* The stage that may run now: all before it are ready. */
static enum stage
current_stage(const struct supervisor *s)
{
	enum stage stage = STAGE_STORE;

	if (s->is_announced)
		return STAGE_GATEWAY;
	while (stage < STAGE_GATEWAY && stage_is_ready(s, stage))
		stage++;
	return stage;
}

/* Starts what is due; returns ms until the next start is, or -1. */
static int
start_due(struct supervisor *s)
{
	enum stage stage = current_stage(s);
	int64_t now = clock_mono_ms(), soonest = -1;

	for (int i = 0; i < s->n; i++) {
		struct child *c = &s->children[i];
		struct err e = ERR_INIT;

		if (c->pid || s->stage_of[i] > stage)
			continue;
		if (now < c->restart_at_ms) {
			if (soonest < 0 || c->restart_at_ms - now < soonest)
				soonest = c->restart_at_ms - now;
			continue;
		}
		if (child_start(c, &e)) {
			log_error("start", "child=%s error=\"%s\"", c->name,
			    e.text);
			c->restart_at_ms = now + c->pause_ms;
			soonest = c->pause_ms;
		}
	}
	return (int)soonest;
}

static void
announce(struct supervisor *s)
{
	char path[PLACE_PATH_MAX], address[128] = "";
	FILE *f;

	if (s->is_announced || !stage_is_ready(s, STAGE_STORE) ||
	    !stage_is_ready(s, STAGE_WORKERS) ||
	    !stage_is_ready(s, STAGE_GATEWAY))
		return;
	f = fopen(place_file(&s->place, "address", path), "r");
	if (!f || !fgets(address, sizeof(address), f))
		snprintf(address, sizeof(address), "%s", listen_at);
	if (f)
		fclose(f);
	address[strcspn(address, "\n")] = '\0';
	printf("ready http://%s\n", address);
	fflush(stdout);
	/* Port 0 means any, once: a gateway that is started again stays. */
	child_change(&s->children[s->n - 1], "--listen", address);
	s->is_announced = true;
	daemon_ready();
}

/* Before the first "ready" there is somebody to tell: a wrong command line, or
 * what fails again and again, is not mended by starting it once more. */
static bool
is_hopeless(const struct supervisor *s, const struct child *c)
{
	return !s->is_announced && (c->last_code == EXIT_USAGE ||
	    (c->last_code != EXIT_AGAIN && c->failures >= FAILURES_MAX));
}

/* Collects the dead. */
static void
reap(struct supervisor *s)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		for (int i = 0; i < s->n; i++) {
			struct child *c = &s->children[i];

			if (c->pid != pid)
				continue;
			child_on_exit(c, status);
			if (s->is_stopping)
				continue;
			metric_add(c->restarts, 1);
			log_warn("exit", "child=%s pid=%d code=%d", c->name,
			    (int)pid, c->last_code);
			if (is_hopeless(s, c)) {
				fprintf(stderr, "weir up: %s does not start; "
				    "see its message above\n", c->name);
				s->code = c->last_code == EXIT_USAGE ?
				    EXIT_USAGE : EXIT_FAILED;
				s->is_stopping = true;
			}
		}
	}
}

static void
read_child_fd(struct supervisor *s)
{
	struct signalfd_siginfo info;

	while (read(s->child_fd, &info, sizeof(info)) ==
	    (ssize_t)sizeof(info))
		continue;
	reap(s);
}

/* Sleeps until something happens or timeout_ms (-1: for ever) is over. */
static void
wait_events(struct supervisor *s, int timeout_ms)
{
	struct pollfd fds[CHILDREN_MAX + 2];
	int owner[CHILDREN_MAX + 2], n = 2;

	fds[0] = (struct pollfd){ .fd = s->child_fd, .events = POLLIN };
	/* It stays readable: not looked at once we know. */
	fds[1] = (struct pollfd){ .fd = s->is_stopping ? -1 :
	    daemon_stop_fd(), .events = POLLIN };
	for (int i = 0; i < s->n; i++) {
		if (s->children[i].ready_fd < 0)
			continue;
		owner[n] = i;
		fds[n++] = (struct pollfd){ .fd = s->children[i].ready_fd,
			.events = POLLIN };
	}
	if (poll(fds, (nfds_t)n, timeout_ms) <= 0)
		return;
	for (int i = 2; i < n; i++)
		if (fds[i].revents && s->children[owner[i]].ready_fd >= 0)
			child_on_ready_fd(&s->children[owner[i]]);
	if (fds[0].revents)
		read_child_fd(s);
	if (fds[1].revents)
		s->is_stopping = true;
	count_ready(s);
}

static bool
any_alive(const struct supervisor *s, enum stage stage)
{
	for (int i = 0; i < s->n; i++)
		if (s->stage_of[i] == stage && s->children[i].pid)
			return true;
	return false;
}

static void
signal_stage(const struct supervisor *s, enum stage stage, int signo)
{
	for (int i = 0; i < s->n; i++)
		if (s->stage_of[i] == stage && s->children[i].pid)
			kill(s->children[i].pid, signo);
}

/* Front door first, store last: what was accepted is carried through. */
static void
stop_all(struct supervisor *s)
{
	for (int stage = STAGES - 1; stage >= 0; stage--) {
		int64_t deadline = clock_mono_ms() + STOP_TIMEOUT_MS;

		signal_stage(s, (enum stage)stage, SIGTERM);
		while (any_alive(s, (enum stage)stage)) {
			int64_t left = deadline - clock_mono_ms();

			if (left <= 0) {
				log_error("stop", "stage=%d forced=yes",
				    stage);
				s->code = EXIT_FAILED;
				signal_stage(s, (enum stage)stage, SIGKILL);
				deadline = clock_mono_ms() + STOP_TIMEOUT_MS;
				left = STOP_TIMEOUT_MS;
			}
			wait_events(s, (int)left);
		}
	}
}

/* Says which process keeps us from being ready. */
static void
explain_start(const struct supervisor *s)
{
	fprintf(stderr, "weir up: not ready after %d s:",
	    START_TIMEOUT_MS / 1000);
	for (int i = 0; i < s->n; i++) {
		const struct child *c = &s->children[i];

		if (s->stage_of[i] > current_stage(s) || c->is_ready)
			continue;
		if (c->last_code >= 0)
			fprintf(stderr, " %s (last exit code %d)", c->name,
			    c->last_code);
		else
			fprintf(stderr, " %s", c->name);
	}
	fputc('\n', stderr);
}

/* Whoever says that it is busy gets the time anew. */
static bool
is_overdue(const struct supervisor *s, int64_t started_ms)
{
	for (int i = 0; i < s->n; i++)
		started_ms = MAX_OF(started_ms, s->children[i].busy_ms);
	return clock_mono_ms() > started_ms + START_TIMEOUT_MS;
}

static int
supervise(struct supervisor *s)
{
	int64_t started_ms = clock_mono_ms();

	while (!s->is_stopping) {
		int timeout_ms = start_due(s);

		if (!s->is_announced && is_overdue(s, started_ms)) {
			explain_start(s);
			s->code = EXIT_AGAIN;
			break;
		}
		if (!s->is_announced && (timeout_ms < 0 || timeout_ms > 1000))
			timeout_ms = 1000;
		wait_events(s, timeout_ms);
		announce(s);
	}
	s->is_stopping = true;
	stop_all(s);
	return s->code;
}

/* Before any thread is made, which would take the signal instead. */
static int
open_child_fd(void)
{
	sigset_t set;
	int fd;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, NULL);
	fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (fd < 0)
		BUG("signalfd: %s", strerror(errno));
	return fd;
}

/* A gateway has a descriptor for each of its connections. */
static void
raise_files(void)
{
	struct rlimit l;

	if (getrlimit(RLIMIT_NOFILE, &l) != 0)
		return;
	l.rlim_cur = MAX_OF(l.rlim_cur, MIN_OF(l.rlim_max, FILES_MAX));
	if (setrlimit(RLIMIT_NOFILE, &l) != 0)
		log_warn("files", "error=\"%s\"", strerror(errno));
}

static void
start(struct supervisor *s)
{
	static char admin[PLACE_PATH_MAX];
	struct err e = ERR_INIT;

	if (log_level_parse(daemon_options.log_level) < 0)
		opts_die("--log-level: '%s' is not debug, info, warn or error",
		    daemon_options.log_level);
	hash_setup();
	log_setup("weir-up", LOG_WARN);
	if (place_open(&s->place, data, true, &e))
		opts_die("--data: %s", e.text);
	if (prices && access(prices, R_OK) != 0)
		opts_die("--prices: %s: %s", prices, strerror(errno));
	s->processes_fd = up_check(&s->place, listen_at);
	s->child_fd = open_child_fd();
	raise_files();
	if (!daemon_options.admin)
		daemon_options.admin = place_admin(&s->place, "up", admin);
	daemon_start("weir-up", &daemon_options);
	find_programs(s);
	plan_children(s);
	daemon_check("processes", check_ready, s);
}

int
cmd_up(int argc, char **argv)
{
	static struct supervisor s = { .code = EXIT_DONE };
	int code;

	if (opts_parse(table, "weir up --data DIR [options]", argc, argv) !=
	    argc)
		opts_die("takes no operands");
	if (!data)
		opts_die("--data is missing");
	start(&s);
	code = supervise(&s);
	code = daemon_finish(code);
	for (int i = 0; i < s.n; i++)
		child_fini(&s.children[i]);
	close(s.child_fd);
	close(s.processes_fd);
	return code;
}
