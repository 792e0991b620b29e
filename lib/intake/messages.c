#include "intake/messages.h"

#include "json/json_read.h"

enum { NESTING_MAX = 8 };

struct reading {
	struct json_reader r;
	struct arena *arena;
	struct messages *m;
	struct err e;
	unsigned nesting;
};

struct message {
	struct str role;
	struct str text;
	bool other;             /* has parts that are not text */
};

static void
add_text(struct reading *g, struct message *msg, struct str s)
{
	size_t n = msg->text.n;
	char *joined;

	if (n == 0) {
		msg->text = s;
		return;
	}
	joined = arena_alloc(g->arena, n + 1 + s.n);
	if (!joined)
		return;
	memcpy(joined, msg->text.p, n);
	joined[n] = '\n';
	if (s.n)
		memcpy(joined + n + 1, s.p, s.n);
	msg->text = str_of(joined, n + 1 + s.n);
}

static int read_content(struct reading *g, struct message *msg);

/* One part of a content: {type: "text", text | content}. */
static int
read_part(struct reading *g, struct message *msg)
{
	struct str key, type = STR("text"), text = STR_NULL, s;
	int rc;

	if (json_object(&g->r, &g->e))
		return g->e.code;
	while ((rc = json_object_next(&g->r, &key, &g->e)) > 0) {
		if (json_peek(&g->r) != JSON_STRING)
			continue;
		if (!str_is(key, "type") && !str_is(key, "text") &&
		    !str_is(key, "content"))
			continue;
		if (json_read_string(&g->r, &s, &g->e))
			return g->e.code;
		if (str_is(key, "type"))
			type = s;
		else
			text = s;
	}
	if (text.p && (str_is(type, "text") || str_is(type, "input_text") ||
	    str_is(type, "output_text")))
		add_text(g, msg, text);
	else
		msg->other = true;
	return rc;
}

static int
read_content(struct reading *g, struct message *msg)
{
	struct str s;
	int rc;

	switch ((int)json_peek(&g->r)) {
	case JSON_STRING:
		if (json_read_string(&g->r, &s, &g->e))
			return g->e.code;
		add_text(g, msg, s);
		return 0;
	case JSON_OBJECT:
		return read_part(g, msg);
	case JSON_ARRAY:
		break;
	default:
		return json_skip_value(&g->r, NULL, &g->e);
	}
	if (json_array(&g->r, &g->e))
		return g->e.code;
	while ((rc = json_array_next(&g->r, &g->e)) > 0) {
		if (json_peek(&g->r) == JSON_ARRAY)
			rc = json_skip_value(&g->r, NULL, &g->e);
		else
			rc = read_content(g, msg);
		if (rc)
			return rc;
	}
	return rc;
}

static bool
role_is(struct str role, const char *a, const char *b, const char *c)
{
	return str_is(role, a) || str_is(role, b) || str_is(role, c);
}

static bool
is_role(struct str s)
{
	return role_is(s, "user", "human", "system") ||
	    role_is(s, "assistant", "ai", "tool") ||
	    role_is(s, "developer", "model", "function") ||
	    str_is(s, "AIMessageChunk");
}

static void
take_message(struct reading *g, const struct message *msg)
{
	struct messages *m = g->m;

	if (!msg->role.p) {
		if (msg->text.p)
			m->text = msg->text;
		return;
	}
	m->n++;
	m->only_text = m->only_text && !msg->other;
	if (msg->text.n == 0)
		return;
	if (role_is(msg->role, "user", "human", "user"))
		m->user = msg->text;
	else if (role_is(msg->role, "system", "developer", "system")) {
		if (!m->system.p)
			m->system = msg->text;
	} else if (role_is(msg->role, "assistant", "ai", "model") ||
	    str_is(msg->role, "AIMessageChunk"))
		m->assistant = msg->text;
}

static int read_any(struct reading *g, struct message *up);

/* Members that lead on to messages. */
static bool
leads_on(struct str key)
{
	static const char *const names[] = {
		"messages", "prompt", "input", "inputs", "outputs", "output",
		"kwargs", "query", "question", "generations", "message",
		"answer", "response", "result"
	};

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (str_is(key, names[i]))
			return true;
	return false;
}

static int
read_member(struct reading *g, struct str key, struct message *msg)
{
	struct str s;

	if (str_is(key, "content") || str_is(key, "parts"))
		return read_content(g, msg);
	if (str_is(key, "role") || str_is(key, "type")) {
		if (json_peek(&g->r) != JSON_STRING)
			return 0;
		if (json_read_string(&g->r, &s, &g->e))
			return g->e.code;
		if (is_role(s))
			msg->role = s;
		return 0;
	}
	if (str_is(key, "system") && json_peek(&g->r) == JSON_STRING)
		return json_read_string(&g->r, &g->m->system, &g->e);
	if (str_is(key, "tool_calls") || str_is(key, "toolCalls"))
		msg->other = true;
	if (leads_on(key))
		return read_any(g, msg);
	return 0;
}

static int
read_object(struct reading *g, struct message *up, bool is_kwargs)
{
	struct message own = { 0 }, *msg = is_kwargs ? up : &own;
	struct str key;
	int rc;

	if (json_object(&g->r, &g->e))
		return g->e.code;
	while ((rc = json_object_next(&g->r, &key, &g->e)) > 0) {
		if (str_is(key, "kwargs") &&
		    json_peek(&g->r) == JSON_OBJECT &&
		    ++g->nesting < NESTING_MAX) {
			rc = read_object(g, msg, true);
			g->nesting--;
		} else
			rc = read_member(g, key, msg);
		if (rc)
			return rc;
	}
	if (rc == 0 && !is_kwargs)
		take_message(g, &own);
	return rc;
}

static int
read_any(struct reading *g, struct message *up)
{
	struct message text = { 0 };
	int rc = 0;

	if (json_peek(&g->r) == JSON_STRING) {
		rc = read_content(g, &text);
		take_message(g, &text);
		return rc;
	}
	if (g->nesting == NESTING_MAX)
		return json_skip_value(&g->r, NULL, &g->e);
	g->nesting++;
	if (json_peek(&g->r) == JSON_OBJECT)
		rc = read_object(g, up, false);
	else if (json_peek(&g->r) == JSON_ARRAY) {
		if (json_array(&g->r, &g->e))
			return g->e.code;
		while ((rc = json_array_next(&g->r, &g->e)) > 0)
			if ((rc = read_any(g, up)))
				return rc;
	} else
		rc = json_skip_value(&g->r, NULL, &g->e);
	g->nesting--;
	return rc;
}

bool
messages_read(struct str json, struct arena *a, struct messages *m)
{
	struct reading g = { .arena = a, .m = m };
	struct message up = { 0 };
	struct str s = str_trim(json);

	*m = (struct messages){ .only_text = true };
	if (s.n && (s.p[0] == '[' || s.p[0] == '{')) {
		json_reader_init(&g.r, s, a, 0);
		if (read_any(&g, &up) == 0 && json_end(&g.r, &g.e) == 0)
			return true;
	}
	*m = (struct messages){ .text = json, .only_text = true };
	return false;
}
