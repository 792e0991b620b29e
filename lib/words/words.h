#ifndef WORDS_WORDS_H
#define WORDS_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cc.h"
#include "base/str.h"

/*
 * The words of a text in any script, in the form in which two texts are
 * compared: case and accents folded, English endings taken off.
 *
 *	struct words *w = words_new();
 *	struct word x;
 *
 *	words_begin(w, STR("Où est ma commande? The parcels were lost."));
 *	while (words_next(w, &x))
 *		… "ou", "est", "ma", "command", "the", "parcel", "were", "lost"
 *	words_free(w);
 *
 * What a word is: letters, digits and the marks on them; all else separates
 * (an apostrophe between letters does not).  Folding is Unicode's (NFKD and
 * full case folding, by utf8proc) without the accents of Latin, Greek,
 * Cyrillic, Hebrew and Arabic; marks of other scripts carry meaning and stay.
 * Words of ASCII letters get the Porter 2 stemmer (by libstemmer): other
 * languages in Latin script too, alike in text and query.
 *
 * Scripts that are written without spaces, and Korean, have no words that can
 * be told without a dictionary: each pair of neighbours is a "word", and the
 * last character of a stretch is one more (is_tail), so that one character
 * alone is found as the beginning of a word.
 *
 * Malformed UTF-8 separates.  A word has at most WORD_BYTES_MAX bytes; what is
 * longer is cut.
 * Threads: one object, one thread.
 */
enum { WORD_BYTES_MAX = 64 };

struct word {
	struct str text;        /* until the next call */
	size_t from, to;        /* bytes of the source */
	bool is_unspaced;       /* of a script without spaces */
	bool is_tail;           /* the last character of a stretch of several:
				 * leave it out of queries */
};

struct words;

struct words *words_new(void) CC_CHECK;
/* Accepts NULL. */
void words_free(struct words *w);

/* The text is borrowed until the last words_next. */
void words_begin(struct words *w, struct str text) CC_NONNULL(1);

/* False at the end. */
bool words_next(struct words *w, struct word *out) CC_NONNULL(1, 2);

/* True for a word, as words_next gives it, that says nothing about what a
 * text is about: "the", "of", "is" (English). */
bool words_is_stop(struct str word);

/* Folds a name or value as a whole, without stemming: for keywords that are
 * compared whatever their case.  Writes at most max bytes, returns how many. */
size_t words_fold(struct str text, char *out, size_t max) CC_NONNULL(2);

#endif
