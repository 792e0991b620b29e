#ifndef DETECT_ANSWER_H
#define DETECT_ANSWER_H

#include "base/cc.h"
#include "detect/features.h"

/*
 * Rules about an assistant's message by itself.  Internal to lib/detect; each
 * returns a score in 0..1.  *why (may be NULL) becomes a static text that says
 * which rule spoke, or is left alone.
 */

/*
 * Refuses: judged by the phrases found in its text.  *at (may be NULL) becomes
 * the index of the first match that says so, or n.
 */
double answer_refusal(const struct text *t, const struct feature_match *m,
    size_t n, size_t *at) CC_NONNULL(1, 2);

/* Is empty, or ends in the middle. */
double answer_truncated(struct str s, const char **why);

#endif
