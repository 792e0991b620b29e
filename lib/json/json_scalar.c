#include <math.h>

#include "json/json_lex.h"
#include "json/json_read.h"

int
json_mismatch(struct json_reader *r, const char *wanted, struct err *e)
{
	static const char *const names[] = {
		[JSON_NULL] = "null", [JSON_BOOL] = "a boolean",
		[JSON_INT] = "a number", [JSON_STRING] = "a string",
		[JSON_OBJECT] = "an object", [JSON_ARRAY] = "an array"
	};
	enum json_type found = json_peek(r);

	if (found == JSON_END)
		return json_skip_value(r, NULL, e);
	return err_set(e, ERR_INVALID, "byte %zu: expected %s, found %s",
	    r->pos, wanted, names[found]);
}

int
json_read_string(struct json_reader *r, struct str *s, struct err *e)
{
	struct json_token t;
	int rc;

	if (json_peek(r) != JSON_STRING)
		return json_mismatch(r, "a string", e);
	rc = json_read_value(r, &t, e);
	if (rc == 0)
		*s = t.s;
	return rc;
}

int
json_read_i64(struct json_reader *r, int64_t *v, struct err *e)
{
	struct json_token t;
	int state;
	size_t at;

	if (json_peek(r) != JSON_INT)
		return json_mismatch(r, "a number", e);
	at = r->pos;
	state = r->state;
	if (json_read_value(r, &t, e))
		return e->code;
	if (t.type == JSON_INT) {
		*v = t.i;
		return 0;
	}
	if (t.type == JSON_DOUBLE && fabs(t.d) <= 0x1p53 &&
	    trunc(t.d) == t.d) {
		*v = (int64_t)t.d;
		return 0;
	}
	r->pos = at;
	r->state = state;
	return err_set(e, ERR_INVALID, "byte %zu: expected an integer, "
	    "found %.*s", r->pos, (int)MIN_OF(t.raw.n, 40), t.raw.p);
}

int
json_read_double(struct json_reader *r, double *v, struct err *e)
{
	struct json_token t;
	int rc;

	if (json_peek(r) != JSON_INT)
		return json_mismatch(r, "a number", e);
	rc = json_read_value(r, &t, e);
	if (rc == 0)
		*v = t.d;
	return rc;
}

int
json_read_bool(struct json_reader *r, bool *v, struct err *e)
{
	struct json_token t;
	int rc;

	if (json_peek(r) != JSON_BOOL)
		return json_mismatch(r, "a boolean", e);
	rc = json_read_value(r, &t, e);
	if (rc == 0)
		*v = t.b;
	return rc;
}

bool
json_read_null(struct json_reader *r)
{
	struct json_token t;
	struct err e;

	return json_peek(r) == JSON_NULL && json_read_value(r, &t, &e) == 0;
}
