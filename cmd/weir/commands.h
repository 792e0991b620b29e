#ifndef WEIR_COMMANDS_H
#define WEIR_COMMANDS_H

/*
 * The commands of weir: each is one function in a file of its name.  argv[0]
 * is what was typed so far ("weir key"), for messages; the result is the exit
 * code of the program.
 */
struct command {
	const char *name;       /* NULL ends a table */
	int (*run)(int argc, char **argv);
	const char *help;
};

/* Runs the command that argv[1] names; without one, or with --help, lists
 * the table, which is sorted by name. */
int command_run(const struct command *table, int argc, char **argv);

int cmd_ask(int argc, char **argv);
int cmd_bus_keys(int argc, char **argv);
int cmd_cat(int argc, char **argv);
int cmd_changes(int argc, char **argv);
int cmd_checkpoint(int argc, char **argv);
int cmd_doctor(int argc, char **argv);
int cmd_explain(int argc, char **argv);
int cmd_failures(int argc, char **argv);
int cmd_group(int argc, char **argv);
int cmd_insight(int argc, char **argv);
int cmd_insights(int argc, char **argv);
int cmd_key(int argc, char **argv);
int cmd_pack(int argc, char **argv);
int cmd_patterns(int argc, char **argv);
int cmd_rank(int argc, char **argv);
int cmd_reclassify(int argc, char **argv);
int cmd_reindex(int argc, char **argv);
int cmd_runs(int argc, char **argv);
int cmd_score(int argc, char **argv);
int cmd_search(int argc, char **argv);
int cmd_sessions(int argc, char **argv);
int cmd_tail(int argc, char **argv);
int cmd_topics(int argc, char **argv);
int cmd_up(int argc, char **argv);

#endif
