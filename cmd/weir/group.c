/* weir group: the failure id and the template of each line of standard input. */
#include <stdio.h>

#include "base/buf.h"
#include "base/hash.h"
#include "base/log.h"
#include "base/opts.h"
#include "commands.h"
#include "detect/template.h"

enum { LINE_MAX_BYTES = 1 << 20 };

static const char *entity_type = "tool_call";
static bool results;

static const struct opt options[] = {
	{ "type", 't', OPT_TEXT, &entity_type, 0, 0, "TYPE",
	    "entity type that the ids are for: tool_call or run" },
	{ "results", 'r', OPT_FLAG, &results, 0, 0, NULL,
	    "lines are results of tools; those that are no error print \"-\"" },
	{ 0 }
};

/* Reads one line without its end; what passes the maximum is dropped.  False
 * at the end of the input. */
static bool
read_line(FILE *in, struct buf *line)
{
	int c;

	buf_reset(line);
	while ((c = getc_unlocked(in)) != EOF && c != '\n')
		if (line->n < line->max)
			buf_add_byte(line, (uint8_t)c);
	return c != EOF || line->n > 0;
}

static void
group_line(struct str s, FILE *out)
{
	char id[FAILURE_ID_SIZE];
	struct template t;

	if (results && !template_is_error(s, &s)) {
		fputs("-\t\n", out);
		return;
	}
	template_of(s, &t);
	failure_id(str_from(entity_type), template_str(&t), id);
	fprintf(out, "%s\t%s\n", id, t.text);
}

static int
group_lines(FILE *in, FILE *out)
{
	struct buf line;

	buf_init(&line, LINE_MAX_BYTES);
	while (read_line(in, &line))
		group_line(buf_str(&line), out);
	buf_fini(&line);
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
