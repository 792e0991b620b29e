/* weir sessions: runs by conversation. */
#include <stdio.h>

#include "base/clock.h"
#include "base/opts.h"
#include "commands.h"
#include "out.h"
#include "repo/sweep.h"
#include "view.h"

enum { LINE_BYTES = 16 << 20 };

static struct view view;

/* ---- sessions ---- */

static const char *agent, *user, *org;
static int64_t limit = 50, offset;

static const struct opt sessions_table[] = {
	VIEW_OPTS(view),
	{ "agent", 'a', OPT_TEXT, &agent, 0, 0, "NAME",
	    "only sessions with this agent" },
	{ "user", 'u', OPT_TEXT, &user, 0, 0, "ID",
	    "only sessions of this user" },
	{ "org", 'o', OPT_TEXT, &org, 0, 0, "ID",
	    "only sessions of this organisation" },
	{ "limit", 'n', OPT_INT, &limit, 1, REPO_LIMIT_MAX, "N",
	    "at most so many, the latest (default 50)" },
	{ "offset", 0, OPT_INT, &offset, 0, REPO_OFFSET_MAX, "N",
	    "leave out so many" },
	{ 0 }
};

static void
sessions_print(const struct repo_sessions *all)
{
	static const char *const heads[] = { "LAST RUN", "SESSION", "AGENT",
		"USER", "RUNS", "ERRORS", "FLAGGED", "ABANDONED", "COST",
		"LAST PROMPT" };
	struct table *t = table_new(heads, ARRAY_LEN(heads));
	char cost[32];

	for (size_t i = 0; i < all->n; i++) {
		const struct repo_session_row *r = &all->v[i];

		table_add_ms(t, r->last_ms);
		table_add(t, r->session_id);
		table_add(t, r->last->agent);
		table_add(t, r->last->user_id);
		table_addf(t, "%lld", (long long)r->sum.c[COUNT_RUNS]);
		table_addf(t, "%lld", (long long)r->sum.c[COUNT_ERRORS]);
		table_addf(t, "%lld", (long long)r->sum.c[COUNT_FLAGGED]);
		table_add(t, str_from(repo_session_abandoned(r)));
		table_addf(t, "%s", view_cost(r->sum.c[COUNT_COST_PICO_USD],
		    r->sum.c[COUNT_UNPRICED], cost));
		table_add(t, r->last->user_prompt);
	}
	table_print(t);
	table_free(t);
	if (all->has_more)
		fprintf(stderr, "There are more: --offset %zu\n",
		    (size_t)offset + all->n);
}

static void
sessions_json(const struct repo_sessions *all)
{
	struct buf b;

	buf_init(&b, LINE_BYTES);
	for (size_t i = 0; i < all->n; i++) {
		const struct repo_session_row *r = &all->v[i];
		struct json_writer w;

		json_writer_init(&w, &b);
		json_put_object(&w);
		json_member_str(&w, "session_id", r->session_id);
		view_put_ms(&w, "first_run", r->first_ms);
		view_put_ms(&w, "last_run", r->last_ms);
		json_member_str(&w, "agent", r->last->agent);
		json_member_str(&w, "user_id", r->last->user_id);
		json_member_str(&w, "org_id", r->last->org_id);
		json_member_i64(&w, "run_count", r->sum.c[COUNT_RUNS]);
		json_member_i64(&w, "error_count", r->sum.c[COUNT_ERRORS]);
		json_member_i64(&w, "flagged_count", r->sum.c[COUNT_FLAGGED]);
		json_member_bool(&w, "abandoned",
		    repo_session_abandoned(r) != NULL);
		json_member_i64(&w, "total_tokens",
		    r->sum.c[COUNT_TOTAL_TOKENS]);
		json_member_double(&w, "cost_usd", cost_usd_from_pico(
		    r->sum.c[COUNT_COST_PICO_USD]));
		json_member_i64(&w, "unpriced_steps",
		    r->sum.c[COUNT_UNPRICED]);
		json_member_str(&w, "last_prompt", r->last->user_prompt);
		json_put_object_end(&w);
		out_line(&b);
	}
	buf_fini(&b);
}

int
cmd_sessions(int argc, char **argv)
{
	struct repo_filter f = REPO_FILTER_INIT;
	struct repo_sessions all;
	struct err e = ERR_INIT;
	int rc;

	if (opts_parse(sessions_table, "weir sessions --data DIR [options]",
	    argc, argv) != argc)
		opts_die("takes no operands");
	view_open(&view, WHERE_READ);
	f.agent = str_from(agent);
	f.user_id = str_from(user);
	f.org_id = str_from(org);
	f.from_ms = view.from_ms;
	f.to_ms = view.to_ms;
	f.limit = (size_t)limit;
	f.offset = (size_t)offset;
	rc = repo_sessions_list(&view.repo, &f, &all, &e);
	if (rc == 0 && view.as_json)
		sessions_json(&all);
	else if (rc == 0)
		sessions_print(&all);
	view_close(&view);
	return rc ? where_fail(argv[0], &e) : out_finish(argv[0]);
}
