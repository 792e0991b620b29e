#ifndef REPO_TOPICS_H
#define REPO_TOPICS_H

#include "base/buf.h"
#include "repo/read.h"
#include "topic/topic.h"

/*
 * What the people of a project and environment ask about (topic/topic.h): the
 * model in force, the event that makes one, the prompts that it is fitted to,
 * and the runs of each topic.
 *
 *	struct repo_topics t;
 *	const struct repo_topics_query q = { from_ms, to_ms, .by_day = true };
 *
 *	if (repo_topics_list(&view, &q, &t, e))
 *		return e->code;
 *	for (size_t i = 0; i < t.n; i++)
 *		show(t.v[i].name, t.v[i].sum.c[COUNT_RUNS], t.conversational);
 *
 * A model's generation is the order of its event, at least the time in ms and
 * greater than any before; a verdict says of which generation its topic is.
 * Runs count for the topic that their current verdict gives, so figures follow
 * a new model as runs are classified again.
 *
 * Ownership: results live in the view's arena, but a model is freed by the
 * caller.  Threads: as the view.  Errors: as repo/read.h.
 */
enum {
	/* A model is fitted to that many days up to the latest run. */
	REPO_TOPICS_DAYS = 28,
	REPO_TOPIC_EXAMPLES = 3,
	/* Of one agent, read one by one. */
	REPO_TOPICS_AGENT_RUNS = 100000
};

/* The latest model; *out is NULL if there never was one. */
int repo_topics_model(const struct repo_view *v, struct topic_model **out,
    struct err *e) CC_CHECK CC_NONNULL(1, 2, 3);

/* A model as an event has it.  ERR_INVALID: it holds none. */
int repo_topics_read_event(const struct event *ev, struct topic_model **out,
    struct err *e) CC_CHECK CC_NONNULL(1, 2, 3);

/*
 * Appends the event that puts the model in force, whose generation is set.
 * previous: the generation in force, or 0.
 */
struct repo_topics_change {
	struct str project;             /* name */
	struct str source;
	int64_t previous;
	int64_t now_ms;
};
int repo_topics_put(const struct repo_view *v, struct topic_model *m,
    const struct repo_topics_change *by, struct buf *out, struct err *e)
    CC_CHECK CC_NONNULL(1, 2, 3, 4, 5);

/*
 * Prompts of conversational runs that start in the range, at most max of them:
 * those with the lowest hash, so that the same data give the same sample, and
 * most of a sample stays in it when data are added.  *conversational counts
 * all of them.  Cost: a scan of the range's keys, and max heads.
 */
struct repo_topic_sample {
	struct topic_prompt *v;
	size_t n;
	int64_t conversational;
};
int repo_topics_sample(const struct repo_view *v, int64_t from_ms,
    int64_t to_ms, size_t max, struct repo_topic_sample *out, struct err *e)
    CC_CHECK CC_NONNULL(1, 5, 6);

/* When the latest run starts that the store has, up to now_ms; 0: none. */
int repo_latest_ms(const struct repo_view *v, int64_t now_ms, int64_t *out,
    struct err *e) CC_CHECK CC_NONNULL(1, 3, 4);

/*
 * Reads a sample of the days up to now_ms and fits a model to it, after the
 * one in force (or anew, if that is of another version of weir).  The model is
 * NULL without enough prompts for any.
 */
struct repo_topic_fit {
	struct topic_model *model;      /* to be freed */
	int64_t previous;               /* generation in force, or 0 */
	int64_t from_ms, to_ms;         /* of the sample's range */
	int64_t conversational;
};
int repo_topics_fit(const struct repo_view *v, int64_t now_ms,
    struct repo_topic_fit *out, struct err *e) CC_CHECK CC_NONNULL(1, 3, 4);

/* ---- figures ---- */

struct repo_topic {
	struct str id, name;            /* "?" for one of a model long gone */
	struct str parent;              /* id, or STR_NULL */
	bool is_group, is_retired;
	int64_t first_ms, last_ms;      /* seen; 0 if not known */
	struct str words[TOPIC_WORDS];
	size_t nwords;
	struct rollup sum;              /* of its runs in the range */
	struct rollup before;           /* … in the range before, as long */
	struct rollup *days;            /* by_day: ndays of them */
	struct repo_run_row *examples;  /* latest runs of the range */
	size_t nexamples;
};

struct repo_topics_query {
	int64_t from_ms, to_ms;
	bool by_day;
	int tz_minutes;
	size_t limit, offset;           /* limit 0: all of them */
	bool with_examples;
	struct str agent;               /* only its runs; STR_NULL: any */
};

struct repo_topics {
	struct repo_topic *v;           /* most runs first */
	size_t n, total;                /* total: without limit */
	int64_t *day_ms;
	size_t ndays;
	struct rollup all, all_before;  /* every run */
	int64_t conversational, conversational_before;
	int64_t unassigned;             /* conversations without a topic */
	int64_t generation;             /* of the model; 0: none yet */
	int64_t fitted_prompts;
};

int repo_topics_list(const struct repo_view *v,
    const struct repo_topics_query *q, struct repo_topics *out, struct err *e)
    CC_CHECK CC_NONNULL(1, 2, 3, 4);

/* One of them, its figures and examples.  ERR_NOT_FOUND: neither the model nor
 * any run knows it. */
int repo_topic_get(const struct repo_view *v, struct str id,
    const struct repo_topics_query *q, struct repo_topics *all,
    struct repo_topic *out, struct err *e) CC_CHECK CC_NONNULL(1, 3, 4, 5, 6);

/* Newest first; the runs of a parent are those of its children. */
int repo_topic_runs(const struct repo_view *v, struct str id, int64_t from_ms,
    int64_t to_ms, size_t limit, size_t offset, struct repo_runs *out,
    struct err *e) CC_CHECK CC_NONNULL(1, 7, 8);

/* The topic that the run's current verdict gives it; false without one.
 * *parent is STR_NULL if the topic has none. */
bool run_topic(const struct run *run, struct str *parent, struct str *topic)
    CC_NONNULL(1, 2, 3);

#endif
