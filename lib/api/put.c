/* Values and envelopes that all answers share. */
#include "api/call.h"
#include "base/clock.h"

void
put_data(struct api_call *c)
{
	json_put_object(&c->json);
	json_put_key(&c->json, "data");
}

static void
put_iso(struct json_writer *w, const char *key, int64_t ms)
{
	char text[CLOCK_ISO_MAX];

	clock_format_iso(ms, text);
	json_member_cstr(w, key, text);
}

static void
put_range(struct api_call *c)
{
	struct json_writer *w = &c->json;

	if (!(c->wanted & (PARAM_RANGE | PARAM_RANGE_OPTIONAL)))
		return;
	json_put_key(w, "range");
	json_put_object(w);
	put_iso(w, "from", c->params.from_ms);
	put_iso(w, "to", c->params.to_ms);
	json_put_object_end(w);
}

void
put_data_end(struct api_call *c)
{
	put_range(c);
	json_put_object_end(&c->json);
}

void
put_list(struct api_call *c)
{
	put_data(c);
	json_put_array(&c->json);
}

void
put_pagination(struct api_call *c, bool has_more, int64_t total)
{
	struct json_writer *w = &c->json;

	json_put_key(w, "pagination");
	json_put_object(w);
	json_member_u64(w, "limit", c->params.limit);
	json_member_u64(w, "offset", c->params.offset);
	json_member_bool(w, "has_more", has_more);
	if (total >= 0)
		json_member_i64(w, "total", total);
	json_put_object_end(w);
}

void
put_list_end(struct api_call *c, bool has_more, int64_t total)
{
	json_put_array_end(&c->json);
	put_pagination(c, has_more, total);
	put_data_end(c);
}

void
list_window(const struct api_call *c, size_t n, size_t *from, size_t *to)
{
	*from = MIN_OF(c->params.offset, n);
	*to = MIN_OF(*from + c->params.limit, n);
}

void
put_time_ms(struct json_writer *w, const char *key, int64_t ms)
{
	if (ms)
		put_iso(w, key, ms);
	else
		json_member_null(w, key);
}

void
put_ms_from_ns(struct json_writer *w, const char *key, int64_t ns)
{
	if (ns % NS_PER_MS == 0)
		json_member_i64(w, key, ns / NS_PER_MS);
	else
		json_member_double(w, key, (double)ns / 1e6);
}

void
put_rate(struct json_writer *w, const char *key, int64_t part, int64_t whole)
{
	if (whole > 0)
		json_member_double(w, key, (double)part / (double)whole);
	else
		json_member_null(w, key);
}

static void
put_bare_value(struct json_writer *w, const struct value *v)
{
	switch (v->type) {
	case VALUE_NULL: json_put_null(w); break;
	case VALUE_BOOL: json_put_bool(w, v->b); break;
	case VALUE_INT: json_put_i64(w, v->i); break;
	case VALUE_DOUBLE: json_put_double(w, v->d); break;
	case VALUE_TEXT: json_put_str(w, v->s); break;
	case VALUE_JSON: json_put_raw(w, v->s); break;
	}
}

void
put_value(struct json_writer *w, const char *key, const struct value *v)
{
	json_put_key(w, key);
	put_bare_value(w, v);
}

void
put_attrs(struct json_writer *w, const char *key, const struct attrs *a)
{
	json_put_key(w, key);
	json_put_object(w);
	for (size_t i = 0; i < a->n; i++) {
		json_put_key_str(w, a->v[i].key);
		put_bare_value(w, &a->v[i].value);
	}
	json_put_object_end(w);
}

void
put_status(struct json_writer *w, int64_t status)
{
	bool is_error = status == STATUS_ERROR;

	json_member_cstr(w, "status", is_error ? "error" : "ok");
	json_member_i64(w, "status_code", is_error ? 2 : 0);
}

void
put_day(struct json_writer *w, int64_t ms, int tz_minutes)
{
	char text[CLOCK_ISO_MAX];

	clock_format_iso(ms + tz_minutes * MS_PER_MINUTE, text);
	json_member_str(w, "date", str_of(text, 10));
}

void
put_usage_totals(struct json_writer *w, const struct run_totals *t)
{
	json_member_i64(w, "prompt_uncached_tokens", t->input_tokens);
	json_member_i64(w, "prompt_cached_tokens", t->cached_tokens);
	json_member_i64(w, "cache_write_tokens", t->cache_write_tokens);
	json_member_i64(w, "completion_tokens", t->output_tokens);
	json_member_i64(w, "reasoning_tokens", t->reasoning_tokens);
	json_member_i64(w, "total_tokens", t->total_tokens);
	json_member_double(w, "cost_usd",
	    cost_usd_from_pico(t->cost_pico_usd));
	json_member_i64(w, "unpriced_steps", t->unpriced_spans);
}

void
put_usage_rollup(struct json_writer *w, const struct rollup *r)
{
	const struct run_totals t = {
		.input_tokens = r->c[COUNT_INPUT_TOKENS],
		.cached_tokens = r->c[COUNT_CACHED_TOKENS],
		.cache_write_tokens = r->c[COUNT_CACHE_WRITE_TOKENS],
		.output_tokens = r->c[COUNT_OUTPUT_TOKENS],
		.reasoning_tokens = r->c[COUNT_REASONING_TOKENS],
		.total_tokens = r->c[COUNT_TOTAL_TOKENS],
		.cost_pico_usd = r->c[COUNT_COST_PICO_USD],
		.unpriced_spans = r->c[COUNT_UNPRICED],
	};

	put_usage_totals(w, &t);
}

static void
put_quantile(struct json_writer *w, const char *key, const struct sketch *s,
    int64_t count, double q)
{
	if (count > 0)
		put_ms_from_ns(w, key, sketch_quantile(s, q) * 1000);
	else
		json_member_null(w, key);
}

void
put_latency(struct json_writer *w, const char *key, const struct sketch *s,
    int64_t count, int64_t sum_us)
{
	json_put_key(w, key);
	json_put_object(w);
	json_member_i64(w, "count", count);
	json_member_double(w, "sum", (double)sum_us / 1e3);
	if (count > 0)
		json_member_double(w, "avg",
		    (double)sum_us / 1e3 / (double)count);
	else
		json_member_null(w, "avg");
	put_quantile(w, "p50", s, count, 0.50);
	put_quantile(w, "p95", s, count, 0.95);
	put_quantile(w, "p99", s, count, 0.99);
	json_put_object_end(w);
}

void
put_run_counts(struct json_writer *w, const struct rollup *r)
{
	const int64_t *n = r->c;

	json_member_i64(w, "run_count", n[COUNT_RUNS]);
	json_member_i64(w, "errors", n[COUNT_ERRORS]);
	put_rate(w, "error_rate", n[COUNT_ERRORS], n[COUNT_RUNS]);
	json_member_i64(w, "conversational", n[COUNT_CONVERSATIONAL]);
	json_member_i64(w, "flagged", n[COUNT_FLAGGED]);
	put_latency(w, "duration_ms", &r->duration_us, n[COUNT_ENDED],
	    n[COUNT_DURATION_US]);
	json_member_i64(w, "steps", n[COUNT_STEPS]);
	json_member_i64(w, "tool_calls", n[COUNT_TOOL_CALLS]);
	json_member_i64(w, "tool_errors", n[COUNT_TOOL_ERRORS]);
	put_usage_rollup(w, r);
}

bool
can_have_days(const struct api_call *c)
{
	return (c->params.to_ms - c->params.from_ms) / MS_PER_DAY + 2 <=
	    REPO_DAYS_MAX;
}
