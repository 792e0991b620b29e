/* lib/repo: what is usual for an agent, and what is far above it. */
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

static struct repo_usual
usual(int day, const char *agent)
{
	struct repo_view v = { kv_latest(kv), { 1, ENV_PROD }, arena };
	struct repo_usual u;
	struct err e = ERR_INIT;

	if (repo_usual(&v, str_from(agent), GEN_START_MS + day * MS_PER_DAY +
	    MS_PER_HOUR, &u, &e))
		printf("# %s\n", e.text);
	return u;
}

static void
test_usual(void)
{
	struct run_totals t = { .ended = true };
	struct repo_usual u;

	for (int i = 0; i < 40; i++)
		add_run(i % 4, 1000 + i, 0.01, "support");
	u = usual(4, "support");
	ok(u.runs == 40 && u.ended == 40, "four days");
	ok(u.p95_us > 1020000 && u.p95_us < 1060000, "their 95th percentile");
	is_int(u.mean_cost_pico_usd, INT64_C(10000000000), "and cost");
	t.duration_ns = 3000 * NS_PER_MS;
	t.cost_pico_usd = cost_pico_from_usd(0.1);
	ok(!repo_is_slow(&u, &t) && !repo_is_dear(&u, &t), "not far above");
	t.duration_ns = 3300 * NS_PER_MS;
	t.cost_pico_usd = cost_pico_from_usd(0.102);
	ok(repo_is_slow(&u, &t) && repo_is_dear(&u, &t), "far above");
	t.ended = false;
	ok(!repo_is_slow(&u, &t), "one that has not ended is not slow");
	t.ended = true;
	u = usual(3, "support");
	ok(u.runs == 30 && repo_is_slow(&u, &t), "30 runs before that day");
	add_run(3, 90000, 5, "support");
	ok(usual(3, "support").p95_us == u.p95_us,
	    "a run's own day does not change what is usual for it");
	u = usual(2, "support");
	ok(u.runs == 20 && !repo_is_slow(&u, &t) && !repo_is_dear(&u, &t),
	    "too few runs to say");
	is_int(usual(11, "support").runs, 0, "eight days later");
	is_int(usual(4, "other").runs, 0, "another agent");
	is_int(usual(4, "").runs, 0, "no agent");
}

int
main(void)
{
	hash_setup();
	arena = arena_new(64 << 20);
	kv = gen_kv();
	commit = repo_commit_new(kv, NULL);
	test_usual();
	repo_commit_free(commit);
	kv_close(kv);
	arena_free(arena);
	return tap_done();
}
