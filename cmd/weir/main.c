/* weir: the command people type. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cc.h"
#include "base/mem.h"
#include "base/opts.h"
#include "base/version.h"
#include "commands.h"

static const struct command commands[] = {
	{ "ask", cmd_ask, "answer a question in English" },
	{ "bus-keys", cmd_bus_keys, "make the key file of a cluster" },
	{ "cat", cmd_cat, "print msgpack events as JSON lines" },
	{ "changes", cmd_changes, "score each value of a series for change" },
	{ "checkpoint", cmd_checkpoint, "make a consistent copy of the data" },
	{ "doctor", cmd_doctor, "compare what is derived with the events" },
	{ "explain", cmd_explain, "why a run was flagged" },
	{ "failures", cmd_failures, "groups of errors, and their status" },
	{ "group", cmd_group, "failure id and template of each line" },
	{ "insight", cmd_insight, "what changed in a week, or a CI gate" },
	{ "insights", cmd_insights, "insights that the store has" },
	{ "key", cmd_key, "make, list and revoke API keys" },
	{ "pack", cmd_pack, "turn JSON lines into msgpack events" },
	{ "patterns", cmd_patterns, "what runs show, and custom patterns" },
	{ "rank", cmd_rank, "documents by relevance to each query" },
	{ "reclassify", cmd_reclassify, "read stored runs with a newer "
	    "classifier" },
	{ "reindex", cmd_reindex, "derive everything from the events anew" },
	{ "runs", cmd_runs, "list runs, or show one with its steps" },
	{ "score", cmd_score, "how likely the last message shows a pattern" },
	{ "search", cmd_search, "runs by the words that are in them" },
	{ "sessions", cmd_sessions, "list conversations" },
	{ "tail", cmd_tail, "print what is committed, as it happens" },
	{ "topics", cmd_topics, "what users ask about" },
	{ "up", cmd_up, "run everything on this machine" },
	{ 0 }
};

static int
list(const struct command *table, const char *typed, FILE *out, int code)
{
	fprintf(out, "usage: %s COMMAND [options]\n", typed);
	for (; table->name; table++)
		fprintf(out, "  %-12s %s\n", table->name, table->help);
	fprintf(out, "%s COMMAND --help lists the options of a command\n",
	    typed);
	return code;
}

int
command_run(const struct command *table, int argc, char **argv)
{
	if (argc < 2)
		return list(table, argv[0], stderr, EXIT_USAGE);
	if (strcmp(argv[1], "--help") == 0)
		return list(table, argv[0], stdout, EXIT_DONE);
	for (const struct command *c = table; c->name; c++)
		if (strcmp(argv[1], c->name) == 0) {
			argv[1] = mem_printf("%s %s", argv[0], c->name);
			return c->run(argc - 1, argv + 1);
		}
	fprintf(stderr, "%s: unknown command \"%s\" (try %s --help)\n",
	    argv[0], argv[1], argv[0]);
	return EXIT_USAGE;
}

/* "weir help key create" is "weir key create --help". */
static int
help(int argc, char **argv)
{
	char **words = mem_zalloc((size_t)argc + 2, sizeof(*words));
	char dash_help[] = "--help";
	int code;

	words[0] = argv[0];
	for (int i = 2; i < argc; i++)
		words[i - 1] = argv[i];
	words[argc - 1] = dash_help;
	code = command_run(commands, argc, words);
	free(words);
	return code;
}

int
main(int argc, char **argv)
{
	static char name[] = "weir";

	if (argc < 1)
		return EXIT_USAGE;
	argv[0] = name;
	if (argc > 1 && strcmp(argv[1], "help") == 0)
		return help(argc, argv);
	if (argc > 1 && strcmp(argv[1], "--version") == 0) {
		printf("weir %s\n", WEIR_VERSION);
		return EXIT_DONE;
	}
	return command_run(commands, argc, argv);
}
