/* lib/repo: a failure's life is decided by when things happened, not by when
 * they were heard of. */
#include "repo_gen.h"

enum { OCCURRENCES = 6, ROUNDS = 60 };

static struct arena *arena;

static int64_t
at(int64_t minute)
{
	return GEN_START_MS + minute * MS_PER_MINUTE;
}

/* A run that fails at the minute, with its verdict. */
static size_t
failing(int number, int64_t minute, struct event *out)
{
	struct str run = arena_printf(arena, "run%d", number);
	struct event_builder b;
	size_t n = 0;

	gen_begin(&b, arena, EVENT_RUN, run, run);
	event_int(&b, FIELD_RUN_start_ns, at(minute) * NS_PER_MS);
	event_int(&b, FIELD_RUN_status, STATUS_ERROR);
	out[n++] = gen_end(&b);
	gen_begin(&b, arena, EVENT_VERDICT, run, STR("1"));
	b.event.order = verdict_order(1, 0);
	event_int(&b, FIELD_VERDICT_version, 1);
	event_int(&b, FIELD_VERDICT_rev, 1);
	out[n++] = gen_end(&b);
	gen_begin(&b, arena, EVENT_FAILURE, run, STR("1/f_x/"));
	b.event.order = verdict_order(1, 0);
	event_int(&b, FIELD_FAILURE_version, 1);
	event_int(&b, FIELD_FAILURE_rev, 1);
	event_text(&b, FIELD_FAILURE_failure_id, STR("f_x"));
	event_text(&b, FIELD_FAILURE_entity_type, STR("run"));
	event_text(&b, FIELD_FAILURE_template, STR("bad <*>"));
	event_int(&b, FIELD_FAILURE_time_ns, at(minute) * NS_PER_MS);
	out[n++] = gen_end(&b);
	return n;
}

static struct event
change(const char *status, int64_t minute)
{
	struct event_builder b;

	gen_begin(&b, arena, EVENT_FAILURE_CHANGE, STR(""), STR("f_x"));
	b.event.order = at(minute);
	event_text(&b, FIELD_FAILURE_CHANGE_status, str_from(status));
	event_text(&b, FIELD_FAILURE_CHANGE_resolved_in, STR("v2"));
	event_int(&b, FIELD_FAILURE_CHANGE_time_ns, at(minute) * NS_PER_MS);
	return gen_end(&b);
}

static bool
read_failure(struct kv *kv, struct repo_failure *out)
{
	struct repo_view v = { kv_latest(kv), { 1, ENV_PROD }, arena };
	struct repo_failure_query q = { .to_ms = INT64_MAX, .status = -1,
		.limit = 10 };
	struct repo_failures list;
	struct err e = ERR_INIT;

	if (repo_failures_list(&v, &q, &list, &e) || list.n != 1)
		return false;
	*out = list.v[0];
	return true;
}

/* Occurrences at random minutes, a resolution at minute 50, in any order. */
static bool
one_round(const char *status)
{
	struct kv *kv = gen_kv();
	struct repo_commit *c = repo_commit_new(kv, NULL);
	bool resolved = strcmp(status, "resolved") == 0, good;
	int64_t minute[OCCURRENCES], first = 0, last = 0;
	int order[OCCURRENCES + 1], later = 0, worst = -1;
	struct repo_failure f;

	for (int i = 0; i <= OCCURRENCES; i++) {
		int j = (int)gen_random((uint32_t)i + 1);

		order[i] = order[j];
		order[j] = i;
	}
	for (int i = 0; i < OCCURRENCES; i++) {
		minute[i] = gen_random(100) * 2 / (1 + gen_random(2)) + i;
		if (minute[i] == 50)
			minute[i]++;
		first = i && first < minute[i] ? first : minute[i];
		last = MAX_OF(last, minute[i]);
		if (minute[i] <= 50)
			continue;
		later++;
		if (worst < 0 || minute[i] < minute[worst])
			worst = i;
	}
	for (int i = 0; i <= OCCURRENCES; i++) {
		struct event ev[3];
		size_t n = 1;

		if (order[i] == OCCURRENCES)
			ev[0] = change(status, 50);
		else
			n = failing(order[i], minute[order[i]], ev);
		gen_commit(c, ev, n, 0);
		if (gen_random(2))
			gen_commit(c, ev, n, 0);
	}
	good = read_failure(kv, &f) && f.events == OCCURRENCES &&
	    f.first_seen_ms == at(first) && f.last_seen_ms == at(last) &&
	    f.changed_ms == at(50) && f.is_regressed == (resolved && later);
	if (good && f.is_regressed)
		good = f.status == FAILURE_ACTIVE &&
		    f.regressed_events == later && (minute[worst] ==
		    (f.regressed_ms - GEN_START_MS) / MS_PER_MINUTE);
	else if (good)
		good = str_is(str_from(status),
		    repo_failure_status_name(f.status)) &&
		    f.regressed_events == 0 && f.regressed_ms == 0 &&
		    !f.regressed_run.p;
	good = good && gen_verify(kv);
	repo_commit_free(c);
	kv_close(kv);
	return good;
}

static void
test_any_order(void)
{
	bool good = true;

	for (uint32_t seed = 1; seed <= ROUNDS && good; seed++) {
		gen_seed = seed;
		good = one_round(seed % 3 ? "resolved" : "ignored");
		if (!good)
			printf("# seed %u\n", seed);
		arena_reset(arena);
	}
	ok(good, "%d lives in any order of arrival", ROUNDS);
}

/* What the words mean, step by step. */
static void
test_life(void)
{
	struct kv *kv = gen_kv();
	struct repo_commit *c = repo_commit_new(kv, NULL);
	struct repo_failure f = { .status = FAILURE_IGNORED };
	struct event ev[3];

	gen_commit(c, ev, failing(1, 10, ev), 0);
	ok(read_failure(kv, &f) && f.status == FAILURE_ACTIVE &&
	    !f.is_regressed, "active");
	ev[0] = change("resolved", 20);
	gen_commit(c, ev, 1, 0);
	ok(read_failure(kv, &f) && f.status == FAILURE_RESOLVED &&
	    str_is(f.resolved_in, "v2"), "resolved");
	gen_commit(c, ev, failing(2, 15, ev), 0);
	ok(read_failure(kv, &f) && f.status == FAILURE_RESOLVED &&
	    !f.is_regressed && f.events == 2, "late data from before");
	gen_commit(c, ev, failing(4, 40, ev), 0);
	gen_commit(c, ev, failing(3, 30, ev), 0);
	ok(read_failure(kv, &f) && f.status == FAILURE_ACTIVE &&
	    f.is_regressed && f.regressed_events == 2 &&
	    f.regressed_ms == at(30) && str_is(f.regressed_run, "run3"),
	    "regressed, with the first bad run");
	ev[0] = change("resolved", 45);
	gen_commit(c, ev, 1, 0);
	ok(read_failure(kv, &f) && f.status == FAILURE_RESOLVED &&
	    !f.is_regressed && f.regressed_events == 0, "resolved again");
	ev[0] = change("ignored", 50);
	gen_commit(c, ev, 1, 0);
	gen_commit(c, ev, failing(5, 60, ev), 0);
	ok(read_failure(kv, &f) && f.status == FAILURE_IGNORED &&
	    !f.is_regressed && f.events == 5, "ignored stays ignored");
	ev[0] = change("resolved", 47);
	gen_commit(c, ev, 1, 0);
	ok(read_failure(kv, &f) && f.status == FAILURE_IGNORED,
	    "an older change does not replace a newer one");
	ev[0] = change("active", 70);
	gen_commit(c, ev, 1, 0);
	ok(read_failure(kv, &f) && f.status == FAILURE_ACTIVE &&
	    !f.is_regressed, "reopened by hand is not regressed");
	repo_commit_free(c);
	kv_close(kv);
}

int
main(void)
{
	hash_setup();
	arena = arena_new(256 << 20);
	test_life();
	test_any_order();
	arena_free(arena);
	return tap_done();
}
