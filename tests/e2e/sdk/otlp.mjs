// The plain OpenTelemetry JS exporters: JSON and protobuf, gzip and not.
import { randomUUID } from "node:crypto";
import { AsyncLocalStorageContextManager } from
  "@opentelemetry/context-async-hooks";
import { context, trace, SpanStatusCode } from "@opentelemetry/api";
import {
  BasicTracerProvider, BatchSpanProcessor,
} from "@opentelemetry/sdk-trace-base";
import { OTLPTraceExporter as Proto } from
  "@opentelemetry/exporter-trace-otlp-proto";
import { OTLPTraceExporter as Json } from
  "@opentelemetry/exporter-trace-otlp-http";
import { byId, done, has, is, ok, reading, readRun } from "./lib.mjs";

context.setGlobalContextManager(
  new AsyncLocalStorageContextManager().enable());

async function send(Exporter, compression, name) {
  const provider = new BasicTracerProvider({ spanProcessors: [
    new BatchSpanProcessor(new Exporter({
      url: `${process.env.TCC_BASE_URL}/v1/traces`, compression,
      headers: { Authorization: `Bearer ${process.env.TCC_API_KEY}` },
    })),
  ] });
  const tracer = provider.getTracer("shop");
  const id = randomUUID();
  tracer.startActiveSpan("invoke_agent shop", { attributes: {
    "tcc.runId": id, "tcc.sessionId": `s-${id}`, "tcc.agent": "shop",
    "gen_ai.operation.name": "invoke_agent",
    "gen_ai.input.messages": JSON.stringify([{ role: "user",
      parts: [{ type: "text", content: "Where is my order? 🙂" }] }]),
    "gen_ai.output.messages": JSON.stringify([{ role: "assistant",
      parts: [{ type: "text", content: "On its way." }] }]),
  } }, (run) => {
    tracer.startActiveSpan("chat gpt-4o", { attributes: {
      "tcc.runId": id, "gen_ai.operation.name": "chat",
      "gen_ai.system": "openai", "gen_ai.request.model": "gpt-4o",
      "gen_ai.usage.input_tokens": 1000, "gen_ai.usage.output_tokens": 100,
    } }, (s) => s.end());
    tracer.startActiveSpan("execute_tool orders", { attributes: {
      "tcc.runId": id, "gen_ai.operation.name": "execute_tool",
      "gen_ai.tool.name": "orders", "gen_ai.tool.call.id": "c1",
      "gen_ai.tool.call.arguments": '{"id":1}',
    } }, (s) => {
      s.recordException(new Error("order service down"));
      s.setStatus({ code: SpanStatusCode.ERROR,
        message: "order service down" });
      s.end();
    });
    run.end();
  });
  await provider.forceFlush();
  await provider.shutdown();
  if (!reading) return;
  const got = await readRun(id);
  has(got, { session_id: `s-${id}`, agent: "shop", status: "ok",
    response: "On its way.", prompt_uncached_tokens: 1000,
    completion_tokens: 100 }, name);
  is(got.prompt.user_prompt, "Where is my order? 🙂", `${name}: prompt`);
  is([got.steps.length, got.tool_calls.length], [1, 1], `${name}: children`);
  has(byId(got.tool_calls, "tool_name", "orders"), { status: "error",
    status_message: "order service down", args: '{"id":1}' },
    `${name}: tool call`);
}

await send(Json, "none", "JSON");
await send(Json, "gzip", "JSON, gzip");
await send(Proto, "none", "protobuf");
await send(Proto, "gzip", "protobuf, gzip");
ok(trace !== undefined, "all exporters shut down");
done();
