#include "json/json_write.h"

#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

void
json_writer_init(struct json_writer *w, struct buf *out)
{
	*w = (struct json_writer){ .out = out };
}

bool
json_writer_done(const struct json_writer *w)
{
	assert(w->done && w->depth == 0);
	return !w->out->failed;
}

static bool
in_object(const struct json_writer *w)
{
	unsigned d = w->depth - 1;

	return w->depth && (w->in_object[d / 64] >> (d % 64) & 1);
}

/* What stands between two members. */
static void
put_comma(struct json_writer *w)
{
	if (w->some)
		buf_add_byte(w->out, ',');
	w->some = true;
}

/* Before any value: its place must be there. */
static void
begin_value(struct json_writer *w)
{
	assert(!w->done);
	if (w->key) {
		w->key = false;
		return;
	}
	assert(!in_object(w));
	if (w->depth)
		put_comma(w);
}

static void
end_value(struct json_writer *w)
{
	w->done = w->depth == 0;
}

static void
open_container(struct json_writer *w, bool object)
{
	uint64_t bit = (uint64_t)1 << (w->depth % 64);

	begin_value(w);
	assert(w->depth < JSON_WRITE_DEPTH_MAX);
	if (object)
		w->in_object[w->depth / 64] |= bit;
	else
		w->in_object[w->depth / 64] &= ~bit;
	w->depth++;
	w->some = false;
	buf_add_byte(w->out, object ? '{' : '[');
}

static void
close_container(struct json_writer *w, bool object)
{
	assert(w->depth && in_object(w) == object && !w->key);
	w->depth--;
	w->some = true;
	buf_add_byte(w->out, object ? '}' : ']');
	end_value(w);
}

void
json_put_object(struct json_writer *w)
{
	open_container(w, true);
}

void
json_put_object_end(struct json_writer *w)
{
	close_container(w, true);
}

void
json_put_array(struct json_writer *w)
{
	open_container(w, false);
}

void
json_put_array_end(struct json_writer *w)
{
	close_container(w, false);
}

/* True for the bytes a JSON string holds as they are. */
static bool
is_plain(unsigned char c)
{
	return c >= 0x20 && c < 0x80 && c != '"' && c != '\\';
}

static void
put_escape(struct buf *out, unsigned char c)
{
	static const char *const hex = "0123456789abcdef";
	char text[6] = { '\\', 'u', '0', '0', hex[c >> 4], hex[c & 15] };
	char letter = 0;

	switch (c) {
	case '"': case '\\': letter = (char)c; break;
	case '\b': letter = 'b'; break;
	case '\f': letter = 'f'; break;
	case '\n': letter = 'n'; break;
	case '\r': letter = 'r'; break;
	case '\t': letter = 't'; break;
	default: break;
	}
	if (letter) {
		text[1] = letter;
		buf_add(out, text, 2);
	} else {
		buf_add(out, text, 6);
	}
}

void
json_quote(struct buf *out, struct str s)
{
	size_t i = 0, from = 0;

	buf_add_byte(out, '"');
	while (i < s.n) {
		unsigned char c = (unsigned char)s.p[i];
		size_t len;

		if (is_plain(c)) {
			i++;
			continue;
		}
		len = c < 0x80 ? 0 : str_utf8_sequence(s, i);
		if (len) {
			i += len;
			continue;
		}
		buf_add(out, s.p + from, i - from);
		if (c < 0x80)
			put_escape(out, c);
		else
			buf_add(out, "\xef\xbf\xbd", 3);
		from = ++i;
	}
	if (s.n)
		buf_add(out, s.p + from, i - from);
	buf_add_byte(out, '"');
}

void
json_put_key_str(struct json_writer *w, struct str key)
{
	assert(in_object(w) && !w->key);
	put_comma(w);
	json_quote(w->out, key);
	buf_add_byte(w->out, ':');
	w->key = true;
}

void
json_put_key(struct json_writer *w, const char *key)
{
	json_put_key_str(w, str_from(key));
}

void
json_put_raw(struct json_writer *w, struct str raw)
{
	begin_value(w);
	buf_add_str(w->out, raw.p ? raw : STR("null"));
	end_value(w);
}

void
json_put_null(struct json_writer *w)
{
	json_put_raw(w, STR("null"));
}

void
json_put_bool(struct json_writer *w, bool v)
{
	json_put_raw(w, v ? STR("true") : STR("false"));
}

void
json_put_str(struct json_writer *w, struct str s)
{
	if (!s.p) {
		json_put_null(w);
		return;
	}
	begin_value(w);
	json_quote(w->out, s);
	end_value(w);
}

void
json_put_cstr(struct json_writer *w, const char *s)
{
	json_put_str(w, str_from(s));
}

void
json_put_i64(struct json_writer *w, int64_t v)
{
	begin_value(w);
	buf_addf(w->out, "%" PRId64, v);
	end_value(w);
}

void
json_put_u64(struct json_writer *w, uint64_t v)
{
	begin_value(w);
	buf_addf(w->out, "%" PRIu64, v);
	end_value(w);
}

void
json_put_double(struct json_writer *w, double v)
{
	char text[32];

	if (!isfinite(v)) {
		json_put_null(w);
		return;
	}
	if (v == 0 && signbit(v)) {
		json_put_raw(w, STR("-0.0"));
		return;
	}
	/* Seventeen digits always suffice, fewer nearly always do. */
	for (int digits = 15; digits <= 17; digits++) {
		snprintf(text, sizeof(text), "%.*g", digits, v);
		if (strtod(text, NULL) == v)
			break;
	}
	json_put_raw(w, str_from(text));
}

void
json_put_hex(struct json_writer *w, const void *p, size_t n)
{
	static const char *const hex = "0123456789abcdef";
	const unsigned char *u = p;

	begin_value(w);
	buf_add_byte(w->out, '"');
	for (size_t i = 0; i < n; i++) {
		buf_add_byte(w->out, (uint8_t)hex[u[i] >> 4]);
		buf_add_byte(w->out, (uint8_t)hex[u[i] & 15]);
	}
	buf_add_byte(w->out, '"');
	end_value(w);
}

void
json_member_str(struct json_writer *w, const char *key, struct str s)
{
	json_put_key(w, key);
	json_put_str(w, s);
}

void
json_member_cstr(struct json_writer *w, const char *key, const char *s)
{
	json_put_key(w, key);
	json_put_cstr(w, s);
}

void
json_member_i64(struct json_writer *w, const char *key, int64_t v)
{
	json_put_key(w, key);
	json_put_i64(w, v);
}

void
json_member_u64(struct json_writer *w, const char *key, uint64_t v)
{
	json_put_key(w, key);
	json_put_u64(w, v);
}

void
json_member_double(struct json_writer *w, const char *key, double v)
{
	json_put_key(w, key);
	json_put_double(w, v);
}

void
json_member_bool(struct json_writer *w, const char *key, bool v)
{
	json_put_key(w, key);
	json_put_bool(w, v);
}

void
json_member_null(struct json_writer *w, const char *key)
{
	json_put_key(w, key);
	json_put_null(w);
}

void
json_member_strs(struct json_writer *w, const char *key, const struct str *v,
    size_t n)
{
	json_put_key(w, key);
	json_put_array(w);
	for (size_t i = 0; i < n; i++)
		json_put_str(w, v[i]);
	json_put_array_end(w);
}

void
json_member_raw(struct json_writer *w, const char *key, struct str raw)
{
	json_put_key(w, key);
	json_put_raw(w, raw);
}
