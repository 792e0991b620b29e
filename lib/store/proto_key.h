#ifndef STORE_PROTO_KEY_H
#define STORE_PROTO_KEY_H

#include "repo/key.h"
#include "store/proto.h"

/*
 * Inside lib/store only: the messages about keys, as store/proto.h.
 */
void store_key_spec_encode(const struct repo_key_spec *m, struct buf *b);
int store_key_spec_decode(struct str payload, struct repo_key_spec *m,
    struct err *e) CC_CHECK;

/* secret may be NULL: then the message has none, and none is read. */
void store_key_encode(const struct repo_key *k, const char *secret,
    struct buf *b);
int store_key_decode(struct str payload, struct repo_key *k,
    char secret[REPO_SECRET_SIZE], struct err *e) CC_CHECK;

#endif
