/* Masks what its neighbours show to be variable. */
#include "detect/mask.h"
#include "detect/mask_list.h"

/* Mon Jan 01 10:20:30 PST 2024; 3 January; 10:15 AM; 12:00 UTC. */
static void
mask_dates(struct token_list *l)
{
	static const char *const months[] = {
		"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep",
		"Sept", "Oct", "Nov", "Dec", "January", "February", "March",
		"April", "June", "July", "August", "September", "October",
		"November", "December"
	}, *const days[] = {
		"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun", "Monday",
		"Tuesday", "Wednesday", "Thursday", "Friday", "Saturday",
		"Sunday"
	}, *const zones[] = {
		"AM", "PM", "UTC", "GMT", "Z", "PST", "PDT", "EST", "EDT",
		"CST", "CDT", "MST", "MDT", "CET", "CEST", "BST", "JST", "IST"
	};

	for (size_t i = 0; i < l->n; i++)
		if ((is_mask(l, i + 1) || (i > 0 && is_mask(l, i - 1))) &&
		    WORD_IN(&l->t[i], months))
			l->t[i].kind = TOKEN_MASK;
	for (size_t i = 0; i < l->n; i++) {
		size_t next = i + 1 + is_punct(l, i + 1, ',');

		if ((is_mask(l, next) && WORD_IN(&l->t[i], days)) ||
		    (i > 0 && is_mask(l, i - 1) && WORD_IN(&l->t[i], zones)))
			l->t[i].kind = TOKEN_MASK;
	}
}

/* Takes the unit of a quantity into its mask, and a bound in front of it. */
static void
mask_units(struct token_list *l)
{
	static const char *const units[] = {
		"B", "KB", "MB", "GB", "TB", "PB", "KiB", "MiB", "GiB", "TiB",
		"byte", "bytes", "kilobytes", "megabytes", "gigabytes", "bits",
		"ns", "us", "ms", "msec", "msecs", "s", "sec", "secs",
		"second", "seconds", "min", "mins", "minute", "minutes", "hr",
		"hrs", "hour", "hours", "day", "days", "week", "weeks",
		"nanoseconds", "microseconds", "milliseconds", "millisecond",
		"Hz", "kHz", "MHz", "GHz", "percent"
	};

	for (size_t i = 0; i + 1 < l->n; i++) {
		if (!is_mask(l, i))
			continue;
		if (WORD_IN(&l->t[i + 1], units) || is_punct(l, i + 1, '%')) {
			mask_cut(l, i + 1, i + 2);
			l->t[i].unit = true;
		}
	}
	for (size_t i = 0; i + 1 < l->n; i++) {
		if ((is_punct(l, i, '<') || is_punct(l, i, '>') ||
		    is_punct(l, i, '~')) && is_mask(l, i + 1) &&
		    !l->t[i + 1].space && (l->t[i + 1].unit || l->t[i].space)) {
			l->t[i + 1].space = l->t[i].space;
			mask_cut(l, i, i + 1);
		}
	}
	/* 704 bytes (0.7 KB) */
	for (size_t i = 0; i + 3 < l->n; i++)
		if (is_mask(l, i) && is_punct(l, i + 1, '(') &&
		    is_mask(l, i + 2) && l->t[i + 2].unit &&
		    is_punct(l, i + 3, ')'))
			mask_cut(l, i + 1, i + 4);
}

static void
mask_booleans(struct token_list *l)
{
	static const char *const booleans[] = { "true", "false" };
	static const char *const nothings[] = {
		"null", "none", "nil", "undefined", "nan", "n/a"
	};

	for (size_t i = 0; i < l->n; i++) {
		const struct token *t = &l->t[i];

		if (t->kind != TOKEN_WORD || t->s.n > 9)
			continue;
		if (WORD_IN(t, booleans) || (i > 0 &&
		    t[-1].kind == TOKEN_PUNCT && t[-1].s.n == 1 &&
		    memchr("=:([|,<", t[-1].s.p[0], 7) &&
		    WORD_IN(t, nothings)))
			l->t[i].kind = TOKEN_MASK;
		else
			continue;
		/* (null), <nil> */
		if (i > 0 && !t->space && ((is_punct(l, i - 1, '(') &&
		    is_punct(l, i + 1, ')') && l->t[i - 1].space) ||
		    (is_punct(l, i - 1, '<') && is_punct(l, i + 1, '>')))) {
			l->t[i].space = l->t[i - 1].space;
			mask_cut(l, i + 1, i + 2);
			mask_cut(l, i - 1, i);
		}
	}
}

/* Where the value that begins at i ends: what hangs on it without a space. */
static size_t
value_end(const struct token_list *l, size_t i)
{
	size_t j = i + 1;

	while (j < l->n && !l->t[j].space && (l->t[j].kind != TOKEN_PUNCT ||
	    (l->t[j].s.n == 1 && memchr(":/.-|#@*$+&~!", l->t[j].s.p[0], 13))))
		j++;
	while (j > i + 1 && l->t[j - 1].kind == TOKEN_PUNCT)
		j--;
	return j;
}

/* key=value and key = value. */
static void
mask_values(struct token_list *l)
{
	for (size_t i = 1; i + 1 < l->n; i++) {
		const struct token *key = &l->t[i - 1], *v = &l->t[i + 1];
		size_t end;

		if (!is_punct(l, i, '=') || v->kind == TOKEN_PUNCT ||
		    is_punct(l, i - 1, '<') || is_punct(l, i - 1, '>') ||
		    is_punct(l, i - 1, '!'))
			continue;
		/* "a= b=1": the value of a is empty. */
		if (v->space && is_punct(l, i + 2, '='))
			continue;
		if (v->kind == TOKEN_WORD && key->kind == TOKEN_WORD &&
		    token_is_telling_key(key->s))
			continue;
		l->t[i + 1].kind = TOKEN_MASK;
		end = value_end(l, i + 1);
		/* owner=Source{17} */
		if (is_punct(l, end, '{') && is_mask(l, end + 1) &&
		    is_punct(l, end + 2, '}'))
			end += 3;
		mask_cut(l, i + 2, end);
	}
}

static bool
is_separator(const struct token *t)
{
	return token_is(t, ',') || token_is(t, ';') || token_is(t, '|');
}

/* A row of stars or dashes where a value is missing. */
static bool
is_blank(const struct token *t)
{
	return t->kind == TOKEN_PUNCT && t->s.n > 1 &&
	    (t->s.p[0] == '*' || t->s.p[0] == '-');
}

/* [a, b, c] and ( on off ): a bracketed list of single things. */
static void
mask_lists(struct token_list *l)
{
	static const char *const flags[] = { "on", "off", "yes", "no" };

	for (size_t i = 0; i + 2 < l->n; i++) {
		bool square = is_punct(l, i, '['), paren = is_punct(l, i, '(');
		size_t j = i + 1, commas = 0, items = 0;

		if (!square && !paren)
			continue;
		for (; j < l->n && j - i < 64; j++) {
			if (is_separator(&l->t[j]) && square)
				commas++;
			else if (l->t[j].kind == TOKEN_MASK ||
			    WORD_IN(&l->t[j], flags) || is_blank(&l->t[j]) ||
			    (square && is_word(l, j)))
				items++;
			else
				break;
		}
		if (!(is_punct(l, j, ']') && square) &&
		    !(is_punct(l, j, ')') && paren))
			continue;
		if (square ? commas == 0 || items > commas + 1 : items == 0)
			continue;
		l->t[i + 1].kind = TOKEN_MASK;
		mask_cut(l, i + 2, j);
	}
}

/* How many tokens behind mask i join it to a further mask: <*>:<*>,
 * <*>, <*>, <*> <*>; 0 if none does. */
static size_t
joint(const struct token_list *l, size_t i)
{
	const struct token *t = &l->t[i + 1];

	if (is_mask(l, i + 1))
		return 1;
	if (i + 2 >= l->n || !is_mask(l, i + 2) || t->kind != TOKEN_PUNCT ||
	    t->space || (unsigned char)t->s.p[0] >= 0x80)
		return 0;
	if (t[1].space)
		return token_is(t, ',') ? 2 : 0;
	return memchr("()[]{}=<>\"'!?;", t->s.p[0], 14) ? 0 : 2;
}

static void
fold(struct token_list *l)
{
	size_t n, to = 0;

	for (size_t i = 0; i < l->n; i++) {
		l->t[to++] = l->t[i];
		if (l->t[i].kind != TOKEN_MASK)
			continue;
		while (i + 1 < l->n && (n = joint(l, i)) > 0)
			i += n;
	}
	l->n = to;
}

void
mask_context(struct token_list *l)
{
	mask_booleans(l);
	mask_dates(l);
	mask_units(l);
	fold(l);
	mask_values(l);
	mask_lists(l);
	fold(l);
	mask_names(l);
	fold(l);
}
