/* weir patterns backfill: stored runs are classified again with the custom
 * patterns as they are now. */
#include <stdio.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/opts.h"
#include "detect/detect.h"
#include "out.h"
#include "patterns.h"
#include "progress.h"
#include "repo/commit.h"
#include "repo/custom.h"
#include "repo/work.h"
#include "store/admin.h"
#include "view.h"

enum {
	QUEUE_MAX = 2000,       /* runs that wait: new ones are not held up */
	PAUSE_MS = 50,
	STALL_MS = 30000,       /* nobody classifies */
	PASSES_MAX = 5
};

static struct view view;
static const char *since;
static bool no_wait;

static const struct opt table[] = {
	VIEW_OPTS_NO_RANGE(view),
	{ "since", 0, OPT_TEXT, &since, 0, 0, "DATE",
	    "runs that started then or later: 2026-11-01, or with a time" },
	{ "no-wait", 0, OPT_FLAG, &no_wait, 0, 0, NULL,
	    "do not wait until the runs are classified" },
	{ 0 }
};

struct backfill {
	struct repo_again q;
	int64_t queued;         /* of all passes */
	struct progress bar;
	struct repo_commit *commit;     /* without a weir-store */
};

/* The generation to reach; ERR_NOT_FOUND if the pattern never was. */
static int
find(struct str slug, int64_t *generation, struct err *e)
{
	struct repo_customs all;

	if (detect_pattern_by_slug(slug))
		return err_set(e, ERR_INVALID, "%.*s is built in: weir "
		    "reclassify is for those", STR_FMT(slug));
	if (repo_custom_list(&view.repo, &all, e))
		return e->code;
	*generation = all.generation;
	for (size_t i = 0; i < all.n; i++)
		if (str_eq(all.v[i].slug, slug))
			return 0;
	return err_set(e, ERR_NOT_FOUND, "there is no pattern %.*s",
	    STR_FMT(slug));
}

static int
again(struct backfill *b, struct err *e)
{
	if (!b->commit)
		return store_reclassify(view.where.client, &b->q, e);
	repo_commit_begin(b->commit);
	return repo_commit_again(b->commit, &b->q, e) ||
	    repo_commit_write(b->commit, true, e) ? e->code : 0;
}

static int
newest_row(void *arg, struct str key, struct str value, struct err *e)
{
	(void)value;
	if (key.n != 9)
		return err_set(e, ERR_CORRUPT, "work: not a record");
	*(uint64_t *)arg = be64_get(key.p + 1);
	return 0;
}

/* The seq of the youngest entry of the queue; 0: there is none. */
static int
newest_seq(uint64_t *seq, struct err *e)
{
	struct kv_range r = { .family = KV_WORK, .from = STR("q"),
		.to = STR("r"), .reverse = true, .keys_only = true,
		.limit = 1 };

	*seq = 0;
	return kv_scan(kv_latest(view.where.kv), &r, newest_row, seq, NULL,
	    e);
}

/* True once the queue holds nothing that old. */
static int
is_past(uint64_t seq, bool *past, struct err *e)
{
	struct repo_work oldest;
	size_t n;

	if (repo_work_scan(kv_latest(view.where.kv), 0, &oldest, 1, &n, e))
		return e->code;
	*past = n == 0 || oldest.seq > seq;
	return 0;
}

/* Waits until at most max runs are in the queue, or those up to seq are
 * done. */
static int
wait_for(struct backfill *b, size_t max, uint64_t seq, struct err *e)
{
	int64_t changed_ms = clock_mono_ms();
	size_t depth, before = SIZE_MAX;
	bool past = false;

	for (;;) {
		if (repo_work_depth(kv_latest(view.where.kv), 2 * QUEUE_MAX,
		    &depth, e))
			return e->code;
		progress_draw(&b->bar, MAX_OF(b->queued + b->q.queued -
		    (int64_t)depth, 0), false);
		if (depth > max && seq && is_past(seq, &past, e))
			return e->code;
		if (depth <= max || past)
			return 0;
		if (depth != before)
			changed_ms = clock_mono_ms();
		else if (clock_mono_ms() - changed_ms > STALL_MS)
			return err_set(e, ERR_AGAIN, "%zu runs wait, and no "
			    "weir-classify takes them", depth);
		before = depth;
		clock_sleep_ms(PAUSE_MS);
	}
}

/* All runs of the range that no verdict with these patterns is about. */
static int
pass(struct backfill *b, struct err *e)
{
	uint64_t last;

	while (!b->q.is_done) {
		if (again(b, e))
			return e->code;
		if (!b->commit && !no_wait && wait_for(b, QUEUE_MAX, 0, e))
			return e->code;
	}
	if (b->commit || no_wait)
		return 0;
	return newest_seq(&last, e) ? e->code : wait_for(b, 0, last, e);
}

/*
 * A run that was being classified when the pattern changed is left alone by
 * the first pass, and its verdict is of before: so until nothing is left.
 */
static int
run(struct backfill *b, struct err *e)
{
	const struct repo_again first = b->q;

	for (int i = 0; i < PASSES_MAX; i++) {
		int64_t queued;

		b->q = first;
		if (pass(b, e))
			return e->code;
		queued = b->q.queued;
		b->queued += queued;
		b->q.queued = 0;
		if (queued == 0 || b->commit || no_wait)
			break;
	}
	progress_draw(&b->bar, b->queued, true);
	return 0;
}

static int
count_runs(int64_t *n, struct err *e)
{
	struct repo_metrics_query q = { .from_ms = view.from_ms,
		.to_ms = view.to_ms, .dim = DIM_TOTAL };
	struct repo_metrics m;

	if (repo_metrics(&view.repo, &q, &m, e))
		return e->code;
	*n = m.v[0].sum.c[COUNT_RUNS];
	return 0;
}

static int
backfill(struct str slug, struct backfill *b, struct err *e)
{
	int64_t generation = 0, runs = 0;
	int rc;

	if (find(slug, &generation, e) || count_runs(&runs, e))
		return e->code;
	*b = (struct backfill){ .bar = progress_of(runs),
		.q = { .scope = view.repo.scope, .from_ms = view.from_ms,
		.to_ms = view.to_ms, .patterns = generation } };
	if (!view.where.client)
		b->commit = repo_commit_new(view.where.kv, NULL);
	rc = run(b, e);
	repo_commit_free(b->commit);
	return rc;
}

int
patterns_backfill(int argc, char **argv)
{
	struct err e = ERR_INIT;
	struct backfill b;
	int64_t from_ns = 0;
	int first, rc;

	first = opts_parse(table, "weir patterns backfill --data DIR "
	    "[options] PATTERN", argc, argv);
	if (argc - first != 1)
		opts_die("takes one operand: PATTERN");
	if (since && !clock_parse_iso(str_from(since), &from_ns))
		opts_die("--since: '%s' is not a date like 2026-11-01", since);
	view_open(&view, WHERE_WRITE);
	view.from_ms = MAX_OF(floor_div(from_ns, NS_PER_MS), 0);
	rc = backfill(str_from(argv[first]), &b, &e);
	view_close(&view);
	if (rc)
		return where_fail(argv[0], &e);
	if (view.as_json)
		printf("{\"slug\":\"%s\",\"runs\":%lld}\n", argv[first],
		    (long long)b.queued);
	else
		printf("%lld runs %s classified again\n", (long long)b.queued,
		    b.commit || no_wait ? "will be" : "were");
	return out_finish(argv[0]);
}
