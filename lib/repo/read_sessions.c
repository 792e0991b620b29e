/* Sessions: the runs that share a session id. */
#include "base/hash.h"
#include "base/map.h"
#include "repo/hits.h"

/* Up to here both ends of a session come from one scan. */
enum { SHORT_SESSION = 256, SCRATCH_MAX = 256 << 20 };

/* One end of a session's list. */
static int
edge(const struct repo_view *v, struct str session_id, bool oldest,
    int64_t *ms, struct err *e)
{
	struct hits h;
	struct hit hit;
	size_t n;

	hits_open(&h, v, INDEX_SESSION, session_id, 0, INT64_MAX);
	h.oldest_first = oldest;
	if (hits_next(&h, 1, &hit, &n, e))
		return e->code;
	*ms = n ? hit.ms : 0;
	return 0;
}

static int
load_ends(const struct repo_view *v, struct repo_session_row *row,
    struct err *e)
{
	int64_t runs = row->sum.c[COUNT_RUNS];
	struct hit page[SHORT_SESSION];
	struct hits h;
	size_t n;

	if (runs == 1) {
		struct run_totals t;

		run_totals(row->last, &t);
		row->first_ms = row->last_ms = repo_run_ms(&t);
		return 0;
	}
	if (runs > SHORT_SESSION)
		return edge(v, row->session_id, true, &row->first_ms, e) ||
		    edge(v, row->session_id, false, &row->last_ms, e) ?
		    e->code : 0;
	hits_open(&h, v, INDEX_SESSION, row->session_id, 0, INT64_MAX);
	if (hits_next(&h, SHORT_SESSION, page, &n, e))
		return e->code;
	row->last_ms = n ? page[0].ms : 0;
	row->first_ms = n ? page[n - 1].ms : 0;
	return 0;
}

/* Rollups of n rows, whose ids are set. */
static int
load_sums(const struct repo_view *v, struct repo_session_row *rows, size_t n,
    struct err *e)
{
	struct str *keys = arena_array(v->arena, n, sizeof(*keys));
	struct str *values = arena_array(v->arena, n, sizeof(*values));

	if (!keys || !values)
		return read_spent(e);
	for (size_t i = 0; i < n; i++) {
		struct layout_key k;

		rollup_key(&k, v->scope, DIM_SESSION, LEVEL_ALL, 0,
		    rows[i].session_id);
		keys[i] = arena_str(v->arena, layout_str(&k));
		if (!keys[i].p)
			return read_spent(e);
	}
	if (n && kv_multi_get(v->snapshot, KV_ROLLUPS, keys, n, values,
	    v->arena, e))
		return e->code;
	for (size_t i = 0; i < n; i++) {
		struct rollup r = ROLLUP_INIT;
		int rc = values[i].p ? rollup_decode(&r, values[i], e) : 0;

		for (int j = 0; j < ROLLUP_COUNTERS; j++)
			rows[i].sum.c[j] = r.c[j];
		rollup_fini(&r);
		if (rc)
			return rc;
	}
	return 0;
}

struct walk {
	const struct repo_view *v;
	const struct repo_filter *f;
	struct arena *scratch;
	size_t step;            /* rows_load_some */
	struct map *seen;       /* h8 of sessions */
	struct hit *found;      /* the latest run of each, page only */
	size_t nfound, skipped;
	bool has_more;
};

static bool
differs(struct str wanted, struct str is)
{
	return wanted.p && !str_eq(wanted, is);
}

static bool
passes(const struct repo_filter *f, const struct repo_run_row *row)
{
	const struct run *run = row->run;

	if (!run || !run->session_id.n || differs(f->agent, run->agent) ||
	    differs(f->user_id, run->user_id) ||
	    differs(f->org_id, run->org_id) ||
	    differs(f->session_id, run->session_id))
		return false;
	return f->status == REPO_ANY ||
	    row->totals.is_error == (f->status == REPO_ERROR);
}

/* Sets hits[i].extra to the session's h8, or drops the hit. */
static int
look_at_heads(struct walk *w, struct hit *hits, size_t *n, struct err *e)
{
	struct repo_run_row rows[HITS_PAGE];
	size_t kept = 0, got;

	for (size_t at = 0; at < *n; at += got) {
		if (rows_load_some(w->v, w->scratch, hits + at, *n - at,
		    &w->step, rows, &got, e))
			return e->code;
		for (size_t i = 0; i < got; i++) {
			if (!passes(w->f, &rows[i]))
				continue;
			hits[kept] = hits[at + i];
			hits[kept++].extra = hash64(rows[i].run->session_id);
		}
	}
	*n = kept;
	return 0;
}

/* Takes over sessions not met before; true once the page is full. */
static bool
take(struct walk *w, const struct hit *hits, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		void **slot;

		if (hits[i].extra == 0)
			continue;
		slot = map_put(w->seen, str_of(&hits[i].extra,
		    sizeof(hits[i].extra)));
		if (*slot)
			continue;
		*slot = w;
		if (w->skipped < w->f->offset) {
			w->skipped++;
			continue;
		}
		if (w->nfound == w->f->limit) {
			w->has_more = true;
			return true;
		}
		w->found[w->nfound++] = hits[i];
	}
	return false;
}

static int
walk_index(struct walk *w, struct err *e)
{
	const struct repo_filter *f = w->f;
	enum layout_index kind = f->session_id.n ? INDEX_SESSION :
	    f->user_id.n ? INDEX_USER : f->org_id.n ? INDEX_ORG :
	    f->agent.n ? INDEX_AGENT : INDEX_TIME;
	struct str name = f->session_id.n ? f->session_id : f->user_id.n ?
	    f->user_id : f->org_id.n ? f->org_id : f->agent;
	bool needs_heads = kind != INDEX_TIME || f->agent.p || f->user_id.p ||
	    f->org_id.p || f->session_id.p || f->status != REPO_ANY;
	struct hit page[HITS_PAGE];
	struct hits h;
	bool full = false;

	hits_open(&h, w->v, kind, name, f->from_ms, f->to_ms);
	while (!full && !h.is_done) {
		size_t n;

		if (hits_next(&h, HITS_PAGE, page, &n, e) ||
		    (needs_heads && look_at_heads(w, page, &n, e)))
			return e->code;
		full = take(w, page, n);
	}
	return 0;
}

/* Makes rows of the latest runs that the walk found. */
static int
make_rows(const struct walk *w, struct repo_sessions *out, struct err *e)
{
	struct repo_run_row heads[REPO_LIMIT_MAX];

	out->v = arena_array(w->v->arena, w->nfound, sizeof(*out->v));
	if (!out->v)
		return read_spent(e);
	if (rows_load(w->v, w->v->arena, w->found, w->nfound, heads, e))
		return e->code;
	for (size_t i = 0; i < w->nfound; i++) {
		if (!heads[i].run)
			continue;
		out->v[out->n].session_id = heads[i].run->session_id;
		out->v[out->n++].last = heads[i].run;
	}
	out->has_more = w->has_more;
	if (load_sums(w->v, out->v, out->n, e))
		return e->code;
	for (size_t i = 0; i < out->n; i++)
		if (load_ends(w->v, &out->v[i], e))
			return e->code;
	return 0;
}

int
repo_sessions_list(const struct repo_view *v, const struct repo_filter *f,
    struct repo_sessions *out, struct err *e)
{
	struct hit found[REPO_LIMIT_MAX];
	struct walk w = { .v = v, .f = f, .found = found, .step = HITS_PAGE };
	int rc;

	*out = (struct repo_sessions){ .v = NULL };
	if (range_check(f->from_ms, f->to_ms, e) ||
	    page_check(f->limit, f->offset, e))
		return e->code;
	w.scratch = arena_new(SCRATCH_MAX);
	w.seen = map_new();
	rc = walk_index(&w, e);
	if (rc == 0)
		rc = make_rows(&w, out, e);
	map_free(w.seen, NULL);
	arena_free(w.scratch);
	return rc;
}

static int
no_session(struct str id, struct err *e)
{
	return err_set(e, ERR_NOT_FOUND, "there is no session %.*s",
	    (int)MIN_OF(id.n, 100), id.p ? id.p : "");
}

/* Heads of a page of the session's runs, oldest first. */
static int
page_of_runs(const struct repo_view *v, struct str id, size_t limit,
    size_t offset, struct hit *page, size_t *n, struct err *e)
{
	struct hits h;

	hits_open(&h, v, INDEX_SESSION, id, 0, INT64_MAX);
	h.oldest_first = true;
	while (offset > 0 && !h.is_done) {
		struct hit skipped[HITS_PAGE];
		size_t got;

		if (hits_next(&h, MIN_OF(offset, (size_t)HITS_PAGE), skipped,
		    &got, e))
			return e->code;
		offset -= got;
	}
	return hits_next(&h, limit + 1, page, n, e);
}

static int
load_last(const struct repo_view *v, struct str id, struct run **out,
    struct err *e)
{
	struct repo_run_row row;
	struct hits h;
	struct hit hit;
	size_t n;

	hits_open(&h, v, INDEX_SESSION, id, 0, INT64_MAX);
	if (hits_next(&h, 1, &hit, &n, e))
		return e->code;
	if (n == 0)
		return no_session(id, e);
	if (rows_load(v, v->arena, &hit, 1, &row, e))
		return e->code;
	if (!row.run || !str_eq(row.run->session_id, id))
		return no_session(id, e);
	*out = row.run;
	return 0;
}

int
repo_session_get(const struct repo_view *v, struct str session_id,
    size_t limit, size_t offset, struct repo_session *out, struct err *e)
{
	struct hit page[REPO_LIMIT_MAX + 1];
	struct repo_run_row heads[REPO_LIMIT_MAX + 1];
	size_t n;

	*out = (struct repo_session){ .has_more = false };
	if (session_id.n == 0)
		return no_session(session_id, e);
	out->row.session_id = arena_str(v->arena, session_id);
	if (!out->row.session_id.p)
		return read_spent(e);
	if (page_check(limit, offset, e) ||
	    load_last(v, session_id, &out->row.last, e) ||
	    load_sums(v, &out->row, 1, e) || load_ends(v, &out->row, e) ||
	    page_of_runs(v, session_id, limit, offset, page, &n, e))
		return e->code;
	out->has_more = n > limit;
	n = MIN_OF(n, limit);
	if (rows_load(v, v->arena, page, n, heads, e))
		return e->code;
	out->runs = arena_array(v->arena, n, sizeof(*out->runs));
	if (!out->runs)
		return read_spent(e);
	for (size_t i = 0; i < n; i++) {
		if (!heads[i].run)
			continue;
		if (run_whole(v, &page[i].rid, heads[i].run,
		    &out->runs[out->nruns], e))
			return e->code;
		out->nruns++;
	}
	return 0;
}
