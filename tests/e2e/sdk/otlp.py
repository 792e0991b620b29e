"""Python's own OTLP/HTTP protobuf exporter, plain and gzip, read back."""
import os
import uuid

from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http.trace_exporter import \
    OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from weirtest import Client, by_id, done, eq, has, ok, read_run, reading

api = Client()
base = os.environ.get("TCC_BASE_URL", os.environ.get("WEIR_URL"))


def exporter(path, how):
    return OTLPSpanExporter(
        endpoint=base + path, compression=how,
        headers={"Authorization": "Bearer " + os.environ["TCC_API_KEY"]})


def genai(how, processor, name):
    """Spans by the GenAI conventions, as any framework writes them."""
    provider = TracerProvider(resource=Resource({"service.name": "shop"}))
    provider.add_span_processor(processor(exporter("/v1/traces", how)))
    tracer = provider.get_tracer("test")
    rid = str(uuid.uuid4())
    with tracer.start_as_current_span("invoke_agent shop") as run:
        run.set_attributes({
            "tcc.runId": rid, "gen_ai.operation.name": "invoke_agent",
            "tcc.sessionId": "s-" + rid, "tcc.userId": "u-7",
            "gen_ai.input.messages":
                '[{"role":"user","parts":[{"type":"text",'
                '"content":"Where is my order?"}]}]',
            "gen_ai.output.messages":
                '[{"role":"assistant","parts":[{"type":"text",'
                '"content":"On its way."}],"finish_reason":"stop"}]'})
        with tracer.start_as_current_span("chat gpt-4o-mini") as chat:
            chat.set_attributes({
                "tcc.runId": rid, "gen_ai.operation.name": "chat",
                "gen_ai.provider.name": "openai",
                "gen_ai.request.model": "gpt-4o-mini",
                "gen_ai.response.model": "gpt-4o-mini-2024-07-18",
                "gen_ai.usage.input_tokens": 1000,
                "gen_ai.usage.cache_read.input_tokens": 400,
                "gen_ai.usage.output_tokens": 50})
        with tracer.start_as_current_span("execute_tool orders") as tool:
            tool.set_attributes({
                "tcc.runId": rid, "gen_ai.operation.name": "execute_tool",
                "gen_ai.tool.name": "orders", "gen_ai.tool.call.id": "c1",
                "gen_ai.tool.call.arguments": '{"id":1}'})
            tool.set_status(trace.StatusCode.ERROR, "order service down")
    provider.shutdown()
    if not reading:
        return
    got = read_run(api, rid)
    has(got, {"session_id": "s-" + rid, "user_id": "u-7",
              "response": "On its way.", "status": "ok",
              "prompt_uncached_tokens": 600, "prompt_cached_tokens": 400,
              "completion_tokens": 50}, name)
    eq(got["prompt"].get("user_prompt"), "Where is my order?",
       name + ": prompt")
    eq([len(got["steps"]), len(got["tool_calls"])], [1, 1],
       name + ": children")
    has(got["steps"][0] if got["steps"] else {}, {
        "model_requested": "gpt-4o-mini",
        "model_used": "gpt-4o-mini-2024-07-18"}, name + ": step")
    has(by_id(got["tool_calls"], "tool_name", "orders"), {
        "status": "error", "status_message": "order service down",
        "args": '{"id":1}'}, name + ": tool call")


def plain():
    """Spans without a word of GenAI: the trace is the run."""
    provider = TracerProvider(resource=Resource({"service.name": "job"}))
    provider.add_span_processor(
        BatchSpanProcessor(exporter("/v1/traces", Compression.Gzip)))
    tracer = provider.get_tracer("test")
    with tracer.start_as_current_span("nightly job") as span:
        tid = format(span.get_span_context().trace_id, "032x")
        with tracer.start_as_current_span("read rows"):
            pass
        span.set_attribute("rows", 12)
    provider.shutdown()
    if reading:
        got = read_run(api, tid)
        eq(got.get("run_id"), tid, "plain spans: the trace id is the run id")


def litellm():
    """What the litellm callback sends: a step for a run told elsewhere."""
    rid = str(uuid.uuid4())
    provider = TracerProvider(resource=Resource({"service.name": "litellm"}))
    provider.add_span_processor(
        BatchSpanProcessor(exporter("/v1/otel-steps", Compression.NoCompression)))
    span = provider.get_tracer("contextcompany.litellm").start_span(
        "litellm_request")
    span.set_attributes({
        "metadata.tcc.runId": rid, "gen_ai.request.model": "gpt-4o",
        "gen_ai.response.model": "gpt-4o-2024-08-06",
        "gen_ai.usage.input_tokens": 12, "gen_ai.usage.output_tokens": 3,
        "gen_ai.input.messages": '[{"role":"user","content":"hi"}]',
        "gen_ai.output.messages": '[{"role":"assistant","content":"yo"}]',
        "gen_ai.response.finish_reasons": '["stop"]'})
    span.end()
    provider.shutdown()
    if reading:
        got = read_run(api, rid)
        eq(len(got["steps"]), 1, "litellm: one step")
        has(got["steps"][0] if got["steps"] else {}, {
            "model_requested": "gpt-4o", "prompt_uncached_tokens": 12,
            "completion_tokens": 3, "response": "yo",
            "finish_reason": "stop"}, "litellm")


genai(Compression.NoCompression, SimpleSpanProcessor, "span by span")
genai(Compression.Gzip, BatchSpanProcessor, "gzip batch")
plain()
litellm()
ok(True, "all exporters shut down")
done()
