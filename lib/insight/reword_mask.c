/* Facts become marks, and marks facts again. */
#include <stdio.h>
#include <string.h>

#include "insight/reword_in.h"
#include "json/json_read.h"

enum { TEMPLATE_SHOWN = 140, MASKED_MAX = 64 << 10 };

static bool
is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* May be inside of a word or name. */
static bool
is_word(char c)
{
	return is_letter(c) || is_digit(c) || c == '_' || (c & 0x80);
}

/* ---- names ---- */

static void
add_name(struct masked *m, struct str s)
{
	if (s.n && m->nnames < ARRAY_LEN(m->names))
		m->names[m->nnames++] = s;
}

/* "user-frustration" is called "User frustration" in titles. */
static void
add_pattern(struct masked *m, struct str slug, struct arena *a)
{
	struct str s = arena_str(a, slug);
	char *p = (char *)(uintptr_t)s.p;

	for (size_t i = 0; i < s.n; i++)
		if (p[i] == '-')
			p[i] = ' ';
	if (s.n && p[0] >= 'a' && p[0] <= 'z')
		p[0] = (char)(p[0] - 'a' + 'A');
	add_name(m, s);
	add_name(m, slug);
}

/* The texts key of the objects in the array named list. */
static int
add_all(struct masked *m, struct str body, const char *list, const char *key,
    struct arena *a, struct err *e)
{
	struct json_reader r;
	struct str raw, s;
	int rc;

	if (!json_find(body, str_from(list), &raw))
		return 0;
	json_reader_init(&r, raw, a, 0);
	if (json_array(&r, e))
		return e->code;
	while ((rc = json_array_next(&r, e)) > 0) {
		struct str o;

		if (json_skip_value(&r, &o, e))
			return e->code;
		if (!json_find_string(o, str_from(key), a, &s))
			continue;
		if (strcmp(key, "pattern") == 0)
			add_pattern(m, s, a);
		else
			add_name(m, strcmp(key, "template") == 0 ?
			    str_utf8_prefix(s, TEMPLATE_SHOWN) : s);
	}
	return rc;
}

/* ---- where facts are ---- */

/* Length of the longest name that stands at i, or 0. */
static size_t
name_at(const struct masked *m, struct str s, size_t i)
{
	size_t best = 0;

	if (i && is_word(s.p[i - 1]))
		return 0;
	for (size_t k = 0; k < m->nnames; k++) {
		struct str n = m->names[k];

		if (n.n > best && str_has_prefix(str_from_index(s, i), n) &&
		    (i + n.n == s.n || !is_word(s.p[i + n.n]) ||
		    !is_word(n.p[n.n - 1])))
			best = n.n;
	}
	return best;
}

/* A number with sign, currency and unit. */
static size_t
number_at(struct str s, size_t i)
{
	static const char *const units[] = { " %", "%", " ms", " s",
		" times" };
	size_t at = i;

	if (at < s.n && (s.p[at] == '+' || s.p[at] == '-'))
		at++;
	if (at < s.n && s.p[at] == '$')
		at++;
	if (at >= s.n || !is_digit(s.p[at]))
		return 0;
	while (at < s.n && (is_digit(s.p[at]) || ((s.p[at] == '.' ||
	    s.p[at] == ',') && at + 1 < s.n && is_digit(s.p[at + 1]))))
		at++;
	/* Of a longer word: 2026-W47, 4o. */
	if (at < s.n && (is_word(s.p[at]) || s.p[at] == '-' ||
	    s.p[at] == ':' || s.p[at] == '/'))
		return 0;
	for (size_t k = 0; k < ARRAY_LEN(units); k++) {
		struct str u = str_from(units[k]);

		if (str_has_prefix(str_from_index(s, at), u) &&
		    (at + u.n == s.n || !is_word(s.p[at + u.n])))
			return at + u.n - i;
	}
	return at - i;
}

/* What stands up to the next space, without punctuation behind it. */
static size_t
token_at(struct str s, size_t i)
{
	size_t at = i;

	while (at < s.n && s.p[at] != ' ')
		at++;
	while (at > i + 1 && strchr(".,;:)!?", s.p[at - 1]))
		at--;
	return at - i;
}

static bool
is_plain(struct str token)
{
	for (size_t i = 0; i < token.n; i++)
		if (!is_letter(token.p[i]) && token.p[i] != '\'' &&
		    !(token.p[i] == '-' && i && i + 1 < token.n))
			return false;
	return true;
}

static size_t
fact_at(const struct masked *m, struct str s, size_t i)
{
	size_t n = name_at(m, s, i);

	if (n)
		return n;
	n = number_at(s, i);
	if (n)
		return n;
	n = token_at(s, i);
	return is_plain(str_of(s.p + i, n)) ? 0 : n;
}

static int
mask(struct masked *m, struct str s, struct arena *a, struct str *out,
    struct err *e)
{
	struct buf b;

	buf_init(&b, MASKED_MAX);
	for (size_t i = 0; i < s.n;) {
		size_t n;

		if (strchr(" (.,;:)!?", s.p[i])) {
			buf_add_byte(&b, (uint8_t)s.p[i++]);
			continue;
		}
		n = fact_at(m, s, i);
		if (!n) {
			n = token_at(s, i);
			buf_add(&b, s.p + i, n);
		} else if (m->nfacts < REWORD_MARKS_MAX) {
			m->facts[m->nfacts++] = str_of(s.p + i, n);
			buf_addf(&b, "{%zu}", m->nfacts);
		} else {
			b.failed = true;
		}
		i += n;
	}
	*out = b.failed ? STR_NULL : arena_str(a, buf_str(&b));
	buf_fini(&b);
	return out->p ? 0 : err_set(e, ERR_LIMIT, "too much in the text");
}

int
reword_mask(struct str body, struct arena *a, struct masked *m, struct err *e)
{
	struct str title, text;

	memset(m, 0, sizeof(*m));
	if (json_check(body, 0, e) ||
	    !json_find_string(body, STR("title"), a, &title) ||
	    !json_find_string(body, STR("text"), a, &text))
		return err_set(e, ERR_INVALID, "not the body of an insight");
	if (add_all(m, body, "claims", "name", a, e) ||
	    add_all(m, body, "claims", "pattern", a, e) ||
	    add_all(m, body, "failures", "template", a, e) ||
	    mask(m, title, a, &m->title, e))
		return e->code;
	m->in_title = m->nfacts;
	return mask(m, text, a, &m->text, e);
}

/* A mark at i: its length, and its number in *number; 0: none. */
static size_t
mark_at(struct str s, size_t i, size_t *number)
{
	size_t at = i + 1, v = 0;

	if (s.p[i] != '{')
		return 0;
	while (at < s.n && is_digit(s.p[at]) && v < 10000)
		v = v * 10 + (size_t)(s.p[at++] - '0');
	*number = v;
	return at > i + 1 && at < s.n && s.p[at] == '}' ? at + 1 - i : 0;
}

struct str
reword_unmask(const struct masked *m, struct str s, struct arena *a)
{
	struct str out;
	struct buf b;

	buf_init(&b, MASKED_MAX);
	for (size_t i = 0; i < s.n;) {
		size_t number, n = mark_at(s, i, &number);

		if (n && number && number <= m->nfacts)
			buf_add_str(&b, m->facts[number - 1]);
		else
			buf_add_byte(&b, (uint8_t)s.p[i]);
		i += n ? n : 1;
	}
	out = b.failed ? STR_NULL : arena_str(a, buf_str(&b));
	buf_fini(&b);
	return out;
}

/* ---- what a reply may say ---- */

enum class { NONE, UP, DOWN, QUANTITY, VERDICT, NEGATION, CAUSE, CLASSES };

static const char *const class_names[] = { "", "a rise", "a fall",
	"a number in words", "a verdict", "a negation", "a cause" };

static const struct {
	enum class class;
	const char *words;
} lists[] = {
	{ UP, " rise rises rose risen rising increase increases increased "
	    "increasing up higher grow grows grew grown growing climb climbs "
	    "climbed climbing jump jumps jumped surge surged gain gained soar "
	    "soared slower longer upward upwards more greater spike spiked " },
	{ DOWN, " fall falls fell fallen falling decrease decreases decreased "
	    "decreasing down lower drop drops dropped dropping decline "
	    "declines declined declining shrink shrank fewer less reduced "
	    "reduction faster shorter quicker downward downwards dip dipped "
	    "gone vanished disappeared " },
	{ QUANTITY, " zero one two three four five six seven eight nine ten "
	    "eleven twelve dozen dozens hundred hundreds thousand thousands "
	    "million millions billion half halved double doubled doubling "
	    "twice triple tripled thrice quarter third tenfold percent most "
	    "majority all every nearly almost about approximately " },
	{ VERDICT, " worse worsened worsening better improved improving "
	    "improvement degraded deteriorated severe critical alarming "
	    "excellent " },
	{ NEGATION, " no not never none nothing without neither nor cannot "
	    "unaffected unchanged stable steady t " },
	{ CAUSE, " because due caused causes causing thanks therefore hence "
	    "owing driven explains explained " },
};

static enum class
class_of(struct str word)
{
	char key[40];

	if (word.n > 30)
		return NONE;
	if (str_has_suffix(word, STR("n't")))
		return NEGATION;
	snprintf(key, sizeof(key), " %.*s ", STR_FMT(word));
	for (char *p = key; *p; p++)
		if (*p >= 'A' && *p <= 'Z')
			*p = (char)(*p - 'A' + 'a');
	for (size_t i = 0; i < ARRAY_LEN(lists); i++)
		if (strstr(lists[i].words, key))
			return lists[i].class;
	return NONE;
}

/* The next word of letters and apostrophes; *i moves behind it. */
static struct str
next_word(struct str s, size_t *i)
{
	size_t from;

	while (*i < s.n && !is_letter(s.p[*i]))
		++*i;
	from = *i;
	while (*i < s.n && (is_letter(s.p[*i]) || (s.p[*i] == '\'' &&
	    *i + 1 < s.n && is_letter(s.p[*i + 1]))))
		++*i;
	return str_of(s.p + from, *i - from);
}

/* Words that say something must stand in ours too, in this order. */
static int
check_words(struct str own, struct str reply, const char *what, struct err *e)
{
	size_t i = 0, at = 0;
	struct str w;

	while ((w = next_word(reply, &i)).n) {
		enum class c = class_of(w);
		struct str mine = STR_NULL;

		if (c == NONE)
			continue;
		do
			mine = next_word(own, &at);
		while (mine.n && class_of(mine) != c);
		if (!mine.n)
			return err_set(e, ERR_INVALID, "%s: \"%.*s\" is %s "
			    "that ours has not there", what, STR_FMT(w),
			    class_names[c]);
	}
	return 0;
}

static bool
has_word(struct str s, struct str word)
{
	size_t i = 0;
	struct str w;

	while ((w = next_word(s, &i)).n)
		if (str_ieq(w, word))
			return true;
	return false;
}

/* A capital inside of a sentence makes a name, which must be ours. */
static int
check_names(const struct masked *m, struct str reply, const char *what,
    struct err *e)
{
	size_t i = 0;
	struct str w;

	while ((w = next_word(reply, &i)).n) {
		size_t at = (size_t)(w.p - reply.p);
		bool starts;

		while (at && reply.p[at - 1] == ' ')
			at--;
		starts = at == 0 || strchr(".!?:", reply.p[at - 1]);
		if (!starts && w.p[0] >= 'A' && w.p[0] <= 'Z' &&
		    !str_is(w, "I") && !has_word(m->title, w) &&
		    !has_word(m->text, w))
			return err_set(e, ERR_INVALID, "%s: \"%.*s\" is a "
			    "name that ours has not", what,
			    (int)MIN_OF(w.n, 60), w.p);
	}
	return 0;
}

/* U+2013, U+2014, U+2018, U+2019, U+201C, U+201D, U+2026. */
static bool
is_typographic(struct str s, size_t i)
{
	return i + 2 < s.n && (unsigned char)s.p[i] == 0xe2 &&
	    (unsigned char)s.p[i + 1] == 0x80 &&
	    memchr("\x93\x94\x98\x99\x9c\x9d\xa6", s.p[i + 2], 7);
}

static int
check_plain(struct str s, const char *what, struct err *e)
{
	if (!str_is_utf8(s))
		return err_set(e, ERR_INVALID, "%s: not UTF-8", what);
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c < ' ' || c == 0x7f ||
		    strchr("<>[]{}*_#|\\`~^=@/&$%+", c))
			return err_set(e, ERR_INVALID, "%s: a character that "
			    "plain text has not, at %zu", what, i + 1);
		if (is_digit(s.p[i]))
			return err_set(e, ERR_INVALID, "%s: a number of its "
			    "own, at %zu", what, i + 1);
		/* Other scripts have numbers that nobody here would know;
		 * of the rest, quotes and dashes are welcome. */
		if (c & 0x80 && !is_typographic(s, i))
			return err_set(e, ERR_INVALID, "%s: a character that "
			    "plain text has not, at %zu", what, i + 1);
		i += c & 0x80 ? 2 : 0;
	}
	if (str_find(s, STR("www."), 0) != SIZE_MAX ||
	    str_find(s, STR("http"), 0) != SIZE_MAX)
		return err_set(e, ERR_INVALID, "%s: a link", what);
	return 0;
}

/* Marks first..last, each once, in order; what is left becomes *rest. */
static int
check_marks(struct str s, size_t first, size_t last, const char *what,
    struct buf *rest, struct err *e)
{
	size_t want = first;

	for (size_t i = 0; i < s.n;) {
		size_t number, n = mark_at(s, i, &number);

		if (!n) {
			buf_add_byte(rest, (uint8_t)s.p[i++]);
			continue;
		}
		if (number != want)
			return err_set(e, ERR_INVALID, "%s: {%zu} where {%zu} "
			    "is due", what, number, want);
		want++;
		i += n;
		buf_add_cstr(rest, " ");
	}
	return want == last + 1 ? 0 : err_set(e, ERR_INVALID,
	    "%s: {%zu} is missing", what, want);
}

static int
check_one(const struct masked *m, struct str own, struct str reply,
    size_t first, size_t last, const char *what, struct err *e)
{
	struct buf rest;
	int rc;

	if (str_trim(reply).n == 0)
		return err_set(e, ERR_INVALID, "%s: empty", what);
	if (reply.n > 2 * own.n + REWORD_SLACK)
		return err_set(e, ERR_INVALID, "%s: %zu bytes for our %zu",
		    what, reply.n, own.n);
	buf_init(&rest, REWORD_REPLY_MAX);
	rc = check_marks(reply, first, last, what, &rest, e);
	if (rc == 0)
		rc = check_plain(buf_str(&rest), what, e);
	if (rc == 0)
		rc = check_words(own, buf_str(&rest), what, e);
	if (rc == 0)
		rc = check_names(m, buf_str(&rest), what, e);
	buf_fini(&rest);
	return rc;
}

int
reword_check(const struct masked *m, struct str title, struct str text,
    struct err *e)
{
	if (check_one(m, m->title, title, 1, m->in_title, "title", e))
		return e->code;
	return check_one(m, m->text, text, m->in_title + 1, m->nfacts, "text",
	    e);
}
