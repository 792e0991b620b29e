#include "detect/detect.h"

#include <stdlib.h>

#include "base/hash.h"
#include "base/mem.h"
#include "detect/template.h"
#include "detect/verdict.h"

struct detector {
	struct scorer *scorer;
	struct custom_scratch *scratch;
	const struct custom_set *custom;
};

static const struct detect_pattern patterns[] = {
	{ "user-frustration", "User frustration",
	    "The user shows annoyance, dissatisfaction or negative sentiment "
	    "towards the agent.", true },
	{ "user-confusion", "User confusion",
	    "The user does not understand the agent or is lost.", true },
	{ "task-failure-reported", "Task failure reported",
	    "The user reports that the request was not completed correctly.",
	    true },
	{ "user-repeats-request", "User repeats request",
	    "The user asks again for what was asked before.", true },
	{ "user-corrects-agent", "User corrects agent",
	    "The user corrects something that the agent said or did.", true },
	{ "user-praises", "User praises",
	    "The user thanks or praises the agent beyond courtesy.", true },
	{ "refusal", "Refusal",
	    "The agent declines to do what it was asked.", false },
	{ "empty-or-truncated-answer", "Empty or truncated answer",
	    "The run ended well, but its response is empty or breaks off.",
	    false },
	{ "ungrounded-answer", "Ungrounded answer",
	    "The response states what the tool results do not support.",
	    false },
	{ "tool-error-ignored", "Tool error ignored",
	    "A tool call failed, was not repeated with success, and the "
	    "response does not mention it.", false },
	{ "tool-loop", "Tool loop",
	    "The same tool was called again with the same arguments.", false },
	{ "latency-outlier", "Latency outlier",
	    "The run took far longer than its agent usually does.", false },
	{ "cost-outlier", "Cost outlier",
	    "The run cost far more than its agent usually does.", false },
	{ "abandoned-session", "Abandoned session",
	    "The conversation went badly, and nobody wrote again within 24 "
	    "hours.", true },
};

const struct detect_pattern *
detect_pattern(size_t i)
{
	return i < ARRAY_LEN(patterns) ? &patterns[i] : NULL;
}

const struct detect_pattern *
detect_pattern_by_slug(struct str slug)
{
	for (size_t i = 0; i < ARRAY_LEN(patterns); i++)
		if (str_is(slug, patterns[i].slug))
			return &patterns[i];
	return NULL;
}

struct detector *
detector_new(void)
{
	struct detector *d = mem_zalloc(1, sizeof(*d));

	d->scorer = scorer_new();
	d->scratch = custom_scratch_new();
	return d;
}

void
detector_free(struct detector *d)
{
	if (!d)
		return;
	scorer_free(d->scorer);
	custom_scratch_free(d->scratch);
	free(d);
}

void
detector_use(struct detector *d, const struct custom_set *set)
{
	d->custom = set;
}

struct str
value_text(const struct value *v)
{
	return v->type == VALUE_TEXT || v->type == VALUE_JSON ? v->s : STR_NULL;
}

/* A finding of a verdict with a pass belongs to that pass alone. */
static void
add_pass(struct verdict_builder *b, struct event_builder *eb, unsigned field)
{
	if (b->pass)
		event_int(eb, field, (int64_t)b->pass);
}

static void
add_event(struct verdict_builder *b, struct event_builder *eb)
{
	struct event *v = arena_more(b->arena, b->events, b->n, &b->cap,
	    sizeof(*v));

	if (!v || !event_end(eb, &v[b->n])) {
		b->failed = true;
		return;
	}
	b->events = v;
	v[b->n].source = STR("classify");
	/* A verdict on an older revision never replaces a newer one. */
	v[b->n].order = verdict_order(b->run->rev, b->pass);
	b->n++;
}

/* "1/user-frustration": a finding's id within its run. */
static struct str
finding_id(struct verdict_builder *b, struct str what)
{
	struct str id = arena_printf(b->arena, "%d/%.*s", DETECT_VERSION,
	    STR_FMT(what));

	if (!id.p)
		b->failed = true;
	return id.p ? id : STR("");
}

static const char *
severity_of(const struct finding *f)
{
	double room = 1.0 - f->threshold;

	if (f->score >= f->threshold + room * 2 / 3)
		return "high";
	return f->score >= f->threshold + room / 3 ? "medium" : "low";
}

void
verdict_add_signal(struct verdict_builder *b, const struct finding *f)
{
	struct str slug = str_from(f->slug);
	struct event_builder eb;

	event_begin(&eb, b->arena, EVENT_SIGNAL, b->run->base.id,
	    finding_id(b, slug));
	event_int(&eb, FIELD_SIGNAL_version, DETECT_VERSION);
	event_int(&eb, FIELD_SIGNAL_rev, (int64_t)b->run->rev);
	event_text(&eb, FIELD_SIGNAL_slug, slug);
	event_num(&eb, FIELD_SIGNAL_score, f->score);
	event_num(&eb, FIELD_SIGNAL_threshold, f->threshold);
	event_text(&eb, FIELD_SIGNAL_severity, str_from(severity_of(f)));
	event_text(&eb, FIELD_SIGNAL_role, str_from(f->role));
	event_text(&eb, FIELD_SIGNAL_span_id, f->span_id);
	if (f->message.p && f->to > f->from) {
		event_int(&eb, FIELD_SIGNAL_evidence_start, (int64_t)f->from);
		event_int(&eb, FIELD_SIGNAL_evidence_end, (int64_t)f->to);
		event_text(&eb, FIELD_SIGNAL_evidence,
		    str_utf8_prefix(str_of(f->message.p + f->from,
		    f->to - f->from), HEAD_PREVIEW_BYTES));
	} else if (f->figures.p) {
		event_text(&eb, FIELD_SIGNAL_evidence, f->figures);
	}
	event_text(&eb, FIELD_SIGNAL_reason, f->reason);
	add_pass(b, &eb, FIELD_SIGNAL_pass);
	if (f->revision)
		event_int(&eb, FIELD_SIGNAL_revision, f->revision);
	add_event(b, &eb);
	if (!b->bad_end && is_bad_end(slug)) {
		b->bad_end = f->slug;
		b->bad_score = f->score;
	}
}

void
verdict_add_failure(struct verdict_builder *b, const struct span *span,
    struct str message)
{
	struct str type = span ? STR("tool_call") : STR("run");
	struct str span_id = span ? span->base.id : STR("");
	struct template *t = arena_alloc(b->arena, sizeof(*t));
	char *id = arena_alloc(b->arena, FAILURE_ID_SIZE);
	struct event_builder eb;
	struct run_totals totals;
	struct str what;

	if (!t || !id) {
		b->failed = true;
		return;
	}
	template_of(message, t);
	failure_id(type, template_str(t), id);
	what = arena_printf(b->arena, "%s/%.*s", id, STR_FMT(span_id));
	event_begin(&eb, b->arena, EVENT_FAILURE, b->run->base.id,
	    finding_id(b, what));
	event_int(&eb, FIELD_FAILURE_version, DETECT_VERSION);
	event_int(&eb, FIELD_FAILURE_rev, (int64_t)b->run->rev);
	event_text(&eb, FIELD_FAILURE_failure_id, str_from(id));
	event_text(&eb, FIELD_FAILURE_entity_type, type);
	if (span) {
		event_text(&eb, FIELD_FAILURE_span_id, span_id);
		event_text(&eb, FIELD_FAILURE_name, span->name);
	}
	event_text(&eb, FIELD_FAILURE_template, template_str(t));
	event_text(&eb, FIELD_FAILURE_message,
	    str_utf8_prefix(message, FAILURE_MESSAGE_MAX));
	run_totals(b->run, &totals);
	event_int(&eb, FIELD_FAILURE_time_ns,
	    span && ENTITY_HAS(span, SPAN, start_ns) ? span->start_ns :
	    totals.start_ns);
	add_pass(b, &eb, FIELD_FAILURE_pass);
	add_event(b, &eb);
}

static void
add_verdict(struct verdict_builder *b, int64_t generation,
    const struct detect_input *in)
{
	struct event_builder eb;
	struct str id = arena_printf(b->arena, "%d", DETECT_VERSION);

	event_begin(&eb, b->arena, EVENT_VERDICT, b->run->base.id,
	    id.p ? id : STR(""));
	event_int(&eb, FIELD_VERDICT_version, DETECT_VERSION);
	event_int(&eb, FIELD_VERDICT_rev, (int64_t)b->run->rev);
	add_pass(b, &eb, FIELD_VERDICT_pass);
	if (generation)
		event_int(&eb, FIELD_VERDICT_patterns, generation);
	event_text(&eb, FIELD_VERDICT_topic, in->topic);
	if (in->topics) {
		/* The topic of a verdict before is not this one's. */
		if (!in->topic.p)
			event_null(&eb, FIELD_VERDICT_topic);
		event_int(&eb, FIELD_VERDICT_topics, in->topics);
	}
	add_event(b, &eb);
}

int
detect_run(struct detector *d, const struct detect_input *in, struct arena *a,
    struct detect_verdict *out, struct err *e)
{
	struct verdict_builder b = { .arena = a, .run = in->run,
		.pass = in->pass };
	size_t n = MIN_OF(in->n_earlier, (size_t)DETECT_EARLIER_MAX);

	add_verdict(&b, custom_set_generation(d->custom), in);
	detect_calls(&b);
	detect_failures(&b);
	detect_tools(&b);
	detect_turns(&b, d->scorer, n ? in->earlier + in->n_earlier - n : NULL,
	    n);
	detect_outliers(&b, in);
	detect_abandoned(&b, in);
	if (d->custom)
		detect_custom(&b, d->custom, d->scratch);
	if (b.failed)
		return err_set(e, ERR_LIMIT, "verdict: too large");
	*out = (struct detect_verdict){ b.events, b.n };
	return 0;
}

double
detect_frustration(struct detector *d, const struct detect_input *in,
    struct arena *a)
{
	size_t n = MIN_OF(in->n_earlier, (size_t)DETECT_EARLIER_MAX);

	if (!in->run->conversational)
		return 0;
	return turns_frustration(d->scorer, in->run,
	    n ? in->earlier + in->n_earlier - n : NULL, n, a);
}
