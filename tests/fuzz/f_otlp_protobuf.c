/* OTLP protobuf: agrees with protobuf-c, and what is accepted is whole. */
#include "fuzz/otlp_invariants.h"
#include "otlp_oracle.h"

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct arena *a = arena_new(16 << 20);
	struct str body = str_of(p, n);
	struct otlp_request req;
	const char *how;
	struct err e;
	int rc;

	rc = otlp_decode_protobuf(body, NULL, a, &req, &e);
	if (rc == 0)
		request_holds(&req);
	how = oracle_disagrees(body, &req, rc);
	if (how) {
		fprintf(stderr, "%s (%s)\n", how, rc ? e.text : "accepted");
		abort();
	}
	arena_free(a);
	return 0;
}
