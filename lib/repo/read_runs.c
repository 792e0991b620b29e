/* Runs: one, a filtered list, all of a range. */
#include "base/hash.h"
#include "repo/hits.h"
#include "repo/record.h"

enum { SCRATCH_MAX = 256 << 20 };

static int
no_run(struct str run_id, struct err *e)
{
	return err_set(e, ERR_NOT_FOUND, "there is no run %.*s",
	    (int)MIN_OF(run_id.n, 100), run_id.p ? run_id.p : "");
}

int
repo_run_head(const struct repo_view *v, struct str run_id, struct run **out,
    struct err *e)
{
	struct hit hit = { .rid = hash128(run_id) };
	struct repo_run_row row;

	if (rows_load(v, v->arena, &hit, 1, &row, e))
		return e->code;
	if (!row.run || !str_eq(row.run->base.id, run_id))
		return no_run(run_id, e);
	*out = row.run;
	return 0;
}

/* Costs are known to heads only: the price table is the writer's. */
static void
copy_costs(const struct run *head, struct run *whole)
{
	const uint64_t bits = (uint64_t)1 << FIELD_SPAN_cost_pico_usd |
	    (uint64_t)1 << FIELD_SPAN_cost_source;

	for (size_t i = 0; i < run_count(whole, EVENT_SPAN); i++) {
		struct span *to = run_span(whole, i);
		const struct span *from = run_span_by_id(head, to->base.id);

		if (!from)
			continue;
		to->cost_pico_usd = from->cost_pico_usd;
		to->cost_source = from->cost_source;
		to->base.has = (to->base.has & ~bits) |
		    (from->base.has & bits);
	}
}

int
run_whole(const struct repo_view *v, const struct hash128 *rid,
    const struct run *head, struct run **out, struct err *e)
{
	struct record_list list = { 0 };

	if (record_load(v->snapshot, v->scope, CLASS_RUN, rid, v->arena,
	    &list, e) ||
	    run_fold(list.v, list.n, head->base.id, v->arena, out, e))
		return e->code;
	copy_costs(head, *out);
	return 0;
}

int
repo_run_get(const struct repo_view *v, struct str run_id, struct run **out,
    struct err *e)
{
	struct hash128 rid = hash128(run_id);
	struct run *head;

	if (repo_run_head(v, run_id, &head, e))
		return e->code;
	return run_whole(v, &rid, head, out, e);
}

int
repo_run_events(const struct repo_view *v, struct str run_id,
    struct event **out, size_t *n, struct err *e)
{
	struct record_list list = { 0 };
	struct hash128 rid = hash128(run_id);

	if (record_load(v->snapshot, v->scope, CLASS_RUN, &rid, v->arena,
	    &list, e))
		return e->code;
	if (list.n == 0 || !str_eq(list.id, run_id))
		return no_run(run_id, e);
	*out = list.v;
	*n = list.n;
	return 0;
}

static bool
differs(struct str wanted, struct str is)
{
	return wanted.p && !str_eq(wanted, is);
}

static bool
passes(const struct repo_filter *f, const struct repo_run_row *row)
{
	if (!row->run || differs(f->agent, row->run->agent) ||
	    differs(f->user_id, row->run->user_id) ||
	    differs(f->org_id, row->run->org_id) ||
	    differs(f->session_id, row->run->session_id))
		return false;
	return f->status == REPO_ANY ||
	    (f->status == REPO_ERROR) == row->totals.is_error;
}

/*
 * The index that leaves least to look at.  An empty wanted name is in none, as
 * runs without one are not listed there.
 */
static enum layout_index
choose(const struct repo_filter *f, struct str *name)
{
	const struct { enum layout_index kind; struct str name; } by[] = {
		{ INDEX_SESSION, f->session_id }, { INDEX_USER, f->user_id },
		{ INDEX_ORG, f->org_id }, { INDEX_AGENT, f->agent },
	};

	*name = STR_NULL;
	for (size_t i = 0; i < ARRAY_LEN(by); i++)
		if (by[i].name.n) {
			*name = by[i].name;
			return by[i].kind;
		}
	return f->status == REPO_ERROR ? INDEX_ERROR : INDEX_TIME;
}

/* True if the index says all that the filter asks. */
static bool
is_enough(const struct repo_filter *f, enum layout_index kind)
{
	int texts = (f->agent.p != NULL) + (f->user_id.p != NULL) +
	    (f->org_id.p != NULL) + (f->session_id.p != NULL);

	return texts == (kind != INDEX_ERROR && kind != INDEX_TIME) &&
	    (f->status == REPO_ANY || kind == INDEX_ERROR);
}

/* Drops hits whose flags already tell that they do not pass. */
static size_t
drop_by_flags(const struct repo_filter *f, enum layout_index kind,
    struct hit *hits, size_t n)
{
	size_t kept = 0;

	if (kind != INDEX_TIME || f->status == REPO_ANY)
		return n;
	for (size_t i = 0; i < n; i++)
		if (!(hits[i].flags & INDEX_IS_ERROR) ==
		    (f->status == REPO_OK))
			hits[kept++] = hits[i];
	return kept;
}

/* Drops hits that the other indexes of what is asked do not list. */
static int
drop_by_indexes(const struct repo_view *v, const struct repo_filter *f,
    enum layout_index kind, struct hit *hits, size_t *n, struct err *e)
{
	const struct { enum layout_index kind; struct str name; } by[] = {
		{ INDEX_USER, f->user_id }, { INDEX_ORG, f->org_id },
		{ INDEX_AGENT, f->agent },
	};

	for (size_t i = 0; i < ARRAY_LEN(by); i++)
		if (by[i].kind != kind && by[i].name.n && hits_keep_both(v,
		    by[i].kind, by[i].name, hits, n, e))
			return e->code;
	return f->status == REPO_ERROR && kind != INDEX_ERROR ?
	    hits_keep_both(v, INDEX_ERROR, STR_NULL, hits, n, e) : 0;
}

struct filter_walk {
	const struct repo_view *v;
	const struct repo_filter *f;
	struct arena *scratch;
	size_t skipped, cap;
	size_t step;            /* rows_load_some */
	struct repo_runs *out;
};

/* Takes over what passes of the first *got; *full once there is one too many. */
static int
take(struct filter_walk *w, struct hit *hits, size_t n, size_t *got,
    bool *full, struct err *e)
{
	struct repo_run_row rows[HITS_PAGE];
	size_t kept = 0;

	if (rows_load_some(w->v, w->scratch, hits, n, &w->step, rows, got, e))
		return e->code;
	for (size_t i = 0; i < *got; i++) {
		if (!passes(w->f, &rows[i]) || w->skipped++ < w->f->offset)
			continue;
		if (w->out->n + kept == w->f->limit) {
			*full = w->out->has_more = true;
			break;
		}
		hits[kept++] = hits[i];
	}
	/* Again, for the caller to keep. */
	if (rows_load(w->v, w->v->arena, hits, kept, rows, e))
		return e->code;
	for (size_t i = 0; i < kept; i++)
		if (rows[i].run &&
		    rows_add(w->v, w->out, &w->cap, &rows[i], e))
			return e->code;
	return 0;
}

static int
list_filtered(const struct repo_view *v, const struct repo_filter *f,
    enum layout_index kind, struct str name, struct repo_runs *out,
    struct err *e)
{
	/* Most that are left pass: many more heads than asked for would be
	 * read in vain. */
	struct filter_walk w = { .v = v, .f = f, .step = MIN_OF(f->limit + 1,
		(size_t)HITS_PAGE), .out = out };
	struct hit page[HITS_PAGE];
	struct hits h;
	bool full = false;
	int rc = 0;

	w.scratch = arena_new(SCRATCH_MAX);
	hits_open(&h, v, kind, name, f->from_ms, f->to_ms);
	while (rc == 0 && !full && !h.is_done) {
		size_t n = 0, got;

		rc = hits_next(&h, HITS_PAGE, page, &n, e);
		n = drop_by_flags(f, kind, page, n);
		if (rc == 0)
			rc = drop_by_indexes(v, f, kind, page, &n, e);
		for (size_t i = 0; i < n && rc == 0 && !full; i += got)
			rc = take(&w, page + i, n - i, &got, &full, e);
	}
	arena_free(w.scratch);
	return rc;
}

int
repo_runs_list(const struct repo_view *v, const struct repo_filter *f,
    struct repo_runs *out, struct err *e)
{
	struct str name;
	enum layout_index kind = choose(f, &name);

	*out = (struct repo_runs){ .v = NULL };
	if (range_check(f->from_ms, f->to_ms, e) ||
	    page_check(f->limit, f->offset, e))
		return e->code;
	if (is_enough(f, kind))
		return list_index(v, kind, name, f->from_ms, f->to_ms,
		    f->limit, f->offset, out, e);
	return list_filtered(v, f, kind, name, out, e);
}

int
repo_runs_each(const struct repo_view *v, int64_t from_ms, int64_t to_ms,
    int (*fn)(void *arg, const struct repo_run_row *row, struct err *e),
    void *arg, struct err *e)
{
	struct hit page[HITS_PAGE];
	struct repo_run_row rows[HITS_PAGE];
	size_t step = HITS_PAGE;
	struct arena *scratch;
	struct hits h;
	int rc = 0;

	if (range_check(from_ms, to_ms, e))
		return e->code;
	scratch = arena_new(SCRATCH_MAX);
	hits_open(&h, v, INDEX_TIME, STR_NULL, from_ms, to_ms);
	h.oldest_first = true;
	while (rc == 0 && !h.is_done) {
		size_t n = 0, got;

		rc = hits_next(&h, HITS_PAGE, page, &n, e);
		for (size_t at = 0; at < n && rc == 0; at += got) {
			rc = rows_load_some(v, scratch, page + at, n - at,
			    &step, rows, &got, e);
			for (size_t i = 0; i < got && rc == 0; i++)
				if (rows[i].run)
					rc = fn(arg, &rows[i], e);
		}
	}
	arena_free(scratch);
	return rc == KV_STOP ? 0 : rc;
}
