/* Questions: a plan within its bounds, whatever is asked. */
#include "fuzz/fuzz.h"

#include "ask/ask.h"
#include "base/str.h"

static bool
is_within(struct str part, struct str whole)
{
	return part.p >= whole.p && part.p + part.n <= whole.p + whole.n;
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static const struct str agents[] = { { "billing", 7 }, { "a", 1 } };
	static const struct str tools[] = { { "search", 6 },
		{ "web.fetch", 9 } };
	static const struct str models[] = { { "gpt-4o", 6 },
		{ "gpt-4o-mini", 11 }, { "", 0 }, { "-", 1 } };
	struct ask_context c = { .now_ms = INT64_C(1795620600000),
	    .names = { [ASK_DIM_AGENT] = { agents, 2 },
	    [ASK_DIM_TOOL] = { tools, 2 }, [ASK_DIM_MODEL] = { models, 4 } } };
	struct str q = str_of(p, n);
	const char *near[40];
	struct ask_plan plan;
	struct buf b;

	c.tz_minutes = n ? p[0] * 8 % 1681 - 840 : 0;
	ask_parse(&plan, q, &c);
	MUST(plan.subject < ASK_SUBJECTS && plan.measure < ASK_MEASURES);
	MUST(plan.from_ms >= 0 && plan.from_ms < plan.to_ms);
	MUST(plan.to_ms <= c.now_ms + 1);
	MUST(plan.limit >= 1 && plan.limit <= ASK_LIMIT_MAX);
	MUST(plan.nignored <= ASK_WORDS_MAX);
	MUST(plan.nnames <= ASK_NAMES_MAX);
	MUST(!plan.refused || !plan.subject);
	if (plan.is_comparison)
		MUST(plan.compare_from_ms < plan.compare_to_ms);
	if (plan.text.p)
		MUST(plan.text.n && is_within(plan.text, q));
	for (size_t i = 0; i < plan.nnames; i++)
		MUST(plan.names[i].is_known ||
		    is_within(plan.names[i].text, q));
	buf_init(&b, 1 << 16);
	ask_describe(&plan, c.tz_minutes, &b);
	MUST(b.n > 0 && !b.failed);
	buf_reset(&b);
	ask_print(&plan, &c, &b);
	MUST(b.n > 0 && !b.failed);
	buf_fini(&b);
	MUST(ask_nearest(q, near, 40) > 5);
	return 0;
}
