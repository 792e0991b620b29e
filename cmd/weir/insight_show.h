#ifndef WEIR_INSIGHT_SHOW_H
#define WEIR_INSIGHT_SHOW_H

#include <stdbool.h>

#include "base/cc.h"
#include "base/err.h"
#include "base/str.h"

/* How insights are printed: format is "markdown", "html" or "json". */
bool insight_is_format(const char *format) CC_NONNULL(1);

/* Prints the body of an insight, with the record of other words if there is
 * one (insight/reword.h); JSON is the body alone. */
int insight_show(struct str body, struct str wording, const char *format,
    struct err *e) CC_CHECK CC_NONNULL(3, 4);

#endif
