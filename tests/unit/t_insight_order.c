/*
 * The same input gives the same insight, byte for byte: in whatever order its
 * events arrive, in groups of any size, and however often some come again.
 */
#include "insight_gen.h"
#include "repo/commit.h"

enum { ORDERS = 12 };

static struct gen g;
static struct arena *keep;

static struct str
body_of(const struct event *ev)
{
	return arena_str(keep, event_get(ev, FIELD_INSIGHT_body)->s);
}

/* From whole runs, which never were in a store. */
static struct str
from_runs(struct period *p)
{
	struct insight_report r;
	struct err e = ERR_INIT;
	struct event ev;
	struct str body;

	g.keep = keep;
	gen_fortnight(&g, keep, &r);
	*p = digest_summary(g.digest)->period[NOW];
	if (digest_event(g.digest, 1, keep, &ev, &e))
		BUG("%s", e.text);
	body = body_of(&ev);
	digest_free(g.digest);
	return body;
}

static size_t
draw(size_t n)
{
	return (size_t)(gen_uniform(&g) * (double)n);
}

/* A random order; some events twice. */
static size_t
shuffle(struct str *v)
{
	size_t n = g.nevents;

	memcpy(v, g.events, n * sizeof(*v));
	for (size_t i = 0; i < g.nevents / 10; i++)
		v[n++] = g.events[draw(g.nevents)];
	for (size_t i = n - 1; i > 0; i--) {
		size_t k = draw(i + 1);
		struct str swap = v[i];

		v[i] = v[k];
		v[k] = swap;
	}
	return n;
}

static void
commit(struct repo_commit *c, const struct str *v, size_t n, struct arena *a)
{
	struct event *events = arena_array(a, n, sizeof(*events));
	struct err e = ERR_INIT;

	repo_commit_begin(c);
	for (size_t i = 0; i < n; i++) {
		struct pack_reader r = pack_reader(v[i]);

		if (event_decode(&r, a, &events[i], &e))
			BUG("%s", e.text);
	}
	if (repo_commit_events(c, events, n, 0, &e) ||
	    repo_commit_write(c, true, &e))
		BUG("%s", e.text);
	arena_reset(a);
}

static struct str
from_store(struct str *v, size_t n, size_t largest, const struct period *p)
{
	struct kv *kv = kv_memory_new();
	struct arena *a = arena_new(64 << 20);
	struct repo_commit *c;
	struct err e = ERR_INIT;
	struct event ev;
	struct str body;

	if (repo_open(kv, &e))
		BUG("%s", e.text);
	c = repo_commit_new(kv, NULL);
	for (size_t i = 0, m; i < n; i += m) {
		m = 1 + draw(largest);
		m = MIN_OF(n - i, m);
		commit(c, v + i, m, a);
	}
	if (digest_insight(kv_latest(kv), (struct repo_scope){ 1, ENV_PROD },
	    p, (int64_t)n, a, &ev, &e))
		BUG("%s", e.text);
	body = body_of(&ev);
	repo_commit_free(c);
	arena_free(a);
	kv_close(kv);
	return body;
}

int
main(void)
{
	static const size_t largest[] = { 1, 7, 200 };
	struct str want, *v;
	struct period p;

	hash_setup();
	keep = arena_new(512 << 20);
	g = (struct gen){ .state = 5, .runs_a_day = 30, .new_failure = true,
		.frustrated_org = true, .dear_model = true };
	want = from_runs(&p);
	v = arena_array(keep, 2 * g.nevents, sizeof(*v));
	ok(g.nevents > 1000 && v && want.n > 1000, "%zu events, an insight of "
	    "%zu bytes", g.nevents, want.n);
	for (int i = 0; i < ORDERS; i++) {
		size_t n = shuffle(v), at = 0;
		struct str got = from_store(v, n, largest[i %
		    (int)ARRAY_LEN(largest)], &p);

		while (at < got.n && at < want.n && got.p[at] == want.p[at])
			at++;
		if (!ok(str_eq(got, want), "order %d", i))
			printf("# at %zu: %.80s\n# want: %.80s\n", at,
			    got.p + at, want.p + at);
	}
	arena_free(keep);
	return tap_done();
}
