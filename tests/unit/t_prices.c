#include <inttypes.h>

#include "base/hash.h"
#include "prices/prices.h"
#include "tap.h"

/* pico-USD a million tokens of input and of output cost, -1 if unknown. */
static int64_t
cost_of(struct prices *p, const char *model, const char *provider,
    const struct price_usage *u)
{
	int64_t pico;

	if (!prices_cost(p, str_from(model), str_from(provider), u, &pico)) {
		ok(pico == 0, "%s: nothing when unknown", model);
		return -1;
	}
	return pico;
}

static const struct price_usage in_1m = { .input = 1000000 };
static const struct price_usage in_100k = { .input = 100000 };
static const struct price_usage out_1m = { .output = 1000000 };

static void
test_order(void)
{
	static const struct {
		const char *model, *provider;
		double input_mtok;      /* USD; negative: unknown */
	} row[] = {
		{ "gpt-4o-mini", "", 0.15 },
		{ "GPT-4o-Mini", "", 0.15 },
		{ "sonar", "", 1 },
		{ "claude-sonnet-4-5", "", 3 },
		{ "claude-sonnet-4-5-20250929", "", 3 },
		{ "anthropic/claude-sonnet-4-5", "", 3 },
		{ "bedrock/anthropic.claude-3-haiku-20240307-v1:0", "", 0.25 },
		{ "us.anthropic.claude-3-haiku-20240307-v1:0", "", 0.25 },
		{ "openai/gpt-4o-mini", "", 0.15 },
		{ "azure/gpt-4o-mini", "azure", 0.15 },
		{ "gpt-4o-mini-2024-07-18", "openai", 0.15 },
		{ "gpt-4o-mini-2031-01-02", "", 0.15 },
		{ "gpt-4o-mini@20310102", "", 0.15 },
		{ "gpt-4o-mini-0718", "", 0.15 },
		{ "gpt-4o-mini-v2:1", "", 0.15 },
		{ "gpt-4o-mini-latest", "", 0.15 },
		{ "gpt-4o-mini:latest", "", 0.15 },
		{ "gpt-5-2025-08-07", "openai", 1.25 },
		{ "ft:gpt-4o-mini-2024-07-18:acme::abc123", "", 0.3 },
		{ "ft:gpt-5:acme::abc123", "", 1.25 },
		{ "gemini-2.5-pro", "gcp.vertex_ai", 1.25 },
		{ "models/gemini-2.5-pro", "google", 1.25 },
		{ "my-own-model", "", -1 },
		{ "llama-on-my-desk:latest", "ollama", -1 },
		{ "", "", -1 },
		{ "*", "", -1 },
		{ "-", "", -1 },
		{ ":", "", -1 },
		{ "/", "", -1 },
		{ "ft:", "", -1 },
	};
	struct prices *p = prices_new();

	for (int again = 0; again < 2; again++)
		for (size_t i = 0; i < ARRAY_LEN(row); i++)
			is_int(cost_of(p, row[i].model, row[i].provider,
			    &in_100k), row[i].input_mtok < 0 ? -1 :
			    (int64_t)(row[i].input_mtok * 1e11 + 0.5),
			    "\"%s\" of \"%s\"", row[i].model, row[i].provider);
	prices_free(p);
}

static void
test_parts(void)
{
	struct prices *p = prices_new();
	const struct price_usage u = { .input = 200, .cached = 30,
		.output = 57 };
	const struct price_usage negative = { .input = -5, .cached = INT64_MIN,
		.cache_write = -1, .output = 1 };
	const struct price_usage huge = { INT64_MAX, INT64_MAX, INT64_MAX,
		INT64_MAX };
	const struct price_usage at = { .input = 199999, .cached = 1 };
	const struct price_usage over = { .input = 199999, .cached = 2 };

	/* gpt-4o-mini: 150000, 75000 (cached) and 600000 pico a token */
	is_int(cost_of(p, "gpt-4o-mini", "", &u),
	    200 * 150000 + 30 * 75000 + 57 * 600000, "all parts");
	is_int(cost_of(p, "gpt-4o-mini", "", &negative), 600000,
	    "negative counts are nothing");
	ok(cost_of(p, "gpt-4o-mini", "", &huge) > 0, "huge counts saturate");
	/* claude-sonnet-4-5: 3 and 0.3 USD up to 200,000, then 6 and 0.6 */
	is_int(cost_of(p, "claude-sonnet-4-5", "", &at),
	    INT64_C(199999) * 3000000 + 300000, "up to the tier");
	is_int(cost_of(p, "claude-sonnet-4-5", "", &over),
	    INT64_C(199999) * 6000000 + 2 * 600000, "above it, all of it");
	prices_free(p);
}

static void
test_tsv(void)
{
	struct prices *p = prices_new();
	struct err e = ERR_INIT;
	const struct price_usage one = { .input = 3 };

	is_int(prices_load(p, STR("# model\toutput\tinput\r\n"
	    "# a comment\n\n"
	    "My-Own-Model\t2e-06\t0.000001\r\n"
	    "gpt-4o-mini\t0\t0\n"
	    "tiny\t0\t0.0000000000000004\n"
	    "house-*\t0.5\t0.25\n"), &e), 0, "loaded: %s", e.text);
	is_int(cost_of(p, "my-own-model", "", &in_1m), INT64_C(1000000000000),
	    "input");
	is_int(cost_of(p, "my-own-model", "", &out_1m),
	    INT64_C(2000000000000), "output, in exponent form");
	is_int(cost_of(p, "gpt-4o-mini", "openai", &in_1m), 0,
	    "the operator's price wins, and 0 is a price");
	is_int(cost_of(p, "gpt-5", "", &in_1m), INT64_C(1250000000000),
	    "what it lacks comes from the compiled table");
	is_int(cost_of(p, "tiny", "", &one), 0, "below half a femto is 0");
	is_int(cost_of(p, "house-model", "", &one), INT64_C(750000000000),
	    "name with *");
	ok(prices_load(p, STR("m\tp\tcheap\n"), &e) == ERR_INVALID &&
	    strstr(e.text, "line 1: input: \"cheap\""), "said: %s", e.text);
	is_int(cost_of(p, "my-own-model", "", &in_1m), INT64_C(1000000000000),
	    "a bad table changes nothing");
	ok(prices_load(p, STR("# model\tprovider\n\t1\n"), &e) ==
	    ERR_INVALID && strstr(e.text, "line 2"), "said: %s", e.text);
	ok(prices_load(p, STR("m\tp\t-1\n"), &e) == ERR_INVALID,
	    "a negative price is refused");
	is_int(prices_load(p, STR(""), &e), 0, "empty table");
	is_int(cost_of(p, "my-own-model", "", &in_1m), -1, "all forgotten");
	prices_free(p);
}

static void
test_json(void)
{
	struct prices *p = prices_new();
	struct err e = ERR_INIT;
	const struct price_usage over = { .input = 200001, .output = 1 };

	is_int(prices_load(p, STR("{\"sample_spec\":{\"input_cost_per_token\":"
	    "\"text\"},\n\"perplexity/Sonar\":{\"input_cost_per_token\":7e-06,"
	    "\"output_cost_per_token\":7e-6,\"litellm_provider\":"
	    "\"perplexity\",\"mode\":\"chat\"},"
	    "\"big\":{\"input_cost_per_token\":1e-06,"
	    "\"output_cost_per_token\":2e-06,"
	    "\"input_cost_per_token_above_200k_tokens\":2e-06,"
	    "\"supports\":{\"x\":[1,2]}},"
	    "\"image\":{\"output_cost_per_image\":1}}"), &e), 0,
	    "litellm's form: %s", e.text);
	is_int(cost_of(p, "sonar", "", &in_1m), INT64_C(7000000000000),
	    "alias, key with capitals");
	is_int(cost_of(p, "big", "", &over), INT64_C(200001) * 2000000 +
	    2000000, "tier");
	is_int(cost_of(p, "image", "", &in_1m), -1, "no token price");
	ok(prices_load(p, STR("{\"m\":{\"input_cost_per_token\":true}}"),
	    &e) == ERR_INVALID && strstr(e.text, "m: input"), "said: %s",
	    e.text);
	ok(prices_load(p, STR("{\"m\":"), &e) == ERR_INVALID, "said: %s",
	    e.text);
	prices_free(p);
}

int
main(void)
{
	hash_setup();
	test_order();
	test_parts();
	test_tsv();
	test_json();
	return tap_done();
}
