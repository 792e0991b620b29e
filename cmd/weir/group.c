/* weir group: the failure id and the template of each line of standard input. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/hash.h"
#include "base/log.h"
#include "base/opts.h"
#include "commands.h"
#include "detect/template.h"

static const char *entity_type = "tool_call";
static bool results;

static const struct opt options[] = {
	{ "type", 't', OPT_TEXT, &entity_type, 0, 0, "TYPE",
	    "entity type that the ids are for: tool_call or run" },
	{ "results", 'r', OPT_FLAG, &results, 0, 0, NULL,
	    "lines are results of tools; those that are no error print \"-\"" },
	{ 0 }
};

static int
group_lines(FILE *in, FILE *out)
{
	char *line = NULL, id[FAILURE_ID_SIZE];
	size_t cap = 0;
	ssize_t n;
	struct template t;
	struct str s;

	while ((n = getline(&line, &cap, in)) >= 0) {
		if (n > 0 && line[n - 1] == '\n')
			n--;
		s = str_of(line, (size_t)n);
		if (results && !template_is_error(s, &s)) {
			fputs("-\t\n", out);
			continue;
		}
		template_of(s, &t);
		failure_id(str_from(entity_type), template_str(&t), id);
		fprintf(out, "%s\t%s\n", id, t.text);
	}
	free(line);
	if (ferror(in) || fflush(out) || ferror(out)) {
		log_error("group", "error=\"standard input or output failed\"");
		return EXIT_FAILED;
	}
	return EXIT_DONE;
}

int
cmd_group(int argc, char **argv)
{
	int first = opts_parse(options, "weir group [-r] [-t TYPE] <lines.txt",
	    argc, argv);

	if (first < argc)
		opts_die("unexpected operand \"%s\": the lines are read from "
		    "standard input", argv[first]);
	hash_setup();
	return group_lines(stdin, stdout);
}
