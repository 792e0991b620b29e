/* OTLP to runs and spans: recorded requests, then each rule by itself. */
#include "intake/otlp_slots.h"
#include "intake_help.h"

#define TRACE "0102030405060708090a0b0c0d0e0f10"

static int
traces(const char *body)
{
	return intake_post("/v1/traces", "application/json", str_from(body));
}

/* Spans (comma-separated JSON) of one scope and resource. */
static void
spans(const char *list)
{
	char *body = mem_printf("{\"resourceSpans\":[{\"resource\":"
	    "{\"attributes\":[{\"key\":\"service.name\",\"value\":"
	    "{\"stringValue\":\"shop\"}},{\"key\":\"host\",\"value\":"
	    "{\"stringValue\":\"h1\"}}]},\"scopeSpans\":[{\"scope\":"
	    "{\"name\":\"lib\"},\"spans\":[%s]}]}]}", list);

	if (traces(body))
		ok(false, "%s: %s", list, help_err.text);
	free(body);
}

#define SPAN(id, parent, name, attrs) \
	"{\"traceId\":\"" TRACE "\",\"spanId\":\"a0000000000000" id "\"," \
	parent "\"name\":\"" name "\",\"startTimeUnixNano\":\"1000\"," \
	"\"endTimeUnixNano\":\"2000\",\"attributes\":[" attrs "]}"
#define UNDER(id) "\"parentSpanId\":\"a0000000000000" id "\","
#define S(key, text) \
	"{\"key\":\"" key "\",\"value\":{\"stringValue\":\"" text "\"}}"
#define I(key, n) \
	"{\"key\":\"" key "\",\"value\":{\"intValue\":\"" #n "\"}}"
#define ID(id) "a0000000000000" id

static void
test_ai5(void)
{
	size_t run, step, tool;

	intake_file("/v1/traces", "ai5_generate.json");
	is_int(help_result.n, 6, "ai 5: three steps, two tools, a run");
	is_int(help_result.accepted, 6, "six spans accepted");
	run = event_with("run", "ad17f806-5343-452a-b1e7-274474287363");
	is_member(run, "session_id",
	    "\"session-8482c7a9-f807-4f5e-b26c-c8b4164a6db7\"");
	is_member(run, "conversational", "true");
	is_member(run, "agent", "\"weather-agent\"");
	is_member(run, "user_id", "\"user-9\"");
	is_member(run, "user_name", "\"Kim\"");
	is_member(run, "org_id", "\"org-9\"");
	is_member(run, "org_name", "\"Nine\"");
	is_member(run, "name", "\"ai.generateText\"");
	is_member(run, "trace_id", "\"cec62656e9a09c8c8cc7e357ce7e3956\"");
	is_member(run, "start_ns", "1795439286144000000");
	is_member(run, "status", "\"ok\"");
	is_member(run, "user_prompt", "\"Weather in London?\"");
	is_member(run, "system_prompt", "\"You are a weather agent.\"");
	is_member(run, "full_input", "\"{\\\"system\\\":\\\"You are a "
	    "weather agent.\\\",\\\"prompt\\\":\\\"Weather in "
	    "London?\\\"}\"");
	is_member(run, "response", "\"15 degrees in London.\"");
	is_member(run, "model", "\"gpt-4o-mini\"");
	is_member(run, "metadata", "{\"feature\":\"weather\"}");
	is_member(run, "attributes.ai.settings.maxRetries", "2");
	is_member(run, "attributes.otel.span_id", "\"849fb4ce610e7dbf\"");
	step = event_with("span", "3d51fe6a81dc782f");
	is_member(step, "type", "\"generation\"");
	is_member(step, "parent_id", "\"849fb4ce610e7dbf\"");
	is_member(step, "output", "\"15 degrees in London.\"");
	is_member(step, "input_tokens", "40");
	is_member(step, "output_tokens", "6");
	is_member(step, "finish_reason", "\"stop\"");
	is_member(step, "provider", "\"openai.chat\"");
	is_member(step, "model_used", "\"gpt-4o-mini\"");
	ok(str_has_prefix(event_member(step, "tool_definitions"),
	    STR("[{\"type\":\"function\",\"name\":\"getWeather\",")),
	    "tools are one JSON array");
	tool = event_with("span", "a30fbc6fab37e365");
	is_member(tool, "type", "\"tool\"");
	is_member(tool, "name", "\"getNews\"");
	is_member(tool, "status", "\"error\"");
	is_member(tool, "status_message", "\"news backend timed out\"");
	is_member(tool, "exception_type", "\"Error\"");
	is_member(tool, "exception_message", "\"news backend timed out\"");
	is_member(tool, "input", "\"{\\\"topic\\\":\\\"rain\\\"}\"");
}

static void
test_ai_more(void)
{
	size_t run, step;

	intake_file("/v1/traces", "ai5_stream.json");
	run = event_with("run", "c4314ce7-6bd2-4c56-8ea4-c18068c36c3e");
	is_member(run, "user_prompt", "\"count to three\"");
	is_member(run, "response", "\"one two three \"");
	step = event_with("span", "01d40f4ce52c0ddd");
	is_member(step, "first_token_ns", "1795439286185748988");
	ok(event_member(step, "attributes.otel.events").p != NULL,
	    "events that are no exceptions are kept");
	intake_file("/v1/traces", "ai5_error.json");
	run = event_with("run", "b184384e-5b45-47cb-ab2d-a0ced448fa13");
	is_member(run, "status", "\"error\"");
	is_member(run, "status_message", "\"model overloaded: 529\"");
	is_member(run, "attributes.exception.type", "\"Error\"");
	intake_file("/v1/traces", "ai6_generate.json");
	run = event_with("run", "6285fbbc-871b-4ba1-96fc-c4ce9b7c5c60");
	is_member(run, "input_tokens", "90");
	is_member(run, "output_tokens", "18");
	is_int(help_result.n, 6, "ai 6: the same shape");
	intake_file("/v1/traces", "ai6_stream.json");
	is_int(help_result.n, 2, "ai 6 stream");
	intake_file("/v1/traces", "ai6_error.json");
	is_int(help_result.n, 2, "ai 6 error");
}

static void
test_ai7(void)
{
	static const char *const run_id =
	    "\"eaaee245-220b-45e1-88d6-42513f2d199a\"";
	size_t run, step;

	intake_file("/v1/traces", "ai7_generate.pb");
	is_int(help_result.n, 9, "ai 7: run, 3 groups, 3 steps, 2 tools");
	for (size_t i = 0; i < help_result.n; i++)
		is_member(i, "run", run_id);
	run = event_with("run", "eaaee245-220b-45e1-88d6-42513f2d199a");
	is_member(run, "agent", "\"weather-agent\"");
	is_member(run, "system_prompt", "\"You are a weather agent.\"");
	is_member(run, "user_prompt", "\"Weather in London?\"");
	is_member(run, "response", "\"15 degrees in London.\"");
	is_member(run, "metadata", "{\"feature\":\"weather\"}");
	is_member(run, "input_tokens", "90");
	step = event_with("span", "2de3a862977457c9");
	is_member(step, "type", "\"generation\"");
	is_member(step, "input_tokens", "20");
	is_member(step, "cached_tokens", "0");
	is_member(step, "finish_reason", "\"tool-calls\"");
	step = event_with("span", "7f39241fc0f119e2");
	is_member(step, "output", "\"15 degrees in London.\"");
	step = event_with("span", "42dc12f45e58d1a4");
	is_member(step, "type", "\"chain\"");
	is_member(step, "name", "\"step 1\"");
	is_member(step, "input_tokens", NULL);
	is_member(step, "reasoning_tokens", NULL);
	intake_file("/v1/traces", "ai7_error.pb");
	is_int(help_result.n, 3, "ai 7 error");
	intake_file("/v1/traces", "ai7_stream.pb");
	step = event_with("span", "7346386b90f2fe74");
	is_member(step, "first_token_ns", "1795439287181593178");
}

static void
test_plain_exporters(void)
{
	size_t i;

	intake_file("/v1/traces", "otlp_js.json");
	is_int(help_result.n, 3, "JavaScript, JSON");
	is_member(2, "agent", "\"shop\"");
	is_member(2, "user_prompt",
	    "\"Where is my order? \xf0\x9f\x99\x82\"");
	intake_file("/v1/traces", "otlp_js.json.gz");
	is_int(help_result.n, 3, "JavaScript, JSON, gzip");
	intake_file("/v1/traces", "otlp_js.pb");
	is_int(help_result.n, 3, "JavaScript, protobuf");
	intake_file("/v1/traces", "otlp_py_chat.pb");
	is_member(0, "run", "\"90aac063-b607-42f5-88d8-7ad4a8f14a8f\"");
	is_member(0, "input_tokens", "600");
	is_member(0, "cached_tokens", "400");
	is_member(0, "attributes.service.name", "\"shop\"");
	intake_file("/v1/traces", "otlp_py_run.pb");
	is_int(help_result.n, 1, "its own span is the run");
	is_member(0, "kind", "\"run\"");
	is_member(0, "user_id", "\"u-7\"");
	intake_file("/v1/traces", "otlp_py_plain.pb.gz");
	i = event_with("run", "c457125598291ed1170255d3bb6dd1df");
	is_member(i, "name", "\"nightly job\"");
	is_member(i, "attributes.rows", "12");
	is_member(event_with("span", "aacc02a65169bf41"), "type", "\"span\"");
}

static void
test_litellm(void)
{
	intake_file("/v1/otel-steps", "litellm.pb");
	is_int(help_result.n, 1, "a step and no run");
	is_member(0, "kind", "\"span\"");
	is_member(0, "type", "\"generation\"");
	is_member(0, "run", "\"72037bff-4d35-4b6d-a79f-7423aee8f0d0\"");
	is_member(0, "output", "\"yo\"");
	is_member(0, "finish_reason", "\"stop\"");
	is_member(0, "input_tokens", "12");
}

static void
test_which_run(void)
{
	spans(SPAN("01", "", "root", ""));
	is_member(0, "run", "\"" TRACE "\"");
	is_member(0, "attributes.host", "\"h1\"");
	is_member(0, "attributes.otel.scope.name", "\"lib\"");
	/* An AI SDK run below a web request: the request is part of it. */
	spans(SPAN("01", "", "GET /", "") ","
	    SPAN("02", UNDER("01"), "ai.generateText",
	    S("ai.telemetry.metadata.tcc.run_id", "R") ","
	    S("ai.prompt", "{\\\"prompt\\\":\\\"hi\\\"}")) ","
	    SPAN("03", UNDER("02"), "ai.generateText.doGenerate", ""));
	is_int(help_result.n, 3, "three events");
	is_member(event_with("run", "R"), "user_prompt", "\"hi\"");
	is_member(event_with("span", ID("01")), "run", "\"R\"");
	is_member(event_with("span", ID("03")), "run", "\"R\"");
	/* A run called by another run's tool. */
	spans(SPAN("04", UNDER("03"), "ai.generateText.doGenerate", "") ","
	    SPAN("03", UNDER("02"), "ai.generateText",
	    S("tcc.runId", "INNER")) ","
	    SPAN("02", UNDER("01"), "ai.toolCall", "") ","
	    SPAN("01", "", "ai.generateText", S("tcc.runId", "OUTER")));
	is_int(help_result.n, 4, "two runs, a step, a tool");
	ok(event_with("run", "INNER") != SIZE_MAX, "the inner run");
	ok(event_with("run", "OUTER") != SIZE_MAX, "the outer run");
	is_member(event_with("span", ID("04")), "run", "\"INNER\"");
	is_member(event_with("span", ID("02")), "run", "\"OUTER\"");
	/* The same run again, nested: a span. */
	spans(SPAN("01", "", "a", S("tcc.runId", "R")) ","
	    SPAN("02", UNDER("01"), "ai.streamText", S("tcc.runId", "R")));
	is_member(event_with("span", ID("02")), "type", "\"agent\"");
	/* Parents in a circle. */
	spans(SPAN("01", UNDER("02"), "a", "") ","
	    SPAN("02", UNDER("01"), "b", "") ","
	    SPAN("03", UNDER("03"), "c", ""));
	is_int(help_result.n, 3, "a circle of parents");
	is_member(0, "run", "\"" TRACE "\"");
	/* Two runs named in one trace: who names none is by himself. */
	spans(SPAN("01", "", "a", S("tcc.runId", "A")) ","
	    SPAN("02", "", "b", S("tcc.runId", "B")) ","
	    SPAN("03", UNDER("09"), "c", ""));
	is_member(event_with("span", ID("03")), "run", "\"" TRACE "\"");
}

static void
test_identity(void)
{
	/* A child that comes alone tells the run whose it is. */
	spans(SPAN("02", UNDER("01"), "chat", S("tcc.runId", "R") ","
	    S("tcc.sessionId", "s1") "," S("tcc.userName", "N") ","
	    S("tcc.agent", "runs")));
	is_int(help_result.n, 2, "an identity and a span");
	is_member(event_with("run", "R"), "session_id", "\"s1\"");
	is_member(event_with("run", "R"), "user_name", NULL);
	is_member(event_with("run", "R"), "agent", NULL);
	is_member(event_with("run", "R"), "name", NULL);
	/* With its run there is one event that says it all. */
	spans(SPAN("02", UNDER("01"), "x", S("session.id", "s2")) ","
	    SPAN("01", "", "invoke_agent x", S("user.id", "u") ","
	    S("gen_ai.operation.name", "invoke_agent") ","
	    S("gen_ai.agent.name", "helper")));
	is_int(help_result.n, 2, "no identity by itself");
	is_member(event_with("run", TRACE), "session_id", "\"s2\"");
	is_member(event_with("run", TRACE), "user_id", "\"u\"");
	is_member(event_with("run", TRACE), "agent", "\"helper\"");
	spans(SPAN("01", "", "r", S("traceloop.association.properties."
	    "tcc.runId", "R") "," S("traceloop.association.properties.x", "1")
	    "," S("langsmith.metadata.tcc.orgId", "o") ","
	    S("traceloop.association.properties.tcc.conversational", "true")
	    "," S("tcc.unknown", "z")));
	is_member(0, "run", "\"R\"");
	is_member(0, "org_id", "\"o\"");
	is_member(0, "conversational", "true");
	is_member(0, "metadata", "{\"x\":\"1\"}");
	is_member(0, "attributes.tcc.unknown", NULL);
	/* OpenInference: metadata is JSON in a text. */
	spans(SPAN("01", "", "r", S("metadata", "{\\\"tcc.agent\\\":\\\"a"
	    "\\\",\\\"tcc.runId\\\":\\\"R\\\",\\\"n\\\":{\\\"k\\\": 1}}")));
	is_member(0, "run", "\"R\"");
	is_member(0, "agent", "\"a\"");
	is_member(0, "metadata", "{\"n\":{\"k\":1}}");
	spans(SPAN("01", "", "r", S("metadata", "no json")));
	is_member(0, "attributes.metadata", "\"no json\"");
}

static void
test_types(void)
{
	static const struct {
		const char *attr;
		const char *type;
	} rows[] = {
		{ S("gen_ai.operation.name", "chat"), "\"generation\"" },
		{ S("gen_ai.operation.name", "text_completion"),
		    "\"generation\"" },
		{ S("gen_ai.operation.name", "execute_tool"), "\"tool\"" },
		{ S("gen_ai.operation.name", "invoke_agent"), "\"agent\"" },
		{ S("gen_ai.operation.name", "agent_step"), "\"chain\"" },
		{ S("gen_ai.operation.name", "embeddings"),
		    "\"embedding\"" },
		{ S("gen_ai.operation.name", "rerank"), "\"reranking\"" },
		{ S("openinference.span.kind", "LLM"), "\"generation\"" },
		{ S("openinference.span.kind", "RETRIEVER"),
		    "\"retriever\"" },
		{ S("openinference.span.kind", "GUARDRAIL"),
		    "\"guardrail\"" },
		{ S("traceloop.span.kind", "workflow"), "\"chain\"" },
		{ S("traceloop.span.kind", "tool"), "\"tool\"" },
		{ S("llm.request.type", "chat"), "\"generation\"" },
		{ S("tcc.span.type", "embedding"), "\"embedding\"" },
		{ S("tcc.span.type", "languageModel"), "\"generation\"" },
		{ S("gen_ai.request.model", "m"), "\"generation\"" },
		{ S("gen_ai.tool.call.id", "c"), "\"tool\"" },
		{ S("ai.operationId", "ai.embed.doEmbed"),
		    "\"embedding\"" },
		{ S("gen_ai.operation.name", "novel"), "\"span\"" },
		{ S("x", "y"), "\"span\"" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char *list = mem_printf("%s,{\"traceId\":\"" TRACE "\","
		    "\"spanId\":\"b000000000000001\",\"parentSpanId\":"
		    "\"a000000000000001\",\"name\":\"n\",\"attributes\":"
		    "[%s]}", SPAN("01", "", "root", S("tcc.runId", "R")),
		    rows[i].attr);

		spans(list);
		is_member(event_with("span", "b000000000000001"), "type",
		    rows[i].type);
		free(list);
	}
	is_member(1, "attributes.x", "\"y\"");
	/* A call of a model with nothing around it is run and span. */
	spans(SPAN("01", "", "chat gpt", S("gen_ai.operation.name", "chat")
	    "," S("gen_ai.input.messages", "[{\\\"role\\\":\\\"user\\\","
	    "\\\"content\\\":\\\"hey\\\"}]") ","
	    I("gen_ai.usage.input_tokens", 5)));
	is_int(help_result.n, 2, "a bare model call gives both");
	is_member(event_with("run", TRACE), "user_prompt", "\"hey\"");
	is_member(event_with("run", TRACE), "input_tokens", NULL);
	is_member(event_with("span", ID("01")), "input_tokens", "5");
}

static void
test_agents_speak(void)
{
	/* Below a web request, without tcc.runId, prompt and answer still
	 * reach the run. */
	spans(SPAN("01", "", "GET /", "") ","
	    SPAN("02", UNDER("01"), "ai.generateText",
	    S("ai.prompt", "{\\\"prompt\\\":\\\"hi\\\"}") ","
	    S("ai.response.text", "yo")) ","
	    SPAN("03", UNDER("02"), "invoke_agent sub",
	    S("gen_ai.operation.name", "invoke_agent") ","
	    S("gen_ai.input.messages", "inner")));
	is_int(help_result.n, 4, "run, its content, two agents");
	is_member(1, "kind", "\"run\"");
	is_member(1, "user_prompt", "\"hi\"");
	is_member(1, "response", "\"yo\"");
	is_member(1, "name", NULL);
	is_member(1, "start_ns", NULL);
}

static void
test_tokens(void)
{
#define CHAT(attrs) SPAN("02", UNDER("01"), "chat", \
	S("gen_ai.operation.name", "chat") "," attrs)
	spans(CHAT(I("ai.usage.inputTokens", 100) ","
	    I("ai.usage.cachedInputTokens", 30) ","
	    I("ai.usage.outputTokens", 7) "," I("ai.usage.totalTokens", 107)
	    "," I("ai.usage.reasoningTokens", 2)));
	is_member(0, "input_tokens", "70");
	is_member(0, "cached_tokens", "30");
	is_member(0, "output_tokens", "7");
	is_member(0, "reasoning_tokens", "2");
	is_member(0, "attributes.ai.usage.totalTokens", NULL);
	spans(CHAT(I("gen_ai.usage.input_tokens", 100) ","
	    I("gen_ai.usage.cache_read.input_tokens", 30) ","
	    I("gen_ai.usage.cache_creation.input_tokens", 20)));
	is_member(0, "input_tokens", "50");
	is_member(0, "cache_write_tokens", "20");
	/* Counted as we count: more was cached than "input" holds. */
	spans(CHAT(I("gen_ai.usage.input_tokens", 10) ","
	    I("gen_ai.usage.cache_read.input_tokens", 500)));
	is_member(0, "input_tokens", "10");
	is_member(0, "cached_tokens", "500");
	spans(CHAT(I("ai.usage.inputTokens", 100) ","
	    I("ai.usage.inputTokenDetails.noCacheTokens", 60)));
	is_member(0, "input_tokens", "60");
	spans(CHAT(S("gen_ai.usage.input_tokens", "12") ","
	    S("gen_ai.usage.output_tokens", "many") ","
	    S("gen_ai.usage.cost", "0.25")));
	is_member(0, "input_tokens", "12");
	is_member(0, "output_tokens", NULL);
	is_member(0, "attributes.gen_ai.usage.output_tokens", "\"many\"");
	is_member(0, "cost_usd", "0.25");
	spans(CHAT(I("gen_ai.usage.input_tokens", -1) ","
	    "{\"key\":\"gen_ai.usage.output_tokens\",\"value\":"
	    "{\"doubleValue\":3.0}},{\"key\":\"gen_ai.usage.cost\","
	    "\"value\":{\"doubleValue\":\"NaN\"}}"));
	is_member(0, "input_tokens", NULL);
	is_member(0, "attributes.gen_ai.usage.input_tokens", "-1");
	is_member(0, "output_tokens", "3");
	is_member(0, "cost_usd", NULL);
	is_member(0, "attributes.gen_ai.usage.cost", "\"NaN\"");
	spans(CHAT(I("llm.token_count.prompt", 9) ","
	    I("gen_ai.usage.prompt_tokens", 8)));
	is_member(0, "input_tokens", "8");
	is_member(0, "attributes.llm.token_count.prompt", "9");
}

static void
test_values(void)
{
	spans(SPAN("01", UNDER("09"), "x", "{\"key\":\"b\",\"value\":"
	    "{\"boolValue\":true}},{\"key\":\"d\",\"value\":{\"doubleValue\":"
	    "0.5}},{\"key\":\"a\",\"value\":{\"arrayValue\":{\"values\":["
	    "{\"intValue\":1}]}}},{\"key\":\"big\",\"value\":{\"intValue\":"
	    "\"9007199254740993\"}},{\"key\":\"none\",\"value\":{}},"
	    "{\"key\":\"bytes\",\"value\":{\"bytesValue\":\"AQI=\"}}"));
	is_member(0, "attributes.b", "true");
	is_member(0, "attributes.d", "0.5");
	is_member(0, "attributes.a", "[1]");
	is_member(0, "attributes.big", "9007199254740993");
	is_member(0, "attributes.none", NULL);
	is_member(0, "attributes.bytes", "\"AQI=\"");
	is_member(0, "attributes.service.name", "\"shop\"");
	/* A field for text or JSON takes a number as JSON. */
	spans(SPAN("01", UNDER("09"), "x", I("input.value", 7) ",{\"value\":"
	    "{\"intValue\":1}}"));
	is_member(0, "input", "7");
	is_member(0, "attributes.", "1");
}

static void
test_langchain(void)
{
	spans(SPAN("01", "", "LangGraph.workflow",
	    S("traceloop.span.kind", "workflow") ","
	    S("traceloop.entity.input", "{\\\"inputs\\\":{\\\"messages\\\":"
	    "[{\\\"lc\\\":1,\\\"type\\\":\\\"constructor\\\",\\\"kwargs\\\":"
	    "{\\\"content\\\":\\\"weather?\\\",\\\"type\\\":\\\"human\\\"}}]"
	    "},\\\"tags\\\":[]}") ","
	    S("traceloop.entity.output", "{\\\"outputs\\\":{\\\"messages\\\":"
	    "[{\\\"kwargs\\\":{\\\"content\\\":\\\"weather?\\\","
	    "\\\"type\\\":\\\"human\\\"}},{\\\"kwargs\\\":{\\\"content\\\":"
	    "\\\"sunny\\\",\\\"type\\\":\\\"ai\\\"}}]}}")));
	is_member(0, "user_prompt", "\"weather?\"");
	is_member(0, "response", "\"sunny\"");
	spans(SPAN("01", "", "Agent.run", S("openinference.span.kind",
	    "AGENT") "," S("input.value", "plain question") ","
	    S("output.value", "plain answer")));
	is_member(0, "user_prompt", "\"plain question\"");
	is_member(0, "response", "\"plain answer\"");
}

static void
test_spread_messages(void)
{
	spans(SPAN("01", UNDER("09"), "ChatOpenAI.chat",
	    S("llm.request.type", "chat") ","
	    S("gen_ai.prompt.1.role", "user") ","
	    S("gen_ai.prompt.0.role", "system") ","
	    S("gen_ai.prompt.0.content", "Be \\\"brief\\\".") ","
	    S("gen_ai.prompt.1.content", "hi") ","
	    S("gen_ai.prompt.1.tool_calls.0.name", "t") ","
	    S("gen_ai.prompt.99999.role", "x") ","
	    S("gen_ai.completion.0.role", "assistant") ","
	    S("gen_ai.completion.0.content", "hello") ","
	    S("gen_ai.completion.0.finish_reason", "stop") ","
	    S("traceloop.association.properties.tcc.runId", "R")));
	is_member(0, "input", "\"[{\\\"role\\\":\\\"system\\\","
	    "\\\"content\\\":\\\"Be \\\\\\\"brief\\\\\\\".\\\"},"
	    "{\\\"role\\\":\\\"user\\\",\\\"content\\\":\\\"hi\\\"}]\"");
	is_member(0, "output", "\"hello\"");
	is_member(0, "finish_reason", "\"stop\"");
	is_member(0, "attributes.gen_ai.prompt.1.tool_calls.0.name",
	    "\"t\"");
	is_member(0, "attributes.gen_ai.prompt.99999.role", "\"x\"");
	is_member(0, "attributes.gen_ai.prompt.0.role", NULL);
	spans(SPAN("01", "", "LLM", S("openinference.span.kind", "LLM") ","
	    S("llm.input_messages.0.message.role", "user") ","
	    S("llm.input_messages.0.message.content", "question")));
	is_member(event_with("run", TRACE), "user_prompt", "\"question\"");
}

static void
test_rejected(void)
{
	spans(SPAN("01", "", "good", "") ",{\"traceId\":\"xyz\",\"spanId\":"
	    "\"a000000000000001\",\"name\":\"bad\"},{\"traceId\":\"" TRACE
	    "\",\"spanId\":\"a000000000000002\",\"name\":\"late\","
	    "\"startTimeUnixNano\":\"18446744073709551615\"}");
	is_int(help_result.accepted, 1, "one good span");
	is_int(help_result.rejected, 2, "two rejected");
	ok(help_result.reason != NULL, "with a reason");
	is_int(traces("{\"resourceSpans\":1}"), ERR_INVALID, "not OTLP");
	is_int(traces("{"), ERR_INVALID, "not JSON");
	is_int(traces("{}"), 0, "nothing");
	is_int(intake_post("/v1/traces", "application/x-protobuf",
	    STR("hello")), ERR_INVALID, "not protobuf");
	is_int(intake_post("/v1/traces", "image/png", STR("x")), ERR_INVALID,
	    "another content type");
	ok(str_is(help_result.field, "Content-Type"), "which is named");
}

static void
test_slots_are_sorted(void)
{
	size_t n;
	const struct otlp_slot_name *v = otlp_slot_names(&n);
	bool good = true;

	for (size_t i = 0; i < n; i++) {
		good &= strlen(v[i].key) == v[i].n;
		good &= otlp_slot_find(str_from(v[i].key)) == &v[i];
	}
	ok(good, "every name is found in its row");
	ok(!otlp_slot_find(STR("gen_ai")) && !otlp_slot_find(STR("")),
	    "others are not");
}

int
main(void)
{
	test_ai5();
	test_ai_more();
	test_ai7();
	test_plain_exporters();
	test_litellm();
	test_which_run();
	test_identity();
	test_types();
	test_agents_speak();
	test_tokens();
	test_values();
	test_langchain();
	test_spread_messages();
	test_rejected();
	test_slots_are_sorted();
	arena_free(help_arena);
	return tap_done();
}
