/*
 * The one table of what the API serves.
 *
 *	R(method, pattern, access, parameters, handler, result, summary)
 *
 * access: API_OPEN (no key), API_READ, API_ALL (a key of scope all).
 * result: a schema of schemas.json; [] after it means a list of them, and
 * another behind a blank that of the member "summary".
 * No include guard: whoever includes this defines API_ROUTES' R.
 */
#ifndef API_ROUTES_H
#define API_ROUTES_H

#define API_ROUTES(R) \
	R(GET, "/", API_OPEN, 0, home_get, "", \
	    "A page of pointers.") \
	R(GET, "/openapi.json", API_OPEN, 0, openapi_get, "", \
	    "This document.") \
	R(GET, "/v1/runs", API_READ, PARAM_SOURCE_REQUIRED | PARAM_RANGE | \
	    PARAM_LIMIT | PARAM_OFFSET | PARAM_STATUS | PARAM_SESSION | \
	    PARAM_IDENTITY, runs_list, "RunRow[]", \
	    "Runs, newest first.") \
	R(GET, "/v1/runs/:id", API_READ, PARAM_SOURCE_REQUIRED, runs_get, \
	    "Run", "One run with all its steps and tool calls.") \
	R(GET, "/v1/sessions", API_READ, PARAM_SOURCE | PARAM_RANGE | \
	    PARAM_LIMIT | PARAM_OFFSET | PARAM_IDENTITY, sessions_list, \
	    "SessionRow[]", "Sessions, latest activity first.") \
	R(GET, "/v1/sessions/:id", API_READ, PARAM_SOURCE | \
	    PARAM_LIMIT_ALL | PARAM_OFFSET, sessions_get, "Session", \
	    "One session: messages, patterns, tool calls, runs.") \
	R(GET, "/v1/metrics", API_READ, PARAM_SOURCE | PARAM_RANGE | \
	    PARAM_AGENT | PARAM_TZ, metrics_get, "Metrics", \
	    "Runs, errors, duration, tokens and cost, in all and by day.") \
	R(GET, "/v1/models", API_READ, PARAM_SOURCE | PARAM_RANGE | \
	    PARAM_LIMIT_ALL | PARAM_OFFSET | PARAM_TZ, models_list, \
	    "Model[]", "Usage by model, most calls first.") \
	R(GET, "/v1/tools", API_READ, PARAM_SOURCE | PARAM_RANGE | \
	    PARAM_LIMIT_ALL | PARAM_OFFSET | PARAM_TZ, tools_list, \
	    "Tool[]", "Usage by tool, most calls first.") \
	R(GET, "/v1/failures", API_READ, PARAM_SOURCE | PARAM_RANGE | \
	    PARAM_LIMIT | PARAM_OFFSET | PARAM_FAILURE_ORDER | \
	    PARAM_ENTITY_TYPE | PARAM_FAILURE_STATUS, failures_list, \
	    "FailureRow[]", "Groups of errors that occurred in the range.") \
	R(GET, "/v1/failures/:id", API_READ, PARAM_SOURCE | \
	    PARAM_RANGE_OPTIONAL, failures_get, "Failure", \
	    "One group of errors: whom it touched, when, and in which runs.") \
	R(PATCH, "/v1/failures/:id", API_ALL, PARAM_SOURCE, \
	    failures_change, "FailureRow", \
	    "Changes its status.  Needs a key of scope all.") \
	R(GET, "/v1/failures/:id/runs", API_READ, PARAM_SOURCE | \
	    PARAM_RANGE | PARAM_LIMIT | PARAM_OFFSET, failures_runs, \
	    "RunRow[]", "Runs in which it occurred, latest first.") \
	R(GET, "/v1/feedback", API_READ, PARAM_SOURCE | PARAM_RANGE | \
	    PARAM_AGENT | PARAM_TZ, feedback_get, "Feedback", \
	    "User feedback, in all and by day.") \
	R(GET, "/v1/feedback/runs", API_READ, PARAM_SOURCE | PARAM_RANGE | \
	    PARAM_LIMIT | PARAM_OFFSET, feedback_runs, "RunRow[]", \
	    "Runs with feedback, newest first.") \
	R(GET, "/v1/patterns", API_READ, PARAM_SOURCE | PARAM_RANGE | \
	    PARAM_TZ, patterns_list, "Pattern[]", \
	    "Patterns of behaviour, most frequent first.") \
	R(GET, "/v1/patterns/:slug/runs", API_READ, PARAM_SOURCE | \
	    PARAM_RANGE | PARAM_LIMIT | PARAM_OFFSET, patterns_runs, \
	    "RunRow[]", "Runs that show the pattern, newest first.") \
	R(GET, "/v1/patterns/:slug", API_READ, PARAM_SOURCE, patterns_get, \
	    "PatternDetail", "One pattern with its definition.") \
	R(POST, "/v1/patterns", API_ALL, PARAM_SOURCE, patterns_create, \
	    "PatternDetail", \
	    "Makes a custom pattern.  Needs a key of scope all.") \
	R(PATCH, "/v1/patterns/:slug", API_ALL, PARAM_SOURCE, \
	    patterns_change, "PatternDetail", \
	    "Changes or enables one.  Needs a key of scope all.") \
	R(DELETE, "/v1/patterns/:slug", API_ALL, PARAM_SOURCE, \
	    patterns_delete, "PatternDeleted", \
	    "Deletes a custom pattern.  Needs a key of scope all.") \
	R(GET, "/v1/topics", API_READ, PARAM_SOURCE | PARAM_RANGE | \
	    PARAM_LIMIT | PARAM_OFFSET | PARAM_AGENT | PARAM_TZ, \
	    topics_list, \
	    "Topic[] TopicsSummary", \
	    "What users ask about, most runs first.") \
	R(GET, "/v1/topics/:id/runs", API_READ, PARAM_SOURCE | \
	    PARAM_RANGE | PARAM_LIMIT | PARAM_OFFSET, topics_runs, \
	    "RunRow[]", "Runs in which it was asked about, newest first.") \
	R(GET, "/v1/insights", API_READ, PARAM_SOURCE | PARAM_LIMIT | \
	    PARAM_OFFSET, insights_list, "InsightRow[]", \
	    "Periodic insights, latest first.") \
	R(GET, "/v1/insights/:id", API_READ, PARAM_SOURCE | PARAM_FORMAT, \
	    insights_get, "Insight", \
	    "One insight, as JSON or as a page to read.") \
	R(GET, "/v1/search", API_READ, PARAM_SOURCE | \
	    PARAM_RANGE_OPTIONAL | PARAM_LIMIT | PARAM_OFFSET | PARAM_STATUS | \
	    PARAM_SESSION | PARAM_IDENTITY | PARAM_SEARCH, search_get, \
	    "SearchHit[]", \
	    "Full-text search over runs: prompts, responses, errors, feedback, "\
	    "tools' arguments and results.") \
	R(POST, "/v1/insight-search", API_READ, PARAM_SOURCE | PARAM_TZ, \
	    ask_post, \
	    "Answer", "Answers a question, and shows how it was understood.")

#endif
