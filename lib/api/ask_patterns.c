/* Answers about patterns: how often, and whom they concern. */
#include <stdlib.h>

#include "api/answer.h"
#include "base/map.h"
#include "detect/detect.h"

enum { GROUPED_RUNS_MAX = 2000 };

static const char *
subject_one(enum ask_subject s)
{
	return s == ASK_USERS ? "user" : s == ASK_ORGS ? "organisation" :
	    "agent";
}

struct group {
	int64_t runs;
	struct str example;     /* run id */
	struct str name;
};

static int
by_group(const void *a, const void *b)
{
	const struct group *x = *(struct group *const *)a;
	const struct group *y = *(struct group *const *)b;

	if (x->runs != y->runs)
		return x->runs > y->runs ? -1 : 1;
	return str_cmp(x->name, y->name);
}

static struct str
name_of(enum ask_subject s, const struct run *run)
{
	return s == ASK_USERS ? run->user_id : s == ASK_ORGS ? run->org_id :
	    run->agent;
}

/* Counts the runs that show the pattern; *n is how many were read. */
static int
group_runs(struct answer *a, struct map *groups, size_t *n, bool *all,
    struct err *e)
{
	const struct ask_plan *p = a->plan;
	struct arena *arena = a->call->view.arena;
	struct repo_runs runs = { .has_more = true };

	for (*n = 0; runs.has_more && *n < GROUPED_RUNS_MAX; *n += runs.n) {
		if (repo_pattern_runs(&a->call->view, str_from(p->pattern),
		    p->from_ms, p->to_ms, REPO_LIMIT_MAX, *n, &runs, e))
			return e->code;
		for (size_t i = 0; i < runs.n; i++) {
			const struct run *run = runs.v[i].run;
			struct str name = name_of(p->subject, run);
			struct group *g;
			void **slot;

			if (!name.n || (p->agent.p &&
			    !str_eq(p->agent, run->agent)))
				continue;
			slot = map_put(groups, name);
			if (!*slot && !(*slot = arena_alloc(arena,
			    sizeof(*g))))
				return err_set(e, ERR_LIMIT, "too many");
			g = *slot;
			if (g->runs++ == 0)
				*g = (struct group){ 1, run->base.id, name };
		}
		if (runs.n == 0)
			break;
	}
	*all = !runs.has_more;
	return 0;
}

static int
put_groups(struct answer *a, const struct map *groups, size_t *n,
    struct err *e)
{
	static const struct answer_column columns[] = { { "name", NULL },
		{ "runs", NULL }, { "latest_run_id", NULL }, { NULL, NULL } };
	struct group **v = arena_array(a->call->view.arena,
	    map_count(groups), sizeof(*v));
	size_t it = 0;
	void *g;

	*n = 0;
	if (!v)
		return err_set(e, ERR_LIMIT, "too many");
	while (map_next(groups, &it, NULL, &g))
		v[(*n)++] = g;
	if (*n)
		qsort(v, *n, sizeof(struct group *), by_group);
	*n = MIN_OF(*n, a->plan->limit);
	answer_columns(a, columns);
	for (size_t i = 0; i < *n; i++) {
		answer_row(a);
		json_put_str(&a->w, v[i]->name);
		json_put_i64(&a->w, v[i]->runs);
		json_put_str(&a->w, v[i]->example);
		answer_row_end(a);
		if (i < 3)
			answer_say(a, "%s%.*s (%lld runs)",
			    i ? ", " : "", STR_FMT(v[i]->name),
			    (long long)v[i]->runs);
	}
	answer_table_end(a);
	return 0;
}

/* Whom a pattern concerns: from the runs that show it. */
int
find_pattern_names(struct answer *a, struct err *e)
{
	const struct ask_plan *p = a->plan;
	struct map *groups = map_new();
	struct str range = answer_range(a);
	size_t read = 0, n = 0;
	bool all = true;
	int rc = group_runs(a, groups, &read, &all, e);

	if (!rc)
		rc = put_groups(a, groups, &n, e);
	map_free(groups, NULL);
	if (rc)
		return rc;
	if (n == 0)
		answer_say(a, "No %s has a run with %s in this time",
		    subject_one(p->subject), p->pattern);
	answer_say(a, ".");
	if (!all)
		answer_say(a, " Counted over the latest %zu runs with the "
		    "pattern.", read);
	answer_link(a, "Runs with the pattern", "/v1/patterns/%s/runs?%.*s",
	    p->pattern, STR_FMT(range));
	return 0;
}

static int64_t
pattern_runs(const struct repo_patterns *p, const char *slug)
{
	return answer_named(&p->m, str_from(slug))->c[COUNT_RUNS];
}

static int
patterns_of(struct answer *a, int64_t from, int64_t to,
    struct repo_patterns *out, struct err *e)
{
	return repo_patterns_list(&a->call->view, from, to, false, out, e);
}

/* Slugs by runs, most first; few, so simply. */
static int
by_pattern(const void *a, const void *b)
{
	const struct repo_metric *x = a, *y = b;
	int64_t m = x->sum.c[COUNT_RUNS], n = y->sum.c[COUNT_RUNS];

	return m != n ? (m > n ? -1 : 1) : str_cmp(x->name, y->name);
}

static void
say_one_pattern(struct answer *a, const struct repo_patterns *now,
    const struct repo_patterns *then)
{
	const struct ask_plan *p = a->plan;
	const struct detect_pattern *d =
	    detect_pattern_by_slug(str_from(p->pattern));
	bool about_user = d && d->is_about_user;
	long long n = pattern_runs(now, p->pattern);
	long long of = about_user ? now->conversational_runs : now->runs;

	answer_say(a, "%s: %lld of %lld %sruns (%.1f %%)",
	    d ? d->name : p->pattern, n, of,
	    about_user ? "conversational " : "",
	    of ? 100.0 * (double)n / (double)of : 0);
	if (p->is_comparison) {
		long long m = pattern_runs(then, p->pattern);
		long long was = about_user ? then->conversational_runs :
		    then->runs;

		answer_say(a, ", before %lld of %lld (%.1f %%)", m, was,
		    was ? 100.0 * (double)m / (double)was : 0);
	}
	answer_say(a, ".");
}

int
find_patterns(struct answer *a, struct err *e)
{
	static const struct answer_column columns[] = { { "pattern", NULL },
		{ "runs", NULL }, { "share_of_runs", NULL },
		{ "runs_before", NULL }, { NULL, NULL } };
	const struct ask_plan *p = a->plan;
	struct repo_patterns now, then = { 0 };
	struct str range = answer_range(a);
	size_t said = 0;

	if (patterns_of(a, p->from_ms, p->to_ms, &now, e) ||
	    (p->is_comparison && patterns_of(a, p->compare_from_ms,
	    p->compare_to_ms, &then, e)))
		return e->code;
	if (now.m.n)
		qsort(now.m.v, now.m.n, sizeof(*now.m.v), by_pattern);
	answer_columns(a, columns);
	for (size_t i = 0; i < now.m.n; i++) {
		const struct repo_metric *m = &now.m.v[i];
		long long n = m->sum.c[COUNT_RUNS];

		if ((p->pattern && !str_is(m->name, p->pattern)) || n == 0)
			continue;
		answer_row(a);
		json_put_str(&a->w, m->name);
		json_put_i64(&a->w, n);
		json_put_double(&a->w, (double)n / (double)now.runs);
		if (p->is_comparison)
			json_put_i64(&a->w,
			    answer_named(&then.m, m->name)->c[COUNT_RUNS]);
		else
			json_put_null(&a->w);
		answer_row_end(a);
		if (!p->pattern && said < 3)
			answer_say(a, "%s%.*s in %lld runs",
			    said++ ? ", " : "", STR_FMT(m->name), n);
	}
	answer_table_end(a);
	if (p->pattern)
		say_one_pattern(a, &now, &then);
	else if (said)
		answer_say(a, ", of %lld runs.", (long long)now.runs);
	else
		answer_say(a, "No pattern was found in the %lld runs of this "
		    "time.", (long long)now.runs);
	answer_link(a, "Patterns", "/v1/patterns?%.*s", STR_FMT(range));
	if (p->pattern)
		answer_link(a, "Runs with the pattern",
		    "/v1/patterns/%s/runs?%.*s", p->pattern, STR_FMT(range));
	return 0;
}
