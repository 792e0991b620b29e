/* Periodic insights, as weir-insight wrote them. */
#include "api/call.h"
#include "base/clock.h"
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

static void
put_insight(struct api_call *c, const struct insight *v)
{
	struct json_writer *w = &c->json;

	json_member_str(w, "insight_id", v->base.id);
	json_member_str(w, "period", v->period);
	put_time_ms(w, "from", floor_div(v->from_ns, NS_PER_MS));
	put_time_ms(w, "to", floor_div(v->to_ns, NS_PER_MS));
	json_member_str(w, "title", v->title);
	json_member_str(w, "text", body_text(c, v, "text"));
	json_member_str(w, "severity", v->severity);
	put_time_ms(w, "created_time", floor_div(v->created_ns, NS_PER_MS));
}

int
insights_list(struct api_call *c, struct err *e)
{
	struct json_writer *w = &c->json;
	struct repo_insights v;

	if (repo_insights_list(&c->view, c->params.limit, c->params.offset,
	    &v, e))
		return e->code;
	put_list(c);
	for (size_t i = 0; i < v.n; i++) {
		json_put_object(w);
		put_insight(c, v.v[i]);
		json_put_object_end(w);
	}
	put_list_end(c, v.has_more, -1);
	return 0;
}

int
insights_get(struct api_call *c, struct err *e)
{
	struct insight *v;
	int rc = repo_insight_get(&c->view, http_capture(c->request, "id"),
	    &v, e);

	if (rc == ERR_NOT_FOUND)
		return err_set(e, rc, "no such insight");
	if (rc)
		return rc;
	put_data(c);
	json_put_object(&c->json);
	put_insight(c, v);
	put_value(&c->json, "body", &v->body);
	json_put_object_end(&c->json);
	put_data_end(c);
	return 0;
}
