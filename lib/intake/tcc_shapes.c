#include "intake/tcc_shapes.h"

#include "base/cc.h"
#include "model/run.h"

static const struct tcc_member run_members[] = {
	{ "type", HOW_TYPE, 0 },
	{ "run_id", HOW_RUN_ID, 0 },
	{ "start_time", HOW_START, FIELD_RUN_start_ns },
	{ "end_time", HOW_TIME, FIELD_RUN_end_ns },
	{ "status_code", HOW_STATUS, FIELD_RUN_status },
	{ "status_message", HOW_TEXT, FIELD_RUN_status_message },
	{ "prompt", HOW_PROMPT, 0 },
	{ "session_id", HOW_SESSION, 0 },
	{ "conversational", HOW_CONVERSATIONAL, 0 },
	{ "response", HOW_TEXT, FIELD_RUN_response },
	{ "full_output", HOW_ANY, FIELD_RUN_full_output },
	{ "metadata", HOW_METADATA, 0 },
	{ "attributes", HOW_ATTRIBUTES, 0 },
};

static const struct tcc_member step_members[] = {
	{ "type", HOW_TYPE, 0 },
	{ "run_id", HOW_RUN_ID, 0 },
	{ "step_id", HOW_ID, 0 },
	{ "start_time", HOW_START, FIELD_SPAN_start_ns },
	{ "end_time", HOW_TIME, FIELD_SPAN_end_ns },
	{ "status_code", HOW_STATUS, FIELD_SPAN_status },
	{ "status_message", HOW_TEXT, FIELD_SPAN_status_message },
	{ "prompt", HOW_BODY, FIELD_SPAN_input },
	{ "response", HOW_BODY, FIELD_SPAN_output },
	{ "model_requested", HOW_TEXT, FIELD_SPAN_model_requested },
	{ "model_used", HOW_TEXT, FIELD_SPAN_model_used },
	{ "finish_reason", HOW_TEXT, FIELD_SPAN_finish_reason },
	{ "prompt_uncached_tokens", HOW_COUNT, FIELD_SPAN_input_tokens },
	{ "prompt_cached_tokens", HOW_COUNT, FIELD_SPAN_cached_tokens },
	{ "completion_tokens", HOW_COUNT, FIELD_SPAN_output_tokens },
	{ "real_total_cost", HOW_COST, FIELD_SPAN_cost_usd },
	{ "tool_definitions", HOW_BODY, FIELD_SPAN_tool_definitions },
	{ "ttft_ms", HOW_TTFT, FIELD_SPAN_first_token_ns },
	{ "metadata", HOW_METADATA, 0 },
	{ "attributes", HOW_ATTRIBUTES, 0 },
};

static const struct tcc_member tool_members[] = {
	{ "type", HOW_TYPE, 0 },
	{ "run_id", HOW_RUN_ID, 0 },
	{ "tool_call_id", HOW_ID, 0 },
	{ "tool_name", HOW_TEXT, FIELD_SPAN_name },
	{ "start_time", HOW_START, FIELD_SPAN_start_ns },
	{ "end_time", HOW_TIME, FIELD_SPAN_end_ns },
	{ "status_code", HOW_STATUS, FIELD_SPAN_status },
	{ "status_message", HOW_TEXT, FIELD_SPAN_status_message },
	{ "args", HOW_ANY, FIELD_SPAN_input },
	{ "result", HOW_ANY, FIELD_SPAN_output },
	{ "metadata", HOW_METADATA, 0 },
	{ "attributes", HOW_ATTRIBUTES, 0 },
};

static const struct tcc_shape shapes[] = {
	{ "run", EVENT_RUN, 0, "run_id", run_members, ARRAY_LEN(run_members),
	    FIELD_RUN_metadata, FIELD_RUN_attributes },
	{ "step", EVENT_SPAN, SPAN_GENERATION, "step_id", step_members,
	    ARRAY_LEN(step_members), FIELD_SPAN_metadata,
	    FIELD_SPAN_attributes },
	{ "tool_call", EVENT_SPAN, SPAN_TOOL, "tool_call_id", tool_members,
	    ARRAY_LEN(tool_members), FIELD_SPAN_metadata,
	    FIELD_SPAN_attributes },
};

const struct tcc_shape *
tcc_shape(struct str type)
{
	for (size_t i = 0; i < ARRAY_LEN(shapes); i++)
		if (str_is(type, shapes[i].type))
			return &shapes[i];
	return NULL;
}
