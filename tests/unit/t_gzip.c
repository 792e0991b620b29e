/* lib/gzip: round trips, damage, bombs. */
#include <zlib.h>

#include "gzip/gzip.h"
#include "tap.h"

static void
fill(struct buf *b, size_t n)
{
	unsigned x = 1;

	for (size_t i = 0; i < n; i++) {
		x = x * 1103515245 + 12345;
		buf_add_byte(b, (uint8_t)(x >> 16 & (i % 3 ? 0xff : 0x3)));
	}
}

static void
test_round_trip(void)
{
	static const size_t sizes[] = { 0, 1, 100, 4096, 32768, 32769, 100000 };
	struct buf plain, packed, back;
	struct err e;

	buf_init(&plain, 1 << 20);
	buf_init(&packed, 1 << 20);
	buf_init(&back, 1 << 20);
	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		buf_reset(&plain);
		buf_reset(&packed);
		buf_reset(&back);
		fill(&plain, sizes[i]);
		ok(gzip(buf_str(&plain), 6, &packed, &e) == 0, "packed %zu",
		    sizes[i]);
		ok(gunzip(buf_str(&packed), &back, &e) == 0 &&
		    str_eq(buf_str(&plain), buf_str(&back)), "and back");
	}
	buf_fini(&plain);
	buf_fini(&packed);
	buf_fini(&back);
}

static struct buf sample;       /* gzip of text */
static const char text[] = "hello hello hello hello, said the echo";

static void
test_cuts(void)
{
	struct buf out;
	struct err e;
	int accepted = 0, wrong = 0, damaged = 0;

	buf_init(&out, 4096);
	for (size_t n = 0; n < sample.n; n++) {
		struct gunzip *g = gunzip_new();

		buf_reset(&out);
		accepted += gunzip(str_of(sample.p, n), &out, &e) == 0;
		buf_reset(&out);
		if (gunzip_feed(g, str_of(sample.p, n), &out, &e) ||
		    gunzip_feed(g, STR_NULL, &out, &e) ||
		    gunzip_feed(g, str_of(sample.p + n, sample.n - n), &out,
		    &e) || gunzip_end(g, &e) || !str_is(buf_str(&out), text))
			wrong++;
		gunzip_free(g);
	}
	is_int(accepted, 0, "no prefix is whole");
	is_int(wrong, 0, "any cut in two gives the same");
	for (size_t i = 0; i < sample.n; i++) {
		sample.p[i] ^= 0x10;
		buf_reset(&out);
		if (gunzip(buf_str(&sample), &out, &e) == 0 &&
		    !str_is(buf_str(&out), text))
			damaged++;
		sample.p[i] ^= 0x10;
	}
	is_int(damaged, 0, "no flipped bit gives another text");
	buf_fini(&out);
}

static void
test_formats(void)
{
	Bytef zlib_form[128];
	uLongf n = sizeof(zlib_form);
	struct buf out, two;
	struct err e;
	struct gunzip *g;

	buf_init(&out, 4096);
	buf_init(&two, 4096);
	is_int(compress(zlib_form, &n, (const Bytef *)text, strlen(text)),
	    Z_OK, "zlib's own");
	ok(gunzip(str_of(zlib_form, n), &out, &e) == 0 &&
	    str_is(buf_str(&out), text), "deflate is zlib's format");
	buf_add(&two, sample.p, sample.n);
	buf_add(&two, sample.p, sample.n);
	buf_reset(&out);
	ok(gunzip(buf_str(&two), &out, &e) == 0 &&
	    out.n == 2 * strlen(text), "two members");
	buf_add_byte(&two, 'x');
	buf_reset(&out);
	ok(gunzip(buf_str(&two), &out, &e) == ERR_INVALID, "rubbish: %s",
	    e.text);
	zlib_form[n] = 0x1f;
	buf_reset(&out);
	ok(gunzip(str_of(zlib_form, n + 1), &out, &e) == ERR_INVALID,
	    "behind zlib: %s", e.text);
	ok(gunzip(STR("{\"not\":\"gzip\"}"), &out, &e) == ERR_INVALID,
	    "plain text: %s", e.text);
	ok(gunzip(STR_NULL, &out, &e) == ERR_INVALID, "nothing: %s", e.text);
	g = gunzip_new();
	ok(gunzip_feed(g, STR("xyz"), &out, &e) == ERR_INVALID &&
	    gunzip_feed(g, buf_str(&sample), &out, &e) == ERR_INVALID &&
	    gunzip_end(g, &e) == ERR_INVALID, "an error is final");
	gunzip_free(g);
	gunzip_free(NULL);
	buf_fini(&out);
	buf_fini(&two);
}

static void
test_bomb(void)
{
	struct buf zeros, bomb, out;
	struct err e;

	buf_init(&zeros, 10 << 20);
	buf_init(&bomb, 1 << 20);
	memset(buf_reserve(&zeros, 10 << 20), 0, 10 << 20);
	zeros.n = 10 << 20;
	ok(gzip(buf_str(&zeros), 9, &bomb, &e) == 0, "%zu bytes of bomb",
	    bomb.n);
	buf_init(&out, 10 << 20);
	ok(gunzip(buf_str(&bomb), &out, &e) == 0 && out.n == 10 << 20,
	    "exactly at the limit");
	buf_fini(&out);
	buf_init(&out, (10 << 20) - 1);
	ok(gunzip(buf_str(&bomb), &out, &e) == ERR_LIMIT, "one less: %s",
	    e.text);
	buf_fini(&out);
	buf_init(&out, 1000);
	ok(gunzip(buf_str(&bomb), &out, &e) == ERR_LIMIT && out.cap <= 1000,
	    "far less");
	buf_fini(&out);
	buf_init(&out, 0);
	ok(gunzip(buf_str(&sample), &out, &e) == ERR_LIMIT, "no room at all");
	buf_fini(&out);
	buf_init(&out, 20);
	ok(gzip(buf_str(&zeros), 6, &out, &e) == ERR_LIMIT && out.n == 0,
	    "packing past the budget: %s", e.text);
	buf_fini(&out);
	buf_init(&out, 64);
	ok(gzip(str_from(text), 6, &out, &e) == 0,
	    "a bound past the budget does not matter");
	buf_fini(&out);
	buf_fini(&zeros);
	buf_fini(&bomb);
}

int
main(void)
{
	struct err e;

	buf_init(&sample, 4096);
	ok(gzip(str_from(text), 9, &sample, &e) == 0, "sample");
	test_round_trip();
	test_cuts();
	test_formats();
	test_bomb();
	buf_fini(&sample);
	return tap_done();
}
