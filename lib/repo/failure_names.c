/* Whom and what a failure touched, counted over the runs of its detail. */
#include <stdlib.h>

#include "repo/hits.h"

static int
compare_counts(const void *a, const void *b)
{
	const struct repo_count *x = a, *y = b;

	if (x->count != y->count)
		return x->count > y->count ? -1 : 1;
	return str_cmp(x->name, y->name);
}

/* Distinct names of one run, up to as many as anybody would read. */
struct names {
	struct str v[64];
	size_t n;
};

static void
add_name(struct names *names, struct str name)
{
	if (!name.n || names->n == ARRAY_LEN(names->v))
		return;
	for (size_t i = 0; i < names->n; i++)
		if (str_eq(names->v[i], name))
			return;
	names->v[names->n++] = name;
}

static void
agents_of(const struct run *run, const struct repo_failure *f,
    struct names *out)
{
	(void)f;
	add_name(out, run->agent);
}

static void
users_of(const struct run *run, const struct repo_failure *f,
    struct names *out)
{
	(void)f;
	add_name(out, run->user_id);
}

static void
orgs_of(const struct run *run, const struct repo_failure *f,
    struct names *out)
{
	(void)f;
	add_name(out, run->org_id);
}

static void
models_of(const struct run *run, const struct repo_failure *f,
    struct names *out)
{
	(void)f;
	add_name(out, run->model);
	for (size_t i = 0; i < run_count(run, EVENT_SPAN); i++)
		if (span_is_billed(run_span(run, i)))
			add_name(out, span_model(run_span(run, i)));
}

static void
tools_of(const struct run *run, const struct repo_failure *f,
    struct names *out)
{
	for (size_t i = 0; i < run_count(run, EVENT_FAILURE); i++)
		if (str_eq(run_failure(run, i)->failure_id, f->failure_id) &&
		    run_failure_is_current(run, run_failure(run, i)))
			add_name(out, run_failure(run, i)->name);
	if (!str_is(f->entity_type, "run"))
		return;
	for (size_t i = 0; i < run_count(run, EVENT_SPAN); i++)
		if (run_span(run, i)->type == SPAN_TOOL)
			add_name(out, run_span(run, i)->name);
}

/* In how many of the runs each name stands. */
static int
count_names(const struct repo_view *v, const struct repo_failure_detail *d,
    void (*names_of)(const struct run *run, const struct repo_failure *f,
    struct names *out), struct repo_count **out, size_t *n, struct err *e)
{
	struct repo_count *c = NULL, *more;
	size_t cap = 0, j;

	*n = 0;
	for (size_t i = 0; i < d->nruns; i++) {
		struct names names = { .n = 0 };

		names_of(d->runs[i].run, &d->failure, &names);
		for (size_t k = 0; k < names.n; k++) {
			for (j = 0; j < *n; j++)
				if (str_eq(c[j].name, names.v[k]))
					break;
			more = arena_more(v->arena, c, *n, &cap, sizeof(*c));
			if (!more)
				return read_spent(e);
			c = more;
			if (j == *n)
				c[(*n)++] = (struct repo_count){ names.v[k],
					0 };
			c[j].count++;
		}
	}
	if (*n)
		qsort(c, *n, sizeof(*c), compare_counts);
	*out = c;
	return 0;
}

int
failure_names(const struct repo_view *v, struct repo_failure_detail *d,
    struct err *e)
{
	return count_names(v, d, agents_of, &d->agents, &d->nagents, e) ||
	    count_names(v, d, users_of, &d->users, &d->nusers, e) ||
	    count_names(v, d, orgs_of, &d->orgs, &d->norgs, e) ||
	    count_names(v, d, models_of, &d->models, &d->nmodels, e) ||
	    count_names(v, d, tools_of, &d->tools, &d->ntools, e) ?
	    e->code : 0;
}
