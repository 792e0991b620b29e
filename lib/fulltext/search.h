#ifndef FULLTEXT_SEARCH_H
#define FULLTEXT_SEARCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/cc.h"
#include "base/err.h"
#include "base/hash.h"
#include "fulltext/query.h"
#include "kv/kv.h"

/*
 * Searching the full-text index (fulltext/index.h).
 *
 *	struct search_request r = SEARCH_REQUEST_INIT;
 *	struct search_result found;
 *
 *	r.scope = scope;
 *	r.limit = 50;
 *	if (query_parse(text, fields, QUERY_ALL, arena, &r.query, e) ||
 *	    fulltext_search(snapshot, &r, arena, &found, e))
 *		return e->code;
 *	for (size_t i = 0; i < found.n; i++)
 *		show(&found.v[i].id, found.v[i].score);
 *
 * Ranking is BM25 (Robertson and Zaragoza 2009: k1 1.2, b 0.75, idf as in
 * Lucene, never negative), ties by the later document.  A phrase counts as its
 * words, as often as it stands there whole; a prefix as the best of the words
 * that begin so.
 *
 * Exact over the documents that were there in the snapshot, unless the lists
 * of the query's words pass SEARCH_BYTES_MAX: then the latest blocks of
 * documents are searched, exactly, and is_partial says so.
 *
 * Cost: the lists of the query's words are read once, those blocks of them
 * that may hold documents of the time range.
 * Memory: the result in the arena; lists at most max_bytes of their own.
 * Of searches that need more than some megabytes, one goes on at a time.
 * Threads: as the snapshot.  Errors: ERR_INVALID a prefix of too many words,
 * or lists that pass the limit in the latest block alone;
 * ERR_LIMIT offset + limit, or the arena; ERR_IO, ERR_CORRUPT.
 */
enum {
	SEARCH_BYTES_MAX = 96 << 20,
	SEARCH_PREFIX_WORDS_MAX = 1000,
	SEARCH_HITS_MAX = 10000         /* offset + limit */
};

struct search_request {
	struct str scope;
	const struct query_node *query;
	int64_t from_ms, to_ms;         /* half-open; of the documents' time */
	size_t limit, offset;
	bool newest_first;              /* else the best first */
	size_t max_bytes;               /* of lists; 0: SEARCH_BYTES_MAX */
};

#define SEARCH_REQUEST_INIT { STR_NULL, NULL, 0, INT64_MAX, 10, 0, false, 0 }

struct search_hit {
	struct hash128 id;
	int64_t ms;
	double score;
};

struct search_result {
	struct search_hit *v;
	size_t n;
	uint64_t total;         /* that match, on whatever page */
	uint64_t documents;     /* that were searched */
	bool is_partial;
};

int fulltext_search(struct kv_snapshot *s, const struct search_request *r,
    struct arena *a, struct search_result *out, struct err *e) CC_CHECK
    CC_NONNULL(1, 2, 3, 4, 5);

#endif
