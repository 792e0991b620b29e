/* Words of any script, and which of them vary by their form. */
#include "detect/token.h"
#include "detect/token_form.h"

enum {
	HEX_MIN = 8,    /* letters a to f only: hex rather than a word */
	LONG_MIN = 48   /* no language has such words: a token or a key */
};

size_t
form_char_size(struct str s)
{
	size_t n;

	if (s.n == 0)
		return 0;
	if ((unsigned char)s.p[0] < 0x80)
		return 1;
	for (n = 2; n <= 4 && n <= s.n; n++)
		if (str_is_utf8(str_of(s.p, n)))
			return n;
	return 0;
}

/* The code point of a well-formed character of n bytes. */
static uint32_t
code_point(const char *p, size_t n)
{
	static const uint8_t lead[] = { 0, 0x7f, 0x1f, 0x0f, 0x07 };
	uint32_t c = (unsigned char)p[0] & lead[n];

	for (size_t i = 1; i < n; i++)
		c = c << 6 | ((unsigned char)p[i] & 0x3f);
	return c;
}

static bool
in_ranges(uint32_t c, const uint32_t (*r)[2], size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (c >= r[i][0] && c <= r[i][1])
			return true;
	return false;
}

/* Decimal digits outside ASCII that people type. */
static bool
is_wide_digit(uint32_t c)
{
	static const uint32_t zero[] = {
		0x660, 0x6f0, 0x7c0, 0x966, 0x9e6, 0xa66, 0xae6, 0xb66, 0xbe6,
		0xc66, 0xce6, 0xd66, 0xe50, 0xed0, 0xf20, 0x1040, 0x17e0,
		0x1810, 0xff10
	};

	for (size_t i = 0; i < ARRAY_LEN(zero); i++)
		if (c >= zero[i] && c < zero[i] + 10)
			return true;
	return false;
}

static bool
is_wide_punct(uint32_t c)
{
	static const uint32_t r[][2] = {
		{ 0x80, 0xa9 }, { 0xab, 0xb4 }, { 0xb6, 0xb9 },
		{ 0xbb, 0xbf }, { 0xd7, 0xd7 }, { 0xf7, 0xf7 },
		{ 0x55d, 0x55d }, { 0x589, 0x589 }, { 0x5be, 0x5be },
		{ 0x60c, 0x60c }, { 0x61b, 0x61b }, { 0x61f, 0x61f },
		{ 0x66a, 0x66d }, { 0x6d4, 0x6d4 }, { 0x964, 0x965 },
		{ 0x2000, 0x2bff }, { 0x2e00, 0x2e7f }, { 0x3000, 0x303f },
		{ 0xd800, 0xf8ff }, { 0xfe10, 0xfe1f }, { 0xfe30, 0xfe6f },
		{ 0xfeff, 0xfeff }, { 0xff00, 0xff0f }, { 0xff1a, 0xff20 },
		{ 0xff3b, 0xff40 }, { 0xff5b, 0xff65 }, { 0xfff0, 0xffff },
		{ 0x1f000, 0x1faff }, { 0xe0000, 0x10ffff }
	};

	return in_ranges(c, r, ARRAY_LEN(r));
}

/* Scripts written without spaces: digits beside their letters stand alone. */
static bool
is_unspaced_script(uint32_t c)
{
	static const uint32_t r[][2] = {
		{ 0xe00, 0xeff }, { 0x1000, 0x109f }, { 0x1780, 0x17ff },
		{ 0x2e80, 0xd7ff }, { 0xf900, 0xfaff }, { 0xff66, 0xff9f },
		{ 0x20000, 0x3ffff }
	};

	return in_ranges(c, r, ARRAY_LEN(r));
}

enum letter { LETTER_NONE, LETTER_JOINED, LETTER_UNSPACED, LETTER_DIGIT };

static enum letter
letter_at(struct str s, size_t *n)
{
	unsigned char c = s.n ? (unsigned char)s.p[0] : 0;
	uint32_t u;

	*n = 1;
	if (c < 0x80) {
		if (c >= '0' && c <= '9')
			return LETTER_DIGIT;
		return c == '_' || (c >= 'a' && c <= 'z') ||
		    (c >= 'A' && c <= 'Z') ? LETTER_JOINED : LETTER_NONE;
	}
	*n = form_char_size(s);
	if (*n == 0)
		return LETTER_NONE;
	u = code_point(s.p, *n);
	if (is_wide_digit(u))
		return LETTER_DIGIT;
	if (is_wide_punct(u))
		return LETTER_NONE;
	return is_unspaced_script(u) ? LETTER_UNSPACED : LETTER_JOINED;
}

size_t
token_letter(struct str s, bool *digit)
{
	size_t n;
	enum letter l = letter_at(s, &n);

	*digit = l == LETTER_DIGIT;
	return l == LETTER_NONE ? 0 : n;
}

static bool
is_lower(char c)
{
	return c >= 'a' && c <= 'z';
}

static bool
is_upper(char c)
{
	return c >= 'A' && c <= 'Z';
}

bool
token_is_identifier(struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '_' || (s.p[i] == '.' && i > 0 && i + 1 < s.n))
			return true;
		if (i > 0 && is_upper(s.p[i]) && is_lower(s.p[i - 1]))
			return true;
	}
	return false;
}

bool
form_is_plain_name(struct str s)
{
	bool digit;

	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] < 0x80 && s.p[i] != '-' &&
		    s.p[i] != '.' &&
		    (!token_letter(str_of(s.p + i, 1), &digit) || digit))
			return false;
	return s.n > 0 && s.n <= 40 && str_is_utf8(s);
}

static bool
one_of(struct str s, const char *const *list, size_t n)
{
	if (s.n == 0)
		return false;
	for (size_t i = 0; i < n; i++)
		if (((list[i][0] ^ s.p[0]) & ~0x20) == 0 &&
		    str_ieq(s, str_from(list[i])))
			return true;
	return false;
}

/* Endings of file names and of host names. */
static bool
is_known_ending(struct str s)
{
	static const char *const endings[] = {
		"txt", "log", "json", "jsonl", "yaml", "yml", "xml", "csv",
		"tsv", "html", "htm", "css", "js", "ts", "tsx", "jsx", "py",
		"rb", "go", "rs", "c", "h", "cc", "cpp", "hpp", "cs", "java",
		"kt", "php", "pl", "sh", "sql", "db", "sqlite", "conf", "cfg",
		"ini", "toml", "env", "lock", "pid", "sock", "so", "dll",
		"exe", "jar", "class", "zip", "tar", "gz", "pdf", "doc",
		"docx", "xls", "xlsx", "ppt", "pptx", "md", "png", "jpg",
		"jpeg", "gif", "svg", "mp3", "mp4", "wav", "tmp", "bak",
		"pem", "key", "crt", "ipynb", "parquet", "properties", "sys",
		"com", "org", "net", "edu", "gov", "io", "dev", "ai", "app",
		"cloud", "local", "internal", "localdomain", "de", "uk", "fr",
		"cn", "jp", "eu", "us", "ru", "br", "hk", "info"
	};

	return one_of(s, endings, ARRAY_LEN(endings));
}

bool
token_is_telling(struct str s)
{
	static const struct str ends[] = {
		{ "Exception", 9 }, { "Error", 5 }, { "Failure", 7 },
		{ "Fault", 5 }, { "Warning", 7 }, { "Timeout", 7 },
		{ "Interrupt", 9 }, { "NotFound", 8 }
	};
	size_t last = 0;
	bool constant;

	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] == '.' || s.p[i] == '$')
			last = i + 1;
	s = str_from_index(s, last);
	constant = s.n > 1;
	for (size_t i = 0; i < ARRAY_LEN(ends); i++)
		if (str_has_suffix(s, ends[i]))
			return true;
	for (size_t i = 0; i < s.n; i++)
		constant = constant && (is_upper(s.p[i]) || s.p[i] == '_');
	return constant;
}

bool
token_is_telling_key(struct str key)
{
	static const struct str ends[] = {
		{ "error", 5 }, { "err", 3 }, { "code", 4 }, { "reason", 6 },
		{ "exception", 9 }, { "cause", 5 }, { "message", 7 },
		{ "msg", 3 }, { "status", 6 }, { "state", 5 }, { "errno", 5 }
	};

	for (size_t i = 0; i < ARRAY_LEN(ends); i++)
		if (key.n >= ends[i].n &&
		    str_ieq(str_from_index(key, key.n - ends[i].n), ends[i]))
			return true;
	return false;
}

/* A dotted name: a.b.c is a host, a package or a class; a.b only with an
 * ending of a file or a host. */
static bool
is_dotted_variable(struct str w)
{
	size_t dots = 0, last = 0, longest = 0;

	for (size_t i = 0; i <= w.n; i++) {
		if (i < w.n && w.p[i] != '.' && w.p[i] != '$')
			continue;
		longest = MAX_OF(longest, i - last);
		if (i < w.n) {
			dots++;
			last = i + 1;
		}
	}
	if (dots == 0 || longest < 2 || token_is_telling(w))
		return false;
	return dots > 1 || is_known_ending(str_from_index(w, last));
}

static bool
is_variable(struct str w)
{
	bool hex = w.n >= HEX_MIN, ascii = true;

	if (str_ieq(w, STR("localhost")))
		return true;
	for (size_t i = 0; i < w.n; i++) {
		if (w.p[i] == '@')
			return true;
		ascii = ascii && (unsigned char)w.p[i] < 0x80;
		hex = hex && ((w.p[i] >= 'a' && w.p[i] <= 'f') ||
		    (w.p[i] >= 'A' && w.p[i] <= 'F'));
	}
	return hex || (ascii && w.n >= LONG_MIN) || is_dotted_variable(w);
}

/* can't, user's: the apostrophe belongs to the word. */
static bool
is_apostrophe(struct str s, size_t i)
{
	size_t n;

	return s.p[i] == '\'' && i + 1 < s.n &&
	    letter_at(str_from_index(s, i + 1), &n) == LETTER_JOINED &&
	    (i + 2 >= s.n || letter_at(str_from_index(s, i + 2), &n) ==
	    LETTER_NONE || i + 3 >= s.n ||
	    letter_at(str_from_index(s, i + 3), &n) == LETTER_NONE);
}

size_t
form_word(struct str s, size_t i, bool *mask)
{
	enum letter kind = LETTER_NONE, first = LETTER_NONE;
	size_t j = i, n;
	bool digits = false;

	for (; j < s.n; j += n) {
		kind = letter_at(str_from_index(s, j), &n);
		if (kind == LETTER_NONE) {
			if (j == i || first == LETTER_UNSPACED)
				break;
			n = 1;
			if (is_apostrophe(s, j) && !digits)
				continue;
			if (!memchr(".-@$~", s.p[j], 5) || j + 1 >= s.n)
				break;
			kind = letter_at(str_from_index(s, j + 1), &n);
			n = 1;
			if (kind == LETTER_NONE || kind == LETTER_UNSPACED)
				break;
			continue;
		}
		if (j == i)
			first = kind;
		if ((kind == LETTER_UNSPACED) != (first == LETTER_UNSPACED))
			break;
		digits = digits || kind == LETTER_DIGIT;
	}
	/* "mozilla@": an address whose host is left out. */
	if (j > i && j < s.n && s.p[j] == '@') {
		j++;
		digits = true;
	}
	*mask = j > i && (digits || is_variable(str_of(s.p + i, j - i)));
	return j - i;
}
