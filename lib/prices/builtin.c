/* The compiled table: prices.tsv as it is, behind its two comment lines. */
#include "prices/table.h"

__asm__(
    ".pushsection .rodata\n"
    "prices_tsv_begin:\n"
    ".incbin \"lib/prices/prices.tsv\"\n"
    "prices_tsv_end:\n"
    ".byte 0\n"
    ".popsection\n");

extern const char prices_tsv_begin[] __attribute__((visibility("hidden")));
extern const char prices_tsv_end[] __attribute__((visibility("hidden")));

struct str
table_builtin(void)
{
	struct str s = str_of(prices_tsv_begin,
	    (size_t)(prices_tsv_end - prices_tsv_begin));

	while (s.n && s.p[0] == '#')
		(void)str_cut(&s, '\n');
	return s;
}
