#include "api/params.h"

#include <string.h>

#include "base/clock.h"
#include "repo/rollup.h"

/* What buckets of rollups can say (repo/layout.h). */
#define TIME_MAX_MS INT64_C(4294944000000)
/* The end of the year 9999, a common way to say "no end". */
#define TIME_END_MS INT64_C(253402300799999)

#define ANY_RANGE (PARAM_RANGE | PARAM_RANGE_OPTIONAL)
#define RANGES "\"5m\",\"1h\",\"1d\",\"2w\",\"1M\",\"2M\"," \
    "\"last_5_minutes\",\"last_hour\",\"last_day\",\"last_two_weeks\"," \
    "\"last_month\",\"last_two_months\""

static const struct api_param_doc docs[] = {
	{ PARAM_SOURCE_REQUIRED, "source",
	    "{\"type\":\"string\",\"enum\":[\"dev\",\"prod\"]}",
	    "Data source to query.", true },
	{ PARAM_SOURCE, "source",
	    "{\"type\":\"string\",\"enum\":[\"dev\",\"prod\"],"
	    "\"default\":\"prod\"}", "Data source to query.", false },
	{ ANY_RANGE, "range", "{\"type\":\"string\",\"enum\":[" RANGES "]}",
	    "Time preset that ends now and begins at a whole minute; a month "
	    "has 30 days. Give this, or both from and to.", false },
	{ ANY_RANGE, "from", "{\"type\":\"string\"}",
	    "Start, inclusive: ISO 8601, or ms since the epoch.", false },
	{ ANY_RANGE, "to", "{\"type\":\"string\"}",
	    "End, exclusive: ISO 8601, or ms since the epoch.", false },
	{ PARAM_LIMIT, "limit", "{\"type\":\"integer\",\"minimum\":1,"
	    "\"maximum\":200,\"default\":50}", "Most rows to return.", false },
	{ PARAM_LIMIT_ALL, "limit", "{\"type\":\"integer\",\"minimum\":1,"
	    "\"maximum\":200,\"default\":200}", "Most rows to return.", false },
	{ PARAM_OFFSET, "offset", "{\"type\":\"integer\",\"minimum\":0,"
	    "\"maximum\":100000,\"default\":0}", "Rows to pass over.", false },
	{ PARAM_IDENTITY | PARAM_AGENT, "agent", "{\"type\":\"string\"}",
	    "Exact agent name (tcc.agent).", false },
	{ PARAM_IDENTITY, "userId", "{\"type\":\"string\"}",
	    "Exact external user id (tcc.userId).", false },
	{ PARAM_IDENTITY, "external_user_id", "{\"type\":\"string\"}",
	    "The same as userId.", false },
	{ PARAM_IDENTITY, "orgId", "{\"type\":\"string\"}",
	    "Exact external organisation id (tcc.orgId).", false },
	{ PARAM_IDENTITY, "external_org_id", "{\"type\":\"string\"}",
	    "The same as orgId.", false },
	{ PARAM_STATUS, "status",
	    "{\"type\":\"string\",\"enum\":[\"ok\",\"error\"]}",
	    "Only runs with this status.", false },
	{ PARAM_SESSION, "session_id", "{\"type\":\"string\"}",
	    "Only runs of this session.", false },
	{ PARAM_FAILURE_ORDER, "order_by", "{\"type\":\"string\",\"enum\":["
	    "\"events\",\"first_seen\",\"last_seen\"],"
	    "\"default\":\"last_seen\"}", "Sort order.", false },
	{ PARAM_FAILURE_ORDER, "direction", "{\"type\":\"string\",\"enum\":["
	    "\"asc\",\"desc\"],\"default\":\"desc\"}", "Sort direction.",
	    false },
	{ PARAM_ENTITY_TYPE, "entity_type",
	    "{\"type\":\"string\",\"enum\":[\"run\",\"tool_call\"]}",
	    "Only failures of this kind of entity.", false },
	{ PARAM_FAILURE_STATUS, "status", "{\"type\":\"string\",\"enum\":["
	    "\"active\",\"resolved\",\"ignored\"]}",
	    "Only failures with this status.", false },
	{ PARAM_SEARCH, "q", "{\"type\":\"string\",\"maxLength\":2000}",
	    "What to look for: words (all of them), \\\"phrases\\\", "
	    "beginnings*, OR, NOT, -word, ( ), and field:word with prompt, "
	    "response, error, feedback, arguments, results, agent, user, org, "
	    "session, tool, model, status, pattern, conversational.", true },
	{ PARAM_SEARCH, "match", "{\"type\":\"string\",\"enum\":[\"all\","
	    "\"any\"],\"default\":\"all\"}",
	    "Whether all words must be there, or any of them.", false },
	{ PARAM_SEARCH, "sort", "{\"type\":\"string\",\"enum\":["
	    "\"relevance\",\"newest\"],\"default\":\"relevance\"}",
	    "The best first (BM25), or the latest.", false },
	{ PARAM_TZ, "tz_offset_minutes", "{\"type\":\"integer\","
	    "\"minimum\":-840,\"maximum\":840,\"default\":0}",
	    "Minutes east of UTC at which days of series begin.", false },
	{ PARAM_FORMAT, "format", "{\"type\":\"string\",\"enum\":[\"json\","
	    "\"markdown\",\"html\"]}", "What to answer with; without it the "
	    "Accept header decides (text/markdown, text/html), and JSON is "
	    "the default.", false },
};

/* Both spellings of TCC's documentation. */
static const struct {
	const char *brief, *verbose;
	int64_t ms;
} presets[] = {
	{ "5m", "last_5_minutes", 5 * MS_PER_MINUTE },
	{ "1h", "last_hour", MS_PER_HOUR },
	{ "1d", "last_day", MS_PER_DAY },
	{ "2w", "last_two_weeks", 14 * MS_PER_DAY },
	{ "1M", "last_month", 30 * MS_PER_DAY },
	{ "2M", "last_two_months", 60 * MS_PER_DAY },
};

const struct api_param_doc *
api_param_doc(size_t i)
{
	return i < ARRAY_LEN(docs) ? &docs[i] : NULL;
}

static const struct api_param_doc *
find_doc(unsigned wanted, struct str name)
{
	for (size_t i = 0; i < ARRAY_LEN(docs); i++)
		if ((docs[i].mask & wanted) && str_is(name, docs[i].name))
			return &docs[i];
	return NULL;
}

/* One reading: what it needs at hand, and where it went wrong. */
struct reading {
	struct http_query query;
	struct str *field;
	struct err *e;
};

static int
refuse(struct reading *r, const char *name, const char *why)
{
	*r->field = str_from(name);
	return err_set(r->e, ERR_INVALID, "%s: %s", name, why);
}

/* The value, or STR_NULL; an empty one counts as given. */
static struct str
value_of(const struct reading *r, const char *name)
{
	return http_query_get(&r->query, name);
}

static int
check_names(struct reading *r, unsigned wanted)
{
	for (size_t i = 0; i < r->query.n; i++) {
		struct str name = r->query.params[i].name;
		const struct api_param_doc *doc = find_doc(wanted, name);

		*r->field = name.n ? name : STR("query");
		if (!doc)
			return err_set(r->e, ERR_INVALID,
			    "%.*s: this endpoint has no such parameter",
			    (int)MIN_OF(name.n, 100), name.p);
		if (http_query_count(&r->query, doc->name) > 1)
			return err_set(r->e, ERR_INVALID,
			    "%s: given more than once", doc->name);
		if (!str_is_utf8(r->query.params[i].value))
			return err_set(r->e, ERR_INVALID,
			    "%s: not valid UTF-8", doc->name);
	}
	return 0;
}

/* The + of an offset, sent as it is, means a space in a query string. */
static bool
parse_iso(struct str s, int64_t *ns)
{
	enum { ZONE = sizeof("+00:00") - 1, DATE = sizeof("2026-11-23") };
	char text[CLOCK_ISO_MAX + ZONE + 1];

	if (clock_parse_iso(s, ns))
		return true;
	if (s.n < DATE + ZONE || s.n >= sizeof(text) || s.p[s.n - ZONE] != ' ')
		return false;
	memcpy(text, s.p, s.n);
	text[s.n - ZONE] = '+';
	return clock_parse_iso(str_of(text, s.n), ns);
}

bool
api_time_parse(struct str s, int64_t *ms)
{
	int64_t ns;

	if (!str_to_i64(s, ms)) {
		if (!parse_iso(s, &ns))
			return false;
		*ms = floor_div(ns, NS_PER_MS);
	}
	if (*ms < 0 || *ms > TIME_END_MS)
		return false;
	*ms = MIN_OF(*ms, TIME_MAX_MS);
	return true;
}

static int
read_range(struct reading *r, struct api_params *p, bool is_required,
    int64_t now_ms)
{
	struct str range = value_of(r, "range");
	struct str from = value_of(r, "from"), to = value_of(r, "to");

	if (range.p && (from.p || to.p))
		return refuse(r, "range", "give either range or from and to");
	if (!range.p && !from.p && !to.p) {
		if (is_required)
			return refuse(r, "range",
			    "missing; give range, or both from and to");
		range = STR("2M");
	}
	if (range.p) {
		for (size_t i = 0; i < ARRAY_LEN(presets); i++) {
			if (!str_is(range, presets[i].brief) &&
			    !str_is(range, presets[i].verbose))
				continue;
			/*
			 * What was accepted in this very ms counts too.  The
			 * start is that of its minute: rollups answer whole
			 * minutes, a cut one is read run by run.
			 */
			p->to_ms = now_ms + 1;
			p->from_ms = rollup_bucket_ms(LEVEL_MINUTE,
			    p->to_ms - presets[i].ms);
			return 0;
		}
		return refuse(r, "range", "must be 5m, 1h, 1d, 2w, 1M, 2M or "
		    "last_5_minutes, last_hour, last_day, last_two_weeks, "
		    "last_month, last_two_months");
	}
	if (!from.p)
		return refuse(r, "from", "missing; to needs it");
	if (!to.p)
		return refuse(r, "to", "missing; from needs it");
	if (!api_time_parse(from, &p->from_ms))
		return refuse(r, "from", "must be ISO 8601 or ms since 1970");
	if (!api_time_parse(to, &p->to_ms))
		return refuse(r, "to", "must be ISO 8601 or ms since 1970");
	if (p->from_ms >= p->to_ms)
		return refuse(r, "to", "must be later than from");
	return 0;
}

static int
read_integer(struct reading *r, const char *name, int64_t min, int64_t max,
    int64_t fallback, int64_t *out)
{
	struct str s = value_of(r, name);

	*out = fallback;
	if (!s.p || (str_to_i64(s, out) && *out >= min && *out <= max))
		return 0;
	*r->field = str_from(name);
	return err_set(r->e, ERR_INVALID,
	    "%s: must be a whole number from %lld to %lld", name,
	    (long long)min, (long long)max);
}

/* One of the words, or absent. */
static int
read_word(struct reading *r, const char *name, const char *const *words,
    size_t n, struct str *out)
{
	*out = value_of(r, name);
	if (!out->p)
		return 0;
	for (size_t i = 0; i < n; i++)
		if (str_is(*out, words[i]))
			return 0;
	*r->field = str_from(name);
	return err_set(r->e, ERR_INVALID, "%s: must be %s%s%s%s%s", name,
	    words[0], n > 2 ? ", " : " or ", words[1], n > 2 ? " or " : "",
	    n > 2 ? words[2] : "");
}

/* Two names of one parameter. */
static int
read_alias(struct reading *r, const char *name, const char *alias,
    struct str *out)
{
	struct str a = value_of(r, name), b = value_of(r, alias);

	if (a.p && b.p && !str_eq(a, b)) {
		*r->field = str_from(alias);
		return err_set(r->e, ERR_INVALID,
		    "%s: differs from %s, which means the same", alias, name);
	}
	*out = a.p ? a : b;
	return 0;
}

static int
read_source(struct reading *r, struct api_params *p, bool is_required)
{
	static const char *const sources[] = { "dev", "prod" };
	struct str source;

	if (read_word(r, "source", sources, 2, &source))
		return r->e->code;
	if (!source.p && is_required)
		return refuse(r, "source", "missing; must be dev or prod");
	p->is_dev = str_is(source, "dev");
	return 0;
}

static int
read_words(struct reading *r, struct api_params *p, unsigned wanted)
{
	static const char *const run_status[] = { "ok", "error" };
	static const char *const failure_status[] = { "active", "resolved",
		"ignored" };
	static const char *const orders[] = { "events", "first_seen",
		"last_seen" };
	static const char *const directions[] = { "asc", "desc" };
	static const char *const types[] = { "run", "tool_call" };
	static const char *const matches[] = { "all", "any" };
	static const char *const sorts[] = { "relevance", "newest" };
	static const char *const formats[] = { "json", "markdown", "html" };

	if ((wanted & PARAM_STATUS) &&
	    read_word(r, "status", run_status, 2, &p->status))
		return r->e->code;
	if ((wanted & PARAM_FAILURE_STATUS) &&
	    read_word(r, "status", failure_status, 3, &p->status))
		return r->e->code;
	if (read_word(r, "order_by", orders, 3, &p->order_by) ||
	    read_word(r, "direction", directions, 2, &p->direction) ||
	    read_word(r, "entity_type", types, 2, &p->entity_type) ||
	    read_word(r, "match", matches, 2, &p->match) ||
	    read_word(r, "sort", sorts, 2, &p->sort) ||
	    read_word(r, "format", formats, 3, &p->format))
		return r->e->code;
	return 0;
}

static int
read_numbers(struct reading *r, struct api_params *p, unsigned wanted)
{
	int64_t limit, offset, tz;

	if (read_integer(r, "limit", 1, API_LIMIT_MAX,
	    wanted & PARAM_LIMIT_ALL ? API_LIMIT_MAX : API_LIMIT_DEFAULT,
	    &limit) || read_integer(r, "offset", 0, API_OFFSET_MAX, 0,
	    &offset) || read_integer(r, "tz_offset_minutes", -840, 840, 0,
	    &tz))
		return r->e->code;
	p->limit = (size_t)limit;
	p->offset = (size_t)offset;
	p->tz_offset_minutes = (int)tz;
	return 0;
}

int
api_params_read(struct api_params *p, const struct http_request *q,
    unsigned wanted, int64_t now_ms, struct str *field, struct err *e)
{
	struct reading r = { .field = field, .e = e };

	*p = (struct api_params){ 0 };
	*field = STR("query");
	if (http_query_parse(&r.query, q->query, q->arena, e) ||
	    check_names(&r, wanted) ||
	    read_source(&r, p, wanted & PARAM_SOURCE_REQUIRED))
		return e->code;
	if ((wanted & ANY_RANGE) &&
	    read_range(&r, p, wanted & PARAM_RANGE, now_ms))
		return e->code;
	if (read_numbers(&r, p, wanted) || read_words(&r, p, wanted) ||
	    read_alias(&r, "userId", "external_user_id", &p->user_id) ||
	    read_alias(&r, "orgId", "external_org_id", &p->org_id))
		return e->code;
	p->q = value_of(&r, "q");
	if ((wanted & PARAM_SEARCH) && !p->q.p)
		return refuse(&r, "q", "missing; say what to look for");
	p->agent = value_of(&r, "agent");
	p->session_id = value_of(&r, "session_id");
	return 0;
}
