#ifndef WEIR_COMMANDS_H
#define WEIR_COMMANDS_H

/*
 * The commands of weir: each is one function in a file of its name.  argv[0]
 * is the name of the command; the result is the exit code of the program.
 */
int cmd_cat(int argc, char **argv);
int cmd_group(int argc, char **argv);
int cmd_pack(int argc, char **argv);
int cmd_score(int argc, char **argv);
int cmd_up(int argc, char **argv);

#endif
