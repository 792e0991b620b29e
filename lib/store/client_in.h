#ifndef STORE_CLIENT_IN_H
#define STORE_CLIENT_IN_H

#include <stdatomic.h>

#include "bus/client.h"
#include "kv/kv_backend.h"
#include "store/client.h"
#include "store/proto.h"

/*
 * Inside the client half of lib/store only.
 */
struct remote {
	struct kv base;                 /* first: kv_backend.h */
	struct kv_snapshot latest;
};

struct store_client {
	struct remote remote;
	struct bus_client *bus;
	uint64_t id;                    /* names our snapshots */
	atomic_uint_fast64_t next_snap;
	int64_t read_timeout_ms;
};

/*
 * Sends and waits.  0 with the payload of the answer appended to answer, or
 * the store's refusal, or what the bus says.
 */
int store_call(struct store_client *c, enum store_message m,
    struct str payload, int64_t timeout_ms, unsigned flags,
    struct buf *answer, struct err *e) CC_CHECK;

/* As store_call, for messages whose answer is nil. */
int store_call_nil(struct store_client *c, enum store_message m,
    struct str payload, int64_t timeout_ms, unsigned flags, struct err *e)
    CC_CHECK;

/* Fills in c->remote. */
void store_remote_init(struct store_client *c);

#endif
