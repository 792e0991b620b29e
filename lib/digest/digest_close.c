/* From cells to the summary: everything sorted, and cut to its limit. */
#include <stdlib.h>
#include <string.h>

#include "digest/digest_in.h"

/* Latest first, as the store's indexes have them. */
static int
compare_cards(const void *a, const void *b)
{
	const struct card *x = a, *y = b;

	if (x->ms != y->ms)
		return x->ms > y->ms ? -1 : 1;
	return memcmp(x->rid.b, y->rid.b, HASH128_SIZE);
}

static int
take_cards(struct digest *d, struct cards *from, size_t max,
    struct insight_runs *to, struct err *e)
{
	if (from->n)
		qsort(from->v, from->n, sizeof(*from->v), compare_cards);
	to->n = MIN_OF(from->n, max);
	to->v = arena_array(d->arena, to->n, sizeof(*to->v));
	if (!to->v)
		return digest_spent(e);
	for (size_t i = 0; i < to->n; i++)
		to->v[i] = from->v[i].run;
	return 0;
}

static int
compare_rows(const void *a, const void *b)
{
	const struct insight_row *x = a, *y = b;
	int64_t nx = x->c[BEFORE].runs + x->c[NOW].runs;
	int64_t ny = y->c[BEFORE].runs + y->c[NOW].runs;

	if (nx != ny)
		return nx > ny ? -1 : 1;
	return str_cmp(x->name, y->name);
}

static int
close_rows(struct digest *d, enum insight_dim dim, struct err *e)
{
	struct insight_rows *rows = &d->s.dims[dim];
	size_t it = 0;
	void *value;

	rows->v = arena_array(d->arena, map_count(d->cells[dim]),
	    sizeof(*rows->v));
	if (!rows->v)
		return digest_spent(e);
	while (map_next(d->cells[dim], &it, NULL, &value)) {
		struct cell *c = value;
		struct insight_row *r = &rows->v[rows->n];
		const struct insight_row *names = dim == INSIGHT_TOPIC ?
		    map_get(d->topics, c->name) : NULL;

		if (dim == INSIGHT_TOPIC && !names)
			continue;
		if (names)
			*r = *names;
		rows->n++;
		r->name = c->name;
		for (int p = 0; p < PERIODS; p++) {
			digest_count(&r->c[p], c->sum[p].c);
			r->duration_us[p] = c->sum[p].duration_us;
			r->slices[p] = c->slices[p];
		}
	}
	qsort(rows->v, rows->n, sizeof(*rows->v), compare_rows);
	if (rows->n > INSIGHT_ROWS_MAX) {
		rows->dropped = rows->n - INSIGHT_ROWS_MAX;
		rows->n = INSIGHT_ROWS_MAX;
	}
	return 0;
}

static int
compare_pairs(const void *a, const void *b)
{
	const struct insight_pair *x = a, *y = b;
	int rc = str_cmp(x->slug, y->slug);

	return rc ? rc : str_cmp(x->name, y->name);
}

/* Patterns with more runs than were looked at have no pairs: what was seen of
 * them would be mistaken for rates. */
static int
close_pairs(struct digest *d, enum insight_dim dim, struct err *e)
{
	struct insight_pair *v = arena_array(d->arena,
	    map_count(d->pairs[dim]), sizeof(*v));
	size_t it = 0, n = 0;
	void *value;

	if (!v)
		return digest_spent(e);
	while (map_next(d->pairs[dim], &it, NULL, &value)) {
		const struct insight_pair *p = value;
		const struct pattern_cell *c = map_get(d->patterns, p->slug);

		if (c && !c->is_cut[BEFORE] && !c->is_cut[NOW])
			v[n++] = *p;
	}
	qsort(v, n, sizeof(*v), compare_pairs);
	d->s.pairs[dim] = v;
	d->s.npairs[dim] = n;
	return 0;
}

static int
compare_patterns(const void *a, const void *b)
{
	return str_cmp(((const struct insight_pattern *)a)->slug,
	    ((const struct insight_pattern *)b)->slug);
}

static int
close_patterns(struct digest *d, struct err *e)
{
	size_t it = 0;
	void *value;

	d->s.patterns = arena_array(d->arena, map_count(d->patterns),
	    sizeof(*d->s.patterns));
	if (!d->s.patterns)
		return digest_spent(e);
	while (map_next(d->patterns, &it, NULL, &value)) {
		struct pattern_cell *c = value;
		struct insight_pattern *p = &d->s.patterns[d->s.npatterns++];

		p->slug = c->slug;
		if (take_cards(d, &c->latest, INSIGHT_PATTERN_RUNS,
		    &p->latest, e))
			return e->code;
	}
	qsort(d->s.patterns, d->s.npatterns, sizeof(*d->s.patterns),
	    compare_patterns);
	return 0;
}

static int
compare_failures(const void *a, const void *b)
{
	const struct insight_failure *x = a, *y = b;

	if (x->events[NOW] != y->events[NOW])
		return x->events[NOW] > y->events[NOW] ? -1 : 1;
	if (x->events[BEFORE] != y->events[BEFORE])
		return x->events[BEFORE] > y->events[BEFORE] ? -1 : 1;
	return str_cmp(x->failure_id, y->failure_id);
}

static int
close_failures(struct digest *d, struct err *e)
{
	size_t it = 0, n = 0;
	void *value;
	struct insight_failure *v = arena_array(d->arena,
	    map_count(d->failures), sizeof(*v));

	if (!v)
		return digest_spent(e);
	while (map_next(d->failures, &it, NULL, &value)) {
		struct failure_cell *c = value;

		if (!c->f.events[BEFORE] && !c->f.events[NOW])
			continue;
		if (take_cards(d, &c->hits, INSIGHT_LINKS, &c->f.latest, e))
			return e->code;
		v[n++] = c->f;
	}
	qsort(v, n, sizeof(*v), compare_failures);
	d->s.failures = v;
	d->s.nfailures = MIN_OF(n, INSIGHT_FAILURES_MAX);
	return 0;
}

/* A failure came back in NOW: resolved, then silent until NOW, then seen. */
static void
find_returns(struct digest *d)
{
	size_t it = 0;
	void *value;

	while (map_next(d->failures, &it, NULL, &value)) {
		struct failure_cell *c = value;
		bool early = false, late = false;

		if (!c->resolved_ms || !c->ntimes)
			continue;
		for (size_t i = 0; i < c->ntimes; i++) {
			int64_t ms = c->times_ms[i];

			if (ms <= c->resolved_ms)
				continue;
			early = early || ms < d->s.period[NOW].from_ms;
			late = late || (ms >= d->s.period[NOW].from_ms &&
			    ms < d->s.period[NOW].to_ms);
		}
		c->f.is_back = late && !early;
	}
}

int
digest_close(struct digest *d, struct err *e)
{
	if (!digest_cell(d, INSIGHT_TOTAL, STR("")))
		return digest_spent(e);
	find_returns(d);
	for (int i = 0; i < INSIGHT_DIMS; i++)
		if (close_rows(d, (enum insight_dim)i, e) ||
		    close_pairs(d, (enum insight_dim)i, e))
			return e->code;
	if (close_patterns(d, e) || close_failures(d, e))
		return e->code;
	return take_cards(d, &d->recent, INSIGHT_RECENT_RUNS, &d->s.recent, e);
}
