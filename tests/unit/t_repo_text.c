/* lib/repo: documents of runs: leases that are late, groups that are full,
 * filters that tell case, runs that move in time or are too large. */
#include "repo/search.h"
#include "repo/work.h"
#include "repo_gen.h"

static struct arena *arena;
static struct kv *kv;
static struct repo_commit *commit;
static struct document *doc;

static struct event
turn(const char *run, const char *agent, int64_t minute, const char *text)
{
	struct event_builder b;

	gen_begin(&b, arena, EVENT_RUN, str_from(run), str_from(run));
	event_text(&b, FIELD_RUN_agent, str_from(agent));
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

/* The seq of a run's entry. */
static uint64_t
seq_of(const char *run)
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

/* Adds a verdict with a document of this prompt. */
static int
judge(struct event *v, const char *agent, const char *text, uint64_t seq)
{
	struct err e = ERR_INIT;
	struct buf b;
	int rc;

	buf_init(&b, DOCUMENT_BYTES_MAX);
	document_begin(doc);
	document_add_keyword(doc, KEYWORD_AGENT, str_from(agent));
	document_add_text(doc, SEARCHABLE_PROMPT, str_from(text));
	document_encode(doc, &b);
	rc = repo_commit_document(commit, v, buf_str(&b), seq, &e);
	if (rc == 0)
		rc = repo_commit_events(commit, v, 1, seq, &e);
	buf_fini(&b);
	return rc;
}

static void
write_group(void)
{
	struct err e = ERR_INIT;

	if (repo_commit_write(commit, true, &e))
		ok(0, "written: %s", e.text);
	repo_commit_begin(commit);
}

/* A run, with its verdict and document. */
static void
store(const char *run, const char *agent, int64_t minute, const char *text)
{
	struct event ev = turn(run, agent, minute, text);

	gen_commit(commit, &ev, 1, 0);
	ev = verdict(run, 1);
	repo_commit_begin(commit);
	is_int(judge(&ev, agent, text, seq_of(run)), 0, "%s", run);
	write_group();
}

static int64_t
total(struct repo_search_query q, const char *text, struct repo_search *out)
{
	struct repo_view v = { kv_latest(kv), { 1, ENV_PROD }, arena };
	struct err e = ERR_INIT;

	q.text = str_from(text);
	if (repo_search(&v, &q, out, &e)) {
		printf("# %s\n", e.text);
		return -1;
	}
	return (int64_t)out->total;
}

static int64_t
count(const char *text)
{
	struct repo_search_query q = REPO_SEARCH_INIT;
	struct repo_search found;

	return total(q, text, &found);
}

/* Two workers have a run, as it was and as it is. */
static void
test_late_lease(void)
{
	struct event ev = turn("a", "x", 1, "walrus"), first, second;
	uint64_t early, late;

	gen_commit(commit, &ev, 1, 0);
	early = seq_of("a");
	ev = turn("a", "x", 1, "zebra");
	gen_commit(commit, &ev, 1, 0);
	late = seq_of("a");
	ok(early && late > early, "leased twice");
	first = verdict("a", 1);
	second = verdict("a", 2);
	repo_commit_begin(commit);
	is_int(judge(&second, "x", "zebra", late), 0, "the later");
	is_int(judge(&first, "x", "walrus", early), 0, "in one group");
	write_group();
	ok(count("zebra") == 1 && count("walrus") == 0,
	    "what the run is can be found, not what it was");
	is_int(judge(&first, "x", "walrus", early), 0, "the earlier again");
	write_group();
	ok(count("zebra") == 1 && count("walrus") == 0,
	    "in a group of its own");
	is_int(judge(&second, "x", "walrus", late), 0, "an ended lease");
	write_group();
	ok(count("zebra") == 1 && count("walrus") == 0, "changes nothing");
}

static void
test_moved(void)
{
	struct repo_search_query q = REPO_SEARCH_INIT;
	struct repo_search found;
	struct event ev;

	q.filter.from_ms = GEN_START_MS;
	q.filter.to_ms = GEN_START_MS + 10 * MS_PER_MINUTE;
	store("m", "x", 5, "moving");
	is_int(total(q, "moving", &found), 1, "in its range");
	ev = turn("m", "x", 50, "moving");
	gen_commit(commit, &ev, 1, 0);
	ev = verdict("m", 2);
	repo_commit_begin(commit);
	is_int(judge(&ev, "x", "moving", seq_of("m")), 0, "another start");
	write_group();
	is_int(total(q, "moving", &found), 0, "not where it was");
	q.filter.to_ms += 60 * MS_PER_MINUTE;
	is_int(total(q, "moving", &found), 1, "once in a longer range");
}

static void
test_case(void)
{
	struct repo_search_query q = REPO_SEARCH_INIT;
	struct repo_search found;

	for (int i = 0; i < 5; i++) {
		char run[20];

		snprintf(run, sizeof(run), "case%d", i);
		store(arena_str(arena, str_from(run)).p, i < 2 ? "Night" :
		    "night", 3, "ocelot");
	}
	is_int(count("ocelot agent:NIGHT"), 5, "words: whatever the case");
	q.filter.limit = 2;
	q.filter.agent = STR("night");
	ok(total(q, "ocelot", &found) == 3 && found.n == 2,
	    "a filter: in this case only, with a full page");
	q.filter.agent = STR("Night");
	ok(total(q, "ocelot", &found) == 2 && found.n == 2,
	    "and its total is right");
	q.filter.agent = STR("NIGHT");
	is_int(total(q, "ocelot", &found), 0, "nobody");
}

/* As many different words as a document has, in many documents. */
static void
test_full_group(void)
{
	struct event ev = turn("fat", "x", 9, "fat");
	struct err e = ERR_INIT;
	struct buf text, b;
	size_t n = 0;
	int rc = 0;

	gen_commit(commit, &ev, 1, 0);
	buf_init(&text, 1 << 20);
	buf_init(&b, DOCUMENT_BYTES_MAX);
	for (unsigned i = 0; i < DOCUMENT_WORDS_MAX; i++)
		buf_addf(&text, "%x ", i);
	document_begin(doc);
	document_add_text(doc, SEARCHABLE_PROMPT, buf_str(&text));
	document_encode(doc, &b);
	repo_commit_begin(commit);
	for (; n < 200 && rc == 0; n++) {
		char run[20];

		snprintf(run, sizeof(run), "fat%zu", n);
		ev = turn(arena_str(arena, str_from(run)).p, "x", 9, "fat");
		rc = repo_commit_events(commit, &ev, 1, 0, &e);
		if (rc == 0)
			rc = repo_commit_document(commit, &ev, buf_str(&b),
			    0, &e);
	}
	ok(rc == ERR_AGAIN && n > 4 && n < 200, "a group is full of words: "
	    "%zu", n);
	e = (struct err)ERR_INIT;
	is_int(repo_commit_write(commit, true, &e), 0, "and is written: %s",
	    e.text);
	repo_commit_begin(commit);
	is_int(count("3fff"), (int64_t)n - 1, "and found");
	is_int(repo_commit_document(commit, &ev, buf_str(&b), 0, &e), 0,
	    "the next one takes it");
	write_group();
	buf_fini(&text);
	buf_fini(&b);
}

static struct event
call(size_t i, struct str result)
{
	struct event_builder b;

	gen_begin(&b, arena, EVENT_SPAN, STR("huge"),
	    arena_printf(arena, "%zu", i));
	event_int(&b, FIELD_SPAN_type, SPAN_TOOL);
	event_text(&b, FIELD_SPAN_name, STR("tool"));
	event_text(&b, FIELD_SPAN_output, result);
	return gen_end(&b);
}

/* More tools than a document has keywords: what was found in the run counts
 * all the same. */
static void
test_many_tools(void)
{
	struct repo_view v = { kv_latest(kv), { 1, ENV_PROD }, arena };
	struct event ev = turn("tools", "x", 2, "many"), end;
	struct err e = ERR_INIT;
	struct run *run;
	struct buf b;

	gen_commit(commit, &ev, 1, 0);
	for (size_t i = 0; i < 300; i++) {
		struct event_builder t;

		gen_begin(&t, arena, EVENT_SPAN, STR("tools"),
		    arena_printf(arena, "%zu", i));
		event_int(&t, FIELD_SPAN_type, SPAN_TOOL);
		event_text(&t, FIELD_SPAN_name,
		    arena_printf(arena, "tool-%zu", i));
		end = gen_end(&t);
		gen_commit(commit, &end, 1, 0);
	}
	is_int(repo_run_get(&v, STR("tools"), &run, &e), 0, "300 tools");
	buf_init(&b, DOCUMENT_BYTES_MAX);
	document_begin(doc);
	searchable_run(doc, run);
	searchable_signal(doc, STR("user-frustration"));
	document_encode(doc, &b);
	repo_commit_begin(commit);
	is_int(repo_commit_document(commit, &ev, buf_str(&b), 0, &e), 0,
	    "their document");
	write_group();
	is_int(count("tool:tool-7"), 1, "a tool");
	is_int(count("pattern:user-frustration"), 1, "a pattern");
	buf_fini(&b);
}

/* Texts of a run that fill a document each leave room for what follows. */
static void
test_long_texts(void)
{
	struct event_builder b;
	struct event ev[2];
	struct err e = ERR_INIT;
	struct str id = STR("long");
	struct buf text, out;
	struct run *run;

	buf_init(&text, 1 << 20);
	buf_init(&out, DOCUMENT_BYTES_MAX);
	for (unsigned i = 0; i < 2 * DOCUMENT_WORDS_MAX; i++)
		buf_addf(&text, "%x ", i);
	gen_begin(&b, arena, EVENT_RUN, id, id);
	event_text(&b, FIELD_RUN_user_prompt, buf_str(&text));
	event_text(&b, FIELD_RUN_response, STR("alpaca"));
	event_int(&b, FIELD_RUN_status, STATUS_ERROR);
	event_text(&b, FIELD_RUN_status_message, STR("badger"));
	ev[0] = gen_end(&b);
	gen_begin(&b, arena, EVENT_SPAN, id, STR("1"));
	event_int(&b, FIELD_SPAN_type, SPAN_TOOL);
	event_text(&b, FIELD_SPAN_output, STR("caracal"));
	ev[1] = gen_end(&b);
	is_int(run_fold(ev, 2, id, arena, &run, &e), 0, "a long prompt");
	document_begin(doc);
	searchable_run(doc, run);
	document_encode(doc, &out);
	repo_commit_begin(commit);
	gen_commit(commit, ev, 2, 0);
	repo_commit_begin(commit);
	is_int(repo_commit_document(commit, &ev[0], buf_str(&out), 0, &e), 0,
	    "its document");
	write_group();
	ok(count("response:alpaca error:badger results:caracal") == 1,
	    "response, error and result are found");
	is_int(count("prompt:2fff response:alpaca"), 1, "most of the prompt, too");
	buf_fini(&text);
	buf_fini(&out);
}

/* A run whose calls are larger than what is read of it for a page. */
static void
test_huge(void)
{
	enum { CALLS = 60 };
	struct repo_search_query q = REPO_SEARCH_INIT;
	struct repo_search found;
	struct str big = str_of(arena_alloc(arena, 1 << 20), 1 << 20);

	memset((void *)(uintptr_t)big.p, 'z', big.n);
	store("huge", "x", 2, "pachyderm");
	for (size_t i = 0; i < CALLS; i++) {
		struct event ev = call(i, big);

		gen_commit(commit, &ev, 1, 0);
	}
	store("little", "x", 1, "pachyderm");
	is_int(total(q, "pachyderm", &found), 2, "found all the same");
	ok(found.n == 2, "both");
	for (size_t i = 0; i < found.n; i++)
		is_int((int64_t)found.v[i].nsnippets, str_is(
		    found.v[i].row.run->base.id, "huge") ? 0 : 1,
		    "snippets of what can be read: %.*s",
		    STR_FMT(found.v[i].row.run->base.id));
}

int
main(void)
{
	hash_setup();
	arena = arena_new(512 << 20);
	doc = document_new();
	kv = kv_memory_new();
	commit = repo_commit_new(kv, NULL);
	test_late_lease();
	test_moved();
	test_case();
	test_full_group();
	test_many_tools();
	test_long_texts();
	test_huge();
	repo_commit_free(commit);
	kv_close(kv);
	document_free(doc);
	arena_free(arena);
	return tap_done();
}
