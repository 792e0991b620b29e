#include "repo/hits.h"

#include <string.h>

#include "repo/record.h"

int
read_spent(struct err *e)
{
	return err_set(e, ERR_LIMIT, "read: too much for the memory given");
}

int
range_check(int64_t from_ms, int64_t to_ms, struct err *e)
{
	return from_ms < to_ms ? 0 :
	    err_set(e, ERR_INVALID, "range: from is not before to");
}

int
page_check(size_t limit, size_t offset, struct err *e)
{
	if (limit < 1 || limit > REPO_LIMIT_MAX)
		return err_set(e, ERR_LIMIT, "limit: must be 1 to %d",
		    REPO_LIMIT_MAX);
	if (offset > REPO_OFFSET_MAX)
		return err_set(e, ERR_LIMIT, "offset: must be at most %d",
		    REPO_OFFSET_MAX);
	return 0;
}

void
hits_open(struct hits *h, const struct repo_view *v, enum layout_index kind,
    struct str name, int64_t from_ms, int64_t to_ms)
{
	*h = (struct hits){ .v = v, .kind = kind };
	h->is_done = from_ms >= to_ms || to_ms <= 0 ||
	    from_ms > LAYOUT_TIME_MAX_MS;
	if (h->is_done)
		return;
	/* Newest first: the last ms of the range has the lowest key. */
	layout_index(&h->from, v->scope, kind, name,
	    to_ms > LAYOUT_TIME_MAX_MS ? LAYOUT_TIME_MAX_MS : to_ms - 1, NULL);
	layout_index_prefix(&h->to, v->scope, kind, name);
	layout_add_be64(&h->to,
	    (uint64_t)(INT64_MAX - layout_clamp_ms(from_ms)) + 1);
}

struct page {
	struct hits *h;
	struct hit *out;
	size_t n;
};

static int
page_row(void *arg, struct str key, struct str value, struct err *e)
{
	struct page *p = arg;
	struct hit *hit = &p->out[p->n];
	struct layout_key *next = p->h->oldest_first ? &p->h->to : &p->h->from;

	*hit = (struct hit){ .flags = 0 };
	if (!layout_read_index(key, p->h->kind, &hit->ms, &hit->rid))
		return err_set(e, ERR_CORRUPT, "index: not a key");
	if (p->h->kind == INDEX_FAILURE)
		hit->extra = be64_get(key.p + key.n - 8);
	if (value.n >= 1)
		hit->flags = (uint8_t)value.p[0];
	if (value.n >= 9)
		hit->extra = be64_get(value.p + 1);
	next->n = 0;
	layout_add(next, key);
	if (!p->h->oldest_first)
		layout_add_byte(next, 0);
	p->n++;
	return 0;
}

int
hits_next(struct hits *h, size_t max, struct hit *out, size_t *n,
    struct err *e)
{
	struct page p = { h, out, 0 };
	struct layout_key from = h->from, to = h->to;
	struct kv_range r = { .family = KV_INDEX, .from = layout_str(&from),
		.to = layout_str(&to), .reverse = h->oldest_first,
		.keys_only = h->kind != INDEX_TIME, .limit = max };
	struct kv_scan_end end;

	*n = 0;
	if (h->is_done)
		return 0;
	if (kv_scan(h->v->snapshot, &r, page_row, &p, &end, e))
		return e->code;
	h->is_done = end.is_complete || p.n == 0;
	*n = p.n;
	return 0;
}

int
rows_load(const struct repo_view *v, struct arena *a, const struct hit *hits,
    size_t n, struct repo_run_row *rows, struct err *e)
{
	struct layout_key k;
	struct str *keys = arena_array(a, n, sizeof(*keys));
	struct str *values = arena_array(a, n, sizeof(*values));

	if (!keys || !values)
		return read_spent(e);
	for (size_t i = 0; i < n; i++) {
		layout_run(&k, v->scope, &hits[i].rid);
		keys[i] = arena_str(a, layout_str(&k));
		if (!keys[i].p)
			return read_spent(e);
	}
	if (n && kv_multi_get(v->snapshot, KV_RUNS, keys, n, values, a, e))
		return e->code;
	for (size_t i = 0; i < n; i++) {
		struct str id, head;

		rows[i] = (struct repo_run_row){ .run = NULL };
		if (!values[i].p)
			continue;
		if (!record_run_split(values[i], &id, &head))
			return err_set(e, ERR_CORRUPT, "run: not a record");
		if (run_head_decode(head, id, a, &rows[i].run, e))
			return e->code;
		run_totals(rows[i].run, &rows[i].totals);
		rows[i].start_ms = repo_run_ms(&rows[i].totals);
	}
	return 0;
}

int
rows_load_some(const struct repo_view *v, struct arena *scratch,
    const struct hit *hits, size_t n, size_t *step, struct repo_run_row *rows,
    size_t *got, struct err *e)
{
	int rc;

	for (;; *step = *got / 2) {
		*got = MIN_OF(n, *step);
		arena_reset(scratch);
		rc = rows_load(v, scratch, hits, *got, rows, e);
		if (rc != ERR_LIMIT || *got <= 1)
			return rc;
		*e = (struct err)ERR_INIT;
	}
}

int
rows_add(const struct repo_view *v, struct repo_runs *list, size_t *cap,
    const struct repo_run_row *row, struct err *e)
{
	struct repo_run_row *more = arena_more(v->arena, list->v, list->n, cap,
	    sizeof(*more));

	if (!more)
		return read_spent(e);
	list->v = more;
	more[list->n++] = *row;
	return 0;
}

/* Steps over the first n entries. */
static int
skip(struct hits *h, size_t n, struct err *e)
{
	struct hit page[HITS_PAGE];

	while (n > 0 && !h->is_done) {
		size_t got;

		if (hits_next(h, MIN_OF(n, (size_t)HITS_PAGE), page, &got, e))
			return e->code;
		n -= got;
	}
	return 0;
}

int
list_index(const struct repo_view *v, enum layout_index kind, struct str name,
    int64_t from_ms, int64_t to_ms, size_t limit, size_t offset,
    struct repo_runs *out, struct err *e)
{
	struct hit page[REPO_LIMIT_MAX + 1];
	struct hits h;
	size_t n = 0;

	*out = (struct repo_runs){ .v = NULL };
	if (range_check(from_ms, to_ms, e) || page_check(limit, offset, e))
		return e->code;
	hits_open(&h, v, kind, name, from_ms, to_ms);
	if (skip(&h, offset, e) || hits_next(&h, limit + 1, page, &n, e))
		return e->code;
	out->has_more = n > limit;
	n = MIN_OF(n, limit);
	out->v = arena_array(v->arena, n, sizeof(*out->v));
	if (!out->v)
		return read_spent(e);
	if (rows_load(v, v->arena, page, n, out->v, e))
		return e->code;
	for (size_t i = 0; i < n; i++)
		if (out->v[i].run)
			out->v[out->n++] = out->v[i];
	return 0;
}
