/* Refusals, and answers that are empty or break off. */
#include "detect/answer.h"

enum {
	LONG_ANSWER = 400,      /* bytes: shorter ones may lack a full stop */
	EARLY_TOKENS = 24       /* a refusal comes at the beginning */
};

static void
say(const char **why, const char *text)
{
	if (why)
		*why = text;
}

double
answer_refusal(const struct text *t, const struct feature_match *m, size_t n,
    size_t *at)
{
	bool sorry = false, success = false;
	size_t i, refuse = 0, first = n;
	double score;

	for (i = 0; i < n; i++) {
		sorry |= m[i].class == CLASS_A_APOLOGY && m[i].from < 12;
		success |= m[i].class == CLASS_A_SUCCESS;
		if (m[i].class == CLASS_A_REFUSE && refuse++ == 0)
			first = i;
	}
	if (at)
		*at = first;
	if (refuse == 0)
		return 0.01;
	score = m[first].from < EARLY_TOKENS ? 0.6 : 0.3;
	score += sorry ? 0.2 : 0.0;
	score += refuse > 1 ? 0.12 : 0.0;
	score -= success && !sorry ? 0.15 : 0.0;
	score -= t->n_words > 150 ? 0.25 : 0.0;
	return score < 0.02 ? 0.02 : score;
}

static bool
ends_with_any(struct str s, const char *const *ends)
{
	for (; *ends; ends++)
		if (str_has_suffix(s, str_from(*ends)))
			return true;
	return false;
}

/* Words and marks that no sentence ends with. */
static const char *const open_ends[] = {
	",", " and", " or", " the", " a", " an", " of", " to", " with", " for",
	" in", " is", " are", " because", " but", " that", " which", " your",
	"(", "[", "{", " -", " =", NULL
};

/* Full stops of many scripts, and what may follow one. */
static const char *const full_ends[] = {
	".", "!", "?", ":", ";", ")", "]", "}", "\"", "'", "`", "*", "|", ">",
	"\xe3\x80\x82", "\xef\xbc\x81", "\xef\xbc\x9f", "\xe2\x80\x9d",
	"\xe0\xa5\xa4", "\xe2\x80\xa6", "\xd8\x9f", "\xdb\x94", NULL
};

static size_t
count_of(struct str s, struct str what)
{
	size_t n = 0, at = 0;

	while ((at = str_find(s, what, at)) != SIZE_MAX) {
		n++;
		at += what.n;
	}
	return n;
}

double
answer_truncated(struct str s, const char **why)
{
	s = str_trim(s);
	if (s.n == 0) {
		say(why, "empty answer");
		return 0.98;
	}
	if (count_of(s, STR("```")) % 2 == 1) {
		say(why, "a code block is not closed");
		return 0.85;
	}
	if (ends_with_any(s, open_ends)) {
		say(why, "ends in the middle of a sentence");
		return s.n > 40 ? 0.9 : 0.6;
	}
	if (s.n >= LONG_ANSWER && !ends_with_any(s, full_ends) &&
	    s.p[s.n - 1] >= 'a' && s.p[s.n - 1] <= 'z') {
		say(why, "a long answer without an end");
		return 0.55;
	}
	return 0.02;
}
