#include "json/json_lex.h"

#include <endian.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define BYTES(c) (0x0101010101010101u * (c))

/*
 * Length of the run of plain bytes (ASCII, no quote, backslash or control) at
 * p, judged eight at a time: a bit is set at the top of each byte that is not
 * plain.  The subtractions may also mark a byte above a true hit, never below.
 */
static size_t
plain_run(const char *p, size_t n)
{
	size_t i = 0;

	for (; n - i >= 8; i += 8) {
		uint64_t x, quote, slash, hit;

		memcpy(&x, p + i, 8);
		x = le64toh(x);
		quote = x ^ BYTES('"');
		slash = x ^ BYTES('\\');
		hit = (x - BYTES(0x20u)) | (quote - BYTES(1u)) |
		    (slash - BYTES(1u)) | x;
		hit &= BYTES(0x80u);
		if (hit)
			return i + (size_t)__builtin_ctzll(hit) / 8;
	}
	for (; i < n; i++) {
		unsigned char c = (unsigned char)p[i];

		if (c < 0x20 || c >= 0x80 || c == '"' || c == '\\')
			break;
	}
	return i;
}

/* *i stands on a backslash and moves behind the escape. */
static bool
lex_escape(struct str text, size_t *i, const char **why)
{
	size_t at = *i + 1;

	*why = "a valid escape";
	if (at >= text.n || !strchr("\"\\/bfnrtu", text.p[at]) || !text.p[at])
		return false;
	if (text.p[at] != 'u') {
		*i = at + 1;
		return true;
	}
	for (int k = 1; k <= 4; k++)
		if (at + (size_t)k >= text.n ||
		    str_hex_digit(text.p[at + (size_t)k]) < 0)
			return false;
	*i = at + 5;
	return true;
}

bool
json_lex_string(struct str text, size_t *i, bool *escaped, const char **why)
{
	*escaped = false;
	for (;;) {
		unsigned char c;
		size_t len;

		*i += plain_run(text.p + *i, text.n - *i);
		if (*i >= text.n) {
			*why = "the end of the string";
			return false;
		}
		c = (unsigned char)text.p[*i];
		if (c == '"') {
			++*i;
			return true;
		}
		if (c == '\\') {
			*escaped = true;
			if (!lex_escape(text, i, why))
				return false;
			continue;
		}
		len = c < 0x80 ? 0 : str_utf8_sequence(text, *i);
		if (len == 0) {
			*why = c < 0x20 ? "an escape, found a control character"
			    : "valid UTF-8";
			return false;
		}
		*i += len;
	}
}

static unsigned
hex4(const char *p)
{
	return (unsigned)(str_hex_digit(p[0]) << 12 | str_hex_digit(p[1]) << 8 |
	    str_hex_digit(p[2]) << 4 | str_hex_digit(p[3]));
}

static size_t
put_utf8(char *out, unsigned c)
{
	if (c < 0x80) {
		out[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		out[0] = (char)(0xc0 | c >> 6);
		out[1] = (char)(0x80 | (c & 0x3f));
		return 2;
	}
	if (c < 0x10000) {
		out[0] = (char)(0xe0 | c >> 12);
		out[1] = (char)(0x80 | (c >> 6 & 0x3f));
		out[2] = (char)(0x80 | (c & 0x3f));
		return 3;
	}
	out[0] = (char)(0xf0 | c >> 18);
	out[1] = (char)(0x80 | (c >> 12 & 0x3f));
	out[2] = (char)(0x80 | (c >> 6 & 0x3f));
	out[3] = (char)(0x80 | (c & 0x3f));
	return 4;
}

/* *i stands behind "\u" and moves behind the digits (of both surrogates). */
static unsigned
code_point(struct str s, size_t *i)
{
	unsigned c = hex4(s.p + *i), low;

	*i += 4;
	if (c < 0xd800 || c > 0xdfff)
		return c;
	if (c > 0xdbff || s.n - *i < 6 || s.p[*i] != '\\' ||
	    s.p[*i + 1] != 'u')
		return 0xfffd;
	low = hex4(s.p + *i + 2);
	if (low < 0xdc00 || low > 0xdfff)
		return 0xfffd;
	*i += 6;
	return 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
}

static char
simple_escape(char c)
{
	switch (c) {
	case 'b': return '\b';
	case 'f': return '\f';
	case 'n': return '\n';
	case 'r': return '\r';
	case 't': return '\t';
	default: return c;
	}
}

size_t
json_unescape(struct str inner, char *out)
{
	size_t i = 0, n = 0;

	while (i < inner.n) {
		const char *slash = memchr(inner.p + i, '\\', inner.n - i);
		size_t run = slash ? (size_t)(slash - inner.p) - i
		    : inner.n - i;

		memcpy(out + n, inner.p + i, run);
		n += run;
		i += run;
		if (!slash)
			break;
		i += 2;
		if (inner.p[i - 1] == 'u')
			n += put_utf8(out + n, code_point(inner, &i));
		else
			out[n++] = simple_escape(inner.p[i - 1]);
	}
	return n;
}

static bool
is_digit(struct str text, size_t i)
{
	return i < text.n && text.p[i] >= '0' && text.p[i] <= '9';
}

/* The parts of a number, gathered while its syntax is checked. */
struct number {
	uint64_t digits;     /* all digits as one integer */
	unsigned n_digits;   /* significant ones; past 19 digits overflows */
	int64_t scale;       /* times ten to this */
	bool negative;
	bool is_integer;
};

static void
lex_digits(struct str text, size_t *i, struct number *num, int scale)
{
	for (; is_digit(text, *i); ++*i) {
		num->digits = num->digits * 10 +
		    (uint64_t)(text.p[*i] - '0');
		num->n_digits += num->n_digits || num->digits;
		num->scale -= scale;
	}
}

static bool
lex_exponent(struct str text, size_t *i, struct number *num)
{
	bool negative;
	int64_t v = 0;

	num->is_integer = false;
	++*i;
	negative = *i < text.n && text.p[*i] == '-';
	if (*i < text.n && (text.p[*i] == '-' || text.p[*i] == '+'))
		++*i;
	if (!is_digit(text, *i))
		return false;
	for (; is_digit(text, *i); ++*i)
		if (v < 1000000)
			v = v * 10 + (text.p[*i] - '0');
	num->scale += negative ? -v : v;
	return true;
}

static bool
lex_syntax(struct str text, size_t *i, struct number *num)
{
	if (text.p[*i] == '-') {
		num->negative = true;
		++*i;
	}
	if (!is_digit(text, *i))
		return false;
	if (text.p[*i] == '0')
		++*i;
	else
		lex_digits(text, i, num, 0);
	if (*i < text.n && text.p[*i] == '.') {
		num->is_integer = false;
		++*i;
		if (!is_digit(text, *i))
			return false;
		lex_digits(text, i, num, 1);
	}
	if (*i < text.n && (text.p[*i] == 'e' || text.p[*i] == 'E'))
		return lex_exponent(text, i, num);
	return true;
}

static double
slow_double(struct str raw)
{
	char small[128], *text = small;
	double d;

	if (raw.n < sizeof(small)) {
		memcpy(small, raw.p, raw.n);
		small[raw.n] = '\0';
	} else {
		text = mem_dup(raw.p, raw.n);
	}
	d = strtod(text, NULL);
	if (text != small)
		free(text);
	return isfinite(d) ? d : copysign(DBL_MAX, d);
}

/*
 * Up to 2^53 and 10^22 both factors are exact, so one multiplication rounds
 * correctly (Clinger 1990); what lies beyond goes to strtod.
 */
static double
to_double(const struct number *num, struct str raw)
{
	static const double ten[] = { 1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7,
	    1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18,
	    1e19, 1e20, 1e21, 1e22 };
	double d;

	if (num->n_digits > 19 || num->digits > (uint64_t)1 << 53 ||
	    num->scale > 22 || num->scale < -22)
		return slow_double(raw);
	d = (double)num->digits;
	d = num->scale < 0 ? d / ten[-num->scale] : d * ten[num->scale];
	return num->negative ? -d : d;
}

static void
number_value(const struct number *num, struct str raw, struct json_token *t)
{
	uint64_t v = num->digits;
	bool exact = num->is_integer && num->n_digits <= 20;

	/* Twenty digits overflow unless they are at most 2^64 - 1. */
	if (exact && num->n_digits == 20)
		exact = str_to_u64(str_from_index(raw, num->negative), &v);
	if (exact && v <= (uint64_t)INT64_MAX + num->negative) {
		t->type = JSON_INT;
		t->i = num->negative ? (int64_t)(0 - v) : (int64_t)v;
		t->u = num->negative ? 0 : v;
		t->d = (double)t->i;
	} else if (exact && !num->negative) {
		t->type = JSON_UINT;
		t->u = v;
		t->d = (double)v;
	} else {
		t->type = JSON_DOUBLE;
		t->d = to_double(num, raw);
	}
}

bool
json_lex_number(struct str text, size_t *i, struct json_token *t,
    const char **why)
{
	struct number num = { .is_integer = true };
	size_t start = *i;

	if (!lex_syntax(text, i, &num)) {
		*why = "a digit";
		return false;
	}
	if (t)
		number_value(&num, str_of(text.p + start, *i - start), t);
	return true;
}
