#ifndef STORE_JOBS_H
#define STORE_JOBS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cc.h"
#include "base/err.h"
#include "bus/server.h"
#include "repo/work.h"
#include "store/proto.h"

/*
 * Requests on their way from the bus to the thread that answers them, in
 * bounded queues.
 *
 *	if (!jobs_push(queue, JOBS_QUICK, j)) … refuse: it is full
 *	j = jobs_pop(queue)             // waits; NULL: stopped and empty
 *	…
 *	jobs_done(queue, lane)
 *
 * A queue has two lanes.  Quick jobs go first, but every eighth turn is a
 * slow one's if any waits; no more than max_slow threads work on slow ones at
 * a time, so that many long scans leave somebody for the short reads.
 * Threads: any.
 */
enum jobs_lane { JOBS_QUICK, JOBS_SLOW, JOBS_LANES };

struct job {
	struct job *next;
	struct bus_request *q;          /* NULL: nobody waits for it */
	enum store_message message;
	enum jobs_lane lane;
	size_t bytes;
	int64_t arrived_ns;             /* monotonic */
	int64_t deadline_ms;            /* polls: monotonic */
	struct repo_work work;          /* without q: an entry to take away */
	struct sweeper *sweep;          /* … or a portion of a walk to write */
	/* Of the writer: */
	struct err err;
	bool is_touched;                /* part of it is in the open group */
	bool is_complete;               /* all of it is */
	struct store_judgement *verdicts;
	size_t nverdicts;
};

struct jobs;

struct jobs *jobs_new(size_t max_jobs, size_t max_bytes, size_t max_slow)
    CC_CHECK;

/* The queue is empty. */
void jobs_free(struct jobs *s);

/* False if it is full or stopped: the caller keeps the job. */
bool jobs_push(struct jobs *s, enum jobs_lane lane, struct job *j) CC_CHECK;

/* As jobs_push, past the limits: for the few that must not get lost. */
void jobs_push_always(struct jobs *s, enum jobs_lane lane, struct job *j);

struct job *jobs_pop(struct jobs *s) CC_CHECK;

/* As jobs_pop, and all that waits behind it in a list, up to the limits
 * (the first one always). */
struct job *jobs_pop_many(struct jobs *s, size_t max_jobs, size_t max_bytes)
    CC_CHECK;

/* The job of the lane that jobs_pop gave is finished. */
void jobs_done(struct jobs *s, enum jobs_lane lane);

/* Waiting threads end once the queue is empty; nothing more is taken in. */
void jobs_stop(struct jobs *s);

void jobs_count(struct jobs *s, size_t *n, size_t *bytes);

#endif
