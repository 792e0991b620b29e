/* lib/detect: the verdict on whole runs. */
#include "base/hash.h"
#include "detect/detect.h"
#include "tap.h"

static struct arena *arena;
static struct detector *detector;

static void
apply(struct run *run, struct event_builder *b)
{
	struct err e = ERR_INIT;
	struct event ev;
	struct pack_reader r;
	struct buf out;
	struct str bytes;

	if (!event_end(b, &ev))
		BUG("arena");
	buf_init(&out, EVENT_BYTES_MAX);
	event_encode(&ev, &out);
	bytes = arena_str(arena, buf_str(&out));
	buf_fini(&out);
	r = pack_reader(bytes);
	if (event_decode(&r, arena, &ev, &e) ||
	    run_apply(run, &ev, arena, &e) < 0)
		BUG("%s", e.text);
}

static struct run *
make_run(const char *prompt, const char *response, int status)
{
	struct run *run = run_new(arena, STR("r"));
	struct event_builder b;

	event_begin(&b, arena, EVENT_RUN, STR("r"), STR("r"));
	event_bool(&b, FIELD_RUN_conversational, true);
	event_text(&b, FIELD_RUN_user_prompt, str_from(prompt));
	event_text(&b, FIELD_RUN_response, str_from(response));
	event_int(&b, FIELD_RUN_status, status);
	event_int(&b, FIELD_RUN_start_ns, 1000000000);
	event_int(&b, FIELD_RUN_end_ns, 2000000000);
	if (status == STATUS_ERROR)
		event_text(&b, FIELD_RUN_status_message,
		    STR("ECONNRESET from 10.0.0.7:443"));
	apply(run, &b);
	return run;
}

static void
add_tool(struct run *run, const char *id, const char *args,
    const char *result, int status)
{
	struct event_builder b;

	event_begin(&b, arena, EVENT_SPAN, STR("r"), str_from(id));
	event_int(&b, FIELD_SPAN_type, SPAN_TOOL);
	event_text(&b, FIELD_SPAN_name, STR("search"));
	event_int(&b, FIELD_SPAN_start_ns, 1100000000 + id[0]);
	event_int(&b, FIELD_SPAN_status, status);
	event_text(&b, FIELD_SPAN_input, str_from(args));
	event_text(&b, FIELD_SPAN_output, str_from(result));
	apply(run, &b);
}

static struct detect_verdict
judge(const struct run *run, const struct run *const *earlier, size_t n)
{
	struct detect_verdict v = { NULL, 0 };
	struct err e = ERR_INIT;

	if (detect_run(detector, &(struct detect_input){ .run = run,
	    .earlier = earlier, .n_earlier = n }, arena, &v, &e))
		BUG("%s", e.text);
	return v;
}

static size_t
count_kind(const struct detect_verdict *v, enum event_kind kind)
{
	size_t n = 0;

	for (size_t i = 0; i < v->n; i++)
		n += v->events[i].kind == kind;
	return n;
}

static bool
has_signal(const struct detect_verdict *v, const char *slug)
{
	for (size_t i = 0; i < v->n; i++) {
		const struct value *s = v->events[i].kind == EVENT_SIGNAL ?
		    event_get(&v->events[i], FIELD_SIGNAL_slug) : NULL;

		if (s && str_is(s->s, slug))
			return true;
	}
	return false;
}

static struct str
failure_of(const struct detect_verdict *v, size_t skip)
{
	for (size_t i = 0; i < v->n; i++)
		if (v->events[i].kind == EVENT_FAILURE && skip-- == 0)
			return event_get(&v->events[i],
			    FIELD_FAILURE_failure_id)->s;
	return STR("none");
}

static void
test_quiet(void)
{
	struct run *run = make_run("Where is my order W1?",
	    "It was shipped yesterday and arrives tomorrow.", STATUS_OK);
	struct detect_verdict v;

	add_tool(run, "a", "{\"order\":1}", "shipped yesterday, arrives "
	    "tomorrow", STATUS_OK);
	v = judge(run, NULL, 0);
	is_int(v.n, 1, "a good run gets a verdict without findings");
	is_int(v.events[0].kind, EVENT_VERDICT, "which comes first");
	is_int(v.events[0].order, verdict_order(run->rev, 0),
	    "and is ordered by revision");
}

static void
test_failures(void)
{
	struct run *one = make_run("x", "", STATUS_ERROR);
	struct run *two = make_run("y", "", STATUS_ERROR);
	struct detect_verdict v, w;

	add_tool(one, "a", "1", "", STATUS_ERROR);
	add_tool(one, "b", "2", "{\"error\":\"user 1234 not found\"}",
	    STATUS_OK);
	v = judge(one, NULL, 0);
	w = judge(two, NULL, 0);
	is_int(count_kind(&v, EVENT_FAILURE), 3,
	    "the run's error, a failed call, an error in disguise");
	ok(str_eq(failure_of(&v, 0), failure_of(&w, 0)),
	    "the same error in two runs has one id");
}

static void
test_tools(void)
{
	struct run *run = make_run("Find it", "Here it is: 42.", STATUS_OK);
	struct run *retried = make_run("Find it", "Here: 42.", STATUS_OK);
	struct detect_verdict v;

	add_tool(run, "a", "q", "Error: index is closed", STATUS_OK);
	v = judge(run, NULL, 0);
	ok(has_signal(&v, "tool-error-ignored"), "an error nobody mentions");
	ok(!has_signal(&v, "tool-loop"), "one call is no loop");
	add_tool(retried, "a", "q", "Error: index is closed", STATUS_OK);
	add_tool(retried, "b", "q", "42", STATUS_OK);
	v = judge(retried, NULL, 0);
	ok(!has_signal(&v, "tool-error-ignored"), "a retry that succeeds");
	ok(!has_signal(&v, "tool-loop"), "one retry after an error is no loop");
	add_tool(retried, "c", "q", "42", STATUS_OK);
	v = judge(retried, NULL, 0);
	ok(has_signal(&v, "tool-loop"), "the same call again after success");
}

static void
test_users(void)
{
	struct run *before = make_run("I want to change my flight to Friday",
	    "I can help you book a hotel. Which city?", STATUS_OK);
	struct run *angry = make_run("No! I said change my FLIGHT. This is "
	    "ridiculous, you are completely useless.",
	    "Which city would you like a hotel in?", STATUS_OK);
	const struct run *earlier[] = { before };
	struct detect_verdict v = judge(angry, earlier, 1);

	ok(has_signal(&v, "user-frustration"), "an angry user");
	for (size_t i = 0; i < v.n; i++) {
		const struct value *slug = v.events[i].kind == EVENT_SIGNAL ?
		    event_get(&v.events[i], FIELD_SIGNAL_slug) : NULL;

		if (slug && str_is(slug->s, "user-frustration"))
			ok(event_get(&v.events[i], FIELD_SIGNAL_score)->d ==
			    detect_frustration(detector,
			    &(struct detect_input){ .run = angry,
			    .earlier = earlier, .n_earlier = 1 }, arena),
			    "scores alone as in a verdict");
	}
	for (size_t i = 0; i < v.n; i++) {
		const struct value *end = event_get(&v.events[i],
		    FIELD_SIGNAL_evidence_end);

		if (v.events[i].kind == EVENT_SIGNAL && end &&
		    (size_t)end->i > angry->user_prompt.n)
			ok(0, "evidence lies inside the message");
	}
	angry->conversational = false;
	v = judge(angry, earlier, 1);
	ok(!has_signal(&v, "user-frustration"),
	    "users are looked at in conversational runs only");
}

static void
test_grounding(void)
{
	struct run *run = make_run("What does order W1234567 cost?",
	    "Order #W1234567 costs **$1,298.91** and arrives on 2026-11-25.",
	    STATUS_OK);
	struct run *invented = make_run("What does order W1234567 cost?",
	    "It costs $87.20 and arrives on 2026-12-31 at the latest.",
	    STATUS_OK);
	struct detect_verdict v;

	add_tool(run, "a", "{}", "{\"price\":1298.91,\"eta\":"
	    "\"2026-11-25\"}", STATUS_OK);
	v = judge(run, NULL, 0);
	ok(!has_signal(&v, "ungrounded-answer"), "figures of the tool");
	add_tool(invented, "a", "{}", "{\"price\":1298.91,\"eta\":"
	    "\"2026-11-25\"}", STATUS_OK);
	v = judge(invented, NULL, 0);
	ok(has_signal(&v, "ungrounded-answer"), "figures of nobody");
}

static void
test_patterns(void)
{
	for (size_t i = 0; detect_pattern(i); i++) {
		const struct detect_pattern *p = detect_pattern(i);

		ok(detect_pattern_by_slug(str_from(p->slug)) == p,
		    "pattern %s", p->slug);
	}
	for (int p = 0; p < SCORE_PATTERNS; p++)
		ok(detect_pattern_by_slug(str_from(score_name(
		    (enum score_pattern)p))), "scored pattern %d has a row", p);
}

int
main(void)
{
	hash_setup();
	arena = arena_new(64 << 20);
	detector = detector_new();
	test_quiet();
	test_failures();
	test_tools();
	test_users();
	test_grounding();
	test_patterns();
	detector_free(detector);
	arena_free(arena);
	return tap_done();
}
