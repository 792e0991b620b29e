/*
 * What lib/intake costs: a recorded body to encoded events, in microseconds
 * and bytes an item.
 *
 *	b_intake [--seconds N] [FILE…]
 *
 * Without files it takes those of tests/fixtures/tcc that are not compressed.
 */
#include <dirent.h>
#include <stdlib.h>
#include <time.h>

#include "base/hash.h"
#include "base/mem.h"
#include "base/opts.h"
#include "intake/intake.h"

enum { FILE_MAX = 16 << 20 };

static double seconds = 0.2;

static const struct opt table[] = {
	{ "seconds", 't', OPT_NUMBER, &seconds, 0, 0, "N", "for each file" },
	{ 0 }
};

static double
cpu_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static struct str
read_file(const char *path)
{
	FILE *f = fopen(path, "rb");
	char *p;
	size_t n;

	if (!f)
		opts_die("cannot read %s", path);
	p = mem_alloc(FILE_MAX, 1);
	n = fread(p, 1, FILE_MAX, f);
	fclose(f);
	return str_of(p, n);
}

static const char *
path_of(const char *file)
{
	if (strstr(file, "feedback"))
		return "/v1/feedback";
	if (strstr(file, "litellm"))
		return "/v1/otel-steps";
	return strstr(file, ".pb") || strstr(file, "ai5") ||
	    strstr(file, "ai6") || strstr(file, "otlp") ? "/v1/traces" :
	    "/v1/custom";
}

static void
measure(const char *file)
{
	struct str body = read_file(file);
	struct arena *a = arena_new(64 << 20);
	struct intake_request q = { .body = body, .arena = a,
		.received_ms = 1795334013008,
		.content_type = strstr(file, ".pb") ?
		    STR("application/x-protobuf") : STR("application/json") };
	struct intake_result r = { 0 };
	struct err e = ERR_INIT;
	enum intake_known known;
	size_t prefix, rounds = 0;
	const struct intake_endpoint *p = intake_find(HTTP_POST,
	    str_from(path_of(file)), INTAKE_KEY_UNKNOWN, &q, &known, &prefix);
	double began, took;
	struct buf out;

	buf_init(&out, 64 << 20);
	began = cpu_us();
	do {
		arena_reset(a);
		buf_reset(&out);
		if (p->parse(&q, &r, &e))
			opts_die("%s: %s", file, e.text);
		for (size_t i = 0; i < r.n; i++) {
			r.events[i].project = STR("demo");
			event_encode(&r.events[i], &out);
		}
		rounds++;
		took = cpu_us() - began;
	} while (took < seconds * 1e6);
	printf("%-44s %4zu items %7.2f us/item %6.0f -> %6.0f bytes/item\n",
	    file, r.accepted, took / (double)(rounds * r.accepted),
	    (double)body.n / (double)r.accepted,
	    (double)out.n / (double)r.accepted);
	buf_fini(&out);
	arena_free(a);
	free((void *)(uintptr_t)body.p);
}

int
main(int argc, char **argv)
{
	int first = opts_parse(table, "b_intake [FILE...]", argc, argv);
	struct dirent **names;
	int n;

	hash_setup();
	for (int i = first; i < argc; i++)
		measure(argv[i]);
	if (first < argc)
		return EXIT_DONE;
	n = scandir("tests/fixtures/tcc", &names, NULL, alphasort);
	if (n < 0)
		opts_die("run it from the top of the tree");
	for (int i = 0; i < n; i++) {
		char *path = mem_printf("tests/fixtures/tcc/%s",
		    names[i]->d_name);

		if (names[i]->d_name[0] != '.' && !strstr(path, ".gz") &&
		    !strstr(path, "README"))
			measure(path);
		free(path);
	}
	return EXIT_DONE;
}
