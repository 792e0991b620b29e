/* Checkpoints and keys. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "store/proto_key.h"
#include "store/server_in.h"

/*
 * A checkpoint's name is the time when it was made, in ms.  One that was
 * interrupted has a suffix.  Old ones pin disk space, so they go, even if
 * whoever asked for them died.
 */
enum {
	KEEP_MAX = 8,
	KEEP_MS = 3600 * 1000,
	STAMP_DIGITS = 13,
	STAMPS_MAX = 1024
};

static bool
read_stamp(const char *name, int64_t *ms)
{
	struct str s = str_from(name);

	if (s.n < STAMP_DIGITS || (s.n > STAMP_DIGITS &&
	    !str_is(str_from_index(s, STAMP_DIGITS), ".tmp")))
		return false;
	return str_to_i64(str_of(s.p, STAMP_DIGITS), ms);
}

/* A checkpoint is a directory of plain files. */
static int
remove_dir(int parent, const char *name, struct err *e)
{
	struct dirent *d;
	DIR *dir;
	int fd;

	fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW |
	    O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? 0 :
		    err_sys(e, ERR_IO, "checkpoint %s", name);
	dir = fdopendir(fd);
	if (!dir) {
		close(fd);
		return err_sys(e, ERR_IO, "checkpoint %s", name);
	}
	while ((d = readdir(dir)) != NULL)
		if (!str_is(str_from(d->d_name), ".") &&
		    !str_is(str_from(d->d_name), ".."))
			unlinkat(fd, d->d_name, 0);
	closedir(dir);
	if (unlinkat(parent, name, AT_REMOVEDIR) && errno != ENOENT)
		return err_sys(e, ERR_IO, "checkpoint %s", name);
	return 0;
}

static int
compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)b, *(char *const *)a);
}

/* The names of all checkpoints, newest first; freed by the caller. */
static char **
list(DIR *dir, size_t *n)
{
	struct dirent *d;
	char **v = NULL;
	size_t cap = 0;
	int64_t ms;

	*n = 0;
	while (*n < STAMPS_MAX && (d = readdir(dir)) != NULL) {
		if (!read_stamp(d->d_name, &ms))
			continue;
		v = mem_more(v, *n, &cap, sizeof(*v));
		v[(*n)++] = mem_strdup(d->d_name);
	}
	if (*n)
		qsort(v, *n, sizeof(*v), compare_names);
	return v;
}

void
store_checkpoints_sweep(struct store_server *s)
{
	int64_t now_ms = clock_now_ms(), ms;
	struct err e = ERR_INIT;
	char **names;
	size_t n;
	DIR *dir;

	dir = s->o.checkpoint_dir ? opendir(s->o.checkpoint_dir) : NULL;
	if (!dir)
		return;
	names = list(dir, &n);
	for (size_t i = 0; i < n; i++) {
		if (read_stamp(names[i], &ms) && (i >= KEEP_MAX ||
		    now_ms - ms > KEEP_MS) &&
		    remove_dir(dirfd(dir), names[i], &e))
			log_warn("checkpoint-sweep", "text=\"%s\"", e.text);
		free(names[i]);
	}
	free(names);
	closedir(dir);
}

/* Makes the directory of the next checkpoint's name known, in path. */
static int
make_checkpoint(struct store_server *s, char path[PATH_MAX], struct err *e)
{
	char dir[PATH_MAX];
	struct stat st;
	int n;

	if (!s->o.checkpoint_dir)
		return err_set(e, ERR_INVALID, "store: it makes no "
		    "checkpoints");
	if (mkdir(s->o.checkpoint_dir, 0700) && errno != EEXIST)
		return err_sys(e, ERR_IO, "mkdir %s", s->o.checkpoint_dir);
	if (!realpath(s->o.checkpoint_dir, dir))
		return err_sys(e, ERR_IO, "%s", s->o.checkpoint_dir);
	do {
		n = snprintf(path, PATH_MAX, "%s/%0*lld", dir, STAMP_DIGITS,
		    (long long)clock_now_ms());
		if (n < 0 || n >= PATH_MAX)
			return err_set(e, ERR_LIMIT, "checkpoint: long path");
		/* Two in one ms: wait for the next. */
	} while (stat(path, &st) == 0 && (clock_sleep_ms(1), true));
	return kv_checkpoint(s->o.kv, path, e);
}

void
store_answer_checkpoint(struct store_server *s, struct job *j)
{
	int64_t t0_ms = clock_mono_ms();
	struct err e = ERR_INIT;
	char path[PATH_MAX];
	struct buf b;

	if (store_nil_decode(bus_request_payload(j->q), &e) ||
	    make_checkpoint(s, path, &e)) {
		store_refuse(s, j, &e);
		return;
	}
	log_info("checkpoint", "path=%s ms=%lld", path,
	    (long long)(clock_mono_ms() - t0_ms));
	store_checkpoints_sweep(s);
	buf_init(&b, PATH_MAX + 16);
	store_text_encode(str_from(path), &b);
	store_reply(s, j, &b);
	buf_fini(&b);
}

static int
drop_checkpoint(struct store_server *s, struct str path, struct err *e)
{
	char name[STAMP_DIGITS + 1];
	int64_t ms;
	int fd, rc;

	if (!s->o.checkpoint_dir || path.n <= STAMP_DIGITS ||
	    path.p[path.n - STAMP_DIGITS - 1] != '/')
		return err_set(e, ERR_INVALID, "checkpoint: not one of ours");
	memcpy(name, path.p + path.n - STAMP_DIGITS, STAMP_DIGITS);
	name[STAMP_DIGITS] = '\0';
	if (!read_stamp(name, &ms))
		return err_set(e, ERR_INVALID, "checkpoint: not one of ours");
	fd = open(s->o.checkpoint_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return err_sys(e, ERR_IO, "%s", s->o.checkpoint_dir);
	rc = remove_dir(fd, name, e);
	close(fd);
	return rc;
}

void
store_answer_checkpoint_drop(struct store_server *s, struct job *j)
{
	struct err e = ERR_INIT;
	struct str path;

	if (!j->q) {
		store_checkpoints_sweep(s);
		free(j);
	} else if (store_text_decode(bus_request_payload(j->q), PATH_MAX,
	    &path, &e) || drop_checkpoint(s, path, &e)) {
		store_refuse(s, j, &e);
	} else {
		store_reply_nil(s, j);
	}
}

/* ---- keys ---- */

static int
create_key(struct store_server *s, struct str payload, struct buf *out,
    struct err *e)
{
	char secret[REPO_SECRET_SIZE];
	struct repo_key_spec spec;
	struct repo_key key;

	if (store_key_spec_decode(payload, &spec, e) ||
	    repo_key_create(s->o.kv, &spec, clock_now_ms(), &key, secret, e))
		return e->code;
	log_info("key-create", "id=%s project=%s dialect=%s scope=%s envs=%s",
	    key.id, key.project_name, repo_dialect_name(key.dialect),
	    repo_key_scope_name(key.scope), repo_key_envs_name(key.envs));
	store_key_encode(&key, secret, out);
	explicit_bzero(secret, sizeof(secret));
	return 0;
}

static int
revoke_key(struct store_server *s, struct str payload, struct buf *out,
    struct err *e)
{
	struct repo_key key;
	struct str id;

	if (store_text_decode(payload, REPO_KEY_ID_SIZE, &id, e) ||
	    repo_key_revoke(s->o.kv, id, clock_now_ms(), &key, e))
		return e->code;
	log_info("key-revoke", "id=%s project=%s", key.id, key.project_name);
	store_key_encode(&key, NULL, out);
	return 0;
}

void
store_answer_key(struct store_server *s, struct job *j)
{
	struct str payload = bus_request_payload(j->q);
	struct err e = ERR_INIT;
	struct buf out;
	int rc;

	buf_init(&out, 1 << 14);
	rc = j->message == STORE_KEY_CREATE ?
	    create_key(s, payload, &out, &e) :
	    revoke_key(s, payload, &out, &e);
	store_note_write(s, rc ? &e : NULL);
	if (rc)
		store_refuse(s, j, &e);
	else
		store_reply(s, j, &out);
	buf_fini(&out);
}
