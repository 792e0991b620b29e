#include "fulltext/query.h"

#include <string.h>

#include "base/buf.h"
#include "fulltext/document.h"
#include "fulltext/posting.h"
#include "words/words.h"

struct parser {
	struct str text;
	size_t at;
	const struct query_field *fields;
	enum query_mode mode;
	struct arena *a;
	struct words *words;
	size_t leaves;
	int depth;
	bool spent;
};

/* Parts of one level. */
struct parts {
	struct query_node **v;
	size_t n, cap;
};

static struct query_node *
node_new(struct parser *p, enum query_kind kind)
{
	struct query_node *q = arena_alloc(p->a, sizeof(*q));

	if (!q) {
		p->spent = true;
		return NULL;
	}
	q->kind = kind;
	q->fields = 0xff;
	return q;
}

static void
add_part(struct parser *p, struct parts *to, struct query_node *q)
{
	struct query_node **v;

	if (!q)
		return;
	v = arena_more(p->a, to->v, to->n, &to->cap, sizeof(*v));
	if (!v) {
		p->spent = true;
		return;
	}
	to->v = v;
	v[to->n++] = q;
}

static void
add_term(struct parser *p, struct query_node *q, size_t *cap, struct str s)
{
	struct str *v = arena_more(p->a, q->terms, q->nterms, cap,
	    sizeof(*v)), copy = arena_str(p->a, s);

	if (!v || !copy.p) {
		p->spent = true;
		return;
	}
	q->terms = v;
	v[q->nterms++] = copy;
}

/* ---- leaves ---- */

/* Text as the index has it: a term, or a phrase of several. */
static struct query_node *
text_leaf(struct parser *p, struct str text, const struct query_field *f)
{
	struct query_node *q = node_new(p, QUERY_PHRASE);
	struct word w;
	size_t cap = 0;
	bool alone = false;

	if (!q)
		return NULL;
	q->fields = f ? f->fields : 0xff;
	words_begin(p->words, text);
	while (words_next(p->words, &w)) {
		if (w.is_tail)
			continue;
		q->is_stop = words_is_stop(w.text);
		/* One character of a script without spaces begins words. */
		alone = w.is_unspaced &&
		    str_utf8_sequence(text, w.from) == w.to - w.from;
		add_term(p, q, &cap, w.text);
		p->leaves++;
	}
	if (q->nterms == 0)
		return NULL;
	if (q->nterms == 1)
		q->kind = alone ? QUERY_PREFIX : QUERY_TERM;
	else
		q->is_stop = false;
	return q;
}

static struct query_node *
keyword_leaf(struct parser *p, struct str value, char kind)
{
	struct query_node *q = node_new(p, QUERY_TERM);
	char term[DOCUMENT_TERM_MAX];
	size_t cap = 0;

	if (!q || !value.n)
		return NULL;
	q->is_keyword = true;
	add_term(p, q, &cap, str_of(term, document_keyword(kind, value,
	    term)));
	p->leaves++;
	return q;
}

/* "refund*": what begins so, and the stem of what was written. */
static struct query_node *
prefix_leaf(struct parser *p, struct str text, const struct query_field *f)
{
	struct query_node *q = text_leaf(p, text, f);
	char folded[WORD_BYTES_MAX];
	size_t cap = 0, n;
	struct word w;

	/* A prefix of a part of a phrase means the phrase. */
	if (!q || q->nterms != 1)
		return q;
	n = words_fold(text, folded, sizeof(folded));
	q->kind = QUERY_PREFIX;
	q->is_stop = false;
	q->terms = NULL;
	q->nterms = 0;
	add_term(p, q, &cap, str_of(folded, n));
	words_begin(p->words, text);
	if (words_next(p->words, &w) && !str_eq(w.text, str_of(folded, n)))
		add_term(p, q, &cap, w.text);
	return q;
}

/* ---- reading ---- */

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static void
skip_blanks(struct parser *p)
{
	while (p->at < p->text.n && is_blank(p->text.p[p->at]))
		p->at++;
}

static char
peek(const struct parser *p)
{
	return p->at < p->text.n ? p->text.p[p->at] : '\0';
}

/* Up to a blank, a quote or a parenthesis. */
static struct str
bare_word(const struct parser *p)
{
	size_t end = p->at;

	while (end < p->text.n && !is_blank(p->text.p[end]) &&
	    p->text.p[end] != '"' && p->text.p[end] != '(' &&
	    p->text.p[end] != ')')
		end++;
	return str_of(p->text.p + p->at, end - p->at);
}

static struct str
quoted(struct parser *p)
{
	size_t end = str_find_byte(p->text, '"', p->at + 1);
	struct str s;

	end = end == SIZE_MAX ? p->text.n : end;
	s = str_of(p->text.p + p->at + 1, end - p->at - 1);
	p->at = MIN_OF(end + 1, p->text.n);
	return s;
}

/* A known field's name with a colon, and something right behind it. */
static const struct query_field *
field_at(struct parser *p)
{
	struct str w = bare_word(p);
	size_t colon = str_find_byte(w, ':', 0);
	char next;

	if (colon == SIZE_MAX || p->at + colon + 1 >= p->text.n)
		return NULL;
	next = p->text.p[p->at + colon + 1];
	if (is_blank(next) || next == ')')
		return NULL;
	for (const struct query_field *f = p->fields; f->name; f++)
		if (str_ieq(str_of(w.p, colon), str_from(f->name))) {
			p->at += colon + 1;
			return f;
		}
	return NULL;
}

static struct query_node *group(struct parser *p, const struct query_field *in);

static struct query_node *
one(struct parser *p, const struct query_field *in)
{
	const struct query_field *f = field_at(p);
	struct query_node *q;
	struct str w;

	f = f ? f : in;
	if (peek(p) == '(') {
		p->at++;
		q = group(p, f);
		if (peek(p) == ')')
			p->at++;
		return q;
	}
	if (peek(p) == '"') {
		w = quoted(p);
		return f && f->keyword ? keyword_leaf(p, str_trim(w),
		    f->keyword) :
		    text_leaf(p, w, f);
	}
	w = bare_word(p);
	p->at += w.n;
	if (f && f->keyword)
		return keyword_leaf(p, w, f->keyword);
	if (w.n > 1 && w.p[w.n - 1] == '*')
		return prefix_leaf(p, str_of(w.p, w.n - 1), f);
	return text_leaf(p, w, f);
}

static bool
take_operator(struct parser *p, const char *name)
{
	if (!str_is(bare_word(p), name))
		return false;
	p->at += strlen(name);
	return true;
}

/* One part, with NOT and - before it. */
static struct query_node *
part(struct parser *p, const struct query_field *in, bool *is_out)
{
	*is_out = false;
	for (;;) {
		skip_blanks(p);
		if (take_operator(p, "NOT")) {
			*is_out = !*is_out;
		} else if (peek(p) == '-' && p->at + 1 < p->text.n &&
		    !is_blank(p->text.p[p->at + 1])) {
			p->at++;
			*is_out = true;
		} else {
			break;
		}
	}
	return peek(p) == ')' ? NULL : one(p, in);
}

/* Leaves function words out where there are others. */
static void
drop_stops(struct parts *v)
{
	size_t n = 0;
	bool any = false;

	for (size_t i = 0; i < v->n; i++)
		any |= !v->v[i]->is_stop;
	if (!any)
		return;
	for (size_t i = 0; i < v->n; i++)
		if (!v->v[i]->is_stop)
			v->v[n++] = v->v[i];
	v->n = n;
}

static struct query_node *
join(struct parser *p, enum query_kind kind, const struct parts *v)
{
	struct query_node *q;

	if (v->n <= 1)
		return v->n ? v->v[0] : NULL;
	q = node_new(p, kind);
	if (q) {
		q->parts = v->v;
		q->nparts = v->n;
	}
	return q;
}

/* Parts without OR between them. */
static struct query_node *
sequence(struct parser *p, const struct query_field *in, bool *ended)
{
	struct parts with = { 0 }, out = { 0 }, both = { 0 };
	bool explicit_and = false;
	struct query_node *q;

	*ended = false;
	for (;;) {
		bool is_out;

		skip_blanks(p);
		if (p->at >= p->text.n || peek(p) == ')') {
			*ended = true;
			break;
		}
		if (take_operator(p, "OR"))
			break;
		if (take_operator(p, "AND")) {
			explicit_and = true;
			continue;
		}
		q = part(p, in, &is_out);
		add_part(p, is_out ? &out : &with, q);
		if (p->spent || p->leaves > QUERY_LEAVES_MAX) {
			*ended = true;
			break;
		}
	}
	drop_stops(&with);
	q = join(p, p->mode == QUERY_ANY && !explicit_and ? QUERY_OR :
	    QUERY_AND, &with);
	if (out.n == 0)
		return q;
	/* Without anything to look for there is nothing to leave out of. */
	if (!q)
		return NULL;
	add_part(p, &both, q);
	for (size_t i = 0; i < out.n; i++)
		add_part(p, &both, out.v[i]);
	return join(p, QUERY_NOT, &both);
}

static struct query_node *
group(struct parser *p, const struct query_field *in)
{
	struct parts v = { 0 };
	bool ended = false;

	if (++p->depth > QUERY_DEPTH_MAX) {
		p->spent = true;
		p->depth--;
		return NULL;
	}
	while (!ended && !p->spent)
		add_part(p, &v, sequence(p, in, &ended));
	p->depth--;
	return join(p, QUERY_OR, &v);
}

int
query_parse(struct str text, const struct query_field *fields,
    enum query_mode mode, struct arena *a, struct query_node **out,
    struct err *e)
{
	struct parser p = { .text = text, .fields = fields, .mode = mode,
		.a = a };
	struct parts v = { 0 };

	if (text.n > QUERY_BYTES_MAX)
		return err_set(e, ERR_INVALID, "q: over %d bytes",
		    QUERY_BYTES_MAX);
	p.words = words_new();
	while (p.at < text.n && !p.spent && p.leaves <= QUERY_LEAVES_MAX) {
		add_part(&p, &v, group(&p, NULL));
		/* A parenthesis that was never opened. */
		if (peek(&p) == ')')
			p.at++;
	}
	words_free(p.words);
	if (p.leaves > QUERY_LEAVES_MAX)
		return err_set(e, ERR_INVALID, "q: over %d words",
		    QUERY_LEAVES_MAX);
	if (p.spent)
		return err_set(e, ERR_INVALID,
		    "q: parentheses more than %d deep, or too much",
		    QUERY_DEPTH_MAX);
	*out = join(&p, mode == QUERY_ANY ? QUERY_OR : QUERY_AND, &v);
	if (p.spent || !*out)
		return err_set(e, ERR_INVALID,
		    "q: nothing to look for; give at least one word");
	return 0;
}

int
query_words(struct str text, struct arena *a, struct query_node **out,
    struct err *e)
{
	struct parser p = { .a = a };
	struct parts v = { 0 };
	struct word w;

	p.words = words_new();
	words_begin(p.words, text);
	while (!p.spent && words_next(p.words, &w)) {
		struct query_node *q = w.is_tail ? NULL :
		    node_new(&p, QUERY_TERM);
		size_t cap = 0;

		if (!q)
			continue;
		q->is_stop = words_is_stop(w.text);
		add_term(&p, q, &cap, w.text);
		add_part(&p, &v, q);
	}
	words_free(p.words);
	drop_stops(&v);
	*out = join(&p, QUERY_OR, &v);
	return p.spent ? err_set(e, ERR_LIMIT, "query: too long") : 0;
}

struct query_node *
query_with(struct query_node *q, char keyword, struct str value,
    struct arena *a)
{
	struct parser p = { .a = a };
	struct query_node *leaf = keyword_leaf(&p, value, keyword);
	struct parts v = { 0 };

	if (!leaf || p.spent)
		return NULL;
	leaf->is_exact = true;
	leaf->is_folded = str_eq(str_from_index(leaf->terms[0], 2), value);
	leaf->hash = keyword_hash(value);
	add_part(&p, &v, q);
	add_part(&p, &v, leaf);
	q = join(&p, QUERY_AND, &v);
	return p.spent ? NULL : q;
}

/* ---- in words ---- */

static void
describe_leaf(const struct query_node *q, const struct query_field *fields,
    struct buf *b)
{
	const struct query_field *f = fields;

	for (; f->name; f++)
		if (q->is_keyword ? f->keyword == q->terms[0].p[1] :
		    f->fields && f->fields == q->fields)
			break;
	if (f->name)
		buf_addf(b, "%s:", f->name);
	if (q->kind == QUERY_PHRASE)
		buf_add_byte(b, '"');
	for (size_t i = 0; i < (q->kind == QUERY_PHRASE ? q->nterms : 1); i++)
		buf_addf(b, "%s%.*s", i ? " " : "", STR_FMT(q->is_keyword ?
		    str_from_index(q->terms[i], 2) : q->terms[i]));
	if (q->kind != QUERY_TERM)
		buf_add_byte(b, q->kind == QUERY_PHRASE ? '"' : '*');
}

void
query_describe(const struct query_node *q, const struct query_field *fields,
    struct buf *b)
{
	const char *between = q->kind == QUERY_AND ? " AND " :
	    q->kind == QUERY_OR ? " OR " : " NOT ";

	if (q->nparts == 0) {
		describe_leaf(q, fields, b);
		return;
	}
	buf_add_byte(b, '(');
	for (size_t i = 0; i < q->nparts; i++) {
		if (i)
			buf_add_cstr(b, between);
		query_describe(q->parts[i], fields, b);
	}
	buf_add_byte(b, ')');
}
