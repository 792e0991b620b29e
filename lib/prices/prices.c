/* Looks prices up, remembers the answers, and multiplies. */
#include "prices/prices.h"

#include "base/hash.h"
#include "base/mem.h"
#include "prices/names.h"
#include "prices/table.h"

enum {
	RECENT = 128,
	RECENT_KEY_MAX = 160,
	FEMTO_PER_PICO = 1000
};

/* An answer given before; n == 0: the slot is empty. */
struct recent {
	char key[RECENT_KEY_MAX];
	size_t n;
	bool known;
	struct price price;
};

struct prices {
	struct str own;         /* the operator's table, ours to free */
	struct str builtin;
	struct recent recent[RECENT];
};

struct prices *
prices_new(void)
{
	struct prices *p = mem_zalloc(1, sizeof(*p));

	p->builtin = table_builtin();
	return p;
}

static void
forget(struct prices *p)
{
	for (size_t i = 0; i < RECENT; i++)
		p->recent[i].n = 0;
}

void
prices_free(struct prices *p)
{
	if (!p)
		return;
	free((void *)(uintptr_t)p->own.p);
	free(p);
}

int
prices_load(struct prices *p, struct str text, struct err *e)
{
	struct price_rows rows = { 0 };
	struct str own = STR_NULL, first = str_trim(text);
	int rc;

	if (text.n > PRICES_TABLE_MAX)
		return err_set(e, ERR_LIMIT, "prices: %zu bytes, at most %d",
		    text.n, PRICES_TABLE_MAX);
	rows.arena = arena_new(2 * PRICES_TABLE_MAX);
	rc = first.n && first.p[0] == '{' ?
	    price_rows_read_json(&rows, text, e) :
	    price_rows_read_tsv(&rows, text, e);
	if (!rc)
		rc = price_rows_write(&rows, &own, e);
	free(rows.row);
	arena_free(rows.arena);
	if (rc)
		return err_wrap(e, "prices");
	free((void *)(uintptr_t)p->own.p);
	p->own = own;
	forget(p);
	return 0;
}

static bool
look_up(const struct prices *p, struct str model, struct str provider,
    struct price *out)
{
	/* litellm and tokencost list these under another name. */
	static const struct { const char *alias, *model; } aliases[] = {
		{ "sonar", "perplexity/sonar" },
		{ "sonar-pro", "perplexity/sonar-pro" },
	};
	const struct str table[] = { p->own, p->builtin };
	struct price_names n;
	struct str name;
	bool wild;

	price_names_init(&n, model);
	for (size_t i = 0; i < ARRAY_LEN(aliases); i++)
		if (str_is(n.name, aliases[i].alias) && table_find(p->own,
		    str_from(aliases[i].model), provider, out))
			return true;
	while (price_names_next(&n, &name, &wild))
		for (size_t t = 0; t < ARRAY_LEN(table); t++)
			if (table_find(table[t], name, provider, out) ||
			    (wild && table_find_wild(table[t], name, provider,
			    out)))
				return true;
	return false;
}

bool
prices_find(struct prices *p, struct str model, struct str provider,
    struct price *out)
{
	char key[RECENT_KEY_MAX];
	size_t n;
	struct recent *r;

	provider = price_provider(provider);
	n = model.n + 1 + provider.n;
	if (n > sizeof(key))
		return look_up(p, model, provider, out);
	memcpy(key, model.n ? model.p : "", model.n);
	key[model.n] = '\t';
	memcpy(key + model.n + 1, provider.n ? provider.p : "", provider.n);
	r = &p->recent[hash64(str_of(key, n)) % RECENT];
	if (!str_eq(str_of(r->key, r->n), str_of(key, n))) {
		r->known = look_up(p, model, provider, &r->price);
		memcpy(r->key, key, n);
		r->n = n;
	}
	if (r->known)
		*out = r->price;
	return r->known;
}

/* Adds tokens at a price to a sum in pico-USD and a rest in femto-USD. */
static void
add(int64_t tokens, int64_t femto, int64_t *pico, int64_t *rest)
{
	int64_t whole, part;

	if (tokens <= 0 || femto <= 0)
		return;
	if (__builtin_mul_overflow(tokens, femto / FEMTO_PER_PICO, &whole) ||
	    __builtin_add_overflow(*pico, whole, pico))
		*pico = INT64_MAX / 2;
	if (__builtin_mul_overflow(tokens, femto % FEMTO_PER_PICO, &part) ||
	    __builtin_add_overflow(*rest, part, rest))
		*rest = INT64_MAX / 2;
}

static int64_t
or_else(int64_t a, int64_t b)
{
	return a >= 0 ? a : b;
}

/* The prices that hold for a request with that much input. */
static struct price_set
applicable(const struct price *price, int64_t input)
{
	struct price_set s = price->base;

	if (price->tier_start && input > price->tier_start) {
		s.input = or_else(price->above.input, s.input);
		s.output = or_else(price->above.output, s.output);
		s.cache_read = or_else(price->above.cache_read, s.cache_read);
		s.cache_write = or_else(price->above.cache_write,
		    s.cache_write);
	}
	s.cache_read = or_else(s.cache_read, s.input);
	s.cache_write = or_else(s.cache_write, s.input);
	return s;
}

bool
prices_cost(struct prices *p, struct str model, struct str provider,
    const struct price_usage *u, int64_t *cost_pico)
{
	struct price price;
	struct price_set s;
	int64_t input = 0, pico = 0, rest = FEMTO_PER_PICO / 2;

	*cost_pico = 0;
	if (!model.n || !prices_find(p, model, provider, &price))
		return false;
	if (__builtin_add_overflow(MAX_OF(u->input, 0), MAX_OF(u->cached, 0),
	    &input) || __builtin_add_overflow(input,
	    MAX_OF(u->cache_write, 0), &input))
		input = INT64_MAX;
	s = applicable(&price, input);
	add(u->input, s.input, &pico, &rest);
	add(u->cached, s.cache_read, &pico, &rest);
	add(u->cache_write, s.cache_write, &pico, &rest);
	add(u->output, s.output, &pico, &rest);
	if (__builtin_add_overflow(pico, rest / FEMTO_PER_PICO, cost_pico))
		*cost_pico = INT64_MAX;
	return true;
}
