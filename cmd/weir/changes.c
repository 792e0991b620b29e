/* weir changes: how surprising each value of a series is. */
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/hash.h"
#include "base/opts.h"
#include "commands.h"
#include "filter/filter.h"
#include "insight/changes.h"
#include "insight/series.h"
#include "out.h"

enum { LINE_BYTES = 1 << 16 };

static const struct opt no_options[] = { { 0 } };

static int
take(void *arg, struct str line, size_t number, struct err *e)
{
	struct series_point p;
	int rc = series_parse(line, number, &p, e);

	if (rc < 0)
		return err_wrap(e, "line %zu", number);
	if (p.is_header)
		printf("%.*s,score\n", STR_FMT(p.text));
	else if (p.text.n)
		printf("%.*s,%.6f\n", STR_FMT(p.text), p.is_missing ? 0 :
		    changes_add(arg, p.ns, p.value));
	if (ferror(stdout))
		return err_sys(e, ERR_IO, "output: write");
	return 0;
}

int
cmd_changes(int argc, char **argv)
{
	struct err e = ERR_INIT;
	struct changes *c;
	int rc;

	if (opts_parse(no_options, "weir changes <series.csv", argc, argv) !=
	    argc)
		opts_die("takes no operands: reads standard input");
	hash_setup();
	c = changes_new();
	rc = filter_read_lines(STDIN_FILENO, LINE_BYTES, take, c, &e);
	changes_free(c);
	if (rc == 0)
		return out_finish(argv[0]);
	fprintf(stderr, "weir changes: %s\n", e.text);
	return EXIT_FAILED;
}
