/* The plan of an answer, as JSON. */
#include "api/answer.h"

static void
put_text(struct json_writer *w, const char *key, const struct ask_plan *p,
    const struct ask_context *c, bool in_words)
{
	struct buf text;

	buf_init(&text, 1 << 16);
	if (in_words)
		ask_describe(p, c->tz_minutes, &text);
	else
		ask_print(p, c, &text);
	json_member_str(w, key, buf_str(&text));
	buf_fini(&text);
}

static void
put_names(struct json_writer *w, const struct ask_plan *p)
{
	json_put_key(w, "names");
	json_put_array(w);
	for (size_t i = 0; i < p->nnames; i++) {
		const struct ask_name *n = &p->names[i];

		json_put_object(w);
		json_member_cstr(w, "kind", ask_dim_name(n->dim));
		json_member_str(w, "name", n->text);
		json_member_bool(w, "is_part", n->is_part);
		json_member_bool(w, "excluded", n->is_not);
		json_member_bool(w, "known", n->is_known);
		json_put_object_end(w);
	}
	json_put_array_end(w);
}

static void
put_words(struct json_writer *w, const struct ask_plan *p)
{
	json_put_key(w, "ignored_words");
	json_put_array(w);
	for (size_t i = 0; i < p->nignored; i++)
		json_put_str(w, p->ignored[i]);
	json_put_array_end(w);
	json_put_key(w, "corrected_words");
	json_put_array(w);
	for (size_t i = 0; i < p->ncorrected; i++) {
		json_put_object(w);
		json_member_str(w, "asked", p->corrected[i].from);
		json_member_str(w, "read_as", p->corrected[i].to);
		json_put_object_end(w);
	}
	json_put_array_end(w);
}

static void
member_word(struct json_writer *w, const char *key, bool is_set,
    const char *word)
{
	json_member_str(w, key, is_set ? str_from(word) : STR_NULL);
}

void
answer_put_plan(struct json_writer *w, const struct ask_plan *p,
    const struct ask_context *c)
{
	const struct ask_name *agent = ask_name_of(p, ASK_DIM_AGENT);
	bool any = p->subject != ASK_NOTHING;

	json_put_key(w, "plan");
	json_put_object(w);
	put_text(w, "text", p, c, true);
	put_text(w, "line", p, c, false);
	member_word(w, "subject", any, ask_subject_name(p->subject));
	member_word(w, "measure", any, ask_measure_name(p->measure));
	member_word(w, "group", p->group, ask_group_name(p->group));
	member_word(w, "order", any, p->is_ascending ? "asc" : "desc");
	json_member_u64(w, "limit", p->limit);
	put_time_ms(w, "from", p->from_ms);
	put_time_ms(w, "to", p->to_ms);
	put_time_ms(w, "compare_from",
	    p->is_comparison ? p->compare_from_ms : 0);
	put_time_ms(w, "compare_to",
	    p->is_comparison ? p->compare_to_ms : 0);
	json_member_str(w, "agent", agent ? agent->text : STR_NULL);
	put_names(w, p);
	member_word(w, "status", p->status, p->status == ASK_ERROR ?
	    "error" : "ok");
	member_word(w, "state", p->state, ask_state_name(p->state));
	json_member_str(w, "pattern", str_from(p->pattern));
	json_member_str(w, "search", p->text);
	member_word(w, "search_in", p->field, ask_field_name(p->field));
	json_member_str(w, "refused", str_from(p->refused));
	put_words(w, p);
	json_put_object_end(w);
}
