#include "words/words.h"

#include <libstemmer.h>
#include <stdlib.h>

#include "base/err.h"
#include "base/mem.h"
#include "words/fold.h"

enum { CACHE_SLOTS = 4096, CACHED_MAX = 16 };

/* Stemming is most of the work, and texts repeat their words. */
struct cached {
	uint8_t n, stem_n;
	char word[CACHED_MAX], stem[CACHED_MAX];
};

struct words {
	struct str text;
	size_t at;
	struct sb_stemmer *stemmer;
	/* Folded bytes; of an unspaced stretch, of two characters. */
	char b[WORD_BYTES_MAX + FOLD_BYTES_MAX];
	size_t n;
	/* The character that an unspaced stretch goes on with. */
	bool in_stretch;
	struct cached *cache;
};

struct words *
words_new(void)
{
	struct words *w = mem_zalloc(1, sizeof(*w));

	w->stemmer = sb_stemmer_new("english", NULL);
	if (!w->stemmer)
		BUG("libstemmer without English");
	w->cache = mem_zalloc(CACHE_SLOTS, sizeof(*w->cache));
	return w;
}

void
words_free(struct words *w)
{
	if (!w)
		return;
	sb_stemmer_delete(w->stemmer);
	free(w->cache);
	free(w);
}

void
words_begin(struct words *w, struct str text)
{
	w->text = text;
	w->at = 0;
	w->n = 0;
	w->in_stretch = false;
}

/* ---- stems ---- */

static size_t
slot_of(const char *p, size_t n)
{
	uint32_t h = 2166136261u;       /* FNV-1a */

	for (size_t i = 0; i < n; i++)
		h = (h ^ (uint8_t)p[i]) * 16777619u;
	return (h ^ h >> 15) % CACHE_SLOTS;
}

static void
drop_apostrophes(struct words *w)
{
	size_t n = 0;

	for (size_t i = 0; i < w->n; i++)
		if (w->b[i] != '\'')
			w->b[n++] = w->b[i];
	w->n = n;
}

static void
stem_anew(struct words *w)
{
	const sb_symbol *s = sb_stemmer_stem(w->stemmer,
	    (const sb_symbol *)w->b, (int)w->n);
	int n = sb_stemmer_length(w->stemmer);

	if (s && n > 0 && (size_t)n <= w->n) {
		memmove(w->b, s, (size_t)n);
		w->n = (size_t)n;
	}
	drop_apostrophes(w);
}

static void
stem(struct words *w)
{
	struct cached *c;
	size_t was = w->n;

	if (was < 3)
		return;
	if (was > CACHED_MAX) {
		stem_anew(w);
		return;
	}
	c = &w->cache[slot_of(w->b, was)];
	if (c->n != was || memcmp(c->word, w->b, was) != 0) {
		c->n = (uint8_t)was;
		memcpy(c->word, w->b, was);
		stem_anew(w);
		c->stem_n = (uint8_t)w->n;
		memcpy(c->stem, w->b, w->n);
		return;
	}
	w->n = c->stem_n;
	memcpy(w->b, c->stem, w->n);
}

/* ---- stretches ---- */

/* A typographic apostrophe, or an ASCII one, between two ASCII letters. */
static size_t
apostrophe_at(struct str s, size_t at)
{
	size_t n = s.p[at] == '\'' ? 1 : str_has_prefix(str_from_index(s, at),
	    STR("\xe2\x80\x99")) ? 3 : 0;
	unsigned char next;

	if (!n || at + n >= s.n)
		return 0;
	next = (unsigned char)s.p[at + n] | 0x20;
	return next >= 'a' && next <= 'z' ? n : 0;
}

/* Reads a word of a script with spaces; it begins at w->at. */
static void
take_spaced(struct words *w, struct word *out)
{
	bool is_plain = true;
	char c[FOLD_BYTES_MAX];
	size_t length, n;

	w->n = 0;
	out->from = w->at;
	while (w->at < w->text.n) {
		enum fold_kind kind = fold_next(w->text, w->at, &length, c,
		    &n);

		if (kind == FOLD_SEPARATOR && is_plain && w->n &&
		    (length = apostrophe_at(w->text, w->at)) > 0) {
			c[0] = '\'';
			n = 1;
		} else if (kind == FOLD_SEPARATOR || kind == FOLD_UNSPACED) {
			break;
		}
		for (size_t i = 0; i < n; i++)
			is_plain &= (c[i] >= 'a' && c[i] <= 'z') ||
			    c[i] == '\'';
		if (w->n + n <= WORD_BYTES_MAX) {
			memcpy(w->b + w->n, c, n);
			w->n += n;
		}
		w->at += length;
	}
	out->to = w->at;
	if (is_plain)
		stem(w);
	else
		drop_apostrophes(w);
}

/* Appends the unspaced character at *at with its marks; false if there is
 * none. */
static bool
add_unspaced(struct words *w, size_t *at)
{
	char c[FOLD_BYTES_MAX];
	size_t length, n;
	bool any = false;

	while (*at < w->text.n) {
		enum fold_kind kind = fold_next(w->text, *at, &length, c, &n);

		if (kind != (any ? FOLD_MARK : FOLD_UNSPACED))
			break;
		if (w->n + n <= WORD_BYTES_MAX) {
			memcpy(w->b + w->n, c, n);
			w->n += n;
		}
		*at += length;
		any = true;
	}
	return any;
}

/* A pair of neighbours, or the last character of the stretch. */
static void
take_unspaced(struct words *w, struct word *out)
{
	size_t next, end;

	w->n = 0;
	out->from = w->at;
	next = w->at;
	(void)add_unspaced(w, &next);
	end = next;
	out->is_unspaced = true;
	if (add_unspaced(w, &end)) {
		w->in_stretch = true;
	} else {
		out->is_tail = w->in_stretch;
		w->in_stretch = false;
	}
	out->to = end;
	w->at = next;
}

bool
words_next(struct words *w, struct word *out)
{
	char c[FOLD_BYTES_MAX];
	size_t length, n;

	while (w->at < w->text.n) {
		enum fold_kind kind = fold_next(w->text, w->at, &length, c,
		    &n);

		if (kind == FOLD_SEPARATOR || kind == FOLD_MARK) {
			w->at += length;
			w->in_stretch = false;
			continue;
		}
		*out = (struct word){ .text = STR_NULL };
		if (kind == FOLD_UNSPACED)
			take_unspaced(w, out);
		else
			take_spaced(w, out);
		out->text = str_of(w->b, w->n);
		if (w->n)
			return true;
	}
	return false;
}

size_t
words_fold(struct str text, char *out, size_t max)
{
	char c[FOLD_BYTES_MAX];
	size_t total = 0, length, n;

	for (size_t at = 0; at < text.n; at += length) {
		if (fold_next(text, at, &length, c, &n) == FOLD_SEPARATOR) {
			n = MIN_OF(length, sizeof(c));
			memcpy(c, text.p + at, n);
		}
		if (total + n > max)
			break;
		memcpy(out + total, c, n);
		total += n;
	}
	return total;
}
