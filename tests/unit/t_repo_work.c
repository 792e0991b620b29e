/* lib/repo: the work queue, limits of requests, keys and projects. */
#include "repo/key.h"
#include "repo/record.h"
#include "repo/work.h"
#include "repo_gen.h"

static struct arena *arena;
static struct kv *kv;
static struct repo_commit *commit;

static struct event
turn(const char *run, const char *session, int64_t minute, const char *text)
{
	struct event_builder b;

	gen_begin(&b, arena, EVENT_RUN, str_from(run), str_from(run));
	event_text(&b, FIELD_RUN_session_id, str_from(session));
	event_int(&b, FIELD_RUN_start_ns,
	    (GEN_START_MS + minute * MS_PER_MINUTE) * NS_PER_MS);
	event_text(&b, FIELD_RUN_user_prompt, str_from(text));
	return gen_end(&b);
}

static struct event
verdict(const char *run, int64_t rev)
{
	struct event_builder b;

	gen_begin(&b, arena, EVENT_VERDICT, str_from(run), STR("1"));
	b.event.order = rev;
	event_int(&b, FIELD_VERDICT_version, 1);
	event_int(&b, FIELD_VERDICT_rev, rev);
	return gen_end(&b);
}

/* Run ids in the queue, oldest first: "a b c". */
static const char *
queue(struct repo_work *work)
{
	static char text[200];
	struct err e = ERR_INIT;
	size_t n, depth;

	text[0] = '\0';
	if (repo_work_scan(kv_latest(kv), 0, work, 20, &n, &e) ||
	    repo_work_depth(kv_latest(kv), 100, &depth, &e) || depth != n)
		printf("# %s\n", e.text);
	for (size_t i = 0; i < n; i++) {
		struct repo_bundle bundle;
		size_t at = strlen(text);

		if (repo_work_load(kv_latest(kv), &work[i], arena, &bundle,
		    &e))
			printf("# %s\n", e.text);
		snprintf(text + at, sizeof(text) - at, "%s%.*s",
		    at ? " " : "", STR_FMT(bundle.run_id));
	}
	return text;
}

static void
test_queue(void)
{
	struct event ev[3] = { turn("a", "s", 1, "one"),
		turn("b", "s", 2, "two"), turn("c", "t", 3, "three") };
	struct repo_work w[20], old;
	struct repo_bundle bundle;
	struct err e = ERR_INIT;
	struct event more;

	gen_commit(commit, ev, 3, 0);
	is_str(queue(w), "a b c", "three new runs");
	gen_commit(commit, ev, 3, 0);
	is_str(queue(w), "a b c", "again: nothing changes");

	ok(repo_work_load(kv_latest(kv), &w[1], arena, &bundle, &e) == 0 &&
	    bundle.rev == 1 && bundle.nevents == 1 && bundle.nearlier == 1 &&
	    str_is(bundle.project, "demo") &&
	    str_is(bundle.events[0].project, "demo") &&
	    str_is(bundle.events[0].run_id, "b") &&
	    str_is(bundle.earlier[0]->user_prompt, "one"),
	    "a bundle has the turns before");

	more = verdict("c", 1);
	gen_commit(commit, &more, 1, w[2].seq);
	is_str(queue(w), "a b", "a verdict under its lease");
	gen_commit(commit, &more, 1, 999);
	is_str(queue(w), "a b", "the same again");

	old = w[0];
	more = turn("a", "s", 1, "one, really");
	gen_commit(commit, &more, 1, 0);
	is_str(queue(w), "a b", "a and what follows it are at the end");
	ok(w[0].seq > old.seq, "with new numbers");
	more = verdict("a", 1);
	gen_commit(commit, &more, 1, old.seq);
	is_str(queue(w), "a b", "a verdict under an old lease is stored only");
	more = verdict("a", 2);
	gen_commit(commit, &more, 1, w[0].seq);
	more = verdict("b", 1);
	gen_commit(commit, &more, 1, w[1].seq);
	is_str(queue(w), "", "all done");

	/* b has a verdict of its revision, but has not seen the new a. */
	more = turn("a", "s", 1, "something else");
	gen_commit(commit, &more, 1, 0);
	is_str(queue(w), "a b", "a later turn is looked at again");
	old = w[1];
	more = turn("a", "s", 1, "one more time");
	gen_commit(commit, &more, 1, 0);
	more = verdict("b", 1);
	gen_commit(commit, &more, 1, old.seq);
	is_str(queue(w), "a b", "a verdict that saw too little ends nothing");
	gen_commit(commit, &more, 1, w[0].seq);
	(void)queue(w);
	gen_commit(commit, &more, 1, w[1].seq);
	is_str(queue(w), "a", "one that saw it all does, though known");

	more = verdict("a", 4);
	gen_commit(commit, &more, 1, 0);
	is_str(queue(w), "a", "without a lease nothing ends");
	gen_commit(commit, &more, 1, w[0].seq);
	is_str(queue(w), "", "with it all is done");
	ok(gen_verify(kv), "the store verifies");
}

/* Part of a verdict on revision 1 of run o. */
static struct event
judgement(enum event_kind kind, const char *id, int64_t pass)
{
	bool is_signal = kind == EVENT_SIGNAL;
	struct event_builder b;

	gen_begin(&b, arena, kind, STR("o"), str_from(id));
	b.event.order = verdict_order(1, (uint64_t)pass);
	event_int(&b, is_signal ? FIELD_SIGNAL_version :
	    FIELD_VERDICT_version, 1);
	event_int(&b, is_signal ? FIELD_SIGNAL_rev : FIELD_VERDICT_rev, 1);
	event_int(&b, is_signal ? FIELD_SIGNAL_pass : FIELD_VERDICT_pass,
	    pass);
	if (is_signal)
		event_text(&b, FIELD_SIGNAL_slug, STR("angry"));
	return gen_end(&b);
}

/* The seq of a run's entry. */
static uint64_t
work_seq(const char *run)
{
	struct hash128 rid = hash128(str_from(run));
	struct repo_work w[20];
	struct err e = ERR_INIT;
	size_t n;

	if (repo_work_scan(kv_latest(kv), 0, w, 20, &n, &e))
		return 0;
	for (size_t i = 0; i < n; i++)
		if (memcmp(w[i].rid.b, rid.b, sizeof(rid.b)) == 0)
			return w[i].seq;
	return 0;
}

/* A verdict on the same revision that finds something else. */
static void
test_other_findings(void)
{
	struct repo_view v = { kv_latest(kv), { 1, ENV_PROD }, arena };
	struct event ev = turn("o", "os", 1, "hm"), first[9], second[9];
	struct repo_runs runs;
	struct err e = ERR_INIT;

	gen_commit(commit, &ev, 1, 0);
	for (int64_t pass = 7; pass < 13; pass += 2) {
		first[0] = judgement(EVENT_VERDICT, "1", pass);
		first[1] = judgement(EVENT_SIGNAL, "1/angry", pass);
		second[0] = judgement(EVENT_VERDICT, "1", pass + 1);
		gen_commit(commit, first, 2, 0);
		ok(repo_pattern_runs(&v, STR("angry"), 0, INT64_MAX, 9, 0,
		    &runs, &e) == 0 && runs.n == 1, "found");
		gen_commit(commit, second, 1, 0);
		gen_commit(commit, first, 2, 0);
		ok(repo_pattern_runs(&v, STR("angry"), 0, INT64_MAX, 9, 0,
		    &runs, &e) == 0 && runs.n == 0, "and taken back");
	}
	/* Whoever holds the lease ends it. */
	gen_commit(commit, second, 1, work_seq("o"));
	ok(gen_verify(kv), "the store verifies");
}

/* A run and its verdict in one request, as an import sends them. */
static void
test_import(void)
{
	struct event ev[2] = { turn("i", "i", 9, "hello"), verdict("i", 1) };
	struct repo_work w[20];

	gen_commit(commit, ev, 2, 0);
	is_str(queue(w), "i", "an imported verdict leaves the run in the queue");
	gen_commit(commit, &ev[1], 1, w[0].seq);
	is_str(queue(w), "", "until a classifier has read it");
	ok(gen_verify(kv), "the store verifies");
}

static struct event
span(const char *run, size_t i, size_t name_bytes)
{
	struct event_builder b;
	char *name = calloc(1, name_bytes + 1);

	memset(name, 'x', name_bytes);
	gen_begin(&b, arena, EVENT_SPAN, str_from(run),
	    arena_printf(arena, "%zu", i));
	event_text(&b, FIELD_SPAN_name, arena_str(arena, str_from(name)));
	free(name);
	return gen_end(&b);
}

static void
test_limits(void)
{
	enum { N = RUN_SPANS_MAX + 1 };
	struct event *many = calloc(N, sizeof(*many));
	struct event one = span("other", 0, 3), big[20];
	struct repo_view v = { kv_latest(kv), { 1, ENV_PROD }, arena };
	struct err e = ERR_INIT;
	struct run *run;

	for (size_t i = 0; i < N; i++)
		many[i] = span("many", i, 3);
	repo_commit_begin(commit);
	is_int(repo_commit_events(commit, &one, 1, 0, &e), 0, "a good one");
	is_int(repo_commit_events(commit, many, N, 0, &e), ERR_LIMIT,
	    "too many spans in one run");
	ok(strstr(e.text, "many"), "the error names the run: %s", e.text);
	is_int(repo_commit_events(commit, many, N - 1, 0, &e), 0,
	    "as many as fit");
	is_int(repo_commit_events(commit, many + N - 1, 1, 0, &e), ERR_LIMIT,
	    "and one more");
	is_int(repo_commit_write(commit, true, &e), 0, "written");
	ok(repo_run_head(&v, STR("many"), &run, &e) == 0 &&
	    run_count(run, EVENT_SPAN) == RUN_SPANS_MAX, "the run is full");
	for (size_t i = 0; i < ARRAY_LEN(big); i++)
		big[i] = span("big", i, 1 << 20);
	repo_commit_begin(commit);
	is_int(repo_commit_events(commit, big, ARRAY_LEN(big), 0, &e),
	    ERR_LIMIT, "a head that would be too large");
	is_int(repo_commit_events(commit, big, 10, 0, &e), 0, "half of it");
	is_int(repo_commit_write(commit, true, &e), 0, "written");
	ok(gen_verify(kv), "the store verifies");
	free(many);
	arena_reset(arena);
}

/* More patches of one entity than its list of seen ones holds. */
static void
test_many_patches(void)
{
	struct repo_view v = { kv_latest(kv), { 1, ENV_PROD }, arena };
	struct err e = ERR_INIT;
	struct event ev[100];
	struct run *run;

	for (int i = 0; i < 100; i++) {
		char text[20];

		snprintf(text, sizeof(text), "patch %d", i);
		ev[i] = turn("patched", "p", 1,
		    arena_str(arena, str_from(text)).p);
		gen_commit(commit, &ev[i], 1, 0);
		if (i % 3 == 0)
			gen_commit(commit, &ev[i], 1, 0);
	}
	gen_commit(commit, ev + 80, 15, 0);
	ok(repo_run_head(&v, STR("patched"), &run, &e) == 0 &&
	    run->rev == 100, "100 patches, repeats not counted");
	is_int((int64_t)run->base.nseen, RUN_SEEN_MAX, "the list is full");
	ok(gen_verify(kv), "the store verifies");
}

static void
test_full_group(void)
{
	static struct event ev[200];
	struct err e = ERR_INIT;
	int rc = 0, n;

	repo_commit_begin(commit);
	for (n = 0; n < 200 && rc == 0; n++) {
		char run[20];

		snprintf(run, sizeof(run), "fat%d", n);
		ev[n] = span(arena_str(arena, str_from(run)).p, 0, 1 << 20);
		rc = repo_commit_events(commit, &ev[n], 1, 0, &e);
	}
	ok(rc == ERR_AGAIN && n > 20, "a full group asks to be written");
	is_int(repo_commit_write(commit, true, &e), 0, "written");
	arena_reset(arena);
}

static void
test_changes(void)
{
	struct event ev[3] = { turn("x", "xs", 1, "one"),
		turn("y", "xs", 2, "two"), verdict("a", 4) };
	struct repo_change c;
	struct event_builder b;
	size_t it = 0;

	gen_begin(&b, arena, EVENT_FAILURE_CHANGE, STR(""), STR("f_1"));
	event_text(&b, FIELD_FAILURE_CHANGE_status, STR("ignored"));
	ev[2] = gen_end(&b);
	gen_commit(commit, ev, 3, 0);
	ok(repo_commit_changes(commit, &it, &c) && str_is(c.id, "x") &&
	    c.is_new && c.rev == 1 && c.work_seq > 0 &&
	    str_is(c.project, "demo"), "a new run");
	ok(repo_commit_changes(commit, &it, &c) && str_is(c.id, "y"),
	    "another");
	ok(repo_commit_changes(commit, &it, &c) &&
	    c.class == CLASS_FAILURE && str_is(c.id, "f_1"), "a failure");
	ok(!repo_commit_changes(commit, &it, &c) &&
	    !repo_commit_changes(commit, &it, &c), "that is all");
	gen_commit(commit, ev, 3, 0);
	it = 0;
	ok(!repo_commit_changes(commit, &it, &c), "nothing new: no change");
}

static int
count_key(void *arg, const struct repo_key *k, struct err *e)
{
	(void)k, (void)e;
	++*(int *)arg;
	return 0;
}

static void
test_keys(void)
{
	const struct str p = STR("keys");
	const struct {
		struct repo_key_spec spec;
		const char *prefix;
	} cases[] = {
		{ { p, DIALECT_TCC, KEY_INGEST, KEY_PROD }, "tcc_prod_" },
		{ { p, DIALECT_TCC, KEY_INGEST, KEY_DEV }, "dev_" },
		{ { p, DIALECT_TCC, KEY_READ, KEY_DEV_PROD }, "tcc_key_" },
		{ { p, DIALECT_LANGFUSE, KEY_ALL, KEY_PROD }, "sk-lf-" },
		{ { p, DIALECT_AGENTOPS, KEY_ALL, KEY_PROD }, "" },
		{ { p, DIALECT_AGENTTRACE, KEY_ALL, KEY_PROD }, "sk-at-" },
		{ { p, DIALECT_KONTEXT, KEY_ALL, KEY_PROD }, "ory_at_" },
	};
	struct repo_key key, found;
	struct err e = ERR_INIT;
	char secret[REPO_SECRET_SIZE];
	int n = 0;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct repo_key_spec spec = cases[i].spec;

		ok(repo_key_create(kv, &spec, 77, &key, secret, &e) == 0 &&
		    str_has_prefix(str_from(secret),
		    str_from(cases[i].prefix)), "%s %s: %s",
		    repo_dialect_name(spec.dialect), cases[i].prefix, e.text);
		ok(repo_key_find(kv_latest(kv), str_from(secret), &found,
		    &e) == 0 && strcmp(found.id, key.id) == 0 &&
		    found.project == key.project && found.envs == spec.envs &&
		    strcmp(found.project_name, "keys") == 0 &&
		    found.scope == spec.scope && found.created_ms == 77,
		    "found by its secret");
		if (spec.dialect == DIALECT_AGENTOPS)
			ok(uuid_is_v4(str_from(secret)), "a UUID");
		if (spec.dialect == DIALECT_LANGFUSE)
			ok(str_has_prefix(str_from(found.public_id),
			    STR("pk-lf-")), "with a public part");
	}
	secret[10] ^= 1;
	is_int(repo_key_find(kv_latest(kv), str_from(secret), &found, &e),
	    ERR_NOT_FOUND, "another secret");
	secret[10] ^= 1;
	ok(repo_key_allows(&key, KEY_INGEST, ENV_PROD) &&
	    !repo_key_allows(&key, KEY_INGEST, ENV_DEV), "what it may do");
	is_int(repo_key_revoke(kv, str_from(key.id), 99, &found, &e), 0,
	    "revoke");
	is_int(repo_key_revoke(kv, str_from(key.id), 100, &found, &e), 0,
	    "again");
	ok(repo_key_find(kv_latest(kv), str_from(secret), &found, &e) == 0 &&
	    found.revoked_ms == 99 &&
	    !repo_key_allows(&found, KEY_INGEST, ENV_PROD), "it is revoked");
	is_int(repo_key_revoke(kv, STR("key_x"), 1, &found, &e),
	    ERR_NOT_FOUND, "no such key");
	ok(repo_key_list(kv_latest(kv), count_key, &n, &e) == 0 &&
	    n == (int)ARRAY_LEN(cases), "%d keys listed", n);
}

static int
count_project(void *arg, struct str name, uint32_t number, struct err *e)
{
	(void)name, (void)number, (void)e;
	++*(int *)arg;
	return 0;
}

static void
test_projects(void)
{
	char name[REPO_PROJECT_MAX + 1];
	struct event_builder b;
	struct err e = ERR_INIT;
	struct event ev;
	uint32_t number;
	int n = 0;

	ok(repo_project_find(kv_latest(kv), STR("keys"), &number, &e) == 0 &&
	    repo_project_name(kv_latest(kv), number, name, &e) == 0 &&
	    strcmp(name, "keys") == 0, "by name and by number");
	gen_begin(&b, arena, EVENT_RUN, STR("r"), STR("r"));
	b.event.project = STR("no such/name");
	ev = gen_end(&b);
	repo_commit_begin(commit);
	is_int(repo_commit_events(commit, &ev, 1, 0, &e), ERR_INVALID,
	    "a bad name");
	gen_begin(&b, arena, EVENT_RUN, STR("r"), STR("r"));
	b.event.project = STR("late");
	ev = gen_end(&b);
	is_int(repo_commit_events(commit, &ev, 1, 0, &e), 0, "a new name");
	is_int(repo_project_find(kv_latest(kv), STR("late"), &number, &e),
	    ERR_NOT_FOUND, "not before the write");
	is_int(repo_commit_write(commit, true, &e), 0, "written");
	is_int(repo_project_find(kv_latest(kv), STR("late"), &number, &e), 0,
	    "there it is");
	ok(repo_project_list(kv_latest(kv), count_project, &n, &e) == 0 &&
	    n == 3, "%d projects", n);
}

static void
test_schema(void)
{
	struct kv *other = kv_memory_new();
	struct kv_batch *b = kv_batch_new(1000);
	struct err e = ERR_INIT;
	bool done;

	is_int(repo_check(kv_latest(other), &e), 0, "an empty store is fine");
	is_int(repo_open(other, &e), 0, "is made ours");
	is_int(repo_open(other, &e), 0, "and opens again");
	kv_batch_put(b, KV_DEFAULT, STR("schema"), STR("\0\0\0\11"));
	is_int(kv_write(other, b, true, &e), 0, "a later version");
	is_int(repo_open(other, &e), ERR_INVALID, "is refused");
	ok(strstr(e.text, "newer"), "in words: %s", e.text);
	ok(repo_migrate(other, NULL, NULL, NULL, &done, &e) == 0 && !done,
	    "nor migrated");
	kv_batch_free(b);
	kv_close(other);
}

/* The data of an older weir: derived anew, and all of it read again. */
static void
test_migration(void)
{
	struct kv *old = gen_kv();
	struct repo_commit *c = repo_commit_new(old, &gen_pricer);
	struct event ev[3] = { turn("a", "s", 1, "one"),
		turn("b", "s", 2, "two"), verdict("a", 1) };
	struct kv_batch *b = kv_batch_new(1000);
	struct repo_work w[20];
	struct err e = ERR_INIT;
	bool done;
	size_t n;

	gen_commit(c, ev, 3, 0);
	is_int(repo_work_scan(kv_latest(old), 0, w, 20, &n, &e), 0, "scan");
	gen_commit(c, &ev[2], 1, w[0].seq);
	repo_commit_free(c);
	kv_batch_put(b, KV_DEFAULT, STR("schema"), STR("\0\0\0\1"));
	kv_batch_delete_range(b, KV_ROLLUPS, STR_NULL, STR_NULL);
	is_int(kv_write(old, b, true, &e), 0, "an old version");
	is_int(repo_open(old, &e), ERR_INVALID, "does not open as it is");
	ok(strstr(e.text, "older"), "in words: %s", e.text);
	e = (struct err)ERR_INIT;
	ok(repo_migrate(old, &gen_pricer, NULL, NULL, &done, &e) == 0 && done,
	    "is migrated");
	is_int(repo_open(old, &e), 0, "then it opens");
	ok(repo_work_scan(kv_latest(old), 0, w, 20, &n, &e) == 0 && n == 2,
	    "each run is in the queue");
	ok(gen_verify(old), "the store verifies");
	ok(repo_migrate(old, &gen_pricer, NULL, NULL, &done, &e) == 0 && !done,
	    "once");
	kv_batch_free(b);
	kv_close(old);
}

int
main(void)
{
	hash_setup();
	arena = arena_new(1 << 30);
	kv = gen_kv();
	commit = repo_commit_new(kv, &gen_pricer);
	test_queue();
	test_other_findings();
	test_import();
	test_many_patches();
	test_changes();
	test_keys();
	test_projects();
	test_limits();
	test_full_group();
	test_schema();
	test_migration();
	repo_commit_free(commit);
	kv_close(kv);
	arena_free(arena);
	return tap_done();
}
