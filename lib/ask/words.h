#ifndef ASK_WORDS_H
#define ASK_WORDS_H

#include "ask/ask.h"

/*
 * Inside lib/ask only: a question's words and what is known about each.
 */
enum word_kind {
	WORD_UNKNOWN,
	WORD_STOP,              /* says nothing */
	WORD_SUBJECT,           /* value: enum ask_subject */
	WORD_FAIL,              /* failing, of whatever else is asked about */
	WORD_MEASURE,           /* value: enum ask_measure */
	WORD_MOST, WORD_LEAST,
	WORD_EXTREME,           /* value: measure; ordered by it, most first */
	WORD_EXTREME_LEAST,     /* the same, least first */
	WORD_PATTERN,           /* slug */
	WORD_COMPARE,
	WORD_WHY,
	WORD_NEW,
	WORD_RATE,
	WORD_LIST,              /* show, list: rows, not totals */
	WORD_HOW_MANY,
	WORD_NUMBER,            /* value */
	WORD_TIME               /* part of a time phrase */
};

struct word {
	struct str text;        /* as asked */
	char low[24];           /* lower-case ASCII, cut */
	enum word_kind kind;
	int64_t value;
	const char *slug;
};

struct words {
	struct word v[ASK_WORDS_MAX];
	size_t n;
};

void words_split(struct words *w, struct str question);

/* True if the words from i on are these (lower case, blanks between). */
bool words_are(const struct words *w, size_t i, const char *phrase);

/* Finds the time phrase, marks its words, and sets the plan's times. */
void words_time(struct words *w, const struct ask_context *c,
    struct ask_plan *p);

#endif
