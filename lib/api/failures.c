/* Groups of errors, and what people say about them. */
#include "api/call.h"
#include "base/clock.h"
#include "json/json_read.h"

enum {
	SAMPLES = 3,            /* runs that are read whole for messages */
	DETAIL_RUNS = 50,       /* runs shown with a group */
	COUNTS = 50,            /* agents, users, … shown */
	CHANGE_DAYS = 60        /* that the answer to a change counts */
};

void
put_failure(struct json_writer *w, const struct repo_failure *f)
{
	json_member_str(w, "failure_id", f->failure_id);
	json_member_str(w, "entity_type", f->entity_type);
	json_member_str(w, "template", f->template);
	json_member_cstr(w, "status", repo_failure_status_name(f->status));
	json_member_bool(w, "regressed", f->is_regressed);
	json_member_i64(w, "regressed_events", f->regressed_events);
	put_time_ms(w, "regressed_time", f->regressed_ms);
	json_member_str(w, "regressed_run_id", f->regressed_run);
	put_time_ms(w, "status_time", f->changed_ms);
	json_member_str(w, "resolved_in", f->resolved_in);
	json_member_str(w, "note", f->note);
	json_member_i64(w, "events", f->events);
	json_member_i64(w, "run_count", f->runs);
	json_member_i64(w, "total_events", f->total_events);
	json_member_i64(w, "total_runs", f->total_runs);
	put_time_ms(w, "first_seen", f->first_seen_ms);
	put_time_ms(w, "last_seen", f->last_seen_ms);
}

int
failures_list(struct api_call *c, struct err *e)
{
	const struct api_params *p = &c->params;
	struct json_writer *w = &c->json;
	struct repo_failures f;
	const struct repo_failure_query q = {
		.from_ms = p->from_ms, .to_ms = p->to_ms,
		.order = str_is(p->order_by, "events") ? BY_EVENTS :
		    str_is(p->order_by, "first_seen") ? BY_FIRST_SEEN :
		    BY_LAST_SEEN,
		.ascending = str_is(p->direction, "asc"),
		.entity_type = p->entity_type,
		.status = p->status.p ? repo_failure_status_named(p->status) :
		    -1,
		.limit = p->limit, .offset = p->offset,
	};

	if (repo_failures_list(&c->view, &q, &f, e))
		return e->code;
	put_list(c);
	for (size_t i = 0; i < f.n; i++) {
		json_put_object(w);
		put_failure(w, &f.v[i]);
		json_put_object_end(w);
	}
	put_list_end(c, p->offset + f.n < f.total, (int64_t)f.total);
	return 0;
}

static void
put_counts(struct json_writer *w, const char *key,
    const struct repo_count *v, size_t n)
{
	json_put_key(w, key);
	json_put_array(w);
	for (size_t i = 0; i < n && i < COUNTS; i++) {
		json_put_object(w);
		json_member_str(w, "name", v[i].name);
		json_member_i64(w, "run_count", v[i].count);
		json_put_object_end(w);
	}
	json_put_array_end(w);
}

static void
put_detail_runs(struct json_writer *w, const struct repo_failure_detail *d)
{
	json_put_key(w, "runs");
	json_put_array(w);
	for (size_t i = 0; i < d->nruns && i < DETAIL_RUNS; i++) {
		const struct run *run = d->runs[i].run;

		json_put_object(w);
		json_member_str(w, "run_id", run->base.id);
		put_time_ms(w, "time", d->run_ms[i]);
		put_time_ms(w, "start_time", d->runs[i].start_ms);
		json_member_str(w, "session_id", run->session_id);
		json_member_str(w, "agent", run->agent);
		json_member_str(w, "user_id", run->user_id);
		json_member_str(w, "org_id", run->org_id);
		put_status(w, run->status);
		json_member_str(w, "user_prompt", run->user_prompt);
		json_put_object_end(w);
	}
	json_put_array_end(w);
}

/* The messages as they came, of the latest runs. */
static int
put_samples(struct api_call *c, const struct repo_failure_detail *d,
    struct err *e)
{
	struct json_writer *w = &c->json;

	json_put_key(w, "samples");
	json_put_array(w);
	for (size_t i = 0; i < d->nruns && i < SAMPLES; i++) {
		struct run *run;

		if (repo_run_get(&c->view, d->runs[i].run->base.id, &run, e))
			return e->code;
		for (size_t j = 0; j < run_count(run, EVENT_FAILURE); j++) {
			const struct failure_hit *f = run_failure(run, j);

			if (!run_failure_is_current(run, f) ||
			    !str_eq(f->failure_id, d->failure.failure_id))
				continue;
			json_put_object(w);
			json_member_str(w, "run_id", run->base.id);
			json_member_str(w, "span_id",
			    span_sender_id(f->span_id));
			json_member_str(w, "name", f->name);
			json_member_str(w, "message", f->message);
			put_time_ms(w, "time",
			    floor_div(f->time_ns, NS_PER_MS));
			json_put_object_end(w);
			break;
		}
	}
	json_put_array_end(w);
	return 0;
}

static int
not_found(int rc, struct err *e)
{
	return rc == ERR_NOT_FOUND ? err_set(e, rc, "no such failure") : rc;
}

int
failures_get(struct api_call *c, struct err *e)
{
	struct json_writer *w = &c->json;
	struct repo_failure_detail d;
	int rc = repo_failure_get(&c->view, http_capture(c->request, "id"),
	    c->params.from_ms, c->params.to_ms, &d, e);

	if (rc)
		return not_found(rc, e);
	put_data(c);
	json_put_object(w);
	put_failure(w, &d.failure);
	if (put_samples(c, &d, e))
		return e->code;
	put_counts(w, "agents", d.agents, d.nagents);
	put_counts(w, "users", d.users, d.nusers);
	put_counts(w, "orgs", d.orgs, d.norgs);
	put_counts(w, "models", d.models, d.nmodels);
	put_counts(w, "tools", d.tools, d.ntools);
	json_put_key(w, "series");
	json_put_array(w);
	for (size_t i = 0; i < d.ndays; i++) {
		json_put_object(w);
		put_day(w, d.day_ms[i], 0);
		json_member_i64(w, "events", d.day_events[i]);
		json_put_object_end(w);
	}
	json_put_array_end(w);
	put_detail_runs(w, &d);
	json_put_object_end(w);
	put_data_end(c);
	return 0;
}

int
failures_runs(struct api_call *c, struct err *e)
{
	struct str id = http_capture(c->request, "id");
	struct repo_runs runs;

	if (repo_failure_runs(&c->view, id, c->params.from_ms,
	    c->params.to_ms, c->params.limit, c->params.offset, &runs, e))
		return not_found(e->code, e);
	return put_run_list(c, &runs, e);
}

/* ---- changes ---- */

struct change {
	struct str status, resolved_in, note;
};

static int
read_change(struct api_call *c, struct change *v, struct err *e)
{
	struct json_reader r;
	struct str key;
	int rc;

	*v = (struct change){ STR_NULL, STR_NULL, STR_NULL };
	c->field = STR("body");
	if (c->request->body.n > API_BODY_MAX)
		return err_set(e, ERR_LIMIT, "body: over %d bytes",
		    API_BODY_MAX);
	json_reader_init(&r, c->request->body, c->view.arena, 0);
	if (json_object(&r, e))
		return err_wrap(e, "body");
	while ((rc = json_object_next(&r, &key, e)) > 0) {
		struct str *to = str_is(key, "status") ? &v->status :
		    str_is(key, "resolved_in") ? &v->resolved_in :
		    str_is(key, "note") ? &v->note : NULL;

		c->field = key;
		if (!to)
			return err_set(e, ERR_INVALID,
			    "%.*s: no such field; give status, resolved_in "
			    "and note", (int)MIN_OF(key.n, 100), key.p);
		if (json_read_null(&r))
			continue;
		if (json_read_string(&r, to, e))
			return err_wrap(e, "%.*s", STR_FMT(key));
	}
	c->field = STR("body");
	if (rc < 0 || json_end(&r, e))
		return err_wrap(e, "body");
	return 0;
}

static int
check_change(struct api_call *c, const struct change *v, struct err *e)
{
	c->field = STR("status");
	if (repo_failure_status_named(v->status) < 0)
		return err_set(e, ERR_INVALID,
		    "status: must be active, resolved or ignored");
	c->field = STR("resolved_in");
	if (v->resolved_in.n > EVENT_NAME_MAX)
		return err_set(e, ERR_INVALID, "resolved_in: over %d bytes",
		    EVENT_NAME_MAX);
	c->field = STR("note");
	if (v->note.n > 4 * EVENT_NAME_MAX)
		return err_set(e, ERR_INVALID, "note: over %d bytes",
		    4 * EVENT_NAME_MAX);
	return 0;
}

static int
submit_change(struct api_call *c, struct str id, const struct change *v,
    struct err *e)
{
	struct event_builder b;
	struct event ev;
	struct buf out;
	int rc = 0;

	if (!c->options->submit)
		return err_set(e, ERR_DENIED, "changes are switched off");
	event_begin(&b, c->view.arena, EVENT_FAILURE_CHANGE, STR(""), id);
	b.event.project = str_from(c->key.project_name);
	b.event.env = c->view.scope.env;
	b.event.received_ms = c->now_ms;
	b.event.order = c->now_ms;
	b.event.source = STR("tcc");
	event_text(&b, FIELD_FAILURE_CHANGE_status, v->status);
	event_text(&b, FIELD_FAILURE_CHANGE_resolved_in, v->resolved_in);
	event_text(&b, FIELD_FAILURE_CHANGE_note, v->note);
	event_int(&b, FIELD_FAILURE_CHANGE_time_ns, c->now_ms * NS_PER_MS);
	if (!event_end(&b, &ev))
		return err_set(e, ERR_LIMIT, "change: too large");
	buf_init(&out, EVENT_BYTES_MAX);
	event_encode(&ev, &out);
	rc = out.failed ? err_set(e, ERR_LIMIT, "change: too large") :
	    c->options->submit(c->options->arg, &out, e);
	buf_fini(&out);
	return rc;
}

int
failures_change(struct api_call *c, struct err *e)
{
	struct str id = http_capture(c->request, "id");
	struct repo_view after = c->view;
	struct repo_failure_detail d;
	int64_t from = c->now_ms + 1 - CHANGE_DAYS * MS_PER_DAY;
	struct change v;
	int rc;

	if (read_change(c, &v, e) || check_change(c, &v, e))
		return e->code;
	rc = repo_failure_get(&c->view, id, from, c->now_ms + 1, &d, e);
	if (rc)
		return not_found(rc, e);
	if (submit_change(c, id, &v, e))
		return e->code;
	/* The answer shows the change. */
	if (kv_snapshot_open(c->options->kv, &after.snapshot, e))
		return e->code;
	rc = repo_failure_get(&after, id, from, c->now_ms + 1, &d, e);
	kv_snapshot_close(after.snapshot);
	if (rc)
		return not_found(rc, e);
	put_data(c);
	json_put_object(&c->json);
	put_failure(&c->json, &d.failure);
	json_put_object_end(&c->json);
	put_data_end(c);
	return 0;
}
