/* Sessions that nobody goes on with: found by a walk behind the present. */
#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "repo/key.h"
#include "repo/sweep.h"
#include "store/server_in.h"

enum {
	PASS_MS = 1000,         /* from the end of a walk to the next */
	RETRY_MS = 1000,
	SCOPES_A_TICK = 64,
	MARK_MS = 2,            /* so long a pause for each run found, that
				 * new runs are not kept waiting */
	HEAD_ARENA_MAX = 64 << 20
};

enum { SWEEP_IDLE, SWEEP_WRITING, SWEEP_FAILED };

struct sweeper {
	struct store_server *s;
	struct arena *arena;
	struct repo_scope *scopes;      /* of the present pass */
	size_t n, cap, at;
	int64_t next_ms;                /* monotonic: not before */
	struct repo_sweep portion;      /* the writer's while SWEEP_WRITING */
	atomic_int state;
};

struct sweeper *
store_sweeper_new(struct store_server *s)
{
	struct sweeper *w = mem_zalloc(1, sizeof(*w));

	w->s = s;
	w->arena = arena_new(HEAD_ARENA_MAX);
	atomic_init(&w->state, SWEEP_IDLE);
	return w;
}

void
store_sweeper_free(struct sweeper *w)
{
	if (!w)
		return;
	arena_free(w->arena);
	free(w->scopes);
	free(w);
}

static int
add_project(void *arg, struct str name, uint32_t number, struct err *e)
{
	struct sweeper *w = arg;

	(void)name, (void)e;
	for (int env = ENV_DEV; env <= ENV_PROD; env++) {
		w->scopes = mem_more(w->scopes, w->n, &w->cap,
		    sizeof(*w->scopes));
		w->scopes[w->n++] = (struct repo_scope){ number,
			(enum event_env)env };
	}
	return 0;
}

/* The writer takes it from here; until then the walk stands still. */
static void
hand_over(struct sweeper *w)
{
	struct job *j = mem_zalloc(1, sizeof(*j));

	j->sweep = w;
	j->bytes = sizeof(*j);
	j->arrived_ns = clock_mono_ns();
	atomic_store(&w->state, SWEEP_WRITING);
	if (jobs_push(w->s->writes, JOBS_QUICK, j))
		return;
	free(j);
	atomic_store(&w->state, SWEEP_FAILED);
}

/* Goes over scopes until one has something to write. */
static int
walk(struct sweeper *w, struct kv_snapshot *kv, int64_t mono_ms,
    struct err *e)
{
	struct repo_sweep *p = &w->portion;

	if (w->at == w->n) {
		w->n = w->at = 0;
		if (repo_project_list(kv, add_project, w, e))
			return e->code;
	}
	for (int i = 0; i < SCOPES_A_TICK && w->at < w->n; i++) {
		if (repo_sweep_open(kv, w->scopes[w->at], p, e) ||
		    repo_sweep_next(kv, clock_now_ms(), w->arena, p, e))
			return e->code;
		w->at += p->is_done;
		if (p->seen) {
			w->next_ms = mono_ms + (int64_t)p->n * MARK_MS;
			hand_over(w);
			return 0;
		}
	}
	if (w->at == w->n)
		w->next_ms = mono_ms + PASS_MS;
	return 0;
}

void
store_sweeper_tick(struct sweeper *w, int64_t mono_ms)
{
	struct store_server *s = w->s;
	struct err e = ERR_INIT;
	struct kv_snapshot *kv;
	int rc;

	if (atomic_load(&w->state) == SWEEP_WRITING || mono_ms < w->next_ms ||
	    atomic_load(&s->draining))
		return;
	if (atomic_exchange(&w->state, SWEEP_IDLE) == SWEEP_FAILED) {
		/* From where the store says it is. */
		w->n = w->at = 0;
		w->next_ms = mono_ms + RETRY_MS;
		return;
	}
	rc = kv_snapshot_open(s->o.kv, &kv, &e);
	if (rc == 0) {
		rc = walk(w, kv, mono_ms, &e);
		kv_snapshot_close(kv);
	}
	if (rc == 0)
		return;
	store_note_read(s, &e);
	log_warn("sweep", "text=\"%s\"", e.text);
	/* What cannot be read in one scope must not stop the others. */
	w->at += w->at < w->n;
	w->next_ms = mono_ms + RETRY_MS;
}

int
store_sweeper_write(struct sweeper *w, struct repo_commit *c, struct err *e)
{
	int rc;

	repo_commit_begin(c);
	/* Not synced: if it is lost, place and marks are lost together. */
	rc = repo_commit_sweep(c, &w->portion, e) ||
	    repo_commit_write(c, false, e) ? e->code : 0;
	atomic_store(&w->state, rc ? SWEEP_FAILED : SWEEP_IDLE);
	return rc;
}
