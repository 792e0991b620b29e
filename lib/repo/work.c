#include "repo/work.h"

#include <string.h>

#include "detect/detect.h"
#include "repo/commit.h"
#include "repo/key.h"
#include "repo/read.h"
#include "repo/record.h"
#include "repo/sweep.h"

struct scan {
	struct repo_work *out;
	size_t n;
};

static int
scan_row(void *arg, struct str key, struct str value, struct err *e)
{
	struct scan *s = arg;
	struct repo_work *w = &s->out[s->n];

	if (key.n != 9 || value.n != LAYOUT_SCOPE_SIZE + HASH128_SIZE ||
	    !layout_read_scope(value, &w->scope))
		return err_set(e, ERR_CORRUPT, "work: not a record");
	w->seq = be64_get(key.p + 1);
	memcpy(w->rid.b, value.p + LAYOUT_SCOPE_SIZE, HASH128_SIZE);
	s->n++;
	return 0;
}

int
repo_work_scan(struct kv_snapshot *s, uint64_t from_seq,
    struct repo_work *out, size_t max, size_t *n, struct err *e)
{
	struct scan scan = { out, 0 };
	struct kv_range r = { .family = KV_WORK, .to = STR("r"),
		.limit = max };
	struct layout_key from = { 0 };
	int rc = 0;

	layout_add_byte(&from, 'q');
	layout_add_be64(&from, from_seq);
	r.from = layout_str(&from);
	if (max)
		rc = kv_scan(s, &r, scan_row, &scan, NULL, e);
	*n = scan.n;
	return rc;
}

static int
count_row(void *arg, struct str key, struct str value, struct err *e)
{
	(void)key, (void)value, (void)e;
	++*(size_t *)arg;
	return 0;
}

int
repo_work_depth(struct kv_snapshot *s, size_t max, size_t *n, struct err *e)
{
	struct kv_range r = { .family = KV_WORK, .from = STR("q"),
		.to = STR("r"), .limit = max, .keys_only = true };

	*n = 0;
	return max ? kv_scan(s, &r, count_row, n, NULL, e) : 0;
}

struct rids {
	struct hash128 v[REPO_EARLIER_MAX];
	size_t n;
};

static int
earlier_row(void *arg, struct str key, struct str value, struct err *e)
{
	struct rids *rids = arg;
	int64_t ms;

	(void)value;
	if (!layout_read_index(key, INDEX_SESSION, &ms, &rids->v[rids->n]))
		return err_set(e, ERR_CORRUPT, "index: not a session's key");
	rids->n++;
	return 0;
}

/* Heads of the runs before this one in its session, oldest first. */
static int
load_earlier(struct kv_snapshot *s, const struct repo_work *w,
    const struct run *run, struct arena *a, struct repo_bundle *out,
    struct err *e)
{
	struct kv_range r = { .family = KV_INDEX, .keys_only = true,
		.limit = REPO_EARLIER_MAX };
	char after[sizeof(((struct layout_key *)0)->b) + 1];
	char end[sizeof(((struct layout_key *)0)->b)];
	struct str keys[REPO_EARLIER_MAX], values[REPO_EARLIER_MAX];
	struct layout_key own, prefix, k[REPO_EARLIER_MAX];
	struct rids rids = { .n = 0 };
	struct run_totals t;

	run_totals(run, &t);
	layout_index(&own, w->scope, INDEX_SESSION, run->session_id,
	    repo_run_ms(&t), &w->rid);
	layout_index_prefix(&prefix, w->scope, INDEX_SESSION, run->session_id);
	r.from = kv_key_after(layout_str(&own), after);
	r.to = kv_prefix_end(layout_str(&prefix), end);
	if (kv_scan(s, &r, earlier_row, &rids, NULL, e))
		return e->code;
	if (rids.n == 0)
		return 0;
	for (size_t i = 0; i < rids.n; i++) {
		layout_run(&k[i], w->scope, &rids.v[rids.n - 1 - i]);
		keys[i] = layout_str(&k[i]);
	}
	if (kv_multi_get(s, KV_RUNS, keys, rids.n, values, a, e))
		return e->code;
	out->earlier = arena_array(a, rids.n, sizeof(*out->earlier));
	if (!out->earlier)
		return err_set(e, ERR_LIMIT, "work: session too large");
	for (size_t i = 0; i < rids.n; i++) {
		struct str id, head;
		struct run *earlier;

		if (!values[i].p || !record_run_split(values[i], &id, &head))
			return err_set(e, ERR_CORRUPT, "run: not a record");
		if (run_head_decode(head, id, a, &earlier, e))
			return e->code;
		/* Two sessions may share a list. */
		if (str_eq(earlier->session_id, run->session_id))
			out->earlier[out->nearlier++] = earlier;
	}
	return 0;
}

int
repo_work_load(struct kv_snapshot *s, const struct repo_work *w,
    struct arena *a, struct repo_bundle *out, struct err *e)
{
	struct record_list list = { 0 };
	char name[REPO_PROJECT_MAX + 1];
	struct layout_key k;
	struct str key, value, head;
	struct run_totals t;
	struct run *run;

	*out = (struct repo_bundle){ 0 };
	layout_run(&k, w->scope, &w->rid);
	key = layout_str(&k);
	if (kv_multi_get(s, KV_RUNS, &key, 1, &value, a, e))
		return e->code;
	if (!value.p)
		return err_set(e, ERR_NOT_FOUND, "work: the run is gone");
	if (!record_run_split(value, &out->run_id, &head))
		return err_set(e, ERR_CORRUPT, "run: not a record");
	if (run_head_decode(head, out->run_id, a, &run, e) ||
	    repo_project_name(s, w->scope.project, name, e) ||
	    record_load(s, w->scope, CLASS_RUN, &w->rid, a, &list, e))
		return e->code;
	run_totals(run, &t);
	out->rev = run->rev;
	out->head = run;
	out->run_ms = repo_run_ms(&t);
	out->cost_pico_usd = t.cost_pico_usd;
	out->project = arena_str(a, str_from(name));
	if (!out->project.p)
		return err_set(e, ERR_LIMIT, "work: run too large");
	for (size_t i = 0; i < list.n; i++)
		list.v[i].project = out->project;
	out->events = list.v;
	out->nevents = list.n;
	return run->session_id.n ? load_earlier(s, w, run, a, out, e) : 0;
}

int
repo_work_next(struct kv_snapshot *s, const struct repo_work *w,
    int64_t now_ms, struct repo_bundle *b, struct err *e)
{
	b->next_ms = 0;
	if (!b->head->conversational || !b->head->session_id.n ||
	    now_ms - b->run_ms < DETECT_ABANDONED_WAIT_MS)
		return 0;
	return repo_session_next(s, w->scope, hash64(b->head->session_id),
	    b->run_ms, &w->rid, &b->next_ms, e);
}
