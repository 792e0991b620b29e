#ifndef INSIGHT_GATE_H
#define INSIGHT_GATE_H

#include <stdbool.h>

#include "base/cc.h"
#include "base/err.h"
#include "base/str.h"

/*
 * Conditions over the values of an insight: what --fail-on takes.
 *
 *	new_failures > 0 || frustration_rate > 5%
 *	runs >= 100 && (cost_usd > 1.5 * cost_usd_before)
 *
 * Numbers (a % behind one divides it by 100), names, + - * /, comparisons
 * < <= > >= == !=, ! && ||, parentheses; they bind as in C.  True is anything
 * but 0.  Something divided by 0 is 0.
 *
 *	static bool
 *	value(void *arg, struct str name, double *v) { … }
 *
 *	if (gate_eval(STR("runs > 0"), value, insight, &result, e))
 *		return e->code;
 *
 * Threads: reentrant.  Errors: ERR_INVALID names what is wrong and where,
 * ERR_NOT_FOUND a name that value does not know, ERR_LIMIT an expression of
 * more than GATE_BYTES_MAX or nested deeper than GATE_DEPTH_MAX.
 */
enum { GATE_BYTES_MAX = 4096, GATE_DEPTH_MAX = 64 };

int gate_eval(struct str expression, bool (*value)(void *arg, struct str name,
    double *v), void *arg, double *result, struct err *e) CC_CHECK
    CC_NONNULL(2, 4, 5);

#endif
