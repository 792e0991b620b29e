/* The report as JSON, and as an event. */
#include "base/clock.h"
#include "insight/report.h"
#include "json/json_write.h"

enum { FAILURES_SHOWN = 50, TOP_SHOWN = 10, TOPICS_SHOWN = 30,
	EXAMPLES_SHOWN = 3 };

static void
put_time(struct json_writer *w, const char *key, int64_t ms)
{
	char iso[CLOCK_ISO_MAX];

	clock_format_iso(ms, iso);
	json_member_cstr(w, key, iso);
}

static void
put_tested(struct json_writer *w, const char *key, bool is_fact, double v)
{
	if (is_fact)
		json_member_null(w, key);
	else
		json_member_double(w, key, v);
}

static void
put_head(struct json_writer *w, const struct insight_report *r)
{
	const struct period *now = &r->s->period[NOW];

	json_member_i64(w, "version", INSIGHT_VERSION);
	json_member_cstr(w, "id", now->id);
	json_member_cstr(w, "period", period_kind_name(now->kind));
	json_member_cstr(w, "label", now->label);
	json_member_cstr(w, "timezone", now->zone.name);
	put_time(w, "from", now->from_ms);
	put_time(w, "to", now->to_ms);
	json_put_key(w, "before");
	json_put_object(w);
	put_time(w, "from", r->s->period[BEFORE].from_ms);
	put_time(w, "to", r->s->period[BEFORE].to_ms);
	json_put_object_end(w);
	json_member_str(w, "title", r->title);
	json_member_str(w, "text", r->text);
	json_member_cstr(w, "severity", insight_severity_name(r->severity));
	json_member_bool(w, "quiet", r->is_quiet);
	json_put_key(w, "values");
	json_put_object(w);
	for (size_t i = 0; i < r->nvalues; i++) {
		json_put_key_str(w, r->values[i].name);
		json_put_double(w, r->values[i].v);
	}
	json_put_object_end(w);
}

static void
put_metrics(struct json_writer *w, const struct insight_report *r)
{
	json_put_key(w, "metrics");
	json_put_array(w);
	for (size_t i = 0; i < r->nmetrics; i++) {
		const struct insight_metric *m = &r->metrics[i];

		json_put_object(w);
		json_member_str(w, "name", m->name);
		json_member_str(w, "label", m->label);
		json_member_str(w, "unit", m->unit);
		json_member_double(w, "before", m->before);
		json_member_double(w, "now", m->now);
		put_tested(w, "change", m->before == 0,
		    m->before == 0 ? 0 : m->now / m->before - 1);
		json_member_double(w, "effect", m->effect);
		json_member_double(w, "p", m->p);
		json_member_double(w, "q", m->q);
		json_member_bool(w, "significant", m->is_significant);
		json_put_object_end(w);
	}
	json_put_array_end(w);
}

static void
put_claim(struct json_writer *w, const struct insight_claim *c)
{
	json_put_object(w);
	json_member_cstr(w, "kind", insight_kind_name(c->kind));
	json_member_cstr(w, "severity", insight_severity_name(c->severity));
	json_member_bool(w, "good", c->is_good);
	json_member_str(w, "title", c->title);
	json_member_str(w, "text", c->text);
	json_member_cstr(w, "dim", c->failure_id.p ? "failure" :
	    insight_dim_name(c->dim));
	json_member_str(w, "name", c->name);
	json_member_str(w, "pattern", c->pattern);
	json_member_double(w, "before", c->before);
	json_member_double(w, "now", c->now);
	json_member_double(w, "effect", c->effect);
	put_tested(w, "p", c->is_fact, c->p);
	put_tested(w, "q", c->is_fact, c->q);
	json_put_key(w, "quotes");
	json_put_array(w);
	for (size_t i = 0; i < c->nquotes; i++) {
		json_put_object(w);
		json_member_str(w, "text", c->quotes[i].text);
		json_member_str(w, "run_id", c->quotes[i].run_id);
		json_member_str(w, "user_id", c->quotes[i].user_id);
		json_put_object_end(w);
	}
	json_put_array_end(w);
	json_put_key(w, "links");
	json_put_object(w);
	json_member_strs(w, "runs", c->runs, c->nruns);
	json_member_strs(w, "sessions", c->sessions, c->nsessions);
	json_member_strs(w, "failures", &c->failure_id, c->failure_id.p != NULL);
	json_member_str(w, "list", c->list);
	json_put_object_end(w);
	json_put_object_end(w);
}

static void
put_usd(struct json_writer *w, const char *key, int64_t pico)
{
	json_member_double(w, key, (double)pico * 1e-12);
}

static void
put_cost_part(struct json_writer *w, const struct insight_cost_part *p)
{
	put_usd(w, "before_usd", p->before_pico);
	put_usd(w, "now_usd", p->now_pico);
	put_usd(w, "volume_usd", p->volume_pico);
	put_usd(w, "mix_usd", p->mix_pico);
	put_usd(w, "price_usd", p->price_pico);
}

static void
put_cost_parts(struct json_writer *w, const char *key,
    const struct insight_cost_part *v, size_t n)
{
	json_put_key(w, key);
	json_put_array(w);
	for (size_t i = 0; i < n; i++) {
		json_put_object(w);
		json_member_str(w, "name", v[i].name);
		put_cost_part(w, &v[i]);
		json_put_object_end(w);
	}
	json_put_array_end(w);
}

static void
put_cost(struct json_writer *w, const struct insight_report *r)
{
	struct insight_cost_part sum = { 0 };

	for (size_t i = 0; i < r->ncosts; i++) {
		sum.before_pico += r->costs[i].before_pico;
		sum.now_pico += r->costs[i].now_pico;
		sum.volume_pico += r->costs[i].volume_pico;
		sum.mix_pico += r->costs[i].mix_pico;
		sum.price_pico += r->costs[i].price_pico;
	}
	json_put_key(w, "cost");
	json_put_object(w);
	put_cost_part(w, &sum);
	put_cost_parts(w, "models", r->costs, r->ncosts);
	put_cost_parts(w, "agents", r->agent_costs, r->nagent_costs);
	json_put_object_end(w);
}

static double
mean_ms(const struct insight_counts *c)
{
	return c->ended ? (double)c->duration_us / (double)c->ended / 1000 :
	    0;
}

static void
put_latency(struct json_writer *w, const struct insight_report *r)
{
	const struct insight_counts *t = r->s->dims[INSIGHT_TOTAL].v[0].c;

	json_put_key(w, "latency");
	json_put_object(w);
	json_member_double(w, "before_ms", mean_ms(&t[BEFORE]));
	json_member_double(w, "now_ms", mean_ms(&t[NOW]));
	json_put_key(w, "agents");
	json_put_array(w);
	for (size_t i = 0; i < r->nlatencies; i++) {
		const struct insight_latency_part *p = &r->latencies[i];

		json_put_object(w);
		json_member_str(w, "name", p->name);
		json_member_double(w, "before_ms", p->before_ms);
		json_member_double(w, "now_ms", p->now_ms);
		json_member_double(w, "mix_ms", p->mix_ms);
		json_member_double(w, "speed_ms", p->speed_ms);
		json_put_object_end(w);
	}
	json_put_array_end(w);
	json_put_key(w, "parts");
	json_put_array(w);
	for (size_t i = 0; i < r->ntimes; i++) {
		const struct insight_time_part *p = &r->times[i];

		json_put_object(w);
		json_member_cstr(w, "dim", p->dim == INSIGHT_TOTAL ? "rest" :
		    insight_dim_name(p->dim));
		json_member_str(w, "name", p->name);
		json_member_double(w, "before_ms", p->before_ms);
		json_member_double(w, "now_ms", p->now_ms);
		json_put_object_end(w);
	}
	json_put_array_end(w);
	json_put_object_end(w);
}

static void
put_failures(struct json_writer *w, const struct insight_report *r)
{
	json_put_key(w, "failures");
	json_put_array(w);
	for (size_t i = 0; i < MIN_OF(r->s->nfailures,
	    (size_t)FAILURES_SHOWN); i++) {
		const struct insight_failure *f = &r->s->failures[i];

		json_put_object(w);
		json_member_str(w, "failure_id", f->failure_id);
		json_member_str(w, "entity_type", f->entity_type);
		json_member_str(w, "template", f->template);
		json_member_i64(w, "runs_before", f->runs[BEFORE]);
		json_member_i64(w, "runs_now", f->runs[NOW]);
		json_member_i64(w, "events_before", f->events[BEFORE]);
		json_member_i64(w, "events_now", f->events[NOW]);
		json_member_bool(w, "is_new", f->events[NOW] &&
		    f->first_seen_ms >= r->s->period[NOW].from_ms);
		json_member_bool(w, "is_back", f->is_back);
		json_put_object_end(w);
	}
	json_put_array_end(w);
}

static void
put_top(struct json_writer *w, const struct insight_report *r)
{
	static const struct { enum insight_dim dim; const char *key; } of[] = {
		{ INSIGHT_AGENT, "agents" }, { INSIGHT_MODEL, "models" },
		{ INSIGHT_TOOL, "tools" }, { INSIGHT_USER, "users" },
		{ INSIGHT_ORG, "orgs" },
	};

	json_put_key(w, "top");
	json_put_object(w);
	for (size_t d = 0; d < ARRAY_LEN(of); d++) {
		const struct insight_rows *rows = &r->s->dims[of[d].dim];

		json_put_key(w, of[d].key);
		json_put_array(w);
		for (size_t i = 0; i < MIN_OF(rows->n, (size_t)TOP_SHOWN);
		    i++) {
			const struct insight_counts *c = rows->v[i].c;

			json_put_object(w);
			json_member_str(w, "name", rows->v[i].name);
			json_member_i64(w, "runs_before", c[BEFORE].runs);
			json_member_i64(w, "runs_now", c[NOW].runs);
			json_member_i64(w, "errors_before", c[BEFORE].errors);
			json_member_i64(w, "errors_now", c[NOW].errors);
			put_usd(w, "cost_usd_before",
			    c[BEFORE].cost_pico_usd);
			put_usd(w, "cost_usd_now", c[NOW].cost_pico_usd);
			json_put_object_end(w);
		}
		json_put_array_end(w);
	}
	json_put_object_end(w);
}

static void
put_prompts(struct json_writer *w, const struct insight_report *r,
    const struct insight_row *row)
{
	size_t n = 0;

	json_put_key(w, "examples");
	json_put_array(w);
	for (size_t i = 0; i < r->s->recent.n && n < EXAMPLES_SHOWN; i++) {
		const struct insight_run *run = &r->s->recent.v[i];

		if (!run->prompt.n || (!str_eq(run->topic, row->name) &&
		    !str_eq(run->topic_parent, row->name)))
			continue;
		json_put_object(w);
		json_member_str(w, "run_id", run->run_id);
		json_member_str(w, "prompt", run->prompt);
		json_put_object_end(w);
		n++;
	}
	json_put_array_end(w);
}

static void
put_share(struct json_writer *w, const char *key, int64_t part, int64_t whole)
{
	put_tested(w, key, whole <= 0, whole > 0 ? (double)part /
	    (double)whole : 0);
}

static void
put_topics(struct json_writer *w, const struct insight_report *r)
{
	const struct insight_counts *t = r->s->dims[INSIGHT_TOTAL].v[0].c;
	const struct insight_rows *rows = &r->s->dims[INSIGHT_TOPIC];

	json_put_key(w, "topics");
	json_put_array(w);
	for (size_t i = 0; i < MIN_OF(rows->n, (size_t)TOPICS_SHOWN); i++) {
		const struct insight_row *row = &rows->v[i];
		const struct insight_counts *c = row->c;

		json_put_object(w);
		json_member_str(w, "topic_id", row->name);
		json_member_str(w, "name", row->label);
		json_member_str(w, "parent_id", row->parent);
		json_member_bool(w, "group", row->is_group);
		json_member_i64(w, "runs_before", c[BEFORE].runs);
		json_member_i64(w, "runs_now", c[NOW].runs);
		put_share(w, "share_before", c[BEFORE].runs,
		    t[BEFORE].conversational);
		put_share(w, "share_now", c[NOW].runs, t[NOW].conversational);
		put_share(w, "failure_rate_before", c[BEFORE].errors,
		    c[BEFORE].runs);
		put_share(w, "failure_rate_now", c[NOW].errors, c[NOW].runs);
		put_share(w, "frustration_rate_before", c[BEFORE].frustrated,
		    c[BEFORE].runs);
		put_share(w, "frustration_rate_now", c[NOW].frustrated,
		    c[NOW].runs);
		put_prompts(w, r, row);
		json_put_object_end(w);
	}
	json_put_array_end(w);
}

void
insight_body(const struct insight_report *r, struct buf *b)
{
	struct json_writer w;

	json_writer_init(&w, b);
	json_put_object(&w);
	put_head(&w, r);
	put_metrics(&w, r);
	json_put_key(&w, "claims");
	json_put_array(&w);
	for (size_t i = 0; i < r->nclaims; i++)
		put_claim(&w, &r->claims[i]);
	json_put_array_end(&w);
	put_cost(&w, r);
	put_latency(&w, r);
	put_failures(&w, r);
	put_top(&w, r);
	put_topics(&w, r);
	json_put_object_end(&w);
	(void)!json_writer_done(&w);
}

int
insight_event(const struct insight_report *r, int64_t created_ns,
    struct arena *a, struct event *out, struct err *e)
{
	const struct period *now = &r->s->period[NOW];
	struct event_builder eb;
	struct buf b;
	struct str body;

	buf_init(&b, INSIGHT_BODY_MAX);
	insight_body(r, &b);
	body = b.failed ? STR_NULL : arena_str(a, buf_str(&b));
	buf_fini(&b);
	if (!body.p)
		return err_set(e, ERR_LIMIT, "insight %s: too large", now->id);
	event_begin(&eb, a, EVENT_INSIGHT, STR(""),
	    arena_str(a, str_from(now->id)));
	eb.event.source = STR("insight");
	eb.event.order = created_ns;
	event_text(&eb, FIELD_INSIGHT_period,
	    str_from(period_kind_name(now->kind)));
	event_int(&eb, FIELD_INSIGHT_from_ns, now->from_ms * NS_PER_MS);
	event_int(&eb, FIELD_INSIGHT_to_ns, now->to_ms * NS_PER_MS);
	event_text(&eb, FIELD_INSIGHT_title, r->title);
	event_text(&eb, FIELD_INSIGHT_severity,
	    str_from(insight_severity_name(r->severity)));
	event_json(&eb, FIELD_INSIGHT_body, body);
	event_int(&eb, FIELD_INSIGHT_created_ns, created_ns);
	if (!event_end(&eb, out))
		return err_set(e, ERR_LIMIT, "insight %s: too large", now->id);
	return 0;
}
