/* Events as JSON lines: what is written is read back the same. */
#include "base/hash.h"
#include "model/event_json.h"
#include "model/run.h"
#include "tap.h"

static struct arena *arena;

static struct str
round_trip(struct str line, struct err *e)
{
	struct event ev;
	struct buf b;
	struct str out;

	if (event_from_json(line, 1000, arena, &ev, e))
		return STR_NULL;
	buf_init(&b, 1 << 20);
	event_to_json(&ev, &b);
	out = arena_str(arena, buf_str(&b));
	buf_fini(&b);
	return out;
}

static void
test_same(void)
{
	static const char *const lines[] = {
		"{\"kind\":\"span\",\"project\":\"demo\",\"env\":\"dev\","
		"\"run\":\"r1\",\"id\":\"s1\",\"order\":7,\"received_ms\":5,"
		"\"dialect\":\"tcc\",\"type\":\"tool\",\"name\":\"search\","
		"\"start_ns\":1795334013008000001,\"status\":\"error\","
		"\"input\":{\"q\":[1,2]},\"output\":\"text\","
		"\"metadata\":{\"a\":\"x\",\"n\":3,\"t\":true,\"d\":0.5,"
		"\"j\":[1]}}",
		"{\"kind\":\"run\",\"project\":\"p\",\"env\":\"prod\","
		"\"run\":\"r1\",\"id\":\"r1\",\"received_ms\":5,"
		"\"dialect\":\"x\",\"conversational\":true,\"cost_usd\":0.25,"
		"\"response\":null}",
		"{\"kind\":\"insight\",\"project\":\"p\",\"env\":\"prod\","
		"\"id\":\"2026-W47\",\"received_ms\":5,\"dialect\":\"x\","
		"\"body\":{\"runs\":3}}",
	};

	for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
		struct err e = ERR_INIT;
		struct str out = round_trip(str_from(lines[i]), &e);

		if (!ok(str_is(out, lines[i]), "line %zu", i))
			printf("# %.*s %s\n", STR_FMT(out), e.text);
	}
}

static void
refused(const char *line, const char *names)
{
	struct err e = ERR_INIT;
	struct event ev;

	ok(event_from_json(str_from(line), 0, arena, &ev, &e) < 0 &&
	    strstr(e.text, names), "%s: %s", names, e.text);
}

int
main(void)
{
	hash_setup();
	arena = arena_new(1 << 20);
	test_same();
	refused("{\"kind\":\"walk\",\"run\":\"r\"}", "kind");
	refused("{\"kind\":\"run\"}", "id");
	refused("{\"kind\":\"span\",\"id\":\"s\"}", "run");
	refused("{\"kind\":\"run\",\"run\":\"r\",\"promt\":\"x\"}", "promt");
	refused("{\"kind\":\"run\",\"run\":\"r\",\"agent\":3}", "agent");
	refused("{\"kind\":\"span\",\"run\":\"r\",\"id\":\"s\","
	    "\"type\":\"hammer\"}", "type");
	refused("{\"kind\":\"run\",\"run\":\"r\",\"env\":\"test\"}", "env");
	refused("not json", "");
	arena_free(arena);
	return tap_done();
}
