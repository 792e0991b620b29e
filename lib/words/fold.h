#ifndef WORDS_FOLD_H
#define WORDS_FOLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

/*
 * Inside lib/words only: one character at a time.
 */
enum fold_kind {
	FOLD_SEPARATOR,
	FOLD_LETTER,            /* letter or digit of a script with spaces */
	FOLD_UNSPACED,          /* of one without, or Korean */
	FOLD_MARK               /* belongs to what stands before it */
};

enum { FOLD_BYTES_MAX = 80 };   /* of one character's folded form */

/*
 * Reads the character at s.p[at]: its kind, its length in the source, and the
 * folded form in out (of *n bytes; none for separators and dropped marks).
 */
enum fold_kind fold_next(struct str s, size_t at, size_t *length,
    char out[FOLD_BYTES_MAX], size_t *n);

#endif
