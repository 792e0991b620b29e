/*
 * Query strings and paths: what is accepted holds no NUL, is never longer than
 * what was sent, and the router agrees with itself.
 */
#include "fuzz/fuzz.h"

#include "base/mem.h"
#include "http/query.h"
#include "http/route.h"

static const struct http_route table[] = {
	{ HTTP_GET, "/", NULL, 0 },
	{ HTTP_GET, "/v1/runs/:id", NULL, 1 },
	{ HTTP_GET, "/v1/runs/:id/steps/:step", NULL, 2 },
	{ HTTP_POST, "/:any", NULL, 3 },
	{ HTTP_GET, "/assets/+", NULL, 4 },
};

static void
check_query(struct str raw, struct arena *a)
{
	struct http_query p;
	struct err e = ERR_INIT;
	size_t total = 0;

	if (http_query_parse(&p, raw, a, &e)) {
		MUST(e.code == ERR_INVALID || e.code == ERR_LIMIT);
		MUST(e.text[0]);
		return;
	}
	MUST(p.n <= HTTP_QUERY_PARAMS_MAX);
	for (size_t i = 0; i < p.n; i++) {
		struct str name = p.params[i].name;
		struct str value = p.params[i].value;

		MUST(str_find_byte(name, '\0', 0) == SIZE_MAX);
		MUST(str_find_byte(value, '\0', 0) == SIZE_MAX);
		total += name.n + value.n;
	}
	MUST(total <= raw.n);
}

static void
check_path(enum http_method m, struct str path, struct arena *a)
{
	struct http_request q = { .method = m, .path = path, .arena = a };
	struct err e = ERR_INIT;
	struct http_allow allow;
	const struct http_route *t;
	int status = 0;

	t = http_route_find(table, ARRAY_LEN(table), &q, &status, &allow, &e);
	if (!t) {
		MUST(status == 400 || status == 404 || status == 405 ||
		    status == 204);
		return;
	}
	MUST(path.n && path.p[0] == '/');
	for (size_t i = 0; i < q.ncaptures; i++)
		MUST(q.captures[i].value.n <= path.n);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct arena *a = arena_new(1 << 20);
	char *copy = mem_dup(p, n);
	struct str s = str_of(copy, n);

	check_query(s, a);
	check_path(HTTP_GET, s, a);
	check_path(HTTP_POST, s, a);
	check_path(HTTP_OPTIONS, s, a);
	free(copy);
	arena_free(a);
	return 0;
}
