#ifndef PRICES_PRICES_H
#define PRICES_PRICES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/cc.h"
#include "base/err.h"
#include "base/str.h"

/*
 * What tokens cost.  A table of list prices is compiled in (prices.tsv, made
 * by scripts/convert_prices); the operator may lay an own table over it.
 *
 *	struct prices *p = prices_new();
 *	struct price_usage u = { .input = 1000, .output = 50 };
 *	int64_t pico;
 *
 *	if (text.n && prices_load(p, text, &e))
 *		return e.code;
 *	if (prices_cost(p, STR("gpt-4o-mini"), STR("openai"), &u, &pico))
 *		... pico is in 1e-12 USD ...
 *	prices_free(p);
 *
 * A table is lines of tab-separated columns:
 *
 *	model provider input output cache_read cache_write
 *	tier_start input_above output_above cache_read_above cache_write_above
 *
 * The first line may name the columns, in any order, behind "# "; without it
 * they stand as above.  Other lines that begin with # are comments.  Prices
 * are USD per token as decimals; empty means unknown: cached tokens then cost
 * what input costs.  Once a request's whole input exceeds tier_start tokens,
 * the ..._above prices hold for all of it.  A model may begin or end with *.
 * Where several providers sell one model and none is named, the first line
 * counts; the compiled table has the model's maker first.
 *
 * A model is looked up in this order, in the operator's table and then in the
 * compiled one at each step: 1. lower-cased, known alias; 2. exactly;
 * 3. without "bedrock/"; 4. what follows the last "/", then names with *;
 * 5. without region ("us.") and vendor ("anthropic."); 6. without ":suffix",
 * "-latest", "-preview"; 7. without date and version; 8. "ft:base:...": its
 * base.  Of names with *, the longest wins; "*name*" counts only for its own
 * provider.
 *
 * Memory: the compiled table is read-only and searched in place; the
 * operator's is copied, PRICES_TABLE_MAX bytes at most.
 * Threads: one object, one thread (it remembers recent answers).
 * Source: the order of steps 1-4 is what tokencost does.
 */
struct prices;

enum { PRICES_TABLE_MAX = 16 << 20 };

/* Token counts of one request; input excludes cached and cache_write. */
struct price_usage {
	int64_t input;
	int64_t cached;
	int64_t cache_write;
	int64_t output;
};

/* Femto-USD (1e-15) per token; negative: not known. */
struct price_set {
	int64_t input;
	int64_t output;
	int64_t cache_read;
	int64_t cache_write;
};

struct price {
	struct price_set base;
	int64_t tier_start;     /* tokens; 0: there is no tier */
	struct price_set above;
};

struct prices *prices_new(void) CC_CHECK;

/* Accepts NULL. */
void prices_free(struct prices *p);

/*
 * Lays a table over the compiled one: lines as above, or a JSON object in the
 * form of litellm's model_prices_and_context_window.json.  Replaces what was
 * loaded before; on error nothing changes.  ERR_INVALID names line or model.
 */
int prices_load(struct prices *p, struct str text, struct err *e) CC_CHECK
    CC_NONNULL(1, 3);

/*
 * The price of a model, false if unknown.  provider (may be empty) chooses
 * among those who sell it: a table's name ("openai"), or what gen_ai.system,
 * gen_ai.provider.name or the AI SDK say ("openai.chat", "aws.bedrock").
 */
bool prices_find(struct prices *p, struct str model, struct str provider,
    struct price *out) CC_CHECK CC_NONNULL(1, 4);

/*
 * What a request costs in pico-USD (1e-12), rounded once; false and 0 if the
 * model has no known price.  Negative counts are taken as 0.
 */
bool prices_cost(struct prices *p, struct str model, struct str provider,
    const struct price_usage *u, int64_t *cost_pico) CC_CHECK
    CC_NONNULL(1, 4, 5);

#endif
