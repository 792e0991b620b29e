#ifndef TESTS_API_HELP_H
#define TESTS_API_HELP_H

/* What the tests of lib/api share: a small store in memory, and requests. */
#include "api/api.h"
#include "json/json_read.h"
#include "model/event_json.h"
#include "repo/key.h"
#include "repo_gen.h"

/* 2026-11-22T12:00:00Z, a Sunday */
#define API_NOW_MS (GEN_START_MS + 6 * MS_PER_DAY + 12 * MS_PER_HOUR)

struct api_fixture {
	struct kv *kv;
	struct repo_commit *commit;
	struct api *api;
	struct arena *arena;            /* of events */
	struct arena *request;
	struct http_response response;
	char read[REPO_SECRET_SIZE];    /* prod */
	char dev[REPO_SECRET_SIZE];
	char both[REPO_SECRET_SIZE];
	char ingest[REPO_SECRET_SIZE];
	char all[REPO_SECRET_SIZE];
	char other[REPO_SECRET_SIZE];   /* another project's */
};

static int64_t
api_fixture_now(void)
{
	return API_NOW_MS;
}

/* What weir-store does with a submit. */
CC_UNUSED static int
api_fixture_submit(void *arg, struct buf *take, struct err *e)
{
	struct api_fixture *f = arg;
	struct str copy = arena_str(f->arena, buf_str(take));
	struct pack_reader r = pack_reader(copy);
	struct event ev;

	buf_reset(take);
	if (event_decode(&r, f->arena, &ev, e))
		return e->code;
	return gen_commit(f->commit, &ev, 1, 0) ?
	    err_set(e, ERR_IO, "commit") : 0;
}

static void
api_fixture_key(struct api_fixture *f, const char *project,
    enum repo_key_scope scope, enum repo_key_envs envs, char *secret)
{
	const struct repo_key_spec spec = { .project = str_from(project),
	    .dialect = DIALECT_TCC, .scope = scope, .envs = envs };
	struct repo_key key;
	struct err e = ERR_INIT;

	if (repo_key_create(f->kv, &spec, API_NOW_MS, &key, secret, &e))
		printf("# key: %s\n", e.text);
}

CC_UNUSED static void
api_fixture_init(struct api_fixture *f)
{
	struct api_options o = { .submit = api_fixture_submit, .arg = f,
	    .now_ms = api_fixture_now };

	hash_setup();
	*f = (struct api_fixture){ .kv = gen_kv() };
	f->commit = repo_commit_new(f->kv, &gen_pricer);
	f->arena = arena_new(256 << 20);
	f->request = arena_new(64 << 20);
	http_response_init(&f->response);
	api_fixture_key(f, "demo", KEY_READ, KEY_PROD, f->read);
	api_fixture_key(f, "demo", KEY_READ, KEY_DEV, f->dev);
	api_fixture_key(f, "demo", KEY_READ, KEY_DEV_PROD, f->both);
	api_fixture_key(f, "demo", KEY_INGEST, KEY_PROD, f->ingest);
	api_fixture_key(f, "demo", KEY_ALL, KEY_DEV_PROD, f->all);
	api_fixture_key(f, "another", KEY_READ, KEY_DEV_PROD, f->other);
	o.kv = f->kv;
	f->api = api_new(&o);
}

CC_UNUSED static void
api_fixture_fini(struct api_fixture *f)
{
	api_free(f->api);
	http_response_fini(&f->response);
	repo_commit_free(f->commit);
	arena_free(f->arena);
	arena_free(f->request);
	kv_close(f->kv);
}

/* Stores one event, given as weir cat prints it. */
CC_UNUSED static void
api_store(struct api_fixture *f, const char *json)
{
	struct err e = ERR_INIT;
	struct event ev;

	if (event_from_json(str_from(json), API_NOW_MS, f->arena, &ev, &e)) {
		printf("# %s: %s\n", json, e.text);
		return;
	}
	if (!ev.project.p || str_is(ev.project, "default"))
		ev.project = STR("demo");
	ev = gen_decoded(f->arena, &ev);
	gen_commit(f->commit, &ev, 1, 0);
}

/* The status; the body is in f->response until the next call. */
CC_UNUSED static int
api_send(struct api_fixture *f, enum http_method method, const char *target,
    const char *key, const char *body)
{
	struct str path = str_from(target), query = path;
	char bearer[200];
	struct http_pair h = { STR("Authorization"), STR_NULL };
	struct http_request q = { .method = method, .arena = f->request,
	    .headers = &h, .nheaders = key ? 1 : 0, .peer = STR("test") };

	arena_reset(f->request);
	http_response_reset(&f->response);
	if (key) {
		snprintf(bearer, sizeof(bearer), "Bearer %s", key);
		h.value = str_from(bearer);
	}
	path = str_cut(&query, '?');
	q.path = path;
	q.query = query.p ? query : STR("");
	q.body = str_from(body);
	(void)api_serve(f->api, &q, &f->response);
	return f->response.status;
}

CC_UNUSED static int
api_get(struct api_fixture *f, const char *target)
{
	return api_send(f, HTTP_GET, target, f->read, NULL);
}

CC_UNUSED static struct str
api_body(const struct api_fixture *f)
{
	return buf_str(&f->response.body);
}

/* Follows a path such as "data/0/prompt/user_prompt" into the body: the raw
 * JSON there, or "(none)".  In a static buffer. */
CC_UNUSED static const char *
api_at(const struct api_fixture *f, const char *where)
{
	static char out[4000];
	struct str at = api_body(f), rest = str_from(where);
	struct err e = ERR_INIT;

	while (rest.p) {
		struct str part = str_cut(&rest, '/');
		int64_t i;

		if (str_to_i64(part, &i)) {
			struct json_reader r;

			json_reader_init(&r, at, f->request, 0);
			if (json_array(&r, &e))
				return "(none)";
			for (; i >= 0; i--)
				if (json_array_next(&r, &e) <= 0 ||
				    json_skip_value(&r, &at, &e))
					return "(none)";
		} else if (!json_find(at, part, &at)) {
			return "(none)";
		}
	}
	snprintf(out, sizeof(out), "%.*s", STR_FMT(at));
	return out;
}

#endif
