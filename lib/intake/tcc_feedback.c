/* POST /v1/feedback. */
#include "base/clock.h"
#include "base/hash.h"
#include "intake/tcc.h"
#include "json/json_read.h"

struct feedback {
	struct str run_id, score, text;
};

/* Characters, as the SDKs count them: code points. */
static size_t
utf8_length(struct str s)
{
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++)
		n += ((unsigned char)s.p[i] & 0xc0) != 0x80;
	return n;
}

static int
wrong(struct intake_result *out, struct str field, const char *text,
    struct err *e)
{
	out->field = field;
	return err_set(e, ERR_INVALID, "%s", text);
}

static int
check(const struct feedback *f, struct intake_result *out, struct err *e)
{
	if (!f->run_id.p)
		return wrong(out, STR("runId"), "missing", e);
	if (!uuid_is_v4(f->run_id))
		return wrong(out, STR("runId"), "expected a version 4 UUID",
		    e);
	if (f->score.p && !str_is(f->score, "thumbs_up") &&
	    !str_is(f->score, "thumbs_down"))
		return wrong(out, STR("score"), "expected \"thumbs_up\" or "
		    "\"thumbs_down\"", e);
	if (utf8_length(f->text) > TCC_FEEDBACK_TEXT_MAX)
		return wrong(out, STR("text"),
		    "more than 2000 characters", e);
	if (!f->score.p && !f->text.n)
		return wrong(out, STR("score"), "score and text are both "
		    "missing", e);
	return 0;
}

static int
read_feedback(const struct intake_request *q, struct feedback *f,
    struct intake_result *out, struct err *e)
{
	struct json_reader r;
	struct str key;
	int rc;

	json_reader_init(&r, q->body, q->arena, 0);
	if (json_object(&r, e))
		return e->code;
	while ((rc = json_object_next(&r, &key, e)) > 0) {
		struct str *to = str_is(key, "runId") ? &f->run_id :
		    str_is(key, "score") ? &f->score :
		    str_is(key, "text") ? &f->text : NULL;

		if (!to || json_read_null(&r))
			continue;
		if (json_read_string(&r, to, e)) {
			out->field = arena_str(q->arena, key);
			return e->code;
		}
	}
	return rc ? rc : json_end(&r, e);
}

int
tcc_feedback_parse(const struct intake_request *q, struct intake_result *out,
    struct err *e)
{
	struct feedback f = { 0 };
	struct event_builder b;

	*out = (struct intake_result){ 0 };
	if (read_feedback(q, &f, out, e) || check(&f, out, e))
		return out->field.p ? err_wrap(e, "%.*s",
		    STR_FMT(out->field)) : e->code;
	event_begin(&b, q->arena, EVENT_SCORE, f.run_id, STR("feedback"));
	b.event.received_ms = q->received_ms;
	b.event.source = STR("tcc");
	/* Who changes their mind is heard: the later one wins. */
	b.event.order = q->received_ms;
	event_text(&b, FIELD_SCORE_name, STR("feedback"));
	if (f.score.p)
		event_num(&b, FIELD_SCORE_value,
		    str_is(f.score, "thumbs_up") ? 1 : -1);
	event_text(&b, FIELD_SCORE_string_value, f.score);
	event_text(&b, FIELD_SCORE_comment, f.text);
	event_int(&b, FIELD_SCORE_time_ns, q->received_ms * NS_PER_MS);
	if (!intake_add(out, &b))
		return err_set(e, ERR_LIMIT, "request: too much memory");
	out->accepted = 1;
	return 0;
}
