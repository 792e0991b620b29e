/* lib/ask: questions and their plans. */
#include "ask/ask.h"
#include "base/clock.h"
#include "tap.h"

/* 2026-11-25T15:30:00Z, a Wednesday */
#define NOW_MS INT64_C(1795620600000)

static const struct str agents[] = { { "billing", 7 }, { "Shop Bot", 8 },
	{ "support-agent", 13 } };
static const struct ask_context context = { NOW_MS, agents, 3 };

static const char *
plan_of(const char *question)
{
	static char out[400];
	struct ask_plan p;

	ask_parse(&p, str_from(question), &context);
	snprintf(out, sizeof(out), "%s/%s%s%s%s%s%s%s%s%.*s",
	    ask_subject_name(p.subject),
	    p.subject ? ask_measure_name(p.measure) : "",
	    p.is_ascending ? "/asc" : "", p.only_errors ? "/failed" : "",
	    p.only_new ? "/new" : "", p.is_comparison ? "/compare" : "",
	    p.wants_reason ? "/why" : "", p.pattern ? "/" : "",
	    p.pattern ? p.pattern : "", STR_FMT(p.agent));
	return out;
}

static void
test_plans(void)
{
	static const char *const cases[][2] = {
		{ "What are the most common failure patterns this week?",
		    "failures/count" },
		{ "what failed in production this week?", "failures/count" },
		{ "Which new failures appeared since yesterday?",
		    "failures/count/new" },
		{ "Which tool fails most?", "tools/errors" },
		{ "which tool calls are creating bad outcomes?",
		    "tools/errors" },
		{ "tool error rate last month", "tools/error rate" },
		{ "Which tools were slowest last week?", "tools/latency" },
		{ "most used tools", "tools/count" },
		{ "Which model is the most expensive this month?",
		    "models/cost" },
		{ "slowest model last month", "models/latency" },
		{ "the cheapest model", "models/cost/asc" },
		{ "Why did cost rise yesterday?",
		    "totals/cost/compare/why" },
		{ "why cost rose yesterday", "totals/cost/compare/why" },
		{ "How much did we spend this week?", "totals/cost" },
		{ "How many runs were there today?", "totals/count" },
		{ "What is the error rate this week?", "totals/error rate" },
		{ "how many runs failed yesterday?", "totals/errors" },
		{ "Compare this week with last week",
		    "totals/count/compare" },
		{ "compare this week with last", "totals/count/compare" },
		{ "Which users were frustrated this week?",
		    "users/flagged runs/user-frustration" },
		{ "which users were frustrated with the billing agent",
		    "users/flagged runs/user-frustrationbilling" },
		{ "Which customers cost the most?", "organisations/cost" },
		{ "Which agent has the highest error rate?",
		    "agents/error rate" },
		{ "Show the failed runs of the last 24 hours",
		    "runs/errors/failed" },
		{ "Show the slowest runs today", "runs/latency" },
		{ "latest runs", "runs/count" },
		{ "show runs where search was called twice with the same "
		    "arguments", "runs/flagged runs/tool-loop" },
		{ "Which sessions had errors yesterday?",
		    "sessions/errors/failed" },
		{ "How is the feedback this month compared to last month?",
		    "feedback/count/compare" },
		{ "thumbs down this week", "feedback/count" },
		{ "How many tokens did we use in October?",
		    "totals/tokens" },
		{ "tokens by model", "models/tokens" },
		{ "Show the latest insights", "insights/count" },
		{ "what patterns do we see?", "patterns/count" },
		{ "how many users were confused this week vs last week",
		    "users/flagged runs/compare/user-confusion" },
		{ "hallucination rate", "patterns/flagged runs/"
		    "ungrounded-answer" },
		{ "latency of support-agent", "totals/latencysupport-agent" },
		{ "errors of Billing agent", "failures/countbilling" },
		{ "colourless green ideas sleep furiously", "/" },
		{ "", "/" }, { "???", "/" },
		{ "\xd0\xbf\xd1\x80\xd0\xb8\xd0\xb2\xd0\xb5\xd1\x82", "/" },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		is_str(plan_of(cases[i][0]), cases[i][1], "%s", cases[i][0]);
	for (size_t i = 0; ask_example(i); i++)
		ok(strcmp(plan_of(ask_example(i)), "/") != 0, "example: %s",
		    ask_example(i));
}

static const char *
times_of(const char *question)
{
	static char out[400];
	char v[4][CLOCK_ISO_MAX];
	struct ask_plan p;

	ask_parse(&p, str_from(question), &context);
	clock_format_iso(p.from_ms, v[0]);
	clock_format_iso(p.to_ms, v[1]);
	clock_format_iso(p.compare_from_ms, v[2]);
	clock_format_iso(p.compare_to_ms, v[3]);
	snprintf(out, sizeof(out), "%s%.16s %.16s", p.has_time ? "" : "? ",
	    v[0], v[1]);
	if (p.is_comparison)
		snprintf(out + strlen(out), sizeof(out) - strlen(out),
		    " | %.16s %.16s", v[2], v[3]);
	return out;
}

static void
test_times(void)
{
	static const char *const cases[][2] = {
		{ "runs", "? 2026-11-18T15:30 2026-11-25T15:30" },
		{ "users by cost", "? 2026-11-18T00:00 2026-11-25T15:30" },
		{ "runs today", "2026-11-25T00:00 2026-11-25T15:30" },
		{ "runs yesterday", "2026-11-24T00:00 2026-11-25T00:00" },
		{ "runs this week", "2026-11-23T00:00 2026-11-25T15:30" },
		{ "runs last week", "2026-11-16T00:00 2026-11-23T00:00" },
		{ "runs of the past week",
		    "2026-11-18T15:30 2026-11-25T15:30" },
		{ "runs in the last 3 days",
		    "2026-11-22T15:30 2026-11-25T15:30" },
		{ "runs in the last two hours",
		    "2026-11-25T13:30 2026-11-25T15:30" },
		{ "runs in the last hour",
		    "2026-11-25T14:30 2026-11-25T15:30" },
		{ "runs this month", "2026-11-01T00:00 2026-11-25T15:30" },
		{ "runs last month", "2026-10-01T00:00 2026-11-01T00:00" },
		{ "runs in October", "2026-10-01T00:00 2026-11-01T00:00" },
		{ "runs in December", "2025-12-01T00:00 2026-01-01T00:00" },
		{ "runs in May", "2026-05-01T00:00 2026-06-01T00:00" },
		{ "what may fail", "? 2026-11-18T15:30 2026-11-25T15:30" },
		{ "runs since Tuesday", "2026-11-24T00:00 2026-11-25T15:30" },
		{ "runs on Thursday", "2026-11-19T00:00 2026-11-20T00:00" },
		{ "runs of all time", "1970-01-01T00:00 2026-11-25T15:30" },
		{ "compare this week with last week",
		    "2026-11-23T00:00 2026-11-25T15:30 | "
		    "2026-11-16T00:00 2026-11-18T15:30" },
		{ "compare yesterday with today",
		    "2026-11-25T00:00 2026-11-25T15:30 | "
		    "2026-11-24T00:00 2026-11-24T15:30" },
		{ "compare last month", "2026-10-01T00:00 2026-11-01T00:00 | "
		    "2026-09-01T00:00 2026-10-01T00:00" },
		{ "why did cost rise yesterday",
		    "2026-11-24T00:00 2026-11-25T00:00 | "
		    "2026-11-23T00:00 2026-11-24T00:00" },
		{ "compare October with September",
		    "2026-10-01T00:00 2026-11-01T00:00 | "
		    "2026-09-01T00:00 2026-10-01T00:00" },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		is_str(times_of(cases[i][0]), cases[i][1], "%s", cases[i][0]);
}

static void
test_rest(void)
{
	struct ask_plan p;
	const char *near[3];
	struct buf b;

	ask_parse(&p, STR("top 5 zorgle tools"), &context);
	is_int(p.limit, 5, "a limit");
	ok(p.nignored == 1 && str_is(p.ignored[0], "zorgle"),
	    "what is not understood is kept");
	buf_init(&b, 1000);
	ask_describe(&p, &b);
	ok(str_has_prefix(buf_str(&b),
	    STR("tools by count, most first, at most 5, "
	    "from 2026-11-18T15:30")),
	    "in words");
	buf_fini(&b);
	is_int(ask_nearest(STR("tooling failing lately"), near, 3), 3,
	    "suggestions");
	is_str(near[0], "Which tool fails most?", "the nearest first");
}

int
main(void)
{
	test_plans();
	test_times();
	test_rest();
	return tap_done();
}
