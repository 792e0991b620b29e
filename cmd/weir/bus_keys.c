/* weir bus-keys: the key file that the processes of a cluster share. */
#include <stdio.h>

#include "base/hash.h"
#include "base/opts.h"
#include "bus/keys.h"
#include "commands.h"
#include "out.h"

static const struct opt no_options[] = { { 0 } };

int
cmd_bus_keys(int argc, char **argv)
{
	int first = opts_parse(no_options, "weir bus-keys FILE", argc, argv);
	struct err e = ERR_INIT;

	if (first != argc - 1)
		opts_die("takes one operand: the file to make");
	hash_setup();
	if (bus_keys_generate(argv[first], &e)) {
		fprintf(stderr, "%s: %s\n", argv[0], e.text);
		return e.code == ERR_EXISTS ? EXIT_USAGE : EXIT_FAILED;
	}
	printf("%s\n", argv[first]);
	return out_finish(argv[0]);
}
