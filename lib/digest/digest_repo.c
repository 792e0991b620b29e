/* A summary from a store: rollups for numbers, indexes for runs. */
#include "base/clock.h"
#include "digest/digest_in.h"
#include "repo/read.h"
#include "repo/topics.h"

enum {
	PAGE_BYTES_MAX = 256 << 20,
	/* Steps of progress, about as long as reading one slice. */
	PEOPLE_STEPS = 40, PATTERN_STEPS = 40, FAILURE_STEPS = 20,
	RECENT_STEPS = 20
};

struct reader {
	struct digest *d;
	struct repo_view v;     /* its arena is emptied for each read */
};

static int
read_names(struct reader *r, enum insight_dim dim, enum repo_dim from,
    int p, size_t slice, int64_t from_ms, int64_t to_ms, struct err *e)
{
	struct repo_metrics_query q = { .from_ms = from_ms, .to_ms = to_ms,
		.dim = from };
	struct repo_metrics m = { 0 };

	if (from_ms >= to_ms)
		return 0;
	arena_reset(r->v.arena);
	if (repo_metrics(&r->v, &q, &m, e))
		return e->code;
	for (size_t i = 0; i < m.n; i++) {
		struct cell *c;

		if (rollup_is_zero(&m.v[i].sum))
			continue;
		c = digest_cell(r->d, dim, m.v[i].name);
		if (!c)
			return digest_spent(e);
		rollup_merge(&c->sum[p], &m.v[i].sum, 1);
		if (c->slices[p])
			digest_count(&c->slices[p][slice], m.v[i].sum.c);
	}
	return 0;
}

static const struct {
	enum insight_dim dim;
	enum repo_dim from;
} dims[] = {
	{ INSIGHT_TOTAL, DIM_TOTAL }, { INSIGHT_AGENT, DIM_AGENT },
	{ INSIGHT_MODEL, DIM_MODEL }, { INSIGHT_TOOL, DIM_TOOL },
	{ INSIGHT_PATTERN, DIM_PATTERN }, { INSIGHT_TOPIC, DIM_TOPIC },
};

static int
read_dims(struct reader *r, int p, struct err *e)
{
	const struct digest *d = r->d;

	for (size_t i = 0; i < ARRAY_LEN(dims); i++) {
		if (dims[i].dim > INSIGHT_TOOL) {
			if (read_names(r, dims[i].dim, dims[i].from, p, 0,
			    d->s.period[p].from_ms, d->s.period[p].to_ms, e))
				return e->code;
			continue;
		}
		for (size_t s = 0; s < d->nbounds[p]; s++) {
			if (read_names(r, dims[i].dim, dims[i].from, p, s,
			    d->bounds[p][s], d->bounds[p][s + 1], e))
				return e->code;
			digest_step(r->d, 1);
		}
	}
	return 0;
}

/* The latest runs with the pattern, max of them or a few more. */
static int
read_pattern(struct reader *r, struct str slug, int p, size_t max,
    struct err *e)
{
	const struct period *in = &r->d->s.period[p];
	bool more = true;

	for (size_t at = 0; more && at < max; at += REPO_LIMIT_MAX) {
		struct repo_runs runs = { 0 };

		arena_reset(r->v.arena);
		if (repo_pattern_runs(&r->v, slug, in->from_ms, in->to_ms,
		    REPO_LIMIT_MAX, at, &runs, e))
			return e->code;
		for (size_t i = 0; i < runs.n; i++)
			if (digest_pattern_run(r->d, p, slug, runs.v[i].run,
			    runs.v[i].start_ms, e))
				return e->code;
		more = runs.has_more;
	}
	return 0;
}

static int
read_patterns(struct reader *r, struct err *e)
{
	struct map *m = r->d->cells[INSIGHT_PATTERN];
	struct str slug;
	size_t it = 0;
	void *value;

	while (map_next(m, &it, &slug, &value)) {
		const struct cell *c = value;
		struct pattern_cell *pattern = digest_pattern(r->d, slug);
		bool cut = false;

		if (!pattern)
			return digest_spent(e);
		/* Rollups say beforehand when it is too many to look at. */
		for (int p = 0; p < PERIODS; p++)
			cut = cut || c->sum[p].c[COUNT_RUNS] > PAIR_RUNS_MAX;
		pattern->is_cut[NOW] = pattern->is_cut[BEFORE] = cut;
		for (int p = 0; p < PERIODS; p++)
			if (c->sum[p].c[COUNT_RUNS] && (p == NOW || !cut) &&
			    read_pattern(r, slug, p, cut ?
			    INSIGHT_PATTERN_RUNS : PAIR_RUNS_MAX, e))
				return e->code;
	}
	return 0;
}

static int
take_failure(struct reader *r, const struct repo_failure *f, int p,
    struct err *e)
{
	struct failure_cell *c = digest_failure(r->d, f->failure_id);

	if (!c)
		return digest_spent(e);
	if (!c->f.template.p) {
		c->f.entity_type = arena_str(r->d->arena, f->entity_type.p ?
		    f->entity_type : STR(""));
		c->f.template = arena_str(r->d->arena, f->template.p ?
		    f->template : STR(""));
		if (!c->f.entity_type.p || !c->f.template.p)
			return digest_spent(e);
	}
	c->f.events[p] = f->events;
	c->f.runs[p] = f->runs;
	c->f.first_seen_ms = f->first_seen_ms;
	c->f.is_ignored = f->status == FAILURE_IGNORED;
	c->resolved_ms = f->is_regressed || f->status == FAILURE_RESOLVED ?
	    f->changed_ms : 0;
	if (f->resolved_in.n)
		c->f.resolved_in = arena_str(r->d->arena, f->resolved_in);
	return 0;
}

static int
list_failures(struct reader *r, int p, struct err *e)
{
	const struct period *in = &r->d->s.period[p];
	struct repo_failure_query q = { .from_ms = in->from_ms,
		.to_ms = in->to_ms, .order = BY_EVENTS, .status = -1,
		.limit = REPO_LIMIT_MAX };
	size_t n = 1;

	for (; n && q.offset < FAILURES_READ_MAX; q.offset += n) {
		struct repo_failures list = { 0 };

		arena_reset(r->v.arena);
		if (repo_failures_list(&r->v, &q, &list, e))
			return e->code;
		n = list.n;
		for (size_t i = 0; i < n; i++)
			if (take_failure(r, &list.v[i], p, e))
				return e->code;
		if (q.offset + n >= list.total)
			break;
	}
	return 0;
}

/* Came back in NOW: nothing between its resolution and NOW. */
static int
check_return(struct reader *r, struct failure_cell *c, struct err *e)
{
	const struct period *now = &r->d->s.period[NOW];
	int64_t n = 0, since = c->resolved_ms + 1;

	if (!c->resolved_ms || since >= now->to_ms || !c->f.events[NOW])
		return 0;
	arena_reset(r->v.arena);
	if (since < now->from_ms && repo_failure_count(&r->v, c->f.failure_id,
	    since, now->from_ms, &n, e))
		return e->code;
	if (n)
		return 0;
	if (repo_failure_count(&r->v, c->f.failure_id,
	    MAX_OF(since, now->from_ms), now->to_ms, &n, e))
		return e->code;
	c->f.is_back = n > 0;
	return 0;
}

static int
read_failure_runs(struct reader *r, struct failure_cell *c, struct err *e)
{
	const struct period *now = &r->d->s.period[NOW];
	struct repo_runs runs = { 0 };

	arena_reset(r->v.arena);
	if (repo_failure_runs(&r->v, c->f.failure_id, now->from_ms,
	    now->to_ms, INSIGHT_LINKS, 0, &runs, e))
		return e->code;
	/* Their order is that of occurrences, which heads do not tell. */
	for (size_t i = 0; i < runs.n; i++)
		if (!digest_card(r->d, &c->hits, runs.v[i].run,
		    (int64_t)(runs.n - i), STR("")))
			return digest_spent(e);
	return 0;
}

static int
read_failures(struct reader *r, struct err *e)
{
	size_t it = 0;
	void *value;

	if (list_failures(r, BEFORE, e) || list_failures(r, NOW, e))
		return e->code;
	while (map_next(r->d->failures, &it, NULL, &value)) {
		struct failure_cell *c = value;

		if (check_return(r, c, e) ||
		    (c->f.events[NOW] && read_failure_runs(r, c, e)))
			return e->code;
	}
	return 0;
}

static int
read_topics(struct reader *r, struct err *e)
{
	struct topic_model *m;
	int rc;

	arena_reset(r->v.arena);
	if (repo_topics_model(&r->v, &m, e))
		return e->code;
	rc = digest_topics(r->d, m, e);
	topic_model_free(m);
	return rc;
}

static int
read_recent(struct reader *r, struct err *e)
{
	const struct period *now = &r->d->s.period[NOW];
	struct repo_filter f = REPO_FILTER_INIT;
	bool more = true;

	f.from_ms = now->from_ms;
	f.to_ms = now->to_ms;
	f.limit = REPO_LIMIT_MAX;
	for (; more && f.offset < INSIGHT_RECENT_RUNS; f.offset += f.limit) {
		struct repo_runs runs = { 0 };

		arena_reset(r->v.arena);
		if (repo_runs_list(&r->v, &f, &runs, e))
			return e->code;
		for (size_t i = 0; i < runs.n; i++)
			if (!digest_card(r->d, &r->d->recent, runs.v[i].run,
			    runs.v[i].start_ms, STR("")))
				return digest_spent(e);
		more = runs.has_more;
	}
	return 0;
}

int
digest_read(struct digest *d, struct kv_snapshot *s, struct repo_scope scope,
    struct err *e)
{
	struct reader r = { .d = d, .v = { s, scope, NULL } };
	int64_t slices = (int64_t)(d->nbounds[BEFORE] + d->nbounds[NOW]);
	int rc = 0;

	d->steps = slices * (INSIGHT_TOOL + 1) + PEOPLE_STEPS +
	    PATTERN_STEPS + FAILURE_STEPS + RECENT_STEPS;

	r.v.arena = arena_new(PAGE_BYTES_MAX);
	for (int p = 0; p < PERIODS && rc == 0; p++)
		rc = read_dims(&r, p, e);
	if (rc == 0)
		rc = digest_people(d, &r.v, e);
	digest_step(d, PEOPLE_STEPS);
	if (rc == 0)
		rc = read_topics(&r, e);
	if (rc == 0)
		rc = read_patterns(&r, e);
	digest_step(d, PATTERN_STEPS);
	if (rc == 0)
		rc = read_failures(&r, e);
	digest_step(d, FAILURE_STEPS);
	if (rc == 0)
		rc = read_recent(&r, e);
	digest_step(d, RECENT_STEPS);
	arena_free(r.v.arena);
	return rc;
}

int
digest_insight(struct kv_snapshot *s, struct repo_scope scope,
    const struct period *p, int64_t created_ns, struct arena *a,
    struct event *out, struct err *e)
{
	struct digest *d = digest_new(p);
	int rc = digest_read(d, s, scope, e);

	if (rc == 0)
		rc = digest_close(d, e);
	if (rc == 0)
		rc = digest_event(d, created_ns, a, out, e);
	digest_free(d);
	return rc;
}
