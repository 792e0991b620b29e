/* lib/api: what goes in comes out, keys and parameters are checked. */
#include "api_help.h"
#include "base/mem.h"

static struct api_fixture f;

#define AT(where, want) is_str(api_at(&f, where), want, "%s", where)

static void
store_run(void)
{
	api_store(&f, "{\"kind\":\"run\",\"run\":\"r1\",\"id\":\"r1\","
	    "\"dialect\":\"tcc\",\"session_id\":\"s 1\",\"agent\":\"support\","
	    "\"user_id\":\"u1\",\"user_name\":\"Ann\",\"org_id\":\"o1\","
	    "\"conversational\":true,\"start_ns\":1795334400000000000,"
	    "\"end_ns\":1795334406000000000,\"status\":\"error\","
	    "\"status_message\":\"it broke\",\"user_prompt\":\"why?\","
	    "\"system_prompt\":\"be brief\",\"full_input\":{\"a\":[1]},"
	    "\"response\":\"so\",\"full_output\":\"raw text\","
	    "\"metadata\":{\"tier\":\"gold\",\"n\":3},"
	    "\"attributes\":{\"x\":{\"y\":null}}}");
	api_store(&f, "{\"kind\":\"span\",\"run\":\"r1\",\"id\":\"t1\","
	    "\"type\":\"tool\",\"name\":\"search\","
	    "\"start_ns\":1795334403000000000,\"end_ns\":1795334404500000000,"
	    "\"status\":\"error\",\"status_message\":\"timeout after 30 s\","
	    "\"input\":\"{\\\"q\\\": 1}\",\"output\":{\"hits\":[]}}");
	api_store(&f, "{\"kind\":\"span\",\"run\":\"r1\",\"id\":\"g2\","
	    "\"type\":\"generation\",\"start_ns\":1795334404600000000,"
	    "\"model_used\":\"m2\",\"input_tokens\":5}");
	api_store(&f, "{\"kind\":\"span\",\"run\":\"r1\",\"id\":\"g1\","
	    "\"type\":\"generation\",\"start_ns\":1795334401000000000,"
	    "\"end_ns\":1795334402000000000,"
	    "\"first_token_ns\":1795334401250000000,"
	    "\"model_requested\":\"m1\",\"model_used\":\"m1\","
	    "\"input\":\"p\",\"output\":\"r\",\"input_tokens\":100,"
	    "\"cached_tokens\":28,\"output_tokens\":9,\"cost_usd\":0.0031}");
	api_store(&f, "{\"kind\":\"span\",\"run\":\"r1\",\"id\":\"c1\","
	    "\"type\":\"chain\",\"name\":\"outer\",\"input\":\"i\"}");
	api_store(&f, "{\"kind\":\"score\",\"run\":\"r1\",\"id\":\"feedback\","
	    "\"name\":\"feedback\",\"value\":-1,"
	    "\"string_value\":\"thumbs_down\",\"comment\":\"Too cold\","
	    "\"time_ns\":1795334407000000000}");
	api_store(&f, "{\"kind\":\"run\",\"run\":\"r0\",\"id\":\"r0\","
	    "\"session_id\":\"s 1\",\"start_ns\":1795330800000000000,"
	    "\"user_prompt\":\"hello\",\"response\":\"hi\"}");
	api_store(&f, "{\"kind\":\"run\",\"run\":\"r1\",\"id\":\"r1\","
	    "\"env\":\"dev\",\"start_ns\":1795334400000000000}");
}

static int64_t
rev_of(const char *id)
{
	struct repo_view v = { kv_latest(f.kv), { 1, ENV_PROD }, f.arena };
	struct err e = ERR_INIT;
	struct run *run;

	return repo_run_head(&v, str_from(id), &run, &e) ? 0 :
	    (int64_t)run->rev;
}

static void
store_verdict(void)
{
	char *s;
	long long rev = rev_of("r1");

	s = mem_printf("{\"kind\":\"verdict\",\"run\":\"r1\",\"id\":\"1\","
	    "\"order\":%lld,\"version\":1,\"rev\":%lld}", rev, rev);
	api_store(&f, s);
	free(s);
	s = mem_printf("{\"kind\":\"signal\",\"run\":\"r1\",\"id\":\"1/x\","
	    "\"order\":%lld,\"version\":1,\"rev\":%lld,"
	    "\"slug\":\"user-frustration\",\"score\":0.9,\"threshold\":0.5,"
	    "\"severity\":\"high\",\"role\":\"user\",\"evidence_start\":0,"
	    "\"evidence_end\":4,\"evidence\":\"why?\",\"reason\":\"asks\"}",
	    rev, rev);
	api_store(&f, s);
	free(s);
	s = mem_printf("{\"kind\":\"failure\",\"run\":\"r1\",\"id\":\"1/t1\","
	    "\"order\":%lld,\"version\":1,\"rev\":%lld,"
	    "\"failure_id\":\"f_1\",\"entity_type\":\"tool_call\","
	    "\"span_id\":\"t1\",\"name\":\"search\","
	    "\"template\":\"timeout after <*>\","
	    "\"message\":\"timeout after 30 s\","
	    "\"time_ns\":1795334403000000000}", rev, rev);
	api_store(&f, s);
	free(s);
}

/* What its verdict says a day later. */
static void
store_abandoned(void)
{
	long long rev = rev_of("r1");
	char *s = mem_printf("{\"kind\":\"signal\",\"run\":\"r1\",\"id\":"
	    "\"1/abandoned-session\",\"order\":%lld,\"version\":1,"
	    "\"rev\":%lld,\"slug\":\"abandoned-session\",\"score\":0.8}",
	    rev, rev);

	api_store(&f, s);
	free(s);
}

static void
test_run(void)
{
	is_int(api_get(&f, "/v1/runs/r1?source=prod"), 200, "a run");
	AT("data/run_id", "\"r1\"");
	AT("data/source", "\"prod\"");
	AT("data/usual", "null");
	AT("data/outliers", "[]");
	AT("data/session_id", "\"s 1\"");
	AT("data/agent", "\"support\"");
	AT("data/user_name", "\"Ann\"");
	AT("data/org_name", "null");
	AT("data/conversational", "true");
	AT("data/status", "\"error\"");
	AT("data/status_code", "2");
	AT("data/status_message", "\"it broke\"");
	AT("data/start_time", "\"2026-11-22T08:00:00.000Z\"");
	AT("data/end_time", "\"2026-11-22T08:00:06.000Z\"");
	AT("data/duration_ms", "6000");
	AT("data/prompt", "{\"user_prompt\":\"why?\",\"system_prompt\":"
	    "\"be brief\",\"full_input\":{\"a\":[1]}}");
	AT("data/full_output", "\"raw text\"");
	AT("data/metadata", "{\"tier\":\"gold\",\"n\":3}");
	AT("data/attributes", "{\"x\":{\"y\":null}}");
	AT("data/step_count", "2");
	AT("data/tool_call_count", "1");
	AT("data/prompt_uncached_tokens", "105");
	AT("data/prompt_cached_tokens", "28");
	AT("data/completion_tokens", "9");
	AT("data/cost_usd", "0.0031");
	AT("data/unpriced_steps", "1");
	AT("data/steps/0/step_id", "\"g1\"");
	AT("data/steps/0/prompt", "\"p\"");
	AT("data/steps/0/ttft_ms", "250");
	AT("data/steps/0/cost_usd", "0.0031");
	AT("data/steps/0/real_total_cost", "0.0031");
	AT("data/steps/0/cost_source", "\"sender\"");
	AT("data/steps/0/duration_ms", "1000");
	AT("data/steps/1/step_id", "\"g2\"");
	AT("data/steps/1/cost_usd", "null");
	AT("data/steps/1/cost_source", "\"unknown\"");
	AT("data/steps/1/end_time", "null");
	AT("data/steps/2", "(none)");
	AT("data/tool_calls/0/tool_call_id", "\"t1\"");
	AT("data/tool_calls/0/args", "\"{\\\"q\\\": 1}\"");
	AT("data/tool_calls/0/result", "{\"hits\":[]}");
	AT("data/tool_calls/0/duration_ms", "1500");
	AT("data/spans/0/type", "\"chain\"");
	AT("data/feedback/score", "\"thumbs_down\"");
	AT("data/feedback/text", "\"Too cold\"");
	AT("data/patterns/0/slug", "\"user-frustration\"");
	AT("data/patterns/0/evidence", "{\"role\":\"user\",\"text\":\"why?\","
	    "\"span_id\":null,\"start\":0,\"end\":4}");
	AT("data/failures/0/failure_id", "\"f_1\"");
	AT("data/failures/0/message", "\"timeout after 30 s\"");
	is_int(api_get(&f, "/tcc/v1/runs/r1?source=prod"), 200, "under /tcc");
	is_int(api_get(&f, "/v1/runs/r2?source=prod"), 404, "none such");
	AT("error/code", "\"not_found\"");
	is_int(api_send(&f, HTTP_HEAD, "/v1/runs/r1?source=prod", f.read,
	    NULL), 200, "HEAD");
}

static void
test_lists(void)
{
	is_int(api_get(&f, "/v1/runs?source=prod&range=1d"), 200, "runs");
	AT("data/0/run_id", "\"r1\"");
	AT("data/0/prompt", "{\"user_prompt\":\"why?\"}");
	AT("data/0/patterns/0/slug", "\"user-frustration\"");
	AT("data/1/run_id", "\"r0\"");
	AT("data/1/end_time", "null");
	AT("data/2", "(none)");
	AT("pagination", "{\"limit\":50,\"offset\":0,\"has_more\":false}");
	AT("range/to", "\"2026-11-22T12:00:00.001Z\"");
	api_get(&f, "/v1/runs?source=prod&range=last_day&limit=1");
	AT("data/0/run_id", "\"r1\"");
	AT("data/1", "(none)");
	AT("pagination/has_more", "true");
	api_get(&f, "/v1/runs?source=prod&range=1d&offset=1");
	AT("data/0/run_id", "\"r0\"");
	api_get(&f, "/v1/runs?source=prod&range=1d&status=ok");
	AT("data/0/run_id", "\"r0\"");
	api_get(&f, "/v1/runs?source=prod&range=1d&userId=u1"
	    "&external_user_id=u1&orgId=o1&agent=support&session_id=s+1");
	AT("data/0/run_id", "\"r1\"");
	AT("data/1", "(none)");
	api_get(&f, "/v1/runs?source=prod&range=1d&agent=nobody");
	AT("data", "[]");
	api_get(&f, "/v1/runs?source=prod&from=2026-11-22T07:00:00Z"
	    "&to=1795334400000");
	AT("data/0/run_id", "\"r0\"");
	AT("data/1", "(none)");

	is_int(api_get(&f, "/v1/sessions?range=2w"), 200, "sessions");
	AT("data/0/session_id", "\"s 1\"");
	AT("data/0/run_count", "2");
	AT("data/0/errors", "1");
	AT("data/0/duration_ms", "3606000");
	AT("data/0/last_prompt", "\"why?\"");
	is_int(api_get(&f, "/v1/sessions/s%201"), 200, "a session");
	AT("data/messages/0/content", "\"hello\"");
	AT("data/messages/1/role", "\"assistant\"");
	AT("data/messages/2/content", "\"why?\"");
	AT("data/messages/3/run_id", "\"r1\"");
	AT("data/patterns/0/run_id", "\"r1\"");
	AT("data/tool_calls/0/tool_name", "\"search\"");
	AT("data/runs/1/run_id", "\"r1\"");
	AT("data/course/0/run_id", "\"r0\"");
	AT("data/course/1/slugs/0", "\"user-frustration\"");
	AT("data/abandoned", "false");
	AT("data/abandoned_after", "null");
	is_int(api_get(&f, "/v1/sessions/nothing"), 404, "no such session");
	is_int(api_get(&f, "/v1/feedback/runs?range=1d"), 200, "feedback");
	AT("data/0/run_id", "\"r1\"");
	AT("data/1", "(none)");
	is_int(api_get(&f, "/v1/patterns/user-frustration/runs?range=1M"),
	    200, "runs of a pattern");
	AT("data/0/patterns/0/severity", "\"high\"");
	is_int(api_get(&f, "/v1/patterns/refusal/runs?range=1M"), 200,
	    "a pattern of none");
	is_int(api_get(&f, "/v1/patterns/user-frustation/runs?range=1M"), 404,
	    "a misspelt pattern");
}

static void
test_metrics(void)
{
	is_int(api_get(&f, "/v1/metrics?range=1d"), 200, "metrics");
	AT("data/totals/run_count", "2");
	AT("data/totals/errors", "1");
	AT("data/totals/error_rate", "0.5");
	AT("data/totals/duration_ms/count", "1");
	AT("data/totals/duration_ms/sum", "6000");
	AT("data/totals/prompt_uncached_tokens", "105");
	AT("data/totals/cost_usd", "0.0031");
	AT("data/totals/flagged", "1");
	AT("data/series/0/date", "\"2026-11-21\"");
	AT("data/series/1/run_count", "2");
	api_get(&f, "/v1/metrics?range=1d&agent=support");
	AT("data/totals/run_count", "1");
	is_int(api_get(&f, "/v1/metrics?range=1d&agent=none"), 200,
	    "metrics of nobody");
	AT("data/totals/run_count", "0");
	AT("data/totals/error_rate", "null");
	is_int(api_get(&f, "/v1/metrics?from=2026-11-01T00:00:00+01:00"
	    "&to=2026-11-02T00:00:00.5+01:00"), 200, "a + as it is");
	AT("range/to", "\"2026-11-01T23:00:00.500Z\"");
	is_int(api_get(&f, "/v1/metrics?from=0&to=9999999999999"), 200,
	    "no end");
	is_int(api_get(&f, "/v1/metrics?from=1970-01-01&to=2100-01-01"), 200,
	    "a long range");
	AT("data/totals/run_count", "2");
	AT("data/series", "null");
	api_get(&f, "/v1/metrics?range=1d&tz_offset_minutes=-720");
	AT("data/series/0/date", "\"2026-11-21\"");
	AT("data/series/0/run_count", "2");
	is_int(api_get(&f, "/v1/models?range=1d"), 200, "models");
	AT("data/0/model", "\"m1\"");
	AT("data/0/calls", "1");
	AT("data/0/ttft_ms/count", "1");
	AT("data/1/model", "\"m2\"");
	AT("data/1/unpriced_steps", "1");
	AT("pagination/total", "2");
	is_int(api_get(&f, "/v1/tools?range=1d"), 200, "tools");
	AT("data/0/tool_name", "\"search\"");
	AT("data/0/errors", "1");
	AT("data/0/latency_ms/sum", "1500");
	is_int(api_get(&f, "/v1/feedback?range=1M"), 200, "feedback");
	AT("data/totals/thumbs_down", "1");
	AT("data/totals/texts", "1");
	AT("data/totals/thumbs_up_rate", "0");
	is_int(api_get(&f, "/v1/patterns?range=1d"), 200, "patterns");
	AT("data/0/slug", "\"user-frustration\"");
	AT("data/0/run_count", "1");
	AT("data/0/share_of_runs", "0.5");
	AT("data/0/share_of_conversational", "1");
	AT("data/1/run_count", "0");
	is_int(api_get(&f, "/v1/insights"), 200, "insights");
	AT("data", "[]");
	is_int(api_get(&f, "/v1/insights/x"), 404, "no such insight");
}

static void
test_failures(void)
{
	is_int(api_get(&f, "/v1/failures?range=1d&order_by=events"
	    "&direction=desc&entity_type=tool_call&status=active"), 200,
	    "failures");
	AT("data/0/failure_id", "\"f_1\"");
	AT("data/0/template", "\"timeout after <*>\"");
	AT("data/0/events", "1");
	AT("data/0/status", "\"active\"");
	AT("pagination/total", "1");
	api_get(&f, "/v1/failures?range=1d&entity_type=run");
	AT("data", "[]");
	is_int(api_get(&f, "/v1/failures/f_1"), 200, "a failure");
	AT("data/samples/0/message", "\"timeout after 30 s\"");
	AT("data/agents/0/name", "\"support\"");
	AT("data/users/0/name", "\"u1\"");
	AT("data/models/0", "{\"name\":\"m1\",\"run_count\":1}");
	AT("data/models/1/name", "\"m2\"");
	AT("data/models/2", "(none)");
	AT("data/tools/0/name", "\"search\"");
	AT("data/tools/1", "(none)");
	AT("data/runs/0/run_id", "\"r1\"");
	is_int(api_get(&f, "/v1/failures/f_1/runs?range=1d"), 200,
	    "runs of a failure");
	AT("data/0/run_id", "\"r1\"");
	is_int(api_get(&f, "/v1/failures/f_9"), 404, "no such failure");
	is_int(api_send(&f, HTTP_PATCH, "/v1/failures/f_1", f.read,
	    "{\"status\":\"resolved\"}"), 403, "a reader changes nothing");
	is_int(api_send(&f, HTTP_PATCH, "/v1/failures/f_1", f.all,
	    "{\"status\":\"resolved\",\"resolved_in\":\"v2\","
	    "\"note\":null}"), 200, "resolved");
	AT("data/status", "\"resolved\"");
	AT("data/resolved_in", "\"v2\"");
	api_get(&f, "/v1/failures?range=1d&status=resolved");
	AT("data/0/failure_id", "\"f_1\"");
	for (size_t i = 0; i < 5; i++) {
		static const char *const bad[][2] = {
			{ "{", "\"body\"" }, { "[]", "\"body\"" },
			{ "{\"status\":\"open\"}", "\"status\"" },
			{ "{\"status\":1}", "\"status\"" },
			{ "{\"state\":\"x\"}", "\"state\"" } };

		is_int(api_send(&f, HTTP_PATCH, "/v1/failures/f_1", f.all,
		    bad[i][0]), 400, "%s", bad[i][0]);
		AT("error/field", bad[i][1]);
	}
	is_int(api_send(&f, HTTP_PATCH, "/v1/failures/f_9", f.all,
	    "{\"status\":\"ignored\"}"), 404, "no such failure to change");
}

static void
test_keys(void)
{
	static const char path[] = "/v1/runs?source=prod&range=1d";
	static const char dev[] = "/v1/runs?source=dev&range=1d";

	is_int(api_send(&f, HTTP_GET, path, NULL, NULL), 401, "no key");
	is_str(http_response_header(&f.response, "WWW-Authenticate").p,
	    "Bearer", "asks for one");
	is_int(api_send(&f, HTTP_GET, path, "tcc_key_x", NULL), 401,
	    "an unknown key");
	is_int(api_send(&f, HTTP_GET, path, f.ingest, NULL), 403,
	    "an ingest key");
	is_int(api_send(&f, HTTP_GET, path, f.dev, NULL), 403, "a dev key");
	is_int(api_send(&f, HTTP_GET, dev, f.read, NULL), 403, "a prod key");
	is_int(api_send(&f, HTTP_GET, dev, f.dev, NULL), 200, "dev");
	AT("data/0/source", "\"dev\"");
	is_int(api_send(&f, HTTP_GET, dev, f.both, NULL), 200, "both: dev");
	is_int(api_send(&f, HTTP_GET, path, f.both, NULL), 200, "both: prod");
	is_int(api_send(&f, HTTP_GET, "/v1/metrics?range=1d", f.dev, NULL),
	    403, "metrics are of prod");
	is_int(api_send(&f, HTTP_GET, "/v1/metrics?range=1d&source=dev",
	    f.dev, NULL), 200, "unless told otherwise");
	AT("data/totals/run_count", "1");
	is_int(api_send(&f, HTTP_GET, path, f.other, NULL), 200,
	    "another project");
	AT("data", "[]");
	is_int(api_send(&f, HTTP_GET, "/v1/runs/r1?source=prod", f.other,
	    NULL), 404, "does not see this one's");
}

static void
test_revoked(void)
{
	static const char path[] = "/v1/metrics?range=1d";
	struct err e = ERR_INIT;
	struct repo_key key;

	is_int(api_send(&f, HTTP_GET, path, f.both, NULL), 200, "a key");
	ok(repo_key_find(kv_latest(f.kv), str_from(f.both), &key, &e) == 0 &&
	    repo_key_revoke(f.kv, str_from(key.id), API_NOW_MS, &key, &e) == 0,
	    "is revoked");
	clock_sleep_ms(API_KEY_TTL_MS + 100);
	is_int(api_send(&f, HTTP_GET, path, f.both, NULL), 401,
	    "and is soon refused");
}

static void
test_refusals(void)
{
	static const char *const bad[][2] = {
		{ "/v1/runs?range=1d", "source" },
		{ "/v1/runs?source=both&range=1d", "source" },
		{ "/v1/runs?source=prod", "range" },
		{ "/v1/runs?source=prod&range=3d", "range" },
		{ "/v1/runs?source=prod&range=", "range" },
		{ "/v1/runs?source=prod&range=1d&from=1", "range" },
		{ "/v1/runs?source=prod&from=1", "to" },
		{ "/v1/runs?source=prod&to=1", "from" },
		{ "/v1/runs?source=prod&from=x&to=1", "from" },
		{ "/v1/runs?source=prod&from=2&to=1", "to" },
		{ "/v1/runs?source=prod&from=2&to=2", "to" },
		{ "/v1/runs?source=prod&from=0&to=99999999999999999999",
		    "to" },
		{ "/v1/runs?source=prod&range=1d&limit=0", "limit" },
		{ "/v1/runs?source=prod&range=1d&limit=-1", "limit" },
		{ "/v1/runs?source=prod&range=1d&limit=201", "limit" },
		{ "/v1/runs?source=prod&range=1d&limit=abc", "limit" },
		{ "/v1/runs?source=prod&range=1d&limit=", "limit" },
		{ "/v1/runs?source=prod&range=1d&offset=-1", "offset" },
		{ "/v1/runs?source=prod&range=1d&offset=100001", "offset" },
		{ "/v1/runs?source=prod&range=1d&status=failed", "status" },
		{ "/v1/runs?source=prod&range=1d&agnet=x", "agnet" },
		{ "/v1/runs?source=prod&source=dev&range=1d", "source" },
		{ "/v1/runs?source=prod&range=1d&userId=a"
		    "&external_user_id=b", "external_user_id" },
		{ "/v1/runs?source=prod&range=1d&agent=%ff", "agent" },
		{ "/v1/runs/r1", "source" },
		{ "/v1/failures?range=1d&order_by=name", "order_by" },
		{ "/v1/failures?range=1d&direction=up", "direction" },
		{ "/v1/failures?range=1d&entity_type=step", "entity_type" },
		{ "/v1/failures?range=1d&status=ok", "status" },
		{ "/v1/metrics?range=1d&tz_offset_minutes=900",
		    "tz_offset_minutes" },
		{ "/v1/metrics?range=1d&limit=3", "limit" },
	};
	char want[100];

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		is_int(api_get(&f, bad[i][0]), 400, "%s", bad[i][0]);
		snprintf(want, sizeof(want), "\"%s\"", bad[i][1]);
		AT("error/field", want);
	}
	is_int(api_get(&f, "/v1/nothing"), 404, "an unknown path");
	is_int(api_get(&f, "/v1/runs/a/b"), 404, "too long a path");
	is_int(api_send(&f, HTTP_DELETE, "/v1/runs", f.read, NULL), 405,
	    "a wrong method");
	is_str(http_response_header(&f.response, "Allow").p,
	    "GET, HEAD, OPTIONS", "says which are right");
	is_int(api_send(&f, HTTP_OPTIONS, "/v1/failures/x", NULL, NULL), 204,
	    "OPTIONS");
}

static void
test_open(void)
{
	struct err e = ERR_INIT;

	is_int(api_send(&f, HTTP_GET, "/openapi.json", NULL, NULL), 200,
	    "the document");
	ok(json_check(api_body(&f), 0, &e) == 0, "is JSON");
	AT("openapi", "\"3.1.0\"");
	is_int(api_send(&f, HTTP_GET, "/", NULL, NULL), 200, "the first page");
	ok(f.response.fixed_body.n > 500, "says something");
}

static int
ask(const char *question)
{
	char *body = mem_printf("{\"query\":\"%s\"}", question);
	int status = api_send(&f, HTTP_POST, "/v1/insight-search", f.read,
	    body);

	free(body);
	return status;
}

static void
test_questions(void)
{
	static const char *const bad[] = { "{", "[]", "{}", "{\"query\":1}",
		"{\"query\":\"\"}", "{\"query\":\" \"}" };

	is_int(ask("What are the most common failure patterns this week?"),
	    200, "failures");
	AT("data/understood", "true");
	AT("data/answer", "\"1 failure pattern. Most common: \\\"timeout "
	    "after <*>\\\" (1 time in 1 run).\"");
	AT("data/table/rows/0/0", "\"f_1\"");
	AT("data/plan/subject", "\"failures\"");
	AT("data/links/1/path", "\"/v1/failures/f_1?source=prod&"
	    "from=1794787200000&to=1795348800001\"");
	ask("which tool fails most?");
	AT("data/answer", "\"search: 1 of 1 calls failed (100.0 %).\"");
	ask("which model is most expensive");
	AT("data/answer", "\"m1: $0.0031 for 1 calls.\"");
	ask("which users were frustrated today");
	AT("data/answer", "\"u1 (1 runs).\"");
	ask("compare today with yesterday");
	AT("data/table/rows/0/1", "2");
	AT("data/table/rows/1/1", "0");
	ask("why did cost rise today");
	ok(strstr(api_at(&f, "data/answer"), "Model by model: m1: $0.0031"),
	    "the reason");
	ask("latency of support");
	AT("data/plan/agent", "\"support\"");
	ask("show the slowest runs today");
	AT("data/table/rows/0/0", "\"r1\"");
	ask("list failed sessions of this week");
	AT("data/table/rows/0/0", "\"s 1\"");
	ask("feedback this week");
	AT("data/table/rows/0/2", "1");
	ask("frustration rate this week");
	AT("data/answer", "\"User frustration: 1 of 1 conversational runs "
	    "(100.0 %).\"");
	ask("latest insights");
	AT("data/answer", "\"There are no insights yet.\"");
	is_int(ask("colourless green ideas"), 200, "nonsense");
	AT("data/understood", "false");
	AT("data/table", "null");
	ok(strlen(api_at(&f, "data/suggestions")) > 100, "gets suggestions");
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		is_int(api_send(&f, HTTP_POST, "/v1/insight-search", f.read,
		    bad[i]), 400, "%s", bad[i]);
	AT("error/field", "\"query\"");
	is_int(api_send(&f, HTTP_GET, "/v1/insight-search", f.read, NULL),
	    405, "questions are posted");
}

/* Whatever is stored, and whatever fails: an answer, and it is JSON. */
static void
test_random(void)
{
	static const char *const paths[] = {
		"/v1/runs?source=prod&range=1M", "/v1/sessions?range=1M",
		"/v1/metrics?range=1M", "/v1/models?range=1M",
		"/v1/tools?range=1M", "/v1/failures?range=1M",
		"/v1/feedback?range=1M", "/v1/feedback/runs?range=1M",
		"/v1/patterns?range=1M", "/v1/patterns/slug1/runs?range=1M",
		"/v1/runs/run3?source=prod", "/v1/sessions/s1",
		"/v1/failures/f_1", "/v1/failures/f_1/runs?range=1M",
		"/v1/insights" };
	int bad = 0, failed = 0;

	for (int i = 0; i < 300; i++) {
		struct event ev = gen_patch(f.arena, 20), v[8];
		struct str run = gen_name(f.arena, "run", 20);

		gen_commit(f.commit, &ev, 1, 0);
		gen_commit(f.commit, v, gen_verdict(f.arena, run,
		    rev_of(arena_str(f.arena, run).p), v), 0);
	}
	for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
		struct err e = ERR_INIT;

		if (api_get(&f, paths[i]) != 200 ||
		    json_check(api_body(&f), 0, &e))
			printf("# %s: %d %.*s\n", paths[i], f.response.status,
			    STR_FMT(api_body(&f))), bad++;
		for (unsigned n = 1; n < 50; n++) {
			kv_memory_fail(f.kv, KV_MEMORY_READ, n, ERR_AGAIN);
			if (api_get(&f, paths[i]) == 503)
				failed++;
			else if (kv_memory_has_failed(f.kv))
				bad++;
			if (!kv_memory_has_failed(f.kv))
				break;
		}
		kv_memory_fail(f.kv, KV_MEMORY_READ, 0, 0);
	}
	is_int(bad, 0, "random data reads");
	ok(failed > 15, "each failing read gives 503");
}

static void
test_abandoned(void)
{
	store_abandoned();
	is_int(api_get(&f, "/v1/sessions/s%201"), 200, "left alone");
	AT("data/abandoned", "true");
	AT("data/abandoned_after", "\"error\"");
	is_int(api_get(&f, "/v1/sessions?range=2w"), 200, "in the list, too");
	AT("data/0/abandoned", "true");
	is_int(api_get(&f, "/v1/patterns?range=1M"), 200, "and counted");
	AT("data/0/slug", "\"abandoned-session\"");
	AT("data/0/run_count", "1");
	AT("data/0/agents", "[{\"agent\":\"support\",\"run_count\":1,"
	    "\"share_of_runs\":1}]");
	AT("data/2/agents", "[]");
	is_int(api_get(&f, "/v1/patterns/abandoned-session/runs?range=1M"),
	    200, "and listed");
	AT("data/0/run_id", "\"r1\"");
	AT("data/1", "(none)");
}

int
main(void)
{
	api_fixture_init(&f);
	is_int(api_get(&f, "/v1/runs?source=prod&range=1d"), 200, "nothing");
	AT("data", "[]");
	is_int(api_get(&f, "/v1/metrics?range=2M"), 200, "metrics of nothing");
	AT("data/totals/run_count", "0");
	store_run();
	store_verdict();
	test_run();
	test_lists();
	test_metrics();
	test_failures();
	test_questions();
	test_keys();
	test_refusals();
	test_revoked();
	test_open();
	test_abandoned();
	test_random();
	api_fixture_fini(&f);
	return tap_done();
}
