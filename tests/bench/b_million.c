/*
 * A store of a million runs: what the weekly insight over them takes, and the
 * reads that people wait for.
 *
 *	b_million [--runs N] [--dir DIR] [--keep | --use DB]
 *
 * Five weeks of small runs (one step, one tool call, a prompt of varied words,
 * a verdict; one run in 25 fails, one in 30 has a signal) are written through
 * lib/repo to RocksDB, without sync: the disk is not what is measured.  Reads
 * go to the store directly, as weir-store's own do; over the bus each adds a
 * round trip or two.  Times are of the wall clock.
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "api/api.h"
#include "base/clock.h"
#include "base/hash.h"
#include "base/opts.h"
#include "bench/million_runs.h"
#include "digest/digest.h"
#include "model/searchable.h"
#include "repo/commit.h"
#include "repo/read.h"
#include "repo/search.h"

enum { GROUP = 200 };

static const char *dir = "/tmp";
static const char *use;
static bool keep_it;

static const struct opt table[] = {
	{ "runs", 'n', OPT_INT, &nruns, 1000, 100000000, "N",
	    "runs to store (default 1000000)" },
	{ "dir", 'd', OPT_TEXT, &dir, 0, 0, "DIR",
	    "where to put the database (default /tmp)" },
	{ "keep", 'k', OPT_FLAG, &keep_it, 0, 0, NULL,
	    "leave the database there" },
	{ "use", 'u', OPT_TEXT, &use, 0, 0, "DB",
	    "take one that was left, of as many runs" },
	{ 0 }
};

static double
now_ms(void)
{
	return (double)clock_mono_ns() / 1e6;
}

static double
cpu_ms(void)
{
	return (double)clock() * 1e3 / CLOCKS_PER_SEC;
}

static bool
cost(void *arg, const struct repo_usage *u, int64_t *pico)
{
	(void)arg;
	*pico = u->input_tokens * 150000 + u->output_tokens * 600000;
	return true;
}

/* As a classifier makes it. */
static void
add_document(struct repo_commit *c, struct document *d, struct arena *a)
{
	struct event *copy = arena_array(a, nevents, sizeof(*copy));
	struct err e = ERR_INIT;
	struct run *run;
	struct buf b;

	memcpy(copy, events, nevents * sizeof(*copy));
	must(run_fold(copy, nevents, events[0].run_id, a, &run, &e), &e);
	buf_init(&b, DOCUMENT_BYTES_MAX);
	document_begin(d);
	searchable_run(d, run);
	for (size_t i = 0; i < run_count(run, EVENT_SIGNAL); i++)
		searchable_signal(d, run_signal(run, i)->slug);
	document_encode(d, &b);
	must(repo_commit_document(c, &events[0], buf_str(&b), 0, &e), &e);
	buf_fini(&b);
}

static void
build(struct kv *kv, struct arena *a)
{
	struct repo_pricer pricer = { cost, NULL };
	struct document *d = document_new();
	struct repo_commit *c = repo_commit_new(kv, &pricer);
	double from = now_ms(), at;
	struct kv_stats stats;
	struct err e = ERR_INIT;

	for (int64_t done = 0; done < nruns;) {
		repo_commit_begin(c);
		for (int i = 0; i < GROUP && done < nruns; i++) {
			events = arena_array(a, 8, sizeof(*events));
			nevents = 0;
			add_run(a, done++);
			add_document(c, d, a);
			must(repo_commit_events(c, events, nevents, 0, &e),
			    &e);
		}
		must(repo_commit_write(c, false, &e), &e);
		arena_reset(a);
	}
	repo_commit_free(c);
	document_free(d);
	at = now_ms();
	must(kv_compact(kv, &e), &e);
	must(kv_stats(kv, &stats, &e), &e);
	printf("build: %lld runs in %.1f s, compacted in %.1f s; %.0f bytes a "
	    "run\n", (long long)nruns, (at - from) / 1000,
	    (now_ms() - at) / 1000, (double)stats.disk_bytes / (double)nruns);
	fflush(stdout);
}

/* ---- insights ---- */

static struct str
insight_of(struct kv *kv, const struct period *p, struct arena *a,
    const char *what)
{
	struct repo_scope scope = { 1, ENV_PROD };
	struct kv_snapshot *s;
	struct err e = ERR_INIT;
	struct event ev;
	double from = now_ms(), cpu = cpu_ms();

	must(kv_snapshot_open(kv, &s, &e), &e);
	must(digest_insight(s, scope, p, 1, a, &ev, &e), &e);
	kv_snapshot_close(s);
	printf("insight, %s: %.0f ms (CPU %.0f ms)\n", what, now_ms() - from,
	    cpu_ms() - cpu);
	fflush(stdout);
	return event_get(&ev, FIELD_INSIGHT_body)->s;
}

/* One late run, and it is made again. */
static void
add_late(struct kv *kv, struct arena *a)
{
	struct repo_pricer pricer = { cost, NULL };
	struct repo_commit *c = repo_commit_new(kv, &pricer);
	struct err e = ERR_INIT;

	events = arena_array(a, 8, sizeof(*events));
	nevents = 0;
	add_run(a, nruns - 1);
	repo_commit_begin(c);
	must(repo_commit_events(c, events, nevents, 0, &e), &e);
	must(repo_commit_write(c, false, &e), &e);
	repo_commit_free(c);
}

static void
time_insights(struct kv *kv, struct arena *a)
{
	int64_t end = start_ms + DAYS * MS_PER_DAY;
	struct str first, again;
	struct period week, abroad, all;
	struct err e = ERR_INIT;
	struct zone utc, zone;

	must(zone_find(&utc, NULL, &e), &e);
	must(zone_find(&zone, "-08:00", &e), &e);
	period_holding(PERIOD_WEEKLY, &zone, 1, end - MS_PER_DAY, &abroad);
	period_holding(PERIOD_WEEKLY, &utc, 1, end - 1, &week);
	/* Its later half against the earlier: each run is read. */
	must(period_custom(start_ms + (end - start_ms) / 2, end, &utc, &all,
	    &e), &e);
	first = insight_of(kv, &week, a, "a week against the one before, "
	    "first");
	again = insight_of(kv, &week, a, "the same again");
	if (!str_eq(first, again))
		BUG("the same data gave another insight");
	add_late(kv, a);
	(void)insight_of(kv, &week, a, "again after a late run");
	(void)insight_of(kv, &abroad, a, "a week of another time zone");
	(void)insight_of(kv, &all, a, "all of it: the later half against the "
	    "earlier");
	(void)insight_of(kv, &all, a, "that again");
}

/* ---- reads ---- */

enum { READS = 500 };

static int
compare(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static void
time_read(const struct repo_view *v, const char *what, size_t n,
    void (*read)(const struct repo_view *v, struct err *e))
{
	static double took[READS];
	struct err e = ERR_INIT;

	for (size_t i = 0; i < n; i++) {
		double from = now_ms();

		read(v, &e);
		took[i] = now_ms() - from;
		must(e.code, &e);
		arena_reset(v->arena);
	}
	qsort(took, n, sizeof(took[0]), compare);
	printf("%s: p50 %.2f ms, p99 %.2f ms\n", what, took[n / 2],
	    took[n * 99 / 100]);
	fflush(stdout);
}

static void
read_page(const struct repo_view *v, struct err *e)
{
	struct repo_filter f = REPO_FILTER_INIT;
	struct repo_runs runs;

	f.agent = arena_printf(v->arena, "agent-%zu", zipf(12));
	f.status = draw() % 2 ? REPO_ERROR : REPO_ANY;
	f.from_ms = start_ms + (int64_t)(draw() % DAYS) * MS_PER_DAY;
	if (repo_runs_list(v, &f, &runs, e) == 0 && runs.n == 0)
		BUG("an empty page");
}

static void
read_run(const struct repo_view *v, struct err *e)
{
	struct run *run;

	(void)!repo_run_get(v, arena_printf(v->arena, "run-%lld",
	    (long long)(draw() % (uint64_t)nruns)), &run, e);
}

static void
metrics_by(const struct repo_view *v, enum repo_dim dim, struct err *e)
{
	/* Until now, as people ask: its day is not over. */
	int64_t end = start_ms + DAYS * MS_PER_DAY + 12345;
	struct repo_metrics_query q = { .dim = dim, .to_ms = end,
		.from_ms = (end - 60 * MS_PER_DAY) / 60000 * 60000,
		.by_day = dim == DIM_TOTAL };
	struct repo_metrics m;

	(void)!repo_metrics(v, &q, &m, e);
}

static void
read_metrics(const struct repo_view *v, struct err *e)
{
	metrics_by(v, DIM_TOTAL, e);
}

static void
read_models(const struct repo_view *v, struct err *e)
{
	metrics_by(v, DIM_MODEL, e);
}

static void
read_orgs(const struct repo_view *v, struct err *e)
{
	metrics_by(v, DIM_ORG, e);
}

static void
read_users(const struct repo_view *v, struct err *e)
{
	metrics_by(v, DIM_USER, e);
}

/* ---- full text ---- */

/* The query, with words for its digits: 1 frequent ones, 2 of some runs, 3
 * rare ones. */
static void
fill_in(struct buf *b, const char *query, size_t i)
{
	buf_reset(b);
	for (; *query; query++)
		if (*query == '1')
			add_word(b, i);
		else if (*query == '2')
			add_word(b, i * 50 + 20);
		else if (*query == '3')
			add_word(b, i * 400 + 3000);
		else
			buf_add_byte(b, (uint8_t)*query);
}

static void
time_search(const struct repo_view *v, const char *what, const char *query)
{
	double took[20];
	struct repo_search_query q = REPO_SEARCH_INIT;
	struct repo_search found = { 0 };
	struct err e = ERR_INIT;
	struct buf text;

	buf_init(&text, 1000);
	for (size_t i = 0; i < ARRAY_LEN(took); i++) {
		double from;

		fill_in(&text, query, i);
		q.text = buf_str(&text);
		q.filter.limit = 50;
		from = now_ms();
		must(repo_search(v, &q, &found, &e), &e);
		took[i] = now_ms() - from;
		if (i + 1 < ARRAY_LEN(took))
			arena_reset(v->arena);
	}
	qsort(took, ARRAY_LEN(took), sizeof(took[0]), compare);
	printf("search, first 50 of %s: p50 %.1f ms, worst %.1f ms (the last, "
	    "%.*s: %llu runs%s)\n", what, took[ARRAY_LEN(took) / 2],
	    took[ARRAY_LEN(took) - 1], STR_FMT(buf_str(&text)), (unsigned long long)found.total,
	    found.is_partial ? ", partial" : "");
	arena_reset(v->arena);
	buf_fini(&text);
	fflush(stdout);
}

static void
time_searches(const struct repo_view *v)
{
	time_search(v, "a rare word", "3");
	time_search(v, "a word that some runs have", "2");
	time_search(v, "a frequent word", "1");
	time_search(v, "three words, all", "1 2 3");
	time_search(v, "three words, any", "1 OR 2 OR 3");
	time_search(v, "two words that every run has", "please certainly");
	time_search(v, "a frequent phrase", "\"please 1\"");
	time_search(v, "a beginning", "2*");
	time_search(v, "a frequent word in failed runs", "1 status:error");
}

/* From sums that are kept, by bounds, and run by run. */
static void
time_questions(const struct repo_view *v)
{
	static const char *const questions[] = {
		"which tool fails most this month",
		"why did cost rise last week",
		"which users cost the most this month",
		"cost by agent excluding session x this month",
		"the 10 slowest runs this month",
		"runs that cost more than $1 yesterday",
		"failures of agent agent-1 last week",
		"what do people ask about refunds this month" };
	int64_t now = start_ms + DAYS * MS_PER_DAY - 1;
	struct err e = ERR_INIT;
	struct buf out;

	buf_init(&out, 16 << 20);
	for (size_t i = 0; i < ARRAY_LEN(questions); i++) {
		double from = now_ms();

		buf_reset(&out);
		must(api_ask(v, str_from(questions[i]), 0, now, &out, &e),
		    &e);
		printf("asked \"%s\": %.0f ms%s\n", questions[i],
		    now_ms() - from, str_find(buf_str(&out),
		    STR("those since"), 0) == SIZE_MAX ? "" :
		    ", of the latest runs only");
		arena_reset(v->arena);
	}
	buf_fini(&out);
	fflush(stdout);
}

static void
print_memory(void)
{
	char line[200];
	FILE *f = fopen("/proc/self/status", "r");

	while (f && fgets(line, sizeof(line), f))
		if (strncmp(line, "VmRSS", 5) == 0 ||
		    strncmp(line, "VmHWM", 5) == 0)
			printf("memory %s", line);
	if (f)
		fclose(f);
}

int
main(int argc, char **argv)
{
	char path[4096], command[4200];
	struct arena *a = arena_new(1 << 30);
	struct repo_view v = { NULL, { 1, ENV_PROD }, a };
	struct err e = ERR_INIT;
	struct kv *kv;

	if (opts_parse(table, "b_million [options]", argc, argv) < argc)
		opts_die("there are no operands");
	hash_setup();
	snprintf(path, sizeof(path), "%s/b_million.%d", dir, (int)getpid());
	must(kv_rocks_open(use ? use : path, NULL, &kv, &e), &e);
	must(repo_open(kv, &e), &e);
	if (!use)
		build(kv, a);
	print_memory();
	v.snapshot = kv_latest(kv);
	time_insights(kv, a);
	print_memory();
	time_read(&v, "page of 50 runs of an agent", READS, read_page);
	time_read(&v, "run by id", READS, read_run);
	time_read(&v, "two months of metrics by day", READS, read_metrics);
	time_read(&v, "two months of models", READS, read_models);
	time_read(&v, "two months of organisations", 50, read_orgs);
	time_read(&v, "two months of users", 10, read_users);
	time_searches(&v);
	time_questions(&v);
	print_memory();
	kv_close(kv);
	arena_free(a);
	snprintf(command, sizeof(command), "rm -rf '%s'", path);
	return keep_it || use ? 0 : system(command) != 0;
}
