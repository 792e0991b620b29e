/* lib/repo, writing: whatever comes in whatever groups, the derived records
 * are what the events give. */
#include "repo/work.h"
#include "repo_gen.h"

static struct arena *arena;

static struct repo_view
view_of(struct kv *kv, enum event_env env)
{
	return (struct repo_view){ kv_latest(kv), { 1, env }, arena };
}

static int64_t
rev_of(struct kv *kv, struct str run_id)
{
	struct repo_view v = view_of(kv, ENV_PROD);
	struct err e = ERR_INIT;
	struct run *run;

	return repo_run_head(&v, run_id, &run, &e) ? 0 : (int64_t)run->rev;
}

enum { MESSAGE_MAX = 8 };

/* A request of some patches, or a verdict, maybe an old one. */
static size_t
random_message(struct kv *kv, struct event *out, const struct event *old,
    size_t nold)
{
	size_t n = 1 + gen_random(4);

	if (gen_random(5) == 0) {
		struct str run = gen_name(arena, "run", 12);
		int64_t rev = rev_of(kv, run) - (gen_random(4) == 0);

		return gen_verdict(arena, run, rev, out);
	}
	for (size_t i = 0; i < n; i++)
		out[i] = nold && gen_random(5) == 0 ?
		    old[gen_random((uint32_t)nold)] : gen_patch(arena, 12);
	return n;
}

static void
test_random_streams(void)
{
	bool good = true;

	for (uint32_t seed = 1; seed <= 30 && good; seed++) {
		struct event *all = calloc(2000, sizeof(*all));
		struct kv *kv = gen_kv();
		struct repo_commit *c = repo_commit_new(kv, &gen_pricer);
		struct err e = ERR_INIT;
		size_t n = 0;

		gen_seed = seed;
		for (int group = 0; group < 40; group++) {
			int requests = 1 + (int)gen_random(5);

			repo_commit_begin(c);
			while (requests--) {
				size_t got = random_message(kv, all + n, all,
				    n);
				uint64_t seq = all[n].kind == EVENT_VERDICT ?
				    gen_random(3) : 0;

				if (repo_commit_events(c, all + n, got, seq,
				    &e))
					printf("# events: %s\n", e.text);
				n += got;
			}
			if (repo_commit_write(c, true, &e))
				printf("# write: %s\n", e.text);
		}
		good = gen_verify(kv) && e.code == 0;
		if (!good)
			printf("# seed %u\n", seed);
		repo_commit_free(c);
		kv_close(kv);
		free(all);
		arena_reset(arena);
	}
	ok(good, "30 random streams in random groups verify");
}

/* Each entity gets each field once: then no order of arrival can matter. */
static size_t
disjoint_events(struct event *out)
{
	size_t n = 0;

	for (int r = 0; r < 8; r++) {
		struct str run = arena_printf(arena, "run%d", r);
		struct event_builder b;

		for (int f = 0; f < 3; f++) {
			gen_begin(&b, arena, EVENT_RUN, run, run);
			if (f == 0)
				event_text(&b, FIELD_RUN_session_id,
				    gen_name(arena, "s", 3));
			else if (f == 1)
				event_int(&b, FIELD_RUN_start_ns,
				    gen_time_ns());
			else
				event_text(&b, FIELD_RUN_agent,
				    gen_name(arena, "a", 3));
			out[n++] = gen_end(&b);
		}
		for (int s = 0; s < 12; s++) {
			gen_begin(&b, arena, EVENT_SPAN, run,
			    arena_printf(arena, "span%d", s / 4));
			if (s % 4 == 0)
				event_int(&b, FIELD_SPAN_type, SPAN_TOOL);
			else
				event_int(&b, (unsigned)
				    (FIELD_SPAN_input_tokens + s % 4),
				    gen_random(100));
			out[n++] = gen_end(&b);
		}
	}
	return n;
}

static void
test_any_order(void)
{
	struct event events[200];
	struct kv *first = NULL;
	bool same = true;
	size_t n;

	gen_seed = 77;
	n = disjoint_events(events);
	for (int round = 0; round < 6; round++) {
		struct kv *kv = gen_kv();
		struct repo_commit *c = repo_commit_new(kv, &gen_pricer);

		for (size_t i = n - 1; i > 0 && round; i--) {
			size_t j = gen_random((uint32_t)i + 1);
			struct event t = events[i];

			events[i] = events[j];
			events[j] = t;
		}
		for (size_t i = 0, step; i < n; i += step) {
			step = 1 + gen_random(9);
			step = MIN_OF(step, n - i);
			gen_commit(c, events + i, step, 0);
			/* And again. */
			gen_commit(c, events + i, step, 0);
		}
		repo_commit_free(c);
		same = same && (!first ||
		    (gen_same(first, kv, KV_RUNS) &&
		    gen_same(first, kv, KV_INDEX) &&
		    gen_same(first, kv, KV_ROLLUPS)));
		if (first)
			kv_close(kv);
		else
			first = kv;
	}
	ok(same, "arrival order, groups and repeats leave no trace");
	kv_close(first);
	arena_reset(arena);
}

static void
test_reindex(void)
{
	struct kv *kv = gen_kv(), *copy = kv_memory_new();
	struct repo_commit *c = repo_commit_new(kv, &gen_pricer);
	struct err e = ERR_INIT;
	struct repo_report report;

	gen_seed = 5;
	for (int i = 0; i < 100; i++) {
		struct event events[MESSAGE_MAX];

		gen_commit(c, events, random_message(kv, events, NULL, 0), 0);
	}
	repo_commit_free(c);
	is_int(repo_reindex(kv, &gen_pricer, NULL, NULL, &e), 0, "reindex");
	is_int(repo_verify(kv_latest(kv), &gen_pricer, copy, NULL, NULL,
	    &report, &e), 0, "verify");
	ok(report.differences == 0 && report.runs > 5,
	    "a reindexed store verifies");
	is_int(repo_open(kv, &e), 0, "it opens");
	kv_close(copy);
	kv_close(kv);
	arena_reset(arena);
}

static void
test_verify_sees(void)
{
	struct kv *kv = gen_kv(), *scratch = kv_memory_new();
	struct repo_commit *c = repo_commit_new(kv, &gen_pricer);
	struct kv_batch *b = kv_batch_new(1 << 20);
	struct event events[MESSAGE_MAX];
	struct err e = ERR_INIT;
	struct repo_report report;
	struct layout_key k;

	gen_commit(c, events, random_message(kv, events, NULL, 0), 0);
	repo_commit_free(c);
	rollup_key(&k, (struct repo_scope){ 1, ENV_PROD }, DIM_TOTAL,
	    LEVEL_DAY, 0, STR(""));
	kv_batch_put(b, KV_ROLLUPS, layout_str(&k), STR("\1\2"));
	is_int(kv_write(kv, b, true, &e), 0, "a record that should not be");
	is_int(repo_verify(kv_latest(kv), &gen_pricer, scratch, NULL, NULL,
	    &report, &e), 0, "verify runs");
	is_int(report.differences, 1, "and sees it");
	kv_batch_free(b);
	kv_close(scratch);
	kv_close(kv);
}

/* Requests that are refused leave no trace; their neighbours are stored. */
static void
test_refused(void)
{
	bool good = true;

	for (uint32_t seed = 1; seed <= 20; seed++) {
		struct kv *with = gen_kv(), *without = gen_kv();
		struct repo_commit *a = repo_commit_new(with, &gen_pricer);
		struct repo_commit *b = repo_commit_new(without, &gen_pricer);
		struct err e = ERR_INIT;

		gen_seed = seed;
		for (int group = 0; group < 20; group++) {
			repo_commit_begin(a);
			repo_commit_begin(b);
			for (int i = 0; i < 4; i++) {
				struct event *m = arena_array(arena,
				    MESSAGE_MAX + 1, sizeof(*m));
				struct event_builder bad;
				size_t n = 0;

				while (n < 4)
					m[n++] = gen_patch(arena, 6);
				if (gen_random(2)) {
					good = good && repo_commit_events(a, m,
					    n, 0, &e) == 0;
					good = good && repo_commit_events(b, m,
					    n, 0, &e) == 0;
					continue;
				}
				/* A span of no run, at the end. */
				gen_begin(&bad, arena, EVENT_SPAN, STR(""),
				    STR("x"));
				m[n++] = gen_end(&bad);
				good = good && repo_commit_events(a, m, n, 0,
				    &e) == ERR_INVALID;
				e = (struct err)ERR_INIT;
			}
			good = good && repo_commit_write(a, true, &e) == 0 &&
			    repo_commit_write(b, true, &e) == 0;
		}
		good = good && gen_verify(with) &&
		    gen_same(with, without, KV_RUNS) &&
		    gen_same(with, without, KV_INDEX) &&
		    gen_same(with, without, KV_ROLLUPS);
		repo_commit_free(a);
		repo_commit_free(b);
		kv_close(with);
		kv_close(without);
		arena_reset(arena);
	}
	ok(good, "a refused request leaves no trace");
}

/* The nth operation fails: nothing is half done, and trying again works. */
static void
test_failing(enum kv_memory_op op)
{
	struct kv *kv = gen_kv(), *other = gen_kv();
	struct repo_commit *c = repo_commit_new(kv, &gen_pricer);
	struct repo_commit *d = repo_commit_new(other, &gen_pricer);
	int failures = 0;

	gen_seed = 9;
	for (int group = 0; group < 60; group++) {
		struct event events[MESSAGE_MAX];
		size_t n = random_message(other, events, NULL, 0);
		bool failed = true;

		gen_commit(d, events, n, 0);
		for (unsigned nth = 1; failed; nth++) {
			struct err e = ERR_INIT;

			kv_memory_fail(kv, op, nth, ERR_IO);
			repo_commit_begin(c);
			if (repo_commit_events(c, events, n, 0, &e) == 0 &&
			    repo_commit_write(c, true, &e) == 0)
				e.code = 0;
			failed = kv_memory_has_failed(kv);
			failures += failed;
			if (failed != (e.code == ERR_IO))
				printf("# failed %d, code %d: %s\n", failed,
				    e.code, e.text);
		}
		kv_memory_fail(kv, op, 0, 0);
	}
	ok(failures > 30 && gen_verify(kv), "%d failures of %s", failures,
	    op == KV_MEMORY_WRITE ? "writes" : "reads");
	ok(gen_same(kv, other, KV_RUNS) && gen_same(kv, other, KV_INDEX) &&
	    gen_same(kv, other, KV_ROLLUPS) && gen_same(kv, other, KV_STATE),
	    "the same is stored as without failures");
	repo_commit_free(c);
	repo_commit_free(d);
	kv_close(kv);
	kv_close(other);
	arena_reset(arena);
}

static struct event
named(const char *run, const char *name, int64_t order)
{
	struct event_builder b;
	struct event ev;

	gen_begin(&b, arena, EVENT_RUN, str_from(run), str_from(run));
	event_text(&b, FIELD_RUN_name, str_from(name));
	b.event.order = order;
	if (!event_end(&b, &ev))
		exit(1);
	return gen_decoded(arena, &ev);
}

/* A request that cannot be taken out again breaks the group: nobody else is
 * to blame. */
static void
test_broken(void)
{
	struct kv *kv = gen_kv();
	struct repo_commit *c = repo_commit_new(kv, &gen_pricer);
	struct event first = named("r", "first", 10);
	struct event older = named("r", "older", 5);
	struct event bad[2] = { named("r", "other", 20), named("", "x", 0) };
	struct err e = ERR_INIT;

	is_int(gen_commit(c, &first, 1, 0), 0, "a run");
	repo_commit_begin(c);
	is_int(repo_commit_events(c, &older, 1, 0, &e), 0, "folded anew");
	kv_memory_fail(kv, KV_MEMORY_READ, 1, ERR_IO);
	is_int(repo_commit_events(c, bad, 2, 0, &e), ERR_INVALID, "no run id");
	ok(kv_memory_has_failed(kv), "cannot be taken out");
	is_int(repo_commit_events(c, &first, 1, 0, &e), ERR_AGAIN, "over");
	is_int(repo_commit_write(c, true, &e), ERR_AGAIN, "to be sent again");
	is_int(gen_commit(c, &older, 1, 0), 0, "which works");
	ok(gen_verify(kv), "and nothing is left of the other");
	repo_commit_free(c);
	kv_close(kv);
}

int
main(void)
{
	hash_setup();
	arena = arena_new(1 << 30);
	test_random_streams();
	test_any_order();
	test_reindex();
	test_verify_sees();
	test_refused();
	test_broken();
	test_failing(KV_MEMORY_WRITE);
	test_failing(KV_MEMORY_READ);
	arena_free(arena);
	return tap_done();
}
