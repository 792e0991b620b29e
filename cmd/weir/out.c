#include "out.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/opts.h"

enum { COLUMNS_MAX = 16, TEXT_MAX = 16 << 20 };

struct table {
	const char *const *heads;
	size_t ncols;
	char **cells;
	size_t n, cap;
};

/* ---- texts ---- */

static bool
is_shown(struct str s, size_t i, size_t length)
{
	uint8_t c = (uint8_t)s.p[i];

	if (length == 1)
		return c >= 0x20 && c != 0x7f;
	/* U+0080 to U+009F are control characters too, and U+202A to U+202E
	 * and U+2066 to U+2069 turn the direction of what follows. */
	if (length == 2)
		return !(c == 0xc2 && (uint8_t)s.p[i + 1] < 0xa0);
	return !(length == 3 && c == 0xe2 &&
	    (((uint8_t)s.p[i + 1] == 0x80 && (uint8_t)s.p[i + 2] >= 0xaa &&
	    (uint8_t)s.p[i + 2] <= 0xae) || ((uint8_t)s.p[i + 1] == 0x81 &&
	    (uint8_t)s.p[i + 2] >= 0xa6)));
}

void
out_clean(struct buf *b, struct str s, size_t max_chars)
{
	size_t chars = 0, kept = b->n;
	bool is_space = true;

	s = str_trim(s);
	for (size_t i = 0, length; i < s.n; i += length ? length : 1) {
		length = str_utf8_sequence(s, i);
		if (length && is_shown(s, i, length) && s.p[i] != ' ') {
			buf_add(b, s.p + i, length);
			is_space = false;
		} else if (is_space) {
			continue;
		} else {
			buf_add_byte(b, ' ');
			is_space = true;
		}
		if (++chars + 3 == max_chars)
			kept = b->n;
		if (chars > max_chars) {
			b->n = kept;
			buf_add_cstr(b, "...");
			return;
		}
	}
}

void
out_text(struct str s, size_t max_chars)
{
	struct buf b;

	buf_init(&b, TEXT_MAX);
	out_clean(&b, s, max_chars);
	fwrite(buf_str(&b).p, 1, b.n, stdout);
	buf_fini(&b);
}

const char *
out_ms(int64_t ms, char out[32])
{
	char iso[CLOCK_ISO_MAX];

	if (ms == 0)
		return "-";
	clock_format_iso(ms, iso);
	snprintf(out, 32, "%.10s %.8s", iso, iso + 11);
	return out;
}

const char *
out_duration(int64_t ns, char out[32])
{
	int64_t ms = ns / NS_PER_MS, s = ms / 1000;

	if (ms < 1000)
		snprintf(out, 32, "%lld ms", (long long)ms);
	else if (s < 60)
		snprintf(out, 32, "%.1f s", (double)ms / 1000);
	else if (s < 3600)
		snprintf(out, 32, "%lld min %lld s", (long long)(s / 60),
		    (long long)(s % 60));
	else
		snprintf(out, 32, "%lld h %lld min", (long long)(s / 3600),
		    (long long)(s / 60 % 60));
	return out;
}

void
out_line(struct buf *b)
{
	buf_add_byte(b, '\n');
	if (b->failed)
		fprintf(stderr, "weir: a line is too long and left out\n");
	else
		fwrite(b->p, 1, b->n, stdout);
	buf_reset(b);
}

int
out_finish(const char *command)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return EXIT_DONE;
	fprintf(stderr, "%s: output: %s\n", command, strerror(errno));
	return EXIT_FAILED;
}

/* ---- tables ---- */

struct table *
table_new(const char *const *heads, size_t ncols)
{
	struct table *t = mem_zalloc(1, sizeof(*t));

	if (ncols > COLUMNS_MAX)
		BUG("%zu columns", ncols);
	t->heads = heads;
	t->ncols = ncols;
	return t;
}

void
table_free(struct table *t)
{
	if (!t)
		return;
	for (size_t i = 0; i < t->n; i++)
		free(t->cells[i]);
	free(t->cells);
	free(t);
}

void
table_add(struct table *t, struct str s)
{
	struct buf b;

	buf_init(&b, OUT_CELL_MAX * 4 + 8);
	out_clean(&b, s, OUT_CELL_MAX);
	t->cells = mem_more(t->cells, t->n, &t->cap, sizeof(*t->cells));
	t->cells[t->n++] = mem_dup(buf_str(&b).p, b.n);
	buf_fini(&b);
}

void
table_addf(struct table *t, const char *fmt, ...)
{
	char text[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	table_add(t, str_from(text));
}

void
table_add_ms(struct table *t, int64_t ms)
{
	char text[32];

	table_add(t, str_from(out_ms(ms, text)));
}

void
table_add_duration(struct table *t, int64_t ns)
{
	char text[32];

	table_add(t, str_from(out_duration(ns, text)));
}

/* Characters, not bytes; wide ones are not known here. */
static size_t
width_of(const char *s)
{
	size_t n = 0;

	for (; *s; s++)
		n += ((uint8_t)*s & 0xc0) != 0x80;
	return n;
}

static void
print_row(const char *const *cells, const size_t *widths, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const char *cell = cells[i][0] ? cells[i] : "-";

		fputs(cell, stdout);
		if (i + 1 < n)
			printf("%*s", (int)(widths[i] - width_of(cell) + 2),
			    "");
	}
	putchar('\n');
}

void
table_print(const struct table *t)
{
	size_t widths[COLUMNS_MAX];

	for (size_t i = 0; i < t->ncols; i++)
		widths[i] = width_of(t->heads[i]);
	for (size_t i = 0; i < t->n; i++)
		widths[i % t->ncols] = MAX_OF(widths[i % t->ncols],
		    width_of(t->cells[i]));
	print_row(t->heads, widths, t->ncols);
	for (size_t i = 0; i + t->ncols <= t->n; i += t->ncols)
		print_row((const char *const *)t->cells + i, widths, t->ncols);
}
