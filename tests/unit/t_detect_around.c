/* lib/detect: what only shows beside other runs, on both sides of each limit. */
#include "base/clock.h"
#include "base/hash.h"
#include "detect/detect.h"
#include "tap.h"

static struct arena *arena;
static struct detector *detector;

static const struct detect_usual usual = { .runs = 340, .ended = 340,
    .p50_us = 900000, .p95_us = 2100000, .priced = 340,
    .mean_cost_pico_usd = INT64_C(8000000000),
    .p95_cost_pico_usd = INT64_C(20000000000) };

#define START_MS INT64_C(1794787200000)

/* A conversational run of an agent that took so long. */
static struct run *
make_run(int64_t took_ms, const char *prompt, const char *response,
    int status)
{
	struct run *run = run_new(arena, STR("r"));
	struct err e = ERR_INIT;
	struct event_builder b;
	struct pack_reader r;
	struct event ev;
	struct buf wire;

	event_begin(&b, arena, EVENT_RUN, STR("r"), STR("r"));
	event_text(&b, FIELD_RUN_session_id, STR("s"));
	event_text(&b, FIELD_RUN_agent, STR("support"));
	event_bool(&b, FIELD_RUN_conversational, true);
	event_text(&b, FIELD_RUN_user_prompt, str_from(prompt));
	event_text(&b, FIELD_RUN_response, str_from(response));
	event_int(&b, FIELD_RUN_status, status);
	event_int(&b, FIELD_RUN_start_ns, START_MS * NS_PER_MS);
	if (took_ms >= 0)
		event_int(&b, FIELD_RUN_end_ns,
		    (START_MS + took_ms) * NS_PER_MS);
	if (!event_end(&b, &ev))
		BUG("out of memory");
	ev.project = STR("p");
	ev.env = ENV_PROD;
	buf_init(&wire, 1 << 16);
	event_encode(&ev, &wire);
	r = pack_reader(arena_str(arena, buf_str(&wire)));
	buf_fini(&wire);
	if (event_decode(&r, arena, &ev, &e) ||
	    run_apply(run, &ev, arena, &e) < 0)
		BUG("%s", e.text);
	return run;
}

static const struct event *
signal_of(const struct detect_verdict *v, const char *slug)
{
	const struct event *found = NULL;

	for (size_t i = 0; i < v->n; i++) {
		if (v->events[i].kind != EVENT_SIGNAL || !str_is(event_get(
		    &v->events[i], FIELD_SIGNAL_slug)->s, slug))
			continue;
		ok(!found, "%s once", slug);
		found = &v->events[i];
	}
	return found;
}

static const struct event *
look(const struct detect_input *in, const char *slug)
{
	struct detect_verdict v = { NULL, 0 };
	struct err e = ERR_INIT;

	if (detect_run(detector, in, arena, &v, &e))
		BUG("%s", e.text);
	return signal_of(&v, slug);
}

static bool
is_slow(int64_t took_ms, const struct detect_usual *u)
{
	struct detect_input in = { .usual = u,
	    .run = make_run(took_ms, "hi", "hello.", STATUS_OK) };

	return look(&in, "latency-outlier") != NULL;
}

static bool
is_dear(int64_t pico, const struct detect_usual *u)
{
	struct detect_input in = { .usual = u, .cost_pico_usd = pico,
	    .run = make_run(10, "hi", "hello.", STATUS_OK) };

	return look(&in, "cost-outlier") != NULL;
}

static void
test_latency(void)
{
	struct detect_input in = { .usual = &usual,
	    .run = make_run(12000, "hi", "hello.", STATUS_OK) };
	struct detect_usual u = usual;
	const struct event *s = look(&in, "latency-outlier");

	ok(s, "12 s where 2.1 s is the 95th percentile");
	if (!s)
		return;
	is_str(arena_printf(arena, "%.*s", STR_FMT(event_get(s,
	    FIELD_SIGNAL_reason)->s)).p, "took 12.0 s; 95 % of 340 runs of "
	    "this agent in the 14 days before took at most 2.1 s", "why");
	is_str(arena_printf(arena, "%.*s", STR_FMT(event_get(s,
	    FIELD_SIGNAL_evidence)->s)).p, "duration_ms=12000 p95_ms=2100 "
	    "runs=340 days=14", "by which figures");
	ok(!event_get(s, FIELD_SIGNAL_evidence_end),
	    "which stand in no message");
	ok(event_get(s, FIELD_SIGNAL_score)->d > 0.5 &&
	    event_get(s, FIELD_SIGNAL_score)->d < 1, "score");
	ok(!is_slow(6300, &usual) && is_slow(6301, &usual),
	    "from three times on");
	ok(!is_slow(-1, &usual), "not one that has not ended");
	ok(!is_slow(99999, NULL), "not if nothing is usual");
	u.ended = DETECT_USUAL_RUNS - 1;
	ok(!is_slow(99999, &u), "not beside too few");
	u.ended++;
	ok(is_slow(99999, &u), "but beside enough");
	u.p95_us = 20000;
	ok(!is_slow(269, &u) && is_slow(271, &u),
	    "not by less than somebody would notice");
	u.p95_us = 0;
	ok(!is_slow(250, &u) && is_slow(251, &u), "beside runs of no time");
	u.p95_us = INT64_MAX / 2;
	ok(!is_slow(INT64_C(1000000000), &u), "beside runs without end");
}

static void
test_cost(void)
{
	struct detect_usual u = usual;
	const int64_t limit = 3 * usual.p95_cost_pico_usd;

	ok(!is_dear(limit, &u) && is_dear(limit + 1, &u),
	    "cost: from three times on");
	ok(!is_dear(0, &u), "not one whose cost is unknown");
	u.priced = DETECT_USUAL_RUNS - 1;
	ok(!is_dear(limit * 9, &u), "not beside too few with a cost");
	u = usual;
	u.p95_cost_pico_usd = 1000;
	ok(!is_dear(1000000000, &u) && is_dear(1000001001, &u),
	    "not by less than a tenth of a cent");
}

static bool
is_abandoned(struct run *run, int64_t next, int64_t now)
{
	struct detect_input in = { .run = run,
	    .next_ms = next ? START_MS + next : 0,
	    .now_ms = now ? START_MS + now : 0 };

	return look(&in, "abandoned-session") != NULL;
}

static void
test_abandoned(void)
{
	const int64_t wait = DETECT_ABANDONED_WAIT_MS;
	const int64_t day = DETECT_ABANDONED_MS;
	struct run *bad = make_run(10, "where is it?", "", STATUS_ERROR);
	struct detect_input in = { .run = bad, .now_ms = START_MS + wait };
	const struct event *s = look(&in, "abandoned-session");

	ok(s && str_has_prefix(event_get(s, FIELD_SIGNAL_reason)->s,
	    STR("the run failed (error), and nobody wrote again within 24 "
	    "hours")), "after an error");
	ok(s && str_is(event_get(s, FIELD_SIGNAL_evidence)->s,
	    "where is it?"), "and what was asked");
	ok(!is_abandoned(bad, 0, 0), "not when the time is unknown");
	ok(!is_abandoned(bad, 0, wait - 1) && is_abandoned(bad, 0, wait),
	    "from 25 hours on");
	ok(!is_abandoned(bad, day - 1, wait) && is_abandoned(bad, day, wait),
	    "unless somebody wrote within 24");
	ok(!is_abandoned(bad, 0, -wait), "not before it began");
	is_str(detect_bad_end(bad), "error", "a bad end");
	ok(is_abandoned(make_run(10, "hello?", "", STATUS_OK), 0, wait),
	    "without an answer");
	ok(!is_abandoned(make_run(10, "hello?", "Hello!", STATUS_OK), 0,
	    wait), "not after a good end");
	ok(is_abandoned(make_run(10, "This is useless, you broke it again!!!",
	    "Sorry.", STATUS_OK), 0, wait), "after anger");
	ok(is_abandoned(make_run(10, "Write it.", "I'm sorry, but I cannot "
	    "help with that request.", STATUS_OK), 0, wait),
	    "after a refusal");
	bad->conversational = false;
	ok(!is_abandoned(bad, 0, wait), "only conversations");
	bad->conversational = true;
	bad->session_id = STR_NULL;
	ok(!is_abandoned(bad, 0, wait), "only sessions");
}

int
main(void)
{
	hash_setup();
	arena = arena_new(64 << 20);
	detector = detector_new();
	test_latency();
	test_cost();
	test_abandoned();
	detector_free(detector);
	arena_free(arena);
	return tap_done();
}
