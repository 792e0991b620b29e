/* Which names a model may go by. */
#include "prices/names.h"

static bool
is_digits(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
	return s.n > 0;
}

/* Cuts suffix off s if it is there and something is left. */
static bool
drop_suffix(struct str *s, const char *suffix)
{
	struct str x = str_from(suffix);

	if (s->n <= x.n || !str_has_suffix(*s, x))
		return false;
	s->n -= x.n;
	return true;
}

static size_t
find_last(struct str s, char c)
{
	for (size_t i = s.n; i > 0; i--)
		if (s.p[i - 1] == c)
			return i - 1;
	return SIZE_MAX;
}

/* "us.anthropic.claude" -> "claude": leading words that name no model. */
static struct str
without_prefixes(struct str s)
{
	static const char *const word[] = {
		"us", "eu", "apac", "jp", "au", "ca", "us-gov", "global",
		"regional", "anthropic", "meta", "amazon", "mistral",
		"cohere", "ai21", "openai", "deepseek", "google", "qwen",
		"nvidia", "writer", "minimax", "moonshot", "zai", "xai",
	};
	size_t dot;

	while ((dot = str_find_byte(s, '.', 0)) != SIZE_MAX) {
		struct str first = str_of(s.p, dot);
		size_t i;

		for (i = 0; i < ARRAY_LEN(word); i++)
			if (str_is(first, word[i]))
				break;
		if (i == ARRAY_LEN(word) || dot + 1 >= s.n)
			break;
		s = str_from_index(s, dot + 1);
	}
	return s;
}

static struct str
without_suffixes(struct str s)
{
	size_t colon = find_last(s, ':');

	if (str_has_prefix(s, STR("ft:")))
		return s;
	if (colon != SIZE_MAX && colon > 0)
		s.n = colon;
	while (drop_suffix(&s, "-latest") || drop_suffix(&s, "-preview"))
		;
	return s;
}

/* One trailing date or version: true if there was one. */
static bool
drop_date(struct str *s)
{
	size_t dash = find_last(*s, '-');
	size_t at = find_last(*s, '@');
	struct str tail;

	if (at != SIZE_MAX && at > 0) {
		s->n = at;
		return true;
	}
	if (dash == SIZE_MAX || dash == 0)
		return false;
	tail = str_from_index(*s, dash + 1);
	if (tail.n > 1 && tail.p[0] == 'v' && is_digits(str_of(tail.p + 1, 1))) {
		s->n = dash;
		return true;
	}
	if (!is_digits(tail))
		return false;
	if (tail.n == 8 || tail.n == 4) {
		s->n = dash;
		return true;
	}
	/* -YYYY-MM-DD */
	if (tail.n == 2 && s->n > 11 && s->p[s->n - 11] == '-' &&
	    s->p[s->n - 6] == '-' && is_digits(str_of(s->p + s->n - 10, 4)) &&
	    is_digits(str_of(s->p + s->n - 5, 2))) {
		s->n -= 11;
		return true;
	}
	return false;
}

static struct str
without_dates(struct str s)
{
	if (!str_has_prefix(s, STR("ft:")))
		while (drop_date(&s))
			;
	return s;
}

/* "ft:base:org:..." -> "ft:base" or "base"; empty if it is no fine-tune. */
static struct str
tuned_base(const struct price_names *n, bool with_ft)
{
	struct str s = str_of(n->full, n->full_n);
	struct str rest, base;

	if (!str_has_prefix(s, STR("ft:")))
		return STR_NULL;
	rest = str_from_index(s, 3);
	base = str_cut(&rest, ':');
	return with_ft ? str_of(s.p, base.n + 3) : base;
}

void
price_names_init(struct price_names *n, struct str model)
{
	model = str_trim(model);
	n->full_n = model.n <= PRICE_NAME_MAX ? model.n : 0;
	for (size_t i = 0; i < n->full_n; i++)
		n->full[i] = model.p[i] >= 'A' && model.p[i] <= 'Z' ?
		    (char)(model.p[i] - 'A' + 'a') : model.p[i];
	n->name = str_of(n->full, n->full_n);
	n->step = 0;
}

static struct str
last_segment(struct str s)
{
	size_t slash = find_last(s, '/');

	return slash != SIZE_MAX && slash + 1 < s.n ?
	    str_from_index(s, slash + 1) : s;
}

enum step {
	STEP_FULL, STEP_NO_BEDROCK, STEP_LAST, STEP_FULL_WILD, STEP_LAST_WILD,
	STEP_NO_PREFIX, STEP_NO_SUFFIX, STEP_NO_DATE, STEP_TUNED,
	STEP_TUNED_BASE, STEP_TUNED_PLAIN, STEP_COUNT
};

/* The name after a step; empty where no later step can apply. */
static struct str
step(const struct price_names *n, enum step which)
{
	struct str full = str_of(n->full, n->full_n), s = n->name;

	switch (which) {
	case STEP_NO_BEDROCK:
		return str_has_prefix(s, STR("bedrock/")) ?
		    str_from_index(s, 8) : s;
	case STEP_LAST:
	case STEP_LAST_WILD:
		return last_segment(full);
	case STEP_NO_PREFIX:
		return without_prefixes(s);
	case STEP_NO_SUFFIX:
		return without_suffixes(s);
	case STEP_NO_DATE:
		return without_dates(s);
	case STEP_TUNED:
		return tuned_base(n, true);
	case STEP_TUNED_BASE:
		return tuned_base(n, false);
	case STEP_TUNED_PLAIN:
		return without_dates(without_suffixes(s));
	case STEP_FULL:
	case STEP_FULL_WILD:
	case STEP_COUNT:
	default:
		return full;
	}
}

bool
price_names_next(struct price_names *n, struct str *name, bool *wild)
{
	while (n->full_n && n->step < STEP_COUNT) {
		enum step which = (enum step)n->step++;
		struct str s = step(n, which);
		bool same = str_eq(s, n->name) && which != STEP_FULL &&
		    which != STEP_FULL_WILD;

		n->name = s;
		if (!s.n)
			break;
		if (same)
			continue;
		*name = s;
		*wild = which >= STEP_FULL_WILD;
		return true;
	}
	return false;
}

struct str
price_provider(struct str provider)
{
	static const struct { const char *says, *table; } other[] = {
		{ "amazon-bedrock", "aws" }, { "aws_bedrock", "aws" },
		{ "az", "azure" }, { "azure-openai", "azure" },
		{ "azure_ai", "azure" }, { "bedrock", "aws" },
		{ "fireworks_ai", "fireworks" }, { "gcp", "google" },
		{ "gemini", "google" }, { "mistral_ai", "mistral" },
		{ "mistralai", "mistral" }, { "together_ai", "together" },
		{ "togetherai", "together" }, { "vertex", "google" },
		{ "vertex_ai", "google" }, { "vertexai", "google" },
		{ "x_ai", "x-ai" }, { "xai", "x-ai" },
	};
	struct str first = provider.n ? str_cut(&provider, '.') : STR("");

	for (size_t i = 0; i < ARRAY_LEN(other); i++)
		if (str_is(first, other[i].says))
			return str_from(other[i].table);
	return first;
}
