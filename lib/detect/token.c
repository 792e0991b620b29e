/* Cuts a message into words, placeholders and punctuation. */
#include "detect/token.h"

#include "detect/token_form.h"

/* A scanner looks at s from i on and returns how many bytes it takes. */
typedef size_t scanner(struct str s, size_t i);

static bool
is_space(char c)
{
	return (unsigned char)c <= ' ' || c == 0x7f;
}

static void
add(struct token_list *l, struct str s, enum token_kind kind, bool space)
{
	struct token *t = &l->t[l->n++];

	t->s = s;
	t->kind = kind;
	t->space = space;
	t->unit = false;
}

/* Whether a thing may begin here: not in the middle of a word. */
static bool
at_start(const struct token_list *l, bool space)
{
	return l->n == 0 || space || l->t[l->n - 1].kind == TOKEN_PUNCT;
}

/* A sign or a currency mark belongs to the number behind it. */
static size_t
scan_sign(struct str s, size_t i)
{
	char c = s.p[i];

	if (c != '-' && c != '+' && c != '$')
		return 0;
	if (i > 0 && !is_space(s.p[i - 1]) &&
	    !memchr("=([{,;:|<>~#*/", s.p[i - 1], 14))
		return 0;
	if (i + 1 >= s.n || s.p[i + 1] < '0' || s.p[i + 1] > '9')
		return 0;
	return 1;
}

/* Punctuation: a run of one mark counts as at most three of it, so that rows
 * of dots and rules do not matter.  Returns the bytes taken. */
static size_t
take_punct(struct str s, size_t i, struct token_list *l, bool space)
{
	size_t n = form_char_size(str_from_index(s, i)), run = n;

	if (n == 0) {
		add(l, STR("?"), TOKEN_PUNCT, space);
		return 1;
	}
	if (n == 1 && !memchr("()[]{}<>\"'`", s.p[i], 11))
		while (i + run < s.n && s.p[i + run] == s.p[i])
			run++;
	add(l, str_of(s.p + i, MIN_OF(run, MAX_OF(n, (size_t)3))),
	    TOKEN_PUNCT, space);
	return run;
}

/* The key of a JSON member is a word even in quotes. */
static bool
is_json_key(struct str s, size_t i, size_t n)
{
	struct str in = str_of(s.p + i + 1, n - 2);
	size_t j = i + n;

	while (j < s.n && s.p[j] == ' ')
		j++;
	return j < s.n && s.p[j] == ':' && form_is_plain_name(in);
}

/* So is the value of a JSON member that says what happened. */
static bool
is_json_code(struct str s, size_t i, size_t n, const struct token_list *l)
{
	const struct token *key;

	if (l->n < 2 || !token_is(&l->t[l->n - 1], ':'))
		return false;
	key = &l->t[l->n - 2];
	return key->kind == TOKEN_WORD && key->s.p > s.p &&
	    memchr("\"'", key->s.p[-1], 2) && token_is_telling_key(key->s) &&
	    form_is_plain_name(str_of(s.p + i + 1, n - 2));
}

static size_t
take(struct str s, size_t i, struct token_list *l, bool space)
{
	static scanner *const variable[] = {
		form_placeholder, form_quoted, form_url, form_path,
		form_groups, NULL
	};
	bool mask, start = at_start(l, space) ||
	    (unsigned char)s.p[i] >= 0x80;
	size_t n, sign;

	for (size_t k = 0; start && variable[k]; k++) {
		n = variable[k](s, i);
		if (n == 0)
			continue;
		if (variable[k] == form_quoted && (is_json_key(s, i, n) ||
		    is_json_code(s, i, n, l)))
			add(l, str_of(s.p + i + 1, n - 2), TOKEN_WORD, space);
		else
			add(l, str_of(s.p + i, n), TOKEN_MASK, space);
		return n;
	}
	sign = scan_sign(s, i);
	n = form_word(s, i + sign, &mask);
	if (n == 0)
		return take_punct(s, i, l, space);
	add(l, str_of(s.p + i, n + sign), mask ? TOKEN_MASK : TOKEN_WORD,
	    space);
	return n + sign;
}

void
token_split(struct str text, struct token_list *out)
{
	struct str s = str_utf8_prefix(text, TOKEN_TEXT_MAX);
	bool space = false;

	out->n = 0;
	for (size_t i = 0; i < s.n && out->n < TOKEN_LIST_MAX;) {
		if (is_space(s.p[i])) {
			space = out->n > 0;
			i++;
			continue;
		}
		i += take(s, i, out, space);
		space = false;
	}
}
