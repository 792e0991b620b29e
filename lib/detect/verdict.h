#ifndef DETECT_VERDICT_H
#define DETECT_VERDICT_H

#include "detect/custom.h"
#include "detect/detect.h"

/* A tool call as the detectors see it. */
struct tool_call {
	const struct span *span;
	uint64_t hash;          /* of name and arguments */
	bool is_error;
	struct str error;       /* its message when is_error */
};

/*
 * Inside lib/detect only: how the parts of the classifier put their findings
 * into one verdict.
 */
struct verdict_builder {
	struct arena *arena;
	const struct run *run;
	uint64_t pass;
	struct tool_call *calls;        /* the run's, in the order of start */
	size_t n_calls;
	struct event *events;
	size_t n, cap;
	const char *bad_end;    /* first signal found that is a bad end */
	double bad_score;
	bool failed;            /* the arena's budget was spent */
};

/* A finding that a pattern is present. */
struct finding {
	const char *slug;
	double score;
	double threshold;
	const char *role;       /* whose message the evidence is in, or NULL */
	struct str span_id;     /* of the span it was seen in, or STR_NULL */
	struct str message;     /* the message that evidence points into */
	size_t from, to;        /* evidence: bytes [from, to) of the message */
	struct str figures;     /* evidence that stands in no message */
	struct str reason;
	int64_t revision;       /* of a custom pattern, else 0 */
};

void verdict_add_signal(struct verdict_builder *b, const struct finding *f);

/* An error of the run (span NULL) or of a tool call. */
void verdict_add_failure(struct verdict_builder *b, const struct span *span,
    struct str message);

/* What a value says as text: itself, or its JSON. */
struct str value_text(const struct value *v);

/*
 * True if at least half of the figures, ids and dates in the answer stand in
 * none of the sources (there is at least one such); *example is the first,
 * borrowed from the answer.
 */
bool specifics_are_unsupported(struct str answer, const struct turn *sources,
    size_t n, struct str *example);

/* Fills in b->calls; the other parts come after it. */
void detect_calls(struct verdict_builder *b);

/* Each part looks at the run and adds what it finds. */
void detect_failures(struct verdict_builder *b);
void detect_tools(struct verdict_builder *b);
double turns_frustration(struct scorer *scorer, const struct run *run,
    const struct run *const *earlier, size_t n_earlier, struct arena *a);
void detect_turns(struct verdict_builder *b, struct scorer *scorer,
    const struct run *const *earlier, size_t n_earlier);

void detect_outliers(struct verdict_builder *b,
    const struct detect_input *in);
/* After all that may find a bad end. */
void detect_abandoned(struct verdict_builder *b,
    const struct detect_input *in);

/* bad_end.c: a signal's slug; detect_bad_end with the first such signal or
 * NULL; and how it is said. */
bool is_bad_end(struct str slug);
const char *bad_end(const struct run *run, const char *signal);
const char *bad_end_text(const char *end);

/* custom.c */
struct custom_scratch;

struct custom_scratch *custom_scratch_new(void) CC_CHECK;
void custom_scratch_free(struct custom_scratch *s);
/* 0 for NULL. */
int64_t custom_set_generation(const struct custom_set *s);
void detect_custom(struct verdict_builder *b, const struct custom_set *set,
    struct custom_scratch *s);

#endif
