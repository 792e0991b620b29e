/*
 * Requests and responses in wire form: any bytes are refused or give back
 * exactly themselves.
 */
#include "fuzz/fuzz.h"

#include "http/wire.h"

static void
check_request(struct str m, struct arena *a)
{
	struct http_request q;
	struct err e = ERR_INIT;
	struct buf b;

	if (http_wire_get_request(&q, m, a, &e))
		return;
	buf_init(&b, m.n);
	http_wire_put_request(&b, &q);
	MUST(!b.failed && str_eq(buf_str(&b), m));
	buf_fini(&b);
}

/* Header values are cleaned on the way, so lengths are compared. */
static void
check_response(struct str m)
{
	struct http_response r, again;
	struct err e = ERR_INIT;
	struct buf b;

	http_response_init(&r);
	http_response_init(&again);
	if (http_wire_get_response(&r, m, &e) == 0) {
		buf_init(&b, m.n);
		http_wire_put_response(&b, &r);
		MUST(!b.failed && b.n == m.n);
		MUST(http_wire_get_response(&again, buf_str(&b), &e) == 0);
		MUST(str_eq(buf_str(&again.body), buf_str(&r.body)));
		buf_fini(&b);
	}
	http_response_fini(&r);
	http_response_fini(&again);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct arena *a = arena_new(1 << 20);

	check_request(str_of(p, n), a);
	check_response(str_of(p, n));
	arena_free(a);
	return 0;
}
