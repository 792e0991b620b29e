#ifndef ASK_HEAR_H
#define ASK_HEAR_H

#include "ask/words.h"

/*
 * Inside lib/ask only: what was heard of each slot, before plan.c weighs it.
 *
 * Nouns have roles.  One behind "by" or "per" splits (by); else the first one
 * that is not just "the agent" is what is asked about (head); a noun beside a
 * name has been taken by it.
 */
struct heard {
	enum ask_subject head, by;
	enum ask_subject mentioned;     /* "the agent": head if nothing is */
	bool head_is_who;               /* "who", "people": says little */
	bool subjects[ASK_SUBJECTS];
	bool has_fail, fails[FAIL_TOOL_CALL + 1];
	bool has_measure;
	enum ask_measure measure;
	bool has_statistic;
	enum statistic statistic;
	bool has_extreme, is_least, has_most;
	bool has_change, falls, has_compare, has_why;
	bool has_rate, has_list, has_which, has_how_many, has_ask;
	bool has_recent, fail_is_head, has_future, has_order;
	bool has_open_about;            /* without what */
	struct str state;               /* the word, or STR_NULL */
	int thumbs;
	size_t unknown, known;          /* words */
};

void words_hear(struct words *w, struct ask_plan *p, struct heard *h);

#endif
