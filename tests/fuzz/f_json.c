/*
 * The JSON reader: agrees with cJSON, with itself by tokens and by members,
 * and with the writer.
 */
#include "fuzz/fuzz.h"
#include "json_oracle.h"

#include "json/json_write.h"

static int
put_token(struct json_writer *w, const struct json_token *t)
{
	switch (t->type) {
	case JSON_NULL: json_put_null(w); break;
	case JSON_BOOL: json_put_bool(w, t->b); break;
	case JSON_INT: json_put_i64(w, t->i); break;
	case JSON_UINT: json_put_u64(w, t->u); break;
	case JSON_DOUBLE: json_put_double(w, t->d); break;
	case JSON_STRING: json_put_str(w, t->s); break;
	case JSON_OBJECT: json_put_object(w); break;
	case JSON_ARRAY: json_put_array(w); break;
	case JSON_OBJECT_END: json_put_object_end(w); break;
	case JSON_ARRAY_END: json_put_array_end(w); break;
	case JSON_KEY: json_put_key_str(w, t->s); break;
	case JSON_END: return 1;
	}
	return 0;
}

/* Reads by tokens, writes them again; the code of the first error. */
static int
rewrite(struct str text, struct arena *a, struct buf *out)
{
	struct json_reader r;
	struct json_writer w;
	struct json_token t;
	struct err e;
	int rc;

	json_reader_init(&r, text, a, 0);
	json_writer_init(&w, out);
	while ((rc = json_next(&r, &t, &e)) == 0)
		if (put_token(&w, &t))
			break;
	if (rc == 0)
		MUST(json_writer_done(&w));
	return rc;
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct str text = str_of(p, n), found;
	struct arena *a = arena_new(64 << 20);
	struct buf once, twice, small;
	struct err e;
	int rc = json_check(text, 0, &e);

	buf_init(&once, 64 << 20);
	buf_init(&twice, 64 << 20);
	buf_init(&small, n);
	MUST(oracle_agrees(text));
	MUST(rewrite(text, a, &once) == rc);
	if (rc == 0) {
		MUST(json_check(buf_str(&once), 0, &e) == 0);
		MUST(rewrite(buf_str(&once), a, &twice) == 0);
		MUST(str_eq(buf_str(&once), buf_str(&twice)));
		MUST(json_minify(text, &small, &e) == 0);
		buf_reset(&twice);
		MUST(rewrite(buf_str(&small), a, &twice) == 0);
		MUST(str_eq(buf_str(&once), buf_str(&twice)));
		if (json_find(text, STR("a"), &found))
			MUST(json_check(found, 0, &e) == 0);
	}
	buf_fini(&once);
	buf_fini(&twice);
	buf_fini(&small);
	arena_free(a);
	return 0;
}
