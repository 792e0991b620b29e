/* lib/otlp: protobuf against protobuf-c, JSON against protobuf, and abuse. */
#include "otlp_oracle.h"

#include <math.h>
#include <stdlib.h>

#include "json/json_read.h"
#include "tap.h"

#define ID16 "\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f\x10"
#define ID8 "\xa1\xa2\xa3\xa4\xa5\xa6\xa7\xa8"
#define HEX16 "0102030405060708090a0b0c0d0e0f10"
#define HEX8 "a1a2a3a4a5a6a7a8"

static struct arena *arena;

/* Protobuf by hand: a field of bytes; a field that is a varint. */
static void
put_bytes(struct buf *b, unsigned field, struct str s)
{
	buf_add_byte(b, (uint8_t)(field << 3 | 2));
	for (size_t n = s.n;; n >>= 7) {
		buf_add_byte(b, (uint8_t)(n & 0x7f) | (n > 0x7f ? 0x80 : 0));
		if (n <= 0x7f)
			break;
	}
	buf_add_str(b, s);
}

static void
put_fixed64(struct buf *b, unsigned field, uint64_t v)
{
	buf_add_byte(b, (uint8_t)(field << 3 | 1));
	for (int i = 0; i < 8; i++)
		buf_add_byte(b, (uint8_t)(v >> (8 * i)));
}

/* Wraps what is in b as the bytes of a field. */
static void
wrap(struct buf *b, unsigned field)
{
	struct buf inner;

	buf_init(&inner, b->n);
	buf_add_str(&inner, buf_str(b));
	buf_reset(b);
	put_bytes(b, field, buf_str(&inner));
	buf_fini(&inner);
}

/* A request with one span of these fields. */
static void
wrap_span(struct buf *b)
{
	wrap(b, 2);
	wrap(b, 2);
	wrap(b, 1);
}

static Otlp__AnyValue values[7];
static Otlp__KeyValue attrs[8];
static Otlp__KeyValue *attr_list[8];
static Otlp__AnyValue *value_list[3] = { &values[0], &values[1], &values[2] };

static void
fill_values(Otlp__ArrayValue *array, Otlp__KeyValueList *list)
{
	for (size_t i = 0; i < ARRAY_LEN(values); i++) {
		otlp__any_value__init(&values[i]);
		values[i].value_case = (Otlp__AnyValue__ValueCase)(i + 1);
	}
	values[0].string_value = (char *)(uintptr_t)"text \xc3\xa9";
	values[1].bool_value = 1;
	values[2].int_value = INT64_MIN;
	values[3].double_value = 0.1;
	values[4].array_value = array;
	values[5].kvlist_value = list;
	values[6].bytes_value.data = (uint8_t *)(uintptr_t)"\x01\x02";
	values[6].bytes_value.len = 2;
	for (size_t i = 0; i < ARRAY_LEN(attrs); i++) {
		otlp__key_value__init(&attrs[i]);
		attr_list[i] = &attrs[i];
		attrs[i].key = (char *)(uintptr_t)"a-key";
		attrs[i].value = i < ARRAY_LEN(values) ? &values[i] : NULL;
	}
	otlp__array_value__init(array);
	array->values = value_list;
	array->n_values = 3;
	otlp__key_value_list__init(list);
	list->values = attr_list;
	list->n_values = 4;
}

/* One of everything, encoded by protobuf-c. */
static void
encode_sample(struct buf *out)
{
	Otlp__ExportTraceServiceRequest req =
	    OTLP__EXPORT_TRACE_SERVICE_REQUEST__INIT;
	Otlp__ResourceSpans rs = OTLP__RESOURCE_SPANS__INIT, *rss[] = { &rs };
	Otlp__ScopeSpans ss = OTLP__SCOPE_SPANS__INIT, *sss[] = { &ss, &ss };
	Otlp__Span span = OTLP__SPAN__INIT, *spans[] = { &span, &span };
	Otlp__Span__Event event = OTLP__SPAN__EVENT__INIT;
	Otlp__Span__Event *events[] = { &event, &event };
	Otlp__Resource resource = OTLP__RESOURCE__INIT;
	Otlp__InstrumentationScope scope = OTLP__INSTRUMENTATION_SCOPE__INIT;
	Otlp__Status status = OTLP__STATUS__INIT;
	ProtobufCBinaryData link = { 3, (uint8_t *)(uintptr_t)"abc" };
	Otlp__ArrayValue array;
	Otlp__KeyValueList list;

	fill_values(&array, &list);
	req.resource_spans = rss;
	req.n_resource_spans = 1;
	rs.resource = &resource;
	rs.scope_spans = sss;
	rs.n_scope_spans = 2;
	rs.schema_url = (char *)(uintptr_t)"https://example.org/schema";
	resource.attributes = attr_list;
	resource.n_attributes = 8;
	ss.scope = &scope;
	ss.spans = spans;
	ss.n_spans = 2;
	ss.schema_url = rs.schema_url;
	scope.name = (char *)(uintptr_t)"scope";
	scope.version = (char *)(uintptr_t)"1.2";
	scope.attributes = attr_list;
	scope.n_attributes = 2;
	span.trace_id = (ProtobufCBinaryData){ 16, (uint8_t *)(uintptr_t)ID16 };
	span.span_id = (ProtobufCBinaryData){ 8, (uint8_t *)(uintptr_t)ID8 };
	span.parent_span_id = span.span_id;
	span.name = (char *)(uintptr_t)"a span";
	span.kind = OTLP__SPAN__SPAN_KIND__SPAN_KIND_CLIENT;
	span.start_time_unix_nano = 1763800000000000001;
	span.end_time_unix_nano = 1763800000000000000;
	span.attributes = attr_list;
	span.n_attributes = 8;
	span.events = events;
	span.n_events = 2;
	span.links = &link;
	span.n_links = 1;
	span.status = &status;
	event.name = (char *)(uintptr_t)"exception";
	event.time_unix_nano = 7;
	event.attributes = attr_list;
	event.n_attributes = 1;
	status.code = OTLP__STATUS__STATUS_CODE__STATUS_CODE_ERROR;
	status.message = (char *)(uintptr_t)"it broke";
	out->n = 0;
	if (!buf_reserve(out, otlp__export_trace_service_request__get_packed_size(
	    &req)))
		abort();
	out->n = otlp__export_trace_service_request__pack(&req,
	    (uint8_t *)out->p);
}

static struct otlp_request req;
static struct err err;

static int
decode(struct str body)
{
	arena_reset(arena);
	err = (struct err)ERR_INIT;
	return otlp_decode_protobuf(body, NULL, arena, &req, &err);
}

static int
decode_json(const char *text)
{
	arena_reset(arena);
	err = (struct err)ERR_INIT;
	return otlp_decode_json(str_from(text), NULL, arena, &req, &err);
}

static void
test_sample(void)
{
	const struct otlp_value *v;
	struct otlp_span *s;
	struct buf b, text;
	int rc, bad = 0;

	buf_init(&b, 1 << 20);
	buf_init(&text, 1 << 20);
	encode_sample(&b);
	rc = decode(buf_str(&b));
	ok(rc == 0, "decoded: %s", err.text);
	ok(!oracle_disagrees(buf_str(&b), &req, rc), "same as protobuf-c");
	is_int(req.n_spans, 4, "spans");
	is_int(req.n_rejected, 0, "none rejected");
	s = &req.v[0].v[1].v[1];
	ok(str_is(s->name, "a span") && s->kind == OTLP_KIND_CLIENT &&
	    s->status == OTLP_STATUS_ERROR && s->has_parent &&
	    s->ends_before_start && s->n_links == 1 && s->n_events == 2 &&
	    memcmp(s->trace_id, ID16, 16) == 0, "a span");
	v = otlp_attr_get(&s->attrs, STR("a-key"));
	ok(v && v->type == OTLP_NONE, "the last of equal keys");
	ok(!otlp_attr_get(&s->attrs, STR("b")), "an absent key");
	otlp_attrs_to_json(&text, &s->attrs);
	ok(str_is(buf_str(&text), "{\"a-key\":\"text \xc3\xa9\","
	    "\"a-key\":true,\"a-key\":-9223372036854775808,\"a-key\":0.1,"
	    "\"a-key\":[\"text \xc3\xa9\",true,-9223372036854775808],"
	    "\"a-key\":{\"a-key\":\"text \xc3\xa9\",\"a-key\":true,"
	    "\"a-key\":-9223372036854775808,\"a-key\":0.1},"
	    "\"a-key\":\"AQI=\",\"a-key\":null}"), "as JSON: %.*s",
	    STR_FMT(buf_str(&text)));
	/* Each prefix, and each byte changed in two ways. */
	for (size_t n = 0; n < b.n; n++) {
		struct str cut = str_of(b.p, n);

		bad += oracle_disagrees(cut, &req, decode(cut)) != NULL;
		b.p[n] ^= 0x01;
		bad += oracle_disagrees(buf_str(&b), &req,
		    decode(buf_str(&b))) != NULL;
		b.p[n] ^= 0x81;
		bad += oracle_disagrees(buf_str(&b), &req,
		    decode(buf_str(&b))) != NULL;
		b.p[n] ^= 0x80;
	}
	is_int(bad, 0, "cut and changed anywhere: still as protobuf-c");
	buf_fini(&b);
	buf_fini(&text);
}

static void
test_merge(void)
{
	struct buf b, r;

	buf_init(&b, 4096);
	buf_init(&r, 4096);
	/* Two resources of one ResourceSpans: their attributes add up. */
	put_bytes(&b, 1, STR("\x0a\x03\x0a\x01" "a"));
	put_bytes(&b, 1, STR("\x0a\x03\x0a\x01" "b\x0a\x03\x0a\x01" "c"));
	wrap(&b, 1);
	ok(decode(buf_str(&b)) == 0 && req.v[0].attrs.n == 3 &&
	    str_is(req.v[0].attrs.v[0].key, "a") &&
	    str_is(req.v[0].attrs.v[2].key, "c"), "merged: %s", err.text);
	/* The last alternative of a value wins. */
	buf_reset(&b);
	put_bytes(&b, 2, STR("\x0a\x01" "x\x10\x01"));
	wrap(&b, 1);
	wrap(&b, 1);
	wrap(&b, 1);
	ok(decode(buf_str(&b)) == 0 &&
	    req.v[0].attrs.v[0].value.type == OTLP_BOOL, "the last wins");
	buf_fini(&b);
	buf_fini(&r);
}

static const char *
reject_reason(struct buf *b)
{
	wrap_span(b);
	if (decode(buf_str(b)) || req.n_spans != 1)
		return err.text;
	return req.v[0].v[0].v[0].rejected;
}

static void
test_rejected(void)
{
	const struct {
		struct str trace, span, parent;
		const char *why;
	} t[] = {
		{ STR(ID16), STR(ID8), STR(""), NULL },
		{ STR(ID16), STR(ID8), STR(ID8), NULL },
		{ STR(ID16), STR(ID8), STR("\0\0\0\0\0\0\0\0"), NULL },
		{ STR(ID8), STR(ID8), STR(""), "trace id is not 16 bytes" },
		{ STR(""), STR(ID8), STR(""), "trace id is not 16 bytes" },
		{ STR(ID16), STR(ID16), STR(""), "span id is not 8 bytes" },
		{ STR(ID16), STR(ID8), STR("abc"),
		    "parent span id is not 8 bytes" },
		{ STR("\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"), STR(ID8), STR(""),
		    "trace id is missing or all zero" },
		{ STR(ID16), STR("\0\0\0\0\0\0\0\0"), STR(""),
		    "span id is missing or all zero" }
	};
	const char *why;
	struct buf b;

	buf_init(&b, 4096);
	for (size_t i = 0; i < ARRAY_LEN(t); i++) {
		buf_reset(&b);
		put_bytes(&b, 1, t[i].trace);
		put_bytes(&b, 2, t[i].span);
		put_bytes(&b, 4, t[i].parent);
		why = reject_reason(&b);
		ok(t[i].why ? why && strcmp(why, t[i].why) == 0 : !why,
		    "ids %zu: %s", i, why ? why : "accepted");
		ok(req.v[0].v[0].v[0].has_parent == (i == 1),
		    "parent");
	}
	buf_reset(&b);
	why = reject_reason(&b);
	is_str(why, "trace id is missing or all zero", "no ids at all");
	is_int(req.n_rejected, 1, "counted");
	is_str(req.reason, "trace id is missing or all zero", "and named");
	buf_fini(&b);
}

/* An attribute whose value is nested n deep. */
static void
put_nested(struct buf *b, int n)
{
	put_bytes(b, 1, STR("x"));
	for (int i = 0; i < n; i++) {
		wrap(b, 1);
		wrap(b, 5);
	}
	wrap(b, 2);
}

static void
test_nesting(void)
{
	struct buf b;

	buf_init(&b, 16 << 20);
	for (int n = 31; n <= 33; n++) {
		const char *why;

		buf_reset(&b);
		put_nested(&b, n);
		wrap(&b, 9);
		put_bytes(&b, 1, STR(ID16));
		put_bytes(&b, 2, STR(ID8));
		why = reject_reason(&b);
		ok(n <= 32 ? !why : why && strcmp(why,
		    "value is nested too deep") == 0, "%d deep: %s", n,
		    why ? why : "accepted");
	}
	buf_reset(&b);
	put_nested(&b, 5000);
	wrap(&b, 1);
	wrap(&b, 1);
	wrap(&b, 1);
	ok(decode(buf_str(&b)) == ERR_LIMIT, "a bomb in a resource: %s",
	    err.text);
	buf_fini(&b);
}

static void
test_hostile(void)
{
	const struct str bad[] = {
		STR("\x0a\xff\xff\xff\xff\x0f"),
		STR("\x0a\xff\xff\xff\xff\x7f"),
		STR("\x0a\xff\xff\xff\xff\xff\x01"),
		STR("\x0a\x05" "abc"), STR("\x0b"), STR("\x0c"), STR("\x0e"),
		STR("\x0f"), STR("\x02\x00"), STR("\x08\x01"), STR("\x09"),
		STR("\x80"), STR("\x50\xff\xff\xff\xff\xff\xff\xff\xff\xff"
		"\xff\x01"), STR("\x50\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02"),
		STR("\x51\x01\x02\x03\x04\x05\x06\x07"), STR("\x55\x01\x02\x03"),
		STR("{\"resourceSpans\":[]}")
	};
	struct otlp_limits few = { .max_spans = 3, .max_attrs = 2,
	    .max_events = 1 };
	struct buf b;
	int rc;

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		rc = decode(bad[i]);
		ok(rc == ERR_INVALID, "hostile %zu: %s", i, err.text);
		ok(!oracle_disagrees(bad[i], &req, rc), "as protobuf-c");
	}
	ok(decode(STR("")) == 0 && req.n == 0, "nothing is a request");
	ok(decode(STR_NULL) == 0, "not even that");
	ok(decode(STR("\x50\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01")) == 0,
	    "a whole varint, unknown");
	buf_init(&b, 1 << 20);
	for (int i = 0; i < 4; i++)
		put_bytes(&b, 2, STR(""));
	wrap(&b, 2);
	wrap(&b, 1);
	arena_reset(arena);
	rc = otlp_decode_protobuf(buf_str(&b), &few, arena, &req, &err);
	ok(rc == ERR_LIMIT, "too many spans: %s", err.text);
	buf_reset(&b);
	for (int i = 0; i < 40000; i++)
		put_bytes(&b, 1, STR(""));
	ok(decode(buf_str(&b)) == ERR_LIMIT, "too many resources: %s",
	    err.text);
	for (unsigned field = 9; field <= 11; field += 2) {
		buf_reset(&b);
		for (int i = 0; i < 3; i++)
			put_bytes(&b, field, STR(""));
		wrap_span(&b);
		arena_reset(arena);
		rc = otlp_decode_protobuf(buf_str(&b), &few, arena, &req,
		    &err);
		ok(rc == 0 && req.n_rejected == 1, "too many of %u: %s",
		    field, req.reason);
	}
	buf_fini(&b);
}

/* However little memory the arena has: ERR_LIMIT or success, never worse. */
static void
test_memory(void)
{
	static const char json[] = "{\"resourceSpans\":[{\"resource\":"
	    "{\"attributes\":[{\"key\":\"\\u0061\"}]},\"scopeSpans\":"
	    "[{\"spans\":[{\"events\":[{}],\"attributes\":[{\"key\":\"b\","
	    "\"value\":{\"arrayValue\":{\"values\":[{\"bytesValue\":\"AA\"}]}}"
	    "}]}]}]}]}";
	struct buf b;
	int bad = 0, fitted = 0;

	buf_init(&b, 1 << 20);
	encode_sample(&b);
	put_bytes(&b, 1, STR("\x1a\x03\xff\xff\xff"));
	for (size_t max = 0; max < 8000; max += 16) {
		struct arena *a = arena_new(max);
		int rc = otlp_decode_protobuf(buf_str(&b), NULL, a, &req,
		    &err);

		bad += rc != 0 && rc != ERR_LIMIT;
		fitted += rc == 0;
		arena_free(a);
		a = arena_new(max);
		rc = otlp_decode_json(str_from(json), NULL, a, &req, &err);
		bad += rc != 0 && rc != ERR_LIMIT;
		fitted += rc == 0;
		arena_free(a);
	}
	ok(bad == 0 && fitted > 0, "any memory budget");
	buf_fini(&b);
}

static void
test_repair(void)
{
	struct buf b;

	buf_init(&b, 4096);
	put_bytes(&b, 1, STR(ID16));
	put_bytes(&b, 2, STR(ID8));
	put_bytes(&b, 5, STR("a\xff\xc3\xa9\xe2\x82z"));
	put_fixed64(&b, 7, 5);
	wrap_span(&b);
	ok(decode(buf_str(&b)) == 0 && str_is(req.v[0].v[0].v[0].name,
	    "a\xef\xbf\xbd\xc3\xa9\xef\xbf\xbd\xef\xbf\xbdz") &&
	    req.v[0].v[0].v[0].start_ns == 5, "a name that was not UTF-8");
	buf_fini(&b);
}

static struct otlp_span *
json_span(const char *members)
{
	struct buf b;
	char *text;
	size_t n;

	buf_init(&b, 1 << 20);
	buf_addf(&b, "{\"resourceSpans\":[{\"scopeSpans\":[{\"spans\":[{"
	    "\"traceId\":\"" HEX16 "\",\"spanId\":\"" HEX8 "\"%s}]}]}]}",
	    members);
	buf_add_byte(&b, 0);
	text = buf_detach(&b, &n);
	arena_reset(arena);
	/* The body must outlive the request. */
	b.p = arena_alloc(arena, n);
	memcpy(b.p, text, n);
	free(text);
	err = (struct err)ERR_INIT;
	if (otlp_decode_json(str_of(b.p, n - 1), NULL, arena, &req, &err)) {
		printf("# %s\n", err.text);
		return NULL;
	}
	return &req.v[0].v[0].v[0];
}

/* The JSON text of the value of one attribute. */
static const char *
json_value(const char *value)
{
	static char text[512];
	struct otlp_span *s;
	struct buf b, out;
	size_t n;

	buf_init(&b, 1024);
	buf_addf(&b, ",\"attributes\":[{\"key\":\"k\",\"value\":%s}]%c", value,
	    0);
	s = json_span(b.p);
	buf_fini(&b);
	if (!s)
		return "refused";
	if (s->rejected)
		return s->rejected;
	buf_init(&out, sizeof(text) - 1);
	otlp_value_to_json(&out, &s->attrs.v[0].value);
	n = out.n;
	memcpy(text, buf_str(&out).p, n);
	text[n] = '\0';
	buf_fini(&out);
	return text;
}

static void
test_json_values(void)
{
	static const char *const t[][2] = {
		{ "{\"stringValue\":\"a\\n\"}", "\"a\\n\"" },
		{ "{\"string_value\":\"a\"}", "\"a\"" },
		{ "{\"stringValue\":12}", "\"12\"" },
		{ "{\"stringValue\":{}}", "expected a string" },
		{ "{\"intValue\":5}", "5" }, { "{\"intValue\":\"5\"}", "5" },
		{ "{\"int_value\":-5}", "-5" },
		{ "{\"intValue\":5.0}", "5" },
		{ "{\"intValue\":9007199254740993}", "9007199254740993" },
		{ "{\"intValue\":\"9223372036854775807\"}",
		    "9223372036854775807" },
		{ "{\"intValue\":9223372036854775808}",
		    "9.223372036854776e+18" },
		{ "{\"intValue\":\"9223372036854775808\"}",
		    "9.223372036854776e+18" },
		{ "{\"intValue\":{\"low\":-1,\"high\":0,\"unsigned\":false}}",
		    "4294967295" },
		{ "{\"intValue\":{\"low\":-2,\"high\":-1}}", "-2" },
		{ "{\"intValue\":{\"low\":\"x\"}}", "intValue is no integer" },
		{ "{\"intValue\":\"many\"}", "\"many\"" },
		{ "{\"intValue\":\"\\\"\\\\n\\\"\"}", "\"\\\"\\\\n\\\"\"" },
		{ "{\"intValue\":[]}", "intValue is no integer" },
		{ "{\"intValue\":true}", "intValue is no integer" },
		{ "{\"doubleValue\":1.5}", "1.5" },
		{ "{\"double_value\":\"1.5\"}", "1.5" },
		{ "{\"doubleValue\":\"NaN\"}", "\"NaN\"" },
		{ "{\"doubleValue\":\"Infinity\"}", "\"Infinity\"" },
		{ "{\"doubleValue\":\"-Infinity\"}", "\"-Infinity\"" },
		{ "{\"doubleValue\":\"x\"}", "doubleValue is no number" },
		{ "{\"boolValue\":true}", "true" },
		{ "{\"bool_value\":\"false\"}", "false" },
		{ "{\"boolValue\":1}", "boolValue is no boolean" },
		{ "{\"bytesValue\":\"AQID\"}", "\"AQID\"" },
		{ "{\"bytes_value\":\"_-8=\"}", "\"/+8=\"" },
		{ "{\"bytesValue\":\"_-8\"}", "\"/+8=\"" },
		{ "{\"bytesValue\":\"\"}", "\"\"" },
		{ "{\"bytesValue\":\"A\"}", "bytesValue is not base64" },
		{ "{\"bytesValue\":\"A*==\"}", "bytesValue is not base64" },
		{ "{\"bytesValue\":[1]}", "bytesValue is not base64" },
		{ "{\"arrayValue\":{\"values\":[{\"intValue\":1},{}, null]}}",
		    "[1,null,null]" },
		{ "{\"array_value\":{}}", "[]" },
		{ "{\"arrayValue\":{\"values\":null}}", "[]" },
		{ "{\"arrayValue\":[]}", "expected {\"values\": [...]}" },
		{ "{\"arrayValue\":{\"values\":{}}}", "values is no array" },
		{ "{\"arrayValue\":{\"values\":[1]}}", "value is no object" },
		{ "{\"kvlistValue\":{\"values\":[{\"key\":\"a\",\"value\":"
		    "{\"boolValue\":true}},{\"key\":\"b\"}]}}",
		    "{\"a\":true,\"b\":null}" },
		{ "{\"kvlist_value\":{\"values\":[3]}}",
		    "attribute is no object" },
		{ "{}", "null" }, { "null", "null" },
		{ "{\"stringValue\":null}", "null" },
		{ "{\"other\":[{}]}", "null" },
		{ "7", "value is no object" },
		{ "{\"intValue\":1,\"stringValue\":\"later\"}", "\"later\"" }
	};

	for (size_t i = 0; i < ARRAY_LEN(t); i++)
		is_str(json_value(t[i][0]), t[i][1], "value %s", t[i][0]);
}

static void
test_json_span(void)
{
	struct otlp_span *s;

	s = json_span(",\"parent_span_id\":\"" HEX8 "\",\"name\":\"n\","
	    "\"kind\":\"SPAN_KIND_CLIENT\",\"start_time_unix_nano\":"
	    "\"1763800000000000001\",\"endTimeUnixNano\":1763800000000000000,"
	    "\"status\":{\"code\":\"STATUS_CODE_ERROR\",\"message\":\"m\"},"
	    "\"links\":[{},{}],\"events\":[{\"name\":\"e\",\"timeUnixNano\":"
	    "{\"low\":1,\"high\":1},\"attributes\":[{\"key\":\"k\"}]}],"
	    "\"unknown\":{\"a\":[1]},\"traceState\":null,\"flags\":257");
	ok(s && !s->rejected && s->kind == OTLP_KIND_CLIENT &&
	    s->status == OTLP_STATUS_ERROR && s->has_parent &&
	    str_is(s->name, "n") && str_is(s->status_message, "m") &&
	    s->start_ns == 1763800000000000001 &&
	    s->end_ns == 1763800000000000000 && s->ends_before_start &&
	    s->n_links == 2 && s->n_events == 1 &&
	    s->events[0].time_ns == 0x100000001 &&
	    s->events[0].attrs.n == 1 &&
	    memcmp(s->span_id, ID8, 8) == 0, "a span in both spellings");
	s = json_span(",\"parentSpanId\":\"\",\"attributes\":null,"
	    "\"events\":null,\"status\":null,\"links\":null,\"kind\":2,"
	    "\"name\":null,\"startTimeUnixNano\":null");
	ok(s && !s->rejected && !s->has_parent && s->kind == 2,
	    "null is absent");
	s = json_span(",\"parentSpanId\":\"0000000000000000\"");
	ok(s && !s->rejected && !s->has_parent, "a parent of zeros");
}

static void
test_json_rejected(void)
{
	static const char *const t[][2] = {
		{ ",\"traceId\":\"AQIDBAUGBwgJCgsMDQ4PEA==\"",
		    "trace id is not 32 hexadecimal digits" },
		{ ",\"spanId\":\"oaKjpKWmp6g=\"",
		    "span id is not 16 hexadecimal digits" },
		{ ",\"spanId\":12", "span id is not 16 hexadecimal digits" },
		{ ",\"spanId\":\"\"", "span id is missing or all zero" },
		{ ",\"traceId\":null", "trace id is missing or all zero" },
		{ ",\"parentSpanId\":\"zz\"",
		    "parent span id is not 16 hexadecimal digits" },
		{ ",\"attributes\":{}", "attributes is no array" },
		{ ",\"attributes\":[1]", "attribute is no object" },
		{ ",\"events\":{}", "events is no array" },
		{ ",\"events\":[1]", "event is no object" },
		{ ",\"links\":3", "links is no array" },
		{ ",\"links\":[3]", "link is no object" },
		{ ",\"status\":3", "status is no object" },
		{ ",\"kind\":\"OTHER\"", "expected an enum value" },
		{ ",\"kind\":[]", "expected an enum value" },
		{ ",\"status\":{\"code\":1e10}", "expected an enum value" },
		{ ",\"name\":[]", "expected a string" },
		{ ",\"startTimeUnixNano\":-1",
		    "expected an unsigned 64-bit integer" },
		{ ",\"startTimeUnixNano\":\"x\"",
		    "expected an unsigned 64-bit integer" },
		{ ",\"startTimeUnixNano\":1e30",
		    "expected an unsigned 64-bit integer" },
		{ ",\"startTimeUnixNano\":[]",
		    "expected an unsigned 64-bit integer" },
		{ ",\"endTimeUnixNano\":{\"low\":[]}",
		    "expected an unsigned 64-bit integer" }
	};
	struct otlp_span *s;

	for (size_t i = 0; i < ARRAY_LEN(t); i++) {
		s = json_span(t[i][0]);
		is_str(s ? s->rejected : NULL, t[i][1], "rejected: %s",
		    t[i][0]);
	}
	ok(decode_json("{\"resourceSpans\":[{\"scopeSpans\":[{\"spans\":["
	    "7,{\"traceId\":\"" HEX16 "\",\"spanId\":\"" HEX8 "\"},{}]}]}]}")
	    == 0 && req.n_spans == 3 && req.n_rejected == 2 &&
	    !req.v[0].v[0].v[1].rejected, "neighbours are unharmed");
	is_str(req.reason, "span is no object", "the first reason");
}

static void
test_json_refused(void)
{
	static const char *const bad[] = { "", "[]", "7", "{", "{}x",
	    "{\"resourceSpans\":{}}", "{\"resourceSpans\":[7]}",
	    "{\"resourceSpans\":[{\"resource\":7}]}",
	    "{\"resourceSpans\":[{\"resource\":{\"attributes\":7}}]}",
	    "{\"resourceSpans\":[{\"scopeSpans\":7}]}",
	    "{\"resourceSpans\":[{\"scopeSpans\":[7]}]}",
	    "{\"resourceSpans\":[{\"scopeSpans\":[{\"scope\":7}]}]}",
	    "{\"resourceSpans\":[{\"scopeSpans\":[{\"spans\":7}]}]}",
	    "{\"resourceSpans\":[{\"scopeSpans\":[{\"spans\":[{\"a\":}]}]}]}",
	    "{\"resourceSpans\":[{\"scopeSpans\":[{\"spans\":[{\"name\":tru"
	};
	struct otlp_limits few = { .max_spans = 2, .max_attrs = 1,
	    .max_events = 1, .max_depth = 1 };
	int rc;

	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		ok(decode_json(bad[i]) == ERR_INVALID, "refused %zu: %s", i,
		    err.text);
	ok(decode_json("{\"resourceSpans\":null,\"resource_spans\":[{"
	    "\"resource\":null,\"scope_spans\":[{\"scope\":null,"
	    "\"schema_url\":\"u\"}],\"schemaUrl\":\"v\"}],\"x\":1}") == 0 &&
	    req.n == 1 && str_is(req.v[0].schema_url, "v") &&
	    str_is(req.v[0].v[0].schema_url, "u"), "null and snake_case");
	arena_reset(arena);
	rc = otlp_decode_json(STR("{\"resourceSpans\":[{\"scopeSpans\":["
	    "{\"spans\":[{\"attributes\":[{},{}]},{\"events\":[{},{}]}]}]}]}"),
	    &few, arena, &req, &err);
	ok(rc == 0 && req.n_rejected == 2, "too many, %s", req.reason);
	is_str(req.v[0].v[0].v[1].rejected, "too many events", "and events");
	rc = otlp_decode_json(STR("{\"resourceSpans\":[{\"scopeSpans\":["
	    "{\"spans\":[{},{},{}]}]}]}"), &few, arena, &req, &err);
	ok(rc == ERR_LIMIT, "too many spans: %s", err.text);
	rc = otlp_decode_json(STR("{\"resourceSpans\":[{},{},{}]}"), &few,
	    arena, &req, &err);
	ok(rc == ERR_LIMIT, "too many resources: %s", err.text);
	rc = otlp_decode_json(STR("{\"resourceSpans\":[{\"scopeSpans\":["
	    "{\"spans\":[{\"attributes\":[{\"key\":\"a\",\"value\":"
	    "{\"arrayValue\":{\"values\":[{\"arrayValue\":{\"values\":[]}}]}}"
	    "}]}]}]}]}"), &few, arena, &req, &err);
	ok(rc == 0 && strcmp(req.reason, "value is nested too deep") == 0,
	    "too deep");
}

/* The same request in both forms: as the SDK of JavaScript sends them. */
static void
test_forms_agree(void)
{
	static const char json[] = "{\"resourceSpans\":[{\"resource\":{"
	    "\"attributes\":[{\"key\":\"a\",\"value\":{\"intValue\":\"7\"}}]},"
	    "\"scopeSpans\":[{\"scope\":{\"name\":\"ai\"},\"spans\":[{"
	    "\"traceId\":\"" HEX16 "\",\"spanId\":\"" HEX8 "\",\"name\":\"n\","
	    "\"kind\":1,\"startTimeUnixNano\":\"5\"}]}]}]}";
	struct buf b, span, scope;
	struct otlp_span s, *t;

	buf_init(&b, 4096);
	buf_init(&span, 4096);
	buf_init(&scope, 4096);
	put_bytes(&span, 1, STR(ID16));
	put_bytes(&span, 2, STR(ID8));
	put_bytes(&span, 5, STR("n"));
	buf_add(&span, "\x30\x01", 2);
	put_fixed64(&span, 7, 5);
	put_bytes(&scope, 1, STR("\x0a\x02" "ai"));
	put_bytes(&scope, 2, buf_str(&span));
	put_bytes(&b, 1, STR("\x0a\x07\x0a\x01" "a\x12\x02\x18\x07"));
	put_bytes(&b, 2, buf_str(&scope));
	wrap(&b, 1);
	ok(decode(buf_str(&b)) == 0, "protobuf: %s", err.text);
	s = req.v[0].v[0].v[0];
	ok(req.v[0].attrs.n == 1 && req.v[0].attrs.v[0].value.i == 7 &&
	    str_is(req.v[0].v[0].name, "ai"), "resource and scope");
	ok(decode_json(json) == 0, "JSON: %s", err.text);
	t = &req.v[0].v[0].v[0];
	ok(req.v[0].attrs.n == 1 && req.v[0].attrs.v[0].value.i == 7 &&
	    str_is(req.v[0].v[0].name, "ai"), "resource and scope");
	ok(!s.rejected && !t->rejected && str_eq(s.name, t->name) &&
	    memcmp(s.trace_id, t->trace_id, 16) == 0 &&
	    memcmp(s.span_id, t->span_id, 8) == 0 &&
	    s.start_ns == t->start_ns && s.kind == t->kind, "the same span");
	buf_fini(&b);
	buf_fini(&span);
	buf_fini(&scope);
}

static void
test_json_cuts(void)
{
	static const char json[] = "{\"resourceSpans\":[{\"resource\":{"
	    "\"attributes\":[{\"key\":\"a\",\"value\":{\"kvlistValue\":{"
	    "\"values\":[{\"key\":\"\\u0061\"}]}}}]},\"scopeSpans\":[{"
	    "\"scope\":{\"name\":\"s\",\"version\":\"1\",\"attributes\":[{"
	    "\"key\":\"n\",\"value\":{\"intValue\":{\"low\":1}}}]},"
	    "\"spans\":[{\"traceId\":\"" HEX16
	    "\",\"events\":[{\"timeUnixNano\":{\"low\":1}}],\"status\":{"
	    "\"code\":2},\"attributes\":[{\"value\":{\"arrayValue\":{"
	    "\"values\":[{\"doubleValue\":1.5},{\"bytesValue\":\"AAza\"},"
	    "{\"boolValue\":true},{\"intValue\":7}]}}}],\"links\":[{}],"
	    "\"kind\":1,\"unknown\":[1]}]}]}]}";
	char changed[sizeof(json)];
	int accepted = 0;

	for (size_t n = 0; n < strlen(json); n++) {
		arena_reset(arena);
		accepted += otlp_decode_json(str_of(json, n), NULL, arena,
		    &req, &err) == 0;
	}
	is_int(accepted, 0, "no prefix is accepted");
	for (size_t n = 0; n < strlen(json); n++) {
		arena_reset(arena);
		memcpy(changed, json, sizeof(json));
		changed[n] = 1;
		accepted += otlp_decode_json(str_of(changed, strlen(json)),
		    NULL, arena, &req, &err) == 0;
	}
	is_int(accepted, 0, "nor a control character anywhere");
	ok(decode_json(json) == 0, "the whole is: %s", err.text);
}

static void
test_responses(void)
{
	Otlp__ExportTraceServiceResponse *response;
	Otlp__RpcStatus *status;
	struct json_token t;
	struct str out;
	struct buf b;
	struct err e;

	buf_init(&b, 8192);
	otlp_put_response_json(&b, 0, NULL);
	ok(str_is(buf_str(&b), "{\"partialSuccess\":{}}"), "all taken");
	buf_reset(&b);
	otlp_put_response_json(&b, 3, "bad \"id\"");
	ok(str_is(buf_str(&b), "{\"partialSuccess\":{\"rejectedSpans\":\"3\","
	    "\"errorMessage\":\"bad \\\"id\\\"\"}}"), "some not: %.*s",
	    STR_FMT(buf_str(&b)));
	buf_reset(&b);
	otlp_put_response_protobuf(&b, 0, NULL);
	is_int(b.n, 0, "all taken: no bytes");
	otlp_put_response_protobuf(&b, 300, "bad id \xff\xe2\x82");
	response = otlp__export_trace_service_response__unpack(NULL, b.n,
	    (uint8_t *)b.p);
	ok(response && response->partial_success &&
	    response->partial_success->rejected_spans == 300 &&
	    strcmp(response->partial_success->error_message, "bad id ???")
	    == 0, "read by protobuf-c");
	otlp__export_trace_service_response__free_unpacked(response, NULL);
	buf_reset(&b);
	otlp_put_status_protobuf(&b, 3, "invalid");
	status = otlp__rpc_status__unpack(NULL, b.n, (uint8_t *)b.p);
	ok(status && status->code == 3 &&
	    strcmp(status->message, "invalid") == 0, "a status");
	otlp__rpc_status__free_unpacked(status, NULL);
	buf_reset(&b);
	otlp_put_status_json(&b, 3, "invalid");
	ok(str_is(buf_str(&b), "{\"code\":3,\"message\":\"invalid\"}"),
	    "in JSON");
	ok(json_find(buf_str(&b), STR("code"), &out) &&
	    json_decode(out, NULL, &t, &e) == 0 && t.i == 3, "and back");
	buf_fini(&b);
}

int
main(void)
{
	arena = arena_new(64 << 20);
	test_sample();
	test_merge();
	test_rejected();
	test_nesting();
	test_hostile();
	test_memory();
	test_repair();
	test_json_values();
	test_json_span();
	test_json_rejected();
	test_json_refused();
	test_forms_agree();
	test_json_cuts();
	test_responses();
	arena_free(arena);
	return tap_done();
}
