/* Rebuilds the derived families of a store in place. */
#include "repo/group.h"
#include "repo/rebuild.h"

static const enum kv_family derived[] = {
	KV_RUNS, KV_INDEX, KV_ROLLUPS, KV_STATE, KV_TEXT
};

struct reindex {
	repo_progress_fn *progress;
	void *arg;
	uint64_t seq;
};

static void
report(void *arg, uint64_t runs, uint64_t events)
{
	struct reindex *x = arg;

	if (x->progress)
		x->progress(x->arg, runs, events);
}

static int
enqueue(struct rebuild *r, struct kv_batch *b, struct repo_scope scope,
    const struct hash128 *rid, struct err *e)
{
	struct reindex *x = r->arg;
	struct layout_key run, k = { 0 }, value = { 0 };

	(void)e;
	layout_run(&run, scope, rid);
	x->seq++;
	layout_add_byte(&k, 'q');
	layout_add_be64(&k, x->seq);
	kv_batch_put(b, KV_WORK, layout_str(&k), layout_str(&run));
	k.n = 0;
	layout_add_byte(&k, 'r');
	layout_add(&k, layout_str(&run));
	layout_add_be64(&value, x->seq);
	kv_batch_put(b, KV_WORK, layout_str(&k), layout_str(&value));
	schema_put_seq(b, x->seq);
	return 0;
}

/* Notes that a reindex has begun or ended. */
static int
note(struct kv *kv, bool is_running, struct err *e)
{
	struct kv_batch *b = kv_batch_new(1 << 10);
	int rc;

	schema_put_reindex(b, is_running);
	if (!is_running)
		schema_put_version(b);
	rc = kv_write(kv, b, true, e);
	kv_batch_free(b);
	return rc;
}

int
repo_reindex(struct kv *kv, const struct repo_pricer *pricer,
    repo_progress_fn *progress, void *arg, struct err *e)
{
	struct reindex x = { progress, arg, 0 };
	struct rebuild r = { .from = kv_latest(kv), .to = kv,
		.progress = report, .unqueued = enqueue, .arg = &x,
		.all_work = true };

	if (pricer)
		r.pricer = *pricer;
	if (schema_seq(r.from, &x.seq, e) || note(kv, true, e))
		return e->code;
	for (size_t i = 0; i < ARRAY_LEN(derived); i++)
		if (kv_clear_range(kv, derived[i], STR(""), STR(""), e))
			return err_wrap(e, "reindex");
	if (rebuild_all(&r, e))
		return err_wrap(e, "reindex");
	return note(kv, false, e);
}

int
repo_migrate(struct kv *kv, const struct repo_pricer *pricer,
    repo_progress_fn *progress, void *arg, bool *done, struct err *e)
{
	int rc = schema_is_old(kv_latest(kv), done, e);

	return rc || !*done ? rc :
	    repo_reindex(kv, pricer, progress, arg, e);
}
