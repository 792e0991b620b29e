/* Figures of topics. */
#include <stdlib.h>

#include "repo/hits.h"
#include "repo/topics_in.h"

static bool
copy_text(struct arena *a, struct str *s)
{
	if (!s->p)
		return true;
	*s = arena_str(a, *s);
	return s->p != NULL;
}

static bool
describe(const struct repo_view *v, const struct topic *t,
    struct repo_topic *out)
{
	bool good;

	*out = (struct repo_topic){ .id = t->id, .name = t->name,
		.parent = t->parent, .is_group = t->is_group,
		.is_retired = t->is_retired, .first_ms = t->born_ms,
		.last_ms = t->seen_ms, .nwords = t->nwords };
	good = copy_text(v->arena, &out->id) && copy_text(v->arena,
	    &out->name) && copy_text(v->arena, &out->parent);
	for (size_t i = 0; i < t->nwords; i++) {
		out->words[i] = t->words[i];
		good = good && copy_text(v->arena, &out->words[i]);
	}
	return good;
}

static const struct repo_metric *
metric_of(const struct repo_metrics *m, struct str name)
{
	for (size_t i = 0; i < m->n; i++)
		if (str_eq(m->v[i].name, name))
			return &m->v[i];
	return NULL;
}

struct listing {
	const struct repo_view *v;
	const struct repo_topics_query *q;
	struct repo_metrics now, before;
	struct repo_topics *out;
};

/* All that the model knows, and what only old verdicts do. */
static int
collect(struct listing *l, const struct topic_model *m, struct err *e)
{
	struct repo_topics *out = l->out;
	size_t known = m ? m->n : 0;

	out->v = arena_array(l->v->arena, known + l->now.n, sizeof(*out->v));
	if (!out->v)
		return read_spent(e);
	for (size_t i = 0; i < known; i++)
		if (!describe(l->v, &m->v[i], &out->v[out->n++]))
			return read_spent(e);
	for (size_t i = 0; i < l->now.n; i++)
		if (!m || !topic_by_id(m, l->now.v[i].name))
			out->v[out->n++] = (struct repo_topic){
			    .id = l->now.v[i].name, .name = STR("?"),
			    .is_retired = true };
	return 0;
}

static void
add_figures(struct listing *l)
{
	struct repo_topics *out = l->out;
	int64_t children = 0;

	for (size_t i = 0; i < out->n; i++) {
		struct repo_topic *t = &out->v[i];
		const struct repo_metric *now = metric_of(&l->now, t->id);
		const struct repo_metric *then = metric_of(&l->before, t->id);

		if (now) {
			t->sum = now->sum;
			t->days = now->days;
		}
		if (then)
			t->before = then->sum;
		if (!t->is_group && now)
			children += now->sum.c[COUNT_RUNS];
	}
	out->unassigned = MAX_OF(0, out->conversational - children);
}

static int
by_runs(const void *a, const void *b)
{
	const struct repo_topic *x = a, *y = b;
	int64_t m = x->sum.c[COUNT_RUNS], n = y->sum.c[COUNT_RUNS];

	if (m != n)
		return m > n ? -1 : 1;
	return str_cmp(x->id, y->id);
}

/* Without those that were not asked about, then or now. */
static void
sort(struct repo_topics *out)
{
	size_t n = 0;

	for (size_t i = 0; i < out->n; i++)
		if (out->v[i].sum.c[COUNT_RUNS] ||
		    out->v[i].before.c[COUNT_RUNS] || !out->v[i].is_retired)
			out->v[n++] = out->v[i];
	out->n = out->total = n;
	qsort(out->v, n, sizeof(*out->v), by_runs);
}

static int
read_agent(struct listing *l, struct repo_metrics_query *q, struct err *e)
{
	struct repo_topics *out = l->out;

	if (topics_of_agent(l->v, l->q->agent, q, &l->now, &out->all, e))
		return e->code;
	out->day_ms = l->now.day_ms;
	out->ndays = l->now.ndays;
	out->conversational = out->all.c[COUNT_CONVERSATIONAL];
	if (q->from_ms <= 0)
		return 0;
	q->by_day = false;
	q->to_ms = q->from_ms;
	q->from_ms = MAX_OF(0, q->from_ms - (l->q->to_ms - l->q->from_ms));
	if (topics_of_agent(l->v, l->q->agent, q, &l->before,
	    &out->all_before, e))
		return e->code;
	out->conversational_before = out->all_before.c[COUNT_CONVERSATIONAL];
	return 0;
}

static int
read_figures(struct listing *l, struct err *e)
{
	struct repo_metrics_query q = { .from_ms = l->q->from_ms,
		.to_ms = l->q->to_ms, .dim = DIM_TOPIC,
		.by_day = l->q->by_day, .tz_minutes = l->q->tz_minutes };
	struct repo_metrics all;

	if (l->q->agent.p)
		return read_agent(l, &q, e);
	if (repo_metrics(l->v, &q, &l->now, e))
		return e->code;
	l->out->day_ms = l->now.day_ms;
	l->out->ndays = l->now.ndays;
	q.by_day = false;
	q.dim = DIM_TOTAL;
	if (repo_metrics(l->v, &q, &all, e))
		return e->code;
	l->out->all = all.v[0].sum;
	l->out->conversational = all.v[0].sum.c[COUNT_CONVERSATIONAL];
	if (q.from_ms <= 0)
		return 0;       /* there is no time before */
	q.to_ms = q.from_ms;
	q.from_ms = MAX_OF(0, q.from_ms - (l->q->to_ms - l->q->from_ms));
	if (repo_metrics(l->v, &q, &all, e))
		return e->code;
	q.dim = DIM_TOPIC;
	if (repo_metrics(l->v, &q, &l->before, e))
		return e->code;
	l->out->all_before = all.v[0].sum;
	l->out->conversational_before = all.v[0].sum.c[COUNT_CONVERSATIONAL];
	return 0;
}

static int
add_examples(const struct repo_view *v, const struct repo_topics_query *q,
    struct repo_topic *t, struct err *e)
{
	/* Of one agent, those among the latest. */
	size_t look = q->agent.p ? REPO_LIMIT_MAX : REPO_TOPIC_EXAMPLES;
	struct repo_runs runs;

	if (!q->with_examples || !t->sum.c[COUNT_RUNS])
		return 0;
	if (repo_topic_runs(v, t->id, q->from_ms, q->to_ms, look, 0, &runs,
	    e))
		return e->code;
	t->examples = runs.v;
	for (size_t i = 0; i < runs.n && t->nexamples < REPO_TOPIC_EXAMPLES;
	    i++)
		if (!q->agent.p || str_eq(runs.v[i].run->agent, q->agent))
			runs.v[t->nexamples++] = runs.v[i];
	return 0;
}

/* What the model says, and the figures of all topics, most runs first. */
static int
list_all(const struct repo_view *v, const struct repo_topics_query *q,
    struct repo_topics *out, struct err *e)
{
	struct listing l = { .v = v, .q = q, .out = out };
	struct topic_model *m;
	int rc;

	*out = (struct repo_topics){ .n = 0 };
	if (range_check(q->from_ms, q->to_ms, e) ||
	    repo_topics_model(v, &m, e))
		return e->code;
	rc = read_figures(&l, e);
	if (rc == 0)
		rc = collect(&l, m, e);
	if (rc == 0) {
		add_figures(&l);
		sort(out);
	}
	if (m) {
		out->generation = m->generation;
		out->fitted_prompts = m->prompts;
	}
	topic_model_free(m);
	return rc;
}

int
repo_topics_list(const struct repo_view *v, const struct repo_topics_query *q,
    struct repo_topics *out, struct err *e)
{
	size_t n;

	if (q->limit && page_check(q->limit, q->offset, e))
		return e->code;
	if (list_all(v, q, out, e))
		return e->code;
	n = MIN_OF(q->offset, out->n);
	out->v += n;
	out->n -= n;
	if (q->limit)
		out->n = MIN_OF(out->n, q->limit);
	for (size_t i = 0; i < out->n; i++)
		if (add_examples(v, q, &out->v[i], e))
			return e->code;
	return 0;
}

int
repo_topic_get(const struct repo_view *v, struct str id,
    const struct repo_topics_query *q, struct repo_topics *all,
    struct repo_topic *out, struct err *e)
{
	if (list_all(v, q, all, e))
		return e->code;
	for (size_t i = 0; i < all->n; i++)
		if (str_eq(all->v[i].id, id)) {
			*out = all->v[i];
			return add_examples(v, q, out, e);
		}
	return err_set(e, ERR_NOT_FOUND, "there is no topic %.*s",
	    (int)MIN_OF(id.n, 100), id.p ? id.p : "");
}

int
repo_topic_runs(const struct repo_view *v, struct str id, int64_t from_ms,
    int64_t to_ms, size_t limit, size_t offset, struct repo_runs *out,
    struct err *e)
{
	return list_index(v, INDEX_TOPIC, id, from_ms, to_ms, limit, offset,
	    out, e);
}
