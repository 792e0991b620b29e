/* Figures derived from a folded run. */
#include <math.h>

#include "base/clock.h"
#include "model/run.h"

int64_t
cost_pico_from_usd(double usd)
{
	double pico = usd * 1e12;

	if (!(pico > -9.2e18))
		return 0;
	if (pico > 9.2e18)
		return INT64_C(9200000000000000000);
	return (int64_t)llround(pico);
}

double
cost_usd_from_pico(int64_t pico)
{
	return (double)pico / 1e12;
}

bool
span_is_billed(const struct span *s)
{
	return s->type != SPAN_AGENT && s->type != SPAN_CHAIN;
}

struct str
span_sender_id(struct str id)
{
	struct str prefix = STR(SPAN_TOOL_CALL_PREFIX);

	return str_has_prefix(id, prefix) ? str_from_index(id, prefix.n) : id;
}

struct str
span_model(const struct span *s)
{
	return s->model_used.n ? s->model_used : s->model_requested;
}

static int64_t
add_saturated(int64_t a, int64_t b)
{
	int64_t sum;

	if (__builtin_add_overflow(a, b, &sum))
		return b > 0 ? INT64_MAX : INT64_MIN;
	return sum;
}

/* True if the span reports any usage of its own. */
static bool
add_usage(struct run_totals *t, const struct span *s)
{
	const uint64_t usage = (uint64_t)1 << FIELD_SPAN_input_tokens |
	    (uint64_t)1 << FIELD_SPAN_cached_tokens |
	    (uint64_t)1 << FIELD_SPAN_cache_write_tokens |
	    (uint64_t)1 << FIELD_SPAN_output_tokens |
	    (uint64_t)1 << FIELD_SPAN_cost_usd;

	t->input_tokens = add_saturated(t->input_tokens, s->input_tokens);
	t->cached_tokens = add_saturated(t->cached_tokens, s->cached_tokens);
	t->cache_write_tokens = add_saturated(t->cache_write_tokens,
	    s->cache_write_tokens);
	t->output_tokens = add_saturated(t->output_tokens, s->output_tokens);
	t->reasoning_tokens = add_saturated(t->reasoning_tokens,
	    s->reasoning_tokens);
	t->cost_pico_usd = add_saturated(t->cost_pico_usd, s->cost_pico_usd);
	t->unpriced_spans += s->cost_source == COST_UNPRICED;
	return (s->base.has & usage) != 0;
}

static void
add_span(struct run_totals *t, const struct span *s, int64_t *first,
    int64_t *last, bool *any_usage)
{
	if (ENTITY_HAS(s, SPAN, start_ns) && (!*first || s->start_ns < *first))
		*first = s->start_ns;
	if (ENTITY_HAS(s, SPAN, end_ns) && s->end_ns > *last)
		*last = s->end_ns;
	if (s->type == SPAN_GENERATION)
		t->steps++;
	if (s->type == SPAN_TOOL) {
		t->tool_calls++;
		t->tool_errors += s->status == STATUS_ERROR;
	}
	if (span_is_billed(s) && add_usage(t, s))
		*any_usage = true;
}

static void
own_usage(const struct run *run, struct run_totals *t)
{
	t->input_tokens = run->input_tokens;
	t->cached_tokens = run->cached_tokens;
	t->cache_write_tokens = run->cache_write_tokens;
	t->output_tokens = run->output_tokens;
	t->reasoning_tokens = run->reasoning_tokens;
	t->cost_pico_usd = cost_pico_from_usd(run->cost_usd);
}

void
run_totals(const struct run *run, struct run_totals *t)
{
	int64_t first = 0, last = 0;
	bool any_usage = false;

	*t = (struct run_totals){ 0 };
	for (size_t i = 0; i < run_count(run, EVENT_SPAN); i++)
		add_span(t, run_span(run, i), &first, &last, &any_usage);
	if (!any_usage)
		own_usage(run, t);
	t->total_tokens = add_saturated(add_saturated(t->input_tokens,
	    t->cached_tokens), add_saturated(t->cache_write_tokens,
	    t->output_tokens));
	t->start_ns = ENTITY_HAS(run, RUN, start_ns) ? run->start_ns :
	    first ? first : run->received_ms * NS_PER_MS;
	t->start_ms = floor_div(t->start_ns, NS_PER_MS);
	t->ended = ENTITY_HAS(run, RUN, end_ns) || last;
	t->end_ns = ENTITY_HAS(run, RUN, end_ns) ? run->end_ns :
	    last ? last : t->start_ns;
	t->duration_ns = clock_between(t->start_ns, t->end_ns);
	t->is_error = run->status == STATUS_ERROR;
}
