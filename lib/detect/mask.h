#ifndef DETECT_MASK_H
#define DETECT_MASK_H

#include "base/cc.h"
#include "detect/token.h"

/*
 * Masks what its neighbours show to be variable: dates around numbers, units,
 * booleans, values of key=value, names behind nouns such as "user", bracketed
 * lists; then folds runs and lists of placeholders into one.  One
 * configuration, no learnt state.  For detect/template.h only.
 * Threads: pure functions of the list.
 */
void mask_context(struct token_list *l) CC_NONNULL(1);

#endif
