#ifndef BASE_CC_H
#define BASE_CC_H

/*
 * Compiler attributes that the other headers use to state their contracts,
 * and the functions nobody may call (see base/banned.h).
 *
 * CC_CHECK    the result must be looked at
 * CC_NONNULL  the numbered arguments must not be NULL
 * CC_PRINTF   argument f is a printf format, its values start at a
 */
#define CC_CHECK __attribute__((warn_unused_result))
#define CC_NONNULL(...) __attribute__((nonnull(__VA_ARGS__)))
#define CC_PRINTF(f, a) __attribute__((format(printf, f, a)))
#define CC_NORETURN __attribute__((noreturn))
#define CC_UNUSED __attribute__((unused))

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))
#define MIN_OF(a, b) ((a) < (b) ? (a) : (b))
#define MAX_OF(a, b) ((a) > (b) ? (a) : (b))

#include "base/banned.h"

#endif
