#ifndef API_CALL_H
#define API_CALL_H

/*
 * Inside lib/api only: one request being answered, and what the handlers
 * share.  A handler reads c->params, writes its answer with c->json, and
 * returns 0; or returns a code with *e set, for which api.c writes the error:
 * ERR_INVALID (400, c->field names the field), ERR_NOT_FOUND, ERR_DENIED,
 * ERR_LIMIT, ERR_AGAIN, others.
 */
#include "api/api.h"
#include "api/params.h"
#include "api/routes.h"
#include "json/json_write.h"
#include "model/run.h"
#include "repo/key.h"
#include "repo/read.h"

enum api_access { API_OPEN, API_READ, API_ALL };

struct api_call {
	const struct api_options *options;
	int64_t now_ms;
	struct http_request *request;
	struct http_response *response;
	unsigned wanted;                /* parameters of the route */
	struct api_params params;
	struct repo_key key;
	struct repo_view view;
	struct buf body;                /* what json writes into */
	struct json_writer json;
	const char *content_type;       /* of body */
	struct str field;               /* to blame */
};

typedef int api_handler(struct api_call *c, struct err *e);

#define API_DECLARE(method, pattern, access, params, handler, result, text) \
	api_handler handler;
API_ROUTES(API_DECLARE)
#undef API_DECLARE

/* ---- envelopes ---- */

/* {"data":{ … , and what closes it: range and }. */
void put_data(struct api_call *c);
void put_data_end(struct api_call *c);

/* {"data":[ … ],"pagination":…; total < 0: not known. */
void put_list(struct api_call *c);
void put_list_end(struct api_call *c, bool has_more, int64_t total);
/* The member that put_list_end writes, for lists that say more. */
void put_pagination(struct api_call *c, bool has_more, int64_t total);

/* The part of a list of n that limit and offset ask for, as [*from, *to). */
void list_window(const struct api_call *c, size_t n, size_t *from,
    size_t *to);

/* ---- values ---- */

/* ISO 8601, or null for 0. */
void put_time_ms(struct json_writer *w, const char *key, int64_t ms);

/* Milliseconds, with their fraction. */
void put_ms_from_ns(struct json_writer *w, const char *key, int64_t ns);

/* part / whole, or null if there is no whole. */
void put_rate(struct json_writer *w, const char *key, int64_t part,
    int64_t whole);

/* Text as text, JSON as JSON; null if unset. */
void put_value(struct json_writer *w, const char *key,
    const struct value *v);
void put_attrs(struct json_writer *w, const char *key,
    const struct attrs *a);

/* "ok" or "error", and 0 or 2. */
void put_status(struct json_writer *w, int64_t status);

/* Times and rows of {"date", …}. */
void put_day(struct json_writer *w, int64_t ms, int tz_minutes);

/* Tokens, cost and unpriced_steps of totals or of a rollup. */
void put_usage_totals(struct json_writer *w, const struct run_totals *t);
void put_usage_rollup(struct json_writer *w, const struct rollup *r);

/* {"count","sum","avg","p50","p95","p99"} in ms, of count values. */
void put_latency(struct json_writer *w, const char *key,
    const struct sketch *s, int64_t count, int64_t sum_us);

/* Everything that is counted of runs, as members. */
void put_run_counts(struct json_writer *w, const struct rollup *r);

/* ---- runs ---- */

/* A row of a list; more members may follow before the object is closed. */
void put_run_row(struct api_call *c, const struct repo_run_row *row);
/* {"data":[rows],…}. */
int put_run_list(struct api_call *c, const struct repo_runs *runs,
    struct err *e);

/* Members: who and where; times, counts and usage; a signal's. */
void put_identity(struct json_writer *w, const struct run *run);
void put_figures(struct json_writer *w, const struct run *run,
    const struct run_totals *t);
void put_signal_members(struct json_writer *w, const struct signal_hit *s);

/* Members "patterns" and "failures". */
void put_signals(struct json_writer *w, const struct run *run);
void put_failure_hits(struct json_writer *w, const struct run *run);

/* Member "feedback": object or null. */
void put_feedback(struct json_writer *w, const struct run *run);

/* The whole run as an object. */
int put_run(struct api_call *c, const struct run *run, struct err *e)
    CC_CHECK;

/* ---- spans ---- */

/* The run's spans by start, those without one last; NULL past the budget. */
struct span **spans_by_start(const struct run *run, struct arena *a)
    CC_CHECK;

/* Writes the span as an object if it is of its kind. */
typedef void put_span_fn(struct json_writer *w, const struct span *s);
put_span_fn put_step, put_tool_call, put_other_span;

/* A tool call's members. */
void put_tool_members(struct json_writer *w, const struct span *s);

/* A member with an array of the spans that put writes. */
void put_spans(struct json_writer *w, const char *key,
    struct span *const *spans, size_t n, put_span_fn *put);

/* ---- failures ---- */

/* Members of one failure group. */
void put_failure(struct json_writer *w, const struct repo_failure *f);

/* The day series wanted of a metrics query: off if there are too many days. */
bool can_have_days(const struct api_call *c);

#endif
