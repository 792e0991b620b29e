#ifndef PRICES_TABLE_H
#define PRICES_TABLE_H

#include "base/arena.h"
#include "prices/prices.h"

/*
 * Inside lib/prices: the text of a table in normal form (lines sorted by
 * model in byte order, lower-case, the columns in their standard order, no
 * comments), searched in place.
 */
enum price_column {
	COL_MODEL, COL_PROVIDER, COL_INPUT, COL_OUTPUT, COL_CACHE_READ,
	COL_CACHE_WRITE, COL_TIER_START, COL_INPUT_ABOVE, COL_OUTPUT_ABOVE,
	COL_CACHE_READ_ABOVE, COL_CACHE_WRITE_ABOVE, COL_COUNT
};

/* The compiled table. */
struct str table_builtin(void);

/* The model's own line; the provider's among several, else the first. */
bool table_find(struct str table, struct str model, struct str provider,
    struct price *out) CC_CHECK CC_NONNULL(4);

/* The longest name with * that covers the model. */
bool table_find_wild(struct str table, struct str model, struct str provider,
    struct price *out) CC_CHECK CC_NONNULL(4);

/* "0.00000015" or "1.5e-07" USD -> femto-USD; false if it is no price. */
bool price_parse(struct str s, int64_t *femto) CC_CHECK CC_NONNULL(2);

/* A line on its way into a table. */
struct price_row {
	struct str column[COL_COUNT];
	size_t order;
};

struct price_rows {
	struct price_row *row;
	size_t n;
	size_t cap;
	struct arena *arena;    /* holds what the columns point to */
};

/* Appends a row; its model and provider are lower-cased into the arena. */
int price_rows_add(struct price_rows *r,
    const struct str column[COL_COUNT], struct err *e) CC_CHECK
    CC_NONNULL(1, 2, 3);

/* Sorts the rows and writes them in normal form; free(3) the text. */
int price_rows_write(struct price_rows *r, struct str *text, struct err *e)
    CC_CHECK CC_NONNULL(1, 2, 3);

/* Reads lines of columns, or litellm's JSON. */
int price_rows_read_tsv(struct price_rows *r, struct str text,
    struct err *e) CC_CHECK CC_NONNULL(1, 3);
int price_rows_read_json(struct price_rows *r, struct str text,
    struct err *e) CC_CHECK CC_NONNULL(1, 3);

#endif
