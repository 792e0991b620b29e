/* What the dialects share. */
#include "intake/intake.h"

#include <ctype.h>

#include "json/json_read.h"

bool
intake_add(struct intake_result *r, struct event_builder *b)
{
	struct event *v = arena_more(b->arena, r->events, r->n, &r->cap,
	    sizeof(*v));

	if (!v)
		return false;
	r->events = v;
	if (!event_end(b, &v[r->n]))
		return false;
	r->n++;
	return true;
}

void
intake_refuse_json(const struct intake_request *q, int status,
    const char *code, const char *message, struct str field,
    struct http_response *response)
{
	char name[200];

	(void)q;
	snprintf(name, sizeof(name), "%.*s", STR_FMT(field));
	http_respond_error(response, status, code, message,
	    field.p ? name : NULL);
}

static bool
has_space(struct str raw)
{
	for (size_t i = 0; i < raw.n; i++)
		if (raw.p[i] == ' ' || raw.p[i] == '\n' || raw.p[i] == '\t' ||
		    raw.p[i] == '\r')
			return true;
	return false;
}

struct str
intake_json_min(struct str raw, struct arena *a)
{
	struct err e = ERR_INIT;
	struct str s = STR_NULL;
	struct buf b;

	if (!has_space(raw))
		return raw;
	buf_init(&b, raw.n);
	if (json_minify(raw, &b, &e) == 0)
		s = arena_str(a, buf_str(&b));
	buf_fini(&b);
	return s;
}
