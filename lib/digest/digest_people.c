/*
 * Users and organisations: their rollups are of UTC days, which local days
 * cut.  Each period is taken as whole UTC days, and the runs between its
 * bounds and theirs are added or taken out, read once for both dimensions and
 * for both periods that a bound parts.
 */
#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"
#include "digest/digest_in.h"
#include "repo/contrib.h"

enum { PEOPLE = 2, RUN_BYTES_MAX = 64 << 20 };

static const struct {
	enum insight_dim dim;
	enum repo_dim from;
} people[PEOPLE] = { { INSIGHT_USER, DIM_USER }, { INSIGHT_ORG, DIM_ORG } };

struct sums {
	struct map *by_name[PEOPLE][PERIODS];   /* → struct rollup */
	struct arena *arena;                    /* of one run */
	int sign[PERIODS];                      /* 0: not of this period */
};

static void
sum_free(void *p)
{
	rollup_fini(p);
	free(p);
}

static void
add(struct sums *s, int who, int p, struct str name, const struct rollup *r,
    int sign)
{
	void **slot = map_put(s->by_name[who][p], name);

	if (!*slot)
		*slot = mem_zalloc(1, sizeof(struct rollup));
	rollup_merge(*slot, r, sign);
}

/* The UTC midnight that is nearest. */
static int64_t
nearest_day(int64_t ms)
{
	return floor_div(ms + MS_PER_DAY / 2, MS_PER_DAY) * MS_PER_DAY;
}

static int
read_days(struct sums *s, struct repo_view *v, int p, int64_t from_ms,
    int64_t to_ms, struct err *e)
{
	for (int who = 0; who < PEOPLE && from_ms < to_ms; who++) {
		struct repo_metrics_query q = { .from_ms = from_ms,
			.to_ms = to_ms, .dim = people[who].from };
		struct repo_metrics m = { 0 };

		arena_reset(v->arena);
		if (repo_metrics(v, &q, &m, e))
			return e->code;
		for (size_t i = 0; i < m.n; i++)
			add(s, who, p, m.v[i].name, &m.v[i].sum, 1);
	}
	return 0;
}

static int
add_run(void *arg, const struct repo_run_row *row, struct err *e)
{
	struct sums *s = arg;
	struct contribs list;

	arena_reset(s->arena);
	if (!contribs_of(row->run, s->arena, &list))
		return digest_spent(e);
	for (size_t i = 0; i < list.n; i++)
		for (int who = 0; who < PEOPLE; who++) {
			const struct contrib *c = &list.v[i];
			struct rollup one = ROLLUP_INIT;
			char space[LAYOUT_NAME_MAX];

			if (c->dim != people[who].from)
				continue;
			contrib_add(&one, c, 1);
			for (int p = 0; p < PERIODS; p++)
				if (s->sign[p])
					add(s, who, p, rollup_name(c->name,
					    space), &one, s->sign[p]);
			rollup_fini(&one);
		}
	return 0;
}

/* The runs between a bound, where before ends and after begins, and its UTC
 * midnight; -1: there is no such period. */
static int
read_edge(struct sums *s, const struct repo_view *v, int64_t bound_ms,
    int before, int after, struct err *e)
{
	int64_t day = nearest_day(bound_ms);
	int late = bound_ms > day ? 1 : -1;

	if (day == bound_ms)
		return 0;
	s->sign[BEFORE] = s->sign[NOW] = 0;
	if (before >= 0)
		s->sign[before] = late;
	if (after >= 0)
		s->sign[after] = -late;
	return repo_runs_each(v, MIN_OF(day, bound_ms), MAX_OF(day, bound_ms),
	    add_run, s, e);
}

static int
hand_over(struct digest *d, struct sums *s, struct err *e)
{
	for (int who = 0; who < PEOPLE; who++)
		for (int p = 0; p < PERIODS; p++) {
			struct str name;
			size_t it = 0;
			void *value;

			while (map_next(s->by_name[who][p], &it, &name,
			    &value)) {
				struct cell *c;

				if (rollup_is_zero(value))
					continue;
				c = digest_cell(d, people[who].dim, name);
				if (!c)
					return digest_spent(e);
				rollup_merge(&c->sum[p], value, 1);
			}
		}
	return 0;
}

int
digest_people(struct digest *d, struct repo_view *v, struct err *e)
{
	const struct period *p = d->s.period;
	struct sums s = { .arena = arena_new(RUN_BYTES_MAX) };
	int rc = 0;

	for (int i = 0; i < PEOPLE * PERIODS; i++)
		s.by_name[i / PERIODS][i % PERIODS] = map_new();
	for (int i = 0; i < PERIODS && rc == 0; i++)
		rc = read_days(&s, v, i, nearest_day(p[i].from_ms),
		    nearest_day(p[i].to_ms), e);
	if (rc == 0)
		rc = read_edge(&s, v, p[BEFORE].from_ms, -1, BEFORE, e);
	if (rc == 0 && p[BEFORE].to_ms == p[NOW].from_ms) {
		rc = read_edge(&s, v, p[NOW].from_ms, BEFORE, NOW, e);
	} else if (rc == 0) {
		rc = read_edge(&s, v, p[BEFORE].to_ms, BEFORE, -1, e);
		if (rc == 0)
			rc = read_edge(&s, v, p[NOW].from_ms, -1, NOW, e);
	}
	if (rc == 0)
		rc = read_edge(&s, v, p[NOW].to_ms, NOW, -1, e);
	if (rc == 0)
		rc = hand_over(d, &s, e);
	for (int i = 0; i < PEOPLE * PERIODS; i++)
		map_free(s.by_name[i / PERIODS][i % PERIODS], sum_free);
	arena_free(s.arena);
	return rc;
}
