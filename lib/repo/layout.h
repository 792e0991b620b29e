#ifndef REPO_LAYOUT_H
#define REPO_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cc.h"
#include "base/err.h"
#include "base/hash.h"
#include "base/str.h"
#include "kv/kv.h"
#include "model/event.h"

/*
 * Where everything is in the store, byte by byte.  Integers are big-endian.
 *
 * scope   project u32 | env u8 (enum event_env)                      5 bytes
 * rid     hash128 of a run id, failure id or insight id             16 bytes
 * time    INT64_MAX - ms since the epoch: newest first               8 bytes
 * h8      hash64 of a name                                           8 bytes
 *
 * KV_EVENTS   scope | class | rid | seq u64
 *             → what one request said about one entity (repo/record.h).
 *             class 'r': events of a run; 'f': changes of a failure's status;
 *             'i': insights; 'p': custom patterns; 't': topic models.  seq grows with each request: arrival order.
 *             The truth: written once; all but KV_KEYS follows from it.
 * KV_RUNS     scope | rid → run id (u16 length, bytes) | head (model/run.h)
 * KV_INDEX    scope | 'T' | time | rid → flags u8 [| h8 of the session]
 *             scope | 'E' | time | rid         runs with status error
 *             scope | 'K' | time | rid         runs with feedback
 *             scope | 'A' | h8 | time | rid    by agent
 *             scope | 'U' | h8 | time | rid    by user
 *             scope | 'O' | h8 | time | rid    by organisation
 *             scope | 'S' | h8 | time | rid    by session
 *             scope | 'P' | h8 | time | rid    by signal slug
 *             scope | 'Q' | h8 | time | rid    by topic id, child and parent
 *             scope | 'F' | h8 | time | rid | h8 of the occurrence's id
 *                     by failure; time is the occurrence's own
 *             Everywhere else time is the run's start.  Values but 'T' are
 *             empty.  Two names with one h8 share a list: readers compare the
 *             name in the head.
 * KV_ROLLUPS  scope | dim | level | bucket start in s u32 | name
 *             → counters, sketches, label (repo/rollup.h).  Level 'A' (all
 *             time) has bucket 0.  A name longer than LAYOUT_NAME_MAX is cut
 *             and ends in its hash128.
 * KV_STATE    scope | 'f' | failure id → status, folded from its changes
 *             scope | 'i' | insight id → the insight, folded
 *             scope | 'I' | time of its end | rid → insight id
 *             scope | 'p' | slug → the custom pattern, folded; a deleted
 *                     one stays, for its order
 *             scope | 't' | month, "2026-11" → its last topic model
 *             Values of 'f', 'i', 'p' and 't' are one event each, without
 *             project.
 * KV_WORK     'q' | seq u64 → scope | rid      what to classify, oldest first
 *             'r' | scope | rid → seq u64      the one entry a run has
 * KV_KEYS     'k' | BLAKE2b-256 of a secret → API key (repo/key.h)
 *             'i' | key id → that hash
 *             'p' | project name → u32; 'n' | u32 → project name
 *             "next" → u32, the next project number
 * KV_TEXT     the full-text index (fulltext/index.h), its scope is ours and
 *             its ids are rids; documents are made by classifiers, beside
 *             their verdicts.
 * KV_DEFAULT  "schema" → u32; "seq" → u64, the last one given out;
 *             "reindex" → there while a reindex is under way
 *             "sweep" | scope → time | rid of the last run that was looked
 *             at for being left alone (repo/sweep.h)
 *
 * Threads: pure functions.
 */
enum {
	LAYOUT_SCHEMA = 2,
	LAYOUT_NAME_MAX = 512,
	LAYOUT_SCOPE_SIZE = 5,
	LAYOUT_EVENT_PREFIX = LAYOUT_SCOPE_SIZE + 1 + HASH128_SIZE
};

/* Times are clamped to what buckets can say: 1970 to 2106. */
#define LAYOUT_TIME_MAX_MS INT64_C(4294944000000)

/* A project and an environment: the prefix of every key of their data. */
struct repo_scope {
	uint32_t project;
	enum event_env env;
};

enum layout_class {
	CLASS_RUN = 'r', CLASS_FAILURE = 'f', CLASS_INSIGHT = 'i',
	CLASS_PATTERN = 'p', CLASS_TOPICS = 't'
};

enum layout_index {
	INDEX_TIME = 'T', INDEX_ERROR = 'E', INDEX_FEEDBACK = 'K',
	INDEX_AGENT = 'A', INDEX_USER = 'U', INDEX_ORG = 'O',
	INDEX_SESSION = 'S', INDEX_PATTERN = 'P', INDEX_FAILURE = 'F',
	INDEX_TOPIC = 'Q'
};

/* Flags in the value of INDEX_TIME. */
enum { INDEX_IS_ERROR = 1, INDEX_IS_CONVERSATIONAL = 2 };

/* A key under construction; every key above fits. */
struct layout_key {
	size_t n;
	char b[LAYOUT_SCOPE_SIZE + 1 + 2 * EVENT_ID_MAX + 32];
};

static inline struct str
layout_str(const struct layout_key *k)
{
	return str_of(k->b, k->n);
}

static inline bool
scope_eq(struct repo_scope a, struct repo_scope b)
{
	return a.project == b.project && a.env == b.env;
}

/* Builders: each starts the key anew. */
void layout_scope(struct layout_key *k, struct repo_scope s);
void layout_event(struct layout_key *k, struct repo_scope s,
    enum layout_class c, const struct hash128 *rid, uint64_t seq);
void layout_event_prefix(struct layout_key *k, struct repo_scope s,
    enum layout_class c, const struct hash128 *rid);
void layout_run(struct layout_key *k, struct repo_scope s,
    const struct hash128 *rid);
/* name is what h8 is made of; not looked at for kinds without one. */
void layout_index_prefix(struct layout_key *k, struct repo_scope s,
    enum layout_index kind, struct str name);
/* Up to and with the rid; rid NULL ends the key behind the time. */
void layout_index(struct layout_key *k, struct repo_scope s,
    enum layout_index kind, struct str name, int64_t ms,
    const struct hash128 *rid);
/* The same by the h8 of a name. */
void layout_index_h8(struct layout_key *k, struct repo_scope s,
    enum layout_index kind, uint64_t h8, int64_t ms,
    const struct hash128 *rid);
void layout_state(struct layout_key *k, struct repo_scope s, char kind,
    struct str id);

/* Appenders. */
void layout_add_byte(struct layout_key *k, uint8_t c);
void layout_add_be32(struct layout_key *k, uint32_t v);
void layout_add_be64(struct layout_key *k, uint64_t v);
void layout_add(struct layout_key *k, struct str s);

/* Reads scope from the front of a key; false if it is too short or wrong. */
bool layout_read_scope(struct str key, struct repo_scope *out) CC_CHECK;

/* Time and rid of an index key of the kind; false if it has not its length. */
bool layout_read_index(struct str key, enum layout_index kind, int64_t *ms,
    struct hash128 *rid) CC_CHECK;

/* Bytes of an index key before its time. */
size_t layout_index_prefix_size(enum layout_index kind);

/* ms within 0..LAYOUT_TIME_MAX_MS. */
int64_t layout_clamp_ms(int64_t ms);

#endif
