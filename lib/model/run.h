#ifndef MODEL_RUN_H
#define MODEL_RUN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "model/event.h"

/*
 * A run and what belongs to it, folded from events.
 *
 * The fold.  Events are sorted by (order, arrival) and laid over each other
 * field by field: the last one that speaks about a field wins, metadata and
 * attributes key by key, a null clears.  An event whose body was seen before
 * is dropped.  So for disjoint fields arrival order does not matter, and
 * sending anything again changes nothing.  A signal or failure of another rev
 * or pass than before replaces what was said about it.
 *
 *	struct run *run = run_new(arena, run_id);
 *	while (… event_decode(&r, arena, &ev, e) == 0)
 *		switch (run_apply(run, &ev, arena, e)) { … }
 *
 * Incremental folding is exact as long as no event's order is lower than that
 * of an event already applied to the same entity; run_apply says RUN_REFOLD
 * then, and the caller folds all events anew with run_fold.
 *
 * Memory: everything lives in the arena given; texts are borrowed from the
 * events' input.  Threads: one run, one thread.
 */
enum run_status { STATUS_UNSET = 0, STATUS_OK = 1, STATUS_ERROR = 2 };

enum span_type {
	SPAN_SPAN, SPAN_GENERATION, SPAN_TOOL, SPAN_AGENT, SPAN_CHAIN,
	SPAN_RETRIEVER, SPAN_EMBEDDING, SPAN_RERANKING, SPAN_GUARDRAIL,
	SPAN_EVALUATOR, SPAN_EVENT,
	SPAN_TYPE_END
};

/* How a span's cost is known. */
enum cost_source { COST_NONE, COST_SENDER, COST_TABLE, COST_UNPRICED };

/* Most entities of a kind in one run: more is refused, never dropped. */
enum { RUN_SPANS_MAX = 10000, RUN_SEEN_MAX = 32 };

struct attr {
	struct str key;
	struct value value;
};

struct attrs {
	struct attr *v;
	size_t n, cap;
	uint32_t *slots;        /* hash index once there are many */
	size_t nslots;
};

/* What every entity starts with. */
struct entity {
	struct str id;
	uint64_t has;           /* bit N: field N is set */
	int64_t order;          /* greatest order applied */
	uint64_t *seen;         /* hashes of applied bodies */
	size_t nseen, seen_cap; /* sorted until there are RUN_SEEN_MAX */
};

#define ENTITY_MEMBER_TEXT(m) struct str m;
#define ENTITY_MEMBER_BOOL(m) bool m;
#define ENTITY_MEMBER_INT(m) int64_t m;
#define ENTITY_MEMBER_NUM(m) double m;
#define ENTITY_MEMBER_ANY(m) struct value m;
#define ENTITY_MEMBER_KEYED(m) struct attrs m;
#define ENTITY_MEMBER(number, m, type, keep) ENTITY_MEMBER_##type(m)

struct span { struct entity base; SPAN_FIELDS(ENTITY_MEMBER) };
struct score { struct entity base; SCORE_FIELDS(ENTITY_MEMBER) };
struct verdict { struct entity base; VERDICT_FIELDS(ENTITY_MEMBER) };
struct signal_hit { struct entity base; SIGNAL_FIELDS(ENTITY_MEMBER) };
struct failure_hit { struct entity base; FAILURE_FIELDS(ENTITY_MEMBER) };
struct failure_change {
	struct entity base;
	FAILURE_CHANGE_FIELDS(ENTITY_MEMBER)
};
struct insight { struct entity base; INSIGHT_FIELDS(ENTITY_MEMBER) };
struct pattern_doc { struct entity base; PATTERN_FIELDS(ENTITY_MEMBER) };
struct topics_doc { struct entity base; TOPICS_FIELDS(ENTITY_MEMBER) };

/* Entities of one kind in the order in which they were first heard of. */
struct entity_list {
	void *v;                /* array of pointers to entities */
	size_t n, cap;
	uint32_t *slots;        /* hash index once there are many */
	size_t nslots;
};

struct run {
	struct entity base;
	RUN_FIELDS(ENTITY_MEMBER)
	enum event_env env;
	int64_t received_ms;    /* of the earliest event; 0 before the first */
	uint64_t rev;           /* patches applied, verdicts not counted */
	struct entity_list lists[EVENT_FAILURE + 1];    /* by event kind */
};

#define ENTITY_HAS(entity, kind, member) \
	(((entity)->base.has >> FIELD_##kind##_##member) & 1)

/* Typed access to the lists: run_span(run, i) for i < run_nspans(run). */
#define RUN_LIST(run, kind) ((run)->lists[kind])
static inline size_t
run_count(const struct run *run, enum event_kind kind)
{
	return run->lists[kind].n;
}
struct span *run_span(const struct run *run, size_t i);
struct score *run_score(const struct run *run, size_t i);
struct verdict *run_verdict_at(const struct run *run, size_t i);
struct signal_hit *run_signal(const struct run *run, size_t i);
struct failure_hit *run_failure(const struct run *run, size_t i);

/* The span with the id, or NULL. */
struct span *run_span_by_id(const struct run *run, struct str id);

/* NULL past the arena's budget. */
struct run *run_new(struct arena *a, struct str run_id) CC_CHECK;

/*
 * Lays one event over one entity of the kind (struct span for EVENT_SPAN, …),
 * without the check for repeats: run_apply uses it for runs; whoever folds
 * project-level kinds uses it directly.  False past the arena's budget.
 */
bool entity_overlay(void *entity, const struct event *ev, struct arena *a)
    CC_CHECK;

enum run_apply {
	RUN_APPLIED,    /* the run changed */
	RUN_SEEN,       /* an equal event was applied before: nothing to do */
	RUN_REFOLD      /* older than what was applied: use run_fold */
};

/*
 * Lays one event over the run.  Negative: ERR_LIMIT (the arena's budget, or
 * more than RUN_SPANS_MAX entities of the kind), ERR_INVALID (a project-level
 * event).  The event must come from event_decode (its hash is used).
 */
int run_apply(struct run *run, const struct event *ev, struct arena *a,
    struct err *e) CC_CHECK;

/*
 * Folds n events (any order of the array is arrival order) into a new run.
 * events is reordered.
 */
int run_fold(struct event *events, size_t n, struct str run_id,
    struct arena *a, struct run **out, struct err *e) CC_CHECK;

/*
 * The head: the folded run without BODY fields, canonical (equal runs give
 * equal bytes).  Decoding a head and applying an event gives the same head as
 * applying the event to the whole run.
 */
void run_head_encode(const struct run *run, struct buf *b);
int run_head_decode(struct str head, struct str run_id, struct arena *a,
    struct run **out, struct err *e) CC_CHECK;

/* The verdict of the highest classifier version, of it that of the latest
 * revision and pass, or NULL: the one that counts. */
const struct verdict *run_verdict(const struct run *run);

/* The last verdict of one version, or NULL. */
const struct verdict *run_verdict_of(const struct run *run, int64_t version);

/*
 * The order of events of a verdict: a later revision, then a later pass, lies
 * above an earlier one, in whatever order they arrive.
 */
int64_t verdict_order(uint64_t rev, uint64_t pass);

/* True if the signal or failure belongs to run_verdict(run). */
bool run_signal_is_current(const struct run *run, const struct signal_hit *s);
bool run_failure_is_current(const struct run *run,
    const struct failure_hit *f);

/* Derived figures; each run list row, rollup and index uses these. */
struct run_totals {
	int64_t start_ms;       /* own start, else first span's, else receipt */
	int64_t start_ns;
	int64_t end_ns;         /* own end, else last span's, else start */
	int64_t duration_ns;    /* end - start, never negative; 0 if unended */
	bool ended;             /* an end is known */
	bool is_error;          /* own status is error */
	int64_t steps;          /* generations */
	int64_t tool_calls;
	int64_t tool_errors;
	int64_t input_tokens;   /* sums over billed spans, else the run's own */
	int64_t cached_tokens;
	int64_t cache_write_tokens;
	int64_t output_tokens;
	int64_t reasoning_tokens;
	int64_t total_tokens;   /* input + cached + cache write + output */
	int64_t cost_pico_usd;
	int64_t unpriced_spans; /* have tokens, but no price is known */
};
void run_totals(const struct run *run, struct run_totals *t);

/* Aggregating spans (agent, chain) repeat their children's usage. */
bool span_is_billed(const struct span *s);

/* Model the provider says it used, else the one asked for; may be STR_NULL. */
struct str span_model(const struct span *s);

/*
 * TCC numbers steps and tool calls apart, so a step and a tool call of one run
 * may have the same id.  Its tool calls are kept under their id behind this
 * prefix; who shows a span's id shows span_sender_id of it.
 */
#define SPAN_TOOL_CALL_PREFIX "tool_call:"
struct str span_sender_id(struct str id);

/* "generation", "tool", …; span_type_named gives -1 for an unknown name. */
const char *span_type_name(int64_t type);
int span_type_named(struct str name);

/* "unset", "ok", "error". */
const char *run_status_name(int64_t status);

/* 1 USD = 10^12 pico-USD; saturates. */
int64_t cost_pico_from_usd(double usd);
double cost_usd_from_pico(int64_t pico);

#endif
