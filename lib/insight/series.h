#ifndef INSIGHT_SERIES_H
#define INSIGHT_SERIES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cc.h"
#include "base/err.h"
#include "base/str.h"

/*
 * Lines of a series as CSV: a timestamp, a comma, a value, and perhaps more
 * columns, which are ignored; quotes around a cell are taken off.
 *
 *	timestamp,value
 *	2015-02-26 21:42:53,2
 *
 * Timestamps are ISO 8601 with or without the T and the zone, or a number of
 * seconds, ms, us or ns since 1970 (by its size).  The first line may be
 * names of columns.  Empty lines are skipped.  A value that is empty, nan, na
 * or null is a gap: there is nothing to learn from it.
 *
 *	if (series_parse(line, 1, &p, e))
 *		return e->code;
 *
 * Threads: pure.
 */
struct series_point {
	bool is_header;
	bool is_missing;        /* there is a time, and no value */
	struct str text;        /* "timestamp,value" as it stood; "": nothing */
	int64_t ns;
	double value;
};

/* ERR_INVALID names the cell; number 1 is the first line. */
int series_parse(struct str line, size_t number, struct series_point *out,
    struct err *e) CC_CHECK CC_NONNULL(3, 4);

#endif
