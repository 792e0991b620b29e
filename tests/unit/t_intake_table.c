/* The table of dialects, walked; and the answers it leads to. */
#include "base/hash.h"
#include "intake/intake.h"
#include "tap.h"

static const struct intake_endpoint *
find(enum http_method method, const char *path, enum intake_known *known,
    size_t *prefix)
{
	struct intake_request q = { .body = STR_NULL };

	return intake_find(method, str_from(path), INTAKE_KEY_UNKNOWN, &q,
	    known, prefix);
}

static void
test_rows(void)
{
	size_t n, prefix;
	const struct intake_endpoint *table = intake_table(&n);

	for (size_t i = 0; i < n; i++) {
		const struct intake_endpoint *p = &table[i];
		enum intake_known known;
		char below[200];

		snprintf(below, sizeof(below), "%s%s", p->prefix, p->path);
		ok(p->name && p->dialect && p->parse && p->answer &&
		    p->refuse, "%s is complete", p->name);
		ok(find(p->method, p->path, &known, &prefix) == p &&
		    prefix == 0, "%s at its path", p->name);
		ok(find(p->method, below, &known, &prefix) == p &&
		    prefix == strlen(p->prefix), "%s at %s", p->name, below);
		for (int m = 0; m < HTTP_METHODS; m++)
			if ((enum http_method)m != p->method)
				ok(!find((enum http_method)m, p->path,
				    &known, &prefix) && known ==
				    (p->shared ? INTAKE_SHARED :
				    INTAKE_OTHER_METHOD), "%s %s",
				    http_method_name((enum http_method)m),
				    p->path);
	}
}

static void
test_no_row(void)
{
	static const char *const paths[] = { "/", "", "/v1", "/v1/custom/",
		"/v1/customs", "/tcc", "/tcc/", "/tccv1/custom",
		"/tcc/tcc/v1/custom", "/v1/runs", "//v1/custom" };
	enum intake_known known;
	size_t prefix;

	for (size_t i = 0; i < ARRAY_LEN(paths); i++)
		ok(!find(HTTP_POST, paths[i], &known, &prefix) &&
		    known == INTAKE_UNKNOWN, "no row: %s", paths[i]);
}

static void
refused(const char *path, const char *type, int status, const char *want)
{
	struct intake_request q = { .content_type = str_from(type) };
	struct http_response r;
	enum intake_known known;
	size_t prefix;

	http_response_init(&r);
	find(HTTP_POST, path, &known, &prefix)->refuse(&q, status, "word",
	    "why", STR("a.b"), &r);
	is_int(r.status, status, "%s refuses with %d", path, status);
	if (want && !ok(str_is(buf_str(&r.body), want), "%s", want))
		printf("# %.*s\n", (int)r.body.n, r.body.p);
	http_response_fini(&r);
}

static void
test_refusals(void)
{
	refused("/v1/custom", "", 400, "{\"error\":{\"code\":\"word\","
	    "\"message\":\"why\",\"field\":\"a.b\"}}");
	refused("/v1/traces", "application/json", 400, "{\"code\":3,"
	    "\"message\":\"why\",\"error\":{\"code\":\"word\",\"message\":"
	    "\"why\",\"field\":\"a.b\"}}");
	refused("/v1/traces", "application/x-protobuf", 503,
	    "\x08\x0e\x12\x03why");
	refused("/v1/traces", "application/x-protobuf", 401,
	    "\x08\x10\x12\x03why");
}

static void
answered(const char *path, const char *type, size_t rejected,
    const char *want)
{
	struct intake_request q = { .content_type = str_from(type) };
	struct intake_result res = { .accepted = 3, .rejected = rejected,
		.reason = rejected ? "bad id" : NULL };
	struct http_response r;
	enum intake_known known;
	size_t prefix;

	http_response_init(&r);
	find(HTTP_POST, path, &known, &prefix)->answer(&q, &res, &r);
	is_int(r.status, 200, "%s answers", path);
	if (!ok(str_is(buf_str(&r.body), want), "%s", want))
		printf("# %.*s\n", (int)r.body.n, r.body.p);
	http_response_fini(&r);
}

static void
test_answers(void)
{
	answered("/v1/custom", "application/json", 0, "{\"accepted\":3}");
	answered("/v1/feedback", "application/json", 0, "{\"accepted\":3}");
	answered("/v1/traces", "application/json", 0,
	    "{\"partialSuccess\":{}}");
	answered("/v1/traces", "application/json", 2, "{\"partialSuccess\":"
	    "{\"rejectedSpans\":\"2\",\"errorMessage\":\"bad id\"}}");
	answered("/v1/traces", "application/x-protobuf", 2,
	    "\x0a\x0a\x08\x02\x12\x06" "bad id");
}

int
main(void)
{
	hash_setup();
	test_rows();
	test_no_row();
	test_refusals();
	test_answers();
	return tap_done();
}
