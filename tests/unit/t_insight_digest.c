/* lib/digest: a store and whole runs give the same insight, byte for byte. */
#include "digest/digest.h"
#include "repo_gen.h"

static struct arena *arena, *keep;
static struct kv *kv;
static struct repo_view view;
static struct str ids[600];
static size_t nids;

static int
keep_id(void *arg, const struct repo_run_row *row, struct err *e)
{
	(void)arg;
	(void)e;
	ids[nids++] = arena_str(keep, row->run->base.id);
	return 0;
}

static void
change(struct repo_commit *c, struct str id, const char *status,
    int64_t ms, struct event *out)
{
	struct event_builder b;

	gen_begin(&b, keep, EVENT_FAILURE_CHANGE, STR(""), id);
	event_text(&b, FIELD_FAILURE_CHANGE_status, str_from(status));
	event_text(&b, FIELD_FAILURE_CHANGE_resolved_in, STR("v2"));
	event_int(&b, FIELD_FAILURE_CHANGE_time_ns, ms * NS_PER_MS);
	*out = gen_end(&b);
	gen_commit(c, out, 1, 0);
}

static struct event changes[2];

static void
fill(void)
{
	struct repo_commit *c;
	struct err e = ERR_INIT;

	kv = gen_kv();
	view = (struct repo_view){ kv_latest(kv), { 1, ENV_PROD }, arena };
	c = repo_commit_new(kv, &gen_pricer);
	gen_seed = 99;
	for (int i = 0; i < 2500; i++) {
		struct event events[8];
		size_t n = 0;
		struct run *run;

		arena_reset(arena);
		if (gen_random(4) == 0) {
			struct str id = gen_name(arena, "run", 400);

			if (repo_run_head(&view, id, &run, &e) == 0)
				n = gen_verdict(arena, id, (int64_t)run->rev,
				    events);
		} else {
			for (n = 0; n < 4; n++)
				events[n] = gen_patch(arena, 400);
		}
		gen_commit(c, events, n, 0);
	}
	change(c, STR("f_1"), "resolved", GEN_START_MS + MS_PER_DAY,
	    &changes[0]);
	change(c, STR("f_2"), "ignored", GEN_START_MS, &changes[1]);
	repo_commit_free(c);
	e = (struct err)ERR_INIT;
	ok(repo_runs_each(&view, 0, INT64_MAX, keep_id, NULL, &e) == 0 &&
	    nids > 100, "%zu runs %s", nids, e.text);
}

static struct digest *
from_store(const struct period *p)
{
	struct digest *d = digest_new(p);
	struct err e = ERR_INIT;

	ok(digest_read(d, view.snapshot, view.scope, &e) == 0 &&
	    digest_close(d, &e) == 0, "from the store %s", e.text);
	return d;
}

static struct digest *
from_runs(const struct period *p)
{
	struct digest *d = digest_new(p);
	struct err e = ERR_INIT;
	int rc = 0;

	for (size_t i = 0; i < nids && rc == 0; i++) {
		struct event *events;
		struct run *run;
		size_t n;

		arena_reset(arena);
		rc = repo_run_events(&view, ids[i], &events, &n, &e);
		if (rc == 0)
			rc = run_fold(events, n, ids[i], arena, &run, &e);
		if (rc)
			break;
		digest_price(&gen_pricer, run);
		rc = digest_add_run(d, run, &e);
	}
	for (size_t i = 0; i < 2 && rc == 0; i++)
		rc = digest_add_change(d, &changes[i], &e);
	if (rc == 0)
		rc = digest_close(d, &e);
	ok(rc == 0, "from runs %s", e.text);
	return d;
}

static struct str
body(const struct digest *d)
{
	struct err e = ERR_INIT;
	struct event ev;

	if (!ok(digest_event(d, 5, keep, &ev, &e) == 0, "event %s", e.text))
		return STR("");
	return event_get(&ev, FIELD_INSIGHT_body)->s;
}

static void
compare(const struct period *p)
{
	struct digest *a = from_store(p), *b = from_runs(p);
	struct str x = body(a), y = body(b), z;
	size_t i = 0;

	if (!ok(str_eq(x, y), "%s: the same body, %zu bytes, %lld runs",
	    p->label, x.n, (long long)
	    digest_summary(a)->dims[INSIGHT_TOTAL].v[0].c[NOW].runs)) {
		while (i < x.n && i < y.n && x.p[i] == y.p[i])
			i++;
		i = i > 100 ? i - 100 : 0;
		printf("# %.300s\n# %.300s\n", x.p + i, y.p + i);
	}
	z = body(a);
	ok(str_eq(x, z), "and the same again");
	digest_free(a);
	digest_free(b);
}

int
main(void)
{
	struct zone utc;
	struct period p;
	struct err e = ERR_INIT;

	hash_setup();
	arena = arena_new(256 << 20);
	keep = arena_new(256 << 20);
	fill();
	ok(zone_find(&utc, NULL, &e) == 0, "UTC");
	period_holding(PERIOD_WEEKLY, &utc, 1, GEN_START_MS, &p);
	compare(&p);
	period_holding(PERIOD_WEEKLY, &utc, 4, GEN_START_MS, &p);
	compare(&p);
	for (int i = 0; i < 7; i++) {
		period_holding(PERIOD_DAILY, &utc, 1, GEN_START_MS +
		    i * MS_PER_DAY, &p);
		compare(&p);
	}
	for (int i = 0; i < 6; i++) {
		int64_t from = GEN_START_MS + 3 * MS_PER_DAY +
		    gen_random(86400000);

		ok(period_custom(from, from + MS_PER_DAY +
		    gen_random(200000000), &utc, &p, &e) == 0, "custom");
		compare(&p);
	}
	kv_close(kv);
	arena_free(arena);
	arena_free(keep);
	return tap_done();
}
