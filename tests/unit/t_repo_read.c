/* lib/repo, reading: lists and metrics against a walk over all heads. */
#include "repo/contrib.h"
#include "repo_gen.h"

static struct arena *arena, *keep;
static struct kv *kv;
static struct repo_view view;

/* All runs of the scope, oldest first. */
static struct repo_run_row all[1000];
static size_t nall;

static int
keep_row(void *arg, const struct repo_run_row *row, struct err *e)
{
	struct repo_view v = view;
	struct run *copy;

	(void)arg;
	v.arena = keep;
	if (repo_run_head(&v, arena_str(keep, row->run->base.id), &copy, e))
		return e->code;
	all[nall] = *row;
	all[nall++].run = copy;
	return 0;
}

static void
fill(void)
{
	struct repo_commit *c;
	struct err e = ERR_INIT;

	kv = gen_kv();
	view = (struct repo_view){ kv_latest(kv), { 1, ENV_PROD }, arena };
	c = repo_commit_new(kv, &gen_pricer);
	gen_seed = 4242;
	for (int i = 0; i < 900; i++) {
		struct event events[8];
		size_t n = 0;
		struct run *run;

		if (gen_random(4) == 0) {
			struct str id = gen_name(arena, "run", 150);

			if (repo_run_head(&view, id, &run, &e) == 0)
				n = gen_verdict(arena, id, (int64_t)run->rev,
				    events);
		} else {
			for (n = 0; n < 4; n++)
				events[n] = gen_patch(arena, 150);
		}
		gen_commit(c, events, n, 0);
	}
	repo_commit_free(c);
	e = (struct err)ERR_INIT;
	ok(repo_runs_each(&view, 0, INT64_MAX, keep_row, NULL, &e) == 0 &&
	    nall > 100, "%zu runs: %s", nall, e.text);
	for (size_t i = 1; i < nall; i++)
		if (all[i].start_ms < all[i - 1].start_ms)
			ok(0, "oldest first");
}

/* So many runs in one minute that others are taken out of its record. */
static void
fill_dense(void)
{
	struct repo_commit *c;
	struct err e = ERR_INIT;

	nall = 0;
	kv = gen_kv();
	view = (struct repo_view){ kv_latest(kv), { 1, ENV_PROD }, arena };
	c = repo_commit_new(kv, &gen_pricer);
	for (int i = 0; i < 900; i++) {
		struct str run = arena_printf(arena, "run%d", i);
		struct event_builder b;
		struct event ev[2];

		gen_begin(&b, arena, EVENT_RUN, run, run);
		event_int(&b, FIELD_RUN_start_ns, NS_PER_MS *
		    (GEN_START_MS + gen_random(60000)));
		event_text(&b, FIELD_RUN_agent, gen_name(arena, "agent", 3));
		ev[0] = gen_end(&b);
		gen_begin(&b, arena, EVENT_SPAN, run, STR("1"));
		event_int(&b, FIELD_SPAN_type, SPAN_TOOL);
		event_text(&b, FIELD_SPAN_name, i ? STR("tool1") :
		    STR("tool2"));
		ev[1] = gen_end(&b);
		gen_commit(c, ev, 2, 0);
	}
	repo_commit_free(c);
	ok(repo_runs_each(&view, 0, INT64_MAX, keep_row, NULL, &e) == 0 &&
	    nall == 900, "900 runs in one minute: %s", e.text);
}

static int64_t
random_ms(void)
{
	int64_t ms = GEN_START_MS + gen_random(8 * 86400) * INT64_C(1000);

	switch (gen_random(4)) {
	case 0: return ms / MS_PER_DAY * MS_PER_DAY;
	case 1: return ms / 3600000 * 3600000;
	case 2: return all[gen_random((uint32_t)nall)].start_ms +
		gen_random(2);
	default: return ms + gen_random(1000);
	}
}

static void
random_range(int64_t *from, int64_t *to)
{
	do {
		*from = random_ms();
		*to = gen_random(5) ? random_ms() :
		    *from + 1 + gen_random(90000);
	} while (*from >= *to);
}

static bool
names_differ(struct str want, struct str is)
{
	return want.p && !str_eq(want, is);
}

static bool
passes(const struct repo_filter *f, const struct repo_run_row *row)
{
	return row->start_ms >= f->from_ms && row->start_ms < f->to_ms &&
	    !names_differ(f->agent, row->run->agent) &&
	    !names_differ(f->user_id, row->run->user_id) &&
	    !names_differ(f->org_id, row->run->org_id) &&
	    !names_differ(f->session_id, row->run->session_id) &&
	    (f->status == REPO_ANY ||
	    (f->status == REPO_ERROR) == row->totals.is_error);
}

static struct repo_filter
random_filter(void)
{
	struct repo_filter f = REPO_FILTER_INIT;

	random_range(&f.from_ms, &f.to_ms);
	if (gen_random(3) == 0)
		f.agent = gen_random(9) ? gen_name(arena, "agent", 4) :
		    STR("");
	if (gen_random(3) == 0)
		f.user_id = gen_name(arena, "u", 6);
	if (gen_random(4) == 0)
		f.org_id = gen_name(arena, "o", 3);
	if (gen_random(4) == 0)
		f.session_id = gen_name(arena, "s", 5);
	f.status = (enum repo_status_filter)gen_random(3);
	f.limit = 1 + gen_random(30);
	f.offset = gen_random(2) ? gen_random(20) : 0;
	return f;
}

static bool
same_list(const struct repo_filter *f, const struct repo_runs *got)
{
	size_t skipped = 0, n = 0;

	for (size_t i = nall; i-- > 0;) {
		if (!passes(f, &all[i]) || skipped++ < f->offset)
			continue;
		if (n == f->limit)
			return got->has_more && got->n == n;
		/* Equal times may stand in any order here. */
		if (n >= got->n || got->v[n].start_ms != all[i].start_ms)
			return false;
		n++;
	}
	return n == got->n && !got->has_more;
}

static void
test_lists(void)
{
	int bad = 0, some = 0;

	for (int i = 0; i < 1000; i++) {
		struct repo_filter f = random_filter();
		struct err e = ERR_INIT;
		struct repo_runs got;

		if (repo_runs_list(&view, &f, &got, &e) ||
		    !same_list(&f, &got)) {
			bad++;
			printf("# list %d: %s\n", i, e.text);
		}
		some += got.n > 0;
		arena_reset(arena);
	}
	ok(bad == 0 && some > 100, "1000 lists, %d not empty", some);
}

/* Sums over the heads, as repo_metrics defines them. */
static void
naive(const struct repo_metrics_query *q, int64_t from, int64_t to,
    struct str name, struct rollup *sum)
{
	for (size_t i = 0; i < nall; i++) {
		struct contribs list;

		if (!contribs_of(all[i].run, arena, &list))
			continue;
		for (size_t j = 0; j < list.n; j++)
			if (list.v[j].dim == q->dim &&
			    list.v[j].ms >= from && list.v[j].ms < to &&
			    str_eq(list.v[j].name, name))
				contrib_add(sum, &list.v[j], 1);
	}
}

static bool
same_rollup(const struct rollup *a, const struct rollup *b)
{
	if (a->duration_us.n != b->duration_us.n ||
	    a->first_token_us.n != b->first_token_us.n ||
	    a->cost_pico_usd.n != b->cost_pico_usd.n)
		return false;
	for (size_t i = 0; i < a->cost_pico_usd.n; i++)
		if (a->cost_pico_usd.v[i].index !=
		    b->cost_pico_usd.v[i].index ||
		    a->cost_pico_usd.v[i].count !=
		    b->cost_pico_usd.v[i].count)
			return false;
	for (size_t i = 0; i < a->duration_us.n; i++)
		if (a->duration_us.v[i].index != b->duration_us.v[i].index ||
		    a->duration_us.v[i].count != b->duration_us.v[i].count)
			return false;
	return memcmp(a->c, b->c, sizeof(a->c)) == 0;
}

static bool
same_as_naive(const struct repo_metrics_query *q, const struct repo_metric *m,
    int64_t from, int64_t to, const struct rollup *got)
{
	struct rollup want = ROLLUP_INIT;
	bool same;

	naive(q, from, to, m->name, &want);
	same = same_rollup(&want, got);
	if (!same)
		for (int i = 0; i < ROLLUP_COUNTERS; i++)
			if (want.c[i] != got->c[i])
				printf("# counter %d: got %lld, want %lld\n",
				    i, (long long)got->c[i],
				    (long long)want.c[i]);
	rollup_fini(&want);
	return same;
}

static bool
check_metrics(const struct repo_metrics_query *q)
{
	struct repo_metrics out;
	struct err e = ERR_INIT;
	struct rollup sum = ROLLUP_INIT, got = ROLLUP_INIT;
	bool good;

	if (repo_metrics(&view, q, &out, &e)) {
		printf("# metrics: %s\n", e.text);
		return false;
	}
	for (size_t i = 0; i < out.n; i++) {
		struct repo_metric *m = &out.v[i];

		if (!same_as_naive(q, m, q->from_ms, q->to_ms, &m->sum))
			return false;
		for (size_t d = 0; d < out.ndays; d++)
			if (!same_as_naive(q, m, MAX_OF(q->from_ms,
			    out.day_ms[d]), MIN_OF(q->to_ms, out.day_ms[d] +
			    MS_PER_DAY), &m->days[d]))
				return false;
		rollup_merge(&got, &m->sum, 1);
	}
	/* No name is missing. */
	for (size_t i = 0; i < nall && !q->name.p; i++) {
		struct contribs list;

		if (!contribs_of(all[i].run, arena, &list))
			return false;
		for (size_t j = 0; j < list.n; j++)
			if (list.v[j].dim == q->dim &&
			    list.v[j].ms >= q->from_ms &&
			    list.v[j].ms < q->to_ms)
				contrib_add(&sum, &list.v[j], 1);
	}
	good = q->name.p || same_rollup(&sum, &got);
	rollup_fini(&sum);
	rollup_fini(&got);
	return good;
}

static void
test_metrics(void)
{
	static const struct { enum repo_dim dim; const char *name; } dims[] = {
		{ DIM_TOTAL, NULL }, { DIM_AGENT, "agent" }, { DIM_MODEL, "m" },
		{ DIM_TOOL, "tool" }, { DIM_USER, "u" }, { DIM_ORG, "o" },
		{ DIM_PATTERN, "slug" }, { DIM_FAILURE, "f_" },
		{ DIM_PATTERN_AGENT, NULL },
	};
	static const int zones[] = { 0, 0, 60, -480, 330, 345, 840 };
	int bad = 0;

	for (int i = 0; i < 600; i++) {
		size_t d = gen_random(ARRAY_LEN(dims));
		struct repo_metrics_query q = { .dim = dims[d].dim };

		random_range(&q.from_ms, &q.to_ms);
		q.by_day = gen_random(2);
		if (q.by_day)
			q.tz_minutes = zones[gen_random(ARRAY_LEN(zones))];
		if (dims[d].name && gen_random(3) == 0)
			q.name = gen_name(arena, dims[d].name, 3);
		if (!check_metrics(&q)) {
			bad++;
			printf("# query %d: dim %c, %lld to %lld, by_day %d, "
			    "tz %d\n", i, q.dim, (long long)q.from_ms,
			    (long long)q.to_ms, q.by_day, q.tz_minutes);
		}
		arena_reset(arena);
	}
	ok(bad == 0, "600 ranges: metrics equal the sums over the runs");
}

static void
test_sessions(void)
{
	int bad = 0;

	for (int i = 0; i < 300; i++) {
		struct repo_filter f = random_filter();
		struct repo_sessions got;
		struct err e = ERR_INIT;
		struct str seen[10];
		size_t nseen = 0, at = 0;

		f.limit = 1 + gen_random(4);
		f.offset = gen_random(2);
		if (repo_sessions_list(&view, &f, &got, &e)) {
			printf("# sessions: %s\n", e.text);
			bad++;
			continue;
		}
		for (size_t j = nall; j-- > 0;) {
			struct str id = all[j].run->session_id;
			size_t k = 0;

			if (!passes(&f, &all[j]) || !id.n)
				continue;
			while (k < nseen && !str_eq(seen[k], id))
				k++;
			if (k < nseen)
				continue;
			seen[nseen++] = id;
			if (nseen <= f.offset)
				continue;
			if (at < got.n && str_eq(got.v[at].session_id, id) &&
			    str_eq(got.v[at].last->base.id,
			    all[j].run->base.id))
				at++;
			else if (at < f.limit)
				bad++;
		}
		bad += at != got.n || got.has_more !=
		    (nseen > f.offset + f.limit);
		for (size_t k = 0; k < got.n; k++) {
			int64_t runs = 0, first = 0, last = 0, tokens = 0;

			for (size_t j = 0; j < nall; j++) {
				if (!str_eq(all[j].run->session_id,
				    got.v[k].session_id))
					continue;
				first = runs++ ? first : all[j].start_ms;
				last = all[j].start_ms;
				tokens += all[j].totals.total_tokens;
			}
			bad += runs != got.v[k].sum.c[COUNT_RUNS] ||
			    tokens != got.v[k].sum.c[COUNT_TOTAL_TOKENS] ||
			    first != got.v[k].first_ms ||
			    last != got.v[k].last_ms;
		}
		arena_reset(arena);
	}
	ok(bad == 0, "300 lists of sessions (%d wrong)", bad);
}

static void
test_session(void)
{
	struct repo_session s;
	struct err e = ERR_INIT;
	size_t n = 0;
	int bad = 0;

	for (size_t i = 0; i < nall; i++)
		n += str_is(all[i].run->session_id, "s1");
	ok(repo_session_get(&view, STR("s1"), 200, 0, &s, &e) == 0 &&
	    s.nruns == n && n > 3, "a session has all its %zu runs: %s", n,
	    e.text);
	for (size_t i = 1; i < s.nruns; i++) {
		struct run_totals a, b;

		run_totals(s.runs[i - 1], &a);
		run_totals(s.runs[i], &b);
		bad += a.start_ms > b.start_ms;
	}
	ok(bad == 0, "oldest first");
	ok(repo_session_get(&view, STR("s1"), 2, 1, &s, &e) == 0 &&
	    s.nruns == 2 && s.has_more, "a page of it");
	is_int(repo_session_get(&view, STR("none"), 2, 0, &s, &e),
	    ERR_NOT_FOUND, "no such session");
	arena_reset(arena);
}

/* A whole run gives the same head as the stored one. */
static void
test_runs(void)
{
	struct err e = ERR_INIT;
	struct run *run;
	int bad = 0;

	for (size_t i = 0; i < nall; i++) {
		struct buf a, b;

		buf_init(&a, 1 << 20);
		buf_init(&b, 1 << 20);
		if (repo_run_get(&view, all[i].run->base.id, &run, &e))
			bad++;
		else
			run_head_encode(run, &a);
		run_head_encode(all[i].run, &b);
		bad += !str_eq(buf_str(&a), buf_str(&b));
		buf_fini(&a);
		buf_fini(&b);
		arena_reset(arena);
	}
	ok(bad == 0, "whole runs agree with their heads");
	is_int(repo_run_get(&view, STR("nobody"), &run, &e), ERR_NOT_FOUND,
	    "no such run");
}

static struct event
change(const char *id, const char *status, int64_t ms)
{
	struct event_builder b;

	gen_begin(&b, arena, EVENT_FAILURE_CHANGE, STR(""), str_from(id));
	event_text(&b, FIELD_FAILURE_CHANGE_status, str_from(status));
	if (ms)
		event_int(&b, FIELD_FAILURE_CHANGE_time_ns, ms * 1000000);
	b.event.received_ms = GEN_START_MS + MS_PER_DAY * 30;
	return gen_end(&b);
}

static bool
failure_is_right(const struct repo_failure *f, int64_t from, int64_t to)
{
	int64_t events = 0, total = 0, first = INT64_MAX, last = 0;

	for (size_t i = 0; i < nall; i++)
		for (size_t j = 0; j < run_count(all[i].run, EVENT_FAILURE);
		    j++) {
			const struct failure_hit *h = run_failure(all[i].run,
			    j);
			int64_t ms = failure_hit_ms(h, all[i].start_ms);

			if (!run_failure_is_current(all[i].run, h) ||
			    !str_eq(h->failure_id, f->failure_id))
				continue;
			total++;
			events += ms >= from && ms < to;
			first = MIN_OF(first, ms);
			last = MAX_OF(last, ms);
		}
	return events == f->events && total == f->total_events &&
	    first == f->first_seen_ms && last == f->last_seen_ms;
}

static void
test_failures(void)
{
	struct repo_commit *c = repo_commit_new(kv, &gen_pricer);
	struct repo_failure_query q = { .limit = 50, .status = -1 };
	int64_t of_days = 0;
	struct repo_failure_detail d;
	struct repo_failures got;
	struct repo_runs runs;
	struct err e = ERR_INIT;
	struct event ev;
	int64_t last;
	int bad = 0;

	for (int i = 0; i < 100; i++) {
		random_range(&q.from_ms, &q.to_ms);
		q.order = (enum repo_failure_order)gen_random(3);
		q.ascending = gen_random(2);
		if (repo_failures_list(&view, &q, &got, &e)) {
			bad++;
			continue;
		}
		for (size_t j = 0; j < got.n; j++)
			bad += !failure_is_right(&got.v[j], q.from_ms,
			    q.to_ms);
		for (size_t j = 1; j < got.n && q.order == BY_EVENTS; j++)
			bad += q.ascending ?
			    got.v[j].events < got.v[j - 1].events :
			    got.v[j].events > got.v[j - 1].events;
		arena_reset(arena);
	}
	ok(bad == 0, "100 lists of failures (%d wrong) %s", bad, e.text);
	q.from_ms = 0;
	q.to_ms = INT64_MAX;
	ok(repo_failures_list(&view, &q, &got, &e) == 0 && got.n == 4 &&
	    str_is(got.v[0].entity_type, "tool_call") &&
	    str_has_prefix(got.v[0].template, STR("bad <*> f_")),
	    "type and template");
	last = got.v[0].last_seen_ms;

	ev = change(got.v[0].failure_id.p, "resolved", last);
	is_int(gen_commit(c, &ev, 1, 0), 0, "resolved");
	ok(repo_failure_get(&view, ev.id, 0, INT64_MAX, &d, &e) == 0 &&
	    d.failure.status == FAILURE_RESOLVED && !d.failure.is_regressed &&
	    d.nruns > 0 && d.failure.events == d.failure.total_events,
	    "at the last occurrence: resolved %s", e.text);
	for (size_t i = 0; i < d.ndays; i++)
		of_days += d.day_events[i];
	is_int(of_days, d.failure.events, "its days, of all time");
	ev = change(ev.id.p, "resolved", last - 1);
	is_int(gen_commit(c, &ev, 1, 0), 0, "resolved a ms before");
	ok(repo_failure_get(&view, ev.id, 0, INT64_MAX, &d, &e) == 0 &&
	    d.failure.status == FAILURE_ACTIVE && d.failure.is_regressed &&
	    d.failure.regressed_events == 1, "before: regressed");
	ev = change(ev.id.p, "ignored", 0);
	is_int(gen_commit(c, &ev, 1, 0), 0, "ignored");
	ok(repo_failure_get(&view, ev.id, GEN_START_MS, GEN_START_MS +
	    MS_PER_DAY * 8, &d, &e) == 0 && d.ndays == 8 &&
	    d.failure.status == FAILURE_IGNORED && d.failure.changed_ms ==
	    GEN_START_MS + MS_PER_DAY * 30, "ignored stays so; %s", e.text);
	q.status = FAILURE_IGNORED;
	ok(repo_failures_list(&view, &q, &got, &e) == 0 && got.n == 1 &&
	    got.total == 1, "by status");
	ok(repo_failure_runs(&view, ev.id, 0, INT64_MAX, 3, 1, &runs, &e) == 0
	    && runs.n == 3 && runs.has_more, "its runs");
	is_int(repo_failure_get(&view, STR("f_none"), 0, 9, &d, &e),
	    ERR_NOT_FOUND, "no such failure");
	ok(gen_verify(kv), "the store verifies");
	repo_commit_free(c);
	arena_reset(arena);
}

static void
test_patterns(void)
{
	struct repo_patterns p;
	struct repo_runs runs;
	struct err e = ERR_INIT;
	int64_t flagged = 0, slug = 0, feedback = 0;

	for (size_t i = 0; i < nall; i++) {
		bool any = false, has = false, said = false;

		for (size_t j = 0; j < run_count(all[i].run, EVENT_SIGNAL);
		    j++) {
			const struct signal_hit *s = run_signal(all[i].run, j);

			if (!run_signal_is_current(all[i].run, s))
				continue;
			any = true;
			has = has || str_is(s->slug, "slug1");
		}
		for (size_t j = 0; j < run_count(all[i].run, EVENT_SCORE); j++)
			said = true;
		flagged += any;
		slug += has;
		feedback += said;
	}
	ok(repo_patterns_list(&view, 0, INT64_MAX, false, &p, &e) == 0 &&
	    p.flagged_runs == flagged && p.runs == (int64_t)nall &&
	    p.m.n == 3 && p.m.v[1].sum.c[COUNT_RUNS] == slug, "patterns");
	ok(repo_pattern_runs(&view, STR("slug1"), 0, INT64_MAX, 200, 0, &runs,
	    &e) == 0 && (int64_t)runs.n == slug, "runs of a pattern");
	ok(repo_feedback_runs(&view, 0, INT64_MAX, 200, 0, &runs, &e) == 0 &&
	    (int64_t)runs.n == feedback && feedback > 0, "runs with feedback");
	arena_reset(arena);
}

static struct event
insight(const char *id, const char *title, int64_t to_ms)
{
	struct event_builder b;

	gen_begin(&b, arena, EVENT_INSIGHT, STR(""), str_from(id));
	event_text(&b, FIELD_INSIGHT_title, str_from(title));
	event_int(&b, FIELD_INSIGHT_to_ns, to_ms * 1000000);
	event_json(&b, FIELD_INSIGHT_body, STR("{\"a\":1}"));
	return gen_end(&b);
}

static void
test_insights(void)
{
	struct repo_commit *c = repo_commit_new(kv, &gen_pricer);
	struct event v[4] = { insight("w1", "one", 1000),
		insight("w2", "two", 2000), insight("w1", "one again", 3000),
		insight("w2", "two", 2000) };
	struct repo_insights list;
	struct insight *one;
	struct err e = ERR_INIT;

	is_int(gen_commit(c, v, 2, 0), 0, "two insights");
	is_int(gen_commit(c, v + 2, 2, 0), 0, "one changes, one again");
	ok(repo_insights_list(&view, 10, 0, &list, &e) == 0 && list.n == 2 &&
	    str_is(list.v[0]->title, "one again") &&
	    str_is(list.v[1]->base.id, "w2"), "latest end first");
	ok(repo_insights_list(&view, 1, 0, &list, &e) == 0 && list.n == 1 &&
	    list.has_more, "a page");
	ok(repo_insight_get(&view, STR("w2"), &one, &e) == 0 &&
	    one->body.type == VALUE_JSON && str_is(one->body.s, "{\"a\":1}"),
	    "by id");
	is_int(repo_insight_get(&view, STR("w3"), &one, &e), ERR_NOT_FOUND,
	    "no such insight");
	ok(gen_verify(kv), "the store verifies");
	repo_commit_free(c);
	arena_reset(arena);
}

static void
test_bounds(void)
{
	struct repo_filter f = REPO_FILTER_INIT;
	struct repo_runs runs;
	struct err e = ERR_INIT;

	f.limit = 0;
	is_int(repo_runs_list(&view, &f, &runs, &e), ERR_LIMIT, "limit 0");
	f.limit = 201;
	is_int(repo_runs_list(&view, &f, &runs, &e), ERR_LIMIT, "limit 201");
	f.limit = 1;
	f.offset = REPO_OFFSET_MAX + 1;
	is_int(repo_runs_list(&view, &f, &runs, &e), ERR_LIMIT, "offset");
	f.offset = 0;
	f.to_ms = f.from_ms;
	is_int(repo_runs_list(&view, &f, &runs, &e), ERR_INVALID, "no range");
	f.from_ms = -5;
	f.to_ms = -1;
	ok(repo_runs_list(&view, &f, &runs, &e) == 0 && runs.n == 0,
	    "before 1970");
	view.scope.project = 99;
	f.from_ms = 0;
	f.to_ms = INT64_MAX;
	ok(repo_runs_list(&view, &f, &runs, &e) == 0 && runs.n == 0,
	    "another project");
	view.scope.project = 1;
}

int
main(void)
{
	hash_setup();
	arena = arena_new(1 << 30);
	keep = arena_new(1 << 30);
	fill();
	test_runs();
	test_lists();
	test_metrics();
	test_sessions();
	test_session();
	test_failures();
	test_patterns();
	test_insights();
	test_bounds();
	kv_close(kv);
	fill_dense();
	test_metrics();
	kv_close(kv);
	arena_free(arena);
	arena_free(keep);
	return tap_done();
}
