/* lib/pack: every form round-trips; hostile counts and depth are refused. */
#include <math.h>

#include "pack/pack.h"
#include "tap.h"

static void
test_round_trip(void)
{
	static const int64_t ints[] = { 0, 1, 127, 128, 255, 256, 65535, 65536,
		4294967295, 4294967296, INT64_MAX, -1, -32, -33, -128, -129,
		-32768, -32769, -2147483648LL, -2147483649LL, INT64_MIN };
	struct err e = ERR_INIT;
	struct buf b;
	bool good = true;

	for (size_t i = 0; i < ARRAY_LEN(ints); i++) {
		struct pack_reader r;
		int64_t v;

		buf_init(&b, 100);
		pack_i64(&b, ints[i]);
		r = pack_reader(buf_str(&b));
		good = good && pack_read_i64(&r, &v, &e) == 0 &&
		    v == ints[i] && pack_end(&r, &e) == 0;
		buf_fini(&b);
	}
	ok(good, "integers of every size");
}

static void
test_strings(void)
{
	static const size_t sizes[] = { 0, 31, 32, 255, 256, 65535, 65536 };
	struct err e = ERR_INIT;
	char *text = calloc(1, 70000);
	bool good = true;

	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		struct str in = str_of(text, sizes[i]), out;
		struct pack_reader r;
		struct buf b;
		int8_t type;

		buf_init(&b, 300000);
		pack_str(&b, in);
		pack_bin(&b, in);
		pack_ext(&b, 5, in);
		r = pack_reader(buf_str(&b));
		good = good && !pack_read_str(&r, &out, &e) && out.n == in.n &&
		    !pack_read_bin(&r, &out, &e) && out.n == in.n &&
		    !pack_read_ext(&r, &type, &out, &e) && out.n == in.n &&
		    type == 5 && !pack_end(&r, &e);
		for (size_t cut = 0; cut < b.n && cut < 400; cut++) {
			r = pack_reader(str_of(b.p, cut));
			while (pack_skip(&r, &e) == 0)
				;
			good = good && e.code == ERR_AGAIN;
		}
		buf_fini(&b);
	}
	free(text);
	ok(good, "strings, bytes, extensions of every size, cut anywhere");
}

static void
test_hostile(void)
{
	struct err e = ERR_INIT;
	struct pack_reader r = pack_reader(STR("\xdd\x03\xff\xff\xff"));
	uint32_t n;
	char deep[100];

	is_int(pack_read_array(&r, &n, &e), ERR_AGAIN,
	    "67 million elements announced in five bytes");
	memset(deep, 0x91, sizeof(deep));
	r = pack_reader(str_of(deep, sizeof(deep)));
	is_int(pack_skip(&r, &e), ERR_INVALID, "nested too deep");
	r = pack_reader(STR("\xc1"));
	is_int(pack_skip(&r, &e), ERR_INVALID, "the byte nobody uses");
	r = pack_reader(STR("\xa1x"));
	is_int(pack_read_map(&r, &n, &e), ERR_INVALID, "a string is no map");
}

static void
test_double(void)
{
	struct err e = ERR_INIT;
	struct buf b;
	struct pack_reader r;
	double v;

	buf_init(&b, 100);
	pack_double(&b, 0.1);
	pack_i64(&b, -3);
	r = pack_reader(buf_str(&b));
	ok(!pack_read_double(&r, &v, &e) && fabs(v - 0.1) < 1e-17, "double");
	ok(!pack_read_double(&r, &v, &e) && v < -2.9 && v > -3.1,
	    "an integer read as a double");
	buf_fini(&b);
}

int
main(void)
{
	test_round_trip();
	test_strings();
	test_hostile();
	test_double();
	return tap_done();
}
