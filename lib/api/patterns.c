/* Patterns of behaviour, and the runs that show them. */
#include <stdlib.h>

#include "api/call.h"
#include "detect/detect.h"
#include "json/json_read.h"
#include "repo/custom.h"

enum { AGENTS = 20 };            /* shown with a pattern */

/* A pattern that is known, or was seen. */
struct row {
	struct str slug;
	const struct detect_pattern *known;     /* built in, or NULL */
	const struct repo_custom *custom;       /* or NULL */
	const struct repo_metric *seen;         /* or NULL: in no run */
};

static int64_t
runs_of(const struct row *r)
{
	return r->seen ? r->seen->sum.c[COUNT_RUNS] : 0;
}

static int
by_runs(const void *a, const void *b)
{
	const struct row *x = a, *y = b;

	if (runs_of(x) != runs_of(y))
		return runs_of(x) > runs_of(y) ? -1 : 1;
	return str_cmp(x->slug, y->slug);
}

static size_t
known_patterns(void)
{
	size_t n = 0;

	while (detect_pattern(n))
		n++;
	return n;
}

static struct row *
row_of(struct row *v, size_t n, struct str slug)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq(v[i].slug, slug))
			return &v[i];
	return NULL;
}

static struct row *
collect(struct api_call *c, const struct repo_patterns *p,
    const struct repo_customs *customs, size_t *out)
{
	size_t n = 0;
	struct row *v = arena_array(c->view.arena, known_patterns() +
	    customs->n + p->m.n, sizeof(*v)), *r;
	const struct detect_pattern *d;

	if (!v)
		return NULL;
	for (size_t i = 0; i < p->m.n; i++)
		v[n++] = (struct row){ .slug = p->m.v[i].name,
		    .seen = &p->m.v[i] };
	for (size_t i = 0; (d = detect_pattern(i)) != NULL; i++) {
		r = row_of(v, n, str_from(d->slug));
		if (!r)
			r = &v[n++];
		r->slug = str_from(d->slug);
		r->known = d;
	}
	for (size_t i = 0; i < customs->n; i++) {
		if (customs->v[i].is_deleted)
			continue;
		r = row_of(v, n, customs->v[i].slug);
		if (!r)
			r = &v[n++];
		r->slug = customs->v[i].slug;
		r->custom = &customs->v[i];
	}
	qsort(v, n, sizeof(*v), by_runs);
	*out = n;
	return v;
}

static void
put_trend(struct api_call *c, const struct repo_patterns *p,
    const struct row *r)
{
	struct json_writer *w = &c->json;

	json_put_key(w, "series");
	if (!can_have_days(c)) {
		json_put_null(w);
		return;
	}
	json_put_array(w);
	for (size_t i = 0; i < p->m.ndays; i++) {
		json_put_object(w);
		put_day(w, p->m.day_ms[i], c->params.tz_offset_minutes);
		json_member_i64(w, "run_count",
		    r->seen ? r->seen->days[i].c[COUNT_RUNS] : 0);
		json_put_object_end(w);
	}
	json_put_array_end(w);
}

/* An agent, and its runs that show a pattern. */
struct share {
	struct str agent;
	int64_t runs, of;
};

static int
by_share(const void *a, const void *b)
{
	const struct share *x = a, *y = b;

	if (x->runs != y->runs)
		return x->runs > y->runs ? -1 : 1;
	return str_cmp(x->agent, y->agent);
}

static int64_t
runs_of_agent(const struct repo_metrics *m, struct str agent)
{
	size_t low = 0, high = m->n;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (str_cmp(m->v[middle].name, agent) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low < m->n && str_eq(m->v[low].name, agent) ?
	    m->v[low].sum.c[COUNT_RUNS] : 0;
}

/* The agents whose runs show the pattern: names are sorted by slug. */
static struct share *
shares_of(struct api_call *c, const struct repo_patterns *p, struct str slug,
    size_t *n)
{
	struct share *v = NULL;
	size_t cap = 0;

	*n = 0;
	for (size_t i = 0; i < p->by_agent.n; i++) {
		struct str name = p->by_agent.v[i].name;

		if (name.n <= slug.n || name.p[slug.n] != '\0' ||
		    !str_has_prefix(name, slug))
			continue;
		v = arena_more(c->view.arena, v, *n, &cap, sizeof(*v));
		if (!v)
			return NULL;
		v[*n] = (struct share){ str_from_index(name, slug.n + 1),
			p->by_agent.v[i].sum.c[COUNT_RUNS], 0 };
		v[*n].of = runs_of_agent(&p->agents, v[*n].agent);
		++*n;
	}
	if (*n)
		qsort(v, *n, sizeof(*v), by_share);
	return v;
}

static void
put_agents(struct api_call *c, const struct repo_patterns *p, struct str slug)
{
	struct json_writer *w = &c->json;
	struct share *v;
	size_t n;

	json_put_key(w, "agents");
	v = shares_of(c, p, slug, &n);
	if (p->too_many_agents || (n && !v)) {
		json_put_null(w);
		return;
	}
	json_put_array(w);
	for (size_t i = 0; i < n && i < AGENTS; i++) {
		json_put_object(w);
		json_member_str(w, "agent", v[i].agent);
		json_member_i64(w, "run_count", v[i].runs);
		put_rate(w, "share_of_runs", v[i].runs, v[i].of);
		json_put_object_end(w);
	}
	json_put_array_end(w);
}

/* A text of the definition, or STR_NULL. */
static struct str
defined(struct api_call *c, const struct row *r, const char *key)
{
	struct str s;

	return r->custom && json_find_string(r->custom->definition,
	    str_from(key), c->view.arena, &s) ? s : STR_NULL;
}

static void
put_pattern(struct api_call *c, const struct repo_patterns *p,
    const struct row *r)
{
	struct json_writer *w = &c->json;
	bool about_user = r->custom || (r->known && r->known->is_about_user);
	struct str name = defined(c, r, "name");

	json_put_object(w);
	json_member_str(w, "slug", r->slug);
	json_member_str(w, "name", r->known ? str_from(r->known->name) :
	    name.n ? name : r->slug);
	json_member_str(w, "description", r->known ?
	    str_from(r->known->description) : defined(c, r, "description"));
	json_member_bool(w, "built_in", r->known != NULL);
	json_member_bool(w, "enabled", r->known != NULL ||
	    (r->custom && r->custom->is_enabled));
	json_member_bool(w, "conversational_only", about_user);
	json_member_i64(w, "run_count", runs_of(r));
	put_rate(w, "share_of_runs", runs_of(r), p->runs);
	if (about_user)
		put_rate(w, "share_of_conversational", runs_of(r),
		    p->conversational_runs);
	else
		json_member_null(w, "share_of_conversational");
	put_trend(c, p, r);
	put_agents(c, p, r->slug);
	json_put_object_end(w);
}

int
patterns_list(struct api_call *c, struct err *e)
{
	struct repo_customs customs;
	struct repo_patterns p;
	struct row *v;
	size_t n;

	if (repo_patterns_list(&c->view, c->params.from_ms, c->params.to_ms,
	    can_have_days(c), &p, e) ||
	    repo_custom_list(&c->view, &customs, e))
		return e->code;
	v = collect(c, &p, &customs, &n);
	if (!v)
		return err_set(e, ERR_LIMIT, "patterns: too many");
	c->params.limit = n;
	put_list(c);
	for (size_t i = 0; i < n; i++)
		put_pattern(c, &p, &v[i]);
	put_list_end(c, false, (int64_t)n);
	return 0;
}

int
patterns_runs(struct api_call *c, struct err *e)
{
	struct str slug = http_capture(c->request, "slug");
	struct repo_custom custom;
	struct repo_runs runs;

	if (repo_pattern_runs(&c->view, slug, c->params.from_ms,
	    c->params.to_ms, c->params.limit, c->params.offset, &runs, e))
		return e->code;
	/* A misspelt slug must not look like a pattern that never occurs. */
	if (runs.n == 0 && c->params.offset == 0 &&
	    !detect_pattern_by_slug(slug) &&
	    repo_custom_get(&c->view, slug, &custom, e))
		return e->code == ERR_NOT_FOUND ? err_set(e, ERR_NOT_FOUND,
		    "no such pattern, and no run of the range shows it") :
		    e->code;
	return put_run_list(c, &runs, e);
}
