#include <stdio.h>
#include <string.h>

#include "json/json_write.h"
#include "otlp/otlp.h"

enum {
	WIRE_VARINT = 0,
	WIRE_BYTES = 2,
	ERROR_MESSAGE_MAX = 1024
};

void
otlp_put_response_json(struct buf *out, size_t rejected, const char *message)
{
	struct json_writer w;
	char text[32];

	json_writer_init(&w, out);
	json_put_object(&w);
	json_put_key(&w, "partialSuccess");
	json_put_object(&w);
	if (rejected) {
		/* The JSON mapping writes 64-bit integers as strings. */
		snprintf(text, sizeof(text), "%zu", rejected);
		json_member_cstr(&w, "rejectedSpans", text);
	}
	if (message)
		json_member_cstr(&w, "errorMessage", message);
	json_put_object_end(&w);
	json_put_object_end(&w);
}

void
otlp_put_status_json(struct buf *out, int code, const char *message)
{
	struct json_writer w;

	json_writer_init(&w, out);
	json_put_object(&w);
	json_member_i64(&w, "code", code);
	json_member_cstr(&w, "message", message);
	json_put_object_end(&w);
}

static void
put_varint(struct buf *out, uint64_t v)
{
	while (v >= 0x80) {
		buf_add_byte(out, (uint8_t)(v | 0x80));
		v >>= 7;
	}
	buf_add_byte(out, (uint8_t)v);
}

static void
put_tag(struct buf *out, unsigned field, unsigned wire)
{
	put_varint(out, field << 3 | wire);
}

static void
put_text(struct buf *out, unsigned field, const char *s)
{
	struct str text = str_utf8_prefix(str_from(s), ERROR_MESSAGE_MAX);

	put_tag(out, field, WIRE_BYTES);
	put_varint(out, text.n);
	/* A receiver may refuse a string that is not UTF-8. */
	for (size_t i = 0; i < text.n;) {
		size_t len = str_utf8_sequence(text, i);

		buf_add(out, len ? text.p + i : "?", len ? len : 1);
		i += len ? len : 1;
	}
}

void
otlp_put_response_protobuf(struct buf *out, size_t rejected,
    const char *message)
{
	struct buf inner;

	if (!rejected && !message)
		return;
	buf_init(&inner, ERROR_MESSAGE_MAX + 64);
	if (rejected) {
		put_tag(&inner, 1, WIRE_VARINT);
		put_varint(&inner, rejected);
	}
	if (message)
		put_text(&inner, 2, message);
	put_tag(out, 1, WIRE_BYTES);
	put_varint(out, inner.n);
	buf_add_str(out, buf_str(&inner));
	buf_fini(&inner);
}

void
otlp_put_status_protobuf(struct buf *out, int code, const char *message)
{
	put_tag(out, 1, WIRE_VARINT);
	put_varint(out, (uint64_t)(int64_t)code);
	put_text(out, 2, message);
}
