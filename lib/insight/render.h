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
 *	if (insight_render(body, RENDER_HTML, arena, &out, e))
 *		return e->code;
 *
 * All texts are escaped: names, prompts and error messages are strangers'.
 * HTML is a whole page without script, style sheet or image of others.
 * Threads: pure.  Errors: ERR_INVALID: not such a body; ERR_LIMIT.
 */
enum render_format { RENDER_MARKDOWN, RENDER_HTML };

int insight_render(struct str body, enum render_format format,
    struct arena *a, struct buf *out, struct err *e) CC_CHECK
    CC_NONNULL(3, 4, 5);

/* A member of "values"; false if there is none. */
bool insight_value(struct str body, struct str name, double *v) CC_CHECK
    CC_NONNULL(3);

#endif
