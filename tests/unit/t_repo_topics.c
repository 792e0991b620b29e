/* lib/repo, topics: whenever a model is fitted, and however late verdicts
 * arrive, in the end each conversation counts once for the topic that the
 * model in force gives it, and once for that topic's parent. */
#include "detect/detect.h"
#include "repo/topics.h"
#include "repo/work.h"
#include "repo_gen.h"
#include "topic_gen.h"

enum { FLIGHTS = 16, EVENTS = 64, WORK = 64, RUNS = 400 };

struct flight {
	struct event events[EVENTS];
	size_t n;
	uint64_t seq;
};

struct world {
	struct kv *kv;
	struct repo_commit *commit;
	struct detector *detector;
	struct topic_scratch *scratch;
	struct topic_gen prompts;
	int64_t now_ms;
	int sent;
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
send_run(struct world *w, size_t intents)
{
	struct event_builder b;
	/* Some are sent again, with another prompt. */
	struct str id = arena_printf(arena, "run-%d", gen_random(8) ?
	    w->sent++ : (int)gen_random((uint32_t)w->sent + 1));
	char *text = gen_text(&w->prompts,
	    gen_intents[gen_random((uint32_t)intents)]);
	struct event ev;

	gen_begin(&b, arena, EVENT_RUN, id, id);
	b.event.order = w->now_ms++;
	event_text(&b, FIELD_RUN_agent, gen_random(3) ? STR("a") : STR("b"));
	event_int(&b, FIELD_RUN_start_ns, gen_time_ns());
	event_bool(&b, FIELD_RUN_conversational, gen_random(5) != 0);
	event_int(&b, FIELD_RUN_status, gen_random(6) ? 0 : STATUS_ERROR);
	event_text(&b, FIELD_RUN_user_prompt, arena_printf(arena, "%s%s",
	    text, gen_random(6) ? "" : "! This is useless, you idiot!"));
	ev = gen_end(&b);
	gen_commit(w->commit, &ev, 1, 0);
	free(text);
}

static struct topic_model *
model_of(struct world *w)
{
	struct repo_view v = view_of(w);
	struct topic_model *m;

	if (repo_topics_model(&v, &m, &e))
		BUG("%s", e.text);
	return m;
}

static bool
fit(struct world *w)
{
	struct repo_view v = view_of(w);
	struct repo_topics_change by = { STR("demo"), STR("test"), 0,
		w->now_ms += gen_random(2) * 40 * MS_PER_DAY };
	struct repo_topic_fit f;
	struct pack_reader r;
	struct event ev;
	struct buf out;

	if (repo_topics_fit(&v, GEN_START_MS + 30 * MS_PER_DAY, &f, &e))
		BUG("%s", e.text);
	if (!f.model)
		return false;
	by.previous = f.previous;
	buf_init(&out, 4 << 20);
	if (repo_topics_put(&v, f.model, &by, &out, &e))
		BUG("%s", e.text);
	r = pack_reader(arena_str(arena, buf_str(&out)));
	if (event_decode(&r, arena, &ev, &e))
		BUG("%s", e.text);
	gen_commit(w->commit, &ev, 1, 0);
	topic_model_free(f.model);
	buf_fini(&out);
	return true;
}

/* As weir-classify does. */
static void
judge(struct world *w, const struct repo_bundle *b, struct flight *f)
{
	struct event *copy = arena_array(arena, b->nevents, sizeof(*copy));
	struct topic_model *m = model_of(w);
	struct detect_input in = { .pass = f->seq };
	struct detect_verdict v;
	struct topic_hit hit;
	struct run *run;

	memcpy(copy, b->events, b->nevents * sizeof(*copy));
	if (run_fold(copy, b->nevents, b->run_id, arena, &run, &e))
		BUG("%s", e.text);
	run->rev = b->rev;
	in.run = run;
	if (m && run->conversational) {
		in.topics = m->generation;
		if (topic_assign(m, run->user_prompt, w->scratch, &hit))
			in.topic = topic_path(m, hit.topic, arena);
	}
	if (detect_run(w->detector, &in, arena, &v, &e))
		BUG("%s", e.text);
	f->n = 0;
	for (size_t i = 0; i < v.n && i < EVENTS; i++) {
		v.events[i].project = b->project;
		v.events[i].env = ENV_PROD;
		v.events[i].received_ms = w->now_ms;
		f->events[f->n++] = gen_decoded(arena, &v.events[i]);
	}
	topic_model_free(m);
}

static bool
take_off(struct world *w)
{
	struct repo_work work[WORK];
	struct repo_bundle b;
	struct flight *f;
	size_t n, i;

	if (repo_work_scan(kv_latest(w->kv), 0, work, WORK, &n, &e))
		BUG("%s", e.text);
	if (n == 0 || w->nflights == FLIGHTS)
		return false;
	i = gen_random((uint32_t)n);
	f = &w->flights[w->nflights++];
	f->seq = work[i].seq;
	if (repo_work_load(kv_latest(w->kv), &work[i], arena, &b, &e))
		BUG("%s", e.text);
	judge(w, &b, f);
	return true;
}

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
again(struct world *w)
{
	struct repo_view v = view_of(w);
	struct repo_again q = { .scope = v.scope,
		.to_ms = LAYOUT_TIME_MAX_MS };
	struct topic_model *m = model_of(w);

	q.topics = m ? m->generation : 0;
	topic_model_free(m);
	while (!q.is_done) {
		repo_commit_begin(w->commit);
		if (repo_commit_again(w->commit, &q, &e) ||
		    repo_commit_write(w->commit, true, &e))
			BUG("%s", e.text);
	}
	return q.queued;
}

static void
settle(struct world *w)
{
	do {
		while (take_off(w) || w->nflights)
			land(w);
	} while (again(w) > 0);
}

struct expected {
	struct world *w;
	struct topic_model *m;
	int64_t runs[TOPIC_MAX], errors[TOPIC_MAX], frustrated[TOPIC_MAX];
	int64_t conversational, none;
	bool good;
};

static void
expect(struct expected *x, size_t i, const struct repo_run_row *row)
{
	x->runs[i]++;
	x->errors[i] += row->totals.is_error;
	for (size_t k = 0; k < run_count(row->run, EVENT_SIGNAL); k++) {
		const struct signal_hit *s = run_signal(row->run, k);

		x->frustrated[i] += run_signal_is_current(row->run, s) &&
		    str_is(s->slug, "user-frustration");
	}
}

static int
expect_run(void *arg, const struct repo_run_row *row, struct err *err)
{
	struct expected *x = arg;
	struct str parent = STR_NULL, id = STR_NULL;
	struct topic_hit hit;
	bool says = run_topic(row->run, &parent, &id);

	(void)err;
	x->conversational += row->run->conversational;
	if (!row->run->conversational || !topic_assign(x->m,
	    row->run->user_prompt, x->w->scratch, &hit)) {
		x->none += row->run->conversational;
		x->good &= !says;
		return 0;
	}
	x->good &= says && str_eq(id, x->m->v[hit.topic].id);
	expect(x, hit.topic, row);
	for (size_t i = 0; i < x->m->n; i++)
		if (x->m->v[hit.topic].parent.p &&
		    str_eq(x->m->v[i].id, x->m->v[hit.topic].parent))
			expect(x, i, row);
	return 0;
}

static bool
topic_is_right(struct world *w, const struct expected *x,
    const struct repo_topics *t, size_t i)
{
	struct repo_view v = view_of(w);
	struct repo_runs runs;
	const struct repo_topic *of = NULL;
	bool good;

	for (size_t k = 0; k < t->n; k++)
		if (str_eq(t->v[k].id, x->m->v[i].id))
			of = &t->v[k];
	if (!of)
		return x->runs[i] == 0;
	if (repo_topic_runs(&v, of->id, 0, LAYOUT_TIME_MAX_MS, 200, 0, &runs,
	    &e))
		BUG("%s", e.text);
	good = of->sum.c[COUNT_RUNS] == x->runs[i] &&
	    of->sum.c[COUNT_ERRORS] == x->errors[i] &&
	    of->sum.c[COUNT_FRUSTRATED] == x->frustrated[i] &&
	    runs.n == (size_t)MIN_OF(200, x->runs[i]);
	if (!good)
		printf("# %.*s: %lld runs, %lld wanted\n", STR_FMT(of->name),
		    (long long)of->sum.c[COUNT_RUNS], (long long)x->runs[i]);
	return good;
}

static bool
counts_are_right(struct world *w)
{
	struct expected x = { .w = w, .m = model_of(w), .good = true };
	struct repo_topics_query q = { .to_ms = LAYOUT_TIME_MAX_MS,
		.with_examples = true };
	struct repo_view v = view_of(w);
	struct repo_topics t;
	int64_t topics = 0;

	if (!ok(x.m != NULL, "there is a model"))
		return false;
	if (repo_runs_each(&v, 0, LAYOUT_TIME_MAX_MS, expect_run, &x, &e) ||
	    repo_topics_list(&v, &q, &t, &e))
		BUG("%s", e.text);
	for (size_t i = 0; i < x.m->n; i++) {
		x.good &= topic_is_right(w, &x, &t, i);
		topics += !x.m->v[i].is_group && x.runs[i] > 0;
	}
	printf("# %lld topics, %lld of %lld conversations without\n",
	    (long long)topics, (long long)x.none, (long long)x.conversational);
	x.good &= t.conversational == x.conversational &&
	    t.unassigned == x.none && topics >= 5 &&
	    t.generation == x.m->generation;
	for (size_t i = 0; i < t.n; i++)
		x.good &= t.v[i].nexamples == (size_t)MIN_OF(
		    t.v[i].sum.c[COUNT_RUNS], (int64_t)REPO_TOPIC_EXAMPLES);
	topic_model_free(x.m);
	return x.good;
}

/* The topics of two agents add up to those of all runs. */
static bool
agents_add_up(struct world *w)
{
	struct repo_topics_query q = { .from_ms = GEN_START_MS,
		.to_ms = GEN_START_MS + 60 * MS_PER_DAY, .by_day = true,
		.with_examples = true };
	struct repo_view v = view_of(w);
	struct repo_topics all, part[2];
	bool good = true;

	if (repo_topics_list(&v, &q, &all, &e))
		BUG("%s", e.text);
	for (int i = 0; i < 2; i++) {
		q.agent = i ? STR("b") : STR("a");
		if (repo_topics_list(&v, &q, &part[i], &e))
			BUG("%s", e.text);
		for (size_t k = 0; k < part[i].n; k++)
			for (size_t j = 0; j < part[i].v[k].nexamples; j++)
				good &= str_eq(part[i].v[k].examples[j].run->
				    agent, q.agent);
	}
	good &= all.conversational == part[0].conversational +
	    part[1].conversational && part[1].conversational > 0;
	good &= all.unassigned == part[0].unassigned + part[1].unassigned;
	for (size_t k = 0; k < all.n; k++) {
		int64_t left = all.v[k].sum.c[COUNT_RUNS], days = 0;

		for (int i = 0; i < 2; i++)
			for (size_t j = 0; j < part[i].n; j++) {
				const struct repo_topic *t = &part[i].v[j];

				if (!str_eq(t->id, all.v[k].id))
					continue;
				left -= t->sum.c[COUNT_RUNS];
				for (size_t d = 0; t->days && d <
				    part[i].ndays; d++)
					days += t->days[d].c[COUNT_RUNS];
			}
		good &= left == 0 && days == all.v[k].sum.c[COUNT_RUNS];
	}
	return good;
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
	w->scratch = topic_scratch_new();
	w->now_ms = GEN_START_MS + 8 * MS_PER_DAY;
	if (!gen_open(&w->prompts, seed))
		BUG("no sentences");
	ok(!fit(w), "nothing to fit");
	for (int i = 0; i < RUNS; i++) {
		send_run(w, i < RUNS / 2 ? 7 : 10);
		if (gen_random(3))
			(void)take_off(w);
		if (gen_random(3))
			land(w);
		if (i % 120 == 119)
			(void)fit(w);
		if (gen_random(60) == 0)
			(void)again(w);
	}
	good = gen_verify(w->kv);
	settle(w);
	good &= gen_verify(w->kv) && counts_are_right(w);
	good &= ok(agents_add_up(w), "agents add up");
	detector_free(w->detector);
	topic_scratch_free(w->scratch);
	repo_commit_free(w->commit);
	kv_close(w->kv);
	gen_close(&w->prompts);
	free(w);
	arena_reset(arena);
	return good;
}

static void
test_empty(void)
{
	struct kv *kv = gen_kv();
	struct repo_view v = { kv_latest(kv), { 1, ENV_PROD }, arena };
	struct repo_topics_query q = { .to_ms = LAYOUT_TIME_MAX_MS };
	struct repo_topics t;
	struct repo_topic one;

	is_int(repo_topics_list(&v, &q, &t, &e), 0, "an empty store");
	ok(t.n == 0 && t.generation == 0 && t.conversational == 0,
	    "has no topics");
	is_int(repo_topic_get(&v, STR("t_0123456789abcdef"), &q, &t, &one,
	    &e), ERR_NOT_FOUND, "nor this one");
	q.limit = REPO_LIMIT_MAX + 1;
	is_int(repo_topics_list(&v, &q, &t, &e), ERR_LIMIT, "a limit");
	kv_close(kv);
}

int
main(void)
{
	bool good = true;

	hash_setup();
	arena = arena_new(1024 << 20);
	test_empty();
	for (uint32_t seed = 1; seed <= 12 && good; seed++) {
		good = live(seed);
		if (!good)
			printf("# seed %u\n", seed);
	}
	ok(good, "each conversation counts once for its topic and its parent");
	arena_free(arena);
	return tap_done();
}
