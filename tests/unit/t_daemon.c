#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "daemon/daemon.h"
#include "daemon/metrics.h"
#include "tap.h"

static char dir[] = "/tmp/t_daemon.XXXXXX";

static void
test_metrics(void)
{
	static const double bounds[] = { 1, 5 };
	struct metric *c, *g, *h;
	struct buf b;

	c = metrics_counter("weir_t_total", "Things\nseen.", "kind=\"a\"");
	ok(c == metrics_counter("weir_t_total", "", "kind=\"a\""),
	    "metrics: same name and labels, same object");
	metric_add(c, 2);
	metric_add(metrics_counter("weir_t_total", "", "kind=\"b\""), 3);
	g = metrics_gauge("weir_t_now", "Now.", NULL);
	metric_set(g, 7);
	metric_add(g, -9);
	is_int(metric_value(g), -2, "metrics: gauge");
	h = metrics_histogram("weir_t_seconds", "Took.", "op=\"x\"", bounds, 2);
	metric_observe(h, 0.5);
	metric_observe(h, 1);
	metric_observe_ns(h, 2500000000);
	metric_observe(h, 100);
	buf_init(&b, 1 << 20);
	metrics_render(&b);
	buf_add_byte(&b, 0);
	ok(strstr(b.p, "# HELP weir_t_total Things\\nseen.\n"
	    "# TYPE weir_t_total counter\nweir_t_total{kind=\"a\"} 2\n"
	    "weir_t_total{kind=\"b\"} 3\n"), "metrics: counters in a family");
	ok(strstr(b.p, "# TYPE weir_t_now gauge\nweir_t_now -2\n"),
	    "metrics: gauge line");
	ok(strstr(b.p, "weir_t_seconds_bucket{op=\"x\",le=\"1\"} 2\n"
	    "weir_t_seconds_bucket{op=\"x\",le=\"5\"} 3\n"
	    "weir_t_seconds_bucket{op=\"x\",le=\"+Inf\"} 4\n"
	    "weir_t_seconds_sum{op=\"x\"} 104\n"
	    "weir_t_seconds_count{op=\"x\"} 4\n"), "metrics: histogram");
	ok(strstr(b.p, "\nprocess_resident_memory_bytes ") &&
	    strstr(b.p, "\nprocess_cpu_seconds_total ") &&
	    strstr(b.p, "\nprocess_open_fds ") &&
	    strstr(b.p, "weir_build_info{version=\""), "metrics: process");
	buf_fini(&b);
}

static void *
count_main(void *arg)
{
	for (int i = 0; i < 20000; i++) {
		metric_add(arg, 1);
		metric_observe(metrics_histogram("weir_t_threads_seconds",
		    "x", NULL, NULL, 0), 0.25);
	}
	return NULL;
}

static void
test_metric_threads(void)
{
	struct metric *c = metrics_counter("weir_t_threads_total", "x", NULL);
	pthread_t t[4];
	struct buf b;

	for (int i = 0; i < 4; i++)
		pthread_create(&t[i], NULL, count_main, c);
	for (int i = 0; i < 4; i++)
		pthread_join(t[i], NULL);
	is_int(metric_value(c), 80000, "metrics: no count lost");
	buf_init(&b, 1 << 20);
	metrics_render(&b);
	buf_add_byte(&b, 0);
	ok(strstr(b.p, "weir_t_threads_seconds_sum 20000\n"
	    "weir_t_threads_seconds_count 80000\n"),
	    "metrics: no observation lost");
	buf_fini(&b);
}

/* ---- a daemon in another process ---- */

static int
check_file(void *arg, struct err *e)
{
	if (access(arg, F_OK) == 0)
		return 0;
	return err_set(e, ERR_IO, "the file is gone");
}

static int
daemon_main(int argc, char **argv)
{
	static struct daemon_options common;
	static const char *file, *mode = "";
	static const struct opt table[] = {
		DAEMON_OPTS(common),
		{ "file", 0, OPT_TEXT, &file, 0, 0, "PATH", "ready while it "
		    "exists" },
		{ "mode", 0, OPT_TEXT, &mode, 0, 0, "WORD", "stuck | stall" },
		{ 0 }
	};
	char *path;

	alarm(60);
	if (opts_parse(table, "t_daemon", argc, argv) != argc)
		opts_die("no operands");
	path = file ? mem_strdup(file) : NULL;
	daemon_start("t_daemon", &common);
	if (path)
		daemon_check("file", check_file, path);
	if (strcmp(mode, "stall") == 0)
		daemon_promise_beat(50);
	daemon_ready();
	daemon_wait();
	free(path);
	if (strcmp(mode, "stuck") == 0)
		pause();
	return daemon_finish(EXIT_DONE);
}

/* Starts this program as a daemon; its log goes to the given fd or away. */
static pid_t
spawn(const char *const *args)
{
	const char *argv[16] = { "t_daemon" };
	union {
		const char **in;
		char *const *out;
	} u = { argv };
	pid_t pid;
	int n = 1;

	while (*args)
		argv[n++] = *args++;
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		int null = open("/dev/null", O_WRONLY);

		setenv("T_DAEMON", "1", 1);
		dup2(null, STDERR_FILENO);
		execv("/proc/self/exe", u.out);
		_exit(127);
	}
	return pid;
}

static int
reap(pid_t pid)
{
	int status = 0;

	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static char *
ask(const char *path, const char *what)
{
	static char out[100000];
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	char text[200];
	size_t n = 0;
	ssize_t rc;
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	out[0] = '\0';
	snprintf(un.sun_path, sizeof(un.sun_path), "%s", path);
	snprintf(text, sizeof(text), "GET %s HTTP/1.1\r\nHost: x\r\n"
	    "Connection: close\r\n\r\n", what);
	if (connect(fd, (struct sockaddr *)&un, sizeof(un)) == 0 &&
	    write(fd, text, strlen(text)) == (ssize_t)strlen(text))
		while ((rc = read(fd, out + n, sizeof(out) - 1 - n)) > 0)
			n += (size_t)rc;
	out[n] = '\0';
	close(fd);
	return out;
}

static void
test_life(void)
{
	char *path = mem_printf("%s/admin", dir);
	char *file = mem_printf("%s/file", dir);
	char *admin = mem_printf("unix:%s", path), fd_text[16], c = 0;
	const char *args[] = { "--admin", admin, "--ready-fd", fd_text,
	    "--file", file, NULL };
	const char *second[] = { "--admin", admin, NULL };
	int fds[2];
	pid_t pid;

	if (pipe(fds))
		return;
	fcntl(fds[0], F_SETFD, FD_CLOEXEC);
	snprintf(fd_text, sizeof(fd_text), "%d", fds[1]);
	pid = spawn(args);
	close(fds[1]);
	ok(read(fds[0], &c, 1) == 1 && c == '\n', "life: newline when ready");
	ok(read(fds[0], &c, 1) == 0, "life: and the descriptor is closed");
	close(fds[0]);
	ok(strstr(ask(path, "/health"), " 200 "), "life: healthy");
	ok(strstr(ask(path, "/ready"), " 503 ") &&
	    strstr(ask(path, "/ready"), "file: the file is gone"),
	    "life: not ready, and why");
	close(open(file, O_CREAT | O_WRONLY, 0600));
	ok(strstr(ask(path, "/ready"), " 200 "), "life: ready");
	ok(strstr(ask(path, "/metrics"), "weir_build_info{version=\"") &&
	    strstr(ask(path, "/metrics"), "weir_uptime_seconds "),
	    "life: metrics");
	ok(strstr(ask(path, "/other"), " 404 "), "life: nothing else");
	is_int(reap(spawn(second)), EXIT_AGAIN, "life: address taken is 111");
	kill(pid, SIGHUP);
	kill(pid, SIGPIPE);
	ok(strstr(ask(path, "/health"), " 200 "), "life: SIGHUP, SIGPIPE");
	kill(pid, SIGTERM);
	is_int(reap(pid), EXIT_DONE, "life: SIGTERM ends it well");
	ok(access(path, F_OK) != 0, "life: socket removed");
	free(path);
	free(file);
	free(admin);
}

static void
wait_for(const char *path)
{
	for (int i = 0; i < 500 && !strstr(ask(path, "/ready"), " 200 "); i++)
		clock_sleep_ms(10);
}

static void
test_stuck(void)
{
	char *path = mem_printf("%s/stuck", dir);
	char *admin = mem_printf("unix:%s", path);
	const char *stuck[] = { "--mode=stuck", "--admin", admin, NULL };
	const char *stall[] = { "--mode=stall", "--admin", admin, NULL };
	pid_t pid = spawn(stuck);

	wait_for(path);
	kill(pid, SIGTERM);
	clock_sleep_ms(100);
	is_int(waitpid(pid, NULL, WNOHANG), 0, "stuck: still draining");
	ok(strstr(ask(path, "/ready"), "stopping"), "stuck: not ready");
	kill(pid, SIGTERM);
	clock_sleep_ms(500);
	is_int(waitpid(pid, NULL, WNOHANG), 0, "stuck: the same signal twice");
	kill(pid, SIGINT);
	is_int(reap(pid), EXIT_FAILED, "stuck: a later signal ends it");
	pid = spawn(stall);
	wait_for(path);
	clock_sleep_ms(100);
	ok(strstr(ask(path, "/health"), " 503 "), "stall: seen");
	kill(pid, SIGINT);
	is_int(reap(pid), EXIT_DONE, "stall: SIGINT ends it well");
	free(path);
	free(admin);
}

static void
test_options(void)
{
	static const char *const bad[][3] = {
		{ "--log-level=loud", NULL, NULL },
		{ "--admin=nonsense", NULL, NULL },
		{ "--ready-fd=x", NULL, NULL },
		{ "--nothing", NULL, NULL },
	};

	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		is_int(reap(spawn(bad[i])), EXIT_USAGE, "options: %s",
		    bad[i][0]);
}

/* A parent that starts a daemon and is killed: the daemon follows. */
static void
test_die_with_parent(void)
{
	char *path = mem_printf("%s/child", dir);
	char *admin = mem_printf("unix:%s", path);
	const char *args[] = { "--die-with-parent", "--admin", admin, NULL };
	bool gone = false;
	pid_t middle;

	fflush(stdout);
	middle = fork();
	if (middle == 0) {
		spawn(args);
		pause();
		_exit(0);
	}
	wait_for(path);
	ok(strstr(ask(path, "/health"), " 200 "), "orphan: child is up");
	kill(middle, SIGKILL);
	reap(middle);
	for (int i = 0; i < 200 && !gone; i++) {
		gone = access(path, F_OK) != 0;
		clock_sleep_ms(10);
	}
	ok(gone, "orphan: ended with its parent");
	free(path);
	free(admin);
}

int
main(int argc, char **argv)
{
	char *rm;

	if (getenv("T_DAEMON"))
		return daemon_main(argc, argv);
	if (!mkdtemp(dir))
		return 1;
	alarm(100);
	test_metrics();
	test_metric_threads();
	test_life();
	test_stuck();
	test_options();
	test_die_with_parent();
	rm = mem_printf("rm -rf %s", dir);
	ok(system(rm) == 0, "cleaned up");
	free(rm);
	return tap_done();
}
