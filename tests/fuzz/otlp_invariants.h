#ifndef TESTS_FUZZ_OTLP_INVARIANTS_H
#define TESTS_FUZZ_OTLP_INVARIANTS_H

#include "fuzz/fuzz.h"
#include "json/json_read.h"
#include "otlp/otlp.h"

/* What holds for every decoded request, whatever its form. */
static inline void
attrs_hold(const struct otlp_attrs *attrs)
{
	struct buf b;
	struct err e;

	buf_init(&b, 64 << 20);
	otlp_attrs_to_json(&b, attrs);
	MUST(!b.failed && json_check(buf_str(&b), JSON_DEPTH_MAX, &e) == 0);
	for (size_t i = 0; i < attrs->n; i++)
		MUST(str_is_utf8(attrs->v[i].key));
	buf_fini(&b);
}

static inline void
span_holds(const struct otlp_span *s)
{
	MUST(str_is_utf8(s->name) && str_is_utf8(s->status_message));
	attrs_hold(&s->attrs);
	for (size_t i = 0; i < s->n_events; i++) {
		MUST(str_is_utf8(s->events[i].name));
		attrs_hold(&s->events[i].attrs);
	}
}

static inline void
request_holds(const struct otlp_request *req)
{
	size_t n = 0, rejected = 0;

	for (size_t i = 0; i < req->n; i++) {
		attrs_hold(&req->v[i].attrs);
		for (size_t j = 0; j < req->v[i].n; j++) {
			const struct otlp_scope_spans *ss = &req->v[i].v[j];

			attrs_hold(&ss->attrs);
			for (size_t k = 0; k < ss->n; k++) {
				span_holds(&ss->v[k]);
				rejected += ss->v[k].rejected != NULL;
			}
			n += ss->n;
		}
	}
	MUST(n == req->n_spans && rejected == req->n_rejected);
	MUST((rejected > 0) == (req->reason != NULL));
}

#endif
