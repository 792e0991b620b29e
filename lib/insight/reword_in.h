#ifndef INSIGHT_REWORD_IN_H
#define INSIGHT_REWORD_IN_H

#include "insight/reword.h"

/* Inside lib/insight only: a text whose facts are marks. */
struct masked {
	struct str names[512];          /* what is a fact as a whole */
	size_t nnames;
	struct str facts[REWORD_MARKS_MAX];     /* {1} is facts[0] */
	size_t nfacts;
	struct str title, text;         /* with marks */
	size_t in_title;                /* marks up to there are the title's */
};

/* Title and text of a body, masked. */
int reword_mask(struct str body, struct arena *a, struct masked *out,
    struct err *e) CC_CHECK;

/* ERR_INVALID with the reason if the words may not stand for ours. */
int reword_check(const struct masked *m, struct str title, struct str text,
    struct err *e) CC_CHECK;

/* The words with facts for marks; STR_NULL past the budget. */
struct str reword_unmask(const struct masked *m, struct str s,
    struct arena *a) CC_CHECK;

#endif
