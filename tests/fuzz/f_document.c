/*
 * Any bytes are a document or are refused; what is one goes into an index and
 * is found there by each of its terms.
 */
#include <assert.h>
#include <stdint.h>

#include "base/hash.h"
#include "fulltext/document.h"
#include "fulltext/index.h"
#include "fulltext/search.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static const struct str scope = { "fuzz", 4 };

static void
find(struct kv *kv, struct str term)
{
	struct query_node q = { .kind = QUERY_TERM, .fields = 0xff,
		.is_keyword = term.p[0] == '\1', .terms = &term, .nterms = 1 };
	struct search_request r = SEARCH_REQUEST_INIT;
	struct arena *a = arena_new(1 << 20);
	struct search_result found;
	struct err e = ERR_INIT;

	r.scope = scope;
	r.query = &q;
	assert(fulltext_search(kv_latest(kv), &r, a, &found, &e) == 0);
	assert(found.n == 1 && found.total == 1);
	arena_free(a);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct str bytes = str_of(data, n), term, posting;
	struct hash128 id = { { 1 } };
	struct document_reader r;
	struct fulltext_writer *w;
	struct kv_batch *batch;
	struct err e = ERR_INIT;
	struct kv *kv;
	int left = 20;

	hash_setup();
	if (document_check(bytes, &e))
		return 0;
	kv = kv_memory_new();
	batch = kv_batch_new(16 << 20);
	w = fulltext_writer_new();
	assert(fulltext_put(w, scope, &id, 5, bytes, &e) == 0);
	assert(fulltext_write(w, kv_latest(kv), batch, &e) == 0);
	assert(kv_write(kv, batch, false, &e) == 0);
	assert(document_open(&r, bytes, &e) == 0);
	while (left-- && document_next(&r, &term, &posting, &e) == 1)
		find(kv, term);
	fulltext_writer_free(w);
	kv_batch_free(batch);
	kv_close(kv);
	return 0;
}
