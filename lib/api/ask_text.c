/*
 * Answers from the full text of runs.  The seam to the text index: until it
 * is there, the answer says that text cannot be searched.
 */
#include "api/answer.h"

int
find_text(struct answer *a, struct err *e)
{
	const struct ask_plan *p = a->plan;

	(void)e;
	answer_say(a, "I understood that you look for the text \"%.*s\", but "
	    "the text of runs cannot be searched yet.",
	    (int)MIN_OF(p->text.n, (size_t)200), p->text.p);
	return 0;
}
