#ifndef TESTS_INTAKE_INVARIANTS_H
#define TESTS_INTAKE_INVARIANTS_H

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/hash.h"
#include "intake/intake.h"
#include "json/json_read.h"
#include "model/event_json.h"
#include "model/run.h"

/*
 * Whatever a stranger posts, it is refused with a reason, or becomes events
 * that the store can read back and fold: ids within their limits, JSON valid,
 * nothing left over.
 */
static void
check_event(const struct event *ev, struct arena *a)
{
	struct err e = ERR_INIT;
	struct pack_reader r;
	struct event back;
	struct buf b, json;

	assert(ev->run_id.n > 0 && ev->run_id.n <= EVENT_ID_MAX);
	assert(ev->id.n > 0 && ev->id.n <= EVENT_ID_MAX);
	for (size_t i = 0; i < ev->nfields; i++) {
		const struct value *v = &ev->fields[i].value;

		if (v->type == VALUE_JSON)
			assert(json_check(v->s, JSON_DEPTH_MAX, &e) == 0);
		if (v->type == VALUE_TEXT)
			assert(str_is_utf8(v->s));
	}
	buf_init(&b, 64 << 20);
	buf_init(&json, 64 << 20);
	event_encode(ev, &b);
	r = pack_reader(buf_str(&b));
	if (event_decode(&r, a, &back, &e)) {
		fprintf(stderr, "%s\n", e.text);
		abort();
	}
	assert(pack_left(&r) == 0);
	assert(str_eq(back.id, ev->id) && back.kind == ev->kind);
	event_to_json(&back, &json);
	assert(json_check(buf_str(&json), JSON_DEPTH_MAX, &e) == 0);
	buf_fini(&json);
	buf_fini(&b);
}

static int
intake_check(const char *path, const char *type, struct str body)
{
	static struct arena *a;
	struct intake_request q = { .body = body, .received_ms = 1000,
		.content_type = str_from(type) };
	const struct intake_endpoint *p;
	struct intake_result res;
	enum intake_known known;
	struct err e = ERR_INIT;
	size_t prefix;
	int rc;

	if (!a) {
		hash_setup();
		a = arena_new(64 << 20);
	}
	arena_reset(a);
	q.arena = a;
	p = intake_find(HTTP_POST, str_from(path), INTAKE_KEY_UNKNOWN, &q,
	    &known, &prefix);
	rc = p->parse(&q, &res, &e);
	if (rc) {
		assert(rc == e.code && e.text[0] && res.n == 0);
		assert(rc == ERR_INVALID || rc == ERR_LIMIT);
		return rc;
	}
	assert(!res.rejected == !res.reason);
	for (size_t i = 0; i < res.n; i++) {
		res.events[i].project = STR("p");
		check_event(&res.events[i], a);
	}
	return 0;
}

#endif
