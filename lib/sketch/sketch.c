#include "sketch/sketch.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

enum { EXACT = 64, PARTS_BITS = 6 };

void
sketch_fini(struct sketch *s)
{
	free(s->v);
	*s = (struct sketch)SKETCH_INIT;
}

uint16_t
sketch_index(int64_t value)
{
	uint64_t v = value < 0 ? 0 : (uint64_t)value;
	unsigned shift;

	if (v < EXACT)
		return (uint16_t)v;
	shift = (unsigned)(63 - __builtin_clzll(v)) - PARTS_BITS;
	return (uint16_t)(shift * EXACT + (v >> shift));
}

int64_t
sketch_value(uint16_t index)
{
	unsigned shift;
	uint64_t low;

	if (index < 2 * EXACT)
		return index;
	shift = index / EXACT - 1u;
	low = (uint64_t)(index % EXACT + EXACT) << shift;
	return (int64_t)(low + (((uint64_t)1 << shift) - 1) / 2);
}

/* Place of the index, or of the first bucket behind it. */
static size_t
find(const struct sketch *s, uint16_t index)
{
	size_t lo = 0, hi = s->n;

	while (lo < hi) {
		size_t mid = (lo + hi) / 2;

		if (s->v[mid].index < index)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

/* Counts wrap, so that adding and taking away cancel out whatever comes. */
static int64_t
plus(int64_t a, int64_t b)
{
	return (int64_t)((uint64_t)a + (uint64_t)b);
}

static void
add_bucket(struct sketch *s, uint16_t index, int64_t count)
{
	size_t at = find(s, index);

	if (count == 0)
		return;
	if (at < s->n && s->v[at].index == index) {
		s->v[at].count = plus(s->v[at].count, count);
		if (s->v[at].count == 0) {
			s->n--;
			memmove(s->v + at, s->v + at + 1,
			    (s->n - at) * sizeof(*s->v));
		}
		return;
	}
	s->v = mem_more(s->v, s->n, &s->cap, sizeof(*s->v));
	memmove(s->v + at + 1, s->v + at, (s->n - at) * sizeof(*s->v));
	s->v[at] = (struct sketch_bucket){ index, count };
	s->n++;
}

void
sketch_add(struct sketch *s, int64_t value, int64_t count)
{
	add_bucket(s, sketch_index(value), count);
}

/* Adds what needs no new bucket and leaves none empty: the usual case when many
 * are added up.  False, with nothing done, if it is not so. */
static bool
merge_in_place(struct sketch *to, const struct sketch *from, int sign)
{
	for (int pass = 0; pass < 2; pass++) {
		size_t i = 0;

		for (size_t j = 0; j < from->n; j++) {
			int64_t sum;

			while (i < to->n && to->v[i].index < from->v[j].index)
				i++;
			if (i == to->n || to->v[i].index != from->v[j].index)
				return false;
			sum = (int64_t)(sign < 0 ?
			    (uint64_t)to->v[i].count -
			    (uint64_t)from->v[j].count :
			    (uint64_t)to->v[i].count +
			    (uint64_t)from->v[j].count);
			if (sum == 0)
				return false;
			if (pass == 1)
				to->v[i].count = sum;
		}
	}
	return true;
}

void
sketch_merge(struct sketch *to, const struct sketch *from, int sign)
{
	struct sketch_bucket *v;
	size_t i = 0, j = 0, n = 0;

	if (from->n * 8 < to->n) {
		for (j = 0; j < from->n; j++)
			add_bucket(to, from->v[j].index, sign < 0 ?
			    (int64_t)-(uint64_t)from->v[j].count :
			    from->v[j].count);
		return;
	}
	if (merge_in_place(to, from, sign))
		return;
	v = mem_alloc(to->n + from->n + 1, sizeof(*v));
	while (i < to->n || j < from->n) {
		struct sketch_bucket b = { 0, 0 };

		if (j == from->n ||
		    (i < to->n && to->v[i].index <= from->v[j].index))
			b = to->v[i++];
		if (j < from->n && (b.count == 0 ||
		    b.index == from->v[j].index)) {
			b.index = from->v[j].index;
			b.count = (int64_t)(sign < 0 ?
			    (uint64_t)b.count - (uint64_t)from->v[j].count :
			    (uint64_t)b.count + (uint64_t)from->v[j].count);
			j++;
		}
		if (b.count != 0)
			v[n++] = b;
	}
	free(to->v);
	to->v = v;
	to->cap = to->n + from->n + 1;
	to->n = n;
}

int64_t
sketch_count(const struct sketch *s)
{
	int64_t n = 0;

	for (size_t i = 0; i < s->n; i++)
		n = plus(n, s->v[i].count);
	return n;
}

int64_t
sketch_quantile(const struct sketch *s, double q)
{
	int64_t n = sketch_count(s), rank, seen = 0;

	if (n <= 0)
		return 0;
	rank = (int64_t)ceil(q * (double)n);
	rank = rank < 1 ? 1 : rank > n ? n : rank;
	for (size_t i = 0; i < s->n; i++) {
		seen = plus(seen, s->v[i].count);
		if (seen >= rank)
			return sketch_value(s->v[i].index);
	}
	return sketch_value(s->v[s->n - 1].index);
}

void
sketch_encode(const struct sketch *s, struct buf *b)
{
	uint16_t previous = 0;

	varint_add(b, s->n);
	for (size_t i = 0; i < s->n; i++) {
		varint_add(b, (uint64_t)(s->v[i].index - previous));
		varint_add_signed(b, s->v[i].count);
		previous = s->v[i].index;
	}
}

int
sketch_decode(struct sketch *s, struct str *in, struct err *e)
{
	uint64_t n, index = 0;

	if (!varint_read(in, &n) || n > SKETCH_BUCKETS_MAX)
		return err_set(e, ERR_CORRUPT, "sketch: bad count");
	if (s->n == 0 && s->cap < n) {
		s->v = mem_grow(s->v, n, sizeof(*s->v));
		s->cap = n;
	}
	for (uint64_t i = 0; i < n; i++) {
		uint64_t step;
		int64_t count;

		if (!varint_read(in, &step) ||
		    !varint_read_signed(in, &count) ||
		    step > SKETCH_BUCKETS_MAX ||
		    (index += step) >= SKETCH_BUCKETS_MAX)
			return err_set(e, ERR_CORRUPT, "sketch: bad bucket");
		if (s->n > 0 && s->v[s->n - 1].index >= index)
			add_bucket(s, (uint16_t)index, count);
		else if (s->n < s->cap && count != 0)
			s->v[s->n++] = (struct sketch_bucket){
			    (uint16_t)index, count };
		else
			add_bucket(s, (uint16_t)index, count);
	}
	return 0;
}
