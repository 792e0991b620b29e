/* Answers from the full text of runs. */
#include <stdlib.h>

#include "api/answer.h"
#include "base/clock.h"
#include "repo/search.h"

enum { QUERY_MAX = 1900, HITS_MAX = 5000 };

/* ---- the query ---- */

/* The words of a text, none of which is an operator; as it stands if it was
 * quoted. */
static void
add_words(struct buf *b, const struct ask_plan *p)
{
	if (p->is_phrase)
		buf_add_byte(b, '"');
	for (size_t i = 0; i < p->text.n; i++) {
		char c = p->text.p[i];

		/* OR and NOT are operators in capitals only. */
		if (c >= 'A' && c <= 'Z')
			c = (char)(c | 0x20);
		else if (strchr("\"():*+-", c))
			c = ' ';
		buf_add_byte(b, (uint8_t)c);
	}
	if (p->is_phrase)
		buf_add_byte(b, '"');
}

static void
add_in(struct buf *b, const char *field, const struct ask_plan *p)
{
	buf_addf(b, p->is_phrase ? "%s:" : "%s:(", field);
	add_words(b, p);
	if (!p->is_phrase)
		buf_add_byte(b, ')');
}

static void
add_keyword(struct buf *b, const char *kind, struct str value, bool is_not)
{
	buf_addf(b, " %s%s:\"", is_not ? "-" : "", kind);
	for (size_t i = 0; i < value.n; i++)
		if (value.p[i] != '"')
			buf_add_byte(b, (uint8_t)value.p[i]);
	buf_add_byte(b, '"');
}

/* A tool or model is a keyword; what else there is the filter knows. */
static struct str
query_of(struct answer *a)
{
	const struct ask_plan *p = a->plan;
	struct buf b;
	struct str out;

	buf_init(&b, QUERY_MAX);
	switch (p->field) {
	case ASK_IN_PROMPT: add_in(&b, "prompt", p); break;
	case ASK_IN_RESPONSE: add_in(&b, "response", p); break;
	case ASK_IN_ERROR: add_in(&b, "error", p); break;
	case ASK_IN_TOOL:
		buf_add_byte(&b, '(');
		add_in(&b, "arguments", p);
		buf_add_cstr(&b, " OR ");
		add_in(&b, "results", p);
		buf_add_byte(&b, ')');
		break;
	case ASK_ANY_FIELD: add_words(&b, p); break;
	}
	for (size_t i = 0; i < p->nnames; i++)
		if (!p->names[i].is_part && (p->names[i].dim == ASK_DIM_TOOL ||
		    p->names[i].dim == ASK_DIM_MODEL) &&
		    (p->names[i].is_not || ask_names_of(p,
		    p->names[i].dim) == 1))
			add_keyword(&b, ask_dim_name(p->names[i].dim),
			    p->names[i].text, p->names[i].is_not);
	if (p->pattern && strcmp(p->pattern, "any") != 0)
		add_keyword(&b, "pattern", str_from(p->pattern),
		    p->pattern_not);
	out = b.failed ? STR_NULL : arena_str(a->call->view.arena,
	    buf_str(&b));
	buf_fini(&b);
	return out;
}

static struct str
only_name(const struct ask_plan *p, enum ask_dim d)
{
	const struct ask_name *n = ask_name_of(p, d);

	return n && !n->is_part && ask_names_of(p, d) == 1 ? n->text :
	    STR_NULL;
}

static int
make_query(struct answer *a, int64_t from_ms, int64_t to_ms,
    struct repo_search_query *q, struct err *e)
{
	const struct repo_search_query none = REPO_SEARCH_INIT;
	const struct ask_plan *p = a->plan;

	*q = none;
	q->text = query_of(a);
	if (!q->text.p)
		return err_set(e, ERR_INVALID, "the text is too long");
	q->filter.from_ms = from_ms;
	q->filter.to_ms = to_ms;
	q->filter.agent = only_name(p, ASK_DIM_AGENT);
	q->filter.user_id = only_name(p, ASK_DIM_USER);
	q->filter.org_id = only_name(p, ASK_DIM_ORG);
	q->filter.session_id = only_name(p, ASK_DIM_SESSION);
	q->filter.status = p->status == ASK_ERROR ? REPO_ERROR :
	    p->status == ASK_OK ? REPO_OK : REPO_ANY;
	q->filter.limit = MIN_OF(p->limit, (size_t)REPO_LIMIT_MAX);
	q->newest_first = p->subject == ASK_RUNS && p->is_phrase;
	return 0;
}

/* Whether there is something that the index does not know. */
static bool
needs_runs(const struct ask_plan *p)
{
	for (size_t i = 0; i < p->nnames; i++) {
		const struct ask_name *n = &p->names[i];
		bool keyword = n->dim == ASK_DIM_TOOL ||
		    n->dim == ASK_DIM_MODEL;

		if (n->is_part || n->dim == ASK_DIM_RUN ||
		    (n->is_not && !keyword) ||
		    (!n->is_not && ask_names_of(p, n->dim) > 1))
			return true;
	}
	return p->has_where || p->feedback ||
	    (p->pattern && strcmp(p->pattern, "any") == 0);
}

/* ---- all hits, one by one ---- */

struct name_count {
	struct str name, example;
	int64_t runs;
};

struct gathered {
	struct map *names;      /* of what is asked for, or NULL */
	struct repo_search_row *rows;
	size_t nrows;
	int64_t runs, read;     /* that pass, and were looked at */
	uint64_t total;
	bool is_cut;
};

static struct str
name_in(enum ask_subject s, const struct run *run)
{
	return s == ASK_USERS ? run->user_id : s == ASK_ORGS ? run->org_id :
	    s == ASK_AGENTS ? run->agent : s == ASK_SESSIONS ?
	    run->session_id : STR_NULL;
}

static int
gather_run(struct answer *a, struct gathered *g,
    const struct repo_search_row *row, struct err *e)
{
	const struct ask_plan *p = a->plan;
	struct name_count *x;
	struct str name;
	void **slot;

	g->read++;
	if (!answer_passes(p, &row->row) || !answer_shows(p, row->row.run))
		return 0;
	g->runs++;
	if (g->nrows < p->limit)
		g->rows[g->nrows++] = *row;
	name = name_in(p->subject, row->row.run);
	if (!g->names || !name.n)
		return 0;
	slot = map_put(g->names, name);
	if (!*slot && !(*slot = arena_alloc(a->call->view.arena, sizeof(*x))))
		return err_set(e, ERR_LIMIT, "too many names");
	x = *slot;
	if (x->runs++ == 0) {
		x->name = name;
		x->example = row->row.run->base.id;
	}
	return 0;
}

static int
gather(struct answer *a, struct repo_search_query *q, struct gathered *g,
    struct err *e)
{
	struct repo_search found;

	q->newest_first = true;
	q->filter.limit = REPO_LIMIT_MAX;
	do {
		if (repo_search(&a->call->view, q, &found, e))
			return e->code;
		g->total = found.total;
		g->is_cut |= found.is_partial;
		for (size_t i = 0; i < found.n; i++)
			if (gather_run(a, g, &found.v[i], e))
				return e->code;
		q->filter.offset += REPO_LIMIT_MAX;
		if (q->filter.offset >= found.total)
			return 0;
	} while (q->filter.offset < HITS_MAX &&
	    clock_mono_ms() < a->deadline);
	g->is_cut = true;
	return 0;
}

/* ---- saying ---- */

static void
say_what(struct answer *a)
{
	const struct ask_plan *p = a->plan;

	answer_say(a, " with %s%.*s%s", p->is_phrase ? "\"" : "the words \"",
	    (int)MIN_OF(p->text.n, (size_t)200), p->text.p, "\"");
	if (p->field)
		answer_say(a, " in the %s", p->field == ASK_IN_TOOL ?
		    "calls of tools" : ask_field_name(p->field));
}

static void
link_search(struct answer *a, const struct repo_search_query *q)
{
	answer_link(a, "Search", "/v1/search?%.*s&q=%.*s",
	    STR_FMT(answer_range_names(a)),
	    STR_FMT(answer_escape(a, q->text)));
}

static void
put_hits(struct answer *a, const struct repo_search_row *v, size_t n)
{
	static const struct answer_column columns[] = { { "run_id", NULL },
		{ "start_time", NULL }, { "status", NULL },
		{ "agent", NULL }, { "user_id", NULL }, { "found_in", NULL },
		{ "text", NULL }, { NULL, NULL } };
	struct json_writer *w = &a->w;

	answer_columns(a, columns);
	for (size_t i = 0; i < n; i++) {
		const struct repo_run_row *row = &v[i].row;
		const struct repo_snippet *s = v[i].nsnippets ?
		    &v[i].snippets[0] : NULL;

		answer_row(a);
		json_put_str(w, row->run->base.id);
		answer_put_time(a, row->start_ms);
		json_put_cstr(w, row->totals.is_error ? "error" : "ok");
		json_put_str(w, row->run->agent);
		json_put_str(w, row->run->user_id);
		json_put_str(w, s ? str_from(searchable_field_name(
		    s->field)) : STR_NULL);
		json_put_str(w, s ? s->part.text : str_utf8_prefix(
		    row->run->user_prompt, 200));
		answer_row_end(a);
	}
	answer_table_end(a);
	for (size_t i = 0; i < n && i < 3; i++)
		answer_link(a, "Run", "/v1/runs/%.*s?source=%s",
		    STR_FMT(answer_escape(a, v[i].row.run->base.id)),
		    event_env_name(a->call->view.scope.env));
}

static void
say_gathered(struct answer *a, const struct gathered *g)
{
	answer_say(a, "%lld run%s", (long long)g->runs, g->runs == 1 ? "" :
	    "s");
	say_what(a);
	answer_say(a, ".");
	if (g->is_cut)
		answer_say(a, " Of the latest %lld of %llu runs that were "
		    "found.", (long long)g->read,
		    (unsigned long long)g->total);
}

static int
by_runs(const void *a, const void *b)
{
	const struct name_count *x = *(struct name_count *const *)a;
	const struct name_count *y = *(struct name_count *const *)b;

	if (x->runs != y->runs)
		return x->runs > y->runs ? -1 : 1;
	return str_cmp(x->name, y->name);
}

static int
put_names(struct answer *a, const struct gathered *g, struct err *e)
{
	const struct ask_plan *p = a->plan;
	const struct answer_column columns[] = {
		{ answer_one(p->subject), NULL }, { "runs", NULL },
		{ "latest_run_id", NULL }, { NULL, NULL } };
	struct name_count **v = arena_array(a->call->view.arena,
	    map_count(g->names) + 1, sizeof(struct name_count *));
	size_t it = 0, n = 0;
	void *x;

	if (!v)
		return err_set(e, ERR_LIMIT, "too many names");
	while (map_next(g->names, &it, NULL, &x))
		v[n++] = x;
	if (n)
		qsort(v, n, sizeof(struct name_count *), by_runs);
	answer_say_count(a, (int64_t)n, answer_one(p->subject));
	answer_say(a, n == 1 ? " has runs" : " have runs");
	say_what(a);
	answer_say(a, n ? ": " : ".");
	answer_columns(a, columns);
	for (size_t i = 0; i < n && i < p->limit; i++) {
		answer_row(a);
		json_put_str(&a->w, v[i]->name);
		json_put_i64(&a->w, v[i]->runs);
		json_put_str(&a->w, v[i]->example);
		answer_row_end(a);
		if (i >= 3)
			continue;
		answer_say(a, "%s%.*s (", i ? ", " : "",
		    STR_FMT(v[i]->name));
		answer_say_count(a, v[i]->runs, "run");
		answer_say(a, ")");
	}
	answer_table_end(a);
	answer_say(a, n ? ". " : " ");
	return 0;
}

/* ---- finding ---- */

static int
find_gathered(struct answer *a, struct repo_search_query *q, struct err *e)
{
	const struct ask_plan *p = a->plan;
	bool by_name = p->subject == ASK_USERS || p->subject == ASK_ORGS ||
	    p->subject == ASK_AGENTS || p->subject == ASK_SESSIONS;
	struct gathered g = { .names = by_name ? map_new() : NULL,
	    .rows = arena_array(a->call->view.arena, p->limit,
	    sizeof(struct repo_search_row)) };

	if (!g.rows)
		err_set(e, ERR_LIMIT, "too many runs");
	else if (gather(a, q, &g, e) == 0 && (!by_name ||
	    put_names(a, &g, e) == 0)) {
		say_gathered(a, &g);
		if (!by_name)
			put_hits(a, g.rows, g.nrows);
	}
	map_free(g.names, NULL);
	return e->code;
}

/* How many before; nothing else of them is looked at. */
static int
say_before(struct answer *a, uint64_t now, struct err *e)
{
	const struct ask_plan *p = a->plan;
	struct repo_search_query q;
	struct repo_search found;

	if (make_query(a, p->compare_from_ms, p->compare_to_ms, &q, e))
		return e->code;
	q.filter.limit = 1;
	if (repo_search(&a->call->view, &q, &found, e))
		return e->code;
	answer_say(a, " Before, there were %llu%s, a change of %+lld.",
	    (unsigned long long)found.total, found.is_partial ?
	    " or more" : "", (long long)now - (long long)found.total);
	return 0;
}

int
find_text(struct answer *a, struct err *e)
{
	const struct ask_plan *p = a->plan;
	bool rows_only = p->subject == ASK_RUNS || p->subject == ASK_TOTALS ||
	    p->subject == ASK_TOPICS || p->subject == ASK_TOOLS ||
	    p->subject == ASK_MODELS;
	struct repo_search_query q;
	struct repo_search found;

	if (make_query(a, p->from_ms, p->to_ms, &q, e))
		return e->code;
	link_search(a, &q);
	if (!rows_only || needs_runs(p))
		return find_gathered(a, &q, e);
	if (repo_search(&a->call->view, &q, &found, e))
		return e->code;
	answer_say(a, "%s%llu run%s", found.is_partial ? "At least " : "",
	    (unsigned long long)found.total, found.total == 1 ? "" : "s");
	say_what(a);
	answer_say(a, ", of %llu that were searched.",
	    (unsigned long long)found.documents);
	if (p->is_comparison && say_before(a, found.total, e))
		return e->code;
	if (p->group)
		answer_say(a, " What is found by its text is not split by "
		    "%s.", ask_group_name(p->group));
	put_hits(a, found.v, found.n);
	return 0;
}
