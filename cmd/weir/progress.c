#include "progress.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"

enum { BAR_WIDTH = 40, REDRAW_MS = 200 };

struct progress
progress_of(int64_t expected)
{
	return (struct progress){ .is_shown = isatty(STDERR_FILENO),
		.expected = expected, .unit = "runs" };
}

void
progress_draw(struct progress *p, int64_t runs, bool is_end)
{
	int64_t all = MAX_OF(p->expected, runs), now = clock_mono_ms();
	char bar[BAR_WIDTH + 1];
	size_t n = is_end || all == 0 ? BAR_WIDTH :
	    (size_t)((double)runs / (double)all * BAR_WIDTH);

	if (!p->is_shown || (!is_end && now - p->drawn_ms < REDRAW_MS))
		return;
	p->drawn_ms = now;
	memset(bar, '.', BAR_WIDTH);
	memset(bar, '#', n);
	bar[BAR_WIDTH] = '\0';
	fprintf(stderr, "\r[%s] %lld %s%s", bar, (long long)runs, p->unit,
	    is_end ? "\n" : "");
}
