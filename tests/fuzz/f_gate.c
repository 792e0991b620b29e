/* Any bytes are an expression or an error; an expression has one value. */
#include <assert.h>
#include <stdint.h>

#include "insight/gate.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static bool
value(void *arg, struct str name, double *v)
{
	(void)arg;
	assert(name.n);
	*v = (double)name.n;
	return name.p[0] != 'x';
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct err e = ERR_INIT;
	double a = 0, b = 1;
	int rc = gate_eval(str_of(data, n), value, NULL, &a, &e);

	if (rc) {
		assert(rc == e.code && e.text[0]);
		return 0;
	}
	rc = gate_eval(str_of(data, n), value, NULL, &b, &e);
	assert(rc == 0 && (a == b || (a != a && b != b)));
	return 0;
}
