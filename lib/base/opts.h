#ifndef BASE_OPTS_H
#define BASE_OPTS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/cc.h"

/*
 * Command lines from one table per tool: parsing, ranges, --help and the check
 * that the manual page names each option all read the same rows.
 *
 *	static const char *data;
 *	static int64_t workers = 1;
 *	static const struct opt table[] = {
 *		{ "data", 'd', OPT_TEXT, &data, 0, 0, "DIR", "where the data lives" },
 *		{ "workers", 'w', OPT_INT, &workers, 0, 64, "N", "classifiers" },
 *		{ 0 }
 *	};
 *	int first = opts_parse(table, "weir up [options]", argc, argv);
 *
 * --name value and --name=value both work, "--" ends the options, and options
 * and operands may be mixed (operands are moved behind).  --help prints the
 * table on stdout and exits 0; --version prints the version.  A wrong command
 * line prints one line naming the option on stderr and exits EXIT_USAGE.
 */
enum opt_type {
	OPT_FLAG,   /* bool *: present or not */
	OPT_TEXT,   /* const char **: borrowed from argv */
	OPT_INT,    /* int64_t *: min..max inclusive */
	OPT_NUMBER, /* double *: any finite number */
	OPT_BYTES,  /* int64_t *: an integer with optional K, M, G (1024s) */
	OPT_LIST    /* const char *[max + 1]: repeated, NULL-terminated */
};

struct opt {
	const char *name;       /* long name; NULL ends the table */
	char letter;            /* short name or 0 */
	enum opt_type type;
	void *value;
	int64_t min, max;       /* OPT_INT, OPT_BYTES; OPT_LIST: max */
	const char *arg;        /* placeholder in the help; NULL for a flag */
	const char *help;
};

/* Exit codes of every weir program (DESIGN section 9). */
enum {
	EXIT_DONE = 0,          /* done */
	EXIT_FAILED = 1,        /* ran and failed */
	EXIT_USAGE = 100,       /* wrong usage or configuration */
	EXIT_AGAIN = 111        /* temporary: try again later */
};

/* Index in argv of the first operand (argc when there is none). */
int opts_parse(const struct opt *table, const char *usage, int argc,
    char **argv) CC_CHECK CC_NONNULL(1, 2, 4);

/* Prints "PROGRAM: text" and exits EXIT_USAGE. */
void opts_die(const char *fmt, ...) CC_PRINTF(1, 2) CC_NORETURN;

#endif
