/* A question's words, and spelling. */
#include "ask/words.h"

/* Names may hold dots, dashes, underscores and @; any byte past ASCII is a
 * letter of some script. */
static bool
is_word_byte(unsigned char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
	    (c >= 'A' && c <= 'Z') || c == '_' || c == '-' || c == '.' ||
	    c == '@' || c == ':' || c >= 0x80;
}

static void
set_low(struct word *x, struct str text)
{
	size_t i;

	for (i = 0; i < text.n && i + 1 < sizeof(x->low); i++)
		x->low[i] = (char)(text.p[i] >= 'A' && text.p[i] <= 'Z' ?
		    text.p[i] | 0x20 : text.p[i]);
	x->low[i] = '\0';
}

static void
add_word(struct words *w, struct str text, bool is_quoted, bool is_money)
{
	struct word *x = &w->v[w->n];

	while (!is_quoted && text.n && strchr(".-:", text.p[text.n - 1]))
		text.n--;
	if (!text.n || w->n == ASK_WORDS_MAX)
		return;
	*x = (struct word){ .text = text, .is_money = is_money,
	    .kind = is_quoted ? WORD_QUOTED : WORD_UNKNOWN };
	if (!is_quoted)
		set_low(x, text);
	if (str_to_i64(str_from(x->low), &x->value) && x->value >= 0)
		x->kind = WORD_NUMBER;
	w->n++;
}

/* A quotation that begins at i: where it ends, and what closes it; 0 if it
 * is none.  Apostrophes stand in words as well. */
static size_t
quoted_end(struct str q, size_t i, size_t *mark)
{
	static const char *const marks[][2] = { { "\"", "\"" }, { "`", "`" },
		{ "\xe2\x80\x9c", "\xe2\x80\x9d" },
		{ "\xe2\x80\x9e", "\xe2\x80\x9c" },
		{ "\xc2\xab", "\xc2\xbb" }, { "'", "'" } };
	struct str rest = str_from_index(q, i);

	for (size_t k = 0; k < ARRAY_LEN(marks); k++) {
		size_t end;

		*mark = strlen(marks[k][0]);
		if (!str_has_prefix(rest, str_from(marks[k][0])))
			continue;
		if (marks[k][0][0] == '\'' && i > 0 &&
		    is_word_byte((unsigned char)q.p[i - 1]))
			return 0;
		end = str_find(q, str_from(marks[k][1]), i + *mark);
		return end == SIZE_MAX || end == i + *mark ? 0 : end;
	}
	return 0;
}

void
words_split(struct words *w, struct str q)
{
	w->n = 0;
	for (size_t i = 0; i < q.n && w->n < ASK_WORDS_MAX;) {
		size_t from = i, mark, end = quoted_end(q, i, &mark);

		if (end) {
			add_word(w, str_of(q.p + i + mark, end - i - mark),
			    true, false);
			i = end + mark;
			continue;
		}
		while (i < q.n && is_word_byte((unsigned char)q.p[i]) &&
		    !quoted_end(q, i, &mark))
			i++;
		if (i > from) {
			add_word(w, str_of(q.p + from, i - from), false,
			    from > 0 && q.p[from - 1] == '$');
			continue;
		}
		if (q.p[i] == '%')
			add_word(w, str_of(q.p + i, 1), false, false);
		if (w->n && strchr(",;?!", q.p[i]) && q.p[i])
			w->v[w->n - 1].ends_clause = true;
		i++;
	}
}

size_t
ask_words(struct str question, struct str *out, size_t max)
{
	struct words w;
	size_t n = 0;

	words_split(&w, question);
	for (size_t i = 0; i < w.n && n < max; i++)
		out[n++] = w.v[i].text;
	return n;
}

bool
words_are(const struct words *w, size_t i, const char *phrase)
{
	struct str rest = str_from(phrase);

	for (; rest.p; i++)
		if (i >= w->n || w->v[i].kind == WORD_QUOTED ||
		    !str_is(str_cut(&rest, ' '), w->v[i].low))
			return false;
	return true;
}

size_t
words_match(const struct words *w, size_t i, struct str phrase,
    bool *is_plural)
{
	size_t n = 0;

	*is_plural = false;
	while (phrase.p) {
		struct str want = str_cut(&phrase, ' '), have;

		if (i + n >= w->n || w->v[i + n].kind == WORD_QUOTED ||
		    w->v[i + n].kind == WORD_TAKEN)
			return 0;
		have = str_from(w->v[i + n].low);
		if (!str_eq(have, want)) {
			if (phrase.p || !str_has_prefix(have, want) ||
			    !(str_is(str_from_index(have, want.n), "s") ||
			    str_is(str_from_index(have, want.n), "es")))
				return 0;
			*is_plural = true;
		}
		n++;
	}
	return n;
}

void
words_take(struct words *w, size_t i, size_t n)
{
	for (size_t k = i; k < i + n && k < w->n; k++)
		w->v[k].kind = WORD_TAKEN;
}

int64_t
words_number(const struct word *w)
{
	static const char *const numbers[] = { "one", "two", "three", "four",
		"five", "six", "seven", "eight", "nine", "ten", "eleven",
		"twelve" };

	if (w->kind == WORD_NUMBER)
		return w->value;
	for (size_t k = 0; k < ARRAY_LEN(numbers); k++)
		if (strcmp(w->low, numbers[k]) == 0)
			return (int64_t)k + 1;
	return 0;
}

/* ---- spelling ---- */

enum { SPELL_MAX = 20 };

/* A letter for another: a vowel is easily mistaken, a consonant twice as
 * hard, so that "connection" is no "correction". */
static size_t
change(char x, char y)
{
	static const char vowels[] = "aeiouy";

	return x == y ? 0 : strchr(vowels, x) && strchr(vowels, y) ? 1 : 2;
}

/* Edits (insert, delete, change, swap neighbours) from a to b. */
static size_t
distance(struct str a, struct str b)
{
	size_t d[SPELL_MAX + 1][SPELL_MAX + 1];

	for (size_t i = 0; i <= a.n; i++)
		for (size_t k = 0; k <= b.n; k++) {
			size_t x;

			if (i == 0 || k == 0) {
				d[i][k] = i + k;
				continue;
			}
			x = d[i - 1][k - 1] + change(a.p[i - 1], b.p[k - 1]);
			x = MIN_OF(x, d[i - 1][k] + 1);
			x = MIN_OF(x, d[i][k - 1] + 1);
			if (i > 1 && k > 1 && a.p[i - 1] == b.p[k - 2] &&
			    a.p[i - 2] == b.p[k - 1])
				x = MIN_OF(x, d[i - 2][k - 2] + 1);
			d[i][k] = x;
		}
	return d[a.n][b.n];
}

struct guess {
	struct str word;        /* what is to be put right */
	struct str best;
	size_t distance;
	bool is_known;
};

static void
try_word(struct guess *g, struct str known)
{
	size_t d, allowed = g->word.n >= 8 ? 2 : 1;

	if (str_eq(g->word, known))
		g->is_known = true;
	if (g->is_known || known.n < 4 || known.n > SPELL_MAX ||
	    known.n + allowed < g->word.n || g->word.n + allowed < known.n ||
	    known.p[0] != g->word.p[0])
		return;
	/* Short words are all near each other: only a letter left out. */
	if (g->word.n < 5 && known.n <= g->word.n)
		return;
	/* "furiously" is no misspelt "furious". */
	if (known.n + 1 < g->word.n)
		return;
	d = distance(g->word, known);
	if (d <= allowed && d < g->distance) {
		g->distance = d;
		g->best = known;
	}
}

/* Each word of the list, and its plural. */
static void
try_words(struct guess *g, const char *list)
{
	struct str rest = str_from(list), word;
	char plural[SPELL_MAX + 1];

	while (rest.n) {
		size_t n = 0, before = g->distance;

		while (n < rest.n && rest.p[n] != ' ' && rest.p[n] != ',')
			n++;
		word = str_of(rest.p, n);
		rest = str_from_index(rest, n + 1);
		if (n == 0 || word.p[0] != g->word.p[0])
			continue;
		try_word(g, word);
		if (n < 3 || n >= SPELL_MAX)
			continue;
		memcpy(plural, word.p, n);
		plural[n] = 's';
		try_word(g, str_of(plural, n + 1));
		if (g->distance < before)
			g->best = word;
	}
}

static bool
is_letters(const char *low)
{
	for (; *low; low++)
		if (*low < 'a' || *low > 'z')
			return false;
	return true;
}

void
words_correct(struct words *w, const struct ask_context *c,
    struct ask_plan *p)
{
	for (size_t i = 0; i < w->n; i++) {
		struct word *x = &w->v[i];
		struct guess g = { str_from(x->low), STR_NULL, 3, false };

		if (x->kind != WORD_UNKNOWN || g.word.n < 4 ||
		    g.word.n > SPELL_MAX - 2 || !is_letters(x->low) ||
		    words_in_name(x->text, c))
			continue;
		try_words(&g, words_of_time);
		for (size_t k = 0; k < vocabulary_rows && !g.is_known; k++)
			try_words(&g, vocabulary[k].phrases);
		if (g.is_known || !g.best.n ||
		    p->ncorrected == ASK_CORRECTED_MAX)
			continue;
		p->corrected[p->ncorrected].from = x->text;
		p->corrected[p->ncorrected++].to = g.best;
		set_low(x, g.best);
	}
}
