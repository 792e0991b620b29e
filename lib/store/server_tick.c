/* What happens by the clock: expiry, disk space, gauges. */
#include <malloc.h>
#include <stdlib.h>
#include <sys/statvfs.h>

#include "base/clock.h"
#include "base/cond.h"
#include "base/log.h"
#include "base/mem.h"
#include "store/server_in.h"

enum {
	TICK_MS = 100,
	GAUGES_MS = 1000,
	BACKLOG_MS = 5000,
	SWEEP_MS = 60000,
	TRIM_MS = 10000,
	BACKLOG_MAX = 100000
};

static void
add(struct metric **m, const char *name, const char *help)
{
	*m = metrics_gauge(name, help, NULL);
}

static void
init_counters(struct store_metrics *m)
{
	m->refused = metrics_counter("weir_store_refused_total",
	    "Requests refused: overload, bad input, failures.", NULL);
	m->commits = metrics_counter("weir_store_commits_total",
	    "Synced batches written.", NULL);
	m->commit_failures = metrics_counter(
	    "weir_store_commit_failures_total",
	    "Batches that could not be written.", NULL);
	m->events = metrics_counter("weir_store_events_total",
	    "Events stored; repeated ones do not count.", NULL);
	m->event_bytes = metrics_counter("weir_store_event_bytes_total",
	    "Bytes of events stored.", NULL);
	m->news = metrics_counter("weir_store_news_total",
	    "Messages published about commits.", NULL);
	m->expired = metrics_counter("weir_store_leases_expired_total",
	    "Leases that ended without a verdict.", NULL);
	m->commit_seconds = metrics_histogram("weir_store_commit_seconds",
	    "Duration of a synced batch.", NULL, NULL, 0);
	m->ack_seconds = metrics_histogram("weir_store_ack_seconds",
	    "From the arrival of a request to its acknowledgement.", NULL,
	    NULL, 0);
	m->classify_seconds = metrics_histogram("weir_store_classify_seconds",
	    "From the acceptance of a run's newest event to its verdict.",
	    NULL, NULL, 0);
}

static void
init_gauges(struct store_metrics *m)
{
	add(&m->queue_messages, "weir_store_queue_messages",
	    "Requests that wait to be written.");
	add(&m->queue_bytes, "weir_store_queue_bytes",
	    "Bytes of requests that wait to be written.");
	add(&m->leases, "weir_store_leases", "Runs leased to classifiers.");
	add(&m->redo, "weir_store_leases_redo",
	    "Runs whose lease ended, to be leased again.");
	add(&m->polls, "weir_store_polls", "Classifiers that wait for work.");
	add(&m->backlog, "weir_store_work_backlog",
	    "Runs not classified yet, leased ones too; counted to 100000.");
	add(&m->snapshots, "weir_store_snapshots",
	    "Snapshots held for readers.");
	add(&m->disk_free, "weir_store_disk_free_bytes",
	    "Space left on the file system of the data.");
	add(&m->disk_used, "weir_store_disk_used_bytes",
	    "Size of the database's files.");
	add(&m->memtable, "weir_store_memtable_bytes",
	    "Write buffers of the database.");
	add(&m->cache, "weir_store_cache_bytes",
	    "Block cache of the database.");
	add(&m->pending, "weir_store_pending_compaction_bytes",
	    "What the database still has to rewrite, estimated.");
}

void
store_metrics_init(struct store_metrics *m)
{
	char label[64];

	for (unsigned i = STORE_PING; i < STORE_MESSAGE_END; i++) {
		snprintf(label, sizeof(label), "message=\"%s\"",
		    store_message_name(i));
		m->requests[i] = metrics_counter("weir_store_requests_total",
		    "Requests by message.", label);
	}
	init_counters(m);
	init_gauges(m);
}

/* ---- every second ---- */

static void
watch_disk(struct store_server *s)
{
	uint64_t free_bytes;
	struct statvfs v;
	bool low;

	if (!s->o.disk_path || statvfs(s->o.disk_path, &v))
		return;
	free_bytes = (uint64_t)v.f_bavail * v.f_frsize;
	metric_set(s->m.disk_free, (int64_t)free_bytes);
	low = free_bytes < s->o.min_free_bytes;
	if (low != atomic_exchange(&s->disk_low, low))
		log_warn("disk-space", "free_bytes=%llu low=%d",
		    (unsigned long long)free_bytes, low);
}

/* The engine's own view of whether it can write. */
static void
watch_kv(struct store_server *s)
{
	struct err e = ERR_INIT;
	struct kv_stats st;

	if (kv_stats(s->o.kv, &st, &e)) {
		store_note_read(s, &e);
		return;
	}
	metric_set(s->m.disk_used, (int64_t)st.disk_bytes);
	metric_set(s->m.memtable, (int64_t)st.memtable_bytes);
	metric_set(s->m.cache, (int64_t)st.cache_bytes);
	metric_set(s->m.pending, (int64_t)st.pending_compaction_bytes);
	atomic_store(&s->write_stopped,
	    st.is_write_stopped || st.background_errors > 0);
}

void
store_metrics_tick(struct store_server *s)
{
	struct store_server_stats st;

	store_server_stats(s, &st);
	metric_set(s->m.queue_messages, (int64_t)st.queued);
	metric_set(s->m.queue_bytes, (int64_t)st.queued_bytes);
	metric_set(s->m.leases, (int64_t)st.leases);
	metric_set(s->m.redo, (int64_t)leases_redo_count(s->leases));
	metric_set(s->m.polls, (int64_t)st.polls);
	metric_set(s->m.snapshots, (int64_t)st.snapshots);
	watch_disk(s);
	watch_kv(s);
}

static void
count_backlog(struct store_server *s)
{
	struct err e = ERR_INIT;
	struct kv_snapshot *kv;
	size_t n;

	if (kv_snapshot_open(s->o.kv, &kv, &e)) {
		store_note_read(s, &e);
		return;
	}
	if (repo_work_depth(kv, BACKLOG_MAX, &n, &e))
		store_note_read(s, &e);
	else
		metric_set(s->m.backlog, (int64_t)n);
	kv_snapshot_close(kv);
}

/* ---- the thread ---- */

/* In the thread that makes checkpoints, so that the two do not meet. */
static void
ask_sweep(struct store_server *s)
{
	struct job *j = mem_zalloc(1, sizeof(*j));

	j->message = STORE_CHECKPOINT_DROP;
	if (!jobs_push(s->work, JOBS_QUICK, j))
		free(j);
}

static bool
is_due(int64_t *next_ms, int64_t every_ms, int64_t now_ms)
{
	if (now_ms < *next_ms)
		return false;
	*next_ms = now_ms + every_ms;
	return true;
}

/* Sleeps; false when the thread is to end. */
static bool
wait_tick(struct store_server *s)
{
	int64_t end_ms = clock_mono_ms() + TICK_MS;
	bool stop;

	pthread_mutex_lock(&s->lock);
	if (!s->stop_ticker)
		cond_wait_until(&s->tick, &s->lock, end_ms);
	stop = s->stop_ticker;
	pthread_mutex_unlock(&s->lock);
	return !stop;
}

void *
store_ticker_main(void *arg)
{
	struct store_server *s = arg;
	int64_t gauges_ms = 0, backlog_ms = 0, sweep_ms = 0, trim_ms = 0;
	int64_t now_ms;
	size_t n;

	do {
		now_ms = clock_mono_ms();
		snaps_expire(s->snaps, now_ms);
		n = leases_expire(s->leases, now_ms);
		metric_add(s->m.expired, (int64_t)n);
		if (n)
			store_polls_wake(s);
		store_polls_expire(s, now_ms, false);
		store_sweeper_tick(s->sweeper, now_ms);
		if (is_due(&gauges_ms, GAUGES_MS, now_ms))
			store_metrics_tick(s);
		if (is_due(&backlog_ms, BACKLOG_MS, now_ms))
			count_backlog(s);
		if (is_due(&sweep_ms, SWEEP_MS, now_ms))
			ask_sweep(s);
		/* What a large request took does not stay for good. */
		if (is_due(&trim_ms, TRIM_MS, now_ms))
			malloc_trim(0);
	} while (wait_tick(s));
	return NULL;
}
