#ifndef WEIR_UP_CHECK_H
#define WEIR_UP_CHECK_H

#include "place.h"

/*
 * What must hold before `weir up` starts anything: no other weir up on the
 * data directory, the processes of one that was killed have ended (they are
 * waited for), nobody else has the database open, the address of the front
 * door is free.  If not, prints what is the matter and ends the process:
 * EXIT_AGAIN, or EXIT_USAGE for an address that cannot be listened at.
 *
 * Returns a descriptor to be inherited by every process that is started: it is
 * how the next weir up knows when the last of them is gone.
 */
int up_check(const struct place *p, const char *listen_at);

#endif
