/*
 * What a span costs in lib/repo on RocksDB: CPU of decoding and committing,
 * bytes on disk, and the time of common reads.
 *
 *	b_repo [--runs N] [--gap MS] [--dir DIR]
 *
 * Runs are like those of tests/bench/load.c: ten spans with attributes, five
 * runs a request, groups of some requests, written without sync (the disk is
 * not what is measured).
 */
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/hash.h"
#include "base/opts.h"
#include "repo/commit.h"
#include "repo/read.h"
#include "repo/verify.h"

enum { SPANS = 10, RUNS_IN_REQUEST = 5 };

static int64_t nruns = 20000, nrequests = 20, gap_ms = 2;
static const char *dir = "/tmp";

static const struct opt table[] = {
	{ "runs", 'n', OPT_INT, &nruns, 10, 100000000, "N", "runs to write" },
	{ "requests", 'r', OPT_INT, &nrequests, 1, 1000, "N",
	    "requests in a group" },
	{ "gap", 'g', OPT_INT, &gap_ms, 0, 1000000, "MS",
	    "between the starts of two runs" },
	{ "dir", 'd', OPT_TEXT, &dir, 0, 0, "DIR",
	    "where to put the database" },
	{ 0 }
};

static const int64_t start_ns = INT64_C(1795334013008) * 1000000;

static double
cpu_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static struct str
hex_id(struct arena *a, size_t n)
{
	uint8_t bytes[16];
	char hex[33];

	hash_random(bytes, n);
	hex_encode(bytes, n, hex);
	return arena_str(a, str_from(hex));
}

static void
attribute(struct event_builder *b, const char *key, struct str value)
{
	event_keyed(b, FIELD_SPAN_attributes, str_from(key),
	    (struct value){ .type = VALUE_TEXT, .s = value });
}

static void
begin(struct event_builder *b, struct arena *a, enum event_kind kind,
    struct str run, struct str id, int64_t at_ns)
{
	event_begin(b, a, kind, run, id);
	b->event.project = STR("bench");
	b->event.env = ENV_PROD;
	b->event.received_ms = at_ns / 1000000 + 2000;
	b->event.source = STR("otlp");
}

static void
end(struct event_builder *b, struct buf *out)
{
	struct event ev;

	if (!event_end(b, &ev))
		BUG("out of memory");
	event_encode(&ev, out);
}

static void
add_span(struct arena *a, struct buf *out, struct str run, struct str parent,
    int i, int64_t at_ns)
{
	static const char *const tools[] = { "search", "fetch", "lookup",
		"refund", "mail" };
	struct event_builder b;
	int64_t from = at_ns + i * 150000000;

	begin(&b, a, EVENT_SPAN, run, hex_id(a, 8), at_ns);
	event_text(&b, FIELD_SPAN_parent_id, parent);
	event_int(&b, FIELD_SPAN_start_ns, from + rand() % 1000000);
	event_int(&b, FIELD_SPAN_end_ns, from + 50000000 +
	    rand() % 100000000);
	if (i % 2) {
		event_int(&b, FIELD_SPAN_type, SPAN_GENERATION);
		event_text(&b, FIELD_SPAN_name, STR("chat gpt-4o-mini"));
		event_text(&b, FIELD_SPAN_provider, STR("openai"));
		event_text(&b, FIELD_SPAN_model_requested,
		    STR("gpt-4o-mini"));
		event_text(&b, FIELD_SPAN_model_used,
		    STR("gpt-4o-mini-2024-07-18"));
		event_int(&b, FIELD_SPAN_input_tokens, 500 + rand() % 2000);
		event_int(&b, FIELD_SPAN_output_tokens, 50 + rand() % 200);
	} else {
		event_int(&b, FIELD_SPAN_type, SPAN_TOOL);
		event_text(&b, FIELD_SPAN_name, str_from(tools[i / 2]));
		event_int(&b, FIELD_SPAN_status, STATUS_OK);
	}
	attribute(&b, "service.name", STR("shop"));
	attribute(&b, "deployment.region", STR("eu-central-1"));
	attribute(&b, "app.version", STR("2026.11.3"));
	attribute(&b, "thread.id", arena_printf(a, "%d", rand() % 16));
	attribute(&b, "request.id", arena_printf(a, "req-%d", rand() % 99999));
	end(&b, out);
}

static void
add_run(struct arena *a, struct buf *out, int64_t number)
{
	int64_t at_ns = start_ns + number * gap_ms * 1000000;
	struct str run = hex_id(a, 16), root = hex_id(a, 8);
	struct event_builder b;

	begin(&b, a, EVENT_RUN, run, run, at_ns);
	event_text(&b, FIELD_RUN_agent, number % 3 ? STR("support") :
	    STR("billing"));
	event_text(&b, FIELD_RUN_user_id, arena_printf(a, "user-%d",
	    rand() % 1000));
	event_text(&b, FIELD_RUN_session_id, arena_printf(a, "session-%lld",
	    (long long)number / 4));
	event_bool(&b, FIELD_RUN_conversational, true);
	event_int(&b, FIELD_RUN_start_ns, at_ns);
	event_int(&b, FIELD_RUN_end_ns, at_ns + 1500000000);
	event_int(&b, FIELD_RUN_status, number % 20 ? STATUS_OK :
	    STATUS_ERROR);
	event_text(&b, FIELD_RUN_user_prompt, STR("Where is my order?"));
	event_text(&b, FIELD_RUN_response, STR("It is on its way."));
	end(&b, out);
	for (int i = 0; i < SPANS; i++)
		add_span(a, out, run, root, i, at_ns);
}

static bool
cost(void *arg, const struct repo_usage *u, int64_t *pico)
{
	(void)arg;
	*pico = u->input_tokens * 150000 + u->output_tokens * 600000;
	return true;
}

static void
must(int rc, const struct err *e)
{
	if (rc)
		BUG("%s", e->text);
}

static double decode_us, commit_us, write_us;

static void
write_group(struct repo_commit *c, struct arena *a, int64_t *done)
{
	struct err e = ERR_INIT;
	struct event *events;
	struct buf bytes;
	double t;

	repo_commit_begin(c);
	for (int64_t r = 0; r < nrequests && *done < nruns; r++) {
		struct pack_reader reader;
		size_t n = 0;

		buf_init(&bytes, 16 << 20);
		for (int i = 0; i < RUNS_IN_REQUEST; i++)
			add_run(a, &bytes, (*done)++);
		reader = pack_reader(arena_str(a, buf_str(&bytes)));
		buf_fini(&bytes);
		events = arena_array(a, RUNS_IN_REQUEST * (SPANS + 1),
		    sizeof(*events));
		t = cpu_us();
		while (pack_left(&reader))
			must(event_decode(&reader, a, &events[n++], &e), &e);
		decode_us += cpu_us() - t;
		t = cpu_us();
		must(repo_commit_events(c, events, n, 0, &e), &e);
		commit_us += cpu_us() - t;
	}
	t = cpu_us();
	must(repo_commit_write(c, false, &e), &e);
	write_us += cpu_us() - t;
	arena_reset(a);
}

static void
time_reads(struct kv *kv, struct arena *a)
{
	struct repo_view v = { kv_latest(kv), { 1, ENV_PROD }, a };
	struct repo_filter f = REPO_FILTER_INIT;
	struct repo_metrics_query q = { .to_ms = INT64_MAX,
		.dim = DIM_MODEL };
	struct repo_metrics m;
	struct repo_sessions sessions;
	struct repo_runs runs;
	struct run *run;
	struct err e = ERR_INIT;
	enum { N = 200 };
	double t[5];

	f.agent = STR("support");
	t[0] = cpu_us();
	for (int i = 0; i < N; i++) {
		must(repo_runs_list(&v, &f, &runs, &e), &e);
		arena_reset(a);
	}
	t[1] = cpu_us();
	must(repo_runs_list(&v, &f, &runs, &e), &e);
	for (int i = 0; i < N; i++)
		must(repo_run_get(&v, runs.v[i % 50].run->base.id, &run, &e),
		    &e);
	arena_reset(a);
	t[2] = cpu_us();
	/* All of it, but for the first and the last run. */
	q.from_ms = start_ns / 1000000 + 1;
	q.to_ms = start_ns / 1000000 + (nruns - 1) * gap_ms;
	for (int i = 0; i < N; i++) {
		must(repo_metrics(&v, &q, &m, &e), &e);
		arena_reset(a);
	}
	t[3] = cpu_us();
	f.agent = STR_NULL;
	for (int i = 0; i < N; i++) {
		must(repo_sessions_list(&v, &f, &sessions, &e), &e);
		arena_reset(a);
	}
	t[4] = cpu_us();
	printf("read: page of 50 by agent %.0f us, run %.0f us, metrics by "
	    "model %.0f us, page of 50 sessions %.0f us\n",
	    (t[1] - t[0]) / N, (t[2] - t[1]) / N, (t[3] - t[2]) / N,
	    (t[4] - t[3]) / N);
}

static void
time_rebuild(struct kv *kv, const struct repo_pricer *pricer, double spans)
{
	struct kv *scratch = kv_memory_new();
	struct repo_report report;
	struct err e = ERR_INIT;
	double t[3];

	t[0] = cpu_us();
	must(repo_reindex(kv, pricer, NULL, NULL, &e), &e);
	t[1] = cpu_us();
	must(repo_verify(kv_latest(kv), pricer, scratch, NULL, NULL, &report,
	    &e), &e);
	t[2] = cpu_us();
	printf("reindex: %.2f us per span; verify: %.2f us per span, "
	    "%llu records, %llu differences\n", (t[1] - t[0]) / spans,
	    (t[2] - t[1]) / spans, (unsigned long long)report.records,
	    (unsigned long long)report.differences);
	if (report.differences)
		BUG("a rebuilt store differs");
	kv_close(scratch);
}

int
main(int argc, char **argv)
{
	struct repo_pricer pricer = { cost, NULL };
	char path[4096], command[4200];
	struct arena *a = arena_new(1 << 30);
	struct repo_commit *c;
	struct kv_stats stats;
	struct err e = ERR_INIT;
	struct kv *kv;
	double all, spans;
	int64_t done = 0;

	if (opts_parse(table, "b_repo [options]", argc, argv) < argc)
		opts_die("there are no operands");
	hash_setup();
	snprintf(path, sizeof(path), "%s/b_repo.%d", dir, (int)getpid());
	must(kv_rocks_open(path, NULL, &kv, &e), &e);
	must(repo_open(kv, &e), &e);
	c = repo_commit_new(kv, &pricer);
	all = cpu_us();
	while (done < nruns)
		write_group(c, a, &done);
	repo_commit_free(c);
	spans = (double)done * SPANS;
	printf("write: %.0f spans; CPU per span: decode %.2f us, apply %.2f "
	    "us, write %.2f us (group of %lld spans)\n", spans,
	    decode_us / spans, commit_us / spans, write_us / spans,
	    (long long)(nrequests * RUNS_IN_REQUEST * SPANS));
	must(kv_compact(kv, &e), &e);
	all = cpu_us() - all;
	must(kv_stats(kv, &stats, &e), &e);
	printf("disk: %.1f bytes per span after compaction (CPU with making "
	    "the load and compacting: %.2f us per span)\n",
	    (double)stats.disk_bytes / spans, all / spans);
	time_reads(kv, a);
	time_rebuild(kv, &pricer, spans);
	kv_close(kv);
	arena_free(a);
	snprintf(command, sizeof(command), "rm -rf '%s'", path);
	return system(command) != 0;
}
