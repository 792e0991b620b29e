/* Metrics of an arbitrary range: whole days, hours and minutes from rollups,
 * and the runs of the parts of minutes at both ends. */
#include "repo/read.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/map.h"
#include "base/mem.h"
#include "repo/hits.h"
#include "repo/pieces.h"

/* Sums under construction: their sketches are on the heap until the end. */
struct sums {
	const struct repo_view *v;
	const struct repo_metrics_query *q;
	struct repo_metrics *out;
	struct map *by_name;    /* → struct repo_metric */
};

static int
make_days(struct sums *s, struct err *e)
{
	const struct repo_metrics_query *q = s->q;
	int64_t shift = q->tz_minutes * MS_PER_MINUTE, first, last;

	first = floor_div(layout_clamp_ms(q->from_ms) + shift, MS_PER_DAY);
	last = floor_div(layout_clamp_ms(q->to_ms - 1) + shift, MS_PER_DAY);
	if (last - first + 1 > REPO_DAYS_MAX)
		return err_set(e, ERR_LIMIT,
		    "range: a series of more than %d days", REPO_DAYS_MAX);
	s->out->ndays = (size_t)(last - first + 1);
	s->out->day_ms = arena_array(s->v->arena, s->out->ndays,
	    sizeof(int64_t));
	if (!s->out->day_ms)
		return read_spent(e);
	for (size_t i = 0; i < s->out->ndays; i++)
		s->out->day_ms[i] = (first + (int64_t)i) * MS_PER_DAY - shift;
	return 0;
}

static struct repo_metric *
metric(struct sums *s, struct str name)
{
	void **slot = map_put(s->by_name, name);
	struct repo_metric *m = *slot;

	if (m)
		return m;
	m = arena_alloc(s->v->arena, sizeof(*m));
	if (!m)
		return NULL;
	m->name = arena_str(s->v->arena, name.p ? name : STR(""));
	m->days = s->out->ndays ? arena_array(s->v->arena, s->out->ndays,
	    sizeof(*m->days)) : NULL;
	if (!m->name.p || (s->out->ndays && !m->days)) {
		map_delete(s->by_name, name);
		return NULL;
	}
	*slot = m;
	return m;
}

static int
add(void *arg, struct str name, int64_t ms, const struct rollup *r,
    struct err *e)
{
	struct sums *s = arg;
	struct repo_metric *m;
	size_t day;

	m = metric(s, name);
	if (!m)
		return read_spent(e);
	rollup_merge(&m->sum, r, 1);
	if (s->out->ndays == 0)
		return 0;
	day = (size_t)((ms - s->out->day_ms[0]) / MS_PER_DAY);
	if (ms < s->out->day_ms[0] || day >= s->out->ndays)
		BUG("a bucket outside of its range");
	rollup_merge(&m->days[day], r, 1);
	return 0;
}

/* Moves the buckets from the heap to the arena. */
static bool
settle_sketch(struct arena *a, struct sketch *s)
{
	struct sketch_bucket *v = arena_array(a, s->n, sizeof(*v));

	if (v && s->n)
		memcpy(v, s->v, s->n * sizeof(*v));
	free(s->v);
	*s = (struct sketch){ v, v ? s->n : 0, v ? s->n : 0 };
	return v != NULL;
}

static bool
settle_rollup(struct arena *a, struct rollup *r)
{
	bool good = settle_sketch(a, &r->duration_us);

	good = settle_sketch(a, &r->first_token_us) && good;
	good = settle_sketch(a, &r->cost_pico_usd) && good;
	free((void *)(uintptr_t)r->label.p);
	r->label = STR_NULL;
	return good;
}

static int
compare(const void *a, const void *b)
{
	return str_cmp(((const struct repo_metric *)a)->name,
	    ((const struct repo_metric *)b)->name);
}

/* Always all of them, so that nothing is left on the heap. */
static int
settle(struct sums *s, struct err *e)
{
	size_t n = map_count(s->by_name), it = 0;
	struct repo_metric *v = arena_array(s->v->arena, n, sizeof(*v));
	bool good = v != NULL;
	void *value;

	while (map_next(s->by_name, &it, NULL, &value)) {
		struct repo_metric *m = value;

		good = settle_rollup(s->v->arena, &m->sum) && good;
		for (size_t i = 0; i < s->out->ndays; i++)
			good = settle_rollup(s->v->arena, &m->days[i]) && good;
		/* A name of which all was taken out again. */
		if (v && (s->q->dim == DIM_TOTAL || !rollup_is_zero(&m->sum)))
			v[s->out->n++] = *m;
	}
	if (!good)
		return read_spent(e);
	qsort(v, s->out->n, sizeof(*v), compare);
	s->out->v = v;
	return 0;
}

/* A part of the range that no day boundary cuts. */
static int
add_part(struct sums *s, struct pieces *p, int64_t from_ms, int64_t to_ms,
    struct err *e)
{
	return pieces_add(p, s->q->dim, from_ms, to_ms) ? 0 : read_spent(e);
}

static int
add_all(struct sums *s, struct err *e)
{
	int64_t from = layout_clamp_ms(s->q->from_ms);
	int64_t to = MIN_OF(s->q->to_ms, LAYOUT_TIME_MAX_MS + 1);
	struct pieces p = { .arena = s->v->arena };

	if (s->out->ndays == 0 && from < to && add_part(s, &p, from, to, e))
		return e->code;
	for (size_t i = 0; i < s->out->ndays; i++) {
		int64_t a = MAX_OF(from, s->out->day_ms[i]);
		int64_t b = MIN_OF(to, s->out->day_ms[i] + MS_PER_DAY);

		if (a < b && add_part(s, &p, a, b, e))
			return e->code;
	}
	return pieces_read(&p, s->v, s->q->dim, s->q->name, add, s, e);
}

int
repo_metrics(const struct repo_view *v, const struct repo_metrics_query *q,
    struct repo_metrics *out, struct err *e)
{
	struct sums s = { v, q, out, NULL };
	struct err ignored = ERR_INIT;
	int rc;

	*out = (struct repo_metrics){ .v = NULL };
	if (q->dim == DIM_SESSION)
		return err_set(e, ERR_INVALID, "metrics: not by session");
	if (range_check(q->from_ms, q->to_ms, e) ||
	    (q->by_day && make_days(&s, e)))
		return e->code;
	s.by_name = map_new();
	rc = add_all(&s, e);
	if (rc == 0 && q->dim == DIM_TOTAL && !metric(&s, STR("")))
		rc = read_spent(e);
	if (settle(&s, rc ? &ignored : e))
		rc = rc ? rc : e->code;
	map_free(s.by_name, NULL);
	return rc;
}
