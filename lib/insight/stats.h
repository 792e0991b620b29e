#ifndef INSIGHT_STATS_H
#define INSIGHT_STATS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cc.h"
#include "sketch/sketch.h"

/*
 * Tests of whether two periods differ, and how much.  All are two-sided, give
 * a p-value in 0..1, draw no random numbers, and give 1 when there is nothing
 * to compare.
 *
 *	p[0] = stats_proportions(3, 500, 21, 480, 1.0);
 *	p[1] = stats_levels(cost_before, cost_now, 7, &ratio);
 *	stats_adjust(p, 2, q);          // q[i] < 0.05: significant
 *
 * Threads: pure functions.
 */

/*
 * k0 of n0 against k1 of n1.  Fisher's exact test, unless each of the four
 * cells is expected to hold at least 50: then Yates' z, whose variance is
 * widened by dispersion (at least 1; stats_dispersion).  With a dispersion
 * above 1 the greater of both p-values counts.
 */
double stats_proportions(int64_t k0, int64_t n0, int64_t k1, int64_t n1,
    double dispersion);

/* Pearson's chi-square per degree of freedom of k[i] of n[i] around their
 * common rate, at least 1: how much more than chance a rate varies. */
double stats_dispersion(const int64_t *k, const int64_t *n, size_t parts)
    CC_NONNULL(1, 2);

/* Cohen's h: distance of two rates on the arcsine scale; 0.2 is small. */
double stats_effect_h(double p0, double p1);

/*
 * Counts k0 and k1 in equal times: the exact conditional binomial test of two
 * Poisson rates.  For events that do not come in clusters.
 */
double stats_counts(int64_t k0, int64_t k1);

/*
 * Two series of n matching parts (Monday with Monday, …) of something
 * positive: whether the mean of the log ratio is zero, by Student's t with von
 * Neumann's variance from successive differences, which a step within the
 * period hardly widens.  *ratio is the geometric mean of now / before.
 * Source: J. von Neumann, "Distribution of the ratio of the mean square
 * successive difference to the variance", 1941.
 */
double stats_levels(const double *before, const double *now, size_t n,
    double *ratio) CC_NONNULL(1, 2, 4);

/*
 * Two samples held as sketches: Mann-Whitney with ties, normal.  *above is
 * the chance that a value now exceeds one before (0.5: no difference).
 */
double stats_samples(const struct sketch *before, const struct sketch *now,
    double *above) CC_NONNULL(1, 2, 3);

/* Benjamini and Hochberg: q[i] is the least false discovery rate at which
 * p[i] counts as a discovery. */
void stats_adjust(const double *p, size_t n, double *q) CC_NONNULL(1, 3);

/* P(|Z| > z), P(|T| > t) with df degrees of freedom. */
double stats_normal_tails(double z);
double stats_student_tails(double t, double df);

#endif
