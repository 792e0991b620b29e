#ifndef MODEL_EVENT_H
#define MODEL_EVENT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"
#include "pack/pack.h"

/*
 * An event is a patch of one entity: what some sender said about a run, span,
 * score, … at some moment, whatever protocol it spoke.  Events are the truth;
 * a run is the fold of its events (model/run.h).
 *
 *	struct event_builder b;
 *
 *	event_begin(&b, arena, EVENT_SPAN, STR("run-1"), STR("step-1"));
 *	event_text(&b, FIELD_SPAN_model_used, STR("gpt-4o"));
 *	event_int(&b, FIELD_SPAN_input_tokens, 120);
 *	if (!event_end(&b, &ev))
 *		return err_set(e, ERR_LIMIT, "too much memory");
 *	event_encode(&ev, &out);
 *
 * Wire form, msgpack, one array an event:
 *	[1, project, env, run_id, received_ms, source, kind, id, order, fields]
 * fields maps the field number (model/fields.h) to nil, bool, int, float, str,
 * ext 1 (raw JSON text), or for KEYED fields a map from key to such a value.
 * Everything from `kind` on is the body: two events with equal bodies say the
 * same, and the second changes nothing.  A stream of events is their
 * concatenation.  Readers skip field numbers they do not know.
 */
enum event_kind {
	EVENT_RUN = 1, EVENT_SPAN, EVENT_SCORE, EVENT_VERDICT, EVENT_SIGNAL,
	EVENT_FAILURE, EVENT_FAILURE_CHANGE, EVENT_INSIGHT, EVENT_PATTERN,
	EVENT_TOPICS,
	EVENT_KIND_END
};

/* Development and production data of a project never mix. */
enum event_env { ENV_DEV = 1, ENV_PROD = 2 };

enum {
	EVENT_VERSION = 1,
	EVENT_ID_MAX = 800,             /* bytes of any id; Langfuse's limit */
	EVENT_NAME_MAX = 1000,          /* bytes of a project or agent name */
	EVENT_BYTES_MAX = 16 << 20,     /* one encoded event */
	EVENT_JSON_EXT = 1
};

enum value_type {
	VALUE_NULL, VALUE_BOOL, VALUE_INT, VALUE_DOUBLE, VALUE_TEXT, VALUE_JSON
};

/* A typed value; `s` is text, or raw (valid, minified) JSON for VALUE_JSON. */
struct value {
	enum value_type type;
	union {
		bool b;
		int64_t i;
		double d;
		struct str s;
	};
};

struct field {
	uint8_t number;
	struct str key;         /* KEYED fields only */
	struct value value;
};

struct event {
	enum event_kind kind;
	struct str project;     /* name; STR_NULL when read from a store */
	enum event_env env;
	struct str run_id;      /* "" if none */
	struct str id;          /* of the entity; equals run_id for a run */
	int64_t order;          /* the sender's rank: higher wins; 0 = arrival */
	int64_t received_ms;    /* when the gateway accepted it */
	struct str source;      /* dialect: "tcc", "otlp", "classify", … */
	struct field *fields;
	size_t nfields;
	struct str body;        /* set by event_decode: the encoded body */
	uint64_t hash;          /* set by event_decode: hash64 of the body */
};

enum field_type {
	FIELD_TEXT, FIELD_BOOL, FIELD_INT, FIELD_NUM, FIELD_ANY, FIELD_KEYED
};
enum field_keep { FIELD_HEAD, FIELD_PREVIEW, FIELD_BODY };

/* One row of model/fields.h. */
struct field_def {
	uint8_t number;
	const char *name;
	enum field_type type;
	enum field_keep keep;
	size_t offset;          /* of the member in the entity's struct */
};

/* A kind with its rows in ascending order of their numbers. */
struct kind_def {
	const char *name;       /* "run", "span", … */
	const struct field_def *fields;
	size_t nfields;
	size_t size;            /* of the entity's struct; 0 when it has none */
};

/* NULL for a number that is no kind. */
const struct kind_def *event_kind_def(unsigned kind);

/* The row of a field number or name, or NULL. */
const struct field_def *event_field(enum event_kind kind, unsigned number);
const struct field_def *event_field_named(enum event_kind kind,
    struct str name);

/* 0 when the name is no kind. */
unsigned event_kind_named(struct str name);

/* "dev" or "prod". */
const char *event_env_name(enum event_env env);

/*
 * Builds an event in an arena.  Text and ids are borrowed, not copied: they
 * live at least as long as the event.  Absent values are simply not added;
 * STR_NULL texts are skipped, event_null clears a field of the entity.
 */
struct event_builder {
	struct arena *arena;
	struct event event;
	size_t cap;
	bool failed;            /* the arena's budget was spent */
};

void event_begin(struct event_builder *b, struct arena *a,
    enum event_kind kind, struct str run_id, struct str id);
void event_text(struct event_builder *b, unsigned number, struct str s);
void event_bool(struct event_builder *b, unsigned number, bool v);
void event_int(struct event_builder *b, unsigned number, int64_t v);
void event_num(struct event_builder *b, unsigned number, double v);
void event_json(struct event_builder *b, unsigned number, struct str raw);
void event_null(struct event_builder *b, unsigned number);
void event_keyed(struct event_builder *b, unsigned number, struct str key,
    struct value v);
/* Any value for any field (an ANY field takes text or JSON). */
void event_value(struct event_builder *b, unsigned number, struct value v);

/* False when memory ran out; else *ev is the finished event (borrowed). */
bool event_end(struct event_builder *b, struct event *ev) CC_CHECK;

/* Appends the wire form; b->failed tells about the limit. */
void event_encode(const struct event *ev, struct buf *b);

/*
 * Reads one event.  Text is borrowed from the reader's input, field arrays are
 * in the arena.  ERR_AGAIN: the input ends inside the event (nothing was
 * consumed).  ERR_INVALID: not an event; the text names what is wrong.
 */
int event_decode(struct pack_reader *r, struct arena *a, struct event *ev,
    struct err *e) CC_CHECK;

/*
 * Reads the body alone: *ev holds the rest (project, env, run_id, received_ms,
 * source) already.  For stores, which keep bodies and say the rest once.
 */
int event_decode_body(struct pack_reader *r, struct arena *a,
    struct event *ev, struct err *e) CC_CHECK;

/* The value of a field, or NULL. */
const struct value *event_get(const struct event *ev, unsigned number);

#define FIELD_NUMBER_RUN(n, m, t, k) FIELD_RUN_##m = n,
#define FIELD_NUMBER_SPAN(n, m, t, k) FIELD_SPAN_##m = n,
#define FIELD_NUMBER_SCORE(n, m, t, k) FIELD_SCORE_##m = n,
#define FIELD_NUMBER_VERDICT(n, m, t, k) FIELD_VERDICT_##m = n,
#define FIELD_NUMBER_SIGNAL(n, m, t, k) FIELD_SIGNAL_##m = n,
#define FIELD_NUMBER_FAILURE(n, m, t, k) FIELD_FAILURE_##m = n,
#define FIELD_NUMBER_CHANGE(n, m, t, k) FIELD_FAILURE_CHANGE_##m = n,
#define FIELD_NUMBER_INSIGHT(n, m, t, k) FIELD_INSIGHT_##m = n,
#define FIELD_NUMBER_PATTERN(n, m, t, k) FIELD_PATTERN_##m = n,
#define FIELD_NUMBER_TOPICS(n, m, t, k) FIELD_TOPICS_##m = n,

#include "model/fields.h"

enum { RUN_FIELDS(FIELD_NUMBER_RUN) FIELD_RUN_END };
enum { SPAN_FIELDS(FIELD_NUMBER_SPAN) FIELD_SPAN_END };
enum { SCORE_FIELDS(FIELD_NUMBER_SCORE) FIELD_SCORE_END };
enum { VERDICT_FIELDS(FIELD_NUMBER_VERDICT) FIELD_VERDICT_END };
enum { SIGNAL_FIELDS(FIELD_NUMBER_SIGNAL) FIELD_SIGNAL_END };
enum { FAILURE_FIELDS(FIELD_NUMBER_FAILURE) FIELD_FAILURE_END };
enum { FAILURE_CHANGE_FIELDS(FIELD_NUMBER_CHANGE) FIELD_FAILURE_CHANGE_END };
enum { INSIGHT_FIELDS(FIELD_NUMBER_INSIGHT) FIELD_INSIGHT_END };
enum { PATTERN_FIELDS(FIELD_NUMBER_PATTERN) FIELD_PATTERN_END };
enum { TOPICS_FIELDS(FIELD_NUMBER_TOPICS) FIELD_TOPICS_END };

#endif
