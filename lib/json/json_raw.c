#include <string.h>

#include "json/json_lex.h"
#include "json/json_read.h"

int
json_check(struct str text, unsigned max_depth, struct err *e)
{
	struct json_reader r;

	json_reader_init(&r, text, NULL, max_depth);
	return json_end(&r, e);
}

int
json_decode(struct str raw, struct arena *a, struct json_token *t,
    struct err *e)
{
	struct json_reader r;

	json_reader_init(&r, raw, a, JSON_DEPTH_MAX);
	if (json_read_value(&r, t, e))
		return e->code;
	return json_end(&r, e);
}

/* Looks through a whole object for the last member of that name. */
static bool
find(struct json_reader *r, struct str key, struct str *out)
{
	struct str name, found = STR_NULL;
	struct err e;
	int rc;

	if (json_object(r, &e))
		return false;
	while ((rc = json_object_next(r, &name, &e)) > 0)
		if (str_eq(name, key) && json_skip_value(r, &found, &e))
			return false;
	if (rc < 0 || json_end(r, &e) || !found.p)
		return false;
	*out = found;
	return true;
}

bool
json_find(struct str raw, struct str key, struct str *out)
{
	struct arena *a = NULL;
	struct json_reader r;
	bool found;

	/* Only a key with escapes needs memory; it takes fewer than 16 times
	 * its own bytes. */
	if (raw.n && memchr(raw.p, '\\', raw.n))
		a = arena_new(raw.n * 16);
	json_reader_init(&r, raw, a, JSON_DEPTH_MAX);
	found = find(&r, key, out);
	arena_free(a);
	return found;
}

bool
json_find_string(struct str raw, struct str key, struct arena *a,
    struct str *out)
{
	struct json_token t;
	struct str value;
	struct err e;

	if (!json_find(raw, key, &value) || value.p[0] != '"' ||
	    json_decode(value, a, &t, &e))
		return false;
	*out = t.s;
	return true;
}

int
json_minify(struct str raw, struct buf *out, struct err *e)
{
	size_t i = 0, from = 0;

	if (json_check(raw, JSON_DEPTH_MAX, e))
		return e->code;
	while (i < raw.n) {
		const char *why;
		bool escaped;

		if (raw.p[i] == '"') {
			i++;
			if (!json_lex_string(raw, &i, &escaped, &why))
				BUG("a checked string is broken: %s", why);
		} else if ((unsigned char)raw.p[i] <= ' ') {
			buf_add(out, raw.p + from, i - from);
			from = ++i;
		} else {
			i++;
		}
	}
	buf_add(out, raw.p + from, i - from);
	if (out->failed)
		return err_set(e, ERR_LIMIT, "json: more than %zu bytes",
		    out->max);
	return 0;
}
