// npm @contextcompany/custom against weir: everything it can send, read back.
import { randomUUID } from "node:crypto";
import {
  run, sendRun, sendStep, sendToolCall, submitFeedback,
} from "@contextcompany/custom";
import { api, byId, done, has, is, ok, reading, readRun } from "./lib.mjs";

const session = `session-${randomUUID()}`;
const began = Date.now() - 60000;
const at = (s) => new Date(began + s * 1000);

async function builder() {
  const id = randomUUID();
  const r = run({ runId: id, sessionId: session, conversational: true,
    startTime: at(0) });
  r.prompt({ user_prompt: "What is the weather in London?",
    system_prompt: "You are a weather agent." });
  r.metadata({
    "tcc.agent": "support-agent", "tcc.userId": "user-123",
    "tcc.userName": "Jane Doe", "tcc.orgId": "org-456",
    "tcc.orgName": "Acme Inc.", environment: "staging", feature: "weather",
  });
  const s = r.step({ stepId: `${id}-s1`, startTime: at(1) });
  s.prompt('[{"role":"user","content":"What is the weather in London?"}]')
    .response("calling get_weather")
    .model({ requested: "gpt-4o", used: "gpt-4o-2024-08-06" })
    .finishReason("tool_calls")
    .tokens({ uncached: 120, cached: 30, completion: 45 })
    .cost(0.0042)
    .toolDefinitions([{ type: "function", function: { name: "get_weather" } }])
    .endTime(at(2));
  s.end();
  const t = r.toolCall({ toolCallId: `${id}-t1`, name: "get_weather",
    startTime: at(2) });
  t.args({ city: "London" }).result({ temp_c: 15, sky: "cloudy" })
    .endTime(at(3));
  t.end();
  const f = r.toolCall({ toolCallId: `${id}-t2`, name: "search",
    startTime: at(3) });
  f.args("raw string args").endTime(at(4));
  f.error("ECONNRESET from search backend");
  const s2 = r.step({ stepId: `${id}-s2`, startTime: at(4) });
  s2.prompt("and now?").response("15°C and cloudy in London.")
    .model("gpt-4o").finishReason("stop")
    .tokens({ uncached: 200, completion: 12 }).cost(0.001).endTime(at(5));
  s2.end();
  r.response("15°C and cloudy in London.").endTime(at(6));
  await r.end();

  if (!reading) return id;
  const got = await readRun(id);
  has(got, {
    run_id: id, session_id: session, conversational: true, status: "ok",
    agent: "support-agent", user_id: "user-123", user_name: "Jane Doe",
    org_id: "org-456", org_name: "Acme Inc.",
    response: "15°C and cloudy in London.",
  }, "run");
  is(Date.parse(got.end_time) - Date.parse(got.start_time), 6000,
    "run: six seconds");
  is(got.duration_ms, 6000, "run: duration_ms");
  has(got.prompt, { user_prompt: "What is the weather in London?",
    system_prompt: "You are a weather agent." }, "prompt");
  is(got.metadata, { environment: "staging", feature: "weather" },
    "metadata without tcc.*");
  is(got.steps.length, 2, "two steps");
  is(got.tool_calls.length, 2, "two tool calls");
  has(byId(got.steps, "step_id", `${id}-s1`), {
    prompt: '[{"role":"user","content":"What is the weather in London?"}]',
    response: "calling get_weather", status: "ok", model_requested: "gpt-4o",
    model_used: "gpt-4o-2024-08-06", finish_reason: "tool_calls",
    prompt_uncached_tokens: 120, prompt_cached_tokens: 30,
    completion_tokens: 45, cost_usd: 0.0042, duration_ms: 1000,
    tool_definitions:
      '[{"type":"function","function":{"name":"get_weather"}}]',
  }, "step 1");
  has(byId(got.steps, "step_id", `${id}-s2`), {
    response: "15°C and cloudy in London.", prompt_uncached_tokens: 200,
    completion_tokens: 12, cost_usd: 0.001,
  }, "step 2");
  has(byId(got.tool_calls, "tool_call_id", `${id}-t1`), {
    tool_name: "get_weather", status: "ok", args: '{"city":"London"}',
    result: '{"temp_c":15,"sky":"cloudy"}', duration_ms: 1000,
  }, "tool call 1");
  has(byId(got.tool_calls, "tool_call_id", `${id}-t2`), {
    tool_name: "search", status: "error", args: "raw string args",
    status_message: "ECONNRESET from search backend",
  }, "tool call 2");
  has(got, { prompt_uncached_tokens: 320, prompt_cached_tokens: 30,
    completion_tokens: 57, cost_usd: 0.0052 }, "run: sums over steps");
  return id;
}

async function factory() {
  const id = `run-${randomUUID()}`;
  await sendRun({
    runId: id, sessionId: session, conversational: true,
    prompt: { user_prompt: "Refund me — 30 €, 日本語, 🙂" },
    response: "I cannot.", startTime: at(10), endTime: at(12.5),
    statusCode: 2, statusMessage: "refund backend refused",
    metadata: { "tcc.userName": "Nobody", "tcc.orgName": "Nothing",
      "tcc.agent": "sessions", "tcc.unknown": "x", plan: "pro",
      userId: "plain" },
    steps: [{ prompt: "p", response: "r", startTime: at(10), endTime: at(11),
      model: "gpt-4o-mini", tokens: { uncached: 1000000, completion: 0 } }],
    toolCalls: [{ name: "refund", startTime: at(11), endTime: at(12),
      args: { amount: 30 }, result: "Error: refused", statusCode: 2,
      statusMessage: "Error: refused" }],
  });
  if (!reading) return id;
  const got = await readRun(id);
  has(got, { run_id: id, status: "error",
    status_message: "refund backend refused", duration_ms: 2500 },
    "failed run");
  is(got.prompt.user_prompt, "Refund me — 30 €, 日本語, 🙂", "UTF-8 kept");
  is(got.metadata, { plan: "pro", userId: "plain" },
    "plain userId stays, tcc.* goes");
  for (const k of ["agent", "user_id", "user_name", "org_id", "org_name"]) {
    ok(got[k] === undefined || got[k] === null, `no ${k}`,
      JSON.stringify(got[k]));
  }
  is(got.cost_usd, 0.15, "cost from the price table");
  is(got.tool_calls[0]?.status, "error", "tool error");
  return id;
}

async function errors() {
  const id = randomUUID();
  const r = run({ runId: id, sessionId: session });
  r.step({ stepId: `${id}-s` });
  r.toolCall({ toolCallId: `${id}-t`, name: "slow" });
  await r.error("model overloaded");
  if (!reading) return;
  const got = await readRun(id);
  has(got, { status: "error", status_message: "model overloaded" },
    "run.error()");
  ok(!got.prompt.user_prompt, "no prompt was set");
  has(byId(got.steps, "step_id", `${id}-s`), { status: "error",
    status_message: "Parent run errored" }, "its step");
  has(byId(got.tool_calls, "tool_call_id", `${id}-t`), { status: "error",
    status_message: "Parent run errored" }, "its tool call");
}

async function children() {
  const id = randomUUID();
  await sendToolCall({ runId: id, toolCallId: `${id}-t`, name: "lookup",
    startTime: at(21), endTime: at(22), args: { q: 1 }, result: "2" });
  await sendStep({ runId: id, stepId: `${id}-s`, prompt: "p", response: "r",
    startTime: at(20), endTime: at(21), model: "claude-sonnet-4-5",
    tokens: { uncached: 10, completion: 5 } });
  if (reading) {
    const early = await readRun(id);
    is([early.steps.length, early.tool_calls.length], [1, 1],
      "children are there before their run");
  }
  await sendRun({ runId: id, prompt: { user_prompt: "late parent" },
    response: "done", startTime: at(20), endTime: at(23) });
  if (!reading) return;
  const got = await readRun(id);
  is([got.steps.length, got.tool_calls.length], [1, 1], "children kept");
  is(got.prompt.user_prompt, "late parent", "parent arrived");
  is(got.duration_ms, 3000, "parent's own times");
}

async function feedback(id) {
  const up = await submitFeedback({ runId: id, score: "thumbs_up" });
  const text = await submitFeedback({ runId: id, text: "Very helpful!" });
  if (!reading) return;
  ok(up?.ok && text?.ok, "feedback accepted");
  const bad = await submitFeedback({ runId: "not-a-uuid", text: "x" });
  is(bad?.status, 400, "feedback on a run id that is no UUID");
  const got = await readRun(id);
  is(got.feedback?.score, "thumbs_up", "feedback: score");
  is(got.feedback?.text, "Very helpful!", "feedback: text");
  const m = await api("/v1/feedback?range=1d");
  is(m.status, 200, "GET /v1/feedback");
  const l = await api("/v1/feedback/runs?range=1d");
  ok(l.body.data?.some((x) => x.run_id === id), "run listed with feedback",
    JSON.stringify(l.body).slice(0, 300));
}

async function sessionView(ids) {
  if (!reading) return;
  const r = await api(`/v1/sessions/${session}`);
  is(r.status, 200, "GET session");
  const s = r.body.data ?? r.body;
  is(s.session_id, session, "session: id");
  const text = JSON.stringify(s);
  ok(text.includes("What is the weather in London?") &&
    text.includes("15°C and cloudy in London."), "session: conversation");
  const l = await api(`/v1/runs?source=prod&range=1d&session_id=${session}`);
  const listed = l.body.data?.map((x) => x.run_id) ?? [];
  ok(ids.every((id) => listed.includes(id)), "runs listed by session",
    JSON.stringify(listed));
  const e = await api(
    `/v1/runs?source=prod&range=1d&status=error&session_id=${session}`);
  is(e.body.data?.length, 2, "failed runs of the session");
  const a = await api("/v1/runs?source=prod&range=1d&agent=support-agent" +
    "&userId=user-123&orgId=org-456");
  ok(a.body.data?.some((x) => x.run_id === ids[0]),
    "runs by agent, user and organisation");
}

async function retries() {
  const proxy = process.env.TCC_BASE_URL;
  if (!process.env.WEIR_PROXY) return;
  const set = (s) => fetch(`${proxy}/-/fail`, { method: "POST", body: s });
  const count = async () => Number(await (await fetch(`${proxy}/-/count`))
    .text());
  await set("503,429");
  const id = randomUUID();
  const began = Date.now();
  const r = run({ runId: id });
  r.prompt("try again").response("yes");
  const s = r.step({ stepId: `${id}-s` });
  s.prompt("p").response("r").tokens({ uncached: 7, completion: 3 });
  s.end();
  await r.end();
  is(await count(), 3, "three attempts");
  ok(Date.now() - began >= 2900, "with the SDK's pauses");
  if (!reading) return;
  const got = await readRun(id);
  has(got, { status: "ok", response: "yes", prompt_uncached_tokens: 7,
    completion_tokens: 3 }, "after retries");
  is(got.steps.length, 1, "one step");
}

const first = await builder();
const second = await factory();
await errors();
await children();
await feedback(first);
await sessionView([first, second]);
await retries();
done();
