/* The rows of model/fields.h as tables, and the names of kinds. */
#include <stddef.h>

#include "model/event.h"
#include "model/run.h"

#define ROW(number, m, t, k, S) \
	{ number, #m, FIELD_##t, FIELD_KEEP_##k, offsetof(struct S, m) },
#define FIELD_KEEP_HEAD FIELD_HEAD
#define FIELD_KEEP_PREVIEW FIELD_PREVIEW
#define FIELD_KEEP_BODY FIELD_BODY

#define RUN_ROW(n, m, t, k) ROW(n, m, t, k, run)
#define SPAN_ROW(n, m, t, k) ROW(n, m, t, k, span)
#define SCORE_ROW(n, m, t, k) ROW(n, m, t, k, score)
#define VERDICT_ROW(n, m, t, k) ROW(n, m, t, k, verdict)
#define SIGNAL_ROW(n, m, t, k) ROW(n, m, t, k, signal_hit)
#define FAILURE_ROW(n, m, t, k) ROW(n, m, t, k, failure_hit)
#define CHANGE_ROW(n, m, t, k) ROW(n, m, t, k, failure_change)
#define INSIGHT_ROW(n, m, t, k) ROW(n, m, t, k, insight)
#define PATTERN_ROW(n, m, t, k) ROW(n, m, t, k, pattern_doc)
#define TOPICS_ROW(n, m, t, k) ROW(n, m, t, k, topics_doc)

static const struct field_def run_rows[] = { RUN_FIELDS(RUN_ROW) };
static const struct field_def span_rows[] = { SPAN_FIELDS(SPAN_ROW) };
static const struct field_def score_rows[] = { SCORE_FIELDS(SCORE_ROW) };
static const struct field_def verdict_rows[] = { VERDICT_FIELDS(VERDICT_ROW) };
static const struct field_def signal_rows[] = { SIGNAL_FIELDS(SIGNAL_ROW) };
static const struct field_def failure_rows[] = { FAILURE_FIELDS(FAILURE_ROW) };
static const struct field_def change_rows[] = {
	FAILURE_CHANGE_FIELDS(CHANGE_ROW)
};
static const struct field_def insight_rows[] = { INSIGHT_FIELDS(INSIGHT_ROW) };
static const struct field_def pattern_rows[] = { PATTERN_FIELDS(PATTERN_ROW) };
static const struct field_def topics_rows[] = { TOPICS_FIELDS(TOPICS_ROW) };

#define KIND(name, rows, S) { name, rows, ARRAY_LEN(rows), sizeof(struct S) }

static const struct kind_def kinds[EVENT_KIND_END] = {
	[EVENT_RUN] = KIND("run", run_rows, run),
	[EVENT_SPAN] = KIND("span", span_rows, span),
	[EVENT_SCORE] = KIND("score", score_rows, score),
	[EVENT_VERDICT] = KIND("verdict", verdict_rows, verdict),
	[EVENT_SIGNAL] = KIND("signal", signal_rows, signal_hit),
	[EVENT_FAILURE] = KIND("failure", failure_rows, failure_hit),
	[EVENT_FAILURE_CHANGE] = KIND("failure_change", change_rows,
	    failure_change),
	[EVENT_INSIGHT] = KIND("insight", insight_rows, insight),
	[EVENT_PATTERN] = KIND("pattern", pattern_rows, pattern_doc),
	[EVENT_TOPICS] = KIND("topics", topics_rows, topics_doc),
};

static const char *const span_types[SPAN_TYPE_END] = {
	"span", "generation", "tool", "agent", "chain", "retriever",
	"embedding", "reranking", "guardrail", "evaluator", "event",
};

const struct kind_def *
event_kind_def(unsigned kind)
{
	return kind >= 1 && kind < EVENT_KIND_END ? &kinds[kind] : NULL;
}

unsigned
event_kind_named(struct str name)
{
	for (unsigned k = 1; k < EVENT_KIND_END; k++)
		if (str_is(name, kinds[k].name))
			return k;
	return 0;
}

const struct field_def *
event_field(enum event_kind kind, unsigned number)
{
	const struct kind_def *def = event_kind_def(kind);

	for (size_t i = 0; i < def->nfields; i++)
		if (def->fields[i].number == number)
			return &def->fields[i];
	return NULL;
}

const struct field_def *
event_field_named(enum event_kind kind, struct str name)
{
	const struct kind_def *def = event_kind_def(kind);

	for (size_t i = 0; i < def->nfields; i++)
		if (str_is(name, def->fields[i].name))
			return &def->fields[i];
	return NULL;
}

const char *
event_env_name(enum event_env env)
{
	return env == ENV_DEV ? "dev" : "prod";
}

const char *
span_type_name(int64_t type)
{
	return type >= 0 && type < SPAN_TYPE_END ? span_types[type] : "span";
}

int
span_type_named(struct str name)
{
	for (int i = 0; i < SPAN_TYPE_END; i++)
		if (str_is(name, span_types[i]))
			return i;
	return -1;
}

const char *
run_status_name(int64_t status)
{
	return status == STATUS_ERROR ? "error" :
	    status == STATUS_OK ? "ok" : "unset";
}
