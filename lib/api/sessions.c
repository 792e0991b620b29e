/* Sessions: runs that share a session id. */
#include <stdlib.h>

#include "api/call.h"
#include "base/clock.h"
#include "detect/detect.h"
#include "repo/sweep.h"

/* Whether the user left a conversation that went badly: what the verdict on
 * its last run says. */
static void
put_abandoned(struct json_writer *w, const struct repo_session_row *s)
{
	const char *why = repo_session_abandoned(s);

	json_member_bool(w, "abandoned", why != NULL);
	json_member_str(w, "abandoned_after", str_from(why));
}

/* When the session's last run ended, as far as it is known. */
static int64_t
last_activity_ms(const struct repo_session_row *s)
{
	struct run_totals t;

	if (!s->last)
		return s->last_ms;
	run_totals(s->last, &t);
	return MAX_OF(s->last_ms, floor_div(t.end_ns, NS_PER_MS));
}

/* Members that rows and details share. */
static void
put_session(struct json_writer *w, const struct repo_session_row *s)
{
	const int64_t *n = s->sum.c;
	int64_t end_ms = last_activity_ms(s);

	json_member_str(w, "session_id", s->session_id);
	put_time_ms(w, "first_activity", s->first_ms);
	put_time_ms(w, "last_activity", end_ms);
	json_member_i64(w, "duration_ms", end_ms - s->first_ms);
	json_member_i64(w, "run_count", n[COUNT_RUNS]);
	json_member_i64(w, "errors", n[COUNT_ERRORS]);
	json_member_i64(w, "flagged", n[COUNT_FLAGGED]);
	json_member_i64(w, "tool_call_count", n[COUNT_TOOL_CALLS]);
	json_member_i64(w, "tool_error_count", n[COUNT_TOOL_ERRORS]);
	json_member_i64(w, "thumbs_up", n[COUNT_THUMBS_UP]);
	json_member_i64(w, "thumbs_down", n[COUNT_THUMBS_DOWN]);
	put_usage_rollup(w, &s->sum);
	json_member_str(w, "agent", s->last ? s->last->agent : STR_NULL);
	json_member_str(w, "user_id", s->last ? s->last->user_id : STR_NULL);
	json_member_str(w, "user_name",
	    s->last ? s->last->user_name : STR_NULL);
	json_member_str(w, "org_id", s->last ? s->last->org_id : STR_NULL);
	json_member_str(w, "org_name",
	    s->last ? s->last->org_name : STR_NULL);
	json_member_str(w, "last_run_id",
	    s->last ? s->last->base.id : STR_NULL);
	json_member_str(w, "last_prompt",
	    s->last ? str_utf8_prefix(s->last->user_prompt,
	    HEAD_PREVIEW_BYTES) : STR_NULL);
	put_abandoned(w, s);
}

static void
put_row(struct json_writer *w, const struct repo_session_row *s)
{
	json_put_object(w);
	put_session(w, s);
	json_put_object_end(w);
}

int
sessions_list(struct api_call *c, struct err *e)
{
	const struct api_params *p = &c->params;
	struct repo_filter f = REPO_FILTER_INIT;
	struct repo_sessions s;

	f.agent = p->agent;
	f.user_id = p->user_id;
	f.org_id = p->org_id;
	f.from_ms = p->from_ms;
	f.to_ms = p->to_ms;
	f.limit = p->limit;
	f.offset = p->offset;
	if (repo_sessions_list(&c->view, &f, &s, e))
		return e->code;
	put_list(c);
	for (size_t i = 0; i < s.n; i++)
		put_row(&c->json, &s.v[i]);
	put_list_end(c, s.has_more, -1);
	return 0;
}

static void
put_message(struct json_writer *w, const struct run *run, const char *role,
    struct str text, int64_t ms)
{
	if (!text.p)
		return;
	json_put_object(w);
	json_member_cstr(w, "role", role);
	json_member_str(w, "content", text);
	json_member_str(w, "run_id", run->base.id);
	put_time_ms(w, "time", ms);
	json_put_object_end(w);
}

static void
put_messages(struct json_writer *w, const struct repo_session *s)
{
	struct run_totals t;

	json_put_key(w, "messages");
	json_put_array(w);
	for (size_t i = 0; i < s->nruns; i++) {
		const struct run *run = s->runs[i];

		run_totals(run, &t);
		put_message(w, run, "user", run->user_prompt, t.start_ms);
		put_message(w, run, "assistant", run->response,
		    floor_div(t.end_ns, NS_PER_MS));
	}
	json_put_array_end(w);
}

static void
put_session_patterns(struct json_writer *w, const struct repo_session *s)
{
	json_put_key(w, "patterns");
	json_put_array(w);
	for (size_t i = 0; i < s->nruns; i++) {
		const struct run *run = s->runs[i];

		for (size_t j = 0; j < run_count(run, EVENT_SIGNAL); j++) {
			const struct signal_hit *h = run_signal(run, j);

			if (!run_signal_is_current(run, h))
				continue;
			json_put_object(w);
			json_member_str(w, "run_id", run->base.id);
			put_signal_members(w, h);
			json_put_object_end(w);
		}
	}
	json_put_array_end(w);
}

/* How the user fared from turn to turn. */
static void
put_course(struct api_call *c, const struct repo_session *s)
{
	const struct run *const *runs = (const struct run *const *)s->runs;
	struct detector *d = detector_new();
	struct json_writer *w = &c->json;

	json_put_key(w, "course");
	json_put_array(w);
	for (size_t i = 0; i < s->nruns; i++) {
		const struct run *run = s->runs[i];
		struct detect_input in = { .run = run, .earlier = runs,
			.n_earlier = i };

		json_put_object(w);
		json_member_str(w, "run_id", run->base.id);
		json_member_double(w, "frustration",
		    detect_frustration(d, &in, c->view.arena));
		json_put_key(w, "slugs");
		json_put_array(w);
		for (size_t j = 0; j < run_count(run, EVENT_SIGNAL); j++)
			if (run_signal_is_current(run, run_signal(run, j)))
				json_put_str(w, run_signal(run, j)->slug);
		json_put_array_end(w);
		json_put_object_end(w);
	}
	json_put_array_end(w);
	detector_free(d);
}

static int
put_session_tools(struct api_call *c, const struct repo_session *s,
    struct err *e)
{
	struct json_writer *w = &c->json;

	json_put_key(w, "tool_calls");
	json_put_array(w);
	for (size_t i = 0; i < s->nruns; i++) {
		const struct run *run = s->runs[i];
		struct span **v = spans_by_start(run, c->view.arena);

		if (!v)
			return err_set(e, ERR_LIMIT,
			    "the session is too large: ask for fewer runs");
		for (size_t j = 0; j < run_count(run, EVENT_SPAN); j++) {
			if (v[j]->type != SPAN_TOOL)
				continue;
			json_put_object(w);
			json_member_str(w, "run_id", run->base.id);
			put_tool_members(w, v[j]);
			json_put_object_end(w);
		}
	}
	json_put_array_end(w);
	return 0;
}

static void
put_session_runs(struct json_writer *w, const struct repo_session *s)
{
	struct run_totals t;

	json_put_key(w, "runs");
	json_put_array(w);
	for (size_t i = 0; i < s->nruns; i++) {
		const struct run *run = s->runs[i];

		run_totals(run, &t);
		json_put_object(w);
		json_member_str(w, "run_id", run->base.id);
		put_identity(w, run);
		put_status(w, run->status);
		json_member_str(w, "status_message", run->status_message);
		put_figures(w, run, &t);
		put_feedback(w, run);
		put_failure_hits(w, run);
		json_put_object_end(w);
	}
	json_put_array_end(w);
}

int
sessions_get(struct api_call *c, struct err *e)
{
	struct str id = http_capture(c->request, "id");
	struct json_writer *w = &c->json;
	struct repo_session s;
	int rc = repo_session_get(&c->view, id, c->params.limit,
	    c->params.offset, &s, e);

	if (rc == ERR_NOT_FOUND)
		return err_set(e, rc, "no run has this session id");
	if (rc)
		return rc;
	put_data(c);
	json_put_object(w);
	put_session(w, &s.row);
	put_messages(w, &s);
	put_session_patterns(w, &s);
	put_course(c, &s);
	if (put_session_tools(c, &s, e))
		return e->code;
	put_session_runs(w, &s);
	json_member_bool(w, "has_more", s.has_more);
	json_put_object_end(w);
	put_data_end(c);
	return 0;
}
