#ifndef INTAKE_OTLP_TRACES_H
#define INTAKE_OTLP_TRACES_H

#include "intake/intake.h"

/*
 * POST /v1/traces and /v1/otel-steps: OTLP traces, JSON or protobuf, to runs
 * and spans.
 *
 * Which run.  A span belongs to the run that its own tcc.runId names, else to
 * its parent's if that is in the same request, else to the one run that the
 * spans of its trace name, else to the run whose id is its trace id.  tcc.*
 * keys are found bare and below ai.telemetry.metadata., ai.settings.context.,
 * traceloop.association.properties., langsmith.metadata., metadata. and in a
 * JSON text under `metadata`; what else stands there is metadata.
 *
 * (So an exporter that names the run on some spans only must send a trace in
 * one request; spans that come alone and name nothing make a run of their
 * own.)
 *
 * What becomes of a span.  The run's own span (no parent; or one of the AI
 * SDK's run spans that names its run and whose parent belongs to another)
 * gives the run its name, times, status, prompt and answer, usage, metadata
 * and attributes.  Every other span becomes a span: its type from
 * openinference.span.kind, gen_ai.operation.name, traceloop.span.kind, the AI
 * SDK's names or the presence of a tool's or model's name.  A run's span that
 * is itself a call of a model or tool gives both.  An agent's span that no
 * other of the request stands above, in a trace that names no run, also tells
 * the run its prompt and answer.  At /v1/otel-steps a span that names its run
 * is a step of a run told elsewhere.
 *
 * Tokens.  Input, as AI SDK and the GenAI conventions count it, includes what
 * was read from and written to a cache; ours does not: it is taken from
 * noCacheTokens, else both are subtracted (not when they exceed it, since then
 * the sender has counted as we do).  Counts may be texts.
 *
 * Attributes that fill no field are kept, typed, with service.name and
 * otel.scope.name; a run gets all of its resource's.  Events other than
 * exceptions are kept as JSON under otel.events.
 *
 * A span that is wrong in itself is rejected and counted in partial_success.
 */
intake_parse otlp_traces_parse;
intake_parse otlp_steps_parse;
intake_answer otlp_answer;
intake_refuse otlp_refuse;

#endif
