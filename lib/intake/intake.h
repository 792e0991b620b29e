#ifndef INTAKE_INTAKE_H
#define INTAKE_INTAKE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/cc.h"
#include "base/err.h"
#include "base/str.h"
#include "http/http.h"
#include "model/event.h"

/*
 * Protocols to events: what strangers' SDKs post, turned into the one event
 * model.  No I/O and no clock: a body goes in, events come out.
 *
 *	struct intake_request q = { .body = body, .received_ms = now,
 *	    .content_type = STR("application/json"), .arena = arena };
 *	struct intake_result r;
 *	const struct intake_endpoint *p = intake_find(HTTP_POST, path,
 *	    key.dialect, &q, &known);
 *
 *	if (p->parse(&q, &r, e)) {
 *		p->refuse(&q, http_status, word, e->text, r.field, response);
 *		return;
 *	}
 *	for (size_t i = 0; i < r.n; i++) {
 *		r.events[i].project = project;
 *		r.events[i].env = env;
 *		event_encode(&r.events[i], &out);
 *	}
 *	…store, and when the store has acknowledged:
 *	p->answer(&q, &r, response);
 *
 * One table (intake_table.c) says which dialect a request speaks, in the order
 * of its rows: an explicit prefix, then the kind of key, then the body.  A new
 * dialect is one more row and one more file.
 *
 * Errors of parse: ERR_INVALID the body is wrong, ERR_LIMIT it is too much;
 * the text says what, r.field which member ("items[3].start_time").
 * Memory: events borrow from the body and the arena.
 * Threads: reentrant.
 */
struct intake_request {
	struct str path;                /* without the dialect's prefix */
	struct str content_type;        /* without parameters, or STR_NULL */
	struct str body;
	int64_t received_ms;
	struct arena *arena;
};

struct intake_result {
	struct event *events;   /* project and env are the caller's to set */
	size_t n;
	size_t accepted;        /* items of the sender: objects, spans */
	size_t rejected;        /* items refused while others were taken */
	const char *reason;     /* of the first of those, or NULL */
	struct str field;       /* on error: the member, or STR_NULL */
	size_t cap;             /* private */
};

typedef int intake_parse(const struct intake_request *q,
    struct intake_result *r, struct err *e);

/* Writes the answer to a request whose events are stored. */
typedef void intake_answer(const struct intake_request *q,
    const struct intake_result *r, struct http_response *response);

/* Writes a refusal in the words of the dialect; field may be STR_NULL. */
typedef void intake_refuse(const struct intake_request *q, int status,
    const char *code, const char *message, struct str field,
    struct http_response *response);

struct intake_endpoint {
	const char *name;       /* for metrics and logs: "tcc_custom" */
	const char *dialect;    /* becomes the events' source */
	enum http_method method;
	const char *path;
	const char *prefix;     /* "/tcc": the same path below it */
	/* Bits of key kinds (1 << enum repo_dialect) that choose this row at
	 * the bare path; 0: any. */
	unsigned keys;
	/* If set, the bare path is this row's only when the body agrees. */
	bool (*speaks)(const struct intake_request *q);
	bool partial;           /* its answer tells what was refused beside */
	bool shared;            /* the read API answers other methods here */
	intake_parse *parse;
	intake_answer *answer;
	intake_refuse *refuse;
};

enum { INTAKE_KEY_UNKNOWN = 31 };       /* no key yet: matches every row */

/* What is known about a path when no row takes the request. */
enum intake_known {
	INTAKE_UNKNOWN,         /* not an ingest path */
	INTAKE_OTHER_METHOD,    /* ingest only: the method is wrong */
	INTAKE_SHARED           /* the read API may answer this method */
};

/*
 * The row for a request, or NULL with *known.  key_dialect is the kind of the
 * caller's key (enum repo_dialect) or INTAKE_KEY_UNKNOWN.  q->body may be
 * empty when it has not been read yet: a row that looks at bodies is then
 * taken to match.  *prefix_bytes says how much of the path is the prefix.
 */
const struct intake_endpoint *intake_find(enum http_method method,
    struct str path, unsigned key_dialect, const struct intake_request *q,
    enum intake_known *known, size_t *prefix_bytes) CC_CHECK
    CC_NONNULL(4, 5, 6);

/* The table, for tests and lists: *n rows. */
const struct intake_endpoint *intake_table(size_t *n) CC_NONNULL(1);

/* ---- for the dialects' files ---- */

/* Adds an event to the result; false past the arena's budget. */
bool intake_add(struct intake_result *r, struct event_builder *b) CC_CHECK
    CC_NONNULL(1, 2);

/* The refusal of everything that has no form of its own: the house envelope
 * {"error":{"code","message","field"}}. */
intake_refuse intake_refuse_json;

/* The raw JSON value without insignificant white space, as VALUE_JSON wants
 * it; STR_NULL past the arena's budget. */
struct str intake_json_min(struct str raw, struct arena *a) CC_CHECK
    CC_NONNULL(2);

#endif
