#ifndef STORE_PRICER_H
#define STORE_PRICER_H

#include "base/cc.h"
#include "base/err.h"
#include "repo/commit.h"

/*
 * The price table (prices/prices.h) in the form that commits, reindex and
 * verify ask for: all three must use the same one.
 *
 *	struct store_pricer *p;
 *
 *	if (store_pricer_open("prices.tsv", &p, e))
 *		return e->code;
 *	c = repo_commit_new(kv, store_pricer_get(p));
 *	…
 *	store_pricer_close(p);
 *
 * Threads: one object, one thread.
 */
struct store_pricer;

/* path is the operator's own table, or NULL.  ERR_IO: it cannot be read;
 * ERR_INVALID: it is not a price table, the text names the line. */
int store_pricer_open(const char *path, struct store_pricer **out,
    struct err *e) CC_CHECK CC_NONNULL(2, 3);

/* Borrowed until close. */
const struct repo_pricer *store_pricer_get(const struct store_pricer *p)
    CC_NONNULL(1);

/* Accepts NULL. */
void store_pricer_close(struct store_pricer *p);

#endif
