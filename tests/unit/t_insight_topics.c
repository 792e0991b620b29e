/* Insights about topics: what was planted is claimed, nothing else, and a
 * store says the same bytes as runs in memory. */
#include <stdlib.h>

#include "digest/digest.h"
#include "insight/report.h"
#include "repo/topics.h"
#include "repo_gen.h"

/* Two weeks from GEN_START_MS, a Monday. */
#define NOW_MS (GEN_START_MS + 7 * MS_PER_DAY)

static const char model[] =
    "{\"prompts\":60,\"unknown_idf\":4000,\"terms\":[[\"parcel\",3000],"
    "[\"refund\",3100],[\"password\",3100],[\"plan\",3100]],\"topics\":["
    "{\"id\":\"t_00000000000000a0\",\"name\":\"lost parcel\","
    "\"parent\":\"t_00000000000000f0\",\"weights\":[[0,10000]]},"
    "{\"id\":\"t_00000000000000a1\",\"name\":\"refund status\","
    "\"parent\":\"t_00000000000000f0\",\"weights\":[[1,10000]]},"
    "{\"id\":\"t_00000000000000a2\",\"name\":\"reset password\","
    "\"weights\":[[2,10000]]},"
    "{\"id\":\"t_00000000000000a3\",\"name\":\"premium plan\","
    "\"weights\":[[3,10000]]},"
    "{\"id\":\"t_00000000000000f0\",\"name\":\"orders\",\"group\":true}]}";

static const char *const paths[] = {
	"t_00000000000000f0/t_00000000000000a0",
	"t_00000000000000f0/t_00000000000000a1", "t_00000000000000a2",
	"t_00000000000000a3" };

/* In the second week: the share of refunds, and how often the users of the
 * password topic are frustrated, and runs of the plan topic fail. */
struct plan {
	double refunds, frustrated, failing;
};

struct world {
	struct kv *kv;
	struct repo_commit *commit;
	struct digest *digest;
	struct arena *arena;
	int n;
};

static double
uniform(void)
{
	return gen_random(1 << 20) / (double)(1 << 20);
}

static int
pick_topic(double refunds)
{
	double x = uniform();

	if (x < refunds)
		return 1;
	x = (x - refunds) / (1 - refunds);
	return x < 0.4 ? 0 : x < 0.7 ? 2 : x < 0.95 ? 3 : -1;
}

/* Run, verdict and perhaps signal, as they come decoded. */
static size_t
make_run(struct world *w, int64_t ms, const struct plan *p, struct event *out)
{
	struct str id = arena_printf(w->arena, "run-%d", w->n++);
	int topic = pick_topic(p->refunds);
	struct event_builder b;
	size_t n = 0;

	gen_begin(&b, w->arena, EVENT_RUN, id, id);
	event_bool(&b, FIELD_RUN_conversational, true);
	event_int(&b, FIELD_RUN_start_ns, ms * NS_PER_MS);
	event_int(&b, FIELD_RUN_end_ns, ms * NS_PER_MS + NS_PER_MS);
	event_int(&b, FIELD_RUN_status, uniform() < (topic == 3 ? p->failing :
	    0.03) ? STATUS_ERROR : STATUS_OK);
	event_text(&b, FIELD_RUN_user_prompt, arena_printf(w->arena,
	    "prompt %d of topic %d", w->n, topic));
	out[n++] = gen_end(&b);
	gen_begin(&b, w->arena, EVENT_VERDICT, id, STR("1"));
	event_int(&b, FIELD_VERDICT_version, 1);
	event_int(&b, FIELD_VERDICT_rev, 1);
	event_int(&b, FIELD_VERDICT_topics, 5);
	if (topic >= 0)
		event_text(&b, FIELD_VERDICT_topic, str_from(paths[topic]));
	out[n++] = gen_end(&b);
	if (uniform() >= (topic == 2 ? p->frustrated : 0.04))
		return n;
	gen_begin(&b, w->arena, EVENT_SIGNAL, id, STR("1/user-frustration"));
	event_int(&b, FIELD_SIGNAL_version, 1);
	event_int(&b, FIELD_SIGNAL_rev, 1);
	event_text(&b, FIELD_SIGNAL_slug, STR("user-frustration"));
	event_num(&b, FIELD_SIGNAL_score, 0.9);
	out[n++] = gen_end(&b);
	return n;
}

static void
add_run(struct world *w, int64_t ms, const struct plan *p)
{
	struct event events[3];
	struct err e = ERR_INIT;
	size_t n = make_run(w, ms, p, events);
	struct run *run;

	if (w->commit)
		gen_commit(w->commit, events, n, 0);
	if (run_fold(events, n, events[0].run_id, w->arena, &run, &e) ||
	    digest_add_run(w->digest, run, &e))
		BUG("%s", e.text);
}

static void
add_model(struct world *w)
{
	struct event_builder b;
	struct err e = ERR_INIT;
	struct event ev;

	gen_begin(&b, w->arena, EVENT_TOPICS, STR(""), STR("2026-11"));
	b.event.order = 5;
	event_json(&b, FIELD_TOPICS_definition, str_from(model));
	ev = gen_end(&b);
	if (w->commit)
		gen_commit(w->commit, &ev, 1, 0);
	if (digest_add_topics(w->digest, &ev, &e))
		BUG("%s", e.text);
}

static void
fortnight(struct world *w, const struct plan *p, int runs_a_day,
    struct period *week)
{
	static const struct plan usual = { 0.1, 0.04, 0.03 };
	struct err e = ERR_INIT;
	struct zone utc;

	if (zone_find(&utc, NULL, &e))
		BUG("%s", e.text);
	period_holding(PERIOD_WEEKLY, &utc, 1, NOW_MS, week);
	w->digest = digest_new(week);
	add_model(w);
	for (int day = 0; day < 14; day++)
		for (int i = 0; i < runs_a_day; i++)
			add_run(w, GEN_START_MS + day * MS_PER_DAY +
			    (int64_t)(uniform() * 86400000), day < 7 ? &usual :
			    p);
	if (digest_close(w->digest, &e))
		BUG("%s", e.text);
}

static const struct insight_claim *
find(const struct insight_report *r, enum insight_kind kind, const char *id)
{
	for (size_t i = 0; i < r->nclaims; i++)
		if (r->claims[i].kind == kind &&
		    r->claims[i].dim == INSIGHT_TOPIC &&
		    str_is(r->claims[i].name, id))
			return &r->claims[i];
	return NULL;
}

static void
test_planted(struct arena *a)
{
	static const struct plan p = { 0.25, 0.3, 0.25 };
	struct world w = { .kv = gen_kv(), .arena = a };
	struct insight_report *r = arena_alloc(a, sizeof(*r));
	const struct insight_claim *c;
	const struct value *x, *y;
	struct event memory, stored;
	struct err e = ERR_INIT;
	struct period week;
	size_t about = 0;

	w.commit = repo_commit_new(w.kv, &gen_pricer);
	fortnight(&w, &p, 120, &week);
	if (insight_compare(digest_summary(w.digest), a, r, &e))
		BUG("%s", e.text);
	for (size_t i = 0; i < r->nclaims; i++) {
		printf("# %.*s\n", STR_FMT(r->claims[i].title));
		about += r->claims[i].dim == INSIGHT_TOPIC &&
		    r->claims[i].kind != CLAIM_TOPIC_SHARE;
	}
	c = find(r, CLAIM_TOPIC_SHARE, "t_00000000000000a1");
	ok(c && c->now > c->before && c->nruns == 5 &&
	    str_find(c->title, STR("refund status"), 0) != SIZE_MAX,
	    "asked about more, by name, with runs");
	c = find(r, CLAIM_SIGNAL_RATE, "t_00000000000000a2");
	ok(c && !c->is_good && c->nruns > 0, "a topic frustrates");
	c = find(r, CLAIM_ERROR_RATE, "t_00000000000000a3");
	ok(c && !c->is_good && c->nruns > 0, "a topic fails");
	is_int(about, 2, "of rates, just these");
	ok(!find(r, CLAIM_TOPIC_SHARE, "t_00000000000000f0"),
	    "a group is not claimed beside its children");
	if (digest_event(w.digest, 1, a, &memory, &e) || digest_insight(
	    kv_latest(w.kv), (struct repo_scope){ 1, ENV_PROD }, &week, 1, a,
	    &stored, &e))
		BUG("%s", e.text);
	x = event_get(&memory, FIELD_INSIGHT_body);
	y = event_get(&stored, FIELD_INSIGHT_body);
	ok(str_eq(x->s, y->s), "a store says the same bytes as runs in memory");
	ok(str_find(x->s, STR("\"name\":\"orders\""), 0) != SIZE_MAX &&
	    str_find(x->s, STR("\"prompt\":\"prompt "), 0) != SIZE_MAX,
	    "with all topics and examples");
	digest_free(w.digest);
	repo_commit_free(w.commit);
	kv_close(w.kv);
}

static void
test_quiet(struct arena *a)
{
	static const struct plan p = { 0.1, 0.04, 0.03 };
	size_t claims = 0;

	for (uint32_t seed = 1; seed <= 40; seed++) {
		struct world w = { .arena = a };
		struct insight_report *r = arena_alloc(a, sizeof(*r));
		struct err e = ERR_INIT;
		struct period week;

		gen_seed = seed * 77;
		fortnight(&w, &p, 60, &week);
		if (insight_compare(digest_summary(w.digest), a, r, &e))
			BUG("%s", e.text);
		for (size_t i = 0; i < r->nclaims; i++)
			claims += r->claims[i].dim == INSIGHT_TOPIC;
		digest_free(w.digest);
		arena_reset(a);
	}
	printf("# %zu claims in 40 quiet weeks\n", claims);
	ok(claims <= 2, "nothing planted, nothing claimed");
}

int
main(void)
{
	struct arena *a = arena_new(1024 << 20);

	hash_setup();
	test_planted(a);
	arena_reset(a);
	test_quiet(a);
	arena_free(a);
	return tap_done();
}
