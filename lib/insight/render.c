#include "insight/render.h"

#include <math.h>
#include <stdio.h>

#include "insight/reword.h"
#include "json/json_read.h"

struct page {
	struct buf *out;
	struct arena *arena;
	bool html;
	size_t columns;
	const char *source;
	const char *links;              /* kind of those being written */
	struct reworded wording;
};

/* ---- values of the body ---- */

static struct str
text_of(struct page *g, struct str object, const char *key)
{
	struct str s;

	return json_find_string(object, str_from(key), g->arena, &s) ? s :
	    STR("");
}

static double
number_of(struct page *g, struct str object, const char *key)
{
	struct err e = ERR_INIT;
	struct json_token t;
	struct str raw;

	if (!json_find(object, str_from(key), &raw) ||
	    json_decode(raw, g->arena, &t, &e) ||
	    (t.type != JSON_INT && t.type != JSON_UINT &&
	    t.type != JSON_DOUBLE))
		return NAN;
	return t.d;
}

bool
insight_value(struct str body, struct str name, double *v)
{
	struct err e = ERR_INIT;
	struct json_token t;
	struct str raw;

	if (!json_find(body, STR("values"), &raw) ||
	    !json_find(raw, name, &raw) || json_decode(raw, NULL, &t, &e) ||
	    (t.type != JSON_INT && t.type != JSON_UINT &&
	    t.type != JSON_DOUBLE))
		return false;
	*v = t.d;
	return true;
}

/* Calls fn for each element of an array member. */
static int
each(struct page *g, struct str object, const char *key,
    void (*fn)(struct page *g, struct str element), struct err *e)
{
	struct json_reader r;
	struct str raw;
	int rc;

	if (!json_find(object, str_from(key), &raw))
		return 0;
	json_reader_init(&r, raw, g->arena, 0);
	if (json_array(&r, e))
		return e->code;
	while ((rc = json_array_next(&r, e)) > 0) {
		struct str element;

		if (json_skip_value(&r, &element, e))
			return e->code;
		fn(g, element);
	}
	return rc;
}

/* The first element of an array; false if there is none. */
static bool
first_of(struct page *g, struct str array, struct str *out)
{
	struct err e = ERR_INIT;
	struct json_reader r;

	json_reader_init(&r, array, g->arena, 0);
	return json_array(&r, &e) == 0 && json_array_next(&r, &e) > 0 &&
	    json_skip_value(&r, out, &e) == 0;
}

static bool
is_empty(struct str object, const char *key)
{
	struct str raw;

	return !json_find(object, str_from(key), &raw) || raw.n <= 2;
}

/* ---- escapes ---- */

static void
put_html(struct buf *b, struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		switch (s.p[i]) {
		case '&': buf_add_cstr(b, "&amp;"); break;
		case '<': buf_add_cstr(b, "&lt;"); break;
		case '>': buf_add_cstr(b, "&gt;"); break;
		case '"': buf_add_cstr(b, "&quot;"); break;
		case '\'': buf_add_cstr(b, "&#39;"); break;
		default: buf_add_byte(b, (uint8_t)s.p[i]);
		}
	}
}

static void
put_markdown(struct buf *b, struct str s)
{
	static const char special[] = "\\`*_{}[]<>#|!~&";

	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c < ' ' || c == 0x7f) {
			buf_add_byte(b, ' ');
			continue;
		}
		if (strchr(special, c))
			buf_add_byte(b, '\\');
		buf_add_byte(b, c);
	}
}

static void
put(struct page *g, struct str s)
{
	if (g->html)
		put_html(g->out, s);
	else
		put_markdown(g->out, s);
}

static void
raw_part(struct page *g, const char *markdown, const char *html)
{
	buf_add_cstr(g->out, g->html ? html : markdown);
}

static void
heading(struct page *g, const char *s)
{
	raw_part(g, "\n## ", "<h2>");
	put(g, str_from(s));
	raw_part(g, "\n\n", "</h2>\n");
}

static void
paragraph(struct page *g, struct str s)
{
	if (s.n == 0)
		return;
	raw_part(g, "", "<p>");
	put(g, s);
	raw_part(g, "\n\n", "</p>\n");
}

/* ---- tables ---- */

static void
table(struct page *g, const char *const *columns, size_t n)
{
	g->columns = n;
	raw_part(g, "|", "<table>\n<tr>");
	for (size_t i = 0; i < n; i++) {
		raw_part(g, " ", "<th>");
		put(g, str_from(columns[i]));
		raw_part(g, " |", "</th>");
	}
	raw_part(g, "\n|", "</tr>\n");
	for (size_t i = 0; i < n && !g->html; i++)
		buf_add_cstr(g->out, i ? " ---: |" : " --- |");
	raw_part(g, "\n", "");
}

static void
row(struct page *g)
{
	raw_part(g, "|", "<tr>");
}

static void
cell(struct page *g, struct str s)
{
	raw_part(g, " ", "<td>");
	put(g, s);
	raw_part(g, " |", "</td>");
}

static void
row_end(struct page *g)
{
	raw_part(g, "\n", "</tr>\n");
}

static void
table_end(struct page *g)
{
	raw_part(g, "\n", "</table>\n");
}

static void
number_cell(struct page *g, struct str unit, double v)
{
	char s[64];

	if (!isfinite(v))
		snprintf(s, sizeof(s), "-");
	else if (str_is(unit, "rate"))
		snprintf(s, sizeof(s), "%.2f %%", v * 100);
	else if (str_is(unit, "usd"))
		snprintf(s, sizeof(s), fabs(v) >= 1 || v == 0 ? "%.2f $" :
		    "%.6f $", v);
	else if (str_is(unit, "ms"))
		snprintf(s, sizeof(s), "%.1f ms", v);
	else if (str_is(unit, "change"))
		snprintf(s, sizeof(s), "%+.1f %%", v * 100);
	else
		snprintf(s, sizeof(s), "%.10g", v);
	cell(g, str_from(s));
}

static void
metric_row(struct page *g, struct str m)
{
	struct str unit = text_of(g, m, "unit"), significant;

	row(g);
	cell(g, text_of(g, m, "label"));
	number_cell(g, unit, number_of(g, m, "before"));
	number_cell(g, unit, number_of(g, m, "now"));
	number_cell(g, STR("change"), number_of(g, m, "change"));
	cell(g, json_find(m, STR("significant"), &significant) &&
	    str_is(significant, "true") ? STR("yes") : STR("no"));
	row_end(g);
}

static void
cost_row(struct page *g, struct str m)
{
	static const char *const keys[] = { "before_usd", "now_usd",
		"volume_usd", "mix_usd", "price_usd" };

	row(g);
	cell(g, text_of(g, m, "name"));
	for (size_t i = 0; i < ARRAY_LEN(keys); i++)
		number_cell(g, STR("usd"), number_of(g, m, keys[i]));
	row_end(g);
}

static void
time_row(struct page *g, struct str m)
{
	struct str dim = text_of(g, m, "dim");

	row(g);
	raw_part(g, " ", "<td>");
	if (!str_is(dim, "rest")) {
		put(g, dim);
		put(g, STR(" "));
	}
	put(g, text_of(g, m, "name"));
	raw_part(g, " |", "</td>");
	number_cell(g, STR("ms"), number_of(g, m, "before_ms"));
	number_cell(g, STR("ms"), number_of(g, m, "now_ms"));
	row_end(g);
}

static void
failure_row(struct page *g, struct str m)
{
	row(g);
	cell(g, text_of(g, m, "template"));
	number_cell(g, STR(""), number_of(g, m, "runs_before"));
	number_cell(g, STR(""), number_of(g, m, "runs_now"));
	cell(g, text_of(g, m, "failure_id"));
	row_end(g);
}

static void
topic_row(struct page *g, struct str m)
{
	static const char *const keys[] = { "share_before", "share_now",
		"failure_rate_now", "frustration_rate_now" };
	struct str examples, first;

	row(g);
	cell(g, text_of(g, m, "name"));
	number_cell(g, STR(""), number_of(g, m, "runs_now"));
	for (size_t i = 0; i < ARRAY_LEN(keys); i++)
		number_cell(g, STR("rate"), number_of(g, m, keys[i]));
	if (!json_find(m, STR("examples"), &examples) ||
	    !first_of(g, examples, &first))
		first = STR_NULL;
	cell(g, first.p ? text_of(g, first, "prompt") : STR(""));
	row_end(g);
}

/* ---- claims ---- */

static void
quote(struct page *g, struct str q)
{
	struct str user = text_of(g, q, "user_id");

	raw_part(g, "  > ", "<blockquote>");
	put(g, text_of(g, q, "text"));
	if (user.n) {
		raw_part(g, " (", " <small>");
		put(g, user);
		raw_part(g, ")", "</small>");
	}
	raw_part(g, "\n", "</blockquote>\n");
}

/* Where the API has it: all but letters and digits escaped, which is right in
 * a URL, an attribute and between parentheses. */
static void
put_path(struct page *g, struct str id)
{
	buf_addf(g->out, "/v1/%s/", g->links);
	for (size_t i = 0; i < id.n; i++) {
		unsigned char c = (unsigned char)id.p[i];

		if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
		    (c >= 'A' && c <= 'Z') || c == '-' || c == '_')
			buf_add_byte(g->out, c);
		else
			buf_addf(g->out, "%%%02X", c);
	}
	buf_addf(g->out, "?source=%s", g->source);
}

static void
link_id(struct page *g, struct str raw)
{
	struct err e = ERR_INIT;
	struct json_token t;

	if (json_decode(raw, g->arena, &t, &e) || t.type != JSON_STRING)
		return;
	raw_part(g, " ", " ");
	if (g->source) {
		raw_part(g, "[", "<a href=\"");
		if (g->html)
			put_path(g, t.s);
		raw_part(g, "", "\">");
	}
	raw_part(g, "", "<code>");
	put(g, t.s);
	raw_part(g, "", "</code>");
	if (g->source) {
		raw_part(g, "](", "</a>");
		if (!g->html)
			put_path(g, t.s);
		raw_part(g, ")", "");
	}
}

static int
links(struct page *g, struct str l, const char *key, struct err *e)
{
	if (is_empty(l, key))
		return 0;
	raw_part(g, "  ", "<p>");
	buf_addf(g->out, "%s:", key);
	g->links = key;
	if (each(g, l, key, link_id, e))
		return e->code;
	raw_part(g, "\n", "</p>\n");
	return 0;
}

static void
claim(struct page *g, struct str c)
{
	struct err e = ERR_INIT;
	struct str l;

	raw_part(g, "- **", "<li><strong>");
	put(g, text_of(g, c, "title"));
	raw_part(g, "** (", "</strong> (");
	put(g, text_of(g, c, "severity"));
	raw_part(g, ")  \n  ", ")<br>\n");
	put(g, text_of(g, c, "text"));
	raw_part(g, "\n\n", "\n");
	(void)!each(g, c, "quotes", quote, &e);
	raw_part(g, is_empty(c, "quotes") ? "" : "\n", "");
	if (json_find(c, STR("links"), &l) &&
	    (links(g, l, "runs", &e) || links(g, l, "sessions", &e) ||
	    links(g, l, "failures", &e)))
		return;
	raw_part(g, "\n", "</li>\n");
}

/* ---- the page ---- */

static const char style[] =
    "body{font:15px/1.5 sans-serif;max-width:60em;margin:2em auto;"
    "padding:0 1em}table{border-collapse:collapse}td,th{padding:.2em .8em;"
    "border-bottom:1px solid #ccc;text-align:right}td:first-child,"
    "th:first-child{text-align:left}blockquote{border-left:3px solid #ccc;"
    "margin:.3em 0;padding-left:1em}";

static void
open_page(struct page *g, struct str body)
{
	struct str title = g->wording.is_shown ? g->wording.title :
	    text_of(g, body, "title");

	if (g->html) {
		buf_add_cstr(g->out, "<!DOCTYPE html>\n<html lang=\"en\">"
		    "<head><meta charset=\"utf-8\"><title>");
		put(g, title);
		buf_addf(g->out, "</title><style>%s</style></head><body>\n",
		    style);
	}
	raw_part(g, "# ", "<h1>");
	put(g, title);
	raw_part(g, "\n\n", "</h1>\n");
	raw_part(g, "", "<p>");
	put(g, text_of(g, body, "from"));
	raw_part(g, " to ", " to ");
	put(g, text_of(g, body, "to"));
	raw_part(g, ", severity ", ", severity ");
	put(g, text_of(g, body, "severity"));
	raw_part(g, "\n\n", "</p>\n");
	paragraph(g, g->wording.is_shown ? g->wording.text :
	    text_of(g, body, "text"));
	if (!g->wording.is_shown)
		return;
	/* What is a model's is said to be, with ours beside it. */
	raw_part(g, "Worded by ", "<p><small>Worded by ");
	put(g, g->wording.model);
	raw_part(g, "; in weir's own words: ", "; in weir's own words: ");
	put(g, text_of(g, body, "title"));
	raw_part(g, ". ", ". ");
	put(g, text_of(g, body, "text"));
	raw_part(g, "\n\n", "</small></p>\n");
}

static void
latency_row(struct page *g, struct str m)
{
	static const char *const keys[] = { "before_ms", "now_ms", "mix_ms",
		"speed_ms" };

	row(g);
	cell(g, text_of(g, m, "name"));
	for (size_t i = 0; i < ARRAY_LEN(keys); i++)
		number_cell(g, STR("ms"), number_of(g, m, keys[i]));
	row_end(g);
}

static int
parts(struct page *g, struct str body, struct err *e)
{
	static const char *const metrics[] = { "Metric", "Before", "Now",
		"Change", "Significant" };
	static const char *const costs[] = { "Cost by model", "Before", "Now",
		"Volume", "Mix", "Price" };
	static const char *const by_agent[] = { "Cost by agent", "Before",
		"Now", "Volume", "Mix", "Price" };
	static const char *const times[] = { "Time of the mean run in",
		"Before", "Now" };
	static const char *const latencies[] = { "Mean run time by agent",
		"Before", "Now", "By share", "By speed" };
	static const char *const failures[] = { "Failure", "Runs before",
		"Runs now", "Id" };
	static const char *const topics[] = { "Topic", "Runs", "Share before",
		"Share now", "Failures", "Frustration", "For example" };
	struct str cost, latency;

	if (!is_empty(body, "claims")) {
		heading(g, "What changed");
		raw_part(g, "", "<ul>\n");
		if (each(g, body, "claims", claim, e))
			return e->code;
		raw_part(g, "", "</ul>\n");
	}
	heading(g, "Numbers");
	table(g, metrics, ARRAY_LEN(metrics));
	if (each(g, body, "metrics", metric_row, e))
		return e->code;
	table_end(g);
	if (json_find(body, STR("cost"), &cost) && !is_empty(cost, "models")) {
		table(g, costs, ARRAY_LEN(costs));
		if (each(g, cost, "models", cost_row, e))
			return e->code;
		table_end(g);
		table(g, by_agent, ARRAY_LEN(by_agent));
		if (each(g, cost, "agents", cost_row, e))
			return e->code;
		table_end(g);
	}
	if (json_find(body, STR("latency"), &latency) &&
	    !is_empty(latency, "agents")) {
		table(g, latencies, ARRAY_LEN(latencies));
		if (each(g, latency, "agents", latency_row, e))
			return e->code;
		table_end(g);
		table(g, times, ARRAY_LEN(times));
		if (each(g, latency, "parts", time_row, e))
			return e->code;
		table_end(g);
	}
	if (!is_empty(body, "failures")) {
		table(g, failures, ARRAY_LEN(failures));
		if (each(g, body, "failures", failure_row, e))
			return e->code;
		table_end(g);
	}
	if (!is_empty(body, "topics")) {
		table(g, topics, ARRAY_LEN(topics));
		if (each(g, body, "topics", topic_row, e))
			return e->code;
		table_end(g);
	}
	return 0;
}

int
insight_render(const struct insight_page *p, struct arena *a, struct buf *out,
    struct err *e)
{
	struct page g = { .out = out, .arena = a, .source = p->source,
		.html = p->format == RENDER_HTML };

	if (json_check(p->body, 0, e))
		return err_wrap(e, "insight");
	/* Other words, if there are any of this body. */
	(void)!reword_read(p->body, p->wording, a, &g.wording);
	open_page(&g, p->body);
	if (parts(&g, p->body, e))
		return err_wrap(e, "insight");
	raw_part(&g, "", "</body></html>\n");
	return out->failed ? err_set(e, ERR_LIMIT, "insight: too large to "
	    "show") : 0;
}
