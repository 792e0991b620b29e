/* lib/repo, custom patterns: whatever is defined, switched, deleted and
 * back-filled, and however late verdicts arrive, in the end each run counts
 * once for just the patterns that it shows. */
#include "detect/detect.h"
#include "repo/custom.h"
#include "repo/work.h"
#include "repo_gen.h"

enum { RUNS = 12, WORDS = 4, SLUGS = 3, FLIGHTS = 8, STEPS = 150, EVENTS = 64 };

static const char *const words[WORDS] = { "refund", "cancel", "lost", "hello" };

struct flight {
	struct event events[EVENTS];
	size_t n;
	uint64_t seq;
};

struct world {
	struct kv *kv;
	struct repo_commit *commit;
	struct detector *detector;
	int64_t now_ms;
	struct flight flights[FLIGHTS];
	size_t nflights;
};

static struct arena *arena;
static struct err e;

static struct repo_view
view_of(struct world *w)
{
	return (struct repo_view){ kv_latest(w->kv), { 1, ENV_PROD }, arena };
}

static void
send_run(struct world *w)
{
	struct event_builder b;
	struct str id = gen_name(arena, "run", RUNS);
	struct event ev;

	gen_begin(&b, arena, EVENT_RUN, id, id);
	event_int(&b, FIELD_RUN_start_ns, gen_time_ns());
	event_bool(&b, FIELD_RUN_conversational, gen_random(5) != 0);
	event_text(&b, FIELD_RUN_user_prompt, arena_printf(arena,
	    "%s and %s", words[gen_random(WORDS)], words[gen_random(WORDS)]));
	ev = gen_end(&b);
	gen_commit(w->commit, &ev, 1, 0);
}

/* Makes, switches, changes or deletes one of the patterns. */
static void
change_pattern(struct world *w)
{
	struct repo_custom_change by = { STR("demo"), STR("test"),
		w->now_ms += gen_random(2) };
	struct repo_view v = view_of(w);
	struct str slug = arena_printf(arena, "p%u", gen_random(SLUGS)), field;
	struct custom_def def = CUSTOM_DEF_INIT;
	const char *word = words[gen_random(WORDS)];
	struct pack_reader r;
	struct event ev;
	struct buf out;
	int rc;

	e = (struct err)ERR_INIT;
	buf_init(&out, 1 << 20);
	switch (gen_random(4)) {
	case 0:
		def.name = def.slug = slug;
		def.phrases[0] = str_from(word);
		def.n_phrases = 1;
		def.enabled = gen_random(2);
		rc = repo_custom_create(&v, &def, &by, &out, &field, &e);
		break;
	case 1:
		rc = repo_custom_delete(&v, slug, &by, &out, &e);
		break;
	case 2:
		rc = repo_custom_change(&v, slug, arena_printf(arena,
		    "{\"phrases\":[\"%s\"]}", word), &by, &out, &field, &e);
		break;
	default:
		rc = repo_custom_change(&v, slug, gen_random(3) ?
		    STR("{\"enabled\":true}") : STR("{\"enabled\":false}"),
		    &by, &out, &field, &e);
		break;
	}
	if (rc == 0) {
		r = pack_reader(arena_str(arena, buf_str(&out)));
		if (event_decode(&r, arena, &ev, &e))
			BUG("%s", e.text);
		gen_commit(w->commit, &ev, 1, 0);
	}
	buf_fini(&out);
}

static struct custom_set *
patterns_now(struct world *w)
{
	struct repo_view v = view_of(w);
	struct custom_set *set;
	size_t refused;

	if (repo_custom_set(&v, &set, &refused, &e) || refused)
		BUG("%s", e.text);
	return set;
}

/* Takes the run's verdict on its way; true if there was work. */
static bool
take_off(struct world *w)
{
	struct custom_set *set;
	struct repo_bundle b;
	struct detect_verdict v;
	struct detect_input in = { .pass = 0 };
	struct repo_work work[RUNS];
	struct flight *f;
	struct event *copy;
	struct run *run;
	size_t n, i;

	if (repo_work_scan(kv_latest(w->kv), 0, work, RUNS, &n, &e))
		BUG("%s", e.text);
	if (n == 0 || w->nflights == FLIGHTS)
		return false;
	i = gen_random((uint32_t)n);
	f = &w->flights[w->nflights++];
	if (repo_work_load(kv_latest(w->kv), &work[i], arena, &b, &e))
		BUG("%s", e.text);
	copy = arena_array(arena, b.nevents, sizeof(*copy));
	memcpy(copy, b.events, b.nevents * sizeof(*copy));
	if (run_fold(copy, b.nevents, b.run_id, arena, &run, &e))
		BUG("%s", e.text);
	run->rev = b.rev;
	in.run = run;
	in.pass = f->seq = work[i].seq;
	set = patterns_now(w);
	detector_use(w->detector, set);
	if (detect_run(w->detector, &in, arena, &v, &e))
		BUG("%s", e.text);
	f->n = 0;
	for (i = 0; i < v.n && i < EVENTS; i++) {
		v.events[i].project = b.project;
		v.events[i].env = ENV_PROD;
		v.events[i].received_ms = w->now_ms;
		f->events[f->n++] = gen_decoded(arena, &v.events[i]);
	}
	detector_use(w->detector, NULL);
	custom_set_free(set);
	return true;
}

/* A verdict arrives; some arrive twice. */
static void
land(struct world *w)
{
	size_t i;

	if (!w->nflights)
		return;
	i = gen_random((uint32_t)w->nflights);
	gen_commit(w->commit, w->flights[i].events, w->flights[i].n,
	    w->flights[i].seq);
	if (gen_random(5))
		w->flights[i] = w->flights[--w->nflights];
}

static int64_t
back_fill(struct world *w)
{
	struct repo_view v = view_of(w);
	struct repo_again q = { .scope = v.scope,
		.to_ms = LAYOUT_TIME_MAX_MS };
	struct repo_customs all;

	if (repo_custom_list(&v, &all, &e))
		BUG("%s", e.text);
	q.patterns = all.generation;
	repo_commit_begin(w->commit);
	if (repo_commit_again(w->commit, &q, &e) ||
	    repo_commit_write(w->commit, true, &e))
		BUG("%s", e.text);
	return q.queued;
}

static void
settle(struct world *w)
{
	do {
		while (take_off(w) || w->nflights)
			land(w);
	} while (back_fill(w) > 0);
}

struct expected {
	struct world *w;
	int64_t count[SLUGS];
	bool good;
};

/* What the run shows by itself, and what its head says. */
static int
expect_run(void *arg, const struct repo_run_row *row, struct err *err)
{
	struct expected *x = arg;
	struct repo_view v = view_of(x->w);
	struct repo_customs all;

	if (repo_custom_list(&v, &all, err))
		return err->code;
	for (size_t i = 0; i < all.n; i++) {
		struct custom_def def;
		bool shows = false, says = false;

		if (all.v[i].is_enabled && row->run->conversational) {
			if (repo_custom_def(&v, &all.v[i], &def, err))
				return err->code;
			shows = str_find(row->run->user_prompt,
			    def.phrases[0], 0) != SIZE_MAX;
		}
		for (size_t j = 0; j < run_count(row->run, EVENT_SIGNAL); j++) {
			const struct signal_hit *s = run_signal(row->run, j);

			says |= run_signal_is_current(row->run, s) &&
			    str_eq(s->slug, all.v[i].slug) &&
			    s->revision == all.v[i].revision;
		}
		x->good &= shows == says;
		x->count[all.v[i].slug.p[1] - '0'] += shows;
	}
	return 0;
}

static bool
counts_are_right(struct world *w)
{
	struct expected x = { .w = w, .good = true };
	struct repo_view v = view_of(w);
	struct repo_patterns p;

	if (repo_runs_each(&v, 0, LAYOUT_TIME_MAX_MS, expect_run, &x, &e) ||
	    repo_patterns_list(&v, 0, LAYOUT_TIME_MAX_MS, false, &p, &e))
		BUG("%s", e.text);
	for (int i = 0; i < SLUGS; i++) {
		struct str slug = arena_printf(arena, "p%d", i);
		int64_t got = 0;

		for (size_t j = 0; j < p.m.n; j++)
			if (str_eq(p.m.v[j].name, slug))
				got = p.m.v[j].sum.c[COUNT_RUNS];
		if (got != x.count[i])
			printf("# %s: counted %lld, shown by %lld\n", slug.p,
			    (long long)got, (long long)x.count[i]);
		x.good &= got == x.count[i];
	}
	return x.good;
}

static bool
live(uint32_t seed)
{
	struct world *w = calloc(1, sizeof(*w));
	bool good;

	gen_seed = seed;
	w->kv = gen_kv();
	w->commit = repo_commit_new(w->kv, &gen_pricer);
	w->detector = detector_new();
	w->now_ms = GEN_START_MS + 8 * MS_PER_DAY;
	send_run(w);
	for (int i = 0; i < STEPS; i++)
		switch (gen_random(8)) {
		case 0: case 1: send_run(w); break;
		case 2: change_pattern(w); break;
		case 3: (void)back_fill(w); break;
		case 4: case 5: (void)take_off(w); break;
		default: land(w); break;
		}
	good = gen_verify(w->kv);
	settle(w);
	good &= gen_verify(w->kv) && counts_are_right(w);
	detector_free(w->detector);
	repo_commit_free(w->commit);
	kv_close(w->kv);
	free(w);
	arena_reset(arena);
	return good;
}

int
main(void)
{
	bool good = true;

	hash_setup();
	arena = arena_new(512 << 20);
	for (uint32_t seed = 1; seed <= 40 && good; seed++) {
		good = live(seed);
		if (!good)
			printf("# seed %u\n", seed);
	}
	ok(good, "each run counts once for the patterns it shows");
	arena_free(arena);
	return tap_done();
}
