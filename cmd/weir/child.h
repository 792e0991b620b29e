#ifndef WEIR_CHILD_H
#define WEIR_CHILD_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/cc.h"
#include "base/err.h"

/*
 * One supervised process: started, known to be ready (it writes a newline to
 * its --ready-fd), restarted with growing pauses when it dies, stopped.
 * Threads: one, the supervisor's loop.
 */
struct metric;

enum { CHILD_ARGS_MAX = 40, CHILD_NAME_MAX = 32 };

struct child {
	char name[CHILD_NAME_MAX];      /* "classify-2" */
	char *args[CHILD_ARGS_MAX + 1]; /* owned; NULL-terminated */
	int nargs;
	pid_t pid;                      /* 0 when not running */
	int ready_fd;                   /* -1 once ready or dead */
	bool is_ready;
	int64_t busy_ms;                /* when it last said so; 0: never */
	int64_t started_ms;             /* monotonic */
	int64_t restart_at_ms;          /* when pid is 0 */
	int64_t pause_ms;               /* before the next restart */
	int last_code;                  /* exit code, or 128 + signal; -1 */
	int failures;                   /* ends since it was last ready */
	int keep_fd;                    /* open in the process too; -1: none */
	struct metric *restarts;
};

/* program is weir-NAME's path; arguments are added with child_arg. */
void child_init(struct child *c, const char *name, const char *program);
void child_arg(struct child *c, const char *arg);
void child_arg2(struct child *c, const char *option, const char *value);

/* Another value for an option that was given: from the next start on. */
void child_change(struct child *c, const char *option, const char *value);
void child_fini(struct child *c);

/* Forks and execs, with --ready-fd and --die-with-parent added. */
int child_start(struct child *c, struct err *e) CC_CHECK CC_NONNULL(1, 2);

/* Reads the ready descriptor, which is readable. */
void child_on_ready_fd(struct child *c);

/* The process has ended with this wait status: plans the restart. */
void child_on_exit(struct child *c, int wait_status);

#endif
