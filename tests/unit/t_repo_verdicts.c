/* lib/repo, verdicts: whatever is updated, sent again, judged by whom, and
 * in whatever order verdicts arrive, each run counts once for what its last
 * verdict says. */
#include <inttypes.h>

#include "base/map.h"
#include "repo/work.h"
#include "repo_gen.h"

enum {
	RUNS = 10,
	SLUGS = 5,
	FAILURES = 4,
	FLIGHTS = 40,           /* verdicts under way */
	STEPS = 250,
	EVENTS_MAX = 1 + SLUGS + 2 * FAILURES
};

struct flight {
	struct event events[EVENTS_MAX];
	size_t n;
	uint64_t seq;
};

struct world {
	struct kv *kv;
	struct repo_commit *commit;
	bool is_open;           /* a group is being filled */
	struct event sent[STEPS * 3];
	size_t nsent;
	struct flight flights[FLIGHTS];
	size_t nflights;
};

static struct arena *arena;

/* ---- a classifier ---- */

static uint64_t
mix(uint64_t h, struct str s)
{
	return (h ^ hash64(s)) * UINT64_C(0x9e3779b97f4a7c15) + 1;
}

/* What the classifier looks at: the run, its session, its own version. */
static uint64_t
gist(const struct repo_bundle *b, const struct run *run, int64_t version)
{
	uint64_t h = (uint64_t)version;

	h = mix(h, run->base.id);
	h = mix(h, run->user_prompt);
	h = mix(h, run->response) + (uint64_t)run->status;
	for (size_t i = 0; i < b->nearlier; i++)
		h = mix(h, b->earlier[i]->user_prompt);
	return h;
}

static bool
has_slug(uint64_t h, int i)
{
	return (h >> (8 + 2 * i) & 3) == 0;
}

/* How often a failure occurs: 0 to 2. */
static int
times(uint64_t h, int i)
{
	return (int)(h >> (24 + 2 * i) & 3) % 3;
}

static struct run *
fold(const struct repo_bundle *b)
{
	struct event *copy = arena_array(arena, b->nevents, sizeof(*copy));
	struct err e = ERR_INIT;
	struct run *run = NULL;

	memcpy(copy, b->events, b->nevents * sizeof(*copy));
	if (run_fold(copy, b->nevents, b->run_id, arena, &run, &e))
		BUG("%s", e.text);
	return run;
}

static void
begin(struct event_builder *b, const struct repo_work *w,
    const struct repo_bundle *bundle, enum event_kind kind, struct str id)
{
	gen_begin(b, arena, kind, bundle->run_id, id);
	b->event.project = bundle->project;
	b->event.env = w->scope.env;
	b->event.order = verdict_order(bundle->rev, w->seq);
}

static void
classify(const struct repo_work *w, const struct repo_bundle *b,
    int64_t version, struct flight *f)
{
	const struct run *run = fold(b);
	uint64_t h = gist(b, run, version);
	int64_t rev = (int64_t)b->rev, pass = (int64_t)w->seq;
	struct event_builder eb;
	struct run_totals t;

	run_totals(run, &t);
	*f = (struct flight){ .seq = w->seq };
	begin(&eb, w, b, EVENT_VERDICT,
	    arena_printf(arena, "%d", (int)version));
	event_int(&eb, FIELD_VERDICT_version, version);
	event_int(&eb, FIELD_VERDICT_rev, rev);
	event_int(&eb, FIELD_VERDICT_pass, pass);
	f->events[f->n++] = gen_end(&eb);
	for (int i = 0; i < SLUGS; i++) {
		if (!has_slug(h, i))
			continue;
		begin(&eb, w, b, EVENT_SIGNAL, arena_printf(arena, "%d/s%d",
		    (int)version, i));
		event_int(&eb, FIELD_SIGNAL_version, version);
		event_int(&eb, FIELD_SIGNAL_rev, rev);
		event_int(&eb, FIELD_SIGNAL_pass, pass);
		event_text(&eb, FIELD_SIGNAL_slug,
		    arena_printf(arena, "s%d", i));
		event_num(&eb, FIELD_SIGNAL_score, 0.9);
		f->events[f->n++] = gen_end(&eb);
	}
	for (int i = 0; i < FAILURES * 2; i++) {
		if (i % 2 >= times(h, i / 2))
			continue;
		begin(&eb, w, b, EVENT_FAILURE, arena_printf(arena, "%d/f%d",
		    (int)version, i));
		event_int(&eb, FIELD_FAILURE_version, version);
		event_int(&eb, FIELD_FAILURE_rev, rev);
		event_int(&eb, FIELD_FAILURE_pass, pass);
		event_text(&eb, FIELD_FAILURE_failure_id,
		    arena_printf(arena, "f_%d", i / 2));
		event_text(&eb, FIELD_FAILURE_entity_type, STR("run"));
		event_text(&eb, FIELD_FAILURE_template,
		    arena_printf(arena, "bad %d", i / 2));
		event_int(&eb, FIELD_FAILURE_time_ns, t.start_ns);
		f->events[f->n++] = gen_end(&eb);
	}
}

/* ---- what happens to the store ---- */

static void
group_write(struct world *w)
{
	struct err e = ERR_INIT;

	if (w->is_open && repo_commit_write(w->commit, true, &e))
		BUG("%s", e.text);
	w->is_open = false;
}

static void
group_open(struct world *w)
{
	if (!w->is_open)
		repo_commit_begin(w->commit);
	w->is_open = true;
}

static void
commit(struct world *w, const struct event *events, size_t n, uint64_t seq)
{
	/* The group borrows them until it is written. */
	struct event *copy = arena_array(arena, n, sizeof(*copy));
	struct err e = ERR_INIT;

	memcpy(copy, events, n * sizeof(*copy));
	group_open(w);
	if (repo_commit_events(w->commit, copy, n, seq, &e))
		BUG("%s", e.text);
	if (gen_random(3) == 0)
		group_write(w);
}

/* Something new, or the same once more. */
static void
send(struct world *w)
{
	size_t n = 1 + gen_random(2);
	struct event *at = &w->sent[w->nsent];

	if (w->nsent && gen_random(5) == 0) {
		commit(w, &w->sent[gen_random((uint32_t)w->nsent)], 1, 0);
		return;
	}
	for (size_t i = 0; i < n; i++)
		at[i] = gen_patch(arena, RUNS);
	w->nsent += n;
	commit(w, at, n, 0);
}

/* A worker takes any of the first entries, even one that another has. */
static bool
lease(struct world *w, int64_t version)
{
	struct repo_work work[8], *pick;
	struct repo_bundle b;
	struct err e = ERR_INIT;
	size_t n;

	group_write(w);
	if (repo_work_scan(kv_latest(w->kv), 0, work, 8, &n, &e))
		BUG("%s", e.text);
	if (n == 0 || w->nflights == FLIGHTS)
		return n > 0;
	pick = &work[gen_random((uint32_t)n)];
	if (repo_work_load(kv_latest(w->kv), pick, arena, &b, &e))
		BUG("%s", e.text);
	classify(pick, &b, version, &w->flights[w->nflights++]);
	return true;
}

/* Any verdict under way arrives, maybe not for the last time. */
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

static const struct repo_scope scopes[] = {
	{ 1, ENV_PROD }, { 1, ENV_DEV }, { 2, ENV_PROD }, { 2, ENV_DEV }
};

static int64_t
again(struct world *w, int64_t version)
{
	struct err e = ERR_INIT;
	int64_t queued = 0;

	group_write(w);
	for (size_t i = 0; i < ARRAY_LEN(scopes); i++) {
		struct repo_again q = { .scope = scopes[i],
			.to_ms = INT64_MAX, .version = version };

		while (!q.is_done) {
			group_open(w);
			if (repo_commit_again(w->commit, &q, &e))
				BUG("%s", e.text);
			group_write(w);
		}
		queued += q.queued;
	}
	return queued;
}

static void
drain(struct world *w, int64_t version)
{
	while (lease(w, version)) {
		deliver(w, true);
		group_write(w);
	}
}

/* ---- what should be counted ---- */

struct counts {
	int64_t slugs[SLUGS];
	int64_t events[FAILURES], runs[FAILURES];
};

struct oracle {
	struct world *w;
	struct repo_scope scope;
	int64_t version;
	struct counts c;
	int64_t flagged;
};

static int
count_run(void *arg, const struct repo_run_row *row, struct err *e)
{
	struct oracle *o = arg;
	struct repo_work w = { .scope = o->scope,
		.rid = hash128(row->run->base.id) };
	struct repo_bundle b;
	uint64_t h;
	bool any = false;

	if (repo_work_load(kv_latest(o->w->kv), &w, arena, &b, e))
		return e->code;
	h = gist(&b, fold(&b), o->version);
	for (int i = 0; i < SLUGS; i++) {
		o->c.slugs[i] += has_slug(h, i);
		any = any || has_slug(h, i);
	}
	o->flagged += any;
	for (int i = 0; i < FAILURES; i++) {
		o->c.events[i] += times(h, i);
		o->c.runs[i] += times(h, i) > 0;
	}
	return 0;
}

/* What the rollups say. */
static bool
read_counts(const struct repo_view *v, struct counts *c, int64_t *flagged)
{
	struct repo_failure_query q = { .to_ms = INT64_MAX, .status = -1,
		.limit = 100 };
	struct repo_patterns p;
	struct repo_failures f;
	struct err e = ERR_INIT;

	*c = (struct counts){ .slugs = { 0 } };
	if (repo_patterns_list(v, 0, INT64_MAX, false, &p, &e) ||
	    repo_failures_list(v, &q, &f, &e)) {
		printf("# %s\n", e.text);
		return false;
	}
	for (size_t i = 0; i < p.m.n; i++)
		c->slugs[p.m.v[i].name.p[1] - '0'] =
		    p.m.v[i].sum.c[COUNT_RUNS];
	for (size_t i = 0; i < f.n; i++) {
		int at = f.v[i].failure_id.p[2] - '0';

		c->events[at] = f.v[i].events;
		c->runs[at] = f.v[i].runs;
		if (f.v[i].events != f.v[i].total_events ||
		    f.v[i].runs != f.v[i].total_runs)
			return false;
	}
	*flagged = p.flagged_runs;
	return true;
}

/* Rollups and lists say what the classifier says about each run. */
static bool
counts_match(struct world *w, int64_t version)
{
	bool good = true;

	for (size_t i = 0; i < ARRAY_LEN(scopes) && good; i++) {
		struct repo_view v = { kv_latest(w->kv), scopes[i], arena };
		struct oracle o = { .w = w, .scope = scopes[i],
			.version = version };
		struct counts got;
		int64_t flagged = 0;
		struct err e = ERR_INIT;

		if (repo_runs_each(&v, 0, INT64_MAX, count_run, &o, &e))
			BUG("%s", e.text);
		good = read_counts(&v, &got, &flagged) &&
		    memcmp(&got, &o.c, sizeof(got)) == 0 &&
		    flagged == o.flagged;
		for (int j = 0; j < SLUGS && good; j++) {
			struct repo_runs runs;

			good = repo_pattern_runs(&v,
			    arena_printf(arena, "s%d", j), 0, INT64_MAX, 200,
			    0, &runs, &e) == 0 &&
			    (int64_t)runs.n == o.c.slugs[j];
		}
		for (int j = 0; j < SLUGS && !good; j++)
			printf("# %u/%d s%d: %" PRId64 ", not %" PRId64 "\n",
			    scopes[i].project, scopes[i].env, j, got.slugs[j],
			    o.c.slugs[j]);
	}
	return good;
}

/* Late verdicts, then the rest of the work; then all is as version says. */
static bool
ends_well(struct world *w, int64_t version)
{
	while (w->nflights)
		deliver(w, true);
	/* An old worker may have taken what was meant for the new one. */
	if (version > 1)
		(void)again(w, version);
	drain(w, version);
	if (!counts_match(w, version) || !gen_verify(w->kv))
		return false;
	if (again(w, version) == 0)
		return true;
	printf("# work is left\n");
	return false;
}

/* Two versions: later in the story the new one joins the old one. */
static bool
play(uint32_t seed, bool two)
{
	struct world *w = calloc(1, sizeof(*w));
	bool good;

	gen_seed = seed;
	w->kv = gen_kv();
	w->commit = repo_commit_new(w->kv, &gen_pricer);
	for (int i = 0; i < STEPS; i++) {
		uint32_t what = gen_random(10);
		bool late = two && i > STEPS / 2;

		if (what < 4)
			send(w);
		else if (what < 7)
			(void)lease(w, late && gen_random(2) ? 2 : 1);
		else if (what < 9 || !late)
			deliver(w, false);
		else
			(void)again(w, 2);
	}
	good = ends_well(w, two ? 2 : 1);
	if (good && again(w, 3) == 0) {
		printf("# a newer version finds nothing to do\n");
		good = false;
	}
	drain(w, 3);
	good = good && counts_match(w, 3) && gen_verify(w->kv);
	repo_commit_free(w->commit);
	kv_close(w->kv);
	free(w);
	arena_reset(arena);
	return good;
}

static void
test_interleavings(void)
{
	uint32_t seed = 0;
	bool good = true;

	while (good && seed < 40)
		good = play(++seed, false) && play(seed, true);
	ok(good, "80 interleavings of updates, repeats and verdicts (seed %u)",
	    seed);
}

int
main(void)
{
	hash_setup();
	arena = arena_new(1 << 30);
	test_interleavings();
	arena_free(arena);
	return tap_done();
}
