#ifndef WEIR_INSIGHT_H
#define WEIR_INSIGHT_H

#include <stddef.h>
#include <stdint.h>

#include "insight/period.h"
#include "store/client.h"
#include "wording/wording.h"

/* The two lives of weir-insight; each returns the exit code. */

/* Reads events on stdin, writes them and the insights on stdout. */
int insight_filter(const struct period *p, const char *prices,
    size_t max_bytes);

enum { INSIGHT_KINDS_MAX = 3, CATCH_UP_MAX = 60 };

struct insight_schedule {
	enum period_kind kinds[INSIGHT_KINDS_MAX];
	size_t nkinds;
	struct zone zone;
	int first_weekday;
	int64_t catch_up;       /* closed periods that are looked after */
	int64_t interval_ms;    /* between two looks */
	struct wording *wording;        /* or NULL */
};

/* Keeps the insights of closed periods up to date until the process is asked
 * to end. */
int insight_serve(struct store_client *store,
    const struct insight_schedule *schedule);

#endif
