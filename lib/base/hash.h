#ifndef BASE_HASH_H
#define BASE_HASH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cc.h"
#include "base/err.h"
#include "base/str.h"

/*
 * Hashes, random bytes and secrets, all from libsodium (the only library that
 * includes it).  Call hash_setup once before the others.
 */
enum { HASH128_SIZE = 16, HASH_SECRET_SIZE = 32 };

/* Stable across processes, machines and versions: it is in keys on disk. */
struct hash128 {
	uint8_t b[HASH128_SIZE];
};

/* Initialises libsodium; aborts if it cannot. */
void hash_setup(void);

/*
 * SipHash-2-4 with a fixed key, 64 and 128 bits.  Names for things in keys and
 * fingerprints; whoever forges a collision harms only his own project.
 */
uint64_t hash64(struct str s);
struct hash128 hash128(struct str s);

/* SipHash-2-4 with a random per-process key: for hash tables of strangers'
 * strings. */
uint64_t hash_seeded(struct str s);

/* BLAKE2b-256 of a secret: what is stored in place of an API key. */
void hash_secret(struct str secret, uint8_t out[HASH_SECRET_SIZE])
    CC_NONNULL(2);

/* Constant-time equality. */
bool hash_equal(const void *a, const void *b, size_t n) CC_NONNULL(1, 2);

void hash_random(void *out, size_t n) CC_NONNULL(1);

/* 2n lower-case hex digits and a NUL; out holds 2n + 1. */
void hex_encode(const void *p, size_t n, char *out) CC_NONNULL(3);

/* Exactly 2n hex digits of either case into n bytes; false otherwise. */
bool hex_decode(struct str s, void *out, size_t n) CC_CHECK CC_NONNULL(2);

/* A random (version 4) UUID in text: 36 characters and a NUL. */
enum { UUID_TEXT_SIZE = 37 };
void uuid_random(char out[UUID_TEXT_SIZE]) CC_NONNULL(1);

/* True for the 36-character text form of a version 4 UUID, any case. */
bool uuid_is_v4(struct str s);

#endif
