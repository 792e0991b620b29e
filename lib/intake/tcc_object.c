#include "intake/tcc_object.h"

#include <math.h>
#include <stdio.h>

#include "base/clock.h"
#include "intake/tcc_reserved.h"
#include "intake/tcc_shapes.h"
#include "model/run.h"

enum {
	KEYS_MAX = 1024,                /* of metadata, of attributes */
	COST_MAX = 9000000,             /* USD: 64 bits of 1e-12 hold it */
	RANK_METADATA = 1,
	RANK_MEMBER = 2                 /* session_id beside metadata */
};

/* Keys with values that become one KEYED field. */
struct keyed {
	struct attr *v;
	size_t n, cap;
};

struct object {
	struct json_reader *r;
	struct str path;
	const struct intake_request *q;
	struct intake_result *out;
	const struct tcc_shape *shape;
	struct event_builder b;
	struct keyed metadata, attributes;
	struct tcc_identity identity;
	int64_t start_ns;
	bool has_start, has_ttft;
	double ttft_ms;
};

/* Names the member that the error in *e is about. */
static int
blame(struct object *o, struct str name, const char *under, struct err *e)
{
	o->out->field = arena_printf(o->q->arena, "%.*s%.*s%s%s",
	    STR_FMT(o->path), STR_FMT(str_utf8_prefix(name, 100)),
	    under ? "." : "", under ? under : "");
	return e->code;
}

/* Of two members with one name the later counts. */
static void
put(struct object *o, unsigned field, struct value v)
{
	struct event *ev = &o->b.event;

	for (size_t i = 0; i < ev->nfields; i++)
		if (ev->fields[i].number == field) {
			ev->fields[i].value = v;
			return;
		}
	event_value(&o->b, field, v);
}

static int
add_key(struct object *o, struct keyed *k, struct str key, struct value v,
    struct err *e)
{
	if (k->n == KEYS_MAX)
		return err_set(e, ERR_LIMIT, "more than %d keys", KEYS_MAX);
	if (key.n > EVENT_NAME_MAX)
		return err_set(e, ERR_INVALID, "a key of %zu bytes, at most "
		    "%d are taken", key.n, EVENT_NAME_MAX);
	for (size_t i = 0; i < k->n; i++)
		if (str_eq(k->v[i].key, key)) {
			k->v[i].value = v;
			return 0;
		}
	k->v = arena_more(o->q->arena, k->v, k->n, &k->cap, sizeof(*k->v));
	if (!k->v)
		return err_set(e, ERR_LIMIT, "too much memory");
	k->v[k->n++] = (struct attr){ key, v };
	return 0;
}

/* Any JSON value; null too is a value here. */
static int
read_value(struct object *o, struct value *v, struct err *e)
{
	struct json_token t;

	if (json_read_value(o->r, &t, e))
		return e->code;
	*v = (struct value){ .type = VALUE_JSON, .s = t.raw };
	if (t.type == JSON_STRING)
		*v = (struct value){ .type = VALUE_TEXT, .s = t.s };
	else if (t.type == JSON_BOOL)
		*v = (struct value){ .type = VALUE_BOOL, .b = t.b };
	else if (t.type == JSON_INT)
		*v = (struct value){ .type = VALUE_INT, .i = t.i };
	else if (t.type == JSON_DOUBLE && fabs(t.d) < 1e300)
		*v = (struct value){ .type = VALUE_DOUBLE, .d = t.d };
	else
		v->s = intake_json_min(t.raw, o->q->arena);
	if (v->type == VALUE_JSON && !v->s.p)
		return err_set(e, ERR_LIMIT, "too much memory");
	return 0;
}

static int
take_map(struct object *o, struct str name, struct keyed *k, struct err *e)
{
	struct str key;
	int rc;

	if (json_object(o->r, e))
		return blame(o, name, NULL, e);
	while ((rc = json_object_next(o->r, &key, e)) > 0) {
		struct value v;

		if (read_value(o, &v, e))
			return blame(o, name, NULL, e);
		if (tcc_identity_take(&o->identity, key, &v, RANK_METADATA))
			continue;
		if (add_key(o, k, key, v, e))
			return blame(o, name, NULL, e);
	}
	return rc < 0 ? blame(o, name, NULL, e) : 0;
}

static bool
is_id(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] < 0x20 || s.p[i] == 0x7f)
			return false;
	return s.n > 0 && s.n <= EVENT_ID_MAX;
}

static int
take_id(struct object *o, struct str *id, struct err *e)
{
	if (json_read_string(o->r, id, e))
		return e->code;
	if (!is_id(*id))
		return err_set(e, ERR_INVALID, "an id has 1 to %d bytes and "
		    "no control characters", EVENT_ID_MAX);
	return 0;
}

static int
take_session(struct object *o, struct err *e)
{
	struct str s;

	if (json_read_string(o->r, &s, e))
		return e->code;
	if (s.n > 0 && !is_id(s))
		return err_set(e, ERR_INVALID, "an id has 1 to %d bytes and "
		    "no control characters", EVENT_ID_MAX);
	tcc_identity_set(&o->identity, TCC_SESSION_ID, s, RANK_MEMBER);
	return 0;
}

/* As in metadata, "true" is as good as true. */
static int
take_conversational(struct object *o, struct err *e)
{
	struct str s;
	bool v;

	if (json_peek(o->r) != JSON_STRING) {
		if (json_read_bool(o->r, &v, e))
			return e->code;
	} else {
		if (json_read_string(o->r, &s, e))
			return e->code;
		v = str_ieq(s, STR("true"));
		if (!v && !str_ieq(s, STR("false")))
			return err_set(e, ERR_INVALID,
			    "expected true or false");
	}
	tcc_identity_set_conversational(&o->identity, v, RANK_MEMBER);
	return 0;
}

/* ISO 8601, or a number of ms since the epoch. */
static int
take_time(struct object *o, int64_t *ns, struct err *e)
{
	struct str s;
	double ms;

	if (json_peek(o->r) == JSON_STRING) {
		if (json_read_string(o->r, &s, e))
			return e->code;
		if (!clock_parse_iso(s, ns))
			return err_set(e, ERR_INVALID,
			    "expected an ISO 8601 time from 1678 to 2261");
		return 0;
	}
	if (json_peek(o->r) != JSON_INT)
		return json_read_string(o->r, &s, e);
	if (json_read_double(o->r, &ms, e))
		return e->code;
	if (fabs(ms) > 9e12)
		return err_set(e, ERR_INVALID,
		    "expected milliseconds since 1970");
	*ns = (int64_t)floor(ms) * NS_PER_MS +
	    (int64_t)((ms - floor(ms)) * 1e6);
	return 0;
}

static int
take_start(struct object *o, unsigned field, struct err *e)
{
	if (take_time(o, &o->start_ns, e))
		return e->code;
	o->has_start = true;
	put(o, field, (struct value){ .type = VALUE_INT, .i = o->start_ns });
	return 0;
}

/* 2 is an error, all else is not; codes of the sender's own are kept. */
static int
take_status(struct object *o, unsigned field, struct str name, struct err *e)
{
	struct value v = { .type = VALUE_INT };
	int64_t code;

	if (json_read_i64(o->r, &code, e))
		return e->code;
	v.i = code == 2 ? STATUS_ERROR : STATUS_OK;
	put(o, field, v);
	v.i = code;
	return code == 0 || code == 2 ? 0 :
	    add_key(o, &o->attributes, name, v, e);
}

static int
take_count(struct object *o, unsigned field, struct err *e)
{
	struct value v = { .type = VALUE_INT };

	if (json_read_i64(o->r, &v.i, e))
		return e->code;
	if (v.i < 0 || v.i > INT64_C(1) << 53)
		return err_set(e, ERR_INVALID,
		    "expected a count of tokens, found %lld", (long long)v.i);
	put(o, field, v);
	return 0;
}

static int
take_amount(struct object *o, double *d, double max, struct err *e)
{
	if (json_read_double(o->r, d, e))
		return e->code;
	if (!(*d >= 0) || *d > max)
		return err_set(e, ERR_INVALID,
		    "expected a number from 0 to %g", max);
	return 0;
}

static int
take_body(struct object *o, unsigned field, bool any, struct err *e)
{
	enum json_type type = json_peek(o->r);
	struct value v;
	struct str s;

	if (!any && type != JSON_STRING && type != JSON_OBJECT &&
	    type != JSON_ARRAY)
		return json_read_string(o->r, &s, e);
	if (type == JSON_STRING) {
		v.type = VALUE_TEXT;
		if (json_read_string(o->r, &v.s, e))
			return e->code;
	} else {
		v.type = VALUE_JSON;
		if (json_skip_value(o->r, &v.s, e))
			return e->code;
		v.s = intake_json_min(v.s, o->q->arena);
		if (!v.s.p)
			return err_set(e, ERR_LIMIT, "too much memory");
	}
	put(o, field, v);
	return 0;
}

static int
take_text(struct object *o, unsigned field, struct err *e)
{
	struct value v = { .type = VALUE_TEXT };

	if (json_read_string(o->r, &v.s, e))
		return e->code;
	put(o, field, v);
	return 0;
}

/* {user_prompt, system_prompt?, full_input?}, or the user's prompt itself. */
static int
take_prompt(struct object *o, struct str name, struct err *e)
{
	struct str key;
	int rc;

	if (json_peek(o->r) == JSON_STRING)
		return take_text(o, FIELD_RUN_user_prompt, e);
	if (json_object(o->r, e))
		return e->code;
	while ((rc = json_object_next(o->r, &key, e)) > 0) {
		struct value v;

		rc = 0;
		if (json_read_null(o->r))
			continue;
		if (str_is(key, "user_prompt"))
			rc = take_text(o, FIELD_RUN_user_prompt, e);
		else if (str_is(key, "system_prompt"))
			rc = take_text(o, FIELD_RUN_system_prompt, e);
		else if (str_is(key, "full_input"))
			rc = take_body(o, FIELD_RUN_full_input, true, e);
		else if ((rc = read_value(o, &v, e)) == 0)
			rc = add_key(o, &o->attributes, arena_printf(
			    o->q->arena, "prompt.%.*s", STR_FMT(key)), v, e);
		if (rc) {
			char sub[101];

			snprintf(sub, sizeof(sub), "%.*s", STR_FMT(key));
			return blame(o, name, sub, e);
		}
	}
	return rc;
}

static int
take_member(struct object *o, const struct tcc_member *m, struct str key,
    struct err *e)
{
	struct value v = { .type = VALUE_NULL };

	switch (m->how) {
	case HOW_TYPE:
		return json_skip_value(o->r, NULL, e);
	case HOW_RUN_ID:
		return take_id(o, &o->b.event.run_id, e);
	case HOW_ID:
		return take_id(o, &o->b.event.id, e);
	case HOW_START:
		return take_start(o, m->field, e);
	case HOW_TIME:
		v.type = VALUE_INT;
		if (take_time(o, &v.i, e))
			return e->code;
		break;
	case HOW_STATUS:
		return take_status(o, m->field, key, e);
	case HOW_TEXT:
		return take_text(o, m->field, e);
	case HOW_BOOL:
		v.type = VALUE_BOOL;
		if (json_read_bool(o->r, &v.b, e))
			return e->code;
		break;
	case HOW_COUNT:
		return take_count(o, m->field, e);
	case HOW_COST:
		v.type = VALUE_DOUBLE;
		if (take_amount(o, &v.d, COST_MAX, e))
			return e->code;
		break;
	case HOW_BODY:
		return take_body(o, m->field, false, e);
	case HOW_ANY:
		return take_body(o, m->field, true, e);
	case HOW_PROMPT:
		return take_prompt(o, key, e);
	case HOW_TTFT:
		o->has_ttft = true;
		return take_amount(o, &o->ttft_ms, 1e12, e);
	case HOW_SESSION:
		return take_session(o, e);
	case HOW_CONVERSATIONAL:
		return take_conversational(o, e);
	case HOW_METADATA:
		return take_map(o, key, &o->metadata, e);
	case HOW_ATTRIBUTES:
		return take_map(o, key, &o->attributes, e);
	}
	put(o, m->field, v);
	return 0;
}

/* A member that no contract knows is kept, never lost. */
static int
take_unknown(struct object *o, struct str key, struct err *e)
{
	struct value v;

	if (read_value(o, &v, e))
		return e->code;
	if (tcc_identity_take(&o->identity, key, &v, RANK_METADATA))
		return 0;
	return add_key(o, &o->attributes, key, v, e);
}

static const struct tcc_member *
find_member(const struct tcc_shape *shape, struct str key)
{
	for (size_t i = 0; i < shape->n; i++)
		if (str_is(key, shape->members[i].name))
			return &shape->members[i];
	return NULL;
}

static int
read_members(struct object *o, struct err *e)
{
	struct str key;
	int rc;

	if (json_object(o->r, e))
		return e->code;
	while ((rc = json_object_next(o->r, &key, e)) > 0) {
		const struct tcc_member *m = find_member(o->shape, key);

		if (m && json_read_null(o->r))
			continue;
		rc = m ? take_member(o, m, key, e) : take_unknown(o, key, e);
		if (rc) {
			if (!o->out->field.p)
				blame(o, key, NULL, e);
			return rc;
		}
	}
	return rc;
}

/* The time to the first token counts from the start, which may come later in
 * the object. */
static int
put_ttft(struct object *o, struct err *e)
{
	struct value v = { .type = VALUE_DOUBLE, .d = o->ttft_ms };
	double ns = o->ttft_ms * 1e6;

	if (!o->has_ttft)
		return 0;
	if (!o->has_start || ns > 1e18 ||
	    o->start_ns > INT64_MAX - (int64_t)ns)
		return add_key(o, &o->attributes, STR("ttft_ms"), v, e);
	put(o, FIELD_SPAN_first_token_ns, (struct value){
	    .type = VALUE_INT, .i = o->start_ns + (int64_t)ns });
	return 0;
}

/* An id too long for the prefix is no step's id by accident. */
static int
set_tool_id(struct object *o, struct err *e)
{
	struct str *id = &o->b.event.id;

	if (id->n + sizeof(SPAN_TOOL_CALL_PREFIX) - 1 > EVENT_ID_MAX)
		return 0;
	*id = arena_printf(o->q->arena, SPAN_TOOL_CALL_PREFIX "%.*s",
	    STR_FMT(*id));
	return id->p ? 0 : err_set(e, ERR_LIMIT, "request: too much memory");
}

static int
check_ids(struct object *o, struct err *e)
{
	if (!o->b.event.run_id.p) {
		err_set(e, ERR_INVALID, "missing");
		return blame(o, STR("run_id"), NULL, e);
	}
	if (o->shape->kind == EVENT_RUN)
		o->b.event.id = o->b.event.run_id;
	if (!o->b.event.id.p) {
		err_set(e, ERR_INVALID, "missing");
		return blame(o, str_from(o->shape->id), NULL, e);
	}
	return o->shape->span_type == SPAN_TOOL ? set_tool_id(o, e) : 0;
}

static int
finish(struct object *o, struct err *e)
{
	const struct tcc_shape *s = o->shape;

	if (check_ids(o, e) || put_ttft(o, e))
		return e->code;
	if (s->kind == EVENT_RUN)
		tcc_identity_put(&o->identity, &o->b);
	else
		event_int(&o->b, FIELD_SPAN_type, s->span_type);
	for (size_t i = 0; i < o->metadata.n; i++)
		event_keyed(&o->b, s->metadata, o->metadata.v[i].key,
		    o->metadata.v[i].value);
	for (size_t i = 0; i < o->attributes.n; i++)
		event_keyed(&o->b, s->attributes, o->attributes.v[i].key,
		    o->attributes.v[i].value);
	if (!intake_add(o->out, &o->b))
		return err_set(e, ERR_LIMIT, "request: too much memory");
	o->out->accepted++;
	return 0;
}

int
tcc_object_type(const struct json_reader *r, struct str *type, struct err *e)
{
	struct json_reader look = *r;
	struct str key;
	int rc;

	*type = STR_NULL;
	if (json_object(&look, e))
		return e->code;
	while ((rc = json_object_next(&look, &key, e)) > 0)
		if (str_is(key, "type"))
			return json_peek(&look) == JSON_STRING ?
			    json_read_string(&look, type, e) :
			    json_skip_value(&look, NULL, e);
	return rc;
}

int
tcc_object_read(struct json_reader *r, struct str path,
    const struct intake_request *q, struct intake_result *out, struct err *e)
{
	struct object o = { .r = r, .path = path, .q = q, .out = out,
		.identity = { .arena = q->arena } };
	struct str type;

	if (tcc_object_type(r, &type, e))
		return e->code;
	o.shape = tcc_shape(type);
	if (!o.shape) {
		err_set(e, ERR_INVALID, "expected \"run\", \"step\" or "
		    "\"tool_call\"");
		return blame(&o, STR("type"), NULL, e);
	}
	event_begin(&o.b, q->arena, o.shape->kind, STR_NULL, STR_NULL);
	o.b.event.received_ms = q->received_ms;
	o.b.event.source = STR("tcc");
	if (read_members(&o, e))
		return e->code;
	return finish(&o, e);
}
