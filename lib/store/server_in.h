#ifndef STORE_SERVER_IN_H
#define STORE_SERVER_IN_H

#include <pthread.h>
#include <stdatomic.h>

#include "bus/pubsub.h"
#include "daemon/metrics.h"
#include "store/jobs.h"
#include "store/leases.h"
#include "store/server.h"
#include "store/snaps.h"

/*
 * Inside the serving half of lib/store only.
 */
enum {
	READERS_MAX = 16,
	POLLS_MAX = 256,
	LEASES_MAX = 8192,
	QUICK_ROWS = 1024,              /* scans up to this size are quick */
	QUICK_BYTES = 256 << 10,
	READ_QUEUE = 4096,
	READ_QUEUE_BYTES = 16 << 20
};

struct store_metrics {
	struct metric *requests[STORE_MESSAGE_END];
	struct metric *refused;
	struct metric *commits, *commit_failures;
	struct metric *events, *event_bytes;
	struct metric *commit_seconds, *ack_seconds, *classify_seconds;
	struct metric *news;
	struct metric *queue_messages, *queue_bytes;
	struct metric *leases, *redo, *polls, *backlog, *expired;
	struct metric *snapshots;
	struct metric *disk_free, *disk_used, *memtable, *cache, *pending;
};

/* Long-polls for work. */
struct polls {
	pthread_mutex_t lock;
	struct job *first, **end;
	size_t n;
	uint64_t arrivals;              /* counts commits that made work */
};

struct store_server {
	struct store_server_options o;
	struct bus_server *bus;
	struct bus_publisher *news;
	struct jobs *writes, *reads, *work;
	struct snaps *snaps;
	struct leases *leases;
	struct polls polls;
	struct sweeper *sweeper;
	struct store_metrics m;

	pthread_t writer, worker, ticker;
	pthread_t readers[READERS_MAX];
	bool has_writer, has_worker, has_ticker;
	size_t nreaders;

	pthread_mutex_t lock;           /* guards the next few */
	pthread_cond_t tick;
	bool stop_ticker;
	struct err write_err, read_err; /* code 0: the last one went well */
	int64_t commit_since_ms;        /* monotonic; 0: none under way */

	atomic_bool disk_low, write_stopped;
	atomic_bool draining;
	atomic_uint_fast64_t acked, refused, commits;
	/* Counts changes of custom patterns, from the time of the start on, so
	 * that no worker takes an old number for a new one. */
	atomic_uint_fast64_t patterns;
};

/* Answers and frees the job. */
void store_reply(struct store_server *s, struct job *j, struct buf *take);
void store_reply_nil(struct store_server *s, struct job *j);
void store_refuse(struct store_server *s, struct job *j, const struct err *e);

/* Remembers a failure of the disk, or that reading or writing went well. */
void store_note_read(struct store_server *s, const struct err *e);
void store_note_write(struct store_server *s, const struct err *e);

/* Thread bodies; arg is the server. */
void *store_writer_main(void *arg);
void *store_reader_main(void *arg);
void *store_worker_main(void *arg);
void *store_ticker_main(void *arg);

/* Work may have arrived: wakes a poll. */
void store_polls_wake(struct store_server *s);
/* Ends those whose time is over, or all. */
void store_polls_expire(struct store_server *s, int64_t now_ms, bool all);

/* Checkpoints; in server_admin.c. */
void store_answer_checkpoint(struct store_server *s, struct job *j);
void store_answer_checkpoint_drop(struct store_server *s, struct job *j);
void store_checkpoints_sweep(struct store_server *s);
/* In the writing thread. */
void store_answer_key(struct store_server *s, struct job *j);

/*
 * Runs that become an abandoned session by nothing but time (repo/sweep.h).
 * tick looks, in the ticker's thread, a bounded while; write marks what was
 * found, in the writer's, as a group of its own.
 */
struct sweeper *store_sweeper_new(struct store_server *s) CC_CHECK;
void store_sweeper_free(struct sweeper *w);
void store_sweeper_tick(struct sweeper *w, int64_t mono_ms);
int store_sweeper_write(struct sweeper *w, struct repo_commit *c,
    struct err *e) CC_CHECK;

/* Registers the metrics (again is fine) and sets the gauges. */
void store_metrics_init(struct store_metrics *m);
void store_metrics_tick(struct store_server *s);

#endif
