/* Any bytes, posted to TCC's endpoints. */
#include "intake_invariants.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct str body = str_of(data, n);

	intake_check("/v1/custom", "application/json", body);
	intake_check("/v1/feedback", "application/json", body);
	return 0;
}
