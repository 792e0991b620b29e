/* What runs and scores mean, where lists and rollups must agree on it. */
#include "repo/read.h"

int64_t
repo_run_ms(const struct run_totals *t)
{
	return layout_clamp_ms(t->start_ms);
}

bool
repo_score_feedback(const struct score *s, int *thumbs, bool *has_text)
{
	if (!str_is(s->name, "feedback"))
		return false;
	*thumbs = 0;
	if (str_is(s->string_value, "thumbs_up"))
		*thumbs = 1;
	else if (str_is(s->string_value, "thumbs_down"))
		*thumbs = -1;
	else if (ENTITY_HAS(s, SCORE, value))
		*thumbs = s->value > 0 ? 1 : s->value < 0 ? -1 : 0;
	*has_text = s->comment.n > 0;
	return true;
}
