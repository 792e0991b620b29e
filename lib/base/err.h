#ifndef BASE_ERR_H
#define BASE_ERR_H

#include <stdarg.h>

#include "base/cc.h"

/*
 * Errors: a negative code that says what the caller should do, and a text that
 * says what was being done.  A fallible function returns 0 or a code, takes
 * `struct err *e` as its last argument, and leaves *e untouched on success.
 *
 *	if (frame_next(f, &v, e))
 *		return err_wrap(e, "peer %u", id);
 *
 * The text is set once at the bottom with the fact and wrapped at most once a
 * floor with the intent: "peer 7: frame: 9 bytes announced, limit 8".
 * Threads: one struct err, one thread.
 */
enum err_code {
	ERR_INVALID = -1,   /* the input is wrong: refuse it, do not retry */
	ERR_LIMIT = -2,     /* a budget would be exceeded: refuse, or ask for less */
	ERR_AGAIN = -3,     /* not now: retry later, nothing happened */
	ERR_IO = -4,        /* the machine failed: disk, network, peer */
	ERR_NOT_FOUND = -5, /* there is no such thing */
	ERR_DENIED = -6,    /* the caller may not do this */
	ERR_CORRUPT = -7,   /* stored bytes are not what we wrote: stop */
	ERR_EXISTS = -8     /* it is already there, or already held by another */
};

enum { ERR_TEXT_MAX = 400 };

struct err {
	int code;                 /* 0 or an err_code */
	char text[ERR_TEXT_MAX];  /* NUL-terminated, cut if longer */
};

#define ERR_INIT { 0, "" }

/* Sets code and text; returns code so that `return err_set(…)` reads well. */
int err_set(struct err *e, int code, const char *fmt, ...) CC_PRINTF(3, 4)
    CC_NONNULL(1, 3);

/* As err_set, and appends strerror of the errno at entry. */
int err_sys(struct err *e, int code, const char *fmt, ...) CC_PRINTF(3, 4)
    CC_NONNULL(1, 3);

/* Puts "intent: " in front of the text; returns the code already there. */
int err_wrap(struct err *e, const char *fmt, ...) CC_PRINTF(2, 3)
    CC_NONNULL(1, 2);

/* "invalid", "limit", "again", …: the word used in logs and metrics. */
const char *err_word(int code);

/* Our own bug: prints file, line and text to stderr and aborts with a core. */
#define BUG(...) err_bug(__FILE__, __LINE__, __VA_ARGS__)
void err_bug(const char *file, int line, const char *fmt, ...) CC_PRINTF(3, 4)
    CC_NORETURN;

#endif
