/*
 * Runs a fuzz target over files, so that corpora are ordinary tests:
 * f_NAME FILE-OR-DIRECTORY...  A target that is unhappy aborts.
 */
#include <dirent.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { INPUT_MAX = 16 << 20 };

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static void
run_file(const char *path)
{
	FILE *f = fopen(path, "rb");
	uint8_t *input = malloc(INPUT_MAX), *exact;
	size_t n;

	if (!f || !input) {
		perror(path);
		exit(1);
	}
	n = fread(input, 1, INPUT_MAX, f);
	fclose(f);
	/* A copy of just its size: an overrun is seen by the sanitizer. */
	exact = malloc(n ? n : 1);
	if (!exact)
		abort();
	memcpy(exact, input, n);
	free(input);
	fprintf(stderr, "%s\n", path);
	LLVMFuzzerTestOneInput(exact, n);
	free(exact);
}

static size_t
run_directory(const char *path, DIR *dir)
{
	struct dirent *d;
	size_t n = 0;

	while ((d = readdir(dir))) {
		char *name;

		if (d->d_name[0] == '.')
			continue;
		if (asprintf(&name, "%s/%s", path, d->d_name) < 0)
			abort();
		run_file(name);
		free(name);
		n++;
	}
	closedir(dir);
	return n;
}

int
main(int argc, char **argv)
{
	size_t n = 0;

	for (int i = 1; i < argc; i++) {
		DIR *dir = opendir(argv[i]);

		if (dir) {
			n += run_directory(argv[i], dir);
		} else {
			run_file(argv[i]);
			n++;
		}
	}
	printf("%zu inputs\n", n);
	return n == 0;
}
