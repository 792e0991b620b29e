#ifndef FULLTEXT_SEARCH_IN_H
#define FULLTEXT_SEARCH_IN_H

#include "fulltext/keys.h"
#include "fulltext/posting.h"
#include "fulltext/search.h"

/*
 * Inside lib/fulltext only: a search while it goes on.  lists.c loads the
 * lists of all terms, match.c evaluates the query block by block, search.c
 * keeps the best.
 */

/* The list of one term in one block. */
struct list {
	uint16_t block;
	struct str bytes;
};

/* One term, or all words that begin so; with its lists, latest block first. */
struct term_lists {
	struct list *v;
	size_t n, cap;
	uint64_t documents;     /* in all of them */
	double idf;
};

/* What a node of the query needs, in the order of the query's leaves. */
struct leaf {
	const struct query_node *node;
	struct term_lists *terms;       /* of a phrase, each; of a prefix, one
					 * each word that begins so */
	size_t nterms;
};

/* When the documents of a block began. */
struct span {
	int64_t least, greatest;
};

struct search {
	struct kv_snapshot *kv;
	const struct search_request *r;
	struct arena *arena;            /* freed at the end */
	size_t held, max_bytes;         /* of lists */
	size_t read;
	bool is_large;                  /* lists.c */
	struct arena *block_arena;      /* emptied after each block */
	struct leaf *leaves;
	size_t nleaves, leaves_cap;
	uint32_t first_block, last_block;       /* that may match */
	struct span *spans;             /* of all blocks */
	struct text_sums sums;
	double mean_words;
	float *best;                    /* of a prefix, by document */
	double norm[256];               /* k1 (1 - b + b length / mean) */
	bool is_partial;
};

/* Documents of a block that match so far, ascending. */
struct match {
	uint16_t low;
	float score;
};
struct matches {
	struct match *v;
	size_t n;
};

/* Loads the lists of all leaves; sets idf, first_block, is_partial.  After
 * errors too they are to be unloaded. */
int search_load(struct search *s, struct err *e) CC_CHECK;
void search_unload(struct search *s);

/* The documents of a block that match the query. */
int search_match(struct search *s, uint16_t block, struct matches *out,
    struct err *e) CC_CHECK;

/* Documents, alive, in the blocks that are searched, or a little more. */
uint64_t search_documents(const struct search *s);

int search_spent(struct err *e);

#endif
