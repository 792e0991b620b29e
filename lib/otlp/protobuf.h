#ifndef OTLP_PROTOBUF_H
#define OTLP_PROTOBUF_H

#include <stdint.h>

#include "base/cc.h"
#include "base/err.h"
#include "base/str.h"

/*
 * Pulls the fields out of one protobuf message, zero copy, no schema.
 *
 *	struct pb_reader r;
 *	struct pb_field f;
 *	int rc;
 *
 *	pb_reader_init(&r, body);
 *	while ((rc = pb_next(&r, &f, e)) > 0)
 *		if (f.number == 1 && pb_want(&r, &f, PB_BYTES, e))
 *			return e->code;
 *
 * An embedded message is the bytes of a field: pb_enter it.  Nothing here
 * recurses or allocates.  Groups, which proto3 lacks, are refused.
 * Memory: borrowed from the body.  Threads: one reader, one thread.
 */
enum pb_wire {
	PB_VARINT = 0,
	PB_FIXED64 = 1,
	PB_BYTES = 2,
	PB_FIXED32 = 5
};

struct pb_reader {
	const uint8_t *base;     /* of the whole body, for offsets in errors */
	const uint8_t *p;
	const uint8_t *end;
};

struct pb_field {
	uint32_t number;
	enum pb_wire wire;
	uint64_t v;              /* PB_VARINT, PB_FIXED64, PB_FIXED32 */
	struct str bytes;        /* PB_BYTES; never a NULL pointer */
};

enum { PB_COUNTED = 16 };

void pb_reader_init(struct pb_reader *r, struct str body);

/* A reader of the message in a PB_BYTES field. */
struct pb_reader pb_enter(const struct pb_reader *r, const struct pb_field *f);

/* 1: *f is the next field; 0: the end; ERR_INVALID. */
int pb_next(struct pb_reader *r, struct pb_field *f, struct err *e) CC_CHECK;

/* Fails unless the field just read has that wire type. */
int pb_want(const struct pb_reader *r, const struct pb_field *f,
    enum pb_wire wire, struct err *e) CC_CHECK;

/* Counts the fields of each number below PB_COUNTED; r does not move. */
int pb_count(struct pb_reader r, size_t n[PB_COUNTED], struct err *e)
    CC_CHECK;

#endif
