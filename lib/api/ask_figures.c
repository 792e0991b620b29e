/* Figures by name and bucket: from rollups, else from a walk. */
#include <stdlib.h>

#include "api/answer.h"
#include "base/clock.h"
#include "repo/contrib.h"

enum repo_dim
answer_dim(enum ask_subject s)
{
	switch (s) {
	case ASK_TOOLS: return DIM_TOOL;
	case ASK_MODELS: return DIM_MODEL;
	case ASK_AGENTS: return DIM_AGENT;
	case ASK_USERS: return DIM_USER;
	case ASK_ORGS: return DIM_ORG;
	case ASK_SESSIONS: return DIM_SESSION;
	case ASK_NOTHING:
	case ASK_TOTALS:
	case ASK_RUNS:
	case ASK_FAILURES:
	case ASK_PATTERNS:
	case ASK_TOPICS:
	case ASK_FEEDBACK:
	case ASK_INSIGHTS:
	case ASK_SUBJECTS: break;
	}
	return DIM_TOTAL;
}

static const struct {
	enum ask_dim ask;
	enum repo_dim repo;
} dims[] = {
	{ ASK_DIM_AGENT, DIM_AGENT }, { ASK_DIM_TOOL, DIM_TOOL },
	{ ASK_DIM_MODEL, DIM_MODEL }, { ASK_DIM_USER, DIM_USER },
	{ ASK_DIM_ORG, DIM_ORG }, { ASK_DIM_SESSION, DIM_SESSION },
};

static enum ask_dim
ask_dim_named(enum repo_dim d)
{
	for (size_t i = 0; i < ARRAY_LEN(dims); i++)
		if (dims[i].repo == d)
			return dims[i].ask;
	return ASK_DIMS;
}

/* ---- what there is ---- */

static int
by_name(const void *a, const void *b)
{
	const struct figure *x = a, *y = b;
	int rc = str_cmp(x->name, y->name);

	return rc ? rc : x->bucket < y->bucket ? -1 : x->bucket > y->bucket;
}

static void
sort_figures(struct figures *f)
{
	if (f->n)
		qsort(f->v, f->n, sizeof(*f->v), by_name);
}

const struct figure *
figures_named(const struct figures *f, struct str name, size_t bucket)
{
	static const struct figure none = { .sum = ROLLUP_INIT };
	size_t low = 0, high = f->n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		const struct figure key = { .name = name, .bucket = bucket };
		int rc = by_name(&f->v[mid], &key);

		if (rc == 0)
			return &f->v[mid];
		if (rc < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return &none;
}

void
figures_fini(struct figures *f)
{
	/* Those of rollups live in the arena. */
	for (size_t i = 0; f->map && i < f->n; i++)
		rollup_fini(&f->v[i].sum);
	map_free(f->map, NULL);
	*f = (struct figures){ .v = NULL };
}

static struct figure *
add_figure(struct answer *a, struct figures *f, struct str name,
    size_t bucket)
{
	static const struct figure none = { .sum = ROLLUP_INIT };
	struct figure *v = arena_more(a->call->view.arena, f->v, f->n,
	    &f->cap, sizeof(*v));

	if (!v)
		return NULL;
	f->v = v;
	v += f->n++;
	*v = none;
	v->name = name;
	v->bucket = bucket;
	return v;
}

/* ---- from rollups ---- */

static bool
is_plain(const struct ask_plan *p)
{
	return !p->status && !p->has_where && !p->feedback && !p->pattern &&
	    !p->text.p;
}

/*
 * The dimension whose rollups answer: that of the subject, if names are only
 * of this one; of totals the one that names are of.  False: they do not.
 */
static bool
rollup_dim(const struct ask_plan *p, enum repo_dim want, enum repo_dim *out)
{
	enum repo_dim named = want;

	if (!is_plain(p) || want == DIM_SESSION)
		return false;
	for (size_t i = 0; i < p->nnames; i++) {
		enum repo_dim d = DIM_TOTAL;

		for (size_t k = 0; k < ARRAY_LEN(dims); k++)
			if (dims[k].ask == p->names[i].dim)
				d = dims[k].repo;
		if (d == DIM_TOTAL || d == DIM_SESSION ||
		    (named != DIM_TOTAL && named != d))
			return false;
		named = d;
	}
	*out = named;
	return true;
}

static int
read_rollups(struct answer *a, enum repo_dim dim, int64_t from, int64_t to,
    struct repo_metrics *m, struct err *e)
{
	struct repo_metrics_query q = { .from_ms = from, .to_ms = to,
	    .dim = dim };

	/* These are kept by whole days, and nothing has begun yet that is to
	 * come: the rest of today is free of charge. */
	if ((dim == DIM_USER || dim == DIM_ORG) && to % MS_PER_DAY &&
	    to > a->call->now_ms)
		q.to_ms += MS_PER_DAY - to % MS_PER_DAY;
	return repo_metrics(&a->call->view, &q, m, e);
}

/* "not of acme": all runs, those without a name too, without its own. */
static bool
is_rest(const struct ask_plan *p, enum repo_dim want, enum repo_dim dim)
{
	return want == DIM_TOTAL && (dim == DIM_AGENT || dim == DIM_USER ||
	    dim == DIM_ORG) && p->nnames &&
	    ask_names_of(p, ask_dim_named(dim)) == 0;
}

static int
add_rollups(struct answer *a, enum repo_dim want, enum repo_dim dim,
    int64_t from, int64_t to, size_t bucket, struct figures *f,
    struct err *e)
{
	bool rest = is_rest(a->plan, want, dim);
	struct figure *all = NULL;
	struct repo_metrics m;

	if (want == DIM_TOTAL && !(all = add_figure(a, f, STR(""), bucket)))
		return err_set(e, ERR_LIMIT, "too many figures");
	if (rest) {
		if (read_rollups(a, DIM_TOTAL, from, to, &m, e))
			return e->code;
		if (m.n)
			rollup_merge(&all->sum, &m.v[0].sum, 1);
	}
	if (read_rollups(a, dim, from, to, &m, e))
		return e->code;
	for (size_t i = 0; i < m.n; i++) {
		bool passes = dim == DIM_TOTAL || ask_name_passes(a->plan,
		    ask_dim_named(dim), m.v[i].name);
		struct figure *one;

		if (all) {
			if (passes != rest)
				rollup_merge(&all->sum, &m.v[i].sum,
				    rest ? -1 : 1);
			continue;
		}
		if (!passes)
			continue;
		one = add_figure(a, f, m.v[i].name, bucket);
		if (!one)
			return err_set(e, ERR_LIMIT, "too many names");
		rollup_merge(&one->sum, &m.v[i].sum, 1);
	}
	return 0;
}

/* How many runs show one pattern is a rollup, too. */
static bool
is_pattern_only(const struct ask_plan *p, enum repo_dim want)
{
	return want == DIM_TOTAL && p->pattern && !p->pattern_not &&
	    p->nnames == 0 && !p->status && !p->has_where && !p->feedback &&
	    !p->text.p && (p->measure == ASK_COUNT ||
	    p->measure == ASK_SHARE);
}

static int
add_pattern(struct answer *a, int64_t from, int64_t to, size_t bucket,
    struct figures *f, struct err *e)
{
	const char *slug = a->plan->pattern;
	struct figure *one = add_figure(a, f, STR(""), bucket);
	struct repo_patterns p;

	if (!one)
		return err_set(e, ERR_LIMIT, "too many figures");
	if (repo_patterns_list(&a->call->view, from, to, false, &p, e))
		return e->code;
	one->base = answer_is_about_user(a->plan) ? p.conversational_runs :
	    p.runs;
	if (strcmp(slug, "any") == 0)
		one->sum.c[COUNT_RUNS] = p.flagged_runs;
	for (size_t i = 0; i < p.m.n; i++)
		if (str_is(p.m.v[i].name, slug))
			one->sum.c[COUNT_RUNS] = p.m.v[i].sum.c[COUNT_RUNS];
	return 0;
}

/* ---- from a walk ---- */

struct counting {
	struct answer *a;
	struct figures *f;
	enum repo_dim dim;      /* whose contributions are counted, */
	enum repo_dim by;       /* by whose names */
	const int64_t *edges;
	size_t nbuckets;
	bool about_user;
	struct arena *scratch;
};

static struct figure *
figure_at(struct counting *c, struct str name, size_t bucket, struct err *e)
{
	char key[sizeof(size_t) + EVENT_ID_MAX];
	size_t n = MIN_OF(name.n, (size_t)EVENT_ID_MAX);
	struct figure *one;
	void **slot;

	memcpy(key, &bucket, sizeof(bucket));
	memcpy(key + sizeof(bucket), name.p ? name.p : "", n);
	slot = map_put(c->f->map, str_of(key, sizeof(bucket) + n));
	if (*slot)
		return &c->f->v[(size_t)*slot - 1];
	name = name.n ? arena_str(c->a->call->view.arena, name) : name;
	one = c->f->n < ANSWER_NAMES_MAX && name.p ?
	    add_figure(c->a, c->f, name, bucket) : NULL;
	if (!one) {
		(void)err_set(e, ERR_LIMIT, "over %d names: ask of a shorter "
		    "time", ANSWER_NAMES_MAX);
		return NULL;
	}
	*slot = (void *)c->f->n;
	return one;
}

static size_t
bucket_of(const struct counting *c, int64_t ms)
{
	size_t low = 0, high = c->nbuckets;

	while (high - low > 1) {
		size_t mid = low + (high - low) / 2;

		if (c->edges[mid] <= ms)
			low = mid;
		else
			high = mid;
	}
	return low;
}

/* Calls of a model by agent: the name is the run's, the figures the call's. */
static struct str
name_for(const struct counting *c, const struct run *run,
    const struct contrib *x)
{
	if (c->by == c->dim)
		return x->name;
	switch ((int)c->by) {
	case DIM_AGENT: return run->agent;
	case DIM_USER: return run->user_id;
	case DIM_ORG: return run->org_id;
	case DIM_SESSION: return run->session_id;
	default: return STR("");
	}
}

static int
count_contrib(struct counting *c, const struct repo_run_row *row,
    const struct contrib *x, bool shows, struct err *e)
{
	struct str name = name_for(c, row->run, x);
	struct figure *one;

	if (!name.n && c->by != DIM_TOTAL && c->by != c->dim)
		return 0;
	one = figure_at(c, name.n ? name : STR(""), bucket_of(c,
	    row->start_ms), e);
	if (!one)
		return e->code;
	one->base += !c->about_user || row->run->conversational;
	if (!shows)
		return 0;
	contrib_add(&one->sum, x, 1);
	/* Slices come newest first; later runs of a slice win in it. */
	if (!one->example.n && row->run->base.id.n)
		one->example = arena_str(c->a->call->view.arena,
		    row->run->base.id);
	return 0;
}

static int
count_run(void *arg, const struct repo_run_row *row, struct err *e)
{
	struct counting *c = arg;
	const struct ask_plan *p = c->a->plan;
	enum ask_dim named = ask_dim_named(c->dim);
	struct contribs all = { .n = 0 };
	bool shows;

	if (!answer_passes(p, row))
		return 0;
	shows = answer_shows(p, row->run);
	arena_reset(c->scratch);
	if (!contribs_of(row->run, c->scratch, &all))
		return err_set(e, ERR_LIMIT, "a run is too large");
	for (size_t i = 0; i < all.n; i++)
		if (all.v[i].dim == c->dim && (c->dim == DIM_TOTAL ||
		    ask_name_passes(p, named, all.v[i].name)) &&
		    count_contrib(c, row, &all.v[i], shows, e))
			return e->code;
	return 0;
}

/* Whose contributions figures are made of: calls, if calls are named. */
static enum repo_dim
walk_dim(const struct ask_plan *p, enum repo_dim want)
{
	if (want == DIM_TOOL || want == DIM_MODEL || p->pattern ||
	    p->measure == ASK_NUMBER)
		return want;
	return ask_names_of(p, ASK_DIM_TOOL) ? DIM_TOOL :
	    ask_names_of(p, ASK_DIM_MODEL) ? DIM_MODEL : want;
}

static int
count_walk(struct answer *a, enum repo_dim want, const int64_t *edges,
    size_t n, struct figures *f, struct err *e)
{
	struct counting c = { .a = a, .f = f, .dim = walk_dim(a->plan, want),
	    .by = want, .edges = edges, .nbuckets = n - 1,
	    .about_user = answer_is_about_user(a->plan) };
	struct answer_walk walk;
	struct err ignored = ERR_INIT;
	int rc;

	c.scratch = arena_new(64 << 20);
	f->map = map_new();
	f->of_calls = c.dim == DIM_TOOL || c.dim == DIM_MODEL;
	/* So that nothing is no missing row. */
	for (size_t i = 0; i + 1 < n && want == DIM_TOTAL; i++)
		(void)figure_at(&c, STR(""), i, &ignored);
	rc = answer_walk(a, edges[0], edges[n - 1], count_run, NULL, &c,
	    &walk, e);
	arena_free(c.scratch);
	f->is_cut = walk.is_cut;
	f->since_ms = walk.since_ms;
	f->runs_read = walk.runs;
	return rc;
}

/* ---- either ---- */

int
figures_read(struct answer *a, enum repo_dim want, const int64_t *edges,
    size_t n, struct figures *f, struct err *e)
{
	enum repo_dim dim = want;
	bool pattern = is_pattern_only(a->plan, want);

	*f = (struct figures){ .v = NULL };
	if (!pattern && !rollup_dim(a->plan, want, &dim)) {
		if (count_walk(a, want, edges, n, f, e))
			figures_fini(f);
		sort_figures(f);
		return e->code;
	}
	f->of_calls = dim == DIM_TOOL || dim == DIM_MODEL;
	f->since_ms = edges[0];
	/* Sums of names are made anew: they are freed as those of walks. */
	f->map = map_new();
	for (size_t i = 0; i + 1 < n; i++)
		if (pattern ? add_pattern(a, edges[i], edges[i + 1], i, f,
		    e) : add_rollups(a, want, dim, edges[i], edges[i + 1], i,
		    f, e)) {
			figures_fini(f);
			return e->code;
		}
	sort_figures(f);
	return 0;
}

int
figures_of(struct answer *a, enum repo_dim dim, int64_t from_ms,
    int64_t to_ms, struct figures *out, struct err *e)
{
	const int64_t edges[] = { from_ms, to_ms };

	return figures_read(a, dim, edges, 2, out, e);
}

/* ---- buckets ---- */

/* The start of the next hour, day, week or month after ms, in UTC. */
static int64_t
next_edge(const struct answer *a, int64_t ms)
{
	int64_t zone = a->tz_minutes * MS_PER_MINUTE, local = ms + zone;
	int64_t day = floor_div(local, MS_PER_DAY), year;
	int month, mday;

	switch (a->plan->group) {
	case ASK_BY_HOUR:
		return MS_PER_HOUR * (floor_div(local, MS_PER_HOUR) + 1) -
		    zone;
	case ASK_BY_WEEK:
		/* 1970-01-01 was a Thursday. */
		return MS_PER_DAY * (7 * (floor_div(day + 3, 7) + 1) - 3) -
		    zone;
	case ASK_BY_MONTH:
		clock_date_from_days(day, &year, &month, &mday);
		return MS_PER_DAY * clock_days_from_date(year + month / 12,
		    month % 12 + 1, 1) - zone;
	case ASK_BY_DAY:
	case ASK_NO_GROUP:
		break;
	}
	return MS_PER_DAY * (day + 1) - zone;
}

int
answer_edges(struct answer *a, int64_t **edges, size_t *n, struct err *e)
{
	const struct ask_plan *p = a->plan;
	int64_t *v = arena_array(a->call->view.arena, ANSWER_BUCKETS_MAX + 1,
	    sizeof(*v));
	int64_t at = p->from_ms;

	*n = 0;
	if (!v)
		return err_set(e, ERR_LIMIT, "too many periods");
	while (at < p->to_ms) {
		if (*n == ANSWER_BUCKETS_MAX) {
			*n = 0;
			return 0;
		}
		v[(*n)++] = at;
		at = p->group ? next_edge(a, at) : p->to_ms;
	}
	v[(*n)++] = p->to_ms;
	*edges = v;
	return 0;
}
