#ifndef REPO_VERIFY_H
#define REPO_VERIFY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cc.h"
#include "base/err.h"
#include "kv/kv.h"
#include "repo/commit.h"

/*
 * Everything but the events, keys and the work queue is derived: here it is
 * made anew (reindex), or made anew elsewhere and compared (verify).
 *
 *	repo_reindex(kv, &pricer, progress, NULL, e);
 *
 *	struct kv *scratch = kv_memory_new();   // or RocksDB in a directory
 *	repo_verify(snapshot, &pricer, scratch, differ, &report, e);
 *	if (report.differences) …
 *
 * Both give exact bytes as long as the price table is the one that the
 * writer had.  Memory: bounded, but for a scratch store in memory.
 */

/* Called now and then with the runs done so far. */
typedef void repo_progress_fn(void *arg, uint64_t runs, uint64_t events);

/*
 * Rebuilds KV_RUNS, KV_INDEX, KV_ROLLUPS and KV_STATE from KV_EVENTS.  KV_TEXT
 * is emptied and each run put into the work queue, since classifiers make what
 * can be searched.  In the writing thread, with no repo_commit in use.  If it
 * is interrupted, repo_open refuses the store until it was run to the end.
 */
int repo_reindex(struct kv *kv, const struct repo_pricer *pricer,
    repo_progress_fn *progress, void *arg, struct err *e) CC_CHECK
    CC_NONNULL(1, 5);

/*
 * Brings the data of an older weir to the present schema, which takes a
 * reindex; *done says whether there was anything to do.  In the writing
 * thread, before repo_open.  What is interrupted begins anew next time.
 */
int repo_migrate(struct kv *kv, const struct repo_pricer *pricer,
    repo_progress_fn *progress, void *arg, bool *done, struct err *e) CC_CHECK
    CC_NONNULL(1, 5, 6);

struct repo_report {
	uint64_t runs, events;          /* read */
	uint64_t records;               /* compared */
	uint64_t differences;
};

/* One difference; got or want is STR_NULL if the record is only on one side.
 * Borrowed for the call. */
typedef void repo_differ_fn(void *arg, enum kv_family f, struct str key,
    struct str got, struct str want);

/*
 * Compares each derived record, byte for byte, with what the events give, and
 * checks that the work queue's two sides agree and that it holds each run
 * whose rev has no verdict.  Of the full-text index, whose bytes depend on the
 * order in which classifiers were done: where a project has one, each run that
 * is not in the queue has a document, made of what the run says now, and the
 * lists say just what the documents say.  scratch is empty and has no other user.  differ
 * may be NULL.
 */
int repo_verify(struct kv_snapshot *s, const struct repo_pricer *pricer,
    struct kv *scratch, repo_differ_fn *differ, void *arg,
    struct repo_report *out, struct err *e) CC_CHECK CC_NONNULL(1, 3, 6, 7);

#endif
