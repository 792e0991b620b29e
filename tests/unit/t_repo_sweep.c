/* lib/repo, abandoned sessions: whatever comes late, is sent again, moved or
 * judged when, and whatever is lost on the way, in the end each conversation
 * that was left alone counts once, and no other does. */
#include <stdlib.h>

#include "detect/detect.h"
#include "repo/sweep.h"
#include "repo/work.h"
#include "repo_gen.h"

enum {
	RUNS = 24,
	SESSIONS = 4,
	FLIGHTS = 12,
	EVENTS_MAX = 16,
	STEPS = 160
};

struct flight {
	struct event events[EVENTS_MAX];
	size_t n;
	uint64_t seq;
};

struct world {
	struct kv *kv;
	struct repo_commit *commit;
	struct detector *detector;
	int64_t now_ms;
	bool is_open;           /* a group is being filled */
	size_t runs;            /* that were sent */
	struct event sent[STEPS * 2];
	size_t nsent;
	struct flight flights[FLIGHTS];
	size_t nflights;
};

static const struct repo_scope scope = { 1, ENV_PROD };
static struct arena *arena, *heads;
static struct err e = ERR_INIT;

/* ---- what happens ---- */

static void
group_write(struct world *w)
{
	if (w->is_open && repo_commit_write(w->commit, true, &e))
		BUG("%s", e.text);
	w->is_open = false;
}

static void
commit(struct world *w, const struct event *events, size_t n, uint64_t seq)
{
	struct event *copy = arena_array(arena, n, sizeof(*copy));

	memcpy(copy, events, n * sizeof(*copy));
	if (!w->is_open) {
		repo_commit_begin(w->commit);
		repo_commit_now(w->commit, w->now_ms);
	}
	w->is_open = true;
	if (repo_commit_events(w->commit, copy, n, seq, &e))
		BUG("%s", e.text);
	if (gen_random(3))
		group_write(w);
}

static void
say(struct event_builder *b)
{
	static const char *const prompts[] = { "Where is my order?",
		"This is useless, you broke it again!!!", "Thanks." };
	static const char *const answers[] = { "On its way.",
		"I'm sorry, but I cannot help with that request.", "" };

	event_text(b, FIELD_RUN_user_prompt, str_from(
	    prompts[gen_random(ARRAY_LEN(prompts))]));
	event_text(b, FIELD_RUN_response, str_from(
	    answers[gen_random(ARRAY_LEN(answers))]));
	event_int(b, FIELD_RUN_status, gen_random(4) ? STATUS_OK :
	    STATUS_ERROR);
}

/* When a turn began that comes in now: mostly just so. */
static int64_t
begun_ms(const struct world *w)
{
	switch (gen_random(4)) {
	case 0: return w->now_ms - gen_random(60 * 3600) * MS_PER_SECOND;
	case 1: return w->now_ms - gen_random(7200) * MS_PER_SECOND;
	default: return w->now_ms - gen_random(60) * MS_PER_SECOND;
	}
}

static void
place(struct world *w, struct event_builder *b)
{
	int64_t start = begun_ms(w);

	event_int(b, FIELD_RUN_start_ns, start * NS_PER_MS);
	event_int(b, FIELD_RUN_end_ns, (start + 1000) * NS_PER_MS);
}

/* A new turn, more about an old one, or the same again. */
static void
send(struct world *w)
{
	struct event *at = &w->sent[w->nsent];
	uint32_t what = gen_random(8);
	struct event_builder b;
	struct str run;

	if (what == 0 && w->nsent) {
		commit(w, &w->sent[gen_random((uint32_t)w->nsent)], 1, 0);
		return;
	}
	if (what < 3 && w->runs) {
		run = gen_name(arena, "run", (uint32_t)w->runs);
		gen_begin(&b, arena, EVENT_RUN, run, run);
		if (what == 1)
			say(&b);
		else if (gen_random(2))
			place(w, &b);
		else
			event_text(&b, FIELD_RUN_session_id, gen_name(arena,
			    "s", SESSIONS));
	} else {
		if (w->runs == RUNS)
			return;
		run = arena_printf(arena, "run%zu", w->runs++);
		gen_begin(&b, arena, EVENT_RUN, run, run);
		event_text(&b, FIELD_RUN_session_id, gen_name(arena, "s",
		    SESSIONS));
		event_bool(&b, FIELD_RUN_conversational, gen_random(5) > 0);
		place(w, &b);
		say(&b);
	}
	b.event.received_ms = GEN_START_MS;
	*at = gen_end(&b);
	w->nsent++;
	commit(w, at, 1, 0);
}

/* Takes the verdict on its way; true if there was work. */
static bool
lease(struct world *w)
{
	struct detect_input in = { .now_ms = w->now_ms };
	struct repo_work work[8], *pick;
	struct detect_verdict v;
	struct repo_bundle b;
	struct flight *f;
	struct event *copy;
	struct run *run;
	size_t n;

	group_write(w);
	if (repo_work_scan(kv_latest(w->kv), 0, work, 8, &n, &e))
		BUG("%s", e.text);
	if (n == 0 || w->nflights == FLIGHTS)
		return n > 0;
	pick = &work[gen_random((uint32_t)n)];
	if (repo_work_load(kv_latest(w->kv), pick, arena, &b, &e) ||
	    repo_work_next(kv_latest(w->kv), pick, w->now_ms, &b, &e))
		BUG("%s", e.text);
	copy = arena_array(arena, b.nevents, sizeof(*copy));
	memcpy(copy, b.events, b.nevents * sizeof(*copy));
	if (run_fold(copy, b.nevents, b.run_id, arena, &run, &e))
		BUG("%s", e.text);
	run->rev = b.rev;
	in.run = run;
	in.earlier = (const struct run *const *)b.earlier;
	in.n_earlier = b.nearlier;
	in.next_ms = b.next_ms;
	f = &w->flights[w->nflights++];
	f->seq = in.pass = pick->seq;
	if (detect_run(w->detector, &in, arena, &v, &e) || v.n > EVENTS_MAX)
		BUG("%s", e.text);
	f->n = v.n;
	for (size_t i = 0; i < v.n; i++) {
		v.events[i].project = b.project;
		v.events[i].env = ENV_PROD;
		v.events[i].received_ms = GEN_START_MS;
		f->events[i] = gen_decoded(arena, &v.events[i]);
	}
	return true;
}

static void
deliver(struct world *w, bool last)
{
	size_t i;

	if (w->nflights == 0)
		return;
	i = gen_random((uint32_t)w->nflights);
	commit(w, w->flights[i].events, w->flights[i].n, w->flights[i].seq);
	if (last || gen_random(3))
		w->flights[i] = w->flights[--w->nflights];
}

/* A portion; sometimes the power fails before it is written. */
static bool
sweep(struct world *w, bool surely)
{
	struct repo_sweep s;

	group_write(w);
	if (repo_sweep_open(kv_latest(w->kv), scope, &s, &e) ||
	    repo_sweep_next(kv_latest(w->kv), w->now_ms, heads, &s, &e))
		BUG("%s", e.text);
	if (s.seen == 0 || (!surely && gen_random(3) == 0))
		return s.seen > 0;
	repo_commit_begin(w->commit);
	if (repo_commit_sweep(w->commit, &s, &e) ||
	    repo_commit_write(w->commit, false, &e))
		BUG("%s", e.text);
	return !s.is_done;
}

static void
step(struct world *w)
{
	switch (gen_random(8)) {
	case 0:
	case 1: send(w); break;
	case 2: lease(w); break;
	case 3: deliver(w, false); break;
	case 4: sweep(w, false); break;
	case 5: w->now_ms += gen_random(9 * 3600) * MS_PER_SECOND; break;
	case 6: w->now_ms += gen_random(60) * MS_PER_SECOND; break;
	default:
		/* The clock is set. */
		if (gen_random(8) == 0)
			w->now_ms -= gen_random(20 * 60) * MS_PER_SECOND;
		break;
	}
}

static void
drain(struct world *w)
{
	while (w->nflights)
		deliver(w, true);
	while (sweep(w, true))
		continue;
	while (lease(w)) {
		deliver(w, true);
		group_write(w);
	}
	group_write(w);
}

/* ---- what should be ---- */

struct turns {
	struct run *v[RUNS];
	int64_t ms[RUNS];
	size_t n;
	struct kv *kv;
};

static int
add_turn(void *arg, const struct repo_run_row *row, struct err *err)
{
	struct turns *t = arg;
	struct repo_view v = { kv_latest(t->kv), scope, arena };

	t->ms[t->n] = row->start_ms;
	return repo_run_head(&v, row->run->base.id, &t->v[t->n++], err);
}

static bool
is_left_alone(const struct turns *t, size_t i)
{
	const struct run *run = t->v[i];

	if (!run->conversational || !run->session_id.n || !detect_bad_end(run))
		return false;
	for (size_t j = 0; j < t->n; j++) {
		bool later = t->ms[j] > t->ms[i] || (t->ms[j] == t->ms[i] &&
		    j > i);

		if (later && str_eq(t->v[j]->session_id, run->session_id) &&
		    t->ms[j] - t->ms[i] < DETECT_ABANDONED_MS)
			return false;
	}
	return true;
}

static bool
is_right(struct world *w, int64_t *found)
{
	struct repo_view v = { kv_latest(w->kv), scope, arena };
	struct turns t = { .kv = w->kv };
	int64_t want = 0, listed = 0;
	struct repo_patterns p;
	struct repo_runs runs;
	bool good = true;

	if (repo_runs_each(&v, 0, INT64_MAX, add_turn, &t, &e))
		BUG("%s", e.text);
	for (size_t i = 0; i < t.n; i++) {
		bool left = is_left_alone(&t, i);

		want += left;
		if (left == repo_run_is_abandoned(t.v[i]))
			continue;
		good = false;
		printf("# %.*s of %.*s should be %s\n",
		    STR_FMT(t.v[i]->base.id), STR_FMT(t.v[i]->session_id),
		    left ? "abandoned" : "not abandoned");
	}
	if (repo_patterns_list(&v, 0, INT64_MAX, false, &p, &e) ||
	    repo_pattern_runs(&v, STR("abandoned-session"), 0, INT64_MAX, 200,
	    0, &runs, &e))
		BUG("%s", e.text);
	for (size_t i = 0; i < p.m.n; i++)
		if (str_is(p.m.v[i].name, "abandoned-session"))
			listed = p.m.v[i].sum.c[COUNT_RUNS];
	*found += want;
	if (listed == want && (int64_t)runs.n == want)
		return good;
	printf("# %lld counted, %zu listed, of %lld\n", (long long)listed,
	    runs.n, (long long)want);
	return false;
}

static bool
play(uint32_t seed, int64_t *found)
{
	struct world *w = calloc(1, sizeof(*w));
	bool good;

	gen_seed = seed;
	w->kv = gen_kv();
	w->commit = repo_commit_new(w->kv, NULL);
	w->detector = detector_new();
	w->now_ms = GEN_START_MS;
	for (int i = 0; i < STEPS; i++)
		step(w);
	w->now_ms += 30 * MS_PER_HOUR;
	drain(w);
	good = is_right(w, found) && gen_verify(w->kv);
	/* Another month changes nothing more. */
	w->now_ms += 30 * MS_PER_DAY;
	drain(w);
	good = good && is_right(w, found);
	detector_free(w->detector);
	repo_commit_free(w->commit);
	kv_close(w->kv);
	free(w);
	arena_reset(arena);
	return good;
}

static void
test_clock_set_back(void)
{
	struct kv *kv = gen_kv();
	struct repo_commit *c = repo_commit_new(kv, NULL);
	struct event_builder b;
	struct event ev;
	struct repo_sweep s;

	gen_begin(&b, arena, EVENT_RUN, STR("r"), STR("r"));
	event_text(&b, FIELD_RUN_session_id, STR("s"));
	event_bool(&b, FIELD_RUN_conversational, true);
	event_int(&b, FIELD_RUN_start_ns, GEN_START_MS * NS_PER_MS);
	event_int(&b, FIELD_RUN_status, STATUS_ERROR);
	ev = gen_end(&b);
	gen_commit(c, &ev, 1, 0);
	ok(repo_sweep_open(kv_latest(kv), scope, &s, &e) == 0 && !s.has_last,
	    "a walk begins");
	ok(repo_sweep_next(kv_latest(kv), GEN_START_MS +
	    DETECT_ABANDONED_WAIT_MS - 1, heads, &s, &e) == 0 &&
	    s.seen == 0 && s.is_done && !s.has_last, "not yet");
	ok(repo_sweep_next(kv_latest(kv), GEN_START_MS +
	    DETECT_ABANDONED_WAIT_MS, heads, &s, &e) == 0 && s.seen == 1 &&
	    s.n == 1 && s.has_last, "its time has come");
	repo_commit_begin(c);
	ok(repo_commit_sweep(c, &s, &e) == 0 &&
	    repo_commit_write(c, false, &e) == 0, "the place is kept");
	ok(repo_sweep_open(kv_latest(kv), scope, &s, &e) == 0 &&
	    s.last_ms == GEN_START_MS, "and read back");
	ok(repo_sweep_next(kv_latest(kv), GEN_START_MS + MS_PER_DAY * 365,
	    heads, &s, &e) == 0 && s.seen == 0, "each passes once");
	ok(repo_sweep_next(kv_latest(kv), GEN_START_MS, heads, &s, &e) == 0 &&
	    s.seen == 0, "the clock is set back");
	ok(repo_sweep_next(kv_latest(kv), GEN_START_MS +
	    DETECT_ABANDONED_WAIT_MS, heads, &s, &e) == 0 && s.seen == 1,
	    "so that its time comes again");
	repo_commit_free(c);
	kv_close(kv);
}

static void
test_damaged(void)
{
	struct arena *small = arena_new(64);
	struct kv *kv = gen_kv();
	struct repo_commit *c = repo_commit_new(kv, NULL);
	struct event_builder b;
	struct repo_work work;
	struct repo_sweep s;
	struct event ev;
	size_t n;

	gen_begin(&b, arena, EVENT_RUN, STR("r"), STR("r"));
	event_text(&b, FIELD_RUN_session_id, STR("s"));
	event_bool(&b, FIELD_RUN_conversational, true);
	event_int(&b, FIELD_RUN_start_ns, GEN_START_MS * NS_PER_MS);
	ev = gen_end(&b);
	gen_commit(c, &ev, 1, 0);
	gen_begin(&b, arena, EVENT_VERDICT, STR("r"), STR("1"));
	event_int(&b, FIELD_VERDICT_version, 1);
	event_int(&b, FIELD_VERDICT_rev, 1);
	ev = gen_end(&b);
	ok(repo_work_scan(kv_latest(kv), 0, &work, 1, &n, &e) == 0 && n == 1,
	    "queued");
	gen_commit(c, &ev, 1, work.seq);
	ok(repo_sweep_open(kv_latest(kv), scope, &s, &e) == 0 &&
	    repo_sweep_next(kv_latest(kv), GEN_START_MS + MS_PER_DAY * 9,
	    heads, &s, &e) == 0 && s.seen == 1 && s.n == 0, "a good end");
	ok(repo_sweep_open(kv_latest(kv), scope, &s, &e) == 0 &&
	    repo_sweep_next(kv_latest(kv), GEN_START_MS + MS_PER_DAY * 9,
	    small, &s, &e) == 0 && s.seen == 1 && s.n == 1 && e.code == 0,
	    "one that cannot be read is left to its lease");
	repo_commit_free(c);
	kv_close(kv);
	arena_free(small);
}

int
main(void)
{
	int64_t found = 0;

	hash_setup();
	arena = arena_new(512 << 20);
	heads = arena_new(1 << 20);
	test_clock_set_back();
	test_damaged();
	for (uint32_t seed = 1; seed <= 120; seed++)
		ok(play(seed, &found), "story %u", seed);
	ok(found > 200, "%lld were abandoned", (long long)found);
	arena_free(arena);
	arena_free(heads);
	return tap_done();
}
