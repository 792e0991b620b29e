// npm @contextcompany/otel with the AI SDK and a mock model, read back.
// otel.mjs ai5|ai6|ai7: ai7 sends through a plain OTLP exporter, because
// @contextcompany/otel 1.0.16 knows only spans named ai.*
import { randomUUID } from "node:crypto";
import { AsyncLocalStorageContextManager } from
  "@opentelemetry/context-async-hooks";
import { context } from "@opentelemetry/api";
import {
  BasicTracerProvider, BatchSpanProcessor,
} from "@opentelemetry/sdk-trace-base";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-proto";
import { z } from "zod";
import { TCCSpanProcessor } from "@contextcompany/otel";
import { byId, done, has, is, ok, reading, readRun, api } from "./lib.mjs";

const which = process.argv[2] ?? "ai5";
const module = { ai5: "ai5", ai6: "ai6", ai7: "ai" }[which];
const { generateText, streamText, stepCountIs, isStepCount, tool } =
  await import(module);
const test = await import(`${module}/test`);
const seven = which === "ai7";
const Model = test.MockLanguageModelV4 && seven ? test.MockLanguageModelV4 :
  test.MockLanguageModelV3 && which === "ai6" ? test.MockLanguageModelV3 :
  test.MockLanguageModelV2;
const nested = which !== "ai5";

context.setGlobalContextManager(
  new AsyncLocalStorageContextManager().enable());
const processor = seven ?
  new BatchSpanProcessor(new OTLPTraceExporter({
    url: `${process.env.TCC_BASE_URL}/v1/traces`,
    headers: { Authorization: `Bearer ${process.env.TCC_API_KEY}` },
  })) : new TCCSpanProcessor();
const provider = new BasicTracerProvider({ spanProcessors: [processor] });
const tracer = provider.getTracer("ai");

const usage = (input, output) => nested ? {
  inputTokens: { total: input, noCache: input, cacheRead: 0, cacheWrite: 0 },
  outputTokens: { total: output, text: output, reasoning: 0 },
} : { inputTokens: input, outputTokens: output, totalTokens: input + output };
const finish = (r) => nested ? { unified: r, raw: r } : r;

const say = (text, i, o) => ({
  content: [{ type: "text", text }], finishReason: finish("stop"),
  usage: usage(i, o), warnings: [],
});
const call = (name, input, i, o) => ({
  content: [{ type: "tool-call", toolCallId: `call-${randomUUID()}`,
    toolName: name, input: JSON.stringify(input) }],
  finishReason: finish("tool-calls"), usage: usage(i, o), warnings: [],
});

function model(answers) {
  let n = 0;
  return new Model({
    provider: "openai.chat", modelId: "gpt-4o-mini",
    doGenerate: async () => {
      const a = answers[n++];
      if (a instanceof Error) throw a;
      return a;
    },
    doStream: async () => {
      const a = answers[n++];
      return { stream: new ReadableStream({ start(c) {
        c.enqueue({ type: "stream-start", warnings: [] });
        c.enqueue({ type: "text-start", id: "1" });
        for (const w of a.content[0].text.split(" ")) {
          c.enqueue({ type: "text-delta", id: "1", delta: `${w} ` });
        }
        c.enqueue({ type: "text-end", id: "1" });
        c.enqueue({ type: "finish", finishReason: a.finishReason,
          usage: a.usage });
        c.close();
      } }) };
    },
  });
}

const session = `session-${randomUUID()}`;
let integration;
if (seven) {
  const { OpenTelemetry } = await import("@ai-sdk/otel");
  integration = new OpenTelemetry({ tracer, runtimeContext: true,
    usage: true });
}

function telemetry(metadata) {
  if (!seven) {
    return { experimental_telemetry: { isEnabled: true, tracer, metadata } };
  }
  return {
    runtimeContext: metadata,
    telemetry: {
      integrations: [integration],
      includeRuntimeContext: Object.fromEntries(
        Object.keys(metadata).map((k) => [k, true])),
    },
  };
}

const identity = (runId, more) => ({
  "tcc.runId": runId, "tcc.sessionId": session, "tcc.conversational": "true",
  "tcc.agent": "weather-agent", "tcc.userId": "user-9",
  "tcc.userName": "Kim", "tcc.orgId": "org-9", "tcc.orgName": "Nine",
  feature: "weather", ...more,
});

const stop = (n) => (stepCountIs ?? isStepCount)(n);

async function withTools() {
  const id = randomUUID();
  const tools = {
    getWeather: tool({
      description: "Weather", inputSchema: z.object({ city: z.string() }),
      execute: async ({ city }) => ({ city, temp: 15 }),
    }),
    getNews: tool({
      description: "News", inputSchema: z.object({ topic: z.string() }),
      execute: async () => { throw new Error("news backend timed out"); },
    }),
  };
  const r = await generateText({
    model: model([call("getWeather", { city: "London" }, 20, 5),
      call("getNews", { topic: "rain" }, 30, 7),
      say("15 degrees in London.", 40, 6)]),
    system: "You are a weather agent.", prompt: "Weather in London?",
    tools, stopWhen: stop(5), ...telemetry(identity(id)),
  });
  ok(r.text === "15 degrees in London.", "the mock model answered");
  await provider.forceFlush();
  if (!reading) return id;
  const got = await readRun(id);
  has(got, { run_id: id, session_id: session, conversational: true,
    agent: "weather-agent", user_id: "user-9", user_name: "Kim",
    org_id: "org-9", org_name: "Nine", status: "ok",
    response: "15 degrees in London." }, "run");
  is(got.prompt.user_prompt, "Weather in London?", "user prompt");
  is(got.prompt.system_prompt, "You are a weather agent.", "system prompt");
  is(got.metadata.feature, "weather", "metadata");
  ok(!Object.keys(got.metadata).some((k) => k.startsWith("tcc.")),
    "no tcc.* in metadata");
  is(got.steps.length, 3, "three steps");
  is(got.tool_calls.length, 2, "two tool calls");
  is(got.prompt_uncached_tokens, 90, "prompt tokens summed over steps");
  is(got.completion_tokens, 18, "completion tokens summed over steps");
  // gpt-4o-mini: 0.15 and 0.60 USD a million
  has(got, { cost_usd: 90 * 15e-8 + 18 * 6e-7 }, "run");
  is(got.steps.map((s) => s.prompt_uncached_tokens), [20, 30, 40],
    "tokens of each step");
  ok(got.steps.every((s) => s.model_requested === "gpt-4o-mini"),
    "model of each step", JSON.stringify(got.steps.map((s) =>
      s.model_requested)));
  const w = byId(got.tool_calls, "tool_name", "getWeather");
  has(w, { status: "ok", args: '{"city":"London"}',
    result: '{"city":"London","temp":15}' }, "getWeather");
  const f = byId(got.tool_calls, "tool_name", "getNews");
  has(f, { status: "error", args: '{"topic":"rain"}',
    status_message: "news backend timed out" }, "getNews");
  return id;
}

async function streamed() {
  const id = randomUUID();
  const r = streamText({
    model: model([say("one two three", 11, 3)]),
    messages: [{ role: "user", content: "first" },
      { role: "assistant", content: "answer" },
      { role: "user", content: "count to three" }],
    ...telemetry(identity(id)),
  });
  let text = "";
  for await (const t of r.textStream) text += t;
  await provider.forceFlush();
  if (!reading) return;
  const got = await readRun(id);
  has(got, { status: "ok", response: text, prompt_uncached_tokens: 11,
    completion_tokens: 3 }, "streamed run");
  is(got.prompt.user_prompt, "count to three",
    "the last user message is the prompt");
  is(got.steps.length, 1, "one step");
}

async function failed() {
  const id = randomUUID();
  await generateText({
    model: model([new Error("model overloaded: 529")]), maxRetries: 0,
    prompt: "hello", ...telemetry(identity(id)),
  }).catch(() => {});
  await provider.forceFlush();
  if (!reading) return;
  const got = await readRun(id);
  has(got, { status: "error", status_message: "model overloaded: 529" },
    "failed run");
}

const id = await withTools();
await streamed();
await failed();
if (reading) {
  const l = await api(`/v1/sessions/${session}`);
  ok(JSON.stringify(l.body).includes("Weather in London?"),
    "the session shows the conversation");
  const r = await api(`/v1/runs?source=prod&range=1h&session_id=${session}`);
  is(r.body.data?.length, 3, "three runs in the session");
  ok(r.body.data?.some((x) => x.run_id === id), "the first among them");
}
await provider.shutdown();
done();
