#ifndef DETECT_TEXT_H
#define DETECT_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cc.h"
#include "base/str.h"

/*
 * Words of a message in any script, normalised and hashed: the common ground
 * of the text model (detect/score.h).
 *
 *	struct text *t = text_new();
 *	size_t n;
 *
 *	text_scan(t, STR("I ALREADY told you: 12 May!"));
 *	n = text_grams(t, 0, t->n, grams, TEXT_GRAMS_MAX);
 *	text_free(t);
 *
 * Letters are case-folded (Latin, Greek, Cyrillic, full-width) and Latin and
 * Greek lose their accents; an apostrophe inside a word is dropped ("don't" is
 * "dont"); three or more equal letters become two.  A run of digits is the
 * token "0".  Scripts without spaces (Han, kana, Thai, ...) give one token a
 * character.  '?' and '!' are tokens; '@name' and addresses become one fixed
 * token each.  Other punctuation and bytes that are not UTF-8 only separate.
 *
 * Of a text longer than TEXT_HEAD_BYTES + TEXT_TAIL_BYTES only the beginning
 * and the end are read.  Hashes are part of the trained weights: change how a
 * token is made, and the weights have to be trained again.
 *
 * Memory: one struct text of fixed size, reused.  Threads: one object, one
 * thread.
 */
enum {
	TEXT_HEAD_BYTES = 1536,
	TEXT_TAIL_BYTES = 512,
	TEXT_TOKENS_MAX = 768,
	TEXT_NORM_MAX = 2048 + 2 * TEXT_TOKENS_MAX,
	TEXT_GRAMS_MAX = 8192,
	TEXT_BUCKET_BITS = 16
};

enum text_kind {
	TEXT_WORD,
	TEXT_NUMBER,
	TEXT_CHAR,      /* a character of a script without spaces, or emoji */
	TEXT_MARK,      /* '?' or '!' */
	TEXT_HANDLE     /* @name or an address */
};

struct text_token {
	uint32_t hash;          /* of the normalised form */
	uint32_t raw;           /* the same, but digits kept apart */
	uint32_t from, to;      /* bytes of the message */
	uint16_t norm, n;       /* its units in text.norm */
	uint8_t kind;           /* enum text_kind */
	bool caps;              /* two or more letters, all capitals */
	bool first_cap;         /* begins with a capital */
	bool stretched;         /* had three or more equal letters */
	bool after_stop;        /* first of a clause: punctuation before it */
};

struct text {
	struct text_token token[TEXT_TOKENS_MAX];
	size_t n;               /* tokens */
	size_t n_words;         /* of kind WORD, NUMBER or CHAR */
	size_t n_caps, n_stretched, n_question, n_exclaim, n_ellipsis;
	size_t n_bytes;         /* of the whole message */
	size_t n_norm;
	uint16_t norm[TEXT_NORM_MAX];
};

struct text *text_new(void) CC_CHECK;

/* Accepts NULL. */
void text_free(struct text *t);

/* Replaces what t holds by the tokens of s; keeps nothing of s. */
void text_scan(struct text *t, struct str s) CC_NONNULL(1);

/*
 * Buckets (below 1 << TEXT_BUCKET_BITS) of the word 1-2-grams and of the
 * character 3-5-grams inside words (1-3-grams of scripts without spaces) of
 * tokens [from, to); returns how many, at most max.  Repeats are kept.
 */
size_t text_grams(const struct text *t, size_t from, size_t to, uint32_t *out,
    size_t max) CC_NONNULL(1, 4);

/* The hash of a sequence: start with TEXT_PHRASE_SEED, add token hashes. */
#define TEXT_PHRASE_SEED 0x811c9dc5u

static inline uint32_t
text_phrase_add(uint32_t h, uint32_t token_hash)
{
	h = (h ^ token_hash) * 0x9e3779b1u;
	return h ^ h >> 15;
}

#endif
