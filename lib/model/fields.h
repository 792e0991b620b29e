#ifndef MODEL_FIELDS_H
#define MODEL_FIELDS_H

/*
 * The one table of what is known about each kind of entity.  From its rows
 * come the struct members (model/run.h), the wire form (model/event.h), the
 * JSON names of `weir cat`, and what a run's head keeps.
 *
 *	F(number, member, type, keep)
 *
 * number  the field on the wire and on disk: 1 to 63, never reused
 * member  struct member and JSON name
 * type    TEXT  struct str, absent when p is NULL
 *         BOOL  bool            INT  int64_t          NUM  double
 *         ANY   struct value: text or raw JSON, whatever the sender had
 *         KEYED struct attrs: one value a key, merged key by key
 * keep    HEAD     kept whole in the run's head, so that lists, rollups and
 *                  indexes never read the events
 *         PREVIEW  cut to HEAD_PREVIEW_BYTES in the head
 *         BODY     only in the events
 *
 * Times are ns since the epoch.  Status: see enum run_status.  Tokens: input
 * excludes what was read from or written to a cache.
 */
enum { HEAD_PREVIEW_BYTES = 512 };

/* A run: one execution of an agent, from input to final response (= trace). */
#define RUN_FIELDS(F) \
	F(1, session_id, TEXT, HEAD) \
	F(2, name, TEXT, HEAD) \
	F(3, agent, TEXT, HEAD) \
	F(4, user_id, TEXT, HEAD) \
	F(5, user_name, TEXT, HEAD) \
	F(6, org_id, TEXT, HEAD) \
	F(7, org_name, TEXT, HEAD) \
	F(8, conversational, BOOL, HEAD) \
	F(9, start_ns, INT, HEAD) \
	F(10, end_ns, INT, HEAD) \
	F(11, status, INT, HEAD) \
	F(12, status_message, TEXT, PREVIEW) \
	F(13, user_prompt, TEXT, PREVIEW) \
	F(14, system_prompt, TEXT, BODY) \
	F(15, full_input, ANY, BODY) \
	F(16, response, TEXT, PREVIEW) \
	F(17, full_output, ANY, BODY) \
	F(18, metadata, KEYED, BODY) \
	F(19, attributes, KEYED, BODY) \
	F(20, trace_id, TEXT, HEAD) \
	F(21, release, TEXT, BODY) \
	F(22, version, TEXT, BODY) \
	F(23, environment, TEXT, BODY) \
	F(24, tags, ANY, BODY) \
	F(25, public, BOOL, BODY) \
	/* The sender's totals, used only when no span reports its own. */ \
	F(30, input_tokens, INT, HEAD) \
	F(31, cached_tokens, INT, HEAD) \
	F(32, cache_write_tokens, INT, HEAD) \
	F(33, output_tokens, INT, HEAD) \
	F(34, reasoning_tokens, INT, HEAD) \
	F(35, cost_usd, NUM, HEAD) \
	F(36, model, TEXT, HEAD)

/* A span: a step (generation), tool call or other observation in a run. */
#define SPAN_FIELDS(F) \
	F(1, parent_id, TEXT, BODY) \
	F(2, type, INT, HEAD) \
	F(3, name, TEXT, HEAD) \
	F(4, start_ns, INT, HEAD) \
	F(5, end_ns, INT, HEAD) \
	F(6, first_token_ns, INT, HEAD) \
	F(7, status, INT, HEAD) \
	F(8, status_message, TEXT, BODY) \
	F(9, level, TEXT, BODY) \
	F(10, provider, TEXT, HEAD) \
	F(11, model_requested, TEXT, HEAD) \
	F(12, model_used, TEXT, HEAD) \
	F(13, input, ANY, BODY) \
	F(14, output, ANY, BODY) \
	F(15, finish_reason, TEXT, BODY) \
	F(16, input_tokens, INT, HEAD) \
	F(17, cached_tokens, INT, HEAD) \
	F(18, cache_write_tokens, INT, HEAD) \
	F(19, output_tokens, INT, HEAD) \
	F(20, reasoning_tokens, INT, HEAD) \
	F(21, cost_usd, NUM, HEAD) \
	F(22, tool_definitions, ANY, BODY) \
	F(23, model_parameters, ANY, BODY) \
	F(24, metadata, KEYED, BODY) \
	F(25, attributes, KEYED, BODY) \
	F(26, exception_type, TEXT, BODY) \
	F(27, exception_message, TEXT, BODY) \
	F(28, exception_stack, TEXT, BODY) \
	F(29, prompt_name, TEXT, BODY) \
	F(30, prompt_version, INT, BODY) \
	F(31, version, TEXT, BODY) \
	F(32, environment, TEXT, BODY) \
	/* Set by weir-store: what the span cost, and how that is known. */ \
	F(40, cost_pico_usd, INT, HEAD) \
	F(41, cost_source, INT, HEAD)

/* A score: user feedback or an evaluation, on a run, span or session. */
#define SCORE_FIELDS(F) \
	F(1, span_id, TEXT, BODY) \
	F(2, session_id, TEXT, BODY) \
	F(3, name, TEXT, HEAD) \
	F(4, data_type, TEXT, BODY) \
	F(5, value, NUM, HEAD) \
	F(6, string_value, TEXT, HEAD) \
	F(7, comment, TEXT, PREVIEW) \
	F(8, source, TEXT, HEAD) \
	F(9, time_ns, INT, HEAD) \
	F(10, metadata, KEYED, BODY)

/*
 * A verdict: classifier `version` has read the run as of revision `rev`, with
 * the custom patterns as they were at `patterns` (repo/custom.h) and the topics
 * as they were at `topics` (repo/topics.h), of which `topic` is the run's: its
 * id, behind "parent/" if it has one.  The same
 * revision is judged again when earlier turns of its session change, or on
 * request; `pass`, the number of the lease, tells such verdicts apart, and the
 * greater one is later.
 */
#define VERDICT_FIELDS(F) \
	F(1, version, INT, HEAD) \
	F(2, rev, INT, HEAD) \
	F(3, pass, INT, HEAD) \
	F(4, patterns, INT, HEAD) \
	F(5, topic, TEXT, HEAD) \
	F(6, topics, INT, HEAD)

/* A signal: a behavioural pattern that a verdict found in the run. */
#define SIGNAL_FIELDS(F) \
	F(1, version, INT, HEAD) \
	F(2, rev, INT, HEAD) \
	F(3, slug, TEXT, HEAD) \
	F(4, score, NUM, HEAD) \
	F(5, threshold, NUM, BODY) \
	F(6, severity, TEXT, HEAD) \
	F(7, role, TEXT, BODY) \
	F(8, span_id, TEXT, BODY) \
	F(9, evidence_start, INT, BODY) \
	F(10, evidence_end, INT, BODY) \
	F(11, evidence, TEXT, PREVIEW) \
	F(12, reason, TEXT, BODY) \
	F(13, pass, INT, HEAD) \
	/* Of the custom pattern's definition. */ \
	F(14, revision, INT, HEAD)

/* A failure: one error of the run or of a tool call, with its group's id. */
#define FAILURE_FIELDS(F) \
	F(1, version, INT, HEAD) \
	F(2, rev, INT, HEAD) \
	F(3, failure_id, TEXT, HEAD) \
	F(4, entity_type, TEXT, HEAD) \
	F(5, span_id, TEXT, BODY) \
	F(6, name, TEXT, HEAD) \
	F(7, template, TEXT, PREVIEW) \
	F(8, message, TEXT, BODY) \
	F(9, time_ns, INT, HEAD) \
	F(10, pass, INT, HEAD)

/* A change of a failure group's status, made by a person. */
#define FAILURE_CHANGE_FIELDS(F) \
	F(1, status, TEXT, BODY) \
	F(2, resolved_in, TEXT, BODY) \
	F(3, note, TEXT, BODY) \
	F(4, time_ns, INT, BODY)

/* A periodic insight: what changed between from_ns and to_ns. */
#define INSIGHT_FIELDS(F) \
	F(1, period, TEXT, BODY) \
	F(2, from_ns, INT, BODY) \
	F(3, to_ns, INT, BODY) \
	F(4, title, TEXT, BODY) \
	F(5, severity, TEXT, BODY) \
	F(6, body, ANY, BODY) \
	F(7, created_ns, INT, BODY) \
	/* Other words for title and text: insight/reword.h. */ \
	F(8, wording, ANY, BODY)

/* A custom pattern (detect/custom.h); its id is the slug. */
#define PATTERN_FIELDS(F) \
	F(1, definition, ANY, BODY) \
	F(2, enabled, BOOL, BODY) \
	F(3, deleted, BOOL, BODY) \
	F(4, created_ns, INT, BODY) \
	F(5, changed_ns, INT, BODY)

/* A model of what people ask about (topic/topic.h, repo/topics.h). */
#define TOPICS_FIELDS(F) \
	F(1, definition, ANY, BODY) \
	F(2, created_ns, INT, BODY) \
	F(3, generation, INT, BODY)

#endif
