/*
 * Questions over random runs: what is added up from rollups and what is
 * counted run by run are the same; the best of all runs, not of the latest;
 * a walk that the deadline cuts says so; whatever is asked, and whatever
 * fails, the answer is JSON.
 */
#include "api_help.h"
#include "ask/ask.h"
#include "base/mem.h"

static struct api_fixture f;

static int
ask(const char *question)
{
	char *body = mem_printf("{\"query\":\"%s\"}", question);
	int status = api_send(&f, HTTP_POST, "/v1/insight-search", f.read,
	    body);

	free(body);
	return status;
}

static char *
kept_at(const char *path)
{
	return mem_printf("%s", api_at(&f, path));
}

static void
store_random(void)
{
	for (int i = 0; i < 400; i++) {
		struct event ev = gen_patch(f.arena, 60);

		gen_commit(f.commit, &ev, 1, 0);
	}
}

/* A name that nobody has, taken out, makes the same figures be counted run by
 * run: no rollup has both. */
static void
test_both_ways(void)
{
	static const char *const measures[] = { "cost", "errors",
		"error rate", "tokens", "latency", "average latency", "p99",
		"input tokens", "thumbs down" };
	static const char *const dims[] = { "agent", "user", "customer",
		"model", "tool" };
	static const char *const times[] = { "of all time", "this week",
		"since Wednesday", "yesterday at 3pm" };
	int checked = 0, rows = 0;

	for (size_t m = 0; m < ARRAY_LEN(measures); m++)
		for (size_t d = 0; d < ARRAY_LEN(dims) * 4; d++) {
			const char *dim = dims[d / 4], *t = times[d % 4];
			char q[200];
			char *one, *two;

			snprintf(q, sizeof(q), "%s by %s %s", measures[m], dim,
			    t);
			if (ask(q) != 200)
				printf("# %s: %d\n", q, f.response.status);
			one = kept_at("data/table");
			snprintf(q, sizeof(q), "%s by %s excluding session "
			    "zz-99 %s", measures[m], dim, t);
			if (ask(q) != 200)
				printf("# %s: %d\n", q, f.response.status);
			two = kept_at("data/table");
			if (strcmp(one, two) != 0)
				printf("# %s\n# %.600s\n# %.600s\n", q, one,
				    two);
			checked += strcmp(one, two) == 0;
			rows += strstr(one, "\"rows\":[[") != NULL;
			free(one);
			free(two);
		}
	is_int(checked, ARRAY_LEN(measures) * ARRAY_LEN(dims) * 4,
	    "rollups and runs say the same");
	ok(rows > 60, "and say something: %d", rows);
}

/* Totals of a name and of all others are those of all. */
static void
test_rest_of(void)
{
	static const char *const names[][2] = { { "agent", "a1" },
		{ "user", "u1" } };
	char q[200];
	double all, one, rest;

	ask("how many runs of all time");
	all = strtod(api_at(&f, "data/table/rows/0/1"), NULL);
	ok(all > 20, "there are runs");
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		ask(i ? "users by runs of all time" :
		    "agents by runs of all time");
		one = strtod(api_at(&f, "data/table/rows/0/1"), NULL);
		snprintf(q, sizeof(q), "how many runs excluding %s %.*s of "
		    "all time", names[i][0],
		    (int)strlen(api_at(&f, "data/table/rows/0/0")) - 2,
		    api_at(&f, "data/table/rows/0/0") + 1);
		ask(q);
		rest = strtod(api_at(&f, "data/table/rows/0/1"), NULL);
		is_int((int64_t)(one + rest), (int64_t)all, "%s", q);
	}
}

static void
test_best(void)
{
	struct err e = ERR_INIT;
	struct repo_view v = { kv_latest(f.kv), { 1, ENV_PROD }, f.arena };
	struct repo_filter filter = REPO_FILTER_INIT;
	struct repo_runs runs;
	double best = 0, longest = 0;
	int64_t dearest = 0;

	filter.limit = REPO_LIMIT_MAX;
	if (repo_runs_list(&v, &filter, &runs, &e))
		printf("# %s\n", e.text);
	for (size_t i = 0; i < runs.n; i++)
		if (runs.v[i].start_ms <= API_NOW_MS) {
			const struct run_totals *t = &runs.v[i].totals;

			best = MAX_OF(best, (double)t->total_tokens);
			longest = MAX_OF(longest,
			    (double)t->duration_ns / 1e6);
			dearest = MAX_OF(dearest, t->cost_pico_usd);
		}
	ask("2 runs with the most tokens of all time");
	ok(strcmp(api_at(&f, "data/table/rows/2"), "(none)") == 0,
	    "as many as were asked for");
	ok(strtod(api_at(&f, "data/table/rows/0/7"), NULL) >= best,
	    "the one with the most");
	ask("the slowest runs of all time");
	ok(longest > 0 && strtod(api_at(&f, "data/table/rows/0/5"), NULL) >=
	    longest * 0.999999, "the slowest");
	ask("3 most expensive runs of all time");
	ok(dearest > 0 && strtod(api_at(&f, "data/table/rows/0/6"), NULL) >=
	    cost_usd_from_pico(dearest) * 0.999999, "the dearest");
}

static void
test_days(void)
{
	double all, sum = 0;
	char path[60];

	ask("errors per day in the last 6 days");
	for (int i = 0; i < 8; i++) {
		snprintf(path, sizeof(path), "data/table/rows/%d/2", i);
		sum += strtod(api_at(&f, path), NULL);
	}
	ask("errors in the last 6 days in total");
	all = strtod(api_at(&f, "data/table/rows/0/1"), NULL);
	is_int((int64_t)sum, (int64_t)all, "days add up");
	ask("runs per hour of all time");
	ok(strstr(api_at(&f, "data/answer"), "is not split"),
	    "too many hours are said to be");
}

/* With no time at all, the latest slice of runs is counted, and said to be. */
static void
test_cut(void)
{
	const struct api_options o = { .kv = f.kv, .ask_ms = -1,
	    .now_ms = api_fixture_now };
	struct api *kept = f.api;
	long long n = 0, runs = 0;
	const char *since;
	char path[60];

	for (int i = 0; i < 25000; i++) {
		struct event_builder b;
		struct event ev;
		struct str id = arena_printf(f.arena, "many%d", i);

		gen_begin(&b, f.arena, EVENT_RUN, id, id);
		event_text(&b, FIELD_RUN_agent, gen_name(f.arena, "agent", 3));
		event_int(&b, FIELD_RUN_start_ns, (API_NOW_MS - i *
		    INT64_C(5000)) * 1000000);
		ev = gen_end(&b);
		gen_commit(f.commit, &ev, 1, 0);
	}
	f.api = api_new(&o);
	is_int(ask("agents by runs excluding session zz-99 this week"), 200,
	    "many runs");
	since = strstr(api_at(&f, "data/answer"), "over the latest ");
	ok(since && strstr(since, "those since 2026-11-2"),
	    "what was counted is said: %s", api_at(&f, "data/answer"));
	if (since)
		n = strtoll(since + 16, NULL, 10);
	for (int i = 0; i < 4; i++) {
		snprintf(path, sizeof(path), "data/table/rows/%d/1", i);
		runs += strtoll(api_at(&f, path), NULL, 10);
	}
	ok(n > 1000 && n < 20000 && runs <= n && runs > n - 100,
	    "%lld of the latest %lld runs have an agent", runs, n);
	api_free(f.api);
	f.api = kept;
	ask("agents by runs excluding session zz-99 this week");
	ok(!strstr(api_at(&f, "data/answer"), "over the latest"),
	    "with time, all of them");
}

/* Examples, and every word of them left out in turn. */
static void
test_all_examples(void)
{
	int bad = 0, failed = 0;

	for (size_t i = 0; ask_example(i); i++) {
		struct err e = ERR_INIT;

		if (ask(ask_example(i)) != 200 ||
		    json_check(api_body(&f), 0, &e)) {
			printf("# %s: %d %.*s\n", ask_example(i),
			    f.response.status, STR_FMT(api_body(&f)));
			bad++;
		}
		for (unsigned n = 1; n < 60; n++) {
			kv_memory_fail(f.kv, KV_MEMORY_READ, n, ERR_AGAIN);
			if (ask(ask_example(i)) == 503)
				failed++;
			else if (kv_memory_has_failed(f.kv))
				bad++;
			if (!kv_memory_has_failed(f.kv))
				break;
		}
		kv_memory_fail(f.kv, KV_MEMORY_READ, 0, 0);
	}
	is_int(bad, 0, "examples are answered");
	ok(failed > 100, "each failing read gives 503: %d", failed);
}

int
main(void)
{
	api_fixture_init(&f);
	ask("how many runs");
	ok(strstr(api_at(&f, "data/answer"), "There were no runs"),
	    "of nothing");
	store_random();
	test_both_ways();
	test_rest_of();
	test_best();
	test_days();
	test_all_examples();
	test_cut();
	api_fixture_fini(&f);
	return tap_done();
}
