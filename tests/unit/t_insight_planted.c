/* Insights of made-up fortnights name what was planted, and nothing else. */
#include "insight_gen.h"

static struct arena *keep;

static void
show(const struct insight_report *r)
{
	printf("# %.*s\n# %.*s\n", STR_FMT(r->title), STR_FMT(r->text));
	for (size_t i = 0; i < r->nclaims; i++)
		printf("# [%s] %.*s | %.*s\n", insight_severity_name(
		    r->claims[i].severity), STR_FMT(r->claims[i].title),
		    STR_FMT(r->claims[i].text));
}

static const struct insight_claim *
find(const struct insight_report *r, enum insight_kind kind,
    enum insight_dim dim, const char *name)
{
	for (size_t i = 0; i < r->nclaims; i++)
		if (r->claims[i].kind == kind && r->claims[i].dim == dim &&
		    str_is(r->claims[i].name, name))
			return &r->claims[i];
	return NULL;
}

/* Claims that nothing planted leads to. */
static int
strangers(const struct insight_report *r, const struct gen *g)
{
	int n = 0;

	for (size_t i = 0; i < r->nclaims; i++) {
		const struct insight_claim *c = &r->claims[i];
		bool known = (str_is(c->name, "f_new") && g->new_failure) ||
		    (str_is(c->name, "f_back") && g->regression) ||
		    (c->kind == CLAIM_SIGNAL_RATE && g->frustrated_org &&
		    str_is(c->pattern, "user-frustration") &&
		    (c->dim == INSIGHT_PATTERN ||
		    str_has_prefix(c->name, STR("org-3")) ||
		    str_has_prefix(c->name, STR("user-3-")) ||
		    c->dim == INSIGHT_AGENT)) ||
		    (g->dear_model && (c->kind == CLAIM_COST ||
		    (c->kind == CLAIM_COST_MODEL &&
		    str_is(c->name, "large")))) ||
		    (g->slow_tool && c->kind == CLAIM_LATENCY &&
		    str_is(c->name, "search")) ||
		    /* Who uses that agent much sees it, too. */
		    (g->failing_agent && c->kind == CLAIM_ERROR_RATE &&
		    (c->dim == INSIGHT_TOTAL || c->dim == INSIGHT_ORG ||
		    c->dim == INSIGHT_USER || str_is(c->name, "research"))) ||
		    (g->growth > 0 && (c->kind == CLAIM_VOLUME ||
		    c->kind == CLAIM_COST || c->kind == CLAIM_TOKENS));

		n += !known;
		if (!known)
			printf("# not planted: %.*s\n", STR_FMT(c->title));
	}
	return n;
}

static void
check_sums(const struct insight_report *r)
{
	const struct insight_counts *t = r->s->dims[INSIGHT_TOTAL].v[0].c;
	int64_t before = 0, now = 0, parts = 0;
	double mean = 0, spent = 0, want = (double)t[NOW].duration_us / 1000 /
	    (double)t[NOW].ended - (double)t[BEFORE].duration_us / 1000 /
	    (double)t[BEFORE].ended;

	for (size_t i = 0; i < r->ncosts; i++) {
		before += r->costs[i].before_pico;
		now += r->costs[i].now_pico;
		parts += r->costs[i].volume_pico + r->costs[i].mix_pico +
		    r->costs[i].price_pico;
	}
	ok(before == t[BEFORE].cost_pico_usd && now == t[NOW].cost_pico_usd &&
	    parts == now - before, "the cost of models adds up exactly");
	parts = before = now = 0;
	for (size_t i = 0; i < r->nagent_costs; i++) {
		before += r->agent_costs[i].before_pico;
		now += r->agent_costs[i].now_pico;
		parts += r->agent_costs[i].volume_pico +
		    r->agent_costs[i].mix_pico + r->agent_costs[i].price_pico;
	}
	ok(before == t[BEFORE].cost_pico_usd && now == t[NOW].cost_pico_usd &&
	    parts == now - before, "so does that of agents");
	for (size_t i = 0; i < r->ntimes; i++)
		spent += r->times[i].now_ms - r->times[i].before_ms;
	ok(fabs(spent - want) < 1e-6, "and what runs spend their time with");
	for (size_t i = 0; i < r->nlatencies; i++)
		mean += r->latencies[i].mix_ms + r->latencies[i].speed_ms;
	ok(fabs(mean - want) < 1e-6, "latency of agents adds up: %f %f", mean,
	    want);
}

static void
planted(void)
{
	struct gen g = { .state = 7, .runs_a_day = 400, .new_failure = true,
		.regression = true, .frustrated_org = true,
		.dear_model = true, .slow_tool = true };
	struct insight_report r;
	const struct insight_claim *c;
	int n;

	arena_reset(keep);
	gen_fortnight(&g, keep, &r);
	show(&r);
	c = find(&r, CLAIM_FAILURE_NEW, INSIGHT_TOTAL, "f_new");
	ok(c && c->severity == SEVERITY_HIGH && c->nruns > 0 &&
	    c->nsessions > 0, "the new failure, with its runs");
	ok(find(&r, CLAIM_FAILURE_BACK, INSIGHT_TOTAL, "f_back") != NULL,
	    "the regression");
	c = find(&r, CLAIM_SIGNAL_RATE, INSIGHT_ORG, "org-3");
	ok(c && c->nquotes > 0 && c->nruns > 0, "the frustrated customer, in "
	    "its own words");
	c = find(&r, CLAIM_COST_MODEL, INSIGHT_MODEL, "large");
	ok(c && c->nruns > 0, "the model that became dear");
	ok(r.ncosts && str_is(r.costs[0].name, "large") &&
	    r.costs[0].price_pico * 10 > (r.costs[0].now_pico -
	    r.costs[0].before_pico) * 8, "by price, not by volume");
	ok(find(&r, CLAIM_COST, INSIGHT_TOTAL, "cost_per_run_usd") != NULL,
	    "cost per run");
	ok(find(&r, CLAIM_LATENCY, INSIGHT_TOOL, "search") != NULL,
	    "the tool that became slow");
	n = strangers(&r, &g);
	is_int(n, 0, "nothing that was not planted");
	ok(!r.is_quiet && r.severity == SEVERITY_HIGH, "not a quiet week");
	check_sums(&r);
	digest_free(g.digest);
}

/* A session counts as abandoned a day later: that there are fewer in a week
 * that has just closed is no news. */
static void
abandoned(int left)
{
	struct gen g = { .state = 11, .runs_a_day = 300, .left = left };
	const struct insight_claim *c;
	struct insight_report r;

	arena_reset(keep);
	gen_fortnight(&g, keep, &r);
	c = find(&r, CLAIM_SIGNAL_RATE, INSIGHT_PATTERN, "abandoned-session");
	if (left > 0)
		ok(c && str_find(c->title, STR("rose"), 0) != SIZE_MAX &&
		    str_find(c->title, STR("of conversations"), 0) != SIZE_MAX,
		    "more sessions were abandoned");
	else
		ok(!c && r.nclaims == 0, "fewer: nothing is claimed");
	digest_free(g.digest);
}

static void
quiet(void)
{
	enum { WEEKS = 40 };
	int claims = 0, loud = 0, facts = 0;

	for (int i = 0; i < WEEKS; i++) {
		struct gen g = { .state = 1000 + (uint64_t)i * 77,
			.runs_a_day = i % 2 ? 60 : 300 };
		struct insight_report r;

		arena_reset(keep);
		gen_fortnight(&g, keep, &r);
		/* A rare failure may be seen for the first time: a fact. */
		for (size_t k = 0; k < r.nclaims; k++) {
			facts += r.claims[k].is_fact;
			claims += !r.claims[k].is_fact;
			loud += r.claims[k].severity != SEVERITY_LOW;
		}
		if (i == 0 && r.is_quiet)
			ok(str_has_prefix(r.title, STR("A quiet week")) &&
			    r.severity == SEVERITY_LOW, "%.*s",
			    STR_FMT(r.text));
		digest_free(g.digest);
	}
	printf("# %d quiet weeks: %d false claims, %d first sights of rare "
	    "failures\n", WEEKS, claims, facts);
	ok(claims <= WEEKS / 20 && loud == 0, "quiet weeks stay quiet");
}

/* What all have alike is said once, not of each agent and customer. */
static void
everybody(void)
{
	enum { SEEDS = 6 };
	int whole = 0, names = 0, quotes = 0;

	for (int i = 0; i < SEEDS; i++) {
		struct gen g = { .state = 61 + (uint64_t)i * 1009,
			.runs_a_day = 250, .loops = true };
		struct insight_report r;

		arena_reset(keep);
		gen_fortnight(&g, keep, &r);
		for (size_t k = 0; k < r.nclaims; k++) {
			whole += r.claims[k].dim == INSIGHT_PATTERN;
			quotes += r.claims[k].nquotes > 0;
			names += r.claims[k].dim != INSIGHT_PATTERN &&
			    str_is(r.claims[k].pattern, "tool-loop");
		}
		digest_free(g.digest);
	}
	is_int(whole, SEEDS, "what all have is found");
	is_int(quotes, 0, "a tool's words are not quoted as a user's");
	ok(names <= 3, "and told of %d of 12 agents and 60 customers", names);
}

/* Who complains is heard, and nobody else. */
static void
complaints(void)
{
	struct gen g = { .state = 83, .runs_a_day = 200, .disliked = true };
	const struct insight_claim *c;
	struct insight_report r;

	arena_reset(keep);
	gen_fortnight(&g, keep, &r);
	c = find(&r, CLAIM_FEEDBACK, INSIGHT_TOTAL, "thumbs_down_rate");
	ok(c && !c->is_good && c->nruns == INSIGHT_LINKS,
	    "thumbs down, with runs");
	ok(c && c->nquotes == 1 &&
	    str_is(c->quotes[0].text, "It made up a price"),
	    "and what was said about them");
	digest_free(g.digest);
}

static void
add_evidence(struct gen *g, struct run *run, const char *slug,
    const char *words)
{
	struct event_builder b;

	event_begin(&b, g->arena, EVENT_SIGNAL, run->base.id, str_from(slug));
	b.event.order = verdict_order(run->rev, 0);
	event_int(&b, FIELD_SIGNAL_version, 1);
	event_int(&b, FIELD_SIGNAL_rev, (int64_t)run->rev);
	event_text(&b, FIELD_SIGNAL_slug, str_from(slug));
	event_num(&b, FIELD_SIGNAL_score, 0.9);
	event_text(&b, FIELD_SIGNAL_evidence, str_from(words));
	gen_apply(g, run, &b);
}

/* Quotes are the user's sentences, whole, and nobody else's. */
static void
quoted(void)
{
	static const char *const cases[][3] = {
		{ "user-frustration", "What a waste of",
		    "What a waste of my time!" },
		{ "user-confusion", "I do not get 1.5, at all",
		    "I do not get 1.5, at all." },
		{ "user-praises", "not in the prompt", "not in the prompt" },
		{ "tool-loop", "Hello.", "" },
		{ "my-own", "a waste of my", "What a waste of my time!" },
		{ "my-other", "the agent said so", "" },
	};
	struct gen g = { .arena = arena_new(16 << 20) };
	struct event_builder b;
	struct err e = ERR_INIT;
	struct zone utc;
	struct period p;
	struct run *run = run_new(g.arena, STR("r"));

	if (zone_find(&utc, NULL, &e))
		BUG("%s", e.text);
	period_holding(PERIOD_WEEKLY, &utc, 1, GEN_NOW_MS, &p);
	g.digest = digest_new(&p);
	event_begin(&b, g.arena, EVENT_RUN, STR("r"), STR("r"));
	event_int(&b, FIELD_RUN_start_ns, GEN_NOW_MS * NS_PER_MS);
	event_text(&b, FIELD_RUN_user_prompt, STR("Hello. What a waste of my "
	    "time!\nI do not get 1.5, at all. Bye"));
	gen_apply(&g, run, &b);
	event_begin(&b, g.arena, EVENT_VERDICT, STR("r"), STR("1"));
	b.event.order = verdict_order(run->rev, 0);
	event_int(&b, FIELD_VERDICT_version, 1);
	event_int(&b, FIELD_VERDICT_rev, (int64_t)run->rev);
	gen_apply(&g, run, &b);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		add_evidence(&g, run, cases[i][0], cases[i][1]);
	if (digest_add_run(g.digest, run, &e) || digest_close(g.digest, &e))
		BUG("%s", e.text);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const struct insight_summary *s = digest_summary(g.digest);
		size_t k = 0;

		while (k < s->npatterns &&
		    !str_is(s->patterns[k].slug, cases[i][0]))
			k++;
		ok(k < s->npatterns && s->patterns[k].latest.n == 1 &&
		    str_is(s->patterns[k].latest.v[0].quote, cases[i][2]),
		    "%s is quoted as \"%s\"", cases[i][0], cases[i][2]);
	}
	digest_free(g.digest);
	arena_free(g.arena);
}

/* Every claim says where all its runs are. */
static void
lists(void)
{
	struct gen g = { .state = 7, .runs_a_day = 400, .new_failure = true,
		.frustrated_org = true, .dear_model = true,
		.slow_tool = true };
	const struct insight_claim *c;
	struct insight_report r;
	size_t n = 0;

	arena_reset(keep);
	gen_fortnight(&g, keep, &r);
	for (size_t i = 0; i < r.nclaims; i++)
		n += str_has_prefix(r.claims[i].list, STR("/v1/")) &&
		    str_find(r.claims[i].list, STR("?from="), 0) != SIZE_MAX;
	ok(n && n == r.nclaims, "each of %zu claims has a list", r.nclaims);
	c = find(&r, CLAIM_FAILURE_NEW, INSIGHT_TOTAL, "f_new");
	ok(c && str_is(c->list, "/v1/failures/f_new/runs"
	    "?from=1794787200000&to=1795392000000"), "%.*s",
	    STR_FMT(c ? c->list : STR("")));
	c = find(&r, CLAIM_SIGNAL_RATE, INSIGHT_ORG, "org-3");
	ok(c && str_is(c->list, "/v1/search?from=1794787200000"
	    "&to=1795392000000&q=pattern%3Auser-frustration&orgId=org-3"),
	    "%.*s", STR_FMT(c ? c->list : STR("")));
	digest_free(g.digest);
}

/* Each plant by itself, at several seeds: found, alone. */
static void
alone(void)
{
	enum { SEEDS = 6 };
	int found[4] = { 0 }, odd = 0;

	for (int i = 0; i < 4 * SEEDS; i++) {
		struct gen g = { .state = 31 + (uint64_t)i * 1001,
			.runs_a_day = 250, .new_failure = i % 4 == 0,
			.regression = i % 4 == 1,
			.frustrated_org = i % 4 == 2,
			.dear_model = i % 4 == 3 };
		struct insight_report r;

		arena_reset(keep);
		gen_fortnight(&g, keep, &r);
		found[0] += find(&r, CLAIM_FAILURE_NEW, INSIGHT_TOTAL,
		    "f_new") != NULL;
		found[1] += find(&r, CLAIM_FAILURE_BACK, INSIGHT_TOTAL,
		    "f_back") != NULL;
		found[2] += find(&r, CLAIM_SIGNAL_RATE, INSIGHT_ORG,
		    "org-3") != NULL;
		found[3] += find(&r, CLAIM_COST_MODEL, INSIGHT_MODEL,
		    "large") != NULL;
		odd += strangers(&r, &g);
		digest_free(g.digest);
	}
	for (int i = 0; i < 4; i++)
		is_int(found[i], SEEDS, "plant %d is found each time", i);
	ok(odd <= 2, "%d claims of 24 fortnights were not planted", odd);
}

/* Made a week; prints what nobody planted if there is any. */
static int
odd_claims(struct gen *g, struct insight_report *r, const char *what)
{
	int odd = 0;

	arena_reset(keep);
	gen_fortnight(g, keep, r);
	for (size_t i = 0; i < r->nclaims; i++)
		/* A rare failure may be seen for the first time. */
		odd += !(r->claims[i].is_fact &&
		    (str_is(r->claims[i].name, "f_rare") ||
		    str_is(r->claims[i].name, "f_usual")));
	if (odd > 0 && strangers(r, g) > 0)
		printf("# %s: %.*s\n", what, STR_FMT(r->title));
	return odd;
}

/*
 * Weeks in which nothing changed, in many shapes.  Every claim is false; at
 * most one week in twenty may have one, as the false discovery rate is held
 * at 5 % of all tests together.
 */
static void
quiet_shapes(void)
{
	static const struct {
		const char *what;
		int runs_a_day;
		double weekend;
		unsigned idle_days;
	} shapes[] = {
		{ "a handful of runs a day", 6, 0, 0 },
		{ "thirty runs a day", 30, 0, 0 },
		{ "nothing at weekends", 120, 0.001, 0 },
		{ "busy weekends", 120, 3, 0 },
		{ "the same two days missing", 120, 0, 0x0306 },
		{ "many runs", 900, 0, 0 },
	};
	enum { WEEKS = 25 };
	int all = 0;

	for (size_t s = 0; s < ARRAY_LEN(shapes); s++) {
		int odd = 0, weeks = 0;

		for (int i = 0; i < (s == 5 ? WEEKS / 3 : WEEKS); i++) {
			struct gen g = { .state = 5000 + (uint64_t)i * 131 +
				s * 10007, .runs_a_day = shapes[s].runs_a_day,
				.weekend = shapes[s].weekend,
				.idle_days = shapes[s].idle_days };
			struct insight_report r;

			odd += odd_claims(&g, &r, shapes[s].what) > 0;
			weeks++;
			digest_free(g.digest);
		}
		all += odd;
		ok(odd <= 1 + weeks / 20, "%s: %d of %d quiet weeks had a "
		    "false claim", shapes[s].what, odd, weeks);
	}
	printf("# false-claim rate over all shapes: %d of %d weeks\n", all,
	    5 * WEEKS + WEEKS / 3);
	ok(all <= 5 * WEEKS / 20, "at most one week in twenty");
}

/* Changes in other shapes: what must be named is, what must not is not. */
static void
other_shapes(void)
{
	enum { SEEDS = 6 };
	int agents = 0, wrong = 0, volume = 0, outage = 0, odd = 0;

	for (int i = 0; i < SEEDS; i++) {
		struct gen g = { .state = 91 + (uint64_t)i * 977,
			.runs_a_day = 250, .failing_agent = true };
		struct insight_report r;

		arena_reset(keep);
		gen_fortnight(&g, keep, &r);
		agents += find(&r, CLAIM_ERROR_RATE, INSIGHT_AGENT,
		    "research") != NULL;
		wrong += find(&r, CLAIM_ERROR_RATE, INSIGHT_AGENT,
		    "support") != NULL;
		odd += strangers(&r, &g);
		digest_free(g.digest);
		g = (struct gen){ .state = 17 + (uint64_t)i * 313,
			.runs_a_day = 200, .growth = 1.6 };
		arena_reset(keep);
		gen_fortnight(&g, keep, &r);
		volume += find(&r, CLAIM_VOLUME, INSIGHT_TOTAL, "runs") !=
		    NULL;
		odd += strangers(&r, &g);
		digest_free(g.digest);
		/* Two days of the second week are missing: no rate moved. */
		g = (struct gen){ .state = 23 + (uint64_t)i * 499,
			.runs_a_day = 200, .idle_days = 0x0300 };
		arena_reset(keep);
		gen_fortnight(&g, keep, &r);
		for (size_t k = 0; k < r.nclaims; k++)
			outage += r.claims[k].kind == CLAIM_ERROR_RATE ||
			    r.claims[k].kind == CLAIM_SIGNAL_RATE ||
			    r.claims[k].kind == CLAIM_LATENCY ||
			    r.claims[k].kind == CLAIM_COST_MODEL;
		digest_free(g.digest);
	}
	is_int(agents, SEEDS, "the agent of two that began to fail");
	is_int(wrong, 0, "and not the other one");
	is_int(volume, SEEDS, "traffic that grew");
	ok(outage <= 1, "days without runs move no rate: %d claims", outage);
	ok(odd <= 1, "%d claims that nothing planted leads to", odd);
}

/* With a few runs a day what is plain is still found. */
static void
small(void)
{
	enum { SEEDS = 8 };
	int found = 0, odd = 0;

	for (int i = 0; i < SEEDS; i++) {
		struct gen g = { .state = 47 + (uint64_t)i * 719,
			.runs_a_day = 25, .new_failure = true,
			.slow_tool = true };
		struct insight_report r;

		arena_reset(keep);
		gen_fortnight(&g, keep, &r);
		/* One run in twenty of four days: some four runs. */
		found += find(&r, CLAIM_FAILURE_NEW, INSIGHT_TOTAL,
		    "f_new") != NULL && find(&r, CLAIM_LATENCY, INSIGHT_TOOL,
		    "search") != NULL;
		for (size_t k = 0; k < r.nclaims; k++)
			odd += !r.claims[k].is_fact &&
			    r.claims[k].kind != CLAIM_LATENCY;
		digest_free(g.digest);
	}
	ok(found >= SEEDS - 1, "small volumes: %d of %d found", found, SEEDS);
	ok(odd <= 1, "and %d odd claims", odd);
}

/* The first week of a project: all failures are new, and nothing else is
 * said to have changed. */
static void
first_week(void)
{
	struct gen g = { .state = 77, .runs_a_day = 200,
		.idle_days = 0x007f, .frustrated_org = true };
	struct insight_report r;
	int tested = 0, facts = 0;

	arena_reset(keep);
	gen_fortnight(&g, keep, &r);
	for (size_t i = 0; i < r.nclaims; i++) {
		facts += r.claims[i].kind == CLAIM_FAILURE_NEW;
		tested += !r.claims[i].is_fact;
	}
	is_int(facts, 2, "no week before: its failures are new");
	is_int(tested, 0, "and nothing rose from nothing");
	digest_free(g.digest);
	/* The other way: a week without runs behind one with some. */
	g = (struct gen){ .state = 78, .runs_a_day = 200,
		.idle_days = 0x3f80 };
	arena_reset(keep);
	gen_fortnight(&g, keep, &r);
	for (size_t i = 0; i < r.nclaims; i++)
		printf("# %.*s\n", STR_FMT(r.claims[i].title));
	ok(find(&r, CLAIM_ERROR_RATE, INSIGHT_TOTAL, "failure_rate") == NULL,
	    "no rate of a week without runs: %.*s", STR_FMT(r.title));
	digest_free(g.digest);
}

static void
empty(void)
{
	struct gen g = { .state = 3, .runs_a_day = 0 };
	struct insight_report r;

	arena_reset(keep);
	gen_fortnight(&g, keep, &r);
	ok(r.is_quiet && str_has_prefix(r.title, STR("Nothing ran")), "%.*s",
	    STR_FMT(r.title));
	digest_free(g.digest);
}

int
main(void)
{
	hash_setup();
	keep = arena_new(64 << 20);
	planted();
	abandoned(1);
	abandoned(-1);
	everybody();
	lists();
	quoted();
	complaints();
	quiet();
	alone();
	quiet_shapes();
	other_shapes();
	small();
	first_week();
	empty();
	arena_free(keep);
	return tap_done();
}
