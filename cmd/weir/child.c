#include "child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/opts.h"
#include "daemon/daemon.h"
#include "daemon/metrics.h"

enum {
	PAUSE_FIRST_MS = 50,
	PAUSE_MAX_MS = 5000,
	STABLE_MS = 1000        /* ready, and that old: a new pause */
};

void
child_init(struct child *c, const char *name, const char *program)
{
	char labels[CHILD_NAME_MAX + 16];

	*c = (struct child){ .ready_fd = -1, .pause_ms = PAUSE_FIRST_MS,
	    .last_code = -1, .keep_fd = -1 };
	snprintf(c->name, sizeof(c->name), "%s", name);
	snprintf(labels, sizeof(labels), "process=\"%s\"", c->name);
	c->restarts = metrics_counter("weir_up_exits_total",
	    "Times that a process ended without being asked to.", labels);
	child_arg(c, program);
}

void
child_arg(struct child *c, const char *arg)
{
	/* Room for the two that child_start adds. */
	if (c->nargs + 3 > CHILD_ARGS_MAX)
		BUG("too many arguments for %s", c->name);
	c->args[c->nargs++] = mem_strdup(arg);
}

void
child_arg2(struct child *c, const char *option, const char *value)
{
	child_arg(c, option);
	child_arg(c, value);
}

void
child_change(struct child *c, const char *option, const char *value)
{
	for (int i = 0; i + 1 < c->nargs; i++)
		if (strcmp(c->args[i], option) == 0) {
			free(c->args[i + 1]);
			c->args[i + 1] = mem_strdup(value);
			return;
		}
	BUG("%s was not given %s", c->name, option);
}

void
child_fini(struct child *c)
{
	for (int i = 0; i < c->nargs; i++)
		free(c->args[i]);
	if (c->ready_fd >= 0)
		close(c->ready_fd);
}

/* In the child: becomes the program. */
static void
become(const struct child *c, int ready_fd, pid_t parent)
{
	char number[16];
	char *args[CHILD_ARGS_MAX + 1];
	char option[] = "--ready-fd", die[] = "--die-with-parent";
	int n = c->nargs;

	memcpy(args, c->args, (size_t)n * sizeof(*args));
	snprintf(number, sizeof(number), "%d", ready_fd);
	args[n++] = die;
	args[n++] = option;
	args[n++] = number;
	args[n] = NULL;
	/* Here and not only in the program, so that there is no moment in
	 * which the parent's end goes unnoticed. */
	if (prctl(PR_SET_PDEATHSIG, SIGTERM) != 0 || getppid() != parent)
		_exit(EXIT_AGAIN);
	daemon_child_signals();
	/* Only these outlive the exec. */
	fcntl(ready_fd, F_SETFD, 0);
	if (c->keep_fd >= 0)
		fcntl(c->keep_fd, F_SETFD, 0);
	execv(args[0], args);
	log_error("exec", "program=%s error=\"%s\"", args[0], strerror(errno));
	_exit(EXIT_USAGE);
}

int
child_start(struct child *c, struct err *e)
{
	pid_t pid, parent = getpid();
	int ends[2];

	if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0)
		return err_sys(e, ERR_IO, "%s: pipe", c->name);
	pid = fork();
	if (pid < 0) {
		close(ends[0]);
		close(ends[1]);
		return err_sys(e, ERR_IO, "%s: fork", c->name);
	}
	if (pid == 0)
		become(c, ends[1], parent);
	close(ends[1]);
	c->pid = pid;
	c->ready_fd = ends[0];
	c->is_ready = false;
	c->started_ms = clock_mono_ms();
	log_info("start", "child=%s pid=%d", c->name, (int)pid);
	return 0;
}

void
child_on_ready_fd(struct child *c)
{
	char byte;
	ssize_t n = read(c->ready_fd, &byte, 1);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n == 1 && byte == '.') {
		c->busy_ms = clock_mono_ms();
		return;
	}
	if (n == 1) {
		c->is_ready = true;
		c->failures = 0;
		log_info("ready", "child=%s ms=%lld", c->name,
		    (long long)(clock_mono_ms() - c->started_ms));
	}
	close(c->ready_fd);
	c->ready_fd = -1;
}

void
child_on_exit(struct child *c, int wait_status)
{
	int64_t now = clock_mono_ms();

	c->last_code = WIFEXITED(wait_status) ? WEXITSTATUS(wait_status) :
	    128 + WTERMSIG(wait_status);
	if (c->is_ready && now - c->started_ms >= STABLE_MS)
		c->pause_ms = PAUSE_FIRST_MS;
	c->restart_at_ms = now + c->pause_ms;
	c->pause_ms = MIN_OF(c->pause_ms * 2, PAUSE_MAX_MS);
	c->pid = 0;
	c->failures++;
	c->is_ready = false;
	if (c->ready_fd >= 0)
		close(c->ready_fd);
	c->ready_fd = -1;
}
