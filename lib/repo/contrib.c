#include "repo/contrib.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/map.h"
#include "repo/read.h"
#include "repo/topics.h"

/* Up to here names are looked up by walking the list. */
enum { WALK_MAX = 24 };

struct builder {
	struct arena *a;
	struct contribs *out;
	int64_t ms;
	struct map *map;        /* dim, name → index + 1, once many */
};

static struct str
map_key(enum repo_dim dim, struct str name, struct buf *b)
{
	buf_reset(b);
	buf_add_byte(b, (uint8_t)dim);
	buf_add_str(b, name);
	return buf_str(b);
}

static struct contrib *
append(struct builder *b, enum repo_dim dim, struct str name, int64_t ms)
{
	struct contrib *v = arena_more(b->a, b->out->v, b->out->n,
	    &b->out->cap, sizeof(*v));

	if (!v)
		return NULL;
	b->out->v = v;
	v += b->out->n++;
	*v = (struct contrib){ .dim = dim, .name = name, .ms = ms };
	return v;
}

static struct contrib *
find_by_map(struct builder *b, enum repo_dim dim, struct str name)
{
	struct contrib *c = NULL;
	struct buf key;
	void **slot;

	buf_init(&key, EVENT_BYTES_MAX * 2);
	if (!b->map) {
		b->map = map_new();
		for (size_t i = 0; i < b->out->n; i++)
			*map_put(b->map, map_key(b->out->v[i].dim,
			    b->out->v[i].name, &key)) = (void *)(i + 1);
	}
	slot = map_put(b->map, map_key(dim, name, &key));
	if (*slot)
		c = &b->out->v[(size_t)*slot - 1];
	else if ((c = append(b, dim, name, b->ms)))
		*slot = (void *)b->out->n;
	buf_fini(&key);
	return c;
}

/* The contribution to a name, made if need be; valid until the next call. */
static struct contrib *
at(struct builder *b, enum repo_dim dim, struct str name)
{
	if (b->out->n > WALK_MAX)
		return find_by_map(b, dim, name);
	for (size_t i = 0; i < b->out->n; i++)
		if (b->out->v[i].dim == dim && str_eq(b->out->v[i].name, name))
			return &b->out->v[i];
	return append(b, dim, name, b->ms);
}

static void
plus(struct contrib *c, enum rollup_counter i, int64_t v)
{
	c->c[i] = (int64_t)((uint64_t)c->c[i] + (uint64_t)v);
}

static bool
sample(struct arena *a, int64_t **v, size_t *n, size_t *cap, int64_t us)
{
	int64_t *more = arena_more(a, *v, *n, cap, sizeof(*more));

	if (!more)
		return false;
	*v = more;
	more[(*n)++] = us;
	return true;
}

static bool
add_duration(struct builder *b, struct contrib *c, int64_t ns)
{
	plus(c, COUNT_ENDED, 1);
	plus(c, COUNT_DURATION_US, ns / 1000);
	return sample(b->a, &c->durations_us, &c->ndurations,
	    &c->durations_cap, ns / 1000);
}

/* Counts of the run as a whole, the same for each dimension of runs. */
static void
count_run(const struct run *run, const struct run_totals *t, struct contrib *c)
{
	bool flagged = false, any = false;

	c->c[COUNT_RUNS] = 1;
	c->c[COUNT_ERRORS] = t->is_error;
	c->c[COUNT_INPUT_TOKENS] = t->input_tokens;
	c->c[COUNT_CACHED_TOKENS] = t->cached_tokens;
	c->c[COUNT_CACHE_WRITE_TOKENS] = t->cache_write_tokens;
	c->c[COUNT_OUTPUT_TOKENS] = t->output_tokens;
	c->c[COUNT_REASONING_TOKENS] = t->reasoning_tokens;
	c->c[COUNT_TOTAL_TOKENS] = t->total_tokens;
	c->c[COUNT_COST_PICO_USD] = t->cost_pico_usd;
	c->c[COUNT_UNPRICED] = t->unpriced_spans;
	c->c[COUNT_STEPS] = t->steps;
	c->c[COUNT_TOOL_CALLS] = t->tool_calls;
	c->c[COUNT_TOOL_ERRORS] = t->tool_errors;
	c->c[COUNT_CONVERSATIONAL] = run->conversational;
	for (size_t i = 0; i < run_count(run, EVENT_SIGNAL); i++) {
		const struct signal_hit *s = run_signal(run, i);

		if (!run_signal_is_current(run, s))
			continue;
		flagged = true;
		if (str_is(s->slug, "user-frustration"))
			c->c[COUNT_FRUSTRATED] = 1;
		if (str_is(s->slug, "task-failure-reported"))
			c->c[COUNT_TASK_FAILED] = 1;
	}
	c->c[COUNT_FLAGGED] = flagged;
	for (size_t i = 0; i < run_count(run, EVENT_SCORE); i++) {
		bool text;
		int thumbs;

		if (!repo_score_feedback(run_score(run, i), &thumbs, &text))
			continue;
		any = true;
		c->c[COUNT_THUMBS_UP] += thumbs > 0;
		c->c[COUNT_THUMBS_DOWN] += thumbs < 0;
		c->c[COUNT_FEEDBACK_TEXTS] += text;
	}
	c->c[COUNT_FEEDBACK_RUNS] = any;
}

static bool
add_runs(struct builder *b, const struct run *run, const struct run_totals *t)
{
	struct str parent, topic;
	bool has_topic = run_topic(run, &parent, &topic);
	const struct { enum repo_dim dim; struct str name; } dims[] = {
		{ DIM_TOTAL, STR("") },
		{ DIM_AGENT, run->agent },
		{ DIM_USER, run->user_id },
		{ DIM_ORG, run->org_id },
		{ DIM_SESSION, run->session_id },
		{ DIM_TOPIC, has_topic ? topic : STR_NULL },
		{ DIM_TOPIC, has_topic ? parent : STR_NULL },
	};
	struct contrib *first = append(b, DIM_TOTAL, dims[0].name, b->ms);

	if (!first)
		return false;
	count_run(run, t, first);
	if (t->ended && !add_duration(b, first, t->duration_ns))
		return false;
	for (size_t i = 1; i < ARRAY_LEN(dims); i++) {
		struct contrib *c;

		if (!dims[i].name.n)
			continue;
		c = append(b, dims[i].dim, dims[i].name, b->ms);
		if (!c)
			return false;
		/* The list may have moved; samples may be shared. */
		first = &b->out->v[0];
		*c = *first;
		c->dim = dims[i].dim;
		c->name = dims[i].name;
		if (c->dim == DIM_SESSION)
			c->ndurations = 0;
	}
	return true;
}

static const uint64_t usage_bits =
    (uint64_t)1 << FIELD_SPAN_input_tokens |
    (uint64_t)1 << FIELD_SPAN_cached_tokens |
    (uint64_t)1 << FIELD_SPAN_cache_write_tokens |
    (uint64_t)1 << FIELD_SPAN_output_tokens |
    (uint64_t)1 << FIELD_SPAN_cost_usd;

static bool
add_latency(struct builder *b, struct contrib *c, const struct span *s)
{
	if (!ENTITY_HAS(s, SPAN, start_ns) || !ENTITY_HAS(s, SPAN, end_ns) ||
	    s->end_ns < s->start_ns)
		return true;
	return add_duration(b, c, clock_between(s->start_ns, s->end_ns));
}

static bool
add_first_token(struct builder *b, struct contrib *c, const struct span *s)
{
	int64_t us;

	if (!ENTITY_HAS(s, SPAN, start_ns) ||
	    !ENTITY_HAS(s, SPAN, first_token_ns) ||
	    s->first_token_ns < s->start_ns)
		return true;
	us = clock_between(s->start_ns, s->first_token_ns) / 1000;
	plus(c, COUNT_FIRST_TOKENS, 1);
	plus(c, COUNT_FIRST_TOKEN_US, us);
	return sample(b->a, &c->firsts_us, &c->nfirsts, &c->firsts_cap, us);
}

static bool
add_model(struct builder *b, const struct span *s)
{
	struct str model = span_model(s);
	struct contrib *c;

	if (!model.n && !(s->base.has & usage_bits))
		return true;
	c = at(b, DIM_MODEL, model);
	if (!c)
		return false;
	c->c[COUNT_RUNS] = 1;
	plus(c, COUNT_CALLS, 1);
	plus(c, COUNT_ERRORS, s->status == STATUS_ERROR);
	plus(c, COUNT_INPUT_TOKENS, s->input_tokens);
	plus(c, COUNT_CACHED_TOKENS, s->cached_tokens);
	plus(c, COUNT_CACHE_WRITE_TOKENS, s->cache_write_tokens);
	plus(c, COUNT_OUTPUT_TOKENS, s->output_tokens);
	plus(c, COUNT_REASONING_TOKENS, s->reasoning_tokens);
	plus(c, COUNT_TOTAL_TOKENS, (int64_t)((uint64_t)s->input_tokens +
	    (uint64_t)s->cached_tokens + (uint64_t)s->cache_write_tokens +
	    (uint64_t)s->output_tokens));
	plus(c, COUNT_COST_PICO_USD, s->cost_pico_usd);
	plus(c, COUNT_UNPRICED, s->cost_source == COST_UNPRICED);
	return add_latency(b, c, s) && add_first_token(b, c, s);
}

static bool
add_tool(struct builder *b, const struct span *s)
{
	struct contrib *c = at(b, DIM_TOOL, s->name);

	if (!c)
		return false;
	c->c[COUNT_RUNS] = 1;
	plus(c, COUNT_CALLS, 1);
	plus(c, COUNT_ERRORS, s->status == STATUS_ERROR);
	return add_latency(b, c, s);
}

/* Usage that only the run itself reports still belongs to its model. */
static bool
add_own_usage(struct builder *b, const struct run *run,
    const struct run_totals *t)
{
	struct contrib *c;

	if (!run->model.n || (!t->total_tokens && !t->cost_pico_usd))
		return true;
	c = at(b, DIM_MODEL, run->model);
	if (!c)
		return false;
	c->c[COUNT_RUNS] = 1;
	plus(c, COUNT_INPUT_TOKENS, t->input_tokens);
	plus(c, COUNT_CACHED_TOKENS, t->cached_tokens);
	plus(c, COUNT_CACHE_WRITE_TOKENS, t->cache_write_tokens);
	plus(c, COUNT_OUTPUT_TOKENS, t->output_tokens);
	plus(c, COUNT_REASONING_TOKENS, t->reasoning_tokens);
	plus(c, COUNT_TOTAL_TOKENS, t->total_tokens);
	plus(c, COUNT_COST_PICO_USD, t->cost_pico_usd);
	return true;
}

static bool
add_spans(struct builder *b, const struct run *run, const struct run_totals *t)
{
	bool any_usage = false;

	for (size_t i = 0; i < run_count(run, EVENT_SPAN); i++) {
		const struct span *s = run_span(run, i);

		if (s->type == SPAN_TOOL && !add_tool(b, s))
			return false;
		if (!span_is_billed(s))
			continue;
		any_usage = any_usage || (s->base.has & usage_bits);
		if (!add_model(b, s))
			return false;
	}
	return any_usage || add_own_usage(b, run, t);
}

/* A signal counts for its pattern, or for that with its agent. */
static bool
add_signal(struct builder *b, const struct run *run, enum repo_dim dim,
    struct str name)
{
	struct contrib *c = name.p ? at(b, dim, name) : NULL;

	if (!c)
		return false;
	c->c[COUNT_RUNS] = 1;
	c->c[COUNT_CONVERSATIONAL] = run->conversational;
	plus(c, COUNT_CALLS, 1);
	return true;
}

static bool
add_signals(struct builder *b, const struct run *run)
{
	for (size_t i = 0; i < run_count(run, EVENT_SIGNAL); i++) {
		const struct signal_hit *s = run_signal(run, i);

		if (!s->slug.n || !run_signal_is_current(run, s))
			continue;
		if (!add_signal(b, run, DIM_PATTERN, s->slug) ||
		    (run->agent.n && !add_signal(b, run, DIM_PATTERN_AGENT,
		    arena_printf(b->a, "%.*s%c%.*s", STR_FMT(s->slug), '\0',
		    STR_FMT(run->agent)))))
			return false;
	}
	return true;
}

int64_t
failure_hit_ms(const struct failure_hit *f, int64_t run_ms)
{
	return layout_clamp_ms(ENTITY_HAS(f, FAILURE, time_ns) ?
	    floor_div(f->time_ns, NS_PER_MS) : run_ms);
}

static int
compare_hits(const void *a, const void *b)
{
	const struct failure_hit *x = *(const struct failure_hit *const *)a;
	const struct failure_hit *y = *(const struct failure_hit *const *)b;
	int rc = str_cmp(x->failure_id, y->failure_id);
	int64_t xt = failure_hit_ms(x, 0), yt = failure_hit_ms(y, 0);

	if (rc == 0)
		rc = xt < yt ? -1 : xt > yt;
	return rc ? rc : str_cmp(x->base.id, y->base.id);
}

static struct str
failure_label(struct arena *a, const struct failure_hit *f)
{
	return arena_printf(a, "%.*s%c%.*s", STR_FMT(f->entity_type), '\0',
	    STR_FMT(str_utf8_prefix(f->template, HEAD_PREVIEW_BYTES)));
}

/* Each occurrence counts at its own time, the run at the first of them. */
static bool
add_failures(struct builder *b, const struct run *run)
{
	size_t n = 0;
	const struct failure_hit **v = arena_array(b->a,
	    run_count(run, EVENT_FAILURE), sizeof(*v));

	if (!v)
		return false;
	for (size_t i = 0; i < run_count(run, EVENT_FAILURE); i++)
		if (run_failure_is_current(run, run_failure(run, i)) &&
		    run_failure(run, i)->failure_id.n)
			v[n++] = run_failure(run, i);
	qsort(v, n, sizeof(*v), compare_hits);
	for (size_t i = 0; i < n; i++) {
		bool first = i == 0 ||
		    !str_eq(v[i]->failure_id, v[i - 1]->failure_id);
		struct contrib *c = append(b, DIM_FAILURE, v[i]->failure_id,
		    failure_hit_ms(v[i], b->ms));

		if (!c)
			return false;
		c->c[COUNT_CALLS] = 1;
		c->c[COUNT_RUNS] = first;
		c->label = failure_label(b->a, v[i]);
		if (!c->label.p)
			return false;
	}
	return true;
}

bool
contribs_of(const struct run *run, struct arena *a, struct contribs *out)
{
	struct builder b = { .a = a, .out = out };
	struct run_totals t;
	bool good;

	*out = (struct contribs){ 0 };
	run_totals(run, &t);
	b.ms = repo_run_ms(&t);
	good = add_runs(&b, run, &t) && add_spans(&b, run, &t) &&
	    add_signals(&b, run) && add_failures(&b, run);
	map_free(b.map, NULL);
	return good;
}

void
contrib_add(struct rollup *r, const struct contrib *c, int sign)
{
	for (int i = 0; i < ROLLUP_COUNTERS; i++)
		r->c[i] = (int64_t)(sign < 0 ?
		    (uint64_t)r->c[i] - (uint64_t)c->c[i] :
		    (uint64_t)r->c[i] + (uint64_t)c->c[i]);
	for (size_t i = 0; i < c->ndurations; i++)
		sketch_add(&r->duration_us, c->durations_us[i], sign);
	for (size_t i = 0; i < c->nfirsts; i++)
		sketch_add(&r->first_token_us, c->firsts_us[i], sign);
	if (c->dim == DIM_AGENT && c->c[COUNT_COST_PICO_USD] > 0)
		sketch_add(&r->cost_pico_usd, c->c[COUNT_COST_PICO_USD], sign);
}
