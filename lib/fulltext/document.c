#include "fulltext/document.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/mem.h"
#include "fulltext/posting.h"
#include "sketch/sketch.h"

enum {
	POOL_MAX = DOCUMENT_WORDS_MAX * WORD_BYTES_MAX +
	    DOCUMENT_KEYWORDS_MAX * DOCUMENT_TERM_MAX,
	KEYWORD_BYTES_MAX = 2048,
	GAP = 1                 /* between two texts of a field */
};

/* One word at one place; keywords have no field, and the hash of their value
 * as position. */
struct occurrence {
	uint32_t at;            /* of the term, in the pool */
	uint8_t n;
	uint8_t field;
	bool is_keyword;
	bool is_folded;         /* the value is */
	uint32_t position;
};

struct document {
	struct words *splitter;
	struct buf pool;        /* bytes of the terms */
	struct occurrence *v;
	size_t n, cap;
	size_t words, keywords, limit;
	uint32_t next[DOCUMENT_FIELDS_MAX];
	struct buf posting;
};

struct document *
document_new(void)
{
	struct document *d = mem_zalloc(1, sizeof(*d));

	d->splitter = words_new();
	buf_init(&d->pool, POOL_MAX);
	buf_init(&d->posting, DOCUMENT_BYTES_MAX);
	document_begin(d);
	return d;
}

void
document_free(struct document *d)
{
	if (!d)
		return;
	words_free(d->splitter);
	buf_fini(&d->pool);
	buf_fini(&d->posting);
	free(d->v);
	free(d);
}

void
document_begin(struct document *d)
{
	buf_reset(&d->pool);
	d->n = d->words = d->keywords = 0;
	d->limit = DOCUMENT_WORDS_MAX;
	memset(d->next, 0, sizeof(d->next));
}

void
document_limit(struct document *d, size_t words)
{
	d->limit = MIN_OF(words, (size_t)DOCUMENT_WORDS_MAX);
}

size_t
document_words(const struct document *d)
{
	return d->words;
}

size_t
document_keywords(const struct document *d)
{
	return d->keywords;
}

static struct str
term_of(const char *pool, const struct occurrence *o)
{
	return str_of(pool + o->at, o->n);
}

static void
add(struct document *d, struct str term, struct occurrence o)
{
	o.at = (uint32_t)d->pool.n;
	o.n = (uint8_t)term.n;
	buf_add_str(&d->pool, term);
	d->v = mem_more(d->v, d->n, &d->cap, sizeof(*d->v));
	d->v[d->n++] = o;
}

void
document_add_text(struct document *d, unsigned field, struct str text)
{
	size_t before = d->words;
	struct word w;

	if (field >= DOCUMENT_FIELDS_MAX)
		BUG("document: field %u", field);
	words_begin(d->splitter, text);
	while (d->words < d->limit && words_next(d->splitter, &w)) {
		add(d, w.text, (struct occurrence){ .field = (uint8_t)field,
		    .position = d->next[field] });
		/* Queries leave tails out: what follows is next without it. */
		d->next[field] += !w.is_tail;
		d->words++;
	}
	/* Texts without words do not make others' positions longer. */
	if (d->words > before)
		d->next[field] += GAP;
}

size_t
document_keyword(char kind, struct str value, char out[DOCUMENT_TERM_MAX])
{
	enum { ROOM = DOCUMENT_TERM_MAX - 2, KEPT = ROOM - 16 };
	char folded[KEYWORD_BYTES_MAX], hex[17];
	size_t n = words_fold(value, folded, sizeof(folded));
	uint8_t h[8];
	uint64_t hash;

	out[0] = '\1';
	out[1] = kind;
	for (size_t i = 0; i < n; i++)
		folded[i] = folded[i] ? folded[i] : '\1';
	memcpy(out + 2, folded, MIN_OF(n, (size_t)ROOM));
	if (n <= ROOM)
		return 2 + n;
	/* Long values are told apart by their hash. */
	hash = hash64(str_of(folded, n));
	for (int i = 0; i < 8; i++)
		h[i] = (uint8_t)(hash >> (56 - 8 * i));
	hex_encode(h, sizeof(h), hex);
	memcpy(out + 2 + KEPT, hex, 16);
	return DOCUMENT_TERM_MAX;
}

void
document_add_keyword(struct document *d, char kind, struct str value)
{
	char space[DOCUMENT_TERM_MAX];
	struct str term = str_of(space, document_keyword(kind, value, space));
	uint16_t hash = keyword_hash(value);

	if (!value.n || d->keywords == DOCUMENT_KEYWORDS_MAX)
		return;
	for (size_t i = 0; i < d->n; i++)
		if (d->v[i].is_keyword && d->v[i].position == hash &&
		    str_eq(term_of(d->pool.p, &d->v[i]), term))
			return;
	d->keywords++;
	add(d, term, (struct occurrence){ .is_keyword = true,
	    .is_folded = str_eq(str_from_index(term, 2), value),
	    .position = hash });
}

/* ---- the wire form ---- */

static int
by_place(const void *a, const void *b, void *pool)
{
	const struct occurrence *x = a, *y = b;
	int rc = str_cmp(term_of(pool, x), term_of(pool, y));

	if (rc)
		return rc;
	if (x->field != y->field)
		return x->field < y->field ? -1 : 1;
	return x->position < y->position ? -1 : x->position > y->position;
}

static void
make_keyword_posting(struct document *d, size_t from, size_t to)
{
	if (to - from == 1 && d->v[from].is_folded)
		return;
	for (size_t i = from; i < to; i++) {
		buf_add_byte(&d->posting, (uint8_t)(d->v[i].position >> 8));
		buf_add_byte(&d->posting, (uint8_t)d->v[i].position);
	}
}

/* Where the occurrences of v[from]'s field end. */
static size_t
field_end(const struct document *d, size_t from, size_t to)
{
	size_t end = from;

	while (end < to && d->v[end].field == d->v[from].field)
		end++;
	return end;
}

/* The posting of occurrences [from, to), all of one word. */
static void
make_posting(struct document *d, size_t from, size_t to)
{
	size_t count = 0, nfields = 0, n;
	uint8_t fields = 0;

	for (size_t i = from; i < to; i = field_end(d, i, to)) {
		fields |= (uint8_t)(1u << d->v[i].field);
		nfields++;
		count += MIN_OF(field_end(d, i, to) - i,
		    (size_t)POSTING_FIELD_MAX);
	}
	count = MIN_OF(count, (size_t)POSTING_COUNT_MAX);
	buf_add_byte(&d->posting, fields);
	buf_add_byte(&d->posting, (uint8_t)count);
	for (size_t i = from; i < to; i = field_end(d, i, to)) {
		uint32_t before = 0;

		n = MIN_OF(field_end(d, i, to) - i, (size_t)POSTING_FIELD_MAX);
		if (nfields > 1)
			varint_add(&d->posting, n);
		for (size_t k = i; k < i + n; k++) {
			varint_add(&d->posting, d->v[k].position - before);
			before = d->v[k].position;
		}
	}
}

void
document_encode(struct document *d, struct buf *out)
{
	char *pool = d->pool.p;

	if (d->n)
		qsort_r(d->v, d->n, sizeof(*d->v), by_place, pool);
	varint_add(out, d->words);
	for (size_t i = 0, end; i < d->n; i = end) {
		struct str term = term_of(pool, &d->v[i]);

		for (end = i; end < d->n &&
		    str_eq(term_of(pool, &d->v[end]), term);)
			end++;
		buf_reset(&d->posting);
		if (d->v[i].is_keyword)
			make_keyword_posting(d, i, end);
		else
			make_posting(d, i, end);
		buf_add_byte(out, (uint8_t)term.n);
		buf_add_str(out, term);
		varint_add(out, d->posting.n);
		buf_add_str(out, buf_str(&d->posting));
	}
}

int
document_open(struct document_reader *r, struct str bytes, struct err *e)
{
	*r = (struct document_reader){ .rest = bytes };
	if (bytes.n > DOCUMENT_BYTES_MAX ||
	    !varint_read(&r->rest, &r->words) ||
	    r->words > DOCUMENT_WORDS_MAX)
		return err_set(e, ERR_INVALID, "document: no length");
	return 0;
}

int
document_next(struct document_reader *r, struct str *term,
    struct str *posting, struct err *e)
{
	uint64_t n;
	size_t term_n;

	if (r->rest.n == 0)
		return 0;
	term_n = (uint8_t)r->rest.p[0];
	if (term_n == 0 || term_n > DOCUMENT_TERM_MAX ||
	    term_n >= r->rest.n)
		return err_set(e, ERR_INVALID, "document: no term");
	*term = str_of(r->rest.p + 1, term_n);
	r->rest = str_from_index(r->rest, 1 + term_n);
	if (memchr(term->p, '\0', term_n) ||
	    (r->last.p && str_cmp(r->last, *term) >= 0))
		return err_set(e, ERR_INVALID, "document: terms not in order");
	r->last = *term;
	if (!varint_read(&r->rest, &n) || n > r->rest.n)
		return err_set(e, ERR_INVALID, "document: no posting");
	*posting = str_of(r->rest.p, (size_t)n);
	r->rest = str_from_index(r->rest, (size_t)n);
	if (!(term->p[0] == '\1' ? keyword_is_valid(*posting) :
	    posting_is_valid(*posting)))
		return err_set(e, ERR_INVALID, "document: a bad posting");
	return 1;
}

int
document_check(struct str bytes, struct err *e)
{
	struct document_reader r;
	struct str term, posting;
	int rc = document_open(&r, bytes, e);

	if (rc)
		return rc;
	do
		rc = document_next(&r, &term, &posting, e);
	while (rc > 0);
	return rc;
}
