/*
 * Whether an answer states figures, ids, dates or addresses that stand in none
 * of its sources.  Word overlap alone calls most polite answers of an agent
 * ungrounded; invented specifics are what hurts.
 */
#include "detect/verdict.h"

enum {
	SPECIFIC_MIN = 2,       /* digits that make a word a specific */
	SPECIFIC_MAX = 48       /* bytes of one, without separators */
};

/* What belongs to a figure or id; anything else ends it. */
static bool
is_part(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
	    (c >= 'A' && c <= 'Z') || c == '.' || c == ',' || c == '-' ||
	    c == '/' || c == ':' || c == '_' || c == '@';
}

static char
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

/*
 * The next word with digits from *at on, without thousands separators and
 * punctuation at its ends, in lower case; its length, 0 at the end.
 */
static size_t
next_specific(struct str text, size_t *at, char out[SPECIFIC_MAX],
    struct str *raw)
{
	while (*at < text.n) {
		size_t from, digits = 0, n = 0;

		while (*at < text.n && !is_part(text.p[*at]))
			(*at)++;
		from = *at;
		for (; *at < text.n && is_part(text.p[*at]); (*at)++) {
			char c = text.p[*at];

			digits += c >= '0' && c <= '9';
			if (c != ',' && n < SPECIFIC_MAX)
				out[n++] = lower(c);
		}
		while (n && !((out[n - 1] >= '0' && out[n - 1] <= '9') ||
		    (out[n - 1] >= 'a' && out[n - 1] <= 'z')))
			n--;
		if (digits >= SPECIFIC_MIN && n < SPECIFIC_MAX) {
			*raw = str_of(text.p + from, *at - from);
			return n;
		}
	}
	return 0;
}

/* True if a source has the specific, separators and case ignored. */
static bool
stands_in(struct str source, const char *what, size_t n)
{
	size_t have = 0;

	/*
	 * Naive restart is enough: specifics are short, and they begin with a
	 * character that seldom repeats inside them.
	 */
	for (size_t i = 0; i < source.n; i++) {
		char c = lower(source.p[i]);

		if (c == ',' && have)
			continue;
		if (c != what[have])
			have = 0;
		if (c == what[have] && ++have == n)
			return true;
	}
	return false;
}

bool
specifics_are_unsupported(struct str answer, const struct turn *sources,
    size_t n, struct str *example)
{
	size_t at = 0, total = 0, missing = 0, length;
	char what[SPECIFIC_MAX];
	struct str raw;

	while ((length = next_specific(answer, &at, what, &raw))) {
		bool found = false;

		total++;
		for (size_t i = 0; i < n && !found; i++)
			found = stands_in(sources[i].text, what, length);
		if (!found && missing++ == 0)
			*example = raw;
	}
	return missing >= 1 && missing * 2 >= total;
}
