#ifndef WEIR_INSIGHT_FILE_H
#define WEIR_INSIGHT_FILE_H

#include "base/cc.h"
#include "base/err.h"
#include "insight/period.h"
#include "model/event.h"

/*
 * Insights of a file of events (JSON lines as of weir pack; "-" is standard
 * input): calls take with the insight of each project and environment.  Runs
 * without a verdict are classified first.  Returns the exit code, having said
 * what is wrong.
 */
int insight_file(const char *path, const struct period *p,
    const char *prices, int (*take)(void *arg, const struct event *ev,
    struct err *e), void *arg) CC_CHECK CC_NONNULL(1, 2, 4);

#endif
