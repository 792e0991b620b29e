/* Custom patterns: shown, made, changed, deleted. */
#include "api/call.h"
#include "detect/detect.h"
#include "repo/custom.h"

static void
put_detector(struct json_writer *w, const struct custom_report *r)
{
	json_put_key(w, "detector");
	if (!r->is_trained) {
		json_put_null(w);
		return;
	}
	json_put_object(w);
	json_member_u64(w, "positive_examples", r->n_positive);
	json_member_u64(w, "negative_examples", r->n_negative);
	json_member_u64(w, "folds", r->folds);
	json_member_u64(w, "true_positives", r->true_positives);
	json_member_u64(w, "false_positives", r->false_positives);
	json_member_u64(w, "false_negatives", r->false_negatives);
	json_member_u64(w, "true_negatives", r->true_negatives);
	/* NaN, where there was nothing to divide by, becomes null. */
	json_member_double(w, "precision", r->precision);
	json_member_double(w, "recall", r->recall);
	json_put_object_end(w);
}

static void
put_built_in(struct json_writer *w, const struct detect_pattern *p)
{
	json_put_object(w);
	json_member_cstr(w, "slug", p->slug);
	json_member_cstr(w, "name", p->name);
	json_member_cstr(w, "description", p->description);
	json_member_bool(w, "built_in", true);
	json_member_bool(w, "enabled", true);
	json_member_bool(w, "conversational_only", p->is_about_user);
	json_member_null(w, "revision");
	json_member_null(w, "created_time");
	json_member_null(w, "changed_time");
	json_member_null(w, "definition");
	json_member_null(w, "detector");
	json_put_object_end(w);
}

/* Trains it: the figures are those of the very detector that is used. */
static int
put_custom(struct api_call *c, const struct repo_view *v,
    const struct repo_custom *p, struct err *e)
{
	struct json_writer *w = &c->json;
	struct custom_def def;
	struct custom *made;

	if (repo_custom_def(v, p, &def, e) ||
	    custom_new(&def, p->revision, &made, e))
		return e->code;
	json_put_object(w);
	json_member_str(w, "slug", p->slug);
	json_member_str(w, "name", def.name);
	json_member_str(w, "description", def.description);
	json_member_bool(w, "built_in", false);
	json_member_bool(w, "enabled", p->is_enabled);
	json_member_bool(w, "conversational_only", true);
	json_member_i64(w, "revision", p->revision);
	put_time_ms(w, "created_time", p->created_ms);
	put_time_ms(w, "changed_time", p->changed_ms);
	json_put_key(w, "definition");
	json_put_object(w);
	custom_def_write(&def, w);
	json_put_object_end(w);
	put_detector(w, custom_report(made));
	json_put_object_end(w);
	custom_free(made);
	return 0;
}

/* The pattern as it is now, which the request's snapshot may not know. */
static int
put_fresh(struct api_call *c, struct str slug, struct err *e)
{
	struct repo_view after = c->view;
	struct repo_custom p;
	int rc;

	if (kv_snapshot_open(c->options->kv, &after.snapshot, e))
		return e->code;
	put_data(c);
	rc = repo_custom_get(&after, slug, &p, e);
	if (rc == 0)
		rc = put_custom(c, &after, &p, e);
	put_data_end(c);
	kv_snapshot_close(after.snapshot);
	return rc;
}

int
patterns_get(struct api_call *c, struct err *e)
{
	struct str slug = http_capture(c->request, "slug");
	const struct detect_pattern *known = detect_pattern_by_slug(slug);
	struct repo_custom p;

	if (!known && repo_custom_get(&c->view, slug, &p, e))
		return e->code;
	put_data(c);
	if (known)
		put_built_in(&c->json, known);
	else if (put_custom(c, &c->view, &p, e))
		return e->code;
	put_data_end(c);
	return 0;
}

/* ---- changes ---- */

static int
check_body(struct api_call *c, struct err *e)
{
	if (!c->options->submit)
		return err_set(e, ERR_DENIED, "changes are switched off");
	c->field = STR("body");
	if (c->request->body.n > API_BODY_MAX)
		return err_set(e, ERR_LIMIT, "body: over %d bytes",
		    API_BODY_MAX);
	return 0;
}

static struct repo_custom_change
changed_by(const struct api_call *c)
{
	return (struct repo_custom_change){ str_from(c->key.project_name),
	    STR("tcc"), c->now_ms };
}

int
patterns_create(struct api_call *c, struct err *e)
{
	struct repo_custom_change by = changed_by(c);
	struct custom_def def = CUSTOM_DEF_INIT;
	struct buf out;
	int rc;

	if (check_body(c, e) || custom_def_parse(&def, c->request->body,
	    c->view.arena, &c->field, e))
		return e->code;
	buf_init(&out, EVENT_BYTES_MAX);
	rc = repo_custom_create(&c->view, &def, &by, &out, &c->field, e);
	if (rc == 0)
		rc = c->options->submit(c->options->arg, &out, e);
	buf_fini(&out);
	return rc ? rc : put_fresh(c, def.slug, e);
}

int
patterns_change(struct api_call *c, struct err *e)
{
	struct str slug = http_capture(c->request, "slug");
	struct repo_custom_change by = changed_by(c);
	struct buf out;
	int rc;

	if (check_body(c, e))
		return e->code;
	buf_init(&out, EVENT_BYTES_MAX);
	rc = repo_custom_change(&c->view, slug, c->request->body, &by, &out,
	    &c->field, e);
	if (rc == 0)
		rc = c->options->submit(c->options->arg, &out, e);
	buf_fini(&out);
	return rc ? rc : put_fresh(c, slug, e);
}

int
patterns_delete(struct api_call *c, struct err *e)
{
	struct str slug = http_capture(c->request, "slug");
	struct repo_custom_change by = changed_by(c);
	struct buf out;
	int rc;

	if (check_body(c, e))
		return e->code;
	buf_init(&out, EVENT_BYTES_MAX);
	rc = repo_custom_delete(&c->view, slug, &by, &out, e);
	if (rc == 0)
		rc = c->options->submit(c->options->arg, &out, e);
	buf_fini(&out);
	if (rc)
		return rc;
	put_data(c);
	json_put_object(&c->json);
	json_member_str(&c->json, "slug", slug);
	json_member_bool(&c->json, "deleted", true);
	json_put_object_end(&c->json);
	put_data_end(c);
	return 0;
}
