/*
 * Any bytes as a conversation (a turn ends at each newline; its first byte
 * picks the role) score within 0..1 with evidence inside the message.
 */
#include <assert.h>
#include <stdint.h>

#include "detect/score.h"

enum { TURNS_MAX = 64 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static struct scorer *s;
	struct turn t[TURNS_MAX];
	struct str rest = str_of(data, n);
	struct score_result r;
	size_t k = 0, i, p;

	if (!s)
		s = scorer_new();
	if (n == 0)
		return 0;
	while (rest.p && k < TURNS_MAX) {
		struct str line = str_cut(&rest, '\n');

		t[k++] = (struct turn){ line.n ? (enum turn_role)
			((uint8_t)line.p[0] & 3) : TURN_TOOL,
			str_from_index(line, 1) };
	}
	scorer_load(s, t, k);
	for (i = 0; i < k; i++)
		for (p = 0; p < SCORE_PATTERNS; p++) {
			score_turn(s, (enum score_pattern)p, i, &r);
			assert(r.score >= 0.0 && r.score <= 1.0);
			assert(r.from <= r.to && r.to <= t[i].text.n);
			assert(r.score == score_quick(s,
			    (enum score_pattern)p, i));
		}
	return 0;
}
