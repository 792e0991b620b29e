/* The full-text index's part of a group. */
#include "fulltext/document.h"
#include "repo/group.h"
#include "repo/read.h"

/* False if another lease of the run has been given out since, or ended. */
static int
is_latest(struct repo_commit *c, const struct group_text *t, bool *latest,
    struct err *e)
{
	uint64_t seq = 0;

	if (t->seq && group_work_seq(c, t->scope, &t->rid, &seq, e))
		return e->code;
	*latest = seq == t->seq;
	return 0;
}

/* When the run began; found: there is one. */
static int
start_of(struct repo_commit *c, const struct group_text *t, int64_t *ms,
    bool *found, struct err *e)
{
	const struct group_run *g;
	struct run_totals totals;
	struct str run_id, head;
	struct layout_key k;
	struct run *run;

	layout_run(&k, t->scope, &t->rid);
	g = map_get(c->runs, layout_str(&k));
	*found = true;
	if (g) {
		run_totals(g->run, &totals);
		*ms = repo_run_ms(&totals);
		return 0;
	}
	if (kv_get(c->latest, KV_RUNS, layout_str(&k), &c->scratch, found, e))
		return e->code;
	if (!*found)
		return 0;
	if (!record_run_split(buf_str(&c->scratch), &run_id, &head))
		return err_set(e, ERR_CORRUPT, "run: not a record");
	if (run_head_decode(head, run_id, c->arena, &run, e))
		return e->code;
	run_totals(run, &totals);
	*ms = repo_run_ms(&totals);
	return 0;
}

int
group_text_write(struct repo_commit *c, struct err *e)
{
	uint64_t before = fulltext_writer_stats(c->text_writer)->documents;

	for (size_t i = 0; i < c->ntexts; i++) {
		const struct group_text *t = &c->texts[i];
		struct layout_key scope;
		int64_t ms = 0;
		bool found;

		if (is_latest(c, t, &found, e))
			return e->code;
		if (!found)
			continue;
		if (start_of(c, t, &ms, &found, e))
			return e->code;
		layout_scope(&scope, t->scope);
		if (found && fulltext_put(c->text_writer, layout_str(&scope),
		    &t->rid, ms, t->document, e))
			return e->code;
	}
	if (fulltext_write(c->text_writer, c->latest, c->batch, e))
		return e->code;
	c->stats.documents_indexed +=
	    fulltext_writer_stats(c->text_writer)->documents - before;
	return 0;
}
