/* POST /v1/custom: bodies and batches. */
#include "intake/tcc.h"
#include "intake/tcc_object.h"
#include "json/json_write.h"

static int
read_items(struct json_reader *r, const struct intake_request *q,
    struct intake_result *out, struct err *e)
{
	size_t i = 0;
	int rc;

	if (json_array(r, e)) {
		out->field = STR("items");
		return e->code;
	}
	while ((rc = json_array_next(r, e)) > 0) {
		char path[32];

		if (i == TCC_ITEMS_MAX) {
			out->field = STR("items");
			return err_set(e, ERR_LIMIT, "more than %d items",
			    TCC_ITEMS_MAX);
		}
		snprintf(path, sizeof(path), "items[%zu].", i++);
		if (tcc_object_read(r, str_from(path), q, out, e)) {
			if (!out->field.p)
				out->field = arena_str(q->arena,
				    str_of(path, strlen(path) - 1));
			return e->code;
		}
	}
	return rc;
}

static int
read_batch(struct json_reader *r, const struct intake_request *q,
    struct intake_result *out, struct err *e)
{
	bool seen = false;
	struct str key;
	int rc;

	if (json_object(r, e))
		return e->code;
	while ((rc = json_object_next(r, &key, e)) > 0) {
		if (!str_is(key, "items"))
			continue;
		if (seen) {
			out->field = STR("items");
			return err_set(e, ERR_INVALID, "given twice");
		}
		seen = true;
		if (read_items(r, q, out, e))
			return e->code;
	}
	if (rc == 0 && !seen) {
		out->field = STR("items");
		return err_set(e, ERR_INVALID, "missing");
	}
	return rc;
}

static int
read_body(const struct intake_request *q, struct intake_result *out,
    struct err *e)
{
	struct json_reader r;
	struct str type;
	int rc;

	json_reader_init(&r, q->body, q->arena, 0);
	if (tcc_object_type(&r, &type, e))
		return e->code;
	if (str_is(type, "batch"))
		rc = read_batch(&r, q, out, e);
	else
		rc = tcc_object_read(&r, STR(""), q, out, e);
	return rc ? rc : json_end(&r, e);
}

int
tcc_custom_parse(const struct intake_request *q, struct intake_result *out,
    struct err *e)
{
	*out = (struct intake_result){ 0 };
	if (read_body(q, out, e) == 0)
		return 0;
	out->n = 0;
	return out->field.p ? err_wrap(e, "%.*s", STR_FMT(out->field)) :
	    e->code;
}

void
tcc_answer(const struct intake_request *q, const struct intake_result *r,
    struct http_response *response)
{
	struct json_writer w;
	struct buf b;

	(void)q;
	buf_init(&b, 256);
	json_writer_init(&w, &b);
	json_put_object(&w);
	json_member_u64(&w, "accepted", r->accepted);
	json_put_object_end(&w);
	http_respond_json(response, 200, buf_str(&b));
	buf_fini(&b);
}
