/* Reclassification: runs go back into the work queue. */
#include "repo/group.h"
#include "repo/read.h"
#include "repo/topics.h"

enum { HEAD_ARENA_MAX = 64 << 20 };

struct portion {
	struct hash128 rid[REPO_AGAIN_PORTION];
	int64_t ms[REPO_AGAIN_PORTION];
	size_t n;
};

static int
take_row(void *arg, struct str key, struct str value, struct err *e)
{
	struct portion *p = arg;

	(void)value;
	if (!layout_read_index(key, INDEX_TIME, &p->ms[p->n], &p->rid[p->n]))
		return err_set(e, ERR_CORRUPT, "index: not a time's key");
	p->n++;
	return 0;
}

/* Where runs that start before ms begin. */
static void
time_key(struct layout_key *k, struct repo_scope scope, int64_t ms)
{
	ms = MAX_OF(0, MIN_OF(ms, LAYOUT_TIME_MAX_MS + 1));
	layout_index_prefix(k, scope, INDEX_TIME, STR_NULL);
	layout_add_be64(k, (uint64_t)(INT64_MAX - ms) + 1);
}

/* The next rows of the time index, newest first. */
static int
scan(struct repo_commit *c, const struct repo_again *q, struct portion *p,
    struct err *e)
{
	struct kv_range r = { .family = KV_INDEX, .keys_only = true,
		.limit = REPO_AGAIN_PORTION };
	char after[sizeof(((struct layout_key *)0)->b) + 1];
	struct layout_key from, to;

	/* Keys hold the time reversed. */
	time_key(&from, q->scope, q->to_ms);
	time_key(&to, q->scope, q->from_ms);
	if (q->has_last)
		layout_index(&from, q->scope, INDEX_TIME, STR_NULL,
		    q->last_ms, &q->last);
	r.from = q->has_last ? kv_key_after(layout_str(&from), after) :
	    layout_str(&from);
	r.to = layout_str(&to);
	return kv_scan(c->latest, &r, take_row, p, NULL, e);
}

/* Whether runs have other topics than their verdicts say. */
struct topics {
	struct topic_model *model;      /* NULL: not asked, or not there */
	struct topic_scratch *scratch;
};

static int
topics_open(struct repo_commit *c, const struct repo_again *q,
    struct arena *a, struct topics *t, struct err *e)
{
	struct repo_view v = { c->latest, q->scope, a };

	*t = (struct topics){ NULL, NULL };
	if (q->topics <= 0)
		return 0;
	t->scratch = topic_scratch_new();
	return repo_topics_model(&v, &t->model, e);
}

static void
topics_close(struct topics *t)
{
	topic_model_free(t->model);
	topic_scratch_free(t->scratch);
}

/*
 * Most prompts have the same topic in the next model (topic/topic.h): those
 * runs are left as they are, whatever generation their verdict is of.
 */
static bool
has_other_topic(const struct topics *t, const struct run *run,
    const struct verdict *v, struct arena *a)
{
	struct topic_hit hit;

	if (!t->model)
		return true;
	return !str_eq(v->topic, topic_assign(t->model, run->user_prompt,
	    t->scratch, &hit) ? topic_path(t->model, hit.topic, a) :
	    STR_NULL);
}

/* True if no classifier as new as that has read the run with patterns as new
 * as those, or it would find another topic. */
static int
is_wanted(struct repo_commit *c, const struct repo_again *q,
    const struct topics *t, const struct hash128 *rid, struct arena *a,
    bool *wanted, struct err *e)
{
	const struct verdict *v;
	struct str run_id, head;
	struct layout_key k;
	struct run *run;
	uint64_t seq;
	bool found;

	*wanted = false;
	if (group_work_seq(c, q->scope, rid, &seq, e))
		return e->code;
	if (seq)
		return 0;
	layout_run(&k, q->scope, rid);
	if (kv_get(c->latest, KV_RUNS, layout_str(&k), &c->scratch, &found, e))
		return e->code;
	if (!found)
		return 0;
	if (!record_run_split(buf_str(&c->scratch), &run_id, &head))
		return err_set(e, ERR_CORRUPT, "run: not a record");
	arena_reset(a);
	if (run_head_decode(head, run_id, a, &run, e))
		return e->code;
	v = run_verdict(run);
	*wanted = !v || v->version < q->version || v->patterns < q->patterns ||
	    (run->conversational && v->topics < q->topics &&
	    has_other_topic(t, run, v, a));
	return 0;
}

static int
pick(struct repo_commit *c, const struct repo_again *q, struct portion *p,
    struct err *e)
{
	struct arena *a = arena_new(HEAD_ARENA_MAX);
	bool wanted[REPO_AGAIN_PORTION];
	struct topics t;
	size_t n = 0;
	int rc = topics_open(c, q, a, &t, e);

	for (size_t i = 0; i < p->n && rc == 0; i++)
		rc = is_wanted(c, q, &t, &p->rid[i], a, &wanted[i], e);
	topics_close(&t);
	arena_free(a);
	if (rc)
		return rc;
	for (size_t i = 0; i < p->n; i++) {
		if (!wanted[i])
			continue;
		group_work_mark(c, q->scope, &p->rid[i]);
		n++;
	}
	p->n = n;
	return 0;
}

int
repo_commit_again(struct repo_commit *c, struct repo_again *q, struct err *e)
{
	struct portion p = { .n = 0 };
	size_t seen;

	if (q->is_done)
		return 0;
	if (q->from_ms >= q->to_ms)
		return err_set(e, ERR_INVALID, "the range is empty");
	if (scan(c, q, &p, e))
		return e->code;
	seen = p.n;
	if (seen) {
		q->has_last = true;
		q->last_ms = p.ms[seen - 1];
		q->last = p.rid[seen - 1];
	}
	if (pick(c, q, &p, e))
		return e->code;
	q->is_done = seen < REPO_AGAIN_PORTION;
	q->seen += (int64_t)seen;
	q->queued += (int64_t)p.n;
	return 0;
}
