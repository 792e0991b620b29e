/*
 * A query (up to the first line's end) and a text: the query is read or
 * refused; if the text is found, the snippet lies within it, its marks in
 * order, and a query without NOT and keywords has one.
 */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "base/hash.h"
#include "fulltext/document.h"
#include "fulltext/index.h"
#include "fulltext/search.h"
#include "fulltext/snippet.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static const struct str scope = { "fuzz", 4 };
static const struct query_field fields[] = { { "error", 1 << 1, 0 },
	{ "agent", 0, 'a' }, { NULL, 0, 0 } };

static bool
is_plain(const struct query_node *q)
{
	bool plain = q->kind != QUERY_NOT && !q->is_keyword;

	for (size_t i = 0; i < q->nparts; i++)
		plain = plain && is_plain(q->parts[i]);
	return plain;
}

static size_t
search(const struct query_node *q, struct str text, struct arena *a)
{
	struct search_request r = SEARCH_REQUEST_INIT;
	struct fulltext_writer *w = fulltext_writer_new();
	struct kv_batch *batch = kv_batch_new(16 << 20);
	struct document *d = document_new();
	struct kv *kv = kv_memory_new();
	struct search_result found;
	struct err e = ERR_INIT;
	struct buf b;

	buf_init(&b, DOCUMENT_BYTES_MAX);
	document_begin(d);
	document_add_text(d, 0, text);
	document_encode(d, &b);
	assert(!b.failed && document_check(buf_str(&b), &e) == 0);
	assert(fulltext_put(w, scope, &(struct hash128){ { 1 } }, 5,
	    buf_str(&b), &e) == 0);
	assert(fulltext_write(w, kv_latest(kv), batch, &e) == 0);
	assert(kv_write(kv, batch, false, &e) == 0);
	r.scope = scope;
	r.query = q;
	assert(fulltext_search(kv_latest(kv), &r, a, &found, &e) == 0);
	assert(found.n == found.total && found.n <= 1);
	buf_fini(&b);
	document_free(d);
	fulltext_writer_free(w);
	kv_batch_free(batch);
	kv_close(kv);
	return found.n;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct str text = str_of(data, n), query = str_cut(&text, '\n');
	struct arena *a = arena_new(16 << 20);
	struct snippets *s;
	struct query_node *q;
	struct snippet out;
	struct err e = ERR_INIT;
	struct buf b;
	bool shown;

	hash_setup();
	if (query_parse(query, fields, n % 2 ? QUERY_ALL : QUERY_ANY, a, &q,
	    &e)) {
		assert(e.code == ERR_INVALID && strncmp(e.text, "q: ", 3) == 0);
		arena_free(a);
		return 0;
	}
	buf_init(&b, 1 << 20);
	query_describe(q, fields, &b);
	assert(!b.failed);
	buf_fini(&b);
	s = snippets_new(q);
	shown = text.p && snippets_find(s, 0, text, 100, &out);
	if (shown) {
		assert(out.text.p >= text.p &&
		    out.text.p + out.text.n <= text.p + text.n);
		for (size_t i = 0; i < out.nmarks; i++)
			assert(out.marks[i].from < out.marks[i].to &&
			    out.marks[i].to <= out.text.n &&
			    (i == 0 || out.marks[i].from >
			    out.marks[i - 1].to));
		assert(out.nmarks && out.terms && out.text.n <= 100);
	}
	if (text.p && search(q, text, a) && is_plain(q))
		assert(shown);
	snippets_free(s);
	arena_free(a);
	return 0;
}
