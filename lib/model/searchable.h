#ifndef MODEL_SEARCHABLE_H
#define MODEL_SEARCHABLE_H

#include "base/cc.h"
#include "fulltext/document.h"
#include "fulltext/query.h"
#include "model/run.h"

/*
 * What of a run can be searched: the one table of the fields and keywords of
 * the full-text index, and how a run becomes its document.
 *
 *	document_begin(d);
 *	searchable_run(d, run);
 *	searchable_signal(d, STR("user-frustration"));
 *	document_encode(d, &out);
 *
 * Of the texts, in this order, as much as a document holds
 * (DOCUMENT_WORDS_MAX): prompt, response, errors (status messages and
 * exceptions of the run and its spans), feedback, then arguments and results
 * of tool calls.  Long prompts, responses and errors leave room for the next.  Of JSON its keys and values count, not its punctuation.
 *
 * Threads: pure functions.
 */
enum searchable_field {
	SEARCHABLE_PROMPT, SEARCHABLE_RESPONSE, SEARCHABLE_ERROR,
	SEARCHABLE_FEEDBACK, SEARCHABLE_ARGUMENTS, SEARCHABLE_RESULTS,
	SEARCHABLE_FIELDS
};

/* Kinds of keywords. */
enum {
	KEYWORD_AGENT = 'a', KEYWORD_USER = 'u', KEYWORD_ORG = 'o',
	KEYWORD_SESSION = 's', KEYWORD_TOOL = 't', KEYWORD_MODEL = 'm',
	KEYWORD_STATUS = 'e',           /* "error" or "ok" */
	KEYWORD_PATTERN = 'p',          /* slug of a signal */
	KEYWORD_CONVERSATIONAL = 'c'    /* "true" or "false" */
};

/* Names for queries (fulltext/query.h), several for some; ends with NULL. */
extern const struct query_field searchable_fields[];

/* "prompt", …; NULL past the last. */
const char *searchable_field_name(unsigned field);

/* Adds what the run itself says; it must be whole. */
void searchable_run(struct document *d, const struct run *run)
    CC_NONNULL(1, 2);

/* Adds a pattern that the run's verdict found. */
void searchable_signal(struct document *d, struct str slug) CC_NONNULL(1);

/*
 * Calls fn for each text of a field, in the order in which they are indexed,
 * until it says false: for snippets.  span is NULL for the run's own.
 */
void searchable_each(const struct run *run, bool (*fn)(void *arg,
    enum searchable_field field, const struct span *span, struct str text),
    void *arg) CC_NONNULL(1, 2);

#endif
