#include "filter/runs.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/hash.h"
#include "base/map.h"
#include "base/mem.h"
#include "digest/digest.h"
#include "filter/usuals.h"
#include "repo/read.h"

enum { FOLD_ARENA_MAX = 256 << 20 };

struct gathered {
	char *project;
	enum event_env env;
	char *id;
	struct buf events;      /* encoded, in arrival order */
	struct buf head;        /* of the folded run, after close */
	struct str session;     /* "" when it has none; in the head */
	int64_t start_ms;       /* repo_run_ms */
	struct hash128 rid;
};

struct filter_runs {
	size_t max_bytes, bytes;
	size_t n_earlier_max;
	const struct repo_pricer *pricer;       /* or NULL */
	struct filter_usuals *usuals;
	struct map *by_key;     /* project NUL env id → gathered */
	struct gathered **runs;
	size_t n, cap;
	struct gathered **by_session;   /* sorted: see by_session() */
};

struct filter_runs *
filter_runs_new(size_t max_bytes, size_t n_earlier_max,
    const struct repo_pricer *pricer)
{
	struct filter_runs *f = mem_zalloc(1, sizeof(*f));

	f->max_bytes = max_bytes;
	f->n_earlier_max = n_earlier_max;
	f->pricer = pricer;
	f->usuals = filter_usuals_new();
	f->by_key = map_new();
	return f;
}

void
filter_runs_free(struct filter_runs *f)
{
	if (!f)
		return;
	for (size_t i = 0; i < f->n; i++) {
		buf_fini(&f->runs[i]->events);
		buf_fini(&f->runs[i]->head);
		free(f->runs[i]->project);
		free(f->runs[i]->id);
		free(f->runs[i]);
	}
	map_free(f->by_key, NULL);
	filter_usuals_free(f->usuals);
	free(f->runs);
	free(f->by_session);
	free(f);
}

static struct gathered *
gathered_of(struct filter_runs *f, const struct event *ev)
{
	struct gathered *g;
	struct buf key;
	void **slot;

	buf_init(&key, EVENT_NAME_MAX + EVENT_ID_MAX + 2);
	buf_add_str(&key, ev->project);
	buf_add_byte(&key, 0);
	buf_add_byte(&key, (uint8_t)ev->env);
	buf_add_str(&key, ev->run_id);
	slot = map_put(f->by_key, buf_str(&key));
	buf_fini(&key);
	if (*slot)
		return *slot;
	g = mem_zalloc(1, sizeof(*g));
	g->project = mem_dup(ev->project.p, ev->project.n);
	g->env = ev->env;
	g->id = mem_dup(ev->run_id.p, ev->run_id.n);
	g->rid = hash128(ev->run_id);
	buf_init(&g->events, f->max_bytes);
	buf_init(&g->head, EVENT_BYTES_MAX);
	f->runs = mem_more(f->runs, f->n, &f->cap, sizeof(struct gathered *));
	f->runs[f->n++] = g;
	*slot = g;
	return g;
}

int
filter_runs_add(struct filter_runs *f, const struct event *ev, struct err *e)
{
	struct gathered *g;
	size_t before;

	if (ev->kind > EVENT_FAILURE)
		return 0;
	g = gathered_of(f, ev);
	before = g->events.n;
	event_encode(ev, &g->events);
	f->bytes += g->events.n - before;
	if (g->events.failed || f->bytes > f->max_bytes)
		return err_set(e, ERR_LIMIT, "input: more than %zu bytes of "
		    "events; feed it in parts", f->max_bytes);
	return 0;
}

static int
fold(const struct gathered *g, struct arena *a, struct run **out,
    struct err *e)
{
	struct pack_reader r = pack_reader(buf_str(&g->events));
	struct event *events = NULL;
	size_t n = 0, cap = 0;

	while (pack_left(&r)) {
		events = arena_more(a, events, n, &cap, sizeof(*events));
		if (!events)
			return err_set(e, ERR_LIMIT, "run %s is too large",
			    g->id);
		if (event_decode(&r, a, &events[n++], e))
			return e->code;
	}
	return run_fold(events, n, str_from(g->id), a, out, e);
}

/*
 * Sessions together, each in the order of its runs' starts.  Runs of one
 * millisecond stand in the order of the store's index read backwards
 * (repo/layout.h), so that both worlds see the same earlier turns.
 */
static int
by_session(const void *a, const void *b)
{
	const struct gathered *x = *(struct gathered *const *)a;
	const struct gathered *y = *(struct gathered *const *)b;
	int c = str_cmp(str_from(x->project), str_from(y->project));

	if (c == 0)
		c = (int)x->env - (int)y->env;
	if (c == 0)
		c = str_cmp(x->session, y->session);
	if (c == 0 && x->start_ms != y->start_ms)
		c = x->start_ms < y->start_ms ? -1 : 1;
	if (c == 0)
		c = memcmp(y->rid.b, x->rid.b, sizeof(x->rid.b));
	return c;
}

static bool
same_session(const struct gathered *x, const struct gathered *y)
{
	return x->env == y->env && str_eq(x->session, y->session) &&
	    strcmp(x->project, y->project) == 0;
}

int
filter_runs_close(struct filter_runs *f, struct err *e)
{
	struct arena *a = arena_new(FOLD_ARENA_MAX);
	int rc = 0;

	for (size_t i = 0; i < f->n && rc == 0; i++) {
		struct gathered *g = f->runs[i];
		struct run_totals totals;
		struct run *run;

		arena_reset(a);
		rc = fold(g, a, &run, e);
		if (rc)
			break;
		if (f->pricer) {
			digest_price(f->pricer, run);
			rc = filter_usuals_add(f->usuals, str_from(g->project),
			    g->env, run, a, e);
			if (rc)
				break;
		}
		run_head_encode(run, &g->head);
		arena_reset(a);
		rc = run_head_decode(buf_str(&g->head), str_from(g->id), a,
		    &run, e);
		if (rc)
			break;
		run_totals(run, &totals);
		g->start_ms = repo_run_ms(&totals);
		g->session = run->session_id.p ? run->session_id : STR("");
	}
	arena_free(a);
	f->by_session = mem_alloc(f->n, sizeof(struct gathered *));
	for (size_t i = 0; i < f->n; i++)
		f->by_session[i] = f->runs[i];
	qsort(f->by_session, f->n, sizeof(struct gathered *), by_session);
	return rc;
}

size_t
filter_runs_count(const struct filter_runs *f)
{
	return f->n;
}

/* Where the run stands in by_session. */
static size_t
position(const struct filter_runs *f, const struct gathered *g)
{
	size_t low = 0, high = f->n;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (by_session(&f->by_session[middle], &g) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static int
find_turns(const struct filter_runs *f, const struct gathered *g,
    struct arena *a, struct filter_run *out, struct err *e)
{
	size_t at = position(f, g), first = at, n = 0;
	const struct run **earlier;

	if (!g->session.n)
		return 0;
	while (first > 0 && at - first < f->n_earlier_max &&
	    same_session(f->by_session[first - 1], g))
		first--;
	earlier = arena_array(a, at - first, sizeof(struct run *));
	if (!earlier)
		return err_set(e, ERR_LIMIT, "session: too large");
	for (size_t i = first; i < at; i++) {
		const struct gathered *other = f->by_session[i];
		struct run *run;

		if (run_head_decode(buf_str(&other->head),
		    str_from(other->id), a, &run, e))
			return e->code;
		earlier[n++] = run;
	}
	out->earlier = earlier;
	out->n_earlier = n;
	at++;
	if (at < f->n && same_session(f->by_session[at], g))
		out->next_ms = f->by_session[at]->start_ms;
	return 0;
}

int
filter_runs_get(const struct filter_runs *f, size_t i, struct arena *a,
    struct filter_run *out, struct err *e)
{
	const struct gathered *g = f->runs[i];
	struct run_totals t;

	*out = (struct filter_run){ .project = str_from(g->project),
		.env = g->env };
	if (fold(g, a, &out->run, e))
		return e->code;
	if (f->pricer) {
		digest_price(f->pricer, out->run);
		run_totals(out->run, &t);
		out->cost_pico_usd = t.cost_pico_usd;
		out->usual = filter_usuals_get(f->usuals, out->project,
		    out->env, out->run->agent, g->start_ms);
	}
	return find_turns(f, g, a, out, e);
}

struct detect_input
filter_run_input(const struct filter_run *r, int64_t now_ms)
{
	return (struct detect_input){ .run = r->run, .earlier = r->earlier,
		.n_earlier = r->n_earlier, .cost_pico_usd = r->cost_pico_usd,
		.usual = r->usual, .next_ms = r->next_ms, .now_ms = now_ms };
}
