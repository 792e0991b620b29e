#ifndef WEIR_INSIGHT_SHOW_H
#define WEIR_INSIGHT_SHOW_H

#include <stdbool.h>

#include "base/cc.h"
#include "base/err.h"
#include "base/str.h"

/* How insights are printed: format is "markdown", "html" or "json". */
bool insight_is_format(const char *format) CC_NONNULL(1);

/* Prints the body of an insight. */
int insight_show(struct str body, const char *format, struct err *e) CC_CHECK
    CC_NONNULL(2, 3);

#endif
