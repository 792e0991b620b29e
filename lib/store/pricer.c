#include "store/pricer.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/mem.h"
#include "prices/prices.h"

struct store_pricer {
	struct repo_pricer base;
	struct prices *prices;
};

static bool
cost(void *arg, const struct repo_usage *u, int64_t *pico_usd)
{
	struct price_usage p = { .input = u->input_tokens,
	    .cached = u->cached_tokens, .cache_write = u->cache_write_tokens,
	    .output = u->output_tokens };

	return prices_cost(arg, u->model, u->provider, &p, pico_usd);
}

static int
load(struct prices *p, const char *path, struct err *e)
{
	struct buf b;
	char *space;
	FILE *f;
	size_t n;
	int rc = 0;

	f = fopen(path, "re");
	if (!f)
		return err_sys(e, ERR_IO, "prices: %s", path);
	buf_init(&b, PRICES_TABLE_MAX + (1 << 16));
	do {
		space = buf_reserve(&b, 1 << 15);
		n = space ? fread(space, 1, 1 << 15, f) : 0;
		b.n += n;
	} while (n);
	if (ferror(f))
		rc = err_sys(e, ERR_IO, "prices: %s", path);
	else if (b.failed || b.n > PRICES_TABLE_MAX)
		rc = err_set(e, ERR_LIMIT, "prices: %s: over %d bytes", path,
		    PRICES_TABLE_MAX);
	else if (prices_load(p, buf_str(&b), e))
		rc = err_wrap(e, "prices: %s", path);
	fclose(f);
	buf_fini(&b);
	return rc;
}

int
store_pricer_open(const char *path, struct store_pricer **out, struct err *e)
{
	struct store_pricer *p = mem_zalloc(1, sizeof(*p));

	p->prices = prices_new();
	p->base = (struct repo_pricer){ .cost = cost, .arg = p->prices };
	if (path && load(p->prices, path, e)) {
		store_pricer_close(p);
		return e->code;
	}
	*out = p;
	return 0;
}

const struct repo_pricer *
store_pricer_get(const struct store_pricer *p)
{
	return &p->base;
}

void
store_pricer_close(struct store_pricer *p)
{
	if (!p)
		return;
	prices_free(p->prices);
	free(p);
}
