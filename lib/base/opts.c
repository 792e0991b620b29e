#include "base/opts.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "base/version.h"

static const char *program = "weir";

void
opts_die(const char *fmt, ...)
{
	va_list ap;

	fprintf(stderr, "%s: ", program);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	exit(EXIT_USAGE);
}

static void
print_help(const struct opt *table, const char *usage)
{
	printf("usage: %s\n", usage);
	for (const struct opt *o = table; o->name; o++) {
		char left[64];

		snprintf(left, sizeof(left), "%s%c%s--%s %s",
		    o->letter ? "-" : "  ", o->letter ? o->letter : ' ',
		    o->letter ? ", " : " ", o->name, o->arg ? o->arg : "");
		printf("  %-32s %s\n", left, o->help);
	}
	printf("  %-32s %s\n", "    --help", "print this and exit");
	printf("  %-32s %s\n", "    --version", "print the version and exit");
	exit(EXIT_DONE);
}

static int64_t
parse_bytes(const struct opt *o, const char *text)
{
	static const char units[] = "KMG";
	struct str s = str_from(text);
	int64_t v, scale = 1;
	const char *unit;

	if (s.n && (unit = strchr(units, s.p[s.n - 1]))) {
		for (const char *u = units; u <= unit; u++)
			scale *= 1024;
		s.n--;
	}
	if (!str_to_i64(s, &v) || __builtin_mul_overflow(v, scale, &v))
		opts_die("--%s: '%s' is not a size such as 512M", o->name, text);
	return v;
}

static void
store_integer(const struct opt *o, const char *text)
{
	int64_t v;

	if (o->type == OPT_BYTES)
		v = parse_bytes(o, text);
	else if (!str_to_i64(str_from(text), &v))
		opts_die("--%s: '%s' is not a whole number", o->name, text);
	if (v < o->min || v > o->max)
		opts_die("--%s: %s is outside %lld..%lld", o->name, text,
		    (long long)o->min, (long long)o->max);
	*(int64_t *)o->value = v;
}

static void
store_list(const struct opt *o, const char *text)
{
	const char **list = o->value;
	int64_t n = 0;

	while (list[n])
		n++;
	if (n == o->max)
		opts_die("--%s: given more than %lld times", o->name,
		    (long long)o->max);
	list[n] = text;
}

static void
store(const struct opt *o, const char *text)
{
	switch (o->type) {
	case OPT_FLAG:
		*(bool *)o->value = true;
		break;
	case OPT_TEXT:
		*(const char **)o->value = text;
		break;
	case OPT_INT:
	case OPT_BYTES:
		store_integer(o, text);
		break;
	case OPT_NUMBER:
		if (!str_to_double(str_from(text), o->value))
			opts_die("--%s: '%s' is not a number", o->name, text);
		break;
	case OPT_LIST:
		store_list(o, text);
		break;
	}
}

static const struct opt *
find_long(const struct opt *table, struct str name)
{
	for (const struct opt *o = table; o->name; o++)
		if (str_is(name, o->name))
			return o;
	return NULL;
}

static const struct opt *
find_letter(const struct opt *table, char c)
{
	for (const struct opt *o = table; o->name; o++)
		if (o->letter == c && c)
			return o;
	return NULL;
}

/* Handles the option at argv[i]; returns how many words it took. */
static int
take_option(const struct opt *table, const char *usage, int argc, char **argv,
    int i)
{
	const char *word = argv[i];
	const char *equals = NULL;
	const struct opt *o;

	if (word[1] == '-') {
		struct str name;

		equals = strchr(word, '=');
		name = str_of(word + 2, equals ? (size_t)(equals - word - 2) :
		    strlen(word + 2));
		if (str_is(name, "help"))
			print_help(table, usage);
		if (str_is(name, "version")) {
			printf("weir %s\n", WEIR_VERSION);
			exit(EXIT_DONE);
		}
		o = find_long(table, name);
	} else {
		o = word[2] == '\0' ? find_letter(table, word[1]) : NULL;
	}
	if (!o)
		opts_die("unknown option '%s' (try --help)", word);
	if (o->type == OPT_FLAG) {
		if (equals)
			opts_die("--%s takes no value", o->name);
		store(o, NULL);
		return 1;
	}
	if (equals) {
		store(o, equals + 1);
		return 1;
	}
	if (i + 1 >= argc)
		opts_die("--%s needs a value (%s)", o->name, o->arg);
	store(o, argv[i + 1]);
	return 2;
}

/* Moves argv[from..from+n) before argv[to]; to <= from. */
static void
move_words(char **argv, int to, int from, int n)
{
	while (n--) {
		char *word = argv[from];

		memmove(&argv[to + 1], &argv[to],
		    (size_t)(from - to) * sizeof(*argv));
		argv[to++] = word;
		from++;
	}
}

int
opts_parse(const struct opt *table, const char *usage, int argc, char **argv)
{
	const char *slash = argc ? strrchr(argv[0], '/') : NULL;
	int options_end = 1;

	if (argc)
		program = slash ? slash + 1 : argv[0];
	for (int i = 1; i < argc;) {
		int n = 1;

		if (strcmp(argv[i], "--") == 0) {
			move_words(argv, options_end, i, 1);
			return options_end + 1;
		}
		if (argv[i][0] != '-' || argv[i][1] == '\0') {
			i++;
			continue;
		}
		n = take_option(table, usage, argc, argv, i);
		move_words(argv, options_end, i, n);
		options_end += n;
		i += n;
	}
	return options_end;
}
