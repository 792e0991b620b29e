#ifndef DETECT_ANSWER_H
#define DETECT_ANSWER_H

#include "base/cc.h"
#include "detect/score.h"
#include "detect/text.h"

/*
 * Rules about an assistant's message by itself.  Internal to lib/detect; each
 * returns a score in 0..1 and, in *why (may be NULL), a static text that says
 * which rule spoke, or leaves it alone.
 */

/* Refuses: r (may be NULL) gets the span of the wording. */
double answer_refusal(struct text *scratch, struct str s,
    struct score_result *r, const char **why) CC_NONNULL(1);

/* Is empty, or ends in the middle. */
double answer_truncated(struct str s, const char **why);

#endif
