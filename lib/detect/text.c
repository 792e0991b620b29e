/* Normalises, splits and hashes the words of a message. */
#include "detect/text.h"

#include <stdlib.h>

#include "base/mem.h"

enum class_of {
	SPACE,          /* separates words */
	STOP,           /* separates clauses */
	LETTER,
	DIGIT,
	SINGLE,         /* a token by itself */
	QUOTE,          /* an apostrophe */
	NOTHING         /* a combining mark: not there at all */
};

enum {
	HANDLE_HASH = 0x40404040,
	ADDRESS_HASH = 0x50505050,
	WORD_UNITS_MAX = 64,
	BAD = 0xfffd
};

/* Base letters of U+00C0..U+017F; '*' is no letter. */
static const char latin_base[] =
    "aaaaaaaceeeeiiiidnooooo*ouuuuytsaaaaaaaceeeeiiiidnooooo*ouuuuyty"
    "aaaaaaccccccccddddeeeeeeeeeegggggggghhhhiiiiiiiiiiiijjkkklllllll"
    "lllnnnnnnnnnoooooooorrrrrrssssssssttttttuuuuuuuuuuuuwwyyyzzzzzzs";

/* Greek with accents, U+0386..U+03CE, and its plain small letter. */
static const uint16_t greek[][2] = {
	{ 0x386, 0x3b1 }, { 0x388, 0x3b5 }, { 0x389, 0x3b7 },
	{ 0x38a, 0x3b9 }, { 0x38c, 0x3bf }, { 0x38e, 0x3c5 },
	{ 0x38f, 0x3c9 }, { 0x3ac, 0x3b1 }, { 0x3ad, 0x3b5 },
	{ 0x3ae, 0x3b7 }, { 0x3af, 0x3b9 }, { 0x3c2, 0x3c3 },
	{ 0x3cc, 0x3bf }, { 0x3cd, 0x3c5 }, { 0x3ce, 0x3c9 },
};

struct text *
text_new(void)
{
	return mem_zalloc(1, sizeof(struct text));
}

void
text_free(struct text *t)
{
	free(t);
}

/* One code point at s[i]; *len bytes.  BAD for what is not UTF-8. */
static uint32_t
decode(const uint8_t *s, size_t n, size_t i, size_t *len)
{
	uint32_t c = s[i], min = 0;
	size_t more, k;

	*len = 1;
	if (c < 0x80)
		return c;
	if (c >= 0xc2 && c <= 0xdf) {
		more = 1, c &= 0x1f, min = 0x80;
	} else if (c >= 0xe0 && c <= 0xef) {
		more = 2, c &= 0x0f, min = 0x800;
	} else if (c >= 0xf0 && c <= 0xf4) {
		more = 3, c &= 0x07, min = 0x10000;
	} else {
		return BAD;
	}
	if (n - i <= more)
		return BAD;
	for (k = 1; k <= more; k++) {
		if ((s[i + k] & 0xc0) != 0x80)
			return BAD;
		c = c << 6 | (s[i + k] & 0x3f);
	}
	if (c < min || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
		return BAD;
	*len = more + 1;
	return c;
}

static enum class_of
fold_greek(uint32_t *c)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(greek); i++)
		if (greek[i][0] == *c) {
			*c = greek[i][1];
			return LETTER;
		}
	if (*c >= 0x391 && *c <= 0x3a9)
		*c += 0x20;
	return LETTER;
}

/* True for scripts that do not put spaces between words, and for emoji. */
static bool
is_single(uint32_t c)
{
	return (c >= 0x3040 && c <= 0x30ff) || (c >= 0x3400 && c <= 0x9fff) ||
	    (c >= 0xf900 && c <= 0xfaff) || (c >= 0xac00 && c <= 0xd7af) ||
	    (c >= 0x0e00 && c <= 0x0eff) ||
	    (c >= 0x1000 && c <= 0x109f) || (c >= 0x1780 && c <= 0x17ff) ||
	    (c >= 0x2600 && c <= 0x27bf) || (c >= 0x1f300 && c <= 0x1faff) ||
	    (c >= 0x20000 && c <= 0x3ffff);
}

/* Folds what lies above ASCII. */
static enum class_of
fold_wide(uint32_t *c, bool *upper)
{
	uint32_t u = *c;

	if (u < 0xc0)
		return SPACE;
	if (u < 0x180) {
		if (latin_base[u - 0xc0] == '*')
			return SPACE;
		*upper = u < 0xdf || (u >= 0x100 && u % 2 == 0);
		*c = (uint8_t)latin_base[u - 0xc0];
		return LETTER;
	}
	if (u >= 0x300 && u <= 0x36f)
		return NOTHING;
	if (u >= 0x370 && u <= 0x3ff)
		return fold_greek(c);
	if (u >= 0x400 && u <= 0x451) {
		*upper = u < 0x430;
		*c = u <= 0x40f ? u + 0x50 : u <= 0x42f ? u + 0x20 : u;
		if (*c == 0x451)
			*c = 0x435;
		return LETTER;
	}
	if (is_single(u))
		return SINGLE;
	if (u == 0x2018 || u == 0x2019 || u == 0x2bc)
		return QUOTE;
	if (u == 0x2026 || (u >= 0x3001 && u <= 0x3002))
		return STOP;
	if ((u >= 0x2000 && u <= 0x25ff) || (u >= 0x3000 && u <= 0x303f) ||
	    (u >= 0xfe00 && u <= 0xfe6f) || u == BAD || u == 0xfeff)
		return SPACE;
	return LETTER;
}

static enum class_of
fold(uint32_t *c, bool *upper)
{
	*upper = false;
	if (*c >= 0xff01 && *c <= 0xff5e)
		*c -= 0xfee0;
	if (*c >= 0x80)
		return fold_wide(c, upper);
	if (*c >= 'a' && *c <= 'z')
		return LETTER;
	if (*c >= 'A' && *c <= 'Z') {
		*c += 'a' - 'A';
		*upper = true;
		return LETTER;
	}
	if (*c >= '0' && *c <= '9')
		return DIGIT;
	switch (*c) {
	case '?':
	case '!':
		return SINGLE;
	case '\'':
	case '`':
		return QUOTE;
	case '.':
	case ',':
	case ';':
	case ':':
	case '\n':
		return STOP;
	default:
		return SPACE;
	}
}

/* The word being collected. */
struct word {
	struct text_token k;
	uint32_t last;          /* last unit, for stretches */
	size_t run, n_upper, n_units;
	bool open;
};

static uint32_t
hash_unit(uint32_t h, uint32_t c)
{
	return (h ^ c) * 0x01000193u;
}

static uint32_t
hash_end(uint32_t h)
{
	h ^= h >> 15;
	h *= 0x85ebca6bu;
	return h ^ h >> 13;
}

static void
word_begin(struct text *t, struct word *w, size_t from, enum text_kind kind,
    bool after_stop)
{
	w->k = (struct text_token){ .hash = 0x811c9dc5u, .raw = 0x811c9dc5u,
		.from = (uint32_t)from, .norm = (uint16_t)t->n_norm,
		.kind = (uint8_t)kind, .after_stop = after_stop };
	w->last = 0;
	w->run = w->n_upper = w->n_units = 0;
	w->open = true;
}

static void
word_add(struct text *t, struct word *w, uint32_t c, bool upper, size_t to)
{
	if (w->n_units == 0)
		w->k.first_cap = upper;
	w->k.to = (uint32_t)to;
	w->n_units++;
	w->n_upper += upper;
	if (w->k.kind == TEXT_NUMBER) {
		w->k.raw = hash_unit(w->k.raw, c);
		if (w->k.n > 0)
			return;
		c = '0';
	} else {
		w->run = c == w->last ? w->run + 1 : 1;
		w->last = c;
		if (w->run > 2 && w->k.kind == TEXT_WORD) {
			w->k.stretched = true;
			return;
		}
		w->k.raw = hash_unit(w->k.raw, c);
	}
	w->k.hash = hash_unit(w->k.hash, c);
	if (w->k.n < WORD_UNITS_MAX && t->n_norm < TEXT_NORM_MAX) {
		t->norm[t->n_norm++] = (uint16_t)(c ^ c >> 16);
		w->k.n++;
	}
}

/* The small letter, or 0 for what is no ASCII letter. */
static uint8_t
ascii_letter(uint8_t c)
{
	uint8_t low = c | 0x20;

	return low >= 'a' && low <= 'z' ? low : 0;
}

/*
 * As word_add for each ASCII letter from s[i] on, several times faster: most
 * text is made of them.  Returns the index of the first byte that is none.
 */
static size_t
word_add_ascii(struct text *t, struct word *w, const uint8_t *s, size_t n,
    size_t i)
{
	uint32_t hash = w->k.hash, raw = w->k.raw, last = w->last;
	uint16_t *out = &t->norm[t->n_norm];
	size_t room = TEXT_NORM_MAX - t->n_norm, put = 0;
	size_t from = i, run = w->run, upper = 0;
	uint8_t c;

	if (room > WORD_UNITS_MAX - (size_t)w->k.n)
		room = WORD_UNITS_MAX - (size_t)w->k.n;
	if (w->n_units == 0)
		w->k.first_cap = s[i] < 'a';
	for (; i < n && (c = ascii_letter(s[i])) != 0; i++) {
		upper += s[i] < 'a';
		run = c == last ? run + 1 : 1;
		last = c;
		if (run > 2) {
			w->k.stretched = true;
			continue;
		}
		hash = hash_unit(hash, c);
		raw = hash_unit(raw, c);
		if (put < room)
			out[put++] = c;
	}
	t->n_norm += put;
	w->k.n += (uint16_t)put;
	w->k.hash = hash;
	w->k.raw = raw;
	w->last = last;
	w->run = run;
	w->n_upper += upper;
	w->n_units += i - from;
	w->k.to = (uint32_t)i;
	return i;
}

static void
word_end(struct text *t, struct word *w)
{
	if (!w->open)
		return;
	w->open = false;
	if (t->n == TEXT_TOKENS_MAX)
		return;
	w->k.hash = hash_end(w->k.hash);
	w->k.raw = hash_end(w->k.raw);
	w->k.caps = w->n_upper >= 2 && w->n_upper == w->n_units;
	t->n_caps += w->k.caps && w->n_units >= 3;
	t->n_stretched += w->k.stretched;
	t->n_words += w->k.kind <= TEXT_CHAR;
	t->token[t->n++] = w->k;
}

/* If a handle or an address starts at s[i]: its token; returns its end. */
static size_t
scan_handle(struct text *t, const uint8_t *s, size_t n, size_t i, bool stop)
{
	struct word w;
	size_t j = i;
	bool at = s[i] == '@';

	if (at ? i + 1 >= n || s[i + 1] <= ' ' :
	    !str_has_prefix(str_of(s + i, n - i), STR("http://")) &&
	    !str_has_prefix(str_of(s + i, n - i), STR("https://")) &&
	    !str_has_prefix(str_of(s + i, n - i), STR("www.")))
		return i;
	while (j < n && s[j] > ' ' && s[j] < 0x80 && s[j] != ',')
		j++;
	if (j == i)
		return i;
	word_begin(t, &w, i, TEXT_HANDLE, stop);
	w.k.to = (uint32_t)j;
	word_end(t, &w);
	if (t->n > 0 && t->token[t->n - 1].kind == TEXT_HANDLE)
		t->token[t->n - 1].hash = t->token[t->n - 1].raw =
		    at ? HANDLE_HASH : ADDRESS_HASH;
	return j;
}

static void
scan_part(struct text *t, const uint8_t *s, size_t i, size_t n)
{
	struct word w = { .open = false };
	bool upper, stop = true;
	enum class_of k;
	size_t len, end;
	uint32_t c;

	for (; i < n && t->n < TEXT_TOKENS_MAX; i += len) {
		if (!w.open && (s[i] == '@' || s[i] == 'h' || s[i] == 'w') &&
		    (end = scan_handle(t, s, n, i, stop)) > i) {
			len = end - i;
			stop = false;
			continue;
		}
		if (ascii_letter(s[i])) {
			if (w.open && w.k.kind != TEXT_WORD)
				word_end(t, &w);
			if (!w.open) {
				word_begin(t, &w, i, TEXT_WORD, stop);
				stop = false;
			}
			len = word_add_ascii(t, &w, s, n, i) - i;
			continue;
		}
		if (s[i] == ' ') {
			word_end(t, &w);
			len = 1;
			continue;
		}
		c = decode(s, n, i, &len);
		k = fold(&c, &upper);
		if (k == NOTHING || (k == QUOTE && w.open))
			continue;
		if (k == LETTER || k == DIGIT) {
			enum text_kind kind = k == LETTER ? TEXT_WORD :
			    TEXT_NUMBER;

			if (w.open && w.k.kind != kind)
				word_end(t, &w);
			if (!w.open) {
				word_begin(t, &w, i, kind, stop);
				stop = false;
			}
			word_add(t, &w, c, upper, i + len);
			continue;
		}
		word_end(t, &w);
		if (k == SINGLE) {
			word_begin(t, &w, i, c == '?' || c == '!' ?
			    TEXT_MARK : TEXT_CHAR, stop);
			word_add(t, &w, c, false, i + len);
			word_end(t, &w);
			t->n_question += c == '?';
			t->n_exclaim += c == '!';
			stop = c == '?' || c == '!';
		} else if (k == STOP) {
			stop = true;
			t->n_ellipsis += c == 0x2026 || (c == '.' &&
			    i + 2 < n && s[i + 1] == '.' && s[i + 2] == '.');
		}
	}
	word_end(t, &w);
}

void
text_scan(struct text *t, struct str s)
{
	const uint8_t *p = (const uint8_t *)s.p;

	t->n = t->n_words = t->n_caps = t->n_stretched = t->n_question = 0;
	t->n_exclaim = t->n_ellipsis = t->n_norm = 0;
	t->n_bytes = s.n;
	if (s.n > UINT32_MAX)
		s.n = UINT32_MAX;
	if (s.n <= TEXT_HEAD_BYTES + TEXT_TAIL_BYTES) {
		scan_part(t, p, 0, s.n);
	} else {
		scan_part(t, p, 0, TEXT_HEAD_BYTES);
		scan_part(t, p, s.n - TEXT_TAIL_BYTES, s.n);
	}
}

static uint32_t
bucket(uint32_t h)
{
	return h * 0x9e3779b1u >> (32 - TEXT_BUCKET_BITS);
}

/* Character 3-5-grams of one word with a space at either end. */
static size_t
word_grams(const struct text *t, const struct text_token *k, uint32_t *out,
    size_t max)
{
	uint16_t u[66];
	size_t n = 0, len = 0, i, j;

	u[len++] = ' ';
	for (i = 0; i < k->n; i++)
		u[len++] = t->norm[k->norm + i];
	u[len++] = ' ';
	for (i = 0; i + 3 <= len; i++) {
		uint32_t h = 0x2545f491u;

		h = hash_unit(hash_unit(h, u[i]), u[i + 1]);
		for (j = i + 2; j < len && j < i + 5 && n < max; j++) {
			h = hash_unit(h, u[j]);
			out[n++] = bucket(h ^ h >> 15);
		}
	}
	return n;
}

size_t
text_grams(const struct text *t, size_t from, size_t to, uint32_t *out,
    size_t max)
{
	size_t n = 0, i;

	if (to > t->n)
		to = t->n;
	for (i = from; i < to; i++) {
		const struct text_token *k = &t->token[i];
		uint32_t h = text_phrase_add(TEXT_PHRASE_SEED, k->hash);

		if (n + 3 > max)
			break;
		out[n++] = bucket(h);
		if (i > from) {
			uint32_t g = text_phrase_add(TEXT_PHRASE_SEED,
			    k[-1].hash);

			out[n++] = bucket(text_phrase_add(g, k->hash));
		}
		if (i > from + 1 && k->kind == TEXT_CHAR) {
			uint32_t g = text_phrase_add(TEXT_PHRASE_SEED,
			    k[-2].hash);

			g = text_phrase_add(g, k[-1].hash);
			out[n++] = bucket(text_phrase_add(g, k->hash));
		}
		if (k->kind == TEXT_WORD)
			n += word_grams(t, k, out + n, max - n);
	}
	return n;
}
