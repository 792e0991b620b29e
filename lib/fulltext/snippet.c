#include "fulltext/snippet.h"

#include <stdlib.h>

#include "base/mem.h"
#include "words/words.h"

enum {
	HITS_MAX = 2000,        /* of one text */
	CONTEXT_BYTES = 60      /* shown before the first hit */
};

struct wanted {
	struct str term;
	uint8_t fields;
	bool is_prefix;
	size_t id;              /* of the leaf: alternatives count as one */
};

struct hit {
	size_t from, to;
	size_t id;
};

struct snippets {
	struct words *words;
	struct wanted *v;
	size_t n, cap, leaves;
	struct hit hits[HITS_MAX];
	size_t nhits;
};

static void
want(struct snippets *s, const struct query_node *q)
{
	if (q->is_keyword)
		return;
	for (size_t i = 0; i < q->nterms; i++) {
		s->v = mem_more(s->v, s->n, &s->cap, sizeof(*s->v));
		s->v[s->n++] = (struct wanted){ q->terms[i], q->fields,
			q->kind == QUERY_PREFIX && i == 0, s->leaves };
		/* Each word of a phrase counts. */
		s->leaves += q->kind == QUERY_PHRASE;
	}
	s->leaves += q->kind != QUERY_PHRASE;
	for (size_t i = 0; i < q->nparts; i++)
		if (q->kind != QUERY_NOT || i == 0)
			want(s, q->parts[i]);
}

struct snippets *
snippets_new(const struct query_node *query)
{
	struct snippets *s = mem_zalloc(1, sizeof(*s));

	s->words = words_new();
	want(s, query);
	return s;
}

void
snippets_free(struct snippets *s)
{
	if (!s)
		return;
	words_free(s->words);
	free(s->v);
	free(s);
}

static const struct wanted *
match(const struct snippets *s, unsigned field, struct str word)
{
	for (size_t i = 0; i < s->n; i++)
		if ((s->v[i].fields >> field & 1) && (s->v[i].is_prefix ?
		    str_has_prefix(word, s->v[i].term) :
		    str_eq(word, s->v[i].term)))
			return &s->v[i];
	return NULL;
}

static void
find_hits(struct snippets *s, unsigned field, struct str text)
{
	struct word w;

	s->nhits = 0;
	words_begin(s->words, text);
	while (s->nhits < HITS_MAX && words_next(s->words, &w)) {
		const struct wanted *m = match(s, field, w.text);

		if (m)
			s->hits[s->nhits++] = (struct hit){ w.from, w.to,
			    m->id };
	}
}

/* Different words among hits [from, to). */
static size_t
count_terms(const struct snippets *s, size_t from, size_t to)
{
	uint64_t seen[4] = { 0 };
	size_t n = 0;

	for (size_t i = from; i < to; i++) {
		size_t id = s->hits[i].id % 256;

		n += !(seen[id / 64] >> id % 64 & 1);
		seen[id / 64] |= UINT64_C(1) << id % 64;
	}
	return n;
}

/* Hits [*from, *to) of the best stretch: the most different words, then the
 * most of them, then the earliest; with all words it is good enough. */
static void
choose(const struct snippets *s, size_t max_bytes, size_t *from, size_t *to,
    size_t *terms)
{
	size_t end = 0, best = 0, best_n = 0;

	for (size_t i = 0; i < s->nhits && best < s->leaves; i++) {
		size_t n;

		for (end = MAX_OF(end, i + 1); end < s->nhits &&
		    s->hits[end].to - s->hits[i].from <= max_bytes;)
			end++;
		n = count_terms(s, i, end);
		if (n > best || (n == best && end - i > best_n)) {
			*from = i;
			*to = end;
			best = n;
			best_n = end - i;
		}
	}
	*terms = best;
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Where the stretch begins: some words before, at the start of one; in a text
 * without blanks at a character. */
static size_t
begin_at(struct str text, size_t hit, size_t room)
{
	size_t first = hit - MIN_OF(hit, MIN_OF(room, (size_t)CONTEXT_BYTES));
	size_t at = first;

	if (at == 0)
		return 0;
	while (at < hit && !is_blank(text.p[at - 1]))
		at++;
	if (at < hit || (unsigned char)text.p[hit - 1] < 0x80)
		return at;
	for (at = first; at < hit && (text.p[at] & 0xc0) == 0x80;)
		at++;
	return at;
}

/* Where it ends: behind a word, if that is behind the last hit. */
static size_t
end_at(struct str text, size_t from, size_t last, size_t max_bytes)
{
	size_t most = from + str_utf8_prefix(str_from_index(text, from),
	    max_bytes).n, at = most;

	/* Bytes that are no text may end the prefix early. */
	if (most < last && last - from <= max_bytes)
		most = at = last;
	if (at >= text.n)
		return text.n;
	while (at > last && !is_blank(text.p[at]))
		at--;
	return is_blank(text.p[at]) ? at : most;
}

bool
snippets_find(struct snippets *s, unsigned field, struct str text,
    size_t max_bytes, struct snippet *out)
{
	size_t from = 0, to = 0, begin, end, room;

	max_bytes = MIN_OF(max_bytes, (size_t)SNIPPET_BYTES_MAX);
	find_hits(s, field, text);
	if (s->nhits == 0)
		return false;
	*out = (struct snippet){ .text = STR_NULL };
	choose(s, max_bytes, &from, &to, &out->terms);
	room = s->hits[to - 1].to - s->hits[from].from;
	room = max_bytes > room ? max_bytes - room : 0;
	begin = begin_at(text, s->hits[from].from, room);
	end = end_at(text, begin, s->hits[to - 1].to, max_bytes);
	for (size_t i = from; i < s->nhits && s->hits[i].from < end; i++) {
		size_t a = s->hits[i].from - begin;
		/* A word may be longer than the stretch. */
		size_t b = MIN_OF(s->hits[i].to, end) - begin;

		if (s->hits[i].to > end && i > from)
			break;

		/* Pairs of characters overlap. */
		if (out->nmarks && a <= out->marks[out->nmarks - 1].to) {
			out->marks[out->nmarks - 1].to = b;
			continue;
		}
		if (out->nmarks == SNIPPET_MARKS_MAX)
			break;
		out->marks[out->nmarks].from = a;
		out->marks[out->nmarks++].to = b;
	}
	out->text = str_of(text.p + begin, end - begin);
	out->is_cut_before = begin > 0;
	out->is_cut_behind = end < text.n;
	return true;
}
