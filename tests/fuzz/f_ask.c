/* Questions: a plan within its bounds, whatever is asked. */
#include "fuzz/fuzz.h"

#include "ask/ask.h"
#include "base/str.h"

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static const struct str agents[] = { { "billing", 7 }, { "a", 1 } };
	const struct ask_context c = { INT64_C(1795620600000), agents, 2 };
	struct str q = str_of(p, n);
	const char *near[30];
	struct ask_plan plan;
	struct buf b;

	ask_parse(&plan, q, &c);
	MUST(plan.subject < ASK_SUBJECTS && plan.measure < ASK_MEASURES);
	MUST(plan.from_ms >= 0 && plan.from_ms < plan.to_ms);
	MUST(plan.to_ms <= c.now_ms + 1);
	MUST(plan.limit >= 1 && plan.limit <= ASK_LIMIT_MAX);
	MUST(plan.nignored <= ASK_WORDS_MAX);
	if (plan.is_comparison)
		MUST(plan.compare_from_ms < plan.compare_to_ms);
	buf_init(&b, 1 << 16);
	ask_describe(&plan, &b);
	MUST(b.n > 0 && !b.failed);
	buf_fini(&b);
	MUST(ask_nearest(q, near, 30) > 5);
	return 0;
}
