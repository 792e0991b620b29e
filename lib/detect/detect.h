#ifndef DETECT_DETECT_H
#define DETECT_DETECT_H

#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"
#include "detect/score.h"
#include "model/event.h"
#include "model/run.h"

/*
 * The classifier: what is wrong with a run, and how its user fared.  A pure
 * function of the run, of what surrounds it (earlier turns of its session, what
 * is usual for its agent, when it is asked) and of the custom patterns in
 * force: no clock, no I/O, no state that one run leaves behind for the next, so
 * that any worker on any host gives the same verdict.
 *
 *	struct detector *d = detector_new();
 *	struct detect_input in = { .run = run, .earlier = earlier, .n_earlier = n };
 *	struct detect_verdict v;
 *
 *	if (detect_run(d, &in, arena, &v, e))
 *		return e->code;
 *	for (size_t i = 0; i < v.n; i++)
 *		event_encode(&v.events[i], &out);
 *
 * A verdict is one EVENT_VERDICT with the version, the run's revision and pass,
 * then an EVENT_FAILURE for each error of the run and of its tool calls, and
 * an EVENT_SIGNAL for each pattern that the run shows, once per pattern.
 * Patterns about the user are looked for in conversational runs only
 * (contracts: "only conversational runs are analysed for user insights").
 *
 * Threads: one detector, one thread.
 */
enum {
	/* Raise with any change that can change a verdict. */
	DETECT_VERSION = 2,
	/* Earlier runs of the session that a verdict may look at. */
	DETECT_EARLIER_MAX = 10,
	/* Bytes of an error message that a verdict keeps. */
	FAILURE_MESSAGE_MAX = 2000,
	/* What is usual for an agent: over so many UTC days before the run's
	 * own, from so many runs on. */
	DETECT_USUAL_DAYS = 14,
	DETECT_USUAL_RUNS = 30
};

/*
 * A session is abandoned if no other run of it began within this long of the
 * last one.  Verdicts wait an hour more, so that what is late by less than
 * that changes none.
 */
#define DETECT_ABANDONED_MS (24 * INT64_C(3600000))
#define DETECT_ABANDONED_WAIT_MS (25 * INT64_C(3600000))

struct detector;

struct detect_verdict {
	struct event *events;   /* in the arena, not yet encoded */
	size_t n;
};

/* What the runs of an agent took and cost (repo/usual.h). */
struct detect_usual {
	int64_t runs;           /* 0: the agent is new, or has no name */
	int64_t ended;          /* of which the duration is known */
	int64_t p50_us, p95_us;
	int64_t priced;         /* of which the cost is known, and not 0 */
	int64_t mean_cost_pico_usd;     /* over all runs */
	int64_t p95_cost_pico_usd;      /* over those priced */
};

/* What a verdict is a function of. */
struct detect_input {
	const struct run *run;          /* whole */
	/*
	 * Runs of the same session that started before, oldest first; of each
	 * only the head is needed (user_prompt and response, cut or whole),
	 * the last DETECT_EARLIER_MAX are used, and of their texts no more
	 * than a head keeps, so that heads and whole runs give the same
	 * verdict.
	 */
	const struct run *const *earlier;
	size_t n_earlier;
	uint64_t pass;                  /* the lease (model/fields.h), or 0 */
	int64_t cost_pico_usd;          /* of the run; 0: not known */
	const struct detect_usual *usual;       /* NULL: nothing is unusual */
	/* When the next run of the session began; 0: there is none.  Looked
	 * at once now_ms is DETECT_ABANDONED_WAIT_MS behind the run's start. */
	int64_t next_ms;
	int64_t now_ms;                 /* 0: too early to tell */
	/* What the user asks about, found by the caller (topic/topic.h): a
	 * path or STR_NULL, and the model's generation, or 0 without one. */
	struct str topic;
	int64_t topics;
};

struct detector *detector_new(void) CC_CHECK;
void detector_free(struct detector *d);

/*
 * From now on verdicts look for these custom patterns too (detect/custom.h),
 * and say the set's generation; NULL: for none.  Borrowed.
 */
struct custom_set;
void detector_use(struct detector *d, const struct custom_set *set)
    CC_NONNULL(1);

/*
 * project, env and received_ms of the events are left for the caller to set.
 * ERR_LIMIT past the arena's budget.
 */
int detect_run(struct detector *d, const struct detect_input *in,
    struct arena *a, struct detect_verdict *out, struct err *e) CC_CHECK
    CC_NONNULL(1, 2, 3, 4, 5);

/*
 * How frustrated the user of a conversational run sounds, 0 to 1, also below
 * the threshold: what the user-frustration signal of detect_run on the same
 * input scores.  0 for a run without a prompt, or past the arena's budget.
 */
double detect_frustration(struct detector *d, const struct detect_input *in,
    struct arena *a) CC_NONNULL(1, 2, 3);

/*
 * What makes a run one that nobody would want a conversation to end with:
 * "error", "no-answer" or the slug of a signal of its current verdict; or NULL.
 * A head will do.
 */
const char *detect_bad_end(const struct run *run) CC_NONNULL(1);

/* The patterns that detect_run may report. */
struct detect_pattern {
	const char *slug;       /* "user-frustration" */
	const char *name;       /* "User frustration" */
	const char *description;
	bool is_about_user;     /* looked for in conversational runs only */
};

/* Row i, or NULL behind the last. */
const struct detect_pattern *detect_pattern(size_t i);

/* The row of a slug, or NULL. */
const struct detect_pattern *detect_pattern_by_slug(struct str slug);

#endif
