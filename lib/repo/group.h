#ifndef REPO_GROUP_H
#define REPO_GROUP_H

#include "base/map.h"
#include "fulltext/index.h"
#include "repo/commit.h"
#include "repo/contrib.h"
#include "repo/delta.h"
#include "repo/entries.h"
#include "repo/record.h"

/*
 * Inside lib/repo only: a group of requests on its way into the store.
 * commit.c takes requests, group_run.c and group_doc.c know what follows from
 * events, group_work.c keeps the queue.  All of it lives in the group's arena.
 */

/* An accepted event and the request it came with; borrowed from the caller. */
struct accepted {
	const struct event *event;
	uint64_t seq;
};

struct accepted_list {
	struct accepted *v;
	size_t n, cap;
};

/* A run that the group touched. */
struct group_run {
	struct repo_scope scope;
	struct hash128 rid;
	struct str run_id;
	struct str project;
	struct run *run;        /* as it will be: old head and new events */
	struct str old_head;    /* STR_NULL: it was not there */
	struct contribs old_contribs;
	struct entries old_entries;
	/* What later runs of the session saw of it. */
	struct str old_session, old_prompt, old_response;
	int64_t old_ms;
	bool old_conversational;

	struct accepted_list events;
	size_t head_bound;      /* no head is larger than this */
	bool needs_refold;
	bool is_changed;        /* by something that is no verdict */
	bool has_verdict;
	uint64_t rev;           /* once written */
	uint64_t work_seq;      /* of the entry it was given */

	/* As it was before the request, to go back there. */
	uint64_t request;
	size_t mark_n, mark_bound;
	bool mark_changed, mark_has_verdict;
};

/* A failure's status, an insight or a custom pattern. */
struct group_doc {
	enum layout_class class;
	struct repo_scope scope;
	struct hash128 rid;
	struct str id;
	struct str project;
	struct record_list stored;
	struct accepted_list events;
	uint64_t request;
	size_t mark_n;
};

/* A document for the full-text index. */
struct group_text {
	struct repo_scope scope;
	struct hash128 rid;
	uint64_t seq;           /* of the work entry; 0: none */
	struct str document;
};

/* A lease that ended. */
struct group_done {
	struct repo_scope scope;
	struct hash128 rid;
	uint64_t seq;
	int64_t version;        /* of the classifier; INT64_MAX: none spoke */
};

struct group_project {
	struct str name;
	uint32_t number;
};

struct repo_commit {
	struct kv *kv;
	struct kv_snapshot *latest;
	struct repo_pricer pricer;
	struct kv_batch *batch;
	struct delta *delta;
	struct arena *arena;
	struct buf scratch;
	struct map *projects;   /* name → number + 1, across groups */
	uint64_t seq;           /* last one given out; 0: not read yet */
	int64_t now_ms;         /* 0: not known */
	struct repo_commit_stats stats;

	struct map *runs;       /* scope and rid → struct group_run */
	struct map *docs;       /* scope, class and rid → struct group_doc */
	struct group_run *last_run;
	struct group_run **touched;     /* by the current request */
	size_t ntouched, touched_cap;
	struct group_project *new_projects;
	size_t nprojects, projects_cap;
	struct group_done *dones;
	size_t ndones, dones_cap;
	struct map *work;       /* scope and rid: gets a new entry */
	struct group_text *texts;
	size_t ntexts, texts_cap, text_bytes;
	struct fulltext_writer *text_writer;
	size_t bytes;
	size_t requests;        /* accepted */
	uint64_t request;       /* number of the current one */
	bool is_broken;         /* going back failed: the group is lost */
};

/* Adds to a list in the arena; false past the budget. */
bool accepted_add(struct accepted_list *l, const struct event *ev,
    uint64_t seq, struct arena *a) CC_CHECK;

/* Encodes the accepted events as records and puts them into the batch. */
int accepted_write(struct repo_commit *c, enum layout_class class,
    struct repo_scope scope, const struct hash128 *rid, struct str id,
    const struct accepted_list *l, struct err *e) CC_CHECK;

/* group_run.c */
int group_run_event(struct repo_commit *c, struct repo_scope scope,
    const struct event *ev, struct err *e) CC_CHECK;
/* *judged: the run has the verdict of which this is the event, as the same
 * lease (seq) was settled by another worker. */
int group_run_judged(struct repo_commit *c, struct repo_scope scope,
    const struct event *ev, uint64_t seq, bool *judged, struct err *e)
    CC_CHECK;
/* Folds anew what needs it, checks sizes: the end of a request. */
int group_run_settle(struct repo_commit *c, struct group_run *t,
    struct err *e) CC_CHECK;
int group_run_rollback(struct repo_commit *c, struct group_run *t,
    struct err *e) CC_CHECK;
int group_run_write(struct repo_commit *c, struct group_run *t,
    struct err *e) CC_CHECK;
/* Sets what each span cost. */
void group_price(const struct repo_pricer *p, struct run *run);

/* group_doc.c */
int group_doc_event(struct repo_commit *c, struct repo_scope scope,
    const struct event *ev, struct err *e) CC_CHECK;
void group_doc_rollback(struct repo_commit *c, struct group_doc *d);
int group_doc_write(struct repo_commit *c, struct group_doc *d, struct err *e)
    CC_CHECK;
/* Puts the state that n events (any order of the array is arrival) give, and
 * for an insight its place by time; old is what stood there, or STR_NULL. */
int doc_put(struct kv_batch *b, struct repo_scope scope, struct str id,
    struct event *events, size_t n, struct str old, struct arena *a,
    struct err *e) CC_CHECK;
/* Reads such a state into *change or *insight. */
int doc_read(struct str value, struct arena *a, enum event_kind kind,
    void *entity, struct err *e) CC_CHECK;

/* group_work.c */
/* The run gets a new entry. */
void group_work_mark(struct repo_commit *c, struct repo_scope scope,
    const struct hash128 *rid);
/* The seq of its stored entry; 0 when it has none. */
int group_work_seq(struct repo_commit *c, struct repo_scope scope,
    const struct hash128 *rid, uint64_t *seq, struct err *e) CC_CHECK;
int group_work_write(struct repo_commit *c, struct err *e) CC_CHECK;

/* group_text.c: puts the documents' index entries into the batch. */
int group_text_write(struct repo_commit *c, struct err *e) CC_CHECK;

/* The number of a project, which is made in this group if need be. */
int group_project(struct repo_commit *c, struct str name, uint32_t *number,
    struct err *e) CC_CHECK;

/* schema.c: counters in KV_DEFAULT and KV_KEYS. */
int schema_seq(struct kv_snapshot *s, uint64_t *seq, struct err *e) CC_CHECK;
void schema_put_seq(struct kv_batch *b, uint64_t seq);
int schema_next_project(struct kv_snapshot *s, uint32_t *number,
    struct err *e) CC_CHECK;
void schema_put_project(struct kv_batch *b, struct str name, uint32_t number);
void schema_put_reindex(struct kv_batch *b, bool is_running);
void schema_put_version(struct kv_batch *b);
int schema_is_old(struct kv_snapshot *s, bool *old, struct err *e) CC_CHECK;

#endif
