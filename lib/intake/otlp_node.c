/* A span's attributes: what they mean, and what is left over. */
#include "intake/otlp_node.h"

#include <math.h>

#include "json/json_read.h"

/* Below these, senders put what they want to say about the run. */
static const struct {
	struct str prefix;
	unsigned char rank;
} places[] = {
	{ { "ai.telemetry.metadata.", 22 }, 3 },
	{ { "ai.settings.context.", 20 }, 3 },
	{ { "traceloop.association.properties.", 33 }, 3 },
	{ { "langsmith.metadata.", 19 }, 3 },
	{ { "metadata.", 9 }, 3 },
};

enum { RANK_CONVENTION = 1, RANK_METADATA_JSON = 2, RANK_BARE = 4 };

int
otlp_keyed_add(struct otlp_keyed *k, struct str key, struct value v,
    struct arena *a, struct err *e)
{
	struct attr *more = arena_more(a, k->v, k->n, &k->cap, sizeof(*more));

	if (!more)
		return err_set(e, ERR_LIMIT, "request: too much memory");
	k->v = more;
	/* A key that is absent is the empty one. */
	more[k->n++] = (struct attr){ key.p ? key : STR(""), v };
	return 0;
}

static bool
json_of(const struct otlp_value *v, struct arena *a, struct str *out)
{
	struct buf b;

	buf_init(&b, EVENT_BYTES_MAX);
	otlp_value_to_json(&b, v);
	*out = b.failed ? STR_NULL : arena_str(a, buf_str(&b));
	buf_fini(&b);
	return out->p != NULL;
}

bool
otlp_value_take(const struct otlp_value *v, struct arena *a,
    struct value *out)
{
	switch (v->type) {
	case OTLP_NONE:
		return false;
	case OTLP_STRING:
		*out = (struct value){ .type = VALUE_TEXT, .s = v->s };
		return true;
	case OTLP_BOOL:
		*out = (struct value){ .type = VALUE_BOOL, .b = v->b };
		return true;
	case OTLP_INT:
		*out = (struct value){ .type = VALUE_INT, .i = v->i };
		return true;
	case OTLP_DOUBLE:
		*out = (struct value){ .type = VALUE_DOUBLE, .d = v->d };
		if (isfinite(v->d))
			return true;
		break;
	case OTLP_BYTES:
	case OTLP_ARRAY:
	case OTLP_KVLIST:
		break;
	}
	out->type = VALUE_JSON;
	return json_of(v, a, &out->s);
}

static bool
same_value(const struct otlp_value *a, const struct otlp_value *b)
{
	if (a->type != b->type)
		return false;
	if (a->type == OTLP_STRING)
		return str_eq(a->s, b->s);
	return a->type == OTLP_INT && a->i == b->i;
}

static int
keep(struct otlp_node *n, const struct otlp_attr *attr, struct arena *a,
    struct err *e)
{
	struct value v;

	if (!otlp_value_take(&attr->value, a, &v))
		return 0;
	return otlp_keyed_add(&n->rest, attr->key, v, a, e);
}

/* The better name of a thing gets the slot; another that says the same is not
 * kept twice. */
static int
fill_slot(struct otlp_node *n, const struct otlp_slot_name *row,
    const struct otlp_attr *attr, struct arena *a, struct err *e)
{
	struct otlp_slot_value *slot = &n->slots[row->slot];
	const struct otlp_attr *loser = attr;

	if (!slot->attr || row->rank <= slot->rank) {
		loser = slot->attr;
		slot->attr = attr;
		slot->rank = row->rank;
	}
	if (!loser || same_value(&loser->value, &slot->attr->value) ||
	    str_eq(loser->key, slot->attr->key))
		return 0;
	return keep(n, loser, a, e);
}

/* A member of the run's metadata, reserved or the sender's own. */
static int
take_metadata(struct otlp_node *n, struct str key, const struct value *v,
    unsigned char rank, struct arena *a, struct err *e)
{
	if (tcc_identity_take(&n->identity, key, v, rank))
		return 0;
	return otlp_keyed_add(&n->metadata, key, *v, a, e);
}

static int
take_plain(struct otlp_node *n, const struct otlp_attr *attr,
    struct arena *a, struct err *e)
{
	struct value v;

	if (!otlp_value_take(&attr->value, a, &v))
		return 0;
	if (tcc_identity_take(&n->identity, attr->key, &v, RANK_BARE))
		return 0;
	for (size_t i = 0; i < ARRAY_LEN(places); i++)
		if (str_has_prefix(attr->key, places[i].prefix))
			return take_metadata(n, str_from_index(attr->key,
			    places[i].prefix.n), &v, places[i].rank, a, e);
	return otlp_keyed_add(&n->rest, attr->key, v, a, e);
}

/* OpenInference has all metadata as one JSON text. */
static int
take_metadata_json(struct otlp_node *n, struct arena *a, struct err *e)
{
	struct str text = otlp_slot_look(n, SLOT_METADATA), key;
	struct json_reader r;
	struct json_token t;
	struct err bad = ERR_INIT;

	if (json_check(text, 0, &bad))
		return 0;
	json_reader_init(&r, text, a, 0);
	if (json_object(&r, &bad))
		return 0;
	otlp_slot_use(n, SLOT_METADATA);
	while (json_object_next(&r, &key, &bad) > 0) {
		struct value v = { .type = VALUE_JSON };

		if (json_read_value(&r, &t, &bad))
			return err_set(e, ERR_LIMIT,
			    "request: too much memory");
		v.s = intake_json_min(t.raw, a);
		if (t.type == JSON_STRING)
			v = (struct value){ .type = VALUE_TEXT, .s = t.s };
		else if (t.type == JSON_BOOL)
			v = (struct value){ .type = VALUE_BOOL, .b = t.b };
		else if (t.type == JSON_INT)
			v = (struct value){ .type = VALUE_INT, .i = t.i };
		if (take_metadata(n, key, &v, RANK_METADATA_JSON, a, e))
			return e->code;
	}
	return 0;
}

struct str
otlp_slot_look(const struct otlp_node *n, enum otlp_slot slot)
{
	const struct otlp_attr *attr = n->slots[slot].attr;

	return attr && attr->value.type == OTLP_STRING ? attr->value.s :
	    STR_NULL;
}

void
otlp_slot_use(struct otlp_node *n, enum otlp_slot slot)
{
	n->slots[slot].used = true;
}

struct str
otlp_slot_text(struct otlp_node *n, enum otlp_slot slot)
{
	struct str s = otlp_slot_look(n, slot);

	if (s.p)
		otlp_slot_use(n, slot);
	return s;
}

bool
otlp_slot_number(struct otlp_node *n, enum otlp_slot slot, double *out)
{
	const struct otlp_attr *attr = n->slots[slot].attr;
	double d;

	if (!attr)
		return false;
	if (attr->value.type == OTLP_INT)
		d = (double)attr->value.i;
	else if (attr->value.type == OTLP_DOUBLE)
		d = attr->value.d;
	else if (attr->value.type != OTLP_STRING ||
	    !str_to_double(attr->value.s, &d))
		return false;
	if (!(d >= 0) || d > 1e15)
		return false;
	otlp_slot_use(n, slot);
	*out = d;
	return true;
}

bool
otlp_slot_count(struct otlp_node *n, enum otlp_slot slot, int64_t *out)
{
	bool was_used = n->slots[slot].used;
	double d;

	if (!otlp_slot_number(n, slot, &d))
		return false;
	if (d != trunc(d)) {
		n->slots[slot].used = was_used;
		return false;
	}
	*out = (int64_t)d;
	return true;
}

bool
otlp_slot_value(struct otlp_node *n, enum otlp_slot slot, struct arena *a,
    struct value *out)
{
	const struct otlp_attr *attr = n->slots[slot].attr;

	if (!attr || attr->value.type == OTLP_NONE)
		return false;
	*out = (struct value){ .type = VALUE_TEXT };
	if (attr->value.type == OTLP_STRING) {
		out->s = attr->value.s;
	} else {
		out->type = VALUE_JSON;
		if (!json_of(&attr->value, a, &out->s))
			return false;
	}
	otlp_slot_use(n, slot);
	return true;
}

struct word {
	const char *word;
	int64_t type;
};

static int64_t
find_word(const struct word *words, size_t n, struct str s)
{
	for (size_t i = 0; i < n; i++)
		if (str_ieq(s, str_from(words[i].word)))
			return words[i].type;
	return -1;
}

static const struct word tcc_types[] = {
	{ "operation", SPAN_AGENT }, { "languageModel", SPAN_GENERATION },
	{ "tool", SPAN_TOOL }, { "embedding", SPAN_EMBEDDING },
	{ "reranking", SPAN_RERANKING }
};

static const struct word openinference_kinds[] = {
	{ "LLM", SPAN_GENERATION }, { "CHAIN", SPAN_CHAIN },
	{ "RETRIEVER", SPAN_RETRIEVER }, { "EMBEDDING", SPAN_EMBEDDING },
	{ "AGENT", SPAN_AGENT }, { "TOOL", SPAN_TOOL },
	{ "GUARDRAIL", SPAN_GUARDRAIL }, { "EVALUATOR", SPAN_EVALUATOR },
	{ "RERANKER", SPAN_RERANKING }
};

static const struct word operations[] = {
	{ "chat", SPAN_GENERATION }, { "execute_tool", SPAN_TOOL },
	{ "invoke_agent", SPAN_AGENT }, { "agent_step", SPAN_CHAIN },
	{ "completion", SPAN_GENERATION },
	{ "text_completion", SPAN_GENERATION },
	{ "generate_content", SPAN_GENERATION },
	{ "generate", SPAN_GENERATION }, { "embeddings", SPAN_EMBEDDING },
	{ "rerank", SPAN_RERANKING }, { "retrieval", SPAN_RETRIEVER },
	{ "create_agent", SPAN_AGENT }, { "invoke_workflow", SPAN_CHAIN }
};

static const struct word traceloop_kinds[] = {
	{ "workflow", SPAN_CHAIN }, { "task", SPAN_CHAIN },
	{ "agent", SPAN_AGENT }, { "tool", SPAN_TOOL }
};

static const struct word request_types[] = {
	{ "chat", SPAN_GENERATION }, { "completion", SPAN_GENERATION },
	{ "embedding", SPAN_EMBEDDING }, { "rerank", SPAN_RERANKING }
};

/* AI SDK 5 and 6 say it in the name. */
static int64_t
ai_type(struct str name, bool *is_operation)
{
	if (str_has_suffix(name, STR(".doGenerate")) ||
	    str_has_suffix(name, STR(".doStream")))
		return SPAN_GENERATION;
	if (str_has_suffix(name, STR(".doEmbed")))
		return SPAN_EMBEDDING;
	if (str_has_suffix(name, STR(".doRerank")))
		return SPAN_RERANKING;
	if (str_is(name, "ai.toolCall"))
		return SPAN_TOOL;
	*is_operation = str_has_prefix(name, STR("ai.generate")) ||
	    str_has_prefix(name, STR("ai.stream")) ||
	    str_has_prefix(name, STR("ai.embed")) ||
	    str_is(name, "ai.rerank");
	return *is_operation ? SPAN_AGENT : -1;
}

static int64_t
word_type(struct otlp_node *n, enum otlp_slot slot, const struct word *words,
    size_t nwords)
{
	struct str s = otlp_slot_look(n, slot);
	int64_t type = s.p ? find_word(words, nwords, s) : -1;

	if (type >= 0)
		otlp_slot_use(n, slot);
	return type;
}

static int64_t
node_type(struct otlp_node *n)
{
	struct str ai = otlp_slot_look(n, SLOT_AI_OPERATION);
	int64_t t;

	if ((t = word_type(n, SLOT_TCC_TYPE, tcc_types,
	    ARRAY_LEN(tcc_types))) >= 0) {
		n->is_operation = t == SPAN_AGENT;
		(void)word_type(n, SLOT_OPERATION, operations,
		    ARRAY_LEN(operations));
		return t;
	}
	otlp_slot_use(n, SLOT_TCC_TYPE);
	if ((t = word_type(n, SLOT_OPENINFERENCE_KIND, openinference_kinds,
	    ARRAY_LEN(openinference_kinds))) >= 0)
		return t;
	if ((t = word_type(n, SLOT_OPERATION, operations,
	    ARRAY_LEN(operations))) >= 0) {
		n->is_operation = t == SPAN_AGENT;
		return t;
	}
	if (!ai.p)
		ai = n->span->name;
	if (str_has_prefix(ai, STR("ai.")) &&
	    (t = ai_type(ai, &n->is_operation)) >= 0)
		return t;
	if ((t = word_type(n, SLOT_TRACELOOP_KIND, traceloop_kinds,
	    ARRAY_LEN(traceloop_kinds))) >= 0)
		return t;
	if ((t = word_type(n, SLOT_REQUEST_TYPE, request_types,
	    ARRAY_LEN(request_types))) >= 0)
		return t;
	if (n->slots[SLOT_TOOL_ID].attr || n->slots[SLOT_TOOL_ARGS].attr)
		return SPAN_TOOL;
	if (n->slots[SLOT_MODEL_REQUESTED].attr ||
	    n->slots[SLOT_MODEL_USED].attr)
		return SPAN_GENERATION;
	return SPAN_SPAN;
}

/* The names of the AI SDK's operations repeat the span's name. */
static void
drop_repeated_names(struct otlp_node *n)
{
	if (str_eq(otlp_slot_look(n, SLOT_AI_OPERATION), n->span->name))
		otlp_slot_use(n, SLOT_AI_OPERATION);
	if (str_eq(otlp_slot_look(n, SLOT_AI_OPERATION_NAME), n->span->name))
		otlp_slot_use(n, SLOT_AI_OPERATION_NAME);
}

int
otlp_node_read(struct otlp_node *n, struct arena *a, struct err *e)
{
	const struct otlp_attrs *attrs = &n->span->attrs;

	n->identity.arena = a;
	for (size_t i = 0; i < attrs->n; i++) {
		const struct otlp_attr *attr = &attrs->v[i];
		const struct otlp_slot_name *row = otlp_slot_find(attr->key);

		if (row ? fill_slot(n, row, attr, a, e) :
		    take_plain(n, attr, a, e))
			return e->code;
	}
	if (n->slots[SLOT_METADATA].attr && take_metadata_json(n, a, e))
		return e->code;
	tcc_identity_set(&n->identity, TCC_SESSION_ID,
	    otlp_slot_text(n, SLOT_SESSION), RANK_CONVENTION);
	tcc_identity_set(&n->identity, TCC_USER_ID,
	    otlp_slot_text(n, SLOT_USER), RANK_CONVENTION);
	n->type = node_type(n);
	drop_repeated_names(n);
	return n->type == SPAN_GENERATION ? otlp_flat_read(n, a, e) : 0;
}
