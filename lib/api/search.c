/* Full-text search over runs. */
#include "api/call.h"
#include "repo/search.h"

/* Texts and marks in code points: what a browser or script counts is not
 * bytes. */
static int64_t
characters(struct str s, size_t bytes)
{
	int64_t n = 0;

	for (size_t i = 0; i < bytes && i < s.n; i++)
		n += ((unsigned char)s.p[i] & 0xc0) != 0x80;
	return n;
}

static void
put_snippet(struct json_writer *w, const struct repo_snippet *s)
{
	struct buf text;

	buf_init(&text, SNIPPET_BYTES_MAX + 16);
	if (s->part.is_cut_before)
		buf_add_cstr(&text, "\xe2\x80\xa6");
	buf_add_str(&text, s->part.text);
	if (s->part.is_cut_behind)
		buf_add_cstr(&text, "\xe2\x80\xa6");
	json_put_object(w);
	json_member_cstr(w, "field", searchable_field_name(s->field));
	json_member_str(w, "span_id", span_sender_id(s->span_id));
	json_member_str(w, "text", buf_str(&text));
	json_put_key(w, "highlights");
	json_put_array(w);
	for (size_t i = 0; i < s->part.nmarks; i++) {
		json_put_object(w);
		json_member_i64(w, "start", s->part.is_cut_before +
		    characters(s->part.text, s->part.marks[i].from));
		json_member_i64(w, "end", s->part.is_cut_before +
		    characters(s->part.text, s->part.marks[i].to));
		json_put_object_end(w);
	}
	json_put_array_end(w);
	json_put_object_end(w);
	buf_fini(&text);
}

static void
put_row(struct api_call *c, const struct repo_search_row *row)
{
	struct json_writer *w = &c->json;

	json_put_object(w);
	json_member_double(w, "score", row->score);
	json_put_key(w, "snippets");
	json_put_array(w);
	for (size_t i = 0; i < row->nsnippets; i++)
		put_snippet(w, &row->snippets[i]);
	json_put_array_end(w);
	json_put_key(w, "run");
	put_run_row(c, &row->row);
	json_put_object_end(w);
}

int
search_get(struct api_call *c, struct err *e)
{
	const struct api_params *p = &c->params;
	struct repo_search_query q = REPO_SEARCH_INIT;
	struct json_writer *w = &c->json;
	struct repo_search found;

	q.text = p->q;
	q.any = str_is(p->match, "any");
	q.newest_first = str_is(p->sort, "newest");
	q.filter.agent = p->agent;
	q.filter.user_id = p->user_id;
	q.filter.org_id = p->org_id;
	q.filter.session_id = p->session_id;
	q.filter.status = !p->status.p ? REPO_ANY :
	    str_is(p->status, "error") ? REPO_ERROR : REPO_OK;
	q.filter.from_ms = p->from_ms;
	q.filter.to_ms = p->to_ms;
	q.filter.limit = p->limit;
	q.filter.offset = p->offset;
	c->field = STR("q");
	if (p->limit + p->offset > API_SEARCH_HITS_MAX) {
		c->field = STR("offset");
		return err_set(e, ERR_INVALID, "offset: with limit at most %d",
		    API_SEARCH_HITS_MAX);
	}
	if (repo_search(&c->view, &q, &found, e))
		return e->code;
	put_list(c);
	for (size_t i = 0; i < found.n; i++)
		put_row(c, &found.v[i]);
	json_put_array_end(w);
	put_pagination(c, p->offset + p->limit < found.total,
	    (int64_t)found.total);
	json_put_key(w, "search");
	json_put_object(w);
	json_member_str(w, "query", p->q);
	json_member_str(w, "understood", found.understood);
	json_member_u64(w, "runs_searched", found.documents);
	json_member_bool(w, "partial", found.is_partial);
	json_put_object_end(w);
	put_data_end(c);
	return 0;
}
