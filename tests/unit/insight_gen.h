#ifndef TESTS_INSIGHT_GEN_H
#define TESTS_INSIGHT_GEN_H

#include <math.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/hash.h"
#include "digest/digest.h"
#include "insight/report.h"
#include "tap.h"

/*
 * A made-up fortnight, 2026-11-09 to 2026-11-23: some traffic by day and hour,
 * two agents, three models, ten customers, errors and signals at steady rates;
 * and what a test plants on top.
 */
#define GEN_BEFORE_MS INT64_C(1794182400000)
#define GEN_NOW_MS (GEN_BEFORE_MS + 7 * MS_PER_DAY)

struct gen {
	uint64_t state;
	struct arena *arena;            /* of one run */
	struct digest *digest;
	int runs_a_day;
	/* Planted, in the second week. */
	bool new_failure, regression, frustrated_org, dear_model, slow_tool;
	int left;               /* abandoned sessions rise (1) or fall (-1) */
	bool disliked;                  /* feedback, which gets worse */
	bool loops;                     /* tool loops, for everybody alike */
	bool failing_agent;             /* research fails four times as often */
	unsigned idle_days;             /* bit i: nothing ran on day i of 14 */
	double weekend;                 /* its traffic; 0: as below */
	double growth;                  /* of the second week; 0: none */
	int n;
	/* If keep is set: a copy there of each event. */
	struct arena *keep;
	struct str *events;
	size_t nevents, events_cap;
};

CC_UNUSED static double
gen_uniform(struct gen *g)
{
	g->state ^= g->state << 13;
	g->state ^= g->state >> 7;
	g->state ^= g->state << 17;
	return (double)(g->state >> 11) / 9007199254740992.0;
}

CC_UNUSED static double
gen_normal(struct gen *g)
{
	return sqrt(-2 * log(gen_uniform(g) + 1e-300)) *
	    cos(6.283185307179586 * gen_uniform(g));
}

CC_UNUSED static bool
gen_chance(struct gen *g, double p)
{
	return gen_uniform(g) < p;
}

CC_UNUSED static void
gen_apply(struct gen *g, struct run *run, struct event_builder *eb)
{
	struct err e = ERR_INIT;
	struct pack_reader r;
	struct event ev;
	struct buf b;

	if (!event_end(eb, &ev))
		BUG("out of memory");
	ev.project = STR("demo");
	ev.env = ENV_PROD;
	buf_init(&b, 1 << 20);
	event_encode(&ev, &b);
	r = pack_reader(arena_str(g->arena, buf_str(&b)));
	if (g->keep) {
		struct str *v = arena_more(g->keep, g->events, g->nevents,
		    &g->events_cap, sizeof(*v));

		if (!v)
			BUG("out of memory");
		g->events = v;
		v[g->nevents++] = arena_str(g->keep, buf_str(&b));
	}
	buf_fini(&b);
	if (event_decode(&r, g->arena, &ev, &e) ||
	    run_apply(run, &ev, g->arena, &e) < 0)
		BUG("%s", e.text);
}

CC_UNUSED static void
gen_failure(struct gen *g, struct run *run, const char *id, int64_t ms)
{
	struct event_builder b;

	event_begin(&b, g->arena, EVENT_FAILURE, run->base.id, str_from(id));
	b.event.order = verdict_order(run->rev, 0);
	event_int(&b, FIELD_FAILURE_version, 1);
	event_int(&b, FIELD_FAILURE_rev, (int64_t)run->rev);
	event_text(&b, FIELD_FAILURE_failure_id, str_from(id));
	event_text(&b, FIELD_FAILURE_entity_type, STR("tool_call"));
	event_text(&b, FIELD_FAILURE_template, arena_printf(g->arena,
	    "it broke: <*> (%s)", id));
	event_int(&b, FIELD_FAILURE_time_ns, ms * NS_PER_MS);
	gen_apply(g, run, &b);
}

CC_UNUSED static void
gen_signal(struct gen *g, struct run *run, const char *slug)
{
	struct event_builder b;

	event_begin(&b, g->arena, EVENT_SIGNAL, run->base.id, str_from(slug));
	b.event.order = verdict_order(run->rev, 0);
	event_int(&b, FIELD_SIGNAL_version, 1);
	event_int(&b, FIELD_SIGNAL_rev, (int64_t)run->rev);
	event_text(&b, FIELD_SIGNAL_slug, str_from(slug));
	event_num(&b, FIELD_SIGNAL_score, 0.9);
	event_text(&b, FIELD_SIGNAL_evidence,
	    STR("this is the third time I ask!"));
	gen_apply(g, run, &b);
}

CC_UNUSED static void
gen_spans(struct gen *g, struct run *run, int64_t ms, double took_ms, bool now)
{
	static const char *const models[] = { "small", "large", "huge" };
	static const double usd[] = { 0.002, 0.01, 0.05 };
	struct event_builder b;
	int m = gen_chance(g, 0.6) ? 0 : gen_chance(g, 0.7) ? 1 : 2;
	double cost = usd[m] * exp(0.5 * gen_normal(g));
	double tool_ms = 100 * exp(0.3 * gen_normal(g));

	if (now && g->dear_model && m == 1)
		cost *= 4;
	if (now && g->slow_tool)
		tool_ms *= 2;
	event_begin(&b, g->arena, EVENT_SPAN, run->base.id, STR("step"));
	event_int(&b, FIELD_SPAN_type, SPAN_GENERATION);
	event_text(&b, FIELD_SPAN_model_used, str_from(models[m]));
	event_int(&b, FIELD_SPAN_input_tokens, 1000 +
	    (int64_t)(100 * gen_normal(g)));
	event_num(&b, FIELD_SPAN_cost_usd, cost);
	event_int(&b, FIELD_SPAN_cost_pico_usd, cost_pico_from_usd(cost));
	event_int(&b, FIELD_SPAN_start_ns, ms * NS_PER_MS);
	event_int(&b, FIELD_SPAN_end_ns, ms * NS_PER_MS +
	    (int64_t)(took_ms * 5e5));
	gen_apply(g, run, &b);
	event_begin(&b, g->arena, EVENT_SPAN, run->base.id, STR("call"));
	event_int(&b, FIELD_SPAN_type, SPAN_TOOL);
	event_text(&b, FIELD_SPAN_name, STR("search"));
	event_int(&b, FIELD_SPAN_status, gen_chance(g, 0.03) ? STATUS_ERROR :
	    STATUS_OK);
	event_int(&b, FIELD_SPAN_start_ns, ms * NS_PER_MS);
	event_int(&b, FIELD_SPAN_end_ns, ms * NS_PER_MS +
	    (int64_t)(tool_ms * 1e6));
	gen_apply(g, run, &b);
}

CC_UNUSED static void
gen_verdict_of(struct gen *g, struct run *run, int64_t ms, int org, bool now)
{
	double frustrated = now && g->frustrated_org && org == 3 ? 0.3 : 0.03;
	struct event_builder b;
	int64_t third = GEN_NOW_MS + 3 * MS_PER_DAY;

	event_begin(&b, g->arena, EVENT_VERDICT, run->base.id, STR("1"));
	b.event.order = verdict_order(run->rev, 0);
	event_int(&b, FIELD_VERDICT_version, 1);
	event_int(&b, FIELD_VERDICT_rev, (int64_t)run->rev);
	gen_apply(g, run, &b);
	if (run->conversational && gen_chance(g, frustrated))
		gen_signal(g, run, "user-frustration");
	if (gen_chance(g, now && g->loops ? 0.15 : 0.02))
		gen_signal(g, run, "tool-loop");
	if (g->left && run->conversational && gen_chance(g,
	    (g->left > 0) == now ? 0.25 : 0.05))
		gen_signal(g, run, "abandoned-session");
	if (gen_chance(g, 0.02))
		gen_failure(g, run, "f_usual", ms);
	if (gen_chance(g, 0.004))
		gen_failure(g, run, "f_rare", ms);
	if (g->new_failure && ms >= third && gen_chance(g, 0.05))
		gen_failure(g, run, "f_new", ms);
	if (g->regression && (ms < GEN_BEFORE_MS + MS_PER_DAY ||
	    ms >= third) && gen_chance(g, 0.02))
		gen_failure(g, run, "f_back", ms);
}

CC_UNUSED static void
gen_feedback(struct gen *g, struct run *run, bool bad)
{
	struct event_builder b;

	event_begin(&b, g->arena, EVENT_SCORE, run->base.id, STR("feedback"));
	event_text(&b, FIELD_SCORE_name, STR("feedback"));
	event_text(&b, FIELD_SCORE_string_value, bad ? STR("thumbs_down") :
	    STR("thumbs_up"));
	event_text(&b, FIELD_SCORE_comment, bad ? STR("It made up a price") :
	    STR("Lovely"));
	gen_apply(g, run, &b);
}

CC_UNUSED static void
gen_run(struct gen *g, int64_t ms)
{
	bool now = ms >= GEN_NOW_MS;
	int org = (int)(gen_uniform(g) * 10), agent = gen_chance(g, 0.7);
	double took_ms = (agent ? 1500 : 4000) * exp(0.6 * gen_normal(g));
	struct str id = arena_printf(g->arena, "run-%d", g->n++);
	struct run *run = run_new(g->arena, id);
	struct event_builder b;
	struct err e = ERR_INIT;

	event_begin(&b, g->arena, EVENT_RUN, id, id);
	event_text(&b, FIELD_RUN_agent, agent ? STR("support") :
	    STR("research"));
	event_text(&b, FIELD_RUN_org_id, arena_printf(g->arena, "org-%d",
	    org));
	event_text(&b, FIELD_RUN_user_id, arena_printf(g->arena,
	    "user-%d-%d", org, (int)(gen_uniform(g) * 12)));
	event_text(&b, FIELD_RUN_session_id, arena_printf(g->arena, "s-%d",
	    g->n / 3));
	event_bool(&b, FIELD_RUN_conversational, gen_chance(g, 0.8));
	event_int(&b, FIELD_RUN_status, gen_chance(g, now && !agent &&
	    g->failing_agent ? 0.16 : 0.04) ? STATUS_ERROR : STATUS_OK);
	event_int(&b, FIELD_RUN_start_ns, ms * NS_PER_MS);
	event_int(&b, FIELD_RUN_end_ns, ms * NS_PER_MS +
	    (int64_t)(took_ms * 1e6));
	gen_apply(g, run, &b);
	gen_spans(g, run, ms, took_ms, now);
	if (g->disliked && gen_chance(g, 0.2))
		gen_feedback(g, run, gen_chance(g, now ? 0.6 : 0.2));
	gen_verdict_of(g, run, ms, org, now);
	if (digest_add_run(g->digest, run, &e))
		BUG("%s", e.text);
	arena_reset(g->arena);
}

/* The insight of the second week; the digest stays in g. */
CC_UNUSED static void
gen_fortnight(struct gen *g, struct arena *keep, struct insight_report *out)
{
	static const double days[] = { 1, 1.1, 1.05, 1, 0.95, 0.4, 0.35 };
	struct err e = ERR_INIT;
	struct zone utc;
	struct period p;

	if (zone_find(&utc, NULL, &e))
		BUG("%s", e.text);
	period_holding(PERIOD_WEEKLY, &utc, 1, GEN_NOW_MS, &p);
	g->digest = digest_new(&p);
	g->arena = arena_new(16 << 20);
	for (int day = 0; day < 14; day++) {
		double level = g->weekend > 0 && day % 7 >= 5 ? g->weekend :
		    days[day % 7];
		int n = (int)(g->runs_a_day * level * (g->growth > 0 &&
		    day >= 7 ? g->growth : 1) * exp(0.05 * gen_normal(g)));

		if (g->idle_days >> day & 1)
			n = 0;

		for (int i = 0; i < n; i++)
			gen_run(g, GEN_BEFORE_MS + day * MS_PER_DAY +
			    (int64_t)(gen_uniform(g) * 86400000));
	}
	if (g->regression) {
		struct event_builder b;
		struct event ev;

		event_begin(&b, g->arena, EVENT_FAILURE_CHANGE, STR(""),
		    STR("f_back"));
		event_text(&b, FIELD_FAILURE_CHANGE_status, STR("resolved"));
		event_int(&b, FIELD_FAILURE_CHANGE_time_ns,
		    (GEN_BEFORE_MS + 2 * MS_PER_DAY) * NS_PER_MS);
		if (!event_end(&b, &ev) ||
		    digest_add_change(g->digest, &ev, &e))
			BUG("%s", e.text);
	}
	if (digest_close(g->digest, &e) ||
	    insight_compare(digest_summary(g->digest), keep, out, &e))
		BUG("%s", e.text);
	arena_free(g->arena);
}

#endif
