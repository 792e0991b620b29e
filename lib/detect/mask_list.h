#ifndef DETECT_MASK_LIST_H
#define DETECT_MASK_LIST_H

#include "detect/token.h"

/*
 * What the files behind detect/mask.h share: questions about the tokens of a
 * list (false past its end), and the stage that lives in mask_names.c.
 */

static inline bool
is_mask(const struct token_list *l, size_t i)
{
	return i < l->n && l->t[i].kind == TOKEN_MASK;
}

static inline bool
is_word(const struct token_list *l, size_t i)
{
	return i < l->n && l->t[i].kind == TOKEN_WORD;
}

static inline bool
is_punct(const struct token_list *l, size_t i, char c)
{
	return i < l->n && token_is(&l->t[i], c);
}

/* True for a word that is in the list, ASCII case aside. */
bool mask_word_in(const struct token *t, const char *const *list, size_t n)
    CC_NONNULL(1, 2);

#define WORD_IN(t, list) mask_word_in(t, list, ARRAY_LEN(list))

/* Removes tokens from..to-1. */
void mask_cut(struct token_list *l, size_t from, size_t to) CC_NONNULL(1);

/* Names of people, hosts, processes and things in code. */
void mask_names(struct token_list *l) CC_NONNULL(1);

#endif
