/*
 * msgpack events from strangers: decoding never overruns, what decodes is
 * encoded to an event that says the same, the fold and the head take it, and
 * its JSON reads back as the same body.
 */
#include "fuzz/fuzz.h"

#include "base/hash.h"
#include "model/event_json.h"
#include "model/run.h"

enum { ARENA_BYTES = 64 << 20, JSON_BYTES = 96 << 20 };

/* Encoding what was decoded gives an event with an equal encoding. */
static void
check_encoding(const struct event *ev, struct arena *a)
{
	struct err e = ERR_INIT;
	struct pack_reader r;
	struct event again;
	struct buf one, two;

	buf_init(&one, EVENT_BYTES_MAX);
	buf_init(&two, EVENT_BYTES_MAX);
	event_encode(ev, &one);
	MUST(!one.failed);
	r = pack_reader(buf_str(&one));
	MUST(event_decode(&r, a, &again, &e) == 0);
	MUST(pack_left(&r) == 0);
	event_encode(&again, &two);
	MUST(str_eq(buf_str(&one), buf_str(&two)));
	buf_fini(&one);
	buf_fini(&two);
}

/* Strangers' JSON text is not checked by event_decode, so only events whose
 * JSON is valid are expected to come back. */
static void
check_json(const struct event *ev, struct arena *a)
{
	struct err e = ERR_INIT;
	struct event again;
	struct buf line;

	buf_init(&line, JSON_BYTES);
	event_to_json(ev, &line);
	if (!line.failed && event_from_json(buf_str(&line), 0, a, &again, &e)
	    == 0)
		MUST(again.kind == ev->kind);
	buf_fini(&line);
}

static void
check_head(struct run *run, struct arena *a)
{
	struct err e = ERR_INIT;
	struct run *back;
	struct buf one, two;

	buf_init(&one, EVENT_BYTES_MAX);
	buf_init(&two, EVENT_BYTES_MAX);
	run_head_encode(run, &one);
	MUST(!one.failed);
	MUST(run_head_decode(buf_str(&one), run->base.id, a, &back, &e) == 0);
	run_head_encode(back, &two);
	MUST(str_eq(buf_str(&one), buf_str(&two)));
	buf_fini(&one);
	buf_fini(&two);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pack_reader r = pack_reader(str_of(data, size));
	struct arena *a;
	struct err e = ERR_INIT;
	struct run *run, *other;
	struct event ev;

	if (size > 1 << 16)
		return 0;
	hash_setup();
	a = arena_new(ARENA_BYTES);
	run = run_new(a, STR("r"));
	while (pack_left(&r) && event_decode(&r, a, &ev, &e) == 0) {
		check_encoding(&ev, a);
		check_json(&ev, a);
		if (run_apply(run, &ev, a, &e) < 0)
			break;
	}
	check_head(run, a);
	if (run_head_decode(str_of(data, size), STR("r"), a, &other, &e) == 0)
		check_head(other, a);
	arena_free(a);
	return 0;
}
