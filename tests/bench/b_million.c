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
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/hash.h"
#include "base/opts.h"
#include "digest/digest.h"
#include "repo/commit.h"
#include "repo/read.h"

enum {
	GROUP = 200, WORDS = 20000, DAYS = 35, USERS = 20000, ORGS = 400,
	PATCHES = 3             /* of a run: itself, a step, a call */
};

/* 2026-10-19, a Monday, 00:00 UTC. */
static const int64_t start_ms = INT64_C(1792368000000);

static int64_t nruns = 1000000;
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

static void
must(int rc, const struct err *e)
{
	if (rc)
		BUG("%s", e->text);
}

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

/* ---- made-up runs: the same ones each time ---- */

static uint64_t state = 88172645463325252u;

static uint64_t
draw(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

static double
uniform(void)
{
	return (double)(draw() >> 11) / 9007199254740992.0;
}

/* 0..n-1, small numbers more often: near to Zipf's law. */
static size_t
zipf(size_t n)
{
	return MIN_OF((size_t)pow((double)n + 1, uniform()) - 1, n - 1);
}

/* Frequent words are short ones; each number is another word. */
static void
add_word(struct buf *b, size_t number)
{
	static const char *const parts[] = { "ba", "ce", "di", "fo", "gu",
		"ha", "je", "ki", "lo", "mu", "na", "pe", "ri", "so", "tu",
		"va" };

	for (number += 16; number; number /= 16)
		buf_add_cstr(b, parts[number % 16]);
}

static struct str
words(struct arena *a, size_t n, const char *first)
{
	struct buf b;
	struct str s;

	buf_init(&b, 1 << 16);
	buf_add_cstr(&b, first);
	for (size_t i = 0; i < n; i++) {
		buf_add_byte(&b, ' ');
		add_word(&b, zipf(WORDS));
	}
	s = arena_str(a, buf_str(&b));
	buf_fini(&b);
	return s;
}

static struct event *events;
static size_t nevents;

static struct event_builder
begin(struct arena *a, enum event_kind kind, struct str run, struct str id,
    int64_t ms)
{
	struct event_builder b;

	event_begin(&b, a, kind, run, id);
	b.event.project = STR("bench");
	b.event.env = ENV_PROD;
	b.event.received_ms = ms + 3000;
	b.event.source = STR("tcc");
	return b;
}

/* Through the wire, as a request would. */
static void
end(struct event_builder *b, struct arena *a)
{
	struct err e = ERR_INIT;
	struct pack_reader r;
	struct event ev;
	struct buf bytes;

	if (!event_end(b, &ev))
		BUG("out of memory");
	buf_init(&bytes, 1 << 20);
	event_encode(&ev, &bytes);
	r = pack_reader(arena_str(a, buf_str(&bytes)));
	buf_fini(&bytes);
	must(event_decode(&r, a, &events[nevents++], &e), &e);
}

static void
add_spans(struct arena *a, struct str id, int64_t ms, int64_t took)
{
	static const char *const models[] = { "gpt-4o-mini", "gpt-4o",
		"claude-sonnet-4", "gemini-2.0-flash" };
	static const char *const tools[] = { "search", "fetch", "lookup",
		"refund", "mail", "calendar", "weather", "sql" };
	struct event_builder b = begin(a, EVENT_SPAN, id, STR("step"), ms);

	event_int(&b, FIELD_SPAN_type, SPAN_GENERATION);
	event_text(&b, FIELD_SPAN_name, STR("chat"));
	event_text(&b, FIELD_SPAN_model_used, str_from(models[zipf(4)]));
	event_int(&b, FIELD_SPAN_input_tokens, 500 + (int64_t)(draw() % 2000));
	event_int(&b, FIELD_SPAN_output_tokens, 50 + (int64_t)(draw() % 200));
	event_int(&b, FIELD_SPAN_start_ns, ms * NS_PER_MS);
	event_int(&b, FIELD_SPAN_end_ns, (ms + took * 2 / 3) * NS_PER_MS);
	end(&b, a);
	b = begin(a, EVENT_SPAN, id, STR("call"), ms);
	event_int(&b, FIELD_SPAN_type, SPAN_TOOL);
	event_text(&b, FIELD_SPAN_name, str_from(tools[zipf(8)]));
	event_int(&b, FIELD_SPAN_status, draw() % 40 ? STATUS_OK :
	    STATUS_ERROR);
	event_int(&b, FIELD_SPAN_start_ns, (ms + took * 2 / 3) * NS_PER_MS);
	event_int(&b, FIELD_SPAN_end_ns, (ms + took) * NS_PER_MS);
	end(&b, a);
}

static void
add_verdict(struct arena *a, struct str id, int64_t ms, bool failed,
    struct str prompt)
{
	static const char *const slugs[] = { "user-frustration",
		"user-confusion", "task-failure-reported", "tool-loop",
		"ungrounded-answer" };
	struct event_builder b = begin(a, EVENT_VERDICT, id, STR("1"), ms);

	event_int(&b, FIELD_VERDICT_version, 1);
	event_int(&b, FIELD_VERDICT_rev, PATCHES);
	end(&b, a);
	if (draw() % 30 == 0) {
		struct str slug = str_from(slugs[zipf(5)]);

		b = begin(a, EVENT_SIGNAL, id, slug, ms);
		event_int(&b, FIELD_SIGNAL_version, 1);
		event_int(&b, FIELD_SIGNAL_rev, PATCHES);
		event_text(&b, FIELD_SIGNAL_slug, slug);
		event_num(&b, FIELD_SIGNAL_score, 0.9);
		event_text(&b, FIELD_SIGNAL_evidence, prompt);
		end(&b, a);
	}
	if (!failed)
		return;
	b = begin(a, EVENT_FAILURE, id, STR("failure"), ms);
	event_int(&b, FIELD_FAILURE_version, 1);
	event_int(&b, FIELD_FAILURE_rev, PATCHES);
	event_text(&b, FIELD_FAILURE_failure_id, arena_printf(a, "f_%zu",
	    zipf(300)));
	event_text(&b, FIELD_FAILURE_entity_type, STR("run"));
	event_text(&b, FIELD_FAILURE_template, words(a, 6, "cannot <*>"));
	event_int(&b, FIELD_FAILURE_time_ns, ms * NS_PER_MS);
	end(&b, a);
}

static void
add_run(struct arena *a, int64_t number)
{
	struct str id = arena_printf(a, "run-%lld", (long long)number);
	int64_t ms = start_ms + (int64_t)((double)number / (double)nruns *
	    DAYS * (double)MS_PER_DAY);
	int64_t took = 200 + (int64_t)(draw() % 3000);
	size_t user = zipf(USERS);
	struct str prompt = words(a, 6 + draw() % 14, "please");
	bool failed = draw() % 25 == 0;
	struct event_builder b = begin(a, EVENT_RUN, id, id, ms);

	event_text(&b, FIELD_RUN_agent, arena_printf(a, "agent-%zu",
	    zipf(12)));
	event_text(&b, FIELD_RUN_user_id, arena_printf(a, "user-%zu", user));
	event_text(&b, FIELD_RUN_org_id, arena_printf(a, "org-%zu",
	    user % ORGS));
	event_text(&b, FIELD_RUN_session_id, arena_printf(a, "session-%lld",
	    (long long)number / 3));
	event_bool(&b, FIELD_RUN_conversational, true);
	event_int(&b, FIELD_RUN_start_ns, ms * NS_PER_MS);
	event_int(&b, FIELD_RUN_end_ns, (ms + took) * NS_PER_MS);
	event_int(&b, FIELD_RUN_status, failed ? STATUS_ERROR : STATUS_OK);
	event_text(&b, FIELD_RUN_user_prompt, prompt);
	event_text(&b, FIELD_RUN_response, words(a, 12 + draw() % 28,
	    "certainly"));
	end(&b, a);
	add_spans(a, id, ms, took);
	add_verdict(a, id, ms, failed, prompt);
}

static bool
cost(void *arg, const struct repo_usage *u, int64_t *pico)
{
	(void)arg;
	*pico = u->input_tokens * 150000 + u->output_tokens * 600000;
	return true;
}

static void
build(struct kv *kv, struct arena *a)
{
	struct repo_pricer pricer = { cost, NULL };
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
			must(repo_commit_events(c, events, nevents, 0, &e),
			    &e);
		}
		must(repo_commit_write(c, false, &e), &e);
		arena_reset(a);
	}
	repo_commit_free(c);
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
	/* Here: the first page of full-text searches. */
	print_memory();
	kv_close(kv);
	arena_free(a);
	snprintf(command, sizeof(command), "rm -rf '%s'", path);
	return keep_it || use ? 0 : system(command) != 0;
}
