/* OTLP/JSON: what is accepted is whole, and writes valid JSON. */
#include "fuzz/otlp_invariants.h"

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct arena *a = arena_new(16 << 20);
	struct otlp_request req;
	struct err e;

	if (otlp_decode_json(str_of(p, n), NULL, a, &req, &e) == 0)
		request_holds(&req);
	arena_free(a);
	return 0;
}
