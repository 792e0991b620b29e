#ifndef WEIR_OUT_H
#define WEIR_OUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/cc.h"
#include "base/str.h"

/*
 * What commands print on standard output: tables for people, one JSON object
 * a line for programs.
 *
 *	static const char *const heads[] = { "RUN", "STATUS", "COST" };
 *	struct table *t = table_new(heads, 3);
 *
 *	table_add(t, run->base.id);
 *	table_addf(t, "%s", run_status_name(run->status));
 *	table_addf(t, "%.4f", cost);
 *	table_print(t);
 *	table_free(t);
 *	return out_finish("weir runs");
 *
 * Texts of strangers are shown without control characters: a terminal would
 * obey them.  Threads: one command, one thread.
 */

struct table;

struct table *table_new(const char *const *heads, size_t ncols) CC_CHECK
    CC_NONNULL(1);
void table_free(struct table *t);

/* The next cell, row by row; of a text at most OUT_CELL_MAX characters. */
enum { OUT_CELL_MAX = 60 };
void table_add(struct table *t, struct str s) CC_NONNULL(1);
void table_addf(struct table *t, const char *fmt, ...) CC_PRINTF(2, 3)
    CC_NONNULL(1, 2);

/* "2026-11-23 12:00:00" in UTC, "-" for 0. */
void table_add_ms(struct table *t, int64_t ms) CC_NONNULL(1);

/* "950 ms", "1.2 s", "4 min 10 s". */
void table_add_duration(struct table *t, int64_t ns) CC_NONNULL(1);

/* Heads and rows, columns as wide as they need; heads alone if there are no
 * rows. */
void table_print(const struct table *t) CC_NONNULL(1);

/* Appends s as one line of at most max_chars characters. */
void out_clean(struct buf *b, struct str s, size_t max_chars) CC_NONNULL(1);

/* The same, printed; what is longer ends in "...". */
void out_text(struct str s, size_t max_chars);

/* As table_add_ms and table_add_duration. */
const char *out_ms(int64_t ms, char out[32]) CC_NONNULL(2);
const char *out_duration(int64_t ns, char out[32]) CC_NONNULL(2);

/* Prints the buffer and a newline, and empties it. */
void out_line(struct buf *b) CC_NONNULL(1);

/* EXIT_DONE, or EXIT_FAILED with a message if not all could be written. */
int out_finish(const char *command) CC_CHECK CC_NONNULL(1);

#endif
