#ifndef WEIR_CLASSIFY_H
#define WEIR_CLASSIFY_H

#include <stddef.h>
#include <stdint.h>

#include "detect/detect.h"

/* The two lives of weir-classify; each returns the exit code. */

/* Reads events on stdin, writes them and the verdicts on stdout; with the
 * custom patterns and the topics of files unless they are NULL, and token
 * prices likewise. */
int classify_filter(size_t max_bytes, const char *patterns_file,
    const char *topics_file, const char *prices_file);

struct store_client;

/* Takes work from the store until the process is asked to end. */
int classify_serve(struct store_client *store, size_t batch_runs);

/*
 * Appends the encoded verdict of a run to out.  A run that cannot be read
 * within the budget gets a verdict without findings and a line in the log, so
 * that it does not come back for ever.
 */
int classify_one(struct detector *d, struct str project, enum event_env env,
    const struct detect_input *in, int64_t now_ms, struct arena *a,
    struct buf *out, struct err *e) CC_CHECK;

#endif
