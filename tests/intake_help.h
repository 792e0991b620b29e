#ifndef TESTS_INTAKE_HELP_H
#define TESTS_INTAKE_HELP_H

#include <stdlib.h>

#include "base/hash.h"
#include "base/mem.h"
#include "gzip/gzip.h"
#include "intake/intake.h"
#include "json/json_read.h"
#include "model/event_json.h"
#include "tap.h"

/*
 * One body through one endpoint, and its events looked at as JSON:
 *
 *	intake_post("/v1/custom", "application/json", body);
 *	is_member(0, "status", "\"ok\"");
 *	is_member(0, "metadata.feature", "\"weather\"");
 *	is_member(0, "agent", NULL);            // absent
 */
enum { HELP_RECEIVED_MS = 1000, HELP_EVENTS_MAX = 64 };

static struct arena *help_arena;
static struct intake_result help_result;
static struct err help_err;
static int help_rc;
static struct str help_json[HELP_EVENTS_MAX];

static const struct intake_endpoint *
intake_endpoint(const char *path, const struct intake_request *q)
{
	enum intake_known known;
	size_t prefix;

	return intake_find(HTTP_POST, str_from(path), INTAKE_KEY_UNKNOWN, q,
	    &known, &prefix);
}

/* The result of parse; events as JSON in help_json. */
static int
intake_post(const char *path, const char *type, struct str body)
{
	struct intake_request q = { .received_ms = HELP_RECEIVED_MS,
		.content_type = str_from(type) };
	const struct intake_endpoint *p;

	if (!help_arena) {
		hash_setup();
		help_arena = arena_new(64 << 20);
	}
	arena_reset(help_arena);
	q.arena = help_arena;
	q.body = arena_str(help_arena, body);
	p = intake_endpoint(path, &q);
	help_err = (struct err)ERR_INIT;
	help_rc = p->parse(&q, &help_result, &help_err);
	for (size_t i = 0; i < help_result.n && i < HELP_EVENTS_MAX; i++) {
		struct buf b;

		buf_init(&b, 16 << 20);
		event_to_json(&help_result.events[i], &b);
		help_json[i] = arena_str(help_arena, buf_str(&b));
		buf_fini(&b);
	}
	return help_rc;
}

/* A recorded body, unpacked if its name ends in .gz. */
__attribute__((unused)) static int
intake_file(const char *path, const char *name)
{
	struct str s = str_from(name);
	bool packed = str_has_suffix(s, STR(".gz"));
	char file[200];
	struct buf raw, body;
	struct err e = ERR_INIT;
	FILE *f;
	char *p;

	snprintf(file, sizeof(file), "tests/fixtures/tcc/%s", name);
	f = fopen(file, "rb");
	if (!f) {
		ok(false, "%s can be read", file);
		exit(1);
	}
	buf_init(&raw, 1 << 20);
	buf_init(&body, 1 << 20);
	p = buf_reserve(&raw, 1 << 20);
	raw.n = fread(p, 1, 1 << 20, f);
	fclose(f);
	if (!packed)
		buf_add_str(&body, buf_str(&raw));
	else if (gunzip(buf_str(&raw), &body, &e))
		ok(false, "%s: %s", file, e.text);
	intake_post(path, strstr(name, ".pb") ? "application/x-protobuf" :
	    "application/json", buf_str(&body));
	if (help_rc)
		ok(false, "%s: %s", file, help_err.text);
	buf_fini(&raw);
	buf_fini(&body);
	return help_rc;
}

/* The raw JSON of a member; attribute keys hold dots, so a path is split at
 * its first dot only. */
static struct str
event_member(size_t i, const char *path)
{
	struct str rest = str_from(path), raw, key = str_cut(&rest, '.');

	if (help_rc || i >= help_result.n ||
	    !json_find(help_json[i], key, &raw))
		return STR_NULL;
	if (!rest.p)
		return raw;
	return json_find(raw, rest, &raw) ? raw : STR_NULL;
}

#define is_member(i, path, want) \
	check_member(__FILE__, __LINE__, i, path, want)

__attribute__((unused)) static void
check_member(const char *file, int line, size_t i, const char *path,
    const char *want)
{
	struct str got = event_member(i, path);

	if (!tap_check(want ? str_is(got, want) : !got.p, file, line,
	    "event %zu: %s", i, path))
		printf("# got %.*s, want %s\n", STR_FMT(got),
		    want ? want : "nothing");
}

/* The event of that kind ("run") and id; SIZE_MAX if there is none. */
__attribute__((unused)) static size_t
event_with(const char *kind, const char *id)
{
	for (size_t i = 0; i < help_result.n; i++)
		if (str_is(help_result.events[i].id, id) &&
		    strcmp(event_kind_def(help_result.events[i].kind)->name,
		    kind) == 0)
			return i;
	return SIZE_MAX;
}

#endif
