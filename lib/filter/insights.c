#include "filter/insights.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/map.h"
#include "base/mem.h"
#include "digest/digest.h"

enum { ARENA_MAX = 256 << 20, CHANGES_MAX = 16 << 20 };

/* Of one project and environment. */
struct part {
	struct str project;             /* in the arena */
	enum event_env env;
	struct digest *digest;
};

struct filter_insights {
	struct filter_insights_options o;
	struct filter_runs *runs;
	struct map *parts;
	struct arena *arena;            /* names of parts */
	struct arena *work;
};

struct filter_insights *
filter_insights_new(const struct filter_insights_options *o)
{
	struct filter_insights *f = mem_zalloc(1, sizeof(*f));

	f->o = *o;
	f->runs = filter_runs_new(o->max_bytes, o->n_earlier,
	    o->judge ? &f->o.pricer : NULL);
	f->parts = map_new();
	f->arena = arena_new(CHANGES_MAX);
	f->work = arena_new(ARENA_MAX);
	return f;
}

static void
part_free(void *p)
{
	digest_free(((struct part *)p)->digest);
}

void
filter_insights_free(struct filter_insights *f)
{
	if (!f)
		return;
	filter_runs_free(f->runs);
	map_free(f->parts, part_free);
	arena_free(f->arena);
	arena_free(f->work);
	free(f);
}

static struct part *
part_of(struct filter_insights *f, struct str project, enum event_env env,
    struct err *e)
{
	struct str key = arena_printf(f->arena, "%c%.*s", (char)env,
	    STR_FMT(project));
	struct part *p;
	void **slot;

	if (!key.p) {
		err_set(e, ERR_LIMIT, "input: too many projects");
		return NULL;
	}
	slot = map_put(f->parts, key);
	if (*slot)
		return *slot;
	p = *slot = arena_alloc(f->arena, sizeof(*p));
	if (!p) {
		(void)map_delete(f->parts, key);
		err_set(e, ERR_LIMIT, "input: too many projects");
		return NULL;
	}
	p->project = str_from_index(key, 1);
	p->env = env;
	p->digest = digest_new(&f->o.period);
	return p;
}

int
filter_insights_add(struct filter_insights *f, const struct event *ev,
    struct err *e)
{
	struct part *p;

	if (ev->kind != EVENT_FAILURE_CHANGE && ev->kind != EVENT_TOPICS)
		return filter_runs_add(f->runs, ev, e);
	p = part_of(f, ev->project, ev->env, e);
	if (!p)
		return e->code;
	return ev->kind == EVENT_TOPICS ? digest_add_topics(p->digest, ev, e) :
	    digest_add_change(p->digest, ev, e);
}

static int
add_run(struct filter_insights *f, size_t i, struct err *e)
{
	struct filter_run r;
	struct part *p;

	arena_reset(f->work);
	if (filter_runs_get(f->runs, i, f->work, &r, e))
		return e->code;
	if (f->o.judge && !run_verdict(r.run) &&
	    f->o.judge(f->o.judge_arg, &r, f->work, e))
		return e->code;
	p = part_of(f, r.project, r.env, e);
	if (!p)
		return e->code;
	digest_price(&f->o.pricer, r.run);
	return digest_add_run(p->digest, r.run, e);
}

int
filter_insights_close(struct filter_insights *f, int (*take)(void *arg,
    const struct event *ev, struct err *e), void *arg, struct err *e)
{
	size_t it = 0, n;
	void *value;

	if (filter_runs_close(f->runs, e))
		return e->code;
	n = filter_runs_count(f->runs);
	for (size_t i = 0; i < n; i++) {
		if (add_run(f, i, e))
			return e->code;
		if (f->o.watch)
			f->o.watch(f->o.watch_arg, i + 1, n);
	}
	while (map_next(f->parts, &it, NULL, &value)) {
		struct part *p = value;
		struct event ev;

		arena_reset(f->work);
		if (digest_close(p->digest, e) || digest_event(p->digest,
		    f->o.period.to_ms * NS_PER_MS, f->work, &ev, e))
			return e->code;
		ev.project = p->project;
		ev.env = p->env;
		ev.received_ms = f->o.period.to_ms;
		if (take(arg, &ev, e))
			return e->code;
	}
	return 0;
}
