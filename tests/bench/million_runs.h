#ifndef TESTS_BENCH_MILLION_RUNS_H
#define TESTS_BENCH_MILLION_RUNS_H

/* The runs of b_million: made up, the same ones each time. */
#include <math.h>

#include "base/clock.h"
#include "base/mem.h"
#include "model/run.h"

enum {
	WORDS = 20000, DAYS = 35, USERS = 20000, ORGS = 400,
	PATCHES = 3             /* of a run: itself, a step, a call */
};

/* 2026-10-19, a Monday, 00:00 UTC. */
static const int64_t start_ms = INT64_C(1792368000000);

static int64_t nruns = 1000000;

static void
must(int rc, const struct err *e)
{
	if (rc)
		BUG("%s", e->text);
}

static uint64_t state = 88172645463325252u;

static uint64_t
draw(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

static double
uniform(void)
{
	return (double)(draw() >> 11) / 9007199254740992.0;
}

/* 0..n-1, small numbers more often: near to Zipf's law. */
static size_t
zipf(size_t n)
{
	return MIN_OF((size_t)pow((double)n + 1, uniform()) - 1, n - 1);
}

/* Frequent words are short ones; each number is another word. */
static void
add_word(struct buf *b, size_t number)
{
	static const char *const parts[] = { "ba", "ce", "di", "fo", "gu",
		"ha", "je", "ki", "lo", "mu", "na", "pe", "ri", "so", "tu",
		"va" };

	for (number += 16; number; number /= 16)
		buf_add_cstr(b, parts[number % 16]);
}

static struct str
words(struct arena *a, size_t n, const char *first)
{
	struct buf b;
	struct str s;

	buf_init(&b, 1 << 16);
	buf_add_cstr(&b, first);
	for (size_t i = 0; i < n; i++) {
		buf_add_byte(&b, ' ');
		add_word(&b, zipf(WORDS));
	}
	s = arena_str(a, buf_str(&b));
	buf_fini(&b);
	return s;
}

static struct event *events;
static size_t nevents;

static struct event_builder
begin(struct arena *a, enum event_kind kind, struct str run, struct str id,
    int64_t ms)
{
	struct event_builder b;

	event_begin(&b, a, kind, run, id);
	b.event.project = STR("bench");
	b.event.env = ENV_PROD;
	b.event.received_ms = ms + 3000;
	b.event.source = STR("tcc");
	return b;
}

/* Through the wire, as a request would. */
static void
end(struct event_builder *b, struct arena *a)
{
	struct err e = ERR_INIT;
	struct pack_reader r;
	struct event ev;
	struct buf bytes;

	if (!event_end(b, &ev))
		BUG("out of memory");
	buf_init(&bytes, 1 << 20);
	event_encode(&ev, &bytes);
	r = pack_reader(arena_str(a, buf_str(&bytes)));
	buf_fini(&bytes);
	must(event_decode(&r, a, &events[nevents++], &e), &e);
}

static void
add_spans(struct arena *a, struct str id, int64_t ms, int64_t took)
{
	static const char *const models[] = { "gpt-4o-mini", "gpt-4o",
		"claude-sonnet-4", "gemini-2.0-flash" };
	static const char *const tools[] = { "search", "fetch", "lookup",
		"refund", "mail", "calendar", "weather", "sql" };
	struct event_builder b = begin(a, EVENT_SPAN, id, STR("step"), ms);

	event_int(&b, FIELD_SPAN_type, SPAN_GENERATION);
	event_text(&b, FIELD_SPAN_name, STR("chat"));
	event_text(&b, FIELD_SPAN_model_used, str_from(models[zipf(4)]));
	event_int(&b, FIELD_SPAN_input_tokens, 500 + (int64_t)(draw() % 2000));
	event_int(&b, FIELD_SPAN_output_tokens, 50 + (int64_t)(draw() % 200));
	event_int(&b, FIELD_SPAN_start_ns, ms * NS_PER_MS);
	event_int(&b, FIELD_SPAN_end_ns, (ms + took * 2 / 3) * NS_PER_MS);
	end(&b, a);
	b = begin(a, EVENT_SPAN, id, STR("call"), ms);
	event_int(&b, FIELD_SPAN_type, SPAN_TOOL);
	event_text(&b, FIELD_SPAN_name, str_from(tools[zipf(8)]));
	event_int(&b, FIELD_SPAN_status, draw() % 40 ? STATUS_OK :
	    STATUS_ERROR);
	event_int(&b, FIELD_SPAN_start_ns, (ms + took * 2 / 3) * NS_PER_MS);
	event_int(&b, FIELD_SPAN_end_ns, (ms + took) * NS_PER_MS);
	end(&b, a);
}

static void
add_verdict(struct arena *a, struct str id, int64_t ms, bool failed,
    struct str prompt)
{
	static const char *const slugs[] = { "user-frustration",
		"user-confusion", "task-failure-reported", "tool-loop",
		"ungrounded-answer" };
	struct event_builder b = begin(a, EVENT_VERDICT, id, STR("1"), ms);

	event_int(&b, FIELD_VERDICT_version, 1);
	event_int(&b, FIELD_VERDICT_rev, PATCHES);
	end(&b, a);
	if (draw() % 30 == 0) {
		struct str slug = str_from(slugs[zipf(5)]);

		b = begin(a, EVENT_SIGNAL, id, slug, ms);
		event_int(&b, FIELD_SIGNAL_version, 1);
		event_int(&b, FIELD_SIGNAL_rev, PATCHES);
		event_text(&b, FIELD_SIGNAL_slug, slug);
		event_num(&b, FIELD_SIGNAL_score, 0.9);
		event_text(&b, FIELD_SIGNAL_evidence, prompt);
		end(&b, a);
	}
	if (!failed)
		return;
	b = begin(a, EVENT_FAILURE, id, STR("failure"), ms);
	event_int(&b, FIELD_FAILURE_version, 1);
	event_int(&b, FIELD_FAILURE_rev, PATCHES);
	event_text(&b, FIELD_FAILURE_failure_id, arena_printf(a, "f_%zu",
	    zipf(300)));
	event_text(&b, FIELD_FAILURE_entity_type, STR("run"));
	event_text(&b, FIELD_FAILURE_template, words(a, 6, "cannot <*>"));
	event_int(&b, FIELD_FAILURE_time_ns, ms * NS_PER_MS);
	end(&b, a);
}

static void
add_run(struct arena *a, int64_t number)
{
	struct str id = arena_printf(a, "run-%lld", (long long)number);
	int64_t ms = start_ms + (int64_t)((double)number / (double)nruns *
	    DAYS * (double)MS_PER_DAY);
	int64_t took = 200 + (int64_t)(draw() % 3000);
	size_t user = zipf(USERS);
	struct str prompt = words(a, 6 + draw() % 14, "please");
	bool failed = draw() % 25 == 0;
	struct event_builder b = begin(a, EVENT_RUN, id, id, ms);

	event_text(&b, FIELD_RUN_agent, arena_printf(a, "agent-%zu",
	    zipf(12)));
	event_text(&b, FIELD_RUN_user_id, arena_printf(a, "user-%zu", user));
	event_text(&b, FIELD_RUN_org_id, arena_printf(a, "org-%zu",
	    user % ORGS));
	event_text(&b, FIELD_RUN_session_id, arena_printf(a, "session-%lld",
	    (long long)number / 3));
	event_bool(&b, FIELD_RUN_conversational, true);
	event_int(&b, FIELD_RUN_start_ns, ms * NS_PER_MS);
	event_int(&b, FIELD_RUN_end_ns, (ms + took) * NS_PER_MS);
	event_int(&b, FIELD_RUN_status, failed ? STATUS_ERROR : STATUS_OK);
	event_text(&b, FIELD_RUN_user_prompt, prompt);
	event_text(&b, FIELD_RUN_response, words(a, 12 + draw() % 28,
	    "certainly"));
	end(&b, a);
	add_spans(a, id, ms, took);
	add_verdict(a, id, ms, failed, prompt);
}

#endif
