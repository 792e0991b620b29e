#ifndef TESTS_TAP_H
#define TESTS_TAP_H

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/*
 * A test program prints TAP (one "ok N - name" line a check) and exits 1 when
 * any failed, so prove(1) and a bare shell loop both judge it.
 *
 *	int
 *	main(void)
 *	{
 *		ok(1 + 1 == 2, "sum");
 *		is_int(n, 3, "count");
 *		is_str(s, "x", "text");
 *		return tap_done();
 *	}
 */
static int tap_n, tap_bad;

#define ok(cond, ...) tap_check(!!(cond), __FILE__, __LINE__, __VA_ARGS__)

__attribute__((format(printf, 4, 5), unused)) static int
tap_check(int good, const char *file, int line, const char *fmt, ...)
{
	char name[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(name, sizeof(name), fmt, ap);
	va_end(ap);
	printf("%sok %d - %s\n", good ? "" : "not ", ++tap_n, name);
	if (!good) {
		tap_bad++;
		printf("# at %s:%d\n", file, line);
	}
	return good;
}

#define is_int(got, want, ...) do { \
	long long got_ = (long long)(got), want_ = (long long)(want); \
	if (!ok(got_ == want_, __VA_ARGS__)) \
		printf("# got %lld, want %lld\n", got_, want_); \
} while (0)

#define is_str(got, want, ...) do { \
	const char *got_ = (got), *want_ = (want); \
	if (!ok(got_ && strcmp(got_, want_) == 0, __VA_ARGS__)) \
		printf("# got \"%s\", want \"%s\"\n", got_ ? got_ : "(null)", \
		    want_); \
} while (0)

__attribute__((unused)) static int
tap_done(void)
{
	printf("1..%d\n", tap_n);
	return tap_bad > 0;
}

#endif
