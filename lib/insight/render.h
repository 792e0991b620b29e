#ifndef INSIGHT_RENDER_H
#define INSIGHT_RENDER_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/cc.h"
#include "base/err.h"
#include "base/str.h"

/*
 * The body of an insight (insight/report.h) as a page to read.
 *
 *	struct insight_page p = { .body = body, .format = RENDER_HTML,
 *	    .wording = record, .source = "prod" };
 *
 *	if (insight_render(&p, arena, &out, e))
 *		return e->code;
 *
 * All texts are escaped: names, prompts and error messages are strangers'.
 * HTML is a whole page without script, style sheet or image of others; one
 * that is served goes with INSIGHT_PAGE_POLICY as Content-Security-Policy.
 * Threads: pure.  Errors: ERR_INVALID: not such a body; ERR_LIMIT.
 */
enum render_format { RENDER_MARKDOWN, RENDER_HTML };

#define INSIGHT_PAGE_POLICY "default-src 'none'; " \
    "style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; " \
    "frame-ancestors 'none'"

struct insight_page {
	struct str body;
	enum render_format format;
	struct str wording;     /* its record (insight/reword.h), or STR_NULL */
	const char *source;     /* "prod", "dev": ids link to the API's paths
				 * (/v1/runs/ID?source=…); NULL: no links */
};

int insight_render(const struct insight_page *p, struct arena *a,
    struct buf *out, struct err *e) CC_CHECK CC_NONNULL(1, 2, 3, 4);

/* A member of "values"; false if there is none. */
bool insight_value(struct str body, struct str name, double *v) CC_CHECK
    CC_NONNULL(3);

#endif
