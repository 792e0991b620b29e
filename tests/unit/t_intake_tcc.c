/* TCC's own endpoints: recorded bodies, each rule, and wrong input. */
#include "intake_help.h"

#define T0 "\"start_time\":\"2026-11-20T10:00:00.000Z\""
#define T1 "\"end_time\":\"2026-11-20T10:00:01.500Z\""
#define START_NS "1795168800000000000"
#define RUN "{\"type\":\"run\",\"run_id\":\"r\"," T0 "," T1 \
	",\"status_code\":0"
#define STEP "{\"type\":\"step\",\"run_id\":\"r\",\"step_id\":\"s\"," T0 "," \
	T1 ",\"status_code\":0"
#define TOOL "{\"type\":\"tool_call\",\"run_id\":\"r\"," \
	"\"tool_call_id\":\"t\"," T0 "," T1 ",\"status_code\":0"

static int
custom(const char *body)
{
	return intake_post("/v1/custom", "application/json", str_from(body));
}

static void
test_batch(void)
{
	intake_file("/v1/custom", "run_batch.json");
	is_int(help_result.n, 5, "a run, two steps, two tool calls");
	is_int(help_result.accepted, 5, "all of them accepted");
	is_member(0, "kind", "\"run\"");
	is_member(0, "run", "\"7712eb4f-d8da-4227-ab78-a1336b7d829a\"");
	is_member(0, "id", "\"7712eb4f-d8da-4227-ab78-a1336b7d829a\"");
	is_member(0, "received_ms", "1000");
	is_member(0, "dialect", "\"tcc\"");
	is_member(0, "start_ns", "1795439225683000000");
	is_member(0, "end_ns", "1795439231684000000");
	is_member(0, "status", "\"ok\"");
	is_member(0, "user_prompt", "\"What is the weather in London?\"");
	is_member(0, "system_prompt", "\"You are a weather agent.\"");
	is_member(0, "session_id",
	    "\"session-ebd3ef05-33d8-422a-948b-61adbf1f43f7\"");
	is_member(0, "conversational", "true");
	is_member(0, "agent", "\"support-agent\"");
	is_member(0, "user_id", "\"user-123\"");
	is_member(0, "user_name", "\"Jane Doe\"");
	is_member(0, "org_id", "\"org-456\"");
	is_member(0, "org_name", "\"Acme Inc.\"");
	is_member(0, "metadata",
	    "{\"environment\":\"staging\",\"feature\":\"weather\"}");
	is_member(0, "attributes", NULL);
	is_member(1, "kind", "\"span\"");
	is_member(1, "type", "\"generation\"");
	is_member(1, "id", "\"7712eb4f-d8da-4227-ab78-a1336b7d829a-s1\"");
	is_member(1, "input", "\"[{\\\"role\\\":\\\"user\\\",\\\"content\\\":"
	    "\\\"What is the weather in London?\\\"}]\"");
	is_member(1, "output", "\"calling get_weather\"");
	is_member(1, "model_requested", "\"gpt-4o\"");
	is_member(1, "model_used", "\"gpt-4o-2024-08-06\"");
	is_member(1, "finish_reason", "\"tool_calls\"");
	is_member(1, "input_tokens", "120");
	is_member(1, "cached_tokens", "30");
	is_member(1, "output_tokens", "45");
	is_member(1, "cost_usd", "0.0042");
	is_member(1, "tool_definitions", "\"[{\\\"type\\\":\\\"function\\\","
	    "\\\"function\\\":{\\\"name\\\":\\\"get_weather\\\"}}]\"");
	is_member(2, "cached_tokens", NULL);
	is_member(3, "id",
	    "\"tool_call:7712eb4f-d8da-4227-ab78-a1336b7d829a-t1\"");
	is_member(3, "type", "\"tool\"");
	is_member(3, "name", "\"get_weather\"");
	is_member(3, "input", "\"{\\\"city\\\":\\\"London\\\"}\"");
	is_member(3, "output",
	    "\"{\\\"temp_c\\\":15,\\\"sky\\\":\\\"cloudy\\\"}\"");
	is_member(4, "status", "\"error\"");
	is_member(4, "status_message",
	    "\"ECONNRESET from search backend\"");
	is_member(4, "input", "\"raw string args\"");
	is_member(4, "output", NULL);
}

static void
test_failed(void)
{
	intake_file("/v1/custom", "failed_run_batch.json");
	is_member(0, "status", "\"error\"");
	is_member(0, "status_message", "\"refund backend refused\"");
	is_member(0, "agent", NULL);
	is_member(0, "user_name", NULL);
	is_member(0, "org_name", NULL);
	is_member(0, "metadata", "{\"plan\":\"pro\",\"userId\":\"plain\"}");
	intake_file("/v1/custom", "run_error_batch.json");
	is_int(help_result.n, 3, "an error before there is a prompt");
	is_member(0, "user_prompt", NULL);
	is_member(1, "status_message", "\"Parent run errored\"");
	is_member(1, "input", "\"\"");
}

static void
test_python(void)
{
	static const char *const files[] = { "py_run.json",
		"py_run_error.json", "py_step.json", "py_step_error.json",
		"py_tool_call.json", "py_tool_call_error.json",
		"py_tool_call_unnamed.json", "run.json", "step.json",
		"tool_call.json" };

	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		intake_file("/v1/custom", files[i]);
		is_int(help_result.n, 1, "%s", files[i]);
		is_member(0, "attributes", NULL);
	}
	intake_file("/v1/custom", "py_run.json");
	is_member(0, "metadata", "{\"tier\":\"gold\",\"region\":\"eu\"}");
	intake_file("/v1/custom", "py_tool_call.json");
	is_member(0, "input", "\"{\\\"city\\\": \\\"Z\\\\u00fcrich\\\"}\"");
	intake_file("/v1/custom", "py_tool_call_unnamed.json");
	is_member(0, "name", "\"unknown\"");
}

static void
test_newer_fields(void)
{
	custom(RUN ",\"prompt\":{\"user_prompt\":\"u\",\"full_input\":"
	    "\"{\\\"messages\\\":[]}\",\"draft\":[1, 2]},"
	    "\"full_output\":{\"a\": 1},\"attributes\":{\"k\":null,"
	    "\"big\":18446744073709551615,\"f\":1.5,\"o\":{\"x\": [ ]}},"
	    "\"novel\":true}");
	is_member(0, "full_input", "\"{\\\"messages\\\":[]}\"");
	is_member(0, "full_output", "{\"a\":1}");
	is_member(0, "attributes.k", "null");
	is_member(0, "attributes.big", "18446744073709551615");
	is_member(0, "attributes.f", "1.5");
	is_member(0, "attributes.o", "{\"x\":[]}");
	is_member(0, "attributes.novel", "true");
	is_member(0, "attributes.prompt.draft", "[1,2]");
	custom(STEP ",\"ttft_ms\":120.5,\"prompt\":[{\"role\": \"user\"}],"
	    "\"response\":{\"t\":1}}");
	is_member(0, "first_token_ns", "1795168800120500000");
	is_member(0, "input", "[{\"role\":\"user\"}]");
	is_member(0, "output", "{\"t\":1}");
	custom("{\"ttft_ms\":5,\"type\":\"step\",\"step_id\":\"s\","
	    "\"run_id\":\"r\"}");
	is_member(0, "first_token_ns", NULL);
	is_member(0, "attributes.ttft_ms", "5");
	is_member(0, "start_ns", NULL);
	custom(TOOL ",\"args\":{\"q\": 1},\"result\":7}");
	is_member(0, "input", "{\"q\":1}");
	is_member(0, "output", "7");
}

static void
test_tolerance(void)
{
	custom(RUN ",\"prompt\":\"just text\"}");
	is_member(0, "user_prompt", "\"just text\"");
	custom("{\"type\":\"run\",\"run_id\":\"r\",\"start_time\":"
	    "1795168800000,\"end_time\":1795168800000.5}");
	is_member(0, "start_ns", START_NS);
	is_member(0, "end_ns", "1795168800000500000");
	is_member(0, "status", NULL);
	custom("{\"type\":\"run\",\"run_id\":\"r\",\"start_time\":"
	    "\"2026-11-20T12:00:00+02:00\",\"end_time\":"
	    "\"2026-11-20T09:00:00Z\"}");
	is_member(0, "start_ns", START_NS);
	is_member(0, "end_ns", "1795165200000000000");
	custom("{\"type\":\"run\",\"run_id\":\"r\",\"status_code\":1}");
	is_member(0, "status", "\"ok\"");
	is_member(0, "attributes.status_code", "1");
	custom("{\"type\":\"run\",\"run_id\":\"r\",\"status_code\":2}");
	is_member(0, "status", "\"error\"");
	is_member(0, "attributes", NULL);
	custom(RUN ",\"response\":null,\"metadata\":null,\"session_id\":"
	    "null}");
	is_int(help_rc, 0, "null means absent");
	is_member(0, "response", NULL);
	custom(RUN ",\"response\":\"a\",\"response\":\"b\",\"run_id\":\"z\","
	    "\"metadata\":{\"k\":1,\"k\":2}}");
	is_member(0, "response", "\"b\"");
	is_member(0, "run", "\"z\"");
	is_member(0, "metadata", "{\"k\":2}");
	custom("{\"items\":[" RUN "}],\"type\":\"batch\",\"more\":{}}");
	is_int(help_result.n, 1, "type behind the items");
	custom("{\"type\":\"batch\",\"items\":[]}");
	is_int(help_rc + (int)help_result.n, 0, "an empty batch");
}

static void
test_reserved(void)
{
	static const char *const yes[] = { "true", "\"true\"", "\"True\"",
		"1", "\"1\"" };
	static const char *const no[] = { "false", "\"false\"", "0" };
	static const char *const agents[] = { "runs", "sessions", "patterns",
		"recaps", "overview", "search", "failures", "feedback",
		"tools", "topics", "views", "settings", "mcp-and-api",
		"insights", "metrics", "models" };
	char body[400];

	for (size_t i = 0; i < ARRAY_LEN(yes) + ARRAY_LEN(no); i++) {
		bool y = i < ARRAY_LEN(yes);

		snprintf(body, sizeof(body), RUN
		    ",\"metadata\":{\"tcc.conversational\":%s}}",
		    y ? yes[i] : no[i - ARRAY_LEN(yes)]);
		custom(body);
		is_member(0, "conversational", y ? "true" : "false");
		is_member(0, "metadata", NULL);
	}
	custom(RUN ",\"metadata\":{\"tcc.conversational\":\"maybe\"}}");
	is_member(0, "conversational", NULL);
	for (size_t i = 0; i < ARRAY_LEN(agents); i++) {
		snprintf(body, sizeof(body), RUN
		    ",\"metadata\":{\"tcc.agent\":\"%s\"}}", agents[i]);
		custom(body);
		is_member(0, "agent", NULL);
		is_member(0, "metadata", NULL);
	}
	custom(RUN ",\"metadata\":{\"tcc.agent\":\"runs-agent\","
	    "\"tcc.nonsense\":{\"a\":1},\"tcc.\":1,\"tccx\":1}}");
	is_member(0, "agent", "\"runs-agent\"");
	is_member(0, "metadata", "{\"tccx\":1}");
	custom(RUN ",\"metadata\":{\"tcc.session_id\":\"m\","
	    "\"tcc.conversational\":true,\"tcc.userId\":42}}");
	is_member(0, "session_id", "\"m\"");
	is_member(0, "conversational", "true");
	is_member(0, "user_id", "\"42\"");
	custom("{\"metadata\":{\"tcc.sessionId\":\"m\","
	    "\"tcc.conversational\":true},\"session_id\":\"top\","
	    "\"conversational\":false,\"type\":\"run\",\"run_id\":\"r\"}");
	is_member(0, "session_id", "\"top\"");
	is_member(0, "conversational", "false");
	custom(RUN ",\"conversational\":\"true\"}");
	is_member(0, "conversational", "true");
	custom(RUN ",\"session_id\":\"top\",\"conversational\":false,"
	    "\"metadata\":{\"tcc.sessionId\":\"m\","
	    "\"tcc.conversational\":true}}");
	is_member(0, "session_id", "\"top\"");
	is_member(0, "conversational", "false");
	custom(RUN ",\"metadata\":{\"tcc.orgName\":\"O\","
	    "\"tcc.userName\":\"U\"}}");
	is_member(0, "user_name", NULL);
	is_member(0, "org_name", NULL);
	custom(STEP ",\"metadata\":{\"tcc.agent\":\"x\",\"a\":1}}");
	is_member(0, "metadata", "{\"a\":1}");
}

static const struct bad {
	const char *name;
	const char *body;
	const char *field;      /* NULL: none, the body as a whole */
} bads[] = {
	{ "empty", "", NULL },
	{ "rubbish", "hello", NULL },
	{ "array", "[]", NULL },
	{ "null", "null", NULL },
	{ "cut short", "{\"type\":\"run\"", NULL },
	{ "two values", RUN "} {}", NULL },
	{ "no type", "{\"run_id\":\"r\"}", "type" },
	{ "type is a number", "{\"type\":1}", "type" },
	{ "unknown type", "{\"type\":\"span\"}", "type" },
	{ "no run_id", "{\"type\":\"run\"}", "run_id" },
	{ "empty run_id", "{\"type\":\"run\",\"run_id\":\"\"}", "run_id" },
	{ "run_id is a number", "{\"type\":\"run\",\"run_id\":7}", "run_id" },
	{ "run_id is null", "{\"type\":\"run\",\"run_id\":null}", "run_id" },
	{ "run_id with a newline", "{\"type\":\"run\",\"run_id\":\"a\\n\"}",
	    "run_id" },
	{ "run_id with NUL", "{\"type\":\"run\",\"run_id\":\"a\\u0000\"}",
	    "run_id" },
	{ "no step_id", "{\"type\":\"step\",\"run_id\":\"r\"}", "step_id" },
	{ "no tool_call_id", "{\"type\":\"tool_call\",\"run_id\":\"r\"}",
	    "tool_call_id" },
	{ "start_time in words", "{\"type\":\"run\",\"run_id\":\"r\","
	    "\"start_time\":\"yesterday\"}", "start_time" },
	{ "start_time true", "{\"type\":\"run\",\"run_id\":\"r\","
	    "\"start_time\":true}", "start_time" },
	{ "end_time too far", "{\"type\":\"run\",\"run_id\":\"r\","
	    "\"end_time\":1e300}", "end_time" },
	{ "status_code text", "{\"type\":\"run\",\"run_id\":\"r\","
	    "\"status_code\":\"ok\"}", "status_code" },
	{ "status_code 1.5", "{\"type\":\"run\",\"run_id\":\"r\","
	    "\"status_code\":1.5}", "status_code" },
	{ "prompt", RUN ",\"prompt\":5}", "prompt" },
	{ "user_prompt", RUN ",\"prompt\":{\"user_prompt\":5}}",
	    "prompt.user_prompt" },
	{ "system_prompt", RUN ",\"prompt\":{\"system_prompt\":[]}}",
	    "prompt.system_prompt" },
	{ "session_id", RUN ",\"session_id\":{}}", "session_id" },
	{ "conversational", RUN ",\"conversational\":\"yes\"}",
	    "conversational" },
	{ "response", RUN ",\"response\":5}", "response" },
	{ "status_message", RUN ",\"status_message\":[]}", "status_message" },
	{ "metadata", RUN ",\"metadata\":[1]}", "metadata" },
	{ "attributes", RUN ",\"attributes\":\"x\"}", "attributes" },
	{ "step prompt", STEP ",\"prompt\":1}", "prompt" },
	{ "tokens text", STEP ",\"prompt_uncached_tokens\":\"5\"}",
	    "prompt_uncached_tokens" },
	{ "tokens negative", STEP ",\"prompt_cached_tokens\":-1}",
	    "prompt_cached_tokens" },
	{ "tokens huge", STEP ",\"completion_tokens\":1e30}",
	    "completion_tokens" },
	{ "tokens 1.5", STEP ",\"completion_tokens\":1.5}",
	    "completion_tokens" },
	{ "cost text", STEP ",\"real_total_cost\":\"free\"}",
	    "real_total_cost" },
	{ "cost negative", STEP ",\"real_total_cost\":-1}",
	    "real_total_cost" },
	{ "cost huge", STEP ",\"real_total_cost\":1e400}",
	    "real_total_cost" },
	{ "model", STEP ",\"model_used\":4}", "model_used" },
	{ "ttft", STEP ",\"ttft_ms\":\"1\"}", "ttft_ms" },
	{ "tool_definitions", STEP ",\"tool_definitions\":1}",
	    "tool_definitions" },
	{ "tool_name", TOOL ",\"tool_name\":[]}", "tool_name" },
	{ "no items", "{\"type\":\"batch\"}", "items" },
	{ "items object", "{\"type\":\"batch\",\"items\":{}}", "items" },
	{ "items null", "{\"type\":\"batch\",\"items\":null}", "items" },
	{ "item a number", "{\"type\":\"batch\",\"items\":[" RUN "},1]}",
	    "items[1]" },
	{ "item without id", "{\"type\":\"batch\",\"items\":[" RUN "},"
	    "{\"type\":\"step\",\"run_id\":\"r\"}]}", "items[1].step_id" },
	{ "item's time", "{\"type\":\"batch\",\"items\":[" RUN "}," RUN "},"
	    RUN "},{\"type\":\"run\",\"run_id\":\"r\",\"start_time\":"
	    "\"x\"}]}", "items[3].start_time" },
	{ "item's prompt", "{\"type\":\"batch\",\"items\":[" RUN
	    ",\"prompt\":{\"user_prompt\":1}}]}",
	    "items[0].prompt.user_prompt" },
	{ "batch in a batch", "{\"type\":\"batch\",\"items\":[{\"type\":"
	    "\"batch\",\"items\":[]}]}", "items[0].type" },
	{ "invalid UTF-8", RUN ",\"response\":\"\xff\"}", "response" },
};

static void
test_bad(void)
{
	for (size_t i = 0; i < ARRAY_LEN(bads); i++) {
		const struct bad *b = &bads[i];
		bool good;

		custom(b->body);
		good = help_rc == ERR_INVALID && help_result.n == 0 &&
		    help_err.text[0] && (b->field ?
		    str_is(help_result.field, b->field) :
		    !help_result.field.p);
		if (!ok(good, "refused: %s", b->name))
			printf("# rc %d field %.*s: %s\n", help_rc,
			    STR_FMT(help_result.field), help_err.text);
	}
	custom(bads[10].body);
	is_str(help_err.text, "run_id: an id has 1 to 800 bytes and no "
	    "control characters", "the message names the field");
}

static void
test_limits(void)
{
	struct buf b;

	buf_init(&b, 64 << 20);
	buf_addf(&b, "{\"type\":\"run\",\"run_id\":\"%0*d\"}", 800, 1);
	intake_post("/v1/custom", "", buf_str(&b));
	is_int(help_rc, 0, "an id of 800 bytes");
	buf_reset(&b);
	buf_addf(&b, "{\"type\":\"run\",\"run_id\":\"%0*d\"}", 801, 1);
	intake_post("/v1/custom", "", buf_str(&b));
	is_int(help_rc, ERR_INVALID, "an id of 801 bytes");
	buf_reset(&b);
	buf_addf(&b, RUN ",\"metadata\":{\"k\":");
	for (int i = 0; i < 1000; i++)
		buf_add_byte(&b, '[');
	intake_post("/v1/custom", "", buf_str(&b));
	ok(help_rc == ERR_LIMIT && str_is(help_result.field, "metadata"),
	    "1000 levels deep");
	buf_reset(&b);
	buf_addf(&b, RUN ",\"metadata\":{");
	for (int i = 0; i < 1025; i++)
		buf_addf(&b, "%s\"k%d\":1", i ? "," : "", i);
	buf_addf(&b, "}}");
	intake_post("/v1/custom", "", buf_str(&b));
	ok(help_rc == ERR_LIMIT && str_is(help_result.field, "metadata"),
	    "1025 keys");
	buf_reset(&b);
	buf_addf(&b, "{\"type\":\"batch\",\"items\":[");
	for (int i = 0; i < 10001; i++)
		buf_addf(&b, "%s{\"type\":\"run\",\"run_id\":\"%d\"}",
		    i ? "," : "", i);
	buf_addf(&b, "]}");
	intake_post("/v1/custom", "", buf_str(&b));
	ok(help_rc == ERR_LIMIT && str_is(help_result.field, "items"),
	    "10001 items");
	is_int(help_result.n, 0, "and none of them was taken");
	buf_fini(&b);
}

#define RUN_ID "\"7712eb4f-d8da-4227-ab78-a1336b7d829a\""

static int
feedback(const char *body)
{
	return intake_post("/v1/feedback", "application/json",
	    str_from(body));
}

static void
test_feedback(void)
{
	intake_file("/v1/feedback", "feedback_score.json");
	is_member(0, "kind", "\"score\"");
	is_member(0, "run", RUN_ID);
	is_member(0, "id", "\"feedback\"");
	is_member(0, "name", "\"feedback\"");
	is_member(0, "value", "1");
	is_member(0, "string_value", "\"thumbs_up\"");
	is_member(0, "comment", NULL);
	is_member(0, "order", "1000");
	is_member(0, "time_ns", "1000000000");
	intake_file("/v1/feedback", "feedback_text.json");
	is_member(0, "value", NULL);
	is_member(0, "comment", "\"Very helpful!\"");
	intake_file("/v1/feedback", "py_feedback.json");
	is_member(0, "value", "-1");
	is_member(0, "comment", "\"Too cold\"");
	feedback("{\"runId\":" RUN_ID ",\"score\":null,\"text\":\"x\","
	    "\"more\":1}");
	is_int(help_rc, 0, "null and unknown members");
}

static void
test_bad_feedback(void)
{
	static const struct bad rows[] = {
		{ "malformed", "{", NULL },
		{ "array", "[]", NULL },
		{ "no runId", "{\"score\":\"thumbs_up\"}", "runId" },
		{ "no UUID", "{\"runId\":\"abc\",\"text\":\"x\"}", "runId" },
		{ "version 1", "{\"runId\":\"c232ab00-9414-11ec-b3c8-"
		    "9e6bdeced846\",\"text\":\"x\"}", "runId" },
		{ "score", "{\"runId\":" RUN_ID ",\"score\":\"five\"}",
		    "score" },
		{ "score number", "{\"runId\":" RUN_ID ",\"score\":1}",
		    "score" },
		{ "text array", "{\"runId\":" RUN_ID ",\"text\":[]}",
		    "text" },
		{ "neither", "{\"runId\":" RUN_ID "}", "score" },
		{ "empty text", "{\"runId\":" RUN_ID ",\"text\":\"\"}",
		    "score" },
	};
	struct buf b;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		feedback(rows[i].body);
		ok(help_rc == ERR_INVALID && (rows[i].field ?
		    str_is(help_result.field, rows[i].field) :
		    !help_result.field.p), "feedback refused: %s",
		    rows[i].name);
	}
	buf_init(&b, 1 << 20);
	for (int n = 2000; n <= 2001; n++) {
		buf_reset(&b);
		buf_addf(&b, "{\"runId\":" RUN_ID ",\"text\":\"");
		for (int i = 0; i < n; i++)
			buf_add_cstr(&b, "\xc3\xa9");
		buf_addf(&b, "\"}");
		feedback(b.p ? (buf_add_byte(&b, 0), b.p) : "");
		is_int(help_rc, n > 2000 ? ERR_INVALID : 0,
		    "a text of %d characters", n);
	}
	buf_fini(&b);
}

int
main(void)
{
	test_batch();
	test_failed();
	test_python();
	test_newer_fields();
	test_tolerance();
	test_reserved();
	test_bad();
	test_limits();
	test_feedback();
	test_bad_feedback();
	arena_free(help_arena);
	return tap_done();
}
