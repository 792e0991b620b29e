#include "where.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/hash.h"
#include "base/log.h"
#include "repo/commit.h"
#include "repo/key.h"

enum {
	FIND_MS = 15000,        /* a store that starts needs less */
	PING_MS = 1000,
	PAUSE_MS = 50,
	SUBMIT_MS = 10000,
	SUBMIT_ARENA_MAX = 64 << 20,
	EVENTS_MAX = 64         /* of one command */
};

int
where_fail(const char *command, const struct err *e)
{
	fprintf(stderr, "%s: %s\n", command, e->text);
	switch (e->code) {
	case ERR_AGAIN:
	case ERR_EXISTS:
		return EXIT_AGAIN;
	case ERR_INVALID:
	case ERR_DENIED:
		return EXIT_USAGE;
	default:
		return EXIT_FAILED;
	}
}

const char *
where_database(const struct place *p, char *out)
{
	snprintf(out, PLACE_PATH_MAX, "%.500s/db", p->data);
	return out;
}

/* The engine locks a file of its database; to ask who holds the lock disturbs
 * nobody, while an attempt to open would move the engine's log away. */
bool
where_is_open(const struct place *p)
{
	char path[PLACE_PATH_MAX], file[PLACE_PATH_MAX + 8];

	snprintf(file, sizeof(file), "%s/LOCK", where_database(p, path));
	return place_lock_holder(file) > 0;
}

int
where_open_database(const struct place *p, bool make, struct kv **out,
    struct err *e)
{
	char path[PLACE_PATH_MAX];
	struct stat st;

	where_database(p, path);
	if (stat(path, &st) != 0) {
		if (errno != ENOENT)
			return err_sys(e, ERR_IO, "%s", path);
		if (!make)
			return err_set(e, ERR_NOT_FOUND, "there is no "
			    "database in %s", p->data);
		if (stat(p->data, &st) != 0)
			return err_sys(e, ERR_IO, "%s", p->data);
	}
	if (st.st_uid != geteuid())
		return err_set(e, ERR_DENIED, "%s belongs to user %u: run "
		    "this as that user", p->data, (unsigned)st.st_uid);
	if (kv_rocks_open(path, NULL, out, e))
		return e->code;
	if (repo_open(*out, e)) {
		kv_close(*out);
		*out = NULL;
		return e->code;
	}
	return 0;
}

static bool
is_being_run(const struct place *p)
{
	char path[PLACE_PATH_MAX];

	return where_is_open(p) ||
	    place_lock_holder(place_lock_file(p, path)) > 0;
}

/* Our own database, or the store that has it; whichever comes first, for a
 * store may be just starting or ending. */
static int
find(struct where *w, enum where_use use, struct err *e)
{
	int64_t give_up = clock_mono_ms() + FIND_MS;
	int rc;

	for (;;) {
		if (is_being_run(&w->place))
			rc = store_ping(w->client, PING_MS, e);
		else
			rc = where_open_database(&w->place, use == WHERE_MAKE,
			    &w->kv, e);
		if (rc != ERR_AGAIN && rc != ERR_EXISTS)
			return rc;
		if (clock_mono_ms() > give_up)
			return err_set(e, ERR_AGAIN, "the database of %s is in "
			    "use, but no weir-store answers at %s; if it "
			    "listens elsewhere, give --store", w->place.data,
			    w->connect.options.endpoints[0]);
		clock_sleep_ms(PAUSE_MS);
	}
}

static void
open_data(struct where *w, enum where_use use)
{
	static char endpoint[PLACE_PATH_MAX];
	struct err e = ERR_INIT;

	if (place_open(&w->place, w->data, use == WHERE_MAKE, &e))
		opts_die("--data: %s", e.text);
	w->connect.options.endpoints[0] = place_endpoint(&w->place, "store",
	    endpoint);
	w->client = store_connect(&w->connect);
	if (find(w, use, &e)) {
		int code = where_fail("weir", &e);

		store_client_close(w->client);
		exit(code);
	}
	if (w->kv) {
		store_client_close(w->client);
		w->client = NULL;
	} else {
		w->kv = store_kv(w->client);
	}
}

void
where_open(struct where *w, enum where_use use)
{
	hash_setup();
	log_setup("weir", LOG_WARN);
	if (w->data && w->connect.options.endpoints[0])
		opts_die("--data and --store: give one of them");
	if (w->data) {
		open_data(w, use);
		return;
	}
	if (!w->connect.options.endpoints[0])
		opts_die("--data is missing (or --store)");
	w->client = store_connect(&w->connect);
	w->kv = store_kv(w->client);
}

void
where_close(struct where *w)
{
	if (w->client)
		store_client_close(w->client);
	else
		kv_close(w->kv);
	w->client = NULL;
	w->kv = NULL;
}

static int
submit_here(struct kv *kv, struct str bytes, struct err *e)
{
	struct pack_reader r = pack_reader(bytes);
	struct arena *a = arena_new(SUBMIT_ARENA_MAX);
	struct repo_commit *c = repo_commit_new(kv, NULL);
	struct event events[EVENTS_MAX];
	size_t n = 0;
	int rc = 0;

	while (rc == 0 && n < EVENTS_MAX && pack_left(&r) > 0)
		rc = event_decode(&r, a, &events[n++], e);
	repo_commit_begin(c);
	if (rc == 0)
		rc = repo_commit_events(c, events, n, 0, e);
	if (rc == 0)
		rc = repo_commit_write(c, true, e);
	repo_commit_free(c);
	arena_free(a);
	return rc;
}

int
where_submit(struct where *w, struct buf *events, struct err *e)
{
	int rc;

	if (w->client)
		return store_submit_wait(w->client, events, SUBMIT_MS, e);
	rc = submit_here(w->kv, buf_str(events), e);
	buf_reset(events);
	return rc;
}

/* ---- projects ---- */

struct projects {
	uint32_t number;
	size_t n;
	char names[200];        /* some of them, for the message */
};

static int
see_project(void *arg, struct str name, uint32_t number, struct err *e)
{
	struct projects *p = arg;
	size_t used = strlen(p->names);

	(void)e;
	if (p->n++ == 0)
		p->number = number;
	if (used + name.n + 3 < sizeof(p->names))
		snprintf(p->names + used, sizeof(p->names) - used, " %.*s",
		    STR_FMT(name));
	return 0;
}

struct repo_scope
where_scope(struct kv_snapshot *s, const char *project, const char *env)
{
	struct repo_scope scope = { 0, ENV_PROD };
	struct projects all = { .n = 0 };
	struct err e = ERR_INIT;
	int rc;

	if (env && strcmp(env, "dev") == 0)
		scope.env = ENV_DEV;
	else if (env && strcmp(env, "prod") != 0)
		opts_die("--env: '%s' is not dev or prod", env);
	if (project)
		rc = repo_project_find(s, str_from(project), &scope.project,
		    &e);
	else
		rc = repo_project_list(s, see_project, &all, &e);
	if (rc == ERR_NOT_FOUND)
		opts_die("--project: there is no project \"%s\"", project);
	if (rc)
		exit(where_fail("weir", &e));
	if (!project && all.n == 0) {
		fprintf(stderr, "weir: there is no project yet: weir key "
		    "create makes one\n");
		exit(EXIT_FAILED);
	}
	if (!project && all.n > 1)
		opts_die("--project is missing: there are%s", all.names);
	if (!project)
		scope.project = all.number;
	return scope;
}
