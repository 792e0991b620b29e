#ifndef INSIGHT_CHANGES_H
#define INSIGHT_CHANGES_H

#include <stdint.h>

#include "base/cc.h"

/*
 * How surprising each value of a series is, seen from those before it.
 *
 *	struct changes *c = changes_new();
 *
 *	while (next(&ns, &value))
 *		if (changes_add(c, ns, value) >= CHANGES_ALARM)
 *			tell(ns);
 *	changes_free(c);
 *
 * The method.  Three views of the series each give a distance, in standard
 * deviations, from what was usual: the value itself, its residual from the
 * profile of the day (or of the week, when there are a few values a day or
 * less), and the mean of the last eight.  How rare a distance is follows from
 * its own history: above a running 98 % quantile the excess counts in units
 * of the mean excess so far (peaks over threshold, with an exponential tail),
 * so that heavy and light tails, counts and temperatures give comparable
 * surprise.  The surprise of all views adds up, and over the last few values.
 * It is then compared with the peak of the recent past: what does not exceed
 * it is the same change still going on, and is damped, so that one change
 * is one alarm.  Nothing is tuned to a series; there are no parameters.
 *
 * Scores are in 0..1 and depend only on the past; CHANGES_ALARM separates
 * changes from noise.  The first CHANGES_WARM values score 0.  The constants
 * were chosen by the score on the Numenta Anomaly Benchmark's series, where it
 * is flat around them (scripts/eval_changes).  A gap is no value: what is
 * missing is not added.
 *
 * Memory: some kilobytes, whatever the length.  Threads: one object, one
 * thread.  Source: Pickands, "Statistical inference using extreme order
 * statistics", 1975, for the tail.
 */
#define CHANGES_ALARM 0.5
enum { CHANGES_WARM = 20 };

struct changes;

struct changes *changes_new(void) CC_CHECK;
/* Accepts NULL. */
void changes_free(struct changes *c);

/* ns: when, since 1970, UTC; value: finite. */
double changes_add(struct changes *c, int64_t ns, double value)
    CC_NONNULL(1);

#endif
