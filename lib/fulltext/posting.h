#ifndef FULLTEXT_POSTING_H
#define FULLTEXT_POSTING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/cc.h"
#include "base/str.h"

/*
 * Inside lib/fulltext only: what a document says about one term, and the lists
 * of those in the store.
 *
 * Of a keyword, a posting is empty if its value is as folded, else
 *	be16 hash ...   keyword_hash of each value that folds so, ascending
 * Of a word:
 *	u8 fields       bit f: it stands in field f
 *	u8 count        how often in all, 255 for more
 *	for each field, lowest first:
 *	    varint n    how often in it; left out when there is one field and
 *	                count says it
 *	    n varints   positions, each as the distance to the one before
 *
 * A list is a concatenation of entries, ascending by document:
 *	be16 low        the lower half of the document's number
 *	u8 length       of the document in words (posting_length)
 *	varint n, n bytes       the posting
 */
enum {
	POSTING_COUNT_MAX = 255,
	/*
	 * Positions in one field.  Of a word that stands more often in it the
	 * later ones are not told: phrases take it to be wherever they want
	 * behind the last.  So no list of a block passes what weir-store
	 * answers at once (STORE_ANSWER_MAX), whatever people send.
	 */
	POSTING_FIELD_MAX = 64
};

struct entry {
	uint16_t low;
	uint8_t length;
	struct str posting;
};

/* The next entry of a list; false at the end or where it is damaged. */
static inline bool
entry_next(struct str *list, struct entry *out)
{
	const uint8_t *p = (const uint8_t *)list->p;
	size_t n, head = 4;

	if (list->n < 4)
		return false;
	n = p[3];
	/* Two bytes are enough for 16,383; longer postings do not exist. */
	if (n & 0x80) {
		if (list->n < 5 || (p[4] & 0x80))
			return false;
		n = (n & 0x7f) | (size_t)p[4] << 7;
		head = 5;
	}
	if (n > list->n - head)
		return false;
	out->low = (uint16_t)(p[0] << 8 | p[1]);
	out->length = p[2];
	out->posting = str_of(p + head, n);
	list->p += head + n;
	list->n -= head + n;
	return true;
}

enum { POSTING_BYTES_MAX = 0x3fff };

/* A length in words as one byte, and the length that stands for it: within
 * 3 %. */
uint8_t posting_length(uint64_t words);
double posting_words(uint8_t length);

/* True if the bytes are a word's posting of at most POSTING_BYTES_MAX. */
bool posting_is_valid(struct str posting);

/* What of a keyword's value tells it from those that differ in case only. */
uint16_t keyword_hash(struct str value);
bool keyword_is_valid(struct str posting);
/* True if a value has this hash; is_folded: it is as folded. */
bool keyword_has(struct str posting, uint16_t hash, bool is_folded);

/* How often it stands in the fields of the mask. */
unsigned posting_count(struct str posting, uint8_t mask);

/* The positions in one field, into out (at most max): how many. */
size_t posting_positions(struct str posting, unsigned field, uint32_t *out,
    size_t max);

#endif
