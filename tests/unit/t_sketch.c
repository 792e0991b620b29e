/* lib/sketch: error bound, exact subtraction, canonical form. */
#include <stdlib.h>

#include "sketch/sketch.h"
#include "tap.h"

static uint64_t seed = 7;

static uint64_t
next_random(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed;
}

/* Values over all magnitudes. */
static int64_t
random_value(void)
{
	return (int64_t)(next_random() >> (1 + next_random() % 63));
}

static void
test_bound(void)
{
	double worst = 0;
	int bad = 0;

	for (int i = 0; i < 200000; i++) {
		int64_t v = random_value(), m = sketch_value(sketch_index(v));
		double error = (double)(m > v ? m - v : v - m) /
		    (v ? (double)v : 1);

		worst = error > worst ? error : worst;
		bad += sketch_index(v) >= SKETCH_BUCKETS_MAX;
	}
	ok(worst < 0.01 && bad == 0, "the middle of a bucket is within %.2f %%",
	    worst * 100);
	is_int(sketch_index(INT64_MAX), SKETCH_BUCKETS_MAX - 1, "last bucket");
	is_int(sketch_index(-5), 0, "negative values count as 0");
	for (uint16_t i = 0; i < SKETCH_BUCKETS_MAX; i++)
		bad += sketch_index(sketch_value(i)) != i;
	ok(bad == 0, "the middle of each bucket lies in it");
}

static int
compare(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return x < y ? -1 : x > y;
}

static void
test_quantiles(void)
{
	enum { N = 5000 };
	static int64_t v[N];
	static const double qs[] = { 0, 0.01, 0.5, 0.9, 0.95, 0.99, 1 };
	struct sketch s = SKETCH_INIT;
	int bad = 0;

	is_int(sketch_quantile(&s, 0.5), 0, "no values");
	for (int i = 0; i < N; i++) {
		v[i] = (int64_t)(next_random() % 90000000);
		sketch_add(&s, v[i], 1);
	}
	qsort(v, N, sizeof(*v), compare);
	for (size_t i = 0; i < ARRAY_LEN(qs); i++) {
		int rank = (int)(qs[i] * N + 0.999999);
		double want = (double)v[rank < 1 ? 0 : rank - 1];
		double got = (double)sketch_quantile(&s, qs[i]);

		bad += got < want * 0.99 || got > want * 1.01;
	}
	ok(bad == 0, "quantiles are within 1 %%");
	is_int(sketch_count(&s), N, "count");
	sketch_fini(&s);
}

static void
encoded(const struct sketch *s, struct buf *b)
{
	buf_init(b, 1 << 20);
	sketch_encode(s, b);
}

static void
test_subtraction(void)
{
	struct sketch a = SKETCH_INIT, b = SKETCH_INIT, delta = SKETCH_INIT;
	struct sketch back = SKETCH_INIT;
	struct err e = ERR_INIT;
	struct buf x, y;
	struct str in;

	for (int i = 0; i < 3000; i++) {
		int64_t v = random_value();

		sketch_add(&a, v, 1);
		if (i % 3 == 0) {
			sketch_add(&b, v, 1);
			sketch_add(&delta, v, -1);
		}
	}
	sketch_merge(&a, &b, -1);
	sketch_merge(&a, &b, 1);
	sketch_merge(&a, &delta, 1);
	sketch_merge(&b, &a, 1);
	sketch_merge(&b, &a, -1);
	sketch_merge(&delta, &b, 1);
	is_int((int64_t)delta.n, 0, "a difference is taken out exactly");
	encoded(&a, &x);
	in = buf_str(&x);
	ok(sketch_decode(&back, &in, &e) == 0 && in.n == 0, "decode %s",
	    e.text);
	encoded(&back, &y);
	ok(str_eq(buf_str(&x), buf_str(&y)), "encode, decode, encode");
	in = buf_str(&x);
	ok(sketch_decode(&back, &in, &e) == 0 &&
	    sketch_count(&back) == 2 * sketch_count(&a), "decoding adds");
	for (size_t n = 0; n < x.n; n++) {
		struct sketch part = SKETCH_INIT;

		in = str_of(x.p, n);
		if (sketch_decode(&part, &in, &e) != ERR_CORRUPT)
			ok(0, "cut at %zu", n);
		sketch_fini(&part);
	}
	buf_fini(&x);
	buf_fini(&y);
	sketch_fini(&a);
	sketch_fini(&b);
	sketch_fini(&delta);
	sketch_fini(&back);
}

static void
test_varints(void)
{
	struct buf b;
	int bad = 0;

	buf_init(&b, 64);
	for (int i = 0; i < 10000; i++) {
		int64_t v = random_value() * (i % 2 ? 1 : -1), got = 0;
		uint64_t u = (uint64_t)v, ugot = 0;
		struct str in;

		buf_reset(&b);
		varint_add_signed(&b, v);
		varint_add(&b, u);
		in = buf_str(&b);
		bad += !varint_read_signed(&in, &got) ||
		    !varint_read(&in, &ugot) || in.n || got != v || ugot != u;
	}
	ok(bad == 0, "varints come back");
	buf_fini(&b);
}

int
main(void)
{
	test_bound();
	test_quantiles();
	test_subtraction();
	test_varints();
	return tap_done();
}
