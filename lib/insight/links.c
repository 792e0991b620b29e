/* Where all the runs behind a claim are listed. */
#include <string.h>

#include "insight/report_in.h"

enum { PATH_MAX_BYTES = 4096 };

/* One %XX is right in a path and in a query. */
static void
put_escaped(struct buf *b, struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
		    (c >= 'A' && c <= 'Z') || c == '-' || c == '_')
			buf_add_byte(b, c);
		else
			buf_addf(b, "%%%02X", c);
	}
}

/* Of what is gone there are runs in the period before only. */
static void
put_range(struct buf *b, const struct builder *g,
    const struct insight_claim *c)
{
	const struct period *p = &g->s->period[c->now <= 0 && c->before > 0 ?
	    BEFORE : NOW];

	buf_addf(b, "?from=%lld&to=%lld", (long long)p->from_ms,
	    (long long)p->to_ms);
}

/* The parameter that filters a list of runs by the claim's name. */
static void
put_name(struct buf *b, const struct insight_claim *c)
{
	const char *by = c->dim == INSIGHT_AGENT ? "agent" :
	    c->dim == INSIGHT_USER ? "userId" :
	    c->dim == INSIGHT_ORG ? "orgId" : NULL;

	if (!by)
		return;
	buf_addf(b, "&%s=", by);
	put_escaped(b, c->name);
}

static void
put_below(struct buf *b, const char *what, struct str id,
    const struct builder *g, const struct insight_claim *c)
{
	buf_addf(b, "/v1/%s/", what);
	put_escaped(b, id);
	buf_add_cstr(b, "/runs");
	put_range(b, g, c);
}

/* Runs that called a tool or model; names that a query cannot quote are in the
 * list of all. */
static void
put_calls(struct buf *b, const struct builder *g,
    const struct insight_claim *c)
{
	const char *dim = insight_dim_name(c->dim);

	if (str_find_byte(c->name, '"', 0) < c->name.n) {
		buf_addf(b, "/v1/%ss", dim);
		put_range(b, g, c);
		return;
	}
	buf_add_cstr(b, "/v1/search");
	put_range(b, g, c);
	buf_addf(b, "&q=%s%%3A%%22", dim);
	put_escaped(b, c->name);
	buf_add_cstr(b, "%22");
}

static void
put_runs(struct buf *b, const struct builder *g,
    const struct insight_claim *c)
{
	if (c->pattern.n) {
		buf_add_cstr(b, "/v1/search");
		put_range(b, g, c);
		buf_add_cstr(b, "&q=pattern%3A");
		put_escaped(b, c->pattern);
	} else if (c->kind == CLAIM_FEEDBACK) {
		buf_add_cstr(b, "/v1/feedback/runs");
		put_range(b, g, c);
	} else if (str_is(c->name, "tool_error_rate")) {
		buf_add_cstr(b, "/v1/tools");
		put_range(b, g, c);
	} else {
		buf_add_cstr(b, "/v1/runs");
		put_range(b, g, c);
		if (c->kind == CLAIM_ERROR_RATE)
			buf_add_cstr(b, "&status=error");
	}
	put_name(b, c);
}

void
claim_list(struct builder *g, struct insight_claim *c)
{
	struct buf b;

	buf_init(&b, PATH_MAX_BYTES);
	if (c->failure_id.p)
		put_below(&b, "failures", c->failure_id, g, c);
	else if (c->dim == INSIGHT_TOPIC)
		put_below(&b, "topics", c->name, g, c);
	else if (c->dim == INSIGHT_PATTERN)
		put_below(&b, "patterns", c->pattern, g, c);
	else if (c->dim == INSIGHT_TOOL || c->dim == INSIGHT_MODEL)
		put_calls(&b, g, c);
	else
		put_runs(&b, g, c);
	c->list = b.failed ? STR("") : arena_str(g->arena, buf_str(&b));
	if (!c->list.p) {
		g->failed = true;
		c->list = STR("");
	}
	buf_fini(&b);
}
