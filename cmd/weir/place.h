#ifndef WEIR_PLACE_H
#define WEIR_PLACE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/cc.h"
#include "base/err.h"

/*
 * Where things are in a data directory: the one place that names files and
 * sockets, used by `weir up` and by every command that takes --data.
 *
 *	DIR/db              the database (weir-store)
 *	DIR/weir.lock       held by weir up
 *	DIR/run/processes   held by weir up and the processes it started
 *	DIR/run/NAME.sock   what the processes talk through
 *	DIR/run/NAME.admin  their /health, /ready and /metrics
 *	DIR/run/address     where the gateway listens
 *
 * A Unix socket's path holds 107 bytes.  When DIR is too long for that, run/
 * is a directory under /tmp named after a hash of DIR instead, which must
 * belong to the owner of DIR.
 */
enum { PLACE_PATH_MAX = 512 };

struct place {
	char data[PLACE_PATH_MAX];      /* absolute */
	char run[PLACE_PATH_MAX];       /* directory of the sockets */
};

/*
 * Finds the place of a data directory; with create, makes the directories
 * (mode 0700).  ERR_NOT_FOUND: no such directory.  ERR_DENIED: the socket
 * directory belongs to somebody else, or others may write to it.
 */
int place_open(struct place *p, const char *data, bool create, struct err *e)
    CC_CHECK CC_NONNULL(1, 2, 4);

/* "ipc://RUN/NAME.sock" and RUN/NAME.admin, into out[PLACE_PATH_MAX]. */
const char *place_endpoint(const struct place *p, const char *name, char *out);
const char *place_admin(const struct place *p, const char *name, char *out);
const char *place_file(const struct place *p, const char *name, char *out);

/* DIR/weir.lock. */
const char *place_lock_file(const struct place *p, char *out);

/* Makes and locks the file for as long as the process lives and no descriptor
 * of it is closed.  ERR_EXISTS: another process has it locked, which the text
 * names. */
int place_lock_take(const char *file, struct err *e) CC_CHECK
    CC_NONNULL(1, 2);

/* The process, not this one, that has the file locked; 0 if there is none.
 * Never for a file that this process has locked: that would unlock it. */
pid_t place_lock_holder(const char *file) CC_NONNULL(1);

#endif
