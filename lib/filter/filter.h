#ifndef FILTER_FILTER_H
#define FILTER_FILTER_H

#include <stdio.h>

#include "base/arena.h"
#include "base/err.h"
#include "model/event.h"

/*
 * A stage as a filter: events in msgpack on one descriptor in, on another out
 * (DESIGN section 1).  What every --stdin mode, `weir cat` and `weir pack`
 * share.
 *
 *	static int
 *	take(void *arg, const struct event *ev, struct err *e) { … }
 *
 *	if (filter_read_events(STDIN_FILENO, take, NULL, &e))
 *		…
 *
 * Memory: one event at a time, at most EVENT_BYTES_MAX.
 * Threads: reentrant.
 */

/*
 * Calls take for each event until the end of the input; the event is borrowed
 * for the call.  Returns what take returned when that is not 0, ERR_INVALID
 * when the input is not events or ends inside one (the text names the byte
 * offset), ERR_IO when reading fails.
 */
int filter_read_events(int fd, int (*take)(void *arg, const struct event *ev,
    struct err *e), void *arg, struct err *e) CC_CHECK CC_NONNULL(2, 4);

/*
 * Calls take for each line (without its newline) of at most max_bytes; number
 * counts from 1.  ERR_LIMIT names a longer line.
 */
int filter_read_lines(int fd, size_t max_bytes, int (*take)(void *arg,
    struct str line, size_t number, struct err *e), void *arg, struct err *e)
    CC_CHECK CC_NONNULL(3, 5);

/* Writes the event to the stream; ERR_IO when that fails (EPIPE included). */
int filter_write_event(FILE *out, const struct event *ev, struct err *e)
    CC_CHECK CC_NONNULL(1, 2, 3);

#endif
