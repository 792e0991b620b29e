/* Phrases and regular expressions of custom patterns. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <stdlib.h>

#include "base/mem.h"
#include "detect/custom_in.h"

enum {
	PORTION = 1400,         /* bytes: fewer than TEXT_TOKENS_MAX tokens */
	OVERLAP = 450,          /* room for a phrase and its punctuation */
	CUT_BACK = 200,
	STEPS_MAX = 100000,     /* of one match */
	STEPS_ALL = 1000000,    /* of the matches that gave up, of a verdict */
	DEPTH_MAX = 10000,
	HEAP_KIB_MAX = 8192,
	NEST_MAX = 50
};

/* ---- phrases ---- */

void
words_of(const struct text *t, struct word_list *out)
{
	out->n = 0;
	for (size_t i = 0; i < t->n; i++)
		if (t->token[i].kind != TEXT_MARK)
			out->v[out->n++] = (uint16_t)i;
}

bool
phrase_make(struct phrase *p, struct str s)
{
	struct text *t = text_new();
	struct word_list words;
	bool fits;

	text_scan(t, s);
	words_of(t, &words);
	fits = words.n > 0 && words.n <= PHRASE_WORDS_MAX;
	p->n = fits ? words.n : 0;
	for (size_t i = 0; i < p->n; i++)
		p->hash[i] = t->token[words.v[i]].raw;
	text_free(t);
	return fits;
}

bool
phrase_find(const struct phrase *p, const struct text *t,
    const struct word_list *words, size_t *from, size_t *to)
{
	for (size_t i = 0; i + p->n <= words->n; i++) {
		size_t j = 0;

		while (j < p->n && t->token[words->v[i + j]].raw == p->hash[j])
			j++;
		if (j < p->n)
			continue;
		*from = t->token[words->v[i]].from;
		*to = t->token[words->v[i + j - 1]].to;
		return true;
	}
	return false;
}

/* A place at or a little before `at` where no word is cut, if there is one. */
static size_t
cut(struct str s, size_t at)
{
	size_t i;

	for (i = at; i > at - CUT_BACK; i--)
		if (s.p[i - 1] == ' ' || s.p[i - 1] == '\n')
			return i;
	while (at > i && ((uint8_t)s.p[at] & 0xc0) == 0x80)
		at--;
	return at;
}

size_t
phrase_portion(struct str s, size_t from, size_t *to)
{
	if (s.n - from <= PORTION) {
		*to = s.n;
		return s.n;
	}
	*to = cut(s, from + PORTION);
	return cut(s, *to - OVERLAP);
}

/* ---- regular expressions ---- */

struct regex {
	pcre2_code *code;
};

struct regex_match {
	pcre2_match_data *data;
	pcre2_match_context *context;
	uint32_t steps;         /* spent on matches that gave up */
};

static int
refuse(struct err *e, int code, size_t at)
{
	PCRE2_UCHAR text[120];

	if (pcre2_get_error_message(code, text, sizeof(text)) < 0)
		text[0] = 0;
	return err_set(e, ERR_INVALID, "%s (at byte %zu)",
	    (const char *)text, at);
}

int
regex_new(struct str pattern, struct regex **out, struct err *e)
{
	pcre2_compile_context *context = pcre2_compile_context_create(NULL);
	struct regex_match *m;
	struct regex *re;
	pcre2_code *code;
	size_t at = 0, from, to;
	int error = 0;

	if (!context)
		BUG("out of memory");
	pcre2_set_parens_nest_limit(context, NEST_MAX);
	pcre2_set_max_pattern_length(context, CUSTOM_REGEX_MAX);
	code = pcre2_compile((PCRE2_SPTR)pattern.p, pattern.n, PCRE2_UTF |
	    PCRE2_UCP | PCRE2_MATCH_INVALID_UTF | PCRE2_NEVER_BACKSLASH_C,
	    &error, &at, context);
	pcre2_compile_context_free(context);
	if (!code)
		return refuse(e, error, at);
	re = mem_zalloc(1, sizeof(*re));
	re->code = code;
	m = regex_match_new();
	regex_match_begin(m);
	if (regex_find(re, m, STR(""), &from, &to)) {
		regex_match_free(m);
		regex_free(re);
		return err_set(e, ERR_INVALID, "matches an empty text");
	}
	regex_match_free(m);
	*out = re;
	return 0;
}

void
regex_free(struct regex *re)
{
	if (!re)
		return;
	pcre2_code_free(re->code);
	free(re);
}

struct regex_match *
regex_match_new(void)
{
	struct regex_match *m = mem_zalloc(1, sizeof(*m));

	m->data = pcre2_match_data_create(1, NULL);
	m->context = pcre2_match_context_create(NULL);
	if (!m->data || !m->context)
		BUG("out of memory");
	pcre2_set_match_limit(m->context, STEPS_MAX);
	pcre2_set_depth_limit(m->context, DEPTH_MAX);
	pcre2_set_heap_limit(m->context, HEAP_KIB_MAX);
	return m;
}

void
regex_match_free(struct regex_match *m)
{
	if (!m)
		return;
	pcre2_match_data_free(m->data);
	pcre2_match_context_free(m->context);
	free(m);
}

void
regex_match_begin(struct regex_match *m)
{
	m->steps = 0;
}

bool
regex_find(const struct regex *re, struct regex_match *m, struct str s,
    size_t *from, size_t *to)
{
	const PCRE2_SIZE *at;
	int rc;

	if (m->steps >= STEPS_ALL)
		return false;
	rc = pcre2_match(re->code, (PCRE2_SPTR)(s.p ? s.p : ""), s.n, 0, 0,
	    m->data, m->context);
	if (rc < 0) {
		if (rc != PCRE2_ERROR_NOMATCH)
			m->steps += STEPS_MAX;
		return false;
	}
	at = pcre2_get_ovector_pointer(m->data);
	/* \K may put the start behind the end. */
	*from = MIN_OF(at[0], at[1]);
	*to = MAX_OF(at[0], at[1]);
	return true;
}
