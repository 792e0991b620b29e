#ifndef WEIR_PROGRESS_H
#define WEIR_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/cc.h"

/*
 * A bar on standard error, if that is a terminal:
 *
 *	[##########..............................] 2500 runs
 *
 *	struct progress p = progress_of(total);
 *
 *	progress_draw(&p, done, false);
 *	…
 *	progress_draw(&p, done, true);
 */
struct progress {
	bool is_shown;
	int64_t expected, drawn_ms;
	const char *unit;               /* "runs", unless changed */
};

struct progress progress_of(int64_t expected) CC_CHECK;

/* A few times a second; at the end full, with a newline. */
void progress_draw(struct progress *p, int64_t runs, bool is_end)
    CC_NONNULL(1);

#endif
