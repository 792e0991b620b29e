#ifndef PRICES_NAMES_H
#define PRICES_NAMES_H

#include "prices/prices.h"

/*
 * Inside lib/prices: the names under which a model may stand in a table, most
 * literal first.
 *
 *	struct price_names n;
 *	struct str name;
 *
 *	price_names_init(&n, model);
 *	while (price_names_next(&n, &name, &wild))
 *		...
 */
enum { PRICE_NAME_MAX = 200 };

struct price_names {
	char full[PRICE_NAME_MAX];      /* lower-cased; for fine-tunes */
	size_t full_n;
	struct str name;
	int step;
};

/* A model name longer than PRICE_NAME_MAX has no names. */
void price_names_init(struct price_names *n, struct str model)
    CC_NONNULL(1);

/* The next name, and whether names with * may stand for it. */
bool price_names_next(struct price_names *n, struct str *name, bool *wild)
    CC_CHECK CC_NONNULL(1, 2, 3);

/* The table's word for a provider: "openai.chat" -> "openai". */
struct str price_provider(struct str provider);

#endif
