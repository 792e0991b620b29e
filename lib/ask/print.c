/* The one-line form of plans, and the names of what is in them. */
#include "ask/ask.h"
#include "base/clock.h"

const char *
ask_subject_name(enum ask_subject s)
{
	static const char *const names[ASK_SUBJECTS] = { "", "totals", "runs",
		"failures", "tools", "models", "agents", "users",
		"orgs", "sessions", "patterns", "topics", "feedback",
		"insights" };

	return names[s];
}

const char *
ask_measure_name(enum ask_measure m)
{
	static const char *const names[ASK_MEASURES] = { "count", "newest",
		"number", "errors", "error-rate", "cost", "cost-per-run",
		"tokens", "tokens-per-run", "input-tokens", "output-tokens",
		"latency", "latency-avg", "latency-p50", "latency-p95",
		"latency-p99", "ttft", "share", "runs-per-user",
		"tool-calls", "tool-errors", "tool-calls-per-run",
		"thumbs-up", "thumbs-down" };

	return names[m];
}

const char *
ask_group_name(enum ask_group g)
{
	static const char *const names[] = { "", "hour", "day", "week",
		"month" };

	return names[g];
}

const char *
ask_dim_name(enum ask_dim d)
{
	static const char *const names[ASK_DIMS] = { "run", "agent", "tool",
		"model", "user", "org", "session" };

	return names[d];
}

const char *
ask_state_name(enum ask_state s)
{
	static const char *const names[] = { "", "new", "regressed", "active",
		"resolved", "ignored" };

	return names[s];
}

const char *
ask_field_name(enum ask_field f)
{
	static const char *const names[] = { "", "prompt", "response",
		"error", "tool" };

	return names[f];
}

static const struct {
	enum ask_subject subject;
	enum ask_dim dim;
} pairs[] = {
	{ ASK_RUNS, ASK_DIM_RUN }, { ASK_AGENTS, ASK_DIM_AGENT },
	{ ASK_TOOLS, ASK_DIM_TOOL }, { ASK_MODELS, ASK_DIM_MODEL },
	{ ASK_USERS, ASK_DIM_USER }, { ASK_ORGS, ASK_DIM_ORG },
	{ ASK_SESSIONS, ASK_DIM_SESSION },
};

enum ask_dim
ask_dim_of(enum ask_subject s)
{
	for (size_t i = 0; i < ARRAY_LEN(pairs); i++)
		if (pairs[i].subject == s)
			return pairs[i].dim;
	return ASK_DIMS;
}

enum ask_subject
ask_subject_of(enum ask_dim d)
{
	for (size_t i = 0; i < ARRAY_LEN(pairs); i++)
		if (pairs[i].dim == d)
			return pairs[i].subject;
	return ASK_NOTHING;
}

static void
add_instant(struct buf *b, int64_t ms, const struct ask_context *c)
{
	char iso[CLOCK_ISO_MAX];

	if (ms == c->now_ms + 1) {
		buf_add_cstr(b, "now");
		return;
	}
	clock_format_iso(ms, iso);
	buf_add(b, iso, ms % MS_PER_DAY < MS_PER_MINUTE ? 10 : 16);
}

static void
add_names(const struct ask_plan *p, struct buf *b)
{
	for (int d = 0; d < ASK_DIMS; d++)
		for (int not = 0; not < 2; not++) {
			bool any = false;

			for (size_t i = 0; i < p->nnames; i++) {
				const struct ask_name *n = &p->names[i];

				if (n->dim != (enum ask_dim)d ||
				    n->is_not != (not == 1))
					continue;
				if (!any)
					buf_addf(b, "; %s%s=", not ? "-" : "",
					    ask_dim_name(n->dim));
				buf_addf(b, "%s%.*s%s", any ? "," : "",
				    STR_FMT(n->text), n->is_part ? "*" : "");
				any = true;
			}
		}
}

static bool
is_default(const struct ask_plan *p)
{
	bool list = p->subject == ASK_RUNS || p->subject == ASK_SESSIONS ||
	    p->subject == ASK_INSIGHTS;

	return p->measure == (list ? ASK_NEWEST : ASK_COUNT);
}

static void
add_filters(const struct ask_plan *p, struct buf *b)
{
	if (p->status)
		buf_addf(b, "; status=%s", p->status == ASK_ERROR ? "error" :
		    "ok");
	if (p->state)
		buf_addf(b, "; state=%s", ask_state_name(p->state));
	if (p->feedback)
		buf_addf(b, "; feedback=%s", p->feedback > 0 ? "up" : "down");
	if (p->pattern)
		buf_addf(b, "; %spattern=%s", p->pattern_not ? "-" : "",
		    p->pattern);
	if (p->has_where)
		buf_addf(b, "; where=%s%c%g%s", ask_measure_name(p->where),
		    p->where_less ? '<' : '>', p->where_value,
		    p->where == ASK_LATENCY ? "s" : "");
	if (p->text.p) {
		buf_addf(b, "; text=\"%.*s\"", STR_FMT(p->text));
		if (p->field)
			buf_addf(b, "; in=%s", ask_field_name(p->field));
	}
}

void
ask_print(const struct ask_plan *p, const struct ask_context *c,
    struct buf *b)
{
	if (!p->subject) {
		buf_add_cstr(b, "none");
		return;
	}
	buf_addf(b, "subject=%s", ask_subject_name(p->subject));
	if (!is_default(p))
		buf_addf(b, "; measure=%s", ask_measure_name(p->measure));
	if (p->group)
		buf_addf(b, "; group=%s", ask_group_name(p->group));
	add_names(p, b);
	add_filters(p, b);
	if (p->is_ever) {
		buf_add_cstr(b, "; time=ever");
	} else if (p->has_time) {
		buf_add_cstr(b, "; time=");
		add_instant(b, p->from_ms, c);
		buf_add_cstr(b, "..");
		add_instant(b, p->to_ms, c);
	}
	if (p->is_comparison) {
		buf_add_cstr(b, "; compare=");
		add_instant(b, p->compare_from_ms, c);
		buf_add_cstr(b, "..");
		add_instant(b, p->compare_to_ms, c);
	}
	if (p->compares_names)
		buf_add_cstr(b, "; compare=names");
	if (p->wants_reason)
		buf_add_cstr(b, "; why");
	if (p->is_ascending)
		buf_add_cstr(b, "; order=asc");
	if (p->has_limit)
		buf_addf(b, "; limit=%zu", p->limit);
}
