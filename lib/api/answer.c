/* Words, tables and links of answers. */
#include "api/answer.h"

#include <stdarg.h>

#include "base/clock.h"

void
answer_columns(struct answer *a, const struct answer_column *v)
{
	struct json_writer *w = &a->w;

	json_writer_init(w, &a->table);
	json_put_object(w);
	json_put_key(w, "columns");
	json_put_array(w);
	for (; v->name; v++) {
		json_put_object(w);
		json_member_cstr(w, "name", v->name);
		json_member_str(w, "unit", str_from(v->unit));
		json_put_object_end(w);
	}
	json_put_array_end(w);
	json_put_key(w, "rows");
	json_put_array(w);
}

void
answer_row(struct answer *a)
{
	json_put_array(&a->w);
}

void
answer_row_end(struct answer *a)
{
	json_put_array_end(&a->w);
}

void
answer_table_end(struct answer *a)
{
	json_put_array_end(&a->w);
	json_put_object_end(&a->w);
}

static CC_PRINTF(2, 0) struct str
formatted(struct answer *a, const char *fmt, va_list ap)
{
	char text[2000];
	int n = vsnprintf(text, sizeof(text), fmt, ap);

	if (n < 0)
		return STR("");
	return arena_str(a->call->view.arena, str_utf8_prefix(str_of(text,
	    MIN_OF((size_t)n, sizeof(text) - 1)), sizeof(text)));
}

void
answer_say(struct answer *a, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	buf_add_str(&a->text, formatted(a, fmt, ap));
	va_end(ap);
}

void
answer_link(struct answer *a, const char *title, const char *fmt, ...)
{
	struct json_writer w;
	struct str path;
	va_list ap;

	va_start(ap, fmt);
	path = formatted(a, fmt, ap);
	va_end(ap);
	if (a->links.n > 1)
		buf_add_byte(&a->links, ',');
	json_writer_init(&w, &a->links);
	json_put_object(&w);
	json_member_cstr(&w, "title", title);
	json_member_str(&w, "path", path);
	json_put_object_end(&w);
}

struct str
answer_escape(struct answer *a, struct str id)
{
	char *out = arena_alloc(a->call->view.arena, 3 * id.n + 1);
	size_t n = 0;

	if (!out)
		return STR("");
	for (size_t i = 0; i < id.n; i++) {
		unsigned char c = (unsigned char)id.p[i];

		if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
		    (c >= 'A' && c <= 'Z') || strchr("-._~", c))
			out[n++] = (char)c;
		else
			n += (size_t)snprintf(out + n, 4, "%%%02X", c);
	}
	return str_of(out, n);
}

void
answer_put_time(struct answer *a, int64_t ms)
{
	char text[CLOCK_ISO_MAX];

	if (ms == 0) {
		json_put_null(&a->w);
		return;
	}
	clock_format_iso(ms, text);
	json_put_cstr(&a->w, text);
}

void
answer_say_count(struct answer *a, int64_t n, const char *one)
{
	answer_say(a, "%lld %s%s", (long long)n, one, n == 1 ? "" : "s");
}

struct str
answer_range(struct answer *a)
{
	return arena_printf(a->call->view.arena,
	    "source=%s&from=%lld&to=%lld",
	    event_env_name(a->call->view.scope.env),
	    (long long)a->plan->from_ms, (long long)a->plan->to_ms);
}

struct str
answer_range_names(struct answer *a)
{
	static const char *const params[ASK_DIMS] = {
		[ASK_DIM_AGENT] = "agent", [ASK_DIM_USER] = "userId",
		[ASK_DIM_ORG] = "orgId" };
	struct str all = answer_range(a);

	for (int d = 0; d < ASK_DIMS; d++) {
		const struct ask_name *n = ask_name_of(a->plan,
		    (enum ask_dim)d);

		if (params[d] && n && !n->is_part &&
		    ask_names_of(a->plan, (enum ask_dim)d) == 1)
			all = arena_printf(a->call->view.arena,
			    "%.*s&%s=%.*s", STR_FMT(all), params[d],
			    STR_FMT(answer_escape(a, n->text)));
	}
	return all;
}

/* ---- figures ---- */

static double
per(double part, int64_t whole)
{
	return whole ? part / (double)whole : 0;
}

static double
quantile_ms(const struct rollup *r, double q)
{
	return (double)sketch_quantile(&r->duration_us, q) / 1e3;
}

double
figure_value(const struct figure *f, enum ask_measure m, bool of_calls)
{
	const struct rollup *r = &f->sum;
	const int64_t *n = r->c;
	int64_t count = n[of_calls ? COUNT_CALLS : COUNT_RUNS];
	double cost = cost_usd_from_pico(n[COUNT_COST_PICO_USD]);

	switch (m) {
	case ASK_ERRORS: return (double)n[COUNT_ERRORS];
	case ASK_ERROR_RATE: return per((double)n[COUNT_ERRORS], count);
	case ASK_COST: return cost;
	case ASK_COST_PER_RUN: return per(cost, count);
	case ASK_TOKENS: return (double)n[COUNT_TOTAL_TOKENS];
	case ASK_TOKENS_PER_RUN:
		return per((double)n[COUNT_TOTAL_TOKENS], count);
	case ASK_INPUT_TOKENS:
		return (double)(n[COUNT_INPUT_TOKENS] +
		    n[COUNT_CACHED_TOKENS] + n[COUNT_CACHE_WRITE_TOKENS]);
	case ASK_OUTPUT_TOKENS: return (double)n[COUNT_OUTPUT_TOKENS];
	case ASK_LATENCY:
	case ASK_LATENCY_P95: return quantile_ms(r, 0.95);
	case ASK_LATENCY_P50: return quantile_ms(r, 0.5);
	case ASK_LATENCY_P99: return quantile_ms(r, 0.99);
	case ASK_LATENCY_AVG:
		return per((double)n[COUNT_DURATION_US] / 1e3,
		    n[COUNT_ENDED]);
	case ASK_FIRST_TOKEN:
		return per((double)n[COUNT_FIRST_TOKEN_US] / 1e3,
		    n[COUNT_FIRST_TOKENS]);
	case ASK_SHARE: return per((double)count, f->base);
	case ASK_TOOL_CALLS: return (double)n[COUNT_TOOL_CALLS];
	case ASK_TOOL_ERRORS: return (double)n[COUNT_TOOL_ERRORS];
	case ASK_TOOL_CALLS_PER_RUN:
		return per((double)n[COUNT_TOOL_CALLS], count);
	case ASK_THUMBS_UP: return (double)n[COUNT_THUMBS_UP];
	case ASK_THUMBS_DOWN: return (double)n[COUNT_THUMBS_DOWN];
	case ASK_COUNT:
	case ASK_NEWEST:
	case ASK_NUMBER:
	case ASK_RUNS_PER_USER:
	case ASK_MEASURES: break;
	}
	return (double)count;
}

static const char *
money(double usd, char out[32])
{
	snprintf(out, 32, "$%.*f", usd < 1 && usd > -1 ? 4 : 2, usd);
	return out;
}

static void
say_duration(struct answer *a, const struct figure *f, enum ask_measure m,
    bool of_calls, const char *what)
{
	static const char *const names[ASK_MEASURES] = {
		[ASK_LATENCY] = "p95", [ASK_LATENCY_P95] = "p95",
		[ASK_LATENCY_P50] = "median", [ASK_LATENCY_P99] = "p99",
		[ASK_LATENCY_AVG] = "average" };
	const int64_t *n = f->sum.c;

	if (m == ASK_FIRST_TOKEN) {
		answer_say(a, n[COUNT_FIRST_TOKENS] ? "first token after "
		    "%.0f ms on average" : "no time to first token known",
		    figure_value(f, m, of_calls));
		return;
	}
	if (n[COUNT_ENDED] == 0) {
		answer_say(a, "no duration known");
		return;
	}
	answer_say(a, "%s %.0f ms", names[m], figure_value(f, m, of_calls));
	if (m == ASK_LATENCY)
		answer_say(a, ", median %.0f ms", quantile_ms(&f->sum, 0.5));
	answer_say(a, " over ");
	answer_say_count(a, n[COUNT_ENDED], what);
}

static void
say_money(struct answer *a, const struct figure *f, enum ask_measure m,
    bool of_calls)
{
	char text[32];

	answer_say(a, m == ASK_COST ? "%s for " : "%s a %s on average, over ",
	    money(figure_value(f, m, of_calls), text),
	    of_calls ? "call" : "run");
	answer_say_count(a, f->sum.c[of_calls ? COUNT_CALLS : COUNT_RUNS],
	    of_calls ? "call" : "run");
	if (f->sum.c[COUNT_UNPRICED]) {
		answer_say(a, " (");
		answer_say_count(a, f->sum.c[COUNT_UNPRICED], "step");
		answer_say(a, " without a known price)");
	}
}

void
answer_say_figure(struct answer *a, const struct figure *f,
    enum ask_measure m, bool of_calls)
{
	const char *what = of_calls ? "call" : "run";
	const int64_t *n = f->sum.c;
	int64_t count = n[of_calls ? COUNT_CALLS : COUNT_RUNS];
	double v = figure_value(f, m, of_calls);

	switch (m) {
	case ASK_ERRORS:
	case ASK_ERROR_RATE:
		answer_say(a, "%lld of ", (long long)n[COUNT_ERRORS]);
		answer_say_count(a, count, what);
		answer_say(a, " failed (%.1f %%)",
		    100 * figure_value(f, ASK_ERROR_RATE, of_calls));
		return;
	case ASK_COST:
	case ASK_COST_PER_RUN:
		say_money(a, f, m, of_calls);
		return;
	case ASK_LATENCY:
	case ASK_LATENCY_AVG:
	case ASK_LATENCY_P50:
	case ASK_LATENCY_P95:
	case ASK_LATENCY_P99:
	case ASK_FIRST_TOKEN:
		say_duration(a, f, m, of_calls, what);
		return;
	case ASK_SHARE:
		answer_say(a, "%lld of ", (long long)count);
		answer_say_count(a, f->base, what);
		answer_say(a, " (%.1f %%)", 100 * v);
		return;
	case ASK_TOKENS:
	case ASK_INPUT_TOKENS:
	case ASK_OUTPUT_TOKENS:
		answer_say(a, "%.0f %stokens in ", v, m == ASK_INPUT_TOKENS ?
		    "input " : m == ASK_OUTPUT_TOKENS ? "output " : "");
		answer_say_count(a, count, what);
		return;
	case ASK_TOKENS_PER_RUN:
	case ASK_TOOL_CALLS_PER_RUN:
		answer_say(a, "%.1f %s a %s on average, over ", v,
		    m == ASK_TOKENS_PER_RUN ? "tokens" : "tool calls", what);
		answer_say_count(a, count, what);
		return;
	case ASK_TOOL_CALLS:
		answer_say_count(a, n[COUNT_TOOL_CALLS], "tool call");
		answer_say(a, " in ");
		answer_say_count(a, count, what);
		return;
	case ASK_TOOL_ERRORS:
		answer_say(a, "%lld of ", (long long)n[COUNT_TOOL_ERRORS]);
		answer_say_count(a, n[COUNT_TOOL_CALLS], "tool call");
		answer_say(a, " failed (%.1f %%)", 100 *
		    per((double)n[COUNT_TOOL_ERRORS], n[COUNT_TOOL_CALLS]));
		return;
	case ASK_THUMBS_UP:
	case ASK_THUMBS_DOWN:
		answer_say(a, "%.0f thumbs %s in ", v,
		    m == ASK_THUMBS_UP ? "up" : "down");
		answer_say_count(a, n[COUNT_FEEDBACK_RUNS], what);
		answer_say(a, " with feedback");
		return;
	case ASK_COUNT:
	case ASK_NEWEST:
	case ASK_NUMBER:
	case ASK_RUNS_PER_USER:
	case ASK_MEASURES:
		break;
	}
	answer_say_count(a, count, what);
}

void
answer_say_change(struct answer *a, const struct figure *now,
    const struct figure *then, enum ask_measure m, bool of_calls)
{
	double x = figure_value(now, m, of_calls);
	double y = figure_value(then, m, of_calls);

	if (x > y)
		answer_say(a, ", up");
	else if (x < y)
		answer_say(a, ", down");
	else
		answer_say(a, ", unchanged");
	if ((y > 0 || y < 0) && (x > y || x < y))
		answer_say(a, " %.1f %%", 100 * (x > y ? x - y : y - x) / y);
	answer_say(a, " against ");
	answer_say_figure(a, then, m, of_calls);
	answer_say(a, " before");
}

void
answer_say_cut(struct answer *a, const struct figures *f)
{
	char since[CLOCK_ISO_MAX];

	if (!f->is_cut)
		return;
	clock_format_iso(f->since_ms, since);
	answer_say(a, " Counted over the latest %lld runs only, those since "
	    "%.16sZ: what is asked for is in no sum, and going through all "
	    "runs of the time would take too long.", (long long)f->runs_read,
	    since);
}

/* ---- parts ---- */

const char *
answer_one(enum ask_subject s)
{
	static const char *const names[ASK_SUBJECTS] = {
		[ASK_RUNS] = "run", [ASK_FAILURES] = "failure",
		[ASK_TOOLS] = "tool", [ASK_MODELS] = "model",
		[ASK_AGENTS] = "agent", [ASK_USERS] = "user",
		[ASK_ORGS] = "organisation", [ASK_SESSIONS] = "session",
		[ASK_PATTERNS] = "pattern", [ASK_TOPICS] = "topic",
		[ASK_INSIGHTS] = "insight" };

	return names[s] ? names[s] : "figure";
}

static void
say_refusal(struct answer *a)
{
	const struct ask_plan *p = a->plan;

	if (p->refused)
		answer_say(a, "I cannot answer this: %s.", p->refused);
	else
		answer_say(a, "I did not understand this.");
	if (p->nignored && !p->refused) {
		answer_say(a, " I do not know");
		for (size_t i = 0; i < p->nignored && i < 5; i++)
			answer_say(a, "%s \"%.*s\"", i ? "," : "",
			    (int)MIN_OF(p->ignored[i].n, (size_t)60),
			    p->ignored[i].p);
		answer_say(a, ".");
	}
	answer_say(a, " I can look up runs, failures, tools, models, agents, "
	    "users, organisations, sessions, patterns, topics, feedback and "
	    "insights, by count, errors, cost, tokens or latency, of a time "
	    "such as \"this week\". The suggestions are the nearest "
	    "questions that I can answer.");
}

static bool
is_usage(enum ask_measure m)
{
	return m == ASK_COST || m == ASK_COST_PER_RUN || m == ASK_TOKENS ||
	    m == ASK_TOKENS_PER_RUN || m == ASK_INPUT_TOKENS ||
	    m == ASK_OUTPUT_TOKENS;
}

/* What the asker must know before the figures: names nobody has seen, and
 * words that were passed over. */
static void
say_doubts(struct answer *a)
{
	const struct ask_plan *p = a->plan;
	size_t n = 0;

	for (size_t i = 0; i < p->nnames; i++)
		if (!p->names[i].is_known && (p->names[i].dim ==
		    ASK_DIM_AGENT || p->names[i].dim == ASK_DIM_TOOL ||
		    p->names[i].dim == ASK_DIM_MODEL))
			answer_say(a, " No %s \"%.*s\" was seen in the last "
			    "60 days.", ask_dim_name(p->names[i].dim),
			    (int)MIN_OF(p->names[i].text.n, (size_t)100),
			    p->names[i].text.p);
	for (size_t i = 0; i < p->nignored && n < 5; i++, n++)
		answer_say(a, "%s \"%.*s\"", n ? "," :
		    " I did not understand, and ignored:",
		    (int)MIN_OF(p->ignored[i].n, (size_t)60),
		    p->ignored[i].p);
	if (n)
		answer_say(a, ".");
	if (ask_dim_of(p->subject) == ASK_DIM_TOOL &&
	    ask_names_of(p, ASK_DIM_MODEL))
		answer_say(a, " Counted in runs that called the model.");
	if (ask_dim_of(p->subject) == ASK_DIM_MODEL &&
	    ask_names_of(p, ASK_DIM_TOOL))
		answer_say(a, " Counted in runs that called the tool.");
	if (p->pattern && ask_names_of(p, ASK_DIM_TOOL) &&
	    p->subject != ASK_RUNS)
		answer_say(a, " Counted in runs that called the tool; what "
		    "they show may be about another one.");
	if (is_usage(p->measure) && (p->subject == ASK_TOOLS ||
	    (ask_names_of(p, ASK_DIM_TOOL) && p->subject != ASK_MODELS &&
	    p->subject != ASK_RUNS && p->subject != ASK_SESSIONS)))
		answer_say(a, " Calls of tools have no cost and no tokens of "
		    "their own: models have.");
	if (p->group && (p->subject == ASK_RUNS || p->subject ==
	    ASK_FAILURES || p->subject == ASK_PATTERNS || p->subject ==
	    ASK_TOPICS || p->subject == ASK_FEEDBACK))
		answer_say(a, " It is not split by %s.",
		    ask_group_name(p->group));
	if (p->is_comparison && (p->subject == ASK_RUNS || p->subject ==
	    ASK_SESSIONS) && p->measure != ASK_NUMBER)
		answer_say(a, " Lists are not compared with what was before.");
}

static answer_part *
part_of(const struct ask_plan *p)
{
	if (p->text.p && p->subject != ASK_FAILURES &&
	    p->subject != ASK_TOPICS)
		return find_text;
	switch (p->subject) {
	case ASK_TOTALS: return p->wants_reason ? find_reason : find_totals;
	case ASK_RUNS: return find_runs;
	case ASK_FAILURES: return find_failures;
	case ASK_TOOLS:
	case ASK_MODELS:
	case ASK_AGENTS:
	case ASK_USERS:
	case ASK_ORGS: return find_breakdown;
	case ASK_SESSIONS: return p->pattern || p->measure == ASK_NUMBER ||
	    p->measure == ASK_SHARE || p->group ? find_breakdown :
	    find_sessions;
	case ASK_PATTERNS: return find_patterns;
	case ASK_TOPICS: return find_topics;
	case ASK_FEEDBACK: return find_feedback;
	case ASK_INSIGHTS: return find_insights;
	case ASK_NOTHING:
	case ASK_SUBJECTS: break;
	}
	return NULL;
}

int
answer_find(struct answer *a, struct err *e)
{
	answer_part *part = part_of(a->plan);

	if (!part) {
		say_refusal(a);
		return 0;
	}
	if (part(a, e))
		return e->code;
	say_doubts(a);
	return 0;
}
