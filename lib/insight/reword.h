#ifndef INSIGHT_REWORD_H
#define INSIGHT_REWORD_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/cc.h"
#include "base/err.h"
#include "base/str.h"

/*
 * Other words for the title and text of an insight, by a language model; what
 * they say stays ours.  Pure functions: lib/wording does the talking.
 *
 *	if (reword_request(body, "some-model", arena, &request, e))
 *		return e->code;
 *	… POST request to an endpoint of chat completions, get response …
 *	if (reword_reply(body, response, arena, &w, e))
 *		log_warn("wording", "refused=\"%s\"", e->text);
 *	reword_record(body, &w, &record);
 *
 * The model never sees a fact.  Every number with its unit, name, id and
 * message in title and text is replaced by a mark, {1}, {2}, …; what comes
 * back must have the same marks in the same order, and then each becomes what
 * it stood for.  So no number, name or link can change, none of a customer's
 * words leave the machine, and a prompt hidden in an error message reaches
 * nobody.  Refused is a reply (ERR_INVALID with the reason) that
 *	is no completion, or no JSON object of two texts;
 *	lost, moved, repeated or invented a mark;
 *	has a digit, a number in words, %, $, a link, markup or a control
 *	character of its own;
 *	has a direction (rose, fell, …), a verdict (worse, …), a negation, a
 *	cause (because, …) or a name that ours has not, or ours in another order;
 *	has letters beyond ASCII: the lists of words are English;
 *	is empty, or more than twice as long as ours (and REWORD_SLACK bytes).
 *
 * The record is JSON and is stored beside the body, which it names by hash:
 * words for another body are not shown.
 *	{"of","model","shown":true,"title","text"}
 *	{"of","model","shown":false,"answered","reason"}
 *
 * Memory: in the arena.  Threads: pure.  Errors: ERR_INVALID, ERR_LIMIT.
 */
enum {
	REWORD_MARKS_MAX = 200,
	REWORD_SLACK = 160,
	REWORD_REPLY_MAX = 64 << 10,    /* of the model's words */
	REWORD_MODEL_MAX = 200
};

struct reworded {
	bool is_shown;
	bool is_answered;               /* the model did, for good or bad */
	struct str model;
	struct str title, text;         /* if shown */
	struct str reason;              /* else */
};

/* The body of a request for a chat completion. */
int reword_request(struct str body, struct str model, struct arena *a,
    struct buf *out, struct err *e) CC_CHECK CC_NONNULL(3, 4, 5);

/* Title and text with our facts in them, from the response; model is left. */
int reword_reply(struct str body, struct str response, struct arena *a,
    struct reworded *out, struct err *e) CC_CHECK CC_NONNULL(3, 4, 5);

void reword_record(struct str body, const struct reworded *w, struct buf *b)
    CC_NONNULL(2, 3);

/* False if there is no record (STR_NULL will do), or it is of another body. */
bool reword_read(struct str body, struct str record, struct arena *a,
    struct reworded *out) CC_CHECK CC_NONNULL(3, 4);

#endif
