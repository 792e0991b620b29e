/* Steps, tool calls, and other spans of a run. */
#include <stdlib.h>

#include "api/call.h"
#include "base/clock.h"

struct placed {
	struct span *span;
	size_t i;               /* arrival: the second key */
};

static int64_t
rank(const struct span *s)
{
	return ENTITY_HAS(s, SPAN, start_ns) ? s->start_ns : INT64_MAX;
}

static int
compare(const void *a, const void *b)
{
	const struct placed *x = a, *y = b;
	int64_t s = rank(x->span), t = rank(y->span);

	if (s != t)
		return s < t ? -1 : 1;
	return x->i < y->i ? -1 : x->i > y->i;
}

struct span **
spans_by_start(const struct run *run, struct arena *a)
{
	size_t n = run_count(run, EVENT_SPAN);
	struct placed *v = arena_array(a, n, sizeof(*v));
	struct span **out = arena_array(a, n, sizeof(*out));

	if (!v || !out)
		return NULL;
	for (size_t i = 0; i < n; i++)
		v[i] = (struct placed){ run_span(run, i), i };
	qsort(v, n, sizeof(*v), compare);
	for (size_t i = 0; i < n; i++)
		out[i] = v[i].span;
	return out;
}

static void
put_time_ns(struct json_writer *w, const char *key, bool has, int64_t ns)
{
	put_time_ms(w, key, has ? floor_div(ns, NS_PER_MS) : 0);
}

/* What every span has. */
static void
put_common(struct json_writer *w, const struct span *s)
{
	bool started = ENTITY_HAS(s, SPAN, start_ns);
	bool ended = ENTITY_HAS(s, SPAN, end_ns);

	json_member_str(w, "parent_id", span_sender_id(s->parent_id));
	put_status(w, s->status);
	json_member_str(w, "status_message", s->status_message);
	put_time_ns(w, "start_time", started, s->start_ns);
	put_time_ns(w, "end_time", ended, s->end_ns);
	if (started && ended)
		put_ms_from_ns(w, "duration_ms",
		    clock_between(s->start_ns, s->end_ns));
	else
		json_member_null(w, "duration_ms");
}

static void
put_details(struct json_writer *w, const struct span *s)
{
	json_member_str(w, "level", s->level);
	json_member_str(w, "version", s->version);
	json_member_str(w, "environment", s->environment);
	put_attrs(w, "metadata", &s->metadata);
	put_attrs(w, "attributes", &s->attributes);
	json_put_key(w, "exception");
	if (!s->exception_type.p && !s->exception_message.p &&
	    !s->exception_stack.p) {
		json_put_null(w);
		return;
	}
	json_put_object(w);
	json_member_str(w, "type", s->exception_type);
	json_member_str(w, "message", s->exception_message);
	json_member_str(w, "stack", s->exception_stack);
	json_put_object_end(w);
}

static void
put_tokens(struct json_writer *w, const char *key, bool has, int64_t n)
{
	if (has)
		json_member_i64(w, key, n);
	else
		json_member_null(w, key);
}

static void
put_cost(struct json_writer *w, const struct span *s)
{
	static const char *const sources[] = { [COST_SENDER] = "sender",
		[COST_TABLE] = "table", [COST_UNPRICED] = "unknown" };

	if (s->cost_source == COST_SENDER || s->cost_source == COST_TABLE)
		json_member_double(w, "cost_usd",
		    cost_usd_from_pico(s->cost_pico_usd));
	else
		json_member_null(w, "cost_usd");
	json_member_str(w, "cost_source",
	    s->cost_source > COST_NONE && s->cost_source <= COST_UNPRICED ?
	    str_from(sources[s->cost_source]) : STR_NULL);
	if (ENTITY_HAS(s, SPAN, cost_usd))
		json_member_double(w, "real_total_cost", s->cost_usd);
	else
		json_member_null(w, "real_total_cost");
}

static void
put_usage(struct json_writer *w, const struct span *s)
{
	json_member_str(w, "model_requested", s->model_requested);
	json_member_str(w, "model_used", s->model_used);
	json_member_str(w, "provider", s->provider);
	json_member_str(w, "finish_reason", s->finish_reason);
	put_tokens(w, "prompt_uncached_tokens",
	    ENTITY_HAS(s, SPAN, input_tokens), s->input_tokens);
	put_tokens(w, "prompt_cached_tokens",
	    ENTITY_HAS(s, SPAN, cached_tokens), s->cached_tokens);
	put_tokens(w, "cache_write_tokens",
	    ENTITY_HAS(s, SPAN, cache_write_tokens), s->cache_write_tokens);
	put_tokens(w, "completion_tokens",
	    ENTITY_HAS(s, SPAN, output_tokens), s->output_tokens);
	put_tokens(w, "reasoning_tokens",
	    ENTITY_HAS(s, SPAN, reasoning_tokens), s->reasoning_tokens);
	put_cost(w, s);
	if (ENTITY_HAS(s, SPAN, first_token_ns) &&
	    ENTITY_HAS(s, SPAN, start_ns) && s->first_token_ns >= s->start_ns)
		put_ms_from_ns(w, "ttft_ms",
		    clock_between(s->start_ns, s->first_token_ns));
	else
		json_member_null(w, "ttft_ms");
	put_value(w, "tool_definitions", &s->tool_definitions);
	put_value(w, "model_parameters", &s->model_parameters);
	json_member_str(w, "prompt_name", s->prompt_name);
	put_tokens(w, "prompt_version",
	    ENTITY_HAS(s, SPAN, prompt_version), s->prompt_version);
}

void
put_step(struct json_writer *w, const struct span *s)
{
	if (s->type != SPAN_GENERATION)
		return;
	json_put_object(w);
	json_member_str(w, "step_id", s->base.id);
	json_member_str(w, "name", s->name);
	put_common(w, s);
	put_value(w, "prompt", &s->input);
	put_value(w, "response", &s->output);
	put_usage(w, s);
	put_details(w, s);
	json_put_object_end(w);
}

void
put_tool_members(struct json_writer *w, const struct span *s)
{
	json_member_str(w, "tool_call_id",
	    span_sender_id(s->base.id));
	json_member_str(w, "tool_name", s->name);
	put_common(w, s);
	put_value(w, "args", &s->input);
	put_value(w, "result", &s->output);
	put_details(w, s);
}

void
put_tool_call(struct json_writer *w, const struct span *s)
{
	if (s->type != SPAN_TOOL)
		return;
	json_put_object(w);
	put_tool_members(w, s);
	json_put_object_end(w);
}

void
put_other_span(struct json_writer *w, const struct span *s)
{
	if (s->type == SPAN_GENERATION || s->type == SPAN_TOOL)
		return;
	json_put_object(w);
	json_member_str(w, "span_id", span_sender_id(s->base.id));
	json_member_cstr(w, "type", span_type_name(s->type));
	json_member_str(w, "name", s->name);
	put_common(w, s);
	put_value(w, "input", &s->input);
	put_value(w, "output", &s->output);
	put_usage(w, s);
	put_details(w, s);
	json_put_object_end(w);
}

void
put_spans(struct json_writer *w, const char *key, struct span *const *spans,
    size_t n, put_span_fn *put)
{
	json_put_key(w, key);
	json_put_array(w);
	for (size_t i = 0; i < n; i++)
		put(w, spans[i]);
	json_put_array_end(w);
}
