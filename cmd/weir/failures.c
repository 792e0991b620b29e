/* weir failures: groups of errors, and what people decided about them. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/opts.h"
#include "commands.h"
#include "out.h"
#include "view.h"

enum {
	TEXT_SHOWN = 300,
	RUNS_SHOWN = 10,
	DAYS_SHOWN = 14,
	LINE_BYTES = 16 << 20
};

static struct view view;

/* ---- JSON ---- */

static void
put_failure(struct json_writer *w, const struct repo_failure *f)
{
	json_member_str(w, "failure_id", f->failure_id);
	json_member_str(w, "entity_type", f->entity_type);
	json_member_str(w, "template", f->template);
	json_member_cstr(w, "status", repo_failure_status_name(f->status));
	json_member_bool(w, "regressed", f->is_regressed);
	json_member_i64(w, "regressed_events", f->regressed_events);
	view_put_ms(w, "regressed_time", f->regressed_ms);
	json_member_str(w, "regressed_run_id", f->regressed_run);
	view_put_ms(w, "changed", f->changed_ms);
	json_member_str(w, "resolved_in", f->resolved_in);
	json_member_str(w, "note", f->note);
	json_member_i64(w, "events", f->events);
	json_member_i64(w, "runs", f->runs);
	json_member_i64(w, "total_events", f->total_events);
	json_member_i64(w, "total_runs", f->total_runs);
	view_put_ms(w, "first_seen", f->first_seen_ms);
	view_put_ms(w, "last_seen", f->last_seen_ms);
}

/* ---- list ---- */

static const char *status, *order = "last_seen";
static int64_t limit = 50, offset;

static const struct opt list_table[] = {
	VIEW_OPTS(view),
	{ "status", 0, OPT_TEXT, &status, 0, 0, "STATUS",
	    "only active, resolved or ignored ones" },
	{ "order", 0, OPT_TEXT, &order, 0, 0, "ORDER",
	    "last_seen, first_seen or events (default last_seen)" },
	{ "limit", 'n', OPT_INT, &limit, 1, REPO_LIMIT_MAX, "N",
	    "at most so many (default 50)" },
	{ "offset", 0, OPT_INT, &offset, 0, REPO_OFFSET_MAX, "N",
	    "leave out so many" },
	{ 0 }
};

static void
read_query(struct repo_failure_query *q)
{
	*q = (struct repo_failure_query){ .order = BY_LAST_SEEN, .status = -1,
	    .limit = (size_t)limit, .offset = (size_t)offset };
	if (status && (q->status = repo_failure_status_named(
	    str_from(status))) < 0)
		opts_die("--status: '%s' is not active, resolved or ignored",
		    status);
	if (strcmp(order, "first_seen") == 0)
		q->order = BY_FIRST_SEEN;
	else if (strcmp(order, "events") == 0)
		q->order = BY_EVENTS;
	else if (strcmp(order, "last_seen") != 0)
		opts_die("--order: '%s' is not last_seen, first_seen or "
		    "events", order);
}

static void
list_print(const struct repo_failures *all)
{
	static const char *const heads[] = { "FAILURE", "OF", "STATUS",
		"EVENTS", "RUNS", "FIRST SEEN", "LAST SEEN", "TEMPLATE" };
	struct table *t = table_new(heads, ARRAY_LEN(heads));

	for (size_t i = 0; i < all->n; i++) {
		const struct repo_failure *f = &all->v[i];

		table_add(t, f->failure_id);
		table_add(t, f->entity_type);
		table_addf(t, "%s%s", repo_failure_status_name(f->status),
		    f->is_regressed ? " (regressed)" : "");
		table_addf(t, "%lld", (long long)f->events);
		table_addf(t, "%lld", (long long)f->runs);
		table_add_ms(t, f->first_seen_ms);
		table_add_ms(t, f->last_seen_ms);
		table_add(t, f->template);
	}
	table_print(t);
	table_free(t);
	if ((size_t)offset + all->n < all->total)
		fprintf(stderr, "%zu of %zu\n", all->n, all->total);
}

static void
list_json(const struct repo_failures *all)
{
	struct buf b;

	buf_init(&b, LINE_BYTES);
	for (size_t i = 0; i < all->n; i++) {
		struct json_writer w;

		json_writer_init(&w, &b);
		json_put_object(&w);
		put_failure(&w, &all->v[i]);
		json_put_object_end(&w);
		out_line(&b);
	}
	buf_fini(&b);
}

static int
list(int argc, char **argv)
{
	struct repo_failure_query q;
	struct repo_failures all;
	struct err e = ERR_INIT;
	int rc;

	if (opts_parse(list_table, "weir failures list --data DIR [options]",
	    argc, argv) != argc)
		opts_die("takes no operands");
	read_query(&q);
	view_open(&view, WHERE_READ);
	q.from_ms = view.from_ms;
	q.to_ms = view.to_ms;
	rc = repo_failures_list(&view.repo, &q, &all, &e);
	if (rc == 0 && view.as_json)
		list_json(&all);
	else if (rc == 0)
		list_print(&all);
	view_close(&view);
	return rc ? where_fail(argv[0], &e) : out_finish(argv[0]);
}

/* ---- show ---- */

static const struct opt show_table[] = { VIEW_OPTS(view), { 0 } };

static void
print_text(const char *name, struct str s)
{
	if (!s.n)
		return;
	printf("%-11s ", name);
	out_text(s, TEXT_SHOWN);
	putchar('\n');
}

static void
print_counts(const char *name, const struct repo_count *v, size_t n)
{
	if (!n)
		return;
	printf("%-11s ", name);
	for (size_t i = 0; i < MIN_OF(n, 10); i++) {
		out_text(v[i].name.n ? v[i].name : STR("(none)"), 60);
		printf(" %lld%s", (long long)v[i].count, i + 1 <
		    MIN_OF(n, 10) ? ", " : "");
	}
	putchar('\n');
}

/* The message as it came, of the latest run; STR_NULL: it is gone. */
static int
sample_of(const struct repo_failure_detail *d, struct str *out, struct err *e)
{
	struct run *run;

	*out = STR_NULL;
	if (d->nruns == 0)
		return 0;
	if (repo_run_get(&view.repo, d->runs[0].run->base.id, &run, e))
		return e->code;
	for (size_t i = 0; i < run_count(run, EVENT_FAILURE); i++) {
		const struct failure_hit *f = run_failure(run, i);

		if (run_failure_is_current(run, f) &&
		    str_eq(f->failure_id, d->failure.failure_id))
			*out = f->message;
	}
	return 0;
}

/* Events of each day from the first to the last that has any. */
static void
print_days(const struct repo_failure_detail *d)
{
	size_t first = 0, end = d->ndays;
	char day[CLOCK_ISO_MAX];

	while (first < end && !d->day_events[first])
		first++;
	while (end > first && !d->day_events[end - 1])
		end--;
	first = end - first > DAYS_SHOWN ? end - DAYS_SHOWN : first;
	for (size_t i = first; i < end; i++) {
		clock_format_iso(d->day_ms[i], day);
		printf("%-11s %.10s  %lld\n", i == first ? "by day" : "", day,
		    (long long)d->day_events[i]);
	}
}

static void
show_print(const struct repo_failure_detail *d, struct str sample)
{
	const struct repo_failure *f = &d->failure;
	char first[32], last[32], when[32];

	print_text("failure", f->failure_id);
	print_text("of", f->entity_type);
	print_text("template", f->template);
	print_text("message", sample);
	printf("status      %s", repo_failure_status_name(f->status));
	if (f->changed_ms)
		printf(", since %s", out_ms(f->changed_ms, when));
	if (f->is_regressed)
		printf("; came back %lld times after it was resolved",
		    (long long)f->regressed_events);
	putchar('\n');
	if (f->is_regressed) {
		printf("first       %s, in run ",
		    out_ms(f->regressed_ms, when));
		out_text(f->regressed_run, 80);
		putchar('\n');
	}
	print_text("resolved in", f->resolved_in);
	print_text("note", f->note);
	printf("events      %lld in %lld runs\n", (long long)f->events,
	    (long long)f->runs);
	printf("seen        %s to %s\n", out_ms(f->first_seen_ms, first),
	    out_ms(f->last_seen_ms, last));
	print_counts("agents", d->agents, d->nagents);
	print_counts("users", d->users, d->nusers);
	print_counts("orgs", d->orgs, d->norgs);
	print_counts("models", d->models, d->nmodels);
	print_counts("tools", d->tools, d->ntools);
	print_days(d);
	for (size_t i = 0; i < MIN_OF(d->nruns, RUNS_SHOWN); i++) {
		printf("%-11s %s  ", i ? "" : "runs", out_ms(d->run_ms[i],
		    when));
		out_text(d->runs[i].run->base.id, 200);
		putchar('\n');
	}
}

static void
put_counts(struct json_writer *w, const char *name,
    const struct repo_count *v, size_t n)
{
	json_put_key(w, name);
	json_put_array(w);
	for (size_t i = 0; i < n; i++) {
		json_put_object(w);
		json_member_str(w, "name", v[i].name);
		json_member_i64(w, "runs", v[i].count);
		json_put_object_end(w);
	}
	json_put_array_end(w);
}

static void
put_days(struct json_writer *w, const struct repo_failure_detail *d)
{
	json_put_key(w, "days");
	json_put_array(w);
	for (size_t i = 0; i < d->ndays; i++) {
		if (!d->day_events[i])
			continue;
		json_put_object(w);
		view_put_ms(w, "day", d->day_ms[i]);
		json_member_i64(w, "events", d->day_events[i]);
		json_put_object_end(w);
	}
	json_put_array_end(w);
}

static void
show_json(const struct repo_failure_detail *d, struct str sample)
{
	struct json_writer w;
	struct buf b;

	buf_init(&b, LINE_BYTES);
	json_writer_init(&w, &b);
	json_put_object(&w);
	put_failure(&w, &d->failure);
	json_member_str(&w, "message", sample);
	put_counts(&w, "agents", d->agents, d->nagents);
	put_counts(&w, "users", d->users, d->nusers);
	put_counts(&w, "orgs", d->orgs, d->norgs);
	put_counts(&w, "models", d->models, d->nmodels);
	put_counts(&w, "tools", d->tools, d->ntools);
	put_days(&w, d);
	json_put_key(&w, "run_ids");
	json_put_array(&w);
	for (size_t i = 0; i < d->nruns; i++)
		json_put_str(&w, d->runs[i].run->base.id);
	json_put_array_end(&w);
	json_put_object_end(&w);
	out_line(&b);
	buf_fini(&b);
}

static int
show(int argc, char **argv)
{
	struct repo_failure_detail d;
	struct err e = ERR_INIT;
	struct str sample;
	int first, rc;

	first = opts_parse(show_table, "weir failures show --data DIR "
	    "[options] FAILURE", argc, argv);
	if (argc - first != 1)
		opts_die("takes one operand: a failure's id");
	view_open(&view, WHERE_READ);
	rc = repo_failure_get(&view.repo, str_from(argv[first]), view.from_ms,
	    view.to_ms, &d, &e);
	if (rc == 0)
		rc = sample_of(&d, &sample, &e);
	if (rc == 0 && view.as_json)
		show_json(&d, sample);
	else if (rc == 0)
		show_print(&d, sample);
	view_close(&view);
	return rc ? where_fail(argv[0], &e) : out_finish(argv[0]);
}

/* ---- changes ---- */

static const char *note, *resolved_in;

static const struct opt change_table[] = {
	VIEW_OPTS_NO_RANGE(view),
	{ "note", 0, OPT_TEXT, &note, 0, 0, "TEXT", "why" },
	{ 0 }
};

static const struct opt resolve_table[] = {
	VIEW_OPTS_NO_RANGE(view),
	{ "in", 0, OPT_TEXT, &resolved_in, 0, 0, "VERSION",
	    "the release that has the remedy" },
	{ "note", 0, OPT_TEXT, &note, 0, 0, "TEXT", "why" },
	{ 0 }
};

static int
submit_change(struct str id, const char *word, struct err *e)
{
	int64_t now_ms = clock_now_ms();
	struct event_builder b;
	struct event ev;
	struct buf out;
	int rc;

	event_begin(&b, view.repo.arena, EVENT_FAILURE_CHANGE, STR(""), id);
	b.event.project = view_project(&view);
	b.event.env = view.repo.scope.env;
	b.event.received_ms = now_ms;
	b.event.order = now_ms;
	b.event.source = STR("weir");
	event_text(&b, FIELD_FAILURE_CHANGE_status, str_from(word));
	event_text(&b, FIELD_FAILURE_CHANGE_resolved_in,
	    str_from(resolved_in));
	event_text(&b, FIELD_FAILURE_CHANGE_note, str_from(note));
	event_int(&b, FIELD_FAILURE_CHANGE_time_ns, now_ms * NS_PER_MS);
	if (!event_end(&b, &ev))
		return err_set(e, ERR_LIMIT, "change: too large");
	buf_init(&out, EVENT_BYTES_MAX);
	event_encode(&ev, &out);
	rc = out.failed ? err_set(e, ERR_LIMIT, "change: too large") :
	    where_submit(&view.where, &out, e);
	buf_fini(&out);
	return rc;
}

static int
change(const struct opt *table, const char *word, int argc, char **argv)
{
	struct repo_failure_detail d;
	struct err e = ERR_INIT;
	char usage[100];
	struct str id;
	int first, rc;

	snprintf(usage, sizeof(usage), "%s --data DIR [options] FAILURE",
	    argv[0]);
	first = opts_parse(table, usage, argc, argv);
	if (argc - first != 1)
		opts_die("takes one operand: a failure's id");
	id = str_from(argv[first]);
	view_open(&view, WHERE_WRITE);
	/* A wrong id must not make a status that belongs to nothing. */
	rc = repo_failure_get(&view.repo, id, view.from_ms, view.to_ms, &d,
	    &e);
	if (rc == 0)
		rc = submit_change(id, word, &e);
	view_close(&view);
	if (rc)
		return where_fail(argv[0], &e);
	if (view.as_json)
		printf("{\"failure_id\":\"%s\",\"status\":\"%s\"}\n",
		    argv[first], word);
	else
		printf("%s is %s\n", argv[first], word);
	return out_finish(argv[0]);
}

static int
resolve(int argc, char **argv)
{
	return change(resolve_table, "resolved", argc, argv);
}

static int
ignore(int argc, char **argv)
{
	return change(change_table, "ignored", argc, argv);
}

static int
reopen(int argc, char **argv)
{
	return change(change_table, "active", argc, argv);
}

int
cmd_failures(int argc, char **argv)
{
	static const struct command commands[] = {
		{ "ignore", ignore, "never show it as a problem again" },
		{ "list", list, "show the failures" },
		{ "reopen", reopen, "it is a problem after all" },
		{ "resolve", resolve, "it is mended; tell if it comes back" },
		{ "show", show, "one failure: whom it met, in which runs" },
		{ 0 }
	};

	return command_run(commands, argc, argv);
}
