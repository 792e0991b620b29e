/* weir topics: what users ask about. */
#include <stdio.h>

#include "base/clock.h"
#include "base/opts.h"
#include "commands.h"
#include "out.h"
#include "repo/commit.h"
#include "repo/topics.h"
#include "store/admin.h"
#include "topics.h"
#include "view.h"

enum { LINE_BYTES = 16 << 20, PROMPT_SHOWN = 200 };

static struct view view;
static const struct opt range_table[] = { VIEW_OPTS(view), { 0 } };
static const struct opt table[] = { VIEW_OPTS_NO_RANGE(view), { 0 } };

/* ---- list ---- */

static double
share(int64_t part, int64_t whole)
{
	return whole ? (double)part / (double)whole : 0;
}

static double
share_before(const struct repo_topics *all, const struct repo_topic *t)
{
	return share(t->before.c[COUNT_RUNS], all->conversational_before);
}

static void
add_row(struct table *out, const struct repo_topics *all,
    const struct repo_topic *t)
{
	const int64_t *c = t->sum.c;

	table_add(out, t->id);
	table_addf(out, "%s%.*s", t->parent.p ? "  " : "", STR_FMT(t->name));
	table_addf(out, "%lld", (long long)c[COUNT_RUNS]);
	table_addf(out, "%.1f %%", 100 * share(c[COUNT_RUNS],
	    all->conversational));
	if (all->conversational_before)
		table_addf(out, "%+.1f", 100 * (share(c[COUNT_RUNS],
		    all->conversational) - share_before(all, t)));
	else
		table_addf(out, "-");
	table_addf(out, "%.1f %%", 100 * share(c[COUNT_ERRORS],
	    c[COUNT_RUNS]));
	table_addf(out, "%.1f %%", 100 * share(c[COUNT_FRUSTRATED],
	    c[COUNT_RUNS]));
}

static bool
has_parent_in(const struct repo_topics *all, const struct repo_topic *t)
{
	for (size_t i = 0; t->parent.p && i < all->n; i++)
		if (str_eq(all->v[i].id, t->parent))
			return true;
	return false;
}

/* Children below their parents. */
static void
list_print(const struct repo_topics *all)
{
	static const char *const heads[] = { "TOPIC", "NAME", "RUNS", "SHARE",
		"CHANGE", "ERRORS", "FRUSTRATED" };
	struct table *out = table_new(heads, ARRAY_LEN(heads));

	for (size_t i = 0; i < all->n; i++) {
		if (has_parent_in(all, &all->v[i]))
			continue;
		add_row(out, all, &all->v[i]);
		for (size_t k = 0; k < all->n; k++)
			if (all->v[k].parent.p &&
			    str_eq(all->v[k].parent, all->v[i].id))
				add_row(out, all, &all->v[k]);
	}
	table_print(out);
	table_free(out);
	if (!all->generation)
		fprintf(stderr, "no topics yet: %lld conversational runs, "
		    "and it takes %d\n", (long long)all->conversational,
		    TOPIC_FIT_MIN);
	else
		fprintf(stderr, "%lld of %lld conversational runs belong to "
		    "no topic\n", (long long)all->unassigned,
		    (long long)all->conversational);
}

static void
put_topic(struct json_writer *w, const struct repo_topics *all,
    const struct repo_topic *t)
{
	const int64_t *c = t->sum.c;

	json_put_object(w);
	json_member_str(w, "topic_id", t->id);
	json_member_str(w, "name", t->name);
	json_member_str(w, "parent_id", t->parent);
	json_member_bool(w, "group", t->is_group);
	json_member_bool(w, "retired", t->is_retired);
	json_member_i64(w, "runs", c[COUNT_RUNS]);
	json_member_double(w, "share", share(c[COUNT_RUNS],
	    all->conversational));
	json_member_i64(w, "errors", c[COUNT_ERRORS]);
	json_member_i64(w, "frustrated", c[COUNT_FRUSTRATED]);
	json_member_i64(w, "task_failures", c[COUNT_TASK_FAILED]);
	json_member_i64(w, "previous_runs", t->before.c[COUNT_RUNS]);
	json_member_double(w, "previous_share", share_before(all, t));
	view_put_ms(w, "first_seen", t->first_ms);
	view_put_ms(w, "last_seen", t->last_ms);
	json_put_key(w, "words");
	json_put_array(w);
	for (size_t i = 0; i < t->nwords; i++)
		json_put_str(w, t->words[i]);
	json_put_array_end(w);
	json_put_key(w, "examples");
	json_put_array(w);
	for (size_t i = 0; i < t->nexamples; i++) {
		json_put_object(w);
		json_member_str(w, "run_id", t->examples[i].run->base.id);
		json_member_str(w, "user_prompt",
		    t->examples[i].run->user_prompt);
		json_put_object_end(w);
	}
	json_put_array_end(w);
	json_put_object_end(w);
}

static void
print_json(const struct repo_topics *all, const struct repo_topic *v,
    size_t n)
{
	struct json_writer w;
	struct buf b;

	buf_init(&b, LINE_BYTES);
	for (size_t i = 0; i < n; i++) {
		json_writer_init(&w, &b);
		put_topic(&w, all, &v[i]);
		out_line(&b);
	}
	buf_fini(&b);
}

/* Beginnings of time have no time before. */
static struct repo_topics_query
query(bool with_examples)
{
	return (struct repo_topics_query){ .from_ms = view.from_ms,
	    .to_ms = view.to_ms, .with_examples = with_examples };
}

static int
list(int argc, char **argv)
{
	struct repo_topics_query q;
	struct err e = ERR_INIT;
	struct repo_topics all;
	int rc;

	if (opts_parse(range_table, "weir topics list --data DIR [options]",
	    argc, argv) != argc)
		opts_die("takes no operands");
	view_open(&view, WHERE_READ);
	q = query(view.as_json);
	rc = repo_topics_list(&view.repo, &q, &all, &e);
	if (rc == 0 && view.as_json)
		print_json(&all, all.v, all.n);
	else if (rc == 0)
		list_print(&all);
	view_close(&view);
	return rc ? where_fail(argv[0], &e) : out_finish(argv[0]);
}

/* ---- show ---- */

static struct str
name_of(const struct repo_topics *all, struct str id)
{
	for (size_t i = 0; i < all->n; i++)
		if (str_eq(all->v[i].id, id))
			return all->v[i].name;
	return STR_NULL;
}

static void
print_one(const struct repo_topics *all, const struct repo_topic *t)
{
	const int64_t *c = t->sum.c;
	char first[32], last[32];

	printf("topic       %.*s%s\n", STR_FMT(t->id), t->is_retired ?
	    " (retired)" : t->is_group ? " (a group)" : "");
	printf("name        ");
	out_text(t->name, PROMPT_SHOWN);
	if (t->parent.p) {
		printf("\nbelongs to  %.*s, ", STR_FMT(t->parent));
		out_text(name_of(all, t->parent), PROMPT_SHOWN);
	}
	printf("\nwords      ");
	for (size_t i = 0; i < t->nwords; i++) {
		putchar(' ');
		out_text(t->words[i], PROMPT_SHOWN);
	}
	printf("\nseen        %s to %s\n", out_ms(t->first_ms, first),
	    out_ms(t->last_ms, last));
	printf("runs        %lld, %.1f %% of %lld conversations\n",
	    (long long)c[COUNT_RUNS], 100 * share(c[COUNT_RUNS],
	    all->conversational), (long long)all->conversational);
	if (all->conversational_before)
		printf("before      %lld, %.1f %%\n",
		    (long long)t->before.c[COUNT_RUNS],
		    100 * share_before(all, t));
	printf("errors      %lld\nfrustrated  %lld\n",
	    (long long)c[COUNT_ERRORS], (long long)c[COUNT_FRUSTRATED]);
	for (size_t i = 0; i < t->nexamples; i++) {
		printf("%-11s ", i ? "" : "latest");
		out_text(t->examples[i].run->user_prompt, PROMPT_SHOWN);
		putchar('\n');
	}
}

static int
show(int argc, char **argv)
{
	struct repo_topics_query q;
	struct err e = ERR_INIT;
	struct repo_topics all;
	struct repo_topic one;
	int first, rc;

	first = opts_parse(range_table, "weir topics show --data DIR "
	    "[options] TOPIC", argc, argv);
	if (argc - first != 1)
		opts_die("takes one operand: TOPIC");
	view_open(&view, WHERE_READ);
	q = query(true);
	rc = repo_topic_get(&view.repo, str_from(argv[first]), &q, &all, &one,
	    &e);
	if (rc == 0 && view.as_json)
		print_json(&all, &one, 1);
	else if (rc == 0)
		print_one(&all, &one);
	view_close(&view);
	return rc ? where_fail(argv[0], &e) : out_finish(argv[0]);
}

/* ---- export ---- */

static int
export(int argc, char **argv)
{
	struct topic_model *m = NULL;
	struct err e = ERR_INIT;
	struct json_writer w;
	struct buf b;
	int rc;

	if (opts_parse(table, "weir topics export --data DIR [options]", argc,
	    argv) != argc)
		opts_die("takes no operands");
	view_open(&view, WHERE_READ);
	rc = repo_topics_model(&view.repo, &m, &e);
	if (rc == 0 && !m)
		rc = err_set(&e, ERR_NOT_FOUND, "there are no topics yet");
	if (rc == 0) {
		buf_init(&b, LINE_BYTES);
		json_writer_init(&w, &b);
		json_put_object(&w);
		topic_model_write(m, &w);
		json_put_object_end(&w);
		out_line(&b);
		buf_fini(&b);
	}
	topic_model_free(m);
	view_close(&view);
	return rc ? where_fail(argv[0], &e) : out_finish(argv[0]);
}

/* ---- fit ---- */

static int
again_here(struct repo_commit *c, struct repo_again *q, struct err *e)
{
	repo_commit_begin(c);
	return repo_commit_again(c, q, e) || repo_commit_write(c, true, e) ?
	    e->code : 0;
}

/* Runs of the days that the model was made from. */
static int
queue_runs(const struct repo_topic_fit *f, int64_t *queued, struct err *e)
{
	struct repo_again q = { .scope = view.repo.scope,
		.from_ms = f->from_ms, .to_ms = f->to_ms,
		.topics = f->model->generation };
	struct repo_commit *c = view.where.client ? NULL :
	    repo_commit_new(view.where.kv, NULL);
	int rc = 0;

	while (rc == 0 && !q.is_done)
		rc = c ? again_here(c, &q, e) :
		    store_reclassify(view.where.client, &q, e);
	repo_commit_free(c);
	*queued = q.queued;
	return rc;
}

static int
submit(struct repo_topic_fit *f, int64_t now_ms, struct err *e)
{
	struct repo_topics_change by = { view_project(&view), STR("weir"),
		f->previous, now_ms };
	struct buf out;
	int rc;

	buf_init(&out, EVENT_BYTES_MAX);
	rc = repo_topics_put(&view.repo, f->model, &by, &out, e);
	if (rc == 0)
		rc = where_submit(&view.where, &out, e);
	buf_fini(&out);
	return rc;
}

static size_t
count_live(const struct topic_model *m)
{
	size_t n = 0;

	for (size_t i = 0; i < m->n; i++)
		n += !m->v[i].is_group && !m->v[i].is_retired;
	return n;
}

static int
fit(int argc, char **argv)
{
	int64_t now_ms = clock_now_ms(), queued = 0;
	struct repo_topic_fit f = { .model = NULL };
	struct err e = ERR_INIT;
	int rc;

	if (opts_parse(table, "weir topics fit --data DIR [options]", argc,
	    argv) != argc)
		opts_die("takes no operands");
	view_open(&view, WHERE_WRITE);
	rc = repo_topics_fit(&view.repo, now_ms, &f, &e);
	if (rc == 0 && !f.model)
		rc = err_set(&e, ERR_NOT_FOUND, "%lld conversational runs in "
		    "the last %d days, and it takes %d with a prompt",
		    (long long)f.conversational, REPO_TOPICS_DAYS,
		    TOPIC_FIT_MIN);
	if (rc == 0)
		rc = submit(&f, now_ms, &e);
	if (rc == 0)
		rc = queue_runs(&f, &queued, &e);
	if (rc == 0 && view.as_json)
		printf("{\"topics\":%zu,\"prompts\":%lld,\"assigned\":%lld,"
		    "\"queued\":%lld}\n", count_live(f.model),
		    (long long)f.model->prompts,
		    (long long)f.model->assigned, (long long)queued);
	else if (rc == 0)
		printf("%zu topics in %lld prompts, of which %lld belong to "
		    "one; %lld runs will be classified again\n",
		    count_live(f.model), (long long)f.model->prompts,
		    (long long)f.model->assigned, (long long)queued);
	topic_model_free(f.model);
	view_close(&view);
	return rc ? where_fail(argv[0], &e) : out_finish(argv[0]);
}

int
cmd_topics(int argc, char **argv)
{
	static const struct command commands[] = {
		{ "export", export, "print the model, for weir-classify" },
		{ "fit", fit, "find topics now, and not only once a day" },
		{ "list", list, "how often each is asked about" },
		{ "show", show, "one with its figures and latest prompts" },
		{ "try", topics_try, "topics of the prompts in a file" },
		{ 0 }
	};

	return command_run(commands, argc, argv);
}
