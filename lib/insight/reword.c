/* Requests, replies and records of other words for an insight. */
#include "base/hash.h"
#include "insight/reword_in.h"
#include "json/json_read.h"
#include "json/json_write.h"

enum { OF_SIZE = 17 };

static const char task[] =
    "You edit the title and the summary of a weekly report about software. "
    "Rewrite both so that a busy reader understands them at once, in plain "
    "English. Marks like {1} stand for numbers, names and messages that you "
    "cannot see: keep every mark, exactly once, in the same order, title and "
    "text each with its own. Add no number, no name, no link, no reason, no "
    "judgement and nothing that is not said; what rises must still rise, "
    "what falls must still fall. No markup. About the same length. Answer "
    "with one JSON object and nothing else: {\"title\": \"...\", \"text\": "
    "\"...\"}";

static void
put_message(struct json_writer *w, const char *role, struct str content)
{
	json_put_object(w);
	json_member_cstr(w, "role", role);
	json_member_str(w, "content", content);
	json_put_object_end(w);
}

int
reword_request(struct str body, struct str model, struct arena *a,
    struct buf *out, struct err *e)
{
	struct masked *m = arena_alloc(a, sizeof(*m));
	struct json_writer w;
	struct str ours;
	struct buf b;

	if (!m)
		return err_set(e, ERR_LIMIT, "wording: out of memory");
	if (reword_mask(body, a, m, e))
		return err_wrap(e, "wording");
	buf_init(&b, REWORD_REPLY_MAX);
	json_writer_init(&w, &b);
	json_put_object(&w);
	json_member_str(&w, "title", m->title);
	json_member_str(&w, "text", m->text);
	json_put_object_end(&w);
	ours = json_writer_done(&w) ? arena_str(a, buf_str(&b)) : STR_NULL;
	buf_fini(&b);
	if (!ours.p)
		return err_set(e, ERR_LIMIT, "wording: too much text");
	json_writer_init(&w, out);
	json_put_object(&w);
	json_member_str(&w, "model", model);
	json_put_key(&w, "messages");
	json_put_array(&w);
	put_message(&w, "system", str_from(task));
	put_message(&w, "user", ours);
	json_put_array_end(&w);
	json_member_i64(&w, "temperature", 0);
	json_member_bool(&w, "stream", false);
	json_put_object_end(&w);
	return json_writer_done(&w) ? 0 : err_set(e, ERR_LIMIT,
	    "wording: too much text");
}

/* What the model said, of a chat completion. */
static int
read_content(struct str response, struct arena *a, struct str *out,
    struct err *e)
{
	struct json_reader r;
	struct str raw;

	if (json_check(response, 0, e))
		return err_set(e, ERR_INVALID, "the answer is not JSON");
	if (!json_find(response, STR("choices"), &raw))
		return err_set(e, ERR_INVALID, "the answer is not a chat "
		    "completion: it has no choices");
	json_reader_init(&r, raw, a, 0);
	if (json_array(&r, e) || json_array_next(&r, e) <= 0 ||
	    json_skip_value(&r, &raw, e) ||
	    !json_find(raw, STR("message"), &raw) ||
	    !json_find_string(raw, STR("content"), a, out))
		return err_set(e, ERR_INVALID, "the answer is not a chat "
		    "completion: its first choice has no text");
	if (out->n > REWORD_REPLY_MAX)
		return err_set(e, ERR_INVALID, "the reply has %zu bytes",
		    out->n);
	return 0;
}

/* The object in it: some think aloud first, some put it between fences. */
static struct str
object_of(struct str s)
{
	static const char end[] = "</think>";
	size_t at = str_find(s, str_from(end), 0);

	if (at != SIZE_MAX)
		s = str_from_index(s, at + sizeof(end) - 1);
	s = str_trim(s);
	if (str_has_prefix(s, STR("```"))) {
		at = str_find_byte(s, '\n', 0);
		s = at == SIZE_MAX ? STR("") : str_from_index(s, at + 1);
		if (str_has_suffix(s, STR("```")))
			s.n -= 3;
	}
	return str_trim(s);
}

int
reword_reply(struct str body, struct str response, struct arena *a,
    struct reworded *out, struct err *e)
{
	struct masked *m = arena_alloc(a, sizeof(*m));
	struct str said, title, text;

	*out = (struct reworded){ .is_shown = false };
	if (!m)
		return err_set(e, ERR_LIMIT, "wording: out of memory");
	if (reword_mask(body, a, m, e) ||
	    read_content(response, a, &said, e))
		return e->code;
	said = object_of(said);
	if (json_check(said, 0, e) ||
	    !json_find_string(said, STR("title"), a, &title) ||
	    !json_find_string(said, STR("text"), a, &text))
		return err_set(e, ERR_INVALID, "the reply is not a JSON "
		    "object with title and text");
	title = str_trim(title);
	text = str_trim(text);
	if (reword_check(m, title, text, e))
		return e->code;
	out->title = reword_unmask(m, title, a);
	out->text = reword_unmask(m, text, a);
	if (!out->title.p || !out->text.p)
		return err_set(e, ERR_LIMIT, "wording: out of memory");
	out->is_shown = true;
	return 0;
}

static void
fingerprint(struct str body, char of[OF_SIZE])
{
	uint64_t h = hash64(body);

	hex_encode(&h, sizeof(h), of);
}

void
reword_record(struct str body, const struct reworded *w, struct buf *b)
{
	struct json_writer j;
	char of[OF_SIZE];

	fingerprint(body, of);
	json_writer_init(&j, b);
	json_put_object(&j);
	json_member_cstr(&j, "of", of);
	json_member_str(&j, "model", w->model);
	json_member_bool(&j, "shown", w->is_shown);
	if (w->is_shown) {
		json_member_str(&j, "title", w->title);
		json_member_str(&j, "text", w->text);
	} else {
		json_member_bool(&j, "answered", w->is_answered);
		json_member_str(&j, "reason", w->reason);
	}
	json_put_object_end(&j);
}

bool
reword_read(struct str body, struct str record, struct arena *a,
    struct reworded *out)
{
	struct str shown, of, answered;
	char want[OF_SIZE];

	*out = (struct reworded){ .is_shown = false };
	fingerprint(body, want);
	if (!json_find_string(record, STR("of"), a, &of) ||
	    !str_is(of, want) || !json_find(record, STR("shown"), &shown) ||
	    !json_find_string(record, STR("model"), a, &out->model))
		return false;
	out->is_answered = str_is(shown, "true") || (json_find(record,
	    STR("answered"), &answered) && str_is(answered, "true"));
	if (!str_is(shown, "true"))
		return json_find_string(record, STR("reason"), a,
		    &out->reason);
	out->is_shown = json_find_string(record, STR("title"), a,
	    &out->title) && json_find_string(record, STR("text"), a,
	    &out->text);
	return out->is_shown;
}
