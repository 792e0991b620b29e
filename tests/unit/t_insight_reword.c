/* Other words for an insight: facts never reach the model and never change,
 * and replies that say something else are refused. */
#include <string.h>

#include "insight/reword.h"
#include "json/json_read.h"
#include "json/json_write.h"
#include "tap.h"

static struct arena *arena;

static const struct str body = {
	"{\"title\":\"New failure in 12 runs: it broke: <*> (f_new) at "
	"https://a.example/x; 2 more changes\",\"text\":\"1,234 runs (+12 %), "
	"failure rate 4.10 % (was 2.00 %), cost $1.20 (was $0.90). Agent "
	"Billing Desk is slower: median 850 ms (+31 %). gpt-4o cost $0.70 "
	"(3.1 times).\",\"claims\":[{\"name\":\"Billing Desk\",\"pattern\":"
	"\"user-frustration\"},{\"name\":\"gpt-4o\",\"pattern\":null}],"
	"\"failures\":[{\"template\":\"it broke: <*> (f_new) at "
	"https://a.example/x\"}]}", 0 };

static struct str
ours(void)
{
	return str_from(body.p);
}

static const char *
z(struct str s)
{
	return arena_str(arena, s).p;
}

/* The user's message of a request: what the model sees. */
static struct str
asked(struct str b)
{
	struct json_reader r;
	struct err e = ERR_INIT;
	struct str raw, content = STR("");
	struct buf out;

	buf_init(&out, 1 << 20);
	if (reword_request(b, STR("m1"), arena, &out, &e))
		BUG("%s", e.text);
	raw = arena_str(arena, buf_str(&out));
	buf_fini(&out);
	if (!json_find(raw, STR("messages"), &raw))
		BUG("no messages");
	json_reader_init(&r, raw, arena, 0);
	if (json_array(&r, &e))
		BUG("%s", e.text);
	while (json_array_next(&r, &e) > 0)
		if (json_skip_value(&r, &raw, &e) ||
		    !json_find_string(raw, STR("content"), arena, &content))
			BUG("no content");
	return content;
}

static struct str
member(struct str object, const char *key)
{
	struct str s;

	return json_find_string(object, str_from(key), arena, &s) ? s :
	    STR("(none)");
}

/* A completion that says so. */
static struct str
completion(struct str content)
{
	struct str s;
	struct buf b;

	buf_init(&b, 1 << 20);
	buf_add_cstr(&b, "{\"choices\":[{\"index\":0,\"message\":{\"role\":"
	    "\"assistant\",\"content\":");
	json_quote(&b, content);
	buf_add_cstr(&b, "}}]}");
	s = arena_str(arena, buf_str(&b));
	buf_fini(&b);
	return s;
}

static struct str
words(const char *title, const char *text)
{
	struct json_writer w;
	struct str s;
	struct buf b;

	buf_init(&b, 1 << 20);
	json_writer_init(&w, &b);
	json_put_object(&w);
	json_member_cstr(&w, "title", title);
	json_member_cstr(&w, "text", text);
	json_put_object_end(&w);
	s = arena_str(arena, buf_str(&b));
	buf_fini(&b);
	return s;
}

#define TITLE "{1} runs met a new failure, {2}; {3} more changes"
#define TEXT "There were {4} runs ({5}). The failure rate is {6}, " \
    "before {7}; the bill is {8}, before {9}. {10} became slower, with a " \
    "median of {11} ({12}), and {13} made {14} of it ({15})."

static void
masks(void)
{
	struct str seen = asked(ours());
	bool inside = false;
	int digits = 0;

	is_str(z(member(seen, "title")), "New failure in {1} runs: {2}; {3} more "
	    "changes", "the title has marks for facts");
	is_str(z(member(seen, "text")), "{4} runs ({5}), failure rate {6} (was "
	    "{7}), cost {8} (was {9}). Agent {10} is slower: median {11} "
	    "({12}). {13} cost {14} ({15}).", "and the text");
	for (size_t i = 1; i < seen.n; i++) {
		inside = seen.p[i] == '{' || (inside && seen.p[i] != '}');
		digits += !inside && seen.p[i] >= '0' && seen.p[i] <= '9';
	}
	is_int(digits, 0, "and no digit stands outside of them");
	ok(str_find(seen, STR("Billing"), 0) == SIZE_MAX &&
	    str_find(seen, STR("gpt"), 0) == SIZE_MAX &&
	    str_find(seen, STR("example"), 0) == SIZE_MAX,
	    "no name and no message leaves the machine");
}

static void
good(void)
{
	static const char title[] = "12 runs met a new failure, it broke: "
	    "<*> (f_new) at https://a.example/x; 2 more changes";
	struct str plain = words(TITLE, TEXT), fenced, thought;
	struct reworded w;
	struct err e = ERR_INIT;

	is_int(reword_reply(ours(), completion(plain), arena, &w, &e), 0,
	    "good words %s", e.text);
	is_str(z(w.title), title, "facts are back in the title");
	is_str(z(w.text), "There were 1,234 runs (+12 %). The failure rate is "
	    "4.10 %, before 2.00 %; the bill is $1.20, before $0.90. Billing "
	    "Desk became slower, with a median of 850 ms (+31 %), and gpt-4o "
	    "made $0.70 of it (3.1 times).", "and in the text");
	fenced = arena_printf(arena, "```json\n%.*s\n```\n", STR_FMT(plain));
	is_int(reword_reply(ours(), completion(fenced), arena, &w, &e), 0,
	    "between fences %s", e.text);
	thought = arena_printf(arena, "<think>{12} is {1}</think>\n%.*s",
	    STR_FMT(plain));
	is_int(reword_reply(ours(), completion(thought), arena, &w, &e), 0,
	    "behind thoughts %s", e.text);
	is_int(reword_reply(ours(), completion(asked(ours())), arena, &w,
	    &e), 0, "our own words %s", e.text);
	ok(w.is_shown, "are shown");
}

static void
bad(void)
{
	static const struct { const char *title, *text, *why; } table[] = {
		{ "13 runs met {1} {2} {3}", TEXT, "a number of its own" },
		{ "{1} runs met {2}", TEXT, "a mark is lost" },
		{ "{1} {2} {2} {3}", TEXT, "a mark twice" },
		{ "{2} in {1} runs, {3} more changes", TEXT, "moved marks" },
		{ "{1} {2} {3} {16}", TEXT, "an invented mark" },
		{ "{1} {2} {3} {4}", TEXT, "a mark of the text" },
		{ "{1} runs met {2}, see https://x.y/ {3}", TEXT, "a link" },
		{ "{1} runs met {2}, see www.x.y {3}", TEXT, "a bare link" },
		{ "{1} <b>runs</b> {2} {3}", TEXT, "markup" },
		{ "{1} *runs* {2} {3}", TEXT, "Markdown" },
		{ "{1} runs\n{2} {3}", TEXT, "a line feed" },
		{ "Twelve runs {1} {2} {3}", TEXT, "a number in words" },
		{ "{1} runs, half of all, met {2} {3}", TEXT, "a share" },
		{ "{1} runs fell to {2} {3}", TEXT, "another direction" },
		{ "{1} runs did not meet {2} {3}", TEXT, "a negation" },
		{ "{1} runs don\xe2\x80\x99t meet {2} {3}", TEXT,
		    "a negation with a curly apostrophe" },
		{ "{1} runs met {2} because of the deploy {3}", TEXT,
		    "a cause" },
		{ "{1} runs of Acme met {2} {3}", TEXT, "a name" },
		{ "{1} runs met {2} and things are worse {3}", TEXT,
		    "a verdict" },
		{ "{1} runs met {2} \xd9\xa3 {3}", TEXT,
		    "digits of another script" },
		{ "", TEXT, "an empty title" },
		{ TITLE, "", "an empty text" },
		{ "{1} $ {2} {3}", TEXT, "a currency" },
	};
	struct reworded w;
	char longer[4000];

	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		struct err e = ERR_INIT;

		is_int(reword_reply(ours(), completion(words(table[i].title,
		    table[i].text)), arena, &w, &e), ERR_INVALID, "%s: %s",
		    table[i].why, e.text);
		ok(!w.is_shown, "and is not shown");
	}
	memset(longer, 'a', sizeof(longer));
	memcpy(longer, "{1} {2} {3} ", 12);
	longer[sizeof(longer) - 1] = '\0';
	for (size_t i = 20; i < sizeof(longer) - 1; i += 8)
		longer[i] = ' ';
	{
		struct err e = ERR_INIT;

		is_int(reword_reply(ours(), completion(words(longer, TEXT)),
		    arena, &w, &e), ERR_INVALID, "too long: %s", e.text);
	}
}

static void
rubbish(void)
{
	static const char *const table[] = {
		"", "no", "{}", "[]", "{\"choices\":[]}", "{\"choices\":3}",
		"{\"choices\":[{}]}", "{\"choices\":[{\"message\":{}}]}",
		"{\"choices\":[{\"message\":{\"content\":null}}]}",
		"{\"choices\":[{\"message\":{\"content\":\"hello\"}}]}",
		"{\"choices\":[{\"message\":{\"content\":\"{}\"}}]}",
		"{\"choices\":[{\"message\":{\"content\":\"```\"}}]}",
		"{\"error\":{\"message\":\"no such model\"}}",
	};
	struct reworded w;

	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		struct err e = ERR_INIT;

		is_int(reword_reply(ours(), str_from(table[i]), arena, &w,
		    &e), ERR_INVALID, "%s: %s", table[i], e.text);
	}
}

static void
records(void)
{
	struct reworded w = { .is_shown = true, .is_answered = true,
		.model = STR("m1"), .title = STR("t"), .text = STR("x") }, r;
	struct buf b;

	buf_init(&b, 1 << 16);
	reword_record(ours(), &w, &b);
	ok(reword_read(ours(), buf_str(&b), arena, &r) && r.is_shown &&
	    r.is_answered && str_is(r.title, "t") && str_is(r.text, "x") &&
	    str_is(r.model, "m1"), "a record of words");
	ok(!reword_read(STR("{\"title\":\"other\"}"), buf_str(&b), arena,
	    &r), "is not for another body");
	ok(!reword_read(ours(), STR_NULL, arena, &r) &&
	    !reword_read(ours(), STR("[1]"), arena, &r), "nor is nothing");
	buf_reset(&b);
	w = (struct reworded){ .model = STR("m1"), .reason = STR("why") };
	reword_record(ours(), &w, &b);
	ok(reword_read(ours(), buf_str(&b), arena, &r) && !r.is_shown &&
	    !r.is_answered && str_is(r.reason, "why"), "of no answer");
	buf_reset(&b);
	w.is_answered = true;
	reword_record(ours(), &w, &b);
	ok(reword_read(ours(), buf_str(&b), arena, &r) && !r.is_shown &&
	    r.is_answered, "of a refusal");
	buf_fini(&b);
}

int
main(void)
{
	arena = arena_new(64 << 20);
	masks();
	good();
	bad();
	rubbish();
	records();
	arena_free(arena);
	return tap_done();
}
