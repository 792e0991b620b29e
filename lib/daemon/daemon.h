#ifndef DAEMON_DAEMON_H
#define DAEMON_DAEMON_H

#include <stdbool.h>
#include <stdint.h>

#include "base/cc.h"
#include "base/err.h"
#include "base/opts.h"

/*
 * How every long-running weir process lives: log, signals, readiness, and the
 * admin port with /health, /ready and /metrics.  A main has options, wiring
 * and this:
 *
 *	static struct daemon_options common;
 *	static const struct opt table[] = {
 *		DAEMON_OPTS(common),
 *		{ "store", 's', OPT_TEXT, &store, 0, 0, "ENDPOINT", "…" },
 *		{ 0 }
 *	};
 *
 *	if (opts_parse(table, usage, argc, argv) != argc)
 *		opts_die("…");
 *	daemon_start("weir-store", &common);
 *	…open things, daemon_check("store", store_check, s)…
 *	daemon_ready();
 *	daemon_wait();
 *	…drain and close, in reverse…
 *	return daemon_finish(EXIT_DONE);
 *
 * SIGTERM and SIGINT end daemon_wait; another one during the drain, half a
 * second later or more, ends the process with EXIT_FAILED.  SIGHUP and SIGPIPE
 * are ignored.  daemon_start comes before any thread is made, since threads
 * inherit the signal mask; programs that a daemon execs inherit it too and
 * clear it with daemon_child_signals.
 *
 * Admin port: /health is 200 while the process serves (503 if a heartbeat was
 * promised and is overdue), /ready is 200 once daemon_ready was called and
 * all checks pass, else 503 with one line of reason for each; /metrics is
 * daemon/metrics.h.  It has no authentication: bind it to loopback, a private
 * network or a unix socket.
 *
 * When daemon_wait returns (or daemon_stopping says true), readiness checks
 * and the functions of metrics_*_fn are not called any more, so that what they
 * look at may be freed; until daemon_finish /health and the plain metrics are
 * still served.
 *
 * --die-with-parent asks the kernel for SIGTERM when the thread that forked
 * this process ends, so a supervisor forks from its main thread; SIGINT, which
 * a terminal sends to all of its processes, is ignored then, and so is a second
 * SIGTERM: whoever supervises has SIGKILL.
 * Threads: one process, one daemon; daemon_beat from any.
 */
struct daemon_options {
	const char *log_level;  /* NULL: info */
	const char *admin;      /* HOST:PORT or unix:PATH; NULL: none */
	int64_t ready_fd;       /* 0: none */
	bool die_with_parent;
};

#define DAEMON_OPTS(o) \
	{ "log-level", 0, OPT_TEXT, &(o).log_level, 0, 0, "LEVEL", \
	    "debug, info, warn or error (default info)" }, \
	{ "admin", 0, OPT_TEXT, &(o).admin, 0, 0, "ADDRESS", \
	    "serve /health, /ready, /metrics at HOST:PORT or unix:PATH" }, \
	{ "ready-fd", 0, OPT_INT, &(o).ready_fd, 0, 1 << 20, "N", \
	    "write a newline to this descriptor when ready, a dot before " \
	    "that while it takes long" }, \
	{ "die-with-parent", 0, OPT_FLAG, &(o).die_with_parent, 0, 0, NULL, \
	    "terminate when the parent process ends" }

/* Sets up log, hashes, signals and the admin port; a mistake in the options
 * ends the process with EXIT_USAGE, an address in use with EXIT_AGAIN. */
void daemon_start(const char *name, const struct daemon_options *o)
    CC_NONNULL(1, 2);

/*
 * Registers a readiness check: 0, or a code with *e saying why not.  Called
 * on the admin thread, at each /ready; it must not block for long.
 */
void daemon_check(const char *name, int (*check)(void *arg, struct err *e),
    void *arg) CC_NONNULL(1, 2);

/* Getting ready takes longer this time: whoever waits at the descriptor is
 * told by a dot to go on waiting.  To be called every few seconds. */
void daemon_busy(void);

/* Ready to serve: /ready may turn green and the descriptor is written. */
void daemon_ready(void);

/* Blocks until a signal asks for the end. */
void daemon_wait(void);

/* As daemon_wait for at most timeout_ms; true when the end was asked for. */
bool daemon_wait_ms(int64_t timeout_ms) CC_CHECK;

/* True once the end was asked for. */
bool daemon_stopping(void) CC_CHECK;

/* A descriptor that becomes readable when the end is asked for, for loops
 * that poll. */
int daemon_stop_fd(void);

/* Promises daemon_beat at least every stall_ms from now on; /health turns red
 * when it is overdue.  0 takes the promise back. */
void daemon_promise_beat(int64_t stall_ms);
void daemon_beat(void);

/* Between fork and exec: default signal dispositions and an empty mask. */
void daemon_child_signals(void);

/* Closes the admin port, logs the end, returns code for main to return. */
int daemon_finish(int code);

#endif
