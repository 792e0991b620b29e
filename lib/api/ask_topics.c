/*
 * Answers about topics: what users ask about.  The seam to the topics of
 * lib/repo: until they are there, the answer says that there are none, and
 * shows what the text index finds.
 */
#include "api/answer.h"

int
find_topics(struct answer *a, struct err *e)
{
	if (!a->plan->text.p) {
		answer_say(a, "I understood that you ask for topics, but "
		    "prompts are not grouped into topics yet.");
		return 0;
	}
	return find_text(a, e);
}
