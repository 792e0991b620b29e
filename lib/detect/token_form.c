/* What varies by its own form: quoted strings, URLs, paths, addresses. */
#include "detect/token_form.h"

#include "detect/token.h"

enum {
	QUOTED_MAX = 160,       /* bytes of a quoted string that is masked */
	QUOTED_SPACES_MAX = 3,  /* a longer quotation is prose, and is kept */
	SEGMENT_MAX = 256,      /* bytes before the first slash of a path */
	GROUP_MAX = 64          /* groups in an address */
};

static char
at(struct str s, size_t i)
{
	return i < s.n ? s.p[i] : '\0';
}

static bool
is_alpha(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_hex(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static bool
starts(struct str s, size_t i, struct str what)
{
	return str_has_prefix(str_from_index(s, i), what);
}

size_t
form_placeholder(struct str s, size_t i)
{
	return starts(s, i, STR("<*>")) ? 3 : 0;
}

/* The mark that closes the quotation opened at i, and the size of the opening
 * mark; empty if none opens there. */
static struct str
closing_quote(struct str s, size_t i, size_t *open)
{
	static const struct { struct str open, close; } marks[] = {
		{ { "\"", 1 }, { "\"", 1 } },
		{ { "'", 1 }, { "'", 1 } },
		{ { "`", 1 }, { "`", 1 } },
		{ { "\xe2\x80\x9c", 3 }, { "\xe2\x80\x9d", 3 } },
		{ { "\xe2\x80\x98", 3 }, { "\xe2\x80\x99", 3 } },
		{ { "\xc2\xab", 2 }, { "\xc2\xbb", 2 } },
		{ { "\xe3\x80\x8c", 3 }, { "\xe3\x80\x8d", 3 } }
	};

	for (size_t k = 0; k < ARRAY_LEN(marks); k++) {
		if (!starts(s, i, marks[k].open))
			continue;
		*open = marks[k].open.n;
		return marks[k].close;
	}
	return STR_NULL;
}

/* "GET /x HTTP/1.1": the request line of a log keeps its method. */
static bool
is_request_line(struct str s, size_t i)
{
	static const struct str methods[] = {
		{ "GET ", 4 }, { "POST ", 5 }, { "PUT ", 4 }, { "DELETE ", 7 },
		{ "PATCH ", 6 }, { "HEAD ", 5 }, { "OPTIONS ", 8 }
	};

	for (size_t k = 0; k < ARRAY_LEN(methods); k++)
		if (starts(s, i, methods[k]))
			return true;
	return false;
}

size_t
form_quoted(struct str s, size_t i)
{
	size_t open = 0, spaces = 0, j;
	struct str close = closing_quote(s, i, &open);
	bool digit;

	if (close.n == 0 || is_request_line(s, i + open))
		return 0;
	for (j = i + open; j < s.n && j - i < QUOTED_MAX; j++) {
		if (s.p[j] == '\n')
			return 0;
		spaces += s.p[j] == ' ';
		if (s.p[j] == '\\' && j + 1 < s.n) {
			j++;
			continue;
		}
		/* An apostrophe inside a word closes nothing. */
		if (starts(s, j, close) && (close.n > 1 || j + 1 >= s.n ||
		    token_letter(str_from_index(s, j + 1), &digit) == 0))
			return spaces <= QUOTED_SPACES_MAX ?
			    j + close.n - i : 0;
	}
	return 0;
}

/* Where a URL or path that began at i ends: before white space or a mark that
 * encloses, and before the punctuation of the sentence. */
static size_t
unspaced_end(struct str s, size_t i, const char *stop)
{
	size_t n = strlen(stop), j;
	bool query = false;

	for (j = i; j < s.n && (unsigned char)s.p[j] > ' '; j++) {
		query = query || s.p[j] == '?';
		if (memchr(stop, s.p[j], n) && !(query && s.p[j] == '='))
			break;
		if (s.p[j] == ':' && !is_digit(at(s, j + 1)) &&
		    at(s, j + 1) != '/')
			break;
	}
	while (j > i + 1 && memchr(".:!?", s.p[j - 1], 4))
		j--;
	return j;
}

size_t
form_url(struct str s, size_t i)
{
	size_t j = i;

	if (!is_alpha(at(s, i)))
		return 0;
	while (j - i < 24 && (is_alpha(at(s, j)) || is_digit(at(s, j)) ||
	    (at(s, j) && memchr("+-.", s.p[j], 3))))
		j++;
	if (!starts(s, j, STR("://")))
		return 0;
	return unspaced_end(s, j + 3, "\"'`<>|,;)]}") - i;
}

/* A relative path must look like one: and/or, I/O, input/output do not. */
static size_t
relative_path(struct str s, size_t i)
{
	size_t j, slashes = 0;
	bool odd = false, digit, letter = false;

	for (j = i; j < s.n && (slashes || j - i < SEGMENT_MAX); j++) {
		if (s.p[j] == '/') {
			if (at(s, j + 1) == '/' || j == i)
				break;
			slashes++;
		} else if (token_letter(str_of(s.p + j, 1), &digit)) {
			letter = true;
			odd = odd || digit || s.p[j] == '_';
		} else if (s.p[j] == '.' && (is_alpha(at(s, j + 1)) ||
		    is_digit(at(s, j + 1)))) {
			odd = true;
		} else if ((unsigned char)s.p[j] < 0x80 &&
		    !memchr("-.+~@%", s.p[j], 6)) {
			break;
		}
	}
	while (j > i && memchr("./-", s.p[j - 1], 3))
		slashes -= s.p[--j] == '/';
	return slashes > 1 || (slashes && odd && letter) ? j - i : 0;
}

size_t
form_path(struct str s, size_t i)
{
	static const char stop[] = "\"'`<>|,;()[]{}=";
	size_t j;

	if (is_alpha(at(s, i)) && at(s, i + 1) == ':' && at(s, i + 2) == '\\')
		return unspaced_end(s, i + 3, stop) - i;
	if (starts(s, i, STR("\\\\")) && is_alpha(at(s, i + 2)))
		return unspaced_end(s, i + 2, stop) - i;
	if (at(s, i) == '/' || starts(s, i, STR("./")) ||
	    starts(s, i, STR("../")) || starts(s, i, STR("~/"))) {
		j = unspaced_end(s, i, stop);
		return j > i + 1 || at(s, i) != '/' ? j - i : 0;
	}
	return relative_path(s, i);
}

size_t
form_groups(struct str s, size_t i)
{
	size_t j = i, colons = 0, n;
	bool digit = false, pairs = true;

	if (!is_hex(at(s, i)) && !starts(s, i, STR("::")))
		return 0;
	for (size_t k = 0; k < GROUP_MAX; k++) {
		for (n = 0; n < 5 && is_hex(at(s, j + n)); n++)
			digit = digit || is_digit(s.p[j + n]);
		pairs = pairs && n == 2;
		j += n;
		if (n > 4 || at(s, j) != ':')
			break;
		if (!is_hex(at(s, j + 1)) && at(s, j + 1) != ':')
			break;
		j++;
		colons++;
	}
	if (colons < 2 || (!digit && !(pairs && colons > 3)) ||
	    is_alpha(at(s, j)) || at(s, j) == '_')
		return 0;
	return j - i;
}
