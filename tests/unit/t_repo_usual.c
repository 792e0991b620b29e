/* lib/repo: what is usual for an agent. */
#include "repo/usual.h"
#include "repo_gen.h"

static struct arena *arena;
static struct kv *kv;
static struct repo_commit *commit;
static int number;

static void
add_run(int day, int64_t took_ms, double usd, const char *agent)
{
	struct str run = arena_printf(arena, "run%d", number++);
	int64_t start = (GEN_START_MS + day * MS_PER_DAY + number) * NS_PER_MS;
	struct event_builder b;
	struct event ev;

	gen_begin(&b, arena, EVENT_RUN, run, run);
	event_int(&b, FIELD_RUN_start_ns, start);
	event_int(&b, FIELD_RUN_end_ns, start + took_ms * NS_PER_MS);
	event_text(&b, FIELD_RUN_agent, str_from(agent));
	event_num(&b, FIELD_RUN_cost_usd, usd);
	ev = gen_end(&b);
	gen_commit(commit, &ev, 1, 0);
}

static struct detect_usual
usual(int day, const char *agent)
{
	struct repo_view v = { kv_latest(kv), { 1, ENV_PROD }, arena };
	struct detect_usual u;
	struct err e = ERR_INIT;

	if (repo_usual(&v, str_from(agent), GEN_START_MS + day * MS_PER_DAY +
	    MS_PER_HOUR, &u, &e))
		printf("# %s\n", e.text);
	return u;
}

static bool
near(int64_t value, int64_t want)
{
	return value > want - want / 50 && value < want + want / 50;
}

static void
test_usual(void)
{
	struct detect_usual u;

	for (int i = 0; i < 40; i++)
		add_run(i % 4, 1000 + i, i % 2 ? 0.01 : 0, "support");
	u = usual(4, "support");
	ok(u.runs == 40 && u.ended == 40, "four days");
	ok(near(u.p95_us, 1040000), "their 95th percentile");
	is_int(u.mean_cost_pico_usd, INT64_C(5000000000), "and mean cost");
	ok(u.priced == 20 && near(u.p95_cost_pico_usd, INT64_C(10000000000)),
	    "and of those with a cost the 95th percentile");
	is_int(usual(3, "support").runs, 30, "30 runs before that day");
	add_run(3, 90000, 5, "support");
	u = usual(3, "support");
	ok(u.runs == 30 && near(u.p95_us, 1036000) && u.priced == 10,
	    "a run's own day does not change what is usual for it");
	is_int(usual(4, "support").runs, 41, "but for the days after");
	is_int(usual(DETECT_USUAL_DAYS, "support").runs, 41, "14 days later");
	is_int(usual(DETECT_USUAL_DAYS + 1, "support").runs, 31, "15 days");
	is_int(usual(DETECT_USUAL_DAYS + 4, "support").runs, 0, "18 days");
	is_int(usual(4, "other").runs, 0, "another agent");
	is_int(usual(4, "").runs, 0, "no agent");
}

static int64_t
remembered(struct repo_usuals *all, int day, const char *agent,
    enum event_env env, int64_t mono_ms)
{
	struct repo_view v = { kv_latest(kv), { 1, env }, NULL };
	const struct detect_usual *u = NULL;
	struct err e = ERR_INIT;

	if (repo_usuals_get(all, &v, str_from(agent), GEN_START_MS +
	    day * MS_PER_DAY, mono_ms, &u, &e))
		printf("# %s\n", e.text);
	return u->runs;
}

static void
test_remembered(void)
{
	struct repo_usuals *all = repo_usuals_new();

	is_int(remembered(all, 4, "support", ENV_PROD, 10), 41, "read");
	add_run(2, 1000, 0, "support");
	is_int(remembered(all, 4, "support", ENV_PROD, 9 + REPO_USUALS_MS),
	    41, "remembered for a while");
	is_int(remembered(all, 3, "support", ENV_PROD, 11), 31,
	    "another day's is its own");
	is_int(remembered(all, 4, "support", ENV_DEV, 11), 0,
	    "and another environment's");
	is_int(remembered(all, 4, "other", ENV_PROD, 11), 0,
	    "and another agent's");
	is_int(remembered(all, 4, "", ENV_PROD, 11), 0, "no agent");
	is_int(remembered(all, 4, "support", ENV_PROD, 10 + REPO_USUALS_MS),
	    42, "then read again");
	repo_usuals_free(all);
}

int
main(void)
{
	hash_setup();
	arena = arena_new(64 << 20);
	kv = gen_kv();
	commit = repo_commit_new(kv, NULL);
	test_usual();
	test_remembered();
	repo_commit_free(commit);
	kv_close(kv);
	arena_free(arena);
	return tap_done();
}
