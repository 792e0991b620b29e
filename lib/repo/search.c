#include "repo/search.h"

#include "fulltext/search.h"
#include "repo/hits.h"

enum {
	/* What is read for snippets: of a run's texts, of a run, of a page. */
	SCAN_BYTES_MAX = 1 << 20,
	RUN_BYTES_MAX = 32 << 20,
	PAGE_BYTES_MAX = 64 << 20
};

/* ---- the query ---- */

static int
parse(const struct repo_view *v, const struct repo_search_query *q,
    struct query_node **out, struct err *e)
{
	const struct repo_filter *f = &q->filter;
	const struct { char kind; struct str value; } with[] = {
		{ KEYWORD_AGENT, f->agent }, { KEYWORD_USER, f->user_id },
		{ KEYWORD_ORG, f->org_id }, { KEYWORD_SESSION, f->session_id },
		{ KEYWORD_STATUS, f->status == REPO_ERROR ? STR("error") :
		    f->status == REPO_OK ? STR("ok") : STR_NULL },
	};

	if (query_parse(q->text, searchable_fields,
	    q->any ? QUERY_ANY : QUERY_ALL, v->arena, out, e))
		return e->code;
	for (size_t i = 0; i < ARRAY_LEN(with); i++) {
		if (!with[i].value.n)
			continue;
		*out = query_with(*out, with[i].kind, with[i].value,
		    v->arena);
		if (!*out)
			return read_spent(e);
	}
	return 0;
}

static int
describe(const struct repo_view *v, const struct query_node *q,
    struct str *out, struct err *e)
{
	struct buf b;

	buf_init(&b, 64 << 10);
	query_describe(q, searchable_fields, &b);
	*out = arena_str(v->arena, buf_str(&b));
	buf_fini(&b);
	return out->p ? 0 : read_spent(e);
}

/* ---- snippets ---- */

/* The best of one run, while its texts come by. */
struct finding {
	struct snippets *finder;
	struct arena *arena;
	struct repo_search_row *row;
	size_t scanned;
	bool spent;
};

/* Its place among the best: more words of the query first, then the earlier. */
static void
keep(struct finding *f, const struct repo_snippet *s)
{
	struct repo_search_row *row = f->row;
	size_t at = row->nsnippets;

	while (at > 0 && row->snippets[at - 1].part.terms < s->part.terms)
		at--;
	if (at == SEARCH_SNIPPETS)
		return;
	if (row->nsnippets < SEARCH_SNIPPETS)
		row->nsnippets++;
	for (size_t i = row->nsnippets - 1; i > at; i--)
		row->snippets[i] = row->snippets[i - 1];
	row->snippets[at] = *s;
}

static bool
look(void *arg, enum searchable_field field, const struct span *span,
    struct str text)
{
	struct finding *f = arg;
	struct repo_snippet s = { .field = field };

	text = str_utf8_prefix(text, SCAN_BYTES_MAX - f->scanned);
	f->scanned += text.n;
	if (!snippets_find(f->finder, field, text, SEARCH_SNIPPET_BYTES,
	    &s.part))
		return f->scanned + 4 <= SCAN_BYTES_MAX;
	s.part.text = arena_str(f->arena, s.part.text);
	s.span_id = span ? arena_str(f->arena, span->base.id) : STR_NULL;
	if (!s.part.text.p)
		f->spent = true;
	else
		keep(f, &s);
	return f->scanned + 4 <= SCAN_BYTES_MAX;
}

static int
find_snippets(const struct repo_view *v, struct snippets *finder,
    const struct hash128 *rid, size_t *left, struct repo_search_row *row,
    struct err *e)
{
	struct arena *own = arena_new(MIN_OF(*left, (size_t)RUN_BYTES_MAX));
	struct repo_view whole = { v->snapshot, v->scope, own };
	struct finding f = { finder, v->arena, row, 0, false };
	struct run *run;
	int rc;

	row->snippets = arena_array(v->arena, SEARCH_SNIPPETS,
	    sizeof(*row->snippets));
	rc = row->snippets ? run_whole(&whole, rid, row->row.run, &run, e) :
	    read_spent(e);
	if (rc == 0)
		searchable_each(run, look, &f);
	*left -= arena_used(own);
	arena_free(own);
	/* A run too large to be read is found all the same. */
	if (rc == ERR_LIMIT) {
		*e = (struct err)ERR_INIT;
		rc = 0;
	}
	return rc ? rc : f.spent ? read_spent(e) : 0;
}

/* ---- rows ---- */

static bool
is_wanted(const struct repo_filter *f, const struct run *run)
{
	/* Keywords do not tell upper from lower case. */
	return (!f->agent.n || str_eq(f->agent, run->agent)) &&
	    (!f->user_id.n || str_eq(f->user_id, run->user_id)) &&
	    (!f->org_id.n || str_eq(f->org_id, run->org_id)) &&
	    (!f->session_id.n || str_eq(f->session_id, run->session_id));
}

static int
load_rows(const struct repo_view *v, const struct repo_search_query *q,
    const struct query_node *query, const struct search_result *found,
    struct repo_search *out, struct err *e)
{
	struct hit *hits = arena_array(v->arena, found->n, sizeof(*hits));
	struct repo_run_row *rows = arena_array(v->arena, found->n,
	    sizeof(*rows));
	size_t left = PAGE_BYTES_MAX;
	struct snippets *finder;
	int rc;

	if (!hits || !rows)
		return read_spent(e);
	for (size_t i = 0; i < found->n; i++)
		hits[i].rid = found->v[i].id;
	if (rows_load(v, v->arena, hits, found->n, rows, e))
		return e->code;
	finder = snippets_new(query);
	rc = 0;
	for (size_t i = 0; i < found->n && rc == 0; i++) {
		struct repo_search_row *row = &out->v[out->n];

		if (!rows[i].run || !is_wanted(&q->filter, rows[i].run))
			continue;
		row->row = rows[i];
		row->score = found->v[i].score;
		rc = find_snippets(v, finder, &hits[i].rid, &left, row, e);
		out->n++;
	}
	snippets_free(finder);
	return rc;
}

int
repo_search(const struct repo_view *v, const struct repo_search_query *q,
    struct repo_search *out, struct err *e)
{
	struct search_request r = SEARCH_REQUEST_INIT;
	struct search_result found;
	struct query_node *query;
	struct layout_key scope;

	*out = (struct repo_search){ 0 };
	if (range_check(q->filter.from_ms, q->filter.to_ms, e) ||
	    parse(v, q, &query, e) ||
	    describe(v, query, &out->understood, e))
		return e->code;
	layout_scope(&scope, v->scope);
	r.scope = layout_str(&scope);
	r.query = query;
	r.from_ms = q->filter.from_ms;
	r.to_ms = q->filter.to_ms;
	r.limit = q->filter.limit;
	r.offset = q->filter.offset;
	r.newest_first = q->newest_first;
	if (fulltext_search(v->snapshot, &r, v->arena, &found, e))
		return e->code;
	out->total = found.total;
	out->documents = found.documents;
	out->is_partial = found.is_partial;
	out->v = arena_array(v->arena, found.n, sizeof(*out->v));
	if (!out->v)
		return read_spent(e);
	return load_rows(v, q, query, &found, out, e);
}
