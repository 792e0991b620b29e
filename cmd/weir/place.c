#include "place.h"

#include <errno.h>
#include <fcntl.h>
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

/* Whoever could put a socket there would be told secrets. */
static int
check_private(const char *path, uid_t owner, struct err *e)
{
	struct stat st;

	if (lstat(path, &st) != 0)
		return errno == ENOENT ? 0 : err_sys(e, ERR_IO, "%s", path);
	if (!S_ISDIR(st.st_mode) || st.st_uid != owner || (st.st_mode & 077))
		return err_set(e, ERR_DENIED, "%s is not a private directory "
		    "of user %u", path, (unsigned)owner);
	return 0;
}

static void
name_run(struct place *p, const char *real, uid_t owner)
{
	uint64_t h = hash64(str_from(real));
	char hex[17];

	if (strlen(real) + SOCKET_NAME_ROOM <= SOCKET_PATH_MAX) {
		snprintf(p->run, sizeof(p->run), "%.400s/run", real);
		return;
	}
	hex_encode(&h, sizeof(h), hex);
	snprintf(p->run, sizeof(p->run), "/tmp/weir-%u-%s", (unsigned)owner,
	    hex);
}

int
place_open(struct place *p, const char *data, bool create, struct err *e)
{
	char real[PATH_MAX];
	struct stat st;

	if (create && make_directory(data, e))
		return e->code;
	if (!realpath(data, real) || stat(real, &st) != 0)
		return err_sys(e, ERR_NOT_FOUND, "data directory %s", data);
	if (!S_ISDIR(st.st_mode))
		return err_set(e, ERR_NOT_FOUND, "%s is not a directory", real);
	if (strlen(real) + 64 > PLACE_PATH_MAX)
		return err_set(e, ERR_INVALID, "data directory %s: path too "
		    "long", real);
	snprintf(p->data, sizeof(p->data), "%s", real);
	name_run(p, real, st.st_uid);
	if (create && make_directory(p->run, e))
		return e->code;
	return check_private(p->run, st.st_uid, e);
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

const char *
place_lock_file(const struct place *p, char *out)
{
	snprintf(out, PLACE_PATH_MAX, "%.480s/weir.lock", p->data);
	return out;
}

/* Locks of this kind belong to a process and are not inherited. */
int
place_lock_take(const char *file, struct err *e)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	int fd = open(file, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	if (fd < 0)
		return err_sys(e, ERR_IO, "%s", file);
	if (fcntl(fd, F_SETLK, &lock) == 0)
		return 0;
	if (errno != EAGAIN && errno != EACCES)
		err_sys(e, ERR_IO, "cannot lock %s", file);
	else if (fcntl(fd, F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK)
		err_set(e, ERR_EXISTS, "process %d", (int)lock.l_pid);
	else
		err_set(e, ERR_EXISTS, "another process");
	close(fd);
	return e->code;
}

pid_t
place_lock_holder(const char *file)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	int fd = open(file, O_RDONLY | O_CLOEXEC);
	int rc;

	if (fd < 0)
		return 0;
	rc = fcntl(fd, F_GETLK, &lock);
	close(fd);
	return rc == 0 && lock.l_type != F_UNLCK ? lock.l_pid : 0;
}
