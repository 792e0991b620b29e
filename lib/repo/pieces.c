#include "repo/pieces.h"

#include "base/clock.h"
#include "base/map.h"
#include "repo/contrib.h"
#include "repo/hits.h"

enum { SCRATCH_MAX = 256 << 20 };

static bool
append(struct pieces *p, struct piece piece)
{
	struct piece *last = p->n ? &p->v[p->n - 1] : NULL, *v;

	/* One scan reads neighbours of one level. */
	if (last && last->is_runs == piece.is_runs &&
	    last->level == piece.level && last->to_ms == piece.from_ms) {
		last->to_ms = piece.to_ms;
		return true;
	}
	v = arena_more(p->arena, p->v, p->n, &p->cap, sizeof(*v));
	if (!v)
		return false;
	p->v = v;
	v[p->n++] = piece;
	return true;
}

static const enum repo_level levels[] = {
	LEVEL_DAY, LEVEL_HOUR, LEVEL_MINUTE
};

static bool
split(struct pieces *p, enum repo_dim dim, size_t level, int64_t from,
    int64_t to)
{
	int64_t width, lo, hi;

	if (from >= to)
		return true;
	if (level == ARRAY_LEN(levels) ||
	    !rollup_has_level(dim, levels[level]))
		return append(p, (struct piece){ true, LEVEL_MINUTE, from,
		    to });
	width = rollup_level_ms(levels[level]);
	lo = (from + width - 1) / width * width;
	hi = to / width * width;
	if (lo >= hi)
		return split(p, dim, level + 1, from, to);
	return split(p, dim, level + 1, from, lo) &&
	    append(p, (struct piece){ false, levels[level], lo, hi }) &&
	    split(p, dim, level + 1, hi, to);
}

bool
pieces_add(struct pieces *p, enum repo_dim dim, int64_t from_ms,
    int64_t to_ms)
{
	return split(p, dim, 0, from_ms, to_ms);
}

struct reader {
	const struct repo_view *v;
	enum repo_dim dim;
	struct str name;
	piece_fn *fn;
	void *arg;
	struct arena *scratch;
	int64_t from_ms, to_ms;         /* of a rest */
	int sign;                       /* -1: its runs are taken out */
};

enum { NAME_AT = LAYOUT_SCOPE_SIZE + 2 + 4 };

static int
give(struct reader *r, struct str name, int64_t ms, struct str value,
    struct err *e)
{
	struct rollup sum = ROLLUP_INIT;
	int rc = rollup_decode(&sum, value, e);

	if (rc == 0)
		rc = r->fn(r->arg, name, ms, &sum, e);
	rollup_fini(&sum);
	return rc;
}

static int
record_row(void *arg, struct str key, struct str value, struct err *e)
{
	struct reader *r = arg;

	if (key.n < NAME_AT)
		return err_set(e, ERR_CORRUPT, "rollup: not a key");
	return give(r, str_of(key.p + NAME_AT, key.n - NAME_AT),
	    be32_get(key.p + NAME_AT - 4) * MS_PER_SECOND, value, e);
}

/* All names of the piece's buckets. */
static int
scan_records(struct reader *r, const struct piece *p, struct err *e)
{
	struct kv_range range = { .family = KV_ROLLUPS };
	struct layout_key from, to;

	rollup_key(&from, r->v->scope, r->dim, p->level, p->from_ms, STR_NULL);
	rollup_key(&to, r->v->scope, r->dim, p->level, p->to_ms, STR_NULL);
	range.from = layout_str(&from);
	range.to = layout_str(&to);
	return kv_scan(r->v->snapshot, &range, record_row, r, NULL, e);
}

/* One name: its records by their keys. */
static int
get_records(struct reader *r, const struct piece *p, struct err *e)
{
	int64_t width = rollup_level_ms(p->level);
	size_t n = (size_t)((p->to_ms - p->from_ms) / width);
	char space[LAYOUT_NAME_MAX];
	struct str *keys, *values;
	int rc = 0;

	arena_reset(r->scratch);
	keys = arena_array(r->scratch, n, sizeof(*keys));
	values = arena_array(r->scratch, n, sizeof(*values));
	if (!keys || !values)
		return read_spent(e);
	for (size_t i = 0; i < n; i++) {
		struct layout_key k;

		rollup_key(&k, r->v->scope, r->dim, p->level,
		    p->from_ms + (int64_t)i * width, r->name);
		keys[i] = arena_str(r->scratch, layout_str(&k));
		if (!keys[i].p)
			return read_spent(e);
	}
	if (kv_multi_get(r->v->snapshot, KV_ROLLUPS, keys, n, values,
	    r->scratch, e))
		return e->code;
	for (size_t i = 0; i < n && rc == 0; i++)
		if (values[i].p)
			rc = give(r, rollup_name(r->name, space),
			    p->from_ms + (int64_t)i * width, values[i], e);
	return rc;
}

/* What a run adds within the rest. */
static int
add_run(struct reader *r, const struct run *run, struct str only,
    struct err *e)
{
	struct contribs list;
	int rc = 0;

	if (!contribs_of(run, r->scratch, &list))
		return read_spent(e);
	for (size_t i = 0; i < list.n && rc == 0; i++) {
		const struct contrib *c = &list.v[i];
		struct rollup one = ROLLUP_INIT;
		char space[LAYOUT_NAME_MAX];

		if (c->dim != r->dim || c->ms < r->from_ms ||
		    c->ms >= r->to_ms || (only.p && !str_eq(only, c->name)))
			continue;
		contrib_add(&one, c, r->sign);
		rc = r->fn(r->arg, rollup_name(c->name, space), c->ms, &one,
		    e);
		rollup_fini(&one);
	}
	return rc;
}

/* The runs that an index lists in the rest, each once. */
static int
add_runs(struct reader *r, enum layout_index kind, struct str name,
    struct str only, struct err *e)
{
	struct map *seen = map_new();
	struct hit page[HITS_PAGE];
	struct repo_run_row rows[HITS_PAGE];
	size_t step = HITS_PAGE;
	struct hits h;
	int rc = 0;

	hits_open(&h, r->v, kind, name, r->from_ms, r->to_ms);
	while (rc == 0 && !h.is_done) {
		size_t n = 0, fresh = 0, got;

		rc = hits_next(&h, HITS_PAGE, page, &n, e);
		for (size_t i = 0; i < n && kind == INDEX_FAILURE; i++) {
			void **slot = map_put(seen, str_of(page[i].rid.b,
			    HASH128_SIZE));

			if (!*slot)
				page[fresh++] = page[i];
			*slot = r;
		}
		n = kind == INDEX_FAILURE ? fresh : n;
		for (size_t at = 0; at < n && rc == 0; at += got) {
			rc = rows_load_some(r->v, r->scratch, page + at,
			    n - at, &step, rows, &got, e);
			for (size_t i = 0; i < got && rc == 0; i++)
				if (rows[i].run)
					rc = add_run(r, rows[i].run, only, e);
		}
	}
	map_free(seen, NULL);
	return rc;
}

/* Names of the failures that occurred in the minutes of a rest. */
static int
name_row(void *arg, struct str key, struct str value, struct err *e)
{
	struct map *names = arg;

	(void)value;
	if (key.n < NAME_AT)
		return err_set(e, ERR_CORRUPT, "rollup: not a key");
	*map_put(names, str_of(key.p + NAME_AT, key.n - NAME_AT)) = names;
	return 0;
}

static int
add_failures(struct reader *r, struct err *e)
{
	int64_t first = rollup_bucket_ms(LEVEL_MINUTE, r->from_ms);
	int64_t last = rollup_bucket_ms(LEVEL_MINUTE, r->to_ms - 1);
	struct kv_range range = { .family = KV_ROLLUPS, .keys_only = true };
	struct map *names;
	struct layout_key from, to;
	struct str name;
	size_t it = 0;
	int rc;

	if (r->name.p)
		return add_runs(r, INDEX_FAILURE, r->name, r->name, e);
	rollup_key(&from, r->v->scope, r->dim, LEVEL_MINUTE, first, STR_NULL);
	rollup_key(&to, r->v->scope, r->dim, LEVEL_MINUTE,
	    last + MS_PER_MINUTE, STR_NULL);
	range.from = layout_str(&from);
	range.to = layout_str(&to);
	names = map_new();
	rc = kv_scan(r->v->snapshot, &range, name_row, names, NULL, e);
	while (rc == 0 && map_next(names, &it, &name, NULL))
		rc = add_runs(r, INDEX_FAILURE, name, name, e);
	map_free(names, NULL);
	return rc;
}

static int
add_part(struct reader *r, int64_t from_ms, int64_t to_ms, int sign,
    struct err *e)
{
	r->from_ms = from_ms;
	r->to_ms = to_ms;
	r->sign = sign;
	if (from_ms >= to_ms)
		return 0;
	if (r->dim == DIM_FAILURE)
		return add_failures(r, e);
	if (r->name.n && r->dim == DIM_USER)
		return add_runs(r, INDEX_USER, r->name, r->name, e);
	if (r->name.n && r->dim == DIM_ORG)
		return add_runs(r, INDEX_ORG, r->name, r->name, e);
	if (r->name.n && r->dim == DIM_AGENT)
		return add_runs(r, INDEX_AGENT, r->name, r->name, e);
	return add_runs(r, INDEX_TIME, STR_NULL, r->name, e);
}

/* True if one page holds all runs of the part. */
static int
is_short(const struct reader *r, int64_t from_ms, int64_t to_ms, bool *out,
    struct err *e)
{
	struct hit page[HITS_PAGE];
	struct hits h;
	size_t n;

	hits_open(&h, r->v, INDEX_TIME, STR_NULL, from_ms, to_ms);
	if (hits_next(&h, HITS_PAGE, page, &n, e))
		return e->code;
	*out = h.is_done;
	return 0;
}

/*
 * Part of one minute, or of a day where there are no minutes.  With many runs
 * it may be quicker to take the bucket's record and the other runs out of it:
 * in the current one there are none behind now.
 */
static int
add_part_of_bucket(struct reader *r, enum repo_level level, int64_t from_ms,
    int64_t to_ms, struct err *e)
{
	int64_t start = rollup_bucket_ms(level, from_ms);
	int64_t width = rollup_level_ms(level), end = start + width;
	struct piece bucket = { false, level, start, end };
	bool is_few = false, before = false, after = false;

	if (is_short(r, from_ms, to_ms, &is_few, e))
		return e->code;
	if (!is_few && (is_short(r, start, from_ms, &before, e) ||
	    is_short(r, to_ms, end, &after, e)))
		return e->code;
	if (is_few || (!(before && after) && to_ms - from_ms <= width / 2))
		return add_part(r, from_ms, to_ms, 1, e);
	if (r->name.p ? get_records(r, &bucket, e) :
	    scan_records(r, &bucket, e))
		return e->code;
	if (add_part(r, start, from_ms, -1, e))
		return e->code;
	return add_part(r, to_ms, end, -1, e);
}

static int
add_rest(struct reader *r, const struct piece *p, struct err *e)
{
	enum repo_level level = rollup_has_level(r->dim, LEVEL_MINUTE) ?
	    LEVEL_MINUTE : LEVEL_DAY;
	int64_t at = p->from_ms, next;

	/* The runs of one user or organisation have an index. */
	if (!rollup_has_level(r->dim, level) || r->dim == DIM_FAILURE ||
	    (level == LEVEL_DAY && r->name.n))
		return add_part(r, p->from_ms, p->to_ms, 1, e);
	for (; at < p->to_ms; at = next) {
		next = rollup_bucket_ms(level, at) + rollup_level_ms(level);
		next = MIN_OF(next, p->to_ms);
		if (add_part_of_bucket(r, level, at, next, e))
			return e->code;
	}
	return 0;
}

int
pieces_read(const struct pieces *p, const struct repo_view *v,
    enum repo_dim dim, struct str name, piece_fn *fn, void *arg,
    struct err *e)
{
	struct reader r = { .v = v, .dim = dim, .name = name, .fn = fn,
		.arg = arg, .scratch = arena_new(SCRATCH_MAX) };
	int rc = 0;

	for (size_t i = 0; i < p->n && rc == 0; i++)
		rc = p->v[i].is_runs ? add_rest(&r, &p->v[i], e) :
		    name.p ? get_records(&r, &p->v[i], e) :
		    scan_records(&r, &p->v[i], e);
	arena_free(r.scratch);
	return rc;
}
