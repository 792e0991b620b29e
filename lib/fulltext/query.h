#ifndef FULLTEXT_QUERY_H
#define FULLTEXT_QUERY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/cc.h"
#include "base/err.h"
#include "base/str.h"

/*
 * What people type into a search box.
 *
 *	refund order            both words (with QUERY_ANY: at least one)
 *	"where is my order"     these words, one behind the other
 *	refund*                 words that begin so
 *	refund OR return        either; AND, NOT and ( ) too
 *	refund -voucher         without this word
 *	error:timeout           in this field; also error:"timed out",
 *	                        error:(timeout OR refused), agent:billing
 *
 * AND, OR and NOT are operators in capitals only.  A word with marks inside
 * (foo@example.com, snake_case, 10.0.0.1) is a phrase of its parts.  A colon
 * behind something that names no field, a quote or parenthesis that is not
 * closed, and marks that mean nothing are no errors: people paste error
 * messages.  Function words ("the", "of") are left out beside others, but not
 * of phrases.
 *
 * Memory: nodes and terms live in the arena.  Threads: pure.
 */
struct query_field {
	const char *name;       /* "error" */
	uint8_t fields;         /* mask of document fields; 0: a keyword */
	char keyword;           /* its kind */
};

enum query_mode { QUERY_ALL, QUERY_ANY };

enum query_kind {
	QUERY_TERM,             /* term */
	QUERY_PREFIX,           /* term: what it begins with; and term2 */
	QUERY_PHRASE,           /* terms, in order */
	QUERY_AND, QUERY_OR,    /* parts */
	QUERY_NOT               /* parts[0] without any of the others */
};

struct query_node {
	enum query_kind kind;
	uint8_t fields;         /* mask; 0xff: anywhere */
	bool is_keyword;
	bool is_exact;          /* a keyword of this case too; then: */
	bool is_folded;
	uint16_t hash;          /* posting.h */
	bool is_stop;
	double weight;          /* of a term among others; 0 means 1 */
	struct str *terms;
	size_t nterms;
	struct query_node **parts;
	size_t nparts;
};

enum { QUERY_BYTES_MAX = 2000, QUERY_LEAVES_MAX = 64, QUERY_DEPTH_MAX = 16 };

/*
 * fields ends with a row whose name is NULL.  ERR_INVALID: nothing to look for
 * (empty, or only words to leave out), too long, too deep; the text says so.
 */
int query_parse(struct str text, const struct query_field *fields,
    enum query_mode mode, struct arena *a, struct query_node **out,
    struct err *e) CC_CHECK CC_NONNULL(2, 4, 5, 6);

/*
 * A text that is no query but a description of what is wanted: any of its
 * words, function words left out, each as often as it stands there.  Marks
 * mean nothing.  *out is NULL if there is no word.  ERR_LIMIT past the arena.
 */
int query_words(struct str text, struct arena *a, struct query_node **out,
    struct err *e) CC_CHECK CC_NONNULL(2, 3, 4);

/* Adds to q (NULL: nothing yet) that a keyword has just this value, in this
 * case; NULL past the arena's budget. */
struct query_node *query_with(struct query_node *q, char keyword,
    struct str value, struct arena *a) CC_CHECK;

/* The query as it was understood: "(refund AND order) NOT voucher". */
struct buf;
void query_describe(const struct query_node *q,
    const struct query_field *fields, struct buf *b) CC_NONNULL(1, 2, 3);

#endif
