/* Masks names: of people, hosts, processes and things in code. */
#include "detect/mask_list.h"

bool
mask_word_in(const struct token *t, const char *const *list, size_t n)
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

void
mask_cut(struct token_list *l, size_t from, size_t to)
{
	memmove(&l->t[from], &l->t[to], (l->n - to) * sizeof(l->t[0]));
	l->n -= to - from;
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

		if (!is_capital(&l->t[j]) || is_capital(&l->t[i]) ||
		    !WORD_IN(&l->t[i], nouns))
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
		if (is_punct(l, i + 1, ':') && is_word(l, i) &&
		    l->t[i].space && !l->t[i + 1].space &&
		    is_mask(l, i + 2) && !l->t[i + 2].space &&
		    WORD_IN(&l->t[i - 1], leads))
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
		mask_cut(l, i + 1, j + 3);
	}
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

		if (t->kind != TOKEN_WORD || !t->space)
			continue;
		if (((WORD_IN(prev, nouns) && i > 1 &&
		    WORD_IN(&l->t[i - 2], leads)) ||
		    (WORD_IN(prev, towards) && ((is_mask(l, i + 2) &&
		    WORD_IN(t + 1, froms)) || WORD_IN(t, accounts)))) &&
		    !is_plain(t))
			l->t[i].kind = TOKEN_MASK;
	}
}

/* "function get_user", "unknown tool: bookFlight": an identifier behind its
 * noun, unless it is the name of an error or a constant. */
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
		bool colon = i > 1 && is_punct(l, i - 1, ':') && !t[-1].space;

		if (t->kind == TOKEN_WORD && t->space &&
		    token_is_identifier(t->s) && !token_is_telling(t->s) &&
		    WORD_IN(colon ? t - 2 : t - 1, nouns))
			l->t[i].kind = TOKEN_MASK;
	}
}

/* "key sk-ab***yz": what somebody redacted already. */
static void
mask_redacted(struct token_list *l)
{
	for (size_t i = 0; i + 1 < l->n; i++) {
		const struct token *stars = &l->t[i + 1];
		size_t end = i + 2;

		if (l->t[i].kind == TOKEN_PUNCT || stars->space ||
		    stars->kind != TOKEN_PUNCT || stars->s.n < 2 ||
		    stars->s.p[0] != '*')
			continue;
		if (end < l->n && !l->t[end].space &&
		    l->t[end].kind != TOKEN_PUNCT)
			end++;
		l->t[i].kind = TOKEN_MASK;
		mask_cut(l, i + 1, end);
	}
}

void
mask_names(struct token_list *l)
{
	keep_name(l);
	mask_redacted(l);
	mask_ranges(l);
	mask_hosts(l);
	mask_people(l);
	mask_capitals(l);
	mask_named(l);
}
