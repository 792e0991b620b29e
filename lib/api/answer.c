/* Words, tables and links of answers. */
#include "api/answer.h"

#include <stdarg.h>

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

struct str
answer_range(struct answer *a)
{
	return arena_printf(a->call->view.arena,
	    "source=%s&from=%lld&to=%lld",
	    event_env_name(a->call->view.scope.env),
	    (long long)a->plan->from_ms, (long long)a->plan->to_ms);
}

double
answer_measure(const struct rollup *r, enum ask_measure m, bool of_calls)
{
	const int64_t *n = r->c;
	int64_t count = n[of_calls ? COUNT_CALLS : COUNT_RUNS];

	switch (m) {
	case ASK_COUNT: return (double)count;
	case ASK_ERRORS: return (double)n[COUNT_ERRORS];
	case ASK_ERROR_RATE:
		return count ? (double)n[COUNT_ERRORS] / (double)count : 0;
	case ASK_COST: return cost_usd_from_pico(n[COUNT_COST_PICO_USD]);
	case ASK_TOKENS: return (double)n[COUNT_TOTAL_TOKENS];
	case ASK_LATENCY:
		return (double)sketch_quantile(&r->duration_us, 0.95) / 1e3;
	case ASK_FLAGGED: return (double)n[COUNT_FLAGGED];
	case ASK_MEASURES: break;
	}
	return 0;
}

void
answer_say_measure(struct answer *a, const struct rollup *r,
    enum ask_measure m, bool of_calls)
{
	long long count = r->c[of_calls ? COUNT_CALLS : COUNT_RUNS];
	const char *what = of_calls ? "calls" : "runs";
	double v = answer_measure(r, m, of_calls);

	switch (m) {
	case ASK_COUNT:
		answer_say(a, "%lld %s", count, what);
		break;
	case ASK_ERRORS:
	case ASK_ERROR_RATE:
		answer_say(a, "%lld of %lld %s failed (%.1f %%)",
		    (long long)r->c[COUNT_ERRORS], count, what,
		    100 * answer_measure(r, ASK_ERROR_RATE, of_calls));
		break;
	case ASK_COST:
		answer_say(a, "$%.*f for %lld %s", v < 1 ? 4 : 2, v, count,
		    what);
		if (r->c[COUNT_UNPRICED])
			answer_say(a, " (%lld steps have no known price)",
			    (long long)r->c[COUNT_UNPRICED]);
		break;
	case ASK_TOKENS:
		answer_say(a, "%.0f tokens in %lld %s", v, count, what);
		break;
	case ASK_LATENCY:
		if (r->c[COUNT_ENDED] == 0) {
			answer_say(a, "no duration known");
			break;
		}
		answer_say(a, "p95 %.0f ms, median %.0f ms over %lld %s", v,
		    (double)sketch_quantile(&r->duration_us, 0.5) / 1e3,
		    (long long)r->c[COUNT_ENDED], what);
		break;
	case ASK_FLAGGED:
		answer_say(a, "%.0f of %lld %s", v, count, what);
		break;
	case ASK_MEASURES:
		break;
	}
}

void
answer_say_change(struct answer *a, const struct rollup *now,
    const struct rollup *then, enum ask_measure m, bool of_calls)
{
	double x = answer_measure(now, m, of_calls);
	double y = answer_measure(then, m, of_calls);

	if (x > y)
		answer_say(a, ", up");
	else if (x < y)
		answer_say(a, ", down");
	else
		answer_say(a, ", unchanged");
	if (y > 0 || y < 0)
		answer_say(a, " %.1f %%", 100 * (x > y ? x - y : y - x) / y);
	answer_say(a, " against ");
	answer_say_measure(a, then, m, of_calls);
	answer_say(a, " before");
}

int
answer_rollup(struct answer *a, int64_t from_ms, int64_t to_ms,
    struct rollup *out, struct err *e)
{
	static const struct rollup none = ROLLUP_INIT;
	const struct repo_metrics_query q = { .from_ms = from_ms,
	    .to_ms = to_ms, .name = a->plan->agent,
	    .dim = a->plan->agent.p ? DIM_AGENT : DIM_TOTAL };
	struct repo_metrics m;

	*out = none;
	if (repo_metrics(&a->call->view, &q, &m, e))
		return e->code;
	if (m.n)
		*out = m.v[0].sum;
	return 0;
}

int
answer_find(struct answer *a, struct err *e)
{
	switch (a->plan->subject) {
	case ASK_TOTALS: return find_totals(a, e);
	case ASK_RUNS: return find_runs(a, e);
	case ASK_FAILURES: return find_failures(a, e);
	case ASK_TOOLS:
	case ASK_MODELS:
	case ASK_AGENTS:
	case ASK_USERS:
	case ASK_ORGS: return find_breakdown(a, e);
	case ASK_SESSIONS: return find_sessions(a, e);
	case ASK_PATTERNS: return find_patterns(a, e);
	case ASK_FEEDBACK: return find_feedback(a, e);
	case ASK_INSIGHTS: return find_insights(a, e);
	case ASK_NOTHING:
	case ASK_SUBJECTS: break;
	}
	answer_say(a, "I did not understand this. I can look up runs, "
	    "failures, tools, models, agents, users, organisations, sessions, "
	    "patterns, feedback and insights, by count, errors, cost, tokens "
	    "or latency, of a time such as \"this week\". The suggestions are "
	    "the nearest questions that I can answer.");
	return 0;
}
