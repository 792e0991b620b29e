#include "filter/usuals.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/map.h"
#include "base/mem.h"
#include "repo/contrib.h"
#include "repo/usual.h"

/* An agent's runs of one day, and what is usual for those of that day. */
struct day {
	struct rollup sum;
	struct detect_usual usual;
	bool has_usual;
};

struct filter_usuals {
	struct map *days;       /* see key_of → struct day */
	struct buf key;
	struct detect_usual none;
};

struct filter_usuals *
filter_usuals_new(void)
{
	struct filter_usuals *u = mem_zalloc(1, sizeof(*u));

	u->days = map_new();
	buf_init(&u->key, EVENT_NAME_MAX + EVENT_ID_MAX + 16);
	return u;
}

static void
day_free(void *p)
{
	struct day *d = p;

	rollup_fini(&d->sum);
	free(d);
}

void
filter_usuals_free(struct filter_usuals *u)
{
	if (!u)
		return;
	map_free(u->days, day_free);
	buf_fini(&u->key);
	free(u);
}

/* Names are cut as the store cuts them: two long ones may share a record. */
static struct str
key_of(struct filter_usuals *u, struct str project, enum event_env env,
    struct str agent, int64_t day_ms)
{
	char space[LAYOUT_NAME_MAX];

	buf_reset(&u->key);
	buf_add_str(&u->key, project);
	buf_add_byte(&u->key, 0);
	buf_add_byte(&u->key, (uint8_t)env);
	for (int i = 0; i < 8; i++)
		buf_add_byte(&u->key, (uint8_t)(day_ms >> (56 - 8 * i)));
	buf_add_str(&u->key, rollup_name(agent, space));
	return buf_str(&u->key);
}

static struct day *
day_of(struct filter_usuals *u, struct str key)
{
	void **slot = map_put(u->days, key);
	struct day *d = *slot;

	if (!d) {
		d = *slot = mem_zalloc(1, sizeof(*d));
		d->sum = (struct rollup)ROLLUP_INIT;
	}
	return d;
}

int
filter_usuals_add(struct filter_usuals *u, struct str project,
    enum event_env env, const struct run *run, struct arena *a,
    struct err *e)
{
	struct contribs list;

	if (!run->agent.n)
		return 0;
	if (!contribs_of(run, a, &list))
		return err_set(e, ERR_LIMIT, "run: too large");
	for (size_t i = 0; i < list.n; i++)
		if (list.v[i].dim == DIM_AGENT)
			contrib_add(&day_of(u, key_of(u, project, env,
			    list.v[i].name, rollup_bucket_ms(LEVEL_DAY,
			    list.v[i].ms)))->sum, &list.v[i], 1);
	return 0;
}

const struct detect_usual *
filter_usuals_get(struct filter_usuals *u, struct str project,
    enum event_env env, struct str agent, int64_t run_ms)
{
	struct rollup sum = ROLLUP_INIT;
	int64_t from_ms, to_ms;
	struct day *own, *d;

	if (!agent.n || !repo_usual_days(run_ms, &from_ms, &to_ms))
		return &u->none;
	own = day_of(u, key_of(u, project, env, agent, to_ms));
	if (own->has_usual)
		return &own->usual;
	for (int64_t ms = from_ms; ms < to_ms; ms += MS_PER_DAY) {
		d = map_get(u->days, key_of(u, project, env, agent, ms));
		if (d)
			rollup_merge(&sum, &d->sum, 1);
	}
	repo_usual_of(&sum, &own->usual);
	own->has_usual = true;
	rollup_fini(&sum);
	return &own->usual;
}
