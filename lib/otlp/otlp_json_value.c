#include <math.h>
#include <string.h>

#include "otlp/otlp_json.h"

int
otlp_json_wrong(struct otlp_decoder *d, struct json_reader *r,
    const char *why, struct err *e)
{
	size_t at = json_offset(r);

	if (json_skip_value(r, NULL, e))
		return e->code;
	if (otlp_wrong(d, ERR_INVALID, why, e))
		return err_wrap(e, "byte %zu", at);
	return 0;
}

int
otlp_json_text(struct otlp_decoder *d, struct json_reader *r,
    struct str *out, struct err *e)
{
	enum json_type found = json_peek(r);
	struct json_token t;

	if (found == JSON_OBJECT || found == JSON_ARRAY)
		return otlp_json_wrong(d, r, "expected a string", e);
	if (json_read_value(r, &t, e))
		return e->code;
	/* A number where a text should be: its digits say what was meant. */
	if (t.type == JSON_STRING)
		*out = t.s;
	else if (t.type != JSON_NULL)
		*out = t.raw;
	return 0;
}

/* The two halves of a JavaScript Long. */
static int
take_long(struct json_reader *r, uint64_t *out, bool *good, struct err *e)
{
	struct json_token t;
	struct str key;
	int64_t low = 0, high = 0;
	int rc;

	*good = true;
	if (json_object(r, e))
		return e->code;
	while ((rc = json_object_next(r, &key, e)) > 0) {
		bool is_low = str_is(key, "low");

		if (!is_low && !str_is(key, "high"))
			continue;
		if (json_read_value(r, &t, e))
			return e->code;
		if (t.type != JSON_INT)
			*good = false;
		else if (is_low)
			low = t.i;
		else
			high = t.i;
	}
	*out = (uint64_t)(uint32_t)high << 32 | (uint32_t)low;
	return rc;
}

/* The number that a scalar is, or that its text spells. */
static bool
is_number(struct otlp_decoder *d, struct json_token *t)
{
	struct err e;

	if (t->type == JSON_STRING) {
		struct str text = t->s;

		if (json_decode(text, d->arena, t, &e))
			return false;
	}
	return t->type == JSON_INT || t->type == JSON_UINT ||
	    t->type == JSON_DOUBLE;
}

int
otlp_json_u64(struct otlp_decoder *d, struct json_reader *r, uint64_t *out,
    struct err *e)
{
	static const char *const why = "expected an unsigned 64-bit integer";
	struct json_token t;
	uint64_t v;
	bool good;

	if (json_peek(r) == JSON_OBJECT) {
		if (take_long(r, &v, &good, e))
			return e->code;
	} else {
		if (json_read_value(r, &t, e))
			return e->code;
		if (t.type == JSON_NULL)
			return 0;
		good = is_number(d, &t);
		if (good && t.type == JSON_DOUBLE) {
			good = t.d >= 0 && t.d < 0x1p64;
			v = good ? (uint64_t)t.d : 0;
		} else {
			good = good && !(t.type == JSON_INT && t.i < 0);
			v = t.u;
		}
	}
	if (!good)
		return otlp_wrong(d, ERR_INVALID, why, e);
	*out = v;
	return 0;
}

int
otlp_json_enum(struct otlp_decoder *d, struct json_reader *r,
    const char *const *names, int n, int *out, struct err *e)
{
	struct json_token t;

	if (json_read_value(r, &t, e))
		return e->code;
	if (t.type == JSON_NULL)
		return 0;
	for (int i = 0; t.type == JSON_STRING && i < n; i++)
		if (str_is(t.s, names[i])) {
			*out = i;
			return 0;
		}
	if (!is_number(d, &t) || t.type != JSON_INT || t.i < INT32_MIN ||
	    t.i > INT32_MAX)
		return otlp_wrong(d, ERR_INVALID, "expected an enum value", e);
	*out = (int)t.i;
	return 0;
}

static void
set_int(struct otlp_value *v, int64_t i)
{
	v->type = OTLP_INT;
	v->i = i;
}

static int
take_int(struct otlp_decoder *d, struct json_reader *r, struct otlp_value *v,
    struct err *e)
{
	struct json_token t, number;
	uint64_t u;
	bool good;

	if (json_peek(r) == JSON_OBJECT) {
		if (take_long(r, &u, &good, e))
			return e->code;
		if (!good)
			return otlp_wrong(d, ERR_INVALID,
			    "intValue is no integer", e);
		set_int(v, (int64_t)u);
		return 0;
	}
	if (json_read_value(r, &t, e))
		return e->code;
	number = t;
	if (!is_number(d, &number)) {
		if (t.type != JSON_STRING)
			return otlp_wrong(d, ERR_INVALID,
			    "intValue is no integer", e);
		v->type = OTLP_STRING;
		v->s = t.s;
	} else if (number.type == JSON_INT) {
		set_int(v, number.i);
	} else if (number.type == JSON_DOUBLE && fabs(number.d) <= 0x1p53 &&
	    trunc(number.d) == number.d) {
		set_int(v, (int64_t)number.d);
	} else {
		v->type = OTLP_DOUBLE;
		v->d = number.d;
	}
	return 0;
}

static int
take_double(struct otlp_decoder *d, struct json_reader *r,
    struct otlp_value *v, struct err *e)
{
	struct json_token t;

	if (json_read_value(r, &t, e))
		return e->code;
	v->type = OTLP_DOUBLE;
	if (t.type == JSON_STRING && str_is(t.s, "NaN"))
		v->d = (double)NAN;
	else if (t.type == JSON_STRING && str_is(t.s, "Infinity"))
		v->d = (double)INFINITY;
	else if (t.type == JSON_STRING && str_is(t.s, "-Infinity"))
		v->d = (double)-INFINITY;
	else if (is_number(d, &t))
		v->d = t.d;
	else
		return otlp_wrong(d, ERR_INVALID, "doubleValue is no number",
		    e);
	return 0;
}

static int
take_bool(struct otlp_decoder *d, struct json_reader *r, struct otlp_value *v,
    struct err *e)
{
	struct json_token t;

	if (json_read_value(r, &t, e))
		return e->code;
	if (t.type == JSON_STRING && (str_is(t.s, "true") ||
	    str_is(t.s, "false")))
		t.b = str_is(t.s, "true");
	else if (t.type != JSON_BOOL)
		return otlp_wrong(d, ERR_INVALID, "boolValue is no boolean",
		    e);
	v->type = OTLP_BOOL;
	v->b = t.b;
	return 0;
}

/* Both alphabets of RFC 4648. */
static int
base64_digit(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	if (c == '+' || c == '-')
		return 62;
	if (c == '/' || c == '_')
		return 63;
	return -1;
}

static bool
base64_decode(struct str s, char *out, size_t *n)
{
	unsigned held = 0, bits = 0;

	for (int pad = 0; pad < 2 && s.n && s.p[s.n - 1] == '='; pad++)
		s.n--;
	*n = 0;
	for (size_t i = 0; i < s.n; i++) {
		int digit = base64_digit(s.p[i]);

		if (digit < 0)
			return false;
		held = (held << 6 | (unsigned)digit) & 0xffff;
		bits += 6;
		if (bits >= 8) {
			bits -= 8;
			out[(*n)++] = (char)(held >> bits);
		}
	}
	return s.n % 4 != 1;
}

static int
take_bytes(struct otlp_decoder *d, struct json_reader *r,
    struct otlp_value *v, struct err *e)
{
	struct json_token t;
	size_t n = 0;
	char *p;

	if (json_read_value(r, &t, e))
		return e->code;
	if (t.type != JSON_STRING)
		t.s = STR("=");
	p = arena_alloc(d->arena, t.s.n);
	if (!p)
		return otlp_no_memory(e);
	if (!base64_decode(t.s, p, &n) || t.type != JSON_STRING)
		return otlp_wrong(d, ERR_INVALID, "bytesValue is not base64",
		    e);
	v->type = OTLP_BYTES;
	v->s = str_of(p, n);
	return 0;
}

static int take_value(struct otlp_decoder *d, struct json_reader *r,
    struct otlp_value *v, unsigned depth, struct err *e);

static int
take_elements(struct otlp_decoder *d, struct json_reader *r,
    struct otlp_value *v, unsigned depth, struct err *e)
{
	size_t n = 0, cap = 0;
	int rc;

	v->array.v = NULL;
	v->array.n = 0;
	if (json_array(r, e))
		return e->code;
	while ((rc = json_array_next(r, e)) > 0) {
		v->array.v = arena_more(d->arena, v->array.v, n, &cap,
		    sizeof(*v->array.v));
		if (!v->array.v)
			return otlp_no_memory(e);
		if (take_value(d, r, &v->array.v[n++], depth, e))
			return e->code;
	}
	v->array.n = n;
	return rc;
}

/* {"values": […]}: of values, or of keys and values. */
static int
take_nested(struct otlp_decoder *d, struct json_reader *r,
    enum otlp_type type, struct otlp_value *v, unsigned depth, struct err *e)
{
	struct str key;
	int rc;

	*v = (struct otlp_value){ .type = type };
	if (json_peek(r) != JSON_OBJECT)
		return otlp_json_wrong(d, r, "expected {\"values\": [...]}", e);
	if (depth == d->limits.max_depth) {
		if (json_skip_value(r, NULL, e))
			return e->code;
		return otlp_wrong(d, ERR_LIMIT, "value is nested too deep", e);
	}
	if (json_object(r, e))
		return e->code;
	while ((rc = json_object_next(r, &key, e)) > 0) {
		if (!str_is(key, "values") || json_read_null(r))
			continue;
		if (json_peek(r) != JSON_ARRAY)
			rc = otlp_json_wrong(d, r, "values is no array", e);
		else if (type == OTLP_ARRAY)
			rc = take_elements(d, r, v, depth + 1, e);
		else
			rc = otlp_json_attrs(d, r, &v->kvlist, depth + 1, e);
		if (rc)
			return rc;
	}
	return rc;
}

static int
take_alternative(struct otlp_decoder *d, struct json_reader *r,
    struct str key, struct otlp_value *v, unsigned depth, struct err *e)
{
	if (otlp_key(key, STR("stringValue"), STR("string_value"))) {
		v->type = OTLP_STRING;
		v->s = STR("");
		return otlp_json_text(d, r, &v->s, e);
	}
	if (otlp_key(key, STR("intValue"), STR("int_value")))
		return take_int(d, r, v, e);
	if (otlp_key(key, STR("doubleValue"), STR("double_value")))
		return take_double(d, r, v, e);
	if (otlp_key(key, STR("boolValue"), STR("bool_value")))
		return take_bool(d, r, v, e);
	if (otlp_key(key, STR("arrayValue"), STR("array_value")))
		return take_nested(d, r, OTLP_ARRAY, v, depth, e);
	if (otlp_key(key, STR("kvlistValue"), STR("kvlist_value")))
		return take_nested(d, r, OTLP_KVLIST, v, depth, e);
	if (otlp_key(key, STR("bytesValue"), STR("bytes_value")))
		return take_bytes(d, r, v, e);
	return 0;
}

static int
take_value(struct otlp_decoder *d, struct json_reader *r,
    struct otlp_value *v, unsigned depth, struct err *e)
{
	struct str key;
	int rc;

	*v = (struct otlp_value){ .type = OTLP_NONE };
	if (json_read_null(r))
		return 0;
	if (json_peek(r) != JSON_OBJECT)
		return otlp_json_wrong(d, r, "value is no object", e);
	if (json_object(r, e))
		return e->code;
	while ((rc = json_object_next(r, &key, e)) > 0) {
		if (json_read_null(r))
			continue;
		if (take_alternative(d, r, key, v, depth, e))
			return e->code;
	}
	return rc;
}

static int
take_attr(struct otlp_decoder *d, struct json_reader *r, struct otlp_attr *a,
    unsigned depth, struct err *e)
{
	struct str key;
	int rc = 0;

	*a = (struct otlp_attr){ .key = STR_NULL };
	if (json_peek(r) != JSON_OBJECT)
		return otlp_json_wrong(d, r, "attribute is no object", e);
	if (json_object(r, e))
		return e->code;
	while ((rc = json_object_next(r, &key, e)) > 0) {
		if (str_is(key, "key"))
			rc = otlp_json_text(d, r, &a->key, e);
		else if (str_is(key, "value"))
			rc = take_value(d, r, &a->value, depth, e);
		if (rc < 0)
			return rc;
	}
	return rc;
}

int
otlp_json_attrs(struct otlp_decoder *d, struct json_reader *r,
    struct otlp_attrs *attrs, unsigned depth, struct err *e)
{
	size_t cap = 0, n = 0;
	int rc;

	*attrs = (struct otlp_attrs){ 0 };
	if (json_read_null(r))
		return 0;
	if (json_peek(r) != JSON_ARRAY)
		return otlp_json_wrong(d, r, "attributes is no array", e);
	if (json_array(r, e))
		return e->code;
	while ((rc = json_array_next(r, e)) > 0) {
		if (n == d->limits.max_attrs) {
			if (otlp_wrong(d, ERR_LIMIT, "too many attributes", e))
				return e->code;
			continue;
		}
		attrs->v = arena_more(d->arena, attrs->v, n, &cap,
		    sizeof(*attrs->v));
		if (!attrs->v)
			return otlp_no_memory(e);
		if (take_attr(d, r, &attrs->v[n++], depth, e))
			return e->code;
	}
	attrs->n = n;
	return rc;
}
