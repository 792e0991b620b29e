/* weir doctor: is what is stored what it should be? */
#include <dirent.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/opts.h"
#include "base/version.h"
#include "commands.h"
#include "out.h"
#include "repo/verify.h"
#include "scratch.h"
#include "store/admin.h"
#include "store/pricer.h"
#include "where.h"

enum {
	SHOWN_MAX = 20,         /* differences printed in full */
	CHECKPOINT_MS = 60000,
	FREE_MIN = 1 << 30
};

static struct where where;
static const char *prices;
static int bad;

static const struct opt table[] = {
	WHERE_OPTS(where),
	{ "prices", 0, OPT_TEXT, &prices, 0, 0, "FILE",
	    "the token prices that weir up or weir-store was given" },
	{ 0 }
};

static void CC_PRINTF(3, 4)
say(bool good, const char *what, const char *fmt, ...)
{
	va_list ap;

	printf("%-4s %-12s ", good ? "ok" : "BAD", what);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
	fflush(stdout);
	bad += !good;
}

/* ---- the directory ---- */

static void
check_mode(const char *path)
{
	struct stat st;

	if (lstat(path, &st) != 0) {
		if (errno != ENOENT)
			say(false, "permissions", "%s: %s", path,
			    strerror(errno));
		return;
	}
	if (st.st_mode & 077)
		say(false, "permissions", "%s can be read by others (mode "
		    "%04o): chmod go= it", path, st.st_mode & 07777);
	else
		say(true, "permissions", "%s belongs to user %u, mode %04o",
		    path, (unsigned)st.st_uid, st.st_mode & 07777);
}

static void
check_space(const char *path)
{
	struct statvfs v;
	uint64_t free_bytes;

	if (statvfs(path, &v) != 0) {
		say(false, "space", "%s: %s", path, strerror(errno));
		return;
	}
	free_bytes = (uint64_t)v.f_bavail * v.f_frsize;
	say(free_bytes >= FREE_MIN, "space", "%.1f GB free for %s",
	    (double)free_bytes / (1 << 30), path);
}

static void
check_directory(void)
{
	char path[PLACE_PATH_MAX];

	check_mode(where_database(&where.place, path));
	check_mode(where.place.run);
	check_space(where.place.data);
}

/* ---- the contents ---- */

struct differences {
	uint64_t n;
};

/* Keys are partly text; the rest is shown in hexadecimal. */
static void
print_key(struct str key)
{
	for (size_t i = 0; i < key.n; i++) {
		uint8_t c = (uint8_t)key.p[i];

		if (c > 0x20 && c < 0x7f && c != '\\')
			putchar(c);
		else
			printf("\\%02x", c);
	}
}

static void
differ(void *arg, enum kv_family f, struct str key, struct str got,
    struct str want)
{
	struct differences *d = arg;

	if (d->n++ >= SHOWN_MAX)
		return;
	printf("     %s ", kv_family_name(f));
	print_key(key);
	if (!want.p)
		printf(": should not be there\n");
	else if (!got.p)
		printf(": is missing\n");
	else
		printf(": %zu bytes differ from the %zu it should have\n",
		    got.n, want.n);
}

static int
verify(struct kv *kv, const struct repo_pricer *pricer, struct kv *scratch,
    struct err *e)
{
	struct differences d = { 0 };
	struct repo_report report;
	struct kv_snapshot *s;
	int rc;

	if (kv_snapshot_open(kv, &s, e))
		return e->code;
	rc = repo_check(s, e);
	if (rc == 0)
		say(true, "version", "weir %s, a schema that it knows",
		    WEIR_VERSION);
	if (rc == 0)
		rc = repo_verify(s, pricer, scratch, differ, &d, &report, e);
	kv_snapshot_close(s);
	if (rc)
		return rc;
	if (d.n > SHOWN_MAX)
		printf("     and %llu more\n",
		    (unsigned long long)(d.n - SHOWN_MAX));
	say(report.differences == 0, "contents", "%llu runs, %llu events; "
	    "%llu derived records, %llu differ%s",
	    (unsigned long long)report.runs,
	    (unsigned long long)report.events,
	    (unsigned long long)report.records,
	    (unsigned long long)report.differences, report.differences ?
	    " (weir reindex makes them anew)" : "");
	return 0;
}

/* While weir-store runs, a checkpoint is read, so that nothing stands still. */
static int
verify_running(const struct repo_pricer *pricer, struct kv *scratch,
    struct err *e)
{
	struct err ignored = ERR_INIT;
	struct kv *kv = NULL;
	struct buf path;
	int rc;

	buf_init(&path, PLACE_PATH_MAX * 2);
	rc = store_checkpoint(where.client, &path, CHECKPOINT_MS, e);
	if (rc == 0)
		rc = kv_rocks_open_readonly(path.p, NULL, &kv, e);
	if (rc == 0)
		rc = verify(kv, pricer, scratch, e);
	kv_close(kv);
	if (path.n && store_checkpoint_drop(where.client, buf_str(&path),
	    &ignored))
		fprintf(stderr, "weir doctor: %s\n", ignored.text);
	buf_fini(&path);
	return rc;
}

static int
check_contents(struct err *e)
{
	struct store_pricer *pricer = NULL;
	struct kv *scratch = NULL;
	char dir[PLACE_PATH_MAX];
	int rc;

	if (store_pricer_open(prices, &pricer, e))
		return e->code;
	rc = scratch_open(&where.place, dir, &scratch, e);
	if (rc == 0 && where.client)
		rc = verify_running(store_pricer_get(pricer), scratch, e);
	else if (rc == 0)
		rc = verify(where.kv, store_pricer_get(pricer), scratch, e);
	scratch_close(scratch, dir);
	store_pricer_close(pricer);
	return rc;
}

int
cmd_doctor(int argc, char **argv)
{
	struct err e = ERR_INIT;
	int rc;

	if (opts_parse(table, "weir doctor --data DIR [options]", argc,
	    argv) != argc)
		opts_die("takes no operands");
	if (!where.data)
		opts_die("--data is missing: the doctor looks at files");
	where_open(&where, WHERE_READ);
	say(true, "store", "%s", where.client ? "weir-store is running; a "
	    "checkpoint is looked at" : "weir-store is not running");
	check_directory();
	rc = check_contents(&e);
	where_close(&where);
	if (rc == ERR_CORRUPT) {
		say(false, "contents", "%s", e.text);
		rc = 0;
	}
	if (rc)
		return where_fail(argv[0], &e);
	rc = out_finish(argv[0]);
	return bad ? EXIT_FAILED : rc;
}
