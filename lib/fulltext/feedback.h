#ifndef FULLTEXT_FEEDBACK_H
#define FULLTEXT_FEEDBACK_H

#include "fulltext/query.h"
#include "fulltext/search.h"

/*
 * A query made wider by what its best documents say: pseudo-relevance feedback
 * by a relevance model (Lavrenko and Croft 2001; mixed with the query as RM3,
 * Abdul-Jaleel et al. 2004).  For descriptions of what is wanted
 * (query_words), not for what people type to find a certain word.
 *
 *	query_words(text, arena, &q, e);
 *	fulltext_search(…q, limit FEEDBACK_DOCUMENTS…, &found, e);
 *	for (i = 0; i < found.n; i++)
 *		docs[i] = (struct feedback_document){ …its bytes…,
 *		    found.v[i].score };
 *	query_feedback(kv, scope, docs, found.n, arena, &q, e);
 *	fulltext_search(…q…);
 *
 * Words are weighed by their share of each document, the document's score, and
 * their idf; FEEDBACK_TERMS of them get as much weight together as the query.
 * These are the values of the literature, not tuned on any collection.
 *
 * Threads: as the snapshot.  Memory: the new query in the arena.
 */
enum { FEEDBACK_DOCUMENTS = 10, FEEDBACK_TERMS = 20 };

struct feedback_document {
	struct str bytes;       /* wire form (fulltext/document.h) */
	double score;
};

int query_feedback(struct kv_snapshot *s, struct str scope,
    const struct feedback_document *docs, size_t n, struct arena *a,
    struct query_node **q, struct err *e) CC_CHECK CC_NONNULL(1, 5, 6, 7);

#endif
