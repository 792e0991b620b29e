/* Filters by several things at once: pages that indexes are joined for hold
 * what a look at every run says, also where the join gives up. */
#include "repo_gen.h"

enum { RUNS = 4000 };

static struct arena *arena;
static struct kv *kv;

/* Every fifth run is of the one user, all but each tenth of the one agent. */
static bool
is_wanted(int i, const struct repo_filter *f)
{
	return (!f->user_id.p || i % 5 == 0) &&
	    (!f->agent.p || str_is(f->agent, "a") == (i % 10 != 3)) && (!f->org_id.p || i % 3 == 0) &&
	    (f->status == REPO_ANY || (f->status == REPO_ERROR) ==
	    (i % 7 == 0));
}

static void
fill(void)
{
	struct repo_commit *c;

	kv = gen_kv();
	c = repo_commit_new(kv, &gen_pricer);
	for (int i = 0; i < RUNS; i++) {
		struct str id = arena_printf(arena, "r%05d", i);
		struct event_builder b;
		struct event ev;

		gen_begin(&b, arena, EVENT_RUN, id, id);
		event_text(&b, FIELD_RUN_user_id, i % 5 ? STR("others") :
		    STR("one"));
		event_text(&b, FIELD_RUN_agent, i % 10 == 3 ? STR("b") :
		    STR("a"));
		event_text(&b, FIELD_RUN_org_id, i % 3 ? STR("p") : STR("o"));
		event_int(&b, FIELD_RUN_status, i % 7 ? STATUS_OK :
		    STATUS_ERROR);
		/* Four at a time, so that rids decide. */
		event_int(&b, FIELD_RUN_start_ns, (GEN_START_MS + i / 4) *
		    NS_PER_MS);
		ev = gen_end(&b);
		gen_commit(c, &ev, 1, 0);
		arena_reset(arena);
	}
	repo_commit_free(c);
}

/* All pages of the filter: each run that passes, once, newest first. */
static void
walk(struct repo_filter f, size_t limit, const char *what)
{
	struct repo_view v = { kv_latest(kv), { 1, ENV_PROD }, arena };
	static bool seen[RUNS];
	size_t n = 0, want = 0, wrong = 0;
	int64_t last = INT64_MAX;
	bool more = true;

	memset(seen, 0, sizeof(seen));
	for (int i = 0; i < RUNS; i++)
		want += is_wanted(i, &f);
	f.limit = limit;
	for (f.offset = 0; more; f.offset += limit) {
		struct repo_runs page;
		struct err e = ERR_INIT;

		if (repo_runs_list(&v, &f, &page, &e)) {
			ok(0, "%s: %s", what, e.text);
			return;
		}
		for (size_t i = 0; i < page.n; i++) {
			struct str id = page.v[i].run->base.id;
			int64_t k = 0;
			int number;

			wrong += !str_to_i64(str_from_index(id, 1), &k);
			number = (int)k;
			wrong += seen[number] || !is_wanted(number, &f) ||
			    page.v[i].start_ms > last;
			seen[number] = true;
			last = page.v[i].start_ms;
		}
		n += page.n;
		more = page.has_more;
		wrong += more && page.n != limit;
		arena_reset(arena);
	}
	ok(n == want && wrong == 0, "%s, %zu a page: %zu of %zu, %zu wrong",
	    what, limit, n, want, wrong);
}

int
main(void)
{
	static const size_t limits[] = { 7, 200 };

	hash_setup();
	arena = arena_new(256 << 20);
	fill();
	for (size_t i = 0; i < ARRAY_LEN(limits); i++) {
		struct repo_filter f = REPO_FILTER_INIT;

		f.user_id = STR("one");
		f.agent = STR("a");
		walk(f, limits[i], "user and agent");
		f.status = REPO_ERROR;
		walk(f, limits[i], "… that failed");
		f.org_id = STR("o");
		walk(f, limits[i], "… of an organisation");
		f.status = REPO_OK;
		walk(f, limits[i], "… that did not fail");
		f = (struct repo_filter)REPO_FILTER_INIT;
		f.agent = STR("b");
		f.status = REPO_ERROR;
		walk(f, limits[i], "a rare agent that failed");
		f.agent = STR("a");
		walk(f, limits[i], "an agent that failed");
	}
	kv_close(kv);
	arena_free(arena);
	return tap_done();
}
