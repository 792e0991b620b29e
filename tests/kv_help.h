#ifndef TESTS_KV_HELP_H
#define TESTS_KV_HELP_H

/* What the tests of lib/kv share: a directory, and short ways to read. */
#include <ftw.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"
#include "kv/kv.h"
#include "tap.h"

static char top[200];
static struct err e;

static int
remove_one(const char *path, const struct stat *st, int kind, struct FTW *w)
{
	(void)st, (void)kind, (void)w;
	return remove(path);
}

static char *
path_of(const char *name)
{
	return mem_printf("%s/%s", top, name);
}

CC_UNUSED static struct kv *
rocks_open(const char *name)
{
	char *path = path_of(name);
	struct kv *kv = NULL;

	if (kv_rocks_open(path, NULL, &kv, &e)) {
		printf("# %s\n", e.text);
		kv = NULL;
	}
	free(path);
	return kv;
}

static struct kv_batch *batch;
static struct buf got;		/* what get or scan last returned */

CC_UNUSED static int
put(struct kv *kv, enum kv_family f, const char *key, const char *value)
{
	kv_batch_clear(batch);
	kv_batch_put(batch, f, str_from(key), str_from(value));
	return kv_write(kv, batch, true, &e);
}

/* The value as a C string, "-" if there is none, "!" on error. */
CC_UNUSED static const char *
get(struct kv_snapshot *s, enum kv_family f, const char *key)
{
	bool found;

	buf_fini(&got);
	buf_init(&got, 1 << 16);
	if (kv_get(s, f, str_from(key), &got, &found, &e))
		return "!";
	if (!found)
		return "-";
	buf_add_byte(&got, 0);
	return got.p;
}

struct seen {
	struct buf text;	/* key=value; and so on */
	size_t stop_at, n;
	int fail;
};

CC_UNUSED static int
see(void *arg, struct str key, struct str value, struct err *err)
{
	struct seen *s = arg;

	buf_add_str(&s->text, key);
	buf_add_byte(&s->text, '=');
	buf_add_str(&s->text, value);
	buf_add_byte(&s->text, ';');
	if (++s->n == s->stop_at)
		return KV_STOP;
	return s->fail ? err_set(err, s->fail, "callback") : 0;
}

/* What a scan shows, as text; its end in *end. */
CC_UNUSED static const char *
scan(struct kv_snapshot *s, struct kv_range r, struct kv_scan_end *end)
{
	struct seen seen = { .n = 0 };
	int rc;

	buf_init(&seen.text, 1 << 20);
	rc = kv_scan(s, &r, see, &seen, end, &e);
	buf_add_byte(&seen.text, 0);
	buf_fini(&got);
	got = seen.text;
	return rc ? "!" : got.p;
}

CC_UNUSED static int
ignore_row(void *arg, struct str key, struct str value, struct err *err)
{
	(void)arg, (void)key, (void)value, (void)err;
	return 0;
}

static void
help_start(void)
{
	const char *tmp = getenv("TMPDIR");

	setvbuf(stdout, NULL, _IOLBF, 0);
	snprintf(top, sizeof(top), "%s/t_kv.XXXXXX", tmp ? tmp : "/tmp");
	if (!mkdtemp(top))
		abort();
	batch = kv_batch_new(1 << 20);
}

static int
help_done(void)
{
	buf_fini(&got);
	kv_batch_free(batch);
	nftw(top, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	return tap_done();
}

#endif
