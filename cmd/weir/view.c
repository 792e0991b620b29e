#include "view.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/opts.h"
#include "repo/key.h"

enum { ARENA_MAX = 512 << 20 };

/* ---- ranges ---- */

/* "7d" before now. */
static bool
parse_span(struct str s, int64_t *ms)
{
	static const struct { char unit; int64_t ms; } units[] = {
		{ 'm', MS_PER_MINUTE }, { 'h', MS_PER_HOUR },
		{ 'd', MS_PER_DAY }, { 'w', 7 * MS_PER_DAY },
		{ 'M', 30 * MS_PER_DAY },
	};
	int64_t n;

	if (s.n < 2 || !str_to_i64(str_of(s.p, s.n - 1), &n) || n < 1 ||
	    n > 100000)
		return false;
	for (size_t i = 0; i < ARRAY_LEN(units); i++)
		if (s.p[s.n - 1] == units[i].unit) {
			*ms = n * units[i].ms;
			return true;
		}
	return false;
}

static void
parse_range(struct view *v)
{
	struct str s = str_from(v->range);
	int64_t from_ns, to_ns, span_ms;
	size_t dots;

	v->from_ms = 0;
	v->to_ms = LAYOUT_TIME_MAX_MS;
	if (!v->range)
		return;
	if (parse_span(s, &span_ms)) {
		v->to_ms = clock_now_ms() + 1;
		v->from_ms = MAX_OF(v->to_ms - span_ms, 0);
		return;
	}
	dots = str_find(s, STR(".."), 0);
	if (dots == SIZE_MAX || !clock_parse_iso(str_of(s.p, dots),
	    &from_ns) || !clock_parse_iso(str_from_index(s, dots + 2), &to_ns))
		opts_die("--range: '%s' is not like 7d, nor like "
		    "2026-11-01..2026-11-08", v->range);
	v->from_ms = floor_div(from_ns, NS_PER_MS);
	v->to_ms = floor_div(to_ns, NS_PER_MS);
	if (v->from_ms < 0 || v->from_ms >= v->to_ms)
		opts_die("--range: '%s' is empty", v->range);
}

/* ---- open and close ---- */

void
view_open(struct view *v, enum where_use use)
{
	struct err e = ERR_INIT;

	parse_range(v);
	where_open(&v->where, use);
	if (kv_snapshot_open(v->where.kv, &v->repo.snapshot, &e))
		exit(where_fail("weir", &e));
	v->repo.scope = where_scope(v->repo.snapshot, v->project, v->env);
	v->repo.arena = arena_new(ARENA_MAX);
}

void
view_close(struct view *v)
{
	kv_snapshot_close(v->repo.snapshot);
	arena_free(v->repo.arena);
	where_close(&v->where);
}

struct str
view_project(const struct view *v)
{
	char name[REPO_PROJECT_MAX + 1];
	struct err e = ERR_INIT;

	if (repo_project_name(v->repo.snapshot, v->repo.scope.project, name,
	    &e))
		exit(where_fail("weir", &e));
	return arena_str(v->repo.arena, str_from(name));
}

/* ---- how things are shown ---- */

const char *
view_cost(int64_t pico_usd, int64_t unpriced, char out[32])
{
	snprintf(out, 32, "$%.4f%s", cost_usd_from_pico(pico_usd),
	    unpriced ? "?" : "");
	return out;
}

struct str
view_signals(const struct run *run, struct arena *a)
{
	struct str all = STR("");

	for (size_t i = 0; i < run_count(run, EVENT_SIGNAL); i++) {
		const struct signal_hit *s = run_signal(run, i);

		if (run_signal_is_current(run, s))
			all = arena_printf(a, "%.*s%s%.*s", STR_FMT(all),
			    all.n ? ", " : "", STR_FMT(s->slug));
	}
	return all;
}

void
view_put_ms(struct json_writer *w, const char *key, int64_t ms)
{
	char iso[CLOCK_ISO_MAX];

	if (ms == 0) {
		json_member_null(w, key);
		return;
	}
	clock_format_iso(ms, iso);
	json_member_cstr(w, key, iso);
}

static void
put_hits(struct json_writer *w, const struct run *run)
{
	json_put_key(w, "signals");
	json_put_array(w);
	for (size_t i = 0; i < run_count(run, EVENT_SIGNAL); i++)
		if (run_signal_is_current(run, run_signal(run, i)))
			json_put_str(w, run_signal(run, i)->slug);
	json_put_array_end(w);
	json_put_key(w, "failures");
	json_put_array(w);
	for (size_t i = 0; i < run_count(run, EVENT_FAILURE); i++)
		if (run_failure_is_current(run, run_failure(run, i)))
			json_put_str(w, run_failure(run, i)->failure_id);
	json_put_array_end(w);
}

void
view_put_run(struct json_writer *w, const struct run *run,
    const struct run_totals *t)
{
	json_member_str(w, "run_id", run->base.id);
	json_member_str(w, "name", run->name);
	json_member_str(w, "agent", run->agent);
	json_member_str(w, "session_id", run->session_id);
	json_member_str(w, "user_id", run->user_id);
	json_member_str(w, "org_id", run->org_id);
	json_member_cstr(w, "status", t->is_error ? "error" : "ok");
	json_member_str(w, "status_message", run->status_message);
	json_member_bool(w, "conversational", run->conversational);
	view_put_ms(w, "start_time", t->start_ms);
	view_put_ms(w, "end_time", t->ended ? floor_div(t->end_ns, NS_PER_MS) :
	    0);
	json_member_i64(w, "step_count", t->steps);
	json_member_i64(w, "tool_call_count", t->tool_calls);
	json_member_i64(w, "tool_error_count", t->tool_errors);
	json_member_i64(w, "total_tokens", t->total_tokens);
	json_member_double(w, "cost_usd", cost_usd_from_pico(
	    t->cost_pico_usd));
	json_member_i64(w, "unpriced_steps", t->unpriced_spans);
	json_member_str(w, "user_prompt", run->user_prompt);
	json_member_str(w, "response", run->response);
	put_hits(w, run);
}
