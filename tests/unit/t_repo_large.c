/* lib/repo, reading runs so large that few fit into memory together. */
#include "repo_gen.h"

enum { RUNS = 48, SPANS = 10000 };

static struct arena *arena;
static struct kv *kv;
static struct repo_view view;

/* One event of a span with a tool's name; its head has all that. */
static struct event
make_span(struct str run, int i)
{
	struct event_builder b;
	struct event ev;

	gen_begin(&b, arena, EVENT_SPAN, run, arena_printf(arena, "%d", i));
	event_int(&b, FIELD_SPAN_type, SPAN_TOOL);
	event_text(&b, FIELD_SPAN_name, STR("t"));
	event_int(&b, FIELD_SPAN_start_ns, GEN_START_MS * NS_PER_MS);
	if (!event_end(&b, &ev))
		exit(1);
	return gen_decoded(arena, &ev);
}

static void
fill(void)
{
	struct repo_commit *c = repo_commit_new(kv, NULL);
	struct event *events = calloc(SPANS, sizeof(*events));

	for (int i = 0; i < RUNS; i++) {
		struct str run = arena_printf(arena, "run-%d", i);

		for (int j = 0; j < SPANS; j++)
			events[j] = make_span(run, j);
		gen_commit(c, events, SPANS, 0);
		arena_reset(arena);
	}
	repo_commit_free(c);
	free(events);
}

static int
count_row(void *arg, const struct repo_run_row *row, struct err *e)
{
	(void)e;
	*(size_t *)arg += row->totals.tool_calls == SPANS;
	return 0;
}

int
main(void)
{
	struct repo_filter f = REPO_FILTER_INIT;
	struct err e = ERR_INIT;
	struct repo_runs runs;
	size_t n = 0;

	hash_setup();
	arena = arena_new(1 << 30);
	kv = gen_kv();
	fill();
	view = (struct repo_view){ kv_latest(kv), { 1, ENV_PROD }, arena };
	is_int(repo_runs_each(&view, 0, INT64_MAX, count_row, &n, &e), 0,
	    "each run");
	is_int(n, RUNS, "all of them");
	f.agent = STR("nobody");
	f.status = REPO_OK;
	is_int(repo_runs_list(&view, &f, &runs, &e), 0, "a filtered list");
	f.agent = STR_NULL;
	f.limit = 2;
	is_int(repo_runs_list(&view, &f, &runs, &e), 0, "and another");
	is_int(runs.n, 2, "of two");
	ok(runs.has_more, "and there are more");
	kv_close(kv);
	arena_free(arena);
	return tap_done();
}
