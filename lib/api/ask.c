/* POST /v1/insight-search: question in, answer and plan out. */
#include "api/answer.h"
#include "json/json_read.h"

enum { ANSWER_MAX = 4 << 20, SUGGESTIONS = 5, AGENTS_MAX = 1000 };

static int
read_question(struct api_call *c, struct str *out, struct err *e)
{
	struct json_reader r;
	struct str key;
	int rc;

	*out = STR_NULL;
	c->field = STR("body");
	if (c->request->body.n > API_BODY_MAX) {
		c->field = STR("query");
		return err_set(e, ERR_INVALID, "query: over %d bytes",
		    API_QUESTION_MAX);
	}
	json_reader_init(&r, c->request->body, c->view.arena, 0);
	if (json_object(&r, e))
		return err_wrap(e, "body");
	while ((rc = json_object_next(&r, &key, e)) > 0) {
		if (!str_is(key, "query"))
			continue;
		c->field = STR("query");
		if (json_read_string(&r, out, e))
			return err_wrap(e, "query");
		c->field = STR("body");
	}
	if (rc < 0 || json_end(&r, e))
		return err_wrap(e, "body");
	c->field = STR("query");
	if (str_trim(*out).n == 0)
		return err_set(e, ERR_INVALID, "query: missing; ask something "
		    "like \"%s\"", ask_example(0));
	if (out->n > API_QUESTION_MAX)
		return err_set(e, ERR_INVALID, "query: over %d bytes",
		    API_QUESTION_MAX);
	return 0;
}

/* Agents that ran lately: names a question may mention. */
static int
know_agents(struct api_call *c, struct ask_context *out, struct err *e)
{
	const struct repo_metrics_query q = {
		.from_ms = MAX_OF(c->now_ms - 60 * INT64_C(86400000), 0),
		.to_ms = c->now_ms + 1, .dim = DIM_AGENT };
	struct repo_metrics m;
	struct str *v;

	if (repo_metrics(&c->view, &q, &m, e))
		return e->code;
	m.n = MIN_OF(m.n, (size_t)AGENTS_MAX);
	v = arena_array(c->view.arena, m.n, sizeof(*v));
	if (!v)
		return err_set(e, ERR_LIMIT, "too many agents");
	for (size_t i = 0; i < m.n; i++)
		v[i] = m.v[i].name;
	*out = (struct ask_context){ c->now_ms, v, m.n };
	return 0;
}

static void
put_plan(struct json_writer *w, const struct ask_plan *p)
{
	struct buf text;

	buf_init(&text, 4096);
	ask_describe(p, &text);
	json_put_key(w, "plan");
	json_put_object(w);
	json_member_str(w, "text", buf_str(&text));
	buf_fini(&text);
	json_member_str(w, "subject", p->subject ?
	    str_from(ask_subject_name(p->subject)) : STR_NULL);
	json_member_str(w, "measure", p->subject ?
	    str_from(ask_measure_name(p->measure)) : STR_NULL);
	json_member_str(w, "order", !p->subject ? STR_NULL :
	    p->is_ascending ? STR("asc") : STR("desc"));
	json_member_u64(w, "limit", p->limit);
	put_time_ms(w, "from", p->from_ms);
	put_time_ms(w, "to", p->to_ms);
	put_time_ms(w, "compare_from",
	    p->is_comparison ? p->compare_from_ms : 0);
	put_time_ms(w, "compare_to",
	    p->is_comparison ? p->compare_to_ms : 0);
	json_member_str(w, "agent", p->agent);
	json_member_str(w, "pattern", str_from(p->pattern));
	json_put_key(w, "ignored_words");
	json_put_array(w);
	for (size_t i = 0; i < p->nignored; i++)
		json_put_str(w, p->ignored[i]);
	json_put_array_end(w);
	json_put_object_end(w);
}

static void
put_suggestions(struct json_writer *w, struct str question,
    const struct ask_plan *p)
{
	const char *v[SUGGESTIONS];
	size_t n = p->subject ? 0 : ask_nearest(question, v, SUGGESTIONS);

	json_put_key(w, "suggestions");
	json_put_array(w);
	for (size_t i = 0; i < n; i++)
		json_put_cstr(w, v[i]);
	json_put_array_end(w);
}

static void
put_answer(struct answer *a, struct str question)
{
	struct json_writer *w = &a->call->json;

	put_data(a->call);
	json_put_object(w);
	json_member_str(w, "query", question);
	json_member_bool(w, "understood", a->plan->subject != ASK_NOTHING);
	json_member_str(w, "answer", buf_str(&a->text));
	put_plan(w, a->plan);
	json_member_raw(w, "table",
	    a->table.n ? buf_str(&a->table) : STR_NULL);
	json_member_raw(w, "links", buf_str(&a->links));
	put_suggestions(w, question, a->plan);
	json_put_object_end(w);
	put_data_end(a->call);
}

int
ask_post(struct api_call *c, struct err *e)
{
	struct ask_context context;
	struct ask_plan plan;
	struct answer a = { .call = c, .plan = &plan };
	struct str question;

	if (read_question(c, &question, e) || know_agents(c, &context, e))
		return e->code;
	ask_parse(&plan, question, &context);
	buf_init(&a.text, ANSWER_MAX);
	buf_init(&a.table, ANSWER_MAX);
	buf_init(&a.links, ANSWER_MAX);
	buf_add_byte(&a.links, '[');
	if (answer_find(&a, e) == 0) {
		buf_add_byte(&a.links, ']');
		if (a.text.failed || a.table.failed || a.links.failed)
			err_set(e, ERR_LIMIT, "the answer is too large");
		else
			put_answer(&a, question);
	}
	buf_fini(&a.text);
	buf_fini(&a.table);
	buf_fini(&a.links);
	return e->code;
}
