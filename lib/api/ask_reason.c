/* "Why": what explains a change, in parts that add up to it. */
#include <stdlib.h>

#include "api/answer.h"

enum { PARTS_SHOWN = 10, PARTS_SAID = 3 };

struct part {
	struct str name;
	double now, then;
};

/* What is explained: a sum over names, whose parts add up exactly. */
struct reason {
	enum repo_dim dim;
	const char *by;         /* "model" */
	enum ask_measure measure;
	const char *unit;
};

/* Sums explain themselves by parts; a mean by what each part adds to it. */
static struct reason
reason_for(const struct ask_plan *p)
{
	switch (p->measure) {
	case ASK_COST:
	case ASK_COST_PER_RUN:
		return (struct reason){ DIM_MODEL, "model", ASK_COST, "usd" };
	case ASK_TOKENS:
	case ASK_TOKENS_PER_RUN:
	case ASK_INPUT_TOKENS:
	case ASK_OUTPUT_TOKENS:
		return (struct reason){ DIM_MODEL, "model",
		    p->measure == ASK_TOKENS_PER_RUN ? ASK_TOKENS :
		    p->measure, NULL };
	case ASK_LATENCY:
	case ASK_LATENCY_AVG:
	case ASK_LATENCY_P50:
	case ASK_LATENCY_P95:
	case ASK_LATENCY_P99:
		return (struct reason){ DIM_AGENT, "agent", ASK_LATENCY_AVG,
		    "ms" };
	case ASK_ERRORS:
	case ASK_ERROR_RATE:
		return (struct reason){ DIM_AGENT, "agent", ASK_ERRORS,
		    NULL };
	case ASK_TOOL_CALLS:
	case ASK_TOOL_ERRORS:
	case ASK_THUMBS_UP:
	case ASK_THUMBS_DOWN:
		return (struct reason){ DIM_AGENT, "agent", p->measure,
		    NULL };
	case ASK_COUNT:
	case ASK_NEWEST:
	case ASK_NUMBER:
	case ASK_SHARE:
	case ASK_FIRST_TOKEN:
	case ASK_RUNS_PER_USER:
	case ASK_TOOL_CALLS_PER_RUN:
	case ASK_MEASURES:
		break;
	}
	return (struct reason){ DIM_AGENT, "agent", ASK_COUNT, NULL };
}

/* What a name adds to the figure of all. */
static double
adds(const struct figure *f, const struct figure *all,
    const struct reason *r, bool of_calls)
{
	if (r->measure != ASK_LATENCY_AVG)
		return figure_value(f, r->measure, of_calls);
	return all->sum.c[COUNT_ENDED] ? (double)f->sum.c[COUNT_DURATION_US] /
	    1e3 / (double)all->sum.c[COUNT_ENDED] : 0;
}

static double
distance(double x)
{
	return x < 0 ? -x : x;
}

static int
by_delta(const void *a, const void *b)
{
	const struct part *x = a, *y = b;
	double m = distance(x->now - x->then), n = distance(y->now - y->then);

	if (m > n || m < n)
		return m > n ? -1 : 1;
	return str_cmp(x->name, y->name);
}

static void
say_value(struct answer *a, const struct reason *r, double v, bool sign)
{
	const char *plus = !sign ? "" : v < -1e-9 ? "-" : "+";
	double x = sign ? distance(v) : v;

	/* Halves of runs come from means only. */
	bool whole = distance(x - (double)(int64_t)x) < 1e-9;

	if (r->unit && strcmp(r->unit, "usd") == 0)
		answer_say(a, "%s$%.*f", plus, x < 1 ? 4 : 2, x);
	else
		answer_say(a, "%s%.*f%s%s", plus, whole ? 0 : 1, x,
		    r->unit ? " " : "", r->unit ? r->unit : "");
}

/* Of all, and by name; with a rest that no name has. */
struct sides {
	struct figures all, names;
};

static int
read_side(struct answer *a, const struct reason *r, int64_t from, int64_t to,
    struct sides *s, struct err *e)
{
	*s = (struct sides){ .all = { .v = NULL } };
	if (figures_of(a, DIM_TOTAL, from, to, &s->all, e) ||
	    figures_of(a, r->dim, from, to, &s->names, e))
		return e->code;
	return 0;
}

static void
free_side(struct sides *s)
{
	figures_fini(&s->all);
	figures_fini(&s->names);
}

static struct part *
parts_of(struct answer *a, const struct reason *r, const struct sides *now,
    const struct sides *then, size_t *n, struct err *e)
{
	const struct figure *x = figures_named(&now->all, STR(""), 0);
	const struct figure *y = figures_named(&then->all, STR(""), 0);
	struct part *v = arena_array(a->call->view.arena,
	    now->names.n + then->names.n + 1, sizeof(*v));
	struct part rest = { STR_NULL, adds(x, x, r, now->all.of_calls),
	    adds(y, y, r, then->all.of_calls) };

	*n = 0;
	if (!v) {
		(void)err_set(e, ERR_LIMIT, "too many names");
		return NULL;
	}
	for (size_t i = 0; i < now->names.n; i++)
		v[(*n)++] = (struct part){ now->names.v[i].name,
		    adds(&now->names.v[i], x, r, now->names.of_calls),
		    adds(figures_named(&then->names, now->names.v[i].name, 0),
		    y, r, now->names.of_calls) };
	for (size_t i = 0; i < then->names.n; i++)
		if (!figures_named(&now->names, then->names.v[i].name,
		    0)->name.p)
			v[(*n)++] = (struct part){ then->names.v[i].name, 0,
			    adds(&then->names.v[i], y, r,
			    then->names.of_calls) };
	for (size_t i = 0; i < *n; i++) {
		rest.now -= v[i].now;
		rest.then -= v[i].then;
	}
	if (distance(rest.now) > 1e-9 || distance(rest.then) > 1e-9)
		v[(*n)++] = rest;
	if (*n)
		qsort(v, *n, sizeof(*v), by_delta);
	return v;
}

/* More runs, or more for each: the two parts add up as well. */
static void
say_volume(struct answer *a, const struct reason *r, const struct figure *x,
    const struct figure *y, double now, double then)
{
	double m = (double)x->sum.c[COUNT_RUNS];
	double n = (double)y->sum.c[COUNT_RUNS];

	if (r->measure == ASK_COUNT || r->measure == ASK_LATENCY_AVG ||
	    n <= 0 || m <= 0)
		return;
	answer_say(a, " Of this, ");
	say_value(a, r, (m - n) * then / n, true);
	answer_say(a, " is from the number of runs (%.0f, before %.0f) and ",
	    m, n);
	say_value(a, r, m * (now / m - then / n), true);
	answer_say(a, " from the amount for each run.");
}

static void
put_part(struct answer *a, const char *name, struct str text, double now,
    double then, double total)
{
	answer_row(a);
	json_put_str(&a->w, name ? str_from(name) : text);
	json_put_double(&a->w, now);
	json_put_double(&a->w, then);
	json_put_double(&a->w, now - then);
	if (total > 0 || total < 0)
		json_put_double(&a->w, (now - then) / total);
	else
		json_put_null(&a->w);
	answer_row_end(a);
}

static void
put_parts(struct answer *a, const struct reason *r, const struct part *v,
    size_t n, double now, double then)
{
	const struct answer_column columns[] = { { r->by, NULL },
		{ "asked", r->unit }, { "before", r->unit },
		{ "change", r->unit }, { "share_of_change", NULL },
		{ NULL, NULL } };
	double x = 0, y = 0;

	answer_columns(a, columns);
	for (size_t i = 0; i < n && i < PARTS_SHOWN; i++)
		put_part(a, v[i].name.n ? NULL : "(none)", v[i].name,
		    v[i].now, v[i].then, now - then);
	for (size_t i = PARTS_SHOWN; i < n; i++) {
		x += v[i].now;
		y += v[i].then;
	}
	if (n > PARTS_SHOWN)
		put_part(a, "(others)", STR_NULL, x, y, now - then);
	put_part(a, "(all)", STR_NULL, now, then, now - then);
	answer_table_end(a);
}

static void
say_parts(struct answer *a, const struct reason *r, const struct part *v,
    size_t n)
{
	double rest = 0;

	while (n && !(distance(v[n - 1].now - v[n - 1].then) > 1e-9))
		n--;            /* what did not move */
	answer_say(a, n ? " By %s: " : " No %s moved it.", r->by);
	for (size_t i = 0; i < n && i < PARTS_SAID; i++) {
		answer_say(a, "%s%.*s ", i ? ", " : "", v[i].name.n ?
		    (int)MIN_OF(v[i].name.n, (size_t)200) : 6,
		    v[i].name.n ? v[i].name.p : "(none)");
		say_value(a, r, v[i].now - v[i].then, true);
	}
	for (size_t i = PARTS_SAID; i < n; i++)
		rest += v[i].now - v[i].then;
	if (n > PARTS_SAID) {
		answer_say(a, ", others ");
		say_value(a, r, rest, true);
	}
	if (n)
		answer_say(a, ".");
}

static int
say_reason(struct answer *a, const struct reason *r, const struct sides *now,
    const struct sides *then, struct err *e)
{
	static const char *const what[ASK_MEASURES] = { [ASK_COST] = "Cost",
		[ASK_TOKENS] = "Tokens", [ASK_INPUT_TOKENS] = "Input tokens",
		[ASK_OUTPUT_TOKENS] = "Output tokens",
		[ASK_LATENCY_AVG] = "Average latency",
		[ASK_ERRORS] = "Failed runs", [ASK_COUNT] = "Runs",
		[ASK_TOOL_CALLS] = "Tool calls",
		[ASK_TOOL_ERRORS] = "Failed tool calls",
		[ASK_THUMBS_UP] = "Thumbs up",
		[ASK_THUMBS_DOWN] = "Thumbs down" };
	const struct figure *x = figures_named(&now->all, STR(""), 0);
	const struct figure *y = figures_named(&then->all, STR(""), 0);
	double m = adds(x, x, r, now->all.of_calls);
	double n = adds(y, y, r, then->all.of_calls);
	size_t count;
	struct part *v = parts_of(a, r, now, then, &count, e);

	if (!v)
		return e->code;
	answer_say(a, "%s%s%s: ", what[r->measure], a->plan->pattern ?
	    " with " : "", a->plan->pattern ? a->plan->pattern : "");
	say_value(a, r, m, false);
	answer_say(a, ", before ");
	say_value(a, r, n, false);
	answer_say(a, ", a change of ");
	say_value(a, r, m - n, true);
	answer_say(a, ".");
	say_volume(a, r, x, y, m, n);
	say_parts(a, r, v, count);
	put_parts(a, r, v, count, m, n);
	return 0;
}

int
find_reason(struct answer *a, struct err *e)
{
	const struct ask_plan *p = a->plan;
	struct reason r = reason_for(p);
	struct sides now, then = { .all = { .v = NULL } };
	struct str range = answer_range(a);

	if (read_side(a, &r, p->from_ms, p->to_ms, &now, e) == 0 &&
	    read_side(a, &r, p->compare_from_ms, p->compare_to_ms, &then,
	    e) == 0 && say_reason(a, &r, &now, &then, e) == 0)
		answer_say_cut(a, then.names.is_cut ? &then.names :
		    &now.names);
	free_side(&now);
	free_side(&then);
	answer_link(a, r.dim == DIM_MODEL ? "Models" : "Metrics", "%s?%.*s",
	    r.dim == DIM_MODEL ? "/v1/models" : "/v1/metrics",
	    STR_FMT(range));
	answer_link(a, "Failures", "/v1/failures?%.*s&order_by=events",
	    STR_FMT(range));
	return e->code;
}
