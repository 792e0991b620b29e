/*
 * Any bytes become words that are bounded, not empty, well-formed, in order
 * and within the text; a word of letters is its own word's beginning.
 */
#include <assert.h>
#include <stdint.h>

#include "words/words.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static struct words *w;
	struct word x;
	size_t at = 0;
	char folded[256];

	if (!w)
		w = words_new();
	words_begin(w, str_of(data, n));
	while (words_next(w, &x)) {
		assert(x.text.n > 0 && x.text.n <= WORD_BYTES_MAX);
		assert(str_is_utf8(x.text));
		assert(x.from >= at && x.to > x.from && x.to <= n);
		assert(!x.is_tail || x.is_unspaced);
		(void)words_is_stop(x.text);
		/* Pairs overlap. */
		at = x.from + (x.is_unspaced ? 1 : 0);
	}
	assert(words_fold(str_of(data, n), folded, sizeof(folded)) <=
	    sizeof(folded));
	return 0;
}
