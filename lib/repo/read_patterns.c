/* Patterns, feedback, insights. */
#include "base/clock.h"
#include "model/run.h"
#include "repo/group.h"
#include "repo/hits.h"

/* Who shows what; the rest is right without it. */
static int
read_agents(const struct repo_view *v, int64_t from_ms, int64_t to_ms,
    struct repo_patterns *out, struct err *e)
{
	struct repo_metrics_query q = { .from_ms = from_ms, .to_ms = to_ms,
		.dim = DIM_AGENT };
	int rc = repo_metrics(v, &q, &out->agents, e);

	q.dim = DIM_PATTERN_AGENT;
	if (rc == 0)
		rc = repo_metrics(v, &q, &out->by_agent, e);
	if (rc != ERR_LIMIT)
		return rc;
	*e = (struct err)ERR_INIT;
	out->agents.n = out->by_agent.n = 0;
	out->too_many_agents = true;
	return 0;
}

int
repo_patterns_list(const struct repo_view *v, int64_t from_ms, int64_t to_ms,
    bool by_day, struct repo_patterns *out, struct err *e)
{
	struct repo_metrics_query q = { .from_ms = from_ms, .to_ms = to_ms,
		.dim = DIM_PATTERN, .by_day = by_day };
	struct repo_metrics all;

	*out = (struct repo_patterns){ .runs = 0 };
	if (repo_metrics(v, &q, &out->m, e))
		return e->code;
	q.dim = DIM_TOTAL;
	q.by_day = false;
	if (repo_metrics(v, &q, &all, e))
		return e->code;
	out->runs = all.v[0].sum.c[COUNT_RUNS];
	out->conversational_runs = all.v[0].sum.c[COUNT_CONVERSATIONAL];
	out->flagged_runs = all.v[0].sum.c[COUNT_FLAGGED];
	return read_agents(v, from_ms, to_ms, out, e);
}

int
repo_pattern_runs(const struct repo_view *v, struct str slug, int64_t from_ms,
    int64_t to_ms, size_t limit, size_t offset, struct repo_runs *out,
    struct err *e)
{
	return list_index(v, INDEX_PATTERN, slug, from_ms, to_ms, limit,
	    offset, out, e);
}

int
repo_feedback_runs(const struct repo_view *v, int64_t from_ms, int64_t to_ms,
    size_t limit, size_t offset, struct repo_runs *out, struct err *e)
{
	return list_index(v, INDEX_FEEDBACK, STR_NULL, from_ms, to_ms, limit,
	    offset, out, e);
}

struct ids {
	const struct repo_view *v;
	struct str keys[REPO_LIMIT_MAX];
	size_t n, limit, offset;
	bool has_more;
};

static int
id_row(void *arg, struct str key, struct str value, struct err *e)
{
	struct ids *ids = arg;
	struct layout_key k;

	(void)key;
	if (ids->offset > 0) {
		ids->offset--;
		return 0;
	}
	if (ids->n == ids->limit) {
		ids->has_more = true;
		return KV_STOP;
	}
	if (value.n > EVENT_ID_MAX)
		return err_set(e, ERR_CORRUPT, "insight: not an id");
	layout_state(&k, ids->v->scope, 'i', value);
	ids->keys[ids->n] = arena_str(ids->v->arena, layout_str(&k));
	return ids->keys[ids->n++].p ? 0 : read_spent(e);
}

static int
read_insight(const struct repo_view *v, struct str doc, struct insight **out,
    struct err *e)
{
	*out = arena_alloc(v->arena, sizeof(**out));
	return *out ? doc_read(doc, v->arena, EVENT_INSIGHT, *out, e) :
	    read_spent(e);
}

int
repo_insights_list(const struct repo_view *v, size_t limit, size_t offset,
    struct repo_insights *out, struct err *e)
{
	struct ids ids = { .v = v, .limit = limit, .offset = offset };
	struct kv_range r = { .family = KV_STATE,
		.limit = limit + offset + 1 };
	struct str docs[REPO_LIMIT_MAX];
	struct layout_key from, to;

	*out = (struct repo_insights){ .v = NULL };
	if (page_check(limit, offset, e))
		return e->code;
	layout_state(&from, v->scope, 'I', STR(""));
	layout_state(&to, v->scope, 'I' + 1, STR(""));
	r.from = layout_str(&from);
	r.to = layout_str(&to);
	if (kv_scan(v->snapshot, &r, id_row, &ids, NULL, e))
		return e->code;
	out->has_more = ids.has_more;
	if (ids.n == 0)
		return 0;
	out->v = arena_array(v->arena, ids.n, sizeof(*out->v));
	if (!out->v)
		return read_spent(e);
	if (kv_multi_get(v->snapshot, KV_STATE, ids.keys, ids.n, docs,
	    v->arena, e))
		return e->code;
	for (size_t i = 0; i < ids.n; i++) {
		if (!docs[i].p)
			continue;
		if (read_insight(v, docs[i], &out->v[out->n], e))
			return e->code;
		out->n++;
	}
	return 0;
}

int
repo_insight_get(const struct repo_view *v, struct str id,
    struct insight **out, struct err *e)
{
	struct layout_key k;
	struct str key, doc = STR_NULL;

	if (id.n > 0 && id.n <= EVENT_ID_MAX) {
		layout_state(&k, v->scope, 'i', id);
		key = layout_str(&k);
		if (kv_multi_get(v->snapshot, KV_STATE, &key, 1, &doc,
		    v->arena, e))
			return e->code;
	}
	if (!doc.p)
		return err_set(e, ERR_NOT_FOUND, "there is no insight %.*s",
		    (int)MIN_OF(id.n, 100), id.p ? id.p : "");
	return read_insight(v, doc, out, e);
}
