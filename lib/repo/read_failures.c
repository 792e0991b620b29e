/* Failures: what is known about each, and lists of them. */
#include <stdlib.h>

#include "base/clock.h"
#include "base/map.h"
#include "model/run.h"
#include "repo/group.h"
#include "repo/hits.h"

enum { NAME_AT = LAYOUT_SCOPE_SIZE + 2 + 4 };

static const char *const status_names[] = { "active", "resolved", "ignored" };

const char *
repo_failure_status_name(enum repo_failure_status s)
{
	return s <= FAILURE_IGNORED ? status_names[s] : "unknown";
}

int
repo_failure_status_named(struct str s)
{
	for (int i = 0; i <= FAILURE_IGNORED; i++)
		if (str_is(s, status_names[i]))
			return i;
	return -1;
}

/* Ever: counts, entity type and template, from the record of all time. */
static int
set_totals(const struct repo_view *v, struct repo_failure *f,
    struct str value, struct err *e)
{
	struct rollup r = ROLLUP_INIT;
	struct str label;
	int rc = rollup_decode(&r, value, e);

	f->total_events = r.c[COUNT_CALLS];
	f->total_runs = r.c[COUNT_RUNS];
	label = arena_str(v->arena, r.label.p ? r.label : STR(""));
	rollup_fini(&r);
	if (rc)
		return rc;
	if (!label.p)
		return read_spent(e);
	f->entity_type = str_cut(&label, '\0');
	f->template = label.p ? label : STR("");
	return 0;
}

static int
edge(const struct repo_view *v, struct str id, bool oldest, int64_t *ms,
    struct err *e)
{
	struct hits h;
	struct hit hit;
	size_t n;

	hits_open(&h, v, INDEX_FAILURE, id, 0, INT64_MAX);
	h.oldest_first = oldest;
	if (hits_next(&h, 1, &hit, &n, e))
		return e->code;
	*ms = n ? hit.ms : 0;
	return 0;
}

int
repo_failure_count(const struct repo_view *v, struct str failure_id,
    int64_t from_ms, int64_t to_ms, int64_t *events, struct err *e)
{
	struct hit page[HITS_PAGE];
	struct hits h;

	*events = 0;
	hits_open(&h, v, INDEX_FAILURE, failure_id, from_ms, to_ms);
	while (!h.is_done) {
		size_t n;

		if (hits_next(&h, HITS_PAGE, page, &n, e))
			return e->code;
		*events += (int64_t)n;
	}
	return 0;
}

/* The first occurrence after the resolution, and how many there were. */
static int
set_regression(const struct repo_view *v, struct repo_failure *f,
    struct err *e)
{
	struct repo_run_row row;
	struct hits h;
	struct hit hit;
	size_t n;

	hits_open(&h, v, INDEX_FAILURE, f->failure_id, f->changed_ms + 1,
	    INT64_MAX);
	h.oldest_first = true;
	if (hits_next(&h, 1, &hit, &n, e) ||
	    (n && rows_load(v, v->arena, &hit, 1, &row, e)))
		return e->code;
	if (n) {
		f->regressed_ms = hit.ms;
		f->regressed_run = row.run ? row.run->base.id : STR_NULL;
	}
	f->status = FAILURE_ACTIVE;
	f->is_regressed = true;
	return repo_failure_count(v, f->failure_id, f->changed_ms + 1,
	    INT64_MAX, &f->regressed_events, e);
}

/*
 * What people said about it.  Whether it came back is decided here, by the
 * times of the occurrences, so that it does not matter in which order they
 * and the resolution were heard of.
 */
static int
set_status(const struct repo_view *v, struct repo_failure *f, struct str doc,
    struct err *e)
{
	struct failure_change change = { .status = STR_NULL };
	int status;

	if (!doc.p)
		return 0;
	if (doc_read(doc, v->arena, EVENT_FAILURE_CHANGE, &change, e))
		return e->code;
	status = repo_failure_status_named(change.status);
	f->status = status < 0 ? FAILURE_ACTIVE :
	    (enum repo_failure_status)status;
	f->changed_ms = layout_clamp_ms(floor_div(change.time_ns, NS_PER_MS));
	f->resolved_in = change.resolved_in;
	f->note = change.note;
	if (f->status != FAILURE_RESOLVED || f->last_seen_ms <= f->changed_ms)
		return 0;
	return set_regression(v, f, e);
}

/* The documents of n failures. */
static int
load_docs(const struct repo_view *v, const struct repo_failure *f, size_t n,
    struct str **docs, struct err *e)
{
	struct str *keys = arena_array(v->arena, n, sizeof(*keys));

	*docs = arena_array(v->arena, n, sizeof(**docs));
	if (!keys || !*docs)
		return read_spent(e);
	for (size_t i = 0; i < n; i++) {
		struct layout_key k;

		layout_state(&k, v->scope, 'f', f[i].failure_id);
		keys[i] = arena_str(v->arena, layout_str(&k));
		if (!keys[i].p)
			return read_spent(e);
	}
	return n ? kv_multi_get(v->snapshot, KV_STATE, keys, n, *docs,
	    v->arena, e) : 0;
}

/* Times and status of failures whose id and totals are known. */
static int
complete(const struct repo_view *v, struct repo_failure *f, size_t n,
    struct err *e)
{
	struct str *docs;

	if (load_docs(v, f, n, &docs, e))
		return e->code;
	for (size_t i = 0; i < n; i++)
		if (edge(v, f[i].failure_id, true, &f[i].first_seen_ms, e) ||
		    edge(v, f[i].failure_id, false, &f[i].last_seen_ms, e) ||
		    set_status(v, &f[i], docs[i], e))
			return e->code;
	return 0;
}

struct collect {
	const struct repo_view *v;
	const struct repo_failure_query *q;
	struct map *in_range;           /* id → struct repo_metric */
	struct repo_failure *f;
	size_t n, cap;
};

static int
total_row(void *arg, struct str key, struct str value, struct err *e)
{
	struct collect *c = arg;
	struct repo_failure f = { .failure_id = STR_NULL }, *more;
	const struct repo_metric *m;
	struct str id = str_from_index(key, NAME_AT);

	m = map_get(c->in_range, id);
	if (!m)
		return 0;
	if (set_totals(c->v, &f, value, e))
		return e->code;
	if (c->q->entity_type.p && !str_eq(c->q->entity_type, f.entity_type))
		return 0;
	f.failure_id = m->name;
	f.events = m->sum.c[COUNT_CALLS];
	f.runs = m->sum.c[COUNT_RUNS];
	more = arena_more(c->v->arena, c->f, c->n, &c->cap, sizeof(*more));
	if (!more)
		return read_spent(e);
	c->f = more;
	more[c->n++] = f;
	return 0;
}

/* Failures that occurred in the range, with their totals. */
static int
collect(struct collect *c, struct err *e)
{
	struct repo_metrics_query q = { .from_ms = c->q->from_ms,
		.to_ms = c->q->to_ms, .dim = DIM_FAILURE };
	struct kv_range r = { .family = KV_ROLLUPS };
	struct layout_key from, to;
	struct repo_metrics m;
	int rc;

	if (repo_metrics(c->v, &q, &m, e))
		return e->code;
	c->in_range = map_new();
	for (size_t i = 0; i < m.n; i++)
		if (m.v[i].sum.c[COUNT_CALLS] > 0)
			*map_put(c->in_range, m.v[i].name) = &m.v[i];
	rollup_key(&from, c->v->scope, DIM_FAILURE, LEVEL_ALL, 0, STR_NULL);
	rollup_key(&to, c->v->scope, DIM_FAILURE, LEVEL_ALL, MS_PER_SECOND,
	    STR_NULL);
	r.from = layout_str(&from);
	r.to = layout_str(&to);
	rc = kv_scan(c->v->snapshot, &r, total_row, c, NULL, e);
	map_free(c->in_range, NULL);
	return rc;
}

static int
compare_by(const struct repo_failure *x, const struct repo_failure *y,
    enum repo_failure_order order)
{
	int64_t a = order == BY_EVENTS ? x->events : order == BY_FIRST_SEEN ?
	    x->first_seen_ms : x->last_seen_ms;
	int64_t b = order == BY_EVENTS ? y->events : order == BY_FIRST_SEEN ?
	    y->first_seen_ms : y->last_seen_ms;

	return a < b ? -1 : a > b;
}

/* qsort_r's argument is the query; equal ones stand by their ids. */
static int
compare(const void *a, const void *b, void *arg)
{
	const struct repo_failure *x = a, *y = b;
	const struct repo_failure_query *q = arg;
	int rc = compare_by(x, y, q->order);

	if (rc == 0)
		return str_cmp(x->failure_id, y->failure_id);
	return q->ascending ? rc : -rc;
}

int
repo_failures_list(const struct repo_view *v,
    const struct repo_failure_query *q, struct repo_failures *out,
    struct err *e)
{
	struct repo_failure_query copy = *q;
	struct collect c = { .v = v, .q = q };
	size_t kept = 0;

	*out = (struct repo_failures){ .v = NULL };
	if (page_check(q->limit, q->offset, e) || collect(&c, e) ||
	    complete(v, c.f, c.n, e))
		return e->code;
	for (size_t i = 0; i < c.n; i++)
		if (q->status < 0 || (int)c.f[i].status == q->status)
			c.f[kept++] = c.f[i];
	if (kept)
		qsort_r(c.f, kept, sizeof(*c.f), compare, &copy);
	out->total = kept;
	if (q->offset >= kept)
		return 0;
	out->v = c.f + q->offset;
	out->n = MIN_OF(q->limit, kept - q->offset);
	return 0;
}

/* One failure, without what depends on a range. */
static int
find(const struct repo_view *v, struct str id, struct repo_failure *f,
    struct err *e)
{
	struct layout_key k;
	struct str key, value;

	rollup_key(&k, v->scope, DIM_FAILURE, LEVEL_ALL, 0, id);
	key = layout_str(&k);
	if (kv_multi_get(v->snapshot, KV_ROLLUPS, &key, 1, &value, v->arena,
	    e))
		return e->code;
	if (!value.p)
		return err_set(e, ERR_NOT_FOUND, "there is no failure %.*s",
		    (int)MIN_OF(id.n, 100), id.p ? id.p : "");
	*f = (struct repo_failure){ .failure_id = arena_str(v->arena, id) };
	if (!f->failure_id.p)
		return read_spent(e);
	return set_totals(v, f, value, e) || complete(v, f, 1, e) ?
	    e->code : 0;
}

/* A page of distinct runs, by their latest occurrence. */
static int
distinct_runs(const struct repo_view *v, struct str id, int64_t from_ms,
    int64_t to_ms, size_t limit, size_t offset, struct hit *out, size_t *n,
    struct err *e)
{
	struct map *seen = map_new();
	struct hit page[HITS_PAGE];
	struct hits h;
	int rc = 0;

	*n = 0;
	hits_open(&h, v, INDEX_FAILURE, id, from_ms, to_ms);
	while (rc == 0 && *n <= limit && !h.is_done) {
		size_t got = 0;

		rc = hits_next(&h, HITS_PAGE, page, &got, e);
		for (size_t i = 0; i < got && *n <= limit; i++) {
			void **slot = map_put(seen, str_of(page[i].rid.b,
			    HASH128_SIZE));

			if (*slot)
				continue;
			*slot = seen;
			if (map_count(seen) > offset)
				out[(*n)++] = page[i];
		}
	}
	map_free(seen, NULL);
	return rc;
}

static int
runs_of(const struct repo_view *v, struct str id, int64_t from_ms,
    int64_t to_ms, size_t limit, size_t offset, struct repo_runs *out,
    int64_t *ms, struct err *e)
{
	struct hit page[REPO_LIMIT_MAX + 1];
	size_t n;

	*out = (struct repo_runs){ .v = NULL };
	if (range_check(from_ms, to_ms, e) || page_check(limit, offset, e) ||
	    distinct_runs(v, id, from_ms, to_ms, limit, offset, page, &n, e))
		return e->code;
	out->has_more = n > limit;
	n = MIN_OF(n, limit);
	out->v = arena_array(v->arena, n, sizeof(*out->v));
	if (!out->v)
		return read_spent(e);
	if (rows_load(v, v->arena, page, n, out->v, e))
		return e->code;
	for (size_t i = 0; i < n; i++) {
		if (!out->v[i].run)
			continue;
		if (ms)
			ms[out->n] = page[i].ms;
		out->v[out->n++] = out->v[i];
	}
	return 0;
}

int
repo_failure_runs(const struct repo_view *v, struct str failure_id,
    int64_t from_ms, int64_t to_ms, size_t limit, size_t offset,
    struct repo_runs *out, struct err *e)
{
	return runs_of(v, failure_id, from_ms, to_ms, limit, offset, out,
	    NULL, e);
}

/* Events by day.  Of a range that is too long for a series only the part in
 * which it occurred, and of that the last days. */
static int
count_days(const struct repo_view *v, int64_t from_ms, int64_t to_ms,
    struct repo_failure_detail *out, struct err *e)
{
	struct repo_metrics_query q = { .dim = DIM_FAILURE, .by_day = true,
		.name = out->failure.failure_id };
	const int64_t most = (REPO_DAYS_MAX - 2) * MS_PER_DAY;
	struct repo_metrics m;

	q.from_ms = layout_clamp_ms(from_ms);
	q.to_ms = layout_clamp_ms(to_ms);
	if (q.to_ms - q.from_ms > most) {
		q.from_ms = MAX_OF(q.from_ms, rollup_bucket_ms(LEVEL_DAY,
		    out->failure.first_seen_ms));
		q.to_ms = MIN_OF(q.to_ms, rollup_bucket_ms(LEVEL_DAY,
		    out->failure.last_seen_ms) + MS_PER_DAY);
		q.from_ms = MAX_OF(q.from_ms, q.to_ms - most);
	}
	if (q.from_ms >= q.to_ms)
		return 0;
	if (repo_metrics(v, &q, &m, e))
		return e->code;
	out->day_ms = m.day_ms;
	out->ndays = m.ndays;
	out->day_events = arena_array(v->arena, m.ndays, sizeof(int64_t));
	if (!out->day_events)
		return read_spent(e);
	for (size_t i = 0; i < m.ndays && m.n; i++)
		out->day_events[i] = m.v[0].days[i].c[COUNT_CALLS];
	return 0;
}

/* Events and runs of the range. */
static int
count_range(const struct repo_view *v, int64_t from_ms, int64_t to_ms,
    struct repo_failure_detail *out, struct err *e)
{
	struct repo_metrics_query q = { .from_ms = from_ms, .to_ms = to_ms,
		.dim = DIM_FAILURE, .name = out->failure.failure_id };
	struct repo_metrics m;

	if (repo_metrics(v, &q, &m, e))
		return e->code;
	if (m.n == 0)
		return 0;
	out->failure.events = m.v[0].sum.c[COUNT_CALLS];
	out->failure.runs = m.v[0].sum.c[COUNT_RUNS];
	return 0;
}

int
repo_failure_get(const struct repo_view *v, struct str failure_id,
    int64_t from_ms, int64_t to_ms, struct repo_failure_detail *out,
    struct err *e)
{
	struct repo_runs runs;

	*out = (struct repo_failure_detail){ .has_more = false };
	out->run_ms = arena_array(v->arena, REPO_DETAIL_RUNS, sizeof(int64_t));
	if (!out->run_ms)
		return read_spent(e);
	if (range_check(from_ms, to_ms, e) ||
	    find(v, failure_id, &out->failure, e) ||
	    count_range(v, from_ms, to_ms, out, e) ||
	    count_days(v, from_ms, to_ms, out, e) ||
	    runs_of(v, failure_id, from_ms, to_ms, REPO_DETAIL_RUNS, 0, &runs,
	    out->run_ms, e))
		return e->code;
	out->runs = runs.v;
	out->nruns = runs.n;
	out->has_more = runs.has_more;
	return failure_names(v, out, e);
}
