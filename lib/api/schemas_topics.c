/* What answers about topics look like. */
#include "api/schemas.h"

#include "base/cc.h"

static const struct schema_row rows[] = {
	{ "TopicCounts", NULL, "Runs of a topic." },
	{ "run_count", "integer", NULL },
	{ "share_of_conversational", "number?", NULL },
	{ "errors", "integer", "Runs with status error." },
	{ "error_rate", "number?", NULL },
	{ "frustrated", "integer", "Runs that show user-frustration." },
	{ "frustration_rate", "number?", NULL },
	{ "task_failures", "integer",
	    "Runs that show task-failure-reported." },
	{ "task_failure_rate", "number?", NULL },

	{ "TopicDay", NULL, "One day." },
	{ "date", "string", NULL },
	{ "run_count", "integer", NULL },
	{ "errors", "integer", NULL },
	{ "frustrated", "integer", NULL },

	{ "TopicExample", NULL, "One of its latest prompts." },
	{ "run_id", "string", NULL },
	{ "start_time", "time?", NULL },
	{ "user_prompt", "string?", "Its first 512 bytes." },

	{ "Topic", NULL, "Something that users ask about." },
	{ "topic_id", "string", "Stays as the topic grows." },
	{ "name", "string", "Of the prompts' own words." },
	{ "parent_id", "string?", "The group that it belongs to." },
	{ "level", "integer", "2 if it has a parent, else 1." },
	{ "group", "boolean",
	    "It is a parent: its runs are those of its children." },
	{ "retired", "boolean", "Nobody asked about it lately." },
	{ "words", "string[]", "That tell it from the others." },
	{ "first_seen", "time?", NULL },
	{ "last_seen", "time?", "When the model was made." },
	{ "+", "TopicCounts", NULL },
	{ "previous", "TopicCounts",
	    "In the range before, which is as long." },
	{ "share_change", "number?", "Of share_of_conversational." },
	{ "series", "TopicDay[]?", NULL },
	{ "examples", "TopicExample[]", NULL },

	{ "TopicsSummary", NULL, "All conversations of the range." },
	{ "conversational", "integer", NULL },
	{ "unassigned", "integer", "Those that belong to no topic." },
	{ "unassigned_share", "number?", NULL },
	{ "model_time", "time?",
	    "When the topics were found; null: not yet, there are too few "
	    "conversations." },
	{ "model_prompts", "integer", "That they were found in." },
};

const struct schema_row *
schema_row_topics(size_t i)
{
	return i < ARRAY_LEN(rows) ? &rows[i] :
	    schema_row_insights(i - ARRAY_LEN(rows));
}
