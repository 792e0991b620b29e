/* weir reindex: derives everything from the events anew.  weir checkpoint: a
 * consistent copy of the database. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/hash.h"
#include "base/opts.h"
#include "commands.h"
#include "out.h"
#include "repo/verify.h"
#include "store/admin.h"
#include "store/pricer.h"
#include "where.h"

enum { BAR_WIDTH = 40, REDRAW_MS = 200, CHECKPOINT_MS = 60000 };

static struct where where;
static const char *data;
static const char *prices;

/* ---- reindex ---- */

static const struct opt reindex_table[] = {
	{ "data", 'd', OPT_TEXT, &data, 0, 0, "DIR",
	    "data directory, with weir stopped" },
	{ "prices", 0, OPT_TEXT, &prices, 0, 0, "FILE",
	    "the token prices that weir up or weir-store is given" },
	{ 0 }
};

struct progress {
	bool is_shown;          /* a terminal is there to see it */
	uint64_t expected;      /* runs, about */
	int64_t drawn_ms;
	uint64_t runs, events;
};

static void
draw(struct progress *p, bool is_end)
{
	char bar[BAR_WIDTH + 1];
	uint64_t all = MAX_OF(p->expected, p->runs);
	size_t n = is_end || all == 0 ? BAR_WIDTH :
	    (size_t)((double)p->runs / (double)all * BAR_WIDTH);

	memset(bar, '.', BAR_WIDTH);
	memset(bar, '#', n);
	bar[BAR_WIDTH] = '\0';
	fprintf(stderr, "\r[%s] %llu runs, %llu events%s", bar,
	    (unsigned long long)p->runs, (unsigned long long)p->events,
	    is_end ? "\n" : "");
}

static void
progress(void *arg, uint64_t runs, uint64_t events)
{
	struct progress *p = arg;
	int64_t now = clock_mono_ms();

	p->runs = runs;
	p->events = events;
	if (!p->is_shown || now - p->drawn_ms < REDRAW_MS)
		return;
	p->drawn_ms = now;
	draw(p, false);
}

/* Nobody else may have the database, and nobody may start meanwhile. */
static int
open_alone(struct place *p, struct kv **kv, struct err *e)
{
	char path[PLACE_PATH_MAX];
	struct err busy = ERR_INIT;

	if (place_open(p, data, false, e))
		return e->code;
	if (access(where_database(p, path), F_OK) != 0)
		return err_set(e, ERR_NOT_FOUND, "there is no database in %s",
		    p->data);
	if (place_lock_take(place_lock_file(p, path), &busy)) {
		if (busy.code != ERR_EXISTS)
			return err_set(e, busy.code, "%s", busy.text);
		return err_set(e, ERR_EXISTS, "weir runs in %s (%s): stop it "
		    "first", p->data, busy.text);
	}
	if (where_is_open(p))
		return err_set(e, ERR_EXISTS, "the database of %s is in use: "
		    "stop weir-store first", p->data);
	return kv_rocks_open(where_database(p, path), NULL, kv, e);
}

static int
reindex(struct kv *kv, struct progress *p, struct err *e)
{
	struct store_pricer *pricer;
	struct kv_stats stats;
	int rc;

	if (store_pricer_open(prices, &pricer, e))
		return e->code;
	if (kv_stats(kv, &stats, e) == 0)
		p->expected = stats.n_keys[KV_RUNS];
	p->is_shown = isatty(STDERR_FILENO);
	rc = repo_reindex(kv, store_pricer_get(pricer), progress, p, e);
	if (p->is_shown && rc == 0)
		draw(p, true);
	else if (p->is_shown)
		fputc('\n', stderr);
	store_pricer_close(pricer);
	return rc;
}

int
cmd_reindex(int argc, char **argv)
{
	int64_t began = clock_mono_ms();
	struct progress p = { .runs = 0 };
	struct err e = ERR_INIT;
	struct kv *kv = NULL;
	struct place place;
	char took[32];
	int rc;

	if (opts_parse(reindex_table, "weir reindex --data DIR [options]",
	    argc, argv) != argc)
		opts_die("takes no operands");
	if (!data)
		opts_die("--data is missing");
	hash_setup();
	log_setup("weir", LOG_WARN);
	rc = open_alone(&place, &kv, &e);
	if (rc == 0)
		rc = reindex(kv, &p, &e);
	kv_close(kv);
	if (rc)
		return where_fail(argv[0], &e);
	printf("%llu runs and %llu events in %s\n", (unsigned long long)p.runs,
	    (unsigned long long)p.events,
	    out_duration((clock_mono_ms() - began) * NS_PER_MS, took));
	return out_finish(argv[0]);
}

/* ---- checkpoint ---- */

static const struct opt checkpoint_table[] = { WHERE_OPTS(where), { 0 } };

/* As weir-store names them, so that it also removes them. */
static int
checkpoint_here(struct buf *out, struct err *e)
{
	char path[PLACE_PATH_MAX + 32];

	snprintf(path, sizeof(path), "%s/checkpoints", where.place.data);
	if (mkdir(path, 0700) != 0 && errno != EEXIST)
		return err_sys(e, ERR_IO, "cannot make %s", path);
	buf_addf(out, "%s/%013lld", path, (long long)clock_now_ms());
	snprintf(path, sizeof(path), "%.*s", STR_FMT(buf_str(out)));
	return kv_checkpoint(where.kv, path, e);
}

int
cmd_checkpoint(int argc, char **argv)
{
	struct err e = ERR_INIT;
	struct buf path;
	int rc;

	if (opts_parse(checkpoint_table, "weir checkpoint --data DIR", argc,
	    argv) != argc)
		opts_die("takes no operands");
	where_open(&where, WHERE_READ);
	buf_init(&path, PLACE_PATH_MAX * 2);
	if (where.client)
		rc = store_checkpoint(where.client, &path, CHECKPOINT_MS, &e);
	else
		rc = checkpoint_here(&path, &e);
	where_close(&where);
	if (rc == 0)
		printf("%.*s\n", STR_FMT(buf_str(&path)));
	buf_fini(&path);
	return rc ? where_fail(argv[0], &e) : out_finish(argv[0]);
}
