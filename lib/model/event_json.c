#include "model/event_json.h"

#include "json/json_read.h"
#include "json/json_write.h"
#include "model/run.h"

/* Integers that people read and write as words. */
static bool
is_span_type(enum event_kind kind, unsigned number)
{
	return kind == EVENT_SPAN && number == FIELD_SPAN_type;
}

static bool
is_status(enum event_kind kind, unsigned number)
{
	return (kind == EVENT_SPAN && number == FIELD_SPAN_status) ||
	    (kind == EVENT_RUN && number == FIELD_RUN_status);
}

static void
put_value(struct json_writer *w, enum event_kind kind, const struct field *f)
{
	switch (f->value.type) {
	case VALUE_NULL:
		json_put_null(w);
		return;
	case VALUE_BOOL:
		json_put_bool(w, f->value.b);
		return;
	case VALUE_INT:
		if (is_span_type(kind, f->number))
			json_put_cstr(w, span_type_name(f->value.i));
		else if (is_status(kind, f->number))
			json_put_cstr(w, run_status_name(f->value.i));
		else
			json_put_i64(w, f->value.i);
		return;
	case VALUE_DOUBLE:
		json_put_double(w, f->value.d);
		return;
	case VALUE_TEXT:
		json_put_str(w, f->value.s);
		return;
	case VALUE_JSON:
		json_put_raw(w, f->value.s);
		return;
	}
}

/* The fields from i on that form one member; returns how many. */
static size_t
put_member(struct json_writer *w, const struct event *ev, size_t i)
{
	const struct field *f = &ev->fields[i];
	size_t n = 0;

	json_put_key(w, event_field(ev->kind, f->number)->name);
	if (!f->key.p) {
		put_value(w, ev->kind, f);
		return 1;
	}
	json_put_object(w);
	for (; i + n < ev->nfields && ev->fields[i + n].key.p &&
	    ev->fields[i + n].number == f->number; n++) {
		json_put_key_str(w, ev->fields[i + n].key);
		put_value(w, ev->kind, &ev->fields[i + n]);
	}
	json_put_object_end(w);
	return n;
}

void
event_to_json(const struct event *ev, struct buf *b)
{
	struct json_writer w;

	json_writer_init(&w, b);
	json_put_object(&w);
	json_member_cstr(&w, "kind", event_kind_def(ev->kind)->name);
	if (ev->project.p)
		json_member_str(&w, "project", ev->project);
	json_member_cstr(&w, "env", event_env_name(ev->env));
	if (ev->run_id.n)
		json_member_str(&w, "run", ev->run_id);
	json_member_str(&w, "id", ev->id);
	if (ev->order)
		json_member_i64(&w, "order", ev->order);
	json_member_i64(&w, "received_ms", ev->received_ms);
	if (ev->source.p)
		json_member_str(&w, "dialect", ev->source);
	for (size_t i = 0; i < ev->nfields;)
		i += put_member(&w, ev, i);
	json_put_object_end(&w);
	if (!json_writer_done(&w))
		b->failed = true;
}

/* What the envelope members said, kept until the kind is known. */
struct envelope {
	struct str kind, project, env, run, id, dialect;
	int64_t order, received_ms;
};

/* Reads an envelope member: 1 if it was one, 0 if not, negative on error. */
static int
read_envelope(struct json_reader *r, struct str key, struct envelope *env,
    struct err *e)
{
	const struct { const char *name; struct str *text; } texts[] = {
		{ "kind", &env->kind }, { "project", &env->project },
		{ "env", &env->env }, { "run", &env->run },
		{ "id", &env->id }, { "dialect", &env->dialect },
	};

	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		if (str_is(key, texts[i].name))
			return json_read_string(r, texts[i].text, e) ?
			    err_wrap(e, "%s", texts[i].name) : 1;
	if (str_is(key, "order"))
		return json_read_i64(r, &env->order, e) ?
		    err_wrap(e, "order") : 1;
	if (str_is(key, "received_ms"))
		return json_read_i64(r, &env->received_ms, e) ?
		    err_wrap(e, "received_ms") : 1;
	return 0;
}

static int
start_event(struct event_builder *b, struct arena *a, struct envelope *env,
    struct err *e)
{
	unsigned kind = event_kind_named(env->kind);
	struct str id = env->id.p ? env->id : env->run;

	if (!kind)
		return err_set(e, ERR_INVALID, "kind: '%.*s' is unknown",
		    STR_FMT(env->kind));
	if (!id.n || id.n > EVENT_ID_MAX * 2 || env->run.n > EVENT_ID_MAX)
		return err_set(e, ERR_INVALID,
		    "id: 1 to %d bytes are wanted", EVENT_ID_MAX);
	if (kind <= EVENT_FAILURE && !env->run.n)
		return err_set(e, ERR_INVALID, "run: is missing");
	event_begin(b, a, (enum event_kind)kind,
	    env->run.p ? env->run : STR(""), id);
	if (str_is(env->env, "dev"))
		b->event.env = ENV_DEV;
	else if (!str_is(env->env, "prod"))
		return err_set(e, ERR_INVALID, "env: '%.*s' is not dev or prod",
		    STR_FMT(env->env));
	b->event.project = env->project;
	b->event.order = env->order;
	b->event.received_ms = env->received_ms;
	b->event.source = env->dialect;
	return 0;
}

static bool
word_to_int(enum event_kind kind, const struct field_def *def, struct str word,
    int64_t *out)
{
	static const char *const statuses[] = { "unset", "ok", "error" };

	if (is_span_type(kind, def->number)) {
		*out = span_type_named(word);
		return *out >= 0;
	}
	if (!is_status(kind, def->number))
		return false;
	for (size_t i = 0; i < ARRAY_LEN(statuses); i++)
		if (str_is(word, statuses[i])) {
			*out = (int64_t)i;
			return true;
		}
	return false;
}

static int
wrong_type(const struct field_def *def, struct err *e)
{
	return err_set(e, ERR_INVALID, "%s: has the wrong type", def->name);
}

/* The value as the field wants it. */
static int
convert(enum event_kind kind, const struct field_def *def,
    const struct json_token *t, struct value *v, struct err *e)
{
	bool is_number = t->type == JSON_INT || t->type == JSON_UINT ||
	    t->type == JSON_DOUBLE;

	switch (def->type) {
	case FIELD_TEXT:
		*v = (struct value){ .type = VALUE_TEXT, .s = t->s };
		return t->type == JSON_STRING ? 0 : wrong_type(def, e);
	case FIELD_BOOL:
		*v = (struct value){ .type = VALUE_BOOL, .b = t->b };
		return t->type == JSON_BOOL ? 0 : wrong_type(def, e);
	case FIELD_NUM:
		*v = (struct value){ .type = VALUE_DOUBLE, .d = t->d };
		return is_number ? 0 : wrong_type(def, e);
	case FIELD_INT:
		*v = (struct value){ .type = VALUE_INT, .i = t->i };
		if (t->type == JSON_INT || (t->type == JSON_STRING &&
		    word_to_int(kind, def, t->s, &v->i)))
			return 0;
		return wrong_type(def, e);
	case FIELD_ANY:
	case FIELD_KEYED:
		break;
	}
	if (t->type == JSON_STRING)
		*v = (struct value){ .type = VALUE_TEXT, .s = t->s };
	else if (def->type == FIELD_KEYED && t->type == JSON_BOOL)
		*v = (struct value){ .type = VALUE_BOOL, .b = t->b };
	else if (def->type == FIELD_KEYED && t->type == JSON_INT)
		*v = (struct value){ .type = VALUE_INT, .i = t->i };
	else if (def->type == FIELD_KEYED && t->type == JSON_DOUBLE)
		*v = (struct value){ .type = VALUE_DOUBLE, .d = t->d };
	else
		*v = (struct value){ .type = VALUE_JSON, .s = t->raw };
	return 0;
}

static int
read_keyed(struct json_reader *r, struct event_builder *b,
    const struct field_def *def, struct err *e)
{
	struct json_token t;
	struct value v;
	struct str key;
	int rc;

	if (json_object(r, e))
		return err_wrap(e, "%s", def->name);
	while ((rc = json_object_next(r, &key, e)) > 0) {
		if (json_read_value(r, &t, e) ||
		    convert(b->event.kind, def, &t, &v, e))
			return e->code;
		if (t.type == JSON_NULL)
			v.type = VALUE_NULL;
		event_keyed(b, def->number, key, v);
	}
	return rc;
}

static int
read_member(struct json_reader *r, struct str key, struct event_builder *b,
    struct err *e)
{
	const struct field_def *def = event_field_named(b->event.kind, key);
	struct json_token t;
	struct value v;

	if (!def)
		return err_set(e, ERR_INVALID, "%.*s: a %s has no such field",
		    STR_FMT(key), event_kind_def(b->event.kind)->name);
	if (json_read_null(r)) {
		event_null(b, def->number);
		return 0;
	}
	if (def->type == FIELD_KEYED)
		return read_keyed(r, b, def, e);
	if (json_read_value(r, &t, e) ||
	    convert(b->event.kind, def, &t, &v, e))
		return e->code;
	event_value(b, def->number, v);
	return 0;
}

/* Two passes: the kind decides what the other members are. */
static int
each_member(struct str line, struct arena *a, struct envelope *env,
    struct event_builder *b, struct err *e)
{
	struct json_reader r;
	struct str key;
	int rc;

	json_reader_init(&r, line, a, 0);
	if (json_object(&r, e))
		return e->code;
	while ((rc = json_object_next(&r, &key, e)) > 0) {
		struct envelope ignored = *env;
		int own = read_envelope(&r, key, b ? &ignored : env, e);

		if (own < 0 || (own == 0 && b && read_member(&r, key, b, e)))
			return e->code;
	}
	if (rc < 0 || json_end(&r, e))
		return e->code;
	return 0;
}

int
event_from_json(struct str line, int64_t now_ms, struct arena *a,
    struct event *ev, struct err *e)
{
	struct envelope env = { .project = STR("default"), .env = STR("prod"),
		.dialect = STR("pack"), .received_ms = now_ms };
	struct event_builder b;

	if (each_member(line, a, &env, NULL, e) ||
	    start_event(&b, a, &env, e) || each_member(line, a, &env, &b, e))
		return e->code;
	if (!event_end(&b, ev))
		return err_set(e, ERR_LIMIT, "event: too large");
	return 0;
}
