#ifndef FULLTEXT_DOCUMENT_H
#define FULLTEXT_DOCUMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/cc.h"
#include "base/err.h"
#include "base/str.h"
#include "words/words.h"

/*
 * A text as the index takes it: which words it has in which of its fields, and
 * where.  Made wherever the text is (a worker), carried to the one who writes
 * the index as bytes.
 *
 *	struct document *d = document_new();
 *
 *	document_begin(d);
 *	document_add_text(d, PROMPT, run->user_prompt);
 *	document_add_text(d, RESPONSE, run->response);
 *	document_add_keyword(d, 'a', run->agent);
 *	document_encode(d, &out);
 *	document_free(d);
 *
 * Fields are numbers below DOCUMENT_FIELDS_MAX; what they mean is the
 * caller's.  Texts added to one field follow each other at a distance, so that
 * no phrase reaches from one into the next.  Keywords are values that are
 * searched for as a whole, whatever their case; kind tells them apart.
 *
 * Bounded: of a document, the first DOCUMENT_WORDS_MAX words are taken.
 * Wire form, canonical (equal content gives equal bytes):
 *	varint words; then for each term, in byte order:
 *	    u8 n, n bytes           the term
 *	    varint n, n bytes       its posting (fulltext/posting.h)
 * Threads: one object, one thread.
 */
enum {
	DOCUMENT_FIELDS_MAX = 8,
	DOCUMENT_WORDS_MAX = 16384,
	DOCUMENT_KEYWORDS_MAX = 256,
	DOCUMENT_BYTES_MAX = 2 << 20,   /* encoded; never more */
	DOCUMENT_TERM_MAX = 128         /* bytes of a term */
};

struct document;

struct document *document_new(void) CC_CHECK;
/* Accepts NULL. */
void document_free(struct document *d);

/* Empties it. */
void document_begin(struct document *d) CC_NONNULL(1);

void document_add_text(struct document *d, unsigned field, struct str text)
    CC_NONNULL(1);
/* Empty values are left out. */
void document_add_keyword(struct document *d, char kind, struct str value)
    CC_NONNULL(1);

/* From here on texts are taken up to so many words in all (at most
 * DOCUMENT_WORDS_MAX, as after document_begin): keeps room for later ones. */
void document_limit(struct document *d, size_t words) CC_NONNULL(1);

/* Words taken so far; keywords do not count. */
size_t document_words(const struct document *d) CC_NONNULL(1);

/* Keywords taken so far: of DOCUMENT_KEYWORDS_MAX. */
size_t document_keywords(const struct document *d) CC_NONNULL(1);

/* Appends the wire form. */
void document_encode(struct document *d, struct buf *out) CC_NONNULL(1, 2);

/* The term of a keyword, into out; returns its length. */
size_t document_keyword(char kind, struct str value,
    char out[DOCUMENT_TERM_MAX]) CC_NONNULL(3);

/* 0 if the bytes are a document, or ERR_INVALID. */
int document_check(struct str bytes, struct err *e) CC_CHECK CC_NONNULL(2);

/* Reading the wire form. */
struct document_reader {
	struct str rest;
	uint64_t words;
	struct str last;
};
/* ERR_INVALID: not a document. */
int document_open(struct document_reader *r, struct str bytes, struct err *e)
    CC_CHECK CC_NONNULL(1, 3);
/* 1 with a term and its posting, borrowed from bytes; 0 at the end; or
 * ERR_INVALID. */
int document_next(struct document_reader *r, struct str *term,
    struct str *posting, struct err *e) CC_CHECK CC_NONNULL(1, 2, 3, 4);

#endif
