/* Finds the message proper inside JSON, tracebacks and HTML. */
#include "detect/message.h"

enum {
	DEPTH_MAX = 8,          /* nested objects that are looked into */
	ROUNDS_MAX = 4,         /* messages wrapped in messages */
	PREFIX_MAX = 400,       /* text before an object inside a message */
	OBJECT_MAX = 1 << 16    /* bytes of an object that are looked at */
};

static size_t
skip_space(struct str s, size_t i)
{
	while (i < s.n && (unsigned char)s.p[i] <= ' ')
		i++;
	return i;
}

static bool
is_quote(char c)
{
	return c == '"' || c == '\'';
}

/* Behind the string that begins at i. */
static size_t
skip_string(struct str s, size_t i)
{
	char quote = s.p[i++];

	while (i < s.n && s.p[i] != quote)
		i += s.p[i] == '\\' ? 2 : 1;
	return MIN_OF(i + 1, s.n);
}

/* Behind the value that begins at i: a string, a scalar, or anything in
 * brackets, whatever its depth. */
static size_t
skip_value(struct str s, size_t i)
{
	size_t depth = 0;

	while (i < s.n) {
		char c = s.p[i];

		if (is_quote(c)) {
			i = skip_string(s, i);
		} else if (c == '{' || c == '[') {
			depth++;
			i++;
		} else if (c == '}' || c == ']') {
			if (depth == 0)
				return i;
			depth--;
			i++;
		} else if (depth == 0 && (c == ',' || c == ':')) {
			return i;
		} else {
			i++;
			continue;
		}
		if (depth == 0)
			return i;
	}
	return i;
}

bool
message_member(struct str object, size_t *at, struct str *key,
    struct str *value)
{
	size_t i = skip_space(object, *at), end;

	if (i < object.n && (object.p[i] == ',' || (*at == 0 &&
	    object.p[i] == '{')))
		i = skip_space(object, i + 1);
	*at = i;
	if (i >= object.n || !is_quote(object.p[i]))
		return false;
	end = skip_string(object, i);
	*key = str_of(object.p + i, end - i);
	i = skip_space(object, end);
	if (i >= object.n || object.p[i] != ':')
		return false;
	i = skip_space(object, i + 1);
	end = skip_value(object, i);
	*value = str_trim(str_of(object.p + i, end - i));
	*at = end;
	return true;
}

struct str
message_unquoted(struct str s)
{
	if (s.n >= 2 && is_quote(s.p[0]) && s.p[s.n - 1] == s.p[0])
		return str_of(s.p + 1, s.n - 2);
	return s;
}

/* The most telling key has the lowest rank; 0 means that it tells nothing. */
static int
key_rank(struct str key)
{
	static const char *const ranked[] = {
		"message", "error_message", "errorMessage",
		"error_description", "errmsg", "msg", "error", "err", "errors",
		"exception", "detail", "details", "reason", "stderr",
		"description", "title", "text", "content", "body", "response",
		"result", "data"
	};

	for (size_t i = 0; i < ARRAY_LEN(ranked); i++)
		if (str_ieq(key, str_from(ranked[i])))
			return (int)i + 1;
	return 0;
}

static struct str of_value(struct str v, int depth);

static struct str
of_object(struct str s, int depth, size_t *size)
{
	struct str key, value, best = STR_NULL;
	int best_rank = 0;
	size_t at = 0;

	while (message_member(s, &at, &key, &value)) {
		int rank = key_rank(message_unquoted(key));
		struct str found;

		if (rank == 0 || (best_rank && rank >= best_rank))
			continue;
		found = of_value(value, depth);
		if (str_trim(found).n == 0)
			continue;
		best = found;
		best_rank = rank;
	}
	at = skip_space(s, at);
	if (size)
		*size = MIN_OF(at + (at < s.n && s.p[at] == '}'), s.n);
	return best;
}

/* The message in a value: a string, or the first in an object or array. */
static struct str
of_value(struct str v, int depth)
{
	size_t i;

	if (v.n == 0 || depth >= DEPTH_MAX)
		return STR_NULL;
	if (is_quote(v.p[0]))
		return message_unquoted(v);
	if (v.p[0] == '{')
		return of_object(v, depth + 1, NULL);
	if (v.p[0] != '[')
		return STR_NULL;
	i = skip_space(v, 1);
	return of_value(str_of(v.p + i, skip_value(v, i) - i), depth + 1);
}

struct str
message_of_object(struct str object, size_t *size)
{
	struct str s = str_of(object.p, MIN_OF(object.n, (size_t)OBJECT_MAX));

	return of_object(s, 0, size);
}

struct str
message_traceback(struct str text)
{
	size_t at = str_find(text, STR("Traceback (most recent call last)"),
	    0);
	struct str s = str_trim(str_from_index(text, at)), line;
	size_t end = s.n;

	if (at == SIZE_MAX)
		return STR_NULL;
	/* The last line that is not indented names the exception. */
	while (end > 0) {
		size_t from = end;

		while (from > 0 && s.p[from - 1] != '\n')
			from--;
		line = str_of(s.p + from, end - from);
		if (from > 0 && line.n && (unsigned char)line.p[0] > ' ')
			return str_trim(line);
		end = from ? from - 1 : 0;
	}
	return STR_NULL;
}

static struct str
html_title(struct str s)
{
	size_t from, to;

	if (!str_has_prefix(s, STR("<!")) && !str_has_prefix(s, STR("<h")) &&
	    !str_has_prefix(s, STR("<H")))
		return STR_NULL;
	from = str_find(s, STR("<title>"), 0);
	if (from == SIZE_MAX)
		return STR_NULL;
	to = str_find(s, STR("</title>"), from);
	if (to == SIZE_MAX)
		return STR_NULL;
	return str_trim(str_of(s.p + from + 7, to - from - 7));
}

/* The first line, and the second if the first only announces it. */
static struct str
first_lines(struct str s)
{
	size_t end = str_find_byte(s, '\n', 0);

	if (end == SIZE_MAX)
		return s;
	if (str_has_suffix(str_trim(str_of(s.p, end)), STR(":"))) {
		size_t next = skip_space(s, end);

		end = str_find_byte(s, '\n', next);
		if (end == SIZE_MAX)
			return s;
	}
	return str_trim(str_of(s.p, end));
}

/* Copies raw JSON text, its escapes undone, behind the n bytes of out. */
static size_t
add_unescaped(char *out, size_t n, struct str s)
{
	for (size_t i = 0; i < s.n && n < MESSAGE_MAX; i++) {
		if (s.p[i] == '\\' && i + 1 < s.n) {
			char c = s.p[++i];

			out[n++] = c == 'n' || c == 'r' ? '\n' :
			    c == 't' ? ' ' : c;
			if (c == 'u' && i + 4 < s.n) {
				out[n - 1] = ' ';
				i += 4;
			}
		} else {
			out[n++] = s.p[i];
		}
	}
	return n;
}

/* Where an object begins inside s, or SIZE_MAX. */
static size_t
find_object(struct str s)
{
	struct str key, value;
	size_t j;

	for (size_t i = 0; i < s.n && i < PREFIX_MAX; i++) {
		if (s.p[i] != '{')
			continue;
		j = skip_space(s, i + 1);
		if (j >= s.n || !is_quote(s.p[j]))
			continue;
		j = 0;
		return message_member(str_from_index(s, i), &j, &key, &value) ?
		    i : SIZE_MAX;
	}
	return SIZE_MAX;
}

/* Puts the message of an object in its place, or {<*>} when an object inside a
 * sentence has none (arguments, rows); false if there is no object.  Source and target may both lie in space: it goes through a copy. */
static bool
replace_object(struct str *s, char *space)
{
	char copy[MESSAGE_MAX];
	size_t at = find_object(*s), size, n = 0;
	struct str found, rest;

	if (at == SIZE_MAX)
		return false;
	found = message_of_object(str_from_index(*s, at), &size);
	if (found.n == 0 && at == 0)
		return false;
	if (found.n == 0)
		found = STR("{<*>}");
	memcpy(copy, s->p, at);
	n = add_unescaped(copy, at, found);
	rest = str_from_index(*s, at + size);
	rest.n = MIN_OF(rest.n, sizeof(copy) - n);
	memcpy(copy + n, rest.p, rest.n);
	n += rest.n;
	memcpy(space, copy, n);
	*s = str_trim(str_of(space, n));
	return true;
}

struct str
message_pick(struct str text, char *space)
{
	struct str s = str_trim(text.p ? text : STR("")), inner;

	for (int i = 0; i < ROUNDS_MAX; i++) {
		inner = message_unquoted(s);
		if (inner.n < s.n && inner.n <= MESSAGE_MAX &&
		    memchr(inner.p, ' ', inner.n) &&
		    !memchr(inner.p, s.p[0], inner.n))
			s = str_trim(inner);
		inner = message_traceback(s);
		if (!inner.p)
			inner = html_title(s);
		if (inner.n)
			s = inner;
		if (!replace_object(&s, space))
			break;
	}
	return first_lines(s);
}
