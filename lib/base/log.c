#include "base/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"

enum { LINE_MAX_BYTES = 2048 };

static char proc_name[32] = "weir";
static enum log_level least_level = LOG_INFO;
static atomic_ulong counts[LOG_ERROR + 1];
static const char *const words[] = { "debug", "info", "warn", "error" };

void
log_setup(const char *proc, enum log_level least)
{
	snprintf(proc_name, sizeof(proc_name), "%s", proc);
	least_level = least;
}

int
log_level_parse(const char *word)
{
	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (strcmp(word, words[i]) == 0)
			return (int)i;
	return -1;
}

unsigned long
log_count(enum log_level level)
{
	return atomic_load(&counts[level]);
}

/* Control characters become '?': one fact stays one line. */
static void
sanitise(char *p)
{
	for (; *p; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			*p = '?';
}

void
log_at(enum log_level level, const char *at, const char *fmt, ...)
{
	int saved = errno;
	char line[LINE_MAX_BYTES];
	char when[CLOCK_ISO_MAX];
	va_list ap;
	size_t n;
	ssize_t wrote;

	if (level < least_level)
		return;
	atomic_fetch_add(&counts[level], 1);
	clock_format_iso(clock_now_ms(), when);
	snprintf(line, sizeof(line) - 1, "ts=%s level=%s proc=%s at=%s ", when,
	    words[level], proc_name, at);
	n = strlen(line);
	va_start(ap, fmt);
	vsnprintf(line + n, sizeof(line) - 1 - n, fmt, ap);
	va_end(ap);
	sanitise(line);
	n = strlen(line);
	line[n++] = '\n';
	/* A log that cannot be written must not stop the process. */
	wrote = write(STDERR_FILENO, line, n);
	(void)wrote;
	errno = saved;
}
