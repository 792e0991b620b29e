/* weir cat: events on stdin as JSON lines.  weir pack: the way back. */
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/hash.h"
#include "base/opts.h"
#include "commands.h"
#include "filter/filter.h"
#include "model/event_json.h"

enum { LINE_BYTES_MAX = 16 << 20, PACK_ARENA_MAX = 64 << 20 };

static int
print_event(void *arg, const struct event *ev, struct err *e)
{
	struct buf *b = arg;

	buf_reset(b);
	event_to_json(ev, b);
	buf_add_byte(b, '\n');
	if (b->failed)
		return err_set(e, ERR_LIMIT, "event %.*s is too large",
		    STR_FMT(ev->id));
	if (fwrite(b->p, 1, b->n, stdout) != b->n)
		return err_sys(e, ERR_IO, "output: write");
	return 0;
}

static int
finish(int rc, struct err *e)
{
	if (rc == 0 && fflush(stdout) != 0)
		rc = err_sys(e, ERR_IO, "output: write");
	if (rc == 0)
		return EXIT_DONE;
	fprintf(stderr, "weir: %s\n", e->text);
	return EXIT_FAILED;
}

static const struct opt no_options[] = { { 0 } };

static void
no_operands(const char *usage, int argc, char **argv)
{
	if (opts_parse(no_options, usage, argc, argv) != argc)
		opts_die("takes no operands: reads standard input");
	hash_setup();
}

int
cmd_cat(int argc, char **argv)
{
	struct err e = ERR_INIT;
	struct buf line;
	int rc;

	no_operands("weir cat <events", argc, argv);
	/* Escapes can make an event several times longer as JSON. */
	buf_init(&line, (size_t)EVENT_BYTES_MAX * 6);
	rc = filter_read_events(STDIN_FILENO, print_event, &line, &e);
	buf_fini(&line);
	return finish(rc, &e);
}

static int
pack_line(void *arg, struct str line, size_t number, struct err *e)
{
	struct arena *a = arg;
	struct event ev;

	if (str_trim(line).n == 0)
		return 0;
	arena_reset(a);
	if (event_from_json(line, clock_now_ms(), a, &ev, e))
		return err_wrap(e, "line %zu", number);
	return filter_write_event(stdout, &ev, e);
}

int
cmd_pack(int argc, char **argv)
{
	struct err e = ERR_INIT;
	struct arena *a;
	int rc;

	no_operands("weir pack <events.jsonl", argc, argv);
	a = arena_new(PACK_ARENA_MAX);
	rc = filter_read_lines(STDIN_FILENO, LINE_BYTES_MAX, pack_line, a, &e);
	arena_free(a);
	return finish(rc, &e);
}
