#include "intake/tcc_reserved.h"

/* Contract A9, and the routes of our own dashboard. */
static const char *const reserved_agents[] = {
	"runs", "sessions", "patterns", "recaps", "overview", "search",
	"failures", "feedback", "tools", "topics", "views", "settings",
	"mcp-and-api", "insights", "metrics", "models"
};

bool
tcc_agent_is_reserved(struct str agent)
{
	for (size_t i = 0; i < ARRAY_LEN(reserved_agents); i++)
		if (str_is(agent, reserved_agents[i]))
			return true;
	return false;
}

static const struct {
	struct str key;
	enum tcc_name name;
} names[] = {
	{ { "runId", 5 }, TCC_RUN_ID },
	{ { "run_id", 6 }, TCC_RUN_ID },
	{ { "sessionId", 9 }, TCC_SESSION_ID },
	{ { "session_id", 10 }, TCC_SESSION_ID },
	{ { "agent", 5 }, TCC_AGENT },
	{ { "userId", 6 }, TCC_USER_ID },
	{ { "userName", 8 }, TCC_USER_NAME },
	{ { "orgId", 5 }, TCC_ORG_ID },
	{ { "orgName", 7 }, TCC_ORG_NAME },
};

void
tcc_identity_set(struct tcc_identity *id, enum tcc_name name, struct str s,
    unsigned char rank)
{
	if (s.n == 0 || s.n > EVENT_ID_MAX || rank < id->rank[name])
		return;
	id->name[name] = s;
	id->rank[name] = rank;
	if (name != TCC_RUN_ID)
		id->said = true;
}

void
tcc_identity_set_conversational(struct tcc_identity *id, bool v,
    unsigned char rank)
{
	if (rank < id->rank[TCC_NAMES])
		return;
	id->conversational = v ? TCC_YES : TCC_NO;
	id->rank[TCC_NAMES] = rank;
	id->said = true;
}

static enum tcc_flag
flag_of(const struct value *v)
{
	if (v->type == VALUE_BOOL)
		return v->b ? TCC_YES : TCC_NO;
	if (v->type == VALUE_INT && (v->i == 0 || v->i == 1))
		return v->i ? TCC_YES : TCC_NO;
	if (v->type != VALUE_TEXT)
		return TCC_UNSAID;
	if (str_ieq(v->s, STR("true")) || str_is(v->s, "1"))
		return TCC_YES;
	if (str_ieq(v->s, STR("false")) || str_is(v->s, "0"))
		return TCC_NO;
	return TCC_UNSAID;
}

/* Ids are texts, but some senders have numbers for them. */
static struct str
text_of(const struct tcc_identity *id, const struct value *v)
{
	if (v->type == VALUE_TEXT)
		return v->s;
	if (v->type == VALUE_INT && id->arena)
		return arena_printf(id->arena, "%lld", (long long)v->i);
	return STR_NULL;
}

bool
tcc_identity_take(struct tcc_identity *id, struct str key,
    const struct value *v, unsigned char rank)
{
	if (!str_has_prefix(key, STR("tcc.")))
		return false;
	key = str_from_index(key, 4);
	if (str_is(key, "conversational")) {
		enum tcc_flag flag = flag_of(v);

		if (flag != TCC_UNSAID)
			tcc_identity_set_conversational(id, flag == TCC_YES,
			    rank);
		return true;
	}
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (str_eq(key, names[i].key))
			tcc_identity_set(id, names[i].name, text_of(id, v),
			    rank);
	return true;
}

void
tcc_identity_merge(struct tcc_identity *id, const struct tcc_identity *from)
{
	for (int i = 0; i < TCC_NAMES; i++)
		if (!id->name[i].p)
			id->name[i] = from->name[i];
	if (id->conversational == TCC_UNSAID)
		id->conversational = from->conversational;
	id->said |= from->said;
}

void
tcc_identity_put(const struct tcc_identity *id, struct event_builder *b)
{
	event_text(b, FIELD_RUN_session_id, id->name[TCC_SESSION_ID]);
	if (!tcc_agent_is_reserved(id->name[TCC_AGENT]))
		event_text(b, FIELD_RUN_agent, id->name[TCC_AGENT]);
	event_text(b, FIELD_RUN_user_id, id->name[TCC_USER_ID]);
	if (id->name[TCC_USER_ID].p)
		event_text(b, FIELD_RUN_user_name, id->name[TCC_USER_NAME]);
	event_text(b, FIELD_RUN_org_id, id->name[TCC_ORG_ID]);
	if (id->name[TCC_ORG_ID].p)
		event_text(b, FIELD_RUN_org_name, id->name[TCC_ORG_NAME]);
	if (id->conversational != TCC_UNSAID)
		event_bool(b, FIELD_RUN_conversational,
		    id->conversational == TCC_YES);
}
