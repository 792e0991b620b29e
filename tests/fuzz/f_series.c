/* Any text is a series or an error, and its scores are in 0..1. */
#include <assert.h>
#include <stdint.h>

#include "insight/changes.h"
#include "insight/series.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct str rest = str_of(data, n);
	struct changes *c = changes_new();
	struct err e = ERR_INIT;

	if (n == 0)
		rest = STR_NULL;
	for (size_t number = 1; rest.p; number++) {
		struct series_point p;
		double score;

		if (series_parse(str_cut(&rest, '\n'), number, &p, &e)) {
			assert(e.text[0]);
			continue;
		}
		assert(p.text.n <= n);
		if (p.is_header || p.is_missing || !p.text.n)
			continue;
		score = changes_add(c, p.ns, p.value);
		assert(score >= 0 && score <= 1);
	}
	changes_free(c);
	return 0;
}
