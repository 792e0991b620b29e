/* One request: route, key, parameters, snapshot, handler, answer. */
#include <assert.h>
#include <stdlib.h>

#include "api/auth.h"
#include "api/call.h"
#include "base/clock.h"
#include "base/mem.h"
#include "http/route.h"

static const struct row {
	enum api_access access;
	unsigned wanted;
	api_handler *handle;
} rows[] = {
#define R(method, pattern, access, params, handler, result, text) \
	{ access, params, handler },
	API_ROUTES(R)
#undef R
};

/* The same rows as lib/http routes them; the tag is the row's index. */
enum {
#define R(method, pattern, access, params, handler, result, text) \
	ROW_##method##_##handler,
	API_ROUTES(R)
#undef R
	ROWS
};

static const struct http_route routes[] = {
#define R(method, pattern, access, params, handler, result, text) \
	{ HTTP_##method, pattern, NULL, ROW_##method##_##handler },
	API_ROUTES(R)
#undef R
};

struct api {
	struct api_options options;
	struct api_auth *auth;
};

struct api *
api_new(const struct api_options *o)
{
	struct api *a = mem_zalloc(1, sizeof(*a));

	a->options = *o;
	if (!a->options.now_ms)
		a->options.now_ms = clock_now_ms;
	a->auth = api_auth_new();
	return a;
}

void
api_free(struct api *a)
{
	if (!a)
		return;
	api_auth_free(a->auth);
	free(a);
}

/* A refusal without a handler's words. */
static void
refuse(struct http_response *r, int status, const char *code,
    const char *message)
{
	http_respond_error(r, status, code, message, NULL);
}

/* Whom to blame, as a C string. */
static void
put_field(const struct api_call *c, char *out, size_t size)
{
	snprintf(out, size, "%.*s", (int)MIN_OF(c->field.n, size - 1),
	    c->field.p ? c->field.p : "");
}

static void
answer_error(struct api_call *c, const struct err *e)
{
	struct http_response *r = c->response;
	char field[200];

	switch (e->code) {
	case ERR_INVALID:
		put_field(c, field, sizeof(field));
		http_respond_error(r, 400, "invalid_parameter", e->text,
		    c->field.n ? field : NULL);
		break;
	case ERR_NOT_FOUND:
		refuse(r, 404, "not_found", e->text);
		break;
	case ERR_DENIED:
		refuse(r, 403, "forbidden", e->text);
		break;
	case ERR_EXISTS:
		put_field(c, field, sizeof(field));
		http_respond_error(r, 409, "conflict", e->text,
		    c->field.n ? field : NULL);
		break;
	case ERR_LIMIT:
		refuse(r, 413, "too_large", e->text);
		break;
	case ERR_AGAIN:
		http_respond_header(r, "Retry-After", STR("1"));
		refuse(r, 503, "unavailable", e->text);
		break;
	default:
		refuse(r, 500, "internal", e->text);
		break;
	}
}

/* May this key do that?  Answers and returns false if not. */
static bool
admit(struct api_call *c, struct api *a, const struct row *row,
    struct err *e)
{
	int rc = api_auth_find(a->auth, c->request, c->view.snapshot, &c->key,
	    e);

	if (rc == ERR_DENIED) {
		http_respond_header(c->response, "WWW-Authenticate",
		    STR("Bearer"));
		refuse(c->response, 401, "unauthorized", e->text);
		return false;
	}
	if (rc) {
		answer_error(c, e);
		return false;
	}
	if (!(c->key.scope & KEY_READ)) {
		refuse(c->response, 403, "forbidden",
		    "ingestion keys cannot read; make a key with scope read");
		return false;
	}
	if (row->access == API_ALL && c->key.scope != KEY_ALL) {
		refuse(c->response, 403, "forbidden",
		    "changes need a key with scope all");
		return false;
	}
	return true;
}

static int
choose_env(struct api_call *c, struct err *e)
{
	enum event_env env = c->params.is_dev ? ENV_DEV : ENV_PROD;

	if (!repo_key_allows(&c->key, KEY_READ, env))
		return err_set(e, ERR_DENIED,
		    "this key cannot read source=%s", event_env_name(env));
	c->view.scope = (struct repo_scope){ c->key.project, env };
	return 0;
}

/* Runs the handler; what it wrote becomes the body. */
static void
handle(struct api_call *c, const struct row *row)
{
	struct err e = ERR_INIT;

	buf_init(&c->body, HTTP_RESPONSE_BODY_MAX);
	json_writer_init(&c->json, &c->body);
	if (row->handle(c, &e) == 0 && c->body.failed)
		err_set(&e, ERR_LIMIT, "the answer is too large: ask for less");
	if (e.code)
		answer_error(c, &e);
	else if (c->body.n)
		http_respond_buf(c->response, 200, c->content_type, &c->body);
	buf_fini(&c->body);
}

static void
serve_row(struct api_call *c, struct api *a, const struct row *row)
{
	struct err e = ERR_INIT;

	if (row->access == API_OPEN) {
		handle(c, row);
		return;
	}
	if (kv_snapshot_open(a->options.kv, &c->view.snapshot, &e)) {
		answer_error(c, &e);
		return;
	}
	if (admit(c, a, row, &e)) {
		if (api_params_read(&c->params, c->request, row->wanted,
		    c->now_ms, &c->field, &e) || choose_env(c, &e))
			answer_error(c, &e);
		else
			handle(c, row);
	}
	kv_snapshot_close(c->view.snapshot);
}

const char *
api_serve(struct api *a, struct http_request *q, struct http_response *r)
{
	static const char *const type = "application/json";
	struct api_call c = { .options = &a->options, .request = q,
	    .response = r, .content_type = type };
	const struct http_route *t;
	struct http_allow allow;
	struct err e = ERR_INIT;
	int status;

	if (str_has_prefix(q->path, STR("/tcc/")))
		q->path = str_from_index(q->path, 4);
	t = http_route_find(routes, ARRAY_LEN(routes), q, &status, &allow, &e);
	if (!t) {
		/* Without a handler this only answers. */
		http_route_serve(routes, ARRAY_LEN(routes), NULL, q, r,
		    http_respond_error);
		return "none";
	}
	c.now_ms = a->options.now_ms();
	c.view.arena = q->arena;
	c.wanted = rows[t->tag].wanted;
	serve_row(&c, a, &rows[t->tag]);
	return t->pattern;
}
