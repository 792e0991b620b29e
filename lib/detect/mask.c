/* Masks what its neighbours show to be variable. */
#include "detect/mask.h"

static bool
word_in(const struct token *t, const char *const *list, size_t n)
{
	if (t->kind != TOKEN_WORD)
		return false;
	/* Most words differ in the first letter: no more is compared. */
	for (size_t i = 0; i < n; i++)
		if (((list[i][0] ^ t->s.p[0]) & ~0x20) == 0 &&
		    str_ieq(t->s, str_from(list[i])))
			return true;
	return false;
}

#define WORD_IN(t, list) word_in(t, list, ARRAY_LEN(list))

static bool
is_mask(const struct token_list *l, size_t i)
{
	return i < l->n && l->t[i].kind == TOKEN_MASK;
}

static bool
is_word(const struct token_list *l, size_t i)
{
	return i < l->n && l->t[i].kind == TOKEN_WORD;
}

static bool
is_punct(const struct token_list *l, size_t i, char c)
{
	return i < l->n && token_is(&l->t[i], c);
}

/* Removes tokens from..to-1. */
static void
cut(struct token_list *l, size_t from, size_t to)
{
	memmove(&l->t[from], &l->t[to], (l->n - to) * sizeof(l->t[0]));
	l->n -= to - from;
}

/* Mon Jul 01 08:16:53 PDT 2005; 3 January; 10:15 AM; 12:00 UTC. */
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
		if (WORD_IN(&l->t[i], months) && (is_mask(l, i + 1) ||
		    (i > 0 && is_mask(l, i - 1))))
			l->t[i].kind = TOKEN_MASK;
	for (size_t i = 0; i < l->n; i++) {
		size_t next = i + 1 + is_punct(l, i + 1, ',');

		if ((WORD_IN(&l->t[i], days) && is_mask(l, next)) ||
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
			cut(l, i + 1, i + 2);
			l->t[i].unit = true;
		}
	}
	for (size_t i = 0; i + 1 < l->n; i++) {
		if ((is_punct(l, i, '<') || is_punct(l, i, '>') ||
		    is_punct(l, i, '~')) && is_mask(l, i + 1) &&
		    !l->t[i + 1].space && (l->t[i + 1].unit || l->t[i].space)) {
			l->t[i + 1].space = l->t[i].space;
			cut(l, i, i + 1);
		}
	}
	/* 704 bytes (0.7 KB) */
	for (size_t i = 0; i + 3 < l->n; i++)
		if (is_mask(l, i) && is_punct(l, i + 1, '(') &&
		    is_mask(l, i + 2) && l->t[i + 2].unit &&
		    is_punct(l, i + 3, ')'))
			cut(l, i + 1, i + 4);
}

static void
mask_booleans(struct token_list *l)
{
	static const char *const booleans[] = { "true", "false" };
	static const char *const nothings[] = {
		"null", "none", "nil", "undefined", "nan", "n/a"
	};

	for (size_t i = 0; i < l->n; i++) {
		const struct token *before = i ? &l->t[i - 1] : NULL;

		if (WORD_IN(&l->t[i], booleans) || (before &&
		    before->kind == TOKEN_PUNCT && before->s.n == 1 &&
		    memchr("=:([|,", before->s.p[0], 6) &&
		    WORD_IN(&l->t[i], nothings)))
			l->t[i].kind = TOKEN_MASK;
	}
}

/* A key whose value says what happened. */
static bool
is_telling_key(struct str key)
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
		    is_telling_key(key->s))
			continue;
		l->t[i + 1].kind = TOKEN_MASK;
		end = value_end(l, i + 1);
		/* ws=WorkSource{10113} */
		if (is_punct(l, end, '{') && is_mask(l, end + 1) &&
		    is_punct(l, end + 2, '}'))
			end += 3;
		cut(l, i + 2, end);
	}
}

/* Words that do not name anybody. */
static bool
is_plain(const struct token *t)
{
	static const char *const plain[] = {
		"a", "an", "the", "this", "that", "these", "those", "is", "are",
		"was", "were", "be", "been", "has", "have", "had", "does", "do",
		"did", "not", "no", "and", "or", "but", "if", "in", "on", "at",
		"to", "of", "for", "from", "by", "with", "without", "as",
		"than", "when", "while", "which", "who", "whose", "it", "its",
		"their", "his", "her", "your", "you", "my", "our", "we", "they",
		"i", "must", "should", "could", "can", "cannot", "can't",
		"will", "would", "may", "might", "doesn't", "isn't", "wasn't",
		"unknown", "request", "requests", "error", "errors", "failed",
		"failure", "found", "input", "name", "id", "exists", "already",
		"missing", "invalid", "data", "because", "due", "after",
		"before", "all", "any", "each", "some", "only", "also", "there"
	};

	return WORD_IN(t, plain);
}

static bool
is_capital(const struct token *t)
{
	return t->kind == TOKEN_WORD && t->s.p[0] >= 'A' && t->s.p[0] <= 'Z';
}

/* "could not find customer John Smith" */
static void
mask_capitals(struct token_list *l)
{
	static const char *const nouns[] = {
		"user", "customer", "username", "account", "patient",
		"employee", "member", "passenger", "guest", "client", "server",
		"host", "program", "agent", "plugin", "named"
	};

	for (size_t i = 0; i + 1 < l->n; i++) {
		size_t j = i + 1;

		if (!WORD_IN(&l->t[i], nouns) || is_capital(&l->t[i]))
			continue;
		while (j < l->n && j < i + 4 && l->t[j].space &&
		    is_capital(&l->t[j]) && !is_plain(&l->t[j]))
			l->t[j++].kind = TOKEN_MASK;
	}
}

/* "connect to db:5432": the host of a port. */
static void
mask_hosts(struct token_list *l)
{
	static const char *const leads[] = {
		"to", "at", "from", "via", "with", "on", "host", "server",
		"proxy", "address", "endpoint"
	};

	for (size_t i = 1; i + 2 < l->n; i++)
		if (is_word(l, i) && l->t[i].space &&
		    WORD_IN(&l->t[i - 1], leads) && is_punct(l, i + 1, ':') &&
		    !l->t[i + 1].space && is_mask(l, i + 2) &&
		    !l->t[i + 2].space)
			l->t[i].kind = TOKEN_MASK;
}

/* node-[0-63], node-D[0-1]: ranges of hosts; process 12 (httpd). */
static void
mask_ranges(struct token_list *l)
{
	static const char *const processes[] = { "process", "pid", "task" };

	for (size_t i = 0; i + 3 < l->n; i++) {
		size_t j = i + 1;
		const struct token *t = &l->t[i];

		if (WORD_IN(t, processes) && is_mask(l, i + 1) &&
		    is_punct(l, i + 2, '(') && is_word(l, i + 3) &&
		    is_punct(l, i + 4, ')'))
			l->t[i + 3].kind = TOKEN_MASK;
		if (t->kind != TOKEN_WORD)
			continue;
		if (is_punct(l, j, '-') && !l->t[j].space)
			j++;
		else if (!memchr(t->s.p, '-', t->s.n))
			continue;
		if (!is_punct(l, j, '[') || l->t[j].space ||
		    !is_mask(l, j + 1) || !is_punct(l, j + 2, ']'))
			continue;
		l->t[i].kind = TOKEN_MASK;
		cut(l, i + 1, j + 3);
	}
}

/* "psycopg2.errors.UniqueViolation: …": what opens a message and is followed
 * by a colon is the name of an error, whatever it is called. */
static void
keep_name(struct token_list *l)
{
	struct str s;
	size_t last;

	if (!is_mask(l, 0) || !is_punct(l, 1, ':') || l->t[1].space ||
	    l->n < 3 || !l->t[2].space)
		return;
	s = l->t[0].s;
	for (last = s.n; last > 0 && s.p[last - 1] != '.'; last--)
		if ((s.p[last - 1] < 'a' || s.p[last - 1] > 'z') &&
		    (s.p[last - 1] < 'A' || s.p[last - 1] > 'Z'))
			return;
	if (last == 0 || last == s.n || s.p[last] < 'A' || s.p[last] > 'Z')
		return;
	l->t[0].kind = TOKEN_WORD;
	l->t[0].s = str_from_index(s, last);
}

/*
 * Names of people and hosts are words like any other; the noun in front gives
 * them away: "for user alice", "invalid user alice", "for alice from <*>".
 */
static void
mask_people(struct token_list *l)
{
	static const char *const nouns[] = {
		"user", "username", "account", "login"
	}, *const leads[] = {
		"for", "invalid", "of", "by", "as", "illegal", "unknown",
		"with", "to", "from", "nonexistent"
	}, *const towards[] = { "for", "by", "as" }, *const froms[] = {
		"from", "at", "on", "via"
	}, *const accounts[] = {
		"root", "admin", "administrator", "guest", "nobody", "daemon",
		"ubuntu", "postgres", "mysql", "anonymous"
	};

	for (size_t i = 1; i < l->n; i++) {
		const struct token *t = &l->t[i], *prev = &l->t[i - 1];

		if (t->kind != TOKEN_WORD || !t->space || is_plain(t))
			continue;
		if ((WORD_IN(prev, nouns) && i > 1 &&
		    WORD_IN(&l->t[i - 2], leads)) ||
		    (WORD_IN(prev, towards) && ((i + 2 < l->n &&
		    WORD_IN(t + 1, froms) && is_mask(l, i + 2)) ||
		    WORD_IN(t, accounts))))
			l->t[i].kind = TOKEN_MASK;
	}
}

/* "function get_user", "tool bookFlight": an identifier behind its noun. */
static void
mask_named(struct token_list *l)
{
	static const char *const nouns[] = {
		"tool", "function", "method", "module", "package", "class",
		"attribute", "parameter", "argument", "param", "arg", "field",
		"column", "table", "index", "key", "variable", "name", "file",
		"directory", "folder", "host", "hostname", "server", "client",
		"service", "queue", "topic", "bucket", "node", "program",
		"command", "task", "job", "stage", "process", "thread",
		"model", "database", "schema", "relation", "role", "object",
		"type", "property", "option", "flag", "plugin", "agent",
		"named", "called"
	};

	for (size_t i = 1; i < l->n; i++) {
		const struct token *t = &l->t[i];

		if (t->kind == TOKEN_WORD && t->space &&
		    WORD_IN(t - 1, nouns) && token_is_identifier(t->s))
			l->t[i].kind = TOKEN_MASK;
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
		cut(l, i + 2, j);
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
	keep_name(l);
	mask_booleans(l);
	mask_dates(l);
	mask_units(l);
	fold(l);
	mask_values(l);
	mask_lists(l);
	fold(l);
	mask_ranges(l);
	mask_hosts(l);
	mask_people(l);
	mask_capitals(l);
	mask_named(l);
	fold(l);
}
