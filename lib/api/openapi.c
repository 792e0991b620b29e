/* The OpenAPI document, from the tables of routes, parameters and schemas. */
#include <assert.h>

#include "api/call.h"
#include "api/schemas.h"
#include "base/version.h"

struct operation {
	const char *method, *pattern;
	enum api_access access;
	unsigned wanted;
	const char *id, *result, *summary;
};

static const struct operation operations[] = {
#define R(method, pattern, access, params, handler, result, text) \
	{ #method, pattern, access, params, #handler, result, text },
	API_ROUTES(R)
#undef R
};

/* ---- schemas ---- */

static size_t
find_schema(struct str name)
{
	const struct schema_row *r;
	size_t i;

	for (i = 0; (r = schema_row(i)) != NULL; i++)
		if (!r->type && str_is(name, r->name))
			return i;
	BUG("no schema %.*s", STR_FMT(name));
}

static void
put_ref(struct json_writer *w, struct str name)
{
	char ref[100];

	(void)find_schema(name);
	snprintf(ref, sizeof(ref), "#/components/schemas/%.*s",
	    STR_FMT(name));
	json_member_cstr(w, "$ref", ref);
}

static bool
is_primitive(struct str t)
{
	return str_is(t, "string") || str_is(t, "integer") ||
	    str_is(t, "number") || str_is(t, "boolean") ||
	    str_is(t, "object");
}

static void
put_type_name(struct json_writer *w, struct str t, bool or_null)
{
	json_put_key(w, "type");
	if (!or_null) {
		json_put_str(w, t);
		return;
	}
	json_put_array(w);
	json_put_str(w, t);
	json_put_cstr(w, "null");
	json_put_array_end(w);
}

/* {"oneOf":[{"$ref"},{"type":"null"}]} */
static void
put_ref_or_null(struct json_writer *w, struct str t)
{
	json_put_key(w, "oneOf");
	json_put_array(w);
	json_put_object(w);
	put_ref(w, t);
	json_put_object_end(w);
	json_put_object(w);
	json_member_cstr(w, "type", "null");
	json_put_object_end(w);
	json_put_array_end(w);
}

/* The members of a schema object that say the type. */
static void
put_type(struct json_writer *w, struct str t)
{
	bool or_null = str_has_suffix(t, STR("?"));

	if (or_null)
		t.n--;
	if (str_has_suffix(t, STR("[]"))) {
		put_type_name(w, STR("array"), or_null);
		json_put_key(w, "items");
		json_put_object(w);
		put_type(w, str_of(t.p, t.n - 2));
		json_put_object_end(w);
	} else if (str_is(t, "any")) {
		return;
	} else if (str_is(t, "time")) {
		put_type_name(w, STR("string"), or_null);
		json_member_cstr(w, "format", "date-time");
	} else if (is_primitive(t)) {
		put_type_name(w, t, or_null);
	} else if (str_find_byte(t, '|', 0) != SIZE_MAX) {
		put_type_name(w, STR("string"), false);
		json_put_key(w, "enum");
		json_put_array(w);
		while (t.p)
			json_put_str(w, str_cut(&t, '|'));
		json_put_array_end(w);
	} else if (or_null) {
		put_ref_or_null(w, t);
	} else {
		put_ref(w, t);
	}
}

static void
put_properties(struct json_writer *w, size_t i, bool names_only)
{
	const struct schema_row *r;

	for (i++; (r = schema_row(i)) != NULL && r->type; i++) {
		if (str_is(str_from(r->name), "+")) {
			put_properties(w, find_schema(str_from(r->type)),
			    names_only);
			continue;
		}
		if (names_only) {
			json_put_cstr(w, r->name);
			continue;
		}
		json_put_key(w, r->name);
		json_put_object(w);
		put_type(w, str_from(r->type));
		if (r->text)
			json_member_cstr(w, "description", r->text);
		json_put_object_end(w);
	}
}

static void
put_schemas(struct json_writer *w)
{
	const struct schema_row *r;

	json_put_key(w, "schemas");
	json_put_object(w);
	for (size_t i = 0; (r = schema_row(i)) != NULL; i++) {
		if (r->type)
			continue;
		json_put_key(w, r->name);
		json_put_object(w);
		json_member_cstr(w, "type", "object");
		json_member_cstr(w, "description", r->text);
		json_put_key(w, "properties");
		json_put_object(w);
		put_properties(w, i, false);
		json_put_object_end(w);
		json_put_key(w, "required");
		json_put_array(w);
		put_properties(w, i, true);
		json_put_array_end(w);
		json_member_bool(w, "additionalProperties", false);
		json_put_object_end(w);
	}
	json_put_key(w, "Pagination");
	json_put_raw(w, STR("{\"type\":\"object\",\"properties\":{\"limit\":{"
	    "\"type\":\"integer\"},\"offset\":{\"type\":\"integer\"},"
	    "\"has_more\":{\"type\":\"boolean\"},\"total\":{\"type\":"
	    "\"integer\"}},\"required\":[\"limit\",\"offset\",\"has_more\"],"
	    "\"additionalProperties\":false}"));
	json_put_key(w, "Range");
	json_put_raw(w, STR("{\"type\":\"object\",\"description\":\"Half-open:"
	    " from is in it, to is not.\",\"properties\":{\"from\":{\"type\":"
	    "\"string\",\"format\":\"date-time\"},\"to\":{\"type\":\"string\","
	    "\"format\":\"date-time\"}},\"required\":[\"from\",\"to\"],"
	    "\"additionalProperties\":false}"));
	json_put_key(w, "Error");
	json_put_raw(w, STR("{\"type\":\"object\",\"properties\":{\"error\":{"
	    "\"type\":\"object\",\"properties\":{\"code\":{\"type\":"
	    "\"string\"},\"message\":{\"type\":\"string\"},\"field\":{"
	    "\"type\":\"string\"}},\"required\":[\"code\",\"message\"],"
	    "\"additionalProperties\":false}},\"required\":[\"error\"],"
	    "\"additionalProperties\":false}"));
	json_put_object_end(w);
}

/* ---- operations ---- */

static void
put_parameter(struct json_writer *w, const char *in, struct str name,
    const char *schema, const char *text, bool is_required)
{
	json_put_object(w);
	json_member_str(w, "name", name);
	json_member_cstr(w, "in", in);
	json_member_bool(w, "required", is_required);
	if (text)
		json_member_cstr(w, "description", text);
	json_member_raw(w, "schema", str_from(schema));
	json_put_object_end(w);
}

static void
put_parameters(struct json_writer *w, const struct operation *o)
{
	static const char text[] = "{\"type\":\"string\"}";
	const struct api_param_doc *d;
	struct str rest = str_from(o->pattern);

	json_put_key(w, "parameters");
	json_put_array(w);
	while (rest.p) {
		struct str s = str_cut(&rest, '/');

		if (s.n && s.p[0] == ':')
			put_parameter(w, "path", str_from_index(s, 1), text,
			    NULL, true);
	}
	for (size_t i = 0; (d = api_param_doc(i)) != NULL; i++)
		if (d->mask & o->wanted)
			put_parameter(w, "query", str_from(d->name),
			    d->schema, d->description, d->is_required);
	json_put_array_end(w);
}

#define DEFINITION \
	"\"slug\":{\"type\":[\"string\",\"null\"],\"maxLength\":50," \
	"\"description\":\"Made from the name if absent.\"}," \
	"\"description\":{\"type\":[\"string\",\"null\"],\"maxLength\":350}," \
	"\"trigger\":{\"enum\":[\"all\",\"any_tool\",\"all_tools\",null]}," \
	"\"tools\":{\"type\":[\"array\",\"null\"],\"maxItems\":20,\"items\":{" \
	"\"type\":\"string\",\"maxLength\":200}}," \
	"\"metadata\":{\"type\":[\"object\",\"null\"],\"maxProperties\":10," \
	"\"additionalProperties\":{\"type\":[\"string\",\"number\"," \
	"\"boolean\"]}}," \
	"\"role\":{\"enum\":[\"user\",\"assistant\",\"any\",null]}," \
	"\"phrases\":{\"type\":[\"array\",\"null\"],\"maxItems\":50," \
	"\"items\":{\"type\":\"string\",\"maxLength\":200}}," \
	"\"regexes\":{\"type\":[\"array\",\"null\"],\"maxItems\":10," \
	"\"items\":{\"type\":\"string\",\"maxLength\":500}}," \
	"\"examples\":{\"type\":[\"array\",\"null\"],\"maxItems\":100," \
	"\"items\":{\"$ref\":\"#/components/schemas/PatternExample\"}}," \
	"\"enabled\":{\"type\":[\"boolean\",\"null\"]}," \
	"\"revision\":{\"type\":[\"integer\",\"null\"]," \
	"\"description\":\"Changes only this revision.\"}}," \
	"\"additionalProperties\":false"

/* What each operation that takes a body takes. */
static const struct body {
	const char *id, *schema;
} bodies[] = {
	{ "failures_change", "{\"type\":\"object\",\"properties\":{\"status\":"
	    "{\"type\":\"string\",\"enum\":[\"active\",\"resolved\","
	    "\"ignored\"]},\"resolved_in\":{\"type\":[\"string\",\"null\"],"
	    "\"description\":\"A version.\"},\"note\":{\"type\":[\"string\","
	    "\"null\"]}},\"required\":[\"status\"],"
	    "\"additionalProperties\":false}" },
	{ "ask_post", "{\"type\":\"object\",\"properties\":{\"query\":{"
	    "\"type\":\"string\",\"minLength\":1,\"maxLength\":1000},"
	    "\"tz_offset_minutes\":{\"type\":\"integer\",\"minimum\":-840,"
	    "\"maximum\":840,\"description\":\"Minutes east of UTC at which "
	    "the asker's days begin; before the parameter.\"}},"
	    "\"required\":[\"query\"]}" },
	{ "patterns_create", "{\"type\":\"object\",\"properties\":{\"name\":{"
	    "\"type\":\"string\",\"minLength\":1,\"maxLength\":50},"
	    DEFINITION ",\"required\":[\"name\"]}" },
	{ "patterns_change", "{\"type\":\"object\",\"properties\":{\"name\":{"
	    "\"type\":\"string\",\"minLength\":1,\"maxLength\":50},"
	    DEFINITION "}" },
};

static const char *
body_schema(const struct operation *o)
{
	for (size_t i = 0; i < ARRAY_LEN(bodies); i++)
		if (str_is(str_from(o->id), bodies[i].id))
			return bodies[i].schema;
	return NULL;
}

static void
put_content(struct json_writer *w, bool has_pages)
{
	static const char *const pages[] = { "text/markdown", "text/html" };

	json_put_key(w, "content");
	json_put_object(w);
	for (size_t i = 0; has_pages && i < ARRAY_LEN(pages); i++)
		json_member_raw(w, pages[i],
		    STR("{\"schema\":{\"type\":\"string\"}}"));
	json_put_key(w, "application/json");
	json_put_object(w);
	json_put_key(w, "schema");
}

static void
put_content_end(struct json_writer *w)
{
	json_put_object_end(w);
	json_put_object_end(w);
}

/* {"data":…} and what stands beside it. */
static void
put_envelope(struct json_writer *w, const struct operation *o)
{
	struct str summary = str_from(o->result);
	struct str result = str_cut(&summary, ' ');
	bool is_list = str_has_suffix(result, STR("[]"));
	bool has_range = o->wanted & (PARAM_RANGE | PARAM_RANGE_OPTIONAL);

	json_put_object(w);
	json_member_cstr(w, "type", "object");
	json_put_key(w, "properties");
	json_put_object(w);
	json_put_key(w, "data");
	json_put_object(w);
	put_type(w, result);
	json_put_object_end(w);
	if (is_list)
		json_member_raw(w, "pagination",
		    STR("{\"$ref\":\"#/components/schemas/Pagination\"}"));
	if (summary.p) {
		json_put_key(w, "summary");
		json_put_object(w);
		put_type(w, summary);
		json_put_object_end(w);
	}
	if (o->wanted & PARAM_SEARCH)
		json_member_raw(w, "search",
		    STR("{\"$ref\":\"#/components/schemas/Search\"}"));
	if (has_range)
		json_member_raw(w, "range",
		    STR("{\"$ref\":\"#/components/schemas/Range\"}"));
	json_put_object_end(w);
	json_put_key(w, "required");
	json_put_array(w);
	json_put_cstr(w, "data");
	if (is_list)
		json_put_cstr(w, "pagination");
	if (summary.p)
		json_put_cstr(w, "summary");
	if (o->wanted & PARAM_SEARCH)
		json_put_cstr(w, "search");
	if (has_range)
		json_put_cstr(w, "range");
	json_put_array_end(w);
	json_member_bool(w, "additionalProperties", false);
	json_put_object_end(w);
}

static void
put_responses(struct json_writer *w, const struct operation *o)
{
	json_put_key(w, "responses");
	json_put_object(w);
	json_put_key(w, "200");
	json_put_object(w);
	json_member_cstr(w, "description", o->summary);
	if (o->result[0]) {
		put_content(w, o->wanted & PARAM_FORMAT);
		put_envelope(w, o);
		put_content_end(w);
	}
	json_put_object_end(w);
	if (o->access != API_OPEN) {
		json_put_key(w, "default");
		json_put_object(w);
		json_member_cstr(w, "description", "400 a parameter is wrong "
		    "(field names it), 401 no valid key, 403 the key may not "
		    "do this, 404 there is no such thing, 409 it is "
		    "there already or has changed, 503 try again");
		put_content(w, false);
		json_put_raw(w,
		    STR("{\"$ref\":\"#/components/schemas/Error\"}"));
		put_content_end(w);
		json_put_object_end(w);
	}
	json_put_object_end(w);
}

static void
put_operation(struct json_writer *w, const struct operation *o)
{
	const char *body = body_schema(o);
	char method[8] = "";

	for (size_t i = 0; o->method[i]; i++)
		method[i] = (char)(o->method[i] | 0x20);
	json_put_key(w, method);
	json_put_object(w);
	json_member_cstr(w, "operationId", o->id);
	json_member_cstr(w, "summary", o->summary);
	if (o->access == API_OPEN)
		json_member_raw(w, "security", STR("[]"));
	put_parameters(w, o);
	if (body) {
		json_put_key(w, "requestBody");
		json_put_object(w);
		json_member_bool(w, "required", true);
		put_content(w, false);
		json_put_raw(w, str_from(body));
		put_content_end(w);
		json_put_object_end(w);
	}
	put_responses(w, o);
	json_put_object_end(w);
}

/* "/v1/runs/:id" is "/v1/runs/{id}" there. */
static void
put_path_key(struct json_writer *w, const char *pattern)
{
	struct str rest = str_from_index(str_from(pattern), 1);
	char path[100];
	size_t n = 0;

	while (rest.p) {
		struct str s = str_cut(&rest, '/');
		bool is_name = s.n && s.p[0] == ':';

		if (is_name)
			s = str_from_index(s, 1);
		n += (size_t)snprintf(path + n, sizeof(path) - n, "/%s%.*s%s",
		    is_name ? "{" : "", STR_FMT(s), is_name ? "}" : "");
		assert(n < sizeof(path));
	}
	json_put_key(w, path);
}

/* The methods of one path stand together in the table or apart; each path is
 * written where its first row is. */
static void
put_paths(struct json_writer *w)
{
	json_put_key(w, "paths");
	json_put_object(w);
	for (size_t i = 0; i < ARRAY_LEN(operations); i++) {
		struct str p = str_from(operations[i].pattern);
		size_t j = 0;

		while (!str_is(p, operations[j].pattern))
			j++;
		if (j < i)
			continue;
		put_path_key(w, operations[i].pattern);
		json_put_object(w);
		for (; j < ARRAY_LEN(operations); j++)
			if (str_is(p, operations[j].pattern))
				put_operation(w, &operations[j]);
		json_put_object_end(w);
	}
	json_put_object_end(w);
}

void
api_openapi(struct buf *b)
{
	struct json_writer w;

	json_writer_init(&w, b);
	json_put_object(&w);
	json_member_cstr(&w, "openapi", "3.1.0");
	json_put_key(&w, "info");
	json_put_object(&w);
	json_member_cstr(&w, "title", "weir");
	json_member_cstr(&w, "version", WEIR_VERSION);
	json_member_cstr(&w, "description", "Reads what agents did. Paths and "
	    "parameters are those of The Context Company's API; a parameter "
	    "that an endpoint does not know is refused. The same paths work "
	    "under /tcc. Times are ISO 8601 in UTC; what is absent is null.");
	json_put_object_end(&w);
	json_put_key(&w, "security");
	json_put_raw(&w, STR("[{\"key\":[]}]"));
	put_paths(&w);
	json_put_key(&w, "components");
	json_put_object(&w);
	put_schemas(&w);
	json_put_key(&w, "securitySchemes");
	json_put_raw(&w, STR("{\"key\":{\"type\":\"http\",\"scheme\":"
	    "\"bearer\"}}"));
	json_put_object_end(&w);
	json_put_object_end(&w);
}

int
openapi_get(struct api_call *c, struct err *e)
{
	(void)e;
	api_openapi(&c->body);
	return 0;
}
