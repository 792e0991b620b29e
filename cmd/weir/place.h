#ifndef WEIR_PLACE_H
#define WEIR_PLACE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/cc.h"
#include "base/err.h"

/*
 * Where things are in a data directory: the one place that names files and
 * sockets, used by `weir up` and by every command that takes --data.
 *
 *	DIR/db              the database (weir-store)
 *	DIR/weir.lock       held by weir up
 *	DIR/run/NAME.sock   what the processes talk through
 *	DIR/run/NAME.admin  their /health, /ready and /metrics
 *	DIR/run/address     where the gateway listens
 *
 * A Unix socket's path holds 107 bytes.  When DIR is too long for that, run/
 * is a directory under /tmp named after a hash of DIR instead.
 */
enum { PLACE_PATH_MAX = 512 };

struct place {
	char data[PLACE_PATH_MAX];      /* absolute */
	char run[PLACE_PATH_MAX];       /* directory of the sockets */
};

/*
 * Finds the place of a data directory; with create, makes the directories
 * (mode 0700).  ERR_NOT_FOUND: no such directory.  ERR_DENIED: the socket
 * directory belongs to somebody else.
 */
int place_open(struct place *p, const char *data, bool create, struct err *e)
    CC_CHECK CC_NONNULL(1, 2, 4);

/* "ipc://RUN/NAME.sock" and RUN/NAME.admin, into out[PLACE_PATH_MAX]. */
const char *place_endpoint(const struct place *p, const char *name, char *out);
const char *place_admin(const struct place *p, const char *name, char *out);
const char *place_file(const struct place *p, const char *name, char *out);

#endif
