/* Periodic insights, as weir-insight wrote them: JSON, or a page to read. */
#include "api/call.h"
#include "base/clock.h"
#include "insight/render.h"
#include "insight/reword.h"
#include "json/json_read.h"

/* A text of the body, which has the whole insight. */
static struct str
body_text(struct api_call *c, const struct insight *v, const char *key)
{
	struct str s;

	if (v->body.type == VALUE_JSON &&
	    json_find_string(v->body.s, str_from(key), c->view.arena, &s))
		return s;
	return STR_NULL;
}

static struct str
json_of(const struct value *v)
{
	return v->type == VALUE_JSON ? v->s : STR_NULL;
}

/* Members of a row; true if a model was asked for other words. */
static bool
put_insight(struct api_call *c, const struct insight *v, struct reworded *r)
{
	struct json_writer *w = &c->json;
	bool asked = reword_read(json_of(&v->body), json_of(&v->wording),
	    c->view.arena, r);

	json_member_str(w, "insight_id", v->base.id);
	json_member_str(w, "period", v->period);
	put_time_ms(w, "from", floor_div(v->from_ns, NS_PER_MS));
	put_time_ms(w, "to", floor_div(v->to_ns, NS_PER_MS));
	json_member_str(w, "title", r->is_shown ? r->title : v->title);
	json_member_str(w, "text", r->is_shown ? r->text :
	    body_text(c, v, "text"));
	json_member_str(w, "severity", v->severity);
	put_time_ms(w, "created_time", floor_div(v->created_ns, NS_PER_MS));
	json_member_cstr(w, "wording", r->is_shown ? "model" : "own");
	return asked;
}

int
insights_list(struct api_call *c, struct err *e)
{
	struct json_writer *w = &c->json;
	struct repo_insights v;
	struct reworded r;

	if (repo_insights_list(&c->view, c->params.limit, c->params.offset,
	    &v, e))
		return e->code;
	put_list(c);
	for (size_t i = 0; i < v.n; i++) {
		json_put_object(w);
		(void)put_insight(c, v.v[i], &r);
		json_put_object_end(w);
	}
	put_list_end(c, v.has_more, -1);
	return 0;
}

static void
put_whole(struct api_call *c, const struct insight *v)
{
	struct json_writer *w = &c->json;
	struct reworded r;
	bool asked;

	put_data(c);
	json_put_object(w);
	asked = put_insight(c, v, &r);
	json_member_str(w, "own_title", v->title);
	json_member_str(w, "own_text", body_text(c, v, "text"));
	json_put_key(w, "model_wording");
	if (asked) {
		json_put_object(w);
		json_member_str(w, "model", r.model);
		json_member_str(w, "title", r.title);
		json_member_str(w, "text", r.text);
		json_member_str(w, "refused", r.reason);
		json_put_object_end(w);
	} else {
		json_put_null(w);
	}
	put_value(w, "body", &v->body);
	json_put_object_end(w);
	put_data_end(c);
}

/* ---- which form ---- */

enum form { FORM_JSON, FORM_MARKDOWN, FORM_HTML, FORMS };

/* The q of a media range's parameters, in thousandths; 1000 without one. */
static int
quality(struct str params)
{
	while (params.p) {
		struct str s = str_trim(str_cut(&params, ';'));
		double q;

		if (!str_has_prefix(s, STR("q=")) ||
		    !str_to_double(str_from_index(s, 2), &q))
			continue;
		return q <= 0 ? 0 : q >= 1 ? 1000 : (int)(q * 1000);
	}
	return 1000;
}

/* What the Accept header likes best of what there is; of equals, and if it
 * likes none, JSON (RFC 9110, 12.5.1). */
static enum form
accepted(const struct http_request *q)
{
	static const char *const types[] = { "application/json",
		"text/markdown", "text/html" };
	struct str rest = http_header(q, "Accept");
	int best[FORMS] = { 0 };
	enum form f = FORM_JSON;

	while (rest.p) {
		struct str one = str_cut(&rest, ','), type;
		int worth;

		type = str_trim(str_cut(&one, ';'));
		worth = quality(one);
		for (size_t i = 0; i < FORMS; i++)
			if (str_ieq(type, str_from(types[i])))
				best[i] = worth;
		/* "Anything" is not a wish for a page. */
		if (str_is(type, "*/*") || str_is(type, "application/*"))
			best[FORM_JSON] = MAX_OF(best[FORM_JSON], worth);
	}
	for (int i = FORM_MARKDOWN; i < FORMS; i++)
		if (best[i] > best[f])
			f = (enum form)i;
	return f;
}

static enum form
form_of(const struct api_call *c)
{
	struct str s = c->params.format;

	if (!s.p)
		return accepted(c->request);
	return str_is(s, "html") ? FORM_HTML :
	    str_is(s, "markdown") ? FORM_MARKDOWN : FORM_JSON;
}

static int
put_page(struct api_call *c, const struct insight *v, enum form form,
    struct err *e)
{
	struct insight_page p = { .body = json_of(&v->body),
		.wording = json_of(&v->wording),
		.format = form == FORM_HTML ? RENDER_HTML : RENDER_MARKDOWN,
		.source = event_env_name(c->view.scope.env) };

	c->content_type = form == FORM_HTML ? "text/html; charset=utf-8" :
	    "text/markdown; charset=utf-8";
	http_respond_header(c->response, "Content-Security-Policy",
	    STR(INSIGHT_PAGE_POLICY));
	http_respond_header(c->response, "X-Content-Type-Options",
	    STR("nosniff"));
	http_respond_header(c->response, "Referrer-Policy",
	    STR("no-referrer"));
	return insight_render(&p, c->view.arena, &c->body, e);
}

int
insights_get(struct api_call *c, struct err *e)
{
	struct insight *v;
	enum form form = form_of(c);
	int rc = repo_insight_get(&c->view, http_capture(c->request, "id"),
	    &v, e);

	http_respond_header(c->response, "Vary", STR("Accept"));
	if (rc == ERR_NOT_FOUND)
		return err_set(e, rc, "no such insight");
	if (rc)
		return rc;
	if (form != FORM_JSON)
		return put_page(c, v, form, e);
	put_whole(c, v);
	return 0;
}
