/*
 * Messages spread over attributes, as OpenLLMetry and OpenInference have them:
 *
 *	gen_ai.prompt.0.role = "user"   gen_ai.prompt.0.content = "hi"
 *	llm.input_messages.0.message.role = …
 *
 * They become one attribute with [{"role","content"}], for whoever maps
 * prompts and answers; members other than these two stay where they are.
 */
#include "intake/otlp_node.h"
#include "json/json_write.h"

enum { MESSAGES_MAX = 1024 };

struct flat {
	struct str role;
	struct value content;
	bool is_there;
};

/* The index and what follows it ("role"), or false. */
static bool
cut_index(struct str rest, size_t *index, struct str *member)
{
	struct str digits = str_cut(&rest, '.');
	uint64_t n;

	if (!rest.p || !str_to_u64(digits, &n) || n >= MESSAGES_MAX)
		return false;
	if (str_has_prefix(rest, STR("message.")))
		rest = str_from_index(rest, 8);
	*index = (size_t)n;
	*member = rest;
	return str_is(rest, "role") || str_is(rest, "content");
}

static bool
collect_one(struct flat *v, const struct attr *attr, struct str prefix)
{
	struct str member;
	size_t i;

	if (!str_has_prefix(attr->key, prefix) ||
	    !cut_index(str_from_index(attr->key, prefix.n), &i, &member))
		return false;
	if (str_is(member, "role")) {
		if (attr->value.type != VALUE_TEXT)
			return false;
		v[i].role = attr->value.s;
	} else {
		v[i].content = attr->value;
	}
	v[i].is_there = true;
	return true;
}

static void
put_content(struct json_writer *w, const struct value *v)
{
	if (v->type == VALUE_TEXT)
		json_member_str(w, "content", v->s);
	else if (v->type == VALUE_JSON)
		json_member_raw(w, "content", v->s);
	else if (v->type == VALUE_INT)
		json_member_i64(w, "content", v->i);
	else if (v->type == VALUE_DOUBLE)
		json_member_double(w, "content", v->d);
	else if (v->type == VALUE_BOOL)
		json_member_bool(w, "content", v->b);
}

static struct str
write_messages(const struct flat *v, size_t n, struct arena *a)
{
	struct json_writer w;
	struct str out = STR_NULL;
	struct buf b;

	buf_init(&b, EVENT_BYTES_MAX);
	json_writer_init(&w, &b);
	json_put_array(&w);
	for (size_t i = 0; i < n; i++) {
		if (!v[i].is_there)
			continue;
		json_put_object(&w);
		if (v[i].role.p)
			json_member_str(&w, "role", v[i].role);
		put_content(&w, &v[i].content);
		json_put_object_end(&w);
	}
	json_put_array_end(&w);
	if (json_writer_done(&w))
		out = arena_str(a, buf_str(&b));
	buf_fini(&b);
	return out;
}

/* One more than the greatest index below the prefix; 0: there is none. */
static size_t
count_below(const struct otlp_node *n, struct str prefix)
{
	size_t count = 0;

	for (size_t i = 0; i < n->rest.n; i++) {
		struct str key = n->rest.v[i].key, member;
		size_t at;

		if (str_has_prefix(key, prefix) && cut_index(
		    str_from_index(key, prefix.n), &at, &member))
			count = MAX_OF(count, at + 1);
	}
	return count;
}

/* Takes what is below the prefix out of the rest. */
static int
gather(struct otlp_node *n, struct str prefix, enum otlp_slot slot,
    struct arena *a, struct err *e)
{
	size_t count = count_below(n, prefix), kept = 0;
	struct flat *v = arena_array(a, count, sizeof(*v));
	struct otlp_attr *attr = arena_alloc(a, sizeof(*attr));

	if (count == 0)
		return 0;
	if (!v || !attr)
		return err_set(e, ERR_LIMIT, "request: too much memory");
	for (size_t i = 0; i < n->rest.n; i++)
		if (!collect_one(v, &n->rest.v[i], prefix))
			n->rest.v[kept++] = n->rest.v[i];
	n->rest.n = kept;
	attr->key = str_of(prefix.p, prefix.n - 1);
	attr->value.type = OTLP_STRING;
	attr->value.s = write_messages(v, count, a);
	if (!attr->value.s.p)
		return err_set(e, ERR_LIMIT, "request: too much memory");
	n->slots[slot].attr = attr;
	return 0;
}

int
otlp_flat_read(struct otlp_node *n, struct arena *a, struct err *e)
{
	static const struct {
		struct str prefix;
		enum otlp_slot slot;
	} places[] = {
		{ { "gen_ai.prompt.", 14 }, SLOT_INPUT },
		{ { "llm.input_messages.", 19 }, SLOT_INPUT },
		{ { "gen_ai.completion.", 18 }, SLOT_OUTPUT },
		{ { "llm.output_messages.", 20 }, SLOT_OUTPUT },
	};

	for (size_t i = 0; i < ARRAY_LEN(places); i++)
		if (!n->slots[places[i].slot].attr &&
		    gather(n, places[i].prefix, places[i].slot, a, e))
			return e->code;
	return 0;
}
