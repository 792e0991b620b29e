/* Any bytes, posted as OTLP in either encoding. */
#include "intake_invariants.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct str body = str_of(data, n);

	intake_check("/v1/traces", n && data[0] == '{' ? "application/json" :
	    "application/x-protobuf", body);
	intake_check("/v1/otel-steps", NULL, body);
	return 0;
}
