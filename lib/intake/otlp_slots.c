#include "intake/otlp_slots.h"

/* AI SDK 5 and 6 (ai.*), AI SDK 7 and the GenAI conventions (gen_ai.*),
 * OpenInference (llm.*, input.value), OpenLLMetry (traceloop.*). */
static const struct otlp_slot_name names[] = {
	{ 7, "user.id", SLOT_USER, 0 },
	{ 8, "metadata", SLOT_METADATA, 0 },
	{ 9, "ai.prompt", SLOT_INPUT, 0 },
	{ 9, "llm.tools", SLOT_TOOLS, 2 },
	{ 9, "tool.name", SLOT_TOOL_NAME, 2 },
	{ 10, "agent.name", SLOT_AGENT_NAME, 1 },
	{ 10, "enduser.id", SLOT_USER, 1 },
	{ 10, "llm.system", SLOT_PROVIDER, 4 },
	{ 10, "session.id", SLOT_SESSION, 0 },
	{ 11, "ai.model.id", SLOT_MODEL_REQUESTED, 1 },
	{ 11, "input.value", SLOT_INPUT, 3 },
	{ 12, "llm.provider", SLOT_PROVIDER, 3 },
	{ 12, "output.value", SLOT_OUTPUT, 1 },
	{ 13, "gen_ai.prompt", SLOT_INPUT, 5 },
	{ 13, "gen_ai.system", SLOT_PROVIDER, 1 },
	{ 13, "tcc.span.type", SLOT_TCC_TYPE, 0 },
	{ 14, "ai.operationId", SLOT_AI_OPERATION, 0 },
	{ 14, "ai.result.text", SLOT_TEXT, 1 },
	{ 14, "ai.toolCall.id", SLOT_TOOL_ID, 1 },
	{ 14, "llm.cost.total", SLOT_COST, 1 },
	{ 14, "llm.model_name", SLOT_MODEL_REQUESTED, 2 },
	{ 14, "operation.name", SLOT_AI_OPERATION_NAME, 0 },
	{ 15, "ai.prompt.tools", SLOT_TOOLS, 0 },
	{ 15, "ai.usage.tokens", SLOT_TOKENS_INPUT, 6 },
	{ 15, "tool.parameters", SLOT_TOOL_ARGS, 2 },
	{ 16, "ai.response.text", SLOT_TEXT, 0 },
	{ 16, "ai.result.object", SLOT_OBJECT, 1 },
	{ 16, "ai.toolCall.args", SLOT_TOOL_ARGS, 0 },
	{ 16, "ai.toolCall.name", SLOT_TOOL_NAME, 0 },
	{ 16, "gen_ai.tool.name", SLOT_TOOL_NAME, 1 },
	{ 16, "llm.request.type", SLOT_REQUEST_TYPE, 0 },
	{ 17, "ai.model.provider", SLOT_PROVIDER, 2 },
	{ 17, "ai.response.model", SLOT_MODEL_USED, 1 },
	{ 17, "gen_ai.agent.name", SLOT_AGENT_NAME, 0 },
	{ 17, "gen_ai.completion", SLOT_OUTPUT, 3 },
	{ 17, "gen_ai.usage.cost", SLOT_COST, 0 },
	{ 17, "llm.request.model", SLOT_MODEL_REQUESTED, 3 },
	{ 18, "ai.prompt.messages", SLOT_INPUT, 1 },
	{ 18, "ai.response.object", SLOT_OBJECT, 0 },
	{ 18, "ai.toolCall.result", SLOT_TOOL_RESULT, 0 },
	{ 18, "llm.response.model", SLOT_MODEL_USED, 2 },
	{ 19, "ai.result.toolCalls", SLOT_TOOL_CALLS, 1 },
	{ 19, "gen_ai.tool.call.id", SLOT_TOOL_ID, 0 },
	{ 19, "reranker.model_name", SLOT_MODEL_REQUESTED, 5 },
	{ 19, "traceloop.span.kind", SLOT_TRACELOOP_KIND, 0 },
	{ 20, "ai.usage.inputTokens", SLOT_TOKENS_INPUT, 0 },
	{ 20, "ai.usage.totalTokens", SLOT_TOTAL, 0 },
	{ 20, "embedding.model_name", SLOT_MODEL_REQUESTED, 4 },
	{ 20, "gen_ai.provider.name", SLOT_PROVIDER, 0 },
	{ 20, "gen_ai.request.model", SLOT_MODEL_REQUESTED, 0 },
	{ 21, "ai.response.toolCalls", SLOT_TOOL_CALLS, 0 },
	{ 21, "ai.usage.outputTokens", SLOT_TOKENS_OUTPUT, 0 },
	{ 21, "ai.usage.promptTokens", SLOT_TOKENS_INPUT, 1 },
	{ 21, "gen_ai.input.messages", SLOT_INPUT, 2 },
	{ 21, "gen_ai.operation.name", SLOT_OPERATION, 0 },
	{ 21, "gen_ai.response.model", SLOT_MODEL_USED, 0 },
	{ 21, "llm.token_count.total", SLOT_TOTAL, 1 },
	{ 21, "traceloop.entity.name", SLOT_TOOL_NAME, 3 },
	{ 22, "gen_ai.conversation.id", SLOT_SESSION, 1 },
	{ 22, "gen_ai.output.messages", SLOT_OUTPUT, 0 },
	{ 22, "llm.token_count.prompt", SLOT_TOKENS_INPUT, 4 },
	{ 22, "llm.usage.total_tokens", SLOT_TOTAL, 3 },
	{ 22, "traceloop.entity.input", SLOT_INPUT, 4 },
	{ 23, "ai.telemetry.functionId", SLOT_FUNCTION_ID, 0 },
	{ 23, "gen_ai.tool.call.result", SLOT_TOOL_RESULT, 1 },
	{ 23, "gen_ai.tool.definitions", SLOT_TOOLS, 1 },
	{ 23, "gen_ai.usage.total_cost", SLOT_COST, 2 },
	{ 23, "llm.usage.prompt_tokens", SLOT_TOKENS_INPUT, 5 },
	{ 23, "openinference.span.kind", SLOT_OPENINFERENCE_KIND, 0 },
	{ 23, "traceloop.entity.output", SLOT_OUTPUT, 2 },
	{ 24, "ai.response.finishReason", SLOT_FINISH, 0 },
	{ 24, "ai.stream.msToFirstChunk", SLOT_FIRST_CHUNK_MS, 1 },
	{ 24, "ai.usage.reasoningTokens", SLOT_TOKENS_REASONING, 1 },
	{ 25, "ai.usage.completionTokens", SLOT_TOKENS_OUTPUT, 1 },
	{ 25, "gen_ai.usage.input_tokens", SLOT_TOKENS_INPUT, 2 },
	{ 25, "gen_ai.usage.total_tokens", SLOT_TOTAL, 2 },
	{ 26, "ai.response.msToFirstChunk", SLOT_FIRST_CHUNK_MS, 0 },
	{ 26, "ai.usage.cachedInputTokens", SLOT_TOKENS_CACHED, 1 },
	{ 26, "gen_ai.system_instructions", SLOT_SYSTEM, 0 },
	{ 26, "gen_ai.tool.call.arguments", SLOT_TOOL_ARGS, 1 },
	{ 26, "gen_ai.usage.output_tokens", SLOT_TOKENS_OUTPUT, 2 },
	{ 26, "gen_ai.usage.prompt_tokens", SLOT_TOKENS_INPUT, 3 },
	{ 26, "llm.response.finish_reason", SLOT_FINISH, 2 },
	{ 26, "llm.token_count.completion", SLOT_TOKENS_OUTPUT, 4 },
	{ 27, "llm.usage.completion_tokens", SLOT_TOKENS_OUTPUT, 5 },
	{ 29, "gen_ai.usage.reasoning_tokens", SLOT_TOKENS_REASONING, 2 },
	{ 30, "gen_ai.response.finish_reasons", SLOT_FINISH, 1 },
	{ 30, "gen_ai.usage.completion_tokens", SLOT_TOKENS_OUTPUT, 3 },
	{ 33, "gen_ai.completion.0.finish_reason", SLOT_FINISH, 3 },
	{ 33, "gen_ai.server.time_to_first_token", SLOT_FIRST_CHUNK_S, 1 },
	{ 35, "gen_ai.response.time_to_first_chunk", SLOT_FIRST_CHUNK_S, 2 },
	{ 36, "gen_ai.usage.cache_read.input_tokens", SLOT_TOKENS_CACHED, 2 },
	{ 36, "gen_ai.usage.cache_read_input_tokens", SLOT_TOKENS_CACHED, 3 },
	{ 36, "gen_ai.usage.reasoning.output_tokens",
	    SLOT_TOKENS_REASONING, 3 },
	{ 40, "ai.usage.inputTokenDetails.noCacheTokens",
	    SLOT_TOKENS_UNCACHED, 0 },
	{ 40, "gen_ai.usage.cache_creation.input_tokens",
	    SLOT_TOKENS_CACHE_WRITE, 1 },
	{ 40, "gen_ai.usage.cache_creation_input_tokens",
	    SLOT_TOKENS_CACHE_WRITE, 2 },
	{ 41, "llm.token_count.prompt_details.cache_read",
	    SLOT_TOKENS_CACHED, 4 },
	{ 42, "ai.usage.inputTokenDetails.cacheReadTokens",
	    SLOT_TOKENS_CACHED, 0 },
	{ 42, "llm.token_count.prompt_details.cache_write",
	    SLOT_TOKENS_CACHE_WRITE, 3 },
	{ 43, "ai.usage.inputTokenDetails.cacheWriteTokens",
	    SLOT_TOKENS_CACHE_WRITE, 0 },
	{ 43, "ai.usage.outputTokenDetails.reasoningTokens",
	    SLOT_TOKENS_REASONING, 0 },
	{ 43, "gen_ai.client.operation.time_to_first_chunk",
	    SLOT_FIRST_CHUNK_S, 0 },
	{ 44, "llm.token_count.completion_details.reasoning",
	    SLOT_TOKENS_REASONING, 4 },
};

const struct otlp_slot_name *
otlp_slot_find(struct str key)
{
	size_t from = 0, to = ARRAY_LEN(names);

	while (from < to) {
		size_t mid = (from + to) / 2;
		const struct otlp_slot_name *row = &names[mid];
		int c = row->n != key.n ? (row->n < key.n ? -1 : 1) :
		    memcmp(row->key, key.p, key.n);

		if (c == 0)
			return row;
		if (c < 0)
			from = mid + 1;
		else
			to = mid;
	}
	return NULL;
}

const struct otlp_slot_name *
otlp_slot_names(size_t *n)
{
	*n = ARRAY_LEN(names);
	return names;
}
