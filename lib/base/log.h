#ifndef BASE_LOG_H
#define BASE_LOG_H

#include "base/cc.h"

/*
 * One line per fact on standard error: logfmt, ids and never contents.
 *
 *	log_info("commit", "events=%zu ms=%d", n, ms);
 *	→ ts=2026-11-23T12:00:00.000Z level=info proc=weir-store at=commit events=12 ms=3
 *
 * `at` names the operation; the rest is key=value text written by the caller,
 * who quotes values that may hold spaces with log_quote.  Control characters
 * are escaped here, so that a hostile value cannot forge a line.
 * errno is preserved.  Threads: any; each line is one write(2).
 */
enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };

/* Sets the process name shown in each line and the least level printed. */
void log_setup(const char *proc, enum log_level least) CC_NONNULL(1);

/* "debug", "info", "warn", "error" → level; -1 if it is none of them. */
int log_level_parse(const char *word) CC_NONNULL(1);

void log_at(enum log_level level, const char *at, const char *fmt, ...)
    CC_PRINTF(3, 4) CC_NONNULL(2, 3);

#define log_debug(at, ...) log_at(LOG_DEBUG, at, __VA_ARGS__)
#define log_info(at, ...) log_at(LOG_INFO, at, __VA_ARGS__)
#define log_warn(at, ...) log_at(LOG_WARN, at, __VA_ARGS__)
#define log_error(at, ...) log_at(LOG_ERROR, at, __VA_ARGS__)

/* Lines printed so far at the level: /metrics shows them. */
unsigned long log_count(enum log_level level);

#endif
