#include "insight/changes.h"

#include <math.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"

enum {
	DAY_SLOTS = 96, WEEK_SLOTS = 7,
	LEVEL_MEMORY = 6400,    /* values that a level remembers */
	SLOT_MEMORY = 10,       /* days (weeks) that the profile remembers */
	MEAN_OF = 8,
	DISTANCE_MAX = 40
};

/* A running mean and variance. */
struct level {
	double n, mean, var;
};

/* The upper tail of the distances of a view. */
struct tail {
	double n;
	double quantile;
	double sum, excesses;   /* of what was above it */
};

enum view { VALUE, PROFILE, MEAN, VIEWS };

struct changes {
	double n;
	struct level level[VIEWS];
	struct tail tail[VIEWS];
	struct level slots[DAY_SLOTS];
	double mean;            /* of the last few values */
	int64_t last_ns;
	double step_ns;         /* usual distance of two values */
	double surprise;        /* summed over the last few values */
	double peak;            /* of that, fading slowly */
	double alarm;           /* greatest score lately, fading */
};

struct changes *
changes_new(void)
{
	struct changes *c = mem_zalloc(1, sizeof(*c));

	/* Where a Gaussian has them. */
	for (int i = 0; i < VIEWS; i++)
		c->tail[i].quantile = 2.33;
	return c;
}

void
changes_free(struct changes *c)
{
	free(c);
}

/* How far x is from what l has seen; then l learns it. */
static double
distance(struct level *l, double x, double memory)
{
	double sd = sqrt(l->var), d = x - l->mean, a, z = 0;

	if (l->n >= 10)
		z = sd > 0 ? fabs(d) / sd : d == 0 ? 0 : DISTANCE_MAX;
	l->n = fmin(l->n + 1, memory);
	a = 1 / l->n;
	l->mean += a * d;
	l->var = (1 - a) * (l->var + a * d * d);
	return fmin(z, DISTANCE_MAX);
}

/* The excess over the quantile, in mean excesses; then t learns z. */
static double
rarity(struct tail *t, double z)
{
	/* As if two excesses of 1 had been seen before the first. */
	double mean = (t->sum + 2) / (t->excesses + 2), rare = 0;

	if (z > t->quantile) {
		rare = (z - t->quantile) / fmax(mean, 1e-3);
		/* One monster does not make the next one usual. */
		t->sum += fmin(z - t->quantile, 8 * mean);
		t->excesses++;
		if (t->excesses > 100) {
			t->sum *= 100 / t->excesses;
			t->excesses = 100;
		}
	}
	t->n++;
	t->quantile += fmax(2 / (t->n + 10), 0.005) *
	    ((z > t->quantile) - 0.02);
	return rare;
}

/* The place of the time in the day, or of the day in the week. */
static struct level *
slot_of(struct changes *c, int64_t ns)
{
	int64_t s = floor_div(ns, 1000000000);

	if (c->n >= 1) {
		double step = fabs((double)ns - (double)c->last_ns);

		c->step_ns += (step - c->step_ns) / fmin(c->n, 50);
	}
	c->last_ns = ns;
	if (c->step_ns < 6 * 3600e9)
		return &c->slots[(s - floor_div(s, 86400) * 86400) / 900];
	if (c->step_ns < 4 * 86400e9) {
		s = floor_div(s, 86400);
		return &c->slots[s - floor_div(s, WEEK_SLOTS) * WEEK_SLOTS];
	}
	return NULL;
}

static double
surprise(struct changes *c, int64_t ns, double x)
{
	struct level *slot = slot_of(c, ns);
	double z[VIEWS] = { 0 }, sum = 0;

	z[VALUE] = distance(&c->level[VALUE], x, LEVEL_MEMORY);
	if (slot) {
		bool known = slot->n >= 3;
		double residual = x - slot->mean;

		(void)distance(slot, x, SLOT_MEMORY);
		if (known)
			z[PROFILE] = distance(&c->level[PROFILE], residual,
			    LEVEL_MEMORY);
	}
	c->mean += (x - c->mean) / fmin(c->n + 1, MEAN_OF);
	z[MEAN] = distance(&c->level[MEAN], c->mean, LEVEL_MEMORY);
	for (int i = 0; i < VIEWS; i++)
		if (c->level[i].n > 10)
			sum += rarity(&c->tail[i], z[i]);
	return sum;
}

/* Keeps the greater of a peak, which halves every so many values, and v. */
static void
remember(double *peak, double v, double half)
{
	*peak = fmax(*peak * exp2(-1 / half), v);
}

double
changes_add(struct changes *c, int64_t ns, double x)
{
	double raw, score;

	/* Squares of what is larger would not be numbers any more. */
	x = fmax(-1e100, fmin(1e100, x));
	c->surprise = 0.8 * c->surprise + surprise(c, ns, x);
	raw = c->surprise * c->surprise / fmax(c->peak, 1);
	remember(&c->peak, c->surprise, fmax(5, 0.1 * c->n));
	score = raw <= c->alarm ? 0.1 * raw : raw;
	remember(&c->alarm, raw, fmax(5, 0.05 * c->n));
	c->n++;
	return c->n <= CHANGES_WARM ? 0 : score / (score + 13);
}
