#include "place.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/hash.h"

/* "/run/classify-99.sock" and its NUL must still fit in sockaddr_un. */
enum { SOCKET_PATH_MAX = 107, SOCKET_NAME_ROOM = 24 };

static int
make_directory(const char *path, struct err *e)
{
	struct stat st;

	if (mkdir(path, 0700) != 0 && errno != EEXIST)
		return err_sys(e, ERR_IO, "cannot make %s", path);
	if (lstat(path, &st) != 0 || !S_ISDIR(st.st_mode))
		return err_set(e, ERR_IO, "%s is not a directory", path);
	return 0;
}

/* A directory of our own: others may not have put it there. */
static int
check_owner(const char *path, struct err *e)
{
	struct stat st;

	if (lstat(path, &st) != 0)
		return err_sys(e, ERR_NOT_FOUND, "%s", path);
	if (!S_ISDIR(st.st_mode) || st.st_uid != geteuid() ||
	    (st.st_mode & 077))
		return err_set(e, ERR_DENIED, "%s is not a private directory "
		    "of this user", path);
	return 0;
}

int
place_open(struct place *p, const char *data, bool create, struct err *e)
{
	char real[PATH_MAX], hex[17];
	uint64_t h;

	if (create && make_directory(data, e))
		return e->code;
	if (!realpath(data, real))
		return err_sys(e, ERR_NOT_FOUND, "data directory %s", data);
	if (strlen(real) + 64 > PLACE_PATH_MAX)
		return err_set(e, ERR_INVALID, "data directory %s: path too "
		    "long", real);
	snprintf(p->data, sizeof(p->data), "%s", real);
	if (strlen(real) + SOCKET_NAME_ROOM <= SOCKET_PATH_MAX) {
		snprintf(p->run, sizeof(p->run), "%.400s/run", real);
	} else {
		h = hash64(str_from(real));
		hex_encode(&h, sizeof(h), hex);
		snprintf(p->run, sizeof(p->run), "/tmp/weir-%u-%s",
		    (unsigned)geteuid(), hex);
	}
	if (create && make_directory(p->run, e))
		return e->code;
	return create ? check_owner(p->run, e) : 0;
}

const char *
place_endpoint(const struct place *p, const char *name, char *out)
{
	snprintf(out, PLACE_PATH_MAX, "ipc://%.440s/%.40s.sock", p->run, name);
	return out;
}

const char *
place_admin(const struct place *p, const char *name, char *out)
{
	snprintf(out, PLACE_PATH_MAX, "unix:%.440s/%.40s.admin", p->run, name);
	return out;
}

const char *
place_file(const struct place *p, const char *name, char *out)
{
	snprintf(out, PLACE_PATH_MAX, "%.440s/%.40s", p->run, name);
	return out;
}
