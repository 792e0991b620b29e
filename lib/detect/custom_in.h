#ifndef DETECT_CUSTOM_IN_H
#define DETECT_CUSTOM_IN_H

#include "detect/custom.h"
#include "detect/text.h"

/*
 * Inside lib/detect only: the parts of a custom pattern.
 */

/* ---- custom_rule.c: phrases and regular expressions ---- */

enum { PHRASE_WORDS_MAX = 40 };

struct phrase {
	uint32_t hash[PHRASE_WORDS_MAX];
	size_t n;
};

/* False if s has no word, or too many. */
bool phrase_make(struct phrase *p, struct str s) CC_CHECK CC_NONNULL(1);

/* The words of a text, punctuation left out: indexes of its tokens. */
struct word_list {
	uint16_t v[TEXT_TOKENS_MAX];
	size_t n;
};
void words_of(const struct text *t, struct word_list *out) CC_NONNULL(1, 2);

/* The first place, as bytes [*from, *to) of what t was scanned from. */
bool phrase_find(const struct phrase *p, const struct text *t,
    const struct word_list *words, size_t *from, size_t *to)
    CC_NONNULL(1, 2, 3, 4, 5);

/* The next portion [from, *to) of a long message to scan for phrases, and
 * where the one after it begins; n behind the last. */
size_t phrase_portion(struct str s, size_t from, size_t *to) CC_NONNULL(3);

struct regex;
struct regex_match;

/* ERR_INVALID with what is wrong, and where. */
int regex_new(struct str pattern, struct regex **out, struct err *e) CC_CHECK
    CC_NONNULL(2, 3);
void regex_free(struct regex *re);

/* What matching needs, reused; it also counts the steps of a verdict. */
struct regex_match *regex_match_new(void) CC_CHECK;
void regex_match_free(struct regex_match *m);
void regex_match_begin(struct regex_match *m) CC_NONNULL(1);

/* False too when a limit was reached. */
bool regex_find(const struct regex *re, struct regex_match *m, struct str s,
    size_t *from, size_t *to) CC_NONNULL(1, 2, 4, 5);

/* ---- custom_train.c: likeness to examples ---- */

struct likeness;

/* NULL when there are too few examples; *report is filled in any case. */
struct likeness *likeness_train(const struct custom_def *def,
    struct custom_report *report) CC_CHECK CC_NONNULL(1, 2);
void likeness_free(struct likeness *l);

/* The n-gram buckets of a text, each once. */
struct bucket_list {
	uint32_t v[TEXT_GRAMS_MAX];
	size_t n;
};
void buckets_of(const struct text *t, struct bucket_list *out)
    CC_NONNULL(1, 2);

/* The probability that it is a positive one. */
double likeness_score(const struct likeness *l, const struct bucket_list *b)
    CC_NONNULL(1, 2);

#endif
