#ifndef STORE_CLIENT_H
#define STORE_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/cc.h"
#include "base/err.h"
#include "base/str.h"
#include "bus/keys.h"
#include "bus/server.h"
#include "detect/detect.h"
#include "model/event.h"

/*
 * Speaking to weir-store, the one process that writes the database: handing
 * events in, reading, taking work, hearing what was committed.  Operators'
 * requests (keys, checkpoints) are in store/admin.h.
 *
 *	struct store_options o = { .endpoints = { "ipc:///run/weir/store" } };
 *	struct store_client *c;
 *	struct buf events;
 *
 *	if (store_client_open(&o, &c, e))
 *		return err_wrap(e, "start");
 *	buf_init(&events, 1 << 20);
 *	event_encode(&ev, &events);
 *	if (store_submit_wait(c, &events, 5000, e))
 *		return err_wrap(e, "hand in");
 *	if (kv_snapshot_open(store_kv(c), &s, e)) …    // read it back
 *	store_client_close(c);
 *
 * Errors, of all calls: ERR_AGAIN not reached, overloaded or timed out, try
 * again later (all requests may be repeated: submitting something twice
 * changes nothing); ERR_LIMIT and ERR_INVALID this request is refused and
 * would be again, the text says why; ERR_IO and ERR_CORRUPT the store's disk
 * failed.
 * Threads: one internal thread; every call from any thread, those that wait
 * never from a callback.
 */
struct kv;
struct store_client;

enum {
	STORE_SUBMIT_MAX = 32 << 20,    /* bytes of events in one submit */
	STORE_LEASE_RUNS_MAX = 256,     /* runs in one lease answer */
	STORE_LEASE_BYTES_MAX = 32 << 20,
	STORE_WORKER_NAME_MAX = 128
};

/* A field that is 0 means its default. */
struct store_options {
	/* Addresses of one and the same store; NULL-terminated. */
	const char *endpoints[BUS_ENDPOINTS_MAX + 1];
	const struct bus_keys *keys;    /* needed for tcp; copied */
	bool allow_plain;               /* tcp on loopback without keys */
	size_t max_bytes;               /* in flight, to and fro: 128 MiB */
	int64_t read_timeout_ms;        /* of each read through store_kv: 5000 */
	int64_t connect_wait_ms;        /* 1000; negative: do not wait */
};

/* Does not wait for a connection; ERR_INVALID and ERR_DENIED for endpoints
 * that cannot be used with these keys. */
int store_client_open(const struct store_options *o, struct store_client **out,
    struct err *e) CC_CHECK CC_NONNULL(1, 2, 3);

/* Ends what is outstanding with ERR_AGAIN; snapshots must be closed before.
 * Accepts NULL. */
void store_client_close(struct store_client *c);

/* 0 when the store answers and accepts writes; for readiness checks. */
int store_ping(struct store_client *c, int64_t timeout_ms, struct err *e)
    CC_CHECK CC_NONNULL(1, 3);

/* ---- submit ---- */

/* code 0: on disk, synced, and visible to every read that starts now.
 * Otherwise text says why; it is borrowed for the callback. */
typedef void store_submit_fn(void *arg, int code, const char *text);

/*
 * Hands in a concatenation of encoded events (model/event.h), all or none of
 * which are stored.  Takes the buffer's memory and leaves it empty; on error
 * (ERR_AGAIN too much outstanding, ERR_LIMIT too large) the buffer is
 * untouched and done is never called.  done runs on the client's thread, once,
 * within timeout_ms.
 */
int store_submit(struct store_client *c, struct buf *take, int64_t timeout_ms,
    store_submit_fn *done, void *arg, struct err *e)
    CC_CHECK CC_NONNULL(1, 2, 4, 6);

/* As store_submit, and waits; the buffer is empty afterwards in any case. */
int store_submit_wait(struct store_client *c, struct buf *take,
    int64_t timeout_ms, struct err *e) CC_CHECK CC_NONNULL(1, 2, 4);

/* ---- read ---- */

/*
 * The store's contents, read-only, behind kv/kv.h; owned by the client, not to
 * be kv_closed.  A snapshot costs no message of its own: the store makes it at
 * the first read.  Reads of one snapshot are consistent; one that is idle for
 * STORE_SNAPSHOT_IDLE_MS, or in a store that restarted, answers ERR_AGAIN from
 * then on.  kv_latest reads afresh each time.  Scans fetch in portions, the
 * first ones small.  kv_write, kv_checkpoint and kv_compact: ERR_INVALID.
 */
struct kv *store_kv(struct store_client *c) CC_NONNULL(1);

enum { STORE_SNAPSHOT_IDLE_MS = 15000 };

/* ---- work ---- */

/* A turn of the same session that began before the leased run. */
struct store_turn {
	struct str run_id;
	struct str head;                /* run_head_decode: texts are cut */
};

/* One leased run, with all that a classifier looks at. */
struct store_lease {
	uint64_t id;                    /* names the lease, never 0 */
	struct str project;
	enum event_env env;
	struct str run_id;
	uint64_t rev;                   /* goes into the verdict */
	struct str events;              /* all of the run in arrival order,
					 * concatenated: event_decode */
	struct store_turn *turns;       /* oldest first */
	size_t nturns;
	/* What else a verdict depends on: see detect/detect.h. */
	struct detect_usual usual;
	int64_t cost_pico_usd;
	int64_t next_ms;
	int64_t now_ms;                 /* the store's clock */
};

/* What one store_lease returned; memory is released by store_leases_fini. */
struct store_leases {
	struct store_lease *v;
	size_t n;
	int64_t timeout_ms;             /* the leases end this long from now */
	uint64_t patterns;              /* is another number once a custom
					 * pattern has changed */
	struct arena *arena;
	struct buf bytes;
};

struct store_lease_ask {
	struct str worker;              /* name for logs: "host:pid" */
	int64_t version;                /* of the classifier */
	size_t max_runs;
	size_t max_bytes;               /* of events; one run always fits */
	int64_t wait_ms;                /* for work to arrive; at most 60000 */
};

/*
 * Leases runs that changed since they were last classified.  0 with n == 0:
 * there was none within wait_ms.  A lease that is not settled by a verdict,
 * given up or extended within timeout_ms goes to another worker.  A lease may
 * be held twice if an answer was lost; that is harmless.  ERR_DENIED: a newer
 * version of the classifier has asked in the last two minutes.
 */
int store_lease(struct store_client *c, const struct store_lease_ask *ask,
    struct store_leases *out, struct err *e) CC_CHECK CC_NONNULL(1, 2, 3, 4);

/* Leaves *l empty; harmless on one that is. */
void store_leases_fini(struct store_leases *l) CC_NONNULL(1);

/* What a classifier has to say about one leased run. */
struct store_judgement {
	uint64_t lease;
	struct str events;              /* verdict, signal and failure events,
					 * encoded with project, env, run id;
					 * may be empty */
	struct str document;            /* what of it can be searched
					 * (model/searchable.h); empty: what
					 * there was stays */
};

/*
 * Commits judgements and ends their leases.  A run that changed meanwhile
 * stays in the queue and is leased again.  Right even if a lease has ended:
 * verdicts are keyed by run and version.  Each judgement stands for itself:
 * on ERR_INVALID or ERR_LIMIT the others are stored.
 */
int store_verdict(struct store_client *c, const struct store_judgement *v,
    size_t n, int64_t timeout_ms, struct err *e) CC_CHECK CC_NONNULL(1, 5);

/* The leases end timeout_ms from now; ERR_NOT_FOUND if one of them has ended
 * (the others are extended). */
int store_lease_extend(struct store_client *c, const uint64_t *leases,
    size_t n, struct err *e) CC_CHECK CC_NONNULL(1, 4);

/* Gives leases up: another worker gets the runs at once. */
int store_lease_abandon(struct store_client *c, const uint64_t *leases,
    size_t n, struct err *e) CC_CHECK CC_NONNULL(1, 4);

/* ---- news ---- */

/*
 * Called for each commit with the events of it (concatenated, decodable with
 * event_decode, borrowed).  missed: messages lost before this one, since a
 * slow listener is not waited for; read the store then.  A commit may come in
 * several portions; an event of more than 256 KiB is left out.
 */
typedef void store_news_fn(void *arg, struct str events, uint64_t missed);

struct store_subscriber;

/* endpoints are those that weir-store publishes at; NULL-terminated.  heard
 * runs on the subscriber's own thread. */
int store_subscribe(const char *const *endpoints, const struct bus_keys *keys,
    bool allow_plain, store_news_fn *heard, void *arg,
    struct store_subscriber **out, struct err *e)
    CC_CHECK CC_NONNULL(1, 4, 6, 7);

/* Accepts NULL.  Not from the callback. */
void store_unsubscribe(struct store_subscriber *s);

#endif
