#include "words/fold.h"

#include <utf8proc.h>

#include "base/cc.h"

struct range {
	int32_t from, to;
};

static bool
is_in(int32_t c, const struct range *v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (c >= v[i].from && c <= v[i].to)
			return true;
	return false;
}

/* Scripts without spaces between words, and Hangul, whose words carry their
 * particles (Unicode 15 blocks). */
static bool
is_unspaced(int32_t c)
{
	static const struct range v[] = { { 0x0e00, 0x0eff },
		{ 0x1000, 0x109f }, { 0x1100, 0x11ff }, { 0x1780, 0x17ff },
		{ 0x2e80, 0x2fdf }, { 0x3005, 0x3007 }, { 0x3040, 0x30ff },
		{ 0x3130, 0x318f }, { 0x31f0, 0x31ff }, { 0x3400, 0x4dbf },
		{ 0x4e00, 0x9fff }, { 0xa960, 0xa97f }, { 0xac00, 0xd7ff },
		{ 0xf900, 0xfaff }, { 0xff66, 0xffdc }, { 0x1b000, 0x1b16f },
		{ 0x20000, 0x3134f } };

	return c >= 0x0e00 && is_in(c, v, ARRAY_LEN(v));
}

/* Accents and points that the same word is written with and without, and what
 * nobody sees. */
static bool
is_accent(int32_t c)
{
	static const struct range v[] = { { 0x00ad, 0x00ad },
		{ 0x0300, 0x036f }, { 0x200b, 0x200f }, { 0x2060, 0x2064 },
		{ 0xfeff, 0xfeff },
		{ 0x0483, 0x0489 }, { 0x0591, 0x05bd }, { 0x05bf, 0x05bf },
		{ 0x05c1, 0x05c7 }, { 0x0610, 0x061a }, { 0x064b, 0x065f },
		{ 0x0670, 0x0670 }, { 0x06d6, 0x06ed }, { 0x1ab0, 0x1aff },
		{ 0x1dc0, 0x1dff }, { 0x20d0, 0x20ff }, { 0xfe20, 0xfe2f } };

	return is_in(c, v, ARRAY_LEN(v));
}

static enum fold_kind
kind_of(int32_t c)
{
	utf8proc_category_t k = utf8proc_category(c);

	if (k >= UTF8PROC_CATEGORY_LU && k <= UTF8PROC_CATEGORY_LO)
		return is_unspaced(c) ? FOLD_UNSPACED : FOLD_LETTER;
	if (k >= UTF8PROC_CATEGORY_ND && k <= UTF8PROC_CATEGORY_NO)
		return FOLD_LETTER;
	/* Soft hyphens and joiners are inside of words, and not seen. */
	if ((k >= UTF8PROC_CATEGORY_MN && k <= UTF8PROC_CATEGORY_ME) ||
	    k == UTF8PROC_CATEGORY_CF)
		return FOLD_MARK;
	return FOLD_SEPARATOR;
}

/* Syllables and kana fall apart when decomposed, and mean less apart. */
static bool
stays_whole(int32_t c)
{
	return (c >= 0xac00 && c <= 0xd7a3) || (c >= 0x3040 && c <= 0x30ff);
}

static enum fold_kind
fold_wide(struct str s, size_t at, size_t *length, char *out, size_t *n)
{
	int32_t c, parts[16];
	utf8proc_ssize_t got;
	enum fold_kind kind;
	int boundary = 0;

	got = utf8proc_iterate((const uint8_t *)s.p + at,
	    (utf8proc_ssize_t)(s.n - at), &c);
	*length = got > 0 ? (size_t)got : 1;
	*n = 0;
	if (got <= 0)
		return FOLD_SEPARATOR;
	kind = kind_of(c);
	if (kind == FOLD_SEPARATOR || (kind == FOLD_MARK && is_accent(c)))
		return kind;
	parts[0] = c;
	got = stays_whole(c) ? 1 : utf8proc_decompose_char(c, parts,
	    ARRAY_LEN(parts), UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT |
	    UTF8PROC_CASEFOLD | UTF8PROC_IGNORE, &boundary);
	got = MIN_OF(got, (utf8proc_ssize_t)ARRAY_LEN(parts));
	for (utf8proc_ssize_t i = 0; i < got; i++)
		if (!is_accent(parts[i]) &&
		    kind_of(parts[i]) != FOLD_SEPARATOR)
			*n += (size_t)utf8proc_encode_char(parts[i],
			    (uint8_t *)out + *n);
	return kind;
}

enum fold_kind
fold_next(struct str s, size_t at, size_t *length, char out[FOLD_BYTES_MAX],
    size_t *n)
{
	unsigned char c = (unsigned char)s.p[at];

	if (c >= 0x80)
		return fold_wide(s, at, length, out, n);
	*length = 1;
	*n = 1;
	if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) {
		out[0] = (char)c;
		return FOLD_LETTER;
	}
	if (c >= 'A' && c <= 'Z') {
		out[0] = (char)(c | 0x20);
		return FOLD_LETTER;
	}
	*n = 0;
	return FOLD_SEPARATOR;
}
