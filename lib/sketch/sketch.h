#ifndef SKETCH_SKETCH_H
#define SKETCH_SKETCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cc.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

/*
 * Quantiles of a stream of durations, from integer counters only: a value may
 * be taken out again exactly, and two sketches of the same values are equal
 * byte for byte, whatever the order and grouping of additions.
 *
 *	struct sketch s = SKETCH_INIT;
 *
 *	sketch_add(&s, duration_us, 1);
 *	sketch_add(&s, wrong_us, -1);
 *	p95 = sketch_quantile(&s, 0.95);
 *	sketch_encode(&s, &out);
 *	sketch_fini(&s);
 *
 * Buckets are log-linear (HdrHistogram's idea): values below 64 have a bucket
 * each, above that every power of two is cut into 64 equal parts.  The middle
 * of a bucket is within 1/128 (0.8 %) of each value in it.  Negative values
 * count as 0.  At most SKETCH_BUCKETS_MAX buckets exist, so a sketch is
 * bounded by 16 bytes times that.
 *
 * Counts may be negative: such a sketch is a difference, to be merged into
 * another.  A bucket whose count is 0 does not exist.
 * Threads: one object, one thread.
 */
enum { SKETCH_BUCKETS_MAX = 64 + 57 * 64 };

struct sketch_bucket {
	uint16_t index;
	int64_t count;          /* never 0 */
};

struct sketch {
	struct sketch_bucket *v;        /* ascending by index */
	size_t n, cap;
};

#define SKETCH_INIT { NULL, 0, 0 }

void sketch_fini(struct sketch *s) CC_NONNULL(1);

/* Adds a value count times (count may be negative). */
void sketch_add(struct sketch *s, int64_t value, int64_t count) CC_NONNULL(1);

/* to += sign * from; sign is 1 or -1. */
void sketch_merge(struct sketch *to, const struct sketch *from, int sign)
    CC_NONNULL(1, 2);

/* Values held. */
int64_t sketch_count(const struct sketch *s) CC_NONNULL(1);

/*
 * The value at quantile q (0 to 1; nearest rank), within 1 %; 0 when there are
 * no values.
 */
int64_t sketch_quantile(const struct sketch *s, double q) CC_NONNULL(1);

/*
 * Canonical form: varint n, then per bucket varint(index - previous index) and
 * zigzag varint(count).
 */
void sketch_encode(const struct sketch *s, struct buf *b) CC_NONNULL(1, 2);

/* Adds the encoded sketch at the start of *in, and moves *in behind it.
 * ERR_CORRUPT when it is not one (*s may then hold a part). */
int sketch_decode(struct sketch *s, struct str *in, struct err *e) CC_CHECK
    CC_NONNULL(1, 2, 3);

/* Bucket of a value, and the middle of a bucket. */
uint16_t sketch_index(int64_t value);
int64_t sketch_value(uint16_t index);

/* Varints, also for the records that hold sketches: LEB128, and zigzag for
 * signed numbers.  The readers are false at the end of *in or past 64 bits. */
void varint_add(struct buf *b, uint64_t v) CC_NONNULL(1);
void varint_add_signed(struct buf *b, int64_t v) CC_NONNULL(1);
bool varint_read(struct str *in, uint64_t *v) CC_CHECK CC_NONNULL(1, 2);
bool varint_read_signed(struct str *in, int64_t *v) CC_CHECK CC_NONNULL(1, 2);

#endif
