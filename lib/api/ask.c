/* POST /v1/insight-search: question in, answer and plan out. */
#include "api/answer.h"
#include "base/clock.h"
#include "json/json_read.h"
#include "repo/custom.h"

enum {
	ANSWER_MAX = 4 << 20, SUGGESTIONS = 5,
	NAMES_MAX = 1000,               /* of a kind */
	USERS_TRIED_MAX = 60,           /* words that may be a user */
	KNOWN_DAYS = 60
};

struct question {
	struct str query;
	int64_t tz_minutes;
};

static int
read_zone(struct api_call *c, struct json_reader *r, int64_t *out,
    struct err *e)
{
	c->field = STR("tz_offset_minutes");
	if (json_read_i64(r, out, e))
		return err_wrap(e, "tz_offset_minutes");
	if (*out < -840 || *out > 840)
		return err_set(e, ERR_INVALID, "tz_offset_minutes: not "
		    "within -840 and 840");
	return 0;
}

static int
read_members(struct api_call *c, struct question *q, struct err *e)
{
	struct json_reader r;
	struct str key;
	int rc;

	json_reader_init(&r, c->request->body, c->view.arena, 0);
	if (json_object(&r, e))
		return err_wrap(e, "body");
	while ((rc = json_object_next(&r, &key, e)) > 0) {
		if (str_is(key, "tz_offset_minutes")) {
			if (read_zone(c, &r, &q->tz_minutes, e))
				return e->code;
		} else if (str_is(key, "query")) {
			c->field = STR("query");
			if (json_read_string(&r, &q->query, e))
				return err_wrap(e, "query");
		}
		c->field = STR("body");
	}
	return rc < 0 || json_end(&r, e) ? err_wrap(e, "body") : 0;
}

static int
read_question(struct api_call *c, struct question *q, struct err *e)
{
	*q = (struct question){ .tz_minutes = c->params.tz_offset_minutes };
	c->field = STR("body");
	if (c->request->body.n > API_BODY_MAX) {
		c->field = STR("query");
		return err_set(e, ERR_INVALID, "query: over %d bytes",
		    API_QUESTION_MAX);
	}
	if (read_members(c, q, e))
		return e->code;
	c->field = STR("query");
	if (str_trim(q->query).n == 0)
		return err_set(e, ERR_INVALID, "query: missing; ask something "
		    "like \"%s\"", ask_example(0));
	if (q->query.n > API_QUESTION_MAX)
		return err_set(e, ERR_INVALID, "query: over %d bytes",
		    API_QUESTION_MAX);
	return 0;
}

/* Of users there may be very many: those that are in the question are looked
 * up, as they are written there. */
static int
know_users(struct api_call *c, struct str question, struct ask_context *out,
    struct err *e)
{
	struct repo_filter f = REPO_FILTER_INIT;
	struct str *v = arena_array(c->view.arena, 2 * USERS_TRIED_MAX,
	    sizeof(*v)), *tried = v + USERS_TRIED_MAX;
	size_t n = 0, words;

	if (!v)
		return err_set(e, ERR_LIMIT, "too many names");
	words = ask_words(question, tried, USERS_TRIED_MAX);
	f.from_ms = MAX_OF(c->now_ms - KNOWN_DAYS * MS_PER_DAY, 0);
	f.to_ms = c->now_ms + 1;
	f.limit = 1;
	for (size_t i = 0; i < words; i++) {
		struct repo_runs runs;

		f.user_id = tried[i];
		if (repo_runs_list(&c->view, &f, &runs, e))
			return e->code;
		if (runs.n)
			v[n++] = tried[i];
	}
	out->names[ASK_DIM_USER] = (struct ask_names){ v, n };
	return 0;
}

/* Names of the last days that a question may mention. */
static int
know_names(struct api_call *c, struct ask_context *out, struct err *e)
{
	static const struct { enum ask_dim ask; enum repo_dim repo; } v[] = {
		{ ASK_DIM_AGENT, DIM_AGENT }, { ASK_DIM_TOOL, DIM_TOOL },
		{ ASK_DIM_MODEL, DIM_MODEL }, { ASK_DIM_ORG, DIM_ORG } };
	int64_t today = c->now_ms - c->now_ms % MS_PER_DAY;

	/* Whole days are what all of them are kept by. */
	for (size_t i = 0; i < ARRAY_LEN(v); i++) {
		const struct repo_metrics_query q = {
			.from_ms = MAX_OF(today - KNOWN_DAYS * MS_PER_DAY, 0),
			.to_ms = today + MS_PER_DAY, .dim = v[i].repo };
		struct repo_metrics m;
		struct str *names;
		size_t n = 0;

		if (repo_metrics(&c->view, &q, &m, e))
			return e->code;
		names = arena_array(c->view.arena, MIN_OF(m.n,
		    (size_t)NAMES_MAX) + 1, sizeof(*names));
		if (!names)
			return err_set(e, ERR_LIMIT, "too many names");
		for (size_t k = 0; k < m.n && n < NAMES_MAX; k++)
			if (m.v[k].name.n)
				names[n++] = m.v[k].name;
		out->names[v[i].ask] = (struct ask_names){ names, n };
	}
	return 0;
}

/* Custom patterns can be asked for by their slugs. */
static int
know_patterns(struct api_call *c, struct ask_context *out, struct err *e)
{
	struct repo_customs all;
	const char **v;
	size_t n = 0;

	if (repo_custom_list(&c->view, &all, e))
		return e->code;
	v = arena_array(c->view.arena, all.n + 1, sizeof(*v));
	if (!v)
		return err_set(e, ERR_LIMIT, "too many patterns");
	for (size_t i = 0; i < all.n; i++) {
		struct str slug = arena_printf(c->view.arena, "%.*s",
		    STR_FMT(all.v[i].slug));

		if (!all.v[i].is_deleted && slug.p)
			v[n++] = slug.p;
	}
	out->patterns = v;
	out->npatterns = n;
	return 0;
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
put_answer(struct answer *a, struct str question,
    const struct ask_context *context)
{
	struct json_writer *w = &a->call->json;

	put_data(a->call);
	json_put_object(w);
	json_member_str(w, "query", question);
	json_member_bool(w, "understood", a->plan->subject != ASK_NOTHING);
	json_member_str(w, "answer", str_trim(buf_str(&a->text)));
	answer_put_plan(w, a->plan, context);
	json_member_raw(w, "table",
	    a->table.n ? buf_str(&a->table) : STR_NULL);
	json_member_raw(w, "links", buf_str(&a->links));
	put_suggestions(w, question, a->plan);
	json_put_object_end(w);
	put_data_end(a->call);
}

static int
answer_question(struct api_call *c, const struct question *q, struct err *e)
{
	struct ask_context context = { .now_ms = c->now_ms,
	    .tz_minutes = (int)q->tz_minutes };
	struct ask_plan plan;
	struct answer a = { .call = c, .plan = &plan,
	    .tz_minutes = context.tz_minutes,
	    .deadline = clock_mono_ms() + (c->options && c->options->ask_ms ?
	    c->options->ask_ms : API_ASK_MS) };

	if (know_names(c, &context, e) ||
	    know_users(c, q->query, &context, e) ||
	    know_patterns(c, &context, e))
		return e->code;
	ask_parse(&plan, q->query, &context);
	buf_init(&a.text, ANSWER_MAX);
	buf_init(&a.table, ANSWER_MAX);
	buf_init(&a.links, ANSWER_MAX);
	buf_add_byte(&a.links, '[');
	if (answer_find(&a, e) == 0) {
		buf_add_byte(&a.links, ']');
		if (a.text.failed || a.table.failed || a.links.failed)
			err_set(e, ERR_LIMIT, "the answer is too large");
		else
			put_answer(&a, q->query, &context);
	}
	buf_fini(&a.text);
	buf_fini(&a.table);
	buf_fini(&a.links);
	return e->code;
}

int
ask_post(struct api_call *c, struct err *e)
{
	struct question q;

	return read_question(c, &q, e) ? e->code : answer_question(c, &q, e);
}

int
api_ask(const struct repo_view *v, struct str query, int tz_minutes,
    int64_t now_ms, struct buf *out, struct err *e)
{
	const struct question q = { query, tz_minutes };
	struct api_call c = { .now_ms = now_ms, .view = *v };

	if (str_trim(query).n == 0 || query.n > API_QUESTION_MAX)
		return err_set(e, ERR_INVALID, "a question has 1 to %d bytes",
		    API_QUESTION_MAX);
	json_writer_init(&c.json, out);
	return answer_question(&c, &q, e);
}
