/* Patterns of behaviour, and the runs that show them. */
#include <stdlib.h>

#include "api/call.h"
#include "detect/detect.h"

/* A pattern that is known, or was seen. */
struct row {
	struct str slug;
	const struct detect_pattern *known;     /* or NULL */
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
collect(struct api_call *c, const struct repo_patterns *p, size_t *out)
{
	size_t known = known_patterns(), n = 0;
	struct row *v = arena_array(c->view.arena, known + p->m.n,
	    sizeof(*v));

	if (!v)
		return NULL;
	for (size_t i = 0; i < p->m.n; i++)
		v[n++] = (struct row){ p->m.v[i].name,
		    detect_pattern_by_slug(p->m.v[i].name), &p->m.v[i] };
	for (size_t i = 0; i < known; i++) {
		const struct detect_pattern *d = detect_pattern(i);
		size_t j = 0;

		while (j < p->m.n && !str_is(v[j].slug, d->slug))
			j++;
		if (j == p->m.n)
			v[n++] = (struct row){ str_from(d->slug), d, NULL };
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

static void
put_pattern(struct api_call *c, const struct repo_patterns *p,
    const struct row *r)
{
	struct json_writer *w = &c->json;
	bool about_user = r->known && r->known->is_about_user;

	json_put_object(w);
	json_member_str(w, "slug", r->slug);
	json_member_str(w, "name",
	    r->known ? str_from(r->known->name) : r->slug);
	json_member_str(w, "description",
	    r->known ? str_from(r->known->description) : STR_NULL);
	json_member_bool(w, "built_in", r->known != NULL);
	json_member_bool(w, "conversational_only", about_user);
	json_member_i64(w, "run_count", runs_of(r));
	put_rate(w, "share_of_runs", runs_of(r), p->runs);
	if (about_user)
		put_rate(w, "share_of_conversational", runs_of(r),
		    p->conversational_runs);
	else
		json_member_null(w, "share_of_conversational");
	put_trend(c, p, r);
	json_put_object_end(w);
}

int
patterns_list(struct api_call *c, struct err *e)
{
	struct repo_patterns p;
	struct row *v;
	size_t n;

	if (repo_patterns_list(&c->view, c->params.from_ms, c->params.to_ms,
	    can_have_days(c), &p, e))
		return e->code;
	v = collect(c, &p, &n);
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
	struct repo_runs runs;

	if (repo_pattern_runs(&c->view, slug, c->params.from_ms,
	    c->params.to_ms, c->params.limit, c->params.offset, &runs, e))
		return e->code;
	/* A misspelt slug must not look like a pattern that never occurs. */
	if (runs.n == 0 && c->params.offset == 0 &&
	    !detect_pattern_by_slug(slug))
		return err_set(e, ERR_NOT_FOUND,
		    "no such pattern, and no run of the range shows it");
	return put_run_list(c, &runs, e);
}
