#ifndef OTLP_OTLP_DECODE_H
#define OTLP_OTLP_DECODE_H

#include "otlp/otlp.h"

/*
 * What the two decoders share; for lib/otlp only.
 */
struct otlp_decoder {
	struct arena *arena;
	struct otlp_limits limits;   /* defaults filled in */
	struct otlp_request *req;
	struct otlp_span *span;      /* being decoded, NULL outside of spans */
	size_t n_groups;             /* resource_spans and scope_spans */
};

void otlp_decoder_init(struct otlp_decoder *d, const struct otlp_limits *l,
    struct arena *a, struct otlp_request *req);

/* Counts the rejected and flags the odd, when all spans are there. */
void otlp_decoder_finish(struct otlp_decoder *d);

/* Charges n more spans (groups of spans) against the budget of the request. */
int otlp_charge_spans(struct otlp_decoder *d, size_t n, struct err *e)
    CC_CHECK;
int otlp_charge_groups(struct otlp_decoder *d, size_t n, struct err *e)
    CC_CHECK;

/*
 * Something is wrong with the span being decoded: marks it, unless it is
 * marked already, and returns 0; outside of a span fails with code.
 */
int otlp_wrong(struct otlp_decoder *d, int code, const char *why,
    struct err *e) CC_CHECK;

/* ERR_LIMIT: the arena is used up. */
int otlp_no_memory(struct err *e) CC_CHECK;

/* Borrows s if it is UTF-8, else makes a repaired copy. */
int otlp_text(struct otlp_decoder *d, struct str s, struct str *out,
    struct err *e) CC_CHECK;

#endif
