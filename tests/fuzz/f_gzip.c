/*
 * Inflating in pieces gives what inflating at once gives, never more than the
 * budget; and what we compress comes back.
 */
#include "fuzz/fuzz.h"
#include "gzip/gzip.h"

enum { OUTPUT_MAX = 32 << 10 };

static int
in_pieces(struct str in, size_t step, struct buf *out, struct err *e)
{
	struct gunzip *g = gunzip_new();
	int rc = 0;

	while (rc == 0 && in.n) {
		size_t n = MIN_OF(step, in.n);

		rc = gunzip_feed(g, str_of(in.p, n), out, e);
		in = str_from_index(in, n);
	}
	if (rc == 0)
		rc = gunzip_end(g, e);
	gunzip_free(g);
	return rc;
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct buf once, pieces, packed;
	struct str in = str_of(p, n);
	struct err e;
	int rc;

	buf_init(&once, OUTPUT_MAX);
	buf_init(&pieces, OUTPUT_MAX);
	buf_init(&packed, 2 * OUTPUT_MAX);
	rc = gunzip(in, &once, &e);
	MUST(in_pieces(in, n ? p[n - 1] % 9 + 1u : 1, &pieces, &e) == rc);
	if (rc == 0)
		MUST(str_eq(buf_str(&once), buf_str(&pieces)));
	buf_reset(&once);
	if (n <= OUTPUT_MAX && n % 4 == 0) {
		MUST(gzip(in, 1, &packed, &e) == 0);
		MUST(gunzip(buf_str(&packed), &once, &e) == 0);
		MUST(str_eq(in, buf_str(&once)));
	}
	buf_fini(&once);
	buf_fini(&pieces);
	buf_fini(&packed);
	return 0;
}
