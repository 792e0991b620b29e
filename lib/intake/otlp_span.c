/* A span's event, and what it has in common with a run's. */
#include "base/clock.h"
#include "base/hash.h"
#include "intake/messages.h"
#include "intake/otlp_node.h"
#include "json/json_read.h"
#include "json/json_write.h"

void
otlp_usage_read(struct otlp_node *n, struct otlp_usage *u)
{
	int64_t total, uncached, cache;

	*u = (struct otlp_usage){ 0 };
	u->has_cached = otlp_slot_count(n, SLOT_TOKENS_CACHED, &u->cached);
	u->has_cache_write = otlp_slot_count(n, SLOT_TOKENS_CACHE_WRITE,
	    &u->cache_write);
	u->has_output = otlp_slot_count(n, SLOT_TOKENS_OUTPUT, &u->output);
	u->has_reasoning = otlp_slot_count(n, SLOT_TOKENS_REASONING,
	    &u->reasoning);
	u->has_cost = otlp_slot_number(n, SLOT_COST, &u->cost);
	u->has_input = otlp_slot_count(n, SLOT_TOKENS_INPUT, &total);
	cache = u->cached + u->cache_write;
	if (u->has_input)
		u->input = total >= cache ? total - cache : total;
	if (otlp_slot_count(n, SLOT_TOKENS_UNCACHED, &uncached)) {
		u->has_input = true;
		u->input = uncached;
	}
	/* The total is a sum of what is there already. */
	if (u->has_input && u->has_output &&
	    otlp_slot_count(n, SLOT_TOTAL, &total) &&
	    total != u->input + cache + u->output)
		n->slots[SLOT_TOTAL].used = false;
}

const struct otlp_attrs *
otlp_exception(const struct otlp_span *s)
{
	for (size_t i = s->n_events; i > 0; i--)
		if (str_is(s->events[i - 1].name, "exception"))
			return &s->events[i - 1].attrs;
	return NULL;
}

struct str
otlp_attr_text(const struct otlp_attrs *attrs, struct str key)
{
	const struct otlp_value *v = otlp_attr_get(attrs, key);

	return v && v->type == OTLP_STRING ? v->s : STR_NULL;
}

int64_t
otlp_span_status(const struct otlp_span *s)
{
	if (s->status == OTLP_STATUS_ERROR)
		return STATUS_ERROR;
	return s->status == OTLP_STATUS_OK || s->end_ns ? STATUS_OK :
	    STATUS_UNSET;
}

void
otlp_event_begin(const struct otlp_mapping *m, const struct otlp_node *n,
    enum event_kind kind, struct str id, struct event_builder *b)
{
	size_t room = 24 + n->rest.n + n->metadata.n;

	event_begin(b, m->q->arena, kind, n->run_id, id);
	b->event.received_ms = m->q->received_ms;
	b->event.source = STR("otlp");
	b->event.fields = arena_array(m->q->arena, room,
	    sizeof(*b->event.fields));
	b->cap = b->event.fields ? room : 0;
}

/* Events other than the exception that has fields of its own. */
static struct str
other_events(const struct otlp_span *s, struct arena *a)
{
	const struct otlp_attrs *exception = otlp_exception(s);
	struct json_writer w;
	struct str out = STR_NULL;
	struct buf b;
	bool some = false;

	for (size_t i = 0; i < s->n_events; i++)
		some |= &s->events[i].attrs != exception;
	if (!some)
		return STR_NULL;
	buf_init(&b, EVENT_BYTES_MAX);
	json_writer_init(&w, &b);
	json_put_array(&w);
	for (size_t i = 0; i < s->n_events; i++) {
		const struct otlp_event *ev = &s->events[i];
		struct buf attrs;

		if (&ev->attrs == exception)
			continue;
		buf_init(&attrs, EVENT_BYTES_MAX);
		otlp_attrs_to_json(&attrs, &ev->attrs);
		json_put_object(&w);
		json_member_str(&w, "name", ev->name);
		json_member_u64(&w, "time_ns", ev->time_ns);
		if (ev->attrs.n && !attrs.failed)
			json_member_raw(&w, "attributes", buf_str(&attrs));
		json_put_object_end(&w);
		buf_fini(&attrs);
	}
	json_put_array_end(&w);
	if (json_writer_done(&w))
		out = arena_str(a, buf_str(&b));
	buf_fini(&b);
	return out;
}

static void
put_origin(const struct otlp_node *n, unsigned field, struct arena *a,
    struct event_builder *b)
{
	static const char *const kinds[] = {
		[OTLP_KIND_SERVER] = "server", [OTLP_KIND_CLIENT] = "client",
		[OTLP_KIND_PRODUCER] = "producer",
		[OTLP_KIND_CONSUMER] = "consumer"
	};
	struct str service = otlp_attr_text(&n->resource->attrs,
	    STR("service.name"));
	struct str events = other_events(n->span, a);
	struct value v = { .type = VALUE_TEXT };

	v.s = service;
	if (service.n && !str_has_prefix(service, STR("unknown_service")))
		event_keyed(b, field, STR("service.name"), v);
	v.s = n->scope->name;
	if (v.s.n)
		event_keyed(b, field, STR("otel.scope.name"), v);
	if (n->span->kind >= OTLP_KIND_SERVER &&
	    n->span->kind <= OTLP_KIND_CONSUMER) {
		v.s = str_from(kinds[n->span->kind]);
		event_keyed(b, field, STR("otel.kind"), v);
	}
	v = (struct value){ .type = VALUE_JSON, .s = events };
	if (events.p)
		event_keyed(b, field, STR("otel.events"), v);
}

int
otlp_put_keyed(struct otlp_node *n, unsigned metadata, unsigned attributes,
    struct event_builder *b, struct err *e)
{
	for (size_t i = 0; i < n->metadata.n; i++)
		event_keyed(b, metadata, n->metadata.v[i].key,
		    n->metadata.v[i].value);
	for (size_t i = 0; i < n->rest.n; i++)
		event_keyed(b, attributes, n->rest.v[i].key,
		    n->rest.v[i].value);
	for (int i = 1; i < SLOTS; i++) {
		const struct otlp_slot_value *slot = &n->slots[i];
		struct value v;

		if (slot->attr && !slot->used &&
		    otlp_value_take(&slot->attr->value, b->arena, &v))
			event_keyed(b, attributes, slot->attr->key, v);
	}
	put_origin(n, attributes, b->arena, b);
	return b->failed ? err_set(e, ERR_LIMIT, "request: too much memory") :
	    0;
}

/* The first word of ["stop"], as an array or as its JSON text. */
static struct str
finish_reason(struct otlp_node *n, struct arena *a)
{
	const struct otlp_attr *attr = n->slots[SLOT_FINISH].attr;
	struct err e = ERR_INIT;
	struct json_reader r;
	struct str s;

	if (!attr)
		return STR_NULL;
	if (attr->value.type == OTLP_ARRAY && attr->value.array.n == 1 &&
	    attr->value.array.v[0].type == OTLP_STRING) {
		otlp_slot_use(n, SLOT_FINISH);
		return attr->value.array.v[0].s;
	}
	s = otlp_slot_look(n, SLOT_FINISH);
	if (!s.p)
		return STR_NULL;
	otlp_slot_use(n, SLOT_FINISH);
	if (s.n && s.p[0] == '[') {
		struct str first;

		json_reader_init(&r, s, a, 0);
		if (json_array(&r, &e) == 0 && json_array_next(&r, &e) > 0 &&
		    json_read_string(&r, &first, &e) == 0 &&
		    json_array_next(&r, &e) == 0)
			return first;
	}
	return s;
}

/* AI SDK 5 and 6 have an array of JSON texts: made one JSON array. */
static void
put_tools(struct otlp_node *n, struct event_builder *b)
{
	const struct otlp_attr *attr = n->slots[SLOT_TOOLS].attr;
	struct err e = ERR_INIT;
	struct value v;
	struct buf j;

	if (!attr)
		return;
	if (attr->value.type != OTLP_ARRAY) {
		if (otlp_slot_value(n, SLOT_TOOLS, b->arena, &v))
			event_value(b, FIELD_SPAN_tool_definitions, v);
		return;
	}
	buf_init(&j, EVENT_BYTES_MAX);
	for (size_t i = 0; i < attr->value.array.n; i++) {
		const struct otlp_value *t = &attr->value.array.v[i];
		size_t before;

		buf_add_byte(&j, i ? ',' : '[');
		before = j.n;
		if (t->type == OTLP_STRING && t->s.n && t->s.p[0] == '{' &&
		    json_check(t->s, 0, &e) == 0 &&
		    json_minify(t->s, &j, &e) == 0)
			continue;
		j.n = before;
		otlp_value_to_json(&j, t);
	}
	buf_add_cstr(&j, attr->value.array.n ? "]" : "[]");
	v = (struct value){ .type = VALUE_JSON, .s = j.failed ? STR_NULL :
		arena_str(b->arena, buf_str(&j)) };
	buf_fini(&j);
	if (!v.s.p)
		return;
	otlp_slot_use(n, SLOT_TOOLS);
	event_value(b, FIELD_SPAN_tool_definitions, v);
}

/* What the model said: as text if it said any, else the messages. */
static void
put_output(struct otlp_node *n, struct event_builder *b)
{
	static const enum otlp_slot others[] = {
		SLOT_OUTPUT, SLOT_OBJECT, SLOT_TOOL_CALLS
	};
	struct str text = otlp_slot_look(n, SLOT_TEXT);
	struct messages m;
	struct value v;

	if (text.n) {
		otlp_slot_use(n, SLOT_TEXT);
		event_text(b, FIELD_SPAN_output, text);
		return;
	}
	text = otlp_slot_look(n, SLOT_OUTPUT);
	if (n->type == SPAN_GENERATION && text.n &&
	    messages_read(text, b->arena, &m) && m.assistant.n) {
		if (m.only_text && m.n == 1)
			otlp_slot_use(n, SLOT_OUTPUT);
		event_text(b, FIELD_SPAN_output, m.assistant);
		return;
	}
	for (size_t i = 0; i < ARRAY_LEN(others); i++)
		if (otlp_slot_value(n, others[i], b->arena, &v)) {
			event_value(b, FIELD_SPAN_output, v);
			return;
		}
	/* The empty answer is one too. */
	event_text(b, FIELD_SPAN_output, otlp_slot_text(n, SLOT_TEXT));
}

static void
put_exchange(struct otlp_node *n, struct event_builder *b)
{
	struct value v;

	if (n->type == SPAN_TOOL &&
	    otlp_slot_value(n, SLOT_TOOL_ARGS, b->arena, &v))
		event_value(b, FIELD_SPAN_input, v);
	else if (otlp_slot_value(n, SLOT_INPUT, b->arena, &v))
		event_value(b, FIELD_SPAN_input, v);
	if (n->type == SPAN_TOOL &&
	    otlp_slot_value(n, SLOT_TOOL_RESULT, b->arena, &v))
		event_value(b, FIELD_SPAN_output, v);
	else
		put_output(n, b);
	if (n->type == SPAN_GENERATION)
		put_tools(n, b);
	event_text(b, FIELD_SPAN_finish_reason, finish_reason(n, b->arena));
}

static void
put_usage(struct otlp_node *n, struct event_builder *b)
{
	struct otlp_usage u;

	/* A step that only groups repeats what its model call reports. */
	if (n->type == SPAN_CHAIN)
		return;
	otlp_usage_read(n, &u);
	if (u.has_input)
		event_int(b, FIELD_SPAN_input_tokens, u.input);
	if (u.has_cached)
		event_int(b, FIELD_SPAN_cached_tokens, u.cached);
	if (u.has_cache_write)
		event_int(b, FIELD_SPAN_cache_write_tokens, u.cache_write);
	if (u.has_output)
		event_int(b, FIELD_SPAN_output_tokens, u.output);
	if (u.has_reasoning)
		event_int(b, FIELD_SPAN_reasoning_tokens, u.reasoning);
	if (u.has_cost)
		event_num(b, FIELD_SPAN_cost_usd, u.cost);
}

static void
put_first_token(struct otlp_node *n, struct event_builder *b)
{
	const struct otlp_span *s = n->span;
	int64_t start = (int64_t)s->start_ns;
	double d;

	if (!s->start_ns)
		return;
	if (otlp_slot_number(n, SLOT_FIRST_CHUNK_MS, &d))
		d *= 1e6;
	else if (otlp_slot_number(n, SLOT_FIRST_CHUNK_S, &d))
		d *= 1e9;
	else
		return;
	if (d < 1e18 && start <= INT64_MAX - (int64_t)d)
		event_int(b, FIELD_SPAN_first_token_ns, start + (int64_t)d);
}

static void
put_status(const struct otlp_span *s, struct event_builder *b)
{
	const struct otlp_attrs *x = otlp_exception(s);
	struct str message = s->status_message;
	int64_t status = otlp_span_status(s);

	if (status != STATUS_UNSET)
		event_int(b, FIELD_SPAN_status, status);
	if (message.n == 0 && x && status == STATUS_ERROR)
		message = otlp_attr_text(x, STR("exception.message"));
	if (message.n)
		event_text(b, FIELD_SPAN_status_message, message);
	if (!x)
		return;
	event_text(b, FIELD_SPAN_exception_type,
	    otlp_attr_text(x, STR("exception.type")));
	event_text(b, FIELD_SPAN_exception_message,
	    otlp_attr_text(x, STR("exception.message")));
	event_text(b, FIELD_SPAN_exception_stack,
	    otlp_attr_text(x, STR("exception.stacktrace")));
}

static struct str
span_hex(const uint8_t *id, struct arena *a)
{
	char *s = arena_alloc(a, 17);

	if (!s)
		return STR_NULL;
	hex_encode(id, 8, s);
	return str_of(s, 16);
}

int
otlp_put_span(struct otlp_mapping *m, struct otlp_node *n, struct err *e)
{
	const struct otlp_span *s = n->span;
	struct str id = span_hex(s->span_id, m->q->arena);
	struct str name = s->name;
	struct event_builder b;

	if (!id.p)
		return err_set(e, ERR_LIMIT, "request: too much memory");
	otlp_event_begin(m, n, EVENT_SPAN, id, &b);
	if (s->has_parent)
		event_text(&b, FIELD_SPAN_parent_id,
		    span_hex(s->parent_span_id, m->q->arena));
	event_int(&b, FIELD_SPAN_type, n->type);
	if (n->type == SPAN_TOOL && otlp_slot_look(n, SLOT_TOOL_NAME).n)
		name = otlp_slot_text(n, SLOT_TOOL_NAME);
	event_text(&b, FIELD_SPAN_name, name);
	if (s->start_ns)
		event_int(&b, FIELD_SPAN_start_ns, (int64_t)s->start_ns);
	if (s->end_ns)
		event_int(&b, FIELD_SPAN_end_ns, (int64_t)s->end_ns);
	put_first_token(n, &b);
	put_status(s, &b);
	event_text(&b, FIELD_SPAN_provider, otlp_slot_text(n, SLOT_PROVIDER));
	event_text(&b, FIELD_SPAN_model_requested,
	    otlp_slot_text(n, SLOT_MODEL_REQUESTED));
	event_text(&b, FIELD_SPAN_model_used,
	    otlp_slot_text(n, SLOT_MODEL_USED));
	put_exchange(n, &b);
	put_usage(n, &b);
	if (otlp_put_keyed(n, FIELD_SPAN_metadata, FIELD_SPAN_attributes, &b,
	    e))
		return e->code;
	return intake_add(m->out, &b) ? 0 :
	    err_set(e, ERR_LIMIT, "request: too much memory");
}
