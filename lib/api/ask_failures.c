/* Answers that are groups of errors. */
#include <stdlib.h>

#include "api/answer.h"
#include "base/clock.h"

/* A group, with what was counted of it under the plan's names. */
struct group {
	const struct repo_failure *f;
	int64_t events, runs, before;
	int64_t value;          /* what it is ordered by */
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

	if (x->value != y->value)
		return x->value > y->value ? -1 : 1;
	return str_cmp(x->f->failure_id, y->f->failure_id);
}

static void
put_groups(struct answer *a, const struct group *v, size_t n)
{
	static const struct answer_column columns[] = {
		{ "failure_id", NULL }, { "template", NULL },
		{ "entity_type", NULL }, { "events", NULL },
		{ "runs", NULL }, { "events_before", NULL },
		{ "status", NULL }, { "first_seen", NULL },
		{ "last_seen", NULL }, { NULL, NULL } };
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
		if (a->plan->is_comparison)
			json_put_i64(w, v[i].before);
		else
			json_put_null(w);
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
		    p->measure == ASK_NEWEST ? p->is_ascending ?
		    "The longest ago: " : "The latest: " :
		    p->is_ascending ? "Least common: " : p->by_change ?
		    p->falls ? "Fell most: " : "Rose most: " :
		    "Most common: ",
		    (int)str_utf8_prefix(f->template, 200).n, f->template.p ?
		    f->template.p : "", f->is_regressed ? "regressed, " : "");
		answer_say_count(a, v[i].events, "time");
		answer_say(a, " in ");
		answer_say_count(a, v[i].runs, "run");
		if (p->is_comparison)
			answer_say(a, ", before ");
		if (p->is_comparison)
			answer_say_count(a, v[i].before, "time");
		answer_say(a, ")");
	}
	if (n)
		answer_say(a, ".");
}

/* Failures of an agent, a tool, …: counted in the runs themselves. */
static int
tally(struct answer *a, int64_t from_ms, int64_t to_ms, struct map *map,
    struct figures *note, struct err *e)
{
	struct tallying t = { a, map };
	struct answer_walk walk;

	if (answer_walk(a, from_ms, to_ms, tally_run, NULL, &t, &walk, e))
		return e->code;
	if (note->is_cut)
		return 0;
	note->is_cut = walk.is_cut;
	note->since_ms = walk.since_ms;
	note->runs_read = walk.runs;
	return 0;
}

/* What was counted of both times. */
struct counted {
	struct repo_failures now, then;
	struct map *by_now, *by_then;   /* with names: of runs that pass */
	struct figures note;
};

/* All groups of the time, page by page. */
static int
list_all(struct answer *a, int64_t from_ms, int64_t to_ms,
    struct repo_failures *out, struct err *e)
{
	struct repo_failure_query q = { .from_ms = from_ms, .to_ms = to_ms,
	    .order = BY_EVENTS, .status = -1, .limit = REPO_LIMIT_MAX };
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

static int
count_all(struct answer *a, struct counted *c, struct err *e)
{
	const struct ask_plan *p = a->plan;

	*c = (struct counted){ .now = { .v = NULL } };
	if (list_all(a, p->from_ms, p->to_ms, &c->now, e) ||
	    (p->is_comparison && list_all(a, p->compare_from_ms,
	    p->compare_to_ms, &c->then, e)))
		return e->code;
	if (p->nnames == 0 && !p->has_where && !p->feedback)
		return 0;
	c->by_now = map_new();
	c->by_then = map_new();
	if (tally(a, p->from_ms, p->to_ms, c->by_now, &c->note, e))
		return e->code;
	return p->is_comparison ? tally(a, p->compare_from_ms,
	    p->compare_to_ms, c->by_then, &c->note, e) : 0;
}

static int64_t
events_before(const struct counted *c, struct str id)
{
	const struct tally *t = c->by_then ? map_get(c->by_then, id) : NULL;

	for (size_t i = 0; i < c->then.n && !c->by_then; i++)
		if (str_eq(c->then.v[i].failure_id, id))
			return c->then.v[i].events;
	return t ? t->events : 0;
}

static size_t
choose(const struct ask_plan *p, const struct counted *c, struct group *v)
{
	const struct repo_failures *all = &c->now;
	size_t n = 0;

	for (size_t i = 0; i < all->n; i++) {
		const struct repo_failure *f = &all->v[i];
		const struct tally *t = c->by_now ? map_get(c->by_now,
		    f->failure_id) : NULL;

		if (!is_wanted(p, f) || (c->by_now && !t))
			continue;
		v[n] = (struct group){ f, t ? t->events : f->events,
		    t ? t->runs : f->runs, events_before(c,
		    f->failure_id), 0 };
		v[n].value = p->measure == ASK_NEWEST ? f->last_seen_ms :
		    v[n].events - (p->by_change ? v[n].before : 0);
		v[n].value *= p->is_ascending || p->falls ? -1 : 1;
		n += !p->by_change || v[n].value > 0;
	}
	if (n)
		qsort(v, n, sizeof(*v), by_events);
	return n;
}

int
find_failures(struct answer *a, struct err *e)
{
	const struct ask_plan *p = a->plan;
	struct str range = answer_range(a);
	struct group *v = NULL;
	struct counted c;
	size_t n = 0, total = 0;

	if (count_all(a, &c, e) == 0) {
		v = arena_array(a->call->view.arena, c.now.n + 1, sizeof(*v));
		if (v)
			total = choose(p, &c, v);
		else
			err_set(e, ERR_LIMIT, "too many failures");
	}
	map_free(c.by_now, NULL);
	map_free(c.by_then, NULL);
	if (e->code)
		return e->code;
	n = MIN_OF(total, p->limit);
	put_groups(a, v, n);
	say_groups(a, v, n, total);
	if (c.now.n < c.now.total)
		answer_say(a, " Of the %zu most frequent ones of %zu.",
		    c.now.n, c.now.total);
	answer_say_cut(a, &c.note);
	answer_link(a, "Failures", "/v1/failures?%.*s&order_by=events",
	    STR_FMT(range));
	for (size_t i = 0; i < n && i < 3; i++)
		answer_link(a, "Failure", "/v1/failures/%.*s?%.*s",
		    STR_FMT(answer_escape(a, v[i].f->failure_id)),
		    STR_FMT(range));
	return 0;
}
