/* A request's runs handed in one by one: see gateway.h. */
#include <stdlib.h>

#include "base/mem.h"
#include "gateway.h"

enum { ARENA_MAX = 64 << 20, SUBMIT_TIMEOUT_MS = 20000 };

struct apart {
	struct store_client *store;
	struct intake_request in;       /* its arena holds all that follows */
	struct intake_result res;
	const struct event **v;         /* run by run, each in its order */
	size_t at, end;                 /* the run that is on its way */
	size_t nstored;                 /* runs */
	apart_done *done;
	void *arg;
};

/* Events of one run stay in the sender's order: they lie in one array. */
static int
compare(const void *x, const void *y)
{
	const struct event *a = *(const struct event *const *)x;
	const struct event *b = *(const struct event *const *)y;
	int c = str_cmp(a->run_id, b->run_id);

	return c ? c : (a > b) - (a < b);
}

static void
finish(struct apart *a, int code, const char *text)
{
	a->done(a->arg, code, text, &a->in, &a->res);
	arena_free(a->in.arena);
	free(a);
}

static bool
is_refusal(int code)
{
	return code == ERR_LIMIT || code == ERR_INVALID;
}

static void
reject(struct apart *a, const char *text)
{
	size_t nspans = 0;

	for (size_t i = a->at; i < a->end; i++)
		nspans += a->v[i]->kind == EVENT_SPAN;
	a->res.rejected += MAX_OF(nspans, (size_t)1);
	if (!a->res.reason)
		a->res.reason = arena_printf(a->in.arena, "%s", text).p;
}

static void run_stored(void *arg, int code, const char *text);

static void
hand_in(struct apart *a)
{
	struct err e = ERR_INIT;
	struct buf out;
	int rc;

	for (; a->at < a->res.n; a->at = a->end) {
		buf_init(&out, STORE_SUBMIT_MAX);
		a->end = a->at;
		do
			event_encode(a->v[a->end++], &out);
		while (a->end < a->res.n && str_eq(a->v[a->end]->run_id,
		    a->v[a->at]->run_id));
		rc = store_submit(a->store, &out, SUBMIT_TIMEOUT_MS,
		    run_stored, a, &e);
		if (rc == 0)
			return;
		buf_fini(&out);
		if (!is_refusal(rc)) {
			finish(a, rc, e.text);
			return;
		}
		reject(a, e.text);
	}
	/* With nothing stored it is no success, not even a partial one. */
	if (a->nstored)
		finish(a, 0, "");
	else
		finish(a, ERR_LIMIT, a->res.reason ? a->res.reason : "");
}

static void
run_stored(void *arg, int code, const char *text)
{
	struct apart *a = arg;

	if (code && !is_refusal(code)) {
		finish(a, code, text);
		return;
	}
	if (code)
		reject(a, text);
	else
		a->nstored++;
	a->at = a->end;
	hand_in(a);
}

static bool
prepare(struct apart *a, const struct intake_endpoint *p,
    const struct repo_key *key)
{
	struct err e = ERR_INIT;

	if (p->parse(&a->in, &a->res, &e))
		return false;
	a->v = arena_array(a->in.arena, a->res.n, sizeof(const void *));
	if (!a->v)
		return false;
	for (size_t i = 0; i < a->res.n; i++) {
		a->res.events[i].project = str_from(key->project_name);
		a->res.events[i].env = ingest_env(key);
		a->v[i] = &a->res.events[i];
	}
	qsort(a->v, a->res.n, sizeof(*a->v), compare);
	return a->res.n && !str_eq(a->v[0]->run_id,
	    a->v[a->res.n - 1]->run_id);
}

bool
apart_begin(struct gateway *g, const struct intake_endpoint *p,
    const struct intake_request *in, const struct repo_key *key,
    apart_done *done, void *arg)
{
	struct apart *a;

	if (!p->partial)
		return false;
	a = mem_zalloc(1, sizeof(*a));
	*a = (struct apart){ .store = g->store, .in = *in, .done = done,
		.arg = arg };
	a->in.arena = arena_new(ARENA_MAX);
	if (!prepare(a, p, key)) {
		arena_free(a->in.arena);
		free(a);
		return false;
	}
	hand_in(a);
	return true;
}
