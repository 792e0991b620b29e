/* Index entries that another index has too. */
#include <string.h>

#include "repo/hits.h"

/* So many entries of the other index are read for a page; a head costs as much
 * as some dozen of them. */
enum { OTHERS_MAX = 4 * HITS_PAGE };

/* The order of keys: newest first, then by rid. */
static int
compare(const struct hit *a, const struct hit *b)
{
	if (a->ms != b->ms)
		return a->ms > b->ms ? -1 : 1;
	return memcmp(a->rid.b, b->rid.b, HASH128_SIZE);
}

int
hits_keep_both(const struct repo_view *v, enum layout_index kind,
    struct str name, struct hit *hits, size_t *n, struct err *e)
{
	struct hit others[HITS_PAGE];
	size_t total = 0, got = 0, at = 0, kept = 0, i = 0;
	struct hits h;

	if (*n == 0)
		return 0;
	hits_open(&h, v, kind, name, hits[*n - 1].ms, hits[0].ms + 1);
	while (i < *n) {
		int c;

		if (at == got) {
			if (h.is_done) {
				/* None of the rest is there. */
				*n = kept;
				return 0;
			}
			if (total >= OTHERS_MAX)
				break;
			if (hits_next(&h, HITS_PAGE, others, &got, e))
				return e->code;
			total += got;
			at = 0;
			continue;
		}
		c = compare(&hits[i], &others[at]);
		if (c == 0)
			hits[kept++] = hits[i];
		i += c <= 0;
		at += c >= 0;
	}
	/* Not looked for any further: the heads will tell. */
	memmove(hits + kept, hits + i, (*n - i) * sizeof(*hits));
	*n = kept + *n - i;
	return 0;
}
