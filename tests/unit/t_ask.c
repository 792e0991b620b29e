/* lib/ask: questions and their plans. */
#include "ask/ask.h"
#include "base/clock.h"
#include "tap.h"

/* 2026-11-25T15:30:00Z, a Wednesday */
#define NOW_MS INT64_C(1795620600000)

static const struct str agents[] = { { "billing", 7 }, { "Shop Bot", 8 },
	{ "support-agent", 13 } };
static const struct str tools[] = { { "search", 6 }, { "get_order", 9 } };
static const struct str models[] = { { "claude-haiku", 12 },
	{ "claude-opus", 11 }, { "gpt-4o", 6 }, { "gpt-4o-mini", 11 } };
static const struct str users[] = { { "u1", 2 } };
static const struct ask_context context = { .now_ms = NOW_MS,
	.names = { [ASK_DIM_AGENT] = { agents, 3 },
	    [ASK_DIM_TOOL] = { tools, 2 }, [ASK_DIM_MODEL] = { models, 4 },
	    [ASK_DIM_USER] = { users, 1 } } };

static const char *
plan_with(const char *question, const struct ask_context *c)
{
	static char out[1000];
	struct ask_plan p;
	struct buf b;

	ask_parse(&p, str_from(question), c);
	buf_init(&b, sizeof(out) - 1);
	ask_print(&p, c, &b);
	snprintf(out, sizeof(out), "%.*s", STR_FMT(buf_str(&b)));
	buf_fini(&b);
	return out;
}

static const char *
plan_of(const char *question)
{
	return plan_with(question, &context);
}

/* What scripts/eval_ask measures on many is held here on some. */
static void
test_plans(void)
{
	static const char *const cases[][2] = {
		{ "What are the most common failure patterns?",
		    "subject=failures" },
		{ "Which tool fails most?", "subject=tools; measure=errors" },
		{ "slowest model", "subject=models; measure=latency" },
		{ "the cheapest model",
		    "subject=models; measure=cost; order=asc" },
		{ "which users were frustrated with the billing agent",
		    "subject=users; agent=billing; "
		    "pattern=user-frustration" },
		{ "show runs where search was called twice with the same "
		    "arguments",
		    "subject=runs; tool=search; pattern=tool-loop" },
		{ "cost per model per day",
		    "subject=models; measure=cost; group=day" },
		{ "how many topics were there",
		    "subject=topics; measure=number" },
		{ "how many runs by topic", "subject=topics" },
		{ "errors by agent", "subject=agents; measure=errors" },
		{ "top 5 tools by errors",
		    "subject=tools; measure=errors; limit=5" },
		{ "what do people ask about refunds",
		    "subject=topics; text=\"refunds\"; in=prompt" },
		{ "runs with \"no such host\" of Shop Bot",
		    "subject=runs; agent=Shop Bot; text=\"no such host\"" },
		{ "runs that took longer than 2.5 minutes",
		    "subject=runs; where=latency>150s" },
		{ "runs under $0.10", "subject=runs; where=cost<0.1" },
		{ "frustration rate", "subject=totals; measure=share; "
		    "pattern=user-frustration" },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		is_str(plan_of(cases[i][0]), cases[i][1], "%s", cases[i][0]);
	for (size_t i = 0; ask_example(i); i++)
		ok(strcmp(plan_of(ask_example(i)), "none") != 0,
		    "example: %s", ask_example(i));
}

static void
test_names(void)
{
	static const char *const cases[][2] = {
		{ "cost of gpt-4o", "subject=totals; measure=cost; "
		    "model=gpt-4o" },
		{ "cost of GPT 4o mini", "subject=totals; measure=cost; "
		    "model=gpt-4o-mini" },
		{ "cost of claude", "subject=totals; measure=cost; "
		    "model=claude*" },
		{ "cost of opus", "subject=totals; measure=cost; "
		    "model=claude-opus" },
		{ "gpt-4o vs claude-opus", "subject=models; "
		    "model=gpt-4o,claude-opus; compare=names" },
		{ "errors of the support agent", "subject=totals; "
		    "measure=errors; agent=support-agent" },
		{ "cost without the billing agent", "subject=totals; "
		    "measure=cost; -agent=billing" },
		{ "cost of the frobnicate agent", "subject=totals; "
		    "measure=cost; agent=frobnicate" },
		{ "sessions of user u1", "subject=sessions; user=u1" },
		{ "show run abc-12", "subject=runs; run=abc-12" },
		/* Plural, and so no name. */
		{ "top 5 zorgle tools", "subject=tools; limit=5" },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		is_str(plan_of(cases[i][0]), cases[i][1], "%s", cases[i][0]);
}

static void
test_refusals(void)
{
	static const char *const cases[] = { "", "???", "delete all runs",
		"please restart the billing agent",
		"how much will we spend next month",
		"which agent fails tomorrow",
		"colourless green ideas sleep furiously",
		"who is the king of France",
		"\xd0\xbf\xd1\x80\xd0\xb8\xd0\xb2\xd0\xb5\xd1\x82" };
	struct ask_plan p;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		is_str(plan_of(cases[i]), "none", "refused: %s", cases[i]);
	ask_parse(&p, STR("delete all runs"), &context);
	ok(p.refused != NULL, "with a reason");
}

static const char *
times_with(const char *question, const struct ask_context *c)
{
	static char out[400];
	char v[4][CLOCK_ISO_MAX];
	struct ask_plan p;

	ask_parse(&p, str_from(question), c);
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
		{ "runs 90m", "2026-11-25T14:00 2026-11-25T15:30" },
		{ "runs this month", "2026-11-01T00:00 2026-11-25T15:30" },
		{ "runs mtd", "2026-11-01T00:00 2026-11-25T15:30" },
		{ "runs last month", "2026-10-01T00:00 2026-11-01T00:00" },
		{ "runs last quarter", "2026-07-01T00:00 2026-10-01T00:00" },
		{ "runs in Q3", "2026-07-01T00:00 2026-10-01T00:00" },
		{ "runs in Q4 2025", "2025-10-01T00:00 2026-01-01T00:00" },
		{ "runs in October", "2026-10-01T00:00 2026-11-01T00:00" },
		{ "runs in October 2024",
		    "2024-10-01T00:00 2024-11-01T00:00" },
		{ "runs in December", "2025-12-01T00:00 2026-01-01T00:00" },
		{ "runs on 29 February", "2024-02-29T00:00 2024-03-01T00:00" },
		{ "runs on February 30",
		    "? 2026-11-18T15:30 2026-11-25T15:30" },
		{ "runs on the 31st", "2026-10-31T00:00 2026-11-01T00:00" },
		{ "runs in May", "2026-05-01T00:00 2026-06-01T00:00" },
		{ "runs in 2025", "2025-01-01T00:00 2026-01-01T00:00" },
		{ "what may fail", "? 2026-11-18T15:30 2026-11-25T15:30" },
		{ "runs on 3 November",
		    "2026-11-03T00:00 2026-11-04T00:00" },
		{ "runs on Nov 3rd, 2025",
		    "2025-11-03T00:00 2025-11-04T00:00" },
		{ "runs on the 12th", "2026-11-12T00:00 2026-11-13T00:00" },
		{ "runs on the 30th", "2026-10-30T00:00 2026-10-31T00:00" },
		{ "runs on 2026-11-03", "2026-11-03T00:00 2026-11-04T00:00" },
		{ "runs in week 47", "2026-11-16T00:00 2026-11-23T00:00" },
		{ "runs in 2026-W47", "2026-11-16T00:00 2026-11-23T00:00" },
		{ "runs in week 53", "2020-12-28T00:00 2021-01-04T00:00" },
		{ "runs since Tuesday", "2026-11-24T00:00 2026-11-25T15:30" },
		{ "runs since 9am", "2026-11-25T09:00 2026-11-25T15:30" },
		{ "runs after 14:15", "2026-11-25T14:15 2026-11-25T15:30" },
		{ "runs yesterday at 3pm",
		    "2026-11-24T15:00 2026-11-24T16:00" },
		{ "runs before noon today",
		    "2026-11-25T00:00 2026-11-25T12:00" },
		{ "runs between 10:00 and 11:30",
		    "2026-11-25T10:00 2026-11-25T11:30" },
		{ "runs on Thursday", "2026-11-19T00:00 2026-11-20T00:00" },
		{ "runs last Wednesday",
		    "2026-11-18T00:00 2026-11-19T00:00" },
		{ "runs between Monday and Wednesday",
		    "2026-11-23T00:00 2026-11-25T15:30" },
		{ "runs between Wednesday and Friday",
		    "2026-11-18T00:00 2026-11-21T00:00" },
		{ "runs from Thursday to Monday",
		    "2026-11-19T00:00 2026-11-24T00:00" },
		{ "runs between 1 and 15 November",
		    "2026-11-01T00:00 2026-11-16T00:00" },
		{ "runs over the weekend",
		    "2026-11-21T00:00 2026-11-23T00:00" },
		{ "runs last night", "2026-11-24T20:00 2026-11-25T06:00" },
		{ "runs this morning", "2026-11-25T06:00 2026-11-25T12:00" },
		{ "runs three days ago",
		    "2026-11-22T00:00 2026-11-23T00:00" },
		{ "runs of all time", "1970-01-01T00:00 2026-11-25T15:30" },
		{ "compare this week with last week",
		    "2026-11-23T00:00 2026-11-25T15:30 | "
		    "2026-11-16T00:00 2026-11-18T15:30" },
		{ "compare this week with last",
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
		{ "errors week over week",
		    "2026-11-23T00:00 2026-11-25T15:30 | "
		    "2026-11-16T00:00 2026-11-18T15:30" },
		{ "runs on Monday and Tuesday",
		    "2026-11-23T00:00 2026-11-25T00:00" },
	};
	struct ask_context zone = context;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		is_str(times_with(cases[i][0], &context), cases[i][1], "%s",
		    cases[i][0]);
	zone.tz_minutes = 600;          /* it is Thursday there, 01:30 */
	is_str(times_with("runs today", &zone),
	    "2026-11-25T14:00 2026-11-25T15:30", "today, elsewhere");
	is_str(times_with("runs on Monday", &zone),
	    "2026-11-22T14:00 2026-11-23T14:00", "Monday, elsewhere");
	zone.tz_minutes = -480;
	is_str(times_with("runs this month", &zone),
	    "2026-11-01T08:00 2026-11-25T15:30", "this month, in the west");
}

static void
test_rest(void)
{
	struct ask_plan p;
	const char *near[3];
	struct buf b;

	ask_parse(&p, STR("top 5 zorgle tools"), &context);
	ok(p.nignored == 1 && str_is(p.ignored[0], "zorgle"),
	    "what is not understood is kept");
	buf_init(&b, 1000);
	ask_describe(&p, 0, &b);
	ok(str_has_prefix(buf_str(&b),
	    STR("tools by count, most first, at most 5, "
	    "from 2026-11-18T15:30Z")), "in words");
	buf_fini(&b);
	ask_parse(&p, STR("falied runs yesteday"), &context);
	ok(p.ncorrected == 2 && str_is(p.corrected[0].to, "failed"),
	    "what is misspelt is put right, and said to be");
	ask_parse(&p, STR("runs that do not mention \xe4\xb8\xad"), &context);
	ok(p.nignored > 0, "what cannot be negated is not turned round");
	is_int(ask_nearest(STR("tooling failing lately"), near, 3), 3,
	    "suggestions");
	is_str(near[0], "Which tool fails most?", "the nearest first");
}

int
main(void)
{
	test_plans();
	test_names();
	test_refusals();
	test_times();
	test_rest();
	return tap_done();
}
