#include "json/json_read.h"

#include <assert.h>
#include <string.h>

#include "json/json_lex.h"

enum {
	S_VALUE,         /* in front of a value */
	S_FIRST,         /* just inside a container */
	S_AFTER,         /* behind a value inside a container */
	S_DONE           /* behind the outermost value */
};

void
json_reader_init(struct json_reader *r, struct str text, struct arena *a,
    unsigned max_depth)
{
	assert(max_depth <= JSON_DEPTH_MAX);
	r->text = text;
	r->pos = 0;
	r->arena = a;
	r->depth = 0;
	r->max_depth = max_depth ? max_depth : JSON_DEPTH_DEFAULT;
	r->state = S_VALUE;
	r->failed.code = 0;
}

size_t
json_offset(const struct json_reader *r)
{
	return r->pos;
}

/* Makes the error final: every later call repeats it. */
static int
fail(struct json_reader *r, struct err *e)
{
	r->failed = *e;
	return e->code;
}

static int
fail_syntax(struct json_reader *r, const char *expected, struct err *e)
{
	err_set(e, ERR_INVALID, "byte %zu: expected %s%s", r->pos, expected,
	    r->pos >= r->text.n ? ", found the end" : "");
	return fail(r, e);
}

static int
failed(const struct json_reader *r, struct err *e)
{
	if (r->failed.code)
		*e = r->failed;
	return r->failed.code;
}

static inline void
skip_space(struct json_reader *r)
{
	const char *p = r->text.p;
	size_t i = r->pos;

	while (i < r->text.n && (p[i] == ' ' || p[i] == '\n' ||
	    p[i] == '\r' || p[i] == '\t'))
		i++;
	r->pos = i;
}

/* The byte the reader stands on, or -1 at the end. */
static inline int
here(const struct json_reader *r)
{
	return r->pos < r->text.n ? (unsigned char)r->text.p[r->pos] : -1;
}

static inline bool
in_object(const struct json_reader *r)
{
	unsigned d = r->depth - 1;

	return r->in_object[d / 64] >> (d % 64) & 1;
}

static inline void
value_done(struct json_reader *r)
{
	r->state = r->depth ? S_AFTER : S_DONE;
}

static int
open_container(struct json_reader *r, bool object, struct err *e)
{
	uint64_t bit = (uint64_t)1 << (r->depth % 64);

	if (r->depth == r->max_depth) {
		err_set(e, ERR_LIMIT, "byte %zu: nested deeper than %u",
		    r->pos, r->max_depth);
		return fail(r, e);
	}
	if (object)
		r->in_object[r->depth / 64] |= bit;
	else
		r->in_object[r->depth / 64] &= ~bit;
	r->depth++;
	r->pos++;
	r->state = S_FIRST;
	return 0;
}

static inline void
close_container(struct json_reader *r)
{
	r->pos++;
	r->depth--;
	value_done(r);
}

/* Reads the string at pos; s may be NULL when only the syntax matters. */
static int
take_string(struct json_reader *r, struct str *s, struct err *e)
{
	size_t start = r->pos + 1, i = start;
	struct str inner;
	const char *why;
	bool escaped;
	char *p;

	if (!json_lex_string(r->text, &i, &escaped, &why)) {
		r->pos = i;
		return fail_syntax(r, why, e);
	}
	inner = str_of(r->text.p + start, i - 1 - start);
	if (s && escaped) {
		p = r->arena ? arena_alloc(r->arena, inner.n) : NULL;
		if (!p) {
			err_set(e, ERR_LIMIT, "byte %zu: string of %zu bytes "
			    "is past the memory budget", r->pos, inner.n);
			return fail(r, e);
		}
		inner = str_of(p, json_unescape(inner, p));
	}
	if (s)
		*s = inner;
	r->pos = i;
	return 0;
}

static int
take_number(struct json_reader *r, struct json_token *t, struct err *e)
{
	const char *why;

	if (!json_lex_number(r->text, &r->pos, t, &why))
		return fail_syntax(r, why, e);
	return 0;
}

static int
take_word(struct json_reader *r, const char *word, size_t n, struct err *e)
{
	if (r->text.n - r->pos < n || memcmp(r->text.p + r->pos, word, n) != 0)
		return fail_syntax(r, "a value", e);
	r->pos += n;
	return 0;
}

static int
take_literal(struct json_reader *r, struct json_token *t, struct err *e)
{
	int c = here(r), rc;

	if (c == 't')
		rc = take_word(r, "true", 4, e);
	else if (c == 'f')
		rc = take_word(r, "false", 5, e);
	else
		rc = take_word(r, "null", 4, e);
	if (rc == 0 && t) {
		t->type = c == 'n' ? JSON_NULL : JSON_BOOL;
		t->b = c == 't';
	}
	return rc;
}

/* The scalar or opening bracket at pos. */
static int
take_value(struct json_reader *r, struct json_token *t, struct err *e)
{
	size_t start = r->pos;
	int c = here(r), rc;

	switch (c) {
	case '{':
	case '[':
		rc = open_container(r, c == '{', e);
		if (rc == 0 && t) {
			t->type = c == '{' ? JSON_OBJECT : JSON_ARRAY;
			t->raw = str_of(r->text.p + start, 1);
		}
		return rc;
	case '"':
		rc = take_string(r, t ? &t->s : NULL, e);
		if (t)
			t->type = JSON_STRING;
		break;
	case '-': case '0': case '1': case '2': case '3': case '4':
	case '5': case '6': case '7': case '8': case '9':
		rc = take_number(r, t, e);
		break;
	default:
		rc = take_literal(r, t, e);
		break;
	}
	if (rc)
		return rc;
	if (t)
		t->raw = str_of(r->text.p + start, r->pos - start);
	value_done(r);
	return 0;
}

/* Inside an object: the next key, or its end.  1, 0 or an error. */
static int
take_member(struct json_reader *r, struct json_token *t, struct err *e)
{
	size_t start;
	int c = here(r), rc;

	if (c == '}') {
		close_container(r);
		return 0;
	}
	if (r->state == S_AFTER) {
		if (c != ',')
			return fail_syntax(r, "',' or '}'", e);
		r->pos++;
		skip_space(r);
		c = here(r);
	}
	if (c != '"')
		return fail_syntax(r, "a key in quotes", e);
	start = r->pos;
	rc = take_string(r, t ? &t->s : NULL, e);
	if (rc)
		return rc;
	if (t)
		t->raw = str_of(r->text.p + start, r->pos - start);
	skip_space(r);
	if (here(r) != ':')
		return fail_syntax(r, "':'", e);
	r->pos++;
	r->state = S_VALUE;
	return 1;
}

/* Inside an array: steps to the next element.  1, 0 or an error. */
static int
take_element(struct json_reader *r, struct err *e)
{
	int c = here(r);

	if (c == ']') {
		close_container(r);
		return 0;
	}
	if (r->state == S_AFTER) {
		if (c != ',')
			return fail_syntax(r, "',' or ']'", e);
		r->pos++;
	}
	r->state = S_VALUE;
	return 1;
}

/* A key, an element, or the end of the container. */
static int
next_inside(struct json_reader *r, struct json_token *t, struct err *e)
{
	bool object = in_object(r);
	int rc = object ? take_member(r, t, e) : take_element(r, e);

	if (rc < 0)
		return rc;
	if (rc == 0) {
		t->type = object ? JSON_OBJECT_END : JSON_ARRAY_END;
		t->raw = str_of(r->text.p + r->pos - 1, 1);
		return 0;
	}
	if (object) {
		t->type = JSON_KEY;
		return 0;
	}
	skip_space(r);
	return take_value(r, t, e);
}

int
json_next(struct json_reader *r, struct json_token *t, struct err *e)
{
	if (failed(r, e))
		return e->code;
	skip_space(r);
	if (r->state == S_VALUE)
		return take_value(r, t, e);
	if (r->state != S_DONE)
		return next_inside(r, t, e);
	if (r->pos < r->text.n)
		return fail_syntax(r, "nothing behind the value", e);
	t->type = JSON_END;
	return 0;
}

enum json_type
json_peek(struct json_reader *r)
{
	if (r->failed.code || r->state != S_VALUE)
		return JSON_END;
	skip_space(r);
	switch (here(r)) {
	case '{': return JSON_OBJECT;
	case '[': return JSON_ARRAY;
	case '"': return JSON_STRING;
	case 't': case 'f': return JSON_BOOL;
	case 'n': return JSON_NULL;
	case '-': case '0': case '1': case '2': case '3': case '4':
	case '5': case '6': case '7': case '8': case '9': return JSON_INT;
	default: return JSON_END;
	}
}

/* Ready to read a value: the reader stands on its first byte. */
static int
begin_value(struct json_reader *r, struct err *e)
{
	if (failed(r, e))
		return e->code;
	assert(r->state == S_VALUE);
	skip_space(r);
	return 0;
}

int
json_object(struct json_reader *r, struct err *e)
{
	if (begin_value(r, e))
		return e->code;
	if (here(r) != '{')
		return json_mismatch(r, "an object", e);
	return open_container(r, true, e);
}

int
json_array(struct json_reader *r, struct err *e)
{
	if (begin_value(r, e))
		return e->code;
	if (here(r) != '[')
		return json_mismatch(r, "an array", e);
	return open_container(r, false, e);
}

/* Passes a value nobody read. */
static inline int
pass_unread(struct json_reader *r, struct err *e)
{
	if (failed(r, e))
		return e->code;
	if (r->state == S_VALUE && json_skip_value(r, NULL, e))
		return e->code;
	assert(r->depth > 0);
	skip_space(r);
	return 0;
}

int
json_object_next(struct json_reader *r, struct str *key, struct err *e)
{
	struct json_token t;
	int rc;

	if (pass_unread(r, e))
		return e->code;
	assert(in_object(r));
	rc = take_member(r, &t, e);
	if (rc > 0)
		*key = t.s;
	return rc;
}

int
json_array_next(struct json_reader *r, struct err *e)
{
	int rc;

	if (pass_unread(r, e))
		return e->code;
	assert(!in_object(r));
	rc = take_element(r, e);
	if (rc <= 0)
		return rc;
	return json_peek(r) == JSON_END ? fail_syntax(r, "a value", e) : 1;
}

int
json_skip_value(struct json_reader *r, struct str *raw, struct err *e)
{
	unsigned depth = r->depth;
	size_t start;
	int rc;

	if (begin_value(r, e))
		return e->code;
	start = r->pos;
	rc = take_value(r, NULL, e);
	while (rc == 0 && r->depth > depth) {
		skip_space(r);
		rc = in_object(r) ? take_member(r, NULL, e)
		    : take_element(r, e);
		if (rc > 0) {
			skip_space(r);
			rc = take_value(r, NULL, e);
		}
	}
	if (rc)
		return rc;
	if (raw)
		*raw = str_of(r->text.p + start, r->pos - start);
	return 0;
}

int
json_read_value(struct json_reader *r, struct json_token *t, struct err *e)
{
	if (begin_value(r, e))
		return e->code;
	if (here(r) != '{' && here(r) != '[')
		return take_value(r, t, e);
	t->type = here(r) == '{' ? JSON_OBJECT : JSON_ARRAY;
	return json_skip_value(r, &t->raw, e);
}

int
json_end(struct json_reader *r, struct err *e)
{
	if (failed(r, e))
		return e->code;
	if (r->state == S_VALUE && json_skip_value(r, NULL, e))
		return e->code;
	assert(r->state == S_DONE);
	skip_space(r);
	if (r->pos < r->text.n)
		return fail_syntax(r, "nothing behind the value", e);
	return 0;
}
