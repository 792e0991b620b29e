#include "fulltext/posting.h"

#include <math.h>

#include "base/hash.h"
#include "sketch/sketch.h"

uint8_t
posting_length(uint64_t words)
{
	double v = 12 * log2(1 + (double)words);

	return (uint8_t)(v > 255 ? 255 : lround(v));
}

double
posting_words(uint8_t length)
{
	return exp2(length / 12.0) - 1;
}

/* Steps into the positions of the next field of a posting. */
struct walk {
	struct str rest;
	uint8_t fields, count;
	bool is_single;
};

static bool
walk_begin(struct walk *w, struct str posting)
{
	if (posting.n < 2)
		return false;
	w->fields = (uint8_t)posting.p[0];
	w->count = (uint8_t)posting.p[1];
	w->is_single = (w->fields & (w->fields - 1)) == 0 &&
	    w->count < POSTING_COUNT_MAX;
	w->rest = str_from_index(posting, 2);
	return w->fields != 0 && w->count != 0;
}

/* How often in the next field. */
static bool
walk_field(struct walk *w, uint64_t *n)
{
	*n = w->count;
	return w->is_single || varint_read(&w->rest, n);
}

static bool
skip(struct walk *w, uint64_t n)
{
	uint64_t ignored;

	for (; n; n--)
		if (!varint_read(&w->rest, &ignored))
			return false;
	return true;
}

bool
posting_is_valid(struct str posting)
{
	struct walk w;
	uint64_t n, sum = 0;

	if (posting.n > POSTING_BYTES_MAX || !walk_begin(&w, posting))
		return false;
	for (unsigned f = 0; f < 8; f++) {
		if (!(w.fields >> f & 1))
			continue;
		if (!walk_field(&w, &n) || n == 0 || n > POSTING_FIELD_MAX ||
		    !skip(&w, n))
			return false;
		sum += n;
	}
	return w.rest.n == 0 && w.count == (sum < POSTING_COUNT_MAX ? sum :
	    POSTING_COUNT_MAX);
}

unsigned
posting_count(struct str posting, uint8_t mask)
{
	struct walk w;
	uint64_t n;
	unsigned sum = 0;

	if (!walk_begin(&w, posting) || !(w.fields & mask))
		return 0;
	if ((w.fields & mask) == w.fields)
		return w.count;
	for (unsigned f = 0; f < 8; f++) {
		if (!(w.fields >> f & 1))
			continue;
		if (!walk_field(&w, &n) || !skip(&w, n))
			return sum;
		sum += mask >> f & 1 ? (unsigned)n : 0;
	}
	return sum;
}

size_t
posting_positions(struct str posting, unsigned field, uint32_t *out,
    size_t max)
{
	struct walk w;
	uint64_t n, delta;
	uint32_t at = 0;

	if (!walk_begin(&w, posting) || !(w.fields >> field & 1))
		return 0;
	for (unsigned f = 0; f < field; f++)
		if ((w.fields >> f & 1) && (!walk_field(&w, &n) ||
		    !skip(&w, n)))
			return 0;
	if (!walk_field(&w, &n))
		return 0;
	for (size_t i = 0; i < n; i++) {
		if (i >= max || !varint_read(&w.rest, &delta))
			return i;
		at += (uint32_t)delta;
		out[i] = at;
	}
	return (size_t)n;
}

uint16_t
keyword_hash(struct str value)
{
	return (uint16_t)hash64(value);
}

bool
keyword_is_valid(struct str posting)
{
	if (posting.n % 2 || posting.n > POSTING_BYTES_MAX)
		return false;
	for (size_t i = 2; i < posting.n; i += 2)
		if (be16_get(posting.p + i) <= be16_get(posting.p + i - 2))
			return false;
	return true;
}

bool
keyword_has(struct str posting, uint16_t hash, bool is_folded)
{
	for (size_t i = 0; i + 2 <= posting.n; i += 2)
		if (be16_get(posting.p + i) == hash)
			return true;
	return posting.n == 0 && is_folded;
}
