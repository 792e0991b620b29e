#include "model/event.h"

#include <string.h>

#include "base/hash.h"

void
event_begin(struct event_builder *b, struct arena *a, enum event_kind kind,
    struct str run_id, struct str id)
{
	*b = (struct event_builder){ .arena = a };
	b->event.kind = kind;
	b->event.run_id = run_id;
	b->event.id = id;
	b->event.env = ENV_PROD;
}

static void
add(struct event_builder *b, unsigned number, struct str key, struct value v)
{
	struct field *f = arena_more(b->arena, b->event.fields,
	    b->event.nfields, &b->cap, sizeof(*f));

	if (!f) {
		b->failed = true;
		return;
	}
	b->event.fields = f;
	f[b->event.nfields++] = (struct field){ (uint8_t)number, key, v };
}

void
event_value(struct event_builder *b, unsigned number, struct value v)
{
	add(b, number, STR_NULL, v);
}

void
event_text(struct event_builder *b, unsigned number, struct str s)
{
	if (s.p)
		add(b, number, STR_NULL,
		    (struct value){ .type = VALUE_TEXT, .s = s });
}

void
event_json(struct event_builder *b, unsigned number, struct str raw)
{
	if (raw.p)
		add(b, number, STR_NULL,
		    (struct value){ .type = VALUE_JSON, .s = raw });
}

void
event_bool(struct event_builder *b, unsigned number, bool v)
{
	add(b, number, STR_NULL, (struct value){ .type = VALUE_BOOL, .b = v });
}

void
event_int(struct event_builder *b, unsigned number, int64_t v)
{
	add(b, number, STR_NULL, (struct value){ .type = VALUE_INT, .i = v });
}

void
event_num(struct event_builder *b, unsigned number, double v)
{
	add(b, number, STR_NULL,
	    (struct value){ .type = VALUE_DOUBLE, .d = v });
}

void
event_null(struct event_builder *b, unsigned number)
{
	add(b, number, STR_NULL, (struct value){ .type = VALUE_NULL });
}

void
event_keyed(struct event_builder *b, unsigned number, struct str key,
    struct value v)
{
	add(b, number, key, v);
}

bool
event_end(struct event_builder *b, struct event *ev)
{
	*ev = b->event;
	return !b->failed;
}

static void
pack_value(struct buf *b, const struct value *v)
{
	switch (v->type) {
	case VALUE_NULL: pack_nil(b); return;
	case VALUE_BOOL: pack_bool(b, v->b); return;
	case VALUE_INT: pack_i64(b, v->i); return;
	case VALUE_DOUBLE: pack_double(b, v->d); return;
	case VALUE_TEXT: pack_str(b, v->s); return;
	case VALUE_JSON: pack_ext(b, EVENT_JSON_EXT, v->s); return;
	}
	BUG("value type %d", (int)v->type);
}

/* Fields from i on that share the number of field i. */
static size_t
same_number(const struct event *ev, size_t i)
{
	size_t n = 1;

	while (i + n < ev->nfields &&
	    ev->fields[i + n].number == ev->fields[i].number &&
	    ev->fields[i + n].key.p)
		n++;
	return n;
}

static void
pack_fields(const struct event *ev, struct buf *b)
{
	uint32_t groups = 0;

	for (size_t i = 0; i < ev->nfields; groups++)
		i += ev->fields[i].key.p ? same_number(ev, i) : 1;
	pack_map(b, groups);
	for (size_t i = 0; i < ev->nfields;) {
		const struct field *f = &ev->fields[i];
		size_t n;

		pack_u64(b, f->number);
		if (!f->key.p) {
			pack_value(b, &f->value);
			i++;
			continue;
		}
		n = same_number(ev, i);
		pack_map(b, (uint32_t)n);
		for (size_t j = i; j < i + n; j++) {
			pack_str(b, ev->fields[j].key);
			pack_value(b, &ev->fields[j].value);
		}
		i += n;
	}
}

static void
pack_text(struct buf *b, struct str s)
{
	if (s.p)
		pack_str(b, s);
	else
		pack_nil(b);
}

enum { EVENT_ARRAY = 10 };

static void
pack_envelope(const struct event *ev, struct str project, struct str run_id,
    struct buf *b)
{
	pack_array(b, EVENT_ARRAY);
	pack_u64(b, EVENT_VERSION);
	pack_text(b, project);
	pack_u64(b, ev->env);
	pack_text(b, run_id);
	pack_i64(b, ev->received_ms);
	pack_text(b, ev->source);
}

void
event_encode(const struct event *ev, struct buf *b)
{
	pack_envelope(ev, ev->project, ev->run_id, b);
	pack_u64(b, ev->kind);
	pack_str(b, ev->id);
	pack_i64(b, ev->order);
	pack_fields(ev, b);
}

static int
read_text(struct pack_reader *r, const char *what, size_t max, struct str *s,
    struct err *e)
{
	enum pack_type type;

	*s = STR_NULL;
	if (pack_peek(r, &type, e))
		return e->code;
	if (type == PACK_NIL)
		return pack_read_nil(r, e);
	if (pack_read_str(r, s, e))
		return e->code == ERR_AGAIN ? e->code :
		    err_wrap(e, "event: %s", what);
	if (s->n > max)
		return err_set(e, ERR_LIMIT, "event: %s: %zu bytes, limit %zu",
		    what, s->n, max);
	return 0;
}

static int
read_value(struct pack_reader *r, struct value *v, struct err *e)
{
	enum pack_type type;
	int8_t ext;

	if (pack_peek(r, &type, e))
		return e->code;
	switch (type) {
	case PACK_NIL:
		v->type = VALUE_NULL;
		return pack_read_nil(r, e);
	case PACK_BOOL:
		v->type = VALUE_BOOL;
		return pack_read_bool(r, &v->b, e);
	case PACK_INT:
	case PACK_UINT:
		v->type = VALUE_INT;
		return pack_read_i64(r, &v->i, e);
	case PACK_DOUBLE:
		v->type = VALUE_DOUBLE;
		return pack_read_double(r, &v->d, e);
	case PACK_STR:
		v->type = VALUE_TEXT;
		return pack_read_str(r, &v->s, e);
	case PACK_EXT:
		v->type = VALUE_JSON;
		if (pack_read_ext(r, &ext, &v->s, e))
			return e->code;
		if (ext != EVENT_JSON_EXT)
			return err_set(e, ERR_INVALID,
			    "event: extension %d is unknown", ext);
		return 0;
	case PACK_BIN:
	case PACK_ARRAY:
	case PACK_MAP:
		break;
	}
	return err_set(e, ERR_INVALID, "event: a value has no scalar type");
}

/* True if a value of this type may stand in a field of that type. */
static bool
fits(enum field_type field, enum value_type value)
{
	switch (field) {
	case FIELD_TEXT: return value == VALUE_TEXT;
	case FIELD_BOOL: return value == VALUE_BOOL;
	case FIELD_INT: return value == VALUE_INT;
	case FIELD_NUM: return value == VALUE_DOUBLE || value == VALUE_INT;
	case FIELD_ANY: return value == VALUE_TEXT || value == VALUE_JSON;
	case FIELD_KEYED: return true;
	}
	return false;
}

static int
read_field(struct pack_reader *r, enum event_kind kind, unsigned number,
    struct str key, struct event_builder *b, struct err *e)
{
	const struct field_def *def = event_field(kind, number);
	struct value v;

	if (!def)
		return pack_skip(r, e);
	if (read_value(r, &v, e))
		return e->code == ERR_AGAIN ? e->code :
		    err_wrap(e, "field %s", def->name);
	if (v.type != VALUE_NULL && !fits(def->type, v.type))
		return err_set(e, ERR_INVALID,
		    "event: %s.%s has a value of the wrong type",
		    event_kind_def(kind)->name, def->name);
	if (v.type == VALUE_INT && def->type == FIELD_NUM)
		v = (struct value){ .type = VALUE_DOUBLE, .d = (double)v.i };
	add(b, number, key, v);
	return 0;
}

/* The map of a KEYED field; nil clears them all. */
static int
read_keyed(struct pack_reader *r, enum event_kind kind, unsigned number,
    struct event_builder *b, struct err *e)
{
	enum pack_type type;
	uint32_t n;

	if (pack_peek(r, &type, e))
		return e->code;
	if (type == PACK_NIL)
		return read_field(r, kind, number, STR_NULL, b, e);
	if (pack_read_map(r, &n, e))
		return e->code;
	while (n--) {
		struct str key;

		if (pack_read_str(r, &key, e) ||
		    read_field(r, kind, number, key, b, e))
			return e->code;
	}
	return 0;
}

static int
read_fields(struct pack_reader *r, struct event_builder *b, struct err *e)
{
	enum event_kind kind = b->event.kind;
	uint32_t n;

	if (pack_read_map(r, &n, e))
		return e->code;
	while (n--) {
		const struct field_def *def;
		uint64_t number;

		if (pack_read_u64(r, &number, e))
			return e->code;
		def = number < 64 ? event_field(kind, (unsigned)number) : NULL;
		if (!def ? pack_skip(r, e) : def->type == FIELD_KEYED ?
		    read_keyed(r, kind, (unsigned)number, b, e) :
		    read_field(r, kind, (unsigned)number, STR_NULL, b, e))
			return e->code;
	}
	return 0;
}

static int
read_envelope(struct pack_reader *r, struct event *ev, struct err *e)
{
	uint64_t version, env;
	uint32_t n;

	if (pack_read_array(r, &n, e))
		return e->code;
	if (n != EVENT_ARRAY)
		return err_set(e, ERR_INVALID,
		    "event: an array of %u, not %d", n, EVENT_ARRAY);
	if (pack_read_u64(r, &version, e))
		return e->code;
	if (version != EVENT_VERSION)
		return err_set(e, ERR_INVALID,
		    "event: version %llu, this program reads %d",
		    (unsigned long long)version, EVENT_VERSION);
	if (read_text(r, "project", EVENT_NAME_MAX, &ev->project, e) ||
	    pack_read_u64(r, &env, e))
		return e->code;
	if (env != ENV_DEV && env != ENV_PROD)
		return err_set(e, ERR_INVALID, "event: env %llu is unknown",
		    (unsigned long long)env);
	ev->env = (enum event_env)env;
	if (read_text(r, "run", EVENT_ID_MAX, &ev->run_id, e) ||
	    pack_read_i64(r, &ev->received_ms, e) ||
	    read_text(r, "source", EVENT_NAME_MAX, &ev->source, e))
		return e->code;
	return 0;
}

static int
read_body(struct pack_reader *r, struct event_builder *b, struct err *e)
{
	struct event *ev = &b->event;
	uint64_t kind;

	if (pack_read_u64(r, &kind, e))
		return e->code;
	if (kind < 1 || kind >= EVENT_KIND_END)
		return err_set(e, ERR_INVALID, "event: kind %llu is unknown",
		    (unsigned long long)kind);
	ev->kind = (enum event_kind)kind;
	if (read_text(r, "id", EVENT_ID_MAX * 2, &ev->id, e) ||
	    pack_read_i64(r, &ev->order, e))
		return e->code;
	if (!ev->id.p)
		return err_set(e, ERR_INVALID, "event: id is missing");
	return read_fields(r, b, e);
}

/* Reads the body behind an envelope that is already in b. */
static int
finish(struct pack_reader *r, struct event_builder *b, struct event *ev,
    struct err *e)
{
	const uint8_t *body = r->p;
	int rc = read_body(r, b, e);

	if (rc == 0 && b->failed)
		rc = err_set(e, ERR_LIMIT, "event: too many fields");
	if (rc)
		return rc;
	*ev = b->event;
	ev->body = str_of(body, (size_t)(r->p - body));
	ev->hash = hash64(ev->body);
	return 0;
}

int
event_decode(struct pack_reader *r, struct arena *a, struct event *ev,
    struct err *e)
{
	struct pack_reader start = *r;
	struct event_builder b = { .arena = a };
	int rc = read_envelope(r, &b.event, e);

	if (rc == 0)
		rc = finish(r, &b, ev, e);
	if (rc)
		*r = start;
	return rc;
}

int
event_decode_body(struct pack_reader *r, struct arena *a, struct event *ev,
    struct err *e)
{
	struct pack_reader start = *r;
	struct event_builder b = { .arena = a, .event = *ev };
	int rc;

	b.event.fields = NULL;
	b.event.nfields = 0;
	rc = finish(r, &b, ev, e);
	if (rc)
		*r = start;
	return rc;
}

const struct value *
event_get(const struct event *ev, unsigned number)
{
	for (size_t i = ev->nfields; i-- > 0;)
		if (ev->fields[i].number == number)
			return &ev->fields[i].value;
	return NULL;
}
