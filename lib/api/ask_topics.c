/*
 * Answers about topics: what users ask about.  Figures are those of runs by
 * topic; names, words and examples those of the model in force.
 */
#include <stdlib.h>

#include "api/answer.h"
#include "repo/topics.h"

struct ranked {
	const struct repo_topic *topic;
	const struct figure *now, *then;
	double value;
};

static int
by_value(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;

	if (x->value > y->value || x->value < y->value)
		return x->value > y->value ? -1 : 1;
	return str_cmp(x->topic->id, y->topic->id);
}

static bool
has_text(struct str text, struct str want)
{
	for (size_t i = 0; want.n && i + want.n <= text.n; i++)
		if (str_ieq(str_of(text.p + i, want.n), want))
			return true;
	return false;
}

/* "refunds" is asked about in a topic of "refund". */
static bool
is_about(const struct repo_topic *t, struct str text)
{
	struct str stem = text.n > 4 && text.p[text.n - 1] == 's' ?
	    str_of(text.p, text.n - 1) : text;

	if (!text.p || has_text(t->name, stem))
		return true;
	for (size_t i = 0; i < t->nwords; i++)
		if (has_text(t->words[i], stem))
			return true;
	return false;
}

/* Groups repeat what their topics have. */
static struct ranked *
rank(struct answer *a, const struct repo_topics *all,
    const struct figures *now, const struct figures *then, size_t *n)
{
	const struct ask_plan *p = a->plan;
	struct ranked *v = arena_array(a->call->view.arena, all->n + 1,
	    sizeof(*v));

	*n = 0;
	for (size_t i = 0; v && i < all->n; i++) {
		const struct repo_topic *t = &all->v[i];
		struct ranked r = { t, figures_named(now, t->id, 0),
		    figures_named(then, t->id, 0), 0 };

		if (t->is_group || !is_about(t, p->text) ||
		    r.now->sum.c[COUNT_RUNS] == 0)
			continue;
		r.value = figure_value(r.now, p->measure, false);
		if (p->by_change)
			r.value -= figure_value(r.then, p->measure, false);
		if (p->is_ascending || p->falls)
			r.value = -r.value;
		if (!p->by_change || r.value > 0)
			v[(*n)++] = r;
	}
	if (*n)
		qsort(v, *n, sizeof(*v), by_value);
	return v;
}

static double
share(int64_t part, int64_t whole)
{
	return whole ? (double)part / (double)whole : 0;
}

static void
put_topics(struct answer *a, const struct ranked *v, size_t n,
    const struct repo_topics *all)
{
	static const struct answer_column columns[] = { { "topic", NULL },
		{ "runs", NULL }, { "share_of_conversations", NULL },
		{ "errors", NULL }, { "error_rate", NULL },
		{ "cost", "usd" }, { "of_runs", NULL },
		{ "runs_before", NULL }, { "example", NULL },
		{ "topic_id", NULL }, { NULL, NULL } };
	struct json_writer *w = &a->w;

	answer_columns(a, columns);
	for (size_t i = 0; i < n; i++) {
		const struct figure *f = v[i].now;

		answer_row(a);
		json_put_str(w, v[i].topic->name);
		json_put_i64(w, f->sum.c[COUNT_RUNS]);
		json_put_double(w, share(f->sum.c[COUNT_RUNS],
		    all->conversational));
		json_put_i64(w, f->sum.c[COUNT_ERRORS]);
		json_put_double(w, figure_value(f, ASK_ERROR_RATE, false));
		json_put_double(w, figure_value(f, ASK_COST, false));
		if (a->plan->pattern)
			json_put_i64(w, f->base);
		else
			json_put_null(w);
		if (a->plan->is_comparison)
			json_put_i64(w, v[i].then->sum.c[COUNT_RUNS]);
		else
			json_put_null(w);
		json_put_str(w, v[i].topic->nexamples ? str_utf8_prefix(
		    v[i].topic->examples[0].run->user_prompt, 200) :
		    STR_NULL);
		json_put_str(w, v[i].topic->id);
		answer_row_end(a);
	}
	answer_table_end(a);
}

static void
say_topics(struct answer *a, const struct ranked *v, size_t n, size_t total)
{
	const struct ask_plan *p = a->plan;

	if (p->measure == ASK_NUMBER) {
		answer_say_count(a, (int64_t)total, "topic");
		answer_say(a, " in this time. ");
	}
	if (n == 0)
		answer_say(a, p->text.p ? "No topic is about this." :
		    "No topic with that in this time.");
	for (size_t i = 0; i < n && i < 3; i++) {
		answer_say(a, "%s\"%.*s\": ", i ? "; then " : "",
		    STR_FMT(v[i].topic->name));
		answer_say_figure(a, v[i].now, p->measure, false);
		if (p->pattern)
			answer_say(a, " with %s", p->pattern);
		if (p->is_comparison)
			answer_say_change(a, v[i].now, v[i].then, p->measure,
			    false);
	}
	if (n)
		answer_say(a, ".");
	for (size_t i = 0; i < n && i < 3; i++)
		answer_link(a, "Topic", "/v1/topics/%.*s/runs?%.*s",
		    STR_FMT(answer_escape(a, v[i].topic->id)),
		    STR_FMT(answer_range(a)));
}

/* Of a text, the prompts that have it are shown as well, in the table. */
static int
show(struct answer *a, const struct repo_topics *all,
    const struct figures *now, const struct figures *then, struct err *e)
{
	const struct ask_plan *p = a->plan;
	size_t total, n;
	struct ranked *v = rank(a, all, now, then, &total);

	if (!v)
		return err_set(e, ERR_LIMIT, "too many topics");
	n = MIN_OF(total, p->limit);
	say_topics(a, v, n, total);
	answer_say_cut(a, now);
	if (p->text.p) {
		answer_say(a, " ");
		return find_text(a, e);
	}
	put_topics(a, v, n, all);
	return 0;
}

int
find_topics(struct answer *a, struct err *e)
{
	const struct ask_plan *p = a->plan;
	const struct repo_topics_query q = { .from_ms = p->from_ms,
	    .to_ms = p->to_ms, .with_examples = true };
	struct figures now = { .v = NULL }, then = { .v = NULL };
	struct ask_plan bare = *p;
	struct repo_topics all;
	int rc;

	if (repo_topics_list(&a->call->view, &q, &all, e))
		return e->code;
	if (all.n == 0) {
		answer_say(a, "There are no topics yet: weir-insight makes "
		    "them once there are enough prompts of conversations. ");
		return p->text.p ? find_text(a, e) : 0;
	}
	/* The text is looked for in names of topics, not in runs. */
	bare.text = STR_NULL;
	a->plan = &bare;
	rc = figures_of(a, DIM_TOPIC, p->from_ms, p->to_ms, &now, e);
	if (rc == 0 && p->is_comparison)
		rc = figures_of(a, DIM_TOPIC, p->compare_from_ms,
		    p->compare_to_ms, &then, e);
	a->plan = p;
	if (rc == 0)
		rc = show(a, &all, &now, &then, e);
	figures_fini(&now);
	figures_fini(&then);
	answer_link(a, "Topics", "/v1/topics?%.*s", STR_FMT(answer_range(a)));
	return rc;
}
