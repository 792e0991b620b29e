#include "model/searchable.h"

#include "json/json_read.h"

const struct query_field searchable_fields[] = {
	{ "prompt", 1 << SEARCHABLE_PROMPT, 0 },
	{ "response", 1 << SEARCHABLE_RESPONSE, 0 },
	{ "error", 1 << SEARCHABLE_ERROR, 0 },
	{ "feedback", 1 << SEARCHABLE_FEEDBACK, 0 },
	{ "arguments", 1 << SEARCHABLE_ARGUMENTS, 0 },
	{ "args", 1 << SEARCHABLE_ARGUMENTS, 0 },
	{ "results", 1 << SEARCHABLE_RESULTS, 0 },
	{ "result", 1 << SEARCHABLE_RESULTS, 0 },
	{ "agent", 0, KEYWORD_AGENT }, { "user", 0, KEYWORD_USER },
	{ "user_id", 0, KEYWORD_USER }, { "org", 0, KEYWORD_ORG },
	{ "org_id", 0, KEYWORD_ORG }, { "session", 0, KEYWORD_SESSION },
	{ "session_id", 0, KEYWORD_SESSION }, { "tool", 0, KEYWORD_TOOL },
	{ "model", 0, KEYWORD_MODEL }, { "status", 0, KEYWORD_STATUS },
	{ "pattern", 0, KEYWORD_PATTERN },
	{ "conversational", 0, KEYWORD_CONVERSATIONAL },
	{ NULL, 0, 0 }
};

const char *
searchable_field_name(unsigned field)
{
	static const char *const names[SEARCHABLE_FIELDS] = { "prompt",
		"response", "error", "feedback", "arguments", "results" };

	return field < SEARCHABLE_FIELDS ? names[field] : NULL;
}

/* Where texts go to. */
struct sink {
	bool (*fn)(void *arg, enum searchable_field field,
	    const struct span *span, struct str text);
	void *arg;
	const struct span *span;
	bool is_full;           /* wants no more */
};

static void
give(struct sink *s, enum searchable_field field, struct str text)
{
	if (text.n && !s->is_full)
		s->is_full = !s->fn(s->arg, field, s->span, text);
}

enum { STRINGS_BYTES_MAX = 4 << 20 };

/* Keys and strings of a JSON text; false if it is none. */
static bool
give_json(struct sink *s, enum searchable_field field, struct str raw)
{
	struct err e = ERR_INIT;
	struct arena *a;
	struct json_reader r;
	struct json_token t;

	if (json_check(raw, 0, &e))
		return false;
	a = arena_new(STRINGS_BYTES_MAX);
	json_reader_init(&r, raw, a, 0);
	while (!s->is_full && json_next(&r, &t, &e) == 0 &&
	    t.type != JSON_END) {
		if (t.type == JSON_STRING || t.type == JSON_KEY)
			give(s, field, t.s);
		else if (t.type == JSON_INT || t.type == JSON_UINT ||
		    t.type == JSON_DOUBLE)
			give(s, field, t.raw);
	}
	arena_free(a);
	return true;
}

/* Tools often take and give JSON as text. */
static void
give_value(struct sink *s, enum searchable_field field,
    const struct value *v)
{
	struct str text;

	/* Megabytes of JSON are not read for nothing. */
	if (s->is_full || (v->type != VALUE_TEXT && v->type != VALUE_JSON))
		return;
	text = str_trim(v->s);
	if ((v->type == VALUE_JSON || (text.n && (text.p[0] == '{' ||
	    text.p[0] == '['))) && give_json(s, field, text))
		return;
	give(s, field, text);
}

static void
give_errors(struct sink *s, const struct run *run)
{
	s->span = NULL;
	if (run->status == STATUS_ERROR)
		give(s, SEARCHABLE_ERROR, run->status_message);
	for (size_t i = 0; i < run_count(run, EVENT_SPAN); i++) {
		const struct span *span = run_span(run, i);

		s->span = span;
		if (span->status == STATUS_ERROR)
			give(s, SEARCHABLE_ERROR, span->status_message);
		give(s, SEARCHABLE_ERROR, span->exception_type);
		if (!str_eq(span->exception_message, span->status_message))
			give(s, SEARCHABLE_ERROR, span->exception_message);
	}
}

void
searchable_each(const struct run *run, bool (*fn)(void *arg,
    enum searchable_field field, const struct span *span, struct str text),
    void *arg)
{
	struct sink s = { fn, arg, NULL, false };

	give(&s, SEARCHABLE_PROMPT, run->user_prompt);
	give(&s, SEARCHABLE_RESPONSE, run->response);
	give_errors(&s, run);
	s.span = NULL;
	for (size_t i = 0; i < run_count(run, EVENT_SCORE); i++)
		give(&s, SEARCHABLE_FEEDBACK, run_score(run, i)->comment);
	for (size_t i = 0; i < run_count(run, EVENT_SPAN); i++) {
		const struct span *span = run_span(run, i);

		if (span->type != SPAN_TOOL)
			continue;
		s.span = span;
		give_value(&s, SEARCHABLE_ARGUMENTS, &span->input);
		give_value(&s, SEARCHABLE_RESULTS, &span->output);
	}
}

static bool
add_text(void *arg, enum searchable_field field, const struct span *span,
    struct str text)
{
	/* Words up to which a text of a field is taken; 0: all. */
	static const uint16_t limits[SEARCHABLE_FIELDS] = {
		[SEARCHABLE_PROMPT] = 3 * (DOCUMENT_WORDS_MAX / 4),
		[SEARCHABLE_RESPONSE] = 7 * (DOCUMENT_WORDS_MAX / 8),
		[SEARCHABLE_ERROR] = 15 * (DOCUMENT_WORDS_MAX / 16) };

	(void)span;
	document_limit(arg, limits[field] ? limits[field] :
	    DOCUMENT_WORDS_MAX);
	document_add_text(arg, field, text);
	return document_words(arg) < DOCUMENT_WORDS_MAX;
}

/* The rest is for the patterns that a verdict finds. */
enum { NAMES_MAX = DOCUMENT_KEYWORDS_MAX - 64 };

void
searchable_run(struct document *d, const struct run *run)
{
	document_add_keyword(d, KEYWORD_AGENT, run->agent);
	document_add_keyword(d, KEYWORD_USER, run->user_id);
	document_add_keyword(d, KEYWORD_ORG, run->org_id);
	document_add_keyword(d, KEYWORD_SESSION, run->session_id);
	document_add_keyword(d, KEYWORD_STATUS,
	    run->status == STATUS_ERROR ? STR("error") : STR("ok"));
	document_add_keyword(d, KEYWORD_CONVERSATIONAL,
	    run->conversational ? STR("true") : STR("false"));
	document_add_keyword(d, KEYWORD_MODEL, run->model);
	for (size_t i = 0; i < run_count(run, EVENT_SPAN) &&
	    document_keywords(d) < NAMES_MAX; i++) {
		const struct span *span = run_span(run, i);

		if (span->type == SPAN_TOOL)
			document_add_keyword(d, KEYWORD_TOOL, span->name);
		else if (span_is_billed(span))
			document_add_keyword(d, KEYWORD_MODEL,
			    span_model(span));
	}
	searchable_each(run, add_text, d);
}

void
searchable_signal(struct document *d, struct str slug)
{
	document_add_keyword(d, KEYWORD_PATTERN, slug);
}
