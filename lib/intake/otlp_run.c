/* What a run is told by its own span, or by others in its stead. */
#include "base/hash.h"
#include "intake/messages.h"
#include "intake/otlp_node.h"

/* A model or tool call without anything around it: it is in the run, and all
 * there is of it. */
static bool
is_leaf(const struct otlp_node *n)
{
	return n->type != SPAN_AGENT && n->type != SPAN_CHAIN &&
	    n->type != SPAN_SPAN;
}

static void
put_prompt(struct otlp_node *n, bool whole, struct event_builder *b)
{
	struct str text = otlp_slot_look(n, SLOT_INPUT);
	struct str system = otlp_slot_look(n, SLOT_SYSTEM);
	struct messages m = { 0 }, sys = { 0 };
	struct value v;

	if (text.p) {
		(void)messages_read(text, b->arena, &m);
		if (!m.user.p)
			m.user = m.text.p ? m.text : text;
	}
	if (system.p) {
		(void)messages_read(system, b->arena, &sys);
		m.system = sys.text.p ? sys.text : sys.system.p ? sys.system :
		    system;
		if (whole)
			otlp_slot_use(n, SLOT_SYSTEM);
	}
	event_text(b, FIELD_RUN_user_prompt, m.user);
	event_text(b, FIELD_RUN_system_prompt, m.system);
	if (whole && otlp_slot_value(n, SLOT_INPUT, b->arena, &v))
		event_value(b, FIELD_RUN_full_input, v);
}

static void
put_response(struct otlp_node *n, bool whole, struct event_builder *b)
{
	static const enum otlp_slot wholes[] = {
		SLOT_OUTPUT, SLOT_OBJECT, SLOT_TOOL_CALLS
	};
	struct str text = otlp_slot_look(n, SLOT_TEXT);
	struct str output = otlp_slot_look(n, SLOT_OUTPUT);
	struct messages m = { 0 };
	struct value v;

	if (!text.p && output.p) {
		bool is_json = messages_read(output, b->arena, &m);

		text = m.assistant.p ? m.assistant : m.text;
		if (!text.p && is_json && m.n == 0)
			text = output;
	}
	if (!text.p)
		text = otlp_slot_look(n, SLOT_OBJECT);
	event_text(b, FIELD_RUN_response, text);
	if (!whole)
		return;
	otlp_slot_use(n, SLOT_TEXT);
	for (size_t i = 0; i < ARRAY_LEN(wholes); i++)
		if (otlp_slot_value(n, wholes[i], b->arena, &v)) {
			event_value(b, FIELD_RUN_full_output, v);
			return;
		}
}

static void
put_usage(struct otlp_node *n, struct event_builder *b)
{
	struct otlp_usage u;

	otlp_usage_read(n, &u);
	if (u.has_input)
		event_int(b, FIELD_RUN_input_tokens, u.input);
	if (u.has_cached)
		event_int(b, FIELD_RUN_cached_tokens, u.cached);
	if (u.has_cache_write)
		event_int(b, FIELD_RUN_cache_write_tokens, u.cache_write);
	if (u.has_output)
		event_int(b, FIELD_RUN_output_tokens, u.output);
	if (u.has_reasoning)
		event_int(b, FIELD_RUN_reasoning_tokens, u.reasoning);
	if (u.has_cost)
		event_num(b, FIELD_RUN_cost_usd, u.cost);
}

static void
put_model(struct otlp_node *n, bool whole, struct event_builder *b)
{
	static const enum otlp_slot slots[] = {
		SLOT_MODEL_USED, SLOT_MODEL_REQUESTED
	};

	for (size_t i = 0; i < ARRAY_LEN(slots); i++) {
		struct str s = otlp_slot_look(n, slots[i]);

		if (!s.p)
			continue;
		event_text(b, FIELD_RUN_model, s);
		if (whole)
			otlp_slot_use(n, slots[i]);
		return;
	}
}

static void
put_times(struct otlp_node *n, struct event_builder *b)
{
	const struct otlp_span *s = n->span;
	const struct otlp_attrs *x = otlp_exception(s);
	int64_t status = otlp_span_status(s);
	struct str message = s->status_message;
	struct str name = otlp_slot_text(n, SLOT_FUNCTION_ID);

	event_text(b, FIELD_RUN_name, name.n ? name : s->name);
	if (s->start_ns)
		event_int(b, FIELD_RUN_start_ns, (int64_t)s->start_ns);
	if (s->end_ns)
		event_int(b, FIELD_RUN_end_ns, (int64_t)s->end_ns);
	if (status != STATUS_UNSET)
		event_int(b, FIELD_RUN_status, status);
	if (message.n == 0 && x && status == STATUS_ERROR)
		message = otlp_attr_text(x, STR("exception.message"));
	if (message.n)
		event_text(b, FIELD_RUN_status_message, message);
}

static void
add_text(struct otlp_node *n, const char *key, struct str s, struct arena *a)
{
	struct value v = { .type = VALUE_TEXT, .s = s };
	struct err e = ERR_INIT;

	/* Past the budget everything after this fails too. */
	if (s.p)
		(void)!otlp_keyed_add(&n->rest, str_from(key), v, a, &e);
}

/* What a run has no fields for: its span's id, exception and resource. */
static void
add_attributes(struct otlp_node *n, struct arena *a)
{
	const struct otlp_attrs *x = otlp_exception(n->span);
	const struct otlp_attrs *resource = &n->resource->attrs;
	struct err e = ERR_INIT;
	char hex[17];

	hex_encode(n->span->span_id, 8, hex);
	add_text(n, "otel.span_id", arena_str(a, str_of(hex, 16)), a);
	if (n->span->has_parent) {
		hex_encode(n->span->parent_span_id, 8, hex);
		add_text(n, "otel.parent_span_id",
		    arena_str(a, str_of(hex, 16)), a);
	}
	if (x) {
		add_text(n, "exception.type",
		    otlp_attr_text(x, STR("exception.type")), a);
		add_text(n, "exception.message",
		    otlp_attr_text(x, STR("exception.message")), a);
		add_text(n, "exception.stacktrace",
		    otlp_attr_text(x, STR("exception.stacktrace")), a);
	}
	for (size_t i = 0; i < resource->n; i++) {
		struct value v;

		if (str_is(resource->v[i].key, "service.name"))
			continue;
		if (otlp_value_take(&resource->v[i].value, a, &v))
			(void)!otlp_keyed_add(&n->rest, resource->v[i].key, v,
			    a, &e);
	}
}

static int
finish(struct otlp_mapping *m, struct event_builder *b, struct err *e)
{
	return intake_add(m->out, b) ? 0 :
	    err_set(e, ERR_LIMIT, "request: too much memory");
}

int
otlp_put_run(struct otlp_mapping *m, struct otlp_node *n, struct err *e)
{
	bool leaf = is_leaf(n);
	bool named = n->identity.name[TCC_RUN_ID].p != NULL;
	struct str agent = otlp_slot_look(n, SLOT_AGENT_NAME);
	struct event_builder b;

	if (!leaf)
		add_attributes(n, m->q->arena);
	otlp_event_begin(m, n, EVENT_RUN, n->run_id, &b);
	if (!n->identity.name[TCC_AGENT].p && agent.p) {
		otlp_slot_use(n, SLOT_AGENT_NAME);
		tcc_identity_set(&n->identity, TCC_AGENT, agent, 1);
	}
	tcc_identity_merge(&n->identity, &m->runs[n->run].identity);
	tcc_identity_put(&n->identity, &b);
	/* Of several bare calls that name one run none has its times. */
	if (!leaf || !named)
		put_times(n, &b);
	event_text(&b, FIELD_RUN_trace_id, n->trace_hex);
	put_prompt(n, !leaf, &b);
	put_response(n, !leaf, &b);
	put_model(n, !leaf, &b);
	if (leaf) {
		for (size_t i = 0; i < n->metadata.n; i++)
			event_keyed(&b, FIELD_RUN_metadata,
			    n->metadata.v[i].key, n->metadata.v[i].value);
		n->metadata.n = 0;
		return finish(m, &b, e) ? e->code : otlp_put_span(m, n, e);
	}
	put_usage(n, &b);
	if (otlp_put_keyed(n, FIELD_RUN_metadata, FIELD_RUN_attributes, &b,
	    e))
		return e->code;
	return finish(m, &b, e);
}

int
otlp_put_run_content(struct otlp_mapping *m, struct otlp_node *n,
    struct err *e)
{
	struct event_builder b;

	otlp_event_begin(m, n, EVENT_RUN, n->run_id, &b);
	tcc_identity_put(&n->identity, &b);
	put_prompt(n, false, &b);
	put_response(n, false, &b);
	put_model(n, false, &b);
	for (size_t i = 0; i < n->metadata.n; i++)
		event_keyed(&b, FIELD_RUN_metadata, n->metadata.v[i].key,
		    n->metadata.v[i].value);
	return b.event.nfields == 0 && !b.failed ? 0 : finish(m, &b, e);
}

int
otlp_put_run_identity(struct otlp_mapping *m, const struct otlp_run *run,
    struct err *e)
{
	struct event_builder b;

	otlp_event_begin(m, run->first, EVENT_RUN, run->first->run_id, &b);
	tcc_identity_put(&run->identity, &b);
	return b.event.nfields == 0 && !b.failed ? 0 : finish(m, &b, e);
}
