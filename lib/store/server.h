#ifndef STORE_SERVER_H
#define STORE_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cc.h"
#include "base/err.h"
#include "bus/keys.h"
#include "bus/server.h"
#include "kv/kv.h"
#include "repo/commit.h"

/*
 * The serving half of weir-store, on any kv.
 *
 *	struct store_server_options o = { .kv = kv,
 *	    .endpoints = { "ipc:///run/weir/store" } };
 *	struct store_server *s;
 *
 *	if (store_server_open(&o, &s, e))
 *		return err_wrap(e, "start");
 *	…
 *	store_server_close(s, 10000);
 *	kv_close(kv);
 *
 * One thread writes: it takes what has queued up while the one before was on
 * its way to the disk, commits that as one synced batch, and only then
 * acknowledges; so a lone request waits for nothing but one fsync, and many
 * share it.  Reader threads answer gets and portions of scans on snapshots;
 * one thread hands out work.  Queues are bounded: beyond that a request is
 * refused with ERR_AGAIN at once.
 *
 * What was acknowledged is on disk; what was not may or may not be, and the
 * sender sends it again.  Leases, snapshots and polls are in memory only.
 *
 * Threads: open, close and metrics from one; check from any.
 */
struct store_server;

/* A field that is 0 means its default. */
struct store_server_options {
	struct kv *kv;                  /* borrowed; repo_open is done here */
	const struct repo_pricer *pricer;       /* may be NULL; borrowed */
	const char *endpoints[BUS_ENDPOINTS_MAX + 1];   /* NULL-terminated */
	const char *publish[BUS_ENDPOINTS_MAX + 1];     /* none: no news */
	const struct bus_keys *keys;    /* needed for tcp; copied */
	bool allow_plain;               /* tcp on loopback without keys */
	const char *checkpoint_dir;     /* NULL: no checkpoints; borrowed */
	const char *disk_path;          /* NULL: space is not watched */
	uint64_t min_free_bytes;        /* of it; below, submits are refused */
	size_t readers;                 /* threads: 2 */
	size_t queue_messages;          /* waiting to be written: 4096 */
	size_t queue_bytes;             /* 32 MiB */
	size_t max_snapshots;           /* 256 */
	int64_t snapshot_idle_ms;       /* STORE_SNAPSHOT_IDLE_MS */
	int64_t lease_ms;               /* 30000 */
};

/* ERR_EXISTS: an address is in use.  Otherwise as repo_open and the bus. */
int store_server_open(const struct store_server_options *o,
    struct store_server **out, struct err *e) CC_CHECK CC_NONNULL(1, 2, 3);

/*
 * Refuses new requests, finishes the queued ones, stops.  True if all were
 * answered within timeout_ms.  Accepts NULL.
 */
bool store_server_close(struct store_server *s, int64_t timeout_ms);

/* The i-th address as bound, or NULL. */
const char *store_server_endpoint(const struct store_server *s, size_t i)
    CC_NONNULL(1);

/* 0, or why it cannot serve: writes or reads fail, a commit hangs, the disk
 * is nearly full. */
int store_server_check(void *server, struct err *e) CC_NONNULL(1, 2);

/* True, and why, while the disk's last read or write failed: other than what
 * else makes check fail, that may need the database to be opened anew. */
bool store_server_is_failing(struct store_server *s, struct err *why) CC_CHECK
    CC_NONNULL(1, 2);

/* For tests and logs; a moment's view. */
struct store_server_stats {
	uint64_t commits;       /* synced batches */
	uint64_t acked;         /* messages */
	uint64_t refused;
	size_t queued, queued_bytes;
	size_t snapshots, leases, polls;
};
void store_server_stats(struct store_server *s,
    struct store_server_stats *out) CC_NONNULL(1, 2);

#endif
