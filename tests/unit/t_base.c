/* lib/base: strings, buffers, arenas, maps, time, hashes. */
#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/hash.h"
#include "base/map.h"
#include "base/mem.h"
#include "tap.h"

static void
test_str(void)
{
	struct str rest = STR("a,,b");
	int64_t i;
	uint64_t u;
	double d;

	ok(str_is(str_cut(&rest, ','), "a"), "first part");
	ok(str_is(str_cut(&rest, ','), ""), "empty part");
	ok(str_is(str_cut(&rest, ','), "b") && !rest.p, "last part");
	ok(str_to_i64(STR("-9223372036854775808"), &i) && i == INT64_MIN,
	    "least int64");
	ok(!str_to_i64(STR("9223372036854775808"), &i), "int64 overflow");
	ok(!str_to_i64(STR(""), &i) && !str_to_i64(STR("-"), &i), "no digits");
	ok(str_to_u64(STR("18446744073709551615"), &u) && u == UINT64_MAX,
	    "greatest uint64");
	ok(!str_to_double(STR("nan"), &d) && !str_to_double(STR("1x"), &d),
	    "not finite numbers");
	ok(str_is_utf8(STR("na\xc3\xafve \xf0\x9f\x98\x80 plain text")), "utf-8");
	ok(!str_is_utf8(STR("\xc0\xaf")), "overlong");
	ok(!str_is_utf8(STR("\xed\xa0\x80")), "surrogate");
	ok(!str_is_utf8(STR("abcdefgh\xff")), "stray byte");
	ok(str_is(str_utf8_prefix(STR("ab\xc3\xaf"), 3), "ab"),
	    "cut before a sequence");
	ok(str_find(STR("hello"), STR("lo"), 0) == 3, "find");
	ok(str_find(STR("hello"), STR("xx"), 0) == SIZE_MAX, "find nothing");
	ok(str_ieq(STR("GZip"), STR("gzip")), "ignoring case");
	ok(str_is(str_trim(STR(" \t x y\r\n")), "x y"), "trim");
}

static void
test_buf(void)
{
	struct buf b;

	buf_init(&b, 10);
	buf_add_cstr(&b, "12345678");
	buf_add_cstr(&b, "9ab");
	ok(b.failed && b.n == 8, "an append past the maximum adds nothing");
	buf_add_cstr(&b, "x");
	ok(b.n == 8, "failure is sticky");
	buf_reset(&b);
	buf_add_be32(&b, 0x01020304);
	buf_addf(&b, "%s", "abcd");
	ok(be32_get(b.p) == 0x01020304 && b.n == 8, "big-endian");
	buf_fini(&b);
}

static void
test_arena(void)
{
	struct arena *a = arena_new(1000);
	char *p = arena_alloc(a, 100);

	ok(p && p[0] == 0 && ((uintptr_t)p & 15) == 0, "aligned and zeroed");
	ok(!arena_alloc(a, 2000), "past the budget");
	ok(!arena_array(a, SIZE_MAX / 2, 4), "product overflow");
	arena_reset(a);
	ok(arena_used(a) == 0, "reset");
	ok(str_is(arena_printf(a, "%d-%s", 7, "x"), "7-x"), "printf");
	arena_free(a);
}

static void
test_map(void)
{
	struct map *m = map_new();
	struct str key;
	void *value;
	size_t it = 0, n = 0;
	bool found = true, ordered = true;
	char text[16];

	for (int i = 0; i < 2000; i++) {
		snprintf(text, sizeof(text), "k%d", i);
		*map_put(m, str_from(text)) = mem_strdup(text);
	}
	for (int i = 0; i < 2000; i += 2) {
		snprintf(text, sizeof(text), "k%d", i);
		free(map_delete(m, str_from(text)));
	}
	for (int i = 0; i < 2000; i++) {
		snprintf(text, sizeof(text), "k%d", i);
		found = found &&
		    (map_get(m, str_from(text)) != NULL) == (i % 2 == 1);
	}
	ok(found, "2000 puts, 1000 deletes");
	while (map_next(m, &it, &key, &value)) {
		snprintf(text, sizeof(text), "k%zu", n * 2 + 1);
		ordered = ordered && str_is(key, text) && str_is(key, value);
		n++;
	}
	ok(ordered && n == 1000 && map_count(m) == 1000, "insertion order");
	map_free(m, free);
}

static void
test_clock(void)
{
	char out[CLOCK_ISO_MAX];
	int64_t ns;

	clock_format_iso(1795334013008, out);
	is_str(out, "2026-11-22T07:53:33.008Z", "format");
	ok(clock_parse_iso(STR("2026-11-22T07:53:33.008Z"), &ns) &&
	    ns == INT64_C(1795334013008000000), "parse back");
	ok(clock_parse_iso(STR("2026-11-22T08:53:33.008123456+01:00"), &ns) &&
	    ns == INT64_C(1795334013008123456), "offset and nanoseconds");
	ok(clock_parse_iso(STR("2026-11-22"), &ns) &&
	    ns == INT64_C(1795305600000000000), "date only");
	ok(!clock_parse_iso(STR("2026-02-29"), &ns), "no such day");
	ok(!clock_parse_iso(STR("2026-11-22T25:00"), &ns), "no such hour");
	ok(!clock_parse_iso(STR("2026-11-22T10:00:00Zx"), &ns), "rubbish");
	ok(!clock_parse_iso(STR("yesterday"), &ns), "not a date");
	is_int(floor_div(-1, 60), -1, "floor of a negative");
	for (int64_t d = -200000; d < 200000; d += 37) {
		int64_t y;
		int m, day;

		clock_date_from_days(d, &y, &m, &day);
		if (clock_days_from_date(y, m, day) != d) {
			ok(0, "day %lld round trip", (long long)d);
			return;
		}
	}
	ok(1, "days round trip");
}

static void
test_hash(void)
{
	char hex[33], uuid[UUID_TEXT_SIZE];
	uint8_t raw[16];
	struct hash128 h = hash128(STR("weir"));

	hex_encode(h.b, sizeof(h.b), hex);
	ok(hex_decode(str_from(hex), raw, 16) && hash_equal(raw, h.b, 16),
	    "hex round trip");
	ok(!hex_decode(STR("zz"), raw, 1), "not hex");
	uuid_random(uuid);
	ok(uuid_is_v4(str_from(uuid)), "random uuid is version 4");
	ok(!uuid_is_v4(STR("11111111-2222-1333-8444-555555555555")),
	    "version 1 is not");
	ok(hash64(STR("a")) != hash64(STR("b")), "hash64 differs");
}

int
main(void)
{
	hash_setup();
	test_str();
	test_buf();
	test_arena();
	test_map();
	test_clock();
	test_hash();
	return tap_done();
}
