/* weir: the command people type. */
#include <stdio.h>
#include <string.h>

#include "base/cc.h"
#include "base/opts.h"
#include "commands.h"

static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *help;
} commands[] = {
	{ "cat", cmd_cat, "print msgpack events as JSON lines" },
	{ "group", cmd_group, "failure id and template of each line" },
	{ "pack", cmd_pack, "turn JSON lines into msgpack events" },
	{ "score", cmd_score, "how likely the last message shows a pattern" },
	{ "up", cmd_up, "run everything on this machine" },
};

static int
usage(FILE *out, int code)
{
	fprintf(out, "usage: weir COMMAND [options]\n");
	for (size_t i = 0; i < ARRAY_LEN(commands); i++)
		fprintf(out, "  %-12s %s\n", commands[i].name,
		    commands[i].help);
	return code;
}

int
main(int argc, char **argv)
{
	if (argc < 2)
		return usage(stderr, EXIT_USAGE);
	if (strcmp(argv[1], "--help") == 0)
		return usage(stdout, EXIT_DONE);
	for (size_t i = 0; i < ARRAY_LEN(commands); i++)
		if (strcmp(argv[1], commands[i].name) == 0)
			return commands[i].run(argc - 1, argv + 1);
	fprintf(stderr, "weir: unknown command \"%s\"\n", argv[1]);
	return EXIT_USAGE;
}
