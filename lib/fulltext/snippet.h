#ifndef FULLTEXT_SNIPPET_H
#define FULLTEXT_SNIPPET_H

#include <stddef.h>
#include <stdint.h>

#include "base/cc.h"
#include "base/str.h"
#include "fulltext/query.h"

/*
 * The part of a text that shows why a query found it.
 *
 *	struct snippets *s = snippets_new(query);
 *	struct snippet out;
 *
 *	if (snippets_find(s, field, text, 200, &out))
 *		for (size_t i = 0; i < out.nmarks; i++)
 *			… out.text.p + out.marks[i].from …
 *	snippets_free(s);
 *
 * Words that the query leaves out (NOT) are not looked for.
 * Threads: one object, one thread.
 */
enum { SNIPPET_MARKS_MAX = 32, SNIPPET_BYTES_MAX = 1000 };

struct snippet {
	struct str text;        /* borrowed from the text given; whole words,
				 * its white space as it stands */
	bool is_cut_before, is_cut_behind;
	struct { size_t from, to; } marks[SNIPPET_MARKS_MAX];
	size_t nmarks;          /* bytes of text, ascending */
	size_t terms;           /* different words of the query that it shows */
};

struct snippets;

/* The query is borrowed. */
struct snippets *snippets_new(const struct query_node *query) CC_CHECK
    CC_NONNULL(1);
/* Accepts NULL. */
void snippets_free(struct snippets *s);

/* The stretch of at most max_bytes (up to SNIPPET_BYTES_MAX) that shows most
 * of the query's words; false if it has none of them.  field is that of the
 * document. */
bool snippets_find(struct snippets *s, unsigned field, struct str text,
    size_t max_bytes, struct snippet *out) CC_CHECK CC_NONNULL(1, 5);

#endif
