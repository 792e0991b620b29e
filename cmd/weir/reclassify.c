/* weir reclassify: has stored runs read by this version of the classifier, or
 * shows what that would change. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/opts.h"
#include "commands.h"
#include "detect/detect.h"
#include "out.h"
#include "progress.h"
#include "repo/commit.h"
#include "repo/usual.h"
#include "repo/work.h"
#include "store/admin.h"
#include "view.h"

enum {
	RUN_ARENA = 256 << 20,
	LINE_BYTES = 1 << 20,
	EXAMPLES = 3,           /* run ids shown with a change */
	NAMES_MAX = 10000       /* failures that are counted */
};

static struct view view;
static const char *since;
static bool is_diff, is_all;

static const struct opt table[] = {
	VIEW_OPTS_NO_RANGE(view),
	{ "since", 0, OPT_TEXT, &since, 0, 0, "DATE",
	    "runs that started then or later: 2026-11-01, or with a time" },
	{ "diff", 0, OPT_FLAG, &is_diff, 0, 0, NULL,
	    "only show what would change; nothing is stored" },
	{ "all", 0, OPT_FLAG, &is_all, 0, 0, NULL,
	    "also runs that this version has read" },
	{ 0 }
};

static int
progress_begin(struct progress *p, struct err *e)
{
	struct repo_metrics_query q = { .from_ms = view.from_ms,
		.to_ms = view.to_ms, .dim = DIM_TOTAL };
	struct repo_metrics m;

	if (repo_metrics(&view.repo, &q, &m, e))
		return e->code;
	*p = progress_of(m.v[0].sum.c[COUNT_RUNS]);
	return 0;
}

/* ---- into the queue ---- */

static int
again_here(struct repo_commit *c, struct repo_again *q, struct err *e)
{
	repo_commit_begin(c);
	return repo_commit_again(c, q, e) || repo_commit_write(c, true, e) ?
	    e->code : 0;
}

static int
queue_runs(struct err *e)
{
	struct repo_again q = { .scope = view.repo.scope,
		.from_ms = view.from_ms, .to_ms = view.to_ms,
		.version = is_all ? INT64_MAX : DETECT_VERSION };
	struct repo_commit *c = NULL;
	struct progress p;
	int rc = progress_begin(&p, e);

	if (!view.where.client)
		c = repo_commit_new(view.where.kv, NULL);
	while (rc == 0 && !q.is_done) {
		rc = c ? again_here(c, &q, e) :
		    store_reclassify(view.where.client, &q, e);
		progress_draw(&p, q.seen, false);
	}
	repo_commit_free(c);
	if (rc)
		return rc;
	progress_draw(&p, q.seen, true);
	if (view.as_json)
		printf("{\"runs\":%lld,\"queued\":%lld,\"version\":%d}\n",
		    (long long)q.seen, (long long)q.queued, DETECT_VERSION);
	else
		printf("%lld of %lld runs will be classified again by version "
		    "%d\n", (long long)q.queued, (long long)q.seen,
		    DETECT_VERSION);
	return 0;
}

/* ---- what would change ---- */

/* A pattern or failure. */
struct change {
	char *name;
	bool is_failure;
	int64_t before, after, gained, lost;
	char *example[EXAMPLES];
	size_t nexamples;
};

struct diff {
	struct detector *detector;
	struct repo_usuals *usuals;
	struct arena *arena;    /* of one run */
	struct map *by_name;    /* 's' slug or 'f' failure id → struct change */
	struct change **v;
	size_t n, cap;
	int64_t runs, changed;
	struct progress p;
};

static struct change *
change_of(struct diff *d, bool is_failure, struct str name)
{
	struct buf key;
	struct change *c;
	void **slot;

	buf_init(&key, EVENT_BYTES_MAX);
	buf_add_byte(&key, is_failure ? 'f' : 's');
	buf_add_str(&key, name);
	c = map_get(d->by_name, buf_str(&key));
	if (!c && d->n < NAMES_MAX) {
		c = mem_zalloc(1, sizeof(*c));
		c->name = mem_dup(name.p, name.n);
		c->is_failure = is_failure;
		slot = map_put(d->by_name, buf_str(&key));
		*slot = c;
		d->v = mem_more(d->v, d->n, &d->cap, sizeof(struct change *));
		d->v[d->n++] = c;
	}
	buf_fini(&key);
	return c;
}

/* The changes that one run's findings belong to, each once. */
struct findings {
	struct change **v;
	size_t n, cap;
};

static bool
holds(const struct findings *f, const struct change *c)
{
	for (size_t i = 0; i < f->n; i++)
		if (f->v[i] == c)
			return true;
	return false;
}

static void
add_finding(struct diff *d, struct findings *f, bool is_failure,
    struct str name)
{
	struct change *c = change_of(d, is_failure, name), **v;

	/* Custom patterns are not this classifier's. */
	if (!c || holds(f, c) ||
	    (!is_failure && !detect_pattern_by_slug(name)))
		return;
	v = arena_more(d->arena, f->v, f->n, &f->cap, sizeof(*v));
	if (!v)
		return;
	f->v = v;
	v[f->n++] = c;
}

static void
stored_findings(struct diff *d, const struct run *head, struct findings *f)
{
	for (size_t i = 0; i < run_count(head, EVENT_SIGNAL); i++)
		if (run_signal_is_current(head, run_signal(head, i)))
			add_finding(d, f, false, run_signal(head, i)->slug);
	for (size_t i = 0; i < run_count(head, EVENT_FAILURE); i++)
		if (run_failure_is_current(head, run_failure(head, i)))
			add_finding(d, f, true,
			    run_failure(head, i)->failure_id);
}

static int
new_findings(struct diff *d, const struct repo_bundle *b, int64_t now_ms,
    struct findings *f, struct err *e)
{
	struct detect_input in = { .earlier = (const struct run *const *)
		b->earlier, .n_earlier = b->nearlier,
		.cost_pico_usd = b->cost_pico_usd, .next_ms = b->next_ms,
		.now_ms = now_ms };
	struct detect_verdict v;
	struct run *run;

	if (repo_usuals_get(d->usuals, &view.repo, b->head->agent, b->run_ms,
	    clock_mono_ms(), &in.usual, e) ||
	    run_fold(b->events, b->nevents, b->run_id, d->arena, &run, e))
		return e->code;
	in.run = run;
	if (detect_run(d->detector, &in, d->arena, &v, e))
		return e->code;
	for (size_t i = 0; i < v.n; i++) {
		const struct event *ev = &v.events[i];

		if (ev->kind == EVENT_SIGNAL)
			add_finding(d, f, false,
			    event_get(ev, FIELD_SIGNAL_slug)->s);
		else if (ev->kind == EVENT_FAILURE)
			add_finding(d, f, true,
			    event_get(ev, FIELD_FAILURE_failure_id)->s);
	}
	return 0;
}

static void
note_example(struct change *c, struct str run_id)
{
	if (c->nexamples < EXAMPLES)
		c->example[c->nexamples++] = mem_dup(run_id.p, run_id.n);
}

static void
compare(struct diff *d, const struct findings *old,
    const struct findings *new, struct str run_id)
{
	bool changed = false;

	for (size_t i = 0; i < old->n; i++) {
		old->v[i]->before++;
		if (holds(new, old->v[i]))
			continue;
		old->v[i]->lost++;
		note_example(old->v[i], run_id);
		changed = true;
	}
	for (size_t i = 0; i < new->n; i++) {
		new->v[i]->after++;
		if (holds(old, new->v[i]))
			continue;
		new->v[i]->gained++;
		note_example(new->v[i], run_id);
		changed = true;
	}
	d->changed += changed;
}

static int
diff_run(void *arg, const struct repo_run_row *row, struct err *e)
{
	struct diff *d = arg;
	struct repo_work w = { .scope = view.repo.scope,
		.rid = hash128(row->run->base.id) };
	const struct verdict *v = run_verdict(row->run);
	struct findings old = { .n = 0 }, new = { .n = 0 };
	int64_t now_ms = clock_now_ms();
	struct repo_bundle b;

	progress_draw(&d->p, ++d->runs, false);
	if (!is_all && v && v->version >= DETECT_VERSION)
		return 0;
	arena_reset(d->arena);
	stored_findings(d, row->run, &old);
	if (repo_work_load(view.repo.snapshot, &w, d->arena, &b, e) ||
	    repo_work_next(view.repo.snapshot, &w, now_ms, &b, e) ||
	    new_findings(d, &b, now_ms, &new, e))
		return err_wrap(e, "run %.*s", STR_FMT(row->run->base.id));
	compare(d, &old, &new, row->run->base.id);
	return 0;
}

/* Those that change most come first. */
static int
by_change(const void *a, const void *b)
{
	const struct change *x = *(struct change *const *)a;
	const struct change *y = *(struct change *const *)b;
	int64_t dx = x->gained + x->lost, dy = y->gained + y->lost;

	if (dx != dy)
		return dx > dy ? -1 : 1;
	return strcmp(x->name, y->name);
}

static void
print_diff(const struct diff *d)
{
	static const char *const heads[] = { "PATTERN OR FAILURE", "BEFORE",
		"AFTER", "GAINED", "LOST", "EXAMPLES" };
	struct table *t = table_new(heads, ARRAY_LEN(heads));

	for (size_t i = 0; i < d->n; i++) {
		const struct change *c = d->v[i];

		if (c->gained + c->lost == 0)
			continue;
		table_add(t, str_from(c->name));
		table_addf(t, "%lld", (long long)c->before);
		table_addf(t, "%lld", (long long)c->after);
		table_addf(t, "%lld", (long long)c->gained);
		table_addf(t, "%lld", (long long)c->lost);
		table_addf(t, "%s %s %s", c->nexamples > 0 ? c->example[0] :
		    "", c->nexamples > 1 ? c->example[1] : "",
		    c->nexamples > 2 ? c->example[2] : "");
	}
	table_print(t);
	table_free(t);
	printf("%lld of %lld runs would change\n", (long long)d->changed,
	    (long long)d->runs);
}

static void
print_diff_json(const struct diff *d)
{
	struct buf b;

	buf_init(&b, LINE_BYTES);
	for (size_t i = 0; i < d->n; i++) {
		const struct change *c = d->v[i];
		struct json_writer w;

		json_writer_init(&w, &b);
		json_put_object(&w);
		json_member_cstr(&w, c->is_failure ? "failure_id" : "slug",
		    c->name);
		json_member_i64(&w, "before", c->before);
		json_member_i64(&w, "after", c->after);
		json_member_i64(&w, "gained", c->gained);
		json_member_i64(&w, "lost", c->lost);
		json_put_key(&w, "examples");
		json_put_array(&w);
		for (size_t j = 0; j < c->nexamples; j++)
			json_put_cstr(&w, c->example[j]);
		json_put_array_end(&w);
		json_put_object_end(&w);
		out_line(&b);
	}
	buf_fini(&b);
}

static void
diff_free(struct diff *d)
{
	for (size_t i = 0; i < d->n; i++) {
		for (size_t j = 0; j < d->v[i]->nexamples; j++)
			free(d->v[i]->example[j]);
		free(d->v[i]->name);
		free(d->v[i]);
	}
	free(d->v);
	map_free(d->by_name, NULL);
	detector_free(d->detector);
	repo_usuals_free(d->usuals);
	arena_free(d->arena);
}

static int
show_diff(struct err *e)
{
	struct diff d = { .detector = detector_new(),
		.usuals = repo_usuals_new(),
		.arena = arena_new(RUN_ARENA), .by_name = map_new() };
	int rc = progress_begin(&d.p, e);

	if (rc == 0)
		rc = repo_runs_each(&view.repo, view.from_ms, view.to_ms,
		    diff_run, &d, e);
	if (rc == 0) {
		progress_draw(&d.p, d.runs, true);
		if (d.n)
			qsort(d.v, d.n, sizeof(*d.v), by_change);
		if (view.as_json)
			print_diff_json(&d);
		else
			print_diff(&d);
	}
	diff_free(&d);
	return rc;
}

int
cmd_reclassify(int argc, char **argv)
{
	struct err e = ERR_INIT;
	int64_t from_ns;
	int rc;

	if (opts_parse(table, "weir reclassify --data DIR --since DATE "
	    "[options]", argc, argv) != argc)
		opts_die("takes no operands");
	if (!since)
		opts_die("--since is missing: from when on?");
	if (!clock_parse_iso(str_from(since), &from_ns))
		opts_die("--since: '%s' is not a date like 2026-11-01", since);
	view_open(&view, is_diff ? WHERE_READ : WHERE_WRITE);
	view.from_ms = MAX_OF(floor_div(from_ns, NS_PER_MS), 0);
	rc = is_diff ? show_diff(&e) : queue_runs(&e);
	view_close(&view);
	return rc ? where_fail(argv[0], &e) : out_finish(argv[0]);
}
