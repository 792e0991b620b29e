/* weir runs: a list of runs, or one run as a tree of its spans. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/opts.h"
#include "commands.h"
#include "model/event_json.h"
#include "out.h"
#include "view.h"

enum { LINE_BYTES = 64 << 20, DEPTH_MAX = 64, TEXT_SHOWN = 200 };

static struct view view;
static const char *agent, *user, *org, *session, *status;
static int64_t limit = 50, offset;

static const struct opt table[] = {
	VIEW_OPTS(view),
	{ "agent", 'a', OPT_TEXT, &agent, 0, 0, "NAME",
	    "only runs of this agent" },
	{ "user", 'u', OPT_TEXT, &user, 0, 0, "ID",
	    "only runs of this user" },
	{ "org", 'o', OPT_TEXT, &org, 0, 0, "ID",
	    "only runs of this organisation" },
	{ "session", 0, OPT_TEXT, &session, 0, 0, "ID",
	    "only runs of this session" },
	{ "status", 0, OPT_TEXT, &status, 0, 0, "STATUS",
	    "only runs that are ok, or error" },
	{ "limit", 'n', OPT_INT, &limit, 1, REPO_LIMIT_MAX, "N",
	    "at most so many, the newest (default 50)" },
	{ "offset", 0, OPT_INT, &offset, 0, REPO_OFFSET_MAX, "N",
	    "leave out so many" },
	{ 0 }
};

/* ---- the list ---- */

static void
read_filter(struct repo_filter *f)
{
	*f = (struct repo_filter)REPO_FILTER_INIT;
	f->agent = str_from(agent);
	f->user_id = str_from(user);
	f->org_id = str_from(org);
	f->session_id = str_from(session);
	f->from_ms = view.from_ms;
	f->to_ms = view.to_ms;
	f->limit = (size_t)limit;
	f->offset = (size_t)offset;
	if (status && strcmp(status, "error") == 0)
		f->status = REPO_ERROR;
	else if (status && strcmp(status, "ok") == 0)
		f->status = REPO_OK;
	else if (status)
		opts_die("--status: '%s' is not ok or error", status);
}

static void
list_json(const struct repo_runs *runs)
{
	struct buf b;

	buf_init(&b, LINE_BYTES);
	for (size_t i = 0; i < runs->n; i++) {
		struct json_writer w;

		json_writer_init(&w, &b);
		json_put_object(&w);
		view_put_run(&w, runs->v[i].run, &runs->v[i].totals);
		json_put_object_end(&w);
		out_line(&b);
	}
	buf_fini(&b);
}

static void
list_table(const struct repo_runs *runs)
{
	static const char *const heads[] = { "STARTED", "RUN", "AGENT",
		"STATUS", "TOOK", "STEPS", "TOOLS", "COST", "SIGNALS" };
	struct table *t = table_new(heads, ARRAY_LEN(heads));
	char cost[32];

	for (size_t i = 0; i < runs->n; i++) {
		const struct run *run = runs->v[i].run;
		const struct run_totals *n = &runs->v[i].totals;

		table_add_ms(t, runs->v[i].start_ms);
		table_add(t, run->base.id);
		table_add(t, run->agent.n ? run->agent : run->name);
		table_addf(t, "%s", n->is_error ? "error" : "ok");
		if (n->ended)
			table_add_duration(t, n->duration_ns);
		else
			table_addf(t, "open");
		table_addf(t, "%lld", (long long)n->steps);
		table_addf(t, n->tool_errors ? "%lld (%lld failed)" : "%lld",
		    (long long)n->tool_calls, (long long)n->tool_errors);
		table_addf(t, "%s", view_cost(n->cost_pico_usd,
		    n->unpriced_spans, cost));
		table_add(t, view_signals(run, view.repo.arena));
	}
	table_print(t);
	table_free(t);
	if (runs->has_more)
		fprintf(stderr, "There are more: --offset %zu\n",
		    (size_t)offset + runs->n);
}

static int
list(struct err *e)
{
	struct repo_filter f;
	struct repo_runs runs;

	read_filter(&f);
	if (repo_runs_list(&view.repo, &f, &runs, e))
		return e->code;
	if (view.as_json)
		list_json(&runs);
	else
		list_table(&runs);
	return 0;
}

/* ---- one run ---- */

static void
print_field(const char *name, struct str s)
{
	if (!s.n)
		return;
	printf("%-10s ", name);
	out_text(s, TEXT_SHOWN);
	putchar('\n');
}

static void
print_value(const char *indent, const char *name, const struct value *v)
{
	if ((v->type != VALUE_TEXT && v->type != VALUE_JSON) || !v->s.n)
		return;
	printf("%s%s ", indent, name);
	out_text(v->s, TEXT_SHOWN - 80);
	putchar('\n');
}

static void
print_usage(const struct span *s)
{
	char cost[32];

	if (s->input_tokens || s->cached_tokens || s->output_tokens)
		printf("  %lld+%lld tokens", (long long)(s->input_tokens +
		    s->cached_tokens + s->cache_write_tokens),
		    (long long)s->output_tokens);
	if (s->cost_source != COST_NONE)
		printf("  %s", view_cost(s->cost_pico_usd,
		    s->cost_source == COST_UNPRICED, cost));
}

static void
print_span(const struct span *s, int depth)
{
	char indent[DEPTH_MAX * 2 + 8], took[32];
	struct str name = s->name.n ? s->name : span_model(s);

	snprintf(indent, sizeof(indent), "%*s", depth * 2 + 2, "");
	printf("%s%s ", indent, span_type_name(s->type));
	out_text(name.n ? name : span_sender_id(s->base.id), 60);
	if (s->end_ns && s->start_ns)
		printf("  %s", out_duration(clock_between(s->start_ns,
		    s->end_ns), took));
	print_usage(s);
	if (s->status == STATUS_ERROR)
		printf("  ERROR");
	putchar('\n');
	snprintf(indent, sizeof(indent), "%*s", depth * 2 + 6, "");
	if (s->type == SPAN_TOOL)
		print_value(indent, "<-", &s->input);
	print_value(indent, "->", &s->output);
	if (s->status == STATUS_ERROR && s->status_message.n) {
		printf("%s!! ", indent);
		out_text(s->status_message, TEXT_SHOWN - 80);
		putchar('\n');
	}
}

static int
compare_spans(const void *a, const void *b)
{
	const struct span *x = *(struct span *const *)a;
	const struct span *y = *(struct span *const *)b;

	if (x->start_ns != y->start_ns)
		return x->start_ns < y->start_ns ? -1 : 1;
	return str_cmp(x->base.id, y->base.id);
}

/* done marks what was printed, so that spans that are each other's parents
 * are printed once. */
static void
print_children(struct span **v, bool *done, size_t n, struct str parent,
    int depth)
{
	for (size_t i = 0; i < n; i++) {
		if (done[i] || !str_eq(v[i]->parent_id, parent))
			continue;
		done[i] = true;
		print_span(v[i], depth);
		if (depth < DEPTH_MAX)
			print_children(v, done, n, v[i]->base.id, depth + 1);
	}
}

/* Roots are spans whose parent is not in the run; then whatever is left. */
static void
print_tree(const struct run *run)
{
	size_t n = run_count(run, EVENT_SPAN);
	struct span **v = mem_alloc(n + 1, sizeof(struct span *));
	bool *done = mem_zalloc(n + 1, sizeof(*done));

	for (size_t i = 0; i < n; i++)
		v[i] = run_span(run, i);
	qsort(v, n, sizeof(struct span *), compare_spans);
	for (int pass = 0; pass < 2; pass++)
		for (size_t i = 0; i < n; i++) {
			if (done[i] || (pass == 0 && v[i]->parent_id.n &&
			    run_span_by_id(run, v[i]->parent_id)))
				continue;
			done[i] = true;
			print_span(v[i], 0);
			print_children(v, done, n, v[i]->base.id, 1);
		}
	free(v);
	free(done);
}

static void
print_run(const struct run *run)
{
	char start[32], took[32], cost[32];
	struct run_totals t;

	run_totals(run, &t);
	print_field("run", run->base.id);
	print_field("name", run->name);
	print_field("agent", run->agent);
	print_field("session", run->session_id);
	print_field("user", run->user_id);
	print_field("org", run->org_id);
	printf("started    %s\ntook       %s\nstatus     %s\n",
	    out_ms(t.start_ms, start), t.ended ? out_duration(t.duration_ns,
	    took) : "not ended", t.is_error ? "error" : "ok");
	print_field("message", run->status_message);
	printf("tokens     %lld\ncost       %s\n", (long long)t.total_tokens,
	    view_cost(t.cost_pico_usd, t.unpriced_spans, cost));
	if (t.unpriced_spans)
		printf("           %lld steps have no known price\n",
		    (long long)t.unpriced_spans);
	print_field("prompt", run->user_prompt);
	print_field("response", run->response);
	print_field("signals", view_signals(run, view.repo.arena));
	for (size_t i = 0; i < run_count(run, EVENT_FAILURE); i++)
		if (run_failure_is_current(run, run_failure(run, i)))
			print_field("failure", run_failure(run, i)->failure_id);
	print_tree(run);
}

/* With --json: everything there is, as weir cat prints it. */
static int
print_events(struct str id, struct err *e)
{
	struct str project = view_project(&view);
	struct event *events;
	struct buf b;
	size_t n;

	if (repo_run_events(&view.repo, id, &events, &n, e))
		return e->code;
	buf_init(&b, LINE_BYTES);
	for (size_t i = 0; i < n; i++) {
		events[i].project = project;
		event_to_json(&events[i], &b);
		out_line(&b);
	}
	buf_fini(&b);
	return 0;
}

static int
show(struct str id, struct err *e)
{
	struct run *run;

	if (view.as_json)
		return print_events(id, e);
	if (repo_run_get(&view.repo, id, &run, e))
		return e->code;
	print_run(run);
	return 0;
}

int
cmd_runs(int argc, char **argv)
{
	struct err e = ERR_INIT;
	int first, rc;

	first = opts_parse(table, "weir runs --data DIR [options] [RUN]", argc,
	    argv);
	if (argc - first > 1)
		opts_die("takes at most one operand: a run's id");
	view_open(&view, WHERE_READ);
	rc = first < argc ? show(str_from(argv[first]), &e) : list(&e);
	view_close(&view);
	return rc ? where_fail(argv[0], &e) : out_finish(argv[0]);
}
