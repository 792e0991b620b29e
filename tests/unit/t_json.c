/* lib/json: the reader, the writer, and both against cJSON. */
#include "json_oracle.h"

#include "base/hash.h"
#include "json/json_write.h"
#include "tap.h"

static struct arena *arena;

static void
test_valid(void)
{
	static const char *const valid[] = {
		"null", " true ", "false", "0", "-0", "1", "-1", "1.5",
		"1e3", "1E+3", "1e-3", "-0.0e0", "123456789012345678901234567890",
		"\"\"", "\"a\"", "\"\\u0000\\\"\\\\\\/\\b\\f\\n\\r\\t\"",
		"\"\\ud83d\\ude00\"", "\"\\ud800\"", "\"\xc3\xa9\"",
		"\"\x7f\"", "[]", "[ ]", "[1,2]", "{}", "{ }",
		"{\"a\":1,\"a\":2}", "\t\r\n [\n1 ,\r2\t] ",
		"[[[[[]]]]]", "{\"a\":{\"b\":[{}]}}", "[\"\\u00E9\"]"
	};
	struct err e;

	for (size_t i = 0; i < ARRAY_LEN(valid); i++) {
		struct str text = str_of(valid[i], strlen(valid[i]));

		ok(json_check(text, 0, &e) == 0, "valid %zu", i);
		ok(oracle_agrees(text), "cJSON agrees %zu", i);
	}
}

static void
test_invalid(void)
{
	static const struct {
		const char *text;
		int at;
	} bad[] = {
		{ "", 0 }, { " ", 1 }, { "nul", 0 }, { "nulll", 4 },
		{ "True", 0 }, { "01", 1 }, { "-", 1 }, { "+1", 0 },
		{ ".5", 0 }, { "1.", 2 }, { "1.e3", 2 }, { "1e", 2 },
		{ "1e+", 3 }, { "0x10", 1 }, { "NaN", 0 }, { "Infinity", 0 },
		{ "-Infinity", 1 }, { "1 2", 2 }, { "'a'", 0 }, { "\"a", 2 },
		{ "\"\\x\"", 1 }, { "\"\\u12\"", 1 }, { "\"\\u12g4\"", 1 },
		{ "\"\\", 1 }, { "\"\n\"", 1 }, { "\"\x01\"", 1 },
		{ "\"\xff\"", 1 }, { "\"ab\xc0\xaf\"", 3 },
		{ "\"\xed\xa0\x80\"", 1 }, { "\"\xf4\x90\x80\x80\"", 1 },
		{ "[", 1 }, { "[1", 2 }, { "[1,", 3 }, { "[1,]", 3 },
		{ "[,1]", 1 }, { "[1 2]", 3 }, { "]", 0 }, { "[}", 1 },
		{ "{", 1 }, { "{\"a\"", 4 }, { "{\"a\":", 5 },
		{ "{\"a\":1", 6 }, { "{\"a\":1,", 7 }, { "{\"a\":1,}", 7 },
		{ "{a:1}", 1 }, { "{1:1}", 1 }, { "{\"a\" 1}", 5 },
		{ "{\"a\":1 \"b\":2}", 7 }, { "{]", 1 }, { "{\"a\":}", 5 },
		{ "[1]]", 3 }, { "// x\n1", 0 }, { "1 // x", 2 },
		{ "\xef\xbb\xbf{}", 0 }, { "[\f1]", 1 }
	};
	char want[32];
	struct err e;

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct str text = str_of(bad[i].text, strlen(bad[i].text));
		int rc = json_check(text, 0, &e);

		snprintf(want, sizeof(want), "byte %d:", bad[i].at);
		ok(rc == ERR_INVALID && strncmp(e.text, want,
		    strlen(want)) == 0, "invalid %zu: %s", i,
		    rc ? e.text : "accepted");
	}
}

static struct json_token
decode(const char *text)
{
	struct json_token t = { .type = JSON_END };
	struct err e;

	if (json_decode(str_from(text), arena, &t, &e))
		t.type = JSON_END;
	return t;
}

static void
test_numbers(void)
{
	static const char *const doubles[] = { "0.1", "1e22", "1e23", "1.5e300",
	    "123456789.123456789", "9007199254740993.0", "5e-324", "2.5e-324",
	    "1.7976931348623157e308", "0.000001", "3.14159265358979323846",
	    "4.35", "1e-22", "1e-23", "72057594037927945.5", "0.30000000000000004",
	    "12345678901234567890123456789012345678901234567890e-20",
	    ("0.000000000000000000000000000000000000000000000000000000000001"
	    "0000000000000000000000000000000000000000000000000000000000000000"
	    "0000000000000000000000000000000000000000000000000000000000000000")
	};
	struct json_token t;

	t = decode("9223372036854775807");
	ok(t.type == JSON_INT && t.i == INT64_MAX, "greatest int64");
	t = decode("-9223372036854775808");
	ok(t.type == JSON_INT && t.i == INT64_MIN, "least int64");
	t = decode("9223372036854775808");
	ok(t.type == JSON_UINT && t.u == (uint64_t)INT64_MAX + 1, "uint64");
	t = decode("18446744073709551615");
	ok(t.type == JSON_UINT && t.u == UINT64_MAX, "greatest uint64");
	t = decode("18446744073709551616");
	ok(t.type == JSON_DOUBLE && t.d == 0x1p64, "2^64 is a double");
	t = decode("184467440737095516160");
	ok(t.type == JSON_DOUBLE && t.d == 0x1p64 * 10, "10 * 2^64");
	t = decode("-9223372036854775809");
	ok(t.type == JSON_DOUBLE && t.d == -0x1p63, "below int64");
	t = decode("1763800000000000001");
	ok(t.type == JSON_INT && t.i == 1763800000000000001, "nanoseconds");
	t = decode("-0.0");
	ok(t.type == JSON_DOUBLE && t.d == 0 && signbit(t.d), "minus zero");
	t = decode("1e999");
	ok(t.d == DBL_MAX, "too large");
	t = decode("-1e999");
	ok(t.d == -DBL_MAX, "too small");
	t = decode("1e-99999999999999999999");
	ok(t.d == 0, "vanishing");
	t = decode("0e99999999999999999999");
	ok(t.d == 0, "zero times anything");
	t = decode("[1, 2]");
	ok(t.type == JSON_ARRAY && str_is(t.raw, "[1, 2]"), "raw text");
	for (size_t i = 0; i < ARRAY_LEN(doubles); i++) {
		t = decode(doubles[i]);
		ok(t.type == JSON_DOUBLE && t.d == strtod(doubles[i], NULL),
		    "as strtod: %s", doubles[i]);
	}
}

static void
test_strings(void)
{
	static const char plain[] = "\"no escapes here, sir\"";
	struct json_token t;
	struct arena *small;
	struct err e;

	t = decode(plain);
	ok(t.s.p == plain + 1, "borrowed when without escapes");
	t = decode("\"a\\u0000b\"");
	ok(t.s.n == 3 && memcmp(t.s.p, "a\0b", 3) == 0, "NUL kept");
	t = decode("\"\\ud83d\\ude00\\u00e9\\u20ac\\u0041\"");
	ok(str_is(t.s, "\xf0\x9f\x98\x80\xc3\xa9\xe2\x82\xac" "A"), "code points");
	t = decode("\"\\ud800x\\udc00\\ud800\\u0041\\ud83d\\ud83d\\ude00\"");
	ok(str_is(t.s, "\xef\xbf\xbdx\xef\xbf\xbd\xef\xbf\xbd" "A\xef\xbf\xbd"
	    "\xf0\x9f\x98\x80"), "lone surrogates");
	t = decode("\"\\ud83d\\n\\\"\\b\\f\\r\\t\\/\"");
	ok(str_is(t.s, "\xef\xbf\xbd\n\"\b\f\r\t/"), "surrogate, then escapes");
	small = arena_new(16);
	ok(json_decode(STR("\"\\n3456789012345678\""), small, &t, &e) ==
	    ERR_LIMIT, "past the arena's budget: %s", e.text);
	arena_free(small);
}

static void
test_depth(void)
{
	struct err e;
	char text[4096];
	size_t n = sizeof(text);

	memset(text, '[', n);
	ok(json_check(str_of(text, n), 0, &e) == ERR_LIMIT, "bomb: %s", e.text);
	ok(json_check(str_of(text, n), JSON_DEPTH_MAX, &e) == ERR_LIMIT,
	    "bomb: %s", e.text);
	memset(text + 64, ']', 64);
	ok(json_check(str_of(text, 128), 0, &e) == 0, "64 deep");
	ok(json_check(str_of(text, 128), 63, &e) == ERR_LIMIT, "63 allowed");
	memset(text, '[', JSON_DEPTH_MAX);
	memset(text + JSON_DEPTH_MAX, ']', JSON_DEPTH_MAX);
	ok(json_check(str_of(text, 2 * JSON_DEPTH_MAX), JSON_DEPTH_MAX, &e) ==
	    0, "the deepest");
	for (size_t i = 0; i + 5 <= n; i += 5)
		memcpy(text + i, "{\"\":[", 5);
	ok(json_check(str_of(text, n - n % 5), 0, &e) == ERR_LIMIT, "mixed");
}

static void
test_members(void)
{
	struct str text = STR("{ \"s\" : \"x\", \"skip\":[{},\"\\n\",1e5], "
	    "\"i\":3.0, \"f\":1.5, \"b\":true, \"z\":null, "
	    "\"a\":[1,[2],3,{\"k\":4}], \"i\":7 }");
	struct str key, s = STR_NULL;
	int64_t i = 0, sum = 0;
	struct json_reader r;
	double f = 0;
	bool b = false, z = false;
	struct err e = ERR_INIT;
	int rc, n = 0;

	json_reader_init(&r, text, arena, 0);
	ok(json_peek(&r) == JSON_OBJECT, "peek");
	ok(json_array(&r, &e) == ERR_INVALID, "not an array: %s", e.text);
	ok(json_object(&r, &e) == 0, "an object");
	while ((rc = json_object_next(&r, &key, &e)) > 0) {
		n++;
		if (str_is(key, "s")) {
			ok(json_read_i64(&r, &i, &e) == ERR_INVALID,
			    "not a number: %s", e.text);
			rc = json_read_string(&r, &s, &e);
		} else if (str_is(key, "i")) {
			rc = json_read_i64(&r, &i, &e);
		} else if (str_is(key, "f")) {
			ok(json_read_i64(&r, &i, &e) == ERR_INVALID,
			    "not an integer: %s", e.text);
			ok(json_read_string(&r, &s, &e) == ERR_INVALID,
			    "not a string: %s", e.text);
			rc = json_read_double(&r, &f, &e);
		} else if (str_is(key, "b")) {
			ok(!json_read_null(&r), "not null");
			rc = json_read_bool(&r, &b, &e);
		} else if (str_is(key, "z")) {
			ok(json_read_bool(&r, &b, &e) == ERR_INVALID &&
			    json_read_double(&r, &f, &e) == ERR_INVALID,
			    "neither boolean nor number: %s", e.text);
			z = json_read_null(&r);
		} else if (str_is(key, "a")) {
			rc = json_array(&r, &e);
			while (!rc && (rc = json_array_next(&r, &e)) > 0) {
				rc = 0;
				if (json_peek(&r) == JSON_INT) {
					rc = json_read_i64(&r, &i, &e);
					sum += i;
				}
			}
		}
		if (rc < 0)
			break;
	}
	ok(rc == 0 && json_end(&r, &e) == 0, "to the end");
	is_int(n, 8, "members");
	ok(str_is(s, "x") && i == 7 && f == 1.5 && b && z && sum == 4,
	    "values; the later of equal keys");
	ok(json_end(&r, &e) == 0, "the end stays");
}

static void
test_tokens(void)
{
	static const enum json_type want[] = { JSON_OBJECT, JSON_KEY,
	    JSON_ARRAY, JSON_INT, JSON_UINT, JSON_DOUBLE, JSON_OBJECT,
	    JSON_OBJECT_END, JSON_ARRAY, JSON_ARRAY_END, JSON_ARRAY_END,
	    JSON_KEY, JSON_BOOL, JSON_KEY, JSON_NULL, JSON_OBJECT_END,
	    JSON_END, JSON_END };
	struct json_reader r;
	struct json_token t;
	struct err e;
	bool good = true;

	json_reader_init(&r, STR("{\"a\\n\":[1,18446744073709551615,1.0,{},[]] "
	    ", \"b\" : true,\"c\":null}"), arena, 0);
	for (size_t i = 0; i < ARRAY_LEN(want); i++) {
		if (json_next(&r, &t, &e) || t.type != want[i]) {
			good = false;
			break;
		}
		if (i == 1)
			ok(str_is(t.s, "a\n") && str_is(t.raw, "\"a\\n\""),
			    "key, plain and raw");
	}
	ok(good, "tokens");
	json_reader_init(&r, STR("[1 2]"), arena, 0);
	ok(json_next(&r, &t, &e) == 0 && json_next(&r, &t, &e) == 0 &&
	    json_next(&r, &t, &e) == ERR_INVALID, "an error: %s", e.text);
	e = (struct err)ERR_INIT;
	ok(json_next(&r, &t, &e) == ERR_INVALID && e.text[0] &&
	    json_end(&r, &e) == ERR_INVALID && json_peek(&r) == JSON_END &&
	    json_array_next(&r, &e) == ERR_INVALID &&
	    json_object(&r, &e) == ERR_INVALID &&
	    json_skip_value(&r, NULL, &e) == ERR_INVALID, "is final");
}

static void
test_raw(void)
{
	struct str raw = STR(" {\"A\":0, \"a\" : {\"b\\u0041\": [ 1 , \"x y\" ]}, "
	    "\"t\":\"q\\n\",\"n\":{\"a\":9},\"t2\":5 } ");
	struct str out;
	struct err e;
	struct buf b;

	ok(json_find(raw, STR("a"), &out) &&
	    str_is(out, "{\"b\\u0041\": [ 1 , \"x y\" ]}"), "member");
	ok(json_find(out, STR("bA"), &out) && str_is(out, "[ 1 , \"x y\" ]"),
	    "escaped key");
	ok(!json_find(out, STR("a"), &out), "no object");
	ok(!json_find(raw, STR("b"), &out), "absent");
	ok(!json_find(STR("{\"a\":1"), STR("a"), &out), "invalid");
	ok(json_find(STR("{\"a\":1,\"a\":2}"), STR("a"), &out) &&
	    str_is(out, "2"), "last of equal keys");
	ok(json_find_string(raw, STR("t"), arena, &out) && str_is(out, "q\n"),
	    "string member");
	ok(!json_find_string(raw, STR("t2"), arena, &out), "no string");
	buf_init(&b, 1 << 20);
	ok(json_minify(raw, &b, &e) == 0 && str_is(buf_str(&b),
	    "{\"A\":0,\"a\":{\"b\\u0041\":[1,\"x y\"]},\"t\":\"q\\n\","
	    "\"n\":{\"a\":9},\"t2\":5}"), "minified");
	buf_reset(&b);
	ok(json_minify(STR("[1 2]"), &b, &e) == ERR_INVALID && b.n == 0,
	    "nothing of an invalid text");
	buf_fini(&b);
	buf_init(&b, 5);
	ok(json_minify(STR("[1, 2, 3]"), &b, &e) == ERR_LIMIT, "budget");
	buf_fini(&b);
}

static void
test_writer(void)
{
	struct json_writer w;
	struct buf b;

	buf_init(&b, 1 << 20);
	json_writer_init(&w, &b);
	json_put_object(&w);
	json_member_str(&w, "s", STR("a\"\\\n\b\f\r\t\x01\x7f\xc3\xa9"));
	json_member_str(&w, "bad", STR("x\xff\xed\xa0\x80y"));
	json_member_str(&w, "none", STR_NULL);
	json_member_cstr(&w, "c", "z");
	json_member_i64(&w, "i", INT64_MIN);
	json_member_u64(&w, "u", UINT64_MAX);
	json_member_double(&w, "d", 0.1);
	json_member_double(&w, "nan", (double)NAN);
	json_member_double(&w, "zero", -0.0);
	json_member_bool(&w, "b", true);
	json_member_null(&w, "n");
	json_member_raw(&w, "r", STR("[1]"));
	json_put_key_str(&w, STR("a"));
	json_put_array(&w);
	json_put_array(&w);
	json_put_array_end(&w);
	json_put_object(&w);
	json_put_object_end(&w);
	json_put_hex(&w, "\x01\xab", 2);
	json_put_bool(&w, false);
	json_put_array_end(&w);
	json_put_object_end(&w);
	ok(json_writer_done(&w), "done");
	ok(str_is(buf_str(&b), "{\"s\":\"a\\\"\\\\\\n\\b\\f\\r\\t\\u0001\x7f\xc3\xa9\","
	    "\"bad\":\"x\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbdy\","
	    "\"none\":null,\"c\":\"z\",\"i\":-9223372036854775808,"
	    "\"u\":18446744073709551615,\"d\":0.1,\"nan\":null,\"zero\":-0.0,\"b\":true,"
	    "\"n\":null,\"r\":[1],\"a\":[[],{},\"01ab\",false]}"),
	    "written: %.*s", STR_FMT(buf_str(&b)));
	ok(oracle_agrees(buf_str(&b)), "read back by both");
	buf_fini(&b);
	buf_init(&b, 8);
	json_writer_init(&w, &b);
	json_put_cstr(&w, "far too long");
	ok(!json_writer_done(&w), "a full buffer");
	buf_fini(&b);
}

static uint64_t seed = 42;

static uint64_t
any(uint64_t below)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed % below;
}

static double
any_double(void)
{
	uint64_t bits = any(UINT64_MAX);
	double d;

	memcpy(&d, &bits, sizeof(d));
	if (any(2))
		return (double)any(1000000) / 1000;
	return isfinite(d) ? d : 0;
}

static void
put_any_text(struct json_writer *w, bool key)
{
	static const char *const bits[] = { "plain text ", "\"", "\\", "\n",
	    "\xc3\xa9", "\xf0\x9f\x98\x80", "\x01", "/", "12345678", "" };
	char text[80];
	size_t n = 0;

	for (uint64_t k = any(6); k; k--) {
		const char *bit = bits[any(ARRAY_LEN(bits))];

		memcpy(text + n, bit, strlen(bit));
		n += strlen(bit);
	}
	if (key)
		json_put_key_str(w, str_of(text, n));
	else
		json_put_str(w, str_of(text, n));
}

static void
put_any(struct json_writer *w, unsigned depth)
{
	uint64_t kind = any(depth < 6 ? 9 : 6), n = any(5);

	if (kind == 0)
		json_put_null(w);
	else if (kind == 1)
		json_put_bool(w, any(2));
	else if (kind == 2)
		json_put_i64(w, (int64_t)any((uint64_t)1 << 53) *
		    (any(2) ? 1 : -1));
	else if (kind == 3)
		json_put_double(w, any_double());
	else if (kind <= 5)
		put_any_text(w, false);
	else if (kind == 6) {
		json_put_array(w);
		while (n--)
			put_any(w, depth + 1);
		json_put_array_end(w);
	} else {
		json_put_object(w);
		while (n--) {
			put_any_text(w, true);
			put_any(w, depth + 1);
		}
		json_put_object_end(w);
	}
}

/*
 * What the writer writes is valid, means the same to cJSON, survives minify
 * unchanged, and is invalid when cut anywhere.
 */
static void
test_random(void)
{
	int disagreed = 0, cut_accepted = 0, changed = 0;
	struct buf b, again;
	struct err e;

	buf_init(&b, 1 << 20);
	buf_init(&again, 1 << 20);
	for (int round = 0; round < 3000; round++) {
		struct json_writer w;

		buf_reset(&b);
		buf_reset(&again);
		json_writer_init(&w, &b);
		json_put_array(&w);
		put_any(&w, 0);
		json_put_array_end(&w);
		if (!json_writer_done(&w) ||
		    json_check(buf_str(&b), 0, &e) ||
		    !oracle_agrees(buf_str(&b)))
			disagreed++;
		if (json_minify(buf_str(&b), &again, &e) ||
		    !str_eq(buf_str(&b), buf_str(&again)))
			changed++;
		for (size_t n = 0; n < b.n && b.n < 2000; n++)
			cut_accepted += json_check(str_of(b.p, n), 0, &e) == 0;
	}
	is_int(disagreed, 0, "3000 random texts mean the same to cJSON");
	is_int(changed, 0, "minify changes nothing in them");
	is_int(cut_accepted, 0, "no proper prefix is valid");
	buf_fini(&b);
	buf_fini(&again);
}

static void
test_double_round_trip(void)
{
	struct json_token t;
	struct json_writer w;
	struct err e;
	struct buf b;
	int bad = 0;

	buf_init(&b, 64);
	for (int i = 0; i < 20000; i++) {
		double d = any_double();

		buf_reset(&b);
		json_writer_init(&w, &b);
		json_put_double(&w, d);
		if (!json_writer_done(&w) ||
		    json_decode(buf_str(&b), NULL, &t, &e) || t.d != d)
			bad++;
	}
	is_int(bad, 0, "20000 doubles come back the same");
	buf_fini(&b);
}

int
main(void)
{
	arena = arena_new(1 << 20);
	test_valid();
	test_invalid();
	test_numbers();
	test_strings();
	test_depth();
	test_members();
	test_tokens();
	test_raw();
	test_writer();
	test_random();
	test_double_round_trip();
	arena_free(arena);
	return tap_done();
}
