#ifndef BUS_KEYS_H
#define BUS_KEYS_H

#include <stdbool.h>

#include "base/cc.h"
#include "base/err.h"

/*
 * The cluster's key file and the rule about who may speak where.
 *
 * One CURVE key pair is shared by all processes of a cluster: servers use it
 * as theirs and admit only clients that hold it too.  The file is text:
 *
 *	# weir cluster key: whoever holds it is part of the cluster
 *	public-key JTKVSB%%)wK0E.X)V>+}o?pNmC{O&4W4b!Ni{Lh6
 *	secret-key D:)Q[IlAW!ahhC2ac:9*A}h:p?([4%wOTJ%JR%cs
 *
 * and must be a regular file of the caller or of root, mode 0600 or less.
 *
 * Endpoints are ipc://PATH (the caller makes its directory, mode 0700: the
 * file system is the guard there) and tcp://HOST:PORT, which needs keys.
 * Only on loopback and only with allow_plain may tcp go without.
 * Threads: any; a struct bus_keys is read-only after loading.
 */
enum { BUS_KEY_TEXT_SIZE = 41 };  /* Z85 of 32 bytes, and a NUL */

struct bus_keys {
	char public_key[BUS_KEY_TEXT_SIZE];
	char secret_key[BUS_KEY_TEXT_SIZE];
};

/* ERR_IO when it cannot be read, ERR_DENIED when others can read it,
 * ERR_INVALID when it is not a key file or the halves do not match. */
int bus_keys_load(struct bus_keys *k, const char *path, struct err *e)
    CC_CHECK CC_NONNULL(1, 2, 3);

/* Makes a new pair in a new file, mode 0600, synced; ERR_EXISTS when the path
 * is taken. */
int bus_keys_generate(const char *path, struct err *e) CC_CHECK
    CC_NONNULL(1, 2);

/* Overwrites the secret. */
void bus_keys_wipe(struct bus_keys *k) CC_NONNULL(1);

/*
 * 0 if the endpoint is well formed and may be used with these keys (NULL:
 * none); ERR_INVALID or ERR_DENIED with the reason.  Servers, clients,
 * publishers and subscribers check it themselves; programs may check early.
 */
int bus_endpoint_check(const char *endpoint, const struct bus_keys *keys,
    bool allow_plain, struct err *e) CC_CHECK CC_NONNULL(1, 4);

#endif
