#ifndef FULLTEXT_KEYS_H
#define FULLTEXT_KEYS_H

#include "base/buf.h"
#include "base/err.h"
#include "base/hash.h"
#include "fulltext/document.h"
#include "fulltext/index.h"

/*
 * Inside lib/fulltext only: the keys of index.h, and its small records.
 */
enum {
	BLOCK_SIZE = 65536,
	TIME_ENTRY = 8,         /* bytes of an entry of 'w' */
	TEXT_KEY_MAX = FULLTEXT_SCOPE_MAX + 1 + DOCUMENT_TERM_MAX + 3
};

struct text_key {
	size_t n;
	char b[TEXT_KEY_MAX];
};

static inline struct str
text_key_str(const struct text_key *k)
{
	return str_of(k->b, k->n);
}

/* scope and kind, then what is appended. */
void text_key(struct text_key *k, struct str scope, char kind);
void text_key_u16(struct text_key *k, uint16_t v);
void text_key_u32(struct text_key *k, uint32_t v);
void text_key_add(struct text_key *k, struct str s);

/* The records of a scope. */
struct text_sums {
	uint32_t next;          /* number of the next document */
	uint64_t documents, words;
};
int text_sums_read(struct kv_snapshot *s, struct str scope,
    struct text_sums *out, struct err *e) CC_CHECK;

/* Least and greatest time of a block's documents. */
int text_span_read(struct kv_snapshot *s, struct str scope, uint16_t block,
    int64_t *least, int64_t *greatest, bool *found, struct err *e) CC_CHECK;

/* ERR_CORRUPT, in words. */
int text_corrupt(const char *what, struct err *e);

#endif
