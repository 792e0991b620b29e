#ifndef ASK_WORDS_H
#define ASK_WORDS_H

#include "ask/ask.h"

/*
 * Inside lib/ask only: a question's words, what each is, and the steps that
 * find it out, in the order of ask_parse.
 */
enum word_kind {
	WORD_UNKNOWN,
	WORD_STOP,              /* says nothing */
	WORD_NUMBER,            /* value */
	WORD_QUOTED,
	WORD_TAKEN,             /* by a phrase, name, time, text, threshold */
	/* From the vocabulary; value, or slug. */
	WORD_SUBJECT,           /* enum ask_subject */
	WORD_FAIL,              /* enum fail_word */
	WORD_FAIL_TEXT,         /* a kind of error: text to look for */
	WORD_MEASURE,           /* enum ask_measure */
	WORD_STATISTIC,         /* enum statistic */
	WORD_EXTREME,           /* measure; ordered by it, most first */
	WORD_EXTREME_LEAST,     /* the same, least first */
	WORD_CHANGE,            /* measure: slower, or ASK_MEASURES: changed */
	WORD_CHANGE_LEAST,
	WORD_MOST, WORD_LEAST,
	WORD_PATTERN,           /* slug */
	WORD_STATE,             /* enum ask_state */
	WORD_STATUS,            /* enum ask_status */
	WORD_THUMBS,            /* 1, -1 */
	WORD_GROUP,             /* enum ask_group */
	WORD_COMPARE,
	WORD_WHY,
	WORD_RATE,
	WORD_LIST,              /* show, list: rows, not totals */
	WORD_RECENT,            /* the same, the latest first */
	WORD_WHICH,             /* which, what */
	WORD_HOW_MANY,
	WORD_PER,               /* by, per, each: what follows splits */
	WORD_NOT,               /* what follows is taken out */
	WORD_MORE, WORD_LESS,   /* than a number */
	WORD_ABOUT,             /* text to search for follows */
	WORD_ASK,               /* what users do */
	WORD_IN,                /* enum ask_field */
	WORD_ORDER,             /* delete, write: only at the beginning */
	WORD_POLITE,            /* may stand before an order */
	WORD_FUTURE
};

enum fail_word { FAIL_ERROR, FAIL_FAILURE, FAIL_VERB, FAIL_TOOL_CALL };
enum statistic { STAT_AVERAGE, STAT_P50, STAT_P95, STAT_P99, STAT_TOTAL };

struct word {
	struct str text;        /* as asked */
	char low[24];           /* lower-case ASCII, cut; put right */
	enum word_kind kind;
	int64_t value;
	const char *slug;
	size_t length;          /* of its phrase, in words */
	bool is_plural;
	bool ends_clause;       /* , ; ? ! follow */
	bool is_money;          /* $ stood before it */
};

struct words {
	struct word v[ASK_WORDS_MAX];
	size_t n;
};

void words_split(struct words *w, struct str question);

/* Puts misspelt words right that are no names. */
void words_correct(struct words *w, const struct ask_context *c,
    struct ask_plan *p);

/* Finds the time phrases, takes their words, and sets the plan's times. */
void words_time(struct words *w, const struct ask_context *c,
    struct ask_plan *p);
/* Once it is known whether it is a comparison: in UTC. */
void words_time_end(const struct ask_context *c, struct ask_plan *p);

/* Custom patterns by their names. */
void words_patterns(struct words *w, const struct ask_context *c,
    struct ask_plan *p);

/* Says what kind words are of, phrases before words. */
void words_vocabulary(struct words *w);

/* Thresholds, and text to search for. */
void words_where(struct words *w, struct ask_plan *p);
void words_text(struct words *w, const struct ask_context *c,
    struct ask_plan *p);

/* After names: what kind of error. */
void words_error_text(struct words *w, struct ask_plan *p);
void words_fail_text(struct words *w, struct ask_plan *p);

/* Names: known ones, and what stands beside "agent", … */
void words_names(struct words *w, const struct ask_context *c,
    struct ask_plan *p);

/* True if a known name begins at word i. */
bool words_name_at(const struct words *w, size_t i,
    const struct ask_context *c);

/* True if the word is, or is a part of, a known name. */
bool words_in_name(struct str word, const struct ask_context *c);

/* From what was heard to the plan. */
void words_decide(struct words *w, struct ask_plan *p);

/* True if the words from i on are these (lower case, blanks between). */
bool words_are(const struct words *w, size_t i, const char *phrase);

/* How many words of the phrase are these, its last perhaps in plural; 0 if it
 * is not there. */
size_t words_match(const struct words *w, size_t i, struct str phrase,
    bool *is_plural);

/* Takes n words from i on. */
void words_take(struct words *w, size_t i, size_t n);

/* 5, five; 0 for others. */
int64_t words_number(const struct word *w);

/* One row of the vocabulary: phrases with commas between. */
struct vocabulary {
	enum word_kind kind;
	int64_t value;
	const char *slug;
	const char *phrases;
};
extern const struct vocabulary vocabulary[];
extern const size_t vocabulary_rows;

/* Words of time phrases, blanks between: for words_correct. */
extern const char words_of_time[];

#endif
