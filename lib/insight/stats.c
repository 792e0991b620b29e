#include "insight/stats.h"

#include <math.h>
#include <stdlib.h>

#include "base/mem.h"

/* Probabilities this close count as equal: they were summed in floats. */
static const double tie = 1e-7;

double
stats_normal_tails(double z)
{
	return erfc(fabs(z) / sqrt(2));
}

/* The continued fraction of the incomplete beta function (Lentz). */
static double
beta_fraction(double x, double a, double b)
{
	double c = 1, d = 1 - (a + b) * x / (a + 1), f;

	d = 1 / (fabs(d) < 1e-300 ? 1e-300 : d);
	f = d;
	for (int m = 1; m <= 300; m++) {
		double t = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
		double step;

		d = 1 + t * d;
		c = 1 + t / c;
		d = 1 / (fabs(d) < 1e-300 ? 1e-300 : d);
		f *= d * c;
		t = -(a + m) * (a + b + m) * x /
		    ((a + 2 * m) * (a + 2 * m + 1));
		d = 1 + t * d;
		c = 1 + t / c;
		d = 1 / (fabs(d) < 1e-300 ? 1e-300 : d);
		step = d * c;
		f *= step;
		if (fabs(step - 1) < 1e-13)
			break;
	}
	return f;
}

/* lgamma writes a global; its reentrant form does not. */
static double
log_gamma(double x)
{
	int sign;

	return lgamma_r(x, &sign);
}

/* Regularised incomplete beta function. */
static double
beta_part(double x, double a, double b)
{
	double front;

	if (x <= 0)
		return 0;
	if (x >= 1)
		return 1;
	front = exp(log_gamma(a + b) - log_gamma(a) - log_gamma(b) +
	    a * log(x) + b * log1p(-x));
	return x < (a + 1) / (a + b + 2) ?
	    front * beta_fraction(x, a, b) / a :
	    1 - front * beta_fraction(1 - x, b, a) / b;
}

double
stats_student_tails(double t, double df)
{
	if (!(df > 0))
		return 1;
	return beta_part(df / (df + t * t), df / 2, 0.5);
}

/* ---- rates ---- */

static double
log_choose(double n, double k)
{
	return log_gamma(n + 1) - log_gamma(k + 1) - log_gamma(n - k + 1);
}

/* Sums the tables with the same margins that are no likelier than ours. */
static double
fisher(int64_t k0, int64_t n0, int64_t k1, int64_t n1)
{
	int64_t k = k0 + k1, lo = k > n1 ? k - n1 : 0, hi = k < n0 ? k : n0;
	double base = log_choose((double)(n0 + n1), (double)k);
	double ours = log_choose((double)n0, (double)k0) +
	    log_choose((double)n1, (double)k1) - base;
	double sum = 0;

	for (int64_t i = lo; i <= hi; i++) {
		double p = log_choose((double)n0, (double)i) +
		    log_choose((double)n1, (double)(k - i)) - base;

		if (p <= ours + tie)
			sum += exp(p);
	}
	return fmin(sum, 1);
}

static double
yates(double k0, double n0, double k1, double n1, double dispersion)
{
	double p = (k0 + k1) / (n0 + n1);
	double sd = sqrt(p * (1 - p) * (1 / n0 + 1 / n1) * dispersion);
	double gap = fabs(k1 / n1 - k0 / n0) - (1 / n0 + 1 / n1) / 2;

	return sd > 0 && gap > 0 ? stats_normal_tails(gap / sd) : 1;
}

double
stats_proportions(int64_t k0, int64_t n0, int64_t k1, int64_t n1,
    double dispersion)
{
	int64_t k = k0 + k1, n = n0 + n1;
	double least, p;

	if (n0 <= 0 || n1 <= 0 || k0 < 0 || k1 < 0 || k0 > n0 || k1 > n1 ||
	    k == 0 || k == n)
		return 1;
	least = (double)(n0 < n1 ? n0 : n1) * (double)(k < n - k ? k : n - k) /
	    (double)n;
	p = least >= 50 ? yates((double)k0, (double)n0, (double)k1, (double)n1,
	    1) : fisher(k0, n0, k1, n1);
	if (dispersion > 1)
		p = fmax(p, yates((double)k0, (double)n0, (double)k1,
		    (double)n1, dispersion));
	return p;
}

double
stats_dispersion(const int64_t *k, const int64_t *n, size_t parts)
{
	double sum_k = 0, sum_n = 0, chi = 0, rate;
	size_t used = 0;

	for (size_t i = 0; i < parts; i++) {
		sum_k += (double)k[i];
		sum_n += (double)n[i];
	}
	rate = sum_n > 0 ? sum_k / sum_n : 0;
	if (rate <= 0 || rate >= 1)
		return 1;
	for (size_t i = 0; i < parts; i++) {
		double expected = (double)n[i] * rate;

		if (n[i] <= 0)
			continue;
		chi += ((double)k[i] - expected) * ((double)k[i] - expected) /
		    (expected * (1 - rate));
		used++;
	}
	return used < 2 ? 1 : fmax(1, chi / (double)(used - 1));
}

double
stats_effect_h(double p0, double p1)
{
	return 2 * (asin(sqrt(p1)) - asin(sqrt(p0)));
}

/* ---- counts and levels ---- */

double
stats_counts(int64_t k0, int64_t k1)
{
	double n = (double)(k0 + k1), tail;
	double k = (double)(k0 < k1 ? k0 : k1);

	if (k0 < 0 || k1 < 0 || n == 0)
		return 1;
	/* P(X <= k) for X ~ Binomial(n, 1/2). */
	tail = beta_part(0.5, n - k, k + 1);
	return fmin(1, 2 * tail);
}

/* A hundredth of the mean stands for nothing, so that a ratio exists. */
static double
floor_of(const double *before, const double *now, size_t n)
{
	double sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += before[i] + now[i];
	return n ? sum / (double)(2 * n) / 100 : 0;
}

double
stats_levels(const double *before, const double *now, size_t n, double *ratio)
{
	double mean = 0, jumps = 0, last = 0, least, var;

	*ratio = 1;
	least = floor_of(before, now, n);
	if (n < 3 || least <= 0)
		return 1;
	for (size_t i = 0; i < n; i++) {
		double d = log((now[i] + least) / (before[i] + least));

		mean += d / (double)n;
		if (i)
			jumps += (d - last) * (d - last);
		last = d;
	}
	*ratio = exp(mean);
	/* Never quite certain: a level that is constant may still be due to
	 * chance. */
	var = jumps / (double)(2 * (n - 1)) + 1e-6;
	return stats_student_tails(mean / sqrt(var / (double)n),
	    2.0 * (double)((n - 1) * (n - 1)) / (double)(3 * n - 4));
}

/* ---- samples ---- */

double
stats_samples(const struct sketch *before, const struct sketch *now,
    double *above)
{
	double n0 = (double)sketch_count(before);
	double n1 = (double)sketch_count(now);
	double u = 0, below = 0, ties = 0, n = n0 + n1, var;
	size_t i = 0, j = 0;

	*above = 0.5;
	if (n0 < 1 || n1 < 1)
		return 1;
	while (i < before->n || j < now->n) {
		uint32_t a = i < before->n ? before->v[i].index : UINT32_MAX;
		uint32_t b = j < now->n ? now->v[j].index : UINT32_MAX;
		double c0 = a <= b ? (double)before->v[i++].count : 0;
		double c1 = b <= a ? (double)now->v[j++].count : 0;
		double t = c0 + c1;

		u += c1 * (below + c0 / 2);
		below += c0;
		ties += t * t * t - t;
	}
	*above = u / (n0 * n1);
	var = n0 * n1 / 12 * (n + 1 - ties / (n * (n - 1)));
	if (!(var > 0))
		return 1;
	return stats_normal_tails(fmax(0, fabs(u - n0 * n1 / 2) - 0.5) /
	    sqrt(var));
}

/* ---- many tests ---- */

struct ranked {
	double p;
	size_t i;
};

static int
compare(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;

	if (x->p != y->p)
		return x->p < y->p ? -1 : 1;
	return x->i < y->i ? -1 : x->i > y->i;
}

void
stats_adjust(const double *p, size_t n, double *q)
{
	struct ranked *v = mem_zalloc(n + 1, sizeof(*v));
	double least = 1;

	for (size_t i = 0; i < n; i++)
		v[i] = (struct ranked){ p[i], i };
	qsort(v, n, sizeof(*v), compare);
	for (size_t i = n; i-- > 0;) {
		least = fmin(least, v[i].p * (double)n / (double)(i + 1));
		q[v[i].i] = least;
	}
	free(v);
}
