/* Answers that are groups of errors. */
#include <stdlib.h>

#include "api/answer.h"
#include "base/clock.h"

/* A group, with what was counted of it under the plan's names. */
struct group {
	const struct repo_failure *f;
	int64_t events, runs;
};

struct tally {
	int64_t events, runs;
};

struct tallying {
	struct answer *a;
	struct map *map;        /* failure id → tally in the arena */
};

static int
tally_run(void *arg, const struct repo_run_row *row, struct err *e)
{
	struct tallying *t = arg;
	const struct ask_plan *p = t->a->plan;
	size_t n = run_count(row->run, EVENT_FAILURE);

	if (!answer_passes(p, row))
		return 0;
	for (size_t i = 0; i < n; i++) {
		const struct failure_hit *f = run_failure(row->run, i);
		bool again = false;
		struct tally *x;
		void **slot;

		if (!run_failure_is_current(row->run, f) ||
		    (ask_names_of(p, ASK_DIM_TOOL) &&
		    (!str_is(f->entity_type, "tool_call") ||
		    !ask_name_passes(p, ASK_DIM_TOOL, f->name))))
			continue;
		for (size_t k = 0; k < i; k++)
			again |= str_eq(run_failure(row->run, k)->failure_id,
			    f->failure_id) && run_failure_is_current(
			    row->run, run_failure(row->run, k));
		slot = map_put(t->map, f->failure_id);
		if (!*slot && !(*slot = arena_alloc(t->a->call->view.arena,
		    sizeof(*x))))
			return err_set(e, ERR_LIMIT, "too many failures");
		x = *slot;
		x->events++;
		x->runs += !again;
	}
	return 0;
}

/* "timeout" in "Timeout after 30 s" */
static bool
has_text(struct str text, struct str want)
{
	for (size_t i = 0; want.n && i + want.n <= text.n; i++)
		if (str_ieq(str_of(text.p + i, want.n), want))
			return true;
	return want.n == 0;
}

static bool
is_wanted(const struct ask_plan *p, const struct repo_failure *f)
{
	switch (p->state) {
	case ASK_NEW:
		if (f->first_seen_ms < p->from_ms)
			return false;
		break;
	case ASK_REGRESSED:
		if (!f->is_regressed || f->regressed_ms < p->from_ms ||
		    f->regressed_ms >= p->to_ms)
			return false;
		break;
	case ASK_ACTIVE:
		if (f->status != FAILURE_ACTIVE)
			return false;
		break;
	case ASK_RESOLVED:
		if (f->status != FAILURE_RESOLVED)
			return false;
		break;
	case ASK_IGNORED:
		if (f->status != FAILURE_IGNORED)
			return false;
		break;
	case ASK_ANY_STATE:
		break;
	}
	/* "timeouts" are found by "timeout". */
	return has_text(f->template, p->text) || (p->text.n > 3 &&
	    p->text.p[p->text.n - 1] == 's' &&
	    has_text(f->template, str_of(p->text.p, p->text.n - 1)));
}

static int
by_events(const void *a, const void *b)
{
	const struct group *x = a, *y = b;

	if (x->events != y->events)
		return x->events > y->events ? -1 : 1;
	return str_cmp(x->f->failure_id, y->f->failure_id);
}

static void
put_groups(struct answer *a, const struct group *v, size_t n)
{
	static const struct answer_column columns[] = {
		{ "failure_id", NULL }, { "template", NULL },
		{ "entity_type", NULL }, { "events", NULL },
		{ "runs", NULL }, { "status", NULL },
		{ "first_seen", NULL }, { "last_seen", NULL },
		{ NULL, NULL } };
	struct json_writer *w = &a->w;

	answer_columns(a, columns);
	for (size_t i = 0; i < n; i++) {
		const struct repo_failure *f = v[i].f;

		answer_row(a);
		json_put_str(w, f->failure_id);
		json_put_str(w, f->template);
		json_put_str(w, f->entity_type);
		json_put_i64(w, v[i].events);
		json_put_i64(w, v[i].runs);
		json_put_cstr(w, f->is_regressed ? "regressed" :
		    repo_failure_status_name(f->status));
		answer_put_time(a, f->first_seen_ms);
		answer_put_time(a, f->last_seen_ms);
		answer_row_end(a);
	}
	answer_table_end(a);
}

static void
say_groups(struct answer *a, const struct group *v, size_t n, size_t total)
{
	const struct ask_plan *p = a->plan;
	const char *kind = ask_state_name(p->state);

	if (n == 0)
		answer_say(a, "No %s%sfailures%s in this time.", kind,
		    *kind ? " " : "", p->text.p ? " with this text" : "");
	else
		answer_say(a, "%zu %s%sfailure pattern%s. ", total, kind,
		    *kind ? " " : "", total == 1 ? "" : "s");
	for (size_t i = 0; i < n && i < 3; i++) {
		const struct repo_failure *f = v[i].f;

		answer_say(a, "%s\"%.*s\" (%s", i ? ", then " :
		    p->is_ascending ? "Least common: " : "Most common: ",
		    (int)str_utf8_prefix(f->template, 200).n, f->template.p ?
		    f->template.p : "", f->is_regressed ? "regressed, " : "");
		answer_say_count(a, v[i].events, "time");
		answer_say(a, " in ");
		answer_say_count(a, v[i].runs, "run");
		answer_say(a, ")");
	}
	if (n)
		answer_say(a, ".");
}

/* Failures of an agent, a tool, …: counted in the runs themselves. */
static int
tally(struct answer *a, struct map *map, struct figures *note, struct err *e)
{
	struct tallying t = { a, map };
	struct answer_walk walk;

	if (answer_walk(a, a->plan->from_ms, a->plan->to_ms, tally_run, NULL,
	    &t, &walk, e))
		return e->code;
	note->is_cut = walk.is_cut;
	note->since_ms = walk.since_ms;
	note->runs_read = walk.runs;
	return 0;
}

/* All groups of the time, page by page. */
static int
list_all(struct answer *a, struct repo_failures *out, struct err *e)
{
	struct repo_failure_query q = { .from_ms = a->plan->from_ms,
	    .to_ms = a->plan->to_ms, .order = BY_EVENTS, .status = -1,
	    .limit = REPO_LIMIT_MAX };
	struct repo_failures page;

	*out = (struct repo_failures){ .v = NULL };
	do {
		q.offset = out->n;
		if (repo_failures_list(&a->call->view, &q, &page, e))
			return e->code;
		if (!out->v) {
			out->total = page.total;
			out->v = arena_array(a->call->view.arena,
			    page.total + 1, sizeof(*out->v));
			if (!out->v)
				return err_set(e, ERR_LIMIT,
				    "too many failures");
		}
		for (size_t i = 0; i < page.n && out->n < out->total; i++)
			out->v[out->n++] = page.v[i];
	} while (page.n && out->n < MIN_OF(out->total, (size_t)2000));
	return 0;
}

static size_t
choose(const struct ask_plan *p, const struct repo_failures *all,
    const struct map *tallies, struct group *v)
{
	size_t n = 0;

	for (size_t i = 0; i < all->n; i++) {
		const struct repo_failure *f = &all->v[i];
		const struct tally *t = tallies ? map_get(tallies,
		    f->failure_id) : NULL;

		if (!is_wanted(p, f) || (tallies && !t))
			continue;
		v[n++] = (struct group){ f, t ? t->events : f->events,
		    t ? t->runs : f->runs };
	}
	if (n)
		qsort(v, n, sizeof(*v), by_events);
	for (size_t i = 0; p->is_ascending && i < n / 2; i++) {
		struct group g = v[i];

		v[i] = v[n - 1 - i];
		v[n - 1 - i] = g;
	}
	return n;
}

int
find_failures(struct answer *a, struct err *e)
{
	const struct ask_plan *p = a->plan;
	bool named = p->nnames > 0 || p->has_where || p->feedback;
	struct map *tallies = named ? map_new() : NULL;
	struct str range = answer_range(a);
	struct figures note = { .v = NULL };
	struct repo_failures all;
	struct group *v;
	size_t n, total;

	if (list_all(a, &all, e) || (named && tally(a, tallies, &note, e)) ||
	    !(v = arena_array(a->call->view.arena, all.n + 1, sizeof(*v)))) {
		map_free(tallies, NULL);
		return e->code ? e->code : err_set(e, ERR_LIMIT,
		    "too many failures");
	}
	total = choose(p, &all, tallies, v);
	map_free(tallies, NULL);
	n = MIN_OF(total, p->limit);
	put_groups(a, v, n);
	say_groups(a, v, n, total);
	if (all.n < all.total)
		answer_say(a, " Of the %zu most frequent ones of %zu.", all.n,
		    all.total);
	answer_say_cut(a, &note);
	answer_link(a, "Failures", "/v1/failures?%.*s&order_by=events",
	    STR_FMT(range));
	for (size_t i = 0; i < n && i < 3; i++)
		answer_link(a, "Failure", "/v1/failures/%.*s?%.*s",
		    STR_FMT(answer_escape(a, v[i].f->failure_id)),
		    STR_FMT(range));
	return 0;
}
