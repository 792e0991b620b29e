/* Insights over the API: rows, pages, and whose words they show. */
#include "api_help.h"
#include "base/mem.h"
#include "insight/reword.h"

static struct api_fixture f;

#define AT(where, want) is_str(api_at(&f, where), want, "%s", where)

static const char body[] = "{\"title\":\"Ours <i>\",\"text\":\"3 runs.\","
    "\"severity\":\"low\",\"values\":{\"runs\":3},\"metrics\":[],"
    "\"claims\":[{\"title\":\"c\",\"text\":\"d\",\"severity\":\"high\","
    "\"quotes\":[],\"links\":{\"runs\":[\"a\\\"/b&c\"],\"sessions\":[],"
    "\"failures\":[]}}],\"cost\":{\"models\":[]},\"failures\":[]}";

static void
store(const char *extra)
{
	char *s = mem_printf("{\"kind\":\"insight\",\"id\":\"weekly-2026-W46\","
	    "\"period\":\"weekly\",\"from_ns\":1794182400000000000,"
	    "\"to_ns\":1794787200000000000,\"title\":\"Ours <i>\","
	    "\"severity\":\"low\",\"body\":%s%s}", body, extra);

	api_store(&f, s);
	free(s);
}

/* A record about a body, as JSON. */
static void
word(struct str of, const struct reworded *w)
{
	struct buf b;
	char *s;

	buf_init(&b, 1 << 16);
	reword_record(of, w, &b);
	s = mem_printf("{\"kind\":\"insight\",\"id\":\"weekly-2026-W46\","
	    "\"wording\":%.*s}", STR_FMT(buf_str(&b)));
	api_store(&f, s);
	free(s);
	buf_fini(&b);
}

static bool
has(const char *text)
{
	return str_find(api_body(&f), str_from(text), 0) != SIZE_MAX;
}

static bool
header_is(const char *name, const char *start)
{
	return str_has_prefix(http_response_header(&f.response, name),
	    str_from(start));
}

#define PATH "/v1/insights/weekly-2026-W46"

static void
pages(void)
{
	is_int(api_get(&f, PATH "?format=html"), 200, "HTML");
	ok(header_is("Content-Type", "text/html") &&
	    header_is("Content-Security-Policy", "default-src 'none'") &&
	    header_is("Vary", "Accept"), "its headers");
	ok(has("Ours &lt;i&gt;") && !has("<i>"), "is escaped");
	ok(has("href=\"/v1/runs/a%22%2Fb%26c?source=prod\""),
	    "ids are escaped in links");
	is_int(api_get(&f, PATH "?format=markdown"), 200, "Markdown");
	ok(header_is("Content-Type", "text/markdown") && has("Ours \\<i\\>") &&
	    has("(/v1/runs/a%22%2Fb%26c?source=prod)"), "with its links");
	is_int(api_get(&f, PATH "?format=pdf"), 400, "no such format");
	AT("error/field", "\"format\"");
	is_int(api_get(&f, "/v1/insights?format=html"), 400,
	    "lists are JSON");
}

static void
wordings(void)
{
	struct reworded w = { .is_shown = true, .is_answered = true,
		.model = STR("m1"), .title = STR("Theirs"),
		.text = STR("Just 3 runs.") };

	is_int(api_get(&f, PATH), 200, "JSON");
	AT("data/title", "\"Ours <i>\"");
	AT("data/wording", "\"own\"");
	AT("data/model_wording", "null");
	word(STR("{}"), &w);
	api_get(&f, PATH);
	AT("data/wording", "\"own\"");
	word(str_from(body), &w);
	api_get(&f, PATH);
	AT("data/title", "\"Theirs\"");
	AT("data/text", "\"Just 3 runs.\"");
	AT("data/wording", "\"model\"");
	AT("data/own_title", "\"Ours <i>\"");
	AT("data/own_text", "\"3 runs.\"");
	AT("data/model_wording/model", "\"m1\"");
	AT("data/model_wording/refused", "null");
	AT("data/body", body);
	api_get(&f, "/v1/insights");
	AT("data/0/title", "\"Theirs\"");
	api_get(&f, PATH "?format=html");
	ok(has("<h1>Theirs</h1>") && has("Worded by m1") &&
	    has("Ours &lt;i&gt;"), "a page shows both");
	w = (struct reworded){ .is_answered = true, .model = STR("m1"),
		.reason = STR("title: a link") };
	word(str_from(body), &w);
	api_get(&f, PATH);
	AT("data/title", "\"Ours <i>\"");
	AT("data/wording", "\"own\"");
	AT("data/model_wording/refused", "\"title: a link\"");
	AT("data/model_wording/title", "null");
}

int
main(void)
{
	api_fixture_init(&f);
	store("");
	pages();
	wordings();
	is_int(api_get(&f, "/v1/insights/nothing?format=html"), 404, "none");
	AT("error/code", "\"not_found\"");
	api_fixture_fini(&f);
	return tap_done();
}
