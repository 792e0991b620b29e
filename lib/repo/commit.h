#ifndef REPO_COMMIT_H
#define REPO_COMMIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cc.h"
#include "base/err.h"
#include "kv/kv.h"
#include "model/event.h"
#include "repo/layout.h"

/*
 * Writing: groups of requests become one atomic, synced batch that holds the
 * new events and everything that follows from them.
 *
 *	struct repo_commit *c = repo_commit_new(kv, &pricer);
 *
 *	repo_commit_begin(c);
 *	for (each request) {
 *		rc = repo_commit_events(c, events, n, 0, e);
 *		if (rc == ERR_AGAIN) … write this group first, then try again
 *		else if (rc) … refuse this request, with e->text; go on
 *	}
 *	if (repo_commit_write(c, true, e)) … nobody's request is stored
 *	else … acknowledge; repo_commit_changes says what to publish
 *	repo_commit_free(c);
 *
 * A request is atomic: an error leaves the group as if it had not come.
 * Events seen before are not stored again; if all were seen, it still succeeds.
 *
 * What a run's events change, in the same batch: its head, index entries and
 * rollups (old contribution out, new one in), its entry in the work queue, and
 * those of up to REPO_EARLIER_MAX later runs of the session, when what their
 * classification sees of this run changed; and that of the run before it, if
 * this one comes so late that the session may count as abandoned already.
 *
 * The kv must be new or have passed repo_open.  Projects are made as their
 * names come.  Ownership: kv and pricer are borrowed.  Threads: the one that
 * writes to kv.  Errors: ERR_INVALID and ERR_LIMIT concern the request;
 * ERR_AGAIN the group is full; ERR_IO and ERR_CORRUPT the store.
 */
enum { REPO_EARLIER_MAX = 10, REPO_PROJECT_MAX = 100 };

/* What a span used; texts may be STR_NULL. */
struct repo_usage {
	struct str model;
	struct str provider;
	int64_t time_ms;                /* when; prices change */
	int64_t input_tokens;           /* neither from nor to a cache */
	int64_t cached_tokens;
	int64_t cache_write_tokens;
	int64_t output_tokens;
};

/* The price table: true and *pico_usd, or false if the model is unknown. */
struct repo_pricer {
	bool (*cost)(void *arg, const struct repo_usage *u, int64_t *pico_usd);
	void *arg;
};

/*
 * Checks the schema version of a store, and writes it into an empty one.
 * ERR_INVALID: made by a newer weir, or a reindex was interrupted (the text
 * says what to do).  To be called once, by the writer, before anything else.
 */
int repo_open(struct kv *kv, struct err *e) CC_CHECK CC_NONNULL(1, 2);

/* The same for readers; changes nothing.  An empty store is fine. */
int repo_check(struct kv_snapshot *s, struct err *e) CC_CHECK CC_NONNULL(1, 2);

struct repo_commit;

/* pricer may be NULL: then spans with tokens count as unpriced. */
struct repo_commit *repo_commit_new(struct kv *kv,
    const struct repo_pricer *pricer) CC_CHECK CC_NONNULL(1);

/* Accepts NULL; an unwritten group is dropped. */
void repo_commit_free(struct repo_commit *c);

/* What time it is, from now on: a run that began less than half an hour ago
 * is not late, and saves a look at the run before it.  0 (at first): all runs
 * may be late. */
void repo_commit_now(struct repo_commit *c, int64_t now_ms) CC_NONNULL(1);

/* Starts an empty group; what was not written is dropped. */
void repo_commit_begin(struct repo_commit *c) CC_NONNULL(1);

/*
 * Adds one request: events as event_decode made them, with project and run_id
 * set; they and their texts are borrowed until the group is written or begun
 * anew.
 *
 * work_seq is for a classifier's verdicts: the seq of the work entry that it
 * was leased (repo/work.h), whose run is that of the events.  The entry goes
 * unless the run, or what it saw of the session, changed meanwhile; then it
 * has another seq, and unless a newer classifier than this one has judged the
 * run before.  With 0 it stays: runs that come with their verdicts are read by
 * a classifier all the same, who makes their documents.  Verdict, signal and failure
 * events carry verdict_order(rev, pass) as order, so that an older verdict
 * never replaces a newer one, and one about the same revision withdraws what
 * the one before had found.  A second verdict of one lease changes nothing.
 */
int repo_commit_events(struct repo_commit *c, const struct event *events,
    size_t n, uint64_t work_seq, struct err *e) CC_CHECK CC_NONNULL(1, 5);

/*
 * Adds what can be searched of a run, the one of the event: the bytes of its
 * document (model/searchable.h), copied.  It replaces the one before, and
 * changes nothing if it is the same.  To be called before the verdict's events
 * are added: once they are written the run has left the queue, and nobody
 * would make its document again.  work_seq is that of the verdict: the document
 * of a lease that is not the latest any more says what the run was, and changes
 * nothing.  ERR_INVALID: no document; ERR_AGAIN: the group is full.
 */
int repo_commit_document(struct repo_commit *c, const struct event *of,
    struct str document, uint64_t work_seq,
    struct err *e) CC_CHECK CC_NONNULL(1, 2, 5);

/*
 * Takes a work entry away if it still has this seq: for one whose run is gone.
 * (A classifier that finds nothing still sends a verdict.)
 */
int repo_commit_work_done(struct repo_commit *c, struct repo_scope scope,
    const struct hash128 *rid, uint64_t seq, struct err *e) CC_CHECK
    CC_NONNULL(1, 3, 5);

/* Which runs to classify again. */
struct repo_again {
	struct repo_scope scope;
	int64_t from_ms, to_ms;         /* of their start, half-open */
	int64_t version;                /* those that no classifier of this
					 * version or a later one has read */
	int64_t patterns;               /* … or none with the custom patterns
					 * of this generation or later */
	int64_t topics;                 /* … or, conversations, none with the
					 * topics of this one or later, if they
					 * have another now */
	/* The last run looked at; at first has_last is false. */
	bool has_last;
	int64_t last_ms;
	struct hash128 last;
	/* Sums over the portions. */
	int64_t seen, queued;
	bool is_done;
};

enum { REPO_AGAIN_PORTION = 500 };

/*
 * Puts the next portion of runs, newest first, into the work queue, and says
 * in *q where it stopped.  Runs that are waiting there stay where they are.
 * What they contributed stays until their new verdicts come.  On error the
 * group is as before.
 */
int repo_commit_again(struct repo_commit *c, struct repo_again *q,
    struct err *e) CC_CHECK CC_NONNULL(1, 2, 3);

/*
 * Writes the group.  On error nothing of it is stored.  Either way the group
 * is over; repo_commit_changes holds until the next repo_commit_begin.
 * ERR_AGAIN: a request that was refused could not be taken out of it; what was
 * accepted is right and should be tried again.
 */
int repo_commit_write(struct repo_commit *c, bool sync, struct err *e)
    CC_CHECK CC_NONNULL(1, 3);

/* One entity that the written group changed. */
struct repo_change {
	enum layout_class class;
	struct repo_scope scope;
	struct str project;
	struct str id;          /* of the run, failure, insight or pattern */
	struct hash128 rid;
	uint64_t rev;           /* run: its revision */
	uint64_t work_seq;      /* run: its new work entry; 0: none made */
	bool is_new;            /* run: not there before */
	bool has_verdict;       /* run: verdict events were added */
};

/* Steps through them: start with *it = 0; false at the end. */
bool repo_commit_changes(const struct repo_commit *c, size_t *it,
    struct repo_change *out) CC_NONNULL(1, 2, 3);

/* Since repo_commit_new; for /metrics. */
struct repo_commit_stats {
	uint64_t groups, requests, requests_refused;
	uint64_t events_stored, events_seen, event_bytes;
	uint64_t runs_written, runs_refolded, rollups_written;
	uint64_t work_added, work_removed;
	uint64_t patterns_written;      /* custom patterns, topics */
	uint64_t documents_indexed;     /* that changed */
};
const struct repo_commit_stats *repo_commit_stats(const struct repo_commit *c)
    CC_NONNULL(1);

#endif
