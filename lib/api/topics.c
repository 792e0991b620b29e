/* What users ask about, and the runs in which they do. */
#include "api/call.h"
#include "repo/topics.h"

static void
put_names(struct json_writer *w, const struct repo_topic *t)
{
	json_member_str(w, "topic_id", t->id);
	json_member_str(w, "name", t->name);
	json_member_str(w, "parent_id", t->parent);
	json_member_i64(w, "level", t->parent.p ? 2 : 1);
	json_member_bool(w, "group", t->is_group);
	json_member_bool(w, "retired", t->is_retired);
	json_put_key(w, "words");
	json_put_array(w);
	for (size_t i = 0; i < t->nwords; i++)
		json_put_str(w, t->words[i]);
	json_put_array_end(w);
	put_time_ms(w, "first_seen", t->first_ms);
	put_time_ms(w, "last_seen", t->last_ms);
}

static void
put_counts(struct json_writer *w, const struct rollup *r,
    int64_t conversational)
{
	const int64_t *c = r->c;

	json_member_i64(w, "run_count", c[COUNT_RUNS]);
	put_rate(w, "share_of_conversational", c[COUNT_RUNS], conversational);
	json_member_i64(w, "errors", c[COUNT_ERRORS]);
	put_rate(w, "error_rate", c[COUNT_ERRORS], c[COUNT_RUNS]);
	json_member_i64(w, "frustrated", c[COUNT_FRUSTRATED]);
	put_rate(w, "frustration_rate", c[COUNT_FRUSTRATED], c[COUNT_RUNS]);
	json_member_i64(w, "task_failures", c[COUNT_TASK_FAILED]);
	put_rate(w, "task_failure_rate", c[COUNT_TASK_FAILED], c[COUNT_RUNS]);
}

/* Against the range before: of its share, since traffic changes too. */
static void
put_before(struct json_writer *w, const struct repo_topics *all,
    const struct repo_topic *t)
{
	double now = all->conversational ? (double)t->sum.c[COUNT_RUNS] /
	    (double)all->conversational : 0;
	double then = all->conversational_before ?
	    (double)t->before.c[COUNT_RUNS] /
	    (double)all->conversational_before : 0;

	json_put_key(w, "previous");
	json_put_object(w);
	put_counts(w, &t->before, all->conversational_before);
	json_put_object_end(w);
	if (all->conversational && all->conversational_before)
		json_member_double(w, "share_change", now - then);
	else
		json_member_null(w, "share_change");
}

static void
put_series(struct api_call *c, const struct repo_topics *all,
    const struct repo_topic *t)
{
	struct json_writer *w = &c->json;

	json_put_key(w, "series");
	if (!can_have_days(c)) {
		json_put_null(w);
		return;
	}
	json_put_array(w);
	for (size_t i = 0; i < all->ndays; i++) {
		const int64_t *n = t->days ? t->days[i].c : NULL;

		json_put_object(w);
		put_day(w, all->day_ms[i], c->params.tz_offset_minutes);
		json_member_i64(w, "run_count", n ? n[COUNT_RUNS] : 0);
		json_member_i64(w, "errors", n ? n[COUNT_ERRORS] : 0);
		json_member_i64(w, "frustrated", n ? n[COUNT_FRUSTRATED] : 0);
		json_put_object_end(w);
	}
	json_put_array_end(w);
}

static void
put_examples(struct json_writer *w, const struct repo_topic *t)
{
	json_put_key(w, "examples");
	json_put_array(w);
	for (size_t i = 0; i < t->nexamples; i++) {
		const struct repo_run_row *row = &t->examples[i];

		json_put_object(w);
		json_member_str(w, "run_id", row->run->base.id);
		put_time_ms(w, "start_time", row->start_ms);
		json_member_str(w, "user_prompt",
		    str_utf8_prefix(row->run->user_prompt,
		    HEAD_PREVIEW_BYTES));
		json_put_object_end(w);
	}
	json_put_array_end(w);
}

static void
put_summary(struct json_writer *w, const struct repo_topics *t)
{
	json_put_key(w, "summary");
	json_put_object(w);
	json_member_i64(w, "conversational", t->conversational);
	json_member_i64(w, "unassigned", t->unassigned);
	put_rate(w, "unassigned_share", t->unassigned, t->conversational);
	put_time_ms(w, "model_time", t->generation);
	json_member_i64(w, "model_prompts", t->fitted_prompts);
	json_put_object_end(w);
}

int
topics_list(struct api_call *c, struct err *e)
{
	const struct api_params *p = &c->params;
	struct repo_topics_query q = { .from_ms = p->from_ms,
		.to_ms = p->to_ms, .by_day = can_have_days(c),
		.tz_minutes = p->tz_offset_minutes, .limit = p->limit,
		.offset = p->offset, .with_examples = true,
		.agent = p->agent };
	struct json_writer *w = &c->json;
	struct repo_topics t;

	if (repo_topics_list(&c->view, &q, &t, e))
		return e->code;
	json_put_object(w);
	put_summary(w, &t);
	json_put_key(w, "data");
	json_put_array(w);
	for (size_t i = 0; i < t.n; i++) {
		json_put_object(w);
		put_names(w, &t.v[i]);
		put_counts(w, &t.v[i].sum, t.conversational);
		put_before(w, &t, &t.v[i]);
		put_series(c, &t, &t.v[i]);
		put_examples(w, &t.v[i]);
		json_put_object_end(w);
	}
	put_list_end(c, p->offset + t.n < t.total, (int64_t)t.total);
	return 0;
}

int
topics_runs(struct api_call *c, struct err *e)
{
	struct str id = http_capture(c->request, "id");
	struct repo_topics_query q = { .from_ms = c->params.from_ms,
		.to_ms = c->params.to_ms };
	struct repo_runs runs;
	struct repo_topics all;
	struct repo_topic one;

	if (repo_topic_runs(&c->view, id, c->params.from_ms, c->params.to_ms,
	    c->params.limit, c->params.offset, &runs, e))
		return e->code;
	/* A misspelt id must not look like a topic that nobody asks about. */
	if (runs.n == 0 && repo_topic_get(&c->view, id, &q, &all, &one, e))
		return e->code == ERR_NOT_FOUND ? err_set(e, ERR_NOT_FOUND,
		    "no such topic") : e->code;
	return put_run_list(c, &runs, e);
}
