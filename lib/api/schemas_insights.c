/* What an insight holds (insight/report.h). */
#include "api/schemas.h"

#include "base/cc.h"

static const struct schema_row rows[] = {
	{ "InsightPeriod", NULL, "The period that it is compared with." },
	{ "from", "time", NULL },
	{ "to", "time", NULL },

	{ "InsightMetric", NULL, "A figure of all runs, in both periods." },
	{ "name", "string", NULL },
	{ "label", "string", NULL },
	{ "unit", "string", "count, number, rate, usd or ms." },
	{ "before", "number", NULL },
	{ "now", "number", NULL },
	{ "change", "number?", "now / before - 1." },
	{ "effect", "number", "Size of the change." },
	{ "p", "number", "Chance of it if nothing had changed." },
	{ "q", "number", "The same, corrected for the number of tests." },
	{ "significant", "boolean", "It is among the claims." },

	{ "InsightQuote", NULL, "A user's own words." },
	{ "text", "string", "At most 200 bytes." },
	{ "run_id", "string", NULL },
	{ "user_id", "string", NULL },

	{ "InsightLinks", NULL, "What a claim is about." },
	{ "runs", "string[]", "Ids, at most five." },
	{ "sessions", "string[]", NULL },
	{ "failures", "string[]", NULL },
	{ "list", "string", "The path, but for source, that lists all runs: "
	    "of the period before if there are none now." },

	{ "InsightClaim", NULL, "Something that changed." },
	{ "kind", "string", "failure_new, failure_regressed, "
	    "failure_growing, failure_gone, volume, error_rate, signal_rate, "
	    "cost, cost_model, latency, feedback, tokens, topic_share." },
	{ "severity", "high|medium|low", NULL },
	{ "good", "boolean", "It got better." },
	{ "title", "string", NULL },
	{ "text", "string", NULL },
	{ "dim", "string", "total, agent, model, tool, pattern, user, "
	    "organisation, topic or failure: what name is the name of." },
	{ "name", "string?", NULL },
	{ "pattern", "string?", "Slug." },
	{ "before", "number", NULL },
	{ "now", "number", NULL },
	{ "effect", "number", NULL },
	{ "p", "number?", "null for a fact, which needs no test." },
	{ "q", "number?", NULL },
	{ "quotes", "InsightQuote[]", NULL },
	{ "links", "InsightLinks", NULL },

	{ "InsightCostTerms", NULL, "now - before = volume + mix + price." },
	{ "before_usd", "number", NULL },
	{ "now_usd", "number", NULL },
	{ "volume_usd", "number", "From the number of runs." },
	{ "mix_usd", "number", "From what they call how often." },
	{ "price_usd", "number", "From what a call costs." },

	{ "InsightCostPart", NULL, "Of a model or an agent." },
	{ "name", "string", NULL },
	{ "+", "InsightCostTerms", NULL },

	{ "InsightCost", NULL, "Where the change of cost comes from." },
	{ "+", "InsightCostTerms", NULL },
	{ "models", "InsightCostPart[]", NULL },
	{ "agents", "InsightCostPart[]", NULL },

	{ "InsightLatencyPart", NULL, "Of an agent." },
	{ "name", "string", NULL },
	{ "before_ms", "number", NULL },
	{ "now_ms", "number", NULL },
	{ "mix_ms", "number", "Of the change: from who runs." },
	{ "speed_ms", "number", "From how long its runs take." },

	{ "InsightTimePart", NULL, "What the mean run spends somewhere." },
	{ "dim", "string", "tool, model or rest." },
	{ "name", "string", NULL },
	{ "before_ms", "number", NULL },
	{ "now_ms", "number", NULL },

	{ "InsightLatency", NULL, "Where the change of the mean comes from." },
	{ "before_ms", "number", NULL },
	{ "now_ms", "number", NULL },
	{ "agents", "InsightLatencyPart[]", NULL },
	{ "parts", "InsightTimePart[]", NULL },

	{ "InsightFailure", NULL, "A failure that occurred." },
	{ "failure_id", "string", NULL },
	{ "entity_type", "string", NULL },
	{ "template", "string", NULL },
	{ "runs_before", "integer", NULL },
	{ "runs_now", "integer", NULL },
	{ "events_before", "integer", NULL },
	{ "events_now", "integer", NULL },
	{ "is_new", "boolean", NULL },
	{ "is_back", "boolean", "It had been resolved." },

	{ "InsightName", NULL, "One of the busiest." },
	{ "name", "string", NULL },
	{ "runs_before", "integer", NULL },
	{ "runs_now", "integer", NULL },
	{ "errors_before", "integer", NULL },
	{ "errors_now", "integer", NULL },
	{ "cost_usd_before", "number", NULL },
	{ "cost_usd_now", "number", NULL },

	{ "InsightTop", NULL, "At most ten of each." },
	{ "agents", "InsightName[]", NULL },
	{ "models", "InsightName[]", NULL },
	{ "tools", "InsightName[]", NULL },
	{ "users", "InsightName[]", NULL },
	{ "orgs", "InsightName[]", NULL },

	{ "InsightPrompt", NULL, "One of the latest about a topic." },
	{ "run_id", "string", NULL },
	{ "prompt", "string", NULL },

	{ "InsightTopic", NULL, "What users asked about." },
	{ "topic_id", "string", NULL },
	{ "name", "string", NULL },
	{ "parent_id", "string?", NULL },
	{ "group", "boolean", "Its runs are those of its children." },
	{ "runs_before", "integer", NULL },
	{ "runs_now", "integer", NULL },
	{ "share_before", "number?", "Of conversations." },
	{ "share_now", "number?", NULL },
	{ "failure_rate_before", "number?", NULL },
	{ "failure_rate_now", "number?", NULL },
	{ "frustration_rate_before", "number?", NULL },
	{ "frustration_rate_now", "number?", NULL },
	{ "examples", "InsightPrompt[]", NULL },

	{ "InsightBody", NULL, "As weir-insight wrote it." },
	{ "version", "integer", "Of this form." },
	{ "id", "string", NULL },
	{ "period", "string", "daily, weekly, monthly or custom." },
	{ "label", "string", NULL },
	{ "timezone", "string", "Where its days begin." },
	{ "from", "time", NULL },
	{ "to", "time", NULL },
	{ "before", "InsightPeriod", NULL },
	{ "title", "string", NULL },
	{ "text", "string", NULL },
	{ "severity", "high|medium|low", NULL },
	{ "quiet", "boolean", "Nothing changed beyond chance." },
	{ "values", "object", "Numbers by name: what weir insight --fail-on "
	    "speaks about." },
	{ "metrics", "InsightMetric[]", NULL },
	{ "claims", "InsightClaim[]", "Gravest first." },
	{ "cost", "InsightCost", NULL },
	{ "latency", "InsightLatency", NULL },
	{ "failures", "InsightFailure[]", "At most 50." },
	{ "top", "InsightTop", NULL },
	{ "topics", "InsightTopic[]", "At most 30." },
};

const struct schema_row *
schema_row_insights(size_t i)
{
	return i < ARRAY_LEN(rows) ? &rows[i] : NULL;
}
