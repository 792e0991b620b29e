/* Runs: rows of lists, and one whole. */
#include "api/call.h"
#include "base/clock.h"
#include "repo/topics.h"
#include "repo/usual.h"

static const char *
source_name(const struct api_call *c)
{
	return event_env_name(c->view.scope.env);
}

/* The text, and whether a head may have cut it. */
static void
put_preview(struct json_writer *w, const char *key, struct str s, bool *cut)
{
	/* The cut is at a character's boundary: up to three bytes less. */
	*cut |= s.n >= HEAD_PREVIEW_BYTES - 3;
	json_member_str(w, key, s);
}

void
put_identity(struct json_writer *w, const struct run *run)
{
	json_member_str(w, "session_id", run->session_id);
	json_member_str(w, "name", run->name);
	json_member_str(w, "agent", run->agent);
	json_member_str(w, "user_id", run->user_id);
	json_member_str(w, "user_name", run->user_name);
	json_member_str(w, "org_id", run->org_id);
	json_member_str(w, "org_name", run->org_name);
	json_member_str(w, "trace_id", run->trace_id);
	json_member_bool(w, "conversational", run->conversational);
}

static void
put_times(struct json_writer *w, const struct run *run,
    const struct run_totals *t)
{
	put_time_ms(w, "start_time", t->start_ms);
	put_time_ms(w, "end_time",
	    t->ended ? floor_div(t->end_ns, NS_PER_MS) : 0);
	if (t->ended)
		put_ms_from_ns(w, "duration_ms", t->duration_ns);
	else
		json_member_null(w, "duration_ms");
	put_time_ms(w, "received_time", run->received_ms);
}

static void
put_counts(struct json_writer *w, const struct run *run,
    const struct run_totals *t)
{
	json_member_str(w, "model", run->model);
	json_member_i64(w, "step_count", t->steps);
	json_member_i64(w, "tool_call_count", t->tool_calls);
	json_member_i64(w, "tool_error_count", t->tool_errors);
	put_usage_totals(w, t);
}

void
put_figures(struct json_writer *w, const struct run *run,
    const struct run_totals *t)
{
	put_times(w, run, t);
	put_counts(w, run, t);
}

void
put_feedback(struct json_writer *w, const struct run *run)
{
	const struct score *last = NULL;
	bool has_text;
	int thumbs;

	for (size_t i = 0; i < run_count(run, EVENT_SCORE); i++) {
		const struct score *s = run_score(run, i);

		if (repo_score_feedback(s, &thumbs, &has_text) &&
		    (!last || s->time_ns >= last->time_ns))
			last = s;
	}
	json_put_key(w, "feedback");
	if (!last) {
		json_put_null(w);
		return;
	}
	(void)repo_score_feedback(last, &thumbs, &has_text);
	json_put_object(w);
	json_member_str(w, "score", thumbs > 0 ? STR("thumbs_up") :
	    thumbs < 0 ? STR("thumbs_down") : STR_NULL);
	json_member_str(w, "text", last->comment);
	put_time_ms(w, "time", floor_div(last->time_ns, NS_PER_MS));
	json_put_object_end(w);
}

void
put_signal_members(struct json_writer *w, const struct signal_hit *s)
{
	json_member_str(w, "slug", s->slug);
	json_member_double(w, "score", s->score);
	if (ENTITY_HAS(s, SIGNAL, threshold))
		json_member_double(w, "threshold", s->threshold);
	else
		json_member_null(w, "threshold");
	json_member_str(w, "severity", s->severity);
	json_member_str(w, "reason", s->reason);
	json_put_key(w, "evidence");
	json_put_object(w);
	json_member_str(w, "role", s->role);
	json_member_str(w, "text", s->evidence);
	json_member_str(w, "span_id", span_sender_id(s->span_id));
	if (ENTITY_HAS(s, SIGNAL, evidence_end)) {
		json_member_i64(w, "start", s->evidence_start);
		json_member_i64(w, "end", s->evidence_end);
	} else {
		json_member_null(w, "start");
		json_member_null(w, "end");
	}
	json_put_object_end(w);
	json_member_i64(w, "version", s->version);
	if (s->revision)
		json_member_i64(w, "revision", s->revision);
	else
		json_member_null(w, "revision");
}

void
put_signals(struct json_writer *w, const struct run *run)
{
	json_put_key(w, "patterns");
	json_put_array(w);
	for (size_t i = 0; i < run_count(run, EVENT_SIGNAL); i++) {
		const struct signal_hit *s = run_signal(run, i);

		if (!run_signal_is_current(run, s))
			continue;
		json_put_object(w);
		put_signal_members(w, s);
		json_put_object_end(w);
	}
	json_put_array_end(w);
}

void
put_failure_hits(struct json_writer *w, const struct run *run)
{
	json_put_key(w, "failures");
	json_put_array(w);
	for (size_t i = 0; i < run_count(run, EVENT_FAILURE); i++) {
		const struct failure_hit *f = run_failure(run, i);

		if (!run_failure_is_current(run, f))
			continue;
		json_put_object(w);
		json_member_str(w, "failure_id", f->failure_id);
		json_member_str(w, "entity_type", f->entity_type);
		json_member_str(w, "span_id", span_sender_id(f->span_id));
		json_member_str(w, "name", f->name);
		json_member_str(w, "template", f->template);
		json_member_str(w, "message", f->message);
		put_time_ms(w, "time", floor_div(f->time_ns, NS_PER_MS));
		json_put_object_end(w);
	}
	json_put_array_end(w);
}

static void
put_topic(struct json_writer *w, const struct run *run)
{
	struct str parent, id;

	json_member_str(w, "topic_id", run_topic(run, &parent, &id) ? id :
	    STR_NULL);
}

void
put_run_row(struct api_call *c, const struct repo_run_row *row)
{
	struct json_writer *w = &c->json;
	const struct run *run = row->run;
	bool cut = false;

	json_put_object(w);
	json_member_str(w, "run_id", run->base.id);
	json_member_cstr(w, "source", source_name(c));
	put_identity(w, run);
	put_status(w, run->status);
	put_preview(w, "status_message", run->status_message, &cut);
	put_times(w, run, &row->totals);
	json_put_key(w, "prompt");
	json_put_object(w);
	put_preview(w, "user_prompt", run->user_prompt, &cut);
	json_put_object_end(w);
	put_preview(w, "response", run->response, &cut);
	json_member_bool(w, "truncated", cut);
	put_counts(w, run, &row->totals);
	put_topic(w, run);
	put_feedback(w, run);
	put_signals(w, run);
	put_failure_hits(w, run);
	json_put_object_end(w);
}

int
put_run_list(struct api_call *c, const struct repo_runs *runs, struct err *e)
{
	(void)e;
	put_list(c);
	for (size_t i = 0; i < runs->n; i++)
		put_run_row(c, &runs->v[i]);
	put_list_end(c, runs->has_more, -1);
	return 0;
}

int
runs_list(struct api_call *c, struct err *e)
{
	const struct api_params *p = &c->params;
	struct repo_filter f = REPO_FILTER_INIT;
	struct repo_runs runs;

	f.agent = p->agent;
	f.user_id = p->user_id;
	f.org_id = p->org_id;
	f.session_id = p->session_id;
	f.status = !p->status.p ? REPO_ANY :
	    str_is(p->status, "error") ? REPO_ERROR : REPO_OK;
	f.from_ms = p->from_ms;
	f.to_ms = p->to_ms;
	f.limit = p->limit;
	f.offset = p->offset;
	if (repo_runs_list(&c->view, &f, &runs, e))
		return e->code;
	return put_run_list(c, &runs, e);
}

static void
put_scores(struct json_writer *w, const struct run *run)
{
	json_put_key(w, "scores");
	json_put_array(w);
	for (size_t i = 0; i < run_count(run, EVENT_SCORE); i++) {
		const struct score *s = run_score(run, i);

		json_put_object(w);
		json_member_str(w, "score_id", s->base.id);
		json_member_str(w, "span_id", span_sender_id(s->span_id));
		json_member_str(w, "name", s->name);
		json_member_str(w, "data_type", s->data_type);
		if (ENTITY_HAS(s, SCORE, value))
			json_member_double(w, "value", s->value);
		else
			json_member_null(w, "value");
		json_member_str(w, "string_value", s->string_value);
		json_member_str(w, "comment", s->comment);
		json_member_str(w, "source", s->source);
		put_time_ms(w, "time", floor_div(s->time_ns, NS_PER_MS));
		put_attrs(w, "metadata", &s->metadata);
		json_put_object_end(w);
	}
	json_put_array_end(w);
}

static void
put_run_texts(struct json_writer *w, const struct run *run)
{
	json_put_key(w, "prompt");
	json_put_object(w);
	json_member_str(w, "user_prompt", run->user_prompt);
	json_member_str(w, "system_prompt", run->system_prompt);
	put_value(w, "full_input", &run->full_input);
	json_put_object_end(w);
	json_member_str(w, "response", run->response);
	put_value(w, "full_output", &run->full_output);
	put_attrs(w, "metadata", &run->metadata);
	put_attrs(w, "attributes", &run->attributes);
	json_member_str(w, "release", run->release);
	json_member_str(w, "version", run->version);
	json_member_str(w, "environment", run->environment);
	put_value(w, "tags", &run->tags);
}

/* What its agent usually takes, and what of the run is far above that. */
static void
put_usual(struct json_writer *w, const struct detect_usual *u,
    const struct run *run)
{
	json_put_key(w, "usual");
	if (u->runs) {
		json_put_object(w);
		json_member_i64(w, "run_count", u->runs);
		json_member_double(w, "p50_ms", (double)u->p50_us / 1000);
		json_member_double(w, "p95_ms", (double)u->p95_us / 1000);
		json_member_double(w, "mean_cost_usd",
		    cost_usd_from_pico(u->mean_cost_pico_usd));
		json_member_double(w, "p95_cost_usd",
		    cost_usd_from_pico(u->p95_cost_pico_usd));
		json_put_object_end(w);
	} else {
		json_put_null(w);
	}
	json_put_key(w, "outliers");
	json_put_array(w);
	for (size_t i = 0; i < run_count(run, EVENT_SIGNAL); i++) {
		const struct signal_hit *s = run_signal(run, i);

		if ((str_is(s->slug, "latency-outlier") ||
		    str_is(s->slug, "cost-outlier")) &&
		    run_signal_is_current(run, s))
			json_put_str(w, s->slug);
	}
	json_put_array_end(w);
}

static void
put_run_body(struct api_call *c, const struct run *run,
    struct span *const *spans, const struct run_totals *t,
    const struct detect_usual *usual)
{
	struct json_writer *w = &c->json;

	json_put_object(w);
	json_member_str(w, "run_id", run->base.id);
	json_member_cstr(w, "source", source_name(c));
	put_identity(w, run);
	put_status(w, run->status);
	json_member_str(w, "status_message", run->status_message);
	put_times(w, run, t);
	put_run_texts(w, run);
	put_counts(w, run, t);
	put_spans(w, "steps", spans, run_count(run, EVENT_SPAN), put_step);
	put_spans(w, "tool_calls", spans, run_count(run, EVENT_SPAN),
	    put_tool_call);
	put_spans(w, "spans", spans, run_count(run, EVENT_SPAN),
	    put_other_span);
	put_topic(w, run);
	put_feedback(w, run);
	put_scores(w, run);
	put_signals(w, run);
	put_failure_hits(w, run);
	put_usual(w, usual, run);
	json_put_object_end(w);
}

int
put_run(struct api_call *c, const struct run *run, struct err *e)
{
	struct span **spans = spans_by_start(run, c->view.arena);
	struct detect_usual usual;
	struct run_totals t;

	if (!spans)
		return err_set(e, ERR_LIMIT, "run: too large");
	run_totals(run, &t);
	if (repo_usual(&c->view, run->agent, repo_run_ms(&t), &usual, e))
		return e->code;
	put_run_body(c, run, spans, &t, &usual);
	return 0;
}

int
runs_get(struct api_call *c, struct err *e)
{
	struct str id = http_capture(c->request, "id");
	struct run *run;
	int rc = repo_run_get(&c->view, id, &run, e);

	if (rc == ERR_NOT_FOUND)
		return err_set(e, rc, "no such run in source=%s",
		    source_name(c));
	if (rc)
		return rc;
	put_data(c);
	if (put_run(c, run, e))
		return e->code;
	put_data_end(c);
	return 0;
}
