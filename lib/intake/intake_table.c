/* Which dialect a request speaks: DESIGN section 4 in one table. */
#include "intake/intake.h"
#include "intake/otlp_traces.h"
#include "intake/tcc.h"

/*
 * Rows are tried in order.  Below its prefix a path is the row's, whatever the
 * key; at the bare path the kind of key, then the body must agree.  So of the
 * dialects that share a path, those that are particular about keys and bodies
 * stand before the one that takes what is left.
 */
static const struct intake_endpoint table[] = {
	{ .name = "tcc_custom", .dialect = "tcc", .method = HTTP_POST,
	    .path = "/v1/custom", .prefix = "/tcc",
	    .parse = tcc_custom_parse, .answer = tcc_answer,
	    .refuse = intake_refuse_json },
	{ .name = "tcc_feedback", .dialect = "tcc", .method = HTTP_POST,
	    .path = "/v1/feedback", .prefix = "/tcc", .shared = true,
	    .parse = tcc_feedback_parse, .answer = tcc_answer,
	    .refuse = intake_refuse_json },
	{ .name = "otlp_steps", .dialect = "otlp", .method = HTTP_POST,
	    .path = "/v1/otel-steps", .prefix = "/tcc", .partial = true,
	    .parse = otlp_steps_parse, .answer = otlp_answer,
	    .refuse = otlp_refuse },
	{ .name = "otlp_traces", .dialect = "otlp", .method = HTTP_POST,
	    .path = "/v1/traces", .prefix = "/tcc", .shared = true,
	    .partial = true,
	    .parse = otlp_traces_parse, .answer = otlp_answer,
	    .refuse = otlp_refuse },
};

const struct intake_endpoint *
intake_table(size_t *n)
{
	*n = ARRAY_LEN(table);
	return table;
}

static bool
is_below(const struct intake_endpoint *p, struct str path)
{
	struct str prefix = str_from(p->prefix);

	return prefix.n && str_has_prefix(path, prefix) &&
	    str_is(str_from_index(path, prefix.n), p->path);
}

static bool
key_agrees(const struct intake_endpoint *p, unsigned key_dialect)
{
	return !p->keys || key_dialect == INTAKE_KEY_UNKNOWN ||
	    (p->keys >> key_dialect & 1);
}

static bool
body_agrees(const struct intake_endpoint *p, const struct intake_request *q)
{
	return !p->speaks || q->body.n == 0 || p->speaks(q);
}

const struct intake_endpoint *
intake_find(enum http_method method, struct str path, unsigned key_dialect,
    const struct intake_request *q, enum intake_known *known,
    size_t *prefix_bytes)
{
	const struct intake_endpoint *otherwise = NULL;

	*known = INTAKE_UNKNOWN;
	*prefix_bytes = 0;
	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		const struct intake_endpoint *p = &table[i];
		bool below = is_below(p, path);

		if (!below && !str_is(path, p->path))
			continue;
		if (*known != INTAKE_SHARED)
			*known = p->shared ? INTAKE_SHARED :
			    INTAKE_OTHER_METHOD;
		if (method != p->method ||
		    (!below && !key_agrees(p, key_dialect)))
			continue;
		if (!below && !body_agrees(p, q)) {
			if (!otherwise)
				otherwise = p;
			continue;
		}
		*prefix_bytes = below ? str_from(p->prefix).n : 0;
		return p;
	}
	/* A body in nobody's words: who comes first says what is wrong. */
	return otherwise;
}
