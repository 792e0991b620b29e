#include "scratch.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/str.h"

static const char prefix[] = "scratch.";

/* A database is a directory of plain files. */
static void
remove_directory(const char *path)
{
	DIR *dir = opendir(path);
	struct dirent *d;

	if (!dir)
		return;
	while ((d = readdir(dir)) != NULL)
		if (strcmp(d->d_name, ".") != 0 &&
		    strcmp(d->d_name, "..") != 0)
			unlinkat(dirfd(dir), d->d_name, 0);
	closedir(dir);
	rmdir(path);
}

static void
sweep(const struct place *p)
{
	char path[PLACE_PATH_MAX * 2], lock[PLACE_PATH_MAX * 2 + 8];
	DIR *dir = opendir(p->data);
	struct dirent *d;

	if (!dir)
		return;
	while ((d = readdir(dir)) != NULL) {
		if (!str_has_prefix(str_from(d->d_name), STR("scratch.")))
			continue;
		snprintf(path, sizeof(path), "%s/%s", p->data, d->d_name);
		snprintf(lock, sizeof(lock), "%s/LOCK", path);
		if (access(lock, F_OK) == 0 && !place_lock_holder(lock))
			remove_directory(path);
	}
	closedir(dir);
}

int
scratch_open(const struct place *p, char *dir, struct kv **out, struct err *e)
{
	sweep(p);
	snprintf(dir, PLACE_PATH_MAX, "%.480s/%sXXXXXX", p->data, prefix);
	if (!mkdtemp(dir)) {
		err_sys(e, ERR_IO, "cannot make %s", dir);
		dir[0] = '\0';
		return e->code;
	}
	return kv_rocks_open(dir, NULL, out, e);
}

void
scratch_close(struct kv *kv, const char *dir)
{
	kv_close(kv);
	if (dir[0])
		remove_directory(dir);
}
