#ifndef STORE_PROTO_H
#define STORE_PROTO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/cc.h"
#include "base/err.h"
#include "base/str.h"
#include "kv/kv.h"
#include "repo/commit.h"
#include "store/client.h"

/*
 * Inside lib/store only: the messages between weir-store and its clients.
 *
 * A message is a bus type and a payload.  The type holds the protocol version
 * in its high byte and one of enum store_message in its low one, so that an
 * old client and a new store refuse each other in words.  Payloads are
 * msgpack, each one value whose fields are listed here; encoders append,
 * decoders fail with ERR_INVALID on anything malformed, out of bounds or left
 * over.  Decoded texts are borrowed from the payload, arrays are in the arena.
 *
 *	message          request                        answer
 *	PING             nil                            nil
 *	SUBMIT           events, concatenated           nil
 *	GET              struct store_get               array of bin or nil:
 *	                                                the first few values
 *	SCAN             struct store_scan              bin key, bin value, …,
 *	                                                bool complete
 *	CLOSE            [client, snapshot]             nil
 *	LEASE            struct store_lease_ask         [timeout_ms, patterns,
 *	                                                [lease…]]
 *	VERDICT          [[lease id, bin events,
 *	                  bin document]…]               nil
 *	EXTEND, ABANDON  [lease id…]                    nil
 *	CHECKPOINT       nil                            str path
 *	CHECKPOINT_DROP  str path                       nil
 *	KEY_CREATE       struct repo_key_spec           [key, str secret]
 *	KEY_REVOKE       str id                         key
 *	RECLASSIFY       struct repo_again              the same, moved on
 *	NEWS (published) events, concatenated
 *
 * The status of an answer is STORE_OK, or STORE_REFUSED with [code, text].
 */
enum { STORE_PROTO_VERSION = 2 };

enum store_message {
	STORE_PING = 1,
	STORE_SUBMIT,
	STORE_GET,
	STORE_SCAN,
	STORE_CLOSE,
	STORE_LEASE,
	STORE_VERDICT,
	STORE_EXTEND,
	STORE_ABANDON,
	STORE_CHECKPOINT,
	STORE_CHECKPOINT_DROP,
	STORE_KEY_CREATE,
	STORE_KEY_REVOKE,
	STORE_RECLASSIFY,
	STORE_MESSAGE_END,
	STORE_NEWS = 128
};

enum store_status { STORE_OK = 0, STORE_REFUSED = 1 };

enum {
	STORE_GET_KEYS_MAX = 1024,
	STORE_ANSWER_MAX = 48 << 20,            /* bytes of an answer */
	STORE_CHUNK_BYTES = 1 << 20,            /* a scan's portion */
	STORE_CHUNK_ROWS = 10000,
	STORE_WAIT_MAX_MS = 60000,
	STORE_LEASE_IDS_MAX = 4096,
	STORE_NEWS_MAX = 256 << 10              /* bytes of one message */
};

static inline uint16_t
store_type(enum store_message m)
{
	return (uint16_t)(STORE_PROTO_VERSION << 8 | (unsigned)m);
}

/* Which snapshot a read is of.  Clients number their own. */
struct store_snap {
	uint64_t client;        /* random, one a client */
	uint64_t id;
	bool open;              /* make it if it is not there */
	bool once;              /* and close it with the last portion */
};

struct store_get {
	struct store_snap snap;
	enum kv_family family;
	uint64_t max_bytes;     /* of one value */
	struct str *keys;
	size_t n;
};

struct store_scan {
	struct store_snap snap;
	struct kv_range range;
};

/* "submit", "scan", …: for logs and metrics; NULL for none. */
const char *store_message_name(unsigned message);

/* 0 and *message, or ERR_INVALID for a type of another version or none of
 * ours. */
int store_type_parse(uint16_t type, enum store_message *message,
    struct err *e) CC_CHECK CC_NONNULL(2, 3);

void store_refusal_encode(const struct err *e, struct buf *b);
/* Sets *out to what the peer refused with; a malformed one is ERR_INVALID. */
int store_refusal_decode(struct str payload, struct err *out);

void store_nil_encode(struct buf *b);
int store_nil_decode(struct str payload, struct err *e) CC_CHECK;

void store_text_encode(struct str s, struct buf *b);
int store_text_decode(struct str payload, size_t max_bytes, struct str *s,
    struct err *e) CC_CHECK;

void store_get_encode(const struct store_get *m, struct buf *b);
int store_get_decode(struct str payload, struct arena *a, struct store_get *m,
    struct err *e) CC_CHECK;

void store_scan_encode(const struct store_scan *m, struct buf *b);
int store_scan_decode(struct str payload, struct store_scan *m, struct err *e)
    CC_CHECK;

void store_close_encode(const struct store_snap *m, struct buf *b);
int store_close_decode(struct str payload, struct store_snap *m,
    struct err *e) CC_CHECK;

/* The answer to a get: how many values, then each (STR_NULL: no such key);
 * not more than keys were asked for. */
void store_values_begin_encode(size_t n, struct buf *b);
void store_value_encode(struct str value, struct buf *b);
int store_values_decode(struct str payload, struct arena *a,
    struct str **values, size_t *n, struct err *e) CC_CHECK;

/* The answer to a scan, row by row. */
struct store_rows {
	struct pack_reader r;
};
enum { STORE_ROW = 1 };
void store_row_encode(struct str key, struct str value, struct buf *b);
void store_rows_end_encode(bool complete, struct buf *b);
/* STORE_ROW with a row; 0 at the end with *complete; or an error code. */
int store_rows_next(struct store_rows *rows, struct str *key,
    struct str *value, bool *complete, struct err *e) CC_CHECK;

void store_lease_ask_encode(const struct store_lease_ask *m, struct buf *b);
/* worker is borrowed and not NUL-terminated: it is copied to the arena. */
int store_lease_ask_decode(struct str payload, struct arena *a,
    struct store_lease_ask *m, struct err *e) CC_CHECK;

/* Header of the answer to a lease, then each lease. */
void store_leases_begin_encode(int64_t timeout_ms, uint64_t patterns,
    size_t n, struct buf *b);
void store_lease_encode(const struct store_lease *m, struct buf *b);
int store_leases_decode(struct str payload, struct arena *a,
    int64_t *timeout_ms, uint64_t *patterns, struct store_lease **v,
    size_t *n, struct err *e) CC_CHECK;

void store_ids_encode(const uint64_t *ids, size_t n, struct buf *b);
int store_ids_decode(struct str payload, struct arena *a, uint64_t **ids,
    size_t *n, struct err *e) CC_CHECK;

void store_again_encode(const struct repo_again *m, struct buf *b);
int store_again_decode(struct str payload, struct repo_again *m,
    struct err *e) CC_CHECK;

void store_verdict_encode(const struct store_judgement *v, size_t n,
    struct buf *b);
int store_verdict_decode(struct str payload, struct arena *a,
    struct store_judgement **v, size_t *n, struct err *e) CC_CHECK;

#endif
