#ifndef INTAKE_TCC_OBJECT_H
#define INTAKE_TCC_OBJECT_H

#include "base/cc.h"
#include "base/err.h"
#include "intake/intake.h"
#include "json/json_read.h"

/*
 * Inside lib/intake: one object of /v1/custom, a run, step or tool call
 * (contract A4).  tcc_custom.c walks bodies and batches, this reads what they
 * hold.
 *
 * Reads the object the reader stands in front of and adds its event to out.
 * path is what precedes a member's name in messages ("items[3]." or "").  On
 * error out->field names the member.
 */
int tcc_object_read(struct json_reader *r, struct str path,
    const struct intake_request *q, struct intake_result *out, struct err *e)
    CC_CHECK CC_NONNULL(1, 3, 4, 5);

/* The "type" of the object the reader stands in front of, which is left
 * there; STR_NULL if it has none that is a string. */
int tcc_object_type(const struct json_reader *r, struct str *type,
    struct err *e) CC_CHECK CC_NONNULL(1, 2, 3);

#endif
