/* lib/model: wire forms, and the properties of the fold. */
#include "base/clock.h"
#include "base/hash.h"
#include "model/run.h"
#include "tap.h"

static struct arena *arena;

/* Encodes and decodes, so that body and hash are set. */
static struct event
through_wire(const struct event *ev)
{
	struct err e = ERR_INIT;
	struct pack_reader r;
	struct event out = { 0 };
	struct str bytes;
	struct buf b;

	buf_init(&b, EVENT_BYTES_MAX);
	event_encode(ev, &b);
	bytes = arena_str(arena, buf_str(&b));
	buf_fini(&b);
	r = pack_reader(bytes);
	if (event_decode(&r, arena, &out, &e) || pack_end(&r, &e))
		printf("# decode: %s\n", e.text);
	return out;
}

static struct event
make_span(const char *id, unsigned field, int64_t value, int64_t order)
{
	struct event_builder b;
	struct event ev;

	event_begin(&b, arena, EVENT_SPAN, STR("r1"), str_from(id));
	event_int(&b, field, value);
	b.event.order = order;
	b.event.received_ms = 1000;
	ok(event_end(&b, &ev), "span %s field %u", id, field);
	return through_wire(&ev);
}

static void
test_wire(void)
{
	struct event_builder b;
	struct event ev, back;
	const struct value *v;

	event_begin(&b, arena, EVENT_RUN, STR("r1"), STR("r1"));
	b.event.project = STR("demo");
	b.event.env = ENV_DEV;
	b.event.order = -5;
	b.event.received_ms = 1795334013008;
	b.event.source = STR("tcc");
	event_text(&b, FIELD_RUN_user_prompt, STR("hello"));
	event_text(&b, FIELD_RUN_response, STR_NULL);
	event_bool(&b, FIELD_RUN_conversational, true);
	event_keyed(&b, FIELD_RUN_metadata, STR("a"),
	    (struct value){ .type = VALUE_TEXT, .s = STR("x") });
	event_keyed(&b, FIELD_RUN_metadata, STR("b"),
	    (struct value){ .type = VALUE_JSON, .s = STR("[1]") });
	event_num(&b, FIELD_RUN_cost_usd, 0.25);
	ok(event_end(&b, &ev), "built");
	back = through_wire(&ev);
	ok(back.nfields == 5 && back.env == ENV_DEV && back.order == -5 &&
	    str_is(back.project, "demo") && str_is(back.source, "tcc"),
	    "envelope and fields come back");
	v = event_get(&back, FIELD_RUN_user_prompt);
	ok(v && v->type == VALUE_TEXT && str_is(v->s, "hello"), "text field");
	ok(back.hash && back.body.n, "body is hashed");
}

static void
test_wrong_types(void)
{
	struct err e = ERR_INIT;
	struct event_builder b;
	struct event ev;
	struct pack_reader r;
	struct buf out;

	event_begin(&b, arena, EVENT_SPAN, STR("r"), STR("s"));
	event_text(&b, FIELD_SPAN_start_ns, STR("noon"));
	ok(event_end(&b, &ev), "built");
	buf_init(&out, 1000);
	event_encode(&ev, &out);
	r = pack_reader(buf_str(&out));
	is_int(event_decode(&r, arena, &ev, &e), ERR_INVALID,
	    "text in an integer field is refused");
	ok(strstr(e.text, "span.start_ns"), "the error names the field");
	for (size_t n = 0; n < out.n; n++) {
		r = pack_reader(str_of(out.p, n));
		if (event_decode(&r, arena, &ev, &e) != ERR_AGAIN) {
			ok(0, "cut at %zu", n);
			break;
		}
	}
	buf_fini(&out);
}

static void
head_of(const struct run *run, struct buf *b)
{
	buf_init(b, EVENT_BYTES_MAX);
	run_head_encode(run, b);
}

/* Folds the events in the order of perm, with repeats, through heads. */
static void
fold_by_heads(const struct event *events, const int *perm, size_t n,
    struct buf *head)
{
	struct err e = ERR_INIT;
	struct run *run = run_new(arena, STR("r1"));

	head_of(run, head);
	for (size_t i = 0; i < n; i++) {
		struct str copy = arena_str(arena, buf_str(head));

		if (run_head_decode(copy, STR("r1"), arena, &run, &e))
			printf("# %s\n", e.text);
		if (run_apply(run, &events[perm[i]], arena, &e) < 0)
			printf("# %s\n", e.text);
		if (run_apply(run, &events[perm[i]], arena, &e) != RUN_SEEN)
			printf("# a repeat was not seen\n");
		buf_fini(head);
		head_of(run, head);
	}
}

static uint32_t seed = 12345;

static uint32_t
next_random(void)
{
	seed = seed * 1664525 + 1013904223;
	return seed >> 8;
}

/* Disjoint fields in any order, each twice, through heads or not: one head. */
static void
test_any_order(void)
{
	enum { N = 40 };
	struct event events[N];
	struct buf first, other;
	int perm[N];
	bool same = true;

	for (int i = 0; i < N; i++) {
		char id[8];

		snprintf(id, sizeof(id), "s%d", i / 4);
		events[i] = make_span(arena_str(arena, str_from(id)).p,
		    (unsigned)(FIELD_SPAN_input_tokens + i % 4), i, 0);
		perm[i] = i;
	}
	fold_by_heads(events, perm, N, &first);
	for (int round = 0; round < 20; round++) {
		for (int i = N - 1; i > 0; i--) {
			int j = (int)(next_random() % (uint32_t)(i + 1));
			int t = perm[i];

			perm[i] = perm[j];
			perm[j] = t;
		}
		fold_by_heads(events, perm, N, &other);
		same = same && str_eq(buf_str(&first), buf_str(&other));
		buf_fini(&other);
	}
	ok(same, "20 permutations of 40 events give one head");
	buf_fini(&first);
}

static void
test_order(void)
{
	struct err e = ERR_INIT;
	struct event late = make_span("s", FIELD_SPAN_end_ns, 9, 20);
	struct event early = make_span("s", FIELD_SPAN_end_ns, 5, 10);
	struct event both[2] = { late, early };
	struct run *run = run_new(arena, STR("r1"));

	is_int(run_apply(run, &late, arena, &e), RUN_APPLIED, "late first");
	is_int(run_apply(run, &early, arena, &e), RUN_REFOLD,
	    "an older order asks for a refold");
	is_int(run_fold(both, 2, STR("r1"), arena, &run, &e), 0, "refold");
	is_int(run_span(run, 0)->end_ns, 9, "the higher order wins");
}

static void
test_repeat_of_old(void)
{
	struct err e = ERR_INIT;
	struct event a = make_span("s", FIELD_SPAN_status, STATUS_OK, 0);
	struct event b = make_span("s", FIELD_SPAN_status, STATUS_ERROR, 0);
	struct run *run = run_new(arena, STR("r1"));

	is_int(run_apply(run, &a, arena, &e), RUN_APPLIED, "a");
	is_int(run_apply(run, &b, arena, &e), RUN_APPLIED, "b");
	is_int(run_apply(run, &a, arena, &e), RUN_SEEN, "a again");
	is_int(run_span(run, 0)->status, STATUS_ERROR, "b still stands");
	is_int(run->rev, 2, "two patches");
}

static struct event
verdict_event(enum event_kind kind, const char *id, int64_t rev)
{
	struct event_builder b;
	struct event ev;

	event_begin(&b, arena, kind, STR("r1"), str_from(id));
	event_int(&b, 1, 1);
	event_int(&b, 2, rev);
	ok(event_end(&b, &ev), "verdict part");
	return through_wire(&ev);
}

static void
test_verdicts(void)
{
	struct err e = ERR_INIT;
	struct event v1 = verdict_event(EVENT_VERDICT, "1", 3);
	struct event s1 = verdict_event(EVENT_SIGNAL, "1/loop", 3);
	struct event v2 = verdict_event(EVENT_VERDICT, "1", 4);
	struct run *run = run_new(arena, STR("r1"));
	struct buf head;

	is_int(run_apply(run, &v1, arena, &e), RUN_APPLIED, "verdict");
	is_int(run_apply(run, &s1, arena, &e), RUN_APPLIED, "signal");
	ok(run_signal_is_current(run, run_signal(run, 0)), "current");
	is_int(run_apply(run, &v2, arena, &e), RUN_APPLIED, "new verdict");
	ok(!run_signal_is_current(run, run_signal(run, 0)), "superseded");
	is_int(run->rev, 0, "verdicts do not raise the revision");
	head_of(run, &head);
	ok(run_head_decode(buf_str(&head), STR("r1"), arena, &run, &e) == 0 &&
	    run_count(run, EVENT_SIGNAL) == 0, "the head drops dead signals");
	buf_fini(&head);
}

static void
test_totals(void)
{
	struct err e = ERR_INIT;
	struct run *run = run_new(arena, STR("r1"));
	struct run_totals t;
	struct event ev;

	ev = make_span("g", FIELD_SPAN_type, SPAN_GENERATION, 0);
	ok(run_apply(run, &ev, arena, &e) == RUN_APPLIED, "type");
	ev = make_span("g", FIELD_SPAN_input_tokens, 20, 0);
	ok(run_apply(run, &ev, arena, &e) == RUN_APPLIED, "tokens");
	ev = make_span("a", FIELD_SPAN_type, SPAN_AGENT, 0);
	ok(run_apply(run, &ev, arena, &e) == RUN_APPLIED, "agent");
	ev = make_span("a", FIELD_SPAN_input_tokens, 20, 0);
	ok(run_apply(run, &ev, arena, &e) == RUN_APPLIED, "agent's tokens");
	ev = make_span("g", FIELD_SPAN_start_ns, 5000000000, 0);
	ok(run_apply(run, &ev, arena, &e) == RUN_APPLIED, "start");
	run_totals(run, &t);
	is_int(t.input_tokens, 20, "aggregating spans are not counted twice");
	is_int(t.start_ms, 5000, "a run without a start takes its child's");
	ok(!t.ended && t.duration_ns == 0 && t.steps == 1, "not ended");
	ev = make_span("b", FIELD_SPAN_start_ns, INT64_C(-9000000000000000000),
	    0);
	ok(run_apply(run, &ev, arena, &e) == RUN_APPLIED, "long ago");
	ev = make_span("b", FIELD_SPAN_end_ns, INT64_C(9000000000000000000), 0);
	ok(run_apply(run, &ev, arena, &e) == RUN_APPLIED, "far away");
	run_totals(run, &t);
	ok(t.duration_ns == INT64_MAX, "what lies between is not negative");
	is_int(cost_pico_from_usd(0.00000015), 150000, "pico-USD");
}

/* Keys first to first + n - 1 of the span, set or (value 0) taken away. */
static struct event
make_keys(int first, int n, int step, int64_t value)
{
	struct event_builder b;
	struct event ev;

	event_begin(&b, arena, EVENT_SPAN, STR("r1"), STR("s"));
	for (int i = 0; i < n; i++)
		event_keyed(&b, FIELD_SPAN_attributes,
		    arena_printf(arena, "key-%d", first + i * step),
		    (struct value){ .type = value ? VALUE_INT : VALUE_NULL,
		    .i = value });
	ok(event_end(&b, &ev), "keys from %d", first);
	return through_wire(&ev);
}

static int64_t
key_value(const struct attrs *l, struct str key)
{
	for (size_t i = 0; i < l->n; i++)
		if (str_eq(l->v[i].key, key))
			return l->v[i].value.i;
	return 0;
}

/* A sender that makes up keys may fill its run, but not keep us busy. */
static void
test_many_keys(void)
{
	enum { STEP = 1000, KEYS = 200 * STEP };
	int64_t began_ms = clock_mono_ms();
	struct err e = ERR_INIT;
	struct run *run = run_new(arena, STR("r1"));
	const struct attrs *l;
	struct event ev;
	bool good = true;

	for (int i = 0; i < KEYS; i += STEP) {
		ev = make_keys(i, STEP, 1, i + 1);
		good = good && !run_apply(run, &ev, arena, &e);
	}
	l = &run_span(run, 0)->attributes;
	ok(good && l->n == KEYS, "%d keys", KEYS);
	for (int i = 0; i < KEYS; i += STEP) {
		ev = make_keys(i, STEP / 2, 2, 0);
		good = good && !run_apply(run, &ev, arena, &e);
	}
	ok(good && l->n == KEYS / 2, "every other one is taken away");
	ev = make_keys(1, STEP, 2, 7);
	ok(!run_apply(run, &ev, arena, &e) && l->n == KEYS / 2, "replaced");
	is_int(key_value(l, STR("key-1")), 7, "the first");
	is_int(key_value(l, STR("key-1999")), 7, "the last of them");
	is_int(key_value(l, STR("key-2001")), 2001, "the next is as it was");
	is_int(key_value(l, STR("key-0")), 0, "what is gone is gone");
	ev = make_keys(0, 2, 2, 9);
	ok(!run_apply(run, &ev, arena, &e), "and can come back");
	is_int(key_value(l, STR("key-2")), 9, "it does");
	ok(clock_mono_ms() - began_ms < 10000, "quickly");
}

int
main(void)
{
	hash_setup();
	arena = arena_new(256 << 20);
	test_wire();
	test_wrong_types();
	test_any_order();
	test_order();
	test_repeat_of_old();
	test_verdicts();
	test_totals();
	test_many_keys();
	arena_free(arena);
	return tap_done();
}
