#ifndef REPO_SEARCH_H
#define REPO_SEARCH_H

#include "fulltext/snippet.h"
#include "model/searchable.h"
#include "repo/read.h"

/*
 * Full-text search over runs: their prompts, responses, errors, feedback, and
 * tools' arguments and results (model/searchable.h says of which field what).
 *
 *	struct repo_search_query q = REPO_SEARCH_INIT;
 *	struct repo_search found;
 *
 *	q.text = STR("refund -voucher error:timeout");
 *	if (repo_search(&view, &q, &found, e))
 *		return e->code;
 *	for (size_t i = 0; i < found.n; i++)
 *		show(found.v[i].row.run, found.v[i].snippets);
 *
 * A run is found once a classifier has read it: some milliseconds after it was
 * accepted.  Ownership: in the view's arena.  Threads: as the view.
 * Errors: ERR_INVALID the query or the range, the text says why; others as
 * repo/read.h.
 */
enum {
	SEARCH_SNIPPETS = 3,            /* of a run */
	SEARCH_SNIPPET_BYTES = 240
};

struct repo_search_query {
	struct str text;                /* fulltext/query.h */
	bool any;                       /* any of its words, not all */
	bool newest_first;              /* not by relevance */
	struct repo_filter filter;      /* all of it but what is absent */
};

#define REPO_SEARCH_INIT { STR_NULL, false, false, REPO_FILTER_INIT }

struct repo_snippet {
	enum searchable_field field;
	struct str span_id;             /* of a tool call, or STR_NULL */
	struct snippet part;
};

struct repo_search_row {
	struct repo_run_row row;        /* as lists have it */
	double score;
	struct repo_snippet *snippets;  /* best first */
	size_t nsnippets;
};

struct repo_search {
	struct repo_search_row *v;
	size_t n;
	uint64_t total;                 /* on whatever page */
	uint64_t documents;             /* runs that were searched */
	bool is_partial;                /* only the latest of all */
	struct str understood;          /* the query in words */
};

int repo_search(const struct repo_view *v, const struct repo_search_query *q,
    struct repo_search *out, struct err *e) CC_CHECK CC_NONNULL(1, 2, 3, 4);

#endif
